//! Weights of each item on few others.

use types::Row;

use super::fit::tell;
use super::linear::{
    PLACE_EXPONENT, WEIGHT_EXPONENT, chosen_weighing, known_weights, learnt_from, map_with_scratch, scale_rows, shares,
    weighing,
};
use super::weighed::Weighing;
use super::{
    Ask, FitError, Method, Model, Parameter, Parameters, Scale, Share, Sparse, Trainer, TrainingData, Watcher,
};
use crate::bytes::{Reader, Writer};

/// Ning and Karypis 2011, "SLIM: sparse linear methods for top-n recommender systems", ICDM: each item's column is rebuilt
/// from the columns of others, `min |x - Xw|^2 / 2 + shrinkage |w|_1 + regularisation |w|^2 / 2`, by coordinate descent
/// (Friedman, Hastie and Tibshirani 2010, "Regularization paths for generalized linear models via coordinate descent",
/// Journal of Statistical Software 33). Only the items met most beside an item may have a weight on it, so that items are
/// learnt one by one, in any number.
pub(super) const METHOD: Method = Method {
    name: "slim",
    about: "weights of each item on the few that foretell it; memory grows with the items, not their square",
    parameters: &[
        Parameter {
            name: "regularisation",
            about: "of the squares of weights, in units of the items' mean square",
            default: 3.0,
            min: 0.01,
            max: 1_000.0,
            scale: Scale::Log,
        },
        Parameter {
            name: "shrinkage",
            about: "of the amounts of weights, in units of the items' mean square; more makes fewer weights",
            default: 0.01,
            min: 0.0,
            max: 100.0,
            scale: Scale::Linear,
        },
        Parameter {
            name: "candidates",
            about: "items that may have a weight on an item, those nearest to it by cosine",
            default: 200.0,
            min: 1.0,
            max: 5_000.0,
            scale: Scale::Whole,
        },
        Parameter {
            name: "rounds",
            about: "times each weight is set anew at most",
            default: 10.0,
            min: 1.0,
            max: 1_000.0,
            scale: Scale::Whole,
        },
        Parameter {
            name: "user-exponent",
            about: "what a user says is divided by the number of the user's items to this power",
            default: 0.25,
            min: 0.0,
            max: 1.0,
            scale: Scale::Linear,
        },
        WEIGHT_EXPONENT,
        PLACE_EXPONENT,
    ],
    trainer: |parameters| Box::new(SlimTrainer::new(parameters)),
    decode: |bytes| Ok(Box::new(Slim::decode(bytes)?)),
};

/// Items learnt between two looks of the watcher.
const BLOCK: usize = 256;

#[derive(Debug)]
struct SlimTrainer {
    regularisation: f32,
    shrinkage: f32,
    candidates: usize,
    rounds: usize,
    user_exponent: f32,
    weight_exponent: f32,
    weighing: Weighing,
}

impl SlimTrainer {
    fn new(parameters: &Parameters) -> Self {
        Self {
            regularisation: parameters.float("regularisation"),
            shrinkage: parameters.float("shrinkage"),
            candidates: parameters.whole("candidates"),
            rounds: parameters.whole("rounds"),
            user_exponent: parameters.float("user-exponent"),
            weight_exponent: parameters.float(WEIGHT_EXPONENT.name),
            weighing: chosen_weighing(parameters),
        }
    }
}

impl Trainer for SlimTrainer {
    fn memory(&self, data: &TrainingData<'_>) -> u64 {
        let interactions = data.interactions;
        let (items, users) = (interactions.items() as u64, interactions.users() as u64);
        let weights = items * (self.candidates as u64).min(items);
        // Twice the matrix and while it is put together; the weights, turned around once; scratch of the threads.
        let threads = rayon::current_num_threads() as u64;
        4 * 8 * interactions.len() as u64 + 3 * 8 * weights + threads * (4 * users + 8 * items)
    }

