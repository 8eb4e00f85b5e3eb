//! Amounts: numbers with their units.

use super::context::{Context, Meant, meant};
use super::number::{Number, Style, chinese_digit, number};
use super::unit::{Dimension, Unit, currency_before, unit_after};

/// What follows a 半 that begins a word of its own: `半身裙`, `半自动`.
const HALF_OTHERWISE: [char; 13] = ['身', '袖', '自', '截', '透', '高', '包', '圆', '月', '边', '开', '成', '导'];

/// A number with its unit, where it has one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Amount {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) min: f64,
    pub(super) max: f64,
    pub(super) style: Style,
    pub(super) meant: Option<Meant>,
    /// `200多`: somewhat more.
    pub(super) is_more: bool,
}

impl Amount {
    pub(super) fn unit(&self) -> Option<Unit> {
        self.meant.map(|meant| meant.unit)
    }

    pub(super) fn dimension(&self) -> Option<Dimension> {
        self.unit()?.dimension()
    }
}

/// Reads the amounts of a text.
pub(super) struct Amounts<'a> {
    text: &'a str,
    context: Context<'a>,
}

impl<'a> Amounts<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, context: Context::new(text) }
    }

    /// An amount that begins at `start`.
    pub(super) fn at(&self, start: usize) -> Option<Amount> {
        let text = self.text;
        let (money, at) = match currency_before(&text[start..]) {
            Some((unit, length)) => (Some(unit), start + length),
            None => (None, start),
        };
        let number = number(&text[at..])?;
        let (mut end, mut min, mut max) = (at + number.length, number.min, number.max);
        let more = ['多', '来', '余']
            .into_iter()
            .find(|more| text[end..].starts_with(*more) && number.style != Style::English);
        let after_more = end + more.map_or(0, char::len_utf8);
        if number.style == Style::Digits && text[end..].starts_with('k') {
            let is_money = money.is_some()
                || matches!(unit_after(&text[end + 1..]).map(|found| found.unit), Some(Unit::Money { .. }));
            if is_money {
                (min, max, end) = (min * 1000.0, max * 1000.0, end + 1);
            }
        }
        if let Some(unit) = money {
            let is_name = text[end..].starts_with(|c: char| c.is_ascii_alphabetic());
            if is_name && unit_after(&text[end..]).is_none() {
                return None;
            }
            let meant = Meant { unit, confidence: 0.97 };
            return Some(Amount { start, end, min, max, style: number.style, meant: Some(meant), is_more: false });
        }
        let at_unit = if more.is_some() { after_more } else { end };
        let read = Number { min, max, ..number };
        let found = unit_after(&text[at_unit..]);
        let meant = found.and_then(|found| meant(&self.context, start, at_unit + found.length, &read, &found));
        let (Some(found), Some(meant)) = (found, meant) else {
            let plain = Amount { start, end, min, max, style: number.style, meant: None, is_more: false };
            return Some(self.lines_of_picture(plain)).filter(|amount| amount.style != Style::ChineseRound);
        };
        if number.style == Style::ChineseRound && !matches!(meant.unit, Unit::Money { .. }) {
            return None;
        }
        let mut end = at_unit + found.length;
        let mut is_more = more.is_some() && min >= 10.0;
        // `300元多`
        let more_after = text[end..].strip_prefix('多').filter(|_| min >= 10.0 && text[..end].ends_with(['元', '块']));
        if more_after.is_some_and(|after| !after.starts_with(['功', '用', '色', '人', '层', '少', '种', '款']))
        {
            (end, is_more) = (end + '多'.len_utf8(), true);
        }
        let amount = Amount { start, end, min, max, style: number.style, meant: Some(meant), is_more };
        Some(if is_more { amount } else { self.with_smaller_part(amount) })
    }

    /// `4k` as lines of a picture.
    fn lines_of_picture(&self, amount: Amount) -> Amount {
        let lines = [(2.0, 1440.0), (4.0, 2160.0), (8.0, 4320.0)].into_iter().find(|(k, _)| *k == amount.min);
        let rest = &self.text[amount.end..];
        let is_k = rest.starts_with('k') && !rest[1..].starts_with(|c: char| c.is_ascii_alphanumeric());
        match lines {
            Some((_, lines)) if is_k && amount.style == Style::Digits => Amount {
                end: amount.end + 1,
                min: lines,
                max: lines,
                meant: Some(Meant {
                    unit: Unit::Measure { dimension: Dimension::Resolution, factor: 1.0 },
                    confidence: 0.7,
                }),
                ..amount
            },
            _ => amount,
        }
    }

    /// Adds what people say after the unit: `1米8`, `9块9`, `一斤半`, `6ft 2in`.
    fn with_smaller_part(&self, amount: Amount) -> Amount {
        let rest = &self.text[amount.end..];
        let Some((part, length)) = self.tenths(&amount).or_else(|| self.inches(&amount)).or_else(|| {
            let after = rest.strip_prefix('半').filter(|_| amount.dimension().is_some())?;
            (!after.starts_with(HALF_OTHERWISE)).then_some((0.5, '半'.len_utf8()))
        }) else {
            return amount;
        };
        Amount { end: amount.end + length, min: amount.min + part, max: amount.max + part, ..amount }
    }

    /// What stands after metres and yuan as digits: tenths, or hundredths where there are two.
    fn tenths(&self, amount: &Amount) -> Option<(f64, usize)> {
        let rest = &self.text[amount.end..];
        let unit = self.text[amount.start..amount.end].chars().next_back()?;
        if !matches!(unit, '米' | '块' | '元') || amount.min != amount.max {
            return None;
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let chinese = rest.chars().next().and_then(|first| Some((first, chinese_digit(first)?)));
        let (part, length) = match (digits, chinese) {
            (1 | 2, _) => (rest[..digits].parse::<f64>().ok()? / 10f64.powi(digits as i32), digits),
            (0, Some((character, digit))) if digit > 0.0 => (digit / 10.0, character.len_utf8()),
            _ => return None,
        };
        // `2米3层`, `3块2斤`, `2米1.5` and `5元一次` are two amounts.
        let next = &rest[length..];
        let is_one = rest.starts_with('一') && unit != '米';
        let goes_on = next.starts_with(['.', '*', 'x', '-', '折', '色', '款', '寸', '十', '百', '千', '万'])
            || next.chars().next().and_then(chinese_digit).is_some();
        let begins_other = unit_after(next).is_some() && !next.starts_with("包邮");
        (!is_one && !goes_on && !begins_other).then_some((part, length))
    }

    /// Inches after feet, in feet.
    fn inches(&self, amount: &Amount) -> Option<(f64, usize)> {
        const INCH: f64 = 25.4;
        const FOOT: f64 = 12.0 * INCH;
        let is_length =
            |unit: Unit, factor: f64| unit.dimension() == Some(Dimension::Length) && unit.factor() == factor;
        amount.unit().filter(|unit| is_length(*unit, FOOT))?;
        let rest = &self.text[amount.end..];
        let gap = usize::from(rest.starts_with(' '));
        let inches = number(&rest[gap..]).filter(|number| number.style == Style::Digits && number.max < 12.0)?;
        let found = unit_after(&rest[gap + inches.length..]).filter(|found| is_length(found.unit, INCH))?;
        Some((inches.min / 12.0, gap + inches.length + found.length))
    }
}
