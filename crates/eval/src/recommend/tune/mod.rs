//! Search for hyper-parameters of a recommender: random search with successive halving (Jamieson and Talwalkar 2016,
//! "Non-stochastic best arm identification and hyperparameter optimization"). Each bracket of trials is first trained on a
//! share of the users, the best third on three times as many, the best third of these on all; the others cost no more.

mod journal;
mod sample;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use engine::{Shop, TrainWatch};
use learn::recommend::{FitError, Method, Parameters};
use serde_json::{Value, json};
use types::{FieldError, RecommendKind, Settings};

use super::data::{Part, Split};
use super::evaluate::{Protocol, evaluate_within};
use super::models::{Choice, Learnt, Within};
use super::shop_time::{Asked, Log};
use super::train::{Step, comparison_json};
use super::{RecommendOptions, split_of_folder};
use crate::report::Bootstrap;
use crate::statistics::{Comparison, compare};
use crate::{Error, Result};
use journal::{Journal, Outcome};

/// Of so many trials one goes on to the next rung, on so many times the users.
const HALVING: usize = 3;
/// Interactions below which a share of the users tells too little.
const INTERACTIONS_MIN: usize = 10_000;

/// Choices of a tuning.
#[derive(Clone, Debug)]
pub struct TuneRecommendOptions {
    /// The method.
    pub model: String,
    /// Trials beside the defaults, at most.
    pub trials: usize,
    /// Minutes after which no new trial begins; `None` sets no limit.
    pub minutes: Option<f64>,
    /// Cases asked at most, drawn by chance; 0 asks all.
    pub cases: usize,
    /// Seed of the trials.
    pub seed: u64,
    /// Bytes a training may take; `None` sets no limit.
    pub memory: Option<u64>,
    /// Where every trial is written to as it ends, and read from again: the search goes on where it was stopped.
    pub journal: Option<PathBuf>,
    /// How intervals are found.
    pub bootstrap: Bootstrap,
}

impl TuneRecommendOptions {
    /// 27 trials of a method on 4,000 cases.
    pub fn new(model: &str) -> Self {
        let (model, bootstrap) = (model.to_owned(), Bootstrap::default());
        Self { model, trials: 27, minutes: None, cases: 4_000, seed: 1, memory: None, journal: None, bootstrap }
    }

    fn method(&self) -> std::result::Result<&'static Method, FieldError> {
        let method = learn::recommend::method(&self.model)?;
        if method.parameters.is_empty() {
            let expected = "a model with hyper-parameters";
            return Err(FieldError::new("nothing_to_tune", "model", expected, self.model.clone()));
        }
        if self.trials == 0 {
            return Err(FieldError::new("number_out_of_range", "trials", "1 or more", "0"));
        }
        if self.minutes.is_some_and(|minutes| !(minutes > 0.0 && minutes.is_finite())) {
            let got = self.minutes.map(|minutes| minutes.to_string()).unwrap_or_default();
            return Err(FieldError::new("number_out_of_range", "minutes", "more than 0", got));
        }
        Ok(method)
    }
}

/// What a tuning found.
#[derive(Clone, Debug)]
pub struct TuneRecommendReport {
    /// The data.
    pub dataset: String,
    /// The protocol; its validation part is asked for.
    pub protocol: &'static str,
    /// The method.
    pub model: &'static str,
    /// The figure that decides.
    pub measure: &'static str,
    /// Cases asked.
    pub cases: usize,
    /// Every trial, those that saw most data first, the best of these first.
    pub trials: Vec<Trial>,
    /// The best against the defaults: `first` is the defaults. `None` where the defaults are the best.
    pub against_default: Option<Comparison>,
    /// What a reader must know.
    pub remarks: Vec<String>,
}

/// A trial as far as it came.
#[derive(Clone, PartialEq, Debug)]
pub struct Trial {
    /// Its number; 0 has the defaults.
    pub number: usize,
    /// The hyper-parameters that differ from the defaults.
    pub chosen: Vec<(String, f64)>,
    /// Share of the users it was last trained on.
    pub share: f64,
    /// The figure; the reason where there is none.
    pub found: std::result::Result<f64, String>,
    /// Seconds of the last training and measuring.
    pub seconds: f64,
}

impl TuneRecommendReport {
    /// The best of those that were trained on all users.
    pub fn best(&self) -> Option<&Trial> {
        self.trials.first().filter(|trial| trial.share == 1.0 && trial.found.is_ok())
    }

