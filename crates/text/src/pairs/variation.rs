//! In what variants of one product differ: colours, sizes, quantities, and what a shop says varies.

use std::sync::LazyLock;

use super::term::folded;
use crate::entities::{Gazetteer, Role};
use crate::fold::Folded;

/// Words for sizes that the lexicon is less sure of are likely something else. Words for colours are taken even if they
/// often mean something else ("silver"): they only count where the other item names a colour too.
const SIZE_CONFIDENCE_MIN: f32 = 0.6;
/// Longer names are not searched for what varies.
const BYTES_MAX: usize = 1_024;

/// A way in which variants differ.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Axis {
    /// Colours.
    Colour,
    /// Sizes of clothes, shoes, beds.
    Size,
    /// Contents, measures and numbers of pieces.
    Quantity,
    /// Anything else that a shop keeps as an attribute of variants.
    Other,
}

impl Axis {
    /// A stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Colour => "colour",
            Self::Size => "size",
            Self::Quantity => "quantity",
            Self::Other => "other",
        }
    }
}

/// Something that both items tell and in which they differ.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// In what.
    pub axis: Axis,
    /// The first item's values, comparable: names of concepts, amounts in base units.
    pub left: Vec<Box<str>>,
    /// The second item's values.
    pub right: Vec<Box<str>>,
}

/// What varies in a name and in attributes, with the name without it where there was any.
pub(super) fn read(name: &str, attributes: &[(Axis, &str)]) -> (Vec<(Axis, Box<str>)>, Option<String>) {
    let name = &name[..name.floor_char_boundary(BYTES_MAX)];
    let (mut axes, mut spans) = (Vec::new(), Vec::new());
    for found in in_text(name) {
        axes.push((found.axis, found.value));
        spans.push(found.span);
    }
    for (axis, value) in attributes {
        let known = in_text(value).into_iter().filter(|found| found.axis == *axis).map(|found| found.value);
        let known: Vec<Box<str>> = known.collect();
        match known.is_empty() {
            true => axes.push((*axis, folded(value).trim().into())),
            false => axes.extend(known.into_iter().map(|value| (*axis, value))),
        }
    }
    axes.sort();
    axes.dedup();
    (axes, (!spans.is_empty()).then(|| without(name, &spans)))
}

/// What of two items' axes is told by both and has no value in common. Quantities are compared by what they measure.
pub(super) fn differences(left: &[(Axis, Box<str>)], right: &[(Axis, Box<str>)]) -> Vec<Difference> {
    let mut groups: Vec<(Axis, &str)> = left.iter().map(|(axis, value)| (*axis, group(*axis, value))).collect();
    groups.dedup();
    let values = |side: &[(Axis, Box<str>)], of: (Axis, &str)| -> Vec<Box<str>> {
        side.iter().filter(|(axis, value)| (*axis, group(*axis, value)) == of).map(|(_, value)| value.clone()).collect()
    };
    let mut differences: Vec<Difference> = Vec::new();
    for of in groups {
        let (left, right) = (values(left, of), values(right, of));
        let is_new = differences.iter().all(|known| known.axis != of.0 || known.left != left);
        if is_new && !right.is_empty() && !left.iter().any(|value| right.contains(value)) {
            differences.push(Difference { axis: of.0, left, right });
        }
    }
    differences
}

/// Something that varies, found in a text.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) axis: Axis,
    pub(crate) value: Box<str>,
    /// Bytes of the text.
    pub(crate) span: (usize, usize),
}

/// Colours, sizes and quantities named in a text, in no particular order.
pub(crate) fn in_text(text: &str) -> Vec<Found> {
    static LEXICON: LazyLock<Gazetteer> = LazyLock::new(|| Gazetteer::new(std::iter::empty()));
    let mut found = quantities(text);
    for entity in LEXICON.find(text) {
        let reading = entity.best();
        let axis = match reading.role {
            Role::Colour => Axis::Colour,
            Role::Size if reading.confidence >= SIZE_CONFIDENCE_MIN => Axis::Size,
            _ => continue,
        };
        let Some(concept) = reading.concept else { continue };
        let is_free = found.iter().all(|known| known.span.1 <= entity.span.0 || known.span.0 >= entity.span.1);
        if is_free {
            found.push(Found { axis, value: concept.into(), span: entity.span });
        }
    }
    found
}

