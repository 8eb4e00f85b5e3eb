//! A search taken apart: the candidates of a query with all that their order is made of, to be ordered again under other
//! weights thousands of times without searching.

use std::sync::Arc;

use index::{ENOUGH, PHRASED, WordsParts};
use types::{Candidate, FieldWeights, ItemId, Lexical, Request, Row, SourceId};

use super::answer::{self, Retrieved};
use super::{Context, order, scoring};
use crate::core::Core;
use crate::fusion::{self, ListKind, QueryEvidence, RetrieverList};
use crate::sources::{WORDS, above};
use crate::view::View;
use crate::{Error, Result, Tuning};

/// A query, its candidates, and what their order is made of. What feedback from the first page, variety and pins change is
/// left out: it rests on the order that is sought.
pub struct SearchCase {
    rows: Vec<Row>,
    ids: Vec<Option<ItemId>>,
    words: Option<WordsParts>,
    complete: usize,
    vectors: Vec<(SourceId, Vec<Candidate>)>,
    /// By candidate: whether it is buried, and what rules multiply its score by.
    rules: Vec<(bool, f32)>,
    depth: usize,
}

/// Takes a search apart.
pub(crate) fn case(core: &Core, view: &View, request: &Request) -> Result<SearchCase> {
    let mut request = request.clone();
    let lexical = request.retrieval.lexical.unwrap_or(view.settings.lexical);
    // Nothing may be missing among the candidates that other strengths would bring.
    request.retrieval.lexical = Some(Lexical {
        phrase: lexical.phrase.max(0.05),
        exact: lexical.exact.max(0.05),
        number: lexical.number.max(0.05),
        minimum_match: 0.0,
    });
    request.retrieval.cutoff = Some(0.0);
    let Retrieved { context, decided, candidates, .. } = answer::find(core, view, &request)?;
    let mut rows = candidates.rows();
    if let Some(words) = &context.words {
        rows.extend(flat_search(&context, words)?);
        rows.sort_unstable();
        rows.dedup();
    }
    let by_words = candidates.lists().iter().any(|list| list.source == WORDS);
    let words = context.words.as_ref().filter(|_| by_words);
    let words = words.map(|query| view.searcher.words_parts(query, &rows)).transpose()?;
    let vectors = candidates.lists().iter().filter(|list| list.source != WORDS && list.source != order::PINNED);
    let ids = {
        let names = core.names.read();
        rows.iter().map(|row| names.items.id(*row).and_then(|id| ItemId::new(&**id).ok())).collect()
    };
    Ok(SearchCase {
        ids,
        words,
        complete: candidates.evidence().complete,
        vectors: vectors.map(|list| (list.source, list.hits.clone())).collect(),
        rules: rows.iter().map(|row| (order::is_buried(&decided, *row), order::boosted(&decided, *row, 1.0))).collect(),
        depth: request.retrieval.depth,
        rows,
    })
}

/// The best by words with every attribute alike: what other weights may bring up.
fn flat_search(context: &Context<'_>, words: &index::WordsQuery) -> Result<Vec<Row>> {
    let (view, request) = (context.view, context.request);
    let Some(reading) = &context.reading else { return Ok(Vec::new()) };
    let alike = view.searcher.words_parts(words, &[])?.fields;
    let alike = FieldWeights(alike.into_iter().map(|(name, _)| (name, 1.0)).collect());
    let mut flat = request.clone();
    flat.retrieval.fields = alike;
    let query = answer::words_query(view, &flat, reading, reading.kept.as_ref().unwrap_or(&reading.text))?;
    let hits = view.searcher.search_words(&query, &context.eligible, 0.0, request.retrieval.depth)?;
    Ok(hits.top.iter().map(|hit| hit.row).collect())
}

impl SearchCase {
    /// The attributes that are searched by words, with their weights.
    pub fn fields(&self) -> &[(Arc<str>, f32)] {
        self.words.as_ref().map_or(&[], |words| &words.fields)
    }

