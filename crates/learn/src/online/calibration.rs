use super::error::within;
use super::example::sigmoid;
use super::{OnlineError, state};
use crate::bytes::{Reader, Writer};
use crate::{Error, Result};

/// Version of the bytes.
const VERSION: u8 = 1;
/// Log-odds are cut off here: beyond, probabilities differ from 0 or 1 by a billionth.
const LOGIT_MAX: f64 = 20.0;
/// Bins of [`RunningIsotonic`]: of equal width in log-odds from -10 to 10, since rates of clicks crowd near 0.
const BINS: usize = 40;

/// Keeps probabilities honest while they are in use: `p = σ(a s + b)` for a log-odds `s` (Platt 1999, "Probabilistic
/// outputs for support vector machines"), with `a` and `b` brought up to date by each event.
///
/// One Newton step an event, with the second derivatives summed over the events before it, so that no learning rate is
/// wanted (recursive logistic regression; Murphy 2012, "Machine learning", section 18.4.4). It begins at `a = 1, b = 0`, is
/// drawn there as by `strength` units of information, and forgets.
#[derive(Clone, PartialEq, Debug)]
pub struct RunningPlatt {
    config: RunningPlattConfig,
    a: f64,
    b: f64,
    /// Information beyond the prior's: of `a`, of both, of `b`.
    information: [f64; 3],
}

/// How a [`RunningPlatt`] learns.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RunningPlattConfig {
    /// Information that speaks for `a = 1, b = 0`, above 0; an event of probability `p` brings `p (1 - p)`.
    pub strength: f64,
    /// How much of what is known outlasts an event, above 0.9 and at most 1; its memory is `1 / (1 - keep)` events.
    pub keep: f64,
}

impl Default for RunningPlattConfig {
    fn default() -> Self {
        Self { strength: 1.0, keep: 1.0 - 1e-5 }
    }
}

impl RunningPlatt {
    /// A calibration that changes nothing yet.
    ///
    /// # Errors
    /// Where a setting is out of its range.
    pub fn new(config: RunningPlattConfig) -> std::result::Result<Self, OnlineError> {
        within("strength", config.strength, 1e-6, 1e9, "10^-6 to 10^9")?;
        within("keep", config.keep, 0.9, 1.0, "0.9 to 1")?;
        Ok(Self { config, a: 1.0, b: 0.0, information: [0.0; 3] })
    }

    /// Learns that what was given the log-odds `logit` had `label` (0 to 1), with a weight above 0 and at most 10^6. Returns
    /// whether it did: other numbers are passed over.
    pub fn learn(&mut self, logit: f64, label: f64, weight: f64) -> bool {
        if !(logit.is_finite() && (0.0..=1.0).contains(&label) && weight > 0.0 && weight <= 1e6) {
            return false;
        }
        let (s, keep, strength) = (logit.clamp(-LOGIT_MAX, LOGIT_MAX), self.config.keep, self.config.strength);
        let p = sigmoid(self.a * s + self.b);
        let (slope, curve) = (weight * (p - label), weight * p * (1.0 - p));
        let [aa, ab, bb] = self.information.map(|information| keep * information);
        self.information = [aa + curve * s * s, ab + curve * s, bb + curve];
        // What is forgotten no longer answers the pull of the prior.
        let pull = (1.0 - keep) * strength;
        let (of_a, of_b) = (slope * s + pull * (self.a - 1.0), slope + pull * self.b);
        let [aa, ab, bb] = [self.information[0] + strength, self.information[1], self.information[2] + strength];
        let determinant = aa * bb - ab * ab;
        // A slope of at least 0.05 keeps the order of what is calibrated.
        self.a = (self.a - (bb * of_a - ab * of_b) / determinant).clamp(0.05, 20.0);
        self.b = (self.b - (aa * of_b - ab * of_a) / determinant).clamp(-LOGIT_MAX, LOGIT_MAX);
        true
    }

    /// The probability that log-odds of `logit` mean.
    pub fn calibrated(&self, logit: f64) -> f64 {
        sigmoid(self.a * logit.clamp(-LOGIT_MAX, LOGIT_MAX) + self.b)
    }

    /// `a` and `b`.
    pub fn parameters(&self) -> (f64, f64) {
        (self.a, self.b)
    }

    /// Bytes for a checkpoint; the settings are not among them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(VERSION);
        [self.a, self.b].iter().chain(&self.information).for_each(|number| state::write_double(&mut out, *number));
        out.0
    }

    /// Reads a checkpoint.
    ///
    /// # Errors
    /// [`Error::Version`] for another version, [`Error::Corrupt`] for anything else, settings out of range included.
    pub fn from_bytes(config: RunningPlattConfig, bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes);
        let version = input.byte()?;
        if version != VERSION {
            return Err(Error::Version { expected: VERSION, got: version });
        }
        let mut platt = Self::new(config).map_err(|_| input.fault("settings within their ranges"))?;
        (platt.a, platt.b) = (state::read_double(&mut input)?, state::read_double(&mut input)?);
        for information in &mut platt.information {
            *information = state::read_double(&mut input)?;
        }
        input.end()?;
        let [aa, ab, bb] = platt.information;
        let sound = aa >= 0.0 && bb >= 0.0 && ab * ab <= aa * bb * (1.0 + 1e-9) + 1e-9;
        if sound { Ok(platt) } else { Err(input.fault("information of a curve that opens upwards")) }
    }
}

