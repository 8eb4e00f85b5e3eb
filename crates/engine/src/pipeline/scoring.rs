use std::sync::Arc;

use index::RowSet;
use learn::{Change, Ranker, RankerId};
use rustc_hash::FxHashMap;
use types::{
    Contribution, Degraded, Explanation, FeatureRows, FeatureSchema, FeatureSpec, FieldWeights, FusionPart, Request,
    Row, SourceId,
};

use super::columns::{self, Evidence, RETRIEVAL};
use super::feedback::{self, FEEDBACK};
use super::order::PINNED;
use super::reread::{self, Reread, scaled};
use super::{Candidates, Context};
use crate::fusion::{self, ListKind, RetrieverList};
use crate::rules::Decided;
use crate::sources::{PICTURE, WORDS};
use crate::view::View;
use crate::{online, searches};

/// Candidates with their features and scores; the same place in each belongs together.
pub(crate) struct Scored {
    pub(crate) rows: Vec<Row>,
    pub(crate) scores: Vec<f32>,
    /// The ranker that says how good the best candidates are.
    pub(crate) ranker: RankerId,
    retrieval: Vec<f32>,
    places: FxHashMap<Row, usize>,
    retrievers: Vec<Retriever>,
    /// What the untrained ranker read of every candidate.
    plain: FeatureRows,
    trained: Option<Reranked>,
    /// What clicks as they came add to each score; nothing where the shop does not let them.
    online: Vec<f32>,
    reread: Reread,
}

/// What a trained ranker read of the best candidates.
struct Reranked {
    ranker: Arc<dyn Ranker>,
    features: FeatureRows,
    places: FxHashMap<Row, usize>,
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
    let retrieval: Vec<f32> = (0..rows.len()).map(|at| sum(&retrievers, at)).collect();
    let ranker = context.core.policy.ranker(context.request);
    let plain = plain_features(context, ranker.needs(), &rows, &retrieval);
    let mut scores = vec![0.0; rows.len()];
    ranker.score(&plain, &mut scores);
    let places = rows.iter().enumerate().map(|(at, row)| (*row, at)).collect();
    let mut scored = Scored {
        rows,
        scores,
        ranker: ranker.id(),
        retrieval,
        places,
        retrievers,
        plain,
        trained: None,
        online: Vec::new(),
        reread: Reread::default(),
    };
    if let Some(ranker) = context.view.rankers.of(context.request, &context.view.settings, ranker) {
        scored.rescore(context, decided, candidates, &ranker);
    }
    scored.add_online(context);
    scored.reread = reread::reread(context, &scored.rows, &mut scored.scores);
    scored
}

/// The name under which what was learnt from clicks as they came is explained.
const ONLINE: &str = "clicks of late";

/// What the untrained ranker reads.
fn plain_features(context: &Context<'_>, schema: &FeatureSchema, rows: &[Row], retrieval: &[f32]) -> FeatureRows {
    let mut features = FeatureRows::zeros(schema.clone(), rows.len());
    if schema.width() > 1 {
        let profile = context.view.features.profile(context.actor, context.request.now);
        features::fill(&context.core.policy.features, &columns::of_state(context, &profile), rows, &mut features);
        columns::temper(&mut features, columns::taste(context));
    }
    if let Some(column) = schema.column(RETRIEVAL) {
        features.column_mut(column).copy_from_slice(retrieval);
    }
    features
}

/// Candidates that a trained ranker scores: those that the untrained one finds best.
const RESCORED: usize = 500;

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

impl Scored {
    /// The ranker's score of a row; `None` where it is no candidate.
    pub(crate) fn score_of(&self, row: Row) -> Option<f32> {
        self.places.get(&row).map(|at| self.scores[*at])
    }

