//! Bandits over slates: which items to show where, when showing is also how one learns.
//!
//! What it is: a [`Bandit`] is asked for a slate ([`Bandit::select`]), which comes with the exact probability of each
//! item at its place, and is told what came of it ([`Bandit::update_slate`]). How it weighs what it knows against what
//! it does not is its [`Policy`], one a file, listed by name in [`POLICIES`]. [`ExplorationBudget`] measures what
//! exploring costs and says how large a share of the slates may explore.
//!
//! What it is not: it ranks no catalogue (candidates come with a prior score), joins no clicks to slates, reads no
//! clock.
//!
//! Invariants: the propensity of an item at its place is its probability given the items placed before it, is in
//! (0, 1], and over the candidates left at a place sums to 1; the same seed and lessons give the same slates and bytes;
//! memory is bounded by [`BanditConfig::items_max`] and [`BanditConfig::features`]; no reward, prior or feature can
//! make a state that is not finite.

mod arms;
mod bandit;
mod boltzmann;
mod budget;
mod cold_start;
mod config;
mod epsilon_greedy;
mod error;
mod examination;
mod lin_ucb;
mod linear;
mod linear_thompson;
mod logistic_thompson;
pub(crate) mod record;
mod slate;
mod square_cb;
mod thompson;
mod ucb;
pub mod worlds;

pub use bandit::{Bandit, IntakeReport};
pub use budget::{BudgetConfig, BudgetReading, ExplorationBudget, SlateOutcome};
pub use config::{BanditConfig, ColdStart};
pub use error::BanditError;
pub use examination::Examination;
pub use slate::{Placed, Slate};

use types::{Millis, Rng};

/// An item that may be shown.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Whose statistics these are.
    pub item: types::Row,
    /// The reward a ranker expects of it, as a share 0..1 of the range of rewards; [`Candidate::NEUTRAL`] where no
    /// ranker has an opinion.
    pub prior: f32,
    /// Features of the context crossed with those of the item: as many as [`BanditConfig::features`] for policies that
    /// read them, else anything. Put a constant 1 among them where an intercept is wanted.
    pub features: &'a [f32],
    /// How often it was shown so far, for cold-start places.
    pub exposures: u32,
    /// How long it has been in the catalogue; `None` where unknown, which counts as old.
    pub age: Option<Millis>,
}

impl Candidate<'_> {
    /// The prior of who knows nothing.
    pub const NEUTRAL: f32 = 0.5;
}

/// One place of a slate that somebody may have seen, and what came of it.
#[derive(Clone, Copy, Debug)]
pub struct Feedback<'a> {
    /// What was shown, as it was when shown.
    pub candidate: Candidate<'a>,
    /// Its place, from 0.
    pub place: usize,
    /// What it brought, in the unit of [`BanditConfig::rewards`].
    pub reward: f64,
}

/// [`Feedback`] that was checked: what a policy learns from.
#[derive(Clone, Copy, Debug)]
pub struct Lesson<'a> {
    /// What was shown; its features are finite and as many as configured.
    pub candidate: Candidate<'a>,
    /// The probability that it was looked at, in (0, 1].
    pub examined: f64,
    /// The reward as a share 0..1 of the range of rewards.
    pub reward: f64,
}

/// What a policy believes of one candidate, for people who ask why it was shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Belief {
    /// The reward expected, about 0..1 (linear models may leave it).
    pub expected: f64,
    /// How unsure that is: a standard deviation or the width of the bonus that the policy adds.
    pub uncertainty: f64,
    /// Lessons on this item, faded ones counting less; those on all items for policies that learn one model for all.
    pub lessons: f64,
    /// What each feature adds to `expected`, or to its log-odds for a logistic model; empty for policies that read
    /// none.
    pub contributions: Vec<f64>,
}

/// Scores of all candidates, drawn once for a slate: one row for policies that draw nothing, many for those that
/// sample from a posterior.
pub struct Draws {
    /// Row by row, one score a candidate in each; finite or positive infinity.
    pub scores: Vec<f64>,
    /// Candidates, at least 1 where there are scores.
    pub candidates: usize,
}

impl Draws {
    pub(crate) fn rows(&self) -> usize {
        self.scores.len() / self.candidates.max(1)
    }

    pub(crate) fn row(&self, row: usize) -> &[f64] {
        &self.scores[row * self.candidates..(row + 1) * self.candidates]
    }
}

/// How knowledge turns into choices. [`Bandit`] checks what goes in and fills slates by it.
pub trait Policy: Send + Sync {
    /// Its name in [`POLICIES`].
    fn name(&self) -> &'static str;

    /// The reward expected of each candidate, about 0..1: what a greedy slate is sorted by.
    fn expected(&self, candidates: &[Candidate<'_>]) -> Vec<f64>;

    /// What is drawn or computed once for a slate.
    fn draws(&self, candidates: &[Candidate<'_>], rng: &mut Rng) -> Draws;

    /// The probability of each candidate in `left` (indices into the candidates, never empty) to be placed next, into
    /// `probabilities`, which is as long and comes filled with 0.
    fn probabilities(&self, draws: &Draws, left: &[usize], probabilities: &mut [f64]);

    /// Learns from one place.
    fn learn(&mut self, lesson: &Lesson<'_>);

    /// What it believes of a candidate and why.
    fn explain(&self, candidate: &Candidate<'_>) -> Belief;

    /// What it learned, as bytes.
    fn state(&self) -> Vec<u8>;

    /// Takes over what [`Policy::state`] of a policy with the same configuration gave.
    ///
    /// # Errors
    /// Where the bytes are not such a state.
    fn restore(&mut self, state: &[u8]) -> crate::Result<()>;

    /// A copy that goes its own way.
    fn copy(&self) -> Box<dyn Policy>;

    /// Whether [`Candidate::features`] must be as many as configured.
    fn reads_features(&self) -> bool {
        false
    }
}

/// Makes an untaught policy.
type Make = fn(&BanditConfig) -> Box<dyn Policy>;

/// Every policy by name.
pub const POLICIES: &[(&str, Make)] = &[
    (epsilon_greedy::NAME, epsilon_greedy::make),
    (boltzmann::NAME, boltzmann::make),
    (ucb::UCB, ucb::make_ucb1),
    (ucb::KL_UCB, ucb::make_kl),
    (lin_ucb::NAME, lin_ucb::make),
    (thompson::NAME, thompson::make),
    (linear_thompson::NAME, linear_thompson::make),
    (logistic_thompson::NAME, logistic_thompson::make),
    (square_cb::NAME, square_cb::make),
    (cold_start::NAME, cold_start::make),
];

#[cfg(test)]
mod tests;
