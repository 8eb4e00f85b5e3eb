use std::sync::Arc;

use types::{FeatureSchema, Rng};

use super::TreesError;
use crate::Dataset;

/// Largest size of a feature's value, a label or a start: beyond it squares of gradients leave the numbers.
const SIZE_MAX: f32 = 1e15;
/// Largest weight.
const WEIGHT_MAX: f32 = 1e9;
/// Rounded gradients of so many rows still fit into 32 bits with some places each.
pub(super) const ROWS_MAX: usize = 1 << 28;

/// A column that trees are trained on: what must be the same when they serve.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TreeColumn {
    /// The feature's stable name.
    pub name: Arc<str>,
    /// The feature's version.
    pub version: u32,
}

/// What trees are trained on, column by column. Rows of one group (the candidates of one request) lie together.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TrainingRows {
    /// The columns.
    pub columns: Vec<TreeColumn>,
    /// One list of values a column, one value a row; NaN where it is missing, otherwise -1e15 to 1e15.
    pub values: Vec<Vec<f32>>,
    /// What is learnt, one a row: gains to rank by (0 for nothing, such as 1, .1, .01, 0), a probability or what
    /// happened (0 to 1), or a number.
    pub labels: Vec<f32>,
    /// How much each row counts, 0 to 1e9, such as an inverse propensity; empty for 1 each.
    pub weights: Vec<f32>,
    /// The score each row starts from, so that trees only correct it; empty for none.
    pub margins: Vec<f32>,
    /// Rows in each group, in order; empty where there are no groups.
    pub group_sizes: Vec<u32>,
    /// How much each group counts, on top of its rows' weights; empty for 1 each.
    pub group_weights: Vec<f32>,
}

impl TrainingRows {
    /// Rows of answered requests: each slate is a group, each gain a label.
    pub fn from_slates(schema: &FeatureSchema, data: &Dataset) -> Self {
        let columns: Vec<TreeColumn> = TreeColumn::of(schema);
        let slates = data.slates();
        let column = |column: usize| slates.iter().flat_map(|slate| slate.rows.column(column)).copied().collect();
        Self {
            values: (0..columns.len()).map(column).collect(),
            columns,
            labels: slates.iter().flat_map(|slate| &slate.gains).copied().collect(),
            group_sizes: slates.iter().map(|slate| slate.gains.len() as u32).collect(),
            ..Self::default()
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.labels.len()
    }

    /// Splits into the part to train on and about `share` (0 to 1) of the groups held out, drawn by chance; rows are
    /// drawn where there are no groups.
    ///
    /// # Errors
    /// Where lists that belong together differ in length or values are out of range.
    pub fn hold_out(&self, share: f64, rng: &mut Rng) -> Result<(Self, Self), TreesError> {
        self.check()?;
        let groups = self.groups();
        let held: Vec<bool> = groups.iter().map(|_| rng.unit() < share).collect();
        Ok((self.take(&groups, &held, false), self.take(&groups, &held, true)))
    }

    /// First and one-past-last row of each group; each row its own where there are no groups.
    pub(super) fn groups(&self) -> Vec<(usize, usize)> {
        if self.group_sizes.is_empty() {
            return (0..self.rows()).map(|row| (row, row + 1)).collect();
        }
        let mut start = 0;
        let bounds = self.group_sizes.iter().map(|size| {
            let group = (start, start + *size as usize);
            start = group.1;
            group
        });
        bounds.collect()
    }

    /// What a row counts: its weight times its group's.
    pub(super) fn row_weights(&self) -> Vec<f32> {
        let mut weights = if self.weights.is_empty() { vec![1.0; self.rows()] } else { self.weights.clone() };
        if !self.group_weights.is_empty() {
            for ((start, end), weight) in self.groups().into_iter().zip(&self.group_weights) {
                weights[start..end].iter_mut().for_each(|own| *own *= weight);
            }
        }
        weights
    }

    /// Whether everything has its length and range.
    pub(super) fn check(&self) -> Result<(), TreesError> {
        let rows = self.rows();
        if rows > ROWS_MAX {
            return Err(TreesError::TooManyRows { rows, rows_max: ROWS_MAX });
        }
        length("values", self.values.len(), self.columns.len())?;
        for (column, values) in self.columns.iter().zip(&self.values) {
            length(&column.name, values.len(), rows)?;
            let fits = |value: f32| value.is_nan() || value.abs() <= SIZE_MAX;
            value(&column.name, values, "missing or between -1e15 and 1e15", fits)?;
        }
        value("labels", &self.labels, "between -1e15 and 1e15", |label| label.abs() <= SIZE_MAX)?;
        let weighs = |weight: f32| (0.0..=WEIGHT_MAX).contains(&weight);
        if !self.weights.is_empty() {
            length("weights", self.weights.len(), rows)?;
            value("weights", &self.weights, "between 0 and 1e9", weighs)?;
        }
        if !self.margins.is_empty() {
            length("margins", self.margins.len(), rows)?;
            value("margins", &self.margins, "between -1e15 and 1e15", |margin| margin.abs() <= SIZE_MAX)?;
        }
        if !self.group_sizes.is_empty() {
            length("group_sizes in sum", self.group_sizes.iter().map(|size| *size as usize).sum(), rows)?;
        }
        if !self.group_weights.is_empty() {
            length("group_weights", self.group_weights.len(), self.group_sizes.len())?;
            value("group_weights", &self.group_weights, "between 0 and 1e9", weighs)?;
        }
        Ok(())
    }

    fn take(&self, groups: &[(usize, usize)], held: &[bool], wanted: bool) -> Self {
        let kept = || groups.iter().zip(held).filter(move |(_, held)| **held == wanted).map(|(group, _)| *group);
        let list = |list: &[f32]| -> Vec<f32> {
            if list.is_empty() { Vec::new() } else { kept().flat_map(|(a, b)| &list[a..b]).copied().collect() }
        };
        let of_groups = |is_kept: &dyn Fn(usize) -> bool| (0..groups.len()).filter(|group| is_kept(*group)).collect();
        let chosen: Vec<usize> = of_groups(&|group| held[group] == wanted);
        Self {
            columns: self.columns.clone(),
            values: self.values.iter().map(|values| list(values)).collect(),
            labels: list(&self.labels),
            weights: list(&self.weights),
            margins: list(&self.margins),
            group_sizes: chosen.iter().filter_map(|group| self.group_sizes.get(*group)).copied().collect(),
            group_weights: chosen.iter().filter_map(|group| self.group_weights.get(*group)).copied().collect(),
        }
    }
}

impl TreeColumn {
    /// The columns of a schema.
    pub fn of(schema: &FeatureSchema) -> Vec<Self> {
        let column = |spec: &types::FeatureSpec| Self { name: Arc::from(spec.name), version: spec.version };
        schema.specs().iter().map(column).collect()
    }
}

fn length(list: &str, got: usize, expected: usize) -> Result<(), TreesError> {
    if got == expected { Ok(()) } else { Err(TreesError::Length { list: Arc::from(list), expected, got }) }
}

fn value(list: &str, values: &[f32], expected: &'static str, fits: impl Fn(f32) -> bool) -> Result<(), TreesError> {
    match values.iter().position(|value| !fits(*value)) {
        None => Ok(()),
        Some(row) => Err(TreesError::Value { list: Arc::from(list), row, expected, got: values[row] }),
    }
}