    fn fit(&self, data: &TrainingData<'_>, watcher: &mut dyn Watcher) -> Result<Box<dyn Model>, FitError> {
        let mut rows = learnt_from(data.interactions, self.weight_exponent);
        scale_rows(&mut rows, self.user_exponent);
        let columns = rows.transpose();
        let squares: Vec<f32> =
            columns.iter().map(|(_, values)| values.iter().map(|value| value * value).sum()).collect();
        let met = squares.iter().filter(|square| **square > 0.0).count();
        if met == 0 {
            return Err(FitError::Nothing { expected: "items that speak for or against others" });
        }
        let unit = squares.iter().sum::<f32>() / met as f32;
        let problem = Problem {
            rows: &rows,
            columns: &columns,
            squares: &squares,
            ridge: self.regularisation * unit,
            shrinkage: self.shrinkage * unit,
            candidates: self.candidates,
            rounds: self.rounds,
        };
        let items = columns.rows();
        let mut learnt: Vec<Vec<(u32, f32)>> = Vec::with_capacity(items);
        for start in (0..items).step_by(BLOCK) {
            let block = start..items.min(start + BLOCK);
            let near = map_with_scratch(block.clone(), items, |scratch, item| problem.nearest(item, scratch));
            learnt.extend(map_with_scratch(block.clone(), rows.rows(), |residual, item| {
                problem.solve(item, &near[item - start], residual)
            }));
            tell(watcher, block.end as f64 / items as f64, None)?;
        }
        let weights = Sparse::from_rows(items, learnt).transpose();
        Ok(Box::new(Slim { weighing: self.weighing, weights }))
    }
}

/// What is minimised, for each item.
struct Problem<'a> {
    rows: &'a Sparse,
    columns: &'a Sparse,
    squares: &'a [f32],
    ridge: f32,
    shrinkage: f32,
    candidates: usize,
    rounds: usize,
}

impl Problem<'_> {
    /// The items nearest to an item by cosine (either way round: what is turned down together with it, or instead of it,
    /// tells of it too). `sums` is all 0 before and after.
    fn nearest(&self, item: usize, sums: &mut [f32]) -> Vec<u32> {
        let (users, values) = self.columns.row(item);
        let mut met: Vec<u32> = Vec::new();
        for (user, value) in users.iter().zip(values) {
            let (others, other_values) = self.rows.row(*user as usize);
            for (other, other_value) in others.iter().zip(other_values) {
                let sum = &mut sums[*other as usize];
                if *sum == 0.0 {
                    met.push(*other);
                }
                *sum += value * other_value;
            }
        }
        // An item whose sum came back to 0 on the way is listed twice: its second mention finds a sum of 0.
        let mut near: Vec<(u32, f32)> = Vec::with_capacity(met.len());
        for other in met {
            let sum = std::mem::take(&mut sums[other as usize]);
            if other as usize != item && sum != 0.0 {
                near.push((other, sum.abs() / self.squares[other as usize].sqrt()));
            }
        }
        let order = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if near.len() > self.candidates {
            near.select_nth_unstable_by(self.candidates, order);
            near.truncate(self.candidates);
        }
        near.sort_unstable_by(order);
        near.into_iter().map(|(other, _)| other).collect()
    }

    /// Weights of the candidates on an item. `residual` is all 0 before and after; between, it is what of the item's column
    /// the weights do not say.
    fn solve(&self, item: usize, candidates: &[u32], residual: &mut [f32]) -> Vec<(u32, f32)> {
        /// A round that changes no weight by more than this is the last.
        const TOLERANCE: f32 = 1e-3;
        let (users, values) = self.columns.row(item);
        users.iter().zip(values).for_each(|(user, value)| residual[*user as usize] = *value);
        let mut weights = vec![0.0f32; candidates.len()];
        for round in 0..self.rounds {
            let mut furthest = 0.0f32;
            for (candidate, weight) in candidates.iter().zip(&mut weights) {
                // After the first round, what was shrunk to nothing is looked at only every fourth time.
                if *weight == 0.0 && round % 4 != 0 {
                    continue;
                }
                let (users, values) = self.columns.row(*candidate as usize);
                let square = self.squares[*candidate as usize];
                let along: f32 = users.iter().zip(values).map(|(user, value)| value * residual[*user as usize]).sum();
                let pull = along + *weight * square;
                let next = (pull.abs() - self.shrinkage).max(0.0).copysign(pull) / (square + self.ridge);
                let change = next - *weight;
                if change != 0.0 {
                    users.iter().zip(values).for_each(|(user, value)| residual[*user as usize] -= change * value);
                    *weight = next;
                    furthest = furthest.max(change.abs());
                }
            }
            if furthest < TOLERANCE {
                break;
            }
        }
        for other in candidates.iter().copied().chain([item as u32]) {
            self.columns.row(other as usize).0.iter().for_each(|user| residual[*user as usize] = 0.0);
        }
        candidates.iter().copied().zip(weights).filter(|(_, weight)| *weight != 0.0 && weight.is_finite()).collect()
    }
}

