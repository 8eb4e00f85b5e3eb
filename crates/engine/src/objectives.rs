use std::sync::Arc;

use learn::recommend::objectives::{self, Worth};
use types::{Objectives, Row, RuleTrace, well_known};

use crate::pipeline::Context;

/// Candidates that are weighed against objectives and for variety; what stands behind keeps its order.
pub const WINDOW: usize = 100;

/// Reorders the head of a recommendation by what the request, else the shop, wants beside relevance. Takes and gives
/// `(row, score, buried)`, best first; buried rows stay where they are. Says which rows moved.
pub(crate) fn weigh(context: &Context<'_>, ranked: &mut Vec<(Row, f32, bool)>) -> Vec<(Row, RuleTrace)> {
    let objectives = context.request.objectives.unwrap_or(context.view.settings.objectives);
    let window = ranked.iter().take(WINDOW).take_while(|(.., buried)| !buried).count();
    if context.request.recommend.is_none() || objectives.is_none() || window < 2 {
        return Vec::new();
    }
    let rows: Vec<Row> = ranked[..window].iter().map(|(row, ..)| *row).collect();
    let worths = worths(context, &rows);
    let values = objectives::values(&objectives, &worths);
    let order = objectives::order(&objectives, &worths);
    ranked.splice(..window, order.iter().map(|from| (rows[*from], values[*from], false)));
    let wanted = wanted(&objectives);
    let trace = |(to, from): (usize, &usize)| {
        let effect = Arc::from(format!("moved {} → {} for {wanted}", from + 1, to + 1));
        (rows[*from], RuleTrace { rule: Arc::from("objectives"), effect })
    };
    order.iter().enumerate().filter(|(to, from)| to != *from).map(trace).collect()
}

fn worths(context: &Context<'_>, rows: &[Row]) -> Vec<Worth> {
    let margins = context.view.searcher.numbers(well_known::MARGIN, rows);
    let [conversion, popularity] = ["conversion", "popularity"].map(|name| context.feature(name, rows));
    let worth = |at: usize| Worth {
        purchase: conversion[at],
        margin: if margins[at].is_finite() { margins[at] as f32 } else { 0.0 },
        novelty: -popularity[at],
    };
    (0..rows.len()).map(worth).collect()
}

/// `purchase 0.1, margin 0.2`.
fn wanted(objectives: &Objectives) -> String {
    let numbers = Objectives::TUNABLES.iter().map(|tunable| (tunable.name, (tunable.get)(objectives)));
    let told: Vec<String> =
        numbers.filter(|(_, weight)| *weight > 0.0).map(|(name, weight)| format!("{name} {weight}")).collect();
    told.join(", ")
}
