use std::cmp::Ordering;

use types::Row;

use super::Vectors;
use super::chunk::{CHUNK, Query};
use crate::row_set::Bits;
use crate::{Result, RowSet};

/// Rows up to which a scan is always taken.
const SCAN_ALWAYS: usize = 50_000;
/// A graph search costs as much as scanning this many rows, and more by 1 / the share of rows that pass the filter.
const GRAPH_COST: f64 = 12_000.0;

impl Vectors {
    /// The `k` nearest of `allowed`, nearest first, ties by row.
    pub(crate) fn search(&self, query: &Query, allowed: &RowSet, k: usize) -> Result<Vec<(Row, f32)>> {
        let mut candidates = RowSet::clone(&self.present);
        candidates.intersect(allowed);
        // More than asked for: the codes' error may have swapped neighbours at the edge.
        let depth = k + (k / 4).max(32);
        let mut found = match self.graph.as_ref().filter(|_| self.prefers_graph(candidates.len())) {
            Some(graph) => {
                let passes = |row: Row| candidates.contains(row) && self.covered.contains(row);
                let mut rows = graph.search(query, depth, passes)?;
                candidates.subtract(&self.covered);
                rows.extend(self.scan(query, &candidates, depth));
                rows
            }
            None => self.scan(query, &candidates, depth),
        };
        found.sort_unstable();
        found.dedup();
        let mut buffer = Vec::new();
        let similarity = |row| self.place(row).map(|(chunk, at)| (row, chunk.similarity(at, query, &mut buffer)));
        let mut nearest: Vec<(Row, f32)> = found.into_iter().filter_map(similarity).collect();
        nearest.sort_unstable_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
        nearest.truncate(k);
        Ok(nearest)
    }

    /// The cosine of each of `rows`.
    pub(crate) fn similarities(&self, query: &Query, rows: &[Row]) -> Vec<Option<f32>> {
        let mut buffer = Vec::new();
        let similarity = |row: &Row| self.place(*row).map(|(chunk, at)| chunk.similarity(at, query, &mut buffer));
        rows.iter().map(similarity).collect()
    }

    fn prefers_graph(&self, allowed: usize) -> bool {
        let share = allowed as f64 / self.present.len().max(1) as f64;
        allowed > SCAN_ALWAYS && GRAPH_COST / share < allowed as f64
    }

    /// The `depth` nearest of `rows` by their codes, in no order.
    fn scan(&self, query: &Query, rows: &RowSet, depth: usize) -> Vec<Row> {
        const WORDS: usize = CHUNK / 64;
        let mut best = Best { kept: Vec::with_capacity(2 * depth), depth, least: f32::NEG_INFINITY };
        for (at, chunk) in self.chunks.iter().enumerate() {
            let Some(chunk) = chunk else { continue };
            for word in 0..WORDS {
                for bit in Bits(rows.word(at * WORDS + word)) {
                    let offset = word * 64 + bit as usize;
                    best.push(Row((at * CHUNK + offset) as u32), chunk.approximate(offset, query));
                }
            }
        }
        best.shrink();
        best.kept.into_iter().map(|(row, _)| row).collect()
    }
}

/// Keeps the `depth` most similar of a stream of rows in ascending order.
struct Best {
    kept: Vec<(Row, f32)>,
    depth: usize,
    least: f32,
}

impl Best {
    #[inline]
    fn push(&mut self, row: Row, similarity: f32) {
        if similarity > self.least {
            self.kept.push((row, similarity));
            if self.kept.len() == 2 * self.depth {
                self.shrink();
            }
        }
    }

    fn shrink(&mut self) {
        let by_similarity = |left: &(Row, f32), right: &(Row, f32)| -> Ordering {
            right.1.total_cmp(&left.1).then(left.0.cmp(&right.0))
        };
        if self.depth < self.kept.len() {
            let (_, last, _) = self.kept.select_nth_unstable_by(self.depth - 1, by_similarity);
            self.least = last.1;
            self.kept.truncate(self.depth);
        }
    }
}
