use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Enrichment, FieldError, GroupId, ItemId, Picture, Provenance, Texts, Value, ValueKind};

/// Names of attributes that Mercato gives a meaning; all others are the shop's own.
pub mod well_known {
    /// What the item is called (text).
    pub const TITLE: &str = "title";
    /// Longer prose (text).
    pub const DESCRIPTION: &str = "description";
    /// Who makes it (keywords).
    pub const BRAND: &str = "brand";
    /// Who sells it, where the shop is a market of several (keywords); else its brand stands for it.
    pub const SELLER: &str = "seller";
    /// Where it stands in the category tree (categories).
    pub const CATEGORY: &str = "category";
    /// What it costs (money).
    pub const PRICE: &str = "price";
    /// What it cost before the reduction (money).
    pub const LIST_PRICE: &str = "list_price";
    /// What a sale of it earns (a number in the shop's currency, or money).
    pub const MARGIN: &str = "margin";
    /// Its picture (image).
    pub const IMAGE: &str = "image";
    /// Free labels (keywords).
    pub const TAGS: &str = "tags";
    /// Mean rating (number).
    pub const RATING: &str = "rating";
    /// Number of ratings (number).
    pub const RATING_COUNT: &str = "rating_count";
    /// Pseudo-attribute of filters and facets: [`super::Item::available`].
    pub const AVAILABLE: &str = "available";
    /// Pseudo-attribute of filters and sorting: [`super::Item::stock`].
    pub const STOCK: &str = "stock";
    /// Pseudo-attribute of filters: [`super::Item::group`].
    pub const GROUP: &str = "group";
    /// Pseudo-attribute of filters: [`super::Item::id`].
    pub const ID: &str = "id";
}

/// A product, or anything a shop shows.
#[derive(Clone, PartialEq, Debug)]
pub struct Item {
    /// Unique inside the shop.
    pub id: ItemId,
    /// What variants of one product share.
    pub group: Option<GroupId>,
    /// Whether it may be sold; unavailable items are kept but not shown by default.
    pub available: bool,
    /// Pieces in stock; `None` where the shop does not count them. 0 makes it unavailable.
    pub stock: Option<u32>,
    /// Everything else, by name: the shop's own values, and what was found where it has none.
    pub attributes: BTreeMap<Arc<str>, Value>,
    /// Which of the attributes are not the shop's own, and where they come from. An item that is put in again keeps what was
    /// found for attributes it brings no values of.
    pub provenance: BTreeMap<Arc<str>, Provenance>,
    /// What is known of its picture. An item that is put in again without one keeps the one it has.
    pub picture: Option<Picture>,
}

impl Item {
    /// An available item without attributes.
    pub fn new(id: ItemId) -> Self {
        Self {
            id,
            group: None,
            available: true,
            stock: None,
            attributes: BTreeMap::new(),
            provenance: BTreeMap::new(),
            picture: None,
        }
    }

