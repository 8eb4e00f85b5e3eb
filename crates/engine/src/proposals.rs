//! Synonyms that clicks, searches and the catalogue propose, for a merchandiser to accept or reject.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use features::QueryClicks;
use text::synonyms::mine::{LogCounts, MineOptions, Miner, Proposal};
use text::synonyms::{Rule, RuleError};
use types::{FieldError, Item, Language};

use crate::core::Core;
use crate::understanding::words_of;
use crate::{Error, Result, Shop, synonyms};

/// Document of the rejected ones: two phrases a line, parted by a tab.
const REJECTED: &str = "synonyms-rejected";
/// Rejections remembered, at most.
const REJECTED_MAX: usize = 10_000;
/// Queries with clicks that are looked at.
const QUERIES_MAX: usize = 20_000;
/// Different people who must be behind a query before its clicks count.
const PEOPLE_MIN: usize = 3;
/// Items whose titles are looked at; of a larger catalogue every n-th.
const ITEMS_MAX: usize = 50_000;
/// Items read from the catalogue at a time.
/// Queries whose vectors are compared with one another, those with most clicks.
const ENCODED_MAX: usize = 300;
/// Nearest other queries of each that are candidates.
const NEAREST: usize = 5;

/// Synonyms proposed to a merchandiser; nothing is searched by them until they are accepted.
#[derive(Clone, PartialEq, Debug)]
pub struct SynonymProposal {
    /// A stable name of the two phrases, by which they are accepted or rejected.
    pub id: String,
    /// The rule it comes to.
    pub rule: Rule,
    /// The phrases, how likely they mean the same, and what speaks for it.
    pub proposal: Proposal,
}

/// Two phrases that are not to be proposed again.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RejectedSynonym {
    /// The name it was proposed under.
    pub id: String,
    /// One phrase.
    pub from: String,
    /// The other.
    pub to: String,
}

/// What a merchandiser decided about proposals, each by its id.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SynonymDecisions {
    /// To become rules; the next search uses them.
    pub accept: Vec<String>,
    /// Not to be proposed again.
    pub reject: Vec<String>,
    /// To be proposed again.
    pub restore: Vec<String>,
}

impl Shop {
    /// Synonyms that the shop's log and catalogue speak for, the likeliest first. Reads catalogue and clicks anew: seconds
    /// in a large shop.
    ///
    /// # Errors
    /// Where the catalogue or the rejections cannot be read.
    pub fn synonym_proposals(&self) -> Result<Vec<SynonymProposal>> {
        let rejected: BTreeSet<String> = self.rejected_synonyms()?.into_iter().map(|one| one.id).collect();
        let mut proposals = mined(&self.core)?;
        proposals.retain(|one| !rejected.contains(&one.id));
        Ok(proposals)
    }

    /// Synonyms that were rejected and are not proposed again.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub fn rejected_synonyms(&self) -> Result<Vec<RejectedSynonym>> {
        let bytes = self.core.store.documents().get(REJECTED)?.unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let pairs = text.lines().filter_map(|line| line.split_once('\t'));
        Ok(pairs.map(|(from, to)| RejectedSynonym { id: id(from, to), from: from.into(), to: to.into() }).collect())
    }

    /// Carries out what was decided: all of it, or where something is wrong nothing. Returns the rules that are new.
    ///
    /// # Errors
    /// An id that is not proposed (or, to be restored, was not rejected), or that is both accepted and rejected; more rules
    /// or rejections than there may be; a document that cannot be written.
    pub fn decide_synonyms(&self, decisions: &SynonymDecisions) -> Result<Vec<Rule>> {
        let _one_at_a_time = self.core.deciding.lock();
        let proposals: BTreeMap<String, SynonymProposal> =
            self.synonym_proposals()?.into_iter().map(|one| (one.id.clone(), one)).collect();
        let of = |field: &str, ids: &[String]| -> Result<Vec<&SynonymProposal>> {
            ids.iter()
                .enumerate()
                .map(|(at, id)| proposals.get(id).ok_or_else(|| unknown(field, at, "the id of a proposal", id)))
                .collect()
        };
        let (accepted, rejected) = (of("accept", &decisions.accept)?, of("reject", &decisions.reject)?);
        if let Some(at) = decisions.reject.iter().position(|id| decisions.accept.contains(id)) {
            return Err(unknown("reject", at, "an id that is not accepted as well", &decisions.reject[at]));
        }
        let mut remembered: BTreeSet<RejectedSynonym> = self.rejected_synonyms()?.into_iter().collect();
        for (at, id) in decisions.restore.iter().enumerate() {
            let before = remembered.len();
            remembered.retain(|one| one.id != *id);
            if remembered.len() == before {
                return Err(unknown("restore", at, "the id of a rejected proposal", id));
            }
        }
        remembered.extend(rejected.into_iter().map(|one| RejectedSynonym {
            id: one.id.clone(),
            from: one.proposal.from.clone(),
            to: one.proposal.to.clone(),
        }));
        if remembered.len() > REJECTED_MAX {
            let got = format!("{} in all", remembered.len());
            return Err(
                FieldError::new("out_of_range", "reject", format!("at most {REJECTED_MAX} rejected"), got).into()
            );
        }
        let rules: Vec<Rule> = accepted.into_iter().map(|one| one.rule.clone()).collect();
        if !rules.is_empty() {
            let known = self.synonyms();
            synonyms::set(&self.core, known.rules().iter().cloned().chain(rules.iter().cloned()).collect())?;
        }
        if !decisions.reject.is_empty() || !decisions.restore.is_empty() {
            let lines: String = remembered.iter().map(|one| format!("{}\t{}\n", one.from, one.to)).collect();
            self.core.store.documents().put(REJECTED, lines.as_bytes())?;
        }
        Ok(rules)
    }
}

