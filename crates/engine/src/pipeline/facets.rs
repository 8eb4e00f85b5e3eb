use index::RowSet;
use types::Facet;

use super::answer::{restrict, retrieve};
use super::{Candidates, Context};
use crate::Result;
use crate::rules::Decided;

/// Counts the facets asked for over the whole match set. A disjunctive facet whose attribute the filter restricts is
/// counted over what would match without that restriction.
pub(crate) fn facets(context: &Context<'_>, decided: &[Decided], candidates: &Candidates) -> Result<Vec<Facet>> {
    let mut facets = Vec::with_capacity(context.request.facets.len());
    for wanted in &context.request.facets {
        let lifted = if wanted.disjunctive { lifted(context, decided, &wanted.attribute)? } else { None };
        let rows = lifted.as_ref().unwrap_or(candidates.matched());
        facets.push(context.view.searcher.facet(rows, wanted)?);
    }
    Ok(facets)
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
        ..*context
    };
    // What fails here has failed, and was reported, for the answer itself.
    Ok(Some(retrieve(&wider, &mut Vec::new()).matched().clone()))
}
