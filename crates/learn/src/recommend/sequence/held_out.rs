//! The last items of some users, kept aside to see when to stop.

use rayon::prelude::*;
use types::Rng;

use super::dense::{dot, wide};
use super::network::{Network, seconds};
use crate::recommend::Interactions;

/// Users kept aside, and what they are asked.
#[derive(Debug)]
pub(super) struct HeldOut {
    users: Vec<usize>,
    /// Items that the right one is ranked among.
    rivals: Vec<u32>,
}

impl HeldOut {
    /// One of so many users.
    const ONE_IN: usize = 20;
    const USERS: usize = 2_000;
    /// Fewer say nothing.
    const USERS_MIN: usize = 100;
    const RIVALS: usize = 16_384;

    /// Draws users whose last item is then to be left out of training.
    pub(super) fn draw(interactions: &Interactions, known: &[u32], rng: &mut Rng) -> Self {
        let wants = |user: &usize| matches!(interactions.of(*user), [_, _, .., last] if last.weight > 0.0);
        let mut users: Vec<usize> = (0..interactions.users()).filter(wants).collect();
        rng.shuffle(&mut users);
        users.truncate((users.len() / Self::ONE_IN).min(Self::USERS));
        if users.len() < Self::USERS_MIN {
            users.clear();
        }
        let mut rivals = known.to_vec();
        rng.shuffle(&mut rivals);
        rivals.truncate(Self::RIVALS);
        Self { users, rivals }
    }

    pub(super) fn users(&self) -> &[usize] {
        &self.users
    }

    /// How well the last items are ranked: the mean of 1 / log2(1 + rank); `None` where nobody is kept aside. All ranks
    /// count, as a cut would leave more to chance.
    pub(super) fn score(&self, network: &Network, interactions: &Interactions) -> Option<f64> {
        if self.users.is_empty() {
            return None;
        }
        let gains: Vec<f64> = self.users.par_iter().map(|user| self.gain(network, interactions, *user)).collect();
        Some(gains.iter().sum::<f64>() / gains.len() as f64)
    }

    fn gain(&self, network: &Network, interactions: &Interactions, user: usize) -> f64 {
        let Some((last, before)) = interactions.of(user).split_last() else { return 0.0 };
        let before = &before[before.len().saturating_sub(network.length())..];
        let liked = before.iter().filter(|entry| entry.weight > 0.0);
        let (items, times): (Vec<u32>, Vec<i64>) = liked.map(|entry| (entry.item.0, seconds(entry.time))).unzip();
        if items.is_empty() {
            return 0.0;
        }
        let taste = network.taste(&items, &times);
        let better = wide(
            #[inline(always)]
            || {
                let bar = dot(&taste, network.vector(last.item.0));
                let better = |item: &&u32| dot(&taste, network.vector(**item)) > bar && !items.contains(item);
                self.rivals.iter().filter(better).count()
            },
        );
        1.0 / ((better + 2) as f64).log2()
    }
}
