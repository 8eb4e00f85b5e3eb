use types::{Millis, Rng};

use super::error::within;
use super::example::{Intake, IntakeConfig, sigmoid};
use super::optimizer::Moments;
use super::{Example, Excluded, IntakeReport, Learnt, OnlineError, Optimizer, state};
use crate::bytes::{Reader, Writer};
use crate::{Error, Result};

/// Version of the bytes.
const VERSION: u8 = 1;
/// Most parameters: three numbers each, so about 400 MiB.
const PARAMETERS_MAX: usize = 1 << 24;

/// A factorisation machine that learns from each event as it comes (Rendle 2010, "Factorization machines", ICDM):
/// `logit = offset + w_0 + Σ w_i x_i + Σ_{i<j} <v_i, v_j> x_i x_j`, so that features which seldom meet can still say
/// something about each other, in time linear in the features.
#[derive(Clone, PartialEq, Debug)]
pub struct FactorizationMachine {
    config: FactorizationConfig,
    intake: Intake,
    /// By place of a feature: its weight, then its factors; the first place is the intercept, whose factors stay 0.
    parameters: Vec<f64>,
    first: Vec<f64>,
    second: Vec<f64>,
    steps: Vec<u32>,
}

/// How a [`FactorizationMachine`] learns.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FactorizationConfig {
    /// Length of each feature's vector, 1 to 64.
    pub factors: usize,
    /// How parameters move.
    pub optimizer: Optimizer,
    /// Strength of L2 on the weights of features seen; at least 0.
    pub l2_weights: f64,
    /// Strength of L2 on the factors of features seen; at least 0.
    pub l2_factors: f64,
    /// Standard deviation of the first factors; above 0, for factors of 0 never move.
    pub deviation: f64,
    /// Hashed features have `2^bits` slots; `None` takes dense columns only.
    pub bits: Option<u8>,
    /// Example weights above are clipped to this.
    pub weight_max: f64,
    /// After how many milliseconds AdaGrad's sums of squares count half, so that its steps never die; `None` keeps all.
    /// Adam forgets by itself.
    pub half_life_ms: Option<f64>,
}

impl Default for FactorizationConfig {
    fn default() -> Self {
        Self {
            factors: 8,
            optimizer: Optimizer::ADAGRAD,
            l2_weights: 1e-5,
            l2_factors: 1e-5,
            deviation: 0.05,
            bits: Some(16),
            weight_max: 10.0,
            half_life_ms: Some(14.0 * Millis::DAY as f64),
        }
    }
}

/// Parameters of a factorisation machine trained elsewhere, to begin from.
#[derive(Clone, PartialEq, Debug)]
pub struct FactorizationWeights {
    /// `w_0`.
    pub intercept: f64,
    /// `w_i`: of each dense column, then of each slot.
    pub weights: Vec<f64>,
    /// `v_i` one after another, in the same order.
    pub factors: Vec<f64>,
}

impl FactorizationMachine {
    /// A learner of `dense` columns that knows nothing; its factors are small random numbers.
    ///
    /// # Errors
    /// Where a setting is out of its range, or there would be more than 2^24 parameters.
    pub fn new(config: FactorizationConfig, dense: usize, rng: &mut Rng) -> std::result::Result<Self, OnlineError> {
        let mut machine = Self::zeros(config, dense)?;
        let row = config.factors + 1;
        for feature in machine.parameters.chunks_exact_mut(row).skip(1) {
            feature[1..].iter_mut().for_each(|factor| *factor = config.deviation * rng.normal());
        }
        Ok(machine)
    }

