//! The same title several times.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Finding, Fix, ItemFacts, Rule};
use crate::fold::Folded;

pub(super) fn find(items: &[ItemFacts<'_>]) -> Vec<Finding> {
    let mut titles: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, item) in items.iter().enumerate() {
        let key: String = Folded::new(item.title).text.chars().filter(|c| c.is_alphanumeric()).collect();
        if !key.is_empty() {
            titles.entry(key).or_default().push(place);
        }
    }
    let mut findings = Vec::new();
    for places in titles.into_values().filter(|places| places.len() > 1) {
        let first = places[0];
        for place in &places[1..] {
            let is_same_price = items[*place].price == items[first].price;
            // Variants often share a title; then a value tells them apart.
            let mut differing =
                items[*place].attributes.iter().filter(|value| !items[first].attributes.contains(value));
            let evidence = match differing.next() {
                Some((name, value)) => format!("{} items have this title; here `{name}` is {value}", places.len()),
                None => format!("{} items have this title, and no value tells this one apart", places.len()),
            };
            let is_variant = evidence.contains("; here");
            findings.push(Finding {
                item: *place,
                rule: Rule::Duplicate,
                attribute: Arc::from("title"),
                severity: if is_variant {
                    0.1
                } else if is_same_price {
                    0.6
                } else {
                    0.4
                },
                evidence,
                fix: (!is_variant).then_some(Fix::MergeWith(first)),
            });
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_title_with_nothing_to_tell_it_apart() {
        let item = |title, size| ItemFacts { title, attributes: vec![("size", size)], ..ItemFacts::default() };
        let found =
            find(&[item("Red Mug", "s"), item("red  mug!", "s"), item("Red mug", "m"), item("", "s"), item("", "s")]);
        assert_eq!(
            found.iter().map(|finding| (finding.item, finding.fix.clone())).collect::<Vec<_>>(),
            [(1, Some(Fix::MergeWith(0))), (2, None)]
        );
    }
}
