//! Matrix factorisation for implicit feedback by alternating least squares.

mod solver;

use types::Rng;

use self::solver::{Fixed, LANES};
use super::factors::{Confidence, FactorModel, FoldIn, Regularisation, Ridge, Vectors};
use super::fit::tell;
use super::{FitError, Method, Model, Parameter, Parameters, Scale, Sparse, Trainer, TrainingData, Watcher};

/// Alternating least squares with regularisation by frequency.
pub(super) const METHOD: Method = Method {
    name: "ials",
    about: "matrix factorisation by alternating least squares, new histories folded in exactly",
    parameters: &[
        Parameter {
            name: "factors",
            about: "numbers of an item's vector, rounded up to a multiple of 16",
            default: 256.0,
            min: 1.0,
            max: 2048.0,
            scale: Scale::Whole,
        },
        Parameter {
            name: "unobserved-weight",
            about: "weight of all that users did not touch together, beside 1 for all that they did",
            default: 10.0,
            min: 1e-3,
            max: 1e4,
            scale: Scale::Log,
        },
        Parameter {
            name: "regularization",
            about: "pull of vectors towards 0, for one whose frequency counts 1",
            default: 0.005,
            min: 1e-8,
            max: 1000.0,
            scale: Scale::Log,
        },
        Parameter {
            name: "regularization-exponent",
            about: "how regularisation grows with the frequency of users and items; 0 for alike",
            default: 1.0,
            min: 0.0,
            max: 2.0,
            scale: Scale::Linear,
        },
        Parameter {
            name: "iterations",
            about: "times users and items are solved in turn",
            default: 12.0,
            min: 1.0,
            max: 200.0,
            scale: Scale::Whole,
        },
        Parameter {
            name: "steps",
            about: "conjugate-gradient steps a solution",
            default: 3.0,
            min: 1.0,
            max: 100.0,
            scale: Scale::Whole,
        },
        Parameter {
            name: "decay",
            about: "how much an item of a history counts of what the one touched after it does",
            default: 0.8,
            min: 0.0,
            max: 1.0,
            scale: Scale::Linear,
        },
    ],
    trainer: |parameters| Box::new(IalsTrainer::new(parameters)),
    decode: |bytes| Ok(Box::new(FactorModel::<FoldIn>::decode(METHOD.name, bytes)?)),
};

/// Rows solved between two looks at the watcher.
const STRETCH: usize = 8_192;

#[derive(Clone, Debug)]
struct IalsTrainer {
    dims: usize,
    /// Of all pairs together.
    unobserved: f32,
    regularization: f32,
    exponent: f32,
    iterations: usize,
    steps: usize,
    decay: f32,
}

impl IalsTrainer {
    fn new(parameters: &Parameters) -> Self {
        Self {
            dims: parameters.whole("factors").next_multiple_of(LANES),
            unobserved: parameters.float("unobserved-weight"),
            regularization: parameters.float("regularization"),
            exponent: parameters.float("regularization-exponent"),
            iterations: parameters.whole("iterations"),
            steps: parameters.whole("steps"),
            decay: parameters.float("decay"),
        }
    }

    /// What regularises a side, the other one of which has `others` vectors.
    fn regularisation(&self, unobserved: f32, others: usize) -> Regularisation {
        Regularisation { strength: self.regularization, all: unobserved * others as f32, exponent: self.exponent }
    }

    /// Solves every vector of one side.
    fn half(&self, side: &mut Side<'_>, other: &[f32], unobserved: f32, tell: &mut Tell<'_>) -> Result<(), FitError> {
        let fixed = Fixed::new(other, self.dims, unobserved);
        if (0..self.dims).any(|dim| !fixed.gram[dim * (self.dims + 1)].is_finite()) {
            let what = "a vector is not finite; a larger regularization may help".to_owned();
            return Err(FitError::Diverged { what });
        }
        let stretches = side.vectors.chunks_mut(STRETCH * self.dims).zip(side.ridge.chunks(STRETCH)).enumerate();
        for (stretch, (vectors, ridge)) in stretches {
            fixed.improve(side.observed, stretch * STRETCH, vectors, ridge, self.steps);
            tell(ridge.len())?;
        }
        Ok(())
    }
}

