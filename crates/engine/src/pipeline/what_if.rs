use std::sync::Arc;

use types::{FeatureScope, FieldError, ItemId, Request, Row};

use super::answer::{self, query_id};
use super::columns::TASTE;
use super::order;
use super::scoring::{self, Scored};
use crate::core::Core;
use crate::rules::Decided;
use crate::{Error, Result};

/// What would have to change for an item to stand at a place, by its score: what rules pin or bury, objectives and the
/// variety of the answer do afterwards is left aside.
#[derive(Clone, PartialEq, Debug)]
pub struct WhatIf {
    /// Its place by score, from 1; `None` where no source finds it.
    pub place: Option<usize>,
    /// The place that was asked for; the last one where there are not so many.
    pub wanted: usize,
    /// The ranker's score of it.
    pub score: f32,
    /// What that score would have to exceed.
    pub needed: f32,
    /// For each feature that could do it alone, all others being as they are, the nearest value that is enough; smallest
    /// change first. Empty where it stands there already.
    pub changes: Vec<NeededChange>,
}

/// A change of one feature.
#[derive(Clone, PartialEq, Debug)]
pub struct NeededChange {
    /// The feature; or the retriever, where `about` is `None`.
    pub feature: Arc<str>,
    /// What the feature is about: what is of the item alone is the shop's to change.
    pub about: Option<FeatureScope>,
    /// Its value now.
    pub from: f32,
    /// The nearest value that is enough.
    pub to: f32,
}

/// See [`crate::Shop::what_if`].
pub(crate) fn what_if(core: &Core, request: &Request, item: &ItemId, place: usize) -> Result<WhatIf> {
    if !request.sort.is_empty() {
        let error = FieldError::new("value_invalid", "to_place", "an answer in the order of scores", "a sorted one");
        return Err(Error::Field(error));
    }
    let view = core.view.load_full();
    let assigned = view.experiments.assign(core, &view, request, &query_id(core, request)?);
    let found = answer::find(core, &view, &assigned.request)?;
    let scored = scoring::score(&found.context, &found.decided, &found.candidates);
    let row = core.names.read().items.row(item.as_str());
    let ranked = order::by_score(&found.decided, &scored);
    let own = row.and_then(|row| ranked.iter().position(|(other, ..)| *other == row).map(|at| (row, at)));
    let Some((row, at)) = own else {
        return Ok(WhatIf { place: None, wanted: place, score: 0.0, needed: 0.0, changes: Vec::new() });
    };
    let wanted = place.clamp(1, ranked.len());
    let score = scored.score_of(row).unwrap_or_default();
    if at < wanted {
        return Ok(WhatIf { place: Some(at + 1), wanted, score, needed: score, changes: Vec::new() });
    }
    let needed = unboosted(&found.decided, row, ranked[wanted - 1].1);
    // No score lifts what a rule buries over what none does.
    let is_held = ranked[at].2 && !ranked[wanted - 1].2;
    let changes = if is_held { Vec::new() } else { changes(&scored, &found.context, row, needed) };
    Ok(WhatIf { place: Some(at + 1), wanted, score, needed, changes })
}

/// The score that boosts turn into this one.
fn unboosted(decided: &[Decided], row: Row, score: f32) -> f32 {
    let factor = order::boosted(decided, row, 1.0).max(f32::MIN_POSITIVE);
    if score < 0.0 { score * factor } else { score / factor }
}

fn changes(scored: &Scored, context: &super::Context<'_>, row: Row, needed: f32) -> Vec<NeededChange> {
    let told = scored.what_if(context, row, needed);
    // What is the same for all items cannot change for one.
    let of_item = |spec: &types::FeatureSpec| {
        !matches!(spec.scope, FeatureScope::Actor | FeatureScope::Query) && spec.name != TASTE
    };
    let change = |(spec, change): (types::FeatureSpec, learn::Change)| NeededChange {
        feature: Arc::from(spec.name),
        about: Some(spec.scope),
        from: change.from,
        to: change.to,
    };
    let mut changes: Vec<NeededChange> = told.into_iter().filter(|(spec, _)| of_item(spec)).map(change).collect();
    let retrieval = changes.iter().find(|change| &*change.feature == super::columns::RETRIEVAL);
    if let Some(gap) = retrieval.map(|change| change.to - change.from) {
        // Retrieval is itself a weighted sum, of what each retriever says.
        changes.extend(scored.fusion(row).into_iter().filter(|part| part.weight > 0.0).filter_map(|part| {
            let to = part.normalised + gap / part.weight;
            (to <= 1.0).then_some(NeededChange { feature: part.retriever, about: None, from: part.normalised, to })
        }));
    }
    changes.sort_by(|a, b| (a.to - a.from).abs().total_cmp(&(b.to - b.from).abs()));
    changes
}
