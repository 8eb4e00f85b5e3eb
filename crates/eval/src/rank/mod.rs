//! Training of rankers: from judged queries or from a shop's own answers, chosen by cross-validation, and put beside the
//! untrained ranker with an interval. What is not better is said to be not better.

mod cases;
mod choose;
mod importance;
mod keep;
mod report;
#[cfg(test)]
mod tests;
mod value;

use engine::{RankerKind, ReplayOptions, ReplayReport, Shop, TrainWatch};
use learn::click_models::Propensities;
use learn::{FitError, LearnedRanker};
use types::ValueWeights;

pub use cases::{Case, judged_cases, logged_cases};
pub use choose::{Chosen, RankerOptions, Tried, choose, cross_validate};
pub use importance::Importance;
pub use keep::{KeptRanker, train_and_keep, train_ordered};
pub use report::{RankerReport, Segment};
pub use value::Chance;

use crate::statistics::{Comparison, compare};
use crate::{Bootstrap, Error, Judged, Result};

/// What a ranker is trained on.
#[derive(Clone, Debug)]
pub enum RankerData<'a> {
    /// Judged queries, asked in the shop itself.
    Judged(&'a Judged),
    /// The shop's own answers and what became of them.
    Log(ReplayOptions),
}

/// A ranker that was trained, and how it does beside the untrained one on data that it was not trained on.
#[derive(Clone, Debug)]
pub struct TrainedRanker {
    /// The ranker, trained on everything.
    pub ranker: LearnedRanker,
    /// How it was chosen and how well it does.
    pub report: RankerReport,
}

/// Share of the answers of a log, the last ones, that a ranker is judged by.
const HELD_OUT: f64 = 0.2;

/// Trains a ranker for a shop. Judged queries are cross-validated; of a log, the last fifth is held out, so that a ranker
/// trained on the past is judged by what came after.
///
/// # Errors
/// [`Error::Unlearnable`] where there is nothing to learn from, where `watch` stops it, and where the engine fails.
pub fn train_ranker(
    shop: &Shop,
    data: &RankerData<'_>,
    options: &RankerOptions,
    watch: &mut TrainWatch<'_>,
) -> Result<TrainedRanker> {
    match data {
        RankerData::Judged(judged) => {
            let cases = judged_cases(shop, judged, options)?;
            let report = cross_validate(&cases, &shop.feature_schema(), options, watch)?;
            let chosen = choose(&cases, &shop.feature_schema(), options, watch)?;
            let importance = importance::importance(&chosen.ranker, &cases);
            let report = RankerReport { chosen: chosen.name, curve: chosen.curve, importance, ..report };
            Ok(TrainedRanker { ranker: chosen.ranker, report })
        }
        RankerData::Log(replay) => of_log(shop, replay, options, watch),
    }
}

fn of_log(
    shop: &Shop,
    replay: &ReplayOptions,
    options: &RankerOptions,
    watch: &mut TrainWatch<'_>,
) -> Result<TrainedRanker> {
    let schema = shop.feature_schema();
    let (mut cases, told, propensities) = logged_cases(shop, replay, watch)?;
    if cases.is_empty() {
        let reason = "no answer of its log was clicked; clicks name the answer they follow from by `query_id`";
        return Err(Error::Unlearnable { reason: reason.to_owned() });
    }
    let options = &RankerOptions {
        touched: cases.len() as f32 / told.slates.max(1) as f32,
        prefers_value: shop.settings().value_weights != ValueWeights::default(),
        ..options.clone()
    };
    cases.sort_by_key(|case| case.time);
    let split = cases.len() - (cases.len() as f64 * HELD_OUT).round() as usize;
    let (past, later) = cases.split_at(split);
    let chosen = choose(past, &schema, options, watch)?;
    let mut report = report::beside(&chosen, later, options);
    report.chances = value::chances(&chosen.ranker, later, options);
    report.against_current = against_current(shop, replay.kind, &chosen.ranker, later, options)?;
    report.remarks = remarks(&told, &propensities);
    report.tried = chosen.tried;
    tell(watch, "training on everything", 0.0)?;
    // What serves has learnt from the last fifth, too.
    let whole = choose::refit(&chosen.name, &cases, &schema, options)?;
    report.importance = importance::importance(&whole.ranker, &cases);
    report.curve = whole.curve;
    Ok(TrainedRanker { ranker: whole.ranker, report })
}

/// The ranker in force beside a new one, on the held-out answers that came after the former was made.
fn against_current(
    shop: &Shop,
    kind: RankerKind,
    new: &LearnedRanker,
    later: &[Case],
    options: &RankerOptions,
) -> Result<Option<Comparison>> {
    let Some(version) = shop.ranker(kind) else { return Ok(None) };
    let made = shop.known_ranker(kind, version)?.made;
    let unseen: Vec<&Case> = later.iter().filter(|case| case.time > made).collect();
    if unseen.is_empty() {
        return Ok(None);
    }
    let current = shop.read_ranker(kind, version)?;
    let figures = |ranker: &LearnedRanker| unseen.iter().map(|case| choose::ndcg(ranker, case)).collect::<Vec<f64>>();
    let Bootstrap { resamples, seed } = options.bootstrap;
    Ok(Some(compare(&figures(&current), &figures(new), resamples, seed)))
}

/// What training a ranker gains on a folder of products, queries and judgements: everything, the choosing included, is
/// done on four fifths of the queries and judged on the fifth, in turn.
///
/// # Errors
/// Where the folder lacks a file or has a bad line, there is nothing to learn from, or the engine fails.
pub fn evaluate_ranker(
    dir: &std::path::Path,
    search: &crate::SearchOptions,
    options: &RankerOptions,
    progress: &mut dyn FnMut(engine::Progress) -> bool,
) -> Result<RankerReport> {
    let judged = Judged::load(dir)?;
    let built = crate::search::shop_of(dir, search, progress)?;
    let report = judged_cases(&built.shop, &judged, options)
        .and_then(|cases| cross_validate(&cases, &built.shop.feature_schema(), options, &mut |_, _| true));
    built.close()?;
    report
}

fn unlearnable(error: &FitError) -> Error {
    Error::Unlearnable { reason: error.to_string() }
}

/// Tells whoever looks on; an error where they want it to stop.
fn tell(watch: &mut TrainWatch<'_>, step: &str, done: f64) -> Result<()> {
    let stopped = || Error::Training("ranker".to_owned(), learn::recommend::FitError::Cancelled);
    if watch(step, done) { Ok(()) } else { Err(stopped()) }
}

fn remarks(told: &ReplayReport, propensities: &Propensities) -> Vec<String> {
    let mut remarks = vec![format!("{} answers replayed", told.slates)];
    let places: Vec<String> = (1..=5).map(|place| format!("{:.2}", propensities.at(place))).collect();
    remarks.push(format!("a place is looked at with probability {} …", places.join(", ")));
    for (count, what) in [
        (told.without_evidence, "answers were logged elsewhere: nothing is known of their searches"),
        (told.unknown_answer, "deeds name an answer that is not in the log, left out"),
        (told.never_shown, "deeds are to items that their answer did not show, left out"),
        (told.out_of_time, "deeds came before their answer or too late, left out"),
        (told.repeated, "deeds were told twice, counted once"),
        (told.quarantined, "deeds and answers of programs, kept out"),
    ] {
        if count > 0 {
            remarks.push(format!("{count} {what}"));
        }
    }
    remarks
}
