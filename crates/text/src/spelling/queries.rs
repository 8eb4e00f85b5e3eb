//! Past queries as wholes: the best evidence for what a mistyped query was meant to be is a query typed before that
//! differs from it in one place.

use rustc_hash::FxHashMap;

use super::distance::{Slips, slips};
use super::edge::Edge;
use super::han::{FITS, change_cost};
use super::language::Language;
use super::tokens::{Class, Gap, Token, hash, mix, tokens};
use super::vocabulary::Vocabulary;
use super::words::Lists;
use super::{ERROR, KNOWN, SlipKind, WordsMeant};

/// Only so many past queries are kept, the most frequent.
const QUERIES_MAX: usize = 300_000;
/// Longer queries are not repeated.
const LENGTH_MAX: usize = 24;
/// What is left of a query without one token has to say enough.
const REST_MIN: usize = 2;
/// Entries read from one list.
const LIST_MAX: usize = 32;
/// A blank too many, or left out.
const BLANK: f32 = 1.0;
/// A character missing, or one too many.
const MISSING: f32 = 3.5;
const EXTRA: f32 = 7.5;
const SWAPPED: f32 = 3.0;
const SECOND_SLIP: f32 = 2.0;
/// `ln P` of a token that has been forgotten since.
const LN_UNSEEN: f32 = -14.0;

/// The past queries, with an index by symmetric deletes over their tokens.
#[derive(Debug)]
pub(super) struct Queries {
    text: String,
    ends: Box<[u32]>,
    counts: FxHashMap<u64, u32>,
    nearly: Lists,
    /// `ln` of how likely a query is one of these, over all their counts.
    ln_one: f32,
}

/// What past queries tell of what was typed.
pub(super) struct Proposals {
    pub(super) paths: Vec<Proposal>,
    /// By token: whether a past query has the same tokens without the blank before this one.
    pub(super) closed: Vec<bool>,
}

/// A past query that may have been meant: the edges that lead to it.
pub(super) struct Proposal {
    pub(super) path: Vec<(usize, usize)>,
    pub(super) ln: f32,
}

impl Queries {
    pub(super) fn new(vocabulary: &Vocabulary) -> Self {
        let mut list: Vec<(&str, u32)> = vocabulary.queries.iter().map(|(text, count)| (&**text, *count)).collect();
        list.sort_unstable_by_key(|(text, count)| (std::cmp::Reverse(*count), *text));
        list.truncate(QUERIES_MAX);
        let total: f64 = list.iter().map(|(_, count)| f64::from(*count)).sum();
        let once = list.iter().filter(|(_, count)| *count == 1).count() as f64;
        // Good and Turing: the share of queries never seen before is that of the queries seen once.
        let repeated = (1.0 - once / total.max(1.0)).clamp(0.3, 0.8);
        let mut end = 0;
        let mut queries = Self {
            text: list.iter().map(|(text, _)| *text).collect(),
            ends: list
                .iter()
                .map(|(text, _)| {
                    end += text.len() as u32;
                    end
                })
                .collect(),
            counts: list.iter().map(|(text, count)| (hash(text), *count)).collect(),
            nearly: Lists::default(),
            ln_one: (repeated / total.max(1.0)).ln() as f32,
        };
        queries.nearly = Lists::new(|each| {
            for (id, (text, _)) in (0u32..).zip(&list) {
                let tokens: Vec<Token<'_>> = tokens(text).collect();
                let mut keys = keys(&tokens);
                keys.sort_unstable();
                keys.dedup();
                keys.into_iter().for_each(|key| each(key, id));
            }
        });
        queries
    }

    /// `ln P` of a text as a past query typed again.
    pub(super) fn ln_again(&self, text: &str) -> Option<f32> {
        self.counts.get(&hash(text)).map(|count| (*count as f32).ln() + self.ln_one)
    }

    /// Bytes of memory, about.
    pub(super) fn bytes(&self) -> usize {
        self.text.len()
            + self.ends.len() * 4
            + self.nearly.bytes()
            + (self.counts.len() * 8 / 7).next_power_of_two() * 17
    }

