//! The numbers that are tried, one coordinate each.

use std::sync::Arc;

use engine::Tuning;
use types::{Fusion, Lexical, RetrievalMethod, well_known};

/// A part of the numbers, to be tuned or left alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NumberGroup {
    /// Weights of attributes.
    Fields,
    /// What is added where words decide.
    Lexical,
    /// How words and vectors are weighed.
    Fusion,
    /// Where results are cut off.
    Cutoff,
}

impl NumberGroup {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Fields, Self::Lexical, Self::Fusion, Self::Cutoff];

    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fields => "fields",
            Self::Lexical => "lexical",
            Self::Fusion => "fusion",
            Self::Cutoff => "cutoff",
        }
    }

    /// Reads a stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.name() == name)
    }
}

/// One number of a [`Tuning`].
#[derive(Clone, Debug)]
pub(super) enum Number {
    Field(Arc<str>),
    Lexical(usize),
    Fusion(usize),
    Cutoff,
}

/// Factors that the weight of an attribute is tried with.
const FACTORS: [f32; 6] = [0.25, 0.5, 0.7, 1.4, 2.0, 4.0];
const FIELD_LEAST: f32 = 0.05;
const FIELD_MOST: f32 = 100.0;
/// What a strength is tried at, as far as its bounds let it.
const STRENGTHS: [f32; 9] = [0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2.0];
/// What a share is tried at.
const SHARES: [f32; 11] = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];
const CUTOFFS: [f32; 5] = [0.0, 0.1, 0.2, 0.3, 0.5];

impl Number {
    /// The numbers that matter to a method, of these groups.
    pub(super) fn all(of: &Tuning, groups: &[NumberGroup], method: RetrievalMethod) -> Vec<Self> {
        let by_words = method != RetrievalMethod::Dense;
        let mut numbers = Vec::new();
        if groups.contains(&NumberGroup::Fields) && by_words {
            // The id is no attribute whose weight a shop could set.
            let fields = of.fields.iter().filter(|(name, _)| **name != *well_known::ID);
            numbers.extend(fields.map(|(name, _)| Self::Field(Arc::clone(name))));
        }
        if groups.contains(&NumberGroup::Lexical) && by_words {
            numbers.extend((0..Lexical::TUNABLES.len()).map(Self::Lexical));
        }
        if groups.contains(&NumberGroup::Fusion) && method == RetrievalMethod::Hybrid {
            // Feedback moves what stands below the first page.
            let first_page = |at: &usize| Fusion::TUNABLES[*at].name != "feedback";
            numbers.extend((0..Fusion::TUNABLES.len()).filter(first_page).map(Self::Fusion));
        }
        if groups.contains(&NumberGroup::Cutoff) {
            numbers.push(Self::Cutoff);
        }
        numbers
    }

    /// Its name, as in the settings.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Field(name) => format!("attributes.{name}.weight"),
            Self::Lexical(at) => format!("lexical.{}", Lexical::TUNABLES[*at].name),
            Self::Fusion(at) => format!("fusion.{}", Fusion::TUNABLES[*at].name),
            Self::Cutoff => "cutoff".to_owned(),
        }
    }

    pub(super) fn get(&self, tuning: &Tuning) -> f32 {
        match self {
            Self::Field(name) => tuning.field(name).unwrap_or_default(),
            Self::Lexical(at) => (Lexical::TUNABLES[*at].get)(&tuning.lexical),
            Self::Fusion(at) => (Fusion::TUNABLES[*at].get)(&tuning.fusion),
            Self::Cutoff => tuning.cutoff,
        }
    }

    /// The same numbers with this one changed.
    pub(super) fn with(&self, tuning: &Tuning, value: f32) -> Tuning {
        let mut changed = tuning.clone();
        match self {
            Self::Field(name) => {
                changed.fields.iter_mut().filter(|(known, _)| known == name).for_each(|(_, weight)| *weight = value);
            }
            Self::Lexical(at) => (Lexical::TUNABLES[*at].set)(&mut changed.lexical, value),
            Self::Fusion(at) => (Fusion::TUNABLES[*at].set)(&mut changed.fusion, value),
            Self::Cutoff => changed.cutoff = value,
        }
        changed
    }

    /// What is worth trying beside the present value.
    pub(super) fn candidates(&self, tuning: &Tuning) -> Vec<f32> {
        let now = self.get(tuning);
        let within = |values: &[f32], least: f32, most: f32| -> Vec<f32> {
            values.iter().copied().filter(|value| (least..=most).contains(value)).collect()
        };
        let mut values = match self {
            Self::Field(_) => FACTORS.iter().map(|factor| two_digits(now * factor)).collect(),
            Self::Lexical(at) => match Lexical::TUNABLES[*at].most {
                most if most <= 1.0 => within(&SHARES, 0.0, most),
                most => within(&STRENGTHS, 0.0, most),
            },
            Self::Fusion(at) => match Fusion::TUNABLES[*at].most {
                most if most <= 1.0 => within(&SHARES, 0.0, most),
                most => within(&STRENGTHS, 0.0, most),
            },
            Self::Cutoff => CUTOFFS.to_vec(),
        };
        if matches!(self, Self::Field(_)) {
            values = within(&values, FIELD_LEAST, FIELD_MOST);
        }
        values.retain(|value| *value != now);
        values
    }
}

/// Weights that people can read: two digits that count.
fn two_digits(value: f32) -> f32 {
    if value <= 0.0 {
        return 0.0;
    }
    let scale = 10f32.powf(1.0 - value.log10().floor());
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_read_back_as_it_was_set_and_stays_within_its_bounds() {
        let tuning = Tuning { fields: vec![(Arc::from("title"), 5.0), (Arc::from("id"), 1.0)], ..Tuning::default() };
        let numbers = Number::all(&tuning, &NumberGroup::ALL, RetrievalMethod::Hybrid);
        let names: Vec<String> = numbers.iter().map(Number::name).collect();
        assert!(
            names.contains(&"attributes.title.weight".to_owned()) && !names.iter().any(|name| name.contains(".id."))
        );
        for number in &numbers {
            for value in number.candidates(&tuning) {
                assert_eq!(number.get(&number.with(&tuning, value)), value, "{}", number.name());
                assert!(value >= 0.0 && value != number.get(&tuning));
            }
        }
        assert!(Number::all(&tuning, &[NumberGroup::Fields], RetrievalMethod::Dense).is_empty());
        assert_eq!([0.0, 1.25, 0.349, 123.0].map(two_digits), [0.0, 1.3, 0.35, 120.0]);
    }
}
