//! Items whose neighbours stand elsewhere in the tree.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Finding, Fix, ItemFacts, QualityOptions, Rule};

/// Fewer neighbours outvote nobody.
const NEIGHBOURS_MIN: usize = 5;
/// An item's own category must have less than this share of the votes.
const OWN_SHARE_MAX: f64 = 0.1;

pub(super) fn find(place: usize, item: &ItemFacts<'_>, options: &QualityOptions) -> Option<Finding> {
    if item.neighbours.len() < NEIGHBOURS_MIN {
        return None;
    }
    let mut votes: BTreeMap<&str, f64> = BTreeMap::new();
    for (category, likeness) in item.neighbours.iter().filter(|(_, likeness)| *likeness > 0.0) {
        *votes.entry(category).or_default() += f64::from(*likeness);
    }
    let total: f64 = votes.values().sum();
    let (category, count) = votes.iter().max_by(|a, b| a.1.total_cmp(b.1))?;
    let own = votes.get(item.category).copied().unwrap_or(0.0);
    let share = count / total;
    let is_wrong = *category != item.category && share >= options.votes_share && own / total < OWN_SHARE_MAX;
    is_wrong.then(|| {
        let voters = item.neighbours.iter().filter(|(known, _)| known == category).count();
        Finding {
            item: place,
            rule: Rule::WrongCategory,
            attribute: Arc::from("category"),
            severity: (0.5 * share) as f32,
            evidence: format!(
                "{voters} of the {} items most like it are in `{category}`, it is in `{}`",
                item.neighbours.len(),
                item.category
            ),
            fix: Some(Fix::Set((*category).to_owned())),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_outvote_a_category() {
        let votes = |own: usize, other: usize| {
            let neighbours = std::iter::repeat_n(("mugs", 0.8), own).chain(std::iter::repeat_n(("vases", 0.7), other));
            let item = ItemFacts { category: "mugs", neighbours: neighbours.collect(), ..ItemFacts::default() };
            find(0, &item, &QualityOptions::default()).map(|finding| finding.fix)
        };
        assert_eq!(votes(0, 6), Some(Some(Fix::Set("vases".to_owned()))));
        assert_eq!(votes(2, 6), None);
        assert_eq!(votes(0, 3), None);
        assert_eq!(votes(6, 0), None);
    }
}