    /// Adds edges that lead to past queries one slip away.
    pub(super) fn propose(&self, meant: &WordsMeant<'_>, typed: &[Token<'_>], edges: &mut [Vec<Edge>]) -> Proposals {
        let mut ids: Vec<u32> = Vec::new();
        for key in keys(typed) {
            ids.extend(self.nearly.get(key).iter().take(LIST_MAX));
        }
        ids.sort_unstable();
        ids.dedup();
        let mut proposals = Proposals { paths: Vec::new(), closed: vec![false; typed.len()] };
        for id in ids {
            let text = self.text_of(id);
            let past: Vec<Token<'_>> = tokens(text).collect();
            if closes(typed, &past, &mut proposals.closed) {
                continue;
            }
            let change = substituted(meant, typed, &past).or_else(|| respaced(typed, &past));
            let Some(Change { at, typed: replaced, past, cost, kind, slips }) = change else { continue };
            if replaced.is_empty() || meant.fixed[at..at + replaced.len()].contains(&true) {
                continue;
            }
            let edge = Edge {
                to: at + replaced.len(),
                cost: ERROR + cost,
                meant: past
                    .iter()
                    .map(|token| (token.hash, meant.language.ln_alone(token.hash).unwrap_or(LN_UNSEEN)))
                    .collect(),
                text: past.first().zip(past.last()).map_or("", |(first, last)| &text[first.start..last.end]).to_owned(),
                kind,
                slips,
            };
            let number = edges[at].iter().position(|other| other.to == edge.to && other.text == edge.text);
            let number = number.unwrap_or_else(|| {
                edges[at].push(edge);
                edges[at].len() - 1
            });
            let ln = self.ln_again(text).unwrap_or(self.ln_one);
            proposals.paths.push(Proposal { path: vec![(at, number)], ln });
        }
        proposals
    }

    fn text_of(&self, id: u32) -> &str {
        let end = |id: u32| self.ends[id as usize] as usize;
        &self.text[if id == 0 { 0 } else { end(id - 1) }..end(id)]
    }
}

/// A text as its tokens, one blank where something stood between them.
pub(super) fn plain(tokens: impl Iterator<Item = (Gap, impl AsRef<str>)>) -> String {
    let mut text = String::new();
    for (gap, token) in tokens {
        if gap != Gap::None && !text.is_empty() {
            text.push(' ');
        }
        text.push_str(token.as_ref());
    }
    text
}

/// The keys under which a query is found: its tokens, its tokens without one, and its letters without blanks.
fn keys(tokens: &[Token<'_>]) -> Vec<u64> {
    if tokens.len() > LENGTH_MAX {
        return Vec::new();
    }
    let key = |without: usize| {
        let kept = tokens.iter().enumerate().filter(|(at, _)| *at != without);
        kept.fold(1, |key, (_, token)| mix(key ^ token.hash))
    };
    let mut keys = vec![key(usize::MAX)];
    if tokens.len() > REST_MIN {
        keys.extend((0..tokens.len()).map(key));
    } else if tokens.len() == REST_MIN {
        // Without one of two, the other has to be a word.
        keys.extend((0..2).filter(|at| tokens[1 - at].class != Class::Han).map(key));
    }
    let letters: String = tokens.iter().map(|token| &*token.text).collect();
    keys.push(hash(&letters) ^ 1);
    keys
}

/// Where a past query differs from what was typed.
struct Change<'a, 'b> {
    at: usize,
    typed: &'a [Token<'a>],
    past: &'b [Token<'b>],
    cost: f32,
    kind: SlipKind,
    slips: u8,
}

