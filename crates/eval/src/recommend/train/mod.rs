//! Training a shop's recommenders: compared on the last days of its log, refitted on all of it, kept, and put in force where
//! they are better.

mod compare;

use std::ops::ControlFlow;

use engine::{Promote, RecommenderTraining, Shop, TrainWatch, TrainingCheckpoints, TrainingOrder};
use learn::recommend::{FitError, Method, Parameters, Watcher};
use serde_json::{Value, json};
use types::RecommendKind;

use super::models::Choice;
use super::shop_time::{Asked, Log};
use crate::report::Report;
use crate::statistics::Comparison;
use crate::{Error, Result};
use compare::compare_all;

/// The figure that decides.
pub const MEASURE: &str = "ndcg@10";
/// Seed of training: the same log gives the same model.
const SEED: u64 = 1;
/// Where nobody says how much memory a training may take, the share of what is free now.
const FREE_MEMORY_SHARE: f64 = 0.8;

/// What came of a training.
#[derive(Clone, Debug)]
pub struct TrainReport {
    /// What the model recommends.
    pub kind: RecommendKind,
    /// What was asked, in words; `None` where there was nothing to compare on.
    pub asked: Option<&'static str>,
    /// Everything that was compared, the best first.
    pub compared: Vec<Row>,
    /// The best of the trained ones: what was kept.
    pub model: &'static str,
    /// It against what is in force, in [`MEASURE`]: `first` is what is in force.
    pub against_current: Option<Comparison>,
    /// The version it was kept as.
    pub version: u32,
    /// Whether it was put in force.
    pub promoted: bool,
    /// Why, or why not.
    pub reason: String,
    /// What a reader must know.
    pub remarks: Vec<String>,
}

/// A line of the comparison.
#[derive(Clone, Debug)]
pub struct Row {
    /// The method; what is learnt live has the name of what it recommends.
    pub name: String,
    /// What it is here.
    pub role: Role,
    /// Its figures; the reason where it has none.
    pub figures: std::result::Result<Report, String>,
    /// Seconds to train and measure it.
    pub seconds: f64,
}

/// What a model is in a comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// May be kept.
    Candidate,
    /// May be kept, and is what is in force now, to be trained with newer data.
    Refresh,
    /// In force now, and no candidate: trained the same way, on the part before the split.
    Current,
    /// What the shop does without a trained model.
    Live,
    /// What everybody gets.
    Baseline,
}

impl Role {
    /// Whether it may be kept.
    pub fn is_candidate(self) -> bool {
        matches!(self, Self::Candidate | Self::Refresh)
    }

    /// Whether it is what is in force.
    pub fn is_current(self) -> bool {
        matches!(self, Self::Refresh | Self::Current)
    }

    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Refresh => "candidate, in force",
            Self::Current => "in force",
            Self::Live => "live",
            Self::Baseline => "baseline",
        }
    }
}

/// Trains the best of the chosen methods for a shop and keeps it.
///
/// # Errors
/// A user's error about the options, a log that cannot be read or has nothing to learn from, or a training that fails or is
/// stopped; then nothing is kept.
pub fn train_shop(shop: &Shop, order: &TrainingOrder, watch: &mut TrainWatch<'_>) -> Result<TrainReport> {
    let methods = order.methods()?;
    let choices: Vec<Choice> = methods.into_iter().map(|(method, parameters)| Choice::of(method, parameters)).collect();
    let named = rayon::ThreadPoolBuilder::new().num_threads(order.threads).thread_name(|_| "training".to_owned());
    let pool = named.build().map_err(|error| Error::Threads(error.to_string()))?;
    pool.install(|| train_here(shop, order, &choices, watch))
}

