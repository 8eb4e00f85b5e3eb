use types::Millis;

use super::fading::Fading;
use super::{OnlineError, state};
use crate::bytes::{Reader, Writer};
use crate::{Error, Result};

/// Version of the bytes.
const VERSION: u8 = 1;

/// A rate that is right at once and forgets: clicks over views, purchases over clicks, of an item, a query or a shop.
#[derive(Clone, PartialEq, Debug)]
pub struct RunningRate {
    fading: Fading,
    hits: f64,
    tries: f64,
}

impl RunningRate {
    /// A rate of nothing yet; what is counted counts half after `half_life_ms`, or for ever.
    ///
    /// # Errors
    /// Where the half-life is not between 1 ms and 10^15 ms.
    pub fn new(half_life_ms: Option<f64>) -> std::result::Result<Self, OnlineError> {
        Ok(Self { fading: Fading::new(half_life_ms)?, hits: 0.0, tries: 0.0 })
    }

    /// Counts `tries`, of which `hits` were such as are counted. Returns whether they were: numbers that are not
    /// finite, or negative, are not. Weighted hits may exceed tries.
    pub fn add(&mut self, hits: f64, tries: f64, time: Millis) -> bool {
        let sane = |number: f64| (0.0..=1e9).contains(&number);
        if !sane(hits) || !sane(tries) {
            return false;
        }
        let weight = self.fading.advance(time);
        if let Some(factor) = self.fading.fold() {
            (self.hits, self.tries) = (self.hits * factor, self.tries * factor);
        }
        self.hits += hits * weight / self.fading.scale();
        self.tries += tries * weight / self.fading.scale();
        true
    }

    /// Tries that count as of the newest event.
    pub fn tries(&self) -> f64 {
        self.tries * self.fading.scale()
    }

    /// The rate, drawn to `mean` as if there had been `strength` tries more at that rate (a Beta prior); `mean` where
    /// both are 0.
    pub fn rate(&self, mean: f64, strength: f64) -> f64 {
        let tries = self.tries() + strength;
        if tries > 0.0 { (self.hits * self.fading.scale() + strength * mean) / tries } else { mean }
    }

    /// Bytes for a checkpoint; the half-life is not among them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(VERSION);
        self.fading.write(&mut out);
        state::write_double(&mut out, self.hits);
        state::write_double(&mut out, self.tries);
        out.0
    }

    /// Reads a checkpoint of a rate with this half-life.
    ///
    /// # Errors
    /// [`Error::Version`] for another version, [`Error::Corrupt`] for anything else.
    pub fn from_bytes(half_life_ms: Option<f64>, bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes);
        let version = input.byte()?;
        if version != VERSION {
            return Err(Error::Version { expected: VERSION, got: version });
        }
        let mut rate = Self::new(half_life_ms).map_err(|_| input.fault("a half-life in its range"))?;
        rate.fading.read(&mut input)?;
        (rate.hits, rate.tries) = (state::read_double(&mut input)?, state::read_double(&mut input)?);
        input.end()?;
        if rate.hits < 0.0 || rate.tries < 0.0 { Err(input.fault("counts of at least 0")) } else { Ok(rate) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_is_forgotten_each_half_life_and_late_events_count_what_is_left_of_them() {
        let hour = |hours: i64| Millis(3_600_000 * hours);
        let mut rate = RunningRate::new(Some(3_600_000.0)).unwrap();
        rate.add(8.0, 8.0, hour(0));
        rate.add(0.0, 4.0, hour(1));
        assert_eq!((rate.tries(), rate.rate(0.5, 0.0), rate.rate(0.25, 8.0)), (8.0, 0.5, 0.375));
        let mut late = RunningRate::new(Some(3_600_000.0)).unwrap();
        late.add(0.0, 4.0, hour(1));
        late.add(8.0, 8.0, hour(0));
        assert_eq!((late.tries(), late.rate(0.5, 0.0)), (8.0, 0.5));
        // Far in the future all is forgotten, and nothing breaks.
        late.add(1.0, 1.0, hour(1_000_000));
        assert_eq!(late.rate(0.5, 0.0), 1.0);
        late.add(1.0, 1.0, Millis(i64::MIN));
        assert!(!late.add(f64::NAN, 1.0, hour(0)) && !late.add(1e12, 1.0, hour(0)) && !late.add(-1.0, 1.0, hour(0)));
        assert!(late.rate(0.5, 0.0).is_finite());
        let back = RunningRate::from_bytes(Some(3_600_000.0), &late.to_bytes()).unwrap();
        assert_eq!(back, late);
    }
}
