use std::sync::Arc;

use rustc_hash::FxHashMap;
use types::{Row, RuleTrace};

use crate::pipeline::Context;

/// Candidates looked at for variety; what stands behind keeps its order.
const WINDOW: usize = 100;

/// Reorders the head of a ranked list for variety by category and brand: greedy maximal marginal relevance (Carbonell and
/// Goldstein 1998, SIGIR), `(1 - d) * score - d * likeness`, with scores scaled to 0..1 over the window and `likeness`
/// the mean share of category and brand with the nearest of the last few chosen. `d = 0` changes nothing.
///
/// Takes `(row, score, buried)`, best first; buried rows stay where they are.
pub(crate) fn diversify(context: &Context<'_>, ranked: &[(Row, f32, bool)]) -> (Vec<Row>, FxHashMap<Row, RuleTrace>) {
    let rows = || ranked.iter().map(|(row, ..)| *row).collect::<Vec<Row>>();
    let weight =
        if context.request.diversity > 0.0 { context.request.diversity } else { context.view.settings.diversity };
    let window = ranked.iter().take(WINDOW).take_while(|(.., buried)| !buried).count();
    if weight <= 0.0 || window < 3 {
        return (rows(), FxHashMap::default());
    }
    let (head, tail) = ranked.split_at(window);
    let (best, least) = (head[0].1, head[window - 1].1);
    let scaled = |score: f32| (score - least) / (best - least).max(f32::EPSILON);
    let labels: Vec<Labels> = head.iter().map(|(row, ..)| labels(context, *row)).collect();
    let mut left: Vec<usize> = (0..window).collect();
    let mut chosen: Vec<usize> = Vec::with_capacity(window);
    while !left.is_empty() {
        let value = |at: usize| {
            let recent = chosen.iter().rev().take(RECENT);
            let likeness = recent.map(|other| labels[at].likeness(&labels[*other])).fold(0.0, f32::max);
            (1.0 - weight) * scaled(head[at].1) - weight * likeness
        };
        // The first of equals wins, which keeps the ranked order among them.
        let mut next = 0;
        for candidate in 1..left.len() {
            if value(left[candidate]) > value(left[next]) {
                next = candidate;
            }
        }
        chosen.push(left.remove(next));
    }
    let moved = chosen.iter().enumerate().filter(|(to, from)| to != *from).map(|(to, from)| {
        let effect = Arc::from(format!("moved {} → {} for variety", from + 1, to + 1));
        (head[*from].0, RuleTrace { rule: Arc::from("diversity"), effect })
    });
    let moved = moved.collect();
    (chosen.iter().map(|at| head[*at].0).chain(tail.iter().map(|(row, ..)| *row)).collect(), moved)
}

/// Chosen items that a candidate is compared with: what a shopper sees at one glance.
const RECENT: usize = 4;

#[derive(Default)]
struct Labels {
    category: Option<u32>,
    brand: Option<u32>,
}

impl Labels {
    fn likeness(&self, other: &Self) -> f32 {
        let same = |a: Option<u32>, b: Option<u32>| if a.is_some() && a == b { 0.5 } else { 0.0 };
        same(self.category, other.category) + same(self.brand, other.brand)
    }
}

fn labels(context: &Context<'_>, row: Row) -> Labels {
    let facts = context.view.features.facts(row);
    facts
        .map_or_else(Labels::default, |facts| Labels { category: facts.categories.last().copied(), brand: facts.brand })
}
