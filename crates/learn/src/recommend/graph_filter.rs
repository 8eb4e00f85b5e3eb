//! Filters on the graph of users and items, in closed form.

use types::Row;

use super::fit::tell;
use super::lanes::plain_dot;
use super::linear::{
    PLACE_EXPONENT, WEIGHT_EXPONENT, chosen_weighing, inverse_power, known_weights, learnt_from, row_amounts, shares,
    weighing,
};
use super::truncated_svd::{SvdConfig, TruncatedSvd};
use super::weighed::Weighing;
use super::{
    Ask, FitError, Method, Model, Parameter, Parameters, Scale, Share, Sparse, Trainer, TrainingData, Watcher,
};
use crate::bytes::{Reader, Writer};

/// A history is spread over the graph of who wanted what and comes back as scores. With `A` the interactions divided by
/// powers of what users and items sum up to and by the largest singular value, `P = A'A`, and `L` the projection on the
/// first singular vectors, every kind is `(1 - sharpening P)(P + low_pass L)`, between powers of the items' amounts:
///
/// 0. `bspm`: Choi, Hong, Park and Cho 2023, "Blurring-sharpening process models for collaborative filtering", SIGIR: blurred by both
///    filters (early merge), then sharpened by one Euler step of the heat equation run backwards.
/// 1. `gf-cf`: Shen et al. 2021, "How powerful is graph convolution for recommendation?", CIKM: without sharpening.
/// 2. `turbo-cf`: Park et al. 2024, "Turbo-CF: matrix decomposition-free graph filtering for fast recommendation", SIGIR:
///    the second-order filter `2P - P^2`, no singular vectors (without the paper's power of single entries of `P`, for
///    which `P` would have to be held).
/// 3. `rp3beta`: Paudel, Christoffel, Newell and Bernstein 2017, "Updatable, accurate, diverse, and scalable recommendations for
///    interactive applications", TiiS 7: a walk of three steps; its alpha is twice the user exponent, its beta
///    1/2 - popularity.
pub(super) const METHOD: Method = Method {
    name: "graph-filter",
    about: "filters on the graph of users and items in closed form; trained in seconds, new users at once",
    parameters: &[
        Parameter {
            name: "kind",
            about: "0 blurring and sharpening (BSPM), 1 GF-CF, 2 Turbo-CF, 3 RP3beta",
            default: 0.0,
            min: 0.0,
            max: 3.0,
            scale: Scale::Whole,
        },
        Parameter {
            name: "factors",
            about: "singular vectors of the low-pass filter; 0 takes one for 32 items, 1024 at most and fewer for large catalogues",
            default: 0.0,
            min: 0.0,
            max: 4_096.0,
            scale: Scale::Whole,
        },
        Parameter {
            name: "low-pass",
            about: "weight of the low-pass filter",
            default: 0.3,
            min: 0.0,
            max: 10.0,
            scale: Scale::Linear,
        },
        Parameter {
            name: "sharpening",
            about: "length of the sharpening step",
            default: 0.7,
            min: 0.0,
            max: 1.0,
            scale: Scale::Linear,
        },
        Parameter {
            name: "user-exponent",
            about: "a user's interactions are divided by their sum to this power",
            default: 0.4,
            min: 0.0,
            max: 1.0,
            scale: Scale::Linear,
        },
        Parameter {
            name: "popularity",
            about: "scores are multiplied by an item's sum of interactions to this power",
            default: 0.1,
            min: -1.0,
            max: 1.0,
            scale: Scale::Linear,
        },
        WEIGHT_EXPONENT,
        PLACE_EXPONENT,
    ],
    trainer: |parameters| Box::new(GraphFilterTrainer::new(parameters)),
    decode: |bytes| Ok(Box::new(GraphFilter::decode(bytes)?)),
};

#[derive(Debug)]
struct GraphFilterTrainer {
    shape: Shape,
    has_vectors: bool,
    factors: usize,
    user_exponent: f32,
    weight_exponent: f32,
    weighing: Weighing,
}

impl GraphFilterTrainer {
    fn new(parameters: &Parameters) -> Self {
        let (kind, user_exponent) = (parameters.whole("kind"), parameters.float("user-exponent"));
        let to_exponent = parameters.float("popularity");
        let plain = Shape { from_exponent: 0.0, to_exponent, low_pass: 0.0, sharpening: 0.0 };
        let (low_pass, sharpening) = (parameters.float("low-pass"), parameters.float("sharpening"));
        let shape = match kind {
            0 => Shape { low_pass, sharpening, ..plain },
            1 => Shape { low_pass, ..plain },
            2 => Shape { sharpening: 0.5, ..plain },
            _ => Shape { from_exponent: 0.5 - 2.0 * user_exponent, ..plain },
        };
        Self {
            shape,
            has_vectors: shape.low_pass > 0.0,
            factors: parameters.whole("factors"),
            user_exponent,
            weight_exponent: parameters.float(WEIGHT_EXPONENT.name),
            weighing: chosen_weighing(parameters),
        }
    }