/// Calibration without a formula: what was predicted, in bins, against what came, made monotone (isotonic regression
/// on bins; Zadrozny and Elkan 2002, "Transforming classifier scores into accurate multiclass probability estimates",
/// KDD). Events are counted as they come; [`RunningIsotonic::curve`] is taken when there is something to serve.
#[derive(Clone, PartialEq, Debug)]
pub struct RunningIsotonic {
    keep: f64,
    prior: f64,
    /// By bin: weight, sum of predictions, sum of labels; all faded alike.
    bins: Vec<[f64; 3]>,
}

impl RunningIsotonic {
    /// Nothing counted yet. `keep` of what was counted outlasts an event of its bin, above 0.9 and at most 1; each bin
    /// that holds anything is drawn to its own predictions as by `prior` events that came as predicted.
    ///
    /// # Errors
    /// Where a setting is out of its range.
    pub fn new(keep: f64, prior: f64) -> std::result::Result<Self, OnlineError> {
        within("keep", keep, 0.9, 1.0, "0.9 to 1")?;
        within("prior", prior, 0.0, 1e9, "0 to 10^9")?;
        Ok(Self { keep, prior, bins: vec![[0.0; 3]; BINS] })
    }

    /// Counts a probability that was `predicted` and the `label` that came; as [`RunningPlatt::learn`].
    pub fn learn(&mut self, predicted: f64, label: f64, weight: f64) -> bool {
        let share = |number: f64| (0.0..=1.0).contains(&number);
        if !(share(predicted) && share(label) && weight > 0.0 && weight <= 1e6) {
            return false;
        }
        let logit = (predicted / (1.0 - predicted)).ln().clamp(-10.0, 10.0);
        let bin = &mut self.bins[(((logit + 10.0) / 20.0 * BINS as f64) as usize).min(BINS - 1)];
        for (sum, part) in bin.iter_mut().zip([weight, weight * predicted, weight * label]) {
            *sum = *sum * self.keep + part;
        }
        true
    }

    /// What is known now.
    pub fn curve(&self) -> IsotonicCurve {
        let filled = self.bins.iter().filter(|[weight, ..]| *weight > 0.0).map(|[weight, predicted, label]| {
            let mean = predicted / weight;
            Block { low: mean, high: mean, weight: weight + self.prior, sum: label + self.prior * mean }
        });
        IsotonicCurve::of(filled)
    }

    /// Bytes for a checkpoint; the settings are not among them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(VERSION);
        state::write_sparse(&mut out, self.bins.as_flattened());
        out.0
    }

    /// Reads a checkpoint.
    ///
    /// # Errors
    /// [`Error::Version`] for another version, [`Error::Corrupt`] for anything else, settings out of range included.
    pub fn from_bytes(keep: f64, prior: f64, bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes);
        let version = input.byte()?;
        if version != VERSION {
            return Err(Error::Version { expected: VERSION, got: version });
        }
        let mut isotonic = Self::new(keep, prior).map_err(|_| input.fault("settings within their ranges"))?;
        state::read_sparse(&mut input, isotonic.bins.as_flattened_mut())?;
        input.end()?;
        let sound = |[weight, predicted, label]: &[f64; 3]| {
            let most = weight * (1.0 + 1e-9);
            *predicted >= 0.0 && *label >= 0.0 && *predicted <= most && *label <= most
        };
        if isotonic.bins.iter().all(sound) { Ok(isotonic) } else { Err(input.fault("sums of shares")) }
    }
}

/// A rising curve from what was predicted to what it means; of no points, it changes nothing.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct IsotonicCurve {
    points: Vec<(f64, f64)>,
}

struct Block {
    low: f64,
    high: f64,
    weight: f64,
    sum: f64,
}

impl IsotonicCurve {
    /// Pools neighbours that fall until none does (the algorithm of Ayer et al. 1955, Annals of Mathematical Statistics).
    fn of(points: impl Iterator<Item = Block>) -> Self {
        let mut blocks: Vec<Block> = Vec::new();
        for point in points {
            blocks.push(point);
            while let [.., before, last] = &mut blocks[..] {
                if before.sum * last.weight < last.sum * before.weight {
                    break;
                }
                (before.high, before.weight) = (last.high, before.weight + last.weight);
                before.sum += last.sum;
                blocks.pop();
            }
        }
        let ends = |block: &Block| {
            let value = block.sum / block.weight;
            [(block.low, value), (block.high, value)]
        };
        let mut points: Vec<(f64, f64)> = blocks.iter().flat_map(ends).collect();
        points.dedup();
        Self { points }
    }

    /// What `predicted` means: between two points on the line that joins them, outside them as the nearest.
    pub fn calibrated(&self, predicted: f64) -> f64 {
        let above = self.points.partition_point(|(at, _)| *at < predicted);
        match (above.checked_sub(1).map(|below| self.points[below]), self.points.get(above)) {
            (Some((x0, y0)), Some((x1, y1))) => y0 + (y1 - y0) * (predicted - x0) / (x1 - x0),
            (Some((_, y)), None) => y,
            (None, Some((_, y))) => *y,
            (None, None) => predicted,
        }
    }
}

#[cfg(test)]
mod tests;
