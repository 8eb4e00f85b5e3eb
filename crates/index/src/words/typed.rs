//! Words as they are being typed: the last one may be a beginning, and each may have slips. Where a search by score takes
//! what has some of the words, this takes what has all.

use std::collections::BTreeMap;
use std::sync::Arc;

use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder, SINK_STATE};
use rustc_hash::FxHashMap;
use tantivy_fst::Automaton;
use types::{Analyzer, Language, Prefixes, TypedAttribute, TypedSearch};

use super::slots::{FIELDS, stored_written};
use super::{Expansion, Slots, WordsSnapshot};
use crate::{IndexConfig, Result};

/// Words that one typed word stands for, at most: the most frequent ones.
const ALTERNATIVES_MAX: usize = 256;
/// Words of a query that are looked for, at most; the others are left out.
const WORDS_MAX: usize = 20;

/// What is searched for, word by word.
#[derive(Clone, Copy)]
pub(crate) struct TypedWords<'a> {
    pub(crate) text: &'a str,
    pub(crate) expansions: &'a [Expansion],
    /// Bytes of the text that are not looked for.
    pub(crate) skipped: &'a [(usize, usize)],
    pub(crate) search: &'a TypedSearch,
}

/// A query whose words are all looked for.
#[derive(Clone, Debug)]
pub struct TypedQuery {
    pub(super) words: Vec<TypedWord>,
    /// Number of each attribute's field, and how it counts.
    pub(super) fields: Vec<(usize, TypedAttribute)>,
}

/// A word of a query, and what of items it stands for.
#[derive(Clone, Debug)]
pub struct TypedWord {
    /// The word as typed, folded.
    pub text: Arc<str>,
    /// Whether an item may lack it.
    pub is_optional: bool,
    /// The terms it stands for, each once, by slips and then by how many items have them.
    pub(super) alternatives: Vec<Alternative>,
}

/// A term that a typed word stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Alternative {
    pub(super) term: Arc<str>,
    pub(super) typos: u8,
    /// Whether it is the word itself, not a longer one, a slip or a synonym.
    pub(super) is_exact: bool,
}

impl TypedQuery {
    /// The words that are looked for.
    pub fn words(&self) -> &[TypedWord] {
        &self.words
    }

    /// Whether nothing is looked for.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The same query, with other words optional.
    #[must_use]
    pub fn with_optional(mut self, is_optional: impl Fn(usize, &TypedWord) -> bool) -> Self {
        for at in 0..self.words.len() {
            self.words[at].is_optional = is_optional(at, &self.words[at]);
        }
        self
    }

    pub(crate) fn new(
        snapshot: &WordsSnapshot,
        slots: &Slots,
        config: &IndexConfig,
        asked: TypedWords<'_>,
    ) -> Result<Self> {
        let analyzer = &*config.analyzer;
        let mut words = query_words(analyzer, asked.text);
        skip(&mut words, &asked);
        words.truncate(WORDS_MAX);
        let last = words.len().saturating_sub(1);
        let mut typed = Vec::with_capacity(words.len());
        for (at, word) in words.iter().enumerate() {
            let is_prefix = match asked.search.prefixes {
                Prefixes::Last => at == last,
                Prefixes::All => true,
                Prefixes::None => false,
            };
            let mut alternatives = Alternatives::default();
            word.terms.iter().for_each(|term| alternatives.add(term, 0, true));
            let typos = asked.search.typos.of(&word.text);
            if word.is_spelled && (is_prefix || typos > 0) {
                for (written, slips) in written(snapshot, &word.text, is_prefix, typos)? {
                    analyzer.analyze_query(&written, Language::Other, &mut |token| {
                        if token.position == 0 {
                            alternatives.add(token.term, slips, false);
                        }
                    });
                }
            }
            for expansion in asked.expansions {
                let inside = |word: &QueryWord| expansion.span.0 <= word.span.0 && word.span.1 <= expansion.span.1;
                if inside(word) {
                    let before = words[..at].iter().filter(|word| inside(word)).count() as u32;
                    let is_last = !words[at + 1..].iter().any(inside);
                    analyzer.analyze_query(&expansion.text, Language::guess(&expansion.text), &mut |token| {
                        if token.position == before || (is_last && token.position > before) {
                            alternatives.add(token.term, 0, false);
                        }
                    });
                }
            }
            let is_optional = asked.search.optional.iter().any(|optional| **optional == *word.text);
            typed.push(TypedWord {
                text: Arc::from(word.text.as_str()),
                is_optional,
                alternatives: alternatives.sorted(),
            });
        }
        let number = |attribute: &TypedAttribute| {
            let number = slots.names().iter().position(|name| *name == attribute.name)?;
            Some((number, attribute.clone()))
        };
        Ok(Self { words: typed, fields: asked.search.attributes.iter().filter_map(number).collect() })
    }
}

/// A word of what was typed.
struct QueryWord {
    /// Folded.
    text: String,
    span: (usize, usize),
    terms: Vec<String>,
    /// Whether it is a word of an alphabet, which may be begun and have slips.
    is_spelled: bool,
}

