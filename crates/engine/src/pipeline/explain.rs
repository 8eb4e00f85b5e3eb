use std::sync::Arc;

use types::{Explanation, Row, RuleTrace};

use super::order::Ordered;
use super::scoring::Scored;
use super::{Candidates, Context};
use crate::Result;
use crate::rules::Decided;

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
    let terms = match &context.words {
        Some(words) => context.view.searcher.explain_words(words, row)?,
        None => Vec::new(),
    };
    let ranked = scored.explain(context, row);
    let by_rules = decided.iter().filter_map(|decided| {
        let effect = decided.on(row)?;
        Some(RuleTrace { rule: Arc::from(decided.by), effect })
    });
    Ok(Explanation {
        found: candidates.found(row),
        terms,
        vectors: scored.vectors(row),
        fusion: scored.fusion(row),
        score,
        rules: by_rules.chain(ordered.moved.get(&row).cloned()).collect(),
        ..ranked
    })
}
