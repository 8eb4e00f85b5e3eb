//! A transformer that reads a history in its order and says what comes next (Kang and McAuley 2018, "Self-attentive
//! sequential recommendation", ICDM), trained with a softmax over cosines and sampled items (Klenitskiy and Vasilev 2023,
//! "Turning dross into gold loss", RecSys).
//!
//! Forward and backward are written by hand for this one small network: no place is padded, no matrix of all places and
//! items is held, and nothing is allocated for a graph. The same seed gives the same bytes on any number of threads.

mod adam;
mod attention;
mod candidates;
mod data;
mod dense;
mod fit;
mod held_out;
mod items;
mod loss;
mod model;
mod net;
mod step;

use self::fit::Settings;
use self::model::Sequence;
use super::{FitError, Method, Model, Parameter, Parameters, Scale, Trainer, TrainingData, Watcher};

/// What comes next, by a transformer.
pub(super) const METHOD: Method = Method {
    name: "sequence",
    about: "a transformer that reads a history in its order and says what comes next",
    parameters: &[
        whole("dim", "numbers of an item's vector", 64.0, 2.0, 1024.0),
        whole("blocks", "blocks of the network", 1.0, 0.0, 8.0),
        whole("heads", "heads of attention; as many as divide dim at most", 2.0, 1.0, 16.0),
        whole("length", "items of a history that are read, the last ones", 50.0, 1.0, 500.0),
        whole("rounds", "times everybody's history is gone through at most", 30.0, 1.0, 1000.0),
        number("rate", "size of a step", 0.003, 1e-5, 0.1, Scale::Log),
        number("decay", "part of a weight lost in a step, times the rate", 0.0, 0.0, 10.0, Scale::Linear),
        number("dropout", "share of numbers dropped in training", 0.3, 0.0, 0.8, Scale::Linear),
        number("temperature", "what cosines are divided by in the loss", 0.1, 0.01, 1.0, Scale::Log),
        number(
            "ahead",
            "weight of the item after the next one, and so on by powers; 0 wants only the next",
            0.0,
            0.0,
            1.0,
            Scale::Linear,
        ),
        number("skipped", "share of items passed over in training, others each time", 0.1, 0.0, 0.8, Scale::Linear),
        whole("negatives", "items drawn that a step compares with; all, if no more", 1024.0, 1.0, 1e6),
    ],
    trainer: |parameters| Box::new(SequenceTrainer(settings(parameters))),
    decode: |bytes| Ok(Box::new(Sequence::decode(bytes)?)),
};

const fn whole(name: &'static str, about: &'static str, default: f64, min: f64, max: f64) -> Parameter {
    number(name, about, default, min, max, Scale::Whole)
}

const fn number(name: &'static str, about: &'static str, default: f64, min: f64, max: f64, scale: Scale) -> Parameter {
    Parameter { name, about, default, min, max, scale }
}

fn settings(parameters: &Parameters) -> Settings {
    let dim = parameters.whole("dim");
    let heads = (1..=parameters.whole("heads").min(dim)).rev().find(|heads| dim.is_multiple_of(*heads));
    Settings {
        dim,
        blocks: parameters.whole("blocks"),
        heads: heads.unwrap_or(1),
        length: parameters.whole("length"),
        rounds: parameters.whole("rounds"),
        rate: parameters.float("rate"),
        decay: parameters.float("decay"),
        dropout: parameters.float("dropout"),
        temperature: parameters.float("temperature"),
        ahead: parameters.float("ahead"),
        skipped: parameters.float("skipped"),
        negatives: parameters.whole("negatives"),
    }
}

#[derive(Debug)]
struct SequenceTrainer(Settings);

impl Trainer for SequenceTrainer {
    fn memory(&self, data: &TrainingData<'_>) -> u64 {
        self.0.memory(data)
    }

    fn fit(&self, data: &TrainingData<'_>, watcher: &mut dyn Watcher) -> Result<Box<dyn Model>, FitError> {
        Ok(Box::new(self.0.fit(data, watcher)?))
    }
}

#[cfg(test)]
mod tests;
