//! Rows that are no products: postage, gift cards, adjustments, tests, notes.

use std::sync::{Arc, LazyLock};

use super::{Finding, Fix, ItemFacts, Rule};
use crate::phrase::Phrase;

/// A phrase that does not count wherever it stands must be so much of the title.
const SHARE_MIN: f32 = 0.6;
const UNITS_MAX: usize = 40;

/// Why a title is none of a product.
#[derive(Clone, PartialEq, Debug)]
pub struct NotProduct {
    /// What it is instead: `postage`, `gift card`, `adjustment`, `test`, `damage note`, `link only`, `no name`.
    pub kind: &'static str,
    /// The bytes of the title that say so.
    pub span: (usize, usize),
    /// How sure, 0 to 1.
    pub confidence: f32,
}

struct Pattern {
    kind: &'static str,
    phrase: Phrase,
    is_anywhere: bool,
}

/// Whether a title names something that is not a product, and what.
pub fn not_a_product(title: &str) -> Option<NotProduct> {
    static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(parse);
    let title_phrase = Phrase::new(title);
    let units = title_phrase.units().len();
    if units == 0 || !title.chars().any(char::is_alphabetic) {
        return Some(NotProduct {
            kind: "no name",
            span: (0, title.len()),
            confidence: if units == 0 { 0.9 } else { 0.5 },
        });
    }
    let mut best: Option<NotProduct> = None;
    for pattern in PATTERNS.iter() {
        let length = pattern.phrase.units().len();
        let wanted = pattern.phrase.bare(&(0..length));
        for start in 0..units.min(UNITS_MAX).saturating_sub(length - 1) {
            let range = start..start + length;
            if title_phrase.bare(&range) != wanted {
                continue;
            }
            let share = length as f32 / units as f32;
            let confidence = match pattern.is_anywhere {
                true => 0.7 + 0.3 * share,
                false if share >= SHARE_MIN => share,
                false => continue,
            };
            if best.as_ref().is_none_or(|best| best.confidence < confidence) {
                best = Some(NotProduct { kind: pattern.kind, span: title_phrase.span(&range), confidence });
            }
        }
    }
    best
}

pub(super) fn find(place: usize, item: &ItemFacts<'_>) -> Option<Finding> {
    let found = not_a_product(item.title)?;
    // A row without a price or at none is even less a product.
    let has_price = item.price.is_some_and(|price| price > 0.0);
    let words = item.title.get(found.span.0..found.span.1).unwrap_or_default();
    Some(Finding {
        item: place,
        rule: Rule::NotAProduct,
        attribute: Arc::from("title"),
        severity: if has_price { found.confidence * 0.8 } else { found.confidence },
        evidence: format!("`{words}` is {}{}", found.kind, if has_price { "" } else { ", and it has no price" }),
        fix: Some(Fix::Hide),
    })
}

fn parse() -> Vec<Pattern> {
    let rows = include_str!("../../data/not_products.tsv").lines().filter(|line| !line.starts_with('#'));
    let mut patterns = Vec::new();
    for row in rows {
        let Some((kind, phrases)) = row.split_once('\t') else { continue };
        for phrase in phrases.split(['\t', ',']).map(str::trim).filter(|phrase| !phrase.is_empty()) {
            let parsed = Phrase::new(phrase.trim_end_matches('!'));
            if !parsed.units().is_empty() {
                patterns.push(Pattern { kind, phrase: parsed, is_anywhere: phrase.ends_with('!') });
            }
        }
    }
    patterns
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rows_that_are_no_products() {
        for (title, kind) in [
            ("POSTAGE", "postage"),
            ("Gift Card", "gift card"),
            ("Adjust bad debt", "adjustment"),
            ("Bank Charges", "adjustment"),
            ("test item please ignore", "test"),
            ("补运费专用", "postage"),
            ("差价", "adjustment"),
            ("测试商品，请勿拍", "test"),
            ("VIP张先生专拍", "link only"),
            ("????", "no name"),
            ("damages", "damage note"),
        ] {
            assert_eq!(not_a_product(title).map(|found| found.kind), Some(kind), "{title}");
        }
    }

    #[test]
    fn products_that_sound_like_it() {
        for title in [
            "Postage stamp set for collectors",
            "Gift card holder tin",
            "Test tube rack 40 holes",
            "运费险 保温杯 500ml 不锈钢",
            "pregnancy test kit",
            "Lost in Translation DVD film",
        ] {
            assert_eq!(not_a_product(title), None, "{title}");
        }
    }

    proptest! {
        #[test]
        fn any_title_is_judged(title in any::<String>()) {
            if let Some(found) = not_a_product(&title) {
                prop_assert!(title.get(found.span.0..found.span.1).is_some());
            }
        }
    }
}
