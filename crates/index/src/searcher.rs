use std::collections::HashSet;
use std::sync::Arc;

use types::{Facet, FacetRequest, FieldWeights, Filter, Language, Lexical, Row, TermMatch, TypedSearch, WordsBoost};

use crate::columns::Columns;
use crate::vectors::Vectors;
use crate::words::{Asked, Slots, TypedPlace, TypedWords, WordsSnapshot, frequency, typed_phrase};
use crate::{
    Error, Expansion, Groups, IndexConfig, Order, Result, RowSet, TypedHit, TypedHits, TypedQuery, WordsHits,
    WordsParts, WordsQuery, highlight, snippet,
};

/// One immutable snapshot of an index. Cloning costs an `Arc`; later writes never show.
#[derive(Clone)]
pub struct Searcher(Arc<Snapshot>);

struct Snapshot {
    columns: Columns,
    slots: Slots,
    words: WordsSnapshot,
    vectors: Vec<Vectors>,
    config: Arc<IndexConfig>,
}

impl Searcher {
    pub(crate) fn new(
        columns: Columns,
        slots: Slots,
        words: WordsSnapshot,
        vectors: Vec<Vectors>,
        config: Arc<IndexConfig>,
    ) -> Self {
        Self(Arc::new(Snapshot { columns, slots, words, vectors, config }))
    }

    /// All items.
    pub fn all(&self) -> &RowSet {
        self.0.columns.alive()
    }

    /// Items that can be bought: available and not out of stock.
    pub fn buyable(&self) -> &RowSet {
        self.0.columns.buyable()
    }

    /// Names of all attributes known, the pseudo-attributes included, sorted.
    pub fn attributes(&self) -> Vec<Arc<str>> {
        self.0.columns.names()
    }

    /// Names of the attributes whose words are searched, in order of first sight.
    pub fn searched(&self) -> &[Arc<str>] {
        self.0.slots.names()
    }

    /// The items that meet `filter`.
    ///
    /// # Errors
    /// [`Error::UnknownAttribute`].
    pub fn filter(&self, filter: &Filter) -> Result<RowSet> {
        self.0.columns.filter(filter)
    }

    /// Counts a facet over `rows`, exactly. Of a numeric attribute with more than 1,024 distinct values only stats and
    /// histogram are given. Categories are counted one level below `request.under`.
    ///
    /// # Errors
    /// [`Error::UnknownAttribute`], or [`Error::UnsuitedAttribute`] for prose and images.
    pub fn facet(&self, rows: &RowSet, request: &FacetRequest) -> Result<Facet> {
        self.0.columns.facet(rows, request)
    }

    /// The first `order.limit` of `rows` by the keys of `order`; ties by the larger `score`, then by row. Items without
    /// an attribute come last in either direction; of several words the first counts.
    ///
    /// # Errors
    /// [`Error::UnknownAttribute`], or [`Error::UnsuitedAttribute`] for prose and images.
    pub fn sort(&self, rows: &RowSet, order: &Order<'_>, score: &dyn Fn(Row) -> f32) -> Result<Vec<Row>> {
        self.0.columns.sort(rows, order, score)
    }

    /// The number that each of `rows` has for an attribute (of money its units); NaN where it has none.
    pub fn numbers(&self, attribute: &str, rows: &[Row]) -> Vec<f64> {
        self.0.columns.numbers(attribute, rows)
    }

    /// Which groups `rows` fall into, with exact counts. An item without a group is its own.
    pub fn groups(&self, rows: &RowSet) -> Groups {
        self.0.columns.groups(rows)
    }

    /// Makes a query of a text, scored as by default. Weights not named in `fields` are the shop's.
    ///
    /// # Errors
    /// Where the word index cannot be read.
    pub fn words_query(&self, text: &str, fields: &FieldWeights) -> Result<WordsQuery> {
        self.expanded_query(text, &[], fields, Lexical::default())
    }

    /// [`Self::words_query`] with other words for parts of the text, scored as `lexical` says.
    ///
    /// # Errors
    /// Where the word index cannot be read.
    pub fn expanded_query(
        &self,
        text: &str,
        expansions: &[Expansion],
        fields: &FieldWeights,
        lexical: Lexical,
    ) -> Result<WordsQuery> {
        let Snapshot { words, slots, config, .. } = &*self.0;
        WordsQuery::new(words, slots, config, Asked { text, expansions, weights: fields, lexical })
    }

    /// In how many items the words of a text stand, at most; 0 where one of them stands in none.
    ///
    /// # Errors
    /// Where the word index cannot be read.
    pub fn frequency(&self, text: &str) -> Result<u64> {
        let Snapshot { words, slots, config, .. } = &*self.0;
        frequency(words, slots, config, text)
    }

    /// Finds by words: the `limit` best of `allowed` by score (ties by row), and all that match. Those that cover less
    /// than `cutoff` (0 to 1) of the weight of the query's known terms do not match, nor those that have less of a long query
    /// than [`Lexical::minimum_match`] asks for, where enough others have it. Phrases count for the best [`crate::PHRASED`].
    ///
    /// # Errors
    /// Where the word index cannot be read.
    pub fn search_words(&self, query: &WordsQuery, allowed: &RowSet, cutoff: f32, limit: usize) -> Result<WordsHits> {
        self.0.words.search(query, allowed, cutoff, limit)
    }

    /// The words' score of each of `rows`, 0 where nothing matches: the same number as [`Self::search_words`] gives (up
    /// to rounding) to those it counts phrases for.
    ///
    /// # Errors
    /// Where the word index cannot be read.
    pub fn score_words(&self, query: &WordsQuery, rows: &[Row]) -> Result<Vec<f32>> {
        self.0.words.scores(query, rows)
    }

