use std::sync::Arc;

use index::RowSet;
use rustc_hash::FxHashMap;
use types::{Explanation, FeatureRows, FieldWeights, FusionPart, Request, Row, SourceId};

use super::feedback::{self, FEEDBACK};
use super::order::PINNED;
use super::policy::RETRIEVAL;
use super::{Candidates, Context};
use crate::fusion::{self, ListKind, RetrieverList};
use crate::rules::Decided;
use crate::sources::{PICTURE, WORDS};
use crate::view::View;

/// Candidates with their features and scores; the same place in each belongs together.
pub(crate) struct Scored {
    pub(crate) rows: Vec<Row>,
    pub(crate) scores: Vec<f32>,
    features: FeatureRows,
    places: FxHashMap<Row, usize>,
    retrievers: Vec<Retriever>,
}

/// What one retriever says of every candidate.
struct Retriever {
    id: Arc<str>,
    weight: f32,
    normalised: Vec<f32>,
}

/// Fills features and scores of all candidates.
pub(crate) fn score(context: &Context<'_>, decided: &[Decided], candidates: &Candidates) -> Scored {
    let rows = candidates.rows();
    let mut retrievers =
        if context.words.is_some() { searched(context, candidates, &rows) } else { listed(candidates, &rows) };
    retrievers.extend(fed_back(context, decided, &rows, &retrievers));
    let policy = &context.core.policy;
    let mut features = FeatureRows::zeros(policy.schema.clone(), rows.len());
    let profile = context.view.features.profile(context.actor, context.request.now);
    let known = features::Context { state: &context.view.features, profile: &profile, now: context.request.now };
    features::fill(&policy.features, &known, &rows, &mut features);
    if let Some(column) = policy.schema.column(RETRIEVAL) {
        for (at, value) in features.column_mut(column).iter_mut().enumerate() {
            *value = sum(&retrievers, at);
        }
    }
    let mut scores = vec![0.0; rows.len()];
    policy.ranker(context.request).score(&features, &mut scores);
    let places = rows.iter().enumerate().map(|(at, row)| (*row, at)).collect();
    Scored { rows, scores, features, places, retrievers }
}

/// The retrievers of a search, weighed by what this query tells.
fn searched(context: &Context<'_>, candidates: &Candidates, rows: &[Row]) -> Vec<Retriever> {
    let lists: Vec<RetrieverList<'_>> = candidates
        .lists()
        .iter()
        // What is there because it was pinned says nothing about the query.
        .filter(|list| list.source != PINNED)
        .map(|list| RetrieverList { source: list.source, kind: kind(list.source), hits: &list.hits })
        .collect();
    let weights = weights(context, candidates, &lists);
    let fused = fusion::fuse(&lists, &weights);
    let places: FxHashMap<Row, usize> = fused.iter().enumerate().map(|(at, fused)| (fused.row, at)).collect();
    let part = |row: &Row, list: usize| places.get(row).map_or(0.0, |at| fused[*at].parts[list]);
    let retriever = |(list, weighted): (usize, fusion::Weighted)| Retriever {
        normalised: rows.iter().map(|row| part(row, list)).collect(),
        id: weighted.retriever,
        weight: weighted.weight,
    };
    weights.into_iter().enumerate().map(retriever).collect()
}

/// The weight of each list. A picture has the part that the request gives it, the others share the rest as ever.
fn weights(context: &Context<'_>, candidates: &Candidates, lists: &[RetrieverList<'_>]) -> Vec<fusion::Weighted> {
    let (evidence, caller) = (candidates.evidence(), &context.request.retrieval.weights);
    let settings = fusion_settings(context);
    let Some((picture, others)) = lists.split_last().filter(|(last, _)| last.source == PICTURE) else {
        return fusion::weights(evidence, lists, caller, settings);
    };
    let asked = context.request.picture.as_ref().map_or(0.0, |picture| picture.weight.clamp(0.0, 1.0));
    let mut weights = fusion::weights(evidence, others, caller, settings);
    // Where nothing else was found, the picture decides alone.
    let found = weights.iter().any(|weighted| weighted.weight > 0.0);
    let part = if found { asked } else { 1.0 };
    weights.iter_mut().for_each(|weighted| weighted.weight *= 1.0 - part);
    weights.push(fusion::Weighted { retriever: Arc::from(picture.source.as_str()), weight: part });
    weights
}

