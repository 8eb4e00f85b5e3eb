use types::FieldError;

use super::{RankerKind, ReplayOptions};
use crate::Promote;

/// A ranker that is to be trained on a shop's log, and what becomes of it.
#[derive(Clone, PartialEq, Debug)]
pub struct RankerOrder {
    /// What it is to score.
    pub kind: RankerKind,
    /// Answers of the log to learn from, at most so many, the last ones.
    pub slates: usize,
    /// Whether what is known of shoppers is left out.
    pub is_impersonal: bool,
    /// Threads; 0 takes one a core.
    pub threads: usize,
    /// Whether the new ranker is put in force.
    pub promote: Promote,
}

/// Answers that a ranker may learn from.
const SLATES: std::ops::RangeInclusive<usize> = 1..=1_000_000;

impl RankerOrder {
    /// As many answers as a replay takes, not put in force.
    pub fn new(kind: RankerKind) -> Self {
        let slates = ReplayOptions::default().slates;
        Self { kind, slates, is_impersonal: false, threads: 0, promote: Promote::No }
    }

    /// Refuses what cannot be carried out.
    ///
    /// # Errors
    /// A [`FieldError`] about the number of answers.
    pub fn check(&self) -> Result<(), FieldError> {
        if SLATES.contains(&self.slates) {
            return Ok(());
        }
        Err(FieldError::new("number_out_of_range", "slates", "1 to 1000000", self.slates.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_checked() {
        let order = RankerOrder::new(RankerKind::Search);
        assert_eq!(order.check(), Ok(()));
        assert_eq!(RankerOrder { slates: 0, ..order }.check().unwrap_err().field, "slates");
        assert_eq!(RankerKind::from_name("recommend"), Ok(RankerKind::Recommend));
        assert_eq!(RankerKind::from_name("for-you").unwrap_err().expected, "one of search, recommend");
    }
}