    /// A learner that begins with the parameters of a model trained offline: its first answer is that model's, exactly.
    ///
    /// # Errors
    /// As [`FactorizationMachine::new`], and where parameters are not finite or not as many as features ask for.
    pub fn warm_start(
        config: FactorizationConfig,
        dense: usize,
        from: &FactorizationWeights,
    ) -> std::result::Result<Self, OnlineError> {
        let mut machine = Self::zeros(config, dense)?;
        let features = machine.intake.width() - 1;
        for (what, expected, got) in
            [("weights", features, from.weights.len()), ("factors", features * config.factors, from.factors.len())]
        {
            if expected != got {
                return Err(OnlineError::Width { what, expected, got });
            }
        }
        for value in [from.intercept].iter().chain(&from.weights).chain(&from.factors) {
            within("parameter", *value, -1e6, 1e6, "a finite number of at most 10^6")?;
        }
        machine.parameters[0] = from.intercept;
        let given = from.weights.iter().zip(from.factors.chunks_exact(config.factors));
        for (feature, (weight, factors)) in machine.parameters.chunks_exact_mut(config.factors + 1).skip(1).zip(given) {
            feature[0] = *weight;
            feature[1..].copy_from_slice(factors);
        }
        Ok(machine)
    }

    fn zeros(config: FactorizationConfig, dense: usize) -> std::result::Result<Self, OnlineError> {
        config.optimizer.check()?;
        within("factors", config.factors as f64, 1.0, 64.0, "1 to 64")?;
        within("l2_weights", config.l2_weights, 0.0, 1e6, "0 to 10^6")?;
        within("l2_factors", config.l2_factors, 0.0, 1e6, "0 to 10^6")?;
        within("deviation", config.deviation, 1e-9, 10.0, "10^-9 to 10")?;
        let FactorizationConfig { bits, weight_max, half_life_ms, .. } = config;
        let intake = Intake::new(dense, &IntakeConfig { bits, intercept: true, weight_max, half_life_ms })?;
        let parameters = intake.width() * (config.factors + 1);
        within("parameters", parameters as f64, 1.0, PARAMETERS_MAX as f64, "at most 2^24 in all")?;
        let zeros = || vec![0.0; parameters];
        let steps = vec![0; intake.width()];
        Ok(Self { config, intake, parameters: zeros(), first: zeros(), second: zeros(), steps })
    }

    /// Learns from one example, or says why not; either way it is counted in [`FactorizationMachine::report`].
    ///
    /// # Errors
    /// Why the example was left out; the learner is then as before but for the count.
    pub fn learn(&mut self, example: &Example<'_>) -> std::result::Result<Learnt, Excluded> {
        let mut features = Vec::with_capacity(1 + example.dense.len() + example.sparse.len());
        let weight = self.intake.admit(example, &mut features)?;
        if let Some(factor) = self.intake.fading.fold() {
            // Only AdaGrad's sums are kept by scale.
            if matches!(self.config.optimizer, Optimizer::AdaGrad { .. }) {
                self.second.iter_mut().for_each(|sum| *sum *= factor);
            }
        }
        let (logit, sums) = self.logit_of(&features, example.offset);
        let (predicted, label) = (sigmoid(logit), f64::from(example.label));
        self.intake.score(logit, label, weight);
        let slope = weight * (predicted - label);
        features.iter().for_each(|(place, value)| self.move_feature(*place, *value, slope, &sums));
        Ok(Learnt { predicted })
    }