    /// Has a trained ranker score the best candidates anew.
    fn rescore(
        &mut self,
        context: &Context<'_>,
        decided: &[Decided],
        candidates: &Candidates,
        ranker: &Arc<dyn Ranker>,
    ) {
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        order.sort_unstable_by(|a, b| self.scores[*b].total_cmp(&self.scores[*a]).then(a.cmp(b)));
        order.truncate(RESCORED);
        let rows: Vec<Row> = order.iter().map(|at| self.rows[*at]).collect();
        let features = Evidence::new(context, decided, candidates, self).rows(ranker.needs(), &rows);
        let mut scores = vec![0.0; rows.len()];
        ranker.score(&features, &mut scores);
        order.iter().zip(scores).for_each(|(at, score)| self.scores[*at] = score);
        let places = rows.iter().enumerate().map(|(at, row)| (*row, at)).collect();
        self.ranker = ranker.id();
        self.trained = Some(Reranked { ranker: Arc::clone(ranker), features, places });
    }

    /// Adds what was learnt from clicks as they came, as far as the shop lets it.
    fn add_online(&mut self, context: &Context<'_>) {
        let strength = context.view.settings.online_learning;
        if strength <= 0.0 || context.words.is_none() || !context.request.sort.is_empty() {
            return;
        }
        let query = context.request.query.as_deref().and_then(searches::asked).map(|asked| asked.hash);
        let learnt = |row: &Row| strength * online::learnt(&context.view.online, query, *row);
        self.online = self.rows.iter().map(learnt).collect();
        self.scores.iter_mut().zip(&self.online).for_each(|(score, by)| *score += by);
    }

    /// What reading the best results once more lacked.
    pub(crate) fn lacking(&self) -> Option<&Degraded> {
        self.reread.degraded.as_ref()
    }

    /// What retrieval says of a row, 0 to 1; 0 where it is no candidate.
    pub(crate) fn retrieval(&self, row: Row) -> f32 {
        self.places.get(&row).map_or(0.0, |at| self.retrieval[*at])
    }

    /// The most that any of the retrievers meant says of a row.
    pub(crate) fn of_retriever(&self, row: Row, is_meant: &dyn Fn(&str) -> bool) -> f32 {
        let Some(at) = self.places.get(&row) else { return 0.0 };
        let meant = self.retrievers.iter().filter(|retriever| is_meant(&retriever.id));
        meant.map(|retriever| retriever.normalised[*at]).fold(0.0, f32::max)
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
        let Some((ranker, features, at)) = self.ranked(context, row) else { return Explanation::default() };
        let mut told = ranker.explain(features, at);
        let by_clicks = Some(self.by_clicks(row)).filter(|by| *by != 0.0);
        told.contributions.extend(by_clicks.map(|by| Contribution {
            feature: Arc::from(ONLINE),
            value: by / context.view.settings.online_learning,
            contribution: by,
        }));
        told.contributions.extend(self.reread.contribution(row));
        told.score += by_clicks.unwrap_or_default() + self.reread.adds(row);
        told
    }

    /// For each feature the smallest change that would lift the row's score over `needed`.
    pub(crate) fn what_if(&self, context: &Context<'_>, row: Row, needed: f32) -> Vec<(FeatureSpec, Change)> {
        let Some((ranker, features, at)) = self.ranked(context, row) else { return Vec::new() };
        let specs = features.schema().specs();
        let changes =
            learn::what_if(ranker, features, at, needed - self.by_clicks(row) - self.reread.adds(row), 0..specs.len());
        changes.into_iter().map(|change| (specs[change.column].clone(), change)).collect()
    }

    /// The ranker that scored a row, with what it read and the row's place in that.
    fn ranked<'a>(&'a self, context: &'a Context<'_>, row: Row) -> Option<(&'a dyn Ranker, &'a FeatureRows, usize)> {
        let at = *self.places.get(&row)?;
        let rescored = self.trained.as_ref().and_then(|trained| trained.places.get(&row).map(|at| (trained, *at)));
        Some(match rescored {
            Some((trained, at)) => (&*trained.ranker, &trained.features, at),
            None => (&**context.core.policy.ranker(context.request), &self.plain, at),
        })
    }

    /// What clicks as they came add to a row's score.
    fn by_clicks(&self, row: Row) -> f32 {
        self.places.get(&row).and_then(|at| self.online.get(*at)).copied().unwrap_or_default()
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
