use std::fmt;

use crate::phrase::{self, Phrase, UnitKind};

/// A rule has so many phrases at most.
pub const PHRASES_MAX: usize = 64;
/// A phrase has so many words at most; Chinese counts by characters.
pub const PHRASE_UNITS_MAX: usize = 16;

/// How a number stands in a phrase.
pub(super) const NUMBER: &str = "{number}";
/// How it stands in a key; no text folds to it.
pub(super) const NUMBER_KEY: char = '\u{1}';

/// Phrases that stand for one another, checked.
///
/// `{number}` in a phrase stands for any number; then it stands in all phrases of the rule, equally often:
/// `{number} inch, {number} 寸`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    from: Vec<String>,
    to: Vec<String>,
    both_ways: bool,
}

/// Why phrases make no rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleError {
    /// What is wrong, as found.
    pub found: String,
    /// What was expected instead.
    pub expected: String,
}

impl Rule {
    /// Phrases that all mean the same.
    pub fn both_ways<S: AsRef<str>>(phrases: impl IntoIterator<Item = S>) -> Result<Self, RuleError> {
        let from = checked(phrases)?;
        if from.len() < 2 {
            return Err(error(&from.join(", "), "at least two different phrases"));
        }
        same_numbers(from.iter())?;
        Ok(Self { to: from.clone(), from, both_ways: true })
    }

    /// Phrases that are searched for as others too, but not the other way round.
    pub fn one_way<S: AsRef<str>>(
        from: impl IntoIterator<Item = S>,
        to: impl IntoIterator<Item = S>,
    ) -> Result<Self, RuleError> {
        let (from, to) = (checked(from)?, checked(to)?);
        if from.is_empty() || to.is_empty() {
            return Err(error("nothing", "a phrase on each side of =>"));
        }
        same_numbers(from.iter().chain(&to))?;
        Ok(Self { from, to, both_ways: false })
    }

    /// The phrases that it is looked up by.
    pub fn from(&self) -> &[String] {
        &self.from
    }

    /// The phrases that it adds; those of [`Rule::from`] where it holds both ways.
    pub fn to(&self) -> &[String] {
        &self.to
    }

    /// Whether it holds both ways.
    pub fn is_both_ways(&self) -> bool {
        self.both_ways
    }
}

/// The key by which a phrase is looked up, and how many units it has.
pub(super) fn key_of(text: &str) -> (String, usize) {
    let mut key = String::new();
    let mut units = 0;
    for (index, literal) in text.split(NUMBER).enumerate() {
        if index > 0 {
            key.push(NUMBER_KEY);
            units += 1;
        }
        key.push_str(&phrase::key_of(literal));
        units += Phrase::new(literal).units().len();
    }
    (key, units)
}

/// The phrases without blanks around them and without those that differ in inflection only.
fn checked<S: AsRef<str>>(phrases: impl IntoIterator<Item = S>) -> Result<Vec<String>, RuleError> {
    let mut kept: Vec<String> = Vec::new();
    let mut written: Vec<String> = Vec::new();
    for text in phrases {
        let text = text.as_ref().split_whitespace().collect::<Vec<_>>().join(" ");
        check_phrase(&text)?;
        let same = text.to_lowercase();
        if written.contains(&same) {
            continue;
        }
        if kept.len() >= PHRASES_MAX {
            return Err(error(
                &format!("more than {PHRASES_MAX} phrases"),
                &format!("at most {PHRASES_MAX} phrases in a rule"),
            ));
        }
        written.push(same);
        kept.push(text);
    }
    Ok(kept)
}

fn check_phrase(text: &str) -> Result<(), RuleError> {
    let without = text.replace(NUMBER, " ");
    if without.contains(['{', '}']) {
        return Err(error(text, "no braces but those of {number}"));
    }
    let has_number = Phrase::new(&without).units().iter().any(|unit| unit.kind == UnitKind::Number);
    if text.contains(NUMBER) && has_number {
        return Err(error(text, "no other numbers beside {number}"));
    }
    let (key, units) = key_of(text);
    match units {
        0 => Err(error(if text.is_empty() { "an empty phrase" } else { text }, "a phrase with letters or digits")),
        units if units > PHRASE_UNITS_MAX => {
            Err(error(text, &format!("at most {PHRASE_UNITS_MAX} words, or Chinese characters, in a phrase")))
        }
        _ if key.chars().all(|character| character == NUMBER_KEY) => Err(error(text, "words beside {number}")),
        _ => Ok(()),
    }
}

fn same_numbers<'a>(mut phrases: impl Iterator<Item = &'a String>) -> Result<(), RuleError> {
    let count = |text: &str| text.matches(NUMBER).count();
    let Some(first) = phrases.next() else { return Ok(()) };
    match phrases.find(|text| count(text) != count(first)) {
        Some(other) => Err(error(other, &format!("{NUMBER} as often as in `{first}`"))),
        None => Ok(()),
    }
}

fn error(found: &str, expected: &str) -> RuleError {
    /// More of it helps nobody.
    const SHOWN_MAX: usize = 80;
    let mut found: String = found.chars().take(SHOWN_MAX).collect();
    found.retain(|character| !character.is_control());
    RuleError { found, expected: expected.to_owned() }
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "found `{}`, expected {}", self.found, self.expected)
    }
}

impl std::error::Error for RuleError {}
