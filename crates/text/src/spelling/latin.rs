//! What a word of an alphabet may have been meant as: words near to it, words that sound like it, two words written as
//! one, one word written as two.

use super::edge::{Edge, keep_best};
use super::language::Language;
use super::tokens::{Class, Gap, Token};
use super::words::{Near, Words};
use super::{ERROR, KNOWN, SlipKind, WordsMeant};

/// Each further slip in a word.
const SECOND_SLIP: f32 = 2.0;
/// A word spelled by ear.
const BY_EAR: f32 = 6.0;
/// More letters than this are not wrong in it.
const BY_EAR_SLIPS_MAX: u8 = 2;
/// A blank left out, or one too many.
const BLANK_MISSING: f32 = 1.0;
const BLANK_EXTRA: f32 = 2.0;
/// Words of fewer letters are never corrected by letters.
const LETTERS_MIN: usize = 3;
/// Words of just so many letters are mostly abbreviations and brands.
const SHORT: f32 = 2.0;
/// From so many letters on, two slips are thought possible.
const TWO_SLIPS_FROM: usize = 8;
/// From so many letters on, a word may be two.
const SPLIT_FROM: usize = 5;
/// A known word seen more often than this is never looked up.
const COMMON: f32 = 20.0;

/// The edges of the word at `at`; none where it is certain.
pub(super) fn edges(meant: &WordsMeant<'_>, tokens: &[Token<'_>], at: usize) -> Vec<Edge> {
    let WordsMeant { words, language, .. } = *meant;
    let token = &tokens[at];
    let mut edges = Vec::new();
    let before = at.checked_sub(1).map(|before| tokens[before].hash);
    let after = tokens.get(at + 1).map(|token| token.hash);
    join(meant, tokens, at, &mut edges);
    let is_known = words.find(token.hash).is_some();
    if !is_known && words.knows_stem(&token.text) {
        return edges;
    }
    let fits = |first, second| language.neighbours(first, second) > 0.0;
    let is_certain = is_known
        && (language.count(token.hash) > COMMON || fits(before, Some(token.hash)) || fits(Some(token.hash), after));
    let letters: Vec<char> = token.text.chars().collect();
    if is_certain || letters.len() < LETTERS_MIN {
        return edges;
    }
    let short_cost = if letters.len() == LETTERS_MIN { SHORT } else { 0.0 };
    let known_cost = if is_known { KNOWN } else { 0.0 } + short_cost;
    let mut add = |near: Near, cost: f32, kind| {
        let ln_alone = ln_alone(words, language, near.word);
        let edge = Edge {
            to: at + 1,
            cost: cost + known_cost,
            meant: vec![(meant.hash(near.word), ln_alone)],
            text: words.shown(near.word).to_owned(),
            kind,
            slips: near.slips.edits,
        };
        // Forms of one word find the same things.
        if near.slips.edits > 0 && !words.same_stem(&token.text, near.word) {
            edges.push(edge);
        }
    };
    let edits_max = if letters.len() >= TWO_SLIPS_FROM { 2 } else { 1 };
    let mut found = false;
    for edits in 1..=edits_max {
        if found {
            break;
        }
        words.near(&letters, edits, |near| {
            found |= near.slips.edits > 0;
            add(near, letters_cost(near), SlipKind::Letters);
        });
    }
    if !is_known {
        words.alike(&token.text, BY_EAR_SLIPS_MAX, |near| {
            let cost = BY_EAR + SECOND_SLIP * f32::from(near.slips.edits.saturating_sub(1)) / 2.0;
            add(near, (ERROR + cost).min(letters_cost(near)), SlipKind::Sound);
        });
        split(meant, tokens, at, &mut edges);
    }
    favour_context(language, &mut edges, before, after);
    edges
}

fn letters_cost(near: Near) -> f32 {
    ERROR + near.slips.cost + SECOND_SLIP * f32::from(near.slips.edits.saturating_sub(1))
}

/// Leaves the likeliest, counting what was seen beside its neighbours first.
fn favour_context(language: &Language, edges: &mut Vec<Edge>, before: Option<u64>, after: Option<u64>) {
    if edges.len() <= super::edge::EDGES_MAX {
        return keep_best(edges);
    }
    let fits = |edge: &Edge| {
        let first = edge.meant.first().map(|(hash, _)| *hash);
        let last = edge.meant.last().map(|(hash, _)| *hash);
        language.neighbours(before, first) > 0.0 || language.neighbours(last, after) > 0.0
    };
    let (mut fitting, mut others): (Vec<Edge>, Vec<Edge>) = std::mem::take(edges).into_iter().partition(fits);
    keep_best(&mut fitting);
    keep_best(&mut others);
    fitting.truncate(super::edge::EDGES_MAX / 2);
    edges.append(&mut fitting);
    edges.append(&mut others);
    edges.truncate(super::edge::EDGES_MAX);
}

fn ln_alone(words: &Words, language: &Language, word: u32) -> f32 {
    let hash = super::tokens::hash(words.letters(word));
    language.ln_alone(hash).unwrap_or_else(|| language.ln_unknown())
}

/// `runningshoes` as `running shoes`.
fn split(meant: &WordsMeant<'_>, tokens: &[Token<'_>], at: usize, edges: &mut Vec<Edge>) {
    let WordsMeant { words, language, .. } = *meant;
    let text = &tokens[at].text;
    if text.chars().count() < SPLIT_FROM {
        return;
    }
    for (cut, _) in text.char_indices().skip(2) {
        let (first, second) = text.split_at(cut);
        let hashes = [first, second].map(super::tokens::hash);
        let [Some(one), Some(two)] = hashes.map(|hash| words.find(hash)) else { continue };
        // Short words and rare ones lie in anything; that they stand side by side elsewhere is the better proof.
        let short = first.chars().count().min(second.chars().count());
        let was_seen = language.pair(hashes[0], hashes[1]) > 0.0;
        let are_common = [one, two].iter().all(|word| words.seen(*word).total() >= 2);
        if short < 2 || !(was_seen || are_common && short >= LETTERS_MIN) {
            continue;
        }
        edges.push(Edge {
            to: at + 1,
            cost: ERROR + BLANK_MISSING,
            meant: [one, two].iter().zip(hashes).map(|(word, hash)| (hash, ln_alone(words, language, *word))).collect(),
            text: format!("{} {}", words.shown(one), words.shown(two)),
            kind: SlipKind::Split,
            slips: 1,
        });
    }
}

/// `note book` as `notebook`.
fn join(meant: &WordsMeant<'_>, tokens: &[Token<'_>], at: usize, edges: &mut Vec<Edge>) {
    let Some(next) = tokens.get(at + 1) else { return };
    if next.class != Class::Word || next.gap != Gap::Blank || meant.fixed[at + 1] {
        return;
    }
    let WordsMeant { words, language, .. } = *meant;
    let joined = format!("{}{}", tokens[at].text, next.text);
    let Some(word) = words.find(super::tokens::hash(&joined)) else { return };
    let both_known = words.find(tokens[at].hash).is_some() && words.find(next.hash).is_some();
    edges.push(Edge {
        to: at + 2,
        cost: ERROR + BLANK_EXTRA + if both_known { KNOWN } else { 0.0 },
        meant: vec![(meant.hash(word), ln_alone(words, language, word))],
        text: words.shown(word).to_owned(),
        kind: SlipKind::Join,
        slips: 1,
    });
}
