use types::Rng;

use super::{SessionLog, StrategyPolicy};
use crate::off_policy::{Estimate, OffPolicyError, Options, Round, evaluate};

/// What a policy must prove.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// It must bring so much more a session than the log did, with confidence; in units of reward.
    pub gain_min: f64,
    /// How the log is evaluated. Its confidence is two-sided: 0.9 leaves 5 % below the lower bound.
    pub options: Options,
}

impl Default for Bar {
    fn default() -> Self {
        Self { gain_min: 0.0, options: Options { confidence: 0.9, ..Options::default() } }
    }
}

/// Whether a policy may act, and why.
#[derive(Clone, Debug, PartialEq)]
pub enum Deployment {
    /// Its lower bound clears the bar: it may have an arm of an experiment.
    Deploy(GateReport),
    /// It may not act.
    Keep(NotDeployed),
}

/// The figures a decision rests on, in units of reward a session.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GateReport {
    /// Mean return of the log's sessions.
    pub logged: f64,
    /// What the policy would have brought.
    pub value: f64,
    /// The difference.
    pub gain: f64,
    /// Its lower bound.
    pub gain_low: f64,
    /// Sessions of equal weight that would tell as much as the log does.
    pub effective_sessions: f64,
    /// Sessions evaluated.
    pub sessions: usize,
}

/// Why a policy may not act.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NotDeployed {
    /// The lower bound of its gain is too low.
    #[error("the gain is {:.4} a session, at least {:.4}; {bar:.4} is asked for", .report.gain, .report.gain_low)]
    NotProven {
        /// The figures.
        report: GateReport,
        /// What was asked for.
        bar: f64,
    },
    /// The log cannot tell.
    #[error(transparent)]
    Unknown(#[from] OffPolicyError),
    /// No estimate is finite.
    #[error("no estimate is a finite number")]
    NotFinite,
}

/// Says whether `policy` may act, from sessions it did not learn from ([`SessionLog::split`]).
///
/// A session is one round of off-policy evaluation: its reward is the discounted return, its weight the product over its
/// steps of `pi(a | s) / mu(a | s)` (importance sampling per trajectory: Precup, Sutton and Singh 2000, ICML), self-normalised.
/// The lower bound is the lower of Student's and the bootstrap's; where rewards are extreme, also the winsorised ones.
/// Refusals of the evaluation (too few effective sessions, too little overlap) keep the policy from acting.
pub fn deploy_gate(log: &SessionLog, policy: &dyn StrategyPolicy, bar: &Bar, rng: &mut Rng) -> Deployment {
    match judge(log, policy, bar, rng) {
        Ok(report) => Deployment::Deploy(report),
        Err(reason) => Deployment::Keep(reason),
    }
}

fn judge(log: &SessionLog, policy: &dyn StrategyPolicy, bar: &Bar, rng: &mut Rng) -> Result<GateReport, NotDeployed> {
    let rounds = rounds(log, policy);
    let evaluation = evaluate(&rounds, &bar.options, rng)?;
    let estimate = evaluation.estimate("snips").ok_or(NotDeployed::NotFinite)?;
    let winsorised = evaluation.extreme.iter().flat_map(|extreme| &extreme.estimates);
    let same = winsorised.filter(|other| other.estimator == estimate.estimator);
    let gain_low = same.map(lower_bound).fold(lower_bound(estimate), f64::min);
    let report = GateReport {
        logged: evaluation.logged.value,
        value: estimate.value.value,
        gain: estimate.gain.value,
        gain_low,
        effective_sessions: evaluation.overlap.effective_sample_size,
        sessions: evaluation.overlap.rounds,
    };
    if gain_low > bar.gain_min { Ok(report) } else { Err(NotDeployed::NotProven { report, bar: bar.gain_min }) }
}

fn lower_bound(estimate: &Estimate) -> f64 {
    let intervals = &estimate.gain.intervals;
    intervals.student_t.low.min(intervals.bca.low)
}

fn rounds(log: &SessionLog, policy: &dyn StrategyPolicy) -> Vec<Round> {
    let round = |episode: &super::Episode| {
        let (mut logged, mut target) = (1.0f64, 1.0f64);
        for step in &episode.steps {
            logged *= step.propensity;
            target *= policy.probabilities(&step.state)[step.action];
            // Only the ratio counts; products of many steps would end as 0.
            let scale = logged.max(target);
            if scale > 0.0 {
                (logged, target) = (logged / scale, target / scale);
            }
        }
        Round {
            unit: episode.unit,
            context: Vec::new(),
            position: 0,
            action: 0,
            reward: log.returns(episode)[0],
            propensity: Some(logged),
            target: vec![(0, target)],
        }
    };
    log.episodes.iter().map(round).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Episode, LogConfig, Step};
    use super::*;

    /// Follows action 1 with the same probability everywhere.
    struct Fixed(f64);

    impl StrategyPolicy for Fixed {
        fn probabilities(&self, _: &[f32]) -> Vec<f64> {
            vec![1.0 - self.0, self.0]
        }
    }

    /// Two steps; action 1 brings 1 with 0.5 at each, action 0 with 0.3.
    fn log(sessions: u64) -> SessionLog {
        let mut rng = Rng::new(4);
        let mut step = || {
            let action = rng.below(2);
            let reward = f64::from(u8::from(rng.unit() < [0.3, 0.5][action]));
            Step { state: vec![0.0], action, propensity: 0.5, reward }
        };
        let episodes = (0..sessions).map(|unit| Episode { unit, steps: vec![step(), step()], after: None }).collect();
        SessionLog::new(LogConfig { features: 1, actions: 2, rewards: (0.0, 1.0), discount: 1.0 }, episodes).unwrap()
    }

    #[test]
    fn a_better_policy_may_act_once_there_is_evidence() {
        let better = Fixed(0.95);
        let Deployment::Deploy(report) = deploy_gate(&log(3_000), &better, &Bar::default(), &mut Rng::new(1)) else {
            panic!("a better policy is let out");
        };
        // 2 (0.95 0.5 + 0.05 0.3) = 0.98 against 0.8.
        assert!((report.value - 0.98).abs() < 0.06 && (report.logged - 0.8).abs() < 0.05, "{report:?}");
        assert!(report.gain_low > 0.0 && report.gain_low < report.gain);
        let too_high = Bar { gain_min: 0.2, ..Bar::default() };
        let kept = deploy_gate(&log(3_000), &better, &too_high, &mut Rng::new(1));
        assert!(matches!(kept, Deployment::Keep(NotDeployed::NotProven { bar, .. }) if bar == 0.2));
    }

    #[test]
    fn an_equal_a_worse_and_an_unknown_one_may_not() {
        for share in [0.5, 0.1] {
            let kept = deploy_gate(&log(3_000), &Fixed(share), &Bar::default(), &mut Rng::new(1));
            assert!(matches!(kept, Deployment::Keep(NotDeployed::NotProven { .. })), "{kept:?}");
        }
        let kept = deploy_gate(&log(25), &Fixed(0.95), &Bar::default(), &mut Rng::new(1));
        assert!(matches!(kept, Deployment::Keep(NotDeployed::Unknown(OffPolicyError::Refused(_)))), "{kept:?}");
    }
}
