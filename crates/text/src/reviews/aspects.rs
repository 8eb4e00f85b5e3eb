use std::sync::{Arc, LazyLock};

use rustc_hash::FxHashMap;

use super::lexicon::{items, longest, rows};
use super::unit::{Units, key_of};

/// What texts may speak of, each with the words that tell so. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Aspects {
    table: Arc<Table>,
}

#[derive(Debug, Default)]
struct Table {
    names: Vec<Arc<str>>,
    /// By the key of a phrase: the aspect.
    phrases: FxHashMap<String, usize>,
    units_max: usize,
}

impl Aspects {
    /// Those of shops: quality, size, delivery, service, price, appearance, function and others.
    pub fn of_shops() -> Self {
        static SHOPS: LazyLock<Aspects> = LazyLock::new(|| {
            let rows = rows(include_str!("../../data/aspects.tsv"));
            let words = rows.map(|row| (row[0], row.into_iter().skip(1).flat_map(items).collect::<Vec<_>>()));
            Aspects::new(words)
        });
        SHOPS.clone()
    }

    /// Any topics with their words, for news, comments or a shop's own aspects. A phrase stands for the first topic that
    /// has it.
    pub fn new<'a, W>(topics: impl IntoIterator<Item = (&'a str, W)>) -> Self
    where
        W: IntoIterator<Item = &'a str>,
    {
        let mut table = Table::default();
        for (name, words) in topics {
            let id = table.names.len();
            table.names.push(Arc::from(name));
            for word in words {
                let (key, units) = key_of(word);
                if units > 0 {
                    table.units_max = table.units_max.max(units);
                    table.phrases.entry(key).or_insert(id);
                }
            }
        }
        Self { table: Arc::new(table) }
    }

    /// Their names, in the order given.
    pub fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.table.names.iter()
    }

    pub(super) fn id(&self, name: &str) -> Option<usize> {
        self.table.names.iter().position(|known| **known == *name)
    }

    pub(super) fn name(&self, id: usize) -> Arc<str> {
        self.table.names[id].clone()
    }

    /// The longest phrase for an aspect that begins at a unit: the unit behind it, and the aspect.
    pub(super) fn mention(&self, units: &Units, at: usize, end: usize) -> Option<(usize, usize)> {
        longest(units, at, end, self.table.units_max, |key| self.table.phrases.get(key).copied())
    }
}
