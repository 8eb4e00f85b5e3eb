//! Proposals for synonym rules, with evidence, for a merchandiser to accept or refuse; nothing here applies itself.
//!
//! Three kinds of evidence are gathered, and add up: shoppers who searched for one thing without a click and then clicked
//! on another ([`Evidence::Reformulated`]), queries that lead to the same items ([`Evidence::CoClicked`]), and words of the
//! catalogue that are variants of one another in the same places, initials of a value, or translations
//! ([`Evidence::Variant`], [`Evidence::SamePlaces`], [`Evidence::Initials`], [`Evidence::Together`]). Neighbours in an encoder's space are
//! candidates only: what no shopper's clicks bear out is not proposed ([`Evidence::Neighbours`]).

mod catalogue;
mod difference;
mod log;

use std::collections::BTreeMap;
use std::fmt;

pub use difference::difference;
pub use log::{LogCounts, LogFact, LogFactKind};

use super::{Rule, RuleError, SynonymSet};
use crate::phrase;
use log::Log;

/// What is counted and what is proposed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct MineOptions {
    /// A search that follows another within this time may be another try for the same thing.
    pub retry_ms: i64,
    /// So many sessions must have tried so, or so many clicks been shared.
    pub support_min: u32,
    /// Items whose text has a word, before anything is concluded from where it stands.
    pub items_min: u32,
    /// Proposals with a lower score are left out.
    pub score_min: f32,
    /// So many proposals at most, the best.
    pub proposals_max: usize,
}

impl Default for MineOptions {
    fn default() -> Self {
        Self { retry_ms: 10 * 60 * 1_000, support_min: 3, items_min: 5, score_min: 0.5, proposals_max: 1_000 }
    }
}

/// Two phrases that may stand for one another.
#[derive(Clone, PartialEq, Debug)]
pub struct Proposal {
    /// The phrase that searches began with, where that is known; else the one first in order.
    pub from: String,
    /// The other.
    pub to: String,
    /// Whether only `from` should be searched for as `to`; else both ways.
    pub one_way: bool,
    /// How likely they mean the same, 0 to 1: 1 − Π (1 − score of each piece of evidence).
    pub score: f32,
    /// What speaks for it.
    pub evidence: Vec<Evidence>,
}

impl Proposal {
    /// The rule it comes to when it is accepted.
    pub fn rule(&self) -> Result<Rule, RuleError> {
        match self.one_way {
            true => Rule::one_way([&self.from], [&self.to]),
            false => Rule::both_ways([&self.from, &self.to]),
        }
    }
}

/// A piece of evidence.
#[derive(Clone, PartialEq, Debug)]
pub enum Evidence {
    /// Shoppers searched for `from` without a click, then for `to` with one.
    Reformulated {
        /// In so many sessions.
        sessions: u32,
        /// Of so many that searched for `from` and clicked nothing.
        of: u32,
        /// Such a pair of queries, and another if there is one.
        examples: Vec<(String, String)>,
    },
    /// Queries with the one and with the other led to clicks on the same items.
    CoClicked {
        /// The cosine of the numbers of clicks by item.
        cosine: f32,
        /// How many items they share.
        items: u32,
    },
    /// Both stand among the same words and values, but not together.
    SamePlaces {
        /// The cosine of the positive pointwise mutual information of what they stand with.
        cosine: f32,
        /// Items with the one, with the other, with both.
        items: (u32, u32, u32),
    },
    /// One is another spelling (`colour`) or a contraction (`blk`) of the other, and both are words of titles.
    Variant {
        /// What it is, in words.
        form: &'static str,
    },
    /// One is the initials of the other, and stands in titles of items that have the other as a value.
    Initials {
        /// Of items with the short form, how many have the long one.
        agreeing: u32,
        /// How many have the short form.
        of: u32,
    },
    /// One is Chinese, one is not, and titles have both or neither.
    Together {
        /// Items with both.
        both: u32,
        /// Items with the one, with the other.
        items: (u32, u32),
    },
    /// They are neighbours for an encoder, and shoppers' clicks bear it out.
    Neighbours {
        /// The similarity that was given.
        similarity: f32,
        /// The cosine of clicks.
        cosine: f32,
    },
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Evidence::Reformulated { sessions, of, examples } => {
                write!(f, "of {of} sessions that clicked nothing, {sessions} then found it by the other words")?;
                examples.iter().try_for_each(|(from, to)| write!(f, " (`{from}`, then `{to}`)"))
            }
            Evidence::CoClicked { cosine, items } => write!(f, "clicks on {items} same items, cosine {cosine:.2}"),
            Evidence::SamePlaces { cosine, items: (first, second, both) } => {
                write!(f, "in the same places of {first} and {second} items, together in {both}, cosine {cosine:.2}")
            }
            Evidence::Variant { form } => f.write_str(form),
            Evidence::Initials { agreeing, of } => {
                write!(f, "a short form: of {of} items that have it, {agreeing} have the long one")
            }
            Evidence::Together { both, items: (first, second) } => {
                write!(f, "a translation: of {first} and {second} items, {both} have both")
            }
            Evidence::Neighbours { similarity, cosine } => {
                write!(f, "similar to an encoder ({similarity:.2}), cosine of clicks {cosine:.2}")
            }
        }
    }
}

/// Gathers evidence and proposes.
pub struct Miner {
    options: MineOptions,
    log: Log,
    pairs: Pairs,
}

impl Miner {
    /// A miner that has seen nothing.
    pub fn new(options: MineOptions) -> Self {
        Self { options, log: Log::default(), pairs: Pairs::default() }
    }

