use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use engine::{Engine, EngineConfig, ExplorationSettings, Shop, SurfaceExploration};
use learn::bandits::POLICIES;
use serde_json::Value;
use types::{Clock, Event, FieldError, Millis, Settings, ShopId, SortKey, SortOrder, Surface};

use super::market::Market;
use super::nights::NightlyRankers;
use crate::{Result, fixtures};

/// Events handed to the engine at a time while a history is told.
const EVENTS_AT_ONCE: usize = 10_000;
/// How [`Arm::whole_loop`] explores, and how far clicks move its results at once.
const LOOP_POLICY: &str = "thompson";
const LOOP_ONLINE: f32 = 0.2;
/// Share of searches that may explore where somebody says what exploring may cost; the rest is what it is measured against.
const SHARE_MAX: f64 = 0.95;

/// One way to run the shop that shoppers are sent to.
#[derive(Clone, PartialEq, Debug)]
pub struct Arm {
    /// What it is called in reports.
    pub name: Arc<str>,
    /// Whether the engine is told what shoppers do from the first day on; where not, it knows the history alone.
    pub learns: bool,
    /// Whether searches are personal.
    pub personalise: bool,
    /// Whether the page swaps two neighbours of each result list by a fair coin, to measure examination.
    pub swaps: bool,
    /// What decides the order of results.
    pub order: ArmOrder,
    /// What may be explored.
    pub explore: ExplorationSettings,
    /// Rankers that are trained at night; `None` for none.
    pub rankers: Option<NightlyRankers>,
    /// Settings of the shop.
    pub settings: Settings,
}

/// What decides the order of an arm's results.
#[derive(Clone, PartialEq, Debug)]
pub enum ArmOrder {
    /// The engine's ranking.
    Ranked,
    /// An attribute, such as the price: mostly a bad idea.
    By(Arc<str>, SortOrder),
}

impl Arm {
    /// An arm that learns from what shoppers do, with a shop that searches by words alone: encoders cost time and no
    /// comparison of learning wants them.
    pub fn learning(name: &str) -> Self {
        let settings = Settings { encoders: Vec::new(), pictures: None, ..Settings::default() };
        Self {
            name: Arc::from(name),
            learns: true,
            personalise: true,
            swaps: false,
            order: ArmOrder::Ranked,
            explore: ExplorationSettings::default(),
            rankers: None,
            settings,
        }
    }

    /// An arm that does all there is to do: it learns, lets clicks move results at once, explores searches within the
    /// budget that is taken for granted, and trains a ranker every night.
    ///
    /// # Panics
    /// Never: the policy is one of the list.
    pub fn whole_loop(name: &str) -> Self {
        let mut arm = Self::exploring(name, LOOP_POLICY, None).expect("the policy is one of the list");
        arm.rankers = Some(NightlyRankers::default());
        arm.settings.online_learning = LOOP_ONLINE;
        arm
    }

    /// An arm that learns and explores searches by a bandit, whose exploring may cost a share of the clicks; `None` as
    /// much as is taken for granted.
    ///
    /// # Errors
    /// A policy that is not one of [`Arm::policies`], or a share that is none.
    pub fn exploring(name: &str, policy: &str, cost: Option<f64>) -> std::result::Result<Self, FieldError> {
        let mut surface = SurfaceExploration::new(Surface::Search, policy)?;
        if let Some(cost) = cost {
            (surface.budget.regret_max, surface.budget.revenue_loss_max) = (cost, cost);
            surface.budget.share_max = SHARE_MAX;
        }
        let explore = ExplorationSettings { surfaces: vec![surface.checked()?] };
        Ok(Self { explore, ..Self::learning(name) })
    }

    /// The bandits that searches may be explored by.
    pub fn policies() -> impl Iterator<Item = &'static str> {
        POLICIES.iter().map(|(name, _)| *name)
    }

    /// An arm that stays as its history made it.
    pub fn fixed(name: &str) -> Self {
        Self { learns: false, personalise: false, ..Self::learning(name) }
    }

    /// Reads `{"learns": true, "personalise": true, "swaps": false, "sort": "-price", "explore": {…}, "rankers": {…},
    /// "settings": {…}}`, in which all may be left out; `settings` are a shop's, `explore` is what
    /// [`engine::exploration_from_json`] reads and `rankers` what [`NightlyRankers::from_json`] does. `-` before the
    /// attribute sorts the largest first.
    ///
    /// # Errors
    /// Names the field that is unknown or of another type.
    pub fn from_json(name: &str, document: &Value) -> std::result::Result<Self, FieldError> {
        let mut arm = Self::learning(name);
        let wrong =
            |field: &str, expected: &str, got: &Value| FieldError::new("arm_invalid", field, expected, got.to_string());
        let fields = document.as_object().ok_or_else(|| wrong("arm", "an object", document))?;
        for (field, value) in fields {
            let truth = || value.as_bool().ok_or_else(|| wrong(field, "true or false", value));
            match field.as_str() {
                "learns" => arm.learns = truth()?,
                "personalise" => arm.personalise = truth()?,
                "swaps" => arm.swaps = truth()?,
                "sort" => {
                    let sort =
                        value.as_str().ok_or_else(|| wrong(field, "an attribute, `-` before it or not", value))?;
                    arm.order = match sort.strip_prefix('-') {
                        Some(attribute) => ArmOrder::By(Arc::from(attribute), SortOrder::Descending),
                        None => ArmOrder::By(Arc::from(sort), SortOrder::Ascending),
                    };
                }
                "explore" => {
                    arm.explore = engine::exploration_from_json(value).map_err(|error| error.within(field))?;
                }
                "rankers" => {
                    arm.rankers = Some(NightlyRankers::from_json(value).map_err(|error| error.within(field))?);
                }
                "settings" => arm.settings = formats::json::settings_from_json(value)?,
                _ => {
                    let known = "learns, personalise, swaps, sort, explore, rankers or settings";
                    return Err(wrong(field, known, value));
                }
            }
        }
        Ok(arm)
    }

    pub(super) fn sort(&self) -> Vec<SortKey> {
        match &self.order {
            ArmOrder::Ranked => Vec::new(),
            ArmOrder::By(attribute, order) => vec![SortKey { attribute: Arc::clone(attribute), order: *order }],
        }
    }
}

