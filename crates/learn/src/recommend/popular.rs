//! The most wanted items, the same for everyone.

use types::Row;

use super::fit::tell;
use super::{Ask, FitError, Method, Model, Parameter, Parameters, Scale, Share, Trainer, TrainingData, Watcher};
use crate::bytes::{Reader, Writer};

/// The most wanted items, older interactions counting less.
pub(super) const METHOD: Method = Method {
    name: "popular",
    about: "the most wanted items, the same for everyone",
    parameters: &[Parameter {
        name: "half-life-days",
        about: "days after which an interaction counts half; 0 counts all alike",
        default: 0.0,
        min: 0.0,
        max: 3650.0,
        scale: Scale::Linear,
    }],
    trainer: |parameters| Box::new(PopularTrainer::new(parameters)),
    decode: |bytes| Ok(Box::new(Popular::decode(bytes)?)),
};

#[derive(Debug)]
struct PopularTrainer {
    half_life_days: f64,
}

impl PopularTrainer {
    fn new(parameters: &Parameters) -> Self {
        Self { half_life_days: parameters.get("half-life-days") }
    }
}

impl Trainer for PopularTrainer {
    fn memory(&self, data: &TrainingData<'_>) -> u64 {
        4 * data.interactions.items() as u64
    }

    fn fit(&self, data: &TrainingData<'_>, watcher: &mut dyn Watcher) -> Result<Box<dyn Model>, FitError> {
        let mut counts = vec![0.0f64; data.interactions.items()];
        let last = data.interactions.last_time().map_or(0, |time| time.0);
        for entry in data.interactions.iter().flatten() {
            let days = (last - entry.time.0) as f64 / types::Millis::DAY as f64;
            let fade = if self.half_life_days > 0.0 { (-days / self.half_life_days).exp2() } else { 1.0 };
            counts[entry.item.index()] += fade * f64::from(entry.weight);
        }
        tell(watcher, 1.0, None)?;
        Ok(Box::new(Popular { counts: counts.into_iter().map(|count| count as f32).collect() }))
    }
}

#[derive(Clone, PartialEq, Debug)]
struct Popular {
    counts: Vec<f32>,
}

impl Popular {
    fn decode(bytes: &[u8]) -> crate::Result<Self> {
        let mut input = Reader::new(bytes);
        let counts = input.floats()?;
        input.end()?;
        Ok(Self { counts })
    }
}

impl Model for Popular {
    fn name(&self) -> &'static str {
        METHOD.name
    }

    fn items(&self) -> usize {
        self.counts.len()
    }

    fn score(&self, _ask: &Ask<'_>, scores: &mut [f32]) {
        scores.copy_from_slice(&self.counts);
    }

    fn explain(&self, _ask: &Ask<'_>, item: Row) -> Vec<Share> {
        self.counts.get(item.index()).map(|count| Share { because: None, part: *count }).into_iter().collect()
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.floats(&self.counts);
        out.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::testing::{check_method, trained};

    #[test]
    fn wanted_most_comes_first() {
        check_method(&METHOD);
        let model = trained(&METHOD, &[], &["a b", "b c", "b"]);
        assert_eq!(model.answer(""), "b a c");
    }
}