fn train_here(
    shop: &Shop,
    order: &TrainingOrder,
    choices: &[Choice],
    watch: &mut TrainWatch<'_>,
) -> Result<TrainReport> {
    let memory = order.memory.or_else(|| free_memory().map(|free| (free as f64 * FREE_MEMORY_SHARE) as u64));
    if !watch("reading the log", 0.0) {
        return Err(Error::Training("training".to_owned(), FitError::Cancelled));
    }
    let mut log = Log::of_shop(shop)?;
    let mut checkpoints = shop.training_checkpoints(order, log.end())?;
    log.cut(checkpoints.until());
    let mut compared = compare_all(shop, order, (log, choices), memory, (watch, &mut checkpoints))?;
    if checkpoints.goes_on() {
        compared.remarks.push("it went on where a training of the same order was stopped".to_owned());
    }
    let best = compared.best_candidate();
    let against_current = best.and_then(|place| compared.against_current(place));
    let kept = match compared.refreshed() {
        // What is in force is as good as the best: it is what is trained anew, rather than left to grow old.
        Some(refreshed) if order.promote == Promote::IfBetter && !is_better(against_current.as_ref()) => {
            Some(refreshed)
        }
        _ => best,
    };
    let chosen = kept.map_or(0, |place| compared.tried[place].choice);
    let (method, parameters) = choices[chosen].trained().ok_or(Error::Nothing(shop.id().to_string(), "no method"))?;
    let evaluation = compared.to_json(kept, against_current.as_ref());
    let training = RecommenderTraining {
        method,
        parameters: parameters.clone(),
        memory,
        seed: SEED,
        until: Some(checkpoints.until()),
    };
    let name = format!("training {} on everything", method.name);
    let mut watcher = Step { name, watch, checkpoints: Some(&mut checkpoints) };
    let version = shop.train_recommender(order.kind, &training, evaluation, &mut watcher)?;
    checkpoints.delete()?;
    let (promote, reason) = decide(shop, order, method, parameters, against_current.as_ref())?;
    if promote {
        shop.promote_recommender(order.kind, version)?;
    }
    Ok(TrainReport {
        kind: order.kind,
        asked: compared.asked.map(Asked::name),
        compared: compared.rows(),
        model: method.name,
        against_current,
        version,
        promoted: promote,
        reason,
        remarks: compared.remarks,
    })
}

/// Whether the new model is put in force, and why.
fn decide(
    shop: &Shop,
    order: &TrainingOrder,
    method: &Method,
    parameters: &Parameters,
    against_current: Option<&Comparison>,
) -> Result<(bool, String)> {
    let current = shop.recommender_report(order.kind)?;
    let is_same = current.is_some_and(|report| same(&report, method, parameters));
    let told = |better: &Comparison| {
        let Comparison { difference, interval: (low, high), .. } = better;
        format!("{MEASURE} {difference:+.4} [{low:+.4}, {high:+.4}]")
    };
    Ok(match (order.promote, against_current) {
        (Promote::No, _) => (false, "nobody asked to put it in force".to_owned()),
        (Promote::Yes, _) => (true, "it was asked for".to_owned()),
        (Promote::IfBetter, _) if is_same => (true, "it is what is in force, with newer data".to_owned()),
        (Promote::IfBetter, None) => (false, "there was nothing to compare it on".to_owned()),
        (Promote::IfBetter, Some(better)) if is_better(against_current) => {
            (true, format!("it is better than what is in force by more than noise: {}", told(better)))
        }
        (Promote::IfBetter, Some(better)) => {
            (false, format!("it is not better than what is in force by more than noise: {}", told(better)))
        }
    })
}

/// Whether a comparison tells more than noise.
fn is_better(found: Option<&Comparison>) -> bool {
    found.is_some_and(|found| found.interval.0 > 0.0)
}

/// Whether a report is of this method with these hyper-parameters.
pub(super) fn same(report: &Value, method: &Method, parameters: &Parameters) -> bool {
    let alike = |(name, value): (&str, f64)| report["parameters"][name].as_f64() == Some(value);
    report["model"].as_str() == Some(method.name) && parameters.iter().all(alike)
}

impl Row {
    /// The line as JSON.
    pub fn to_json(&self) -> Value {
        let figures = self.figures.as_ref().ok().map(Report::to_json);
        json!({
            "name": self.name, "role": self.role.name(), "figures": figures, "error": self.figures.as_ref().err(),
            "seconds": self.seconds,
        })
    }
}

impl TrainReport {
    /// The report as JSON.
    pub fn to_json(&self) -> Value {
        json!({
            "kind": self.kind.name(), "asked": self.asked, "measure": MEASURE,
            "compared": self.compared.iter().map(Row::to_json).collect::<Vec<_>>(),
            "model": self.model, "version": self.version,
            "against_current": self.against_current.as_ref().map(comparison_json),
            "promoted": self.promoted, "reason": self.reason, "remarks": self.remarks,
        })
    }
}