/// A clock that stands where it was put.
#[derive(Default)]
pub(super) struct SetClock(AtomicI64);

impl SetClock {
    pub(super) fn set(&self, now: Millis) {
        self.0.store(now.0, Ordering::Release);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Millis {
        Millis(self.0.load(Ordering::Acquire))
    }
}

/// The shop of an arm, open, in a folder that goes with it.
pub(super) struct OpenArm {
    pub(super) shop: Arc<Shop>,
    pub(super) clock: Arc<SetClock>,
    _engine: Engine,
    _folder: tempfile::TempDir,
}

impl OpenArm {
    /// Opens a new shop with the market's catalogue and a history, at the market's end.
    pub(super) fn open(arm: &Arm, market: &Market, models: &Path, history: &[Event]) -> Result<Self> {
        let folder = tempfile::tempdir().map_err(|error| crate::Error::file(Path::new("a temporary folder"), error))?;
        let clock = Arc::new(SetClock::default());
        clock.set(market.end);
        let config = EngineConfig {
            data_dir: folder.path().to_owned(),
            models_dir: models.to_owned(),
            threads: 1,
            learns_words: false,
            ..EngineConfig::default()
        };
        let engine = Engine::open(config, Arc::<SetClock>::clone(&clock) as Arc<dyn Clock>)?;
        let shop = engine.create_shop(&ShopId::new("simulated")?, arm.settings.clone())?;
        let first = history.iter().map(|event| event.time).min().unwrap_or(market.end);
        let catalogue = fixtures::catalogue_events(market.catalogue.clone(), first)?;
        for events in catalogue.chunks(EVENTS_AT_ONCE).chain(history.chunks(EVENTS_AT_ONCE)) {
            shop.append(events.to_vec())?;
        }
        shop.wait_until_current(&mut |_| true)?;
        shop.learn_words()?;
        shop.set_exploration(arm.explore.clone())?;
        Ok(Self { shop, clock, _engine: engine, _folder: folder })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_policy_makes_an_arm_and_others_are_named() {
        for policy in Arm::policies() {
            let arm = Arm::exploring(policy, policy, Some(1.0)).unwrap();
            assert_eq!(arm.explore.surfaces[0].bandit.policy, policy);
        }
        assert_eq!(Arm::exploring("x", "guess", None).unwrap_err().field, "policy");
        assert_eq!(Arm::exploring("x", "ucb", Some(2.0)).unwrap_err().field, "budget.regret");
    }

    #[test]
    fn arms_are_read_and_what_is_wrong_is_named() {
        let arm = Arm::from_json("dear", &json!({ "sort": "-price", "learns": false })).unwrap();
        assert_eq!(arm.order, ArmOrder::By(Arc::from("price"), SortOrder::Descending));
        assert!(!arm.learns && arm.personalise && arm.sort().len() == 1);
        assert_eq!(Arm::from_json("plain", &json!({})).unwrap(), Arm::learning("plain"));
        let explore = json!({ "surfaces": [{ "surface": "search", "policy": LOOP_POLICY }] });
        let settings = json!({ "encoders": [], "pictures": null, "online_learning": LOOP_ONLINE });
        let whole = json!({ "explore": explore, "rankers": {}, "settings": settings });
        assert_eq!(Arm::from_json("loop", &whole).unwrap(), Arm::whole_loop("loop"));
        for (document, field) in [
            (json!({ "learn": true }), "learn"),
            (json!({ "swaps": 1 }), "swaps"),
            (json!({ "rankers": { "trees": 1 } }), "rankers.trees"),
            (json!({ "explore": { "surfaces": [{ "surface": "home" }] } }), "explore.surfaces.[0].policy"),
            (json!([]), "arm"),
        ] {
            assert_eq!(Arm::from_json("x", &document).unwrap_err().field, field);
        }
    }
}
