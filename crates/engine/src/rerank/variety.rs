use learn::slates::{Likeness, Reordered, SlateError, mmr};

use super::{Reranker, Stage};

/// Variety by category and brand, by maximal marginal relevance.
pub(super) struct Variety;

/// Chosen items that a candidate is compared with: what a shopper sees at one glance.
const RECENT: usize = 4;

impl Reranker for Variety {
    fn id(&self) -> &'static str {
        "diversity"
    }

    fn purpose(&self) -> &'static str {
        "variety"
    }

    fn is_on(&self, stage: &Stage<'_>) -> bool {
        dial(stage) > 0.0
    }

    fn reorder(&self, stage: &Stage<'_>) -> Result<Reordered, SlateError> {
        mmr(&stage.list, &Likeness::labels(&stage.labels()), RECENT, f64::from(dial(stage)))
    }
}

/// The request's, else the shop's.
fn dial(stage: &Stage<'_>) -> f32 {
    let asked = stage.context.request.diversity;
    if asked > 0.0 { asked } else { stage.context.view.settings.diversity }
}
