use std::sync::Arc;

/// Why trees were not trained, or a forest does not fit what it is given.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum TreesError {
    /// A setting is outside its range.
    #[error("setting {setting} is {got}, expected {expected}")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        got: f64,
    },
    /// Two lists that belong together differ in length.
    #[error("{list} has {got} entries, expected {expected}")]
    Length {
        /// The list, or the column's name.
        list: Arc<str>,
        /// How long it should be.
        expected: usize,
        /// How long it is.
        got: usize,
    },
    /// A number cannot be learnt from.
    #[error("{list}, row {row}: {got} is not {expected}")]
    Value {
        /// The list, or the column's name.
        list: Arc<str>,
        /// The row, or the group.
        row: usize,
        /// What is allowed.
        expected: &'static str,
        /// What stands there.
        got: f32,
    },
    /// The objective ranks, and the rows have no groups.
    #[error("ranking needs group_sizes")]
    NoGroups,
    /// No row with a weight, or no group with a better and a worse row.
    #[error("nothing to learn from: {rows} rows in {groups} groups, none with weight, or none better than another")]
    NothingToLearn {
        /// Rows looked at.
        rows: usize,
        /// Groups looked at.
        groups: usize,
    },
    /// Held-out rows cannot tell a good forest from a bad one.
    #[error(
        "nothing to judge by: {rows} held-out rows in {groups} groups, none with weight, or none better than another"
    )]
    NothingHeldOut {
        /// Rows held out.
        rows: usize,
        /// Groups held out.
        groups: usize,
    },
    /// More than fits.
    #[error("{rows} rows, at most {rows_max} are possible")]
    TooManyRows {
        /// Rows given.
        rows: usize,
        /// Rows possible.
        rows_max: usize,
    },
    /// A column is named that is not there.
    #[error("no column is called {name}")]
    UnknownColumn {
        /// The name.
        name: Arc<str>,
    },
    /// The forest was trained on other columns than it is to serve.
    #[error("column {place}: trained on {trained}, served with {served}")]
    Schema {
        /// Place of the column, from 0.
        place: usize,
        /// Name and version trained on, or `nothing`.
        trained: Arc<str>,
        /// Name and version served, or `nothing`.
        served: Arc<str>,
    },
}
