//! What words add beside their terms: phrases and whole values, to a search, to given rows, and in explanations.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, SegmentReader, TERMINATED};
use types::{Row, WordsBoost, WordsBoostKind};

use super::WordsSnapshot;
use super::phrases::{Near, Pair};
use super::query::WordsQuery;
use super::values::WholeValue;
use crate::Result;

/// The whole values of a segment's documents, ascending by document.
pub(super) struct ValueCursor {
    hits: Vec<ValueHit>,
    at: usize,
}

/// A document that has a whole value which the query is, or has in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ValueHit {
    pub(super) document: u32,
    /// What it adds.
    pub(super) boost: f32,
    /// Whether the whole query is the value: then nothing of it is missing.
    pub(super) is_query: bool,
}

/// Neighbours of the query that are near in a row.
struct Phrase<'a> {
    /// The row, by its place among those asked.
    asked: usize,
    /// The field where they count most, by its place in the query's.
    field: usize,
    pair: Pair<'a>,
    /// What they add.
    score: f32,
}

impl ValueCursor {
    /// The hits below `end`, each once.
    pub(super) fn below(&mut self, end: u32) -> &[ValueHit] {
        let from = self.at;
        self.at += self.hits[from..].partition_point(|hit| hit.document < end);
        &self.hits[from..self.at]
    }
}

impl WordsSnapshot {
    /// Which documents of a segment have whole values of the query. Of several values of one document the best counts.
    pub(super) fn value_cursor(&self, query: &WordsQuery, segment: &SegmentReader) -> Result<ValueCursor> {
        let mut hits: Vec<ValueHit> = Vec::new();
        let lists = query.values.iter().filter(|value| value.boost(&query.lexical) > 0.0);
        for value in lists {
            let boost = value.boost(&query.lexical) * query.score_max();
            self.each_document(value, segment, |document| {
                hits.push(ValueHit { document, boost, is_query: value.is_query });
            })?;
        }
        hits.sort_by(|a, b| a.document.cmp(&b.document).then(b.boost.total_cmp(&a.boost)));
        hits.dedup_by(|next, best| {
            let same = next.document == best.document;
            best.is_query |= same && next.is_query;
            same
        });
        Ok(ValueCursor { hits, at: 0 })
    }

    /// What phrases add to each of `rows`.
    pub(super) fn phrase_boosts(&self, query: &WordsQuery, rows: &[Row]) -> Result<Vec<f32>> {
        let mut boosts = vec![0.0; rows.len()];
        for phrase in self.phrases(query, rows)? {
            boosts[phrase.asked] += phrase.score;
        }
        Ok(boosts)
    }

    /// What is added to the score of each of `rows` beside its terms.
    pub(super) fn boosts_of(&self, query: &WordsQuery, rows: &[Row]) -> Result<Vec<f32>> {
        let mut boosts = self.phrase_boosts(query, rows)?;
        for (asked, (_, boost)) in self.values_of(query, rows)? {
            boosts[asked] += boost;
        }
        Ok(boosts)
    }

    /// What is added to the score of `row` beside its terms, the most first.
    pub(crate) fn explain_boosts(&self, query: &WordsQuery, row: Row) -> Result<Vec<WordsBoost>> {
        let phrase = |phrase: Phrase<'_>| WordsBoost {
            kind: WordsBoostKind::Phrase,
            field: Arc::clone(&query.fields[phrase.field].name),
            text: Arc::from(phrase.pair.text()),
            score: phrase.score,
        };
        let whole = |(_, (value, score)): (usize, (&WholeValue, f32))| WordsBoost {
            kind: value.kind,
            field: Arc::clone(&value.field),
            text: Arc::clone(&value.text),
            score,
        };
        let mut boosts: Vec<WordsBoost> = self.phrases(query, &[row])?.into_iter().map(phrase).collect();
        boosts.extend(self.values_of(query, &[row])?.into_iter().map(whole));
        boosts.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(boosts)
    }

    /// Each pair that is near in a row, in the field where it counts most.
    fn phrases<'a>(&self, query: &'a WordsQuery, rows: &[Row]) -> Result<Vec<Phrase<'a>>> {
        if query.lexical.phrase <= 0.0 {
            return Ok(Vec::new());
        }
        let mut best: FxHashMap<(usize, usize), (f32, Near<'a>)> = FxHashMap::default();
        self.for_each_pair(query, rows, &mut |near| {
            let counts = near.nearness * query.field_share(near.field);
            let known = best.get(&(near.asked, near.index)).map_or(0.0, |(known, _)| *known);
            if counts > known {
                best.insert((near.asked, near.index), (counts, near));
            }
        })?;
        let mut best: Vec<(f32, Near<'a>)> = best.into_values().collect();
        best.sort_by_key(|(_, near)| (near.asked, near.index));
        let phrase = |(counts, near): (f32, Near<'a>)| {
            let score = query.phrase_score(near.pair.weight(), counts);
            Phrase { asked: near.asked, field: near.field, pair: near.pair, score }
        };
        Ok(best.into_iter().map(phrase).collect())
    }

    /// The whole value of each row that counts most, and what it adds.
    fn values_of<'a>(&self, query: &'a WordsQuery, rows: &[Row]) -> Result<Vec<(usize, (&'a WholeValue, f32))>> {
        let mut best: FxHashMap<usize, (&WholeValue, f32)> = FxHashMap::default();
        for value in &query.values {
            let boost = value.boost(&query.lexical) * query.score_max();
            for asked in self.rows_with(value, rows)? {
                if boost > 0.0 && best.get(&asked).is_none_or(|(_, known)| *known < boost) {
                    best.insert(asked, (value, boost));
                }
            }
        }
        let mut values: Vec<_> = best.into_iter().collect();
        values.sort_by_key(|(asked, _)| *asked);
        Ok(values)
    }

    /// Which of `rows` have a whole value, by their places.
    pub(super) fn rows_with(&self, value: &WholeValue, rows: &[Row]) -> Result<Vec<usize>> {
        let mut found = Vec::new();
        for (at, segment) in self.searcher.segment_readers().iter().enumerate() {
            let documents = self.documents(at, segment, rows);
            self.each_document(value, segment, |document| {
                let place = documents.binary_search_by_key(&document, |(document, _)| *document);
                found.extend(place.ok().map(|place| documents[place].1));
            })?;
        }
        Ok(found)
    }

    fn each_document(&self, value: &WholeValue, segment: &SegmentReader, mut visit: impl FnMut(u32)) -> Result<()> {
        let inverted = segment.inverted_index(self.values)?;
        let Some(mut postings) = inverted.read_postings(&value.term(self), IndexRecordOption::Basic)? else {
            return Ok(());
        };
        let mut document = postings.doc();
        while document != TERMINATED {
            visit(document);
            document = postings.advance();
        }
        Ok(())
    }
}
