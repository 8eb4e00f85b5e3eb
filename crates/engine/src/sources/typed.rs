use std::cmp::Ordering;
use std::sync::Arc;

use index::{Order, RowSet, Searcher, TypedHit, TypedHits, TypedPlace, TypedQuery};
use types::{Criterion, FewerWords, Reading, Row, SortOrder, SourceId, Tolerance, TypedSearch};

use super::{Source, depth};
use crate::Result;
use crate::core::Core;
use crate::fusion::QueryEvidence;
use crate::pipeline::{Candidates, Context, SourceError, expansions};

/// Hits whose positions are read: those that are first by what is known without.
const PLACED_MAX: usize = 1000;

/// Finds what has every word of the query, ordered criterion by criterion.
pub(crate) struct Typed;

impl Source for Typed {
    fn id(&self) -> SourceId {
        // It finds by words, and what else is said of the words holds for it.
        super::WORDS
    }

    fn retrieve(&self, context: &Context<'_>, out: &mut Candidates) -> std::result::Result<(), SourceError> {
        let Some(search) = &context.request.typed else { return Ok(()) };
        let failed = |error| SourceError::new("the word index could not be searched", error);
        let Found { query, mut hits, matched } = find(context, search).map_err(failed)?;
        let searcher = &context.view.searcher;
        let limit = depth(context).max(PLACED_MAX);
        order(searcher, search, context, &query, &mut hits, limit).map_err(failed)?;
        // What stands first has 1, and each place costs as much as the next.
        let places = hits.len().max(1) as f32;
        let list: Vec<(Row, f32)> =
            hits.iter().take(limit).enumerate().map(|(at, hit)| (hit.row, 1.0 - at as f32 / places)).collect();
        out.set_evidence(QueryEvidence { coverage: 1.0, complete: hits.len() });
        out.add(self.id(), list);
        out.add_matches(&matched);
        Ok(())
    }
}

/// Where the words of a query stand in texts.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TypedPlaces {
    /// The words as they were typed, folded.
    pub words: Vec<Arc<str>>,
    /// By text: bytes, and which word; in order. Terms that share bytes are told each.
    pub places: Vec<Vec<TypedPlace>>,
}

/// See [`crate::Shop::typed_places`].
pub(crate) fn typed_places(
    core: &Core,
    reading: Option<&Reading>,
    search: &TypedSearch,
    texts: &[&str],
) -> Result<TypedPlaces> {
    let Some(reading) = reading.filter(|_| !texts.is_empty()) else {
        return Ok(TypedPlaces { words: Vec::new(), places: vec![Vec::new(); texts.len()] });
    };
    let searcher = &core.view.load().searcher;
    let query = query_of(searcher, Some(reading), search)?;
    let words = query.words().iter().map(|word| Arc::clone(&word.text)).collect();
    Ok(TypedPlaces { words, places: searcher.typed_places(&query, texts) })
}

/// What is looked for where a query is read so.
fn query_of(searcher: &Searcher, reading: Option<&Reading>, search: &TypedSearch) -> index::Result<TypedQuery> {
    let text = reading.map_or("", |reading| &*reading.text);
    let skipped = match search.stop_words.as_slice() {
        [] => Vec::new(),
        languages => text::stop_words(text, languages),
    };
    searcher.typed_query(text, &reading.map(expansions).unwrap_or_default(), &skipped, search)
}

struct Found {
    query: TypedQuery,
    hits: Vec<TypedHit>,
    matched: RowSet,
}

/// All that match, in no order.
fn find(context: &Context<'_>, search: &TypedSearch) -> index::Result<Found> {
    let searcher = &context.view.searcher;
    let query = query_of(searcher, context.reading.as_deref(), search)?;
    let allowed = with_phrases(searcher, search, &query, within(searcher, search, &context.eligible))?;
    if query.is_empty() {
        let nothing = |row| TypedHit { row, words: 0, typos: 0, proximity: 0, attribute: 0, exact: 0 };
        // Signs alone stand for nothing that an item could have.
        let matched = if context.searched().is_empty() { allowed } else { RowSet::new() };
        return Ok(Found { query, hits: matched.iter().map(nothing).collect(), matched });
    }
    let mut found = searcher.search_typed(&query, &allowed)?;
    let mut query = query;
    for asked in (1..query.words().len()).rev() {
        if !found.hits.is_empty() || search.fewer_words == FewerWords::Never {
            break;
        }
        let all = query.words().len();
        query = query.with_optional(|at, _| match search.fewer_words {
            FewerWords::FromTheBeginning => at < all - asked,
            FewerWords::FromTheEnd => at >= asked,
            FewerWords::All | FewerWords::Never => true,
        });
        found = searcher.search_typed(&query, &allowed)?;
    }
    let TypedHits { hits, matched } = tolerated(found, search.tolerance);
    Ok(Found { query, hits, matched })
}