/// Hears how many rows were solved.
type Tell<'a> = dyn FnMut(usize) -> Result<(), FitError> + 'a;

/// Users or items.
struct Side<'a> {
    observed: &'a Sparse,
    ridge: Vec<f32>,
    vectors: Vec<f32>,
}

impl<'a> Side<'a> {
    /// Vectors of numbers near 0: the larger the start, the longer it takes to forget it (Rendle and others 2022, section 4.3).
    fn new(observed: &'a Sparse, dims: usize, regularisation: Regularisation, rng: &mut Rng) -> Self {
        let deviation = 0.1 / (dims as f64).sqrt();
        // Even draws of that deviation: several times as fast as normal ones, and forgotten as soon.
        let spread = deviation * 12f64.sqrt();
        let vectors = (0..observed.rows() * dims).map(|_| (spread * (rng.unit() - 0.5)) as f32).collect();
        let ridge = observed.iter().map(|(places, _)| regularisation.of(places.len())).collect();
        Self { observed, ridge, vectors }
    }
}

impl Trainer for IalsTrainer {
    fn memory(&self, data: &TrainingData<'_>) -> u64 {
        let (users, items, entries) = (data.interactions.users(), data.interactions.items(), data.interactions.len());
        let batches = rayon::current_num_threads() * 64 * 4 * self.dims;
        // Pairs of both directions, while the first ones grow; vectors of both sides; the model's bytes beside them.
        let pairs = 8 * (3 * entries + 2 * (users + items));
        let vectors = 4 * self.dims * (users + 2 * items);
        (pairs + vectors + 4 * batches + 16 * self.dims * self.dims) as u64
    }

    fn fit(&self, data: &TrainingData<'_>, watcher: &mut dyn Watcher) -> Result<Box<dyn Model>, FitError> {
        let raw = data.interactions.matrix();
        let confidence = Confidence::of_matrix(&raw);
        let by_user = raw.filter_map(|weight| Some(confidence.of(weight)).filter(|confidence| *confidence != 0.0));
        drop(raw);
        let by_item = by_user.transpose();
        let (users, items) = (by_user.rows(), by_item.rows());
        // A weight a pair is of use for one shop only: what was tuned for others lies between 10 and 20 times what they
        // observed, from a twentieth of a percent of all pairs to some percent.
        let unobserved = self.unobserved * (by_user.len() as f64 / (users as f64 * items as f64)) as f32;
        let mut rng = Rng::new(data.seed);
        let mut user_side = Side::new(&by_user, self.dims, self.regularisation(unobserved, items), &mut rng);
        let mut item_side = Side::new(&by_item, self.dims, self.regularisation(unobserved, users), &mut rng);

        let (mut solved, all) = (0, self.iterations * (users + items));
        let mut told = |rows: usize| {
            solved += rows;
            tell(watcher, solved as f64 / all as f64, None)
        };
        for _ in 0..self.iterations {
            self.half(&mut user_side, &item_side.vectors, unobserved, &mut told)?;
            self.half(&mut item_side, &user_side.vectors, unobserved, &mut told)?;
        }
        let vectors = Vectors { dims: self.dims, numbers: item_side.vectors };
        if !vectors.numbers.iter().all(|number| number.is_finite()) {
            return Err(FitError::Diverged { what: "a vector is not finite".to_owned() });
        }
        let ridge = Ridge::new(&vectors, unobserved, self.regularisation(unobserved, items));
        let fold_in = FoldIn { confidence, decay: self.decay, ridge: Some(ridge), pulls: Vec::new(), biases: None };
        Ok(Box::new(FactorModel::new(METHOD.name, vectors, fold_in)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::testing::{check_kinds, check_method};

    #[test]
    fn what_goes_together_is_recommended() {
        check_method(&METHOD);
        assert_eq!(check_kinds(&METHOD, &[("factors", 16.0)]).answer(""), "");
    }
}
