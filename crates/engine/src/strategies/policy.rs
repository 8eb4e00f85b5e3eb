use learn::reinforcement::{
    DeepQ, DeepQConfig, Reinforce, ReinforceConfig, ReinforcementError, SessionLog, StrategyPolicy,
};
use types::Rng;

use super::document::Strategies;
use super::state::WIDTH;
use crate::names::{put_bytes, take_bytes};

const VERSION: u8 = 1;

/// How strategies are learnt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LearnMethod {
    /// Values of strategies, by conservative deep Q-learning.
    DeepQ,
    /// Probabilities of strategies, by the off-policy gradient of what they bring.
    Reinforce,
}

impl LearnMethod {
    /// All ways.
    pub const ALL: [Self; 2] = [Self::DeepQ, Self::Reinforce];

    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::DeepQ => "deep-q",
            Self::Reinforce => "reinforce",
        }
    }

    /// Reads a stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// A policy over a shop's strategies.
pub(super) struct LearnedPolicy {
    strategies: Vec<String>,
    learned: Learned,
}

enum Learned {
    DeepQ(DeepQ),
    Reinforce(Reinforce),
}

impl LearnedPolicy {
    /// Learns from sessions.
    pub(super) fn fit(
        method: LearnMethod,
        log: &SessionLog,
        strategies: &Strategies,
        rng: &mut Rng,
    ) -> Result<Self, ReinforcementError> {
        let learned = match method {
            LearnMethod::DeepQ => Learned::DeepQ(DeepQ::fit(log, &DeepQConfig::default(), rng)?.0),
            LearnMethod::Reinforce => Learned::Reinforce(Reinforce::fit(log, &ReinforceConfig::default(), rng)?.0),
        };
        Ok(Self { strategies: names(strategies), learned })
    }

    /// Bytes that [`LearnedPolicy::decode`] reads.
    pub(super) fn encode(&self) -> Vec<u8> {
        let (method, bytes) = match &self.learned {
            Learned::DeepQ(model) => (0, model.to_bytes()),
            Learned::Reinforce(model) => (1, model.to_bytes()),
        };
        let mut out = vec![VERSION, method, WIDTH as u8];
        put_bytes(&mut out, self.strategies.join("\n").as_bytes());
        put_bytes(&mut out, &bytes);
        out
    }

    /// Reads a policy for these strategies; says why where it is none.
    pub(super) fn decode(bytes: &[u8], strategies: &Strategies) -> Result<Self, String> {
        let [version, method, width, rest @ ..] = bytes else { return Err("its file is cut off".to_owned()) };
        if (*version, *width) != (VERSION, WIDTH as u8) {
            return Err("another version of the program made it".to_owned());
        }
        let rest = &mut &*rest;
        let cut_off = || "its file is cut off".to_owned();
        let learned_for = String::from_utf8_lossy(take_bytes(rest).ok_or_else(cut_off)?).into_owned();
        let (own, model) = (names(strategies), take_bytes(rest).ok_or_else(cut_off)?);
        if learned_for != own.join("\n") {
            return Err(format!("it was learnt for {}", learned_for.replace('\n', ", ")));
        }
        let damaged = |error: ReinforcementError| error.to_string();
        let learned = match method {
            0 => Learned::DeepQ(DeepQ::from_bytes(model).map_err(damaged)?),
            _ => Learned::Reinforce(Reinforce::from_bytes(model).map_err(damaged)?),
        };
        Ok(Self { strategies: own, learned })
    }
}

fn names(strategies: &Strategies) -> Vec<String> {
    strategies.strategies.iter().map(|one| one.name.to_string()).collect()
}

impl StrategyPolicy for LearnedPolicy {
    fn probabilities(&self, state: &[f32]) -> Vec<f64> {
        match &self.learned {
            Learned::DeepQ(model) => model.probabilities(state),
            Learned::Reinforce(model) => model.probabilities(state),
        }
    }
}
