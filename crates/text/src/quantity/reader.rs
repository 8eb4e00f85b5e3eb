//! Joins the amounts of a text to ranges, sides and limits.

use types::Currency;

use super::amount::{Amount, Amounts};
use super::bound::{self, Limit};
use super::context::Meant;
use super::number::{Style, chinese_digit, number};
use super::unit::{Dimension, Unit};
use super::{Bound, Quantity, QuantityKind};

/// The most sides of one thing.
const SIDES_MAX: usize = 4;

/// Reads the quantities of a folded text.
pub(super) struct Reader<'a> {
    text: &'a str,
    amounts: Amounts<'a>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, amounts: Amounts::new(text) }
    }

    /// All quantities, in order.
    pub(super) fn read(&self) -> Vec<Quantity> {
        let mut quantities = Vec::new();
        let (mut at, mut before, mut before_that) = (0, ' ', ' ');
        while let Some(first) = self.text[at..].chars().next() {
            let follows = quantities.last().is_some_and(|last: &Quantity| last.span.1 == at) && first.is_ascii_digit();
            let end = match follows || Self::may_begin(first, before, before_that) {
                true => self.quantities_at(at, &mut quantities),
                false => None,
            };
            let end = end.unwrap_or_else(|| self.skip(at, first));
            let mut passed = self.text[at..end].chars().rev();
            let last = passed.next().unwrap_or(first);
            before_that = passed.next().unwrap_or(before);
            (before, at) = (last, end);
        }
        quantities
    }

    /// Whether an amount may begin with `first`, given the two characters before it.
    fn may_begin(first: char, before: char, before_that: char) -> bool {
        let in_word = |character: char| character.is_alphanumeric() && u32::from(character) < 0x2E80;
        match first {
            '0'..='9' | 'a'..='z' => {
                let joined = matches!(before, '-' | '.' | '_' | '\'') && in_word(before_that);
                // `5v/2a` are two amounts, `b/52` is one name.
                let listed =
                    before == '/' && in_word(before_that) && !matches!(before_that, 'v' | 'a' | 'w' | 'g' | 'l');
                !in_word(before) && !joined && !listed && before != '#'
            }
            '半' => !matches!(before, '上' | '下' | '大' | '对' | '前' | '后'),
            _ if first.is_alphanumeric() => before != '第',
            _ => !first.is_whitespace(),
        }
    }

    /// Past a stretch of digits or letters, or one character.
    fn skip(&self, at: usize, first: char) -> usize {
        let same = |c: char| match first {
            '0'..='9' => c.is_ascii_digit(),
            'a'..='z' => c.is_ascii_lowercase(),
            _ => false,
        };
        let length = self.text[at..].find(|c| !same(c)).unwrap_or(self.text.len() - at);
        at + length.max(first.len_utf8())
    }

    /// Reads what begins at `at`; returns where it ends.
    fn quantities_at(&self, at: usize, quantities: &mut Vec<Quantity>) -> Option<usize> {
        if let Some((quantity, end)) = self.pack_of(at) {
            quantities.push(quantity);
            return Some(end);
        }
        let first = self.amounts.at(at)?;
        let sides = self.product(first);
        if sides.len() > 1 {
            return Some(product(&sides, quantities));
        }
        let floor = quantities.last().map_or(0, |last: &Quantity| last.span.1);
        let quantity = self.limited(first, floor)?;
        let end = quantity.span.1;
        quantities.push(quantity);
        Some(end.max(first.end))
    }

    /// `pack of 6`, `set of 4`, `case of 24`.
    fn pack_of(&self, at: usize) -> Option<(Quantity, usize)> {
        const PACKS: &[&str] = &["pack", "packs", "set", "box", "case", "bundle", "pair", "lot", "bag"];
        let rest = &self.text[at..];
        let word = &rest[..rest.bytes().take_while(u8::is_ascii_lowercase).count()];
        let after = rest[word.len()..].strip_prefix(" of ").filter(|_| PACKS.contains(&word))?;
        let start = self.text.len() - after.len();
        let number = number(after)?;
        let end = start + number.length;
        if self.text[end..].starts_with(|c: char| c.is_ascii_alphanumeric()) || number.min != number.max {
            return None;
        }
        let kind = QuantityKind::Measure(Dimension::Count);
        Some((Quantity::exact(kind, number.min, (at, end), 0.95), end))
    }

    /// The amounts of which `first` is one and that `x`, `*`, `乘` or `by` join.
    fn product(&self, first: Amount) -> Vec<Amount> {
        let mut amounts = vec![first];
        let mut end = first.end;
        while amounts.len() < SIDES_MAX {
            let rest = &self.text[end..];
            let bare = rest.strip_prefix(' ').unwrap_or(rest);
            let sign = ["x", "*", "乘", "by "].into_iter().find(|sign| bare.starts_with(sign));
            let Some(after) = sign.and_then(|sign| bare.strip_prefix(sign)) else { break };
            let after = after.strip_prefix(' ').unwrap_or(after);
            if !after.starts_with(|c: char| c.is_ascii_digit())
                && chinese_digit(after.chars().next().unwrap_or(' ')).is_none()
            {
                break;
            }
            let Some(next) = self.amounts.at(self.text.len() - after.len()) else { break };
            end = next.end;
            amounts.push(next);
        }
        amounts
    }

    /// An amount with the second end of its range and the words that limit it, not reaching before `floor`.
    fn limited(&self, first: Amount, floor: usize) -> Option<Quantity> {
        let text = self.text;
        let before = bound::before(&text[floor..first.start]);
        let between = before.is_some_and(|found| found.limit == Limit::Between);
        let second = self.second(first, between);
        // `在` and `从` limit nothing without a second end.
        let before = before.filter(|_| !between || second.is_some());
        let last = second.unwrap_or(first);
        let after = bound::after(&text[last.end..]);
        let limit_start = first.start - before.map_or(0, |found| found.length);
        let cue = bound::price_cue(&text[floor..limit_start]);
        let age = ["age ", "ages ", "aged "].iter().find(|cue| text[floor..limit_start].ends_with(**cue));

        let meant = first.meant.or(last.meant);
        let is_bare = meant.is_none();
        let (kind, factor, confidence) = match meant {
            Some(Meant { unit: Unit::Money { currency, factor }, confidence }) => {
                (QuantityKind::Price(Some(currency)), factor, confidence)
            }
            Some(Meant { unit: Unit::Measure { dimension, factor }, confidence }) => {
                (QuantityKind::Measure(dimension), factor, confidence)
            }
            None if age.is_some() => (QuantityKind::Measure(Dimension::Age), 12.0, 0.8),
            None => (
                QuantityKind::Price(None),
                1.0,
                self.bare_price(first, second.is_some(), before, after, cue.is_some())?,
            ),
        };
        let limit =
            [after, before].into_iter().flatten().map(|found| found.limit).find(|limit| *limit != Limit::Between);
        let is_price = matches!(kind, QuantityKind::Price(_));
        let start = match cue.filter(|_| is_price) {
            Some(length) => limit_start - length,
            None => limit_start - age.filter(|_| is_bare).map_or(0, |cue| cue.len()),
        };
        let end = last.end + after.map_or(0, |found| found.length);
        let unit_of = |amount: Amount| amount.unit().map_or(factor, Unit::factor);
        let range = Range { min: first.min * unit_of(first), max: last.max * unit_of(last), is_more: first.is_more };
        let (bound, min, max) = range.limited(limit, is_price);
        let confidence = if is_bare { confidence } else { (confidence + 0.01 * f32::from(limit.is_some())).min(0.98) };
        Some(Quantity { kind, bound, min, max, span: (start, end), confidence })
    }

    /// The second end of a range that `first` begins: `-30`, `to $30`, `到200元`.
    fn second(&self, first: Amount, between: bool) -> Option<Amount> {
        let rest = &self.text[first.end..];
        let bare = rest.strip_prefix(' ').unwrap_or(rest);
        let mut signs = vec!["--", "-", "~", "to ", "至", "到"];
        if between {
            signs.extend(["and ", "和", "与", "跟"]);
        }
        let dash = (first.style == Style::Digits).then_some("一");
        let sign = signs.into_iter().chain(dash).find(|sign| bare.starts_with(sign))?;
        let after = &bare[sign.len()..];
        let after = after.strip_prefix(' ').unwrap_or(after);
        if sign == "一" && !after.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let second = self.amounts.at(self.text.len() - after.len())?;
        let alike = match (first.unit(), second.unit()) {
            (Some(Unit::Money { currency: one, .. }), Some(Unit::Money { currency: other, .. })) => one == other,
            (Some(one), Some(other)) => one.dimension() == other.dimension(),
            (Some(Unit::Money { .. }), None) => true,
            (Some(_), None) => between,
            (None, _) => true,
        };
        let own = second.unit().map_or(1.0, Unit::factor);
        let in_order = first.min * first.unit().map_or(own, Unit::factor)
            < second.max * second.unit().or(first.unit()).map_or(1.0, Unit::factor);
        (alike && in_order && !(first.is_more || second.is_more)).then_some(second)
    }

    /// How sure it is that a number without a unit is a price; nothing where nothing says so.
    fn bare_price(
        &self,
        first: Amount,
        is_range: bool,
        before: Option<bound::Found>,
        after: Option<bound::Found>,
        has_cue: bool,
    ) -> Option<f32> {
        let rest = &self.text[first.end..];
        // `iphone 15以上` is about models, `under 5x` and `under 40s` about something else.
        let names_model = !has_cue
            && before.is_none()
            && self.text[..first.start].ends_with(' ')
            && self.text[..first.start].trim_end().ends_with(|c: char| c.is_ascii_alphabetic());
        // `宽40以内` is a length whose unit is not named.
        let names_side =
            !has_cue && self.text[..first.start].ends_with(['宽', '长', '高', '厚', '深', '径', '重', '号']);
        let goes_on = !is_range && rest.starts_with(|c: char| c.is_ascii_alphanumeric());
        if names_model || names_side || first.min < 1.0 || goes_on || first.style == Style::Chinese && first.max < 10.0
        {
            return None;
        }
        let strong = [before, after].into_iter().flatten().any(|found| found.is_strong);
        let weak = [before, after].into_iter().flatten().any(|found| found.limit != Limit::Between);
        match (has_cue, strong, weak) {
            (true, ..) => Some(0.9),
            (_, true, _) => {
                let needs_second = before.is_some_and(|found| found.limit == Limit::Between) && !is_range;
                (!needs_second).then_some(0.65)
            }
            _ if is_range && before.is_some_and(|found| found.limit == Limit::Between) => Some(0.5),
            // `max 90` and `over 50` are more often something else.
            (.., true) if before.is_some_and(|found| matches!(found.limit, Limit::About)) => Some(0.5),
            _ => None,
        }
    }
}

