use std::sync::Arc;

use learn::recommend::{ItemContents, Sparse};
use rustc_hash::FxHashMap;
use types::{Event, EventBody, Item, Millis, Row, Value, well_known};

use crate::inspection::batches;
use crate::{Result, Shop};

/// Values of one attribute that are told to recommenders, at most.
const VALUES_AN_ATTRIBUTE: usize = 16;

/// Gathers what was known of items before a moment, from the events of their catalogue.
///
/// An item that the catalogue got only later, though it was sold before (a shop that brought its sales along and put its
/// catalogue in afterwards), is known as it first came in.
#[derive(Debug, Default)]
pub struct ContentsLog {
    moment: Option<Millis>,
    known: FxHashMap<Row, Item>,
    late: FxHashMap<Row, Item>,
}

impl ContentsLog {
    /// Nothing known yet; what happens from `moment` on is not known.
    pub fn before(moment: Millis) -> Self {
        Self { moment: Some(moment), ..Self::default() }
    }

    /// Takes in an event about the item with this row.
    pub fn take(&mut self, event: &Event, row: Row) {
        if self.moment.is_some_and(|moment| event.time >= moment) {
            if let EventBody::ItemUpserted(item) = &event.body {
                self.late.entry(row).or_insert_with(|| in_short(item));
            }
            return;
        }
        match &event.body {
            EventBody::ItemUpserted(item) => {
                let mut item = in_short(item);
                if let Some(earlier) = self.known.get(&row) {
                    item.keep_found(earlier);
                }
                self.known.insert(row, item);
            }
            EventBody::ItemPatched(patch) => self.change(row, |item| item.apply(patch)),
            EventBody::ItemEnriched(enrichment) => self.change(row, |item| item.enrich(enrichment)),
            EventBody::ItemDeleted(_)
            | EventBody::Interaction(_)
            | EventBody::Impression(_)
            | EventBody::UserErased(_) => {}
        }
    }

    fn change(&mut self, row: Row, change: impl FnOnce(&mut Item)) {
        if let Some(item) = self.known.get_mut(&row) {
            change(item);
            *item = in_short(item);
        }
    }

    /// What is known of the first `items` items; `was_met` says which of them were interacted with before the moment.
    pub fn finish(mut self, items: usize, was_met: impl Fn(Row) -> bool) -> ItemContents {
        for (row, item) in self.late {
            if was_met(row) {
                self.known.entry(row).or_insert(item);
            }
        }
        contents(items, |row| self.known.get(&row))
    }
}

/// The item with nothing but what recommenders are told.
fn in_short(item: &Item) -> Item {
    let is_told = |name: &str, value: &Value| match value {
        Value::Keywords(_) | Value::Categories(_) | Value::Money(_) => true,
        _ => name == well_known::MARGIN,
    };
    let attributes = item.attributes.iter().filter(|(name, value)| is_told(name, value));
    let attributes = attributes.map(|(name, value)| (Arc::clone(name), value.clone())).collect();
    Item { attributes, provenance: item.provenance.clone(), ..Item::new(item.id.clone()) }
}

fn contents<'a>(items: usize, item_of: impl Fn(Row) -> Option<&'a Item>) -> ItemContents {
    let (mut labels, mut leaves): (FxHashMap<String, u32>, FxHashMap<String, u32>) = Default::default();
    let mut number = |label: String| {
        let next = labels.len() as u32;
        (*labels.entry(label).or_insert(next), 1.0)
    };
    let (mut rows, mut categories, mut prices, mut margins) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let amount = |item: Option<&Item>, name: &str| match item.and_then(|item| item.get(name)) {
        Some(Value::Money(money)) => money.amount() as f32,
        Some(Value::Number(number)) => *number as f32,
        _ => 0.0,
    };
    for row in (0..items as u32).map(Row) {
        let item = item_of(row);
        let mut values: Vec<(u32, f32)> =
            item.map_or_else(Vec::new, |item| labels_of(item).into_iter().map(&mut number).collect());
        // An item has a value or not, however often it is named.
        values.sort_by_key(|(code, _)| *code);
        values.dedup_by_key(|(code, _)| *code);
        rows.push(values);
        let leaf = item.and_then(|item| item.categories(well_known::CATEGORY).first());
        categories.push(leaf.map_or(ItemContents::NO_CATEGORY, |path| {
            let next = leaves.len() as u32;
            *leaves.entry(path.join(" > ")).or_insert(next)
        }));
        prices.push(amount(item, well_known::PRICE).max(0.0));
        margins.push(amount(item, well_known::MARGIN));
    }
    let attributes = Sparse::from_rows(labels.len(), rows);
    ItemContents { attributes, vectors: Vec::new(), dims: 0, categories, prices, margins }
}

