//! Corrects queries against the shop's own vocabulary and log, in Chinese and English; offers "did you mean", or leaves
//! alone what is known, what is a number, a model or a protected name, and what nothing better is known for.
//!
//! A noisy channel (Shannon 1948; Kernighan, Church and Gale 1990): of all readings `m` of a typed query `t`, the most
//! probable is the one with the largest `P(m) P(t | m)`. `P(m)` comes from an n-gram model of the shop's titles and
//! queries ([`Vocabulary`]), `P(t | m)` from the costs of slips: of the hand (keyboard), of the ear (words and
//! characters that sound alike), of the eye (characters that look alike), of blanks left out or too many. Readings are
//! searched with a beam over the words and characters of the query; what share of all their probability agrees on a
//! correction is the correction's confidence.

mod beam;
mod cuts;
mod distance;
mod edge;
mod gaps;
mod han;
mod language;
mod latin;
mod letters;
mod queries;
pub mod slips;
mod sound;
mod spelled;
mod tokens;
mod vocabulary;
mod words;

use std::sync::Arc;

use rustc_hash::FxHashSet;

pub use spelled::{Correction, Decision, SlipKind, Spelled, Thresholds};
pub use vocabulary::Vocabulary;

use self::edge::Edge;
use self::han::Han;
use self::language::Language;
use self::letters::Letters;
use self::queries::{Proposals, Queries};
use self::tokens::{Class, Token, hash, tokens};
use self::words::Words;
use crate::chinese;
use crate::fold::Folded;

/// `-ln P` that a word is mistyped at all. One query in ten has a slip (Cucerzan and Brill 2004), and a query has a few
/// words.
const ERROR: f32 = 3.0;
/// The same of a Chinese character, of which a word has two.
const HAN_ERROR: f32 = 4.0;
/// `-ln P` that a word known to the shop is a slip for another one.
const KNOWN: f32 = 4.0;
/// The same of a word known to the dictionary of Chinese.
const KNOWN_HAN: f32 = 3.0;
/// Words and characters of a query that are looked at; the rest of a longer one stays as it is.
const TOKENS_MAX: usize = 48;
/// The longest protected Chinese name, in characters.
const NAME_MAX: usize = 8;

/// Corrects queries. Immutable, cheap to clone.
#[derive(Clone, Debug)]
pub struct Speller(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    words: Words,
    han: Han,
    language: Language,
    /// Over words, where Chinese is cut.
    cuts: Language,
    queries: Queries,
    letters: Letters,
    protected: FxHashSet<u64>,
}

/// What finds the words that may have been meant.
struct WordsMeant<'a> {
    words: &'a Words,
    language: &'a Language,
    /// Which tokens stay as they are.
    fixed: &'a [bool],
}

impl WordsMeant<'_> {
    fn hash(&self, word: u32) -> u64 {
        hash(self.words.letters(word))
    }
}

impl Speller {
    /// A speller that knows what `vocabulary` has read; takes some seconds for half a million words.
    pub fn new(vocabulary: &Vocabulary) -> Self {
        Self(Arc::new(Inner {
            words: Words::new(vocabulary),
            han: Han::new(vocabulary),
            language: vocabulary.counting.freeze(),
            cuts: vocabulary.cuts.freeze(),
            queries: Queries::new(vocabulary),
            letters: Letters::new(vocabulary.words.keys().map(|word| &**word)),
            protected: vocabulary.protected.clone(),
        }))
    }

    /// Corrects `query`: applies what is certain enough, offers what is likely, and says why.
    pub fn correct(&self, query: &str, thresholds: &Thresholds) -> Spelled {
        let folded = Folded::new(query);
        let typed: Vec<Token<'_>> = tokens(&folded.text).take(TOKENS_MAX).collect();
        let fixed = self.fixed(&folded.text, &typed);
        let (edges, proposals) = self.edges(&typed, &fixed);
        let mut found = Vec::new();
        if edges.iter().any(|edges| !edges.is_empty()) {
            let base: Vec<f32> = typed.iter().map(|token| self.ln_alone(token)).collect();
            let Inner { language, cuts, queries, .. } = &*self.0;
            let models = beam::Models { language, cuts, queries };
            found = beam::search(&models, &typed, &base, &edges, &proposals.paths);
        }
        gaps::close(&self.0.language, &typed, &fixed, &proposals.closed, &mut found);
        spelled::assemble(query, &folded, &typed, &found, thresholds, |token| self.frequency(token))
    }

    /// How many words it knows: of letters, and of Chinese characters.
    pub fn words(&self) -> (usize, usize) {
        (self.0.words.len() as usize, self.0.han.len())
    }

