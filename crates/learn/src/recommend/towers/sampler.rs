//! Which items a step compares with.

use types::Rng;

use crate::recommend::sequence::loss::Wanted;

/// Chooses candidates: all items where they are few, else those wanted in the batch and some drawn evenly (mixed negative
/// sampling: Yang et al. 2020, "Mixed negative sampling for learning two-tower neural networks in recommendations", WWW).
#[derive(Debug)]
pub(super) struct Sampler {
    /// Items that were met, ascending.
    known: Vec<u32>,
    /// How often each item was met, of all interactions.
    shares: Vec<f32>,
    /// Place of each item among the chosen.
    slots: Vec<u32>,
    drawn: usize,
}

/// The candidates of a step.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    /// Those drawn, ascending, then those that are only wanted, ascending.
    pub(super) rows: Vec<u32>,
    /// How many were drawn.
    pub(super) drawn: usize,
    /// Minus the logarithm of the probability that each is among them (Yi et al. 2019, "Sampling-bias-corrected neural
    /// modeling for large corpus item recommendations", RecSys).
    pub(super) lift: Vec<f32>,
}

impl Sampler {
    /// `drawn` items beside those of the batch.
    pub(super) fn new(counts: &[u32], drawn: usize) -> Self {
        let known = (0..counts.len() as u32).filter(|row| counts[*row as usize] > 0).collect();
        let all = counts.iter().map(|count| f64::from(*count)).sum::<f64>().max(1.0);
        let shares = counts.iter().map(|count| (f64::from(*count) / all) as f32).collect();
        Self { known, shares, slots: vec![0; counts.len()], drawn }
    }

    /// Chooses, and makes the wanted places among the chosen.
    pub(super) fn choose(&mut self, wanted: &mut Wanted, rng: &mut Rng) -> Chosen {
        let all = self.known.len() <= self.drawn;
        let mut rows = if all {
            self.known.clone()
        } else {
            (0..self.drawn).map(|_| self.known[rng.below(self.known.len())]).collect()
        };
        number(&mut rows, &mut self.slots);
        let drawn = rows.len();
        let is_drawn = |item: &u32| rows.binary_search(item).is_ok();
        let mut others: Vec<u32> =
            wanted.entries.iter().map(|(item, _)| *item).filter(|item| !is_drawn(item)).collect();
        number(&mut others, &mut self.slots);
        others.iter().for_each(|row| self.slots[*row as usize] += drawn as u32);
        rows.extend(others);
        let lift = if all { vec![0.0; rows.len()] } else { self.lift(&rows, wanted.entries.len()) };
        wanted.entries.iter_mut().for_each(|(item, _)| *item = self.slots[*item as usize]);
        Chosen { rows, drawn, lift }
    }

    fn lift(&self, rows: &[u32], met: usize) -> Vec<f32> {
        let evenly = self.drawn as f32 / self.known.len() as f32;
        let lift = |row: &u32| -(-(-(evenly + met as f32 * self.shares[*row as usize])).exp_m1()).ln();
        rows.iter().map(lift).collect()
    }
}

/// Keeps each of some items once, ascending; `slots` then tell their places.
pub(super) fn number(items: &mut Vec<u32>, slots: &mut [u32]) {
    items.sort_unstable();
    items.dedup();
    for (slot, item) in (0..).zip(&*items) {
        slots[*item as usize] = slot;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_items_are_all_compared_and_of_many_the_wanted_and_the_drawn() {
        let counts: Vec<u32> = (0..100).map(|item| item % 5).collect();
        let wanted = Wanted { offsets: vec![0, 2], entries: vec![(99, 1.0), (3, -0.2)] };
        for drawn in [1_000, 20] {
            let (mut sampler, mut own) = (Sampler::new(&counts, drawn), wanted.clone());
            let chosen = sampler.choose(&mut own, &mut Rng::new(1));
            let rows = |entries: &[(u32, f32)]| -> Vec<u32> {
                entries.iter().map(|(place, _)| chosen.rows[*place as usize]).collect()
            };
            assert_eq!(rows(&own.entries), [99, 3]);
            assert!(chosen.rows.iter().all(|row| row % 5 != 0), "what was never met is not compared with");
            assert_eq!(chosen.lift.len(), chosen.rows.len());
            match drawn {
                20 => assert!(chosen.drawn <= 20 && chosen.lift.iter().all(|lift| *lift > 0.0)),
                _ => assert!(chosen.drawn == 80 && chosen.lift.iter().all(|lift| *lift == 0.0)),
            }
        }
    }
}
