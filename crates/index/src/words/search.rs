use std::cmp::Ordering;
use std::collections::BinaryHeap;

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::BlockSegmentPostings;
use tantivy::schema::IndexRecordOption;
use tantivy::{SegmentReader, TERMINATED};
use types::Row;

use super::boosts::ValueCursor;
use super::query::{QueryTerm, WordsHit, WordsHits, WordsQuery, group_weight, saturated};
use super::slots::field_of;
use super::{SegmentRows, WordsSnapshot};
use crate::row_set::Bits;
use crate::{Result, RowSet};

/// The best hits, whose phrases count.
pub const PHRASED: usize = 40;
/// Where so many items have enough of a long query, those that have less do not match, unless they are among the first so
/// many all the same.
pub const ENOUGH: usize = 100;
/// Documents scored together: their accumulators stay in the processor's cache.
const WINDOW: usize = 8192;

impl WordsSnapshot {
    /// Scores every document that has a term of the query; see [`crate::Searcher::search_words`].
    pub(crate) fn search(&self, query: &WordsQuery, allowed: &RowSet, cutoff: f32, limit: usize) -> Result<WordsHits> {
        let mut gather = Gather::new(query, allowed, cutoff, limit.max(ENOUGH));
        let mut window = Window::new();
        for (segment, rows) in self.searcher.segment_readers().iter().zip(&self.rows) {
            let mut cursors = self.cursors(query, segment)?;
            let mut values = self.value_cursor(query, segment)?;
            for base in (0..segment.max_doc()).step_by(WINDOW) {
                window.score(&mut cursors, base);
                window.add_values(&mut values, base, query.weight);
                window.drain(|offset, score, coverage| {
                    let document = base + offset;
                    if segment.alive_bitset().is_none_or(|alive| alive.is_alive(document)) {
                        gather.take(rows, document, score, coverage);
                    }
                });
            }
        }
        let mut hits = gather.finish();
        self.add_phrases(query, &mut hits.top)?;
        hits.top.truncate(limit);
        Ok(hits)
    }

    /// Adds to the best hits what phrases count. The others keep their places behind: reading positions of every match
    /// would cost many times the search, and what stands far down by its words is not brought to the top by a phrase.
    fn add_phrases(&self, query: &WordsQuery, top: &mut [WordsHit]) -> Result<()> {
        let rows: Vec<Row> = top.iter().take(PHRASED).map(|hit| hit.row).collect();
        for (hit, boost) in top.iter_mut().zip(self.phrase_boosts(query, &rows)?) {
            hit.score += boost;
        }
        top.sort_unstable_by(precedes);
        Ok(())
    }

    /// The postings of each group of alternatives in one segment; empty groups are left out.
    fn cursors(&self, query: &WordsQuery, segment: &SegmentReader) -> Result<Vec<GroupCursor>> {
        let mut groups = Vec::new();
        for group in query.groups() {
            let mut terms = Vec::new();
            for term in group.iter().filter(|term| term.document_frequency > 0) {
                let fields = self.term_cursors(query, term, segment)?;
                if !fields.is_empty() {
                    terms.push(TermCursor { idf: term.idf, fields });
                }
            }
            if !terms.is_empty() {
                groups.push(GroupCursor { weight: group_weight(group), terms });
            }
        }
        Ok(groups)
    }

    fn term_cursors(&self, query: &WordsQuery, term: &QueryTerm, segment: &SegmentReader) -> Result<Vec<FieldCursor>> {
        let mut cursors = Vec::new();
        for field in &query.fields {
            let slot = field_of(&self.fields, field.number);
            let inverted = segment.inverted_index(slot)?;
            let lookup = query.term(self, term, field);
            if let Some(postings) = inverted.read_block_postings(&lookup, IndexRecordOption::WithFreqs)? {
                let lengths = segment.get_fieldnorms_reader(slot)?;
                cursors.push(FieldCursor { postings, at: 0, lengths, gain: *field.gain });
            }
        }
        Ok(cursors)
    }
}

/// Alternatives at one place of the query.
struct GroupCursor {
    weight: f32,
    terms: Vec<TermCursor>,
}

struct TermCursor {
    idf: f32,
    fields: Vec<FieldCursor>,
}

/// Where one term's postings in one field stand.
struct FieldCursor {
    postings: BlockSegmentPostings,
    at: usize,
    lengths: FieldNormReader,
    gain: [f32; 256],
}

impl FieldCursor {
    /// Calls `visit` with each document below `end` and what the term's occurrences there count.
    #[inline]
    fn for_each_below(&mut self, end: u32, mut visit: impl FnMut(u32, f32)) {
        loop {
            let documents = self.postings.docs();
            let frequencies = self.postings.freqs();
            while let Some(&document) = documents.get(self.at) {
                if document >= end {
                    return;
                }
                let gain = self.gain[self.lengths.fieldnorm_id(document) as usize];
                visit(document, frequencies[self.at] as f32 * gain);
                self.at += 1;
            }
            if documents.is_empty() || documents.last() == Some(&TERMINATED) {
                return;
            }
            self.postings.advance();
            self.at = 0;
        }
    }
}

/// Scores of `WINDOW` neighbouring documents in the making. BM25F (Robertson, Zaragoza and Taylor 2004, "Simple BM25
/// extension to multiple weighted fields"): occurrences are weighted and normalised by field, summed over the fields,
/// and only then saturated, so that a word in title and text does not count twice.
struct Window {
    /// Weighted occurrences of the term at hand.
    occurrences: Box<[f32]>,
    /// Best score among the alternatives at hand.
    best: Box<[f32]>,
    score: Box<[f32]>,
    coverage: Box<[f32]>,
    by_term: Marks,
    by_group: Marks,
    touched: Marks,
}

