//! What the factor models share: items are points, a history is turned into a point among them when it is asked, and a
//! score is the product of both.

mod fold_in;
mod scan;

use std::fmt::Debug;

use types::{Row, Touch};

pub(super) use fold_in::{Biases, Confidence, FoldIn, Regularisation, Ridge};
use scan::Scan;

use super::{Ask, ItemContents, Model, Share, sort_shares};
use crate::bytes::{Reader, Writer};

/// Turns a history into a point among the vectors of items.
pub(super) trait Fold: Sized + Send + Sync + Debug {
    /// The point; `None` where the history says nothing.
    fn point(&self, vectors: &Vectors, history: &[Touch]) -> Option<Vec<f32>>;

    /// What each item of a history adds to the score of an item, exactly.
    fn parts(&self, vectors: &Vectors, history: &[Touch], item: Row) -> Vec<Share>;

    /// Vectors of items that came after training; `None` where contents say nothing.
    fn new_vectors(&self, _contents: &ItemContents, _items: usize) -> Option<Vectors> {
        None
    }

    /// Writes all but the vectors.
    fn encode(&self, out: &mut Writer);

    /// Reads what [`Fold::encode`] wrote.
    fn decode(input: &mut Reader<'_>, vectors: &Vectors) -> crate::Result<Self>;
}

/// A model whose score is the product of an item's vector with that of a history.
#[derive(Debug)]
pub(super) struct FactorModel<F> {
    name: &'static str,
    vectors: Vectors,
    fold_in: F,
    scan: Option<Scan>,
}

impl<F: Fold> FactorModel<F> {
    pub(super) fn new(name: &'static str, vectors: Vectors, fold_in: F) -> Self {
        let scan = Scan::new(&vectors);
        Self { name, vectors, fold_in, scan }
    }

    pub(super) fn decode(name: &'static str, bytes: &[u8]) -> crate::Result<Self> {
        let mut input = Reader::new(bytes);
        let dims = input.number()? as usize;
        let numbers = input.floats()?;
        if dims == 0 || numbers.len() % dims != 0 {
            return Err(input.fault("vectors of that many numbers"));
        }
        let vectors = Vectors { dims, numbers };
        let fold_in = F::decode(&mut input, &vectors)?;
        input.end()?;
        Ok(Self::new(name, vectors, fold_in))
    }
}

impl<F: Fold> Model for FactorModel<F> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn items(&self) -> usize {
        self.vectors.len()
    }

    fn score(&self, ask: &Ask<'_>, scores: &mut [f32]) {
        assert_eq!(scores.len(), self.items(), "a place an item");
        match self.fold_in.point(&self.vectors, ask.history) {
            Some(point) => self.vectors.multiply(&point, scores),
            None => scores.fill(0.0),
        }
    }

    fn recommend(&self, ask: &Ask<'_>, limit: usize, is_open: &dyn Fn(Row) -> bool) -> Vec<(Row, f32)> {
        let Some(point) = self.fold_in.point(&self.vectors, ask.history) else { return Vec::new() };
        if let Some(scan) = &self.scan {
            return scan.best(&self.vectors, &point, limit, is_open);
        }
        let mut scores = vec![0.0; self.items()];
        self.vectors.multiply(&point, &mut scores);
        super::top(&scores, limit, is_open)
    }

    fn explain(&self, ask: &Ask<'_>, item: Row) -> Vec<Share> {
        if item.index() >= self.items() {
            return Vec::new();
        }
        let mut shares = self.fold_in.parts(&self.vectors, ask.history, item);
        sort_shares(&mut shares);
        shares
    }

    fn score_new(&self, ask: &Ask<'_>, contents: &ItemContents, items: usize) -> Option<Vec<f32>> {
        let vectors = self.fold_in.new_vectors(contents, items)?;
        let mut scores = vec![0.0; items];
        if let Some(point) = self.fold_in.point(&self.vectors, ask.history) {
            vectors.multiply(&point, &mut scores);
        }
        Some(scores)
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.number(self.vectors.dims as u64);
        out.floats(&self.vectors.numbers);
        self.fold_in.encode(&mut out);
        out.0
    }
}

/// A vector an item, one after another.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Vectors {
    /// Numbers of a vector, at least one.
    pub(super) dims: usize,
    /// The numbers of all.
    pub(super) numbers: Vec<f32>,
}

impl Vectors {
    pub(super) fn len(&self) -> usize {
        self.numbers.len() / self.dims
    }

    pub(super) fn of(&self, item: usize) -> &[f32] {
        &self.numbers[item * self.dims..(item + 1) * self.dims]
    }

    /// The product of an item's vector with a point.
    fn product(&self, item: usize, point: &[f32]) -> f32 {
        let mut product = [0.0];
        multiply(self.dims, self.of(item), point, &mut product);
        product[0]
    }

    /// The product of each vector with a point.
    fn multiply(&self, point: &[f32], products: &mut [f32]) {
        multiply(self.dims, &self.numbers, point, products);
    }
}

