//! Numbers as people write them: `1,000`, `1.5`, `2 1/2`, `一百二十`, `两三百`, `twenty five`.

/// A number at the beginning of a text; a range where people name one in a breath (`两三百`: 200 to 300).
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Number {
    pub(super) min: f64,
    pub(super) max: f64,
    /// Its length in bytes.
    pub(super) length: usize,
    pub(super) style: Style,
}

/// How a number is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Style {
    Digits,
    Chinese,
    /// `百`, `千` or `万` alone, which mean a number only before money.
    ChineseRound,
    English,
}

impl Number {
    fn exact(value: f64, length: usize, style: Style) -> Self {
        Self { min: value, max: value, length, style }
    }
}

/// Reads the number that `text` (folded) begins with; nothing for numbers of more digits than any price or size has, for
/// powers of ten such as `1e309`, and for versions such as `1.2.3`.
pub(super) fn number(text: &str) -> Option<Number> {
    match text.chars().next()? {
        '0'..='9' => digits(text),
        'a'..='z' => english(text),
        first
            if chinese_digit(first).is_some() || multiplier(first).is_some() || matches!(first, '半' | '几' | '数') =>
        {
            chinese(text)
        }
        _ => None,
    }
}

/// The most digits of a whole part; more is an article number.
const DIGITS_MAX: usize = 9;
/// The largest value of a numeral.
const VALUE_MAX: f64 = 1e12;
/// The longest Chinese numeral: `九千九百九十九万九千九百九十九` has 15 characters.
const CHINESE_MAX: usize = 16;

fn digits(text: &str) -> Option<Number> {
    let whole = run_of_digits(text);
    let mut value: f64 = text[..whole].parse().ok()?;
    let mut length = whole;
    let bytes = text.as_bytes();
    let mut groups = 0;
    while whole <= 3 && bytes.get(length) == Some(&b',') && run_of_digits(&text[length + 1..]) == 3 {
        value = value * 1000.0 + text[length + 1..length + 4].parse::<f64>().ok()?;
        length += 4;
        groups += 1;
    }
    let separator = bytes.get(length).copied();
    let after = text.get(length + 1..).unwrap_or_default();
    let decimals = run_of_digits(after);
    match separator {
        Some(b'.') if decimals > 0 => {
            value += text[length..length + 1 + decimals].parse::<f64>().ok()?;
            length += 1 + decimals;
        }
        // A decimal comma: `1,5 l`.
        Some(b',') if groups == 0 && (1..=2).contains(&decimals) => {
            value += format!(".{}", &after[..decimals]).parse::<f64>().ok()?;
            length += 1 + decimals;
        }
        Some(b'/') if decimals > 0 && groups == 0 => {
            value = fraction(value, after[..decimals].parse().ok()?)?;
            length += 1 + decimals;
        }
        Some(b' ' | b'-') if groups == 0 => {
            if let Some((part, taken)) = mixed_fraction(after) {
                value += part;
                length += 1 + taken;
            }
        }
        _ => {}
    }
    let rest = &text[length..];
    let goes_on = rest.starts_with(['.', ',', '/']) && run_of_digits(&rest[1..]) > 0;
    let power = rest.strip_prefix('e').map(|rest| rest.trim_start_matches(['+', '-']));
    if whole > DIGITS_MAX || goes_on || power.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
        return None;
    }
    Some(times(value, length, rest))
}

/// Multiplies by a `百`, `千`, `万` or `亿` after the digits, where it begins no unit (`千克`).
fn times(value: f64, length: usize, rest: &str) -> Number {
    let mut chars = rest.chars();
    let factor = chars.next().and_then(|first| Some((first, multiplier(first)?)));
    let begins_unit = matches!(chars.next(), Some('克' | '瓦' | '米' | '伏' | '卡' | '赫' | '向' | '斤' | '叶'));
    match factor {
        Some((character, factor)) if factor >= 100.0 && !begins_unit => {
            Number::exact(value * factor, length + character.len_utf8(), Style::Digits)
        }
        _ => Number::exact(value, length, Style::Digits),
    }
}