type Marks = Box<[u64]>;

impl Window {
    fn new() -> Self {
        let floats = || vec![0.0; WINDOW].into_boxed_slice();
        let marks = || vec![0; WINDOW / 64].into_boxed_slice();
        Self {
            occurrences: floats(),
            best: floats(),
            score: floats(),
            coverage: floats(),
            by_term: marks(),
            by_group: marks(),
            touched: marks(),
        }
    }

    fn score(&mut self, groups: &mut [GroupCursor], base: u32) {
        for group in groups {
            for term in &mut group.terms {
                for field in &mut term.fields {
                    field.for_each_below(base.saturating_add(WINDOW as u32), |document, count| {
                        let offset = (document - base) as usize;
                        self.occurrences[offset] += count;
                        self.by_term[offset / 64] |= 1 << (offset % 64);
                    });
                }
                drain(&mut self.by_term, |offset| {
                    let count = std::mem::take(&mut self.occurrences[offset]);
                    self.best[offset] = self.best[offset].max(saturated(term.idf, count));
                    self.by_group[offset / 64] |= 1 << (offset % 64);
                });
            }
            drain(&mut self.by_group, |offset| {
                self.score[offset] += std::mem::take(&mut self.best[offset]);
                self.coverage[offset] += group.weight;
                self.touched[offset / 64] |= 1 << (offset % 64);
            });
        }
    }

    /// Adds what whole values count; an item that the query names by one lacks nothing of it.
    fn add_values(&mut self, values: &mut ValueCursor, base: u32, weight: f32) {
        for hit in values.below(base.saturating_add(WINDOW as u32)) {
            let offset = (hit.document - base) as usize;
            self.score[offset] += hit.boost;
            if hit.is_query {
                self.coverage[offset] = weight;
            }
            self.touched[offset / 64] |= 1 << (offset % 64);
        }
    }

    /// Hands out what was scored, and is empty afterwards.
    fn drain(&mut self, mut visit: impl FnMut(u32, f32, f32)) {
        let (score, coverage) = (&mut self.score, &mut self.coverage);
        drain(&mut self.touched, |offset| {
            visit(offset as u32, std::mem::take(&mut score[offset]), std::mem::take(&mut coverage[offset]));
        });
    }
}

#[inline]
fn drain(marks: &mut Marks, mut visit: impl FnMut(usize)) {
    for (at, word) in marks.iter_mut().enumerate() {
        for bit in Bits(std::mem::take(word)) {
            visit(at * 64 + bit as usize);
        }
    }
}

/// Collects the matches: all of them as a set, the best as a heap. Those that have less of the query than its length asks for
/// are kept apart, and only count where the others are few or score less.
struct Gather<'a> {
    query: &'a WordsQuery,
    allowed: &'a RowSet,
    coverage_min: f32,
    coverage_asked: f32,
    limit: usize,
    enough: Matches,
    less: Matches,
}

#[derive(Default)]
struct Matches {
    best: BinaryHeap<Worst>,
    rows: RowSet,
    complete: usize,
}

impl<'a> Gather<'a> {
    fn new(query: &'a WordsQuery, allowed: &'a RowSet, cutoff: f32, limit: usize) -> Self {
        // A hair less, so that rounding cannot cut off what has every term.
        let share = |share: f32| query.weight_known * (share.clamp(0.0, 1.0) - 1e-4);
        let (coverage_min, coverage_asked) = (share(cutoff), share(query.minimum_match()));
        Self {
            query,
            allowed,
            coverage_min,
            coverage_asked,
            limit,
            enough: Matches::default(),
            less: Matches::default(),
        }
    }

    #[inline]
    fn take(&mut self, rows: &SegmentRows, document: u32, score: f32, coverage: f32) {
        let row = Row(rows.by_document[document as usize]);
        if coverage < self.coverage_min || !self.allowed.contains(row) {
            return;
        }
        let matches = if coverage >= self.coverage_asked { &mut self.enough } else { &mut self.less };
        matches.rows.insert(row);
        matches.complete += usize::from(coverage >= self.query.weight_known * 0.9999);
        let hit = WordsHit { row, score, coverage: (coverage / self.query.weight).min(1.0) };
        if matches.best.len() < self.limit {
            matches.best.push(Worst(hit));
        } else if let Some(mut worst) = matches.best.peek_mut()
            && precedes(&hit, &worst.0).is_lt()
        {
            *worst = Worst(hit);
        }
    }

    fn finish(self) -> WordsHits {
        let Self { mut enough, less, limit, .. } = self;
        let all_match = enough.rows.len() < ENOUGH;
        let mut top: Vec<WordsHit> = enough.best.into_iter().chain(less.best).map(|worst| worst.0).collect();
        top.sort_unstable_by(precedes);
        if all_match {
            enough.rows.unite(&less.rows);
            enough.complete += less.complete;
        } else {
            let first: Vec<Row> = top.iter().take(ENOUGH).map(|hit| hit.row).collect();
            first.into_iter().for_each(|row| enough.rows.insert(row));
            top.retain(|hit| enough.rows.contains(hit.row));
        }
        top.truncate(limit);
        WordsHits { top, total: enough.rows.len(), matched: enough.rows, complete: enough.complete }
    }
}

/// By score, ties by row, so that the order does not depend on segments.
fn precedes(left: &WordsHit, right: &WordsHit) -> Ordering {
    right.score.total_cmp(&left.score).then(left.row.cmp(&right.row))
}

/// A hit that is greater the worse it is: the heap's top is what a better one replaces.
struct Worst(WordsHit);

impl PartialEq for Worst {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Worst {}

impl PartialOrd for Worst {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Worst {
    fn cmp(&self, other: &Self) -> Ordering {
        precedes(&self.0, &other.0)
    }
}
