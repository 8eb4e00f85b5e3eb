//! Which long numbers in a text are those of a person: telephones, identity cards, bank cards, accounts.

use super::privacy::Personal;

/// A number as it is written: groups of digits with single signs between them.
struct Number {
    groups: Vec<String>,
    /// Whether `+` or `(` stands before it.
    marked: bool,
    /// Whether it is a part of a word of letters and digits, such as a model name.
    in_word: bool,
}

/// The first number in the text that seems to be somebody's.
pub(crate) fn number(letters: &[char]) -> Option<Personal> {
    let mut at = 0;
    while at < letters.len() {
        if letters[at].is_ascii_digit() {
            let (number, end) = Number::read(letters, at);
            if let Some(found) = number.judge() {
                return Some(found);
            }
            at = end;
        } else {
            at += 1;
        }
    }
    None
}

impl Number {
    /// The number whose first digit stands at `start`, and where it ends.
    fn read(letters: &[char], start: usize) -> (Self, usize) {
        let (mut groups, mut at) = (vec![String::new()], start);
        let mut end = start;
        while at < letters.len() {
            let letter = letters[at];
            if letter.is_ascii_digit() {
                if let Some(group) = groups.last_mut() {
                    group.push(letter);
                }
                at += 1;
                end = at;
            } else if " -.·/()_".contains(letter) {
                let gap = letters[at..].iter().take_while(|letter| " -.·/()_".contains(**letter)).count();
                if gap > 2 || !letters.get(at + gap).is_some_and(char::is_ascii_digit) {
                    break;
                }
                groups.push(String::new());
                at += gap;
            } else {
                break;
            }
        }
        let before = start.checked_sub(1).map(|before| letters[before]);
        let joined = |letter: Option<&char>| letter.is_some_and(char::is_ascii_alphabetic);
        // The last digit of an identity card may be an x.
        let after = letters.get(end).filter(|letter| **letter != 'x');
        let in_word = joined(before.as_ref()) || joined(after);
        (Self { groups, marked: matches!(before, Some('+' | '(')), in_word }, end)
    }

    fn judge(&self) -> Option<Personal> {
        let single = self.groups.iter().find_map(|group| long_group(group, self.in_word));
        if self.in_word || self.groups.len() == 1 {
            let marked = self.marked && (8..=15).contains(&self.groups[0].len());
            return if marked { Some(Personal::Phone) } else { single };
        }
        single.or_else(|| self.judge_groups())
    }

    fn judge_groups(&self) -> Option<Personal> {
        let all = self.groups.concat();
        let shape: Vec<usize> = self.groups.iter().map(String::len).collect();
        if is_id_card(&all) || shape == [3, 2, 4] {
            return Some(Personal::IdCard);
        }
        if matches!(shape.as_slice(), [4, 4, 4, 4] | [4, 6, 5] | [4, 4, 4, 4, 3]) {
            return Some(if luhn(&all) { Personal::CardNumber } else { Personal::LongNumber });
        }
        let dialled = self.groups[0].starts_with('0') && self.groups[0].len() <= 5;
        let phone = is_mobile(&all) && self.groups.len() <= 5
            || self.marked && (8..=15).contains(&all.len())
            || dialled && (9..=13).contains(&all.len())
            || matches!(shape.as_slice(), [3, 3, 4] | [1, 3, 3, 4] | [3, 4, 4])
            || shape == [2, 3, 3, 4];
        phone.then_some(Personal::Phone)
    }
}

/// What digits without anything between them are, where they are too many for a size or a model. Article numbers of
/// sportswear have nine, those of spare parts up to eleven behind letters.
fn long_group(digits: &str, in_word: bool) -> Option<Personal> {
    let fewest = if in_word { 12 } else { 10 };
    if is_mobile(digits) {
        Some(Personal::Phone)
    } else if is_id_card(digits) {
        Some(Personal::IdCard)
    } else if digits.len() < fewest || is_bar_code(digits) {
        None
    } else if (13..=19).contains(&digits.len()) && luhn(digits) {
        Some(Personal::CardNumber)
    } else if digits.starts_with('0') && digits.len() <= 12 {
        Some(Personal::Phone)
    } else {
        Some(Personal::LongNumber)
    }
}

/// A Chinese mobile number, with or without the country's.
fn is_mobile(digits: &str) -> bool {
    let national = ["0086", "86", ""].into_iter().find_map(|country| {
        let rest = digits.strip_prefix(country)?;
        (rest.len() == 11).then_some(rest)
    });
    national.is_some_and(|digits| digits.starts_with('1') && matches!(digits.as_bytes()[1], b'3'..=b'9'))
}

/// A Chinese identity card: place, day of birth, serial number, and a check digit (which may be an x and is not asked
/// for here: what looks like one is refused even if mistyped).
fn is_id_card(digits: &str) -> bool {
    let part = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse::<u32>().ok()).unwrap_or(0);
    let date =
        (1900..2100).contains(&part(6, 10)) && (1..=12).contains(&part(10, 12)) && (1..=31).contains(&part(12, 14));
    matches!(digits.len(), 17 | 18) && date
}

/// Whether the last digit is the check digit of a card number (Luhn, ISO/IEC 7812-1).
fn luhn(digits: &str) -> bool {
    let doubled = |digit: u32| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let values = digits.bytes().rev().map(|digit| u32::from(digit - b'0')).enumerate();
    values.map(|(place, digit)| if place % 2 == 1 { doubled(digit) } else { digit }).sum::<u32>().is_multiple_of(10)
}

/// Whether the last digit is the check digit of a bar code (GTIN-12, -13 or -14; ISBN-13 is one).
fn is_bar_code(digits: &str) -> bool {
    let values = digits.bytes().rev().map(|digit| u32::from(digit - b'0')).enumerate();
    let sum: u32 = values.map(|(place, digit)| if place % 2 == 1 { 3 * digit } else { digit }).sum();
    matches!(digits.len(), 12..=14) && sum.is_multiple_of(10)
}
