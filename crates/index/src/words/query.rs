use std::sync::Arc;

use tantivy::Term;
use types::{Analyzer, FieldWeights, Language, Lexical, Row, ValueKind, well_known};

use super::slots::lookup_term;
use super::values::{WholeValue, whole_values};
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
    /// Whole values that the query is, or has in it.
    pub(super) values: Vec<WholeValue>,
    pub(super) lexical: Lexical,
}

/// What a query is made of.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) text: &'a str,
    pub(crate) expansions: &'a [Expansion],
    pub(crate) weights: &'a FieldWeights,
    pub(crate) lexical: Lexical,
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
    pub(super) weight: f32,
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

    /// The score that no item can quite reach by its terms: all saturated. Scores divided by it are comparable between
    /// queries; phrases and whole values come on top.
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

    /// The weight of a field as a share of the heaviest one's.
    pub(super) fn field_share(&self, field: usize) -> f32 {
        let heaviest = self.fields.iter().map(|field| field.weight).fold(f32::MIN_POSITIVE, f32::max);
        self.fields[field].weight / heaviest
    }

    /// What a pair of neighbours adds, `nearness` of the way to side by side.
    pub(super) fn phrase_score(&self, pair_weight: f32, nearness: f32) -> f32 {
        self.lexical.phrase * (K1 + 1.0) * pair_weight * nearness
    }

    /// The least share of the known terms' weight that an item must have where enough items do.
    pub(super) fn minimum_match(&self) -> f32 {
        let known = self.groups().filter(|group| group.iter().any(|term| term.document_frequency > 0)).count();
        asked_of(known, &self.lexical)
    }

    /// The same query with every field at weight 1.
    pub(super) fn with_equal_fields(&self) -> Self {
        let mut query = self.clone();
        for field in &mut query.fields {
            field.gain = Arc::new(field.gain.map(|gain| gain / field.weight));
            field.weight = 1.0;
        }
        query
    }

    pub(crate) fn new(snapshot: &WordsSnapshot, slots: &Slots, config: &IndexConfig, asked: Asked<'_>) -> Result<Self> {
        let (fields, fields_all) = query_fields(snapshot, slots, config, asked.weights)?;
        let QueryTerms { mut terms, counts, mut spans } = query_terms(&*config.analyzer, asked);
        let documents = snapshot.searcher.num_docs();
        for (term, count) in terms.iter_mut().zip(counts) {
            for field in &fields {
                let frequency = snapshot.searcher.doc_freq(&lookup_term(&snapshot.fields, &term.term, field.number))?;
                term.document_frequency = term.document_frequency.max(frequency.min(documents));
            }
            term.idf = count * idf(documents, term.document_frequency);
        }
        let (values, lexical) = (Vec::new(), asked.lexical);
        let mut query = Self { terms, fields, weight: 0.0, weight_known: 0.0, values, lexical };
        let known = |group: &[QueryTerm]| group.iter().any(|term| term.document_frequency > 0);
        query.weight = query.groups().map(group_weight).sum();
        query.weight_known = query.groups().filter(|group| known(group)).map(group_weight).sum();
        if lexical.exact > 0.0 || lexical.number > 0.0 {
            spans.weigh(&query);
            query.values = whole_values(snapshot, config, asked.text, &fields_all, &spans)?;
        }
        Ok(query)
    }

    pub(super) fn term(&self, snapshot: &WordsSnapshot, term: &QueryTerm, field: &QueryField) -> Term {
        lookup_term(&snapshot.fields, &term.term, field.number)
    }
}

