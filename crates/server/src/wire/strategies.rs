use engine::{LearnMethod, Shop, StrategyOrder};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::FieldError;
use utoipa::ToSchema;

/// Ways to answer of which each answer follows one, and what is learnt for.
#[derive(ToSchema)]
#[schema(as = Strategies)]
#[expect(dead_code, reason = "it only describes a document that the engine reads and writes")]
pub(crate) struct StrategiesDocument {
    /// 2 to 16, or none to end it; the first is what is done where nothing is chosen.
    strategies: Vec<StrategyDocument>,
    /// Minutes without a deed or an answer after which a session is over, 1 to 1,440; 30 where not said.
    session_minutes: Option<f64>,
    /// What `click`, `cart` and `purchase` are worth, 0 to 1,000 each; .1, .3 and 1 where not said.
    #[schema(value_type = Option<Object>)]
    worth: Option<Value>,
    /// What a reward one answer later is worth, 0 to 1; .95 where not said.
    discount: Option<f64>,
}

/// A way to answer.
#[derive(ToSchema)]
#[schema(as = Strategy)]
#[expect(dead_code, reason = "it only describes a document that the engine reads and writes")]
pub(crate) struct StrategyDocument {
    /// Its name.
    #[schema(example = "varied")]
    name: String,
    /// What it changes of searches and recommendations, as arms of experiments do.
    #[schema(value_type = Option<Object>, example = json!({"diversity": 0.4}))]
    changes: Option<Value>,
}

/// The strategies of a shop, and what was learnt of them.
#[derive(Serialize, ToSchema)]
pub(crate) struct StrategiesAnswer {
    /// The document.
    #[serde(flatten)]
    #[schema(value_type = StrategiesDocument)]
    document: Value,
    /// The learnt policy in force.
    in_force: Option<u32>,
    /// Learnt policies, oldest first.
    versions: Vec<StrategyVersionAnswer>,
}

/// A learnt policy.
#[derive(Serialize, ToSchema)]
pub(crate) struct StrategyVersionAnswer {
    version: u32,
    in_force: bool,
    /// What it learnt from (`sessions`, `answers`), whether it may act (`may_act`) and why (`reason`, `judged`: what sessions
    /// brought and what it would have brought).
    #[schema(value_type = Object)]
    report: Value,
}

impl StrategyVersionAnswer {
    pub(crate) fn new(version: u32, in_force: bool, report: Value) -> Self {
        Self { version, in_force, report }
    }
}

impl StrategiesAnswer {
    /// How a shop's strategies stand.
    ///
    /// # Errors
    /// A registry that cannot be read.
    pub(crate) fn of(shop: &Shop) -> engine::Result<Self> {
        let in_force = shop.learned_strategy();
        let answer = |one: engine::StrategyVersion| {
            StrategyVersionAnswer::new(one.version, in_force == Some(one.version), one.report)
        };
        Ok(Self {
            document: engine::strategies_to_json(&shop.strategies()),
            in_force,
            versions: shop.strategy_versions()?.into_iter().map(answer).collect(),
        })
    }
}

/// How a policy is learnt.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LearnStrategyBody {
    /// `deep-q` (conservative deep Q-learning, the default) or `reinforce` (the off-policy gradient).
    #[schema(example = "deep-q")]
    method: Option<String>,
    /// What it must bring more than was brought, a session, with 95 % confidence; 0 where not said.
    gain_min: Option<f64>,
    /// Makes chance repeatable.
    seed: Option<u64>,
}

impl LearnStrategyBody {
    /// Checks it.
    ///
    /// # Errors
    /// A [`FieldError`] about the method.
    pub(crate) fn read(self) -> Result<StrategyOrder, FieldError> {
        let default = StrategyOrder::default();
        let names: Vec<&str> = LearnMethod::ALL.iter().map(|one| one.name()).collect();
        let method = self.method.map(|name| super::parts::named("method", &name, LearnMethod::from_name, &names));
        Ok(StrategyOrder {
            method: method.transpose()?.unwrap_or(default.method),
            gain_min: self.gain_min.unwrap_or(default.gain_min),
            seed: self.seed.unwrap_or(default.seed),
        })
    }
}
