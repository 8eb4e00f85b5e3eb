use std::sync::Arc;

/// What a feature is: its name, what it is about, and the version that changes whenever its meaning does.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FeatureSpec {
    /// Stable name, such as `popularity`.
    pub name: &'static str,
    /// What it is about.
    pub scope: FeatureScope,
    /// Changes whenever the same input would give another value.
    pub version: u32,
}

/// What a feature is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FeatureScope {
    /// The item alone.
    Item,
    /// The item and the one who asks.
    ActorItem,
    /// The item and what was typed.
    QueryItem,
    /// The one who asks alone: the same for every candidate, and so only of use beside others.
    Actor,
    /// What was typed alone: the same for every candidate.
    Query,
}

impl FeatureScope {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Item => "item",
            Self::ActorItem => "shopper and item",
            Self::QueryItem => "query and item",
            Self::Actor => "shopper",
            Self::Query => "query",
        }
    }
}

/// The columns of [`FeatureRows`], in order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FeatureSchema(Arc<[FeatureSpec]>);

impl FeatureSchema {
    /// A schema of these columns.
    pub fn new(specs: impl IntoIterator<Item = FeatureSpec>) -> Self {
        Self(specs.into_iter().collect())
    }

    /// The columns.
    pub fn specs(&self) -> &[FeatureSpec] {
        &self.0
    }

    /// Place of the column called `name`.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|spec| spec.name == name)
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        self.0.len()
    }
}

/// Feature values of a request's candidates: a dense matrix stored column by column, every value finite.
#[derive(Clone, Debug)]
pub struct FeatureRows {
    schema: FeatureSchema,
    rows: usize,
    values: Vec<f32>,
}

impl FeatureRows {
    /// A matrix of zeros with one row a candidate.
    pub fn zeros(schema: FeatureSchema, rows: usize) -> Self {
        let values = vec![0.0; rows * schema.width()];
        Self { schema, rows, values }
    }

    /// The columns' meaning.
    pub fn schema(&self) -> &FeatureSchema {
        &self.schema
    }

    /// Number of candidates.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// One feature of all candidates.
    ///
    /// # Panics
    /// Where there is no such column.
    pub fn column(&self, column: usize) -> &[f32] {
        &self.values[column * self.rows..(column + 1) * self.rows]
    }

    /// One feature of all candidates, to be filled.
    ///
    /// # Panics
    /// Where there is no such column.
    pub fn column_mut(&mut self, column: usize) -> &mut [f32] {
        &mut self.values[column * self.rows..(column + 1) * self.rows]
    }

    /// One feature of one candidate.
    ///
    /// # Panics
    /// Where there is no such column or row.
    pub fn value(&self, column: usize, row: usize) -> f32 {
        self.column(column)[row]
    }
}
