//! The largest singular values of users x items: a history is projected on the items' part.

use super::factors::{Biases, Confidence, FactorModel, FoldIn, Vectors};
use super::fit::tell;
use super::truncated_svd::{SvdConfig, TruncatedSvd};
use super::{FitError, Method, Model, Parameter, Parameters, Scale, Trainer, TrainingData, Watcher};

/// A truncated singular value decomposition of what users did, absent pairs being 0 (Cremonesi, Koren and Turrin 2010,
/// "Performance of recommender algorithms on top-N recommendation tasks", RecSys: PureSVD), of scaled pairs so that what is
/// popular does not take all directions (Nikolakopoulos, Kalantzis, Gallopoulos and Garofalakis 2019, "EigenRec", KAIS).
pub(super) const METHOD: Method = Method {
    name: "svd",
    about: "truncated singular value decomposition of scaled interactions; biases for ratings",
    parameters: &[
        Parameter {
            name: "factors",
            about: "singular values kept",
            default: 128.0,
            min: 1.0,
            max: 2048.0,
            scale: Scale::Whole,
        },
        Parameter {
            name: "user-scaling",
            about: "power of a user's sum of weights that its weights are divided by",
            default: 0.5,
            min: 0.0,
            max: 1.0,
            scale: Scale::Linear,
        },
        Parameter {
            name: "item-scaling",
            about: "power of an item's sum of weights that its weights are divided by",
            default: 0.5,
            min: 0.0,
            max: 1.0,
            scale: Scale::Linear,
        },
        Parameter {
            name: "rounds",
            about: "times the matrix and its transpose are applied",
            default: 4.0,
            min: 1.0,
            max: 100.0,
            scale: Scale::Whole,
        },
        Parameter {
            name: "biases",
            about: "1 takes the means of users and items from the weights first, for ratings",
            default: 0.0,
            min: 0.0,
            max: 1.0,
            scale: Scale::Switch,
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
    trainer: |parameters| Box::new(SvdTrainer::new(parameters)),
    decode: |bytes| Ok(Box::new(FactorModel::<FoldIn>::decode(METHOD.name, bytes)?)),
};

#[derive(Clone, Debug)]
struct SvdTrainer {
    factors: usize,
    rounds: usize,
    user_scaling: f32,
    item_scaling: f32,
    has_biases: bool,
    decay: f32,
}

impl SvdTrainer {
    fn new(parameters: &Parameters) -> Self {
        Self {
            factors: parameters.whole("factors"),
            rounds: parameters.whole("rounds"),
            user_scaling: parameters.float("user-scaling"),
            item_scaling: parameters.float("item-scaling"),
            has_biases: parameters.is_on("biases"),
            decay: parameters.float("decay"),
        }
    }

    fn config(&self, seed: u64) -> SvdConfig {
        SvdConfig { rank: self.factors, rounds: self.rounds, seed }
    }
}

impl Trainer for SvdTrainer {
    fn memory(&self, data: &TrainingData<'_>) -> u64 {
        let (users, items, entries) = (data.interactions.users(), data.interactions.items(), data.interactions.len());
        let pairs = 8 * (3 * entries + users + items);
        let decomposition = self.config(0).memory(users, items, entries);
        pairs as u64 + decomposition + (4 * items * self.factors) as u64
    }

    fn fit(&self, data: &TrainingData<'_>, watcher: &mut dyn Watcher) -> Result<Box<dyn Model>, FitError> {
        let raw = data.interactions.matrix();
        let confidence = Confidence::of_matrix(&raw);
        let mut matrix = raw.filter_map(|weight| Some(confidence.of(weight)).filter(|confidence| *confidence != 0.0));
        drop(raw);
        let biases = self.has_biases.then(|| Biases::of(&matrix));
        // Sizes of the weights as they were: what the biases leave may well be 0.
        let sizes = matrix.filter_map(|weight| Some(weight.abs()));
        let item_sizes = sizes.transpose().row_sums();
        if let Some(biases) = &biases {
            matrix = biases.residuals(&matrix);
        }
        let power = |sizes: Vec<f32>, power: f32| -> Vec<f32> {
            sizes.into_iter().map(|size| if size > 0.0 { size.powf(power) } else { 0.0 }).collect()
        };
        let users = power(sizes.row_sums(), -self.user_scaling);
        drop(sizes);
        matrix.scale(&users, &power(item_sizes.clone(), -self.item_scaling));
        let found = TruncatedSvd::of(&matrix, self.config(data.seed), &mut |done| tell(watcher, done, None))?;
        let vectors = vectors(&found, &power(item_sizes.clone(), self.item_scaling), biases.as_ref());
        let pulls = power(item_sizes, -2.0 * self.item_scaling);
        let fold_in = FoldIn { confidence, decay: self.decay, ridge: None, pulls, biases };
        Ok(Box::new(FactorModel::new(METHOD.name, vectors, fold_in)))
    }
}

/// The items' vectors, scaled back; last their biases, where there are any.
fn vectors(found: &TruncatedSvd, scales: &[f32], biases: Option<&Biases>) -> Vectors {
    let rank = found.values.len();
    let dims = (rank + usize::from(biases.is_some())).max(1);
    let mut numbers = vec![0.0; scales.len() * dims];
    for (item, vector) in numbers.chunks_exact_mut(dims).enumerate() {
        for (number, right) in vector.iter_mut().zip(found.right.iter().skip(item * rank).take(rank)) {
            *number = scales[item] * right;
        }
        if let Some(biases) = biases {
            vector[rank] = biases.items[item];
        }
    }
    Vectors { dims, numbers }
}

#[cfg(test)]
mod tests {
    use types::{Millis, Row, Signal};

    use super::*;
    use crate::recommend::testing::{check_kinds, check_method, history, signal};
    use crate::recommend::{Ask, Interactions, ItemContents, train};

    #[test]
    fn what_goes_together_is_recommended() {
        check_method(&METHOD);
        check_kinds(&METHOD, &[("factors", 2.0)]);
    }

    #[test]
    fn ratings_are_looked_at_beside_their_means() {
        // Items 0 to 2 please one half of the users, 3 to 5 the other half; everything was rated, so absence says nothing.
        let rate = |user: u32, item: u32| {
            let strength = if user.is_multiple_of(2) == (item < 3) { 5.0 } else { 1.0 };
            Signal { strength, ..signal(user, item, i64::from(item)) }
        };
        let signals: Vec<Signal> =
            (0..8).flat_map(|user| (0..6).map(move |item| (user, item))).map(|(user, item)| rate(user, item)).collect();
        let interactions = Interactions::from_signals(&signals, 6);
        let data = TrainingData { interactions: &interactions, items: &ItemContents::default(), seed: 1 };
        let mut parameters = Parameters::new(METHOD.parameters);
        parameters.set("biases", 1.0).unwrap();
        let model = train(&METHOD, &parameters, &data, None, &mut ()).unwrap();
        let mut scores = vec![0.0; 6];
        let mut seen = history(&[0, 3]);
        (seen[0].weight, seen[1].weight) = (1.0, 5.0);
        model.score(&Ask { history: &seen, now: Millis(0) }, &mut scores);
        assert!(scores[4] > scores[1] + 0.1, "{scores:?}");
        let sum: f32 =
            model.explain(&Ask { history: &seen, now: Millis(0) }, Row(4)).iter().map(|share| share.part).sum();
        assert!((sum - scores[4]).abs() < 1e-5, "{sum} {scores:?}");
    }
}