/// Brand, each step of its categories, and every other keyword.
fn labels_of(item: &Item) -> Vec<String> {
    let mut labels = Vec::new();
    for (name, value) in &item.attributes {
        match value {
            Value::Keywords(words) => {
                labels.extend(words.iter().take(VALUES_AN_ATTRIBUTE).map(|word| format!("{name}={word}")));
            }
            Value::Categories(paths) => {
                for path in paths.iter().take(VALUES_AN_ATTRIBUTE) {
                    labels.extend((1..=path.len()).map(|depth| format!("{name}={}", path[..depth].join(" > "))));
                }
            }
            _ => {}
        }
    }
    labels
}

impl Shop {
    /// What is known of the first `items` items now, or was before a moment. Vectors of their texts are there where the shop
    /// has an encoder and they take no more than `vector_bytes_max`.
    ///
    /// # Errors
    /// Where log or catalogue cannot be read.
    pub fn item_contents(
        &self,
        items: usize,
        before: Option<Millis>,
        was_met: impl Fn(Row) -> bool,
        vector_bytes_max: u64,
    ) -> Result<ItemContents> {
        let core = &self.core;
        let row_of = |id: &str| core.names.read().items.row(id);
        let mut log = ContentsLog { moment: before, ..ContentsLog::default() };
        if before.is_some() {
            self.each_event(core.store.end(), &mut |event| {
                let row = event.body.catalogue_item().and_then(|id| row_of(id.as_str()));
                row.into_iter().for_each(|row| log.take(event, row));
            })?;
        } else {
            for batch in batches(core) {
                let batch = batch?;
                log.known.extend(batch.iter().filter_map(|item| Some((row_of(item.id.as_str())?, in_short(item)))));
            }
        }
        let is_known: Vec<bool> = (0..items as u32)
            .map(|row| log.known.contains_key(&Row(row)) || log.late.contains_key(&Row(row)) && was_met(Row(row)))
            .collect();
        let contents = log.finish(items, was_met);
        Ok(self.with_vectors(contents, &is_known, vector_bytes_max))
    }

    fn with_vectors(&self, mut contents: ItemContents, is_known: &[bool], bytes_max: u64) -> ItemContents {
        let view = self.core.view.load();
        let Some((_, encoder)) = view.retrievers.encoders.first() else { return contents };
        let vector = |row: usize| view.searcher.vector(encoder.id(), Row(row as u32));
        let Some(dims) = (0..is_known.len()).find_map(|row| Some(vector(row)?.len())) else { return contents };
        if (is_known.len() * dims * size_of::<f32>()) as u64 > bytes_max {
            return contents;
        }
        contents.vectors = vec![0.0; is_known.len() * dims];
        contents.dims = dims;
        for (row, place) in contents.vectors.chunks_exact_mut(dims).enumerate().filter(|(row, _)| is_known[*row]) {
            if let Some(vector) = vector(row).filter(|vector| vector.len() == dims) {
                place.copy_from_slice(&vector);
            }
        }
        contents
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::{Currency, EventId, ItemId, ItemPatch, Money};

    fn event(time: i64, body: EventBody) -> Event {
        Event { id: EventId::new(format!("e{time}")).unwrap(), time: Millis(time), body }
    }

    fn item(brand: &str, price: f64) -> Item {
        let path = ["茶", brand].map(Arc::from).to_vec();
        Item::new(ItemId::new("x").unwrap())
            .with("brand", Value::Keywords(vec![Arc::from(brand)]))
            .with("category", Value::Categories(vec![path]))
            .with("price", Value::Money(Money::new(price, Currency::new("EUR").unwrap()).unwrap()))
    }

    #[test]
    fn nothing_from_after_the_moment_is_known() {
        let mut log = ContentsLog::before(Millis(100));
        log.take(&event(1, EventBody::ItemUpserted(item("龙井", 5.0))), Row(0));
        let patch = |time, brand: &str| {
            let attributes = [(Arc::from("brand"), Some(Value::Keywords(vec![Arc::from(brand)])))].into();
            let patch = ItemPatch { attributes, ..ItemPatch::new(ItemId::new("x").unwrap()) };
            event(time, EventBody::ItemPatched(patch))
        };
        log.take(&patch(50, "狮峰"), Row(0));
        log.take(&patch(100, "leak"), Row(0));
        log.take(&event(100, EventBody::ItemUpserted(item("sold", 1.0))), Row(1));
        log.take(&event(101, EventBody::ItemUpserted(item("new", 2.0))), Row(2));
        let contents = log.finish(4, |row| row == Row(1));
        assert_eq!(contents.prices, [5.0, 1.0, 0.0, 0.0]);
        assert_eq!(contents.categories[2..], [ItemContents::NO_CATEGORY; 2]);
        assert_ne!(contents.categories[0], contents.categories[1]);
        // Brand, 茶, 茶 > brand; the two items share one of them.
        let counts: Vec<usize> = contents.attributes.iter().map(|(codes, _)| codes.len()).collect();
        assert_eq!((counts, contents.attributes.columns()), (vec![3, 3, 0, 0], 5));
    }
}
