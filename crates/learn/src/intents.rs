//! What somebody wants, read from the vector of what they typed.

mod bytes;
mod familiarity;
mod folds;
mod reading;
mod report;

use std::collections::HashSet;
use std::sync::Arc;

use types::Rng;

use crate::calibration::temperature;
use crate::discriminant::Discriminant;
use crate::softmax::{Examples, Softmax, SoftmaxConfig, balanced, softmax};
use familiarity::{Familiarity, evidence};
use folds::{Answers, folds};
pub use reading::Reading;
pub use report::{Confusion, IntentsReport, LabelReport, Share};

/// Reads an intent from the vector of a text: a [`Softmax`] over labels with calibrated probabilities, and a test of
/// whether the text is like any of the examples at all. Immutable, cheap to clone, shared between threads.
#[derive(Clone, PartialEq, Debug)]
pub struct Intents {
    shared: Arc<Parts>,
}

#[derive(Clone, PartialEq, Debug)]
struct Parts {
    /// Version of the encoder whose vectors it was fitted to.
    encoder: String,
    labels: Vec<Arc<str>>,
    /// The label for what is none of the others.
    out_of_scope: Option<usize>,
    /// The label that a text is given the benefit of the doubt with.
    fallback: Option<usize>,
    softmax: Softmax,
    /// What logits are divided by to be honest.
    temperature: f32,
    /// What is added to each label's logit for how often it is met.
    shift: Vec<f32>,
    discriminant: Discriminant,
    familiarity: Familiarity,
    /// Least familiarity of what is in scope.
    familiarity_min: f32,
}

/// How [`Intents`] are fitted.
#[derive(Clone, PartialEq, Debug)]
pub struct IntentsConfig {
    /// Version of the encoder that made the vectors; its vectors alone can be read.
    pub encoder: String,
    /// The label of examples that are none of the others. They are a class of their own, and choose the threshold of
    /// familiarity together with the examples in scope.
    pub out_of_scope: Option<String>,
    /// A label whose texts are too varied for examples to stand for them, such as product searches: what is most likely
    /// this is never out of scope, however unfamiliar.
    pub fallback: Option<String>,
    /// Share of texts in scope that may be refused as unfamiliar.
    pub in_scope_loss: f64,
    /// Folds of the cross-validation.
    pub folds: usize,
    /// Chance that deals the folds.
    pub seed: u64,
    /// How the softmax is fitted.
    pub softmax: SoftmaxConfig,
}

impl Default for IntentsConfig {
    fn default() -> Self {
        Self {
            encoder: String::new(),
            out_of_scope: Some("out-of-scope".to_owned()),
            fallback: None,
            in_scope_loss: 0.002,
            folds: 5,
            seed: 1,
            softmax: SoftmaxConfig::default(),
        }
    }
}

/// Why no intents were fitted.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum IntentsError {
    /// There is nothing to tell apart.
    #[error("expected examples of at least 2 labels in scope, got {got}")]
    TooFewLabels {
        /// Labels with examples.
        got: usize,
    },
    /// A label has no examples to learn from and to be tested with.
    #[error("label {label}: expected at least 2 different examples, got {got}")]
    TooFewExamples {
        /// The label.
        label: String,
        /// Its examples.
        got: usize,
    },
    /// A vector has another length than the first, or holds what is no finite number.
    #[error("example {example}: expected {expected} finite numbers, got {got}")]
    WrongVector {
        /// Its place, from 0.
        example: usize,
        /// Numbers of the first vector.
        expected: usize,
        /// Finite numbers in this one.
        got: usize,
    },
    /// A setting is out of bounds.
    #[error("{field}: expected {expected}")]
    WrongConfig {
        /// The setting.
        field: &'static str,
        /// What it may be.
        expected: &'static str,
    },
}

