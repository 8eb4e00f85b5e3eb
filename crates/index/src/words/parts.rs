//! What scores are made of: the occurrences of a query's terms in some items, so that other weights and strengths can be tried
//! thousands of times without asking the index again.

use std::sync::Arc;

use tantivy::DocSet;
use tantivy::postings::Postings;
use types::{Lexical, Row, WordsBoostKind};

use super::WordsSnapshot;
use super::query::{K1, WordsQuery, asked_of, group_weight, saturated};
use crate::Result;

/// A query's parts in some rows; see [`crate::Searcher::words_parts`].
#[derive(Clone, Debug)]
pub struct WordsParts {
    /// The searched fields, with the weight each had.
    pub fields: Vec<(Arc<str>, f32)>,
    rows: Vec<RowParts>,
    groups: Vec<Group>,
    /// The lighter group of each pair of neighbours.
    pairs: Vec<f32>,
    /// Kind, field (by its place; `None` where it is searched for whole values alone) and share of each whole value.
    values: Vec<(WordsBoostKind, Option<usize>, f32)>,
    weight: f32,
    weight_known: f32,
}

#[derive(Clone, Copy, Debug)]
struct Group {
    weight: f32,
    is_known: bool,
}

#[derive(Clone, Debug, Default)]
struct RowParts {
    /// In order of groups.
    terms: Vec<TermParts>,
    /// Pair, field, nearness.
    pairs: Vec<(usize, usize, f32)>,
    /// Whole values, by their places.
    values: Vec<usize>,
}

/// A term in a row.
#[derive(Clone, Debug)]
struct TermParts {
    group: usize,
    idf: f32,
    /// Field and normalised occurrences.
    counts: Vec<(usize, f32)>,
}

/// The score of a row in two parts, as phrases count for the best alone.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct PartsScore {
    /// What its terms and whole values give.
    pub terms: f32,
    /// What its phrases add.
    pub phrases: f32,
    /// Share of the weight of the query's known terms that it has.
    pub coverage: f32,
}

/// How a row meets a query; every number from 0 to 1.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Matching {
    /// Share of the known terms' weight that each field has, in the order of [`WordsParts::fields`].
    pub by_field: Vec<f32>,
    /// The same for all fields together.
    pub coverage: f32,
    /// How near to one another neighbours of the query stand, on average.
    pub nearness: f32,
    /// Share of the query that is a whole value of the row: its title, brand, tag or article number.
    pub whole_value: f32,
}

impl WordsParts {
    /// The score of the row at a place under other weights of the fields and other strengths.
    pub fn score(&self, at: usize, weights: &[f32], lexical: &Lexical) -> PartsScore {
        let row = &self.rows[at];
        let heaviest = weights.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        let (mut terms, mut covered) = (0.0, 0.0);
        for alternatives in row.terms.chunk_by(|left, right| left.group == right.group) {
            let score = |term: &TermParts| {
                saturated(term.idf, term.counts.iter().map(|(field, count)| weights[*field] * count).sum())
            };
            let best = alternatives.iter().map(score).fold(0.0, f32::max);
            terms += best;
            covered += if best > 0.0 { self.groups[alternatives[0].group].weight } else { 0.0 };
        }
        let whole = row.values.iter().map(|value| {
            let (kind, field, share) = self.values[*value];
            let by_field = field.map_or(0.0, |field| weights[field] / heaviest);
            match kind {
                WordsBoostKind::Number => lexical.number * share,
                WordsBoostKind::Exact | WordsBoostKind::Phrase => lexical.exact * by_field,
            }
        });
        let whole = whole.fold(0.0, f32::max) * self.weight * (K1 + 1.0);
        let mut phrases = 0.0;
        for near in row.pairs.chunk_by(|left, right| left.0 == right.0) {
            let shares = near.iter().map(|(_, field, nearness)| (weights[*field] / heaviest, nearness));
            let counted = shares.filter(|(share, _)| *share >= super::phrases::FIELD_SHARE_MIN);
            let best = counted.map(|(share, nearness)| share * nearness).fold(0.0, f32::max);
            phrases += lexical.phrase * (K1 + 1.0) * self.pairs[near[0].0] * best;
        }
        let coverage = if self.weight_known > 0.0 { covered / self.weight_known } else { 0.0 };
        PartsScore { terms: terms + whole, phrases, coverage }
    }

