use index::RowSet;
use types::{Facet, FacetRequest, FacetValue, Row};

use super::answer::{restrict, retrieve};
use super::order::Ordered;
use super::{Candidates, Context};
use crate::Result;
use crate::rules::Decided;

/// Counts the facets asked for over the whole match set. A disjunctive facet whose attribute the filter restricts is
/// counted over what would match without that restriction.
pub(crate) fn facets(
    context: &Context<'_>,
    decided: &[Decided],
    candidates: &Candidates,
    order: &Ordered,
) -> Result<Vec<Facet>> {
    let mut facets = Vec::with_capacity(context.request.facets.len());
    let once = (context.request.group && !context.request.counted_once.is_empty())
        .then(|| best_of_groups(context, candidates, order));
    for wanted in &context.request.facets {
        if let Some(once) = once.as_ref().filter(|_| context.request.counted_once.contains(&wanted.attribute)) {
            facets.push(counted(context, once, wanted)?);
            continue;
        }
        let lifted = if wanted.disjunctive { lifted(context, decided, &wanted.attribute)? } else { None };
        let rows = lifted.as_ref().unwrap_or(candidates.matched());
        facets.push(counted(context, rows, wanted)?);
    }
    Ok(facets)
}

/// Of each group its best match: the first in order, or where none stands in it, the one of the first row.
fn best_of_groups(context: &Context<'_>, candidates: &Candidates, order: &Ordered) -> RowSet {
    let matched = candidates.matched();
    let ordered: Vec<Row> =
        order.rows.iter().copied().filter(|row| matched.contains(*row)).chain(matched.iter()).collect();
    // What stands in no group is its own, and stands in both lists.
    context.view.searcher.groups(matched).first_of_each(&ordered).into_iter().collect()
}

/// Values listed before the likeliest of them are put first, at least.
const LISTED_MIN: usize = 200;
/// Categories less likely than this keep the place that their count gives them.
const LIKELY_FROM: f32 = 0.1;

/// A facet with its counts. Categories that the query is likely about come first, the likeliest first.
fn counted(context: &Context<'_>, rows: &RowSet, wanted: &FacetRequest) -> Result<Facet> {
    let searcher = &context.view.searcher;
    let is_of_categories = context.view.lexicon.categories.attribute() == Some(&wanted.attribute);
    let reading = context.reading.as_ref().filter(|reading| is_of_categories && !reading.categories.is_empty());
    let Some(reading) = reading else { return Ok(searcher.facet(rows, wanted)?) };
    let mut facet = searcher.facet(rows, &FacetRequest { limit: wanted.limit.max(LISTED_MIN), ..wanted.clone() })?;
    let likely = |value: &FacetValue| {
        let guess = reading.categories.iter().find(|guess| guess.name == value.value);
        guess.map_or(0.0, |guess| guess.probability).max(LIKELY_FROM)
    };
    facet.values.sort_by(|a, b| likely(b).total_cmp(&likely(a)));
    facet.values.truncate(wanted.limit);
    Ok(facet)
}

/// The match set without the filter's conditions on `attribute`; `None` where it has none.
fn lifted(context: &Context<'_>, decided: &[Decided], attribute: &str) -> Result<Option<RowSet>> {
    let Some(filter) = &context.request.filter else { return Ok(None) };
    let rest = filter.without(attribute);
    if rest.as_ref() == Some(filter) {
        return Ok(None);
    }
    let searcher = &context.view.searcher;
    let mut eligible = match &rest {
        Some(rest) => searcher.filter(rest)?,
        None => searcher.all().clone(),
    };
    restrict(&mut eligible, decided);
    let wider = Context {
        eligible,
        reading: context.reading.clone(),
        words: context.words.clone(),
        picture: context.picture.clone(),
        seeds: context.seeds.clone(),
        curations: context.curations.clone(),
        ..*context
    };
    // What fails here has failed, and was reported, for the answer itself.
    Ok(Some(retrieve(&wider, &mut Vec::new()).matched().clone()))
}
