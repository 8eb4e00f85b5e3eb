//! Hyper-parameters that every method of two towers has, with the defaults of each.

use super::examples::Way;
use super::training::{Loss, Settings};
use crate::recommend::{Parameter, Parameters, Scale, Trainer};

/// Defaults of the parameters that all have.
pub(in crate::recommend) struct Defaults {
    pub(in crate::recommend) factors: f64,
    pub(in crate::recommend) rounds: f64,
    pub(in crate::recommend) rate: f64,
    pub(in crate::recommend) temperature: f64,
    pub(in crate::recommend) hidden: f64,
    pub(in crate::recommend) skipped: f64,
    pub(in crate::recommend) negatives: f64,
}

/// The parameters that all have.
pub(in crate::recommend) const fn parameters(defaults: &Defaults) -> [Parameter; 9] {
    let Defaults { factors, rounds, rate, temperature, hidden, skipped, negatives } = *defaults;
    [
        number("factors", "numbers of a vector", factors, 1.0, 1024.0, Scale::Whole),
        number("rounds", "times everybody's history is gone through", rounds, 1.0, 1000.0, Scale::Whole),
        number("rate", "size of a step", rate, 1e-5, 1.0, Scale::Log),
        number("decay", "part of a vector lost in a step that met it, times the rate", 0.0, 0.0, 10.0, Scale::Linear),
        number(
            "temperature",
            "what scores of histories of length 1 are divided by in the loss",
            temperature,
            1e-3,
            10.0,
            Scale::Log,
        ),
        number(
            "hidden",
            "share of what was done at one moment that is foretold from the rest of it",
            hidden,
            0.05,
            0.95,
            Scale::Linear,
        ),
        number(
            "skipped",
            "share of a history passed over in training, another each time",
            skipped,
            0.0,
            0.8,
            Scale::Linear,
        ),
        number(
            "many",
            "how moments count that ask for many items: 0 as those that ask for one, 1 by their number",
            0.5,
            0.0,
            1.0,
            Scale::Linear,
        ),
        number(
            "negatives",
            "items drawn that a step compares with; all, if no more",
            negatives,
            1.0,
            1e6,
            Scale::Whole,
        ),
    ]
}

const fn number(name: &'static str, about: &'static str, default: f64, min: f64, max: f64, scale: Scale) -> Parameter {
    Parameter { name, about, default, min, max, scale }
}

/// The trainer of the method called `name`.
pub(in crate::recommend) fn trainer(name: &'static str, loss: Loss, chosen: &Parameters) -> Box<dyn Trainer> {
    let way = Way { hidden: chosen.get("hidden"), skipped: chosen.get("skipped"), power: chosen.float("many") };
    Box::new(Settings {
        name,
        loss,
        dim: chosen.whole("factors"),
        rounds: chosen.whole("rounds"),
        rate: chosen.float("rate"),
        decay: chosen.float("decay"),
        temperature: chosen.float("temperature"),
        negatives: chosen.whole("negatives"),
        way,
    })
}
