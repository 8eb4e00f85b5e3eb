//! Attributes that nearly all items of a category have.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Finding, ItemFacts, QualityOptions, Rule};

pub(super) fn find(
    items: &[ItemFacts<'_>],
    category: &str,
    places: &[usize],
    options: &QualityOptions,
) -> Vec<Finding> {
    if places.len() < options.items_min {
        return Vec::new();
    }
    let has = |item: &ItemFacts<'_>| -> Vec<String> {
        let given = item.attributes.iter().filter(|(_, value)| !value.trim().is_empty()).map(|(name, _)| *name);
        let mut names: Vec<String> = given.map(str::to_owned).collect();
        names.extend(item.price.map(|_| "price".to_owned()));
        names.extend((!item.title.trim().is_empty()).then(|| "title".to_owned()));
        names.sort_unstable();
        names.dedup();
        names
    };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let owned: Vec<(usize, Vec<String>)> = places.iter().map(|place| (*place, has(&items[*place]))).collect();
    owned.iter().flat_map(|(_, names)| names).for_each(|name| *counts.entry(name.clone()).or_default() += 1);
    let mut findings = Vec::new();
    for (name, count) in &counts {
        let share = *count as f64 / places.len() as f64;
        if share < options.expected_share {
            continue;
        }
        for (place, _) in owned.iter().filter(|(_, names)| names.binary_search(name).is_err()) {
            findings.push(Finding {
                item: *place,
                rule: Rule::Missing,
                attribute: Arc::from(name.as_str()),
                severity: if name == "title" { 0.9 } else { 0.3 * share as f32 },
                evidence: format!("{count} of {} items in `{category}` have it", places.len()),
                fix: None,
            });
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nearly_all_have_is_expected() {
        let mut items: Vec<ItemFacts<'_>> = (0..12)
            .map(|_| ItemFacts { title: "shoe", attributes: vec![("size", "42")], ..ItemFacts::default() })
            .collect();
        items[3].attributes = vec![("size", " ")];
        items[5].attributes.push(("rare", "yes"));
        let places: Vec<usize> = (0..12).collect();
        let found = find(&items, "shoes", &places, &QualityOptions::default());
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].item, &*found[0].attribute, found[0].evidence.as_str()),
            (3, "size", "11 of 12 items in `shoes` have it")
        );
    }
}