    /// How the row at a place meets the query, whatever fields weigh.
    pub fn matching(&self, at: usize) -> Matching {
        let row = &self.rows[at];
        let whole = if self.weight_known > 0.0 { self.weight_known } else { 1.0 };
        let covered_by = |has: &dyn Fn(&TermParts) -> bool| {
            let groups = row.terms.chunk_by(|left, right| left.group == right.group);
            let met = groups.filter(|alternatives| alternatives.iter().any(has));
            met.map(|alternatives| self.groups[alternatives[0].group].weight).sum::<f32>() / whole
        };
        let in_field = |field: usize| {
            covered_by(&|term: &TermParts| term.counts.iter().any(|(of, count)| *of == field && *count > 0.0))
        };
        let pairs = row.pairs.chunk_by(|left, right| left.0 == right.0);
        let near = pairs.map(|near| near.iter().map(|(.., nearness)| *nearness).fold(0.0, f32::max)).sum::<f32>();
        Matching {
            by_field: (0..self.fields.len()).map(in_field).collect(),
            coverage: covered_by(&|_| true),
            nearness: if self.pairs.is_empty() { 0.0 } else { near / self.pairs.len() as f32 },
            whole_value: row.values.iter().map(|value| self.values[*value].2).fold(0.0, f32::max),
        }
    }

    /// Share of the query's weight that lies on terms some item has.
    pub fn known(&self) -> f32 {
        if self.weight > 0.0 { self.weight_known / self.weight } else { 0.0 }
    }

    /// The share of the known terms' weight that an item is asked to have; see [`Lexical::minimum_match`].
    pub fn coverage_asked(&self, lexical: &Lexical) -> f32 {
        asked_of(self.groups.iter().filter(|group| group.is_known).count(), lexical)
    }
}

impl WordsSnapshot {
    /// The parts of a query in `rows`.
    pub(crate) fn parts(&self, query: &WordsQuery, rows: &[Row]) -> Result<WordsParts> {
        let known = |group: &[super::QueryTerm]| group.iter().any(|term| term.document_frequency > 0);
        let groups: Vec<Group> =
            query.groups().map(|group| Group { weight: group_weight(group), is_known: known(group) }).collect();
        let place = |field: &str| query.fields.iter().position(|known| *known.name == *field);
        let mut parts = WordsParts {
            fields: query.fields.iter().map(|field| (Arc::clone(&field.name), field.weight)).collect(),
            rows: vec![RowParts::default(); rows.len()],
            groups,
            pairs: Vec::new(),
            values: query.values.iter().map(|value| (value.kind, place(&value.field), value.share)).collect(),
            weight: query.weight,
            weight_known: query.weight_known,
        };
        let query = query.with_equal_fields();
        self.add_terms(&query, rows, &mut parts)?;
        self.for_each_pair(&query, rows, &mut |near| {
            if parts.pairs.len() <= near.index {
                parts.pairs.resize(near.index + 1, 0.0);
            }
            parts.pairs[near.index] = near.pair.weight();
            parts.rows[near.asked].pairs.push((near.index, near.field, near.nearness));
        })?;
        for (at, value) in query.values.iter().enumerate() {
            for asked in self.rows_with(value, rows)? {
                parts.rows[asked].values.push(at);
            }
        }
        for row in &mut parts.rows {
            row.terms.sort_by_key(|term| term.group);
            row.pairs.sort_by_key(|(pair, field, _)| (*pair, *field));
        }
        Ok(parts)
    }

    fn add_terms(&self, query: &WordsQuery, rows: &[Row], parts: &mut WordsParts) -> Result<()> {
        for (at, segment) in self.searcher.segment_readers().iter().enumerate() {
            let documents = self.documents(at, segment, rows);
            for (group, terms) in query.groups().enumerate() {
                for term in terms.iter().filter(|term| term.document_frequency > 0) {
                    let mut fields = self.postings(query, term, segment)?;
                    for (document, asked) in &documents {
                        let mut counts = Vec::new();
                        for field in &mut fields {
                            if field.postings.doc() < *document {
                                field.postings.seek(*document);
                            }
                            if field.postings.doc() == *document {
                                let gain =
                                    query.fields[field.field].gain[field.lengths.fieldnorm_id(*document) as usize];
                                counts.push((field.field, field.postings.term_freq() as f32 * gain));
                            }
                        }
                        if !counts.is_empty() {
                            parts.rows[*asked].terms.push(TermParts { group, idf: term.idf, counts });
                        }
                    }
                }
            }
        }
        Ok(())
    }
}
