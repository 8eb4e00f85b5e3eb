//! Small made-up worlds whose truth is known, to measure the regret of policies.

use types::{Millis, Rng, Row};

use super::ucb::divergence;
use super::{Bandit, BanditConfig, BanditError, Candidate, Examination, Feedback};

/// What decides whether somebody clicks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// Ten items, each with its own rate in 0.05..0.5; one is shown.
    Bernoulli,
    /// Ten items with 8 features drawn anew each round; the rate is linear in them; one is shown.
    Linear,
    /// The same with log-odds that are linear in them.
    Logistic,
    /// Twelve items with their own rates; four are shown and looked through until one is clicked.
    Cascade,
    /// Twelve items with their own rates; four are shown, and place `p` (from 0) is looked at with probability
    /// `1 / (p + 1)`.
    Places,
    /// As `Bernoulli`, but the rates change hands four times.
    Drifting,
}

/// Every world by name.
pub const WORLDS: &[(&str, World)] = &[
    ("bernoulli", World::Bernoulli),
    ("linear", World::Linear),
    ("logistic", World::Logistic),
    ("cascade", World::Cascade),
    ("places", World::Places),
    ("drifting", World::Drifting),
];

/// Features of the worlds that have any.
pub const FEATURES: usize = 8;
/// Length of the true weights: linear ones leave rates within 0.1..0.9.
const LINEAR_LENGTH: f64 = 0.4;
const LOGISTIC_LENGTH: f64 = 3.0;

impl World {
    /// `config` with what the world asks for: features, examination, and forgetting where the world changes.
    pub fn suited(self, mut config: BanditConfig) -> BanditConfig {
        config.features = FEATURES;
        match self {
            Self::Cascade => config.examination = Examination::Cascade,
            Self::Places => config.examination = Examination::power(1.0, self.slots()),
            Self::Drifting => config.discount = 0.998,
            Self::Bernoulli | Self::Linear | Self::Logistic => {}
        }
        config
    }

    fn items(self) -> usize {
        if self.slots() == 1 { 10 } else { 12 }
    }

    fn slots(self) -> usize {
        match self {
            Self::Cascade | Self::Places => 4,
            Self::Bernoulli | Self::Linear | Self::Logistic | Self::Drifting => 1,
        }
    }

    fn has_features(self) -> bool {
        matches!(self, Self::Linear | Self::Logistic)
    }

    /// Expected clicks on items of these rates in this order.
    fn value(self, rates: impl Iterator<Item = f64>) -> f64 {
        match self {
            Self::Cascade => 1.0 - rates.fold(1.0, |unclicked, rate| unclicked * (1.0 - rate)),
            _ => rates.enumerate().map(|(place, rate)| rate * self.looked(place)).sum(),
        }
    }

    fn looked(self, place: usize) -> f64 {
        if self == Self::Places { 1.0 / (place as f64 + 1.0) } else { 1.0 }
    }
}

/// The truth of one round.
struct Round {
    rates: Vec<f64>,
    features: Vec<Vec<f32>>,
}

