use types::Rows;

use super::{BanditConfig, Belief, Candidate, Lesson, record};
use crate::Result;
use crate::bytes::{Reader, Writer};

/// What was seen of each item: how often it was looked at and what that brought, fading with each lesson. A clone shares
/// memory with the original.
#[derive(Clone, Debug)]
pub(super) struct Arms {
    arms: Rows<Arm>,
    /// Lessons so far, and their faded count.
    pub(super) lessons: u64,
    pub(super) trials: f64,
    discount: f64,
    prior_lessons: f64,
    items_max: usize,
}

/// Sums as they were at the lesson `at`, from 1; 0 where there was none.
#[derive(Clone, Copy, Debug, Default)]
struct Arm {
    trials: f64,
    rewards: f64,
    at: u64,
}

/// What is known of one item, its prior included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// Looks, the prior's included.
    pub(super) trials: f64,
    /// Rewards 0..1, the prior's included.
    pub(super) rewards: f64,
    /// The reward expected of a look, 0..=1; the prior where there was none.
    pub(super) mean: f64,
}

impl Arms {
    pub(super) fn new(config: &BanditConfig) -> Self {
        Self {
            arms: Rows::default(),
            lessons: 0,
            trials: 0.0,
            discount: config.discount,
            prior_lessons: config.prior_lessons,
            items_max: config.items_max,
        }
    }

    /// The posterior mean `(w p + S) / (w + N)` of prior `p` worth `w` lessons, `N` looks and rewards of `S`. Under the
    /// position-based model `N` sums the probabilities of being looked at and `S / N` is the unbiased estimate of
    /// Lagrée, Vernade and Cappé (2016, "Multiple-play bandits in the position-based model", NeurIPS, section 3); it may
    /// pass 1 by chance and is cut there.
    pub(super) fn known(&self, candidate: &Candidate<'_>) -> Known {
        let arm = self.faded(candidate.item);
        let (prior, weight) = (f64::from(candidate.prior), self.prior_lessons);
        let (trials, rewards) = (weight + arm.trials, weight * prior + arm.rewards);
        let mean = if trials > 0.0 { (rewards / trials).min(1.0) } else { prior };
        Known { trials, rewards, mean }
    }

    pub(super) fn means(&self, candidates: &[Candidate<'_>]) -> Vec<f64> {
        candidates.iter().map(|candidate| self.known(candidate).mean).collect()
    }

    pub(super) fn learn(&mut self, lesson: &Lesson<'_>) {
        let item = lesson.candidate.item;
        self.lessons += 1;
        self.trials = self.discount * self.trials + lesson.examined;
        let faded = self.faded(item);
        let arm =
            Arm { trials: faded.trials + lesson.examined, rewards: faded.rewards + lesson.reward, at: self.lessons };
        self.arms.set(item, arm);
    }

    pub(super) fn belief(&self, candidate: &Candidate<'_>, uncertainty: f64) -> Belief {
        let known = self.known(candidate);
        let lessons = known.trials - self.prior_lessons;
        Belief { expected: known.mean, uncertainty, lessons, contributions: Vec::new() }
    }

    fn faded(&self, item: types::Row) -> Arm {
        let Some(arm) = self.arms.get(item) else { return Arm::default() };
        if self.discount == 1.0 {
            return *arm;
        }
        let fading = self.discount.powf((self.lessons - arm.at) as f64);
        Arm { trials: arm.trials * fading, rewards: arm.rewards * fading, at: self.lessons }
    }

    pub(super) fn write(&self) -> Vec<u8> {
        let rows: Vec<_> = self.arms.iter().filter(|(_, arm)| arm.at > 0).collect();
        let mut writer = Writer::default();
        writer.number(self.lessons);
        record::write(&mut writer, &[self.trials]);
        writer.number(rows.len() as u64);
        for (item, arm) in rows {
            writer.number(u64::from(item.0));
            writer.number(arm.at);
            record::write(&mut writer, &[arm.trials, arm.rewards]);
        }
        writer.0
    }

    pub(super) fn read(&mut self, state: &[u8]) -> Result<()> {
        let mut reader = Reader::new(state);
        let lessons = reader.number()?;
        let trials = record::read(&mut reader, 1)?[0];
        let mut arms = Rows::default();
        for _ in 0..reader.count(19)? {
            let item = reader.row()?;
            let at = reader.number()?;
            let sums = record::read(&mut reader, 2)?;
            if item.index() < arms.len() || item.index() >= self.items_max {
                return Err(reader.fault("items in order, below the most"));
            }
            if at == 0 || at > lessons || sums.iter().any(|sum| *sum < 0.0) {
                return Err(reader.fault("an item's sums of lessons so far"));
            }
            arms.set(item, Arm { trials: sums[0], rewards: sums[1], at });
        }
        reader.end()?;
        (self.arms, self.lessons, self.trials) = (arms, lessons, trials.max(0.0));
        Ok(())
    }
}
