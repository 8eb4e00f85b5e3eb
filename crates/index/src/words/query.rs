use std::sync::Arc;

use tantivy::Term;
use types::{Analyzer, FieldWeights, Language, Row, ValueKind, well_known};

use super::slots::lookup_term;
use super::{Slots, WordsSnapshot};
use crate::{IndexConfig, Result, RowSet};

/// Saturation of term frequency in BM25 (Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and
/// Beyond", section 3.4).
pub(super) const K1: f32 = 1.2;
/// How much longer texts count less, 0 to 1.
const B: f32 = 0.75;
/// Terms of a query that are looked for; what comes after them in a very long text is left out.
const TERMS_MAX: usize = 64;

/// A text made into terms, with what the searcher that made it knows of them.
#[derive(Clone, Debug)]
pub struct WordsQuery {
    pub(super) terms: Vec<QueryTerm>,
    /// The searched fields with a weight above 0.
    pub(super) fields: Vec<QueryField>,
    /// Weight of all terms, alternatives counted once, unknown ones included.
    pub(super) weight: f32,
    /// The same of the known terms alone.
    pub(super) weight_known: f32,
}

/// What is known of a term of a query.
#[derive(Clone, PartialEq, Debug)]
pub struct QueryTerm {
    /// The term, as indexed.
    pub term: Arc<str>,
    /// Its place among the query's words; terms with the same place are alternatives, of which the best counts.
    pub position: u32,
    /// Items that have it in one field (that where it is most frequent); 0 where it is unknown.
    pub document_frequency: u64,
    /// Its weight: the rarer, the more.
    pub idf: f32,
}

/// Other words for a part of a query's text.
#[derive(Clone, PartialEq, Debug)]
pub struct Expansion {
    /// The bytes of the text.
    pub span: (usize, usize),
    /// The other words.
    pub text: Arc<str>,
    /// What they count beside those of the text, which count 1.
    pub weight: f32,
}

/// A field of a query.
#[derive(Clone, Debug)]
pub(super) struct QueryField {
    pub(super) name: Arc<str>,
    pub(super) number: usize,
    /// What one occurrence of a term counts, by the field's encoded length: weight / (1 - b + b * length / mean).
    pub(super) gain: Arc<[f32; 256]>,
}

/// What a search by words found.
#[derive(Clone, Debug, Default)]
pub struct WordsHits {
    /// The best, best first.
    pub top: Vec<WordsHit>,
    /// All that match.
    pub matched: RowSet,
    /// How many match.
    pub total: usize,
    /// Of those, how many have every known term of the query.
    pub complete: usize,
}

/// An item found by words.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct WordsHit {
    /// The item.
    pub row: Row,
    /// Its score.
    pub score: f32,
    /// Share of the weight of all terms of the query (unknown ones included) that it has, 0 to 1.
    pub coverage: f32,
}

impl WordsQuery {
    /// The terms, in order of the query; facts for choosing fusion weights.
    pub fn terms(&self) -> &[QueryTerm] {
        &self.terms
    }

    /// The score that no item can quite reach: every term saturated. Scores divided by it are comparable between
    /// queries.
    pub fn score_max(&self) -> f32 {
        self.weight * (K1 + 1.0)
    }

    /// Share of the query's weight that lies on terms some item has, 0 to 1; 0 for a query without terms.
    pub fn known(&self) -> f32 {
        if self.weight > 0.0 { self.weight_known / self.weight } else { 0.0 }
    }

    /// Alternatives together: slices of terms that share a position.
    pub(super) fn groups(&self) -> impl Iterator<Item = &[QueryTerm]> {
        self.terms.chunk_by(|left, right| left.position == right.position)
    }

    pub(crate) fn new(
        snapshot: &WordsSnapshot,
        slots: &Slots,
        config: &IndexConfig,
        text: &str,
        expansions: &[Expansion],
        weights: &FieldWeights,
    ) -> Result<Self> {
        let fields = query_fields(snapshot, slots, config, weights)?;
        let (mut terms, counts) = query_terms(&*config.analyzer, text, expansions);
        let documents = snapshot.searcher.num_docs();
        for (term, count) in terms.iter_mut().zip(counts) {
            for field in &fields {
                let frequency = snapshot.searcher.doc_freq(&lookup_term(&snapshot.fields, &term.term, field.number))?;
                term.document_frequency = term.document_frequency.max(frequency.min(documents));
            }
            term.idf = count * idf(documents, term.document_frequency);
        }
        let mut query = Self { terms, fields, weight: 0.0, weight_known: 0.0 };
        let known = |group: &[QueryTerm]| group.iter().any(|term| term.document_frequency > 0);
        query.weight = query.groups().map(group_weight).sum();
        query.weight_known = query.groups().filter(|group| known(group)).map(group_weight).sum();
        Ok(query)
    }

