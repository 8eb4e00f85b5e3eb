use std::sync::Arc;

use learn::slates::{FairTable, Reordered, SlateError, fair};
use parking_lot::Mutex;

use super::{Reranker, Stage};

/// Lets a protected group's items come up until every head of the answer passes the test for their share.
pub(super) struct ProtectedGroup;

/// How often an answer that is drawn with the share fails its test.
const SIGNIFICANCE: f64 = 0.1;

impl Reranker for ProtectedGroup {
    fn id(&self) -> &'static str {
        "protected"
    }

    fn purpose(&self) -> &'static str {
        "the share of a protected group"
    }

    fn is_on(&self, stage: &Stage<'_>) -> bool {
        stage.dials.protected.as_ref().is_some_and(|group| group.share > 0.0)
    }

    fn reorder(&self, stage: &Stage<'_>) -> Result<Reordered, SlateError> {
        let Some(group) = &stage.dials.protected else {
            return Ok(Reordered::unchanged(stage.rows.len()));
        };
        let of_group = stage.context.view.searcher.filter(&group.filter);
        // A filter on an attribute that the shop does not have finds nobody; the request's own filter would have said so.
        let is_of_group = |row| of_group.as_ref().is_ok_and(|rows| rows.contains(row));
        let protected: Vec<bool> = stage.rows.iter().map(|row| is_of_group(*row)).collect();
        fair(&stage.list, &protected, &*table(stage.rows.len(), group.share)?)
    }
}

/// The table for so many places: it takes half a millisecond, and most answers ask for the same one.
fn table(places: usize, share: f32) -> Result<Arc<FairTable>, SlateError> {
    type Kept = Option<(usize, f32, Arc<FairTable>)>;
    static LAST: Mutex<Kept> = Mutex::new(None);
    if let Some((kept_places, kept_share, table)) = LAST.lock().as_ref()
        && (*kept_places, *kept_share) == (places, share)
    {
        return Ok(Arc::clone(table));
    }
    let table = Arc::new(FairTable::adjusted(places, f64::from(share), SIGNIFICANCE)?);
    *LAST.lock() = Some((places, share, Arc::clone(&table)));
    Ok(table)
}
