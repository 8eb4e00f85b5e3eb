use learn::slates::{Reordered, SlateError, balance};

use super::{Reranker, Stage};

/// Gives sellers the attention that they are owed from answers before. Greedy and not by lot, so that what is shown has a
/// known probability of 1.
pub(super) struct Exposure;

impl Reranker for Exposure {
    fn id(&self) -> &'static str {
        "exposure"
    }

    fn purpose(&self) -> &'static str {
        "exposure that is fair to sellers"
    }

    fn is_on(&self, stage: &Stage<'_>) -> bool {
        stage.dials.exposure > 0.0
    }

    fn reorder(&self, stage: &Stage<'_>) -> Result<Reordered, SlateError> {
        let known = &stage.context.view.sellers;
        let sellers: Vec<Option<u32>> = stage.rows.iter().map(|row| known.of(*row)).collect();
        let dial = f64::from(stage.dials.exposure);
        let page = &stage.context.request.page;
        let seen = page.offset.saturating_add(page.limit);
        balance(&stage.list, &sellers, stage.merits, seen, known.attention(), stage.context.request.now, dial)
    }
}