/// The one token that differs, is missing, too many, or swapped with the next.
fn substituted<'a, 'b>(
    meant: &WordsMeant<'_>,
    typed: &'a [Token<'a>],
    past: &'b [Token<'b>],
) -> Option<Change<'a, 'b>> {
    let same = |(one, other): &(&Token<'_>, &Token<'_>)| one.hash == other.hash;
    let mut first = typed.iter().zip(past).take_while(same).count();
    let last = typed[first..].iter().rev().zip(past[first..].iter().rev()).take_while(same).count();
    let all = typed;
    let (typed_end, past_end) = (typed.len() - last, past.len() - last);
    let is_inside = |before: usize, after: usize| before > 0 && after > 0;
    let is_han = |tokens: &[Token<'_>]| tokens.iter().all(|token| token.class == Class::Han);
    let (cost, kind, slips) = match (&typed[first..typed_end], &past[first..past_end]) {
        ([one], [other]) if one.class == Class::Han && other.class == Class::Han => {
            let (cost, kind) = change_cost(one.text.chars().next()?, other.text.chars().next()?);
            // "红色裙子" is no slip for "白色裙子": any other character is only meant where this one fits nowhere.
            let fits = fits(meant.language, all, first);
            if kind == SlipKind::Letters && fits {
                return None;
            }
            (cost + if fits { FITS } else { 0.0 }, kind, 1)
        }
        ([one], [other]) if one.class == Class::Word && other.class == Class::Word => {
            let slips = word_slips(meant, one, other)?;
            (slips.cost + SECOND_SLIP * f32::from(slips.edits.saturating_sub(1)), SlipKind::Letters, slips.edits)
        }
        ([one, two], [other, another])
            if one.hash == another.hash
                && two.hash == other.hash
                && one.class == Class::Han
                && two.class == Class::Han =>
        {
            (SWAPPED, SlipKind::Letters, 1)
        }
        (typed @ [_], []) if is_han(typed) && is_among_han(all, first) && !fits(meant.language, all, first) => {
            (EXTRA, SlipKind::Letters, 1)
        }
        // A shorter query is none with a character missing, unless that is missing inside.
        ([], past @ [_]) if is_han(past) && is_inside(first, last) => {
            // A change has a place in what was typed: what is missing is added to the token before it.
            first -= 1;
            (MISSING, SlipKind::Letters, 1)
        }
        _ => return None,
    };
    Some(Change { at: first, typed: &typed[first..typed_end], past: &past[first..past_end], cost, kind, slips })
}

/// Whether the neighbours of a token are Chinese characters: beside another script everything is new.
fn is_among_han(typed: &[Token<'_>], at: usize) -> bool {
    let is_han = |at: usize| typed.get(at).is_none_or(|token| token.class == Class::Han);
    at.checked_sub(1).is_none_or(is_han) && is_han(at + 1)
}

/// Whether a token was seen beside both its neighbours.
fn fits(language: &Language, typed: &[Token<'_>], at: usize) -> bool {
    let hash = |at: usize| typed.get(at).map(|token| token.hash);
    let seen = |first, second| language.neighbours(first, second) > 0.0;
    seen(at.checked_sub(1).and_then(hash), hash(at)) && seen(hash(at), hash(at + 1))
}

/// The slips from a past query's word to the one typed.
fn word_slips(meant: &WordsMeant<'_>, typed: &Token<'_>, past: &Token<'_>) -> Option<Slips> {
    const LETTERS_MIN: usize = 3;
    const TWO_SLIPS_FROM: usize = 8;
    let chars = |token: &Token<'_>| token.text.chars().collect::<Vec<_>>();
    let (letters, past_letters) = (chars(typed), chars(past));
    let mut slips = slips(&past_letters, &letters, if letters.len() >= TWO_SLIPS_FROM { 2 } else { 1 })?;
    let id = meant.words.find(past.hash);
    if letters.len() < LETTERS_MIN || id.is_some_and(|id| meant.words.same_stem(&typed.text, id)) {
        return None;
    }
    if meant.words.find(typed.hash).is_some() {
        slips.cost += KNOWN;
    }
    Some(slips)
}

/// Whether a past query has the very tokens typed; marks the blanks that it has not.
fn closes(typed: &[Token<'_>], past: &[Token<'_>], closed: &mut [bool]) -> bool {
    let same = typed.len() == past.len() && typed.iter().zip(past).all(|(one, other)| one.hash == other.hash);
    if same {
        for (closed, (one, other)) in closed.iter_mut().zip(typed.iter().zip(past)) {
            *closed |= one.gap == Gap::Blank && other.gap == Gap::None;
        }
    }
    same
}

/// The stretch in which only the blanks differ.
fn respaced<'a, 'b>(typed: &'a [Token<'a>], past: &'b [Token<'b>]) -> Option<Change<'a, 'b>> {
    let letters = |tokens: &[Token<'_>]| tokens.iter().map(|token| &*token.text).collect::<String>();
    if letters(typed) != letters(past) {
        return None;
    }
    let same = |(one, other): &(&Token<'_>, &Token<'_>)| one.hash == other.hash && one.gap == other.gap;
    let first = typed.iter().zip(past).take_while(same).count();
    let (one, other) = (typed.get(first)?, past.get(first)?);
    // A blank belongs to the token after it: the token before it is part of the change, too.
    let first = if one.gap == other.gap { first } else { first.checked_sub(1)? };
    let mut last = 0;
    for (one, other) in typed[first..].iter().rev().zip(past[first..].iter().rev()) {
        if one.hash != other.hash {
            break;
        }
        if one.gap != other.gap {
            break;
        }
        last += 1;
    }
    let (typed, past) = (&typed[first..typed.len() - last], &past[first..past.len() - last]);
    let blanks = |tokens: &[Token<'_>]| tokens.iter().skip(1).filter(|token| token.gap == Gap::Blank).count();
    let unsure = typed.iter().chain(past).any(|token| token.gap == Gap::Sign || token.class == Class::Fixed);
    if unsure || typed.is_empty() || past.is_empty() {
        return None;
    }
    let kind = if blanks(typed) > blanks(past) { SlipKind::Join } else { SlipKind::Split };
    Some(Change { at: first, typed, past, cost: BLANK, kind, slips: 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn past_queries_are_remembered_with_their_blanks() {
        let mut vocabulary = Vocabulary::default();
        vocabulary.read_query("Red  running-shoes", 3);
        vocabulary.read_query("蓝牙 耳机", 1);
        let queries = Queries::new(&vocabulary);
        let known = |text: &str| queries.ln_again(text).is_some();
        assert!(known("red running shoes") && known("蓝牙 耳机") && !known("蓝牙耳机"));
        assert!(queries.ln_again("red running shoes") > queries.ln_again("蓝牙 耳机"));
    }

    fn changed(typed: &str, past: &str) -> String {
        let (typed_tokens, past_tokens): (Vec<_>, Vec<_>) = (tokens(typed).collect(), tokens(past).collect());
        let words = super::super::words::Words::new(&Vocabulary::default());
        let language = Vocabulary::default().counting.freeze();
        let fixed = vec![false; typed_tokens.len()];
        let meant = WordsMeant { words: &words, language: &language, fixed: &fixed };
        let change = substituted(&meant, &typed_tokens, &past_tokens).or_else(|| respaced(&typed_tokens, &past_tokens));
        change.map_or_else(String::new, |change| {
            let text = |tokens: &[Token<'_>], text: &str| {
                tokens.first().zip(tokens.last()).map_or("", |(first, last)| &text[first.start..last.end]).to_owned()
            };
            format!("{} -> {} {:?}", text(change.typed, typed), text(change.past, past), change.kind)
        })
    }

    #[test]
    fn one_place_differs() {
        assert_eq!(changed("红色连衣群", "红色连衣裙"), "群 -> 裙 Homophone");
        assert_eq!(changed("红色连裙", "红色连衣裙"), "连 -> 连衣 Letters");
        assert_eq!(changed("色连衣裙", "红色连衣裙"), "", "a shorter query");
        assert_eq!(changed("iphone壳", "iphone"), "", "a longer query");
        assert_eq!(changed("红色连连衣裙", "红色连衣裙"), "连 ->  Letters");
        assert_eq!(changed("红连色衣裙", "红色连衣裙"), "连色 -> 色连 Letters");
        assert_eq!(changed("red runing shoes", "red running shoes"), "runing -> running Letters");
        assert_eq!(changed("red shoes", "blue shoes"), "");
        assert_eq!(changed("paddleboard red", "paddle board red"), "paddleboard -> paddle board Split");
        let mut closed = vec![false; 5];
        let (typed, past) = ("红色连衣 裙", "红色连衣裙");
        assert!(closes(&tokens(typed).collect::<Vec<_>>(), &tokens(past).collect::<Vec<_>>(), &mut closed));
        assert_eq!(closed, [false, false, false, false, true]);
    }
}
