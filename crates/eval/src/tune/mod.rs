//! Tuning: the numbers a search is scored with, sought on judged queries or on a shop's own clicks, and refused where what
//! they gain may be noise.
//!
//! Every query is searched once and taken apart ([`engine::SearchCase`]); a coordinate search then orders the parts anew some
//! thousand times. The queries are split into folds, and what is found on the others is measured on each fold through the
//! pipeline that serves. Only where the 95 % interval of that held-out difference (paired bootstrap over queries) lies above 0
//! are numbers proposed: those found on all queries.

mod clicks;
mod climb;
mod numbers;

use std::path::Path;

use engine::{SearchCase, Shop, Tuning};
use types::{Millis, Request, RetrievalMethod, Rng};

use crate::metrics;
use crate::report::Bootstrap;
use crate::search::{self, Judged, JudgedQuery, SearchOptions};
use crate::statistics::{Comparison, compare};
use climb::Problem;
use numbers::Number;

pub use numbers::NumberGroup;

/// Choices of a tuning.
#[derive(Clone, Debug)]
pub struct TuneOptions {
    /// How searches are made and measured.
    pub search: SearchOptions,
    /// Folds of the cross-validation.
    pub folds: usize,
    /// Which numbers are tuned.
    pub groups: Vec<NumberGroup>,
    /// What is to grow; `None` takes what suits the judgements.
    pub measure: Option<Measure>,
    /// Seed of the folds.
    pub seed: u64,
}

/// What is to grow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Measure {
    /// nDCG@10: how good the first page is.
    Ndcg10,
    /// MRR@10: how far up the one right item stands.
    Mrr10,
}

impl Measure {
    /// Results that are looked at.
    const DEPTH: usize = 10;

    /// Its name among the figures of a search.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ndcg10 => "ndcg@10",
            Self::Mrr10 => "mrr@10",
        }
    }

    /// Reads a name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Ndcg10, Self::Mrr10].into_iter().find(|measure| measure.name() == name)
    }

    fn of(self, query: &JudgedQuery, gains: &[f64]) -> f64 {
        match self {
            Self::Mrr10 => metrics::reciprocal_rank(gains, Self::DEPTH),
            Self::Ndcg10 => {
                let judged: Vec<f64> = query.gains.values().copied().collect();
                metrics::ndcg(gains, &judged, Self::DEPTH)
            }
        }
    }

    /// What suits some judgements: where queries have one right item, its place says all.
    fn suited(queries: &[JudgedQuery]) -> Self {
        if queries.iter().all(|query| query.relevant() <= 1) { Self::Mrr10 } else { Self::Ndcg10 }
    }
}

/// What a tuning found.
#[derive(Clone, Debug)]
pub struct TuneReport {
    /// The data tuned on.
    pub dataset: String,
    /// The retrieval method.
    pub method: &'static str,
    /// What was to grow.
    pub measure: &'static str,
    /// Queries it was measured on.
    pub queries: usize,
    /// Each fold: what was found on the other queries, measured on its own.
    pub folds: Vec<TuneFold>,
    /// All folds together, every query held out once: before and after.
    pub held_out: Comparison,
    /// The numbers that all queries ask for, where held-out queries say that it is more than noise.
    pub tuned: Option<Tuning>,
    /// What changes; empty where nothing does.
    pub changes: Vec<TuneChange>,
    /// Settings of numbers that were tried.
    pub tried: usize,
    /// What a reader must know.
    pub remarks: Vec<String>,
}

/// One fold of a cross-validation.
#[derive(Clone, Debug)]
pub struct TuneFold {
    /// Its queries.
    pub queries: usize,
    /// Before and after on them.
    pub held_out: Comparison,
    /// What the other queries change, by name.
    pub changes: Vec<(String, f32, f32)>,
}

/// A number that changes.
#[derive(Clone, Debug)]
pub struct TuneChange {
    /// Its name in the settings.
    pub name: String,
    /// Its value before.
    pub before: f32,
    /// Its value after.
    pub after: f32,
    /// Its value in each fold.
    pub in_folds: Vec<f32>,
    /// What it gains on all queries, the other changes made: with it against without it. Chosen on the same queries, so it
    /// flatters.
    pub gain: f64,
    /// 95 % interval of the gain.
    pub interval: (f64, f64),
}

/// Told what is going on, how much of it is done, and of how much; stops by returning `false`.
pub type Watch<'a> = dyn FnMut(&str, u64, u64) -> bool + 'a;

/// It was stopped.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("stopped; nothing was changed")]
pub struct Stopped;

