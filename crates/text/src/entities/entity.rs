use std::fmt;
use std::sync::Arc;

use super::{Measured, Role};

/// Something recognised in a query, with all readings that are worth telling.
#[derive(Clone, PartialEq, Debug)]
pub struct Entity {
    /// The bytes of the query it was read from.
    pub span: (usize, usize),
    /// What it may mean, the most likely first; never empty.
    pub readings: Vec<Reading>,
}

impl Entity {
    /// The most likely reading.
    pub fn best(&self) -> &Reading {
        &self.readings[0]
    }
}

/// One meaning of a span.
#[derive(Clone, PartialEq, Debug)]
pub struct Reading {
    /// What kind of attribute it is about.
    pub role: Role,
    /// The attribute, where the shop has one that fits.
    pub attribute: Option<Arc<str>>,
    /// The values of the attribute that it stands for, as the catalogue has them: those that it names exactly first, then
    /// those with most items. Empty without an attribute.
    pub values: Arc<[Arc<str>]>,
    /// The concept of the lexicon it names, if it does.
    pub concept: Option<&'static str>,
    /// How its words fit the values.
    pub matched: Matched,
    /// How likely the span means this, 0 to 1.
    pub confidence: f32,
    /// The share of the items wanted that is expected to have one of the values; what a filter would keep.
    pub precision: f32,
    /// By how much the words multiply the odds of the values: of items whose text has them, against all that have the
    /// attribute; 1 is no difference. 0 where nothing is known.
    pub odds_ratio: f32,
    /// What all that was concluded from.
    pub evidence: Evidence,
    /// What to do with it.
    pub decision: Decision,
}

/// How words fit a value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Matched {
    /// They are the value, but for case, width, accents and blanks.
    Exact,
    /// They are another inflection of it.
    Inflected,
    /// They name the same concept in other words or another language.
    Concept,
    /// They are part of it.
    Part,
}

/// The catalogue's and the shoppers' evidence for a reading.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Evidence {
    /// Items with one of the values.
    pub items: u32,
    /// Items whose text has the words.
    pub in_text: u32,
    /// Of those, items that have the attribute at all.
    pub known: u32,
    /// Of those, items with one of the values.
    pub agreeing: u32,
    /// Neighbouring words that changed the confidence, with the change in log-odds.
    pub context: Vec<(String, f32)>,
    /// What was measured of the attribute on clicks or judgements.
    pub measured: Option<Measured>,
}

/// What a reading does to the search.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Decision {
    /// Only items with one of the values.
    Filter,
    /// Items with one of the values first.
    Boost,
    /// Nothing; it is only shown.
    Nothing,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.in_text {
            0 => write!(f, "{} items have the value", self.items)?,
            in_text => write!(
                f,
                "of {in_text} items that say so, {} have the attribute and {} the value",
                self.known, self.agreeing
            )?,
        }
        for (word, change) in &self.context {
            write!(f, ", `{word}` {} it ({change:+.1})", if *change > 0.0 { "supports" } else { "speaks against" })?;
        }
        match &self.measured {
            Some(measured) => write!(f, "; measured: {:.0} of {:.0} agreed", measured.hits, measured.trials),
            None => Ok(()),
        }
    }
}