    /// Whether the best differs from the defaults by more than noise.
    pub fn is_better_than_noise(&self) -> bool {
        self.against_default.is_some_and(|found| found.interval.0 > 0.0)
    }

    /// The report as JSON.
    pub fn to_json(&self) -> Value {
        let chosen = |trial: &Trial| trial.chosen.iter().cloned().collect::<BTreeMap<String, f64>>();
        let trial = |trial: &Trial| {
            json!({
                "trial": trial.number, "parameters": chosen(trial), "share": trial.share, "value": trial.found.as_ref().ok(),
                "error": trial.found.as_ref().err(), "seconds": trial.seconds,
            })
        };
        json!({
            "dataset": self.dataset, "protocol": self.protocol, "model": self.model, "measure": self.measure,
            "cases": self.cases, "trials": self.trials.iter().map(trial).collect::<Vec<_>>(),
            "best": self.best().map(chosen), "against_default": self.against_default.as_ref().map(comparison_json),
            "better_than_noise": self.is_better_than_noise(), "remarks": self.remarks,
        })
    }
}

/// Tunes on the validation part of a folder.
///
/// # Errors
/// A user's error about the options, a folder that lacks a file or has a bad line, a journal of another tuning, or a search
/// that is stopped; the journal then keeps what was found.
pub fn tune_recommend_folder(
    dir: &Path,
    protocol: Protocol,
    options: &TuneRecommendOptions,
    watch: &mut TrainWatch<'_>,
) -> Result<TuneRecommendReport> {
    let method = options.method()?;
    let given = RecommendOptions { part: Part::Validation, ..RecommendOptions::new(protocol) };
    let split = split_of_folder(dir, &given, &Settings::default())?;
    search(split, protocol, method, options, Vec::new(), watch)
}

/// Tunes on a shop's log: on the `holdout_days` before the last `holdout_days`, which are left for
/// [`train_shop`](super::train_shop) to measure on, where the log is long enough.
///
/// # Errors
/// As [`tune_recommend_folder`], and a log that has nothing to learn from.
pub fn tune_recommend_shop(
    shop: &Shop,
    kind: RecommendKind,
    holdout_days: u32,
    options: &TuneRecommendOptions,
    watch: &mut TrainWatch<'_>,
) -> Result<TuneRecommendReport> {
    let method = options.method()?;
    let mut is_cut = true;
    let (asked, split) = loop {
        let mut log = Log::of_shop(shop)?;
        if is_cut {
            log.cut(log.days_before_end(holdout_days));
        }
        let moment = log.days_before_end(holdout_days);
        match log.split_of(shop, moment, Asked::of(kind)) {
            Err(Error::Nothing(..)) if is_cut => is_cut = false,
            found => break found?,
        }
    };
    let which = if is_cut { "before the last" } else { "at the end; the log is too short to leave some" };
    let remark = format!("asked: {}, on the {holdout_days} days {which}", asked.name());
    search(split, Protocol::Time, method, options, vec![remark], watch)
}

/// The figure that decides under a protocol: the one its published results are told in.
fn measure(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Split => "ndcg@20",
        Protocol::Sessions => "mrr@20",
        Protocol::LeaveOneOut | Protocol::Time => "ndcg@10",
        Protocol::NewItems => "recall@50",
    }
}

fn search(
    mut split: Split,
    protocol: Protocol,
    method: &'static Method,
    options: &TuneRecommendOptions,
    mut remarks: Vec<String>,
    watch: &mut TrainWatch<'_>,
) -> Result<TuneRecommendReport> {
    split.sample(options.cases);
    let learnt = Learnt::from_split(&split);
    let shares = shares(learnt.interactions.len());
    let about = json!({
        "model": method.name, "dataset": split.dataset, "protocol": protocol.name(), "seed": options.seed,
        "cases": split.cases.len(), "interactions": learnt.interactions.len(), "measure": measure(protocol),
    });
    let journal = Journal::open(options.journal.as_deref(), &about)?;
    let mut tuning = Tuning { split, learnt, at_share: 1.0, protocol, method, options, shares, journal, watch };
    let (began, mut numbers) = (Instant::now(), vec![0]);
    tuning.run(0, tuning.shares.len() - 1)?;
    let bracket = HALVING.pow(tuning.shares.len() as u32 - 1);
    let mut next = 1;
    while next <= options.trials {
        let of = next..(next + bracket).min(options.trials + 1);
        next = of.end;
        let is_over = || options.minutes.is_some_and(|minutes| began.elapsed().as_secs_f64() > 60.0 * minutes);
        numbers.extend(of.clone());
        if !tuning.bracket(of.collect(), &is_over)? {
            remarks.push(format!("the minutes were over after {} of {} trials", numbers.len() - 1, options.trials));
            break;
        }
    }
    tuning.report(remarks)
}

