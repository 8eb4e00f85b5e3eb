use learn::reinforcement::{
    Bar, Deployment, GateReport, LogConfig, NotDeployed, ReinforcementError, SessionLog, deploy_gate,
};
use serde_json::{Value as Json, json};
use types::{FieldError, Rng};

use super::gather::Gathered;
use super::policy::{LearnMethod, LearnedPolicy};
use super::state::WIDTH;
use super::{ARTEFACT, VERSIONS_KEPT};
use crate::{Result, Shop};

/// Share of the visitors whose sessions judge and do not teach.
const JUDGES: f64 = 0.4;
/// The most that an answer may bring or cost, in units of the worth of a purchase.
const REWARD_MAX: f64 = 10.0;

/// A policy that is to be learnt.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct StrategyOrder {
    /// How.
    pub method: LearnMethod,
    /// What it must bring more than was brought, a session, in units of worth, with 95 % confidence.
    pub gain_min: f64,
    /// Makes chance repeatable.
    pub seed: u64,
}

impl Default for StrategyOrder {
    fn default() -> Self {
        Self { method: LearnMethod::DeepQ, gain_min: 0.0, seed: 1 }
    }
}

/// What came of learning.
#[derive(Clone, PartialEq, Debug)]
pub struct StrategyReport {
    /// The version that was kept.
    pub version: u32,
    /// Whether the log proves it better than what was followed, so that it may be put in force.
    pub may_act: bool,
    /// All of it as a document: sessions, figures, reason.
    pub document: Json,
}

impl Shop {
    /// Learns from the log which strategy to follow when, and keeps the policy with what it would have brought to the
    /// sessions of visitors it did not learn from. Puts nothing in force.
    ///
    /// # Errors
    /// No strategies, no sessions that followed them, a bar out of range, or a log or registry that cannot be read or
    /// written.
    pub fn train_strategy(&self, order: &StrategyOrder) -> Result<StrategyReport> {
        let strategies = self.strategies();
        if strategies.strategies.is_empty() {
            return Err(FieldError::new("strategies_missing", "strategies", "at least two strategies", "none").into());
        }
        if !(-1e6..=1e6).contains(&order.gain_min) {
            let got = order.gain_min.to_string();
            return Err(FieldError::new("out_of_range", "gain_min", "-1000000 to 1000000", got).into());
        }
        let end = self.core.fold.lock().position;
        let mut gathered = Gathered::new(&strategies);
        self.each_event(end, &mut |event| gathered.take(event))?;
        let (episodes, unknown) = gathered.finish();
        let most = REWARD_MAX * strategies.worth.iter().copied().fold(0.01, f64::max);
        let config = LogConfig {
            features: WIDTH,
            actions: strategies.strategies.len(),
            rewards: (-most, most),
            discount: strategies.discount,
        };
        let log = SessionLog::new(config, episodes).map_err(|error| nothing(&error))?;
        let (learn, judge) = log.split(JUDGES).map_err(|error| nothing(&error))?;
        let mut rng = Rng::new(order.seed);
        let policy =
            LearnedPolicy::fit(order.method, &learn, &strategies, &mut rng).map_err(|error| nothing(&error))?;
        let bar = Bar { gain_min: order.gain_min, ..Bar::default() };
        let decision = deploy_gate(&judge, &policy, &bar, &mut rng);
        let may_act = matches!(decision, Deployment::Deploy(_));
        let counts = log.report();
        let document = json!({
            "method": order.method.name(),
            "strategies": strategies.strategies.iter().map(|one| &*one.name).collect::<Vec<_>>(),
            "sessions": counts.episodes,
            "answers": counts.steps,
            "left_out": counts.refused(),
            "rewards_cut": counts.clipped,
            "strategies_unknown": unknown,
            "gain_min": order.gain_min,
            "seed": order.seed,
            "may_act": may_act,
            "reason": reason(&decision),
            "judged": judged(&decision),
        });
        let registry = self.core.store.registry();
        let version = registry.put(ARTEFACT, &policy.encode(), &document, self.core.clock.now())?;
        registry.prune(ARTEFACT, VERSIONS_KEPT)?;
        Ok(StrategyReport { version, may_act, document })
    }
}

fn nothing(error: &ReinforcementError) -> FieldError {
    let expected =
        "sessions of several visitors who followed the strategies (an experiment with an arm that follows `random`)";
    FieldError::new("strategies_unlearnt", "log", expected, error.to_string())
}

fn reason(decision: &Deployment) -> String {
    match decision {
        Deployment::Deploy(report) => {
            format!("it would have brought {:.4} more a session, at least {:.4}", report.gain, report.gain_low)
        }
        Deployment::Keep(why) => why.to_string(),
    }
}

fn judged(decision: &Deployment) -> Json {
    let report = match decision {
        Deployment::Deploy(report) | Deployment::Keep(NotDeployed::NotProven { report, .. }) => report,
        Deployment::Keep(NotDeployed::Unknown(_) | NotDeployed::NotFinite) => return Json::Null,
    };
    let GateReport { logged, value, gain, gain_low, effective_sessions, sessions } = report;
    json!({
        "sessions": sessions,
        "effective_sessions": effective_sessions,
        "brought": logged,
        "would_have_brought": value,
        "gain": gain,
        "gain_at_least": gain_low,
    })
}
