use std::sync::Arc;

use engine::{Outcome, ReplayOptions, ReplayReport, ReplayedSlate, Shop, TrainWatch};
use learn::LabelledSlate;
use learn::click_models::{ClickLog, Interventions, Propensities};
use rustc_hash::FxHashMap;
use types::{ItemId, Millis, Request, RetrievalMethod};

use super::{RankerOptions, tell};
use crate::search::NOW;
use crate::{Judged, Result};

/// One answer to learn from or to be judged by.
#[derive(Clone, Debug)]
pub struct Case {
    /// What was typed; cases of one query are never parted between training and test.
    pub query: Arc<str>,
    /// When it was answered.
    pub time: Millis,
    /// Whether anything was known of whoever asked.
    pub is_known_actor: bool,
    /// The items in the order of the untrained ranker or as shown, with what each gains.
    pub slate: LabelledSlate,
    /// What became of the items of a logged answer, in their order, each with what it counts for its place; empty for a judged
    /// query.
    pub outcomes: Vec<(Outcome, f32)>,
    /// Gains of all items that were judged, shown or not: what the best order is made of.
    pub judged: Vec<f64>,
}

/// Candidates that are scored again for a judged query.
const CANDIDATES: usize = 100;
/// Answers with a click from which the chance of looking at each place is estimated; with fewer it is assumed.
const SESSIONS_MIN: usize = 500;
/// Items shown at two places each from which the places are compared.
const EVIDENCE_MIN: f64 = 5_000.0;
/// A click counts at most so many times for having been made far down.
const CLIP: f64 = 10.0;

/// The step of a training that makes cases of a log.
const REPLAYING: &str = "replaying the log";
/// Answers after which it is asked whether to go on.
const ASK_EVERY: usize = 64;

/// Asks every judged query in a shop and keeps the features of what the untrained ranker finds.
pub fn judged_cases(shop: &Shop, judged: &Judged, options: &RankerOptions) -> Result<Vec<Case>> {
    let mut cases = Vec::with_capacity(judged.queries.len());
    for query in judged.queries.iter().filter(|query| query.relevant() > 0) {
        let mut request = Request::search(&query.text, options.now.unwrap_or(NOW));
        request.retrieval.method = options.method;
        (request.page.limit, request.record, request.trained_ranker) = (CANDIDATES, false, false);
        let (slate, rows) = shop.answer_with_features(&request)?;
        let gain = |shown: &types::SlateItem| query.gains.get(&shown.item.id).copied().unwrap_or(0.0) as f32;
        let gains: Vec<f32> = slate.items.iter().map(gain).collect();
        cases.push(Case {
            query: Arc::clone(&query.text),
            time: request.now,
            is_known_actor: false,
            slate: LabelledSlate { rows, gains },
            outcomes: Vec::new(),
            judged: query.gains.values().copied().collect(),
        });
    }
    Ok(cases)
}

/// Replays a shop's answers. What was clicked far down counts more, for it was looked at less often.
pub fn logged_cases(
    shop: &Shop,
    replay: &ReplayOptions,
    watch: &mut TrainWatch<'_>,
) -> Result<(Vec<Case>, ReplayReport, Propensities)> {
    let mut slates: Vec<ReplayedSlate> = Vec::new();
    // Answers that nobody touched say nothing of the order.
    let (mut seen, mut goes_on) = (0usize, watch(REPLAYING, 0.0));
    let told = shop.replay_slates(replay, &mut |slate| {
        seen += 1;
        goes_on = goes_on && (!seen.is_multiple_of(ASK_EVERY) || watch(REPLAYING, seen as f64 / replay.slates as f64));
        if slate.outcomes.iter().any(|outcome| outcome.clicked || outcome.carted || outcome.bought) {
            slates.push(slate);
        }
        goes_on
    })?;
    tell(watch, REPLAYING, 1.0)?;
    let propensities = propensities(&slates);
    let cases = slates.into_iter().map(|slate| {
        let mut labelled = slate.labelled();
        let weights = slate.positions.iter().map(|position| propensities.weight(*position, CLIP) as f32);
        let outcomes: Vec<(Outcome, f32)> = slate.outcomes.iter().copied().zip(weights).collect();
        for (gain, (_, weight)) in labelled.gains.iter_mut().zip(&outcomes) {
            *gain *= weight;
        }
        Case {
            // Recommendations have no query: each is a case of its own.
            query: slate.query.clone().unwrap_or_else(|| Arc::from(slate.query_id.as_str())),
            time: slate.time,
            is_known_actor: slate.is_known_actor,
            outcomes,
            judged: labelled.gains.iter().map(|gain| f64::from(*gain)).collect(),
            slate: labelled,
        }
    });
    Ok((cases.collect(), told, propensities))
}

/// How likely each place is looked at, estimated from the clicks where there are enough of them.
fn propensities(slates: &[ReplayedSlate]) -> Propensities {
    let places = slates.iter().flat_map(|slate| &slate.positions).copied().max().unwrap_or(1) as usize;
    if slates.len() < SESSIONS_MIN {
        return Propensities::reciprocal(places.min(100), 1.0);
    }
    let mut log = ClickLog::default();
    let mut queries: FxHashMap<Option<Arc<str>>, u32> = FxHashMap::default();
    let mut items: FxHashMap<ItemId, u32> = FxHashMap::default();
    for slate in slates.iter().filter(|slate| slate.positions.first() == Some(&1)) {
        let next = queries.len() as u32;
        let query = *queries.entry(slate.query.clone()).or_insert(next);
        let mut row = |item: &ItemId| {
            let next = items.len() as u32;
            *items.entry(item.clone()).or_insert(next)
        };
        let shown: Vec<u32> = slate.items.iter().map(&mut row).collect();
        let clicks: Vec<bool> = slate.outcomes.iter().map(|outcome| outcome.clicked).collect();
        // A page of more than a thousand items is left out.
        let _ = log.push(query, &shown, &clicks);
    }
    // Where every item always stands at the same place, nothing tells a good place from a good item.
    let mut interventions = Interventions::default();
    interventions.harvest(&log);
    let evidence: f64 = interventions.evidence().map(|(.., shows)| shows).sum();
    let measured = interventions.all_pairs().filter(|_| evidence >= EVIDENCE_MIN);
    measured.unwrap_or_else(|| Propensities::reciprocal(places.min(100), 1.0))
}

/// Whether vectors take part.
pub(super) const METHOD: RetrievalMethod = RetrievalMethod::Hybrid;