/// Sides, or a count and what is counted; returns where the last one ends.
fn product(amounts: &[Amount], quantities: &mut Vec<Quantity>) -> usize {
    let (start, end) = (amounts[0].start, amounts[amounts.len() - 1].end);
    let last_unit = amounts.iter().rev().find_map(Amount::unit);
    let is_length = |amount: &Amount| amount.dimension().is_none_or(|dimension| dimension == Dimension::Length);
    if amounts.iter().all(|amount| amount.unit().is_none() || amount.dimension().is_some())
        && amounts.iter().all(is_length)
    {
        let sides: Vec<f64> =
            amounts.iter().map(|amount| amount.min * amount.unit().or(last_unit).map_or(1.0, Unit::factor)).collect();
        let confidence = if last_unit.is_some() { 0.95 } else { 0.8 };
        let kind = QuantityKind::Sides { lengths: sides, in_millimetres: last_unit.is_some() };
        quantities.push(Quantity { kind, bound: Bound::Exact, min: None, max: None, span: (start, end), confidence });
        return end;
    }
    for amount in amounts {
        let span = (amount.start, amount.end);
        let (kind, factor, confidence) = match amount.meant {
            Some(Meant { unit: Unit::Measure { dimension, factor }, confidence }) => {
                (QuantityKind::Measure(dimension), factor, confidence)
            }
            Some(Meant { unit: Unit::Money { currency, factor }, confidence }) => (price(currency), factor, confidence),
            None => (QuantityKind::Measure(Dimension::Count), 1.0, 0.8),
        };
        quantities.push(Quantity::exact(kind, amount.min * factor, span, confidence));
    }
    end
}