    /// Singular vectors for this many items; one is always needed for the largest singular value.
    fn rank(&self, items: usize) -> usize {
        match (self.has_vectors, self.factors) {
            (false, _) => 1,
            (true, 0) => (items / 32).min(VECTORS_MAX).min(NUMBERS_MAX / items.max(1)).max(1),
            (true, factors) => factors,
        }
    }

    fn svd(&self, items: usize, seed: u64) -> SvdConfig {
        SvdConfig { rank: self.rank(items).min(items), rounds: 4, seed }
    }
}

/// Singular vectors where nobody chose how many. More are better still (gowalla, validation, Recall@20/NDCG@20: 256 .2158/.1256,
/// 512 .2193/.1301, 1,024 .2222/.1333), but each costs time to train and to ask.
const VECTORS_MAX: usize = 1_024;
/// Their numbers, at most: 192 MiB.
const NUMBERS_MAX: usize = 48 << 20;

impl Trainer for GraphFilterTrainer {
    fn memory(&self, data: &TrainingData<'_>) -> u64 {
        let (items, entries) = (data.interactions.items(), data.interactions.len());
        let svd = self.svd(items, data.seed).memory(data.interactions.users(), items, entries);
        svd + 4 * 8 * entries as u64
    }

    fn fit(&self, data: &TrainingData<'_>, watcher: &mut dyn Watcher) -> Result<Box<dyn Model>, FitError> {
        let mut paths = learnt_from(data.interactions, self.weight_exponent);
        if paths.is_empty() {
            return Err(FitError::Nothing { expected: "items that speak for or against others" });
        }
        let amounts = row_amounts(&paths.transpose());
        let of_users: Vec<f32> =
            row_amounts(&paths).into_iter().map(|amount| inverse_power(amount, self.user_exponent)).collect();
        let of_items: Vec<f32> = amounts.iter().map(|amount| inverse_power(*amount, 0.5)).collect();
        paths.scale(&of_users, &of_items);
        let met = amounts.iter().filter(|amount| **amount > 0.0).count();
        let svd = TruncatedSvd::of(&paths, self.svd(met, data.seed), &mut |done| tell(watcher, 0.99 * done, None))?;
        let Some(largest) = svd.values.first().copied().filter(|largest| *largest > 0.0) else {
            return Err(FitError::Diverged { what: "the interactions have no singular value above 0".to_owned() });
        };
        paths = paths.filter_map(|value| Some(value / largest));
        let vectors = if self.has_vectors { svd.right } else { Vec::new() };
        tell(watcher, 1.0, None)?;
        Ok(Box::new(GraphFilter::new(self.shape, self.weighing, paths, amounts, vectors)))
    }
}

/// A filter's numbers.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Shape {
    /// What an item of the history says is multiplied by its amount to this power.
    from_exponent: f32,
    /// Scores are multiplied by the item's amount to this power.
    to_exponent: f32,
    /// Weight of the projection on the singular vectors.
    low_pass: f32,
    /// Length of the step back.
    sharpening: f32,
}

#[derive(Clone, PartialEq, Debug)]
struct GraphFilter {
    shape: Shape,
    weighing: Weighing,
    /// Users x items: the matrix `A`.
    paths: Sparse,
    /// Sum of the amounts of each item's interactions.
    amounts: Vec<f32>,
    /// Of each item its place in each singular vector; empty without a low-pass filter.
    vectors: Vec<f32>,
    factors: usize,
    from: Vec<f32>,
    to: Vec<f32>,
    roots: Vec<f32>,
}

impl GraphFilter {
    fn new(shape: Shape, weighing: Weighing, paths: Sparse, amounts: Vec<f32>, vectors: Vec<f32>) -> Self {
        let power =
            |exponent: f32| amounts.iter().map(|amount| inverse_power(*amount, -exponent)).collect::<Vec<f32>>();
        let (from, to, roots) = (power(shape.from_exponent), power(shape.to_exponent), power(0.5));
        let factors = vectors.len() / amounts.len().max(1);
        Self { shape, weighing, paths, amounts, vectors, factors, from, to, roots }
    }

    /// `P x`: from items to the users who wanted them and on to what these wanted.
    ///
    /// In 64 bits like all between history and score: what filters take from each other all but cancels for some items, and
    /// shares have to add up for these too.
    fn spread(&self, from: &[f64]) -> Vec<f64> {
        let mut to = vec![0.0; from.len()];
        for (items, values) in self.paths.iter() {
            let met: f64 = items.iter().zip(values).map(|(item, value)| f64::from(*value) * from[*item as usize]).sum();
            if met != 0.0 {
                items.iter().zip(values).for_each(|(item, value)| to[*item as usize] += met * f64::from(*value));
            }
        }
        to
    }

    /// `(1 - sharpening P) x`.
    fn sharpen(&self, mut blurred: Vec<f64>) -> Vec<f64> {
        if self.shape.sharpening > 0.0 {
            let step = f64::from(self.shape.sharpening);
            let again = self.spread(&blurred);
            blurred.iter_mut().zip(again).for_each(|(value, again)| *value -= step * again);
        }
        blurred
    }

