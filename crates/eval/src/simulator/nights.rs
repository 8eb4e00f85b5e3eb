use engine::{Promote, RankerKind, ReplayOptions, Shop};
use serde_json::{Value, json};
use types::FieldError;

use crate::rank::{KeptRanker, RankerData, RankerOptions, train_and_keep};
use crate::{Error, Result};

/// Rankers that an arm trains at night on its own log, and puts in force where they are surely better than none and not
/// surely worse than what is in force.
#[derive(Clone, PartialEq, Debug)]
pub struct NightlyRankers {
    /// Every how many days.
    pub every_days: usize,
    /// What they score.
    pub kinds: Vec<RankerKind>,
    /// Answers that they are trained on at most, the last ones.
    pub answers: usize,
    /// Whether trees are tried, too.
    pub trees: bool,
}

/// A ranker that was trained at night.
#[derive(Clone, PartialEq, Debug)]
pub struct RankerNight {
    /// The day that was over, from 1.
    pub day: usize,
    /// What it scores.
    pub kind: RankerKind,
    /// Its version; `None` where there was nothing to learn from.
    pub version: Option<u32>,
    /// The way of training that was chosen.
    pub chosen: String,
    /// What its report says of it, or why there is none.
    pub verdict: String,
    /// Answers that it was judged by.
    pub cases: usize,
    /// By how much its nDCG@10 is above the untrained ranker's, with a 95 % interval.
    pub difference: f64,
    /// The interval's ends.
    pub interval: (f64, f64),
    /// Whether it was put in force.
    pub is_promoted: bool,
}

impl Default for NightlyRankers {
    fn default() -> Self {
        Self { every_days: 1, kinds: vec![RankerKind::Search], answers: ReplayOptions::default().slates, trees: true }
    }
}

impl NightlyRankers {
    /// Reads `{"every_days": 1, "kinds": ["search"], "answers": 50000, "trees": true}`, in which all may be left out.
    ///
    /// # Errors
    /// Names the field that is unknown or of another type.
    pub fn from_json(document: &Value) -> std::result::Result<Self, FieldError> {
        let mut rankers = Self::default();
        let wrong =
            |field: &str, expected: &str, got: &Value| FieldError::new("arm_invalid", field, expected, got.to_string());
        let fields = document.as_object().ok_or_else(|| wrong("", "an object", document))?;
        for (field, value) in fields {
            let count = || {
                let read = value.as_u64().filter(|count| *count > 0);
                read.map(|count| count as usize).ok_or_else(|| wrong(field, "a whole number from 1", value))
            };
            match field.as_str() {
                "every_days" => rankers.every_days = count()?,
                "answers" => rankers.answers = count()?,
                "trees" => rankers.trees = value.as_bool().ok_or_else(|| wrong(field, "true or false", value))?,
                "kinds" => {
                    let read = kinds(value).filter(|kinds| !kinds.is_empty());
                    rankers.kinds = read.ok_or_else(|| wrong(field, "a list of search and recommend", value))?;
                }
                _ => return Err(wrong(field, "every_days, kinds, answers or trees", value)),
            }
        }
        Ok(rankers)
    }

    /// Does the night's work after a day.
    pub(super) fn train(&self, shop: &Shop, day: usize, seed: u64) -> Result<Vec<RankerNight>> {
        if !day.is_multiple_of(self.every_days) {
            return Ok(Vec::new());
        }
        self.kinds.iter().map(|kind| self.train_one(shop, *kind, day, seed)).collect()
    }

    fn train_one(&self, shop: &Shop, kind: RankerKind, day: usize, seed: u64) -> Result<RankerNight> {
        let replay = ReplayOptions { kind, slates: self.answers, ..ReplayOptions::default() };
        let options = RankerOptions { trees: self.trees, seed, ..RankerOptions::default() };
        let data = RankerData::Log(replay);
        let KeptRanker { version, promoted, report, .. } =
            match train_and_keep(shop, kind, (&data, &options), Promote::IfBetter, &mut |_, _| true) {
                Err(Error::Unlearnable { reason }) => return Ok(RankerNight::idle(day, kind, reason)),
                kept => kept?,
            };
        Ok(RankerNight {
            day,
            kind,
            version: Some(version),
            verdict: report.verdict().to_owned(),
            cases: report.cases,
            difference: report.compared.difference,
            interval: report.compared.interval,
            is_promoted: promoted,
            chosen: report.chosen,
        })
    }
}

fn kinds(value: &Value) -> Option<Vec<RankerKind>> {
    let kind = |value: &Value| RankerKind::ALL.into_iter().find(|kind| value.as_str() == Some(kind.name()));
    value.as_array()?.iter().map(kind).collect()
}

impl RankerNight {
    fn idle(day: usize, kind: RankerKind, reason: String) -> Self {
        let (difference, interval) = (0.0, (0.0, 0.0));
        let (version, chosen, verdict) = (None, String::new(), reason);
        Self { day, kind, version, chosen, verdict, cases: 0, difference, interval, is_promoted: false }
    }

    /// As a document.
    pub fn to_json(&self) -> Value {
        json!({
            "day": self.day,
            "kind": self.kind.name(),
            "version": self.version,
            "chosen": self.chosen,
            "verdict": self.verdict,
            "cases": self.cases,
            "difference": self.difference,
            "interval": [self.interval.0, self.interval.1],
            "promoted": self.is_promoted,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rankers_are_read_and_what_is_wrong_is_named() {
        let read =
            NightlyRankers::from_json(&json!({ "every_days": 2, "kinds": ["recommend"], "answers": 9 })).unwrap();
        assert_eq!((read.every_days, read.kinds.as_slice(), read.answers), (2, &[RankerKind::Recommend][..], 9));
        assert!(read.trees);
        assert_eq!(NightlyRankers::from_json(&json!({})).unwrap(), NightlyRankers::default());
        for (document, field) in [
            (json!({ "every_days": 0 }), "every_days"),
            (json!({ "kinds": ["home"] }), "kinds"),
            (json!({ "kinds": [] }), "kinds"),
            (json!({ "trees": 1 }), "trees"),
            (json!({ "daily": true }), "daily"),
            (json!(7), ""),
        ] {
            assert_eq!(NightlyRankers::from_json(&document).unwrap_err().field, field);
        }
    }
}
