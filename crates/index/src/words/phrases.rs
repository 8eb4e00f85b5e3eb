//! Words side by side: what neighbours in the query add where they are neighbours in an item's title too.

use tantivy::DocSet;
use tantivy::SegmentReader;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use types::Row;

use super::WordsSnapshot;
use super::query::{QueryTerm, WordsQuery, group_weight};
use super::slots::field_of;
use crate::Result;

/// Pairs of neighbours that are looked for; a long text has many words in common with its item anyway.
const PAIRS_MAX: usize = 24;
/// Places of a term in a field that are read.
const PLACES_MAX: usize = 32;
/// Words in between from which on two words are no neighbours any more.
const GAP_MAX: u32 = 4;
/// Fields with less than this share of the heaviest weight are not read: neighbours in prose say little and cost much.
pub(super) const FIELD_SHARE_MIN: f32 = 0.5;

/// Two words that stand side by side in the query.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair<'a> {
    first: &'a [QueryTerm],
    second: &'a [QueryTerm],
}

impl Pair<'_> {
    /// The words, as indexed: of alternatives the rarest.
    pub(crate) fn text(&self) -> String {
        let rarest = |group: &[QueryTerm]| {
            let known = group.iter().filter(|term| term.document_frequency > 0);
            known.max_by(|a, b| a.idf.total_cmp(&b.idf)).map_or_else(String::new, |term| term.term.to_string())
        };
        format!("{} {}", rarest(self.first), rarest(self.second))
    }

    /// What they add at most for a strength of 1, before saturation: as much as the weaker of the two weighs.
    pub(crate) fn weight(&self) -> f32 {
        group_weight(self.first).min(group_weight(self.second))
    }
}

/// How near a pair stands in one field of one of the rows.
pub(crate) struct Near<'a> {
    /// The row, by its place among those asked.
    pub(crate) asked: usize,
    /// The pair, and its place among the query's.
    pub(crate) pair: Pair<'a>,
    pub(crate) index: usize,
    /// The field, by its place in the query's.
    pub(crate) field: usize,
    /// 1 for side by side in the query's order, less the farther apart.
    pub(crate) nearness: f32,
}

impl WordsSnapshot {
    /// Calls `visit` with each pair that is near in a row, row by row; fields follow one another.
    pub(crate) fn for_each_pair<'a>(
        &self,
        query: &'a WordsQuery,
        rows: &[Row],
        visit: &mut dyn FnMut(Near<'a>),
    ) -> Result<()> {
        let groups: Vec<&'a [QueryTerm]> = query
            .groups()
            .filter(|group| group.iter().any(|term| term.document_frequency > 0))
            .take(PAIRS_MAX + 1)
            .collect();
        if groups.len() < 2 {
            return Ok(());
        }
        let heavy = |field: &usize| query.field_share(*field) >= FIELD_SHARE_MIN;
        let fields: Vec<usize> = (0..query.fields.len()).filter(heavy).collect();
        let mut places: Vec<Vec<u32>> = vec![Vec::new(); groups.len()];
        for (at, segment) in self.searcher.segment_readers().iter().enumerate() {
            let documents = self.documents(at, segment, rows);
            if documents.is_empty() {
                continue;
            }
            for field in &fields {
                let mut readers = self.readers(query, *field, &groups, segment)?;
                if readers.iter().filter(|reader| !reader.is_empty()).count() < 2 {
                    continue;
                }
                for (document, asked) in &documents {
                    for (readers, places) in readers.iter_mut().zip(&mut places) {
                        read_places(readers, *document, places);
                    }
                    for (index, (pair, places)) in groups.windows(2).zip(places.windows(2)).enumerate() {
                        let apart = pair[1][0].position.saturating_sub(pair[0][0].position);
                        let nearness = nearness(&places[0], &places[1], apart);
                        if nearness > 0.0 {
                            let pair = Pair { first: pair[0], second: pair[1] };
                            visit(Near { asked: *asked, pair, index, field: *field, nearness });
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The postings of each group's known terms in a field, the rarest first.
    fn readers(
        &self,
        query: &WordsQuery,
        field: usize,
        groups: &[&[QueryTerm]],
        segment: &SegmentReader,
    ) -> Result<Vec<Vec<SegmentPostings>>> {
        let field = &query.fields[field];
        let inverted = segment.inverted_index(field_of(&self.fields, field.number))?;
        let mut readers = Vec::new();
        for group in groups {
            let mut known: Vec<&QueryTerm> = group.iter().filter(|term| term.document_frequency > 0).collect();
            known.sort_by(|a, b| b.idf.total_cmp(&a.idf));
            let mut of_group = Vec::new();
            for term in known {
                let lookup = query.term(self, term, field);
                of_group.extend(inverted.read_postings(&lookup, IndexRecordOption::WithFreqsAndPositions)?);
            }
            readers.push(of_group);
        }
        Ok(readers)
    }
}

/// Where the rarest of the alternatives that a document has stands in it; documents come in ascending order.
fn read_places(readers: &mut [SegmentPostings], document: u32, places: &mut Vec<u32>) {
    places.clear();
    for reader in readers {
        if reader.doc() < document {
            reader.seek(document);
        }
        if reader.doc() == document {
            reader.positions(places);
            places.truncate(PLACES_MAX);
            return;
        }
    }
}

/// How near two words come to standing as they do in the query, `apart` places from one another: `1 / (1 + gap)²`, where
/// `gap` counts the places by which they miss it (Rasolofo and Savoy 2003, "Term Proximity Scoring for Keyword-Based Retrieval
/// Systems", weigh pairs by the square of their distance). 0 beyond [`GAP_MAX`].
fn nearness(first: &[u32], second: &[u32], apart: u32) -> f32 {
    let mut least = GAP_MAX + 1;
    for place in first {
        let wanted = place.saturating_add(apart);
        least = second.iter().map(|place| place.abs_diff(wanted)).fold(least, u32::min);
    }
    if least > GAP_MAX { 0.0 } else { (1.0 + least as f32).powi(-2) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn side_by_side_counts_most_and_the_other_way_round_less() {
        let near = |first: &[u32], second: &[u32]| nearness(first, second, 1);
        assert_eq!(near(&[3], &[4]), 1.0);
        assert_eq!(near(&[3], &[5]), 0.25);
        assert!(near(&[4], &[3]) < 0.25 && near(&[4], &[3]) > 0.0, "the other way round");
        assert_eq!(near(&[0, 40], &[9, 41]), 1.0, "the best of several places");
        assert_eq!((near(&[0], &[60]), near(&[], &[1]), near(&[u32::MAX], &[0])), (0.0, 0.0, 0.0));
        assert_eq!(nearness(&[3], &[5], 2), 1.0, "an unknown word lies between in the query too");
    }
}
