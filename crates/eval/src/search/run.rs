use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use types::{FieldError, ItemId};

use crate::{Result, lines};

/// What a search method answered to every query: the results in order, with their scores.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Run {
    /// One answer a query.
    pub answers: Vec<Answer>,
}

/// The answer to one query.
#[derive(Clone, PartialEq, Debug)]
pub struct Answer {
    /// The query.
    pub query: Arc<str>,
    /// The results, best first.
    pub items: Vec<(ItemId, f32)>,
}

impl Run {
    /// The run as a table: `query_id`, `item_id`, `rank`, `score`, parted by tabs.
    pub fn to_tsv(&self) -> String {
        let mut text = String::from("query_id\titem_id\trank\tscore\n");
        for answer in &self.answers {
            for ((item, score), rank) in answer.items.iter().zip(1..) {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{}\t{item}\t{rank}\t{score}", answer.query);
            }
        }
        text
    }

    /// Writes the table of [`Run::to_tsv`].
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        lines::write(path, &self.to_tsv())
    }

    /// Reads a table that [`Run::write`] wrote, or any with the columns `query_id`, `item_id` and `rank`, or a run as TREC
    /// writes it (query, `Q0`, item, rank, score, name). Ranks decide the order.
    ///
    /// # Errors
    /// Where the file cannot be read or a line is not what it should be.
    pub fn read(path: &Path) -> Result<Self> {
        let mut rows = Rows::default();
        if is_trec(path)? {
            lines::each(path, |_, line| {
                let fields: Vec<&str> = line.split_whitespace().collect();
                let &[query, _, item, rank, score, _] = fields.as_slice() else {
                    return Err(FieldError::new("run_invalid", "line", "query, Q0, item, rank, score, name", line));
                };
                rows.add(query, item, rank, score)
            })?;
        } else {
            lines::each_row(path, b'\t', ["query_id", "item_id", "rank", "score?"], |[query, item, rank, score]| {
                rows.add(query, item, rank, score)
            })?;
        }
        Ok(rows.into_run())
    }
}

/// Whether the first line has the six fields of a TREC run.
fn is_trec(path: &Path) -> Result<bool> {
    let mut trec = None;
    lines::each(path, |_, line| {
        trec.get_or_insert_with(|| line.split_whitespace().count() == 6 && line.contains("Q0"));
        Ok(())
    })?;
    Ok(trec.unwrap_or(false))
}

#[derive(Default)]
struct Rows {
    order: Vec<Arc<str>>,
    items: FxHashMap<Arc<str>, Vec<(u64, ItemId, f32)>>,
}

impl Rows {
    fn add(&mut self, query: &str, item: &str, rank: &str, score: &str) -> std::result::Result<(), FieldError> {
        let number: u64 = rank.parse().map_err(|_| FieldError::new("rank_invalid", "rank", "a whole number", rank))?;
        let item = ItemId::new(item).map_err(|error| FieldError { field: "item_id".to_owned(), ..error })?;
        if !self.items.contains_key(query) {
            self.order.push(Arc::from(query));
            self.items.insert(Arc::from(query), Vec::new());
        }
        if let Some(items) = self.items.get_mut(query) {
            items.push((number, item, score.parse().unwrap_or(0.0)));
        }
        Ok(())
    }

    fn into_run(mut self) -> Run {
        let answers = self.order.into_iter().map(|query| {
            let mut items = self.items.remove(&query).unwrap_or_default();
            items.sort_by_key(|(rank, _, _)| *rank);
            Answer { query, items: items.into_iter().map(|(_, item, score)| (item, score)).collect() }
        });
        Run { answers: answers.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_reads_back_and_trec_is_understood() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run.tsv");
        let item = |id: &str| ItemId::new(id).unwrap();
        let run = Run {
            answers: vec![
                Answer { query: Arc::from("1"), items: vec![(item("a b"), 2.5), (item("茶"), 1.0)] },
                Answer { query: Arc::from("2"), items: vec![(item("c"), 0.1)] },
            ],
        };
        run.write(&path).unwrap();
        assert_eq!(Run::read(&path).unwrap(), run);
        fs_err::write(&path, "2 Q0 x 2 1.5 bm25\n2 Q0 y 1 2.5 bm25\n").unwrap();
        assert_eq!(Run::read(&path).unwrap().answers[0].items, [(item("y"), 2.5), (item("x"), 1.5)]);
        fs_err::write(&path, "query_id\titem_id\trank\n1\ta\tfirst\n").unwrap();
        assert!(
            Run::read(&path).unwrap_err().to_string().ends_with("line 2: `rank`: expected a whole number, got first")
        );
    }
}