fn run_of_digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// A fraction as measures have them; others are scales, dates and article numbers.
fn fraction(above: f64, below: f64) -> Option<f64> {
    const DENOMINATORS: [f64; 7] = [2.0, 3.0, 4.0, 8.0, 16.0, 32.0, 64.0];
    (DENOMINATORS.contains(&below) && above > 0.0).then_some(above / below)
}

/// The fraction after a whole number, `1/2` of `2 1/2`, and its length.
fn mixed_fraction(text: &str) -> Option<(f64, usize)> {
    let above = run_of_digits(text);
    let below = run_of_digits(text.get(above..)?.strip_prefix('/')?);
    let length = above + 1 + below;
    if above == 0 || below == 0 || above > 2 || below > 2 {
        return None;
    }
    let part = fraction(text[..above].parse().ok()?, text[above + 1..length].parse().ok()?)?;
    (part < 1.0).then_some((part, length))
}

/// The digit a Chinese numeral stands for.
pub(super) fn chinese_digit(character: char) -> Option<f64> {
    let digits = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    match character {
        '〇' => Some(0.0),
        '两' => Some(2.0),
        '壹' => Some(1.0),
        '贰' => Some(2.0),
        '叁' => Some(3.0),
        _ => digits.iter().position(|digit| *digit == character).map(|digit| digit as f64),
    }
}

fn multiplier(character: char) -> Option<f64> {
    Some(match character {
        '十' | '拾' => 10.0,
        '百' | '佰' => 100.0,
        '千' | '仟' => 1e3,
        '万' => 1e4,
        '亿' => 1e8,
        _ => return None,
    })
}

/// A Chinese numeral being read: what is complete below the next `万`, what is complete above it, and the digits that
/// wait for a multiplier (a second one makes a range).
#[derive(Default)]
struct Numeral {
    above: (f64, f64),
    section: (f64, f64),
    waiting: Vec<f64>,
    last_multiplier: f64,
    after_zero: bool,
}

impl Numeral {
    /// Takes a digit; tells whether it fits.
    fn digit(&mut self, digit: f64) -> bool {
        if digit == 0.0 {
            self.after_zero = true;
            return self.waiting.is_empty();
        }
        let fits = match self.waiting.last() {
            None => true,
            Some(last) => self.waiting.len() == 1 && digit == last + 1.0,
        };
        if fits {
            self.waiting.push(digit);
        }
        fits
    }

    fn multiply(&mut self, factor: f64) {
        let digits = self.digits();
        if factor < 1e4 {
            let (low, high) = digits.unwrap_or((1.0, 1.0));
            self.section = (self.section.0 + low * factor, self.section.1 + high * factor);
        } else {
            let join = |above: f64, section: f64, digits: f64| match above {
                _ if above >= factor => above + (section + digits) * factor,
                _ if above + section + digits == 0.0 => factor,
                _ => (above + section + digits) * factor,
            };
            let (low, high) = digits.unwrap_or_default();
            self.above = (join(self.above.0, self.section.0, low), join(self.above.1, self.section.1, high));
            self.section = (0.0, 0.0);
        }
        self.waiting.clear();
        self.last_multiplier = factor;
        self.after_zero = false;
    }

    fn digits(&self) -> Option<(f64, f64)> {
        Some((*self.waiting.first()?, *self.waiting.last()?))
    }

    /// The value; a last digit counts tenths of the multiplier before it (`一百二`: 120).
    fn value(&self) -> (f64, f64) {
        let (low, high) = self.digits().unwrap_or_default();
        let place = if self.last_multiplier >= 100.0 && !self.after_zero { self.last_multiplier / 10.0 } else { 1.0 };
        (self.above.0 + self.section.0 + low * place, self.above.1 + self.section.1 + high * place)
    }
}

