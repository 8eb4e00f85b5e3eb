//! The vectors that items begin with, from which items are met near each other: training has then only to refine them.

use rayon::prelude::*;

use crate::recommend::pairs::{PairConfig, Pairs, Tally};
use crate::recommend::sparse::keep_best;
use crate::recommend::truncated_svd::{SvdConfig, TruncatedSvd};
use crate::recommend::{FitError, Interactions, Sparse};

/// How first vectors are made.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Beginning {
    /// Numbers of a vector.
    pub(super) dim: usize,
    /// Items between two that are met together, at most.
    pub(super) window: usize,
    pub(super) seed: u64,
}

/// Others that are kept of an item, those that it is met with most.
const LINKS: usize = 256;
/// Items counted between two reports of progress.
const BLOCK: usize = 2_048;

impl Beginning {
    /// The most bytes it takes.
    pub(super) fn memory(self, interactions: &Interactions) -> u64 {
        let items = interactions.items();
        let links = items * (2 * self.window * interactions.len() / items.max(1)).clamp(1, LINKS.min(items.max(1)));
        let counting = Pairs::memory(interactions) + (rayon::current_num_threads() * items * 16) as u64;
        let vectors = 4 * (items * self.dim) as u64;
        counting + 16 * links as u64 + self.svd().memory(items, items, links) + vectors
    }

    /// A vector for each item, of length 1, all 0 where nothing is known: singular vectors of how much more often than by
    /// chance items are met together (positive pointwise mutual information; Levy and Goldberg 2014, "Neural word embedding
    /// as implicit matrix factorization", NeurIPS), each times the root of its value.
    pub(super) fn vectors(
        self,
        interactions: &Interactions,
        tell: &mut dyn FnMut(f64) -> Result<(), FitError>,
    ) -> Result<Vec<f32>, FitError> {
        let matrix = self.information(interactions, tell)?;
        let found = TruncatedSvd::of(&matrix, self.svd(), tell)?;
        let mut vectors = vec![0.0; matrix.rows() * self.dim];
        if found.values.is_empty() {
            return Ok(vectors);
        }
        for (vector, row) in vectors.chunks_exact_mut(self.dim).zip(found.right.chunks_exact(found.values.len())) {
            let parts = row.iter().zip(&found.values).map(|(part, value)| part * value.sqrt());
            vector.iter_mut().zip(parts).for_each(|(number, part)| *number = part);
            let size = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
            // What is shorter is rounding.
            let factor = if size > 1e-6 { 1.0 / size } else { 0.0 };
            vector.iter_mut().for_each(|number| *number *= factor);
        }
        Ok(vectors)
    }

    fn svd(self) -> SvdConfig {
        SvdConfig { rank: self.dim, rounds: 4, seed: self.seed }
    }

    fn information(
        self,
        interactions: &Interactions,
        tell: &mut dyn FnMut(f64) -> Result<(), FitError>,
    ) -> Result<Sparse, FitError> {
        let pairs = Pairs::new(
            interactions,
            &PairConfig {
                window: self.window,
                distance: 1.0,
                backward: 1.0,
                half_life_days: 0.0,
                gap_half_life_days: 0.0,
                user_exponent: 0.0,
            },
        );
        let items = interactions.items();
        let mut rows: Vec<(Vec<(u32, f32)>, f64)> = Vec::with_capacity(items);
        for start in (0..items).step_by(BLOCK) {
            let block = (start..items.min(start + BLOCK)).into_par_iter();
            rows.par_extend(block.map_init(|| Tally::new(items), |tally, item| met_with(&pairs, item, tally)));
            tell(0.0)?;
        }
        let sums: Vec<f64> = rows.iter().map(|(_, sum)| *sum).collect();
        let all: f64 = sums.iter().sum();
        Ok(Sparse::from_rows(
            items,
            rows.into_iter().enumerate().map(|(item, (mut row, _))| {
                row.iter_mut().for_each(|(other, mass)| {
                    let by_chance = sums[item] * sums[*other as usize] / all;
                    *mass = (f64::from(*mass) / by_chance).ln() as f32;
                });
                row.retain(|(_, information)| *information > 0.0 && information.is_finite());
                row
            }),
        ))
    }
}

/// What an item is met with most, and the mass of all its meetings.
fn met_with(pairs: &Pairs, item: usize, tally: &mut Tally) -> (Vec<(u32, f32)>, f64) {
    pairs.count(item, tally);
    let (mut row, mut sum) = (Vec::new(), 0.0);
    tally.drain(|other, count| {
        if other as usize != item && count.mass > 0.0 {
            row.push((other, count.mass));
            sum += f64::from(count.mass);
        }
    });
    keep_best(&mut row, LINKS);
    (row, sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::testing::signal;

    #[test]
    fn items_met_together_begin_alike() {
        // Two kinds of items; 9 is never met.
        let item = |user: u32, step: u32| (user % 2) * 4 + (user / 2 + step) % 4;
        let signals = (0..20).flat_map(|user| (0..3).map(move |step| signal(user, item(user, step), i64::from(step))));
        let signals: Vec<_> = signals.collect();
        let interactions = Interactions::from_signals(&signals, 10);
        let beginning = Beginning { dim: 4, window: 2, seed: 1 };
        let vectors = beginning.vectors(&interactions, &mut |_| Ok(())).unwrap();
        let cosine = |a: usize, b: usize| -> f32 { (0..4).map(|at| vectors[a * 4 + at] * vectors[b * 4 + at]).sum() };
        assert!((cosine(0, 0) - 1.0).abs() < 1e-5 && cosine(0, 1) > cosine(0, 5) + 0.2, "{}", cosine(0, 1));
        assert_eq!(vectors[9 * 4..], [0.0; 4]);
    }

    #[test]
    fn nothing_met_together_is_no_fault() {
        for users in [0, 1] {
            let signals: Vec<_> = (0..users).map(|user| signal(user, 0, 0)).collect();
            let interactions = Interactions::from_signals(&signals, 1);
            let beginning = Beginning { dim: 3, window: 2, seed: 1 };
            assert_eq!(beginning.vectors(&interactions, &mut |_| Ok(())).unwrap(), [0.0; 3]);
        }
    }
}
