use std::time::Instant;

use engine::{Shop, TrainWatch, TrainingCheckpoints, TrainingOrder};
use learn::recommend::FitError;
use serde_json::{Value, json};

use super::{MEASURE, Role, Row, Step, comparison_json, same};
use crate::recommend::data::Split;
use crate::recommend::evaluate::{Protocol, evaluate_within};
use crate::recommend::models::{Choice, Learnt, Within};
use crate::recommend::shop_time::{Asked, Log};
use crate::report::{Bootstrap, Report};
use crate::statistics::{Comparison, Scores, compare};
use crate::{Error, Result};

/// Cases asked at most: enough to tell a hundredth apart.
const CASES_MAX: usize = 10_000;

/// Models measured side by side.
pub(super) struct Compared {
    pub(super) asked: Option<Asked>,
    pub(super) tried: Vec<Tried>,
    pub(super) remarks: Vec<String>,
}

/// One of them.
pub(super) struct Tried {
    name: String,
    role: Role,
    /// Its place among the choices, for a candidate.
    pub(super) choice: usize,
    found: std::result::Result<(Report, Scores), String>,
    seconds: f64,
}

/// Measures the choices, what is in force, what is learnt live, and a baseline.
pub(super) fn compare_all(
    shop: &Shop,
    order: &TrainingOrder,
    (log, choices): (Log, &[Choice]),
    memory: Option<u64>,
    (watch, checkpoints): (&mut TrainWatch<'_>, &mut TrainingCheckpoints<'_>),
) -> Result<Compared> {
    let mut compared = Compared { asked: None, tried: Vec::new(), remarks: Vec::new() };
    let Some((asked, split)) = split_of(shop, order, log, &mut compared.remarks)? else { return Ok(compared) };
    compared.asked = Some(asked);
    compared.remarks.push(format!("asked: {}, on the last {} days", asked.name(), order.holdout_days));
    let learnt = Learnt::from_split(&split);
    if learnt.interactions.is_empty() {
        compared.remarks.push("nothing happened before the split".to_owned());
        return Ok(compared);
    }
    for (choice, role, place) in contestants(shop, order, choices)? {
        let began = Instant::now();
        let name = format!("comparing {} ({})", choice.name, role.name());
        let mut watcher = Step { name, watch: &mut *watch, checkpoints: Some(&mut *checkpoints) };
        let within = Within { memory, watcher: &mut watcher };
        let found = match evaluate_within(&split, Protocol::Time, &learnt, &choice, Bootstrap::default(), within) {
            Ok(found) => Ok(found),
            Err(error @ Error::Training(_, FitError::Cancelled)) => return Err(error),
            // One that cannot be trained here is no reason not to try the others.
            Err(Error::Training(_, error)) => Err(error.to_string()),
            Err(other) => return Err(other),
        };
        let seconds = began.elapsed().as_secs_f64();
        compared.tried.push(Tried { name: choice.name.to_owned(), role, choice: place, found, seconds });
    }
    let failed = |tried: &&Tried| tried.role.is_candidate() && tried.found.is_err();
    if compared.tried.iter().filter(failed).count() == choices.len() {
        let why = compared.tried.iter().find(failed).and_then(|tried| tried.found.as_ref().err());
        return Err(Error::Untrainable(why.cloned().unwrap_or_default()));
    }
    Ok(compared)
}

/// The log split before its last days by the first way to ask that finds cases; `None` where none does.
fn split_of(shop: &Shop, order: &TrainingOrder, log: Log, remarks: &mut Vec<String>) -> Result<Option<(Asked, Split)>> {
    let ways = Asked::of(order.kind);
    let moment = log.days_before_end(order.holdout_days);
    let found = match log.split_of(shop, moment, ways) {
        Ok((asked, mut split)) => {
            split.sample(CASES_MAX);
            Some((asked, split))
        }
        Err(Error::Nothing(..)) => None,
        Err(other) => return Err(other),
    };
    let is_found = |way: &&Asked| found.as_ref().is_some_and(|(asked, _)| asked == *way);
    remarks.extend(ways.iter().take_while(|way| !is_found(way)).map(|way| format!("not compared: {}", way.missing())));
    Ok(found)
}