    /// The first items under other numbers, best first.
    pub fn rank(&self, tuning: &Tuning, limit: usize) -> Vec<&ItemId> {
        let (words, coverage) = self.by_words(tuning);
        let cut: Vec<(SourceId, &[Candidate])> = self
            .vectors
            .iter()
            .map(|(source, hits)| {
                let scores: Vec<(Row, f32)> = hits.iter().map(|hit| (hit.row, hit.score)).collect();
                (*source, &hits[..above(&scores, tuning.cutoff)])
            })
            .collect();
        let mut lists = Vec::with_capacity(cut.len() + 1);
        if self.words.is_some() {
            lists.push(RetrieverList { source: WORDS, kind: ListKind::Words, hits: &words });
        }
        lists.extend(cut.iter().map(|(source, hits)| RetrieverList { source: *source, kind: ListKind::Vectors, hits }));
        let evidence = match self.words {
            Some(_) => QueryEvidence { coverage, complete: self.complete },
            None => QueryEvidence::default(),
        };
        let weights = fusion::weights(evidence, &lists, &[], tuning.fusion);
        let place = |row: Row| self.rows.binary_search(&row).ok();
        let fused = fusion::fuse(&lists, &weights).into_iter().filter_map(|item| Some((place(item.row)?, item.score)));
        let mut ranked: Vec<(bool, f32, usize)> =
            fused.map(|(at, score)| (self.rules[at].0, score * self.rules[at].1, at)).collect();
        ranked.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2)));
        ranked.into_iter().take(limit).filter_map(|(_, _, at)| self.ids[at].as_ref()).collect()
    }

    /// The words' list, as [`index::Searcher::search_words`] would give it, and the best share of the query that an item has.
    fn by_words(&self, tuning: &Tuning) -> (Vec<Candidate>, f32) {
        let Some(parts) = &self.words else { return (Vec::new(), 0.0) };
        let weights: Vec<f32> = parts.fields.iter().map(|(name, own)| tuning.field(name).unwrap_or(*own)).collect();
        let asked = parts.coverage_asked(&tuning.lexical);
        let mut hits = Vec::new();
        for at in 0..self.rows.len() {
            let score = parts.score(at, &weights, &tuning.lexical);
            if score.terms > 0.0 && score.coverage >= tuning.cutoff - 1e-4 {
                hits.push((at, score));
            }
        }
        let by_terms = |a: &(usize, index::PartsScore), b: &(usize, index::PartsScore)| {
            b.1.terms.total_cmp(&a.1.terms).then(a.0.cmp(&b.0))
        };
        hits.sort_unstable_by(by_terms);
        let has_enough = |score: &index::PartsScore| score.coverage >= asked - 1e-4;
        if hits.iter().filter(|(_, score)| has_enough(score)).count() >= ENOUGH {
            let mut place = 0..;
            hits.retain(|(_, score)| place.next().is_some_and(|place| place < ENOUGH) || has_enough(score));
        }
        for (_, score) in hits.iter_mut().take(PHRASED) {
            score.terms += score.phrases;
        }
        hits.sort_unstable_by(by_terms);
        hits.truncate(self.depth);
        let coverage = hits.iter().map(|(_, score)| score.coverage).fold(0.0, f32::max) * parts.known();
        let hit = |(at, score): &(usize, index::PartsScore)| Candidate {
            row: self.rows[*at],
            source: WORDS,
            score: score.terms,
        };
        (hits.iter().map(hit).collect(), coverage)
    }
}

/// The numbers in force for a request.
pub(crate) fn in_force(view: &View, request: &Request) -> Result<Tuning> {
    let query = view.searcher.words_query("", &scoring::field_weights(view, request)).map_err(Error::from)?;
    let retrieval = &request.retrieval;
    Ok(Tuning {
        fields: view.searcher.words_parts(&query, &[])?.fields,
        lexical: retrieval.lexical.unwrap_or(view.settings.lexical),
        fusion: retrieval.fusion.unwrap_or(view.settings.fusion),
        cutoff: retrieval.cutoff.unwrap_or(view.settings.cutoff),
    })
}
