use index::{Order, RowSet};
use rustc_hash::FxHashMap;
use types::{Row, RuleTrace, SourceId};

use super::scoring::Scored;
use super::{Candidates, Context};
use crate::Result;
use crate::objectives;
use crate::rerank;
use crate::rules::{Decided, Effect};

/// An answer's order: the best of it, row by row; the rest of the matches follows only where a page reaches so far.
pub(crate) struct Ordered {
    pub(crate) rows: Vec<Row>,
    /// What was moved after scoring and why, for explanations.
    pub(crate) moved: FxHashMap<Row, Vec<RuleTrace>>,
}

/// The source of what is shown because someone pinned it.
pub(crate) const PINNED: SourceId = SourceId::new("pinned");

/// Pinned items answer the request even where no source found them.
pub(crate) fn add_pinned(context: &Context<'_>, decided: &[Decided], candidates: &mut Candidates) {
    let pinned =
        pins(decided).filter(|(row, _)| context.eligible.contains(*row) && !candidates.matched().contains(*row));
    let missing: Vec<(Row, f32)> = pinned.map(|(row, _)| (row, 0.0)).collect();
    if !missing.is_empty() {
        candidates.add(PINNED, missing);
    }
}

/// The rows that are pinned to a place.
pub(crate) fn pinned_rows(decided: &[Decided]) -> Vec<Row> {
    pins(decided).map(|(row, _)| row).collect()
}

fn pins(decided: &[Decided]) -> impl Iterator<Item = (Row, u32)> {
    decided.iter().filter_map(|decided| match decided.effect {
        Effect::Pin(row, position) => Some((row, position)),
        Effect::Keep(_) | Effect::Drop(_) | Effect::Boost(..) | Effect::Bury(_) => None,
    })
}

/// Orders the candidates by score, moved by rules, objectives and the reranker; or by what the request sorts by, untouched by
/// all of them.
pub(crate) fn order(
    context: &Context<'_>,
    decided: &[Decided],
    candidates: &Candidates,
    scored: &Scored,
) -> Result<Ordered> {
    let request = context.request;
    if !request.sort.is_empty() {
        let scores: FxHashMap<Row, f32> = scored.rows.iter().copied().zip(scored.scores.iter().copied()).collect();
        // A cursor's place counts like an offset, or pages far down would fall out of the order.
        let cursor = request.page.cursor.as_deref().and_then(|cursor| context.core.continuations.get(cursor));
        let offset = cursor.map_or(request.page.offset, |(_, offset)| offset);
        let limit = offset.saturating_add(SORTED_AHEAD.max(request.page.limit));
        let order = Order { keys: &request.sort, grouped: false, limit };
        let score = |row: Row| scores.get(&row).copied().unwrap_or_default();
        let rows = context.view.searcher.sort(candidates.matched(), &order, &score)?;
        return Ok(Ordered { rows, moved: FxHashMap::default() });
    }
    let mut ranked = by_score(decided, scored);
    let mut traces = objectives::weigh(context, &mut ranked);
    let pinned = place_pins(context, decided, &mut ranked);
    let (rows, reranked) = rerank::rerank(context, &ranked, &pinned);
    traces.extend(reranked);
    let mut moved: FxHashMap<Row, Vec<RuleTrace>> = FxHashMap::default();
    traces.into_iter().for_each(|(row, trace)| moved.entry(row).or_default().push(trace));
    Ok(Ordered { rows, moved })
}

/// The candidates by their scores after all boosts, each with whether it is buried; those last.
pub(crate) fn by_score(decided: &[Decided], scored: &Scored) -> Vec<(Row, f32, bool)> {
    let mut ranked: Vec<(Row, f32, bool)> = scored
        .rows
        .iter()
        .zip(&scored.scores)
        .map(|(row, score)| (*row, boosted(decided, *row, *score), is_buried(decided, *row)))
        .collect();
    ranked.sort_by(|a, b| a.2.cmp(&b.2).then(b.1.total_cmp(&a.1)).then(a.0.cmp(&b.0)));
    ranked
}

/// Rows sorted beyond the page, for the cursor to go on with.
const SORTED_AHEAD: usize = 1000;

/// The score after all boosts.
pub(crate) fn boosted(decided: &[Decided], row: Row, score: f32) -> f32 {
    decided.iter().fold(score, |score, decided| match &decided.effect {
        // A score below 0 is lifted by what lifts, too.
        Effect::Boost(rows, factor) if rows.contains(row) && score < 0.0 => score / factor.max(f32::MIN_POSITIVE),
        Effect::Boost(rows, factor) if rows.contains(row) => score * factor,
        _ => score,
    })
}

/// Whether a rule puts the row behind all others.
pub(crate) fn is_buried(decided: &[Decided], row: Row) -> bool {
    decided.iter().any(|decided| matches!(&decided.effect, Effect::Bury(rows) if rows.contains(row)))
}

/// Puts pinned items at their places, lowest place first, so that a later pin does not move an earlier one; says which.
fn place_pins(context: &Context<'_>, decided: &[Decided], ranked: &mut Vec<(Row, f32, bool)>) -> RowSet {
    let mut pins: Vec<(u32, Row)> = pins(decided).map(|(row, position)| (position, row)).collect();
    pins.retain(|(_, row)| context.eligible.contains(*row));
    pins.sort();
    let pinned: RowSet = pins.iter().map(|(_, row)| *row).collect();
    ranked.retain(|(row, ..)| !pinned.contains(*row));
    for (position, row) in pins {
        if !ranked.iter().any(|(other, ..)| *other == row) {
            let at = (position.max(1) as usize - 1).min(ranked.len());
            // It stands there whatever its score; among others it counts as what it took the place of.
            let score = ranked.get(at).or(ranked.last()).map_or(0.0, |(_, score, _)| *score);
            ranked.insert(at, (row, score, false));
        }
    }
    pinned
}

/// Matches that are no candidates, in the order in which they follow: by words, then by row.
pub(crate) fn rest(context: &Context<'_>, candidates: &Candidates, before: &RowSet, limit: usize) -> Result<Vec<Row>> {
    let mut left = candidates.matched().clone();
    left.subtract(before);
    let mut rows: Vec<Row> = match &context.words {
        Some(words) => {
            let hits = context.view.searcher.search_words(words, &left, 0.0, limit)?;
            hits.top.iter().map(|hit| hit.row).collect()
        }
        None => Vec::new(),
    };
    if rows.len() < limit {
        let taken: RowSet = rows.iter().copied().collect();
        rows.extend(left.iter().filter(|row| !taken.contains(*row)).take(limit - rows.len()));
    }
    Ok(rows)
}
