use std::sync::Arc;

use learn::drift::{Evidence, Observation, Verdict, Watchdog, WatchdogConfig, WatchdogReport};
use learn::online::{RunningPlatt, RunningPlattConfig};

use crate::names::{put_bytes, take_bytes};

/// Watches whether what is learnt from clicks still predicts them better than the place alone; where not, it does not serve
/// until it does again. It goes on learning meanwhile.
///
/// Both predictions are calibrated as they come, so that they are compared by what they tell apart: examples are taken
/// from answers with a click, among which clicks are more frequent than among all.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    learnt: RunningPlatt,
    by_place: RunningPlatt,
    dog: Watchdog,
    /// The last block with evidence of a change; not in checkpoints.
    last: Option<Arc<[Evidence]>>,
}

/// How what is learnt from clicks as they come does.
#[derive(Clone, PartialEq, Debug)]
pub struct OnlineReport {
    /// The part of the score it may move, as the shop has it; 0 where it does not serve.
    pub strength: f32,
    /// Whether it predicts clicks worse than the place alone, and so does not serve.
    pub has_fallen_back: bool,
    /// Examples learnt from.
    pub learnt: u64,
    /// Examples left out.
    pub excluded: u64,
    /// Mean log-loss of its predictions, each made before it was learnt from; 0 where there was none.
    pub log_loss: f64,
    /// What its watchdog has seen.
    pub watchdog: WatchdogReport,
    /// What has changed, as far as it was seen since the start of this program.
    pub evidence: Vec<Evidence>,
}

impl Default for Watch {
    fn default() -> Self {
        let platt = || RunningPlatt::new(RunningPlattConfig::default()).expect("the settings are in range");
        let dog = Watchdog::new(config(), 0).expect("the settings are in range");
        Self { learnt: platt(), by_place: platt(), dog, last: None }
    }
}

fn config() -> WatchdogConfig {
    // Clicks move up and down the page with the season and the shelf; only what is worse than doing nothing is harm.
    WatchdogConfig { block: 500, fall_tolerated: 0.5, loss_tolerated: 0.002, ..WatchdogConfig::default() }
}

impl Watch {
    /// Takes an example with the log-odds that the learner and the place alone gave it before it was learnt from.
    pub(super) fn observe(&mut self, learnt: f64, by_place: f64, clicked: bool) {
        let observation = Observation {
            predicted: self.learnt.calibrated(learnt),
            fallback: Some(self.by_place.calibrated(by_place)),
            clicked,
            features: &[],
        };
        if let Some(Verdict::Alert(evidence) | Verdict::FallBack(evidence)) = self.dog.observe(&observation)
            && !evidence.is_empty()
        {
            self.last = Some(evidence.into());
        }
        let label = f64::from(u8::from(clicked));
        self.learnt.learn(learnt, label, 1.0);
        self.by_place.learn(by_place, label, 1.0);
    }

    pub(super) fn has_fallen_back(&self) -> bool {
        self.dog.has_fallen_back()
    }

    pub(super) fn report(&self) -> (WatchdogReport, Vec<Evidence>) {
        (*self.dog.report(), self.last.as_deref().map(<[Evidence]>::to_vec).unwrap_or_default())
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        for part in [self.learnt.to_bytes(), self.by_place.to_bytes(), self.dog.to_bytes()] {
            put_bytes(out, &part);
        }
    }

    pub(super) fn decode(rest: &mut &[u8]) -> Option<Self> {
        let platt = |bytes: &[u8]| RunningPlatt::from_bytes(RunningPlattConfig::default(), bytes).ok();
        let (learnt, by_place) = (platt(take_bytes(rest)?)?, platt(take_bytes(rest)?)?);
        let dog = Watchdog::from_bytes(config(), 0, take_bytes(rest)?).ok()?;
        Some(Self { learnt, by_place, dog, last: None })
    }
}
