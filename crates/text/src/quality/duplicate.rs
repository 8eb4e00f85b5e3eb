//! The same title several times.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHasher};

use super::{Finding, Fix, ItemFacts, PRESENT, Rule};
use crate::fold::Folded;

/// How often each title comes, by a key of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Titles {
    counts: FxHashMap<u64, u32>,
    /// The first item of each title that comes several times, as they are met.
    firsts: FxHashMap<u64, First>,
}

#[derive(Clone, Debug)]
struct First {
    place: usize,
    price: Option<f64>,
    /// Keys of its values.
    values: Vec<u64>,
}

impl Titles {
    pub(super) fn add(&mut self, title: &str) {
        if let Some(key) = title_key(title) {
            *self.counts.entry(key).or_default() += 1;
        }
    }

    /// Forgets the titles that come once.
    pub(super) fn finish(&mut self) {
        self.counts.retain(|_, count| *count > 1);
        self.counts.shrink_to_fit();
    }

    /// Whether an earlier item has the same title; items are to come in order.
    pub(super) fn find(&mut self, place: usize, item: &ItemFacts<'_>) -> Option<Finding> {
        let key = title_key(item.title)?;
        let count = *self.counts.get(&key)?;
        let Some(first) = self.firsts.get(&key) else {
            let values = item.attributes.iter().map(key_of).collect();
            self.firsts.insert(key, First { place, price: item.price, values });
            return None;
        };
        // Variants often share a title; then a value tells them apart.
        let telling = item.attributes.iter().filter(|(_, value)| value != PRESENT);
        let mut differing = telling.filter(|value| !first.values.contains(&key_of(value)));
        let (evidence, severity, fix) = match differing.next() {
            Some((name, value)) => (format!("{count} items have this title; here `{name}` is {value}"), 0.1, None),
            None => (
                format!("{count} items have this title, and no value tells this one apart"),
                if item.price == first.price { 0.6 } else { 0.4 },
                Some(Fix::MergeWith(first.place)),
            ),
        };
        Some(Finding { item: place, rule: Rule::Duplicate, attribute: Arc::from("title"), severity, evidence, fix })
    }
}

fn title_key(title: &str) -> Option<u64> {
    let mut hasher = FxHasher::default();
    let mut has_any = false;
    for character in Folded::new(title).text.chars().filter(|character| character.is_alphanumeric()) {
        has_any = true;
        character.hash(&mut hasher);
    }
    has_any.then(|| hasher.finish())
}

fn key_of<T: Hash>(value: &T) -> u64 {
    let mut hasher = FxHasher::default();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::super::{QualityOptions, check};
    use super::*;

    #[test]
    fn the_same_title_with_nothing_to_tell_it_apart() {
        let item =
            |title, size| ItemFacts { title, attributes: vec![("size", Cow::Borrowed(size))], ..ItemFacts::default() };
        let items = [item("Red Mug", "s"), item("red  mug!", "s"), item("Red mug", "m"), item("", "s"), item("", "s")];
        let found = check(&items, QualityOptions::default()).into_iter();
        let found: Vec<_> =
            found.filter(|finding| finding.rule == Rule::Duplicate).map(|one| (one.item, one.fix)).collect();
        assert_eq!(found, [(1, Some(Fix::MergeWith(0))), (2, None)]);
    }
}
