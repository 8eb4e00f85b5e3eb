//! What is wrong with a catalogue: prices and measures out of line, contradictions, missing attributes, wrong categories,
//! items that stand twice, and rows that are no products. Each finding names its evidence and, where there is one, a fix.

mod category;
mod contradiction;
mod duplicate;
mod finding;
mod missing;
mod not_product;
mod outlier;

use std::collections::BTreeMap;

pub use finding::{Finding, Fix, ItemFacts, Rule};
pub use not_product::{NotProduct, not_a_product};
pub use outlier::Spread;

/// How much it takes to be found.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct QualityOptions {
    /// Items a category needs before something is usual in it.
    pub items_min: usize,
    /// Robust deviations from the category's median from which on a number is out of line.
    pub deviations_min: f64,
    /// The share of a category's items from which on an attribute is expected of all.
    pub expected_share: f64,
    /// The share of its neighbours' votes from which on another category is more likely.
    pub votes_share: f64,
}

impl Default for QualityOptions {
    fn default() -> Self {
        Self { items_min: 10, deviations_min: 5.0, expected_share: 0.8, votes_share: 0.7 }
    }
}

/// All findings in a catalogue, the gravest first. Items are named by their place among those given.
pub fn check(items: &[ItemFacts<'_>], options: &QualityOptions) -> Vec<Finding> {
    let mut categories: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, item) in items.iter().enumerate() {
        categories.entry(item.category).or_default().push(place);
    }
    let mut findings: Vec<Finding> = Vec::new();
    for (place, item) in items.iter().enumerate() {
        findings.extend(not_product::find(place, item));
        findings.extend(contradiction::find(place, item));
        findings.extend(category::find(place, item, options));
    }
    for (category, places) in &categories {
        findings.extend(outlier::find(items, category, places, options));
        findings.extend(missing::find(items, category, places, options));
    }
    findings.extend(duplicate::find(items));
    findings.sort_by(|a, b| b.severity.total_cmp(&a.severity).then((a.item, a.rule).cmp(&(b.item, b.rule))));
    findings
}
