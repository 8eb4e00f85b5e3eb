//! Suggestions that nobody typed before: the typed text with its last word completed as other texts end.

use std::collections::BTreeMap;

use super::gather::Best;
use super::keys::{END, Node};
use super::shelf::{List, Shelf};

/// Ends of texts that are looked at for each way to cut the typed text.
const TRIES: usize = 32;
/// Ways to cut the typed text: at most so many of its last letters belong to the word being typed.
const LETTERS_MAX: usize = 6;
/// With so many times as many texts as are wanted, shorter ends are no longer looked for.
const ENOUGH: usize = 4;
/// How much less an end counts for each letter of the typed text that it does not share ("stupid backoff": Brants et al.
/// 2007, "Large language models in machine translation", EMNLP).
const BACKOFF: f32 = 0.4;

/// Texts that begin with `typed` and end as texts of the shelf do from a word on that begins like the end of `typed`,
/// best first. What counts is how many texts end so, and how much of the typed text they share.
pub(crate) fn compose(shelf: &Shelf, typed: &str, limit: usize) -> Vec<(String, f32)> {
    let cuts: Vec<usize> = typed.char_indices().map(|(at, _)| at).skip(1).collect();
    let last = &cuts[cuts.len().saturating_sub(LETTERS_MAX)..];
    let mut scores: BTreeMap<String, f32> = BTreeMap::new();
    for (dropped, cut) in last.iter().enumerate() {
        let (head, begun) = typed.split_at(*cut);
        if begun.starts_with(char::is_whitespace) {
            continue;
        }
        let nodes = Vec::from_iter([List::Text, List::Word].into_iter().filter_map(|list| begins(shelf, list, begun)));
        for place in Best::new(shelf, nodes.iter().cloned()).take(TRIES) {
            let end = &shelf.rest(place.position)[begun.len()..].to_ascii_lowercase();
            let score = || ending(shelf, &nodes, end) as f32 * BACKOFF.powi(dropped as i32);
            if !end.is_empty() {
                scores.entry(format!("{head}{begun}{end}")).or_insert_with(score);
            }
        }
        if scores.len() >= ENOUGH * limit {
            break;
        }
    }
    let mut best: Vec<(String, f32)> = scores.into_iter().collect();
    best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.len().cmp(&b.0.len())).then_with(|| a.0.cmp(&b.0)));
    best.truncate(limit);
    best
}

fn begins(shelf: &Shelf, list: List, begun: &str) -> Option<(List, Node)> {
    let keys = shelf.list(list);
    keys.step(&shelf.bytes, &keys.root(), begun.as_bytes()).map(|node| (list, node))
}

/// How many of the keys below these nodes end with `end`.
fn ending(shelf: &Shelf, nodes: &[(List, Node)], end: &str) -> usize {
    let end = [end.as_bytes(), &[END]].concat();
    let ended = nodes.iter().filter_map(|(list, node)| shelf.list(*list).step(&shelf.bytes, node, &end));
    ended.map(|node| node.range.len()).sum()
}
