use std::sync::Arc;

use rustc_hash::FxHashMap;
use types::{Item, well_known};

/// What slates are ordered by, of each item.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// The most special category.
    pub(super) categories: Vec<Option<u32>>,
    pub(super) brands: Vec<Option<u32>>,
    /// Who sells it; the brand where nobody is named.
    pub(super) sellers: Vec<Option<u32>>,
    /// How much it is wanted; the same for all where nothing tells.
    pub(super) popularity: Vec<f32>,
    /// Numbers of labels.
    labels: FxHashMap<String, u32>,
}

impl Facts {
    /// Nothing known of so many items.
    pub(super) fn of(items: usize) -> Self {
        let none = vec![None; items];
        Self {
            categories: none.clone(),
            brands: none.clone(),
            sellers: none,
            popularity: vec![0.0; items],
            labels: FxHashMap::default(),
        }
    }

    /// Takes what an item's document says.
    pub(super) fn set(&mut self, at: usize, item: &Item) {
        let (category, brand) = (category(item), first(item, well_known::BRAND));
        let seller = first(item, well_known::SELLER).or_else(|| brand.clone());
        self.label(at, category.as_deref(), brand.as_deref(), seller.as_deref());
    }

    /// The same, given as texts.
    pub(super) fn label(&mut self, at: usize, category: Option<&str>, brand: Option<&str>, seller: Option<&str>) {
        self.categories[at] = category.map(|name| self.number(&format!("category {name}")));
        self.brands[at] = brand.map(|name| self.number(&format!("brand {name}")));
        self.sellers[at] = seller.map(|name| self.number(&format!("seller {name}")));
    }

    fn number(&mut self, label: &str) -> u32 {
        let next = self.labels.len() as u32;
        *self.labels.entry(label.to_owned()).or_insert(next)
    }
}

/// The leaf of an item's first path, as a whole path.
pub(super) fn category(item: &Item) -> Option<String> {
    item.categories(well_known::CATEGORY).first().map(|path| path.join(" > "))
}

/// The first word of an attribute.
pub(super) fn first(item: &Item, name: &str) -> Option<Arc<str>> {
    item.keywords(name).first().cloned()
}
