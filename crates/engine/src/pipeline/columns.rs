//! The features of an answer's items: those of the query's own search, which are logged with the answer because the log
//! alone cannot give them again, and all those of the crate `features`, which it can.

use rustc_hash::FxHashMap;
use types::{Device, FeatureRows, FeatureSchema, FeatureScope, FeatureSpec, Row, SourceId, well_known};

use super::feedback::FEEDBACK;
use super::scoring::Scored;
use super::{Candidates, Context};
use crate::rules::Decided;
use crate::searches;
use crate::sources::{MODEL, WORDS};

/// What retrieval says of a candidate, 0 to 1: what the untrained ranker scores by.
pub(crate) const RETRIEVAL: &str = "retrieval";
/// How far taste may count, 0 to 1: 0 where it was not asked for, else how broad the query is.
pub(crate) const TASTE: &str = "taste";

/// The columns that are logged, in order. A new one is a line here and a line in [`value`].
const LOGGED: [&str; 19] = [
    RETRIEVAL,
    TASTE,
    "small-screen",
    "words",
    "words-place",
    "vectors",
    "vectors-place",
    "vectors-cosine",
    "feedback",
    "model",
    "sources",
    "boosts",
    "coverage",
    "title-coverage",
    "brand-coverage",
    "category-coverage",
    "description-coverage",
    "nearness",
    "whole-value",
];

/// The schema of [`LOGGED`].
pub(crate) fn logged() -> FeatureSchema {
    FeatureSchema::new(LOGGED.map(|name| FeatureSpec { name, scope: FeatureScope::QueryItem, version: 1 }))
}

/// What the logged columns are made of.
pub(crate) struct Evidence<'a> {
    context: &'a Context<'a>,
    decided: &'a [Decided],
    scored: &'a Scored,
    /// The sources that found a row, each with the row's place, from 0.
    found: FxHashMap<Row, Vec<(SourceId, usize)>>,
    sources: usize,
}

/// How far taste may bend the order of this answer.
pub(crate) fn taste(context: &Context<'_>) -> f32 {
    if context.request.personalise { of_state(context, &Default::default()).query_breadth() } else { 0.0 }
}

/// What the features of the crate `features` read for this request.
pub(crate) fn of_state<'a>(context: &'a Context<'_>, profile: &'a features::Profile) -> features::Context<'a> {
    let asked = context.request.query.as_deref().and_then(searches::asked);
    features::Context { state: &context.view.features, profile, asked, now: context.request.now }
}

impl<'a> Evidence<'a> {
    /// What is known of an answer's candidates.
    pub(crate) fn new(
        context: &'a Context<'a>,
        decided: &'a [Decided],
        candidates: &Candidates,
        scored: &'a Scored,
    ) -> Self {
        let mut found: FxHashMap<Row, Vec<(SourceId, usize)>> = FxHashMap::default();
        for list in candidates.lists() {
            for (place, hit) in list.hits.iter().enumerate() {
                found.entry(hit.row).or_default().push((list.source, place));
            }
        }
        Self { context, decided, scored, found, sources: candidates.lists().len() }
    }

    /// The features of some candidates that `schema` names.
    pub(crate) fn rows(&self, schema: &FeatureSchema, rows: &[Row]) -> FeatureRows {
        let mut out = FeatureRows::zeros(schema.clone(), rows.len());
        let context = self.context;
        let profile = context.view.features.profile(context.actor, context.request.now);
        let known = of_state(context, &profile);
        features::fill(&context.core.policy.features, &known, rows, &mut out);
        self.fill(rows, &mut out);
        temper(&mut out, taste(context));
        out
    }

    /// Fills the logged columns that `out` has.
    fn fill(&self, rows: &[Row], out: &mut FeatureRows) {
        let has = |name: &str| out.schema().column(name).is_some();
        let matching = if LOGGED[12..].iter().any(|name| has(name)) { self.matching(rows) } else { Vec::new() };
        let cosines = if has("vectors-cosine") { self.cosines(rows) } else { Vec::new() };
        let taste = if has(TASTE) { taste(self.context) } else { 0.0 };
        for name in LOGGED {
            let Some(column) = out.schema().column(name) else { continue };
            for (at, row) in rows.iter().enumerate() {
                let value = match name {
                    TASTE => taste,
                    "vectors-cosine" => cosines.get(at).copied().unwrap_or_default(),
                    _ => self.value(name, *row).unwrap_or_else(|| matching.get(at).map_or(0.0, |of| of.value(name))),
                };
                out.column_mut(column)[at] = if value.is_finite() { value } else { 0.0 };
            }
        }
    }