    /// The same item with one attribute set; for tests and fixtures.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.attributes.insert(Arc::from(name), value);
        self
    }

    /// The attribute called `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.attributes.get(name)
    }

    /// Whether it can be bought now: available and not out of stock.
    pub fn is_buyable(&self) -> bool {
        self.available && self.stock != Some(0)
    }

    /// The title in its first language; the id where there is none.
    pub fn title(&self) -> &str {
        match self.get(well_known::TITLE) {
            Some(Value::Text(texts)) => texts.best(crate::Language::Other),
            _ => self.id.as_str(),
        }
    }

    /// The texts of attribute `name`, where it is prose.
    pub fn text(&self, name: &str) -> Option<&Texts> {
        match self.get(name) {
            Some(Value::Text(texts)) => Some(texts),
            _ => None,
        }
    }

    /// The words of attribute `name`, where it has keywords; else none.
    pub fn keywords(&self, name: &str) -> &[Arc<str>] {
        match self.get(name) {
            Some(Value::Keywords(words)) => words,
            _ => &[],
        }
    }

    /// The paths of attribute `name`, where it has categories; else none.
    pub fn categories(&self, name: &str) -> &[Vec<Arc<str>>] {
        match self.get(name) {
            Some(Value::Categories(paths)) => paths,
            _ => &[],
        }
    }

    /// The number behind attribute `name`, where it has one.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.get(name).and_then(Value::as_number)
    }

    /// Takes found values in, and out where they are taken back, unless the shop has a value of its own.
    pub fn enrich(&mut self, enrichment: &Enrichment) {
        for (name, found) in &enrichment.values {
            let is_own = self.attributes.contains_key(name) && !self.provenance.contains_key(name);
            match found {
                _ if is_own => {}
                Some((value, provenance)) => {
                    self.attributes.insert(Arc::clone(name), value.clone());
                    self.provenance.insert(Arc::clone(name), provenance.clone());
                }
                None => {
                    self.attributes.remove(name);
                    self.provenance.remove(name);
                }
            }
        }
    }

    /// Takes over what was found for an earlier state of the item, where this one has no value.
    pub fn keep_found(&mut self, earlier: &Self) {
        for (name, provenance) in &earlier.provenance {
            if let (Some(value), false) = (earlier.get(name), self.attributes.contains_key(name)) {
                self.attributes.insert(Arc::clone(name), value.clone());
                self.provenance.insert(Arc::clone(name), provenance.clone());
            }
        }
    }

    /// The attributes that the shop itself gave.
    pub fn own_attributes(&self) -> impl Iterator<Item = (&Arc<str>, &Value)> {
        self.attributes.iter().filter(|(name, _)| !self.provenance.contains_key(*name))
    }

    /// Applies a partial update to this item. A value it sets, or takes away, is the shop's own decision from then on.
    pub fn apply(&mut self, patch: &ItemPatch) {
        for (name, value) in &patch.attributes {
            self.provenance.remove(name);
            match value {
                Some(value) => self.attributes.insert(Arc::clone(name), value.clone()),
                None => self.attributes.remove(name),
            };
        }
        if let Some(available) = patch.available {
            self.available = available;
        }
        if let Some(stock) = patch.stock {
            self.stock = stock;
        }
        if let Some(group) = &patch.group {
            self.group = group.clone();
        }
        if let Some(picture) = &patch.picture {
            self.picture = picture.clone();
        }
    }
}

/// A partial update of an item: what is `None` stays as it is.
#[derive(Clone, PartialEq, Debug)]
pub struct ItemPatch {
    /// The item to change.
    pub id: ItemId,
    /// Attributes to set, or to remove where the value is `None`.
    pub attributes: BTreeMap<Arc<str>, Option<Value>>,
    /// New availability.
    pub available: Option<bool>,
    /// New stock; `Some(None)` stops counting.
    pub stock: Option<Option<u32>>,
    /// New group; `Some(None)` takes the item out of its group.
    pub group: Option<Option<GroupId>>,
    /// New picture; `Some(None)` removes it.
    pub picture: Option<Option<Picture>>,
}

impl ItemPatch {
    /// A patch that changes nothing yet.
    pub fn new(id: ItemId) -> Self {
        Self { id, attributes: BTreeMap::new(), available: None, stock: None, group: None, picture: None }
    }
}

/// Checks the name of an attribute: 1 to 64 of letters (any script), digits, `_`, `-`; not one of the
/// pseudo-attributes.
///
/// # Errors
/// A [`FieldError`] with code `attribute_name_invalid`.
pub fn check_name(name: &str) -> Result<(), FieldError> {
    let allowed = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let reserved = [well_known::AVAILABLE, well_known::STOCK, well_known::GROUP, well_known::ID];
    if name.is_empty() || name.len() > 64 || !name.chars().all(allowed) || reserved.contains(&name) {
        let expected = "a name of 1 to 64 bytes of letters, digits, '_' and '-' that is not reserved";
        return Err(FieldError::new("attribute_name_invalid", name, expected, name));
    }
    Ok(())
}

impl Item {
    /// Sets an attribute after checking its name and value: numbers finite, texts under 256 KiB, and well-known
    /// attributes of their own kind.
    ///
    /// # Errors
    /// A [`FieldError`] with code `attribute_name_invalid`, `number_not_finite`, `text_too_long` or `type_mismatch`.
    pub fn set(&mut self, name: &str, value: Value) -> Result<(), FieldError> {
        check_attribute(name, &value)?;
        self.attributes.insert(Arc::from(name), value);
        Ok(())
    }
}

impl ItemPatch {
    /// Sets (or with `None` removes) an attribute after the checks of [`Item::set`].
    ///
    /// # Errors
    /// As [`Item::set`].
    pub fn set(&mut self, name: &str, value: Option<Value>) -> Result<(), FieldError> {
        match &value {
            Some(value) => check_attribute(name, value)?,
            None => check_name(name)?,
        }
        self.attributes.insert(Arc::from(name), value);
        Ok(())
    }
}