impl Intents {
    /// Fits intents to pairs of a label and the vector of an example, and tells at once how well they will do, by
    /// cross-validation. From 5 examples a label on this is useful; the report's interval says how far to trust it.
    /// Repeated examples count once. The same examples in the same order give the same intents.
    ///
    /// # Errors
    /// Names the label or example that is not enough or wrong.
    pub fn fit(examples: &[(&str, &[f32])], config: &IntentsConfig) -> Result<(Self, IntentsReport), IntentsError> {
        check(config)?;
        let data = Labelled::of(examples, config)?;
        let deal = folds(&data.classes, data.labels.len(), config.folds, &mut Rng::new(config.seed));
        let answers = Answers::by(&data, &deal, config.softmax);
        let weights = balanced(&data.classes, data.labels.len());
        let temperature = temperature(&answers.logits, &data.classes, &weights);
        let familiarity = answers.familiarity(&data);
        let familiarity_min = answers.threshold(&data, &familiarity, config.in_scope_loss);
        let fallback = config.fallback.as_deref();
        let parts = Parts {
            encoder: config.encoder.clone(),
            out_of_scope: data.out_of_scope,
            fallback: data.labels.iter().position(|label| Some(&**label) == fallback),
            softmax: Softmax::fit_examples(data.examples(), config.softmax),
            temperature,
            shift: vec![0.0; data.labels.len()],
            discriminant: data.in_scope().discriminant(),
            familiarity,
            familiarity_min,
            labels: data.labels.clone(),
        };
        let report = answers.report(&data, &parts, config.folds);
        Ok((Self { shared: Arc::new(parts) }, report))
    }

    /// The same intents where `priors` are how often labels are met; those not named share what is left equally.
    /// Without, every label is as likely as any other.
    ///
    /// Shares are held to 1/1000 to 1 and, where they come to more than 1, made to. Names that are no labels are ignored.
    #[must_use]
    pub fn with_priors(&self, priors: &[(&str, f32)]) -> Self {
        let labels = &self.shared.labels;
        let named =
            |label: &str| priors.iter().find(|(name, _)| *name == label).map(|(_, share)| share.clamp(1e-3, 1.0));
        let given: Vec<Option<f32>> = labels.iter().map(|label| named(label)).collect();
        let (sum, open) = (given.iter().flatten().sum::<f32>(), given.iter().filter(|share| share.is_none()).count());
        let rest = if open > 0 { ((1.0 - sum) / open as f32).max(1e-4) } else { 0.0 };
        let shares = given.iter().map(|share| share.unwrap_or(rest));
        // A prior's logarithm is added where the model was fitted to a uniform one (Saerens, Latinne and Decaestecker 2002,
        // "Adjusting the outputs of a classifier to new a priori probabilities", Neural Computation 14).
        let shift: Vec<f32> = shares.map(|share| (share * labels.len() as f32).ln()).collect();
        let parts = Parts { shift, ..(*self.shared).clone() };
        Self { shared: Arc::new(parts) }
    }

    /// What the text of `vector` wants.
    ///
    /// # Panics
    /// Where the vector has not [`Intents::dims`] numbers: it is of another encoder, the caller's bug.
    pub fn read(&self, vector: &[f32]) -> Reading {
        let parts = &*self.shared;
        let logits = parts.softmax.logits(vector);
        let evidence = evidence(&logits, parts.out_of_scope, &parts.discriminant, vector);
        parts.judge(&parts.probabilities(&logits), parts.familiarity.of(&evidence))
    }

    /// The labels, in the order of their first examples.
    pub fn labels(&self) -> &[Arc<str>] {
        &self.shared.labels
    }

    /// Numbers in a vector.
    pub fn dims(&self) -> usize {
        self.shared.softmax.dims()
    }

    /// Version of the encoder whose vectors it reads; those of another mean nothing to it.
    pub fn encoder(&self) -> &str {
        &self.shared.encoder
    }
}

impl Parts {
    fn probabilities(&self, logits: &[f32]) -> Vec<f32> {
        let mut shares: Vec<f32> =
            logits.iter().zip(&self.shift).map(|(logit, shift)| logit / self.temperature + shift).collect();
        softmax(&mut shares);
        shares
    }

