//! What it means that a word is on one side only: "upgrade" parts products, "software" does not.

use std::collections::BTreeMap;
use std::sync::Arc;

use types::Rng;

/// Words in fewer pairs are not learnt.
const PAIRS_MIN: u32 = 8;
const ROUNDS: usize = 30;

/// By word that only one of two names has: the change of the score. A logistic regression over them.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Words {
    pub(super) base: f64,
    pub(super) weights: Arc<BTreeMap<Box<str>, f32>>,
}

impl Words {
    pub(super) fn score<'a>(&self, words: impl Iterator<Item = &'a str>) -> f64 {
        words.filter_map(|word| self.weights.get(word)).fold(self.base, |score, weight| score + f64::from(*weight))
    }

    /// Fits by AdaGrad (Duchi, Hazan and Singer 2011, JMLR 12) on the pairs named by `chosen`.
    pub(super) fn fit(
        differing: &[Vec<Box<str>>],
        labels: &[bool],
        chosen: &[usize],
        shrinkage: f64,
        rng: &mut Rng,
    ) -> Self {
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        for word in chosen.iter().flat_map(|pair| &differing[*pair]) {
            *counts.entry(word).or_default() += 1;
        }
        let known: Vec<&str> =
            counts.into_iter().filter(|(_, pairs)| *pairs >= PAIRS_MIN).map(|(word, _)| word).collect();
        let pairs: Vec<(Vec<usize>, f64)> = chosen
            .iter()
            .map(|pair| {
                let words = differing[*pair].iter().filter_map(|word| known.binary_search(&&**word).ok()).collect();
                (words, f64::from(u8::from(labels[*pair])))
            })
            .collect();
        let (mut weights, mut squares) = (vec![0.0f64; known.len()], vec![1e-6f64; known.len()]);
        let (mut base, mut base_square) = (0.0f64, 1e-6f64);
        let mut order: Vec<usize> = (0..pairs.len()).collect();
        let shrinkage = shrinkage / pairs.len().max(1) as f64;
        for _ in 0..ROUNDS {
            rng.shuffle(&mut order);
            for pair in &order {
                let (words, label) = &pairs[*pair];
                let score = words.iter().fold(base, |score, word| score + weights[*word]);
                let miss = label - 1.0 / (1.0 + (-score).exp());
                base_square += miss * miss;
                base += 0.1 * miss / base_square.sqrt();
                for word in words {
                    // A word's pull to 0 is due at each of its pairs, so a common word's is not stronger.
                    let slope = miss - shrinkage * (pairs.len() / words.len().max(1)) as f64 * weights[*word] / 100.0;
                    squares[*word] += slope * slope;
                    weights[*word] += 0.1 * slope / squares[*word].sqrt();
                }
            }
        }
        let weights = known.into_iter().zip(weights).map(|(word, weight)| (Box::from(word), weight as f32)).collect();
        Self { base, weights: Arc::new(weights) }
    }
}