/// How many items have all the words of a text, at most: of its terms the rarest, each counted in the field where it is most
/// frequent.
pub(crate) fn frequency(snapshot: &WordsSnapshot, slots: &Slots, config: &IndexConfig, text: &str) -> Result<u64> {
    let asked = Asked { text, expansions: &[], weights: &FieldWeights::default(), lexical: Lexical::default() };
    let terms = query_terms(&*config.analyzer, asked).terms;
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

/// The share of the known terms' weight that an item is asked to have of a query of so many known words: `m (1 - 1/n)`, which
/// grows with the query and asks nothing of a single word.
pub(super) fn asked_of(known: usize, lexical: &Lexical) -> f32 {
    lexical.minimum_match * (1.0 - 1.0 / known.max(1) as f32)
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

/// The score of a term in an item by its weighted occurrences there, which come ever closer to what `idf` lets them count.
#[inline]
pub(super) fn saturated(idf: f32, count: f32) -> f32 {
    idf * (K1 + 1.0) * count / (K1 + count)
}

/// The terms of a text and its expansions.
struct QueryTerms {
    /// In order of position.
    terms: Vec<QueryTerm>,
    /// What each counts.
    counts: Vec<f32>,
    spans: Spans,
}

/// Which words of the text stand where, and what they weigh.
#[derive(Default)]
pub(super) struct Spans {
    /// Bytes, position, share of the query's weight (known after [`Spans::weigh`]).
    words: Vec<((usize, usize), u32, f32)>,
}

impl Spans {
    fn weigh(&mut self, query: &WordsQuery) {
        // Terms of one word share a position; the first of them speaks for it.
        self.words.dedup_by_key(|(_, position, _)| *position);
        for (_, position, share) in &mut self.words {
            let group = query.groups().find(|group| group[0].position == *position);
            *share = group.map_or(0.0, group_weight) / query.weight.max(f32::MIN_POSITIVE);
        }
    }

    /// The share of the query's weight that the words inside these bytes have.
    pub(super) fn share(&self, from: usize, to: usize) -> f32 {
        let inside = self.words.iter().filter(|(span, _, _)| from <= span.0 && span.0 < to);
        inside.map(|(_, _, share)| share).sum::<f32>().min(1.0)
    }
}

/// The terms of what is asked, and what each counts. The words of an expansion become alternatives of the words they stand
/// for, one by one; those there are too many of, of the last. No word is dropped for being
/// common (`the who`, `没有`): how rare it is says what it counts.
fn query_terms(analyzer: &dyn Analyzer, asked: Asked<'_>) -> QueryTerms {
    let Asked { text, expansions, .. } = asked;
    let mut terms: Vec<(QueryTerm, f32)> = Vec::new();
    let mut spans = Spans::default();
    let mut add = |term: &str, position: u32, count: f32| {
        let is_new = terms.iter().all(|(known, _)| *known.term != *term);
        if terms.len() < TERMS_MAX && is_new {
            terms.push((QueryTerm { term: Arc::from(term), position, document_frequency: 0, idf: 0.0 }, count));
        }
    };
    analyzer.analyze_query(text, Language::guess(text), &mut |token| {
        spans.words.push((token.span, token.position, 0.0));
        add(token.term, token.position, 1.0);
    });
    for expansion in expansions {
        let (from, to) = expansion.span;
        let inside =
            spans.words.iter().filter(|(span, _, _)| from <= span.0 && span.1 <= to).map(|(_, position, _)| *position);
        let (Some(first), Some(last)) = (inside.clone().min(), inside.max()) else { continue };
        analyzer.analyze_query(&expansion.text, Language::guess(&expansion.text), &mut |token| {
            add(token.term, first.saturating_add(token.position).min(last), expansion.weight);
        });
    }
    terms.sort_by_key(|(term, _)| term.position);
    let (terms, counts) = terms.into_iter().unzip();
    QueryTerms { terms, counts, spans }
}

/// The searched fields, and beside them those in which only whole values are looked for.
fn query_fields(
    snapshot: &WordsSnapshot,
    slots: &Slots,
    config: &IndexConfig,
    weights: &FieldWeights,
) -> Result<(Vec<QueryField>, Vec<QueryField>)> {
    let (mut fields, mut all) = (Vec::new(), Vec::new());
    for (number, name) in slots.names().iter().enumerate() {
        let asked = weights.0.iter().rev().find(|(asked, _)| asked == name).map(|(_, weight)| *weight);
        let weight =
            asked.unwrap_or_else(|| if **name == *well_known::ID { 1.0 } else { config.weight(name, ValueKind::Text) });
        let mean = mean_length(snapshot, number)?;
        if mean > 0.0 {
            let gain = std::array::from_fn(|id| {
                let length = tantivy::fieldnorm::FieldNormReader::id_to_fieldnorm(id as u8) as f32;
                weight / (1.0 - B + B * length / mean)
            });
            let field = QueryField { name: Arc::clone(name), number, weight, gain: Arc::new(gain) };
            if weight > 0.0 {
                fields.push(field.clone());
            }
            all.push(field);
        }
    }
    Ok((fields, all))
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