/// Why nothing was tuned.
#[derive(Debug, thiserror::Error)]
pub enum TuneError {
    /// It was stopped.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// Too few queries to tell a gain from noise.
    #[error("{dataset}: {queries} queries with a relevant item; tuning needs at least {least}")]
    TooFew {
        /// The data.
        dataset: String,
        /// What there is.
        queries: usize,
        /// What is needed.
        least: usize,
    },
    /// The data or the engine.
    #[error(transparent)]
    Eval(#[from] crate::Error),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] engine::Error),
}

/// Queries below which no difference could be told from noise.
const QUERIES_MIN: usize = 20;
/// Draws of a paired bootstrap.
const RESAMPLES: usize = 10_000;

/// Tunes on a folder with `products.jsonl`, `queries.jsonl` and `judgements.csv`. Says what changes, and the settings with it.
///
/// # Errors
/// Where the folder lacks a file or has a bad line, has too few queries, or the engine fails.
pub fn tune_set(
    dir: &Path,
    options: &TuneOptions,
    watch: &mut Watch<'_>,
) -> Result<(TuneReport, Option<types::Settings>), TuneError> {
    let judged = Judged::load(dir)?;
    let built = search::shop_of(dir, &options.search, &mut |done| watch("embedding", done.done, done.total))?;
    let report = tune_shop(&built.shop, judged, search::NOW, options, watch)?;
    let settings = report.tuned.as_ref().map(|tuning| built.shop.tuned_settings(tuning)).transpose()?;
    built.close()?;
    Ok((report, settings))
}

/// The judgements that a shop's own log holds: queries and what became of their results.
///
/// # Errors
/// Where the log cannot be read, or it is stopped.
pub fn clicks(shop: &Shop, watch: &mut Watch<'_>) -> Result<Judged, TuneError> {
    clicks::judged(shop, watch)
}

/// Tunes a shop that has the judged items already; changes nothing in it.
///
/// # Errors
/// Where there are too few queries, or the engine fails.
pub fn tune_shop(
    shop: &Shop,
    mut judged: Judged,
    now: Millis,
    options: &TuneOptions,
    watch: &mut Watch<'_>,
) -> Result<TuneReport, TuneError> {
    judged.queries.retain(|query| query.relevant() > 0);
    let (queries, folds) = (judged.queries.len(), options.folds.max(2));
    if queries < QUERIES_MIN.max(folds) {
        return Err(TuneError::TooFew { dataset: judged.dataset, queries, least: QUERIES_MIN.max(folds) });
    }
    let measure = options.measure.unwrap_or_else(|| Measure::suited(&judged.queries));
    let mut start = shop.tuning(&request_of("", now, options))?;
    if options.search.retrieval.method == RetrievalMethod::Dense {
        start.fields.clear();
    }
    let numbers = Number::all(&start, &options.groups, options.search.retrieval.method);
    let cases = cases(shop, &judged, now, options, watch)?;
    let problem = Problem::new(&judged.queries, cases, measure, numbers);
    let before = served(shop, &judged, None, options, measure, now)?;
    let fold_of = folds_of(queries, folds, options.seed);

    let rounds = folds as u64 + 1;
    let mut after = before.clone();
    let mut found: Vec<(TuneFold, Tuning)> = Vec::new();
    for fold in 0..folds {
        let (held_out, others): (Vec<usize>, Vec<usize>) = (0..queries).partition(|at| fold_of[*at] == fold);
        let tuning = problem.climb(&start, &others, &mut || watch("folds", fold as u64, rounds))?;
        if tuning != start {
            let part = Judged {
                dataset: judged.dataset.clone(),
                queries: held_out.iter().map(|at| judged.queries[*at].clone()).collect(),
            };
            let values = served(shop, &part, Some(&tuning), options, measure, now)?;
            held_out.iter().zip(values).for_each(|(at, value)| after[*at] = value);
        }
        let of = |values: &[f64]| held_out.iter().map(|at| values[*at]).collect::<Vec<_>>();
        let compared = compare(&of(&before), &of(&after), RESAMPLES, options.seed);
        let changes = changes(&problem.numbers, &start, &tuning);
        found.push((TuneFold { queries: held_out.len(), held_out: compared, changes }, tuning));
    }
    let held_out = compare(&before, &after, RESAMPLES, options.seed);
    let mut report = TuneReport {
        dataset: judged.dataset.clone(),
        method: options.search.retrieval.method.name(),
        measure: measure.name(),
        queries,
        folds: Vec::new(),
        held_out,
        tuned: None,
        changes: Vec::new(),
        tried: 0,
        remarks: remarks(&problem, &start, &before),
    };
    if is_more_than_noise(&held_out) {
        let all: Vec<usize> = (0..queries).collect();
        let tuning = problem.climb(&start, &all, &mut || watch("all queries", folds as u64, rounds))?;
        if tuning != start {
            report.changes = explained(&problem, &start, &tuning, &found, options);
            report.tuned = Some(tuning);
        }
    }
    report.tried = problem.tried();
    report.folds = found.into_iter().map(|(fold, _)| fold).collect();
    Ok(report)
}

/// Whether held-out queries gain, and by more than drawing other queries would change.
fn is_more_than_noise(held_out: &Comparison) -> bool {
    held_out.difference > 0.0 && held_out.interval.0 > 0.0
}

fn cases(
    shop: &Shop,
    judged: &Judged,
    now: Millis,
    options: &TuneOptions,
    watch: &mut Watch<'_>,
) -> Result<Vec<SearchCase>, TuneError> {
    let total = judged.queries.len() as u64;
    let mut cases = Vec::with_capacity(judged.queries.len());
    for (query, done) in judged.queries.iter().zip(0..) {
        if !watch("searching", done, total) {
            return Err(Stopped.into());
        }
        cases.push(shop.search_case(&request_of(&query.text, now, options))?);
    }
    Ok(cases)
}

fn request_of(text: &str, now: Millis, options: &TuneOptions) -> Request {
    let mut request = Request::search(text, now);
    request.retrieval = options.search.retrieval.clone();
    request.understanding = options.search.understanding.clone();
    request.page.limit = Measure::DEPTH;
    request.record = false;
    request
}

/// The measure of every query as the shop would answer it, under other numbers where some are given.
fn served(
    shop: &Shop,
    judged: &Judged,
    tuning: Option<&Tuning>,
    options: &TuneOptions,
    measure: Measure,
    now: Millis,
) -> Result<Vec<f64>, TuneError> {
    let mut search = options.search.clone();
    search.limit = Measure::DEPTH;
    search.bootstrap = Bootstrap { resamples: 0, ..search.bootstrap };
    if let Some(tuning) = tuning {
        tuning.put_on(&mut search.retrieval);
    }
    let report = search::evaluate_search_at(shop, judged, &search, now)?;
    let value = |query: &search::QueryFigures| {
        query.values.iter().find(|(name, _)| name == measure.name()).map_or(0.0, |(_, value)| *value)
    };
    Ok(report.queries.iter().map(value).collect())
}

/// The fold of each query: shuffled, then dealt out in turn.
fn folds_of(queries: usize, folds: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..queries).collect();
    let mut rng = Rng::new(seed);
    for at in (1..queries).rev() {
        order.swap(at, rng.below(at + 1));
    }
    let mut fold_of = vec![0; queries];
    for (place, query) in order.into_iter().enumerate() {
        fold_of[query] = place % folds;
    }
    fold_of
}

