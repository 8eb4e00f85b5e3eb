use std::sync::Arc;

use types::{Row, SortKey};

/// How to sort.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// The keys; the first decides.
    pub keys: &'a [SortKey],
    /// Whether only the first item of each group is kept.
    pub grouped: bool,
    /// Rows to return at most.
    pub limit: usize,
}

/// The groups that some rows fall into.
#[derive(Clone, Debug)]
pub struct Groups {}

impl Groups {
    /// How many groups there are; an item without a group is its own.
    pub fn total(&self) -> usize {
        todo!()
    }

    /// How many of the rows are in the group of `row`.
    pub fn count(&self, _row: Row) -> usize {
        todo!()
    }

    /// The id of the group of `row`; `None` where it is its own.
    pub fn id(&self, _row: Row) -> Option<Arc<str>> {
        todo!()
    }

    /// Keeps of `ordered` the first of each group.
    pub fn first_of_each(&self, _ordered: &[Row]) -> Vec<Row> {
        todo!()
    }
}
