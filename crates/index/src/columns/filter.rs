use std::sync::Arc;

use types::{Comparison, Filter, Literal, Row, ValueKind};

use super::Columns;
use super::chunks::{CHUNK, Chunks};
use super::column::{Column, Data, PATH_SEPARATOR};
use super::dictionary::{Cell, Dictionary, PerCell};
use crate::{Result, RowSet};

impl Columns {
    /// The items that meet `filter`: the same as [`Filter::matches`] says, a column at a time.
    pub(crate) fn filter(&self, filter: &Filter) -> Result<RowSet> {
        Ok(match filter {
            Filter::And(parts) => {
                let mut all = RowSet::clone(self.alive());
                for part in parts {
                    all.intersect(&self.filter(part)?);
                }
                all
            }
            Filter::Or(parts) => {
                let mut any = RowSet::new();
                for part in parts {
                    any.unite(&self.filter(part)?);
                }
                any
            }
            Filter::Not(part) => self.except(&self.filter(part)?),
            Filter::Compare { attribute, comparison: Comparison::NotEqual, value } => {
                self.except(&self.column(attribute)?.compare(Comparison::Equal, std::slice::from_ref(value)))
            }
            Filter::Compare { attribute, comparison, value } => {
                self.column(attribute)?.compare(*comparison, std::slice::from_ref(value))
            }
            Filter::In { attribute, values } => self.column(attribute)?.compare(Comparison::Equal, values),
            Filter::Exists { attribute } => self.column(attribute)?.exists(),
            Filter::Under { attribute, path } => self.column(attribute)?.under(path),
            Filter::Inside { latitude, longitude, corners } => self.inside(latitude, longitude, corners),
        })
    }

    fn inside(&self, latitude: &str, longitude: &str, corners: &[(f64, f64)]) -> RowSet {
        let rows: Vec<Row> = self.alive().iter().collect();
        let places = self.numbers(latitude, &rows).into_iter().zip(self.numbers(longitude, &rows));
        let (south, north) = corners.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(south, north), corner| {
            (south.min(corner.0), north.max(corner.0))
        });
        // Most of a catalogue is told apart by its latitude alone.
        let is_inside = |latitude: f64, longitude: f64| {
            (south..=north).contains(&latitude) && types::is_inside(corners, latitude, longitude)
        };
        let inside = rows.iter().zip(places).filter(|(_, (latitude, longitude))| is_inside(*latitude, *longitude));
        inside.map(|(row, _)| *row).collect()
    }

    fn except(&self, rows: &RowSet) -> RowSet {
        let mut rest = RowSet::clone(self.alive());
        rest.subtract(rows);
        rest
    }
}

/// Values in a filter of which the answer is kept; longer lists hardly repeat.
const ASKED_MAX: usize = 64;

impl Column {
    /// Rows with a value that compares so with one of `literals`.
    fn compare(&self, comparison: Comparison, literals: &[Literal]) -> RowSet {
        if literals.len() > ASKED_MAX {
            return self.compare_all(comparison, literals);
        }
        self.found.rows(format!("{comparison:?} {literals:?}"), || self.compare_all(comparison, literals))
    }

    fn compare_all(&self, comparison: Comparison, literals: &[Literal]) -> RowSet {
        match &self.data {
            Data::Numbers(numbers) => {
                let wanted: Vec<f64> = literals.iter().filter_map(number).collect();
                match wanted.as_slice() {
                    // Absence is NaN, which compares with nothing.
                    [] => RowSet::new(),
                    [one] => numbers.rows_where(|own| comparison.holds(own, *one)),
                    several => numbers.rows_where(|own| several.iter().any(|one| comparison.holds(own, *one))),
                }
            }
            Data::Words(cells, dictionary) if comparison == Comparison::Equal => {
                let wanted = self.codes_of(dictionary, literals);
                rows_with(cells, dictionary, |code| wanted.contains(&code))
            }
            Data::Words(..) | Data::Presence(_) => RowSet::new(),
        }
    }