    /// Bytes of memory, about.
    pub fn bytes(&self) -> usize {
        let Inner { words, han, language, cuts, queries, protected, .. } = &*self.0;
        words.bytes() + han.bytes() + language.bytes() + cuts.bytes() + queries.bytes() + protected.len() * 16
    }

    /// How often a word of letters was seen, in the catalogue and in the log; a Chinese word's characters in a row.
    fn frequency(&self, text: &str) -> (u32, u32) {
        let list: Vec<Token<'_>> = tokens(text).collect();
        match list.as_slice() {
            [word] if word.class == Class::Word => self.0.words.find(word.hash).map_or((0, 0), |id| {
                let seen = self.0.words.seen(id);
                (seen.catalogue, seen.log)
            }),
            several => {
                let row: Vec<u64> = several.iter().map(|token| token.hash).collect();
                (self.0.language.row(&row) as u32, 0)
            }
        }
    }

    /// `ln P` of a token alone, where it is unknown by its letters.
    fn ln_alone(&self, token: &Token<'_>) -> f32 {
        /// `ln P` of one Chinese character among those in use, and of a sign of a number.
        const LN_HAN: f32 = -8.0;
        const LN_SIGN: f32 = -3.0;
        /// A query is less likely to bring a new word than a title is.
        const LN_NEW_WORD: f32 = -1.0;
        let Inner { language, letters, .. } = &*self.0;
        language.ln_alone(token.hash).unwrap_or_else(|| {
            language.ln_unknown()
                + match token.class {
                    Class::Word => letters.ln_word(&token.text) + LN_NEW_WORD,
                    Class::Han => LN_HAN,
                    Class::Fixed => LN_SIGN * token.text.len() as f32,
                }
        })
    }

    /// Which tokens are never changed.
    fn fixed(&self, folded: &str, typed: &[Token<'_>]) -> Vec<bool> {
        let quoted = spelled::quotations(folded);
        let protected = &self.0.protected;
        let is_fixed = |token: &Token<'_>| {
            token.class == Class::Fixed
                || protected.contains(&token.hash)
                || quoted.iter().any(|(from, to)| (*from..*to).contains(&token.start))
        };
        let mut fixed: Vec<bool> = typed.iter().map(is_fixed).collect();
        if protected.is_empty() {
            return fixed;
        }
        for from in 0..typed.len() {
            for to in from + 1..typed.len().min(from + NAME_MAX) {
                if typed[to].class != Class::Han || typed[to].start != typed[to - 1].end {
                    break;
                }
                if protected.contains(&hash(&folded[typed[from].start..typed[to].end])) {
                    fixed[from..=to].fill(true);
                }
            }
        }
        fixed
    }

    /// By token: what may have been meant from there on; and the past queries among all that.
    fn edges(&self, typed: &[Token<'_>], fixed: &[bool]) -> (Vec<Vec<Edge>>, Proposals) {
        let Inner { words, han, language, queries, .. } = &*self.0;
        let meant = WordsMeant { words, language, fixed };
        let mut edges: Vec<Vec<Edge>> = (0..typed.len())
            .map(|at| match typed[at].class {
                _ if fixed[at] => Vec::new(),
                Class::Word => latin::edges(&meant, typed, at),
                Class::Han => han::Place { han, language, tokens: typed, fixed, at }.edges(),
                Class::Fixed => Vec::new(),
            })
            .collect();
        let proposals = queries.propose(&meant, typed, &mut edges);
        if edges.iter().any(|edges| !edges.is_empty()) {
            charge_known(typed, &mut edges);
        }
        (edges, proposals)
    }
}

/// Makes changes inside words of the Chinese dictionary dearer.
fn charge_known(typed: &[Token<'_>], edges: &mut [Vec<Edge>]) {
    let is_run = |a: &Token<'_>, b: &Token<'_>| a.class == Class::Han && b.class == Class::Han && a.end == b.start;
    let mut first = 0;
    for run in typed.chunk_by(is_run) {
        if run[0].class == Class::Han && run.len() > 1 {
            let text: String = run.iter().map(|token| &*token.text).collect();
            let mut at = first;
            for word in chinese::dictionary().cut(&text, false) {
                let length = word.word.chars().count();
                if length > 1 {
                    for edges in &mut edges[at..at + length] {
                        // Twice as much where the whole is a longer word.
                        let dear = KNOWN_HAN * (length - 1) as f32;
                        edges
                            .iter_mut()
                            .filter(|edge| !matches!(edge.kind, SlipKind::Join | SlipKind::Split))
                            .for_each(|e| e.cost += dear);
                    }
                }
                at += length;
            }
        }
        first += run.len();
    }
}

#[cfg(test)]
mod tests;