fn chinese(text: &str) -> Option<Number> {
    if text.starts_with('半') {
        return Some(Number::exact(0.5, '半'.len_utf8(), Style::Chinese));
    }
    let mut numeral = Numeral::default();
    let (mut length, mut rough, mut digits) = (0, false, 0);
    for (place, character) in text.chars().take(CHINESE_MAX).enumerate() {
        let fits = match (chinese_digit(character), multiplier(character)) {
            _ if place == 0 && matches!(character, '几' | '数') => {
                rough = true;
                true
            }
            // The second 两 of 二两 is the unit.
            (Some(_), _) if character == '两' && !matches!(numeral.waiting[..], [] | [1.0]) => false,
            (Some(digit), _) => {
                digits += 1;
                numeral.digit(digit)
            }
            (_, Some(factor)) if !begins_unit(&text[length..]) => {
                numeral.multiply(factor);
                true
            }
            _ => false,
        };
        if !fits {
            break;
        }
        length += character.len_utf8();
    }
    let (min, max) = numeral.value();
    if rough {
        // 几十 is twenty to ninety, 几 alone (几个) is not a number.
        return (min > 1.0 && max <= VALUE_MAX).then_some(Number {
            min: min * 2.0,
            max: min * 10.0,
            length,
            style: Style::Chinese,
        });
    }
    if length == 0 || max > VALUE_MAX {
        return None;
    }
    let style = if digits == 0 && !text.starts_with(['十', '拾']) { Style::ChineseRound } else { Style::Chinese };
    if let Some((part, taken)) = chinese_decimals(&text[length..]).filter(|_| min == max) {
        return Some(Number::exact(min + part, length + taken, style));
    }
    Some(Number { min, max, length, style })
}

/// Whether a multiplier belongs to a unit: `千克`.
fn begins_unit(text: &str) -> bool {
    ["千克", "千瓦", "千米", "千伏", "万能", "万向", "百叶"].iter().any(|unit| text.starts_with(unit))
}

/// What follows a Chinese decimal point, `点六`, and its length.
fn chinese_decimals(text: &str) -> Option<(f64, usize)> {
    let rest = text.strip_prefix('点')?;
    let (mut value, mut place, mut length) = (0.0, 0.1, '点'.len_utf8());
    for digit in rest.chars().take(4) {
        let Some(value_of) = chinese_digit(digit) else { break };
        value += value_of * place;
        place /= 10.0;
        length += digit.len_utf8();
    }
    (length > '点'.len_utf8()).then_some((value, length))
}

fn english(text: &str) -> Option<Number> {
    let (mut value, mut section, mut length, mut at) = (0.0, 0.0, 0, 0);
    for _ in 0..6 {
        let rest = &text[at..];
        let end = rest.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(rest.len());
        let (word, word_end) = (&rest[..end], at + end);
        match (english_word(word), word) {
            (Some(number), _) if number < 100.0 => {
                // `two five` are two numbers, `twenty five` is one.
                let tens = section % 100.0;
                if tens != 0.0 && !(tens >= 20.0 && tens % 10.0 == 0.0 && (1.0..10.0).contains(&number)) {
                    break;
                }
                section += number;
            }
            (Some(factor), _) if section > 0.0 && factor == 100.0 => section *= factor,
            (Some(factor), _) if section > 0.0 && factor > 100.0 => {
                value += section * factor;
                section = 0.0;
            }
            (None, "and") if length > 0 => {
                at = word_end + 1;
                if !text[word_end..].starts_with(' ') || english_word(first_word(&text[at..])).is_none() {
                    break;
                }
                continue;
            }
            _ => break,
        }
        length = word_end;
        if !text[length..].starts_with([' ', '-']) {
            break;
        }
        at = length + 1;
    }
    let ends_word = text[length..].chars().next().is_none_or(|next| !next.is_ascii_alphanumeric());
    (length > 0 && ends_word).then(|| Number::exact(value + section, length, Style::English))
}