fn changes(numbers: &[Number], before: &Tuning, after: &Tuning) -> Vec<(String, f32, f32)> {
    let changed = numbers.iter().map(|number| (number.name(), number.get(before), number.get(after)));
    changed.filter(|(_, before, after)| before != after).collect()
}

/// Each number that changes, with what it alone gains.
fn explained(
    problem: &Problem<'_>,
    start: &Tuning,
    tuning: &Tuning,
    folds: &[(TuneFold, Tuning)],
    options: &TuneOptions,
) -> Vec<TuneChange> {
    let with = problem.values(tuning);
    let changed = problem.numbers.iter().filter(|number| number.get(start) != number.get(tuning));
    let change = |number: &Number| {
        let without = problem.values(&number.with(tuning, number.get(start)));
        let compared = compare(&without, &with, RESAMPLES, options.seed);
        TuneChange {
            name: number.name(),
            before: number.get(start),
            after: number.get(tuning),
            in_folds: folds.iter().map(|(_, tuning)| number.get(tuning)).collect(),
            gain: compared.difference,
            interval: compared.interval,
        }
    };
    changed.map(change).collect()
}

/// Says so where the searches taken apart do not give what the shop answers: then their order is a poor guide.
fn remarks(problem: &Problem<'_>, start: &Tuning, served: &[f64]) -> Vec<String> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let (apart, served) = (mean(&problem.values(start)), mean(served));
    let differs = (apart - served).abs() > 0.01;
    let remark = format!("taken apart, the searches measure {apart:.4} where the shop's answers measure {served:.4}");
    differs.then_some(remark).into_iter().collect()
}

#[cfg(test)]
mod tests;
