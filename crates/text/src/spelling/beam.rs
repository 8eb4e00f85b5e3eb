//! The most probable readings of a query.

use super::cuts;
use super::edge::Edge;
use super::language::{History, Language};
use super::queries::{Proposal, Queries, plain};
use super::tokens::{Class, Gap, Token};

/// Readings followed at each place.
const WIDTH: usize = 12;
/// How much the words that the dictionary cuts count, against the single characters: a log-linear mixture.
const CUTS: f32 = 0.7;
/// Readings compared in the end.
const READINGS_MAX: usize = 16;
/// Corrections in one reading.
const CHANGES_MAX: u8 = 4;

/// A change of the tokens `from..to`, with the share of the probability of all readings that agree on it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) text: String,
    pub(super) kind: super::SlipKind,
    pub(super) slips: u8,
    pub(super) confidence: f32,
}

/// A reading up to a place.
#[derive(Clone, Copy)]
struct Node {
    /// The reading it goes on from.
    before: usize,
    /// The edge taken last, by place and number; none where the token was kept.
    edge: Option<(usize, usize)>,
    history: History,
    ln: f32,
    changes: u8,
}

/// What tells how probable a reading is.
pub(super) struct Models<'a> {
    pub(super) language: &'a Language,
    pub(super) cuts: &'a Language,
    pub(super) queries: &'a Queries,
}

/// The changes of the most probable reading that changes anything, in order. `base` is `ln P` of each token alone.
pub(super) fn search(
    models: &Models<'_>,
    typed: &[Token<'_>],
    base: &[f32],
    edges: &[Vec<Edge>],
    proposals: &[Proposal],
) -> Vec<Change> {
    let language = models.language;
    let mut nodes = vec![Node { before: 0, edge: None, history: History::start(), ln: 0.0, changes: 0 }];
    let mut reached: Vec<Vec<usize>> = vec![Vec::new(); typed.len() + 1];
    reached[0].push(0);
    for at in 0..typed.len() {
        let mut here = std::mem::take(&mut reached[at]);
        here.sort_by(|a, b| nodes[*b].ln.total_cmp(&nodes[*a].ln));
        here.truncate(WIDTH);
        for before in here {
            let node = nodes[before];
            let context = language.context(&node.history);
            let ln = node.ln + language.ln_after(&context, typed[at].hash, base[at]);
            nodes.push(Node { before, edge: None, history: node.history.then(typed[at].hash), ln, ..node });
            reached[at + 1].push(nodes.len() - 1);
            if node.changes >= CHANGES_MAX {
                continue;
            }
            for (number, edge) in edges[at].iter().enumerate() {
                let mut next = Node { before, edge: Some((at, number)), changes: node.changes + 1, ..node };
                next.ln -= edge.cost;
                for (place, (hash, ln_alone)) in edge.meant.iter().enumerate() {
                    let context = if place == 0 { context } else { language.context(&next.history) };
                    next.ln += language.ln_after(&context, *hash, *ln_alone);
                    next.history = next.history.then(*hash);
                }
                nodes.push(next);
                reached[edge.to].push(nodes.len() - 1);
            }
        }
    }
    let ends = std::mem::take(&mut reached[typed.len()]);
    let mut readings: Vec<Reading> = ends
        .into_iter()
        .map(|end| {
            let ln_end = language.ln_end(&language.context(&nodes[end].history));
            Reading { path: path(&nodes, end), ln: nodes[end].ln + ln_end, text: String::new() }
        })
        .collect();
    readings.sort_by(|a, b| b.ln.total_cmp(&a.ln));
    readings.truncate(READINGS_MAX);
    for Proposal { path, ln } in proposals {
        if !readings.iter().any(|other| other.path == *path) {
            // Its words by themselves are not among the best: what counts is that it was typed before.
            readings.push(Reading { ln: ln - 100.0 - cost(edges, path), path: path.clone(), text: String::new() });
        }
    }
    weigh(models, typed, edges, &mut readings);
    best_changes(&readings, edges)
}

fn cost(edges: &[Vec<Edge>], path: &[(usize, usize)]) -> f32 {
    path.iter().map(|(at, number)| edges[*at][*number].cost).sum()
}

/// Brings in what whole readings tell: the dictionary's cut of Chinese, and whether it is a past query.
fn weigh(models: &Models<'_>, typed: &[Token<'_>], edges: &[Vec<Edge>], readings: &mut [Reading]) {
    let has_han = edges.iter().zip(typed).any(|(edges, token)| token.class == Class::Han && !edges.is_empty());
    for Reading { path, ln, text } in readings {
        let cost = cost(edges, path);
        let mut ln_meant = *ln + cost;
        if has_han {
            let tokens = tokens_of(typed, edges, path).map(|(class, _, text)| (class, text));
            ln_meant += CUTS * (cuts::ln_text(models.cuts, tokens) - ln_meant);
        }
        *text = plain(tokens_of(typed, edges, path).map(|(_, gap, text)| (gap, text)));
        if let Some(again) = models.queries.ln_again(text) {
            let (more, less) = if again > ln_meant { (again, ln_meant) } else { (ln_meant, again) };
            ln_meant = more + (less - more).exp().ln_1p();
        }
        *ln = ln_meant - cost;
    }
}

/// A way through the edges.
struct Reading {
    path: Vec<(usize, usize)>,
    /// `ln P(meant) P(typed | meant)`.
    ln: f32,
    /// What was meant.
    text: String,
}

/// The tokens of a reading.
fn tokens_of<'a>(
    typed: &'a [Token<'a>],
    edges: &'a [Vec<Edge>],
    path: &'a [(usize, usize)],
) -> impl Iterator<Item = (Class, Gap, &'a str)> {
    let mut at = 0;
    let mut path = path.iter().peekable();
    std::iter::from_fn(move || {
        if at >= typed.len() {
            return None;
        }
        let (class, gap) = (typed[at].class, typed[at].gap);
        match path.next_if(|(from, _)| *from == at) {
            Some((from, number)) => {
                let edge = &edges[*from][*number];
                at = edge.to;
                Some((class, gap, edge.text.as_str()))
            }
            None => {
                at += 1;
                Some((class, gap, &*typed[at - 1].text))
            }
        }
    })
}

/// The edges of a reading, in order.
fn path(nodes: &[Node], end: usize) -> Vec<(usize, usize)> {
    let mut path = Vec::new();
    let mut at = end;
    while at != 0 {
        path.extend(nodes[at].edge);
        at = nodes[at].before;
    }
    path.reverse();
    path
}

/// The changes of the best reading that has any, each with the share of the readings' probability it is part of.
fn best_changes(readings: &[Reading], edges: &[Vec<Edge>]) -> Vec<Change> {
    let changed = readings.iter().filter(|reading| !reading.path.is_empty());
    let Some(best) = changed.max_by(|a, b| a.ln.total_cmp(&b.ln)) else { return Vec::new() };
    let most = readings.iter().map(|reading| reading.ln).fold(f32::NEG_INFINITY, f32::max);
    let total: f32 = readings.iter().map(|reading| (reading.ln - most).exp()).sum();
    best.path
        .iter()
        .map(|(at, number)| {
            let edge = &edges[*at][*number];
            // Other ways to the same text agree, too.
            let agrees = |reading: &&Reading| reading.path.contains(&(*at, *number)) || reading.text == best.text;
            let share = readings.iter().filter(agrees).map(|reading| (reading.ln - most).exp()).sum::<f32>() / total;
            let Edge { to, text, kind, slips, .. } = edge.clone();
            Change { from: *at, to, text, kind, slips, confidence: share.min(1.0) }
        })
        .collect()
}