    /// What a row's search says of it; `None` for what its words say.
    fn value(&self, name: &str, row: Row) -> Option<f32> {
        let retrievers = &self.context.view.retrievers;
        let is_encoder = |id: &str| retrievers.encoders.iter().any(|(encoder, _)| encoder.as_str() == id);
        let found = self.found.get(&row).map(Vec::as_slice).unwrap_or_default();
        let place = |is: &dyn Fn(&str) -> bool| {
            let found = found.iter().filter(|(source, _)| is(source.as_str()));
            found.map(|(_, place)| 1.0 / (*place as f32 + 1.0)).fold(0.0, f32::max)
        };
        Some(match name {
            RETRIEVAL => self.scored.retrieval(row),
            "small-screen" => self.context.request.device.map_or(0.0, Device::smallness),
            "words" => self.scored.of_retriever(row, &|id| id == WORDS.as_str()),
            "words-place" => place(&|id| id == WORDS.as_str()),
            "vectors" => self.scored.of_retriever(row, &is_encoder),
            "vectors-place" => place(&is_encoder),
            "feedback" => self.scored.of_retriever(row, &|id| id == FEEDBACK),
            "model" => self.scored.of_retriever(row, &|id| id == MODEL.as_str()),
            "sources" => found.len() as f32 / self.sources.max(1) as f32,
            "boosts" => super::order::boosted(self.decided, row, 1.0).max(f32::MIN_POSITIVE).ln().clamp(-5.0, 5.0),
            _ => return None,
        })
    }

    fn cosines(&self, rows: &[Row]) -> Vec<f32> {
        let mut best = vec![0.0f32; rows.len()];
        if self.context.words.is_none() {
            return best;
        }
        for (_, encoder) in self.context.view.retrievers.encoders.iter() {
            let Ok(vector) = crate::sources::query_vector(self.context, encoder) else { continue };
            let Ok(found) = self.context.view.searcher.similarities(encoder.id(), &vector, rows) else { continue };
            for (best, cosine) in best.iter_mut().zip(found) {
                *best = best.max(cosine.unwrap_or_default());
            }
        }
        best
    }

    fn matching(&self, rows: &[Row]) -> Vec<Matched> {
        let Some(words) = &self.context.words else { return Vec::new() };
        let parts = match self.context.view.searcher.words_parts(words, rows) {
            Ok(parts) => parts,
            Err(error) => {
                tracing::error!(shop = %self.context.core.id, error = &error as &dyn std::error::Error, "features of words are left out");
                return Vec::new();
            }
        };
        let place = |name: &str| parts.fields.iter().position(|(field, _)| &**field == name);
        let fields = [well_known::TITLE, well_known::BRAND, well_known::CATEGORY, well_known::DESCRIPTION].map(place);
        let matched = |at| {
            let matching = parts.matching(at);
            let fields = fields.map(|field| field.map_or(0.0, |field| matching.by_field[field]));
            Matched { fields, coverage: matching.coverage, nearness: matching.nearness, whole: matching.whole_value }
        };
        (0..rows.len()).map(matched).collect()
    }
}

/// How a row's words meet the query.
struct Matched {
    fields: [f32; 4],
    coverage: f32,
    nearness: f32,
    whole: f32,
}

impl Matched {
    fn value(&self, name: &str) -> f32 {
        match name {
            "coverage" => self.coverage,
            "title-coverage" => self.fields[0],
            "brand-coverage" => self.fields[1],
            "category-coverage" => self.fields[2],
            "description-coverage" => self.fields[3],
            "nearness" => self.nearness,
            _ => self.whole,
        }
    }
}

/// Lessens what is known of an actor's taste: a query for one product must not be bent by it.
pub(crate) fn temper(rows: &mut FeatureRows, taste: f32) {
    let personal: Vec<usize> = {
        let specs = rows.schema().specs().iter().enumerate();
        specs.filter(|(_, spec)| spec.scope == FeatureScope::ActorItem).map(|(column, _)| column).collect()
    };
    for column in personal {
        rows.column_mut(column).iter_mut().for_each(|value| *value *= taste);
    }
}