pub(super) fn comparison_json(found: &Comparison) -> Value {
    json!({
        "before": found.first, "after": found.second, "difference": found.difference,
        "interval": [found.interval.0, found.interval.1], "p_value": found.p_value,
    })
}

/// One step of a training, told to whoever looks on.
pub(super) struct Step<'a, 'b, 'c> {
    pub(super) name: String,
    pub(super) watch: &'a mut TrainWatch<'b>,
    pub(super) checkpoints: Option<&'a mut TrainingCheckpoints<'c>>,
}

impl Watcher for Step<'_, '_, '_> {
    fn progress(&mut self, done: f64, _loss: Option<f64>) -> ControlFlow<()> {
        if (self.watch)(&self.name, done) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    fn load(&mut self, name: &str) -> Option<Vec<u8>> {
        self.checkpoints.as_ref()?.load(name)
    }

    fn save(&mut self, name: &str, state: &mut dyn FnMut() -> Vec<u8>) {
        if let Some(checkpoints) = &mut self.checkpoints {
            checkpoints.save(name, state);
        }
    }
}

/// Bytes of memory that are free now, where the system says.
fn free_memory() -> Option<u64> {
    let text = fs_err::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(1024 * line.split_whitespace().next()?.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::{Engine, EngineConfig};
    use std::sync::Arc;
    use types::{
        Actor, Event, EventBody, EventId, FixedClock, Interaction, InteractionKind, ItemId, Millis, SessionId,
        Settings, ShopId, UserId,
    };

    const NOW: Millis = Millis(1_760_000_000_000);

    struct Place {
        shop: Arc<Shop>,
        _engine: Engine,
        _folder: tempfile::TempDir,
    }

    /// Each of 60 users buys a and b, and forty days later `then`.
    fn place(then: &[&str]) -> Place {
        let folder = tempfile::tempdir().unwrap();
        let config = EngineConfig { data_dir: folder.path().to_owned(), ..EngineConfig::default() };
        let engine = Engine::open(config, Arc::new(FixedClock(NOW))).unwrap();
        let settings = Settings { encoders: Vec::new(), ..Settings::default() };
        let shop = engine.create_shop(&ShopId::new("tea").unwrap(), settings).unwrap();
        let mut events = Vec::new();
        for user in 0..60 {
            for (days, items) in [(50, &["茶", "杯"][..]), (10, then)] {
                let numbered = (0..).zip(items);
                events.extend(numbered.map(|(number, item)| bought(user, days, number, item)));
            }
        }
        shop.append(events).unwrap();
        Place { shop, _engine: engine, _folder: folder }
    }

    fn bought(user: i64, days_ago: i64, number: usize, item: &str) -> Event {
        let actor = Actor {
            user: Some(UserId::new(format!("user-{user}")).unwrap()),
            anonymous: None,
            session: Some(SessionId::new(format!("visit-{user}-{days_ago}")).unwrap()),
        };
        let item = Some(ItemId::new(item).unwrap());
        let interaction = Interaction { item, ..Interaction::new(InteractionKind::Purchase, actor) };
        Event {
            id: EventId::new(format!("{user}-{days_ago}-{number}")).unwrap(),
            time: Millis(NOW.0 - days_ago * Millis::DAY + user * Millis::SECOND),
            body: EventBody::Interaction(interaction),
        }
    }

    fn order(promote: Promote) -> TrainingOrder {
        let models = vec!["popular".to_owned()];
        TrainingOrder { models, promote, threads: 1, ..TrainingOrder::new(RecommendKind::ForYou) }
    }

    #[test]
    fn the_best_is_kept_and_compared_with_what_is_in_force() {
        let place = place(&["茶", "壶"]);
        let mut steps = Vec::new();
        let report = train_shop(&place.shop, &order(Promote::Yes), &mut |step, _| {
            steps.push(step.to_owned());
            true
        });
        let report = report.unwrap();
        assert_eq!((report.model, report.version, report.promoted), ("popular", 1, true));
        assert_eq!(report.asked, Some("the next basket of known buyers"));
        let names: Vec<(&str, Role)> = report.compared.iter().map(|row| (row.name.as_str(), row.role)).collect();
        assert!(names.contains(&("popular", Role::Candidate)) && names.contains(&("for-you", Role::Live)), "{names:?}");
        let figures = report.compared[0].figures.as_ref().unwrap();
        assert_eq!(figures.queries, 60);
        // The pot was never sold before the split, so nobody can know it.
        assert!(figures.metric("recall@5").unwrap().value <= 0.5);
        assert!(report.against_current.is_some() && steps.contains(&"training popular on everything".to_owned()));
        let kept = place.shop.recommender_report(RecommendKind::ForYou).unwrap().unwrap();
        assert_eq!(
            (&kept["model"], &kept["items"], &kept["interactions"]),
            (&json!("popular"), &json!(3), &json!(240))
        );
        assert_eq!(kept["evaluation"]["compared"].as_array().map(Vec::len), Some(2));
        // Again: the same method with newer data takes the place of the old one.
        let again = train_shop(&place.shop, &order(Promote::IfBetter), &mut |_, _| true).unwrap();
        assert!(again.promoted && again.reason.contains("newer data"), "{}", again.reason);
        assert!(again.compared.iter().any(|row| row.role == Role::Refresh));
        assert_eq!(place.shop.recommender(RecommendKind::ForYou), Some(2));
    }

    #[test]
    fn a_stopped_training_goes_on_with_what_it_knew() {
        let place = place(&["茶", "壶"]);
        let stopped = train_shop(&place.shop, &order(Promote::No), &mut |step, _| !step.contains("on everything"));
        assert!(stopped.unwrap_err().is_cancelled());
        place.shop.append(vec![bought(99, 1, 0, "茶")]).unwrap();
        let report = train_shop(&place.shop, &order(Promote::No), &mut |_, _| true).unwrap();
        assert!(report.remarks.iter().any(|remark| remark.contains("went on")), "{:?}", report.remarks);
        let learnt = |version: usize| {
            let versions = place.shop.recommender_versions(RecommendKind::ForYou).unwrap();
            versions[version].report["interactions"].as_u64()
        };
        assert_eq!(learnt(0), Some(240), "as the log was when it began");
        let report = train_shop(&place.shop, &order(Promote::No), &mut |_, _| true).unwrap();
        assert!(!report.remarks.iter().any(|remark| remark.contains("went on")), "{:?}", report.remarks);
        assert_eq!(learnt(1), Some(241));
    }

    #[test]
    fn nothing_worse_than_the_live_way_is_put_in_force() {
        let place = place(&["茶", "杯"]);
        let report = train_shop(&place.shop, &order(Promote::IfBetter), &mut |_, _| true).unwrap();
        assert!(!report.promoted && report.reason.contains("not better"), "{}", report.reason);
        assert_eq!(place.shop.recommender(RecommendKind::ForYou), None);
        let carts = TrainingOrder { kind: RecommendKind::BoughtTogether, ..order(Promote::No) };
        let report = train_shop(&place.shop, &carts, &mut |_, _| true).unwrap();
        assert_eq!(report.asked, Some("the rest of a basket, given its first item"));
        assert_eq!(report.to_json()["compared"][0]["figures"]["queries"], 60);
    }

    #[test]
    fn what_cannot_be_compared_is_trained_all_the_same_and_never_promoted_by_the_rule() {
        let place = place(&[]);
        let report = train_shop(&place.shop, &order(Promote::IfBetter), &mut |_, _| true).unwrap();
        assert!(!report.promoted && report.asked.is_none() && report.compared.is_empty());
        assert!(report.reason.contains("nothing to compare"), "{}", report.reason);
        let error = train_shop(&place.shop, &order(Promote::No), &mut |_, _| false).unwrap_err();
        assert!(error.is_user() && error.to_string().contains("cancelled"), "{error}");
        let bad = TrainingOrder { models: vec!["magic".to_owned()], ..order(Promote::No) };
        assert!(train_shop(&place.shop, &bad, &mut |_, _| true).unwrap_err().is_user());
        assert_eq!(place.shop.recommender_versions(RecommendKind::ForYou).unwrap().len(), 1);
    }
}
