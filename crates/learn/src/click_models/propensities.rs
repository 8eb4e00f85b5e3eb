use super::{ClickLog, Label, Relevance};
use crate::bytes::{Reader, Writer};
use crate::{Error, Result};

/// Version of the bytes.
const VERSION: u8 = 1;
/// Smallest propensity kept: what is never examined cannot be weighed, and its clicks are capped by the clip anyway.
const PROPENSITY_MIN: f64 = 1e-4;

/// How likely each position of a slate is examined, relative to the position examined most: what clicks are divided by to
/// undo the advantage of standing high (inverse propensity weights: Joachims, Swaminathan and Schnabel 2017, "Unbiased
/// learning-to-rank with biased feedback", WSDM).
#[derive(Clone, PartialEq, Debug)]
pub struct Propensities {
    /// By position from 1, each above 0 and at most 1.
    by_position: Vec<f64>,
}

/// Why numbers are not propensities.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PropensityError {
    /// There must be at least one position.
    #[error("propensities: expected at least one position")]
    Empty,
    /// Each must lie above 0 and at most at 1.
    #[error("propensity of position {position}: expected above 0 and at most 1, got {got}")]
    Range {
        /// From 1.
        position: usize,
        /// What it was.
        got: f64,
    },
}

impl Propensities {
    /// Propensities by position from 1.
    ///
    /// # Errors
    /// Where there is none, or one is not above 0 and at most 1.
    pub fn new(by_position: Vec<f64>) -> std::result::Result<Self, PropensityError> {
        if by_position.is_empty() {
            return Err(PropensityError::Empty);
        }
        match by_position.iter().position(|propensity| !(*propensity > 0.0 && *propensity <= 1.0)) {
            Some(place) => Err(PropensityError::Range { position: place + 1, got: by_position[place] }),
            None => Ok(Self { by_position }),
        }
    }

    /// `(1 / k)^severity` for `positions` positions: what is assumed while nothing is measured. 1 is the usual severity, 0
    /// is no bias.
    pub fn reciprocal(positions: usize, severity: f64) -> Self {
        let severity = if severity.is_finite() { severity.max(0.0) } else { 1.0 };
        let by_position = (1..=positions.max(1)).map(|k| (k as f64).powf(-severity).max(PROPENSITY_MIN)).collect();
        Self { by_position }
    }

    /// Of estimated examinations: scaled to a largest of 1, and kept off 0.
    pub(super) fn of_examination(examination: &[f64]) -> Self {
        let most = examination.iter().copied().fold(0.0, f64::max);
        if most <= 0.0 {
            return Self { by_position: vec![1.0; examination.len().max(1)] };
        }
        Self { by_position: examination.iter().map(|examined| (examined / most).max(PROPENSITY_MIN)).collect() }
    }

    /// The propensity of `position`, from 1; deeper ones than are known have that of the deepest known.
    pub fn at(&self, position: u32) -> f64 {
        let place = (position.max(1) as usize).min(self.by_position.len());
        self.by_position[place - 1]
    }

    /// What a click at `position` counts: the inverse propensity, but at most `clip`, so that one click far down does not
    /// outweigh all others (clipped inverse propensities; Joachims et al. 2017, section 5). At least 1 where `clip` is.
    pub fn weight(&self, position: u32, clip: f64) -> f64 {
        (1.0 / self.at(position)).min(clip)
    }

    /// By position from 1.
    pub fn by_position(&self) -> &[f64] {
        &self.by_position
    }

    /// For each query and item of a log, clicks divided by propensities over shows: an estimate of the probability of a
    /// click when examined that, but for the clip, position does not bias. Single ones may exceed 1.
    pub fn labels(&self, log: &ClickLog, clip: f64) -> Vec<Label> {
        let keys = &log.pairs().keys;
        let (mut gains, mut shows) = (vec![0.0; keys.len()], vec![0.0; keys.len()]);
        for session in log.sessions() {
            for ((pair, click), position) in session.pairs.iter().zip(session.clicks).zip(1..) {
                shows[*pair as usize] += 1.0;
                gains[*pair as usize] += if *click { self.weight(position, clip) } else { 0.0 };
            }
        }
        let rates = gains.iter().zip(shows).map(|(gain, shows)| Relevance { value: gain / shows, evidence: shows });
        keys.iter()
            .zip(rates)
            .map(|((query, item), relevance)| Label { query: *query, item: *item, relevance })
            .collect()
    }

    /// Bytes to keep.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(VERSION);
        out.floats(&self.by_position.iter().map(|propensity| *propensity as f32).collect::<Vec<_>>());
        out.0
    }

    /// Reads what [`Propensities::to_bytes`] wrote; numbers come back as accurate as an `f32` is.
    ///
    /// # Errors
    /// [`Error::Version`] for another version, [`Error::Corrupt`] for anything else that was not written so.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes);
        let version = input.byte()?;
        if version != VERSION {
            return Err(Error::Version { expected: VERSION, got: version });
        }
        let by_position = input.floats()?.into_iter().map(f64::from).collect();
        input.end()?;
        Self::new(by_position).map_err(|_| input.fault("propensities above 0 and at most 1"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::simulated::Truth;
    use super::*;
    use proptest::prelude::*;

    /// The old ranker puts worse items above better ones for each query; clicks follow the places, weights undo it.
    #[test]
    fn weights_remove_a_planted_bias_of_position() {
        let truth = Truth::new(21);
        // Shuffled next to never, but enough to be seen at other places too.
        let log = truth.position_based(60_000, 22, 0.05);
        let weighted = Propensities::new(truth.examination.clone()).unwrap().labels(&log, 100.0);
        let plain = Propensities::reciprocal(10, 0.0).labels(&log, 100.0);
        let error = |labels: &[Label]| {
            labels
                .iter()
                .map(|label| (label.relevance.value - truth.attraction(label.query, label.item)).abs())
                .sum::<f64>()
                / labels.len() as f64
        };
        assert!(error(&weighted) < 0.04, "{}", error(&weighted));
        assert!(error(&plain) > 4.0 * error(&weighted), "{}", error(&plain));
    }

    #[test]
    fn what_is_no_propensity_is_refused() {
        for bad in [0.0, -0.1, 1.1, f64::NAN, f64::INFINITY] {
            let error = Propensities::new(vec![1.0, bad]).unwrap_err();
            assert!(matches!(error, PropensityError::Range { position: 2, .. }), "{error}");
        }
        assert_eq!(Propensities::new(Vec::new()), Err(PropensityError::Empty));
        assert_eq!(Propensities::reciprocal(3, 1.0).weight(7, 10.0), 3.0);
        assert_eq!(Propensities::reciprocal(30, 1.0).weight(20, 10.0), 10.0);
    }

    proptest! {
        #[test]
        fn bytes_come_back(values in prop::collection::vec(0.001f32..1.0, 1..20)) {
            let propensities = Propensities::new(values.iter().map(|value| f64::from(*value)).collect()).unwrap();
            let bytes = propensities.to_bytes();
            prop_assert_eq!(Propensities::from_bytes(&bytes), Ok(propensities));
            prop_assert!(Propensities::from_bytes(&bytes[..bytes.len() - 1]).is_err());
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = Propensities::from_bytes(&bytes);
        }
    }
}