    fn judge(&self, probabilities: &[f32], familiarity: f32) -> Reading {
        let mut order: Vec<usize> = (0..probabilities.len()).collect();
        order.sort_by(|one, other| probabilities[*other].total_cmp(&probabilities[*one]).then(one.cmp(other)));
        let top = order.first().copied();
        let strange = familiarity < self.familiarity_min && top != self.fallback;
        Reading {
            out_of_scope: strange || (top.is_some() && top == self.out_of_scope),
            probabilities: order.into_iter().map(|at| (self.labels[at].clone(), probabilities[at])).collect(),
            familiarity,
            familiarity_min: self.familiarity_min,
        }
    }
}

fn check(config: &IntentsConfig) -> Result<(), IntentsError> {
    if !(2..=20).contains(&config.folds) {
        return Err(IntentsError::WrongConfig { field: "folds", expected: "a number from 2 to 20" });
    }
    if !(0.0..=0.5).contains(&config.in_scope_loss) {
        return Err(IntentsError::WrongConfig { field: "in_scope_loss", expected: "a share from 0 to 0.5" });
    }
    if !(config.softmax.penalty > 0.0 && config.softmax.penalty < 1e3) {
        return Err(IntentsError::WrongConfig { field: "softmax.penalty", expected: "a number above 0, below 1000" });
    }
    Ok(())
}

/// Examples with their labels numbered.
struct Labelled<'a> {
    labels: Vec<Arc<str>>,
    vectors: Vec<&'a [f32]>,
    classes: Vec<usize>,
    out_of_scope: Option<usize>,
}

impl<'a> Labelled<'a> {
    fn of(examples: &[(&str, &'a [f32])], config: &IntentsConfig) -> Result<Self, IntentsError> {
        let expected = examples.first().map_or(0, |(_, vector)| vector.len());
        let mut data = Self { labels: vec![], vectors: vec![], classes: vec![], out_of_scope: None };
        let mut seen: HashSet<(usize, Vec<u32>)> = HashSet::new();
        for (example, (label, vector)) in examples.iter().enumerate() {
            let got = vector.iter().filter(|value| value.is_finite()).count();
            if got != expected || vector.len() != expected || expected == 0 {
                return Err(IntentsError::WrongVector { example, expected: expected.max(1), got });
            }
            let known = data.labels.iter().position(|known| &**known == *label);
            let class = known.unwrap_or_else(|| {
                data.labels.push(Arc::from(*label));
                data.labels.len() - 1
            });
            // A repeated example would be learnt in one fold and asked for in another.
            if seen.insert((class, vector.iter().map(|value| value.to_bits()).collect())) {
                data.vectors.push(vector);
                data.classes.push(class);
            }
        }
        let name = config.out_of_scope.as_deref();
        data.out_of_scope = data.labels.iter().position(|label| Some(&**label) == name);
        let in_scope = data.labels.len() - usize::from(data.out_of_scope.is_some());
        if in_scope < 2 {
            return Err(IntentsError::TooFewLabels { got: in_scope });
        }
        for (class, label) in data.labels.iter().enumerate() {
            let got = data.classes.iter().filter(|own| **own == class).count();
            if got < 2 {
                return Err(IntentsError::TooFewExamples { label: label.to_string(), got });
            }
        }
        Ok(data)
    }

    fn examples(&self) -> Examples<'_> {
        Examples { vectors: &self.vectors, classes: &self.classes, count: self.labels.len() }
    }

    /// Those for which `keep` holds, by their places.
    fn part(&self, keep: impl Fn(usize) -> bool) -> Self {
        let places: Vec<usize> = (0..self.vectors.len()).filter(|at| keep(*at)).collect();
        Self {
            labels: self.labels.clone(),
            vectors: places.iter().map(|at| self.vectors[*at]).collect(),
            classes: places.iter().map(|at| self.classes[*at]).collect(),
            out_of_scope: self.out_of_scope,
        }
    }

    fn in_scope(&self) -> Self {
        self.part(|at| Some(self.classes[at]) != self.out_of_scope)
    }

    fn discriminant(&self) -> Discriminant {
        Discriminant::fit(self.examples())
    }
}

#[cfg(test)]
mod tests;
