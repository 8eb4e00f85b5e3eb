use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, SegmentReader};
use types::{Row, TermMatch};

use super::WordsSnapshot;
use super::query::{QueryTerm, WordsQuery, saturated};
use super::slots::field_of;
use crate::Result;

impl WordsSnapshot {
    /// The score of each of `rows`; see [`crate::Searcher::score_words`].
    pub(crate) fn scores(&self, query: &WordsQuery, rows: &[Row]) -> Result<Vec<f32>> {
        let mut scores = vec![0.0; rows.len()];
        self.for_each_match(query, rows, &mut |asked, _, _, parts| {
            scores[asked] += parts.iter().map(|(_, score)| score).sum::<f32>();
        })?;
        for (score, boost) in scores.iter_mut().zip(self.boosts_of(query, rows)?) {
            *score += boost;
        }
        Ok(scores)
    }

    /// What each term and field adds to the score of `row`: a term's score is shared among its fields as their weighted
    /// occurrences are.
    pub(crate) fn explain(&self, query: &WordsQuery, row: Row) -> Result<Vec<TermMatch>> {
        let mut matches = Vec::new();
        self.for_each_match(query, &[row], &mut |_, query, term, parts| {
            for (field, score) in parts {
                let (field, term) = (query.fields[*field].name.clone(), term.term.clone());
                matches.push(TermMatch { field, term, score: *score });
            }
        })?;
        matches.sort_by(|left, right| right.score.total_cmp(&left.score));
        Ok(matches)
    }

    /// Calls `visit` with each row's (by its place in `rows`) best alternative at each place of the query, and what each
    /// field (by its place in the query's fields) adds.
    fn for_each_match(&self, query: &WordsQuery, rows: &[Row], visit: Visit<'_>) -> Result<()> {
        for (at, segment) in self.searcher.segment_readers().iter().enumerate() {
            let documents = self.documents(at, segment, rows);
            if documents.is_empty() {
                continue;
            }
            for group in query.groups() {
                let mut cursors = Vec::new();
                for term in group.iter().filter(|term| term.document_frequency > 0) {
                    cursors.push((term, self.postings(query, term, segment)?));
                }
                for (document, asked) in &documents {
                    let scored =
                        cursors.iter_mut().map(|(term, fields)| (*term, parts(query, term, fields, *document)));
                    let total = |parts: &[(usize, f32)]| parts.iter().map(|(_, score)| score).sum::<f32>();
                    let best = scored.max_by(|left, right| total(&left.1).total_cmp(&total(&right.1)));
                    if let Some((term, parts)) = best.filter(|(_, parts)| !parts.is_empty()) {
                        visit(*asked, query, term, &parts);
                    }
                }
            }
        }
        Ok(())
    }

    /// The living documents of `rows` in a segment, ascending, with their places in `rows`.
    pub(super) fn documents(&self, at: usize, segment: &SegmentReader, rows: &[Row]) -> Vec<(u32, usize)> {
        let of_row = |(asked, row): (usize, &Row)| {
            let documents = self.rows[at].documents(row.0);
            documents.filter(|document| !segment.is_deleted(*document)).map(move |document| (document, asked)).next()
        };
        let mut documents: Vec<(u32, usize)> = rows.iter().enumerate().filter_map(of_row).collect();
        documents.sort_unstable();
        documents
    }

    pub(super) fn postings(
        &self,
        query: &WordsQuery,
        term: &QueryTerm,
        segment: &SegmentReader,
    ) -> Result<Vec<FieldPostings>> {
        let mut postings = Vec::new();
        for (at, field) in query.fields.iter().enumerate() {
            let slot = field_of(&self.fields, field.number);
            let lookup = query.term(self, term, field);
            let found = segment.inverted_index(slot)?.read_postings(&lookup, IndexRecordOption::WithFreqs)?;
            if let Some(found) = found {
                postings.push(FieldPostings {
                    field: at,
                    postings: found,
                    lengths: segment.get_fieldnorms_reader(slot)?,
                });
            }
        }
        Ok(postings)
    }
}

type Visit<'a> = &'a mut dyn FnMut(usize, &WordsQuery, &QueryTerm, &[(usize, f32)]);

/// A term's postings in one field, by its place in the query's.
pub(super) struct FieldPostings {
    pub(super) field: usize,
    pub(super) postings: SegmentPostings,
    pub(super) lengths: tantivy::fieldnorm::FieldNormReader,
}

/// What each field adds to a term's score in a document; documents come in ascending order.
fn parts(query: &WordsQuery, term: &QueryTerm, fields: &mut [FieldPostings], document: u32) -> Vec<(usize, f32)> {
    let mut counts = Vec::new();
    for field in fields {
        if field.postings.doc() < document {
            field.postings.seek(document);
        }
        if field.postings.doc() == document {
            let gain = query.fields[field.field].gain[field.lengths.fieldnorm_id(document) as usize];
            counts.push((field.field, field.postings.term_freq() as f32 * gain));
        }
    }
    let total: f32 = counts.iter().map(|(_, count)| count).sum();
    let share = if total > 0.0 { saturated(term.idf, total) / total } else { 0.0 };
    counts.into_iter().map(|(field, count)| (field, share * count)).collect()
}
