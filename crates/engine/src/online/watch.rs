use std::sync::Arc;

use learn::drift::{Evidence, Observation, Verdict, Watchdog, WatchdogConfig, WatchdogReport};

use crate::names::{put_bytes, take_bytes};

/// Watches whether shoppers still find what they want near the top under what is learnt from clicks. Where far fewer of the
/// items they look at are clicked than before, it steps back for a while, and goes on learning; where that was not its
/// fault, it comes back.
///
/// What is watched is what shoppers do, not how well clicks are predicted: where learning puts what is liked at the top, the
/// place alone predicts clicks well, and the better the ranking, the worse it would look.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    dog: Watchdog,
    /// The last block with evidence of a change; not in checkpoints.
    last: Option<Arc<[Evidence]>>,
}

/// How what is learnt from clicks as they come does.
#[derive(Clone, PartialEq, Debug)]
pub struct OnlineReport {
    /// The part of the score it may move, as the shop has it; 0 where it does not serve.
    pub strength: f32,
    /// Whether far fewer of the items looked at are clicked than before, so that it does not serve for a while.
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
        Self { dog: Watchdog::new(config(), 0).expect("the settings are in range"), last: None }
    }
}

fn config() -> WatchdogConfig {
    /// More than any difference.
    const NEVER: f64 = 1e3;
    WatchdogConfig {
        block: 500,
        fall_tolerated: 0.3,
        miscalibration_tolerated: NEVER,
        loss_tolerated: NEVER,
        ..WatchdogConfig::default()
    }
}

impl Watch {
    /// Takes what became of an item that was looked at.
    pub(super) fn observe(&mut self, clicked: bool) {
        let observation = Observation { predicted: 0.5, fallback: None, clicked, features: &[] };
        if let Some(Verdict::Alert(evidence) | Verdict::FallBack(evidence)) = self.dog.observe(&observation)
            && !evidence.is_empty()
        {
            self.last = Some(evidence.into());
        }
    }

    pub(super) fn has_fallen_back(&self) -> bool {
        self.dog.has_fallen_back()
    }

    pub(super) fn report(&self) -> (WatchdogReport, Vec<Evidence>) {
        (*self.dog.report(), self.last.as_deref().map(<[Evidence]>::to_vec).unwrap_or_default())
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        put_bytes(out, &self.dog.to_bytes());
    }

    pub(super) fn decode(rest: &mut &[u8]) -> Option<Self> {
        let dog = Watchdog::from_bytes(config(), 0, take_bytes(rest)?).ok()?;
        Some(Self { dog, last: None })
    }
}
