//! What is wrong with a catalogue: prices and measures out of line, contradictions, missing attributes, wrong categories,
//! items that stand twice, and rows that are no products. Each finding names its evidence and, where there is one, a fix.
//!
//! Items are read twice: a [`Survey`] counts what is usual in each category, and the [`Usual`] it becomes checks item by
//! item. Neither keeps an item, so a catalogue need not fit into memory.

mod contradiction;
mod duplicate;
mod finding;
mod missing;
mod not_product;
mod outlier;
mod spread;
mod survey;

pub use finding::{Finding, Fix, ItemFacts, PRESENT, Rule};
pub use not_product::{NotProduct, not_a_product};
pub use spread::Spread;
pub use survey::{Survey, Usual};

/// How much it takes to be found.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct QualityOptions {
    /// Items a category needs before something is usual in it; where it has fewer, the one above it decides.
    pub items_min: usize,
    /// Robust deviations from the category's median from which on a number is out of line.
    pub deviations_min: f64,
    /// The share of a category's items from which on an attribute is expected of all.
    pub expected_share: f64,
}

impl Default for QualityOptions {
    fn default() -> Self {
        Self { items_min: 10, deviations_min: 5.0, expected_share: 0.8 }
    }
}

/// All findings in a catalogue that fits into memory, the gravest first. Items are named by their place among those given.
pub fn check(items: &[ItemFacts<'_>], options: QualityOptions) -> Vec<Finding> {
    let mut survey = Survey::new(options);
    items.iter().for_each(|item| survey.add(item));
    let mut usual = survey.finish();
    let mut findings: Vec<Finding> =
        items.iter().enumerate().flat_map(|(place, item)| usual.check(place, item)).collect();
    findings.sort_by(|a, b| b.severity.total_cmp(&a.severity).then((a.item, a.rule).cmp(&(b.item, b.rule))));
    findings
}