/// Shares of the users that trials are trained on, one rung after another; all where there are few.
fn shares(interactions: usize) -> Vec<f64> {
    let rungs = (1..=2).take_while(|rung| interactions / HALVING.pow(*rung) >= INTERACTIONS_MIN).count() as u32;
    (0..=rungs).rev().map(|rung| 1.0 / HALVING.pow(rung) as f64).collect()
}

struct Tuning<'a, 'b> {
    split: Split,
    learnt: Learnt,
    /// The share of the users that `learnt` has the interactions of.
    at_share: f64,
    protocol: Protocol,
    method: &'static Method,
    options: &'a TuneRecommendOptions,
    shares: Vec<f64>,
    journal: Journal,
    watch: &'a mut TrainWatch<'b>,
}

impl Tuning<'_, '_> {
    /// Runs trials rung after rung, fewer at each; `false` where the time is over.
    fn bracket(&mut self, mut numbers: Vec<usize>, is_over: &dyn Fn() -> bool) -> Result<bool> {
        for rung in 0..self.shares.len() {
            let mut found = Vec::new();
            for number in numbers {
                if is_over() && self.journal.get(number, rung).is_none() {
                    return Ok(false);
                }
                found.push((number, self.run(number, rung)?));
            }
            found.retain(|(_, outcome)| outcome.value.is_ok());
            found.sort_by(|(_, a), (_, b)| b.figure().total_cmp(&a.figure()));
            found.truncate(found.len().div_ceil(HALVING));
            numbers = found.into_iter().map(|(number, _)| number).collect();
        }
        Ok(true)
    }

    /// What a trial comes to on a rung: from the journal, else found now and written there.
    fn run(&mut self, number: usize, rung: usize) -> Result<Outcome> {
        if let Some(known) = self.journal.get(number, rung) {
            return Ok(known.clone());
        }
        let began = Instant::now();
        let value = self.values(number, rung)?.map(|values| mean(&values));
        let chosen = sample::differing(self.method, &self.parameters(number));
        let outcome =
            Outcome { number, rung, share: self.shares[rung], chosen, value, seconds: began.elapsed().as_secs_f64() };
        self.journal.add(outcome.clone())?;
        Ok(outcome)
    }

    fn parameters(&self, number: usize) -> Parameters {
        sample::parameters(self.method, self.options.seed, number)
    }

    /// The figure of each case; the reason where the trial cannot be trained.
    fn values(&mut self, number: usize, rung: usize) -> Result<std::result::Result<Vec<f64>, String>> {
        let share = self.shares[rung];
        if self.at_share != share {
            self.learnt.learn_from(&self.split, share);
            self.at_share = share;
        }
        let choice = Choice::of(self.method, self.parameters(number));
        let name = match number {
            0 => format!("defaults, {:.0} % of the users", 100.0 * share),
            _ => format!("trial {number} of {}, {:.0} % of the users", self.options.trials, 100.0 * share),
        };
        let mut watcher = Step { name, watch: &mut *self.watch, checkpoints: None };
        let within = Within { memory: self.options.memory, watcher: &mut watcher };
        // Intervals are found once at the end, of the difference.
        let none = Bootstrap { resamples: 0, ..self.options.bootstrap };
        match evaluate_within(&self.split, self.protocol, &self.learnt, &choice, none, within) {
            Ok((_, scores)) => Ok(Ok(scores.column(measure(self.protocol)).unwrap_or_default())),
            Err(error @ Error::Training(_, FitError::Cancelled)) => Err(error),
            Err(Error::Training(_, error)) => Ok(Err(error.to_string())),
            Err(other) => Err(other),
        }
    }

