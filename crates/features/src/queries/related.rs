use std::sync::Arc;

use types::Millis;

use super::actors::Actors;
use crate::decayed::{Decayed, HalfLife};

/// A query that people search for after another one.
#[derive(Clone, PartialEq, Debug)]
pub struct Related {
    /// The query.
    pub text: Arc<str>,
    /// How often it followed, faded.
    pub count: f32,
    /// By how many different actors.
    pub actors: usize,
    /// How many times as often as if queries followed one another by chance.
    pub lift: f32,
    /// How little that can be chance: Dunning's log-likelihood ratio; above 10.83 with less than one in a thousand.
    pub log_likelihood: f32,
}

/// The queries that followed one query, at most [`FOLLOWERS_MAX`]. One more takes the place of the one that followed
/// least, and starts from nothing: counts are never too large, and what follows often stays.
#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct Followers(pub(crate) Vec<Follower>);

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Follower {
    pub(crate) text: Arc<str>,
    pub(crate) count: Decayed,
    pub(crate) actors: Actors,
}

pub(crate) const FOLLOWERS_MAX: usize = 24;

impl Followers {
    pub(crate) fn add(&mut self, text: &Arc<str>, actor: u64, time: Millis, half_life: HalfLife) {
        let index = self.0.iter().position(|follower| follower.text == *text).unwrap_or_else(|| self.place(text));
        let follower = &mut self.0[index];
        if follower.actors.add(actor, time) {
            follower.count.add(1.0, time, half_life);
        }
    }

    fn place(&mut self, text: &Arc<str>) -> usize {
        let new = Follower { text: Arc::clone(text), count: Decayed::NOTHING, actors: Actors::default() };
        if self.0.len() < FOLLOWERS_MAX {
            self.0.reserve_exact(1);
            self.0.push(new);
            return self.0.len() - 1;
        }
        let keys = self.0.iter().enumerate().map(|(index, follower)| (follower.count.key(), index));
        let (_, least) = keys.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or_default();
        self.0[least] = new;
        least
    }
}

/// How often things happened: one, the other, both, and anything at all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counts {
    pub(crate) both: f64,
    pub(crate) one: f64,
    pub(crate) other: f64,
    pub(crate) all: f64,
}

impl Counts {
    /// `all * both / (one * other)`: 1 where both have nothing to do with one another.
    pub(crate) fn lift(self) -> f64 {
        self.all * self.both / (self.one * self.other).max(f64::MIN_POSITIVE)
    }

    /// The log-likelihood ratio of the table of both, one without the other and neither, against independence
    /// (Dunning 1993, "Accurate methods for the statistics of surprise and coincidence", Computational Linguistics 19):
    /// `2 * sum over cells (o * ln(o / e))`, with o the observed and e the expected count.
    pub(crate) fn log_likelihood(self) -> f64 {
        let Self { both, one, other, all } = self;
        // Fading and replaced followers can leave margins a little too small.
        let cells = [
            (both, one * other),
            ((one - both).max(0.0), one * (all - other).max(0.0)),
            ((other - both).max(0.0), (all - one).max(0.0) * other),
            ((all - one - other + both).max(0.0), (all - one).max(0.0) * (all - other).max(0.0)),
        ];
        let term = |(observed, product): (f64, f64)| {
            if observed > 0.0 && product > 0.0 { observed * (observed * all / product).ln() } else { 0.0 }
        };
        (2.0 * cells.into_iter().map(term).sum::<f64>()).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_says_nothing_and_company_much() {
        let chance = Counts { both: 10.0, one: 100.0, other: 100.0, all: 1000.0 };
        assert!(chance.log_likelihood() < 1e-9 && (chance.lift() - 1.0).abs() < 1e-9);
        // The example of a two by two table (10, 5; 5, 980), by hand: 2 * sum o ln(o / e).
        let company = Counts { both: 10.0, one: 15.0, other: 15.0, all: 1000.0 };
        let by_hand = 2.0
            * (10.0 * (10.0f64 / 0.225).ln() + 2.0 * 5.0 * (5.0f64 / 14.775).ln() + 980.0 * (980.0f64 / 970.225).ln());
        assert!((company.log_likelihood() - by_hand).abs() < 1e-9);
        assert!(company.lift() > 40.0);
    }

    #[test]
    fn what_follows_often_keeps_its_place() {
        let (mut followers, half_life) = (Followers::default(), HalfLife(30.0));
        let often: Arc<str> = Arc::from("often");
        for turn in 0..200u64 {
            followers.add(&often, turn, Millis(0), half_life);
            followers.add(&Arc::from(format!("{turn}")), turn, Millis(0), half_life);
        }
        assert_eq!(followers.0.len(), FOLLOWERS_MAX);
        assert!(followers.0.iter().any(|follower| follower.text == often));
    }
}
