use std::fmt;
use std::sync::Arc;

/// What a text was read to want, with the evidence.
#[derive(Clone, PartialEq, Debug)]
pub struct Reading {
    /// Every label with its probability, the most likely first; they add up to 1.
    pub probabilities: Vec<(Arc<str>, f32)>,
    /// Whether the text is none of what the shop is for: its most likely label says so, or it is too unlike the examples.
    pub out_of_scope: bool,
    /// How much the text is like the examples: how much nearer it lies to the nearest label's than to all of them, and how
    /// clearly any label claims it.
    pub familiarity: f32,
    /// Less than this is unlike the examples.
    pub familiarity_min: f32,
}

impl Reading {
    /// The most likely label and its probability.
    pub fn top(&self) -> (&str, f32) {
        self.probabilities.first().map_or(("", 0.0), |(label, probability)| (label, *probability))
    }

    /// The probability of a label; 0 of one that is not known.
    pub fn probability(&self, label: &str) -> f32 {
        self.probabilities.iter().find(|(known, _)| **known == *label).map_or(0.0, |(_, probability)| *probability)
    }
}

/// The evidence in words.
impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut likely = self.probabilities.iter().take(2).map(|(label, share)| format!("{label} {share:.2}"));
        write!(f, "{}", likely.next().unwrap_or_default())?;
        if let Some(next) = likely.next() {
            write!(f, ", then {next}")?;
        }
        let (sign, least) = (if self.familiarity < self.familiarity_min { "<" } else { ">=" }, self.familiarity_min);
        write!(f, "; familiarity {:.1} {sign} {least:.1}", self.familiarity)?;
        if self.out_of_scope { write!(f, ": out of scope") } else { Ok(()) }
    }
}