/// What is compared: the candidates, what is in force, and what needs no training.
fn contestants(shop: &Shop, order: &TrainingOrder, choices: &[Choice]) -> Result<Vec<(Choice, Role, usize)>> {
    let current = shop.recommender_report(order.kind)?;
    let is_current = |choice: &Choice| match (&current, choice.trained()) {
        (Some(report), Some((method, parameters))) => same(report, method, parameters),
        _ => false,
    };
    let role = |choice: &Choice| if is_current(choice) { Role::Refresh } else { Role::Candidate };
    let candidates = choices.iter().enumerate().map(|(place, choice)| (choice.clone(), role(choice), place));
    let mut all: Vec<(Choice, Role, usize)> = candidates.collect();
    if let Some(report) = &current
        && !choices.iter().any(is_current)
    {
        // A later version of the program may not know a parameter any more; then there is nothing to compare with.
        all.extend(choice_of(report).map(|choice| (choice, Role::Current, 0)));
    }
    all.push((Choice::live(order.kind.name()), Role::Live, 0));
    if !all.iter().any(|(choice, ..)| choice.name == "popular") {
        all.push((Choice::new("popular", &[])?, Role::Baseline, 0));
    }
    Ok(all)
}

/// What a report is of.
fn choice_of(report: &Value) -> Option<Choice> {
    let parameters = report["parameters"].as_object()?;
    let chosen: Vec<(String, f64)> =
        parameters.iter().filter_map(|(name, value)| Some((name.clone(), value.as_f64()?))).collect();
    Choice::new(report["model"].as_str()?, &chosen).ok()
}

impl Compared {
    fn figure(tried: &Tried) -> f64 {
        let metric = tried.found.as_ref().ok().and_then(|(report, _)| report.metric(MEASURE));
        metric.map_or(f64::NEG_INFINITY, |metric| metric.value)
    }

    /// The place of the best candidate; the first of equals.
    pub(super) fn best_candidate(&self) -> Option<usize> {
        let candidates = self.tried.iter().enumerate().filter(|(_, tried)| tried.role.is_candidate());
        let measured = candidates.filter(|(_, tried)| tried.found.is_ok()).rev();
        measured.max_by(|(_, a), (_, b)| Self::figure(a).total_cmp(&Self::figure(b))).map(|(place, _)| place)
    }

    /// The place of the candidate that is in force, where it was measured.
    pub(super) fn refreshed(&self) -> Option<usize> {
        self.tried.iter().position(|tried| tried.role == Role::Refresh && tried.found.is_ok())
    }

    /// A candidate against what is in force: the trained model, else what is learnt live.
    pub(super) fn against_current(&self, candidate: usize) -> Option<Comparison> {
        let find = |is: fn(Role) -> bool| self.tried.iter().find(|tried| is(tried.role) && tried.found.is_ok());
        let current = find(Role::is_current).or_else(|| find(|role| role == Role::Live))?;
        let column = |tried: &Tried| tried.found.as_ref().ok()?.1.column(MEASURE);
        let (before, after) = (column(current)?, column(&self.tried[candidate])?);
        let Bootstrap { resamples, seed } = Bootstrap::default();
        Some(compare(&before, &after, resamples, seed))
    }

    /// The lines, the best first.
    pub(super) fn rows(&self) -> Vec<Row> {
        let mut order: Vec<&Tried> = self.tried.iter().collect();
        order.sort_by(|a, b| Self::figure(b).total_cmp(&Self::figure(a)));
        let row = |tried: &Tried| Row {
            name: tried.name.clone(),
            role: tried.role,
            figures: tried.found.as_ref().map(|(report, _)| report.clone()).map_err(Clone::clone),
            seconds: tried.seconds,
        };
        order.into_iter().map(row).collect()
    }

    /// What is kept with the model.
    pub(super) fn to_json(&self, best: Option<usize>, against: Option<&Comparison>) -> Value {
        let rows: Vec<Value> = self.rows().iter().map(Row::to_json).collect();
        let figures = best.and_then(|place| self.tried[place].found.as_ref().ok()).map(|(report, _)| report.to_json());
        json!({
            "asked": self.asked.map(Asked::name),
            "measure": MEASURE,
            "figures": figures,
            "compared": rows,
            "against_current": against.map(comparison_json),
            "remarks": self.remarks,
        })
    }
}
