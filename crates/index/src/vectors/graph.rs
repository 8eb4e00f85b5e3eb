use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use rayon::prelude::*;
use types::Row;
use usearch::{Index, IndexOptions, MetricKind, ScalarKind};

use super::{Vectors, chunk::Query};
use crate::{Error, Result, RowSet};

/// Neighbours a node has, and how many are looked at when one is added: the usual middle of the road.
const CONNECTIVITY: usize = 16;
const EXPANSION_ADD: usize = 128;
/// Nodes looked at in a search at least.
const EXPANSION_SEARCH: usize = 96;
/// Searches that may run at once; more of them wait.
const THREADS: usize = 64;

/// A navigable graph over the codes of vectors (HNSW, by usearch), read in place from its file. It never changes: it
/// proposes candidates, and what has changed since is found by scanning.
pub(crate) struct Graph {
    index: Index,
    path: PathBuf,
    pub(crate) file: Arc<str>,
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Graph").field("file", &self.file).finish_non_exhaustive()
    }
}

impl Graph {
    /// Opens a graph's file.
    pub(crate) fn open(folder: &Path, file: &Arc<str>, dimensions: usize) -> Result<Self> {
        let path = folder.join(&**file);
        let index = empty(dimensions)?;
        index.view(&path.to_string_lossy()).map_err(failed)?;
        index.reserve_capacity_and_threads(index.size(), THREADS).map_err(failed)?;
        Ok(Self { index, path, file: Arc::clone(file) })
    }

    /// Makes the graph over all vectors there are now, from an earlier one where most of that is still right.
    pub(super) fn build(vectors: &Vectors, folder: &Path, file: &Arc<str>) -> Result<Self> {
        let index = empty(vectors.dimensions)?;
        let mut missing = RowSet::clone(&vectors.present);
        if let Some(earlier) = vectors.graph.as_ref().filter(|graph| graph.index.size() < 2 * vectors.covered.len()) {
            index.load(&earlier.path.to_string_lossy()).map_err(failed)?;
            missing.subtract(&vectors.covered);
        }
        let rows: Vec<Row> = missing.iter().collect();
        index.reserve_capacity_and_threads(index.size() + rows.len(), THREADS).map_err(failed)?;
        for row in &rows {
            if index.contains(u64::from(row.0)) {
                index.remove(u64::from(row.0)).map_err(failed)?;
            }
        }
        let failure = Mutex::new(None);
        rows.par_iter().for_each(|row| {
            if let Some(Err(error)) = vectors.codes(*row).map(|codes| index.add(u64::from(row.0), codes)) {
                *failure.lock() = Some(error);
            }
        });
        if let Some(error) = failure.into_inner() {
            return Err(failed(error));
        }
        index.save(&folder.join(&**file).to_string_lossy()).map_err(failed)?;
        drop(index);
        Self::open(folder, file, vectors.dimensions)
    }

    /// About `count` rows near the query among those that pass `allowed`.
    pub(super) fn search(&self, query: &Query, count: usize, allowed: impl Fn(Row) -> bool) -> Result<Vec<Row>> {
        let found =
            self.index.filtered_search(&query.codes, count.max(EXPANSION_SEARCH), |row| allowed(Row(row as u32)));
        Ok(found.map_err(failed)?.keys.into_iter().map(|row| Row(row as u32)).collect())
    }
}

fn empty(dimensions: usize) -> Result<Index> {
    let options = IndexOptions {
        dimensions,
        metric: MetricKind::Cos,
        quantization: ScalarKind::I8,
        connectivity: CONNECTIVITY,
        expansion_add: EXPANSION_ADD,
        expansion_search: EXPANSION_SEARCH,
        multi: false,
    };
    Index::new(&options).map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Graph(error.to_string())
}
