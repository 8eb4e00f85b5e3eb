use std::sync::Arc;

use learn::bandits::{Bandit, Candidate, ExplorationBudget, Feedback, SlateOutcome};
use types::{Impression, Millis, Row, Rows};

use super::pending::{Placed, Waiting};
use super::settings::SurfaceExploration;
use crate::names::{Names, put_bytes, take_bytes, take_count};
use crate::pipeline::columns;

/// Places of an answer that are learned from at most.
const PLACES_MAX: usize = 500;
/// Answers after which what they say of the rate of clicks has faded to 1/e.
const RATE_MEMORY: f64 = 10_000.0;
/// Clicks and looks taken for granted before there are any.
const RATE_PRIOR: (f64, f64) = (1.0, 10.0);

/// What is learned for one surface. A clone shares memory with the original.
#[derive(Clone)]
pub(crate) struct Learner {
    pub(crate) settings: SurfaceExploration,
    pub(crate) bandit: Bandit,
    pub(crate) budget: ExplorationBudget,
    /// How often each item was shown.
    exposures: Rows<u32>,
    /// Clicks and looks lately.
    rate: (f64, f64),
}

impl Learner {
    pub(crate) fn new(settings: SurfaceExploration) -> Self {
        let bandit = Bandit::new(settings.bandit.clone()).expect("settings are checked where they are made");
        let budget = ExplorationBudget::new(settings.budget.clone()).expect("settings are checked where they are made");
        Self { settings, bandit, budget, exposures: Rows::default(), rate: RATE_PRIOR }
    }

    pub(crate) fn exposures(&self, item: Row) -> u32 {
        self.exposures.get(item).copied().unwrap_or_default()
    }

    /// The clicks a look brings, over all items.
    pub(crate) fn rate(&self) -> f64 {
        (self.rate.0 / self.rate.1).min(1.0)
    }

    /// The answer as it is to be learned from; `None` where nothing of it can be.
    pub(crate) fn slate(&self, at: usize, time: Millis, impression: &Impression, names: &Names) -> Option<Waiting> {
        let explored = super::place::is_exploring(impression);
        let evidence = &impression.evidence;
        let read = self.bandit.reads_features();
        let is_known = || {
            let logged = columns::logged();
            let names = logged.specs().iter().map(|spec| spec.name);
            evidence.columns.iter().map(|name| &**name).eq(names)
        };
        if read && !is_known() {
            return None;
        }
        let placed = impression.shown.iter().take(PLACES_MAX).enumerate().filter_map(|(place, shown)| {
            let item = names.items.row(shown.item.as_str())?;
            let features = if read { features(evidence.of(place)) } else { Vec::new() };
            Some(Placed { item, place: shown.position.max(1) - 1, clicked: false, features: features.into() })
        });
        let placed: Vec<Placed> = placed.collect();
        let until = Millis(time.0.saturating_add(self.settings.patience.0));
        (!placed.is_empty()).then(|| Waiting { learner: at, until, explored, revenue: 0.0, placed: Arc::from(placed) })
    }

    /// Counts what is shown.
    pub(crate) fn count(&mut self, slate: &Waiting) {
        for placed in slate.placed.iter() {
            let count = self.exposures.get_mut(placed.item);
            *count = count.saturating_add(1);
        }
    }

    /// Learns what came of an answer.
    pub(crate) fn learn(&mut self, slate: &Waiting) {
        let feedback = slate.placed.iter().map(|placed| Feedback {
            candidate: self.candidate(placed.item, Candidate::NEUTRAL, &placed.features, None),
            place: placed.place as usize,
            reward: f64::from(u8::from(placed.clicked)),
        });
        let feedback: Vec<Feedback<'_>> = feedback.collect();
        let clicks = slate.placed.iter().filter(|placed| placed.clicked).count() as f64;
        self.learn_rate(&feedback, clicks);
        self.bandit.update_slate(&feedback);
        if let Some(explored) = slate.explored {
            // The log does not say what each slate was expected to bring; what is observed decides.
            let outcome =
                SlateOutcome { explored, greedy_expected: 0.0, expected: 0.0, clicks, revenue: slate.revenue };
            self.budget.observe(&outcome);
        }
    }

    fn learn_rate(&mut self, feedback: &[Feedback<'_>], clicks: f64) {
        let examination = &self.settings.bandit.examination;
        let (mut looks, mut clicked) = (0.0, false);
        for feedback in feedback {
            looks += examination.at(feedback.place, clicked);
            clicked |= feedback.reward > 0.0;
        }
        let fading = 1.0 - 1.0 / RATE_MEMORY;
        self.rate = (self.rate.0 * fading + clicks, self.rate.1 * fading + looks);
    }

    pub(crate) fn candidate<'a>(
        &self,
        item: Row,
        prior: f32,
        features: &'a [f32],
        age: Option<Millis>,
    ) -> Candidate<'a> {
        Candidate { item, prior, features, exposures: self.exposures(item), age }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_bytes(&mut out, &self.bandit.to_bytes());
        put_bytes(&mut out, &self.budget.to_bytes());
        let counts: Vec<u8> = self.exposures.iter().flat_map(|(_, count)| count.to_le_bytes()).collect();
        put_bytes(&mut out, &counts);
        out.extend_from_slice(&self.rate.0.to_le_bytes());
        out.extend_from_slice(&self.rate.1.to_le_bytes());
        out
    }

    pub(crate) fn decode(settings: SurfaceExploration, mut bytes: &[u8]) -> Option<Self> {
        let rest = &mut bytes;
        let bandit = Bandit::from_bytes(take_bytes(rest)?).ok()?;
        let budget = ExplorationBudget::from_bytes(take_bytes(rest)?).ok()?;
        let (counts, left) = take_bytes(rest)?.as_chunks::<4>();
        let exposures = counts.iter().map(|count| u32::from_le_bytes(*count)).collect();
        let (rate, end) = rest.as_chunks::<8>();
        let [clicks, looks] = rate else { return None };
        let rate = (f64::from_le_bytes(*clicks), f64::from_le_bytes(*looks));
        let is_sound = rate.0 >= 0.0 && rate.0.is_finite() && rate.1 > 0.0 && rate.1.is_finite();
        let is_same = *bandit.config() == settings.bandit;
        (is_same && is_sound && left.is_empty() && end.is_empty()).then_some(Self {
            settings,
            bandit,
            budget,
            exposures,
            rate,
        })
    }
}

/// Numbers that a policy reads of an item: a constant, then the columns that are logged.
pub(crate) fn features(logged: &[f32]) -> Vec<f32> {
    std::iter::once(1.0).chain(logged.iter().map(|value| value.clamp(-10.0, 10.0))).collect()
}

/// As many as [`features`] gives.
pub(crate) fn features_count() -> usize {
    1 + columns::logged().specs().len()
}

/// Reads a number of 64 bits.
pub(super) fn take_i64(rest: &mut &[u8]) -> Option<i64> {
    let (low, high) = (take_count(rest)? as u64, take_count(rest)? as u64);
    Some((low | high << 32) as i64)
}
