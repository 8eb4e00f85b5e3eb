use types::Millis;

use super::error::within;
use super::example::{Intake, IntakeConfig, sigmoid};
use super::{Example, Excluded, IntakeReport, Learnt, OnlineError, state};
use crate::bytes::{Reader, Writer};
use crate::{Error, Result};

/// Version of the bytes.
const VERSION: u8 = 1;

/// Logistic regression that learns from each event as it comes: FTRL-Proximal (McMahan et al. 2013, "Ad click
/// prediction: a view from the trenches", KDD, Algorithm 1), with a learning rate of its own for every weight.
///
/// For each weight, `z` sums gradients less what the steps have answered of them, `n` sums squares of gradients, and
/// `w = prior - (z - sgn(z) λ1) / ((β + √n) / α + λ2)`, or the prior where `|z| <= λ1`. The prior is 0, or, after
/// [`FtrlRegression::warm_start`], the weight of an offline model: regularisation and forgetting then lead back to it.
#[derive(Clone, PartialEq, Debug)]
pub struct FtrlRegression {
    config: FtrlConfig,
    intake: Intake,
    z: Vec<f64>,
    n: Vec<f64>,
    prior: Vec<f64>,
}

/// How an [`FtrlRegression`] learns.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FtrlConfig {
    /// Learning rate; above 0.
    pub alpha: f64,
    /// Keeps the first steps small; at least 0.
    pub beta: f64,
    /// Strength of L1: weights nearer to the prior than the evidence for them stay there. At least 0.
    pub l1: f64,
    /// Strength of L2; at least 0.
    pub l2: f64,
    /// Hashed features have `2^bits` slots, at most 24 bits; `None` takes dense columns only.
    pub bits: Option<u8>,
    /// Whether there is a weight that every example has; it is not regularised.
    pub intercept: bool,
    /// Example weights above are clipped to this.
    pub weight_max: f64,
    /// After how many milliseconds what was learnt counts half; `None` never forgets.
    pub half_life_ms: Option<f64>,
}

impl Default for FtrlConfig {
    fn default() -> Self {
        Self {
            alpha: 0.1,
            beta: 1.0,
            l1: 0.0,
            l2: 1.0,
            bits: None,
            intercept: true,
            weight_max: 10.0,
            half_life_ms: Some(14.0 * Millis::DAY as f64),
        }
    }
}

impl FtrlConfig {
    fn check(&self) -> std::result::Result<(), OnlineError> {
        within("alpha", self.alpha, 1e-9, 1e6, "10^-9 to 10^6")?;
        within("beta", self.beta, 0.0, 1e9, "0 to 10^9")?;
        within("l1", self.l1, 0.0, 1e9, "0 to 10^9")?;
        within("l2", self.l2, 0.0, 1e9, "0 to 10^9")
    }

    fn intake(&self) -> IntakeConfig {
        let Self { bits, intercept, weight_max, half_life_ms, .. } = *self;
        IntakeConfig { bits, intercept, weight_max, half_life_ms }
    }
}

/// Weights of a linear model, to begin from.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct LinearWeights {
    /// What every example has.
    pub intercept: f64,
    /// One a dense column.
    pub dense: Vec<f64>,
    /// Slots and their weights.
    pub sparse: Vec<(u32, f64)>,
    /// Sum of squared gradients that each weight is taken to rest on already: the larger, the smaller the first steps
    /// away from it. 0 treats it as a guess.
    pub certainty: f64,
}

impl FtrlRegression {
    /// A learner that knows nothing, of `dense` columns.
    ///
    /// # Errors
    /// Where a setting is out of its range.
    pub fn new(config: FtrlConfig, dense: usize) -> std::result::Result<Self, OnlineError> {
        config.check()?;
        let intake = Intake::new(dense, &config.intake())?;
        let width = intake.width();
        Ok(Self { config, intake, z: vec![0.0; width], n: vec![0.0; width], prior: vec![0.0; width] })
    }

    /// A learner that begins where an offline model ended: its first answer is that model's, exactly.
    ///
    /// # Errors
    /// Where a setting is out of range, or a weight not finite, or there are not as many weights as columns.
    pub fn warm_start(
        config: FtrlConfig,
        dense: usize,
        weights: &LinearWeights,
    ) -> std::result::Result<Self, OnlineError> {
        let mut learner = Self::new(config, dense)?;
        if weights.dense.len() != dense {
            let (what, got) = ("weights of dense columns", weights.dense.len());
            return Err(OnlineError::Width { what, expected: dense, got });
        }
        within("certainty", weights.certainty, 0.0, 1e12, "0 to 10^12")?;
        learner.prior[0] = weights.intercept;
        learner.prior[1..=dense].copy_from_slice(&weights.dense);
        let slots = learner.prior.len() - 1 - dense;
        for (slot, weight) in &weights.sparse {
            if *slot as usize >= slots {
                let what = "slots of sparse weights";
                return Err(OnlineError::Width { what, expected: slots, got: *slot as usize + 1 });
            }
            learner.prior[1 + dense + *slot as usize] = *weight;
        }
        for weight in &learner.prior {
            within("weight", *weight, -1e9, 1e9, "a finite number of at most 10^9")?;
        }
        learner.n.fill(weights.certainty);
        Ok(learner)
    }