/// Plays `rounds` rounds and gives the cumulative regret (expected clicks of the best slate less those of the shown one)
/// after each tenth of them. Every policy meets the same world for the same seed.
///
/// # Errors
/// Where the configuration is refused.
pub fn regret(world: World, config: &BanditConfig, rounds: usize, seed: u64) -> Result<[f64; 10], BanditError> {
    let mut bandit = Bandit::new(world.suited(config.clone()))?;
    let mut truth = Rng::new(seed);
    let (mut chance, mut clicks) = (Rng::new(seed ^ 0x5EED), Rng::new(seed ^ 0xC11C));
    let mut rates = rates(world, &mut truth);
    let weights = weights(world, &mut truth);
    let (mut regret, mut at_tenths) = (0.0, [0.0; 10]);
    for round in 0..rounds {
        if world == World::Drifting && round > 0 && round % rounds.div_ceil(5) == 0 {
            truth.shuffle(&mut rates);
        }
        let now = round_of(world, &rates, &weights, &mut truth);
        let candidates: Vec<Candidate<'_>> = (0..now.rates.len())
            .map(|item| Candidate {
                item: Row(item as u32),
                prior: Candidate::NEUTRAL,
                features: &now.features[item],
                exposures: round as u32,
                age: Some(Millis(round as i64)),
            })
            .collect();
        let slate = bandit.select(&candidates, world.slots(), 1.0, &mut chance)?;
        let shown: Vec<usize> = slate.places.iter().map(|placed| placed.candidate).collect();
        let mut best = now.rates.clone();
        best.sort_by(|one, other| other.total_cmp(one));
        regret += world.value(best.into_iter().take(shown.len())) - world.value(shown.iter().map(|at| now.rates[*at]));
        let rewards = rewards(world, shown.iter().map(|at| now.rates[*at]), &mut clicks);
        let places = shown.iter().zip(rewards).enumerate();
        let feedback: Vec<Feedback<'_>> =
            places.map(|(place, (at, reward))| Feedback { candidate: candidates[*at], place, reward }).collect();
        bandit.update_slate(&feedback);
        at_tenths[10 * round / rounds] = regret;
    }
    Ok(at_tenths)
}

/// The regret that no policy which learns in every Bernoulli world can stay below in the long run, at `rounds`: `ln T` times
/// the sum over the worse items of `gap / kl(rate, best rate)` (Lai and Robbins 1985, "Asymptotically efficient adaptive
/// allocation rules", Advances in Applied Mathematics 6). It leaves out what does not grow, so that good policies may be on
/// either side of it after few rounds.
pub fn asymptotic_regret(rounds: usize, seed: u64) -> f64 {
    let rates = rates(World::Bernoulli, &mut Rng::new(seed));
    let best = rates.iter().copied().fold(0.0, f64::max);
    let worse = rates.iter().filter(|rate| **rate < best);
    (rounds as f64).ln() * worse.map(|rate| (best - rate) / divergence(*rate, best)).sum::<f64>()
}

fn rates(world: World, rng: &mut Rng) -> Vec<f64> {
    (0..world.items()).map(|_| 0.05 + 0.45 * rng.unit()).collect()
}

fn weights(world: World, rng: &mut Rng) -> Vec<f64> {
    let length = if world == World::Linear { LINEAR_LENGTH } else { LOGISTIC_LENGTH };
    let drawn: Vec<f64> = (0..FEATURES).map(|_| rng.normal()).collect();
    let norm = drawn.iter().map(|value| value * value).sum::<f64>().sqrt();
    drawn.iter().map(|value| length * value / norm).collect()
}

fn round_of(world: World, rates: &[f64], weights: &[f64], rng: &mut Rng) -> Round {
    if !world.has_features() {
        return Round { rates: rates.to_vec(), features: vec![vec![0.0; FEATURES]; rates.len()] };
    }
    let features: Vec<Vec<f32>> = rates
        .iter()
        .map(|_| {
            let drawn: Vec<f64> = (0..FEATURES).map(|_| rng.normal()).collect();
            let norm = drawn.iter().map(|value| value * value).sum::<f64>().sqrt();
            drawn.iter().map(|value| (value / norm) as f32).collect()
        })
        .collect();
    let rates = features
        .iter()
        .map(|features| {
            let score: f64 = features.iter().zip(weights).map(|(x, weight)| f64::from(*x) * weight).sum();
            if world == World::Linear { 0.5 + score } else { 1.0 / (1.0 + (-score).exp()) }
        })
        .collect();
    Round { rates, features }
}

fn rewards(world: World, rates: impl Iterator<Item = f64>, rng: &mut Rng) -> Vec<f64> {
    let mut clicked = false;
    rates
        .enumerate()
        .map(|(place, rate)| {
            let looked = if world == World::Cascade && clicked { 0.0 } else { world.looked(place) };
            let click = rng.unit() < looked * rate;
            clicked |= click;
            f64::from(u8::from(click))
        })
        .collect()
}
