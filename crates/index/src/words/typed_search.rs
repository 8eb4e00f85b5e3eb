use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, SegmentReader, TERMINATED};
use types::Row;

use super::WordsSnapshot;
use super::slots::{field_of, lookup_term};
use super::typed::{Alternative, TypedQuery, TypedWord};
use crate::{Result, RowSet};

/// Words farther apart than this are as good as anywhere.
const PROXIMITY_MAX: u16 = 8;
/// Words of an attribute that count as one place: its first few are all as good.
const PLACE_WORDS: u32 = 10;
/// Places of an attribute told apart.
const PLACES_MAX: u32 = 999;

/// What has all words of a query, as far as no positions are needed.
#[derive(Clone, Debug, Default)]
pub struct TypedHits {
    /// All that match.
    pub matched: RowSet,
    /// Each of them with what its words tell; `proximity`, the place in the attribute and `exact` are not known yet.
    pub hits: Vec<TypedHit>,
}

/// What the words tell of an item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TypedHit {
    /// The item.
    pub row: Row,
    /// Words of the query that it has.
    pub words: u8,
    /// Slips looked past, over all words.
    pub typos: u8,
    /// How far words that follow one another stand apart, summed; 1 a pair that stands side by side, at most 8.
    pub proximity: u16,
    /// Rank of the attribute in which the worst placed word stands best, times 1,000, and the place of that word in it, by
    /// tens.
    pub attribute: u32,
    /// Words that it has just as they were typed.
    pub exact: u8,
}

impl WordsSnapshot {
    /// Finds what has all words; see [`crate::Searcher::search_typed`].
    pub(crate) fn search_typed(&self, query: &TypedQuery, allowed: &RowSet) -> Result<TypedHits> {
        let mut found = TypedHits::default();
        let asked = query.words.iter().filter(|word| !word.is_optional).count();
        for (segment, rows) in self.searcher.segment_readers().iter().zip(&self.rows) {
            let mut tally = Tally::new(segment.max_doc() as usize);
            for word in &query.words {
                for (rank, alternative, postings) in self.cursors_of(query, word, segment)? {
                    tally.count(postings, u16::from(alternative.typos) << 8 | u16::from(rank));
                }
                tally.finish_word(!word.is_optional);
            }
            for (document, seen) in tally.documents() {
                let row = Row(rows.by_document[document as usize]);
                let is_alive = segment.alive_bitset().is_none_or(|alive| alive.is_alive(document));
                let is_asked = usize::from(seen.asked) == asked && (asked > 0 || seen.words > 0);
                if is_asked && is_alive && allowed.contains(row) {
                    found.matched.insert(row);
                    found.hits.push(TypedHit {
                        row,
                        words: seen.words,
                        typos: seen.typos,
                        proximity: 0,
                        attribute: u32::from(seen.rank) * (PLACES_MAX + 1),
                        exact: 0,
                    });
                }
            }
        }
        Ok(found)
    }

    /// Fills in what positions tell: proximity, places and exact words.
    pub(crate) fn place_typed(&self, query: &TypedQuery, hits: &mut [TypedHit]) -> Result<()> {
        let rows: Vec<Row> = hits.iter().map(|hit| hit.row).collect();
        for (at, segment) in self.searcher.segment_readers().iter().enumerate() {
            let documents = self.documents(at, segment, &rows);
            if documents.is_empty() {
                continue;
            }
            let mut words = Vec::new();
            for word in &query.words {
                words.push(self.placed_of(query, word, segment)?);
            }
            let mut places: Vec<Vec<Place>> = vec![Vec::new(); words.len()];
            for (document, asked) in documents {
                for (word, places) in words.iter_mut().zip(&mut places) {
                    places.clear();
                    word.iter_mut().for_each(|cursor| cursor.read(document, places));
                }
                let hit = &mut hits[asked];
                hit.proximity = proximity(&places);
                hit.attribute = attribute(query, &places);
                hit.exact = places.iter().filter(|places| places.iter().any(|place| place.is_exact)).count() as u8;
            }
        }
        Ok(())
    }

