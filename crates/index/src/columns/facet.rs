use std::cmp::Reverse;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use types::{Facet, FacetRange, FacetRequest, FacetStats, FacetValue, ValueKind};

use super::Columns;
use super::chunks::Chunks;
use super::column::{Data, PATH_SEPARATOR};
use super::dictionary::{Cell, Dictionary, PerCell};
use super::filter::is_under;
use crate::{Error, Result, RowSet};

/// Distinct numbers up to which a numeric facet lists them; a facet with more is for its stats and histogram.
const NUMBERS_LISTED_MAX: usize = 1_024;

impl Columns {
    /// Counts a facet over `rows`, exactly.
    pub(crate) fn facet(&self, rows: &RowSet, request: &FacetRequest) -> Result<Facet> {
        let column = self.column(&request.attribute)?;
        let mut facet = Facet {
            attribute: Arc::clone(&request.attribute),
            values: Vec::new(),
            distinct: 0,
            stats: None,
            histogram: Vec::new(),
        };
        match (&column.data, column.kind) {
            (Data::Words(cells, dictionary), ValueKind::Categories) => {
                let counts = count_categories(cells, dictionary, rows, request);
                top_values(&mut facet, counts.into_iter().collect(), request.limit);
            }
            (Data::Words(cells, dictionary), _) => {
                let counts = count_words(cells, dictionary, rows);
                let entries = dictionary.read();
                let counted = counts.iter().enumerate().filter(|(_, count)| **count > 0);
                let counts = counted.map(|(code, count)| (entries.word(code as u32), *count as usize)).collect();
                top_values(&mut facet, counts, request.limit);
            }
            (Data::Numbers(numbers), kind) => {
                let counts = count_numbers(numbers, rows);
                let named = counts.into_iter().map(|(number, count)| (number_name(number, kind), count)).collect();
                top_values(&mut facet, named, request.limit);
                if kind != ValueKind::Boolean {
                    facet.stats = stats(numbers, rows);
                    facet.histogram =
                        facet.stats.map_or(Vec::new(), |stats| histogram(numbers, rows, stats, request.bins));
                }
            }
            (Data::Presence(_), kind) => {
                let attribute = Arc::clone(&request.attribute);
                return Err(Error::UnsuitedAttribute { attribute, kind: kind.name(), wanted: "counted" });
            }
        }
        Ok(facet)
    }
}

/// Keeps the `limit` most frequent values, ties by value.
fn top_values<V: AsRef<str> + Ord>(facet: &mut Facet, mut counts: Vec<(V, usize)>, limit: usize) {
    facet.distinct = counts.len();
    let by_count =
        |left: &(V, usize), right: &(V, usize)| (Reverse(left.1), &left.0).cmp(&(Reverse(right.1), &right.0));
    if limit < counts.len() {
        counts.select_nth_unstable_by(limit, by_count);
        counts.truncate(limit);
    }
    counts.sort_unstable_by(by_count);
    facet.values =
        counts.into_iter().map(|(value, count)| FacetValue { value: Arc::from(value.as_ref()), count }).collect();
}

fn count_cells(cells: &Chunks<Cell>, dictionary: &Dictionary, rows: &RowSet) -> PerCell<u32> {
    let mut counts = PerCell::<u32>::new(&dictionary.read());
    cells.for_each_in(rows, |_, cell| *counts.get_mut(cell) += 1);
    counts
}

fn count_words(cells: &Chunks<Cell>, dictionary: &Dictionary, rows: &RowSet) -> Vec<u32> {
    let by_cell = count_cells(cells, dictionary, rows);
    let entries = dictionary.read();
    let mut by_code = vec![0; entries.len()];
    for (cell, count) in by_cell.iter().filter(|(_, count)| *count > 0) {
        entries.codes(&cell).for_each(|code| by_code[code as usize] += count);
    }
    by_code
}

/// Counts the categories one level below `under`, or all of a level; an item in several branches below the same one counts
/// once.
fn count_categories(
    cells: &Chunks<Cell>,
    dictionary: &Dictionary,
    rows: &RowSet,
    request: &FacetRequest,
) -> FxHashMap<String, usize> {
    let by_cell = count_cells(cells, dictionary, rows);
    let entries = dictionary.read();
    let under: &[Arc<str>] = if request.level.is_some() { &[] } else { &request.under };
    let (prefix, depth) = (under.join(PATH_SEPARATOR), request.level.unwrap_or(under.len() + 1));
    let mut counts = FxHashMap::default();
    let mut children: Vec<String> = Vec::new();
    for (cell, count) in by_cell.iter().filter(|(_, count)| *count > 0) {
        children.clear();
        entries.codes(&cell).for_each(|code| {
            let path = entries.word(code);
            let parts: Vec<&str> = path.split(PATH_SEPARATOR).take(depth).collect();
            if is_under(path, &prefix) && parts.len() == depth && !path.is_empty() {
                children.push(parts.join(" > "));
            }
        });
        children.sort_unstable();
        children.dedup();
        children.iter().for_each(|child| *counts.entry(child.clone()).or_insert(0) += count as usize);
    }
    counts
}

/// Counts distinct numbers; none where there are too many to list.
fn count_numbers(numbers: &Chunks<f64>, rows: &RowSet) -> Vec<(f64, usize)> {
    let mut counts: FxHashMap<u64, usize> = FxHashMap::default();
    numbers.for_each_in(rows, |_, number| {
        if !number.is_nan() && counts.len() <= NUMBERS_LISTED_MAX {
            // Adding 0 makes -0 and 0 the same number.
            *counts.entry((number + 0.0).to_bits()).or_insert(0) += 1;
        }
    });
    if counts.len() > NUMBERS_LISTED_MAX {
        return Vec::new();
    }
    counts.into_iter().map(|(bits, count)| (f64::from_bits(bits), count)).collect()
}

fn number_name(number: f64, kind: ValueKind) -> String {
    match kind {
        ValueKind::Boolean => (number != 0.0).to_string(),
        _ => number.to_string(),
    }
}

fn stats(numbers: &Chunks<f64>, rows: &RowSet) -> Option<FacetStats> {
    let (mut min, mut max, mut sum, mut count) = (f64::INFINITY, f64::NEG_INFINITY, 0.0, 0);
    numbers.for_each_in(rows, |_, number| {
        if !number.is_nan() {
            min = number.min(min);
            max = number.max(max);
            sum += number;
            count += 1;
        }
    });
    (count > 0).then(|| FacetStats { min, max, mean: sum / count as f64, count })
}

fn histogram(numbers: &Chunks<f64>, rows: &RowSet, stats: FacetStats, bins: usize) -> Vec<FacetRange> {
    if bins == 0 {
        return Vec::new();
    }
    let width = (stats.max - stats.min) / bins as f64;
    let mut counts = vec![0; bins];
    numbers.for_each_in(rows, |_, number| {
        if !number.is_nan() {
            // Where all are equal the width is 0 and the quotient NaN, which casts to bin 0.
            counts[(((number - stats.min) / width) as usize).min(bins - 1)] += 1;
        }
    });
    let edge = |bin: usize| if bin == bins { stats.max } else { stats.min + width * bin as f64 };
    counts
        .into_iter()
        .enumerate()
        .map(|(bin, count)| FacetRange { from: edge(bin), to: edge(bin + 1), count })
        .collect()
}
