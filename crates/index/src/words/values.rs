//! Whole values: a query that is an item's title, brand, tag or article number finds it as such, however its parts are
//! separated. Beside the terms, each short value of an item is indexed as one number made of its attribute and its letters and
//! digits.

use std::sync::Arc;

use tantivy::Term;
use types::{Lexical, WordsBoostKind, well_known};

use super::WordsSnapshot;
use super::query::{QueryField, Spans};
use crate::{IndexConfig, Result};

/// Longer values are prose, which nobody types as a whole.
const VALUE_BYTES_MAX: usize = 240;
/// Items that an article number stands for, at most: variants share one, but a word of letters and digits that many items
/// have is something else (a size, a connector).
const NUMBER_ITEMS_MAX: u64 = 10;
/// Stretches of a query that are looked up as article numbers, at most.
const STRETCHES_MAX: usize = 8;
/// Words that an article number is written in, at most.
const STRETCH_WORDS_MAX: usize = 3;
/// What an article number counts in an attribute that is not known to hold those of the item itself: it may be that of
/// something the item fits.
const NUMBER_ELSEWHERE: f32 = 0.5;
/// Attributes that name the item itself, beside title and id.
const NAMING: &[&str] = &[
    "sku",
    "mpn",
    "gtin",
    "ean",
    "upc",
    "isbn",
    "asin",
    "barcode",
    "model",
    "model_number",
    "model_name",
    "article_number",
    "part_number",
    "product_code",
    "型号",
    "货号",
    "条码",
    "条形码",
    "商品编号",
    "商品编码",
    "产品型号",
];

/// A whole value that the query is, or has in it.
#[derive(Clone, Debug)]
pub(super) struct WholeValue {
    pub(super) kind: WordsBoostKind,
    pub(super) field: Arc<str>,
    pub(super) text: Arc<str>,
    pub(super) key: u64,
    /// What it adds, as a share of the best score that terms can reach, for a strength of 1.
    pub(super) share: f32,
    /// Whether it is the whole query.
    pub(super) is_query: bool,
}

impl WholeValue {
    /// What it adds, as a share of the best score that terms can reach.
    pub(super) fn boost(&self, lexical: &Lexical) -> f32 {
        let strength = if self.kind == WordsBoostKind::Number { lexical.number } else { lexical.exact };
        strength * self.share
    }

    pub(super) fn term(&self, snapshot: &WordsSnapshot) -> Term {
        Term::from_field_u64(snapshot.values, self.key)
    }
}

/// The keys of a value of the attribute with this number; `None` for prose.
pub(super) fn key_of(value: &str, number: usize, squash: impl Fn(&str) -> String) -> Option<u64> {
    if value.len() > VALUE_BYTES_MAX {
        return None;
    }
    let squashed = squash(value);
    (!squashed.is_empty()).then(|| key(number, &squashed))
}

