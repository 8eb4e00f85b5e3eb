//! What a stretch of a query may have been meant as.

use super::SlipKind;

/// One way to read the tokens from where it is listed up to `to`, other than as they were typed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Edge {
    /// The token after the last one it stands for.
    pub(super) to: usize,
    /// `-ln P(typed | meant)`.
    pub(super) cost: f32,
    /// The tokens that were meant, with `ln P` of each alone.
    pub(super) meant: Vec<(u64, f32)>,
    pub(super) text: String,
    pub(super) kind: SlipKind,
    /// The number of slips.
    pub(super) slips: u8,
}

/// Only so many readings of one place are weighed in context.
pub(super) const EDGES_MAX: usize = 10;

/// Keeps the edges that look best without context, each text once.
pub(super) fn keep_best(edges: &mut Vec<Edge>) {
    let score = |edge: &Edge| edge.meant.iter().map(|(_, ln)| ln).sum::<f32>() - edge.cost;
    edges.sort_by(|a, b| score(b).total_cmp(&score(a)));
    let mut at = 0;
    while at < edges.len() {
        let is_again = edges[..at].iter().any(|other| other.to == edges[at].to && other.text == edges[at].text);
        if is_again {
            edges.remove(at);
        } else {
            at += 1;
        }
    }
    edges.truncate(EDGES_MAX);
}