/// Those of `rows` that have the phrases asked for, and nothing that is excluded.
fn with_phrases(
    searcher: &Searcher,
    search: &TypedSearch,
    query: &TypedQuery,
    mut rows: RowSet,
) -> index::Result<RowSet> {
    for phrase in &search.phrases {
        rows = searcher.typed_phrase(query, phrase, &rows)?;
    }
    for excluded in &search.excluded {
        rows.subtract(&searcher.typed_phrase(query, excluded, &rows)?);
    }
    Ok(rows)
}

/// What lies within the radius around the shopper.
fn within(searcher: &Searcher, search: &TypedSearch, eligible: &RowSet) -> RowSet {
    let around = search.around.as_ref().and_then(|around| Some((around, around.radius?)));
    let Some((around, radius)) = around else { return eligible.clone() };
    let rows: Vec<Row> = eligible.iter().collect();
    let distances = distances(searcher, around, &rows);
    rows.into_iter().zip(distances).filter(|(_, distance)| *distance <= radius).map(|(row, _)| row).collect()
}

fn distances(searcher: &Searcher, around: &types::Around, rows: &[Row]) -> Vec<f64> {
    let (north, east) = (searcher.numbers(&around.latitude, rows), searcher.numbers(&around.longitude, rows));
    north.into_iter().zip(east).map(|(north, east)| around.distance(north, east)).collect()
}

fn tolerated(found: TypedHits, tolerance: Tolerance) -> TypedHits {
    let fewest = found.hits.iter().map(|hit| hit.typos).min().unwrap_or(0);
    let most = match tolerance {
        Tolerance::All => return found,
        Tolerance::Fewest => fewest,
        Tolerance::FewestAndOneMore => fewest.saturating_add(1),
    };
    let hits: Vec<TypedHit> = found.hits.into_iter().filter(|hit| hit.typos <= most).collect();
    TypedHits { matched: hits.iter().map(|hit| hit.row).collect(), hits }
}

/// Puts hits in order: first by the criteria up to the first one that needs positions, then the best `limit` by all.
fn order(
    searcher: &Searcher,
    search: &TypedSearch,
    context: &Context<'_>,
    query: &TypedQuery,
    hits: &mut Vec<TypedHit>,
    limit: usize,
) -> index::Result<()> {
    let criteria = criteria(searcher, search, context, hits)?;
    let mut places: Vec<usize> = (0..hits.len()).collect();
    if hits.len() > limit {
        let by_rough = |a: &usize, b: &usize| compare(&criteria, hits, *a, *b, false);
        places.select_nth_unstable_by(limit, by_rough);
        places.truncate(limit);
    }
    let mut best: Vec<TypedHit> = places.iter().map(|at| hits[*at]).collect();
    let needs_places = !query.is_empty()
        && criteria.iter().any(|one| matches!(one, Known::Proximity | Known::Attribute | Known::Exact));
    if needs_places {
        searcher.place_typed(query, &mut best)?;
    }
    places.iter().zip(&best).for_each(|(at, hit)| hits[*at] = *hit);
    places.sort_unstable_by(|a, b| compare(&criteria, hits, *a, *b, true));
    *hits = places.into_iter().map(|at| hits[at]).collect();
    Ok(())
}

/// A criterion with what it needs to know of each hit, by its place.
enum Known {
    Typos,
    Words,
    Proximity,
    Attribute,
    Exact,
    /// Smaller first.
    Numbers(Vec<f64>),
}

