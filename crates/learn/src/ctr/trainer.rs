use types::Rng;

use super::model::CtrModel;
use super::training::Training;
use super::{CtrError, Examples, Heads, Optimiser};

/// Settings of a model and its training.
#[derive(Clone, PartialEq, Debug)]
pub struct CtrConfig {
    /// What is predicted.
    pub heads: Heads,
    /// Numbers of an id's vector, 1 to 256.
    pub factors: usize,
    /// Whether pairs of ids interact by the inner products of their vectors (the factorisation machine).
    pub pairs: bool,
    /// Cross layers, 0 to 8.
    pub cross_layers: usize,
    /// Units of each hidden layer, 1 to 4,096 each; at most 8 layers, none for a plain factorisation machine.
    pub hidden: Vec<usize>,
    /// Share of hidden units dropped in training, 0 to 0.9.
    pub dropout: f32,
    /// How gains become steps.
    pub optimiser: Optimiser,
    /// Size of a step, above 0, at most 1.
    pub rate: f32,
    /// Adds half of this times the square of each linear weight to the loss, for each row that has its id.
    pub l2_linear: f32,
    /// As `l2_linear`, for the vectors.
    pub l2_factors: f32,
    /// Adds half of this times the squares of the towers' weights to the loss.
    pub l2_towers: f32,
    /// Deviation of the vectors at the start.
    pub deviation: f32,
    /// Rows of a step, 1 to 2^20.
    pub batch: usize,
    /// Times all rows are gone through, at most 10,000.
    pub epochs: usize,
    /// Epochs without a lower loss on the validation rows after which training ends; only with such rows.
    pub patience: usize,
    /// Rows of training that an id has to be met in to be known; rarer ones of a field share one weight and vector, which is
    /// also what unknown ids get.
    pub count_min: u32,
}

impl CtrConfig {
    /// A factorisation machine (Rendle 2010).
    pub fn fm() -> Self {
        Self {
            heads: Heads::Click,
            factors: 16,
            pairs: true,
            cross_layers: 0,
            hidden: Vec::new(),
            dropout: 0.0,
            optimiser: Optimiser::Adam,
            rate: 0.002,
            l2_linear: 1e-4,
            l2_factors: 0.05,
            l2_towers: 0.0,
            deviation: 0.05,
            batch: 256,
            epochs: 100,
            patience: 3,
            count_min: 2,
        }
    }

    /// A factorisation machine and hidden layers over the same vectors (Guo et al. 2017, DeepFM).
    pub fn deep_fm() -> Self {
        Self { hidden: vec![64, 32], dropout: 0.5, l2_factors: 0.03, l2_towers: 0.003, ..Self::fm() }
    }

    /// Cross layers beside hidden layers (Wang et al. 2021, DCN-v2, parallel), without a factorisation machine's pairs.
    pub fn dcn() -> Self {
        Self { pairs: false, cross_layers: 2, ..Self::deep_fm() }
    }

    fn check(&self) -> Result<(), CtrError> {
        let wrong = |name, expected, got: String| Err(CtrError::Setting { name, expected, got });
        let whole = [
            ("factors", "1 to 256", self.factors, 1, 256),
            ("cross_layers", "0 to 8", self.cross_layers, 0, 8),
            ("hidden", "at most 8 layers", self.hidden.len(), 0, 8),
            ("hidden", "1 to 4096 units", self.hidden.iter().copied().min().unwrap_or(1), 1, 4096),
            ("hidden", "1 to 4096 units", self.hidden.iter().copied().max().unwrap_or(1), 1, 4096),
            ("batch", "1 to 1048576", self.batch, 1, 1 << 20),
            ("epochs", "0 to 10000", self.epochs, 0, 10_000),
        ];
        if let Some((name, expected, got, ..)) =
            whole.into_iter().find(|(_, _, got, low, high)| got < low || got > high)
        {
            return wrong(name, expected, got.to_string());
        }
        let floats = [
            ("dropout", "0 to 0.9", self.dropout, 0.0, 0.9),
            ("rate", "above 0, at most 1", self.rate, f32::MIN_POSITIVE, 1.0),
            ("l2_linear", "0 to 100", self.l2_linear, 0.0, 100.0),
            ("l2_factors", "0 to 100", self.l2_factors, 0.0, 100.0),
            ("l2_towers", "0 to 100", self.l2_towers, 0.0, 100.0),
            ("deviation", "0 to 1", self.deviation, 0.0, 1.0),
        ];
        let outside = floats.into_iter().find(|(_, _, got, low, high)| !(low..=high).contains(&got));
        outside.map_or(Ok(()), |(name, expected, got, ..)| wrong(name, expected, got.to_string()))
    }
}