    fn report(mut self, mut remarks: Vec<String>) -> Result<TuneRecommendReport> {
        let mut last: BTreeMap<usize, Outcome> = BTreeMap::new();
        for outcome in self.journal.outcomes() {
            let known = last.get(&outcome.number);
            if known.is_none_or(|known| known.rung < outcome.rung) {
                last.insert(outcome.number, outcome.clone());
            }
        }
        let mut order: Vec<Outcome> = last.into_values().collect();
        order.sort_by(|a, b| b.rung.cmp(&a.rung).then(b.figure().total_cmp(&a.figure())).then(a.number.cmp(&b.number)));
        let full = self.shares.len() - 1;
        let best = order.first().filter(|best| best.rung == full && best.number > 0 && best.value.is_ok());
        let mut against_default = None;
        if let Some(number) = best.map(|best| best.number)
            && let (Ok(before), Ok(after)) = (self.values(0, full)?, self.values(number, full)?)
        {
            let Bootstrap { resamples, seed } = self.options.bootstrap;
            against_default = Some(compare(&before, &after, resamples, seed));
            remarks.push(
                "the best of many trials looks better than it is: measure it on a part that it was not chosen on"
                    .to_owned(),
            );
        }
        let trial = |outcome: Outcome| Trial {
            number: outcome.number,
            chosen: outcome.chosen,
            share: outcome.share,
            found: outcome.value,
            seconds: outcome.seconds,
        };
        Ok(TuneRecommendReport {
            dataset: self.split.dataset.clone(),
            protocol: self.protocol.name(),
            model: self.method.name,
            measure: measure(self.protocol),
            cases: self.split.cases.len(),
            trials: order.into_iter().map(trial).collect(),
            against_default,
            remarks,
        })
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Users want what was wanted last, so that old interactions only mislead.
    fn folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let lines: String = (0..40).map(|user| format!("{user} 旧 old-{} 茶 杯 壶 新\n", user % 5)).collect();
        fs_err::write(dir.path().join("sequences.txt"), lines).unwrap();
        dir
    }

    #[test]
    fn trials_are_found_written_and_gone_on_with() {
        let (dir, mut steps) = (folder(), Vec::new());
        let journal = dir.path().join("trials.jsonl");
        let options = |trials| TuneRecommendOptions {
            trials,
            journal: Some(journal.clone()),
            bootstrap: Bootstrap { resamples: 200, seed: 1 },
            ..TuneRecommendOptions::new("popular")
        };
        let mut watch = |step: &str, _: f64| {
            steps.push(step.to_owned());
            true
        };
        let run = |options: &TuneRecommendOptions, watch: &mut TrainWatch<'_>| {
            tune_recommend_folder(dir.path(), Protocol::LeaveOneOut, options, watch)
        };
        let first = run(&options(3), &mut watch).unwrap();
        let written = fs_err::read_to_string(&journal).unwrap();
        assert_eq!((first.trials.len(), written.lines().count(), first.measure), (4, 5, "ndcg@10"));
        assert!(steps.iter().any(|step| step == "trial 3 of 3, 100 % of the users"), "{steps:?}");
        // Again, with more trials: the first ones are as they were.
        let more = run(&options(5), &mut |_, _| true).unwrap();
        let number =
            |report: &TuneRecommendReport, number| report.trials.iter().find(|trial| trial.number == number).cloned();
        assert_eq!((more.trials.len(), number(&more, 3)), (6, number(&first, 3)));
        assert!(fs_err::read_to_string(&journal).unwrap().starts_with(&written));
        let other = TuneRecommendOptions { seed: 2, ..options(3) };
        let error = run(&other, &mut |_, _| true).unwrap_err();
        assert!(error.is_user() && error.to_string().contains("another tuning"), "{error}");
    }

    #[test]
    fn what_is_stopped_says_so_and_options_are_checked() {
        let dir = folder();
        let run = |options: &TuneRecommendOptions, watch: &mut TrainWatch<'_>| {
            tune_recommend_folder(dir.path(), Protocol::LeaveOneOut, options, watch)
        };
        let options = TuneRecommendOptions::new("popular");
        assert!(run(&options, &mut |_, _| false).unwrap_err().to_string().contains("cancelled"));
        let hurried = TuneRecommendOptions { minutes: Some(1e-9), ..options.clone() };
        let report = run(&hurried, &mut |_, _| true).unwrap();
        assert!(report.remarks[0].contains("minutes were over") && report.trials[0].number == 0, "{report:?}");
        let field = |options| match run(&options, &mut |_, _| true).unwrap_err() {
            Error::Choice(error) => error.field,
            other => other.to_string(),
        };
        assert_eq!(field(TuneRecommendOptions::new("magic")), "model");
        assert_eq!(field(TuneRecommendOptions { trials: 0, ..options.clone() }), "trials");
        assert_eq!(field(TuneRecommendOptions { minutes: Some(f64::NAN), ..options }), "minutes");
    }

    #[test]
    fn few_data_are_not_cut_further() {
        assert_eq!(shares(500), [1.0]);
        assert_eq!(shares(30_000), [1.0 / 3.0, 1.0]);
        assert_eq!(shares(10_000_000), [1.0 / 9.0, 1.0 / 3.0, 1.0]);
    }
}
