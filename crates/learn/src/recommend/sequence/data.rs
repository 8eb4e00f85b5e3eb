//! From interactions to the batches that a step learns from.

use std::ops::Range;

use types::Rng;

use super::loss::Wanted;
use super::net::Places;
use super::network::seconds;
use crate::recommend::{Interaction, Interactions};

/// How histories become examples.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Examples {
    /// Places of a run.
    pub(super) length: usize,
    /// Weight of the item after the next one, and so on by powers; 0 wants only the next.
    pub(super) ahead: f32,
    /// Share of items passed over, drawn anew each time.
    pub(super) skipped: f32,
}

/// A part of a user's interactions.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Window {
    user: usize,
    range: Range<usize>,
}

impl Window {
    /// Interactions.
    pub(super) fn len(&self) -> usize {
        self.range.len()
    }
}

/// Items ahead that are wanted.
pub(super) const HORIZON: usize = 8;
/// Windows of a user a round: with more, other ones are drawn each round.
const WINDOWS: usize = 32;

impl Examples {
    /// The windows of a round, shuffled: a history longer than a run is cut, each round elsewhere.
    pub(super) fn windows(self, lengths: &[usize], rng: &mut Rng) -> Vec<Window> {
        let mut windows = Vec::new();
        for (user, length) in lengths.iter().copied().enumerate().filter(|(_, length)| *length > 1) {
            if length <= self.length + 1 {
                windows.push(Window { user, range: 0..length });
                continue;
            }
            // One item is shared by neighbours: the last wanted of one is the first known of the next.
            let parts = (length - 1).div_ceil(self.length) + 1;
            let shift = rng.below(self.length);
            let mut cut = |part: usize| {
                let end = ((part + 1) * self.length + 1 - shift).min(length);
                let range = (part * self.length).saturating_sub(shift)..end;
                if range.len() > 1 {
                    windows.push(Window { user, range });
                }
            };
            if parts > WINDOWS {
                (0..WINDOWS).for_each(|_| cut(rng.below(parts)));
            } else {
                (0..parts).for_each(cut);
            }
        }
        rng.shuffle(&mut windows);
        windows
    }

    /// Adds a window to a batch.
    pub(super) fn add(self, batch: &mut Batch, interactions: &Interactions, window: &Window, rng: &mut Rng) {
        let entries = &interactions.of(window.user)[window.range.clone()];
        let mut kept =
            |entry: &&Interaction| entry.weight < 0.0 || self.skipped == 0.0 || rng.unit() >= f64::from(self.skipped);
        let entries: Vec<&Interaction> = entries.iter().filter(|entry| kept(entry)).collect();
        batch.add(&entries, self.ahead);
    }
}

/// What a step learns from.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) places: Places,
    /// The item of each place.
    pub(super) items: Vec<u32>,
    /// Items wanted at each place; until candidates are chosen, items stand by row.
    pub(super) wanted: Wanted,
}

impl Batch {
    /// How hard an item that was turned down is pushed away, where 1 is how hard the next one is drawn near.
    const REFUSED: f32 = -0.2;

    /// Adds a run: what was liked, but for the last, makes its places.
    fn add(&mut self, entries: &[&Interaction], ahead: f32) {
        if self.wanted.offsets.is_empty() {
            self.wanted.offsets.push(0);
        }
        let liked: Vec<usize> = (0..entries.len()).filter(|at| entries[*at].weight > 0.0).collect();
        let Some((_, before_last)) = liked.split_last().filter(|(_, before)| !before.is_empty()) else { return };
        let start = self.items.len();
        for (place, at) in before_last.iter().enumerate() {
            self.items.push(entries[*at].item.0);
            self.places.times.push(seconds(entries[*at].time));
            let horizon = if ahead > 0.0 { HORIZON } else { 1 };
            let next = liked[place + 1..].iter().take(horizon);
            let weights = std::iter::successors(Some(1.0f32), |weight| Some(weight * ahead));
            let total: f32 = weights.clone().take(next.len()).sum();
            self.wanted.entries.extend(next.zip(weights).map(|(at, weight)| (entries[*at].item.0, weight / total)));
            // The last liked is no place of its own: what was turned down after it counts here.
            let end = if place + 2 == liked.len() { entries.len() } else { liked[place + 1] };
            let turned_down = entries[at + 1..end].iter().filter(|entry| entry.weight < 0.0).take(HORIZON);
            self.wanted.entries.extend(turned_down.map(|entry| (entry.item.0, Self::REFUSED)));
            self.wanted.offsets.push(self.wanted.entries.len());
        }
        self.places.runs.push(start..self.items.len());
    }
}

#[cfg(test)]
mod tests {
    use types::Signal;

    use super::*;
    use crate::recommend::testing::signal;

    const EXAMPLES: Examples = Examples { length: 3, ahead: 0.5, skipped: 0.0 };

    fn batch(examples: Examples, signals: &[Signal]) -> Batch {
        let interactions = Interactions::from_signals(signals, 9);
        let window = Window { user: 0, range: 0..interactions.of(0).len() };
        let mut batch = Batch::default();
        examples.add(&mut batch, &interactions, &window, &mut Rng::new(1));
        batch
    }

    #[test]
    fn windows_cover_a_history_and_are_no_longer_than_a_run() {
        let mut rng = Rng::new(1);
        for length in 0..20 {
            let windows = EXAMPLES.windows(&[length], &mut rng);
            let mut wanted: Vec<usize> = windows.iter().flat_map(|window| window.range.clone().skip(1)).collect();
            wanted.sort_unstable();
            assert_eq!(wanted, (1..length).collect::<Vec<_>>(), "each but the first is wanted once");
            assert!(windows.iter().all(|window| (2..=4).contains(&window.len())));
        }
        assert_eq!(EXAMPLES.windows(&[100_000], &mut rng).len(), WINDOWS);
    }

    #[test]
    fn the_next_are_wanted_and_what_was_turned_down_is_not() {
        let mut signals: Vec<Signal> = (0..5).map(|step| signal(0, step as u32, step)).collect();
        (signals[1].strength, signals[4].strength) = (-1.0, -1.0);
        let batch = batch(EXAMPLES, &signals);
        assert_eq!((&batch.items[..], &batch.places.runs[0]), (&[0, 2][..], &(0..2)));
        assert_eq!(batch.wanted.offsets, [0, 3, 5]);
        let two = 2.0 / 3.0;
        assert_eq!(batch.wanted.entries, [(2, two), (3, two / 2.0), (1, -0.2), (3, 1.0), (4, -0.2)]);
    }

    #[test]
    fn a_run_needs_two_that_were_liked() {
        let mut signals: Vec<Signal> = (0..2).map(|step| signal(0, step as u32, step)).collect();
        signals[0].strength = -1.0;
        assert!(batch(EXAMPLES, &signals).items.is_empty());
        let signals: Vec<Signal> = (0..4).map(|step| signal(0, step as u32, step)).collect();
        assert!(batch(Examples { skipped: 1.0, ..EXAMPLES }, &signals).items.is_empty());
    }
}