/// What feedback adds, as one more retriever: where encoders took part, and the caller did not set the weights.
fn fed_back(context: &Context<'_>, decided: &[Decided], rows: &[Row], retrievers: &[Retriever]) -> Option<Retriever> {
    let share = fusion_settings(context).feedback;
    if context.words.is_none() || share <= 0.0 || !context.request.retrieval.weights.is_empty() {
        return None;
    }
    let took_part = |id: &str| retrievers.iter().find(|retriever| &*retriever.id == id && retriever.weight > 0.0);
    let encoders = context.view.retrievers.encoders.iter();
    let encoders: Vec<(&str, f32)> = encoders
        .filter_map(|(id, _)| took_part(id.as_str()).map(|retriever| (id.as_str(), retriever.weight)))
        .collect();
    let scores: Vec<f32> = (0..rows.len()).map(|at| sum(retrievers, at)).collect();
    let normalised = feedback::lifts(context, decided, &encoders, rows, &scores)?;
    Some(Retriever { id: Arc::from(FEEDBACK), weight: share.min(1.0), normalised })
}

/// The request's settings of fusion, else the shop's.
fn fusion_settings(context: &Context<'_>) -> types::Fusion {
    context.request.retrieval.fusion.unwrap_or(context.view.settings.fusion)
}

/// What the retrievers say together of the candidate at a place.
fn sum(retrievers: &[Retriever], at: usize) -> f32 {
    retrievers.iter().map(|retriever| retriever.weight * retriever.normalised[at]).sum()
}

fn kind(source: SourceId) -> ListKind {
    if source == WORDS { ListKind::Words } else { ListKind::Vectors }
}

/// The sources of a recommendation, one after another: what the first brings stands above what the next fills up with.
fn listed(candidates: &Candidates, rows: &[Row]) -> Vec<Retriever> {
    let mut taken = RowSet::new();
    let mut retrievers = Vec::new();
    let lists = candidates.lists();
    for (at, list) in lists.iter().enumerate() {
        let fresh: Vec<(Row, f32)> =
            list.hits.iter().filter(|hit| !taken.contains(hit.row)).map(|hit| (hit.row, hit.score)).collect();
        let scores: Vec<f32> = fresh.iter().map(|(_, score)| *score).collect();
        // Band `at` of the scores from 1 down to 0; inside it the source's own scores decide.
        let band = 1.0 / lists.len() as f32;
        let floor = 1.0 - band * (at as f32 + 1.0);
        let inside = |scaled: f32| floor + band * (0.01 + 0.99 * scaled);
        let places: FxHashMap<Row, f32> =
            fresh.iter().zip(scaled(&scores)).map(|((row, _), scaled)| (*row, inside(scaled))).collect();
        retrievers.push(Retriever {
            id: Arc::from(list.source.as_str()),
            weight: 1.0,
            normalised: rows.iter().map(|row| places.get(row).copied().unwrap_or_default()).collect(),
        });
        fresh.iter().for_each(|(row, _)| taken.insert(*row));
    }
    retrievers
}

/// Scores brought to 0..1; all 1 where there is no difference.
fn scaled(scores: &[f32]) -> Vec<f32> {
    let least = scores.iter().copied().fold(f32::INFINITY, f32::min);
    let best = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let range = best - least;
    scores.iter().map(|score| if range > 0.0 { (score - least) / range } else { 1.0 }).collect()
}

impl Scored {
    /// The ranker's score of a row; `None` where it is no candidate.
    pub(crate) fn score_of(&self, row: Row) -> Option<f32> {
        self.places.get(&row).map(|at| self.scores[*at])
    }

    /// Each retriever's part in the row's retrieval score.
    pub(crate) fn fusion(&self, row: Row) -> Vec<FusionPart> {
        let Some(at) = self.places.get(&row) else { return Vec::new() };
        let parts = self.retrievers.iter().map(|retriever| FusionPart {
            retriever: Arc::clone(&retriever.id),
            weight: retriever.weight,
            normalised: retriever.normalised[*at],
            contribution: retriever.weight * retriever.normalised[*at],
        });
        parts.collect()
    }

    /// The ranker's account of the row's score.
    pub(crate) fn explain(&self, context: &Context<'_>, row: Row) -> Explanation {
        let ranker = context.core.policy.ranker(context.request);
        self.places.get(&row).map(|at| ranker.explain(&self.features, *at)).unwrap_or_default()
    }
}

/// The shop's weights of searched attributes, with the request's over them.
pub(crate) fn field_weights(view: &View, request: &Request) -> FieldWeights {
    let shop = view.settings.attributes.iter().map(|(name, settings)| (Arc::clone(name), settings.weight));
    let mut weights: Vec<_> = shop.collect();
    for (name, weight) in &request.retrieval.fields.0 {
        weights.retain(|(known, _)| known != name);
        weights.push((Arc::clone(name), *weight));
    }
    FieldWeights(weights)
}