    /// Learns from examples one after another: the same as [`FactorizationMachine::learn`] for each, however they are cut.
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
        if offset.is_finite() { Ok(self.logit_of(&features, offset).0) } else { Err(Excluded::Offset) }
    }

    /// The probability of a click; as [`FactorizationMachine::logit`].
    pub fn predict(&self, dense: &[f32], sparse: &[(u32, f32)], offset: f32) -> std::result::Result<f64, Excluded> {
        self.logit(dense, sparse, offset).map(sigmoid)
    }

    /// What was learnt from and what was left out.
    pub fn report(&self) -> &IntakeReport {
        &self.intake.report
    }

    /// The parameters as they stand.
    pub fn weights(&self) -> FactorizationWeights {
        let features = || self.parameters.chunks_exact(self.config.factors + 1).skip(1);
        FactorizationWeights {
            intercept: self.parameters[0],
            weights: features().map(|feature| feature[0]).collect(),
            factors: features().flat_map(|feature| feature[1..].iter().copied()).collect(),
        }
    }

    /// The log-odds and, by factor, `Σ v_i x_i`: of pairs, `½ Σ_f ((Σ v_if x_i)² - Σ v_if² x_i²)` is the sum.
    fn logit_of(&self, features: &[(usize, f64)], offset: f32) -> (f64, Vec<f64>) {
        let row = self.config.factors + 1;
        let mut sums = vec![0.0; self.config.factors];
        let (mut logit, mut squares) = (f64::from(offset), 0.0);
        for (place, value) in features {
            let feature = &self.parameters[place * row..(place + 1) * row];
            logit += feature[0] * value;
            for (sum, factor) in sums.iter_mut().zip(&feature[1..]) {
                let part = factor * value;
                *sum += part;
                squares += part * part;
            }
        }
        logit += 0.5 * (sums.iter().map(|sum| sum * sum).sum::<f64>() - squares);
        (logit, sums)
    }

    fn move_feature(&mut self, place: usize, value: f64, slope: f64, sums: &[f64]) {
        let row = self.config.factors + 1;
        let FactorizationConfig { l2_weights, l2_factors, optimizer, .. } = self.config;
        let scale = self.intake.fading.scale();
        self.steps[place] = self.steps[place].saturating_add(1);
        let steps = self.steps[place];
        // The intercept has neither factors nor a price.
        let (last, l2_weights) = if place == 0 { (1, 0.0) } else { (row, l2_weights) };
        let range = place * row..place * row + last;
        let moments = self.first[range.clone()].iter_mut().zip(&mut self.second[range.clone()]);
        for (at, (parameter, (first, second))) in self.parameters[range].iter_mut().zip(moments).enumerate() {
            let gradient = match at {
                0 => slope * value + l2_weights * *parameter,
                factor => slope * value * (sums[factor - 1] - *parameter * value) + l2_factors * *parameter,
            };
            optimizer.step(parameter, gradient, Moments { first, second, steps }, scale);
        }
    }

    /// Bytes for a checkpoint; the settings are not among them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(VERSION);
        out.number(self.config.factors as u64);
        self.intake.write(&mut out);
        let states = [&self.parameters, &self.first, &self.second];
        states.into_iter().for_each(|values| state::write_sparse(&mut out, values));
        out.number(self.steps.len() as u64);
        self.steps.iter().for_each(|steps| out.number(u64::from(*steps)));
        out.0
    }

    /// Reads a checkpoint of a learner with these settings and columns; it goes on as the one that was written.
    ///
    /// # Errors
    /// [`Error::Version`] for another version, [`Error::Corrupt`] for anything else, settings out of range included.
    pub fn from_bytes(config: FactorizationConfig, dense: usize, bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes);
        let version = input.byte()?;
        if version != VERSION {
            return Err(Error::Version { expected: VERSION, got: version });
        }
        if input.number()? != config.factors as u64 {
            return Err(input.fault("as many factors as the settings have"));
        }
        let mut machine = Self::zeros(config, dense).map_err(|_| input.fault("settings within their ranges"))?;
        machine.intake.read(&mut input)?;
        for values in [&mut machine.parameters, &mut machine.first, &mut machine.second] {
            state::read_sparse(&mut input, values)?;
        }
        if input.count(1)? != machine.steps.len() {
            return Err(input.fault("as many steps as features"));
        }
        for steps in &mut machine.steps {
            *steps = input.small()?;
        }
        input.end()?;
        if machine.second.iter().any(|sum| *sum < 0.0) { Err(input.fault("sums of squares")) } else { Ok(machine) }
    }
}

#[cfg(test)]
mod tests;
