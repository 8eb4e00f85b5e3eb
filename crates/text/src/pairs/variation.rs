//! In what variants of one product differ: colours, sizes, quantities, and what a shop says varies.

use std::sync::LazyLock;

use super::term::folded;
use crate::entities::{Gazetteer, Role};
use crate::quantity::{Bound, Dimension, Quantity, QuantityKind};

/// Words for sizes that the lexicon is less sure of are likely something else. Words for colours are taken even if they
/// often mean something else ("silver"): they only count where the other item names a colour too.
const SIZE_CONFIDENCE_MIN: f32 = 0.6;
const CONFIDENCE_MIN: f32 = 0.7;
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

/// What of two items' axes is told by both, each with a value that the other has not: a value in common, such as a brand's
/// colour or a pack of one, does not make two sizes one. Quantities are compared by what they measure.
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
        let lacks = |one: &[Box<str>], other: &[Box<str>]| one.iter().any(|value| !other.contains(value));
        if is_new && lacks(&left, &right) && lacks(&right, &left) {
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

/// Sizes, contents, measures and numbers of pieces; not what a device needs or gives (watts, volts).
fn quantities(text: &str) -> Vec<Found> {
    let read = crate::quantities(text).into_iter();
    let found = |quantity: Quantity| {
        let single = quantity.max.filter(|_| quantity.bound == Bound::Exact && quantity.confidence >= CONFIDENCE_MIN);
        let (axis, value) = match &quantity.kind {
            QuantityKind::Size { label, .. } => (Axis::Size, label.clone()),
            QuantityKind::Measure(
                dimension @ (Dimension::Volume
                | Dimension::Mass
                | Dimension::Length
                | Dimension::Count
                | Dimension::Memory),
            ) => (Axis::Quantity, format!("{} {}", rounded(single?), dimension.name())),
            QuantityKind::Sides { lengths, .. } => {
                let lengths: Vec<String> = lengths.iter().map(|length| rounded(*length).to_string()).collect();
                (Axis::Quantity, format!("{} sides", lengths.join("x")))
            }
            QuantityKind::Measure(_) | QuantityKind::Price(_) => return None,
        };
        Some(Found { axis, value: value.into(), span: quantity.span })
    };
    read.filter_map(found).collect()
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
        assert_eq!(axes("Mug 500ml, red"), "red, 500 volume | Mug  ,  ");
        assert_eq!(axes("洗发水 0.5升 2瓶"), "2 count, 500 volume | 洗发水    ");
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