fn unknown(field: &str, at: usize, expected: &str, got: &str) -> Error {
    FieldError::new("value_unknown", format!("{field}[{at}]"), expected, got).into()
}

/// Everything that is proposed, rejected or not.
fn mined(core: &Core) -> Result<Vec<SynonymProposal>> {
    let now = core.clock.now();
    let clicks = core.fold.lock().searches.clicks.clone();
    let (mut queries, turns) = (clicks.queries(now, QUERIES_MAX), clicks.turns(now));
    // What one or two people click together is theirs alone.
    queries.retain(|query| query.actors >= PEOPLE_MIN);
    let mut counts = LogCounts::default();
    for query in &queries {
        counts.clicks.extend(query.items.iter().map(|(row, count)| (&*query.text, row.0, *count)));
        counts.fruitless.push((&query.text, whole(query.fruitless)));
    }
    counts.turns.extend(turns.iter().map(|turn| (&*turn.from, &*turn.to, whole(turn.sessions))));
    let mut miner = Miner::new(MineOptions::default());
    miner.counts(&counts);
    let near = neighbours(core, &queries);
    miner.neighbours(near.iter().map(|(one, other, cosine)| (&**one, &**other, *cosine)));
    let items: Vec<Item> = core.store.catalogue().sample(ITEMS_MAX).collect::<store::Result<_>>()?;
    miner.catalogue(items.iter().map(|item| (item.title(), item.attributes.values().flat_map(words_of).collect())));
    let known = core.view.load().synonyms.clone();
    let proposed = |proposal: Proposal| -> std::result::Result<SynonymProposal, RuleError> {
        Ok(SynonymProposal { id: id(&proposal.from, &proposal.to), rule: proposal.rule()?, proposal })
    };
    // What is no rule was left out by the miner.
    Ok(miner.proposals(Some(&known)).into_iter().filter_map(|proposal| proposed(proposal).ok()).collect())
}

/// Fading makes counts a little smaller than they were.
fn whole(count: f32) -> u32 {
    count.round().clamp(0.0, 1e9) as u32
}

/// The same of both orders of the two.
fn id(from: &str, to: &str) -> String {
    let (first, second) = if from <= to { (from, to) } else { (to, from) };
    // FNV-1a (Fowler, Noll and Vo), which is the same on every machine and in every version.
    let bytes = first.bytes().chain([0]).chain(second.bytes());
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("{hash:016x}")
}

/// Pairs of clicked queries that lie near to one another for an encoder, with their cosines.
fn neighbours(core: &Core, queries: &[QueryClicks]) -> Vec<(Arc<str>, Arc<str>, f32)> {
    let view = core.view.load();
    let Some((_, encoder)) = view.retrievers.encoders.first() else { return Vec::new() };
    let vector = |query: &QueryClicks| {
        let language = Language::guess(&query.text);
        let understands = language == Language::Other || encoder.understands(language);
        let encode = || view.retrievers.cache.get_or_encode(encoder, &query.text).ok();
        understands.then(encode).flatten().map(|vector| (Arc::clone(&query.text), vector))
    };
    let clicked = queries.iter().filter(|query| !query.items.is_empty());
    let vectors: Vec<(Arc<str>, Arc<[f32]>)> = clicked.take(ENCODED_MAX).filter_map(vector).collect();
    let mut pairs = Vec::new();
    for (at, (text, vector)) in vectors.iter().enumerate() {
        let dot = |other: &[f32]| vector.iter().zip(other).map(|(a, b)| a * b).sum::<f32>();
        let mut near: Vec<(usize, f32)> = vectors
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at)
            .map(|(other, (_, v))| (other, dot(v)))
            .collect();
        near.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let near = near.into_iter().take(NEAREST).filter(|(other, _)| at < *other);
        pairs.extend(near.map(|(other, cosine)| (Arc::clone(text), Arc::clone(&vectors[other].0), cosine)));
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_stable_and_the_same_both_ways() {
        assert_eq!(id("tee", "t-shirt"), id("t-shirt", "tee"));
        assert_eq!(id("登山服", "冲锋衣"), id("冲锋衣", "登山服"));
        assert_ne!(id("a", "bc"), id("ab", "c"));
        assert_eq!(id("a", "b").len(), 16);
    }
}