    /// What each term and field adds to the words' score of `row`, largest first; with [`Self::explain_boosts`] they sum to
    /// the score.
    ///
    /// # Errors
    /// Where the word index cannot be read.
    pub fn explain_words(&self, query: &WordsQuery, row: Row) -> Result<Vec<TermMatch>> {
        self.0.words.explain(query, row)
    }

    /// What phrases and whole values add to the words' score of `row`, largest first.
    ///
    /// # Errors
    /// Where the word index cannot be read.
    pub fn explain_boosts(&self, query: &WordsQuery, row: Row) -> Result<Vec<WordsBoost>> {
        self.0.words.explain_boosts(query, row)
    }

    /// What the words' scores of `rows` are made of, to be scored again with other weights and strengths.
    ///
    /// # Errors
    /// Where the word index cannot be read.
    pub fn words_parts(&self, query: &WordsQuery, rows: &[Row]) -> Result<WordsParts> {
        self.0.words.parts(query, rows)
    }

    /// Makes a query of which every word is looked for, as a whole, as a beginning or past slips. Needs an index whose words
    /// are kept as they are written ([`IndexConfig::typed`]); elsewhere words are found as a whole alone.
    ///
    /// # Errors
    /// Where the word index cannot be read.
    pub fn typed_query(
        &self,
        text: &str,
        expansions: &[Expansion],
        skipped: &[(usize, usize)],
        search: &TypedSearch,
    ) -> Result<TypedQuery> {
        let Snapshot { words, slots, config, .. } = &*self.0;
        TypedQuery::new(words, slots, config, TypedWords { text, expansions, skipped, search })
    }

    /// All of `allowed` in which the words of `text` stand side by side, as they are, in one of a query's attributes; none for
    /// a text without words.
    ///
    /// # Errors
    /// Where the word index cannot be read.
    pub fn typed_phrase(&self, query: &TypedQuery, text: &str, allowed: &RowSet) -> Result<RowSet> {
        let places = typed_phrase(&*self.0.config.analyzer, text);
        self.0.words.side_by_side(query, &places, allowed)
    }

    /// Finds all of `allowed` that have every word of a query, but for optional ones, in no order.
    ///
    /// # Errors
    /// Where the word index cannot be read.
    pub fn search_typed(&self, query: &TypedQuery, allowed: &RowSet) -> Result<TypedHits> {
        self.0.words.search_typed(query, allowed)
    }

    /// Fills in what reading positions tells of some hits: some microseconds each.
    ///
    /// # Errors
    /// Where the word index cannot be read.
    pub fn place_typed(&self, query: &TypedQuery, hits: &mut [TypedHit]) -> Result<()> {
        self.0.words.place_typed(query, hits)
    }

    /// Where the words of a query stand in texts: of each text bytes, and which word; in order, and where terms share bytes
    /// each of them.
    pub fn typed_places(&self, query: &TypedQuery, texts: &[&str]) -> Vec<Vec<TypedPlace>> {
        query.places(&*self.0.config.analyzer, texts)
    }

    /// The `k` items of `allowed` nearest to `vector` under `encoder`, nearest first (ties by row), with their cosines.
    /// Exact, or through a graph (about .99 of the true ones) where there are many vectors and `allowed` keeps many.
    ///
    /// # Errors
    /// [`Error::UnknownEncoder`] or [`Error::BadVector`].
    pub fn search_vectors(&self, encoder: &str, vector: &[f32], allowed: &RowSet, k: usize) -> Result<Vec<(Row, f32)>> {
        let vectors = self.vectors(encoder)?;
        vectors.search(&vectors.query(vector)?, allowed, k)
    }

    /// The cosine between `vector` and each of `rows` under `encoder`; `None` for an item without a vector.
    ///
    /// # Errors
    /// [`Error::UnknownEncoder`] or [`Error::BadVector`].
    pub fn similarities(&self, encoder: &str, vector: &[f32], rows: &[Row]) -> Result<Vec<Option<f32>>> {
        let vectors = self.vectors(encoder)?;
        Ok(vectors.similarities(&vectors.query(vector)?, rows))
    }

    /// An item's vector under `encoder`, of length 1; `None` where it has none.
    pub fn vector(&self, encoder: &str, row: Row) -> Option<Vec<f32>> {
        self.vectors(encoder).ok()?.vector(row)
    }

    /// The stamp of an item's vector; see [`crate::Index::set_vector`].
    pub fn vector_stamp(&self, encoder: &str, row: Row) -> Option<u64> {
        self.vectors(encoder).ok()?.stamp(row)
    }

    /// `text` with what matches `query` between `<em>` and `</em>`, escaped for HTML; `None` where nothing matches.
    pub fn highlight(&self, query: &WordsQuery, text: &str, language: Language) -> Option<String> {
        highlight(&*self.0.config.analyzer, text, language, &terms(query))
    }

    /// The part of `text` of at most about `chars` characters where most of `query` stands, marked as by
    /// [`Self::highlight`], with `…` where it was cut; `None` where nothing matches.
    pub fn snippet(&self, query: &WordsQuery, text: &str, language: Language, chars: usize) -> Option<String> {
        snippet(&*self.0.config.analyzer, text, language, &terms(query), chars)
    }

    fn vectors(&self, encoder: &str) -> Result<&Vectors> {
        let found = self.0.vectors.iter().find(|vectors| *vectors.encoder == *encoder);
        found.ok_or_else(|| Error::UnknownEncoder(Arc::from(encoder)))
    }
}

fn terms(query: &WordsQuery) -> HashSet<&str> {
    query.terms().iter().map(|term| &*term.term).collect()
}
