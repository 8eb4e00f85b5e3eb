use std::sync::Arc;

use types::{Explanation, Row, RuleTrace, VectorMatch};

use super::order::Ordered;
use super::scoring::Scored;
use super::{Candidates, Context};
use crate::Result;
use crate::rules::Decided;
use crate::sources::{MODEL, because, query_vector};

/// Says how a row was found, how it scored, and who moved it.
pub(crate) fn explain(
    context: &Context<'_>,
    decided: &[Decided],
    candidates: &Candidates,
    scored: &Scored,
    ordered: &Ordered,
    row: Row,
    score: f32,
) -> Result<Explanation> {
    let searcher = &context.view.searcher;
    let (terms, boosts) = match &context.words {
        Some(words) => (searcher.explain_words(words, row)?, searcher.explain_boosts(words, row)?),
        None => (Vec::new(), Vec::new()),
    };
    let ranked = scored.explain(context, row);
    let by_rules = decided.iter().filter_map(|decided| {
        let effect = decided.on(row)?;
        Some(RuleTrace { rule: Arc::clone(&decided.by), effect })
    });
    let mut found = candidates.found(row);
    // Found out for what is shown alone: for some models it costs more than the score.
    for by_model in found.iter_mut().filter(|found| found.source == MODEL) {
        by_model.because = because(context, row);
    }
    Ok(Explanation {
        found,
        terms,
        boosts,
        vectors: similarities(context, row),
        fusion: scored.fusion(row),
        score,
        rules: by_rules.chain(ordered.moved.get(&row).cloned().unwrap_or_default()).collect(),
        ..ranked
    })
}

/// The row's similarity to the query under every encoder, whether or not that encoder found it.
fn similarities(context: &Context<'_>, row: Row) -> Vec<VectorMatch> {
    let looks = looks(context, row);
    if context.words.is_none() {
        return looks.into_iter().collect();
    }
    let matched = context.view.retrievers.encoders.iter().filter_map(|(_, encoder)| {
        let vector = query_vector(context, encoder).ok()?;
        let found = context.view.searcher.similarities(encoder.id(), &vector, &[row]).ok()?;
        let similarity = found.first().copied().flatten()?;
        Some(VectorMatch { encoder: Arc::from(encoder.id()), similarity })
    });
    matched.chain(looks).collect()
}

/// How much the row's picture is like the one searched with.
fn looks(context: &Context<'_>, row: Row) -> Option<VectorMatch> {
    let (model, vector) = (context.view.retrievers.pictures.as_ref()?, context.picture.as_ref()?);
    let found = context.view.searcher.similarities(&model.id, vector, &[row]).ok()?;
    Some(VectorMatch { encoder: Arc::clone(&model.id), similarity: found.first().copied().flatten()? })
}