    fn codes_of(&self, dictionary: &Dictionary, literals: &[Literal]) -> Vec<u32> {
        let entries = dictionary.read();
        let words: Vec<&Arc<str>> = literals.iter().filter_map(word).collect();
        if self.kind == ValueKind::Keywords {
            return words.into_iter().filter_map(|word| entries.code(word)).collect();
        }
        let is_wanted = |code: &u32| {
            let path = entries.word(*code).replace(PATH_SEPARATOR, " > ");
            words.iter().any(|word| ***word == *path)
        };
        (0..entries.len() as u32).filter(is_wanted).collect()
    }

    fn exists(&self) -> RowSet {
        match &self.data {
            Data::Numbers(numbers) => numbers.rows_where(|own| !own.is_nan()),
            Data::Words(cells, _) => cells.rows_where(|cell| !cell.is_none()),
            Data::Presence(present) => present.rows_where(|present| present),
        }
    }

    fn under(&self, path: &[Arc<str>]) -> RowSet {
        self.found.rows(format!("under {path:?}"), || self.under_all(path))
    }

    fn under_all(&self, path: &[Arc<str>]) -> RowSet {
        let (Data::Words(cells, dictionary), ValueKind::Categories) = (&self.data, self.kind) else {
            return RowSet::new();
        };
        let prefix = path.join(PATH_SEPARATOR);
        let entries = dictionary.read();
        let below: Vec<bool> = (0..entries.len() as u32).map(|code| is_under(entries.word(code), &prefix)).collect();
        drop(entries);
        rows_with(cells, dictionary, |code| below.get(code as usize).copied().unwrap_or(false))
    }
}

/// Whether a joined path lies at or below another.
pub(super) fn is_under(path: &str, prefix: &str) -> bool {
    prefix.is_empty()
        || path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(PATH_SEPARATOR))
}

/// Rows that have a word whose code passes `test`, which is asked once a distinct cell instead of once a row.
fn rows_with(cells: &Chunks<Cell>, dictionary: &Dictionary, test: impl Fn(u32) -> bool) -> RowSet {
    let entries = dictionary.read();
    let mut passes = PerCell::<bool>::new(&entries);
    let cells_known: Vec<Cell> = passes.iter().map(|(cell, _)| cell).collect();
    for cell in cells_known {
        *passes.get_mut(cell) = entries.codes(&cell).any(&test);
    }
    cells.rows_where(|cell| passes.get(cell))
}

fn number(literal: &Literal) -> Option<f64> {
    match literal {
        Literal::Number(number) => Some(*number),
        Literal::Boolean(yes) => Some(f64::from(u8::from(*yes))),
        Literal::Text(_) => None,
    }
}

fn word(literal: &Literal) -> Option<&Arc<str>> {
    match literal {
        Literal::Text(word) => Some(word),
        Literal::Number(_) | Literal::Boolean(_) => None,
    }
}

impl<T: Copy + PartialEq> Chunks<T> {
    /// Rows whose value passes `test`; what was never set must fail it.
    fn rows_where(&self, test: impl Fn(T) -> bool) -> RowSet {
        let mut words = Vec::with_capacity(self.len() / 64);
        for chunk in self.chunks() {
            debug_assert_eq!(chunk.len(), CHUNK);
            for values in chunk.chunks_exact(64) {
                let bits = values.iter().enumerate().fold(0, |bits, (at, value)| bits | u64::from(test(*value)) << at);
                words.push(bits);
            }
        }
        RowSet::from_words(words)
    }

    /// Calls `visit` with the value of each of `rows`.
    pub(super) fn for_each_in(&self, rows: &RowSet, mut visit: impl FnMut(Row, T)) {
        const WORDS: usize = CHUNK / 64;
        for (at, chunk) in self.chunks().enumerate() {
            for word in 0..WORDS {
                let base = at * CHUNK + word * 64;
                for bit in crate::row_set::Bits(rows.word(at * WORDS + word)) {
                    visit(Row(base as u32 + bit), chunk[word * 64 + bit as usize]);
                }
            }
        }
    }
}
