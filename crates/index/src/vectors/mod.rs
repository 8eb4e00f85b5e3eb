//! Vectors of one encoder by row: exact scans where few rows are in question, a graph where many are.

mod chunk;
mod graph;
mod kernel;
mod save;
mod search;

use std::sync::Arc;

use half::slice::HalfFloatSliceExt;
use types::Row;

use crate::columns::Chunks;
use crate::{EncoderConfig, Error, Result, RowSet};
use chunk::{CHUNK, Chunk};

pub(crate) use chunk::Query;
pub(crate) use graph::Graph;

/// Vectors from which on a graph is made: below, an exact scan is as fast.
const GRAPH_MIN: usize = 50_000;
/// Share of the vectors outside the graph at which it grows: scanning them costs about as much as the graph.
const TAIL_SHARE: usize = 20;

/// All vectors of one encoder. Clones share memory.
#[derive(Clone, Debug)]
pub(crate) struct Vectors {
    pub(crate) encoder: Arc<str>,
    pub(crate) dimensions: usize,
    chunks: Vec<Option<Arc<Chunk>>>,
    stamps: Chunks<u64>,
    present: Arc<RowSet>,
    graph: Option<Arc<Graph>>,
    /// Rows whose present vector the graph has.
    covered: Arc<RowSet>,
}

impl Vectors {
    pub(crate) fn new(config: &EncoderConfig) -> Self {
        Self {
            encoder: Arc::clone(&config.id),
            dimensions: config.dimensions,
            chunks: Vec::new(),
            stamps: Chunks::new(0),
            present: Arc::default(),
            graph: None,
            covered: Arc::default(),
        }
    }

    /// Checks a vector's length and numbers.
    pub(crate) fn query(&self, vector: &[f32]) -> Result<Query> {
        let bad = |got: String| {
            let (encoder, dimensions) = (Arc::clone(&self.encoder), self.dimensions);
            Error::BadVector { encoder, dimensions, got }
        };
        if vector.len() != self.dimensions {
            return Err(bad(format!("{} numbers", vector.len())));
        }
        Query::new(vector).ok_or_else(|| bad("all 0, or not finite".to_owned()))
    }

    pub(crate) fn set(&mut self, row: Row, stamp: u64, vector: &Query) {
        let at = row.index() / CHUNK;
        if self.chunks.len() <= at {
            self.chunks.resize(at + 1, None);
        }
        let chunk = self.chunks[at].get_or_insert_with(|| Arc::new(Chunk::empty(self.dimensions)));
        Arc::make_mut(chunk).set(row.index() % CHUNK, vector);
        self.stamps.set(row, stamp);
        if !self.present.contains(row) {
            Arc::make_mut(&mut self.present).insert(row);
        }
        if self.covered.contains(row) {
            Arc::make_mut(&mut self.covered).remove(row);
        }
    }

    pub(crate) fn remove(&mut self, row: Row) {
        if self.present.contains(row) {
            Arc::make_mut(&mut self.present).remove(row);
        }
        if self.covered.contains(row) {
            Arc::make_mut(&mut self.covered).remove(row);
        }
    }

    pub(crate) fn stamp(&self, row: Row) -> Option<u64> {
        self.present.contains(row).then(|| self.stamps.get(row))
    }

    pub(crate) fn vector(&self, row: Row) -> Option<Vec<f32>> {
        let (chunk, at) = self.place(row)?;
        let mut vector = vec![0.0; self.dimensions];
        chunk.exact(at, self.dimensions).convert_to_f32_slice(&mut vector);
        Some(vector)
    }

    /// Number of vectors, and how many of them are outside the graph.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let all = self.present.len();
        (all, all - self.covered.len())
    }

    /// Whether it is time for [`Graph::build`].
    pub(crate) fn wants_graph(&self) -> bool {
        let (all, outside) = self.counts();
        all >= GRAPH_MIN && outside >= GRAPH_MIN.min(all / TAIL_SHARE)
    }

    /// Builds the graph over what is here now.
    pub(crate) fn build_graph(&self, folder: &std::path::Path, file: &Arc<str>) -> Result<Graph> {
        Graph::build(self, folder, file)
    }

    /// Takes a graph that was built over `built` over; what has changed meanwhile stays outside it.
    pub(crate) fn adopt_graph(&mut self, graph: Arc<Graph>, built: &Self) {
        let mut covered = RowSet::clone(&built.present);
        covered.intersect(&self.present);
        for (at, chunk) in self.chunks.iter().enumerate() {
            let same = match (chunk, built.chunks.get(at).and_then(Option::as_ref)) {
                (Some(now), Some(then)) => Arc::ptr_eq(now, then),
                _ => true,
            };
            if !same {
                let rows = (0..CHUNK).map(|offset| Row((at * CHUNK + offset) as u32));
                rows.filter(|row| self.codes(*row) != built.codes(*row)).for_each(|row| covered.remove(row));
            }
        }
        self.graph = Some(graph);
        self.covered = Arc::new(covered);
    }

    fn codes(&self, row: Row) -> Option<&[i8]> {
        self.place(row).map(|(chunk, at)| chunk.codes(at, self.dimensions))
    }

    fn place(&self, row: Row) -> Option<(&Arc<Chunk>, usize)> {
        if !self.present.contains(row) {
            return None;
        }
        self.chunks.get(row.index() / CHUNK)?.as_ref().map(|chunk| (chunk, row.index() % CHUNK))
    }
}
