use features::Scope;
use learn::slates::{Reordered, SlateError, long_tail};
use types::Row;

use super::{Reranker, Stage};

/// Gives the long tail its least share: all but the head of the shop's chart of popular items, the most popular fifth of what
/// the chart holds.
pub(super) struct LongTail;

/// A fifth of the items that are wanted have most of the demand (Anderson 2006; Pareto's rule).
const HEAD: usize = 5;

impl Reranker for LongTail {
    fn id(&self) -> &'static str {
        "long-tail"
    }

    fn purpose(&self) -> &'static str {
        "the long tail"
    }

    fn is_on(&self, stage: &Stage<'_>) -> bool {
        stage.dials.long_tail > 0.0
    }

    fn reorder(&self, stage: &Stage<'_>) -> Result<Reordered, SlateError> {
        let (view, now) = (stage.context.view, stage.context.request.now);
        let chart = view.features.popular(Scope::Shop, now, usize::MAX);
        let mut head: Vec<Row> = chart.iter().take(chart.len().div_ceil(HEAD)).map(|(row, _)| *row).collect();
        head.sort_unstable();
        let is_tail: Vec<bool> = stage.rows.iter().map(|row| head.binary_search(row).is_err()).collect();
        long_tail(&stage.list, &is_tail, f64::from(stage.dials.long_tail))
    }
}