    /// All of `allowed` that have the terms of each place side by side in one of a query's attributes; none without places.
    pub(crate) fn side_by_side(&self, query: &TypedQuery, places: &[Vec<String>], allowed: &RowSet) -> Result<RowSet> {
        let mut found = RowSet::new();
        for (segment, rows) in self.searcher.segment_readers().iter().zip(&self.rows) {
            for (number, _) in &query.fields {
                let inverted = segment.inverted_index(field_of(&self.fields, *number))?;
                let mut cursors = Vec::with_capacity(places.len());
                for terms in places {
                    let mut placed = Vec::new();
                    for term in terms {
                        let term = lookup_term(&self.fields, term, *number);
                        placed.extend(inverted.read_postings(&term, IndexRecordOption::WithFreqsAndPositions)?);
                    }
                    cursors.push(placed);
                }
                let row = |document: u32| Row(rows.by_document[document as usize]);
                let is_alive = |document| segment.alive_bitset().is_none_or(|alive| alive.is_alive(document));
                let fits = |document: &u32| is_alive(*document) && allowed.contains(row(*document));
                found.unite(&documents_with(&mut cursors).into_iter().filter(fits).map(row).collect());
            }
        }
        Ok(found)
    }

    fn cursors_of<'a>(
        &self,
        query: &TypedQuery,
        word: &'a TypedWord,
        segment: &SegmentReader,
    ) -> Result<Vec<(u8, &'a Alternative, SegmentPostings)>> {
        let mut cursors = Vec::new();
        for (number, attribute) in &query.fields {
            let inverted = segment.inverted_index(field_of(&self.fields, *number))?;
            for alternative in word.alternatives.iter().filter(|one| one.typos == 0 || attribute.typos) {
                let term = lookup_term(&self.fields, &alternative.term, *number);
                if let Some(postings) = inverted.read_postings(&term, IndexRecordOption::Basic)? {
                    cursors.push((attribute.rank, alternative, postings));
                }
            }
        }
        Ok(cursors)
    }

    fn placed_of(&self, query: &TypedQuery, word: &TypedWord, segment: &SegmentReader) -> Result<Vec<Placed>> {
        let mut placed = Vec::new();
        for (field, (number, attribute)) in query.fields.iter().enumerate() {
            let inverted = segment.inverted_index(field_of(&self.fields, *number))?;
            for alternative in word.alternatives.iter().filter(|one| one.typos == 0 || attribute.typos) {
                let term = lookup_term(&self.fields, &alternative.term, *number);
                if let Some(postings) = inverted.read_postings(&term, IndexRecordOption::WithFreqsAndPositions)? {
                    placed.push(Placed { field, is_exact: alternative.is_exact, postings, positions: Vec::new() });
                }
            }
        }
        Ok(placed)
    }
}

/// The documents in which one of the first cursors stands, and one of each of the next one place further on.
fn documents_with(cursors: &mut [Vec<SegmentPostings>]) -> Vec<u32> {
    let Some((first, others)) = cursors.split_first_mut() else { return Vec::new() };
    let (mut found, mut positions, mut starts) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(document) = first.iter().map(DocSet::doc).min().filter(|document| *document != TERMINATED) {
        starts.clear();
        for cursor in first.iter_mut().filter(|cursor| cursor.doc() == document) {
            cursor.positions(&mut positions);
            starts.extend_from_slice(&positions);
            cursor.advance();
        }
        for (offset, cursors) in (1u32..).zip(others.iter_mut()) {
            let mut here = Vec::new();
            for cursor in cursors.iter_mut() {
                if cursor.doc() < document {
                    cursor.seek(document);
                }
                if cursor.doc() == document {
                    cursor.positions(&mut positions);
                    here.extend_from_slice(&positions);
                }
            }
            starts.retain(|start| here.contains(&(start + offset)));
        }
        if !starts.is_empty() {
            found.push(document);
        }
    }
    found
}