/// The words of what was typed: terms that share a place are one.
fn query_words(analyzer: &dyn Analyzer, text: &str) -> Vec<QueryWord> {
    let mut spelled: FxHashMap<(usize, usize), String> = FxHashMap::default();
    analyzer.words(text, &mut |word, span| {
        spelled.entry(span).or_insert_with(|| word.to_owned());
    });
    let mut words: BTreeMap<u32, QueryWord> = BTreeMap::new();
    analyzer.analyze_query(text, Language::guess(text), &mut |token| {
        let word = words.entry(token.position).or_insert_with(|| QueryWord {
            text: spelled.get(&token.span).cloned().unwrap_or_else(|| token.term.to_owned()),
            span: token.span,
            terms: Vec::new(),
            is_spelled: spelled.contains_key(&token.span),
        });
        word.terms.push(token.term.to_owned());
    });
    words.into_values().collect()
}

/// What a phrase is looked for by: the terms of each place.
pub(crate) fn typed_phrase(analyzer: &dyn Analyzer, text: &str) -> Vec<Vec<String>> {
    let mut words: Vec<QueryWord> = query_words(analyzer, text);
    words.truncate(WORDS_MAX);
    words.into_iter().map(|word| word.terms).collect()
}

/// Takes out the words that are not to be looked for, but for those that may be beginnings; all stay where none would.
fn skip(words: &mut Vec<QueryWord>, asked: &TypedWords<'_>) {
    let last = words.len().saturating_sub(1);
    let is_kept = |at: usize, word: &QueryWord| {
        let may_be_begun = word.is_spelled
            && match asked.search.prefixes {
                Prefixes::Last => at == last,
                Prefixes::All => true,
                Prefixes::None => false,
            };
        may_be_begun || !asked.skipped.iter().any(|(from, to)| *from <= word.span.0 && word.span.0 < *to)
    };
    let kept: Vec<bool> = words.iter().enumerate().map(|(at, word)| is_kept(at, word)).collect();
    if kept.contains(&true) {
        let mut kept = kept.into_iter();
        words.retain(|_| kept.next().unwrap_or(true));
    }
}

/// Terms, each with its fewest slips.
#[derive(Default)]
struct Alternatives {
    terms: Vec<Alternative>,
}

impl Alternatives {
    fn add(&mut self, term: &str, typos: u8, is_exact: bool) {
        match self.terms.iter_mut().find(|known| *known.term == *term) {
            Some(known) => {
                known.typos = known.typos.min(typos);
                known.is_exact |= is_exact;
            }
            None => self.terms.push(Alternative { term: Arc::from(term), typos, is_exact }),
        }
    }

    fn sorted(mut self) -> Vec<Alternative> {
        self.terms.sort_by_key(|alternative| alternative.typos);
        self.terms
    }
}

/// The words of items that begin with, or are, `word` but for some slips, with how many; those with fewest slips first, then
/// the most frequent ones.
fn written(snapshot: &WordsSnapshot, word: &str, is_prefix: bool, typos: u8) -> Result<Vec<(String, u8)>> {
    let stored = stored_written(word);
    let marker = stored.len() - word.len();
    let build = |slips: u8| {
        let builder = LevenshteinAutomatonBuilder::new(slips, true);
        if is_prefix { builder.build_prefix_dfa(&stored) } else { builder.build_dfa(&stored) }
    };
    let automaton = Slips(build(typos));
    let mut found: FxHashMap<String, (u8, u64)> = FxHashMap::default();
    for segment in snapshot.searcher.segment_readers() {
        let inverted = segment.inverted_index(snapshot.fields[FIELDS - 1])?;
        let mut stream = inverted.terms().search(&automaton).into_stream()?;
        while let Some((term, info)) = stream.next() {
            let Some(text) = std::str::from_utf8(term).ok().filter(|text| text.starts_with(&stored[..marker])) else {
                continue;
            };
            let Distance::Exact(slips) = automaton.0.eval(term) else { continue };
            let entry = found.entry(text[marker..].to_owned()).or_insert((slips, 0));
            entry.1 += u64::from(info.doc_freq);
        }
    }
    let mut found: Vec<(String, (u8, u64))> = found.into_iter().collect();
    found.sort_by(|a, b| a.1.0.cmp(&b.1.0).then(b.1.1.cmp(&a.1.1)).then(a.0.cmp(&b.0)));
    found.truncate(ALTERNATIVES_MAX);
    Ok(found.into_iter().map(|(word, (slips, _))| (word, slips)).collect())
}

/// A Levenshtein automaton (Schulz and Mihov 2002, "Fast string correction with Levenshtein automata"), in which letters that
/// changed places are one slip, as a dictionary is searched with it.
struct Slips(DFA);

impl Automaton for &Slips {
    type State = u32;

    fn start(&self) -> u32 {
        self.0.initial_state()
    }

    fn is_match(&self, state: &u32) -> bool {
        matches!(self.0.distance(*state), Distance::Exact(_))
    }

    fn can_match(&self, state: &u32) -> bool {
        *state != SINK_STATE
    }

    fn accept(&self, state: &u32, byte: u8) -> u32 {
        self.0.transition(*state, byte)
    }
}
