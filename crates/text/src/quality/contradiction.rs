//! Values that say something else than the title: colours, for whom an item is, how much it holds.

use std::sync::{Arc, LazyLock};

use super::{Finding, Fix, ItemFacts, Rule};
use crate::entities::{Gazetteer, Role};
use crate::quantity::{Bound, Dimension, Quantity, QuantityKind};

/// Names the lexicon is less sure of do not contradict anything.
const CONFIDENCE_MIN: f32 = 0.6;
const COLOUR_NAMES: [&str; 6] = ["colour", "color", "颜色", "色彩", "主色", "shade"];
const GENDER_NAMES: [&str; 4] = ["gender", "sex", "性别", "适用性别"];
/// Attributes that tell how much is sold. Others, such as a weight with packing, may differ from the title.
const CONTENT_NAMES: [&str; 9] =
    ["capacity", "volume", "net weight", "net_weight", "net content", "容量", "净含量", "净重", "内存"];
/// Agrees with every colour.
const MANY_COLOURS: &str = "multicolour";
/// Amounts closer than this are the same: 16.9 oz is 500 ml.
const AMOUNT_TOLERANCE: f64 = 0.05;

pub(super) fn find(place: usize, item: &ItemFacts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(concepts_differ(place, item, Role::Colour, &COLOUR_NAMES));
    findings.extend(concepts_differ(place, item, Role::Gender, &GENDER_NAMES));
    findings.extend(contents_differ(place, item));
    findings
}

fn concepts_differ(place: usize, item: &ItemFacts<'_>, role: Role, names: &[&str]) -> Option<Finding> {
    let values: Vec<(&str, &str)> = named(item, names).collect();
    let (name, value) = values.first()?;
    let said: Vec<Named<'_>> = values.iter().flat_map(|(_, value)| concepts(value, role)).collect();
    let titled = concepts(item.title, role);
    let agrees = titled.iter().any(|one| said.iter().any(|other| are_kin(one.concept, other.concept)))
        || titled.iter().chain(&said).any(|one| one.concept == MANY_COLOURS);
    if said.is_empty() || titled.is_empty() || agrees {
        return None;
    }
    // Of several colours nobody knows which one is meant.
    let has_several = titled.len() > 1;
    let words: Vec<&str> = titled.iter().map(|one| one.words).collect();
    Some(Finding {
        item: place,
        rule: Rule::Contradiction,
        attribute: Arc::from(*name),
        // A title's colour may be that of a part, or of tea.
        severity: if has_several { 0.3 } else { 0.5 },
        evidence: format!("the title says {}, `{name}` says {value}", words.join(", ")),
        fix: (!has_several).then(|| Fix::Set(words.concat())),
    })
}

/// An amount in the title beside one of the same dimension in a value that tells how much is sold.
fn contents_differ(place: usize, item: &ItemFacts<'_>) -> Option<Finding> {
    let mut values = named(item, &CONTENT_NAMES).filter(|(_, value)| value.bytes().any(|byte| byte.is_ascii_digit()));
    let (name, value) = values.next()?;
    let said = amounts(value);
    let [(dimension, amount, _)] = said[..] else { return None };
    let titled: Vec<_> = amounts(item.title).into_iter().filter(|(known, ..)| *known == dimension).collect();
    let [(_, other, span)] = titled[..] else { return None };
    let differs = (amount - other).abs() > AMOUNT_TOLERANCE * amount.max(other);
    let words = item.title.get(span.0..span.1).unwrap_or_default();
    differs.then(|| Finding {
        item: place,
        rule: Rule::Contradiction,
        attribute: Arc::from(name),
        severity: 0.6,
        evidence: format!("the title says {words}, `{name}` says {value}"),
        fix: Some(Fix::Set(words.to_owned())),
    })
}

/// Values of attributes of which the name ends so.
fn named<'a>(item: &'a ItemFacts<'_>, names: &'a [&str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    let is_it = |name: &str| {
        let name = name.to_lowercase();
        names.iter().any(|known| name.ends_with(known))
    };
    item.attributes.iter().filter(move |(name, _)| is_it(name)).map(|(name, value)| (*name, &**value))
}

/// A concept with the words that name it.
struct Named<'a> {
    concept: &'static str,
    words: &'a str,
}

/// Concepts of a kind that a text names, each once.
fn concepts(text: &str, role: Role) -> Vec<Named<'_>> {
    static LEXICON: LazyLock<Gazetteer> = LazyLock::new(|| Gazetteer::new(std::iter::empty()));
    let mut named: Vec<Named<'_>> = Vec::new();
    for entity in LEXICON.find(text) {
        let fits = |reading: &&crate::entities::Reading| reading.role == role && reading.confidence >= CONFIDENCE_MIN;
        let words = text.get(entity.span.0..entity.span.1).unwrap_or_default();
        for concept in entity.readings.iter().filter(fits).filter_map(|reading| reading.concept) {
            if named.iter().all(|known| known.concept != concept) {
                named.push(Named { concept, words });
            }
        }
    }
    named
}

type Amount = (Dimension, f64, (usize, usize));

/// Exact volumes, masses and memories in a text.
fn amounts(text: &str) -> Vec<Amount> {
    let amount = |quantity: Quantity| match (&quantity.kind, quantity.bound, quantity.max) {
        (
            QuantityKind::Measure(dimension @ (Dimension::Volume | Dimension::Mass | Dimension::Memory)),
            Bound::Exact,
            Some(amount),
        ) => Some((*dimension, amount, quantity.span)),
        _ => None,
    };
    crate::quantities(text).into_iter().filter_map(amount).collect()
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

    fn check(title: &str, attribute: (&'static str, &'static str)) -> Option<Finding> {
        let item = ItemFacts { title, attributes: vec![(attribute.0, attribute.1.into())], ..ItemFacts::default() };
        find(0, &item).into_iter().next()
    }

    #[test]
    fn colours_and_persons() {
        assert_eq!(
            check("Red cotton shirt", ("baseColour", "Blue")).unwrap().evidence,
            "the title says Red, `baseColour` says Blue"
        );
        assert_eq!(check("Dark navy shirt", ("colour", "Blue")), None);
        assert_eq!(check("红色连衣裙", ("颜色", "Red")), None);
        assert_eq!(check("女士红色连衣裙", ("颜色", "蓝色")).unwrap().fix, Some(Fix::Set("红色".to_owned())));
        assert!(check("女士红色连衣裙", ("性别", "男")).is_some());
        assert!(check("Men's running shoes", ("gender", "Women")).is_some());
        assert_eq!(check("Unisex running shoes", ("gender", "Women")), None);
        assert_eq!(check("Shirt", ("colour", "Blue")), None);
        assert_eq!(check("Red shirt", ("brand", "Blue")), None);
    }

    #[test]
    fn how_much_it_holds() {
        let found = check("不锈钢保温杯 500ml", ("容量", "350毫升")).unwrap();
        assert_eq!((found.fix, &*found.attribute), (Some(Fix::Set("500ml".to_owned())), "容量"));
        assert_eq!(check("Cola 16.9 oz bottle", ("volume", "500 ml")), None);
        assert_eq!(check("USB stick 64GB", ("capacity", "128 GB")).unwrap().severity, 0.6);
        assert_eq!(check("Rice 5kg", ("package weight", "5.2 kg")), None);
    }
}
