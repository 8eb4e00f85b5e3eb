//! Networks that read a history in its order and say what comes next: a transformer (Kang and McAuley 2018, "Self-attentive
//! sequential recommendation", ICDM) or gated recurrent units (Hidasi et al. 2016, ICLR), trained with a softmax (or gBCE) over cosines
//! and sampled items (Klenitskiy and Vasilev 2023, "Turning dross into gold loss", RecSys). Items begin with vectors factored
//! from which of them are met together, and counted neighbours have a word beside what is learnt.
//!
//! Forward and backward are written by hand for these small networks: no place is padded, no matrix of all places and items is
//! held, and nothing is allocated for a graph. The same seed and number of threads give the same bytes.

pub(crate) mod adam;
mod attention;
mod beginning;
mod candidates;
mod data;
pub(crate) mod dense;
mod fit;
mod held_out;
pub(super) mod items;
pub(super) mod loss;
mod model;
mod net;
mod network;
mod norm;
mod recurrent;
pub(super) mod step;
mod training;
mod transformer;

use self::fit::Settings;
use self::model::Sequence;
use self::net::Kind;
use super::{FitError, Method, Model, Parameter, Parameters, Scale, Trainer, TrainingData, Watcher};

/// What comes next, by a network.
pub(super) const METHOD: Method = Method {
    name: "sequence",
    about: "a network that reads a history in its order and says what comes next, and counts beside it",
    parameters: &[
        whole("dim", "numbers of an item's vector", 128.0, 2.0, 1024.0),
        whole("blocks", "blocks of the network", 1.0, 0.0, 8.0),
        number(
            "recurrent",
            "1: blocks are gated recurrent units (GRU4Rec); 0: attention (SASRec)",
            0.0,
            0.0,
            1.0,
            Scale::Switch,
        ),
        whole("heads", "heads of attention; as many as divide dim at most", 2.0, 1.0, 16.0),
        whole("length", "items of a history that are read, the last ones", 50.0, 1.0, 500.0),
        whole("rounds", "times everybody's history is gone through at most", 30.0, 1.0, 1000.0),
        number("rate", "size of a step", 0.003, 1e-5, 0.1, Scale::Log),
        number("decay", "part of a weight lost in a step, times the rate", 0.0, 0.0, 10.0, Scale::Linear),
        number("dropout", "share of numbers dropped in training", 0.3, 0.0, 0.8, Scale::Linear),
        number("temperature", "what cosines are divided by in the loss", 0.1, 0.01, 1.0, Scale::Log),
        number("binary", "1: learns by gBCE, each item by itself; 0: by softmax", 0.0, 0.0, 1.0, Scale::Switch),
        number("calibration", "of gBCE: 1 for true probabilities, 0 for plain ones", 0.75, 0.0, 1.0, Scale::Linear),
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
        whole("batch", "places of histories that a step learns from", 1024.0, 32.0, 65_536.0),
        whole("window", "items begin as those met with them so closely say; 0: by chance", 3.0, 0.0, 50.0),
        whole("copies", "networks that are trained, each from another beginning; their mean counts", 3.0, 1.0, 16.0),
        number(
            "counts",
            "what counted neighbours add beside networks, whose best says 1 at most; 0: none",
            0.2,
            0.0,
            4.0,
            Scale::Linear,
        ),
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
    let kind = if parameters.is_on("recurrent") { Kind::Recurrent } else { Kind::Transformer };
    Settings {
        kind,
        dim,
        blocks: parameters.whole("blocks"),
        heads: heads.unwrap_or(1),
        length: parameters.whole("length"),
        rounds: parameters.whole("rounds"),
        rate: parameters.float("rate"),
        decay: parameters.float("decay"),
        dropout: parameters.float("dropout"),
        temperature: parameters.float("temperature"),
        binary: parameters.is_on("binary"),
        calibration: parameters.float("calibration"),
        ahead: parameters.float("ahead"),
        skipped: parameters.float("skipped"),
        negatives: parameters.whole("negatives"),
        places: parameters.whole("batch"),
        window: parameters.whole("window"),
        copies: parameters.whole("copies"),
        counts: parameters.float("counts"),
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
