use burn::tensor::FloatDType;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// How a network is trained. All of it is written into the run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Times each example is seen.
    pub epochs: u32,
    /// Updates, instead of epochs.
    pub steps: Option<u64>,
    /// Minutes after which training ends; the rate then follows the time where that is ahead of the steps, so such a
    /// run depends on the machine.
    pub minutes: Option<f64>,
    /// Most examples a batch.
    pub batch: usize,
    /// Most pieces a batch, padding included.
    pub batch_pieces: Option<usize>,
    /// Batches an update.
    pub accumulation: usize,
    /// Highest learning rate.
    pub rate: f64,
    /// Share of the training in which the rate rises from 0.
    pub warm_up: f64,
    /// How it falls afterwards.
    pub decay: Decay,
    /// What a weight loses an update, times the rate (Loshchilov and Hutter 2019); norms and biases lose nothing.
    pub weight_decay: f64,
    /// Decay of the mean of gradients.
    pub beta1: f64,
    /// Decay of the mean of squared gradients.
    pub beta2: f64,
    /// Added to the root of the mean of squares.
    pub epsilon: f64,
    /// Longest gradient over all parameters; longer ones are scaled down. 0: any.
    pub clip: f64,
    /// Each layer learns this much slower than the one above it (Howard and Ruder 2018); 1: all alike.
    pub layer_decay: f64,
    /// Probability with which a number is left out, where the task has a place for it.
    pub dropout: f64,
    /// Parameters that stay as they are: a path such as `words`, `layers.0` or `encoder.layers`.
    pub frozen: Vec<String>,
    /// Share of the probability that is spread over all classes.
    pub label_smoothing: f64,
    /// How classes are weighed.
    pub class_weights: ClassWeights,
    /// Evaluations without a better deciding figure after which training ends. 0: never.
    pub patience: u32,
    /// Updates between evaluations; none: once an epoch.
    pub evaluate_every: Option<u64>,
    /// Updates between checkpoints beside those at evaluations; none: no others.
    pub checkpoint_every: Option<u64>,
    /// What is handed back.
    pub keep: Keep,
    /// Perturbation of an embedding table by which the loss is also made small.
    pub adversary: Option<Adversary>,
    /// Numbers that the network computes with.
    pub precision: Precision,
    /// Seed of everything that is drawn.
    pub seed: u64,
}

/// How the rate falls.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decay {
    /// In a straight line to 0.
    #[default]
    Linear,
    /// Along half a cosine to 0 (Loshchilov and Hutter 2017).
    Cosine,
    /// Not at all.
    Constant,
}

/// How classes are weighed.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClassWeights {
    /// All alike.
    #[default]
    Equal,
    /// By one over their frequency, with mean 1 over the examples.
    Balanced,
    /// As given, in the order of the classes.
    Given(Vec<f64>),
}

/// Which weights are handed back.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// Those with the best deciding figure.
    #[default]
    Best,
    /// Those of the last step.
    Last,
    /// An exponential mean over the steps with this decay, such as 0.999; evaluations are of it too, and the best is kept.
    Mean(f64),
}

/// Perturbation of an embedding table.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adversary {
    /// Path of the table, such as `words`.
    #[serde(default = "words")]
    pub part: String,
    /// Its length.
    pub epsilon: f64,
    /// 1: one step along the gradient (FGM, Miyato et al. 2017); more: as many within the length (PGD, Madry et al. 2018).
    #[serde(default = "one")]
    pub steps: u32,
    /// Length of each of several steps.
    #[serde(default)]
    pub step_length: Option<f64>,
}

/// Numbers that a network computes with; its parameters stay in f32.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32 bits.
    #[default]
    F32,
    /// 16 bits for the products with the layers' matrices, with the range of 32 bits, so that losses need no scaling. On a
    /// GPU only: the operations of the CPU are written for 32.
    Bf16,
}

fn words() -> String {
    "words".to_owned()
}

fn one() -> u32 {
    1
}

impl Default for Options {
    fn default() -> Self {
        Self {
            epochs: 3,
            steps: None,
            minutes: None,
            batch: 32,
            batch_pieces: None,
            accumulation: 1,
            rate: 5e-5,
            warm_up: 0.1,
            decay: Decay::Linear,
            weight_decay: 0.01,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            clip: 1.0,
            layer_decay: 1.0,
            dropout: 0.1,
            frozen: vec!["words".to_owned(), "positions".to_owned(), "types".to_owned()],
            label_smoothing: 0.0,
            class_weights: ClassWeights::Equal,
            patience: 0,
            evaluate_every: None,
            checkpoint_every: None,
            keep: Keep::Best,
            adversary: None,
            precision: Precision::F32,
            seed: 1,
        }
    }
}

