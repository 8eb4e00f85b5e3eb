//! Values that say something else than the title: colours, and for whom an item is.

use std::sync::{Arc, LazyLock};

use super::{Finding, Fix, ItemFacts, Rule};
use crate::entities::{Gazetteer, Role};

/// Names the lexicon is less sure of do not contradict anything.
const CONFIDENCE_MIN: f32 = 0.6;
const COLOUR_NAMES: [&str; 6] = ["colour", "color", "颜色", "色彩", "主色", "shade"];
const GENDER_NAMES: [&str; 4] = ["gender", "sex", "性别", "适用性别"];

pub(super) fn find(place: usize, item: &ItemFacts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (role, names) in [(Role::Colour, COLOUR_NAMES.as_slice()), (Role::Gender, GENDER_NAMES.as_slice())] {
        let is_it = |name: &str| {
            let name = name.to_lowercase();
            names.iter().any(|known| name.ends_with(known))
        };
        let values: Vec<(&str, &str)> = item.attributes.iter().copied().filter(|(name, _)| is_it(name)).collect();
        let said: Vec<&str> = values.iter().flat_map(|(_, value)| concepts(value, role)).collect();
        let titled = concepts(item.title, role);
        let has_several = role == Role::Colour && titled.len() > 1;
        let agrees = titled.iter().any(|one| said.iter().any(|other| are_kin(one, other)));
        if let Some((name, value)) = values.first()
            && !said.is_empty()
            && !titled.is_empty()
            && !agrees
        {
            let titled = titled.join(", ");
            findings.push(Finding {
                item: place,
                rule: Rule::Contradiction,
                attribute: Arc::from(*name),
                severity: if has_several { 0.4 } else { 0.7 },
                evidence: format!("the title says {titled}, `{name}` says {value}"),
                fix: (!has_several).then_some(Fix::Set(titled)),
            });
        }
    }
    findings
}

/// Concepts of a kind that a text names.
fn concepts(text: &str, role: Role) -> Vec<&'static str> {
    static LEXICON: LazyLock<Gazetteer> = LazyLock::new(|| Gazetteer::new(std::iter::empty()));
    let named = LEXICON.find(text).into_iter().flat_map(|entity| entity.readings);
    let fitting = named.filter(|reading| reading.role == role && reading.confidence >= CONFIDENCE_MIN);
    let mut concepts: Vec<&str> = fitting.filter_map(|reading| reading.concept).collect();
    concepts.sort_unstable();
    concepts.dedup();
    concepts
}

/// Whether concepts are the same or one is a kind of the other, or both are of something, by the tables of names.
fn are_kin(one: &str, other: &str) -> bool {
    let (ones, others) = (kinds(one), kinds(other));
    ones.iter().any(|kind| others.contains(kind))
}

fn kinds(concept: &str) -> Vec<&str> {
    const TABLES: [&str; 2] = [include_str!("../../data/colours.tsv"), include_str!("../../data/people.tsv")];
    let mut kinds = vec![concept];
    for row in TABLES.iter().flat_map(|table| table.lines()).filter(|line| !line.starts_with('#')) {
        let mut fields = row.split('\t').skip(1);
        if fields.next() == Some(concept) {
            kinds.extend(fields.next().unwrap_or_default().split(',').map(str::trim).filter(|kind| !kind.is_empty()));
        }
    }
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(title: &str, attribute: (&str, &str)) -> Option<String> {
        let item = ItemFacts { title, attributes: vec![attribute], ..ItemFacts::default() };
        find(0, &item).first().map(|finding| finding.evidence.clone())
    }

    #[test]
    fn colours_and_persons() {
        assert_eq!(
            check("Red cotton shirt", ("baseColour", "Blue")).unwrap(),
            "the title says red, `baseColour` says Blue"
        );
        assert_eq!(check("Dark navy shirt", ("colour", "Blue")), None);
        assert_eq!(check("红色连衣裙", ("颜色", "Red")), None);
        assert!(check("女士红色连衣裙", ("性别", "男")).is_some());
        assert!(check("Men's running shoes", ("gender", "Women")).is_some());
        assert_eq!(check("Unisex running shoes", ("gender", "Women")), None);
        assert_eq!(check("Shirt", ("colour", "Blue")), None);
        assert_eq!(check("Red shirt", ("brand", "Blue")), None);
    }
}