/// The product of each of some vectors with a point.
fn multiply(dims: usize, vectors: &[f32], point: &[f32], products: &mut [f32]) {
    struct Products<'a>(usize, &'a [f32], &'a [f32], &'a mut [f32]);
    impl pulp::WithSimd for Products<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: pulp::Simd>(self, simd: S) {
            let Self(dims, vectors, point, products) = self;
            for (vector, product) in vectors.chunks_exact(dims).zip(products) {
                *product = super::lanes::dot(simd, vector, point);
            }
        }
    }
    pulp::Arch::new().dispatch(Products(dims, vectors, point, products));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop, prop_assert, proptest};
    use types::{Millis, Signal};

    use super::*;
    use crate::recommend::testing::{history, signal};
    use crate::recommend::{Interactions, Method, Parameters, TrainingData, bpr, ials, svd, train, two_tower};

    const QUICK: [(&Method, &str, f64); 4] = [
        (&ials::METHOD, "iterations", 3.0),
        (&svd::METHOD, "rounds", 3.0),
        (&bpr::METHOD, "rounds", 3.0),
        (&two_tower::METHOD, "rounds", 3.0),
    ];

    fn fitted(method: &Method, shorter: (&str, f64), signals: &[Signal], items: usize) -> Box<dyn Model> {
        let interactions = Interactions::from_signals(signals, items);
        let data = TrainingData { interactions: &interactions, items: &ItemContents::default(), seed: 1 };
        let mut parameters = Parameters::new(method.parameters);
        parameters.set("factors", 16.0).unwrap();
        parameters.set(shorter.0, shorter.1).unwrap();
        train(method, &parameters, &data, None, &mut ()).unwrap()
    }

    fn scores(model: &dyn Model, history: &[Touch]) -> Vec<f32> {
        let mut scores = vec![0.0; model.items()];
        model.score(&Ask { history, now: Millis(0) }, &mut scores);
        scores
    }

    proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(40))]
        #[test]
        fn parts_add_up_to_the_score(
            pairs in prop::collection::vec((0u32..9, 0u32..12, -2i8..6), 2..60),
            seen in prop::collection::vec((0u32..14, -2.0f32..4.0), 0..8),
        ) {
            let weighed = |(user, item, weight): &(u32, u32, i8)| {
                Signal { strength: f32::from(*weight) + 0.5, ..signal(*user, *item, 0) }
            };
            let some = [signal(0, 0, 0), signal(1, 1, 0), signal(1, 2, 0)];
            let signals: Vec<Signal> = pairs.iter().map(weighed).chain(some).collect();
            let mut touches = history(&seen.iter().map(|(item, _)| *item).collect::<Vec<_>>());
            touches.iter_mut().zip(&seen).for_each(|(touch, (_, weight))| touch.weight = *weight);
            for (method, name, value) in QUICK {
                let model = fitted(method, (name, value), &signals, 12);
                let scores = scores(model.as_ref(), &touches);
                for (item, score) in scores.iter().enumerate() {
                    let shares = model.explain(&Ask { history: &touches, now: Millis(0) }, Row(item as u32));
                    let sum: f32 = shares.iter().map(|share| share.part).sum();
                    let largest = shares.first().map_or(0.0, |share| share.part.abs());
                    prop_assert!((sum - score).abs() <= 1e-4 * largest + 1e-6, "{}: {sum} {score}", method.name);
                }
            }
        }
    }

    #[test]
    fn what_was_turned_down_lowers_itself_and_what_goes_with_it() {
        let shop = [[0, 1, 2], [1, 2, 0], [2, 0, 1], [3, 4, 5], [4, 5, 3], [5, 3, 4]];
        let signals: Vec<Signal> =
            (0..).zip(shop).flat_map(|(user, items)| items.map(|item| signal(user, item, 0))).collect();
        for (method, name, value) in QUICK {
            let model = fitted(method, (name, value), &signals, 6);
            let mut touches = history(&[0, 3]);
            touches[0].weight = -1.0;
            let (without, disliked) = (scores(model.as_ref(), &touches[1..]), scores(model.as_ref(), &touches));
            let sinks = |item: usize| disliked[item] < without[item] - 1e-3;
            assert!((0..3).all(sinks), "{}: {without:?} {disliked:?}", method.name);
            let alone = scores(model.as_ref(), &touches[..1]);
            assert!((0..3).all(|item| alone[item] < 0.0), "{}: {alone:?}", method.name);
        }
    }

    #[test]
    fn hostile_shops_are_learnt_from_in_bounded_time() {
        // One user with 20,000 events of 300 items, another one with one, all weights negative for a third.
        let busy = (0..20_000).map(|event| signal(0, event % 300, i64::from(event)));
        let against = (0..40).map(|item| Signal { strength: -3.0, ..signal(2, item, 0) });
        let signals: Vec<Signal> = busy.chain([signal(1, 7, 0)]).chain(against).collect();
        let long = history(&(0..100_000).map(|event| event % 300).collect::<Vec<_>>());
        for (method, name, _) in QUICK {
            let model = fitted(method, (name, 1.0), &signals, 300);
            assert!(scores(model.as_ref(), &long).iter().all(|score| score.is_finite()), "{}", method.name);
        }
    }
}