    pub(super) fn term(&self, snapshot: &WordsSnapshot, term: &QueryTerm, field: &QueryField) -> Term {
        lookup_term(&snapshot.fields, &term.term, field.number)
    }
}

/// How many items have all the words of a text, at most: of its terms the rarest, each counted in the field where it is most
/// frequent.
pub(crate) fn frequency(snapshot: &WordsSnapshot, slots: &Slots, config: &IndexConfig, text: &str) -> Result<u64> {
    let (terms, _) = query_terms(&*config.analyzer, text, &[]);
    let searched = |name: &str| name == well_known::ID || config.weight(name, ValueKind::Text) > 0.0;
    let fields: Vec<usize> =
        slots.names().iter().enumerate().filter(|(_, name)| searched(name)).map(|(number, _)| number).collect();
    let mut least = None;
    for term in &terms {
        let mut most = 0;
        for field in &fields {
            most = most.max(snapshot.searcher.doc_freq(&lookup_term(&snapshot.fields, &term.term, *field))?);
        }
        least = Some(least.map_or(most, |least: u64| least.min(most)));
    }
    Ok(least.unwrap_or(0))
}

/// What a group of alternatives weighs: as much as the rarest that is known, so that an item can reach it.
pub(super) fn group_weight(group: &[QueryTerm]) -> f32 {
    let known = group.iter().filter(|term| term.document_frequency > 0).map(|term| term.idf).fold(0.0, f32::max);
    if known > 0.0 { known } else { group.iter().map(|term| term.idf).fold(0.0, f32::max) }
}

/// Inverse document frequency, as in Lucene: ln(1 + (N - n + 0.5) / (n + 0.5)), never negative.
fn idf(documents: u64, frequency: u64) -> f32 {
    let (documents, frequency) = (documents as f32, frequency as f32);
    (1.0 + (documents - frequency + 0.5) / (frequency + 0.5)).ln()
}

/// The terms of a text and its expansions in order of position, and what each counts. The words of an expansion become
/// alternatives of the words they stand for, one by one; those there are too many of, of the last.
fn query_terms(analyzer: &dyn Analyzer, text: &str, expansions: &[Expansion]) -> (Vec<QueryTerm>, Vec<f32>) {
    let mut terms: Vec<(QueryTerm, f32)> = Vec::new();
    let mut spans: Vec<((usize, usize), u32)> = Vec::new();
    let mut add = |term: &str, position: u32, count: f32| {
        let is_new = terms.iter().all(|(known, _)| *known.term != *term);
        if terms.len() < TERMS_MAX && is_new {
            terms.push((QueryTerm { term: Arc::from(term), position, document_frequency: 0, idf: 0.0 }, count));
        }
    };
    analyzer.analyze_query(text, Language::guess(text), &mut |token| {
        spans.push((token.span, token.position));
        add(token.term, token.position, 1.0);
    });
    for expansion in expansions {
        let (from, to) = expansion.span;
        let inside = spans.iter().filter(|(span, _)| from <= span.0 && span.1 <= to).map(|(_, position)| *position);
        let (Some(first), Some(last)) = (inside.clone().min(), inside.max()) else { continue };
        analyzer.analyze_query(&expansion.text, Language::guess(&expansion.text), &mut |token| {
            add(token.term, first.saturating_add(token.position).min(last), expansion.weight);
        });
    }
    terms.sort_by_key(|(term, _)| term.position);
    terms.into_iter().unzip()
}

fn query_fields(
    snapshot: &WordsSnapshot,
    slots: &Slots,
    config: &IndexConfig,
    weights: &FieldWeights,
) -> Result<Vec<QueryField>> {
    let mut fields = Vec::new();
    for (number, name) in slots.names().iter().enumerate() {
        let asked = weights.0.iter().rev().find(|(asked, _)| asked == name).map(|(_, weight)| *weight);
        let weight =
            asked.unwrap_or_else(|| if **name == *well_known::ID { 1.0 } else { config.weight(name, ValueKind::Text) });
        let mean = mean_length(snapshot, number)?;
        if weight > 0.0 && mean > 0.0 {
            let gain = std::array::from_fn(|id| {
                let length = tantivy::fieldnorm::FieldNormReader::id_to_fieldnorm(id as u8) as f32;
                weight / (1.0 - B + B * length / mean)
            });
            fields.push(QueryField { name: Arc::clone(name), number, gain: Arc::new(gain) });
        }
    }
    Ok(fields)
}

/// Mean length of a field in terms, over the items that have it at all or not.
fn mean_length(snapshot: &WordsSnapshot, number: usize) -> Result<f32> {
    let field = super::slots::field_of(&snapshot.fields, number);
    let (mut terms, mut documents) = (0, 0);
    for segment in snapshot.searcher.segment_readers() {
        terms += segment.inverted_index(field)?.total_num_tokens();
        documents += u64::from(segment.max_doc());
    }
    Ok(terms as f32 / documents.max(1) as f32)
}
