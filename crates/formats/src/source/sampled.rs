use std::collections::VecDeque;

use serde_json::{Map, Value};

use super::{RowSource, SourceError, SourceRow};

/// A source whose first rows were read ahead, to guess a mapping from; gives them out again.
pub struct Sampled {
    ahead: VecDeque<SourceRow>,
    /// What went wrong while reading ahead; comes up after the rows read.
    broken: Option<SourceError>,
    source: Box<dyn RowSource>,
}

impl Sampled {
    /// Reads up to `count` rows ahead.
    pub fn new(mut source: Box<dyn RowSource>, count: usize) -> Self {
        let (mut ahead, mut broken) = (VecDeque::new(), None);
        while ahead.len() < count && broken.is_none() {
            match source.next_row() {
                Ok(Some(row)) => ahead.push_back(row),
                Ok(None) => break,
                Err(error) => broken = Some(error),
            }
        }
        Self { ahead, broken, source }
    }

    /// The readable ones among the rows read ahead and not given out yet.
    pub fn rows(&self) -> Vec<&Map<String, Value>> {
        self.ahead.iter().filter_map(|row| row.fields.as_ref().ok()).collect()
    }

    /// The source's columns, else every column of the rows read ahead, in order of appearance.
    pub fn columns_seen(&self) -> Vec<String> {
        if let Some(columns) = self.source.columns() {
            return columns.to_vec();
        }
        let mut columns: Map<String, Value> = Map::new();
        for name in self.rows().into_iter().flat_map(Map::keys) {
            if !columns.contains_key(name) {
                columns.insert(name.clone(), Value::Null);
            }
        }
        columns.into_iter().map(|(name, _)| name).collect()
    }
}

impl RowSource for Sampled {
    fn next_row(&mut self) -> Result<Option<SourceRow>, SourceError> {
        match (self.ahead.pop_front(), self.broken.take()) {
            (Some(row), broken) => {
                self.broken = broken;
                Ok(Some(row))
            }
            (None, Some(error)) => Err(error),
            (None, None) => self.source.next_row(),
        }
    }

    fn columns(&self) -> Option<&[String]> {
        self.source.columns()
    }
}