fn criteria(
    searcher: &Searcher,
    search: &TypedSearch,
    context: &Context<'_>,
    hits: &[TypedHit],
) -> index::Result<Vec<Known>> {
    let rows: Vec<Row> = hits.iter().map(|hit| hit.row).collect();
    let mut known = Vec::new();
    for criterion in &search.criteria {
        known.push(match criterion {
            Criterion::Typos => Known::Typos,
            Criterion::Words => Known::Words,
            Criterion::Proximity => Known::Proximity,
            Criterion::Attribute => Known::Attribute,
            Criterion::Exact => Known::Exact,
            Criterion::Distance => match &search.around {
                Some(around) => {
                    let steps = |distance: f64| (distance / around.precision.max(1.0)).floor();
                    Known::Numbers(distances(searcher, around, &rows).into_iter().map(steps).collect())
                }
                None => continue,
            },
            Criterion::Filters if search.raised.is_empty() => continue,
            Criterion::Filters => Known::Numbers(raised(searcher, search, &rows)?),
            Criterion::By(key) => match searcher.numbers(&key.attribute, &rows) {
                numbers if numbers.iter().any(|number| !number.is_nan()) => {
                    Known::Numbers(directed(numbers, key.order))
                }
                _ => Known::Numbers(by_words(searcher, key, context, &rows)?),
            },
        });
    }
    Ok(known)
}

/// Numbers so that the smaller come first in the order asked for; what has none comes last.
fn directed(numbers: Vec<f64>, order: SortOrder) -> Vec<f64> {
    let sign = if order == SortOrder::Descending { -1.0 } else { 1.0 };
    numbers.into_iter().map(|number| if number.is_nan() { f64::INFINITY } else { sign * number }).collect()
}

/// The place of each row in the order by an attribute that holds words; none where no item has it.
fn by_words(searcher: &Searcher, key: &types::SortKey, context: &Context<'_>, rows: &[Row]) -> index::Result<Vec<f64>> {
    if !context.view.searcher.attributes().contains(&key.attribute) {
        return Ok(vec![0.0; rows.len()]);
    }
    let all: RowSet = rows.iter().copied().collect();
    let order = Order { keys: std::slice::from_ref(key), grouped: false, limit: rows.len() };
    let sorted = searcher.sort(&all, &order, &|_| 0.0)?;
    let places: rustc_hash::FxHashMap<Row, usize> = sorted.iter().enumerate().map(|(at, row)| (*row, at)).collect();
    Ok(rows.iter().map(|row| places.get(row).map_or(f64::INFINITY, |at| *at as f64)).collect())
}

/// How much filters raise each row, negated.
fn raised(searcher: &Searcher, search: &TypedSearch, rows: &[Row]) -> index::Result<Vec<f64>> {
    let mut scores = vec![0.0; rows.len()];
    for (filter, score) in &search.raised {
        let kept = searcher.filter(filter)?;
        for (row, total) in rows.iter().zip(&mut scores) {
            if kept.contains(*row) {
                *total = if search.raised_sum { *total - f64::from(*score) } else { (-f64::from(*score)).min(*total) };
            }
        }
    }
    Ok(scores)
}

/// Compares two hits by their places, `fine` by everything, else by what comes before the first criterion that needs
/// positions and by what comes after it without them.
fn compare(criteria: &[Known], hits: &[TypedHit], a: usize, b: usize, fine: bool) -> Ordering {
    let (left, right) = (&hits[a], &hits[b]);
    let by = |criterion: &Known| match criterion {
        Known::Typos => left.typos.cmp(&right.typos),
        Known::Words => right.words.cmp(&left.words),
        Known::Attribute if fine => left.attribute.cmp(&right.attribute),
        // Without positions the attribute is known, the place in it not.
        Known::Attribute => (left.attribute / 1000).cmp(&(right.attribute / 1000)),
        Known::Proximity if fine => left.proximity.cmp(&right.proximity),
        Known::Exact if fine => right.exact.cmp(&left.exact),
        Known::Proximity | Known::Exact => Ordering::Equal,
        Known::Numbers(numbers) => numbers[a].total_cmp(&numbers[b]),
    };
    criteria.iter().map(by).find(|order| order.is_ne()).unwrap_or_else(|| left.row.cmp(&right.row))
}