/// Base unit, how many of it, spellings. Only what packages and measures are told in.
const UNITS: &[(&str, f64, &[&str])] = &[
    ("ml", 1.0, &["ml", "毫升", "cc"]),
    ("ml", 1_000.0, &["l", "liter", "litre", "liters", "litres", "升"]),
    ("ml", 29.5735, &["floz", "fl"]),
    ("g", 1.0, &["g", "gram", "grams", "克"]),
    ("g", 1_000.0, &["kg", "公斤", "千克"]),
    ("g", 500.0, &["斤"]),
    ("g", 28.3495, &["oz", "ounce", "ounces", "盎司"]),
    ("g", 453.592, &["lb", "lbs", "pound", "pounds", "磅"]),
    ("mm", 1.0, &["mm", "毫米"]),
    ("mm", 10.0, &["cm", "厘米"]),
    ("mm", 1_000.0, &["m", "米"]),
    ("mm", 25.4, &["in", "inch", "inches", "寸", "英寸"]),
    ("gb", 1.0, &["gb"]),
    ("gb", 1_024.0, &["tb"]),
    ("gb", 1.0 / 1_024.0, &["mb"]),
    (
        "pieces",
        1.0,
        &[
            "pc", "pcs", "piece", "pieces", "count", "ct", "pack", "packs", "pk", "片", "个", "只", "件", "包", "支",
            "盒", "瓶", "袋", "抽", "卷",
        ],
    ),
    ("size", 1.0, &["码"]),
];

/// Numbers with a unit right behind them.
fn quantities(text: &str) -> Vec<Found> {
    let folded = Folded::new(text);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = folded.text[at..].find(|c: char| c.is_ascii_digit()).map(|offset| at + offset) {
        let digits =
            folded.text[start..].find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(folded.text.len() - start);
        at = start + digits;
        let is_apart = !folded.text[..start].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
        let Some((unit, end)) = unit_at(&folded.text, at).filter(|_| is_apart) else { continue };
        let Ok(number) = folded.text[start..start + digits].trim_end_matches('.').parse::<f64>() else { continue };
        let (base, factor, _) = UNITS[unit];
        let axis = if base == "size" { Axis::Size } else { Axis::Quantity };
        let value = format!("{} {base}", rounded(number * factor));
        found.push(Found { axis, value: value.into(), span: folded.span(start, end) });
        at = end;
    }
    found
}

/// The unit that begins at `at`, or behind one blank or dash there, and its end.
fn unit_at(text: &str, at: usize) -> Option<(usize, usize)> {
    let rest = &text[at..];
    let start = at + usize::from(rest.starts_with([' ', '-']));
    let word = &text[start..];
    let letters = word.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(word.len());
    if letters > 0 {
        let is_ended = !word[letters..].starts_with(|c: char| c.is_ascii_digit());
        let unit = UNITS.iter().position(|(_, _, names)| names.contains(&&word[..letters]));
        return unit.filter(|_| is_ended).map(|unit| (unit, start + letters));
    }
    let starts = |(at, (_, _, names)): (usize, &(&str, f64, &[&str]))| {
        let name =
            names.iter().filter(|name| !name.is_ascii() && word.starts_with(**name)).max_by_key(|name| name.len())?;
        Some((at, start + name.len()))
    };
    UNITS.iter().enumerate().filter_map(starts).max_by_key(|(_, end)| *end)
}

/// To three significant digits, so that 16.9 oz is 500 ml.
fn rounded(number: f64) -> f64 {
    if number <= 0.0 || !number.is_finite() {
        return 0.0;
    }
    let scale = 10f64.powi(2 - number.log10().floor() as i32);
    (number * scale).round() / scale
}

/// What is compared with what: quantities by their base unit.
fn group(axis: Axis, value: &str) -> &str {
    match axis {
        Axis::Quantity => value.rsplit(' ').next().unwrap_or(value),
        Axis::Colour | Axis::Size | Axis::Other => "",
    }
}

fn without(text: &str, spans: &[(usize, usize)]) -> String {
    let mut spans = spans.to_vec();
    spans.sort_unstable();
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for (start, end) in spans {
        if start >= at {
            out.push_str(&text[at..start]);
            out.push(' ');
            at = end;
        }
    }
    out.push_str(&text[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axes(text: &str) -> String {
        let (axes, core) = read(text, &[]);
        let values: Vec<&str> = axes.iter().map(|(_, value)| &**value).collect();
        format!("{} | {}", values.join(", "), core.as_deref().unwrap_or("-"))
    }

    #[test]
    fn colours_and_quantities_are_cut_out() {
        assert_eq!(axes("Mug 500ml, red"), "red, 500 ml | Mug  ,  ");
        assert_eq!(axes("洗发水 0.5升 2瓶"), "2 pieces, 500 ml | 洗发水    ");
        assert_eq!(axes("Photoshop CS3 13.5"), " | -");
        assert_eq!(axes("x2000 m3 cable"), " | -");
    }

    #[test]
    fn the_same_amount_in_other_units_is_the_same() {
        let (left, _) = read("cola 1.5 l", &[]);
        let (right, _) = read("cola 1500ml 6 pack", &[]);
        assert!(differences(&left, &right).is_empty());
        let (other, _) = read("cola 330 ml", &[]);
        assert_eq!(differences(&left, &other).len(), 1);
    }
}
