use std::sync::Arc;

use index::RowSet;
use rustc_hash::FxHashMap;
use types::{Candidate, Found, Row, SourceId};

use crate::fusion::QueryEvidence;

/// Why a source found nothing; the answer goes on without it.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct SourceError {
    /// Fit to be shown to the caller.
    pub reason: String,
    /// What really happened, for the log.
    #[source]
    pub cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl SourceError {
    /// An error whose cause is logged but not shown.
    pub fn new(reason: &str, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self { reason: reason.to_owned(), cause: Some(Box::new(cause)) }
    }
}

/// What sources found: each source's own list, best first, without repeats inside a list.
#[derive(Default)]
pub struct Candidates {
    lists: Vec<List>,
    /// All items that answer the request, as far as sources can tell; what totals and facets count.
    matched: RowSet,
    evidence: Option<QueryEvidence>,
}

/// One source's list.
pub(crate) struct List {
    pub(crate) source: SourceId,
    pub(crate) hits: Vec<Candidate>,
    because: FxHashMap<Row, Arc<str>>,
}

impl Candidates {
    /// Adds what a source found, best first.
    pub fn add(&mut self, source: SourceId, hits: impl IntoIterator<Item = (Row, f32)>) {
        self.add_with_reasons(source, hits.into_iter().map(|(row, score)| (row, score, None)));
    }

    /// Adds what a source found, with a reason where it has one.
    pub fn add_with_reasons(&mut self, source: SourceId, hits: impl IntoIterator<Item = (Row, f32, Option<Arc<str>>)>) {
        let mut list = List { source, hits: Vec::new(), because: FxHashMap::default() };
        for (row, score, because) in hits {
            self.matched.insert(row);
            list.hits.push(Candidate { row, source, score });
            list.because.extend(because.map(|because| (row, because)));
        }
        self.lists.push(list);
    }

    /// Says that these items answer the request too, though none of them need be among the best.
    pub fn add_matches(&mut self, rows: &RowSet) {
        self.matched.unite(rows);
    }

    /// Says what the words of the query tell about it, for fusion to weigh.
    pub(crate) fn set_evidence(&mut self, evidence: QueryEvidence) {
        self.evidence = Some(evidence);
    }

    /// What the words of the query tell about it; nothing where they were not searched.
    pub(crate) fn evidence(&self) -> QueryEvidence {
        self.evidence.unwrap_or_default()
    }

    /// Takes over what another source, run beside, found.
    pub(crate) fn append(&mut self, other: Self) {
        self.lists.extend(other.lists);
        self.matched.unite(&other.matched);
        self.evidence = self.evidence.or(other.evidence);
    }

    /// The lists, in order of the sources.
    pub(crate) fn lists(&self) -> &[List] {
        &self.lists
    }

    /// All items that answer the request.
    pub(crate) fn matched(&self) -> &RowSet {
        &self.matched
    }

    /// Every candidate once, ascending.
    pub(crate) fn rows(&self) -> Vec<Row> {
        let set: RowSet = self.lists.iter().flat_map(|list| list.hits.iter().map(|hit| hit.row)).collect();
        set.iter().collect()
    }

    /// Which sources found `row`, at which place.
    pub(crate) fn found(&self, row: Row) -> Vec<Found> {
        let found = self.lists.iter().filter_map(|list| {
            let at = list.hits.iter().position(|hit| hit.row == row)?;
            let because = list.because.get(&row).cloned();
            Some(Found { source: list.source, rank: at as u32 + 1, score: list.hits[at].score, because })
        });
        found.collect()
    }

    /// The source that ranked `row` best; ties go to the source wired first.
    pub(crate) fn best_source(&self) -> FxHashMap<Row, SourceId> {
        let mut best: FxHashMap<Row, (usize, SourceId)> = FxHashMap::default();
        for list in &self.lists {
            for (at, hit) in list.hits.iter().enumerate() {
                let entry = best.entry(hit.row).or_insert((at, list.source));
                if at < entry.0 {
                    *entry = (at, list.source);
                }
            }
        }
        best.into_iter().map(|(row, (_, source))| (row, source)).collect()
    }
}