    /// Learns from searches and clicks, in any order.
    pub fn log<'a>(&mut self, facts: impl IntoIterator<Item = LogFact<'a>>) {
        self.read(Log::read(facts, &self.options));
    }

    /// Learns from searches and clicks that were counted elsewhere.
    pub fn counts(&mut self, counts: &LogCounts<'_>) {
        self.read(Log::of_counts(counts));
    }

    fn read(&mut self, log: Log) {
        self.log = log;
        self.log.reformulations(&self.options, &mut self.pairs);
        self.log.co_clicks(&self.options, &mut self.pairs);
    }

    /// Learns from items: their titles, each with its keyword values (brand, category and so on).
    pub fn catalogue<'a>(&mut self, items: impl IntoIterator<Item = (&'a str, Vec<&'a str>)>) {
        catalogue::propose(items, &self.options, &mut self.pairs);
    }

    /// Takes pairs of queries that an encoder finds similar, and keeps what those differ in whose clicks (given before) bear
    /// it out.
    pub fn neighbours<'a>(&mut self, candidates: impl IntoIterator<Item = (&'a str, &'a str, f32)>) {
        for (first, second, similarity) in candidates {
            let cosine = self.log.cosine(first, second);
            let Some((from, to)) = difference(first, second) else { continue };
            if let Some(cosine) = cosine.filter(|cosine| *cosine > 0.0 && similarity.is_finite()) {
                let score = similarity.clamp(0.0, 1.0) * cosine.sqrt();
                self.pairs.add(&from, &to, score, Evidence::Neighbours { similarity, cosine });
            }
        }
    }

    /// The proposals, best first, without those that `known` rules have already.
    pub fn proposals(self, known: Option<&SynonymSet>) -> Vec<Proposal> {
        let is_known = |from: &str, to: &str| {
            let key = phrase::key_of(to);
            known.is_some_and(|set| {
                let applied = set.apply(from);
                let mut others = applied.expansions.iter().flat_map(|expansion| &expansion.alternatives);
                others.any(|other| phrase::key_of(&other.text) == key)
            })
        };
        let mut proposals: Vec<Proposal> = self.pairs.proposals();
        proposals.retain(|proposal| {
            proposal.score >= self.options.score_min
                && proposal.rule().is_ok()
                && !is_known(&proposal.from, &proposal.to)
                && !is_known(&proposal.to, &proposal.from)
        });
        proposals.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| (&a.from, &a.to).cmp(&(&b.from, &b.to))));
        proposals.truncate(self.options.proposals_max);
        proposals
    }
}

/// Evidence by pair of keys, the smaller first.
#[derive(Default)]
struct Pairs {
    found: BTreeMap<(String, String), Pair>,
}

struct Pair {
    /// How they are written, in the order of the keys.
    texts: (String, String),
    evidence: Vec<(f32, Evidence)>,
    /// Scores of reformulations from the first to the second, and back.
    directions: (f32, f32),
}

impl Pairs {
    /// Adds evidence, unless the two are the same word, or one is in the other.
    fn add(&mut self, from: &str, to: &str, score: f32, evidence: Evidence) {
        let (first, second) = (phrase::key_of(from), phrase::key_of(to));
        // Both spellings of a variant are words that titles use.
        let slips =
            !matches!(evidence, Evidence::Variant { .. } | Evidence::SamePlaces { .. }) && is_slip(&first, &second);
        if first == second || first.is_empty() || second.is_empty() || slips {
            return;
        }
        let in_order = first < second;
        let (keys, texts) = match in_order {
            true => ((first, second), (from.to_owned(), to.to_owned())),
            false => ((second, first), (to.to_owned(), from.to_owned())),
        };
        let (evidence_of, directions) = (Vec::new(), (0.0, 0.0));
        let pair = self.found.entry(keys).or_insert(Pair { texts, evidence: evidence_of, directions });
        if matches!(evidence, Evidence::Reformulated { .. }) {
            let direction = if in_order { &mut pair.directions.0 } else { &mut pair.directions.1 };
            *direction = direction.max(score);
        }
        pair.evidence.push((score, evidence));
    }

    fn proposals(self) -> Vec<Proposal> {
        let proposal = |pair: Pair| {
            let doubt: f32 = pair.evidence.iter().map(|(score, _)| 1.0 - score.clamp(0.0, 1.0)).product();
            let (there, back) = pair.directions;
            // Where shoppers only ever turned one way and nothing else speaks for it, so does the rule.
            let turned = pair.evidence.iter().all(|(_, evidence)| matches!(evidence, Evidence::Reformulated { .. }));
            let (from, to) = if back > there { (pair.texts.1, pair.texts.0) } else { pair.texts };
            let one_way = turned && (there == 0.0 || back == 0.0);
            let evidence = pair.evidence.into_iter().map(|(_, evidence)| evidence).collect();
            Proposal { from, to, one_way, score: 1.0 - doubt, evidence }
        };
        self.found.into_values().map(proposal).collect()
    }
}

/// Whether two keys differ as slips of the finger do, which is spelling's business: one edit in words of five letters or
/// more, none in shorter ones.
fn is_slip(first: &str, second: &str) -> bool {
    const LETTERS_MIN: usize = 5;
    if !first.is_ascii() || !second.is_ascii() || first.len().max(second.len()) < LETTERS_MIN {
        return false;
    }
    let common = first.bytes().zip(second.bytes()).take_while(|(a, b)| a == b).count();
    let (rest, other) = (&first[common..], &second[common..]);
    let tail = rest.bytes().rev().zip(other.bytes().rev()).take_while(|(a, b)| a == b).count();
    let (rest, other) = (&rest[..rest.len() - tail], &other[..other.len() - tail]);
    let is_swap = rest.len() == 2 && other.len() == 2 && rest.bytes().rev().eq(other.bytes());
    rest.len().max(other.len()) <= 1 || is_swap
}

#[cfg(test)]
mod tests;