    /// An item's place in the space of the singular vectors.
    fn vector(&self, item: usize) -> &[f32] {
        &self.vectors[item * self.factors..(item + 1) * self.factors]
    }

    /// The sum of items' vectors, each times a number.
    fn project(&self, items: impl Iterator<Item = (usize, f64)>) -> Vec<f64> {
        let mut sum = vec![0.0f64; self.factors];
        for (item, weight) in items.filter(|(_, weight)| *weight != 0.0) {
            sum.iter_mut().zip(self.vector(item)).for_each(|(sum, value)| *sum += weight * f64::from(*value));
        }
        sum
    }

    /// What an item is multiplied with on its way to the singular vectors.
    fn over_root(&self, item: usize) -> f64 {
        f64::from(inverse_power(self.amounts[item], 0.5))
    }

    fn decode(bytes: &[u8]) -> crate::Result<Self> {
        let mut input = Reader::new(bytes);
        let shape = Shape {
            from_exponent: input.float()?,
            to_exponent: input.float()?,
            low_pass: input.float()?,
            sharpening: input.float()?,
        };
        let place_exponent = input.float()?;
        let paths = Sparse::read(&mut input)?;
        let (amounts, vectors) = (input.floats()?, input.floats()?);
        input.end()?;
        if amounts.len() != paths.columns() || vectors.len() % amounts.len().max(1) != 0 {
            return Err(input.fault("an amount and a vector for each item"));
        }
        Ok(Self::new(shape, weighing(place_exponent), paths, amounts, vectors))
    }
}

impl Model for GraphFilter {
    fn name(&self) -> &'static str {
        METHOD.name
    }

    fn items(&self) -> usize {
        self.amounts.len()
    }

    fn score(&self, ask: &Ask<'_>, scores: &mut [f32]) {
        assert_eq!(scores.len(), self.items(), "a place for each item");
        scores.fill(0.0);
        let weights = known_weights(&self.weighing, ask, self.items());
        if weights.is_empty() {
            return;
        }
        let mut start = vec![0.0; scores.len()];
        for (item, weight) in &weights {
            start[item.index()] += f64::from(weight * self.from[item.index()]);
        }
        let mut blurred = self.spread(&start);
        if self.factors > 0 {
            let low_pass = f64::from(self.shape.low_pass);
            let into = |item: usize, weight: f32| (item, low_pass * f64::from(weight) * self.over_root(item));
            let point = self.project(weights.iter().map(|(item, weight)| into(item.index(), *weight)));
            for (item, value) in blurred.iter_mut().enumerate() {
                *value += f64::from(self.roots[item]) * plain_dot(&point, self.vector(item));
            }
        }
        let sharpened = self.sharpen(blurred);
        let finished = sharpened.iter().zip(&self.to).map(|(value, to)| (value * f64::from(*to)) as f32);
        scores.iter_mut().zip(finished).for_each(|(score, value)| *score = value);
    }

    fn explain(&self, ask: &Ask<'_>, item: Row) -> Vec<Share> {
        if item.index() >= self.items() {
            return Vec::new();
        }
        // The filter read backwards: what each item of a history would say of this one.
        let mut target = vec![0.0; self.items()];
        target[item.index()] = f64::from(self.to[item.index()]);
        let sharpened = self.sharpen(target);
        let spread = self.spread(&sharpened);
        let out_of = |(item, value): (usize, &f64)| (item, value * f64::from(self.roots[item]));
        let point = self.project(sharpened.iter().enumerate().map(out_of));
        shares(&known_weights(&self.weighing, ask, self.items()), |from| {
            let from = from.index();
            let low = f64::from(self.shape.low_pass) * self.over_root(from);
            (f64::from(self.from[from]) * spread[from] + low * plain_dot(&point, self.vector(from))) as f32
        })
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        let shape = self.shape;
        let numbers =
            [shape.from_exponent, shape.to_exponent, shape.low_pass, shape.sharpening, self.weighing.place_exponent];
        numbers.into_iter().for_each(|number| out.float(number));
        self.paths.write(&mut out);
        out.floats(&self.amounts);
        out.floats(&self.vectors);
        out.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::linear::tests::check_linear;
    use crate::recommend::testing::{check_method, trained};

    #[test]
    fn every_kind_reaches_what_others_wanted_too() {
        check_method(&METHOD);
        for kind in 0..4 {
            let kind = [("kind", f64::from(kind))];
            check_linear(&METHOD, &kind);
            let model = trained(&METHOD, &kind, &["a b", "a b", "c d", "c d", "a c"]);
            assert!(model.answer("a").starts_with("b ") && model.answer("d").starts_with('c'), "{kind:?}");
        }
    }

    #[test]
    fn more_factors_than_items() {
        let model = trained(&METHOD, &[("factors", 4_096.0)], &["a b", "b c", "a b c"]);
        assert_eq!(model.answer("a").split(' ').count(), 2);
    }
}