fn first_word(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(text.len())]
}

fn english_word(word: &str) -> Option<f64> {
    const SMALL: [&str; 20] = [
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
    ];
    const TENS: [&str; 7] = ["thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    let at = |words: &[&str]| words.iter().position(|known| *known == word).map(|at| at as f64);
    match word {
        "half" => Some(0.5),
        "hundred" => Some(100.0),
        "thousand" => Some(1000.0),
        _ => at(&SMALL).map(|at| at + 1.0).or_else(|| at(&TENS).map(|at| at * 10.0 + 30.0)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<(f64, f64, &str)> {
        number(text).map(|number| (number.min, number.max, &text[..number.length]))
    }

    #[test]
    fn exact_numbers() {
        for (text, value, taken) in [
            ("500ml", 500.0, "500"),
            ("1,000 pcs", 1000.0, "1,000"),
            ("1,234,567", 1_234_567.0, "1,234,567"),
            ("1.5l", 1.5, "1.5"),
            ("1,5 l", 1.5, "1,5"),
            ("3/4 inch", 0.75, "3/4"),
            ("2 1/2 inch", 2.5, "2 1/2"),
            ("2 500ml", 2.0, "2"),
            ("1.5万", 15_000.0, "1.5万"),
            ("3千克", 3.0, "3"),
            ("5百", 500.0, "5百"),
            ("一百二十元", 120.0, "一百二十"),
            ("一百二", 120.0, "一百二"),
            ("一百零二", 102.0, "一百零二"),
            ("三千五", 3500.0, "三千五"),
            ("两万", 20_000.0, "两万"),
            ("一百万", 1_000_000.0, "一百万"),
            ("十二万三千", 123_000.0, "十二万三千"),
            ("十五点六寸", 15.6, "十五点六"),
            ("十二", 12.0, "十二"),
            ("二十", 20.0, "二十"),
            ("两件", 2.0, "两"),
            ("二两", 2.0, "二"),
            ("半斤", 0.5, "半"),
            ("百元", 100.0, "百"),
            ("两千克", 2.0, "两"),
            ("twenty five dollars", 25.0, "twenty five"),
            ("one hundred and fifty", 150.0, "one hundred and fifty"),
            ("two pack", 2.0, "two"),
            ("five and a half", 5.0, "five"),
            ("two thousand", 2000.0, "two thousand"),
            ("two five", 2.0, "two"),
        ] {
            assert_eq!(read(text), Some((value, value, taken)), "{text}");
        }
    }

    #[test]
    fn ranges_in_a_breath() {
        for (text, min, max, taken) in [
            ("两三百块", 200.0, 300.0, "两三百"),
            ("五六十", 50.0, 60.0, "五六十"),
            ("三四个", 3.0, 4.0, "三四"),
            ("一两斤", 1.0, 2.0, "一两"),
            ("七八千", 7000.0, 8000.0, "七八千"),
            ("两三万", 20_000.0, 30_000.0, "两三万"),
            ("几百块", 200.0, 1000.0, "几百"),
        ] {
            assert_eq!(read(text), Some((min, max, taken)), "{text}");
        }
    }

    #[test]
    fn what_is_no_number() {
        for text in [
            "1e309",
            "99999999999999999999",
            "1.2.3",
            "1/43",
            "195/65r15",
            "几个",
            "someone",
            "onesie",
            "",
            "x",
            "hundred",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn numbers_are_finite(text in "[0-9.,/ e-]{1,30}|[零一二两三九十百千万亿点半几]{1,30}|((one|twenty|half|and|hundred|thousand)[ -]){1,9}|\\PC{0,20}") {
            if let Some(number) = number(&text) {
                prop_assert!(number.min.is_finite() && number.min <= number.max && number.max <= 10.0 * VALUE_MAX);
                prop_assert!(number.length > 0 && text.is_char_boundary(number.length));
            }
        }
    }
}