fn price(currency: Currency) -> QuantityKind {
    QuantityKind::Price(Some(currency))
}

/// The ends of an amount in base units.
struct Range {
    min: f64,
    max: f64,
    is_more: bool,
}

/// How far from a price or measure `about` reaches, as a share of it.
const ABOUT_PRICE: f64 = 0.2;
const ABOUT_MEASURE: f64 = 0.1;

impl Range {
    /// Applies the words that limit it.
    fn limited(&self, limit: Option<Limit>, is_price: bool) -> (Bound, Option<f64>, Option<f64>) {
        let (min, max) = (self.min, self.max);
        let slack = if is_price { ABOUT_PRICE } else { ABOUT_MEASURE };
        match limit {
            Some(Limit::AtMost) => (Bound::AtMost, None, Some(max)),
            Some(Limit::AtLeast) => (Bound::AtLeast, Some(min), None),
            Some(Limit::About) if min == max => (Bound::About, Some(min * (1.0 - slack)), Some(max * (1.0 + slack))),
            _ if self.is_more => {
                // 200多 is less than 300: one more of the first digit.
                let step = 10f64.powf(max.abs().log10().floor());
                (Bound::About, Some(min), Some(max + step))
            }
            _ if min < max => (Bound::Between, Some(min), Some(max)),
            _ => (Bound::Exact, Some(min), Some(max)),
        }
    }
}
