use types::Millis;

use super::{BanditError, Examination, POLICIES, boltzmann, epsilon_greedy, lin_ucb, linear_thompson, square_cb, ucb};

/// How a bandit explores, learns and forgets.
#[derive(Clone, Debug, PartialEq)]
pub struct BanditConfig {
    /// The policy's name in [`POLICIES`].
    pub policy: String,
    /// Features a candidate for the policies that read them, 1..=256.
    pub features: usize,
    /// The least and the greatest reward; others are clipped to these and counted.
    pub rewards: (f64, f64),
    /// How far down people look.
    pub examination: Examination,
    /// What a lesson's weight is multiplied by with each further lesson, in 0.9..=1; 1 forgets nothing.
    pub discount: f64,
    /// As many lessons the prior score of an item counts for, in 0..=1e9; it is more than 0 for Thompson sampling.
    pub prior_lessons: f64,
    /// How strongly the policy explores, 0..=1e6: the first epsilon of `epsilon-greedy`, the first temperature of
    /// `boltzmann`, the factor of the bonus of `ucb`, `kl-ucb` and `lin-ucb`, of the posterior's standard deviation of
    /// the three Thompson samplers, and of the learning rate gamma of `square-cb` (where more explores less).
    pub strength: f64,
    /// Where the strength of `epsilon-greedy` and `boltzmann` ends, 0..=`strength`.
    pub strength_min: f64,
    /// Lessons after which the strength of `epsilon-greedy` and `boltzmann` is half way to its end; 0 never decays.
    pub half_life: f64,
    /// A share 0..1 of every explorable place that goes to all candidates left alike, so that each has a chance, without
    /// which a log cannot be used to judge other policies.
    pub floor: f64,
    /// Samples of a posterior a slate, 1..=4096.
    pub draws: usize,
    /// Variance of a linear model's weights before any lesson is 1 / `ridge`, 1e-6..=1e6.
    pub ridge: f64,
    /// Items whose statistics may be kept, 1..=100 million: feedback on rows from here on is refused and counted. An item
    /// takes 24 bytes, and rows around it that were never shown as much.
    pub items_max: usize,
    /// Places kept for new items.
    pub cold_start: Option<ColdStart>,
}

/// Places that go to new items until each was shown often enough to be judged.
#[derive(Clone, Debug, PartialEq)]
pub struct ColdStart {
    /// The places, from 0.
    pub places: Vec<usize>,
    /// An item with fewer exposures than this is owed some.
    pub exposures: u32,
    /// An item older than this is owed nothing.
    pub window: Millis,
}

impl Default for ColdStart {
    fn default() -> Self {
        Self { places: vec![4], exposures: 100, window: Millis(7 * Millis::DAY) }
    }
}

impl BanditConfig {
    /// What suits the policy called `policy` where rewards are clicks; whether there is one [`super::Bandit::new`]
    /// says.
    pub fn of(policy: &str, features: usize) -> Self {
        let (strength, half_life) = match policy {
            epsilon_greedy::NAME => (0.3, 300.0),
            boltzmann::NAME => (0.3, 200.0),
            ucb::UCB => (0.5, 0.0),
            lin_ucb::NAME | linear_thompson::NAME => (0.3, 0.0),
            square_cb::NAME => (10.0, 0.0),
            _ => (1.0, 0.0),
        };
        Self {
            policy: policy.to_owned(),
            features,
            rewards: (0.0, 1.0),
            examination: Examination::Certain,
            discount: 1.0,
            prior_lessons: 2.0,
            strength,
            strength_min: 0.0,
            half_life,
            floor: 0.0,
            draws: 64,
            ridge: 1.0,
            items_max: 10_000_000,
            cold_start: (policy == super::cold_start::NAME).then(ColdStart::default),
        }
    }

    /// The strength after `lessons`: hyperbolic decay, the schedule 1/t of Auer, Cesa-Bianchi and Fischer (2002,
    /// Machine Learning 47, section 1, epsilon_n-greedy) with an end.
    pub(super) fn decayed(&self, lessons: f64) -> f64 {
        if self.half_life == 0.0 {
            return self.strength;
        }
        self.strength_min + (self.strength - self.strength_min) / (1.0 + lessons / self.half_life)
    }

    pub(super) fn check(&self) -> Result<(), BanditError> {
        if !POLICIES.iter().any(|(name, _)| *name == self.policy) {
            let known: Vec<&str> = POLICIES.iter().map(|(name, _)| *name).collect();
            return Err(BanditError::UnknownPolicy { name: self.policy.clone(), known: known.join(", ") });
        }
        let least = if self.policy.contains("thompson") { 1e-3 } else { 0.0 };
        let ranges = [
            ("features", self.features as f64, 1.0, 256.0, "1..=256"),
            ("rewards.0", self.rewards.0, -1e9, 1e9, "-1e9..=1e9"),
            ("rewards.1", self.rewards.1 - self.rewards.0, 1e-9, 2e9, "above rewards.0"),
            ("discount", self.discount, 0.9, 1.0, "0.9..=1"),
            ("prior_lessons", self.prior_lessons, least, 1e9, "0..=1e9, from 0.001 for Thompson sampling"),
            ("strength", self.strength, 0.0, 1e6, "0..=1e6"),
            ("strength_min", self.strength_min, 0.0, self.strength, "0..=strength"),
            ("half_life", self.half_life, 0.0, 1e12, "0..=1e12"),
            ("floor", self.floor, 0.0, 1.0, "0..=1"),
            ("draws", self.draws as f64, 1.0, 4096.0, "1..=4096"),
            ("ridge", self.ridge, 1e-6, 1e6, "1e-6..=1e6"),
            ("items_max", self.items_max as f64, 1.0, 1e8, "1..=100000000"),
        ];
        for (field, got, min, max, expected) in ranges {
            if !(min..=max).contains(&got) {
                return Err(BanditError::Setting { field, expected, got });
            }
        }
        self.examination.check()
    }
}
