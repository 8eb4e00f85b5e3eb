//! Which items a step compares with.

use types::Rng;

use super::data::Batch;

/// Chooses candidates: all items where they are few, else those of the batch and some drawn evenly.
#[derive(Debug)]
pub(super) struct Chooser {
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
    pub(super) rows: Vec<u32>,
    /// See [`Candidates::lift`](super::loss::Candidates).
    pub(super) lift: Vec<f32>,
}

const NONE: u32 = u32::MAX;

impl Chooser {
    /// `drawn` items beside those of the batch.
    pub(super) fn new(counts: &[u32], drawn: usize) -> Self {
        let known = (0..counts.len() as u32).filter(|row| counts[*row as usize] > 0).collect();
        let all = counts.iter().map(|count| f64::from(*count)).sum::<f64>().max(1.0);
        let shares = counts.iter().map(|count| (f64::from(*count) / all) as f32).collect();
        Self { known, shares, slots: vec![NONE; counts.len()], drawn }
    }

    /// Items that were met.
    pub(super) fn known(&self) -> &[u32] {
        &self.known
    }

    /// Chooses, and makes the batch's items places among the chosen.
    pub(super) fn choose(&mut self, batch: &mut Batch, rng: &mut Rng) -> Chosen {
        let mut rows = Vec::new();
        if self.known.len() <= self.drawn {
            rows.clone_from(&self.known);
        } else {
            let wanted = batch.wanted.entries.iter().map(|(item, _)| *item);
            let drawn = (0..self.drawn).map(|_| self.known[rng.below(self.known.len())]);
            rows.extend(batch.items.iter().copied().chain(wanted).chain(drawn));
            rows.sort_unstable();
            rows.dedup();
        }
        for (slot, row) in (0..).zip(&rows) {
            self.slots[*row as usize] = slot;
        }
        let lift = if rows.len() == self.known.len() {
            vec![0.0; rows.len()]
        } else {
            let evenly = self.drawn as f32 / self.known.len() as f32;
            let met = batch.items.len() as f32;
            let lift = |row: &u32| -(-(-(evenly + met * self.shares[*row as usize])).exp_m1()).ln();
            rows.iter().map(lift).collect()
        };
        batch.items.iter_mut().for_each(|item| *item = self.slots[*item as usize]);
        batch.wanted.entries.iter_mut().for_each(|(item, _)| *item = self.slots[*item as usize]);
        Chosen { rows, lift }
    }
}