/// Makes a [`CtrModel`] from examples.
#[derive(Clone, PartialEq, Debug)]
pub struct CtrTrainer {
    /// How.
    pub config: CtrConfig,
}

/// What came of a training.
#[derive(Clone, PartialEq, Debug)]
pub struct CtrReport {
    /// After each epoch, the first before anything was learnt.
    pub epochs: Vec<Epoch>,
    /// The epoch whose weights were kept, a place in `epochs`: the one of the lowest validation loss, or the last. 0 says that
    /// nothing learnt was better than the shares of each outcome among all rows.
    pub kept: usize,
    /// Ids that are known, of all that were met.
    pub known: usize,
}

/// Losses of an epoch: means over rows by their weights of the log-loss (summed over heads).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Epoch {
    /// Of the rows learnt from, while they were learnt from (dropout and all); none before the first epoch.
    pub train: Option<f64>,
    /// Of the validation rows.
    pub validation: Option<f64>,
}

impl CtrTrainer {
    /// Learns from `examples`; with `validation`, rows of the same schema that are not among them, training ends when they are
    /// predicted no better, and the best weights are kept.
    ///
    /// # Errors
    /// [`CtrError::Setting`] for settings outside their ranges; [`CtrError::Nothing`] without rows, or without both rows with and
    /// without a click; [`CtrError::Fields`] where the two differ in schema; [`CtrError::Diverged`] where steps were too large.
    pub fn fit(
        &self,
        examples: &Examples,
        validation: Option<&Examples>,
        rng: &mut Rng,
    ) -> Result<(CtrModel, CtrReport), CtrError> {
        self.config.check()?;
        if let Some(validation) = validation {
            if validation.is_empty() {
                return Err(CtrError::Nothing { part: "validation", expected: "at least one row" });
            }
            if validation.schema() != examples.schema() {
                let (expected, got) = (examples.schema().told(), validation.schema().told());
                return Err(CtrError::Fields { expected, got });
            }
        }
        Training::begin(&self.config, examples, rng)?.run(validation, rng)
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::tests::{entry, schema};
    use super::*;
    use crate::ctr::Outcome;

    #[test]
    fn wrong_settings_and_empty_examples_are_refused() {
        let mut examples = Examples::new(schema(0));
        let fit = |config: CtrConfig, examples: &Examples, validation: Option<&Examples>| {
            CtrTrainer { config }.fit(examples, validation, &mut Rng::new(1)).unwrap_err().to_string()
        };
        assert!(fit(CtrConfig::fm(), &examples, None).starts_with("examples: expected both rows"));
        examples.push(&[entry(0, 0)], &[], Outcome::of(true), 1.0).unwrap();
        assert!(fit(CtrConfig::fm(), &examples, None).starts_with("examples: expected both rows"));
        examples.push(&[entry(0, 1)], &[], Outcome::of(false), 1.0).unwrap();
        let settings = [
            CtrConfig { rate: f32::NAN, ..CtrConfig::fm() },
            CtrConfig { factors: 0, ..CtrConfig::fm() },
            CtrConfig { hidden: vec![4, 0], ..CtrConfig::fm() },
            CtrConfig { dropout: 1.0, ..CtrConfig::fm() },
        ];
        let said = settings.map(|config| fit(config, &examples, None));
        assert_eq!(said[0], "`rate`: expected above 0, at most 1, got NaN");
        assert_eq!(said[2], "`hidden`: expected 1 to 4096 units, got 0");
        let other = Examples::new(schema(1));
        assert!(fit(CtrConfig::fm(), &examples, Some(&other)).starts_with("validation: expected at least one row"));
    }
}