/// FNV-1a, 64 bits (Fowler, Noll and Vo): the same in every build, as the index on disk needs it.
fn key(number: usize, squashed: &str) -> u64 {
    let bytes = (number as u64).to_le_bytes().into_iter().chain(squashed.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// The whole values that some item has and that the query is, or has in it as an article number.
pub(super) fn whole_values(
    snapshot: &WordsSnapshot,
    config: &IndexConfig,
    text: &str,
    fields: &[QueryField],
    spans: &Spans,
) -> Result<Vec<WholeValue>> {
    let mut found = Vec::new();
    let heaviest = fields.iter().map(|field| field.weight).fold(f32::MIN_POSITIVE, f32::max);
    if text.len() <= VALUE_BYTES_MAX {
        let squashed = config.analyzer.squash(text);
        for (field, items, key) in lookup(snapshot, fields, &squashed)? {
            let is_number = is_number(&squashed) && items <= NUMBER_ITEMS_MAX;
            let kind = if is_number { WordsBoostKind::Number } else { WordsBoostKind::Exact };
            let share = if is_number { naming(field) } else { field.weight / heaviest };
            let (field, text) = (Arc::clone(&field.name), Arc::from(squashed.as_str()));
            found.push(WholeValue { kind, field, text, key, share, is_query: true });
        }
    }
    for (from, to) in stretches(text) {
        let squashed = config.analyzer.squash(&text[from..to]);
        let weight = spans.share(from, to);
        if !is_number(&squashed) || weight <= 0.0 || found.iter().any(|known| *known.text == squashed) {
            continue;
        }
        for (field, _, key) in lookup(snapshot, fields, &squashed)?.into_iter().filter(|hit| hit.1 <= NUMBER_ITEMS_MAX)
        {
            let (kind, share) = (WordsBoostKind::Number, naming(field) * weight);
            let (field, text) = (Arc::clone(&field.name), Arc::from(squashed.as_str()));
            found.push(WholeValue { kind, field, text, key, share, is_query: false });
        }
    }
    Ok(found)
}

/// The fields in which some item has the value, how many items, and the value's key there.
fn lookup<'a>(
    snapshot: &WordsSnapshot,
    fields: &'a [QueryField],
    squashed: &str,
) -> Result<Vec<(&'a QueryField, u64, u64)>> {
    let mut hits = Vec::new();
    if squashed.is_empty() {
        return Ok(hits);
    }
    for field in fields {
        let key = key(field.number, squashed);
        let items = snapshot.searcher.doc_freq(&Term::from_field_u64(snapshot.values, key))?;
        if items > 0 {
            hits.push((field, items, key));
        }
    }
    Ok(hits)
}

fn naming(field: &QueryField) -> f32 {
    let names_itself = matches!(&*field.name, well_known::ID | well_known::TITLE) || NAMING.contains(&&*field.name);
    if names_itself { 1.0 } else { NUMBER_ELSEWHERE }
}

/// Whether squashed text may be an article number: letters with digits, or digits enough that they count nothing.
fn is_number(squashed: &str) -> bool {
    let digits = squashed.chars().filter(char::is_ascii_digit).count();
    let length = squashed.chars().count();
    (4..=40).contains(&length) && digits > 0 && (digits < length || length >= 6)
}

/// Stretches of a query that may be article numbers: one to three words of Latin letters and digits, at least one digit among
/// them, parted by single blanks; the longest first.
fn stretches(text: &str) -> Vec<(usize, usize)> {
    let belongs = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '+');
    let mut words: Vec<(usize, usize)> = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (start, belongs(c)) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                words.push((from, at));
                start = None;
            }
            _ => {}
        }
    }
    let mut stretches = Vec::new();
    for count in (1..=STRETCH_WORDS_MAX).rev() {
        for run in words.windows(count) {
            let joined = run.windows(2).all(|pair| &text[pair[0].1..pair[1].0] == " ");
            let (from, to) = (run[0].0, run[count - 1].1);
            if joined && text[from..to].bytes().any(|byte| byte.is_ascii_digit()) && stretches.len() < STRETCHES_MAX {
                stretches.push((from, to));
            }
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn article_numbers_are_told_from_words_and_amounts() {
        for number in ["wh1000xm4", "4006381333931", "b07cxg6c9w", "a1b2", "123456", "型号x1000"] {
            assert!(is_number(number), "{number}");
        }
        for other in ["shoes", "42", "2024", "连衣裙", "", "5g"] {
            assert!(!is_number(other), "{other}");
        }
    }

    #[test]
    fn stretches_of_a_query_that_may_be_numbers() {
        let found =
            |text: &str| stretches(text).iter().map(|(from, to)| text[*from..*to].to_owned()).collect::<Vec<_>>();
        assert_eq!(found("sony wh-1000 xm4"), ["sony wh-1000 xm4", "sony wh-1000", "wh-1000 xm4", "wh-1000", "xm4"]);
        assert_eq!(found("索尼wh1000xm4耳机"), ["wh1000xm4"]);
        assert!(found("red shoes 连衣裙").is_empty());
        assert!(found(&"a1 ".repeat(10_000)).len() <= STRETCHES_MAX);
    }
}