impl Options {
    /// Checks every value.
    ///
    /// # Errors
    /// Names the first that is out of its range.
    pub fn check(&self) -> Result<()> {
        check("epochs", self.epochs, "1 to 10000", |n| (1..=10_000).contains(&n))?;
        check("steps", self.steps.unwrap_or(1), "at least 1", |n| n >= 1)?;
        check("minutes", self.minutes.unwrap_or(1.0), "above 0 and at most 100000", |n| n > 0.0 && n <= 1e5)?;
        check("batch", self.batch, "1 to 65536", |n| (1..=65_536).contains(&n))?;
        check("batch_pieces", self.batch_pieces.unwrap_or(8), "at least 8", |n| n >= 8)?;
        check("accumulation", self.accumulation, "1 to 4096", |n| (1..=4096).contains(&n))?;
        check("rate", self.rate, "above 0 and at most 10", |n| n > 0.0 && n <= 10.0)?;
        check("warm_up", self.warm_up, "0 to 1", |n| (0.0..=1.0).contains(&n))?;
        check("weight_decay", self.weight_decay, "0 to 1", |n| (0.0..=1.0).contains(&n))?;
        check("beta1", self.beta1, "0 to 1, 1 excluded", |n| (0.0..1.0).contains(&n))?;
        check("beta2", self.beta2, "0 to 1, 1 excluded", |n| (0.0..1.0).contains(&n))?;
        check("epsilon", self.epsilon, "above 0 and at most 1", |n| n > 0.0 && n <= 1.0)?;
        check("clip", self.clip, "0 (off) or more", |n| n >= 0.0 && n.is_finite())?;
        check("layer_decay", self.layer_decay, "above 0 and at most 1", |n| n > 0.0 && n <= 1.0)?;
        check("dropout", self.dropout, "0 to 0.9", |n| (0.0..=0.9).contains(&n))?;
        check("label_smoothing", self.label_smoothing, "0 to 0.9", |n| (0.0..=0.9).contains(&n))?;
        check("evaluate_every", self.evaluate_every.unwrap_or(1), "at least 1", |n| n >= 1)?;
        check("checkpoint_every", self.checkpoint_every.unwrap_or(1), "at least 1", |n| n >= 1)?;
        if let Keep::Mean(decay) = self.keep {
            check("keep", decay, "a decay of 0 to 1, 1 excluded", |n| (0.0..1.0).contains(&n))?;
        }
        if let ClassWeights::Given(weights) = &self.class_weights {
            let lowest = weights.iter().copied().fold(f64::INFINITY, f64::min);
            check("class_weights", lowest, "numbers above 0", |n| n > 0.0 && n.is_finite())?;
        }
        if let Some(adversary) = &self.adversary {
            check("adversary.epsilon", adversary.epsilon, "above 0 and at most 100", |n| n > 0.0 && n <= 100.0)?;
            check("adversary.steps", adversary.steps, "1 to 20", |n| (1..=20).contains(&n))?;
            let length = adversary.step_length.unwrap_or(1.0);
            check("adversary.step_length", length, "above 0 and at most 100", |n| n > 0.0 && n <= 100.0)?;
        }
        Ok(())
    }
}

impl Precision {
    /// What networks are brought to; none: they stay as they are.
    pub(crate) fn dtype(self) -> Option<FloatDType> {
        match self {
            Self::F32 => None,
            Self::Bf16 => Some(FloatDType::BF16),
        }
    }
}

fn check<T: Copy + ToString>(
    field: &'static str,
    value: T,
    expected: &'static str,
    good: impl Fn(T) -> bool,
) -> Result<()> {
    if good(value) { Ok(()) } else { Err(Error::Option { field, got: value.to_string(), expected }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_name_the_option_its_value_and_the_range() {
        let said = |change: &dyn Fn(&mut Options)| {
            let mut options = Options::default();
            change(&mut options);
            options.check().unwrap_err().to_string()
        };
        Options::default().check().unwrap();
        assert_eq!(said(&|o| o.dropout = 1.5), "`dropout` is 1.5, expected 0 to 0.9");
        assert_eq!(said(&|o| o.rate = f64::NAN), "`rate` is NaN, expected above 0 and at most 10");
        assert_eq!(said(&|o| o.batch = 0), "`batch` is 0, expected 1 to 65536");
        assert!(said(&|o| o.keep = Keep::Mean(1.0)).contains("`keep`"));
        assert!(said(&|o| o.minutes = Some(-1.0)).contains("`minutes`"));
        let adversary = Adversary { part: words(), epsilon: 1.0, steps: 0, step_length: None };
        assert!(said(&|o| o.adversary = Some(adversary.clone())).contains("adversary.steps"));
    }

    #[test]
    fn unknown_options_are_refused_and_known_ones_survive_writing() {
        assert!(serde_json::from_str::<Options>(r#"{"learning_rate": 1}"#).is_err());
        let options = Options { keep: Keep::Mean(0.99), steps: Some(7), ..Options::default() };
        let text = serde_json::to_string(&options).unwrap();
        assert_eq!(serde_json::from_str::<Options>(&text).unwrap(), options);
    }
}