/// Where a word stands in an item.
#[derive(Clone, Copy)]
struct Place {
    field: usize,
    position: u32,
    is_exact: bool,
}

/// Positions of a term in one attribute, document by document.
struct Placed {
    field: usize,
    is_exact: bool,
    postings: SegmentPostings,
    positions: Vec<u32>,
}

impl Placed {
    fn read(&mut self, document: u32, out: &mut Vec<Place>) {
        if self.postings.doc() < document {
            self.postings.seek(document);
        }
        if self.postings.doc() == document {
            self.postings.positions(&mut self.positions);
            let place = |position: &u32| Place { field: self.field, position: *position, is_exact: self.is_exact };
            out.extend(self.positions.iter().map(place));
        }
    }
}

/// How far words that follow one another stand apart, summed over the pairs; backwards is one farther.
fn proximity(places: &[Vec<Place>]) -> u16 {
    let apart = |pair: &[Vec<Place>]| {
        let of = |left: &Place, right: &Place| match (left.field == right.field, right.position > left.position) {
            (false, _) => PROXIMITY_MAX,
            (true, true) => (right.position - left.position).min(u32::from(PROXIMITY_MAX)) as u16,
            (true, false) => (left.position - right.position + 1).min(u32::from(PROXIMITY_MAX)) as u16,
        };
        let pairs = pair[0].iter().flat_map(|left| pair[1].iter().map(move |right| of(left, right)));
        pairs.min().unwrap_or(PROXIMITY_MAX)
    };
    places.windows(2).map(apart).sum()
}

/// See [`TypedHit::attribute`].
fn attribute(query: &TypedQuery, places: &[Vec<Place>]) -> u32 {
    let of = |place: &Place| {
        let attribute = &query.fields[place.field].1;
        let position = if attribute.ordered { (place.position / PLACE_WORDS).min(PLACES_MAX) } else { 0 };
        u32::from(attribute.rank) * (PLACES_MAX + 1) + position
    };
    let best = |places: &Vec<Place>| places.iter().map(of).min();
    places.iter().filter_map(best).max().unwrap_or(0)
}

/// What the documents of a segment have, word after word.
struct Tally {
    seen: Vec<Seen>,
    /// The best way the word at hand was found: slips, then rank.
    best: Vec<u16>,
    touched: Vec<u32>,
}

#[derive(Clone, Copy, Default)]
struct Seen {
    words: u8,
    asked: u8,
    typos: u8,
    rank: u8,
}

impl Tally {
    fn new(documents: usize) -> Self {
        Self { seen: vec![Seen::default(); documents], best: vec![u16::MAX; documents], touched: Vec::new() }
    }

    fn count(&mut self, mut postings: SegmentPostings, way: u16) {
        let mut document = postings.doc();
        while document != TERMINATED {
            let best = &mut self.best[document as usize];
            if *best == u16::MAX {
                self.touched.push(document);
            }
            *best = way.min(*best);
            document = postings.advance();
        }
    }

    fn finish_word(&mut self, is_asked: bool) {
        for document in self.touched.drain(..) {
            let way = std::mem::replace(&mut self.best[document as usize], u16::MAX);
            let seen = &mut self.seen[document as usize];
            seen.words += 1;
            seen.asked += u8::from(is_asked);
            seen.typos = seen.typos.saturating_add((way >> 8) as u8);
            seen.rank = seen.rank.max((way & 0xFF) as u8);
        }
    }

    fn documents(&self) -> impl Iterator<Item = (u32, Seen)> {
        let seen = self.seen.iter().enumerate().filter(|(_, seen)| seen.words > 0);
        seen.map(|(document, seen)| (document as u32, *seen))
    }
}