    /// Learns from one example, or says why not; either way it is counted in [`FtrlRegression::report`].
    ///
    /// # Errors
    /// Why the example was left out; the learner is then as before but for the count.
    pub fn learn(&mut self, example: &Example<'_>) -> std::result::Result<Learnt, Excluded> {
        let mut features = Vec::with_capacity(1 + example.dense.len() + example.sparse.len());
        let weight = self.intake.admit(example, &mut features)?;
        if let Some(factor) = self.intake.fading.fold() {
            self.z.iter_mut().chain(&mut self.n).for_each(|sum| *sum *= factor);
        }
        let (logit, label) = (self.logit_of(&features, example.offset), f64::from(example.label));
        let predicted = sigmoid(logit);
        self.intake.score(logit, label, weight);
        let scale = self.intake.fading.scale();
        for (place, value) in features {
            let gradient = weight * (predicted - label) * value;
            let n = self.n[place] * scale;
            let sigma = ((n + gradient * gradient).sqrt() - n.sqrt()) / self.config.alpha;
            self.z[place] += (gradient - sigma * self.step(place)) / scale;
            self.n[place] += gradient * gradient / scale;
        }
        Ok(Learnt { predicted })
    }

    /// Learns from examples one after another: the same as [`FtrlRegression::learn`] for each, however they are cut.
    pub fn learn_all<'a>(&mut self, examples: impl IntoIterator<Item = Example<'a>>) {
        for example in examples {
            // What is left out is counted in the report, where whoever feeds the learner looks.
            let _ = self.learn(&example);
        }
    }

    /// The log-odds of a click, the offset included.
    ///
    /// # Errors
    /// Where columns or features are not as [`Example`] has them.
    pub fn logit(&self, dense: &[f32], sparse: &[(u32, f32)], offset: f32) -> std::result::Result<f64, Excluded> {
        let mut features = Vec::with_capacity(1 + dense.len() + sparse.len());
        self.intake.features(dense, sparse, &mut features)?;
        if offset.is_finite() { Ok(self.logit_of(&features, offset)) } else { Err(Excluded::Offset) }
    }

    /// The probability of a click; as [`FtrlRegression::logit`].
    pub fn predict(&self, dense: &[f32], sparse: &[(u32, f32)], offset: f32) -> std::result::Result<f64, Excluded> {
        self.logit(dense, sparse, offset).map(sigmoid)
    }

    /// The weight of every example.
    pub fn intercept(&self) -> f64 {
        if self.config.intercept { self.weight(0) } else { 0.0 }
    }

    /// The weights of the dense columns, in order.
    pub fn dense_weights(&self) -> Vec<f64> {
        (1..=self.intake.dense).map(|place| self.weight(place)).collect()
    }

    /// The weight of a slot; 0 where there is none.
    pub fn slot_weight(&self, slot: u32) -> f64 {
        let place = 1 + self.intake.dense + slot as usize;
        if place < self.z.len() { self.weight(place) } else { 0.0 }
    }

    /// What was learnt from and what was left out.
    pub fn report(&self) -> &IntakeReport {
        &self.intake.report
    }

    fn logit_of(&self, features: &[(usize, f64)], offset: f32) -> f64 {
        features.iter().fold(f64::from(offset), |sum, (place, value)| sum + self.weight(*place) * value)
    }

    fn weight(&self, place: usize) -> f64 {
        self.prior[place] + self.step(place)
    }

    /// How far the weight has moved from its prior.
    fn step(&self, place: usize) -> f64 {
        let FtrlConfig { alpha, beta, .. } = self.config;
        let (l1, l2) = if place == 0 { (0.0, 0.0) } else { (self.config.l1, self.config.l2) };
        let scale = self.intake.fading.scale();
        let (z, n) = (self.z[place] * scale, self.n[place] * scale);
        let rate = (beta + n.sqrt()) / alpha + l2;
        if z.abs() <= l1 || rate <= 0.0 { 0.0 } else { -(z - z.signum() * l1) / rate }
    }

    /// Bytes for a checkpoint; the settings are not among them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(VERSION);
        self.intake.write(&mut out);
        [&self.z, &self.n, &self.prior].into_iter().for_each(|values| state::write_sparse(&mut out, values));
        out.0
    }

    /// Reads a checkpoint of a learner with these settings and columns; it goes on as the one that was written.
    ///
    /// # Errors
    /// [`Error::Version`] for another version, [`Error::Corrupt`] for anything else, settings out of range included.
    pub fn from_bytes(config: FtrlConfig, dense: usize, bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes);
        let version = input.byte()?;
        if version != VERSION {
            return Err(Error::Version { expected: VERSION, got: version });
        }
        let mut learner = Self::new(config, dense).map_err(|_| input.fault("settings within their ranges"))?;
        learner.intake.read(&mut input)?;
        for values in [&mut learner.z, &mut learner.n, &mut learner.prior] {
            state::read_sparse(&mut input, values)?;
        }
        input.end()?;
        if learner.n.iter().any(|n| *n < 0.0) { Err(input.fault("sums of squares")) } else { Ok(learner) }
    }
}

#[cfg(test)]
mod tests;
