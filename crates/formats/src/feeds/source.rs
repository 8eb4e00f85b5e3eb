use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value};

use super::{Feed, FeedReader, Items, Terms};
use crate::{Rejected, RowSource, SourceError, SourceRow};

/// A file of a feed as rows that are documents of items.
pub struct FeedSource {
    source: Box<dyn RowSource>,
    reader: Box<dyn FeedReader>,
    terms: Terms,
    waiting: VecDeque<SourceRow>,
    ended: bool,
    last: u64,
}

impl FeedSource {
    /// Rows of `source`, read as `feed`. The source must be read from its first row on, for later rows may lean on it.
    pub fn new(source: Box<dyn RowSource>, feed: &dyn Feed, terms: Terms) -> Self {
        Self { source, reader: feed.reader(), terms, waiting: VecDeque::new(), ended: false, last: 0 }
    }

    fn take(&mut self, number: u64, data: &Map<String, Value>, items: Items) {
        let rows = items.found.into_iter().map(|found| {
            let fields = found.map_err(|error| Rejected::of_fields(number, error, data));
            SourceRow { number, offset: None, fields }
        });
        self.waiting.extend(rows);
    }
}

impl RowSource for FeedSource {
    fn next_row(&mut self) -> Result<Option<SourceRow>, SourceError> {
        loop {
            if let Some(row) = self.waiting.pop_front() {
                return Ok(Some(row));
            }
            if self.ended {
                return Ok(None);
            }
            let mut items = Items::default();
            match self.source.next_row()? {
                None => {
                    self.ended = true;
                    self.reader.finish(&self.terms, &mut items);
                    self.take(self.last, &Map::new(), items);
                }
                Some(SourceRow { fields: Ok(fields), number, .. }) => {
                    self.last = number;
                    self.reader.read(&fields, &self.terms, &mut items);
                    self.take(number, &fields, items);
                }
                refused => return Ok(refused),
            }
        }
    }

    fn columns(&self) -> Option<&[String]> {
        None
    }
}

/// Reads the first rows of a feed and tells in words what became of what, with examples.
pub fn preview(feed: &dyn Feed, rows: &[&Map<String, Value>], terms: &Terms) -> Vec<String> {
    let (mut reader, mut items) = (feed.reader(), Items::default());
    rows.iter().for_each(|row| reader.read(row, terms, &mut items));
    reader.finish(terms, &mut items);
    let mut fields: BTreeMap<(String, String), String> = BTreeMap::new();
    for (field, column, example) in items.origins {
        fields.entry((field, column)).or_insert(example);
    }
    let mut left_out: BTreeMap<(String, &str), u64> = BTreeMap::new();
    for part in items.left_out {
        *left_out.entry(part).or_default() += 1;
    }
    let fields = fields.into_iter().map(|((field, column), example)| {
        let example: String = example.chars().take(40).collect();
        format!("{field} ← `{column}`, such as {example}")
    });
    let left_out = left_out.into_iter().map(|((what, why), count)| format!("`{what}` is left out ({count}): {why}"));
    fields.chain(left_out).collect()
}
