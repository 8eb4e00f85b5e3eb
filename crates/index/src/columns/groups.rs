use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use types::{Row, well_known};

use super::Columns;
use super::chunks::Chunks;
use super::column::Data;
use super::dictionary::{Cell, Dictionary};
use crate::RowSet;

/// The groups that some rows fall into.
#[derive(Clone, Debug)]
pub struct Groups {
    cells: Chunks<Cell>,
    dictionary: Dictionary,
    /// Members by code; an item has one group at most, so a cell is its code plus 1.
    members: Vec<u32>,
    total: usize,
}

impl Columns {
    /// Which groups `rows` fall into.
    pub(crate) fn groups(&self, rows: &RowSet) -> Groups {
        let (cells, dictionary) = self.group_cells();
        let mut members = vec![0u32; dictionary.read().len() + 1];
        cells.for_each_in(rows, |_, cell| members[cell.0 as usize] += 1);
        let grouped: usize = members.iter().skip(1).map(|count| *count as usize).sum();
        let groups = members.iter().skip(1).filter(|count| **count > 0).count();
        Groups { cells, dictionary, members, total: groups + rows.len() - grouped }
    }

    pub(super) fn group_cells(&self) -> (Chunks<Cell>, Dictionary) {
        match self.by_name.get(well_known::GROUP).map(|column| &column.data) {
            Some(Data::Words(cells, dictionary)) => (cells.clone(), dictionary.clone()),
            _ => (Chunks::new(Cell::NONE), Dictionary::default()),
        }
    }
}

impl Groups {
    /// How many groups there are; an item without a group is its own.
    pub fn total(&self) -> usize {
        self.total
    }

    /// How many of the rows are in the group of `row`.
    pub fn count(&self, row: Row) -> usize {
        match self.cells.get(row) {
            Cell::NONE => 1,
            cell => self.members.get(cell.0 as usize).map_or(0, |count| *count as usize),
        }
    }

    /// The id of the group of `row`; `None` where it is its own.
    pub fn id(&self, row: Row) -> Option<Arc<str>> {
        let entries = self.dictionary.read();
        entries.first(self.cells.get(row)).map(|code| Arc::clone(entries.word(code)))
    }

    /// Keeps of `ordered` the first of each group.
    pub fn first_of_each(&self, ordered: &[Row]) -> Vec<Row> {
        let mut seen = FxHashSet::default();
        let mut is_first = |row: &&Row| match self.cells.get(**row) {
            Cell::NONE => true,
            cell => seen.insert(cell),
        };
        ordered.iter().filter(|row| is_first(row)).copied().collect()
    }

    /// Puts behind each of `firsts` those of its group that follow in `ordered`, so that `most` of a group stand together.
    pub fn with_others(&self, firsts: &[Row], ordered: &[Row], most: usize) -> Vec<Row> {
        let mut others: FxHashMap<Cell, Vec<Row>> = firsts
            .iter()
            .map(|row| (self.cells.get(*row), Vec::new()))
            .filter(|(cell, _)| *cell != Cell::NONE)
            .collect();
        let firsts_known: FxHashSet<Row> = firsts.iter().copied().collect();
        for row in ordered.iter().filter(|row| !firsts_known.contains(*row)) {
            if let Some(others) = others.get_mut(&self.cells.get(*row)).filter(|others| others.len() + 1 < most) {
                others.push(*row);
            }
        }
        let together = |row: &Row| [vec![*row], others.remove(&self.cells.get(*row)).unwrap_or_default()].concat();
        firsts.iter().flat_map(together).collect()
    }
}