#[derive(Clone, PartialEq, Debug)]
struct Slim {
    weighing: Weighing,
    /// Of each item, its weights on others.
    weights: Sparse,
}

impl Slim {
    fn decode(bytes: &[u8]) -> crate::Result<Self> {
        let mut input = Reader::new(bytes);
        let place_exponent = input.float()?;
        let weights = Sparse::read(&mut input)?;
        input.end()?;
        if weights.rows() != weights.columns() {
            return Err(input.fault("as many columns as rows"));
        }
        Ok(Self { weighing: weighing(place_exponent), weights })
    }
}

impl Model for Slim {
    fn name(&self) -> &'static str {
        METHOD.name
    }

    fn items(&self) -> usize {
        self.weights.rows()
    }

    fn score(&self, ask: &Ask<'_>, scores: &mut [f32]) {
        assert_eq!(scores.len(), self.items(), "a place for each item");
        scores.fill(0.0);
        for (item, said) in known_weights(&self.weighing, ask, self.items()) {
            self.weights.add_row(item.index(), said, scores);
        }
    }

    fn explain(&self, ask: &Ask<'_>, item: Row) -> Vec<Share> {
        let weights = known_weights(&self.weighing, ask, self.items());
        shares(&weights, |from| self.weights.value(from.index(), item.0))
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.float(self.weighing.place_exponent);
        self.weights.write(&mut out);
        out.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::linear::tests::check_linear;
    use crate::recommend::testing::{check_method, trained};

    #[test]
    fn what_foretells_an_item() {
        check_method(&METHOD);
        check_linear(&METHOD, &[]);
        let model = trained(&METHOD, &[("regularisation", 0.1)], &["a b", "a b", "c d", "c d", "a c"]);
        assert!(model.answer("a").starts_with("b ") && model.answer("d").starts_with('c'));
    }

    #[test]
    fn candidates_bound_the_weights() {
        let model = trained(&METHOD, &[("regularisation", 0.1), ("candidates", 1.0)], &["a b", "a b", "b c", "a"]);
        assert_eq!((model.answer("a").as_str(), model.answer("b").as_str()), ("b", "a c"));
    }

    /// With all items as candidates and no shrinkage, a column solves its normal equations.
    #[test]
    fn descent_reaches_the_closed_form() {
        let rows = Sparse::from_rows(
            3,
            [vec![(0, 1.0), (1, 1.0)], vec![(0, 1.0), (1, 1.0), (2, 1.0)], vec![(1, 1.0), (2, -1.0)], vec![(0, 1.0)]],
        );
        let columns = rows.transpose();
        let squares = [3.0, 3.0, 2.0];
        let problem = Problem {
            rows: &rows,
            columns: &columns,
            squares: &squares,
            ridge: 1.0,
            shrinkage: 0.0,
            candidates: 3,
            rounds: 100,
        };
        let weights = problem.solve(0, &problem.nearest(0, &mut [0.0; 3]), &mut [0.0; 4]);
        // (3 + 1) w1 + 0 w2 = 2 and 0 w1 + (2 + 1) w2 = 1.
        let of = |item: u32| weights.iter().find(|(other, _)| *other == item).unwrap().1;
        assert!((of(1) - 0.5).abs() < 1e-3 && (of(2) - 1.0 / 3.0).abs() < 1e-3, "{weights:?}");
    }
}
