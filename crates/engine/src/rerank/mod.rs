//! Orders the head of an answer anew, for more than relevance; the maths are in `learn::slates`.
//!
//! One file a method, one line in [`RERANKERS`]. Each sees the order that the one before it has left, and takes the score of
//! a place for the relevance of the item that stands there by then: so what came before is undone no further than a method's
//! own dial asks for, and at a dial of 0 nothing moves.

mod calibration;
mod caps;
mod dpp;
mod exposure;
mod long_tail;
mod popularity;
mod protected;
pub(crate) mod sellers;
mod variety;

use std::sync::Arc;

use index::RowSet;
use learn::slates::{Labels, List, Move, Reordered, SlateError, Why};
use types::{Reranking, Row, RuleTrace};

use crate::objectives::WINDOW;
use crate::pipeline::Context;

/// Every method, in the order in which they act: what only leans first, what must hold last.
const RERANKERS: [&dyn Reranker; 8] = [
    &popularity::Popularity,
    &calibration::Calibration,
    &variety::Variety,
    &dpp::Dpp,
    &exposure::Exposure,
    &long_tail::LongTail,
    &protected::ProtectedGroup,
    &caps::Caps,
];

/// Moves items of a list for one purpose.
trait Reranker: Send + Sync {
    /// The name that explanations give it.
    fn id(&self) -> &'static str;

    /// What it moves items for, after `moved 5 → 3 for`.
    fn purpose(&self) -> &'static str;

    /// Whether this list is to be moved.
    fn is_on(&self, stage: &Stage<'_>) -> bool;

    /// The new order.
    fn reorder(&self, stage: &Stage<'_>) -> Result<Reordered, SlateError>;
}

/// What a method sees.
struct Stage<'a> {
    context: &'a Context<'a>,
    dials: &'a Reranking,
    /// The items, best first so far.
    rows: &'a [Row],
    /// Their relevance by place, and which stand where they must.
    list: List<'a>,
    /// Their own scores, at least 0.
    merits: &'a [f32],
}

impl Stage<'_> {
    fn labels(&self) -> Vec<Labels> {
        let facts = self.rows.iter().map(|row| self.context.view.features.facts(*row));
        let labels =
            |facts: &features::ItemFacts| Labels { category: facts.categories.last().copied(), brand: facts.brand };
        facts.map(|facts| facts.map_or_else(Labels::default, labels)).collect()
    }

    fn popularity(&self) -> Vec<f32> {
        let features = &self.context.view.features;
        self.rows.iter().map(|row| features.popularity(*row, self.context.request.now).max(0.0)).collect()
    }
}

/// Orders the head of a ranked list anew, as far as it is not buried and within [`WINDOW`]. Takes `(row, score, buried)`, best
/// first, with what is pinned at its place; what is pinned or behind the head stays. Says which rows moved, where the request
/// wants explanations.
pub(crate) fn rerank(
    context: &Context<'_>,
    ranked: &[(Row, f32, bool)],
    pinned: &RowSet,
) -> (Vec<Row>, Vec<(Row, RuleTrace)>) {
    let dials = context.request.reranking.as_ref().unwrap_or(&context.view.settings.reranking);
    let window = ranked.iter().take(WINDOW).take_while(|(.., buried)| !buried).count();
    let mut head: Vec<(Row, f32)> = ranked[..window].iter().map(|(row, score, _)| (*row, *score)).collect();
    let mut traces = Vec::new();
    // What stands at a place counts as relevant as what was found best for it.
    let mut relevance: Vec<f32> = head.iter().map(|(_, score)| *score).collect();
    relevance.sort_by(|a, b| b.total_cmp(a));
    let is_pinned: Vec<bool> = head.iter().map(|(row, _)| pinned.contains(*row)).collect();
    for reranker in RERANKERS.into_iter().filter(|_| window > 2) {
        let (rows, scores): (Vec<Row>, Vec<f32>) = head.iter().copied().unzip();
        let merits = merits(&scores);
        let reordered = List::new(&relevance, &is_pinned).and_then(|list| {
            let stage = Stage { context, dials, rows: &rows, list, merits: &merits };
            if reranker.is_on(&stage) { reranker.reorder(&stage).map(Some) } else { Ok(None) }
        });
        match reordered {
            Ok(None) => {}
            Ok(Some(Reordered { order, moves })) => {
                head = order.iter().map(|from| head[*from]).collect();
                if context.request.explain {
                    traces.extend(moves.iter().map(|moved| (rows[moved.from], trace(context, reranker, &rows, moved))));
                }
            }
            Err(error) => tracing::error!(
                shop = %context.core.id, reranker = reranker.id(), error = &error as &dyn std::error::Error,
                "an answer was not ordered anew"
            ),
        }
    }
    (head.iter().map(|(row, _)| *row).chain(ranked[window..].iter().map(|(row, ..)| *row)).collect(), traces)
}

/// Scores as what attention is deserved by: as they are, lifted where some lie below 0.
pub(crate) fn merits(scores: &[f32]) -> Vec<f32> {
    let least = scores.iter().copied().fold(0.0, f32::min);
    scores.iter().map(|score| (score - least).clamp(0.0, f32::MAX)).collect()
}

/// `moved 5 → 3 for variety`, and by what or for whose sake.
fn trace(context: &Context<'_>, reranker: &dyn Reranker, rows: &[Row], moved: &Move) -> RuleTrace {
    let names = context.core.names.read();
    let item = |place: usize| names.items.id(rows[place]).map_or("", |id| id);
    let label = |code: u32| names.labels.id(Row(code)).map_or("", |label| label);
    let detail = match moved.why {
        Why::Passed { by } => format!(", passed by {}", item(by)),
        Why::Unlike { nearest: Some(nearest), likeness } if likeness > 0.0 => {
            format!(", of those above most like {}", item(nearest))
        }
        Why::Mix { category: Some(category) } => {
            format!(", {}", label(category))
        }
        Why::Share { shown, required } => format!(", {required} due and {shown} above"),
        Why::Owed { seller: Some(seller), owed } => {
            format!(", {} is owed {owed:.2} views", label(seller))
        }
        Why::Unlike { .. }
        | Why::Mix { .. }
        | Why::Cap { .. }
        | Why::Owed { .. }
        | Why::LittleKnown { .. }
        | Why::Drawn => String::new(),
    };
    let effect = format!("moved {} → {} for {}{detail}", moved.from + 1, moved.to + 1, reranker.purpose());
    RuleTrace { rule: Arc::from(reranker.id()), effect: Arc::from(effect) }
}