pub(crate) fn check_attribute(name: &str, value: &Value) -> Result<(), FieldError> {
    const TEXT_BYTES_MAX: usize = 256 * 1024;
    check_name(name)?;
    if let Some(kind) = well_known_kind(name).filter(|kind| *kind != value.kind()) {
        let expected = format!("a value of type {}", kind.name());
        return Err(FieldError::new("type_mismatch", name, expected, format!("type {}", value.kind().name())));
    }
    let bytes: usize = match value {
        Value::Number(number) if !number.is_finite() => {
            return Err(FieldError::new("number_not_finite", name, "a finite number", number.to_string()));
        }
        Value::Text(texts) => texts.iter().map(|(_, text)| text.len()).sum(),
        Value::Keywords(words) => words.iter().map(|word| word.len()).sum(),
        Value::Categories(paths) => paths.iter().flatten().map(|part| part.len()).sum(),
        Value::Image(url) => url.len(),
        Value::Number(_) | Value::Money(_) | Value::Time(_) | Value::Boolean(_) => 0,
    };
    if bytes > TEXT_BYTES_MAX {
        return Err(FieldError::new("text_too_long", name, "at most 256 KiB of text", format!("{bytes} bytes")));
    }
    Ok(())
}

/// The type a well-known attribute must have.
pub fn well_known_kind(name: &str) -> Option<ValueKind> {
    match name {
        well_known::TITLE | well_known::DESCRIPTION => Some(ValueKind::Text),
        well_known::BRAND | well_known::TAGS => Some(ValueKind::Keywords),
        well_known::CATEGORY => Some(ValueKind::Categories),
        well_known::PRICE => Some(ValueKind::Money),
        well_known::IMAGE => Some(ValueKind::Image),
        well_known::RATING | well_known::RATING_COUNT => Some(ValueKind::Number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_changes_only_what_it_names() {
        let id = ItemId::new("a").unwrap();
        let mut item = Item::new(id.clone()).with("colour", Value::Keywords(vec![Arc::from("red")]));
        item.stock = Some(3);
        let mut patch = ItemPatch::new(id);
        patch.set("rating", Some(Value::Number(4.5))).unwrap();
        item.apply(&patch);
        assert_eq!((item.stock, item.number("rating")), (Some(3), Some(4.5)));
        patch.set("colour", None).unwrap();
        patch.stock = Some(Some(0));
        item.apply(&patch);
        assert!(item.get("colour").is_none() && !item.is_buyable());
    }

    #[test]
    fn what_is_found_gives_way_to_the_shops_own_values() {
        let id = ItemId::new("a").unwrap();
        let red = || Value::Keywords(vec![Arc::from("red")]);
        let found = || Some((red(), Provenance::new("extractor", 0.9, "in the title", None).unwrap()));
        let mut item = Item::new(id.clone()).with("brand", Value::Keywords(vec![Arc::from("安踏")]));
        let mut enrichment = Enrichment::new(id.clone());
        enrichment.set("colour", found()).unwrap();
        enrichment.set("brand", found()).unwrap();
        item.enrich(&enrichment);
        assert_eq!(item.keywords("colour"), [Arc::from("red")]);
        assert_eq!(item.keywords("brand"), [Arc::from("安踏")]);
        assert_eq!(item.own_attributes().count(), 1);
        // Put in again by the shop: what it still says nothing about stays found.
        let mut again = Item::new(id.clone());
        again.keep_found(&item);
        assert_eq!((again.keywords("colour").len(), again.get("brand")), (1, None));
        // A value of the shop's own is never taken back.
        let mut patch = ItemPatch::new(id.clone());
        patch.set("colour", Some(red())).unwrap();
        again.apply(&patch);
        let mut back = Enrichment::new(id);
        back.set("colour", None).unwrap();
        again.enrich(&back);
        item.enrich(&back);
        assert_eq!((again.keywords("colour").len(), item.get("colour")), (1, None));
    }

    #[test]
    fn values_are_checked_at_the_door() {
        let mut item = Item::new(ItemId::new("a").unwrap());
        let code = |result: Result<(), FieldError>| result.unwrap_err().code;
        assert_eq!(code(item.set("weight", Value::Number(f64::NAN))), "number_not_finite");
        assert_eq!(code(item.set("price", Value::Number(3.0))), "type_mismatch");
        assert_eq!(code(item.set("stock", Value::Number(3.0))), "attribute_name_invalid");
        assert!(item.set("颜色", Value::Keywords(vec![Arc::from("红")])).is_ok());
    }
}
