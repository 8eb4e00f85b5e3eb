//! What of each item is kept while all are compared.

use std::sync::Arc;

use text::pairs::{Axis, Record};
use types::well_known::{BRAND, PRICE, TITLE};
use types::{GroupId, Item, ItemId, Language, Value};

use crate::Result;
use crate::core::Core;
use crate::inspection::{Running, batches};

/// An item, as far as it takes part.
pub(super) struct Card {
    pub(super) id: ItemId,
    pub(super) title: Arc<str>,
    pub(super) brand: Box<str>,
    pub(super) price: Option<f64>,
    /// In what variants differ, as the shop has it.
    axes: Vec<(Axis, Box<str>)>,
    /// Numbers that name one product in all shops.
    pub(super) barcodes: Vec<Box<str>>,
    pub(super) group: Option<GroupId>,
    pub(super) is_available: bool,
    /// How much the item tells: its attributes and their words.
    pub(super) weight: usize,
}

impl Card {
    /// Hands the record to `use_it`; the attributes are borrowed for as long.
    pub(super) fn with_record<T>(&self, use_it: impl FnOnce(&Record<'_>) -> T) -> T {
        let attributes: Vec<(Axis, &str)> = self.axes.iter().map(|(axis, value)| (*axis, &**value)).collect();
        // In one catalogue the same price says that two items are of one line, not that they are one product.
        use_it(&Record { name: &self.title, brand: &self.brand, price: None, attributes: &attributes })
    }
}

/// The cards of all items that have a title.
pub(super) fn read(core: &Core, running: &Running) -> Result<Vec<Card>> {
    let currency = core.view.load().lexicon.currency;
    let total = core.store.catalogue().count();
    let (mut cards, mut done) = (Vec::with_capacity(total), 0);
    for items in batches(core) {
        let items = items?;
        done += items.len();
        // Comparing takes most of the time.
        running.at(done / 10, total)?;
        let price = |item: &Item| match item.get(PRICE) {
            Some(Value::Money(money)) if Some(money.currency) == currency => Some(money.amount()),
            _ => None,
        };
        cards.extend(items.iter().filter_map(|item| card(item, price(item))));
    }
    Ok(cards)
}

fn card(item: &Item, price: Option<f64>) -> Option<Card> {
    let title = item.text(TITLE)?.best(Language::Other);
    let mut card = Card {
        id: item.id.clone(),
        title: Arc::from(title),
        brand: item.keywords(BRAND).first().map_or("", |brand| brand).into(),
        price,
        axes: Vec::new(),
        barcodes: Vec::new(),
        group: item.group.clone(),
        is_available: item.available,
        weight: item.attributes.len() + usize::from(item.picture.is_some()),
    };
    for (name, value) in &item.attributes {
        let Value::Keywords(words) = value else { continue };
        let name = name.to_lowercase();
        if is_barcode(&name) {
            let digits = |word: &Arc<str>| word.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
            let codes = words.iter().map(digits).filter(|code| (8..=14).contains(&code.len()));
            card.barcodes.extend(codes.map(String::into_boxed_str));
        } else if let Some(axis) = axis(&name) {
            card.axes.extend(words.iter().map(|word| (axis, Box::from(&**word))));
        }
    }
    Some(card)
}

fn is_barcode(name: &str) -> bool {
    const NAMES: [&str; 9] = ["gtin", "ean", "upc", "isbn", "barcode", "bar_code", "条码", "条形码", "gtin13"];
    NAMES.contains(&name)
}

/// In what attributes of this name variants differ.
fn axis(name: &str) -> Option<Axis> {
    const NAMES: [(Axis, &[&str]); 3] = [
        (Axis::Colour, &["colour", "color", "颜色", "颜色分类", "花色"]),
        (Axis::Size, &["size", "尺码", "尺寸", "鞋码", "码数"]),
        (Axis::Quantity, &["capacity", "volume", "pack", "pack_size", "容量", "净含量", "规格", "内存", "数量"]),
    ];
    NAMES.into_iter().find(|(_, names)| names.iter().any(|known| name.ends_with(known))).map(|(axis, _)| axis)
}
