use learn::slates::{Likeness, Reordered, SlateError, dpp};

use super::{Reranker, Stage};

/// Variety of all that is seen together, by a determinantal point process on category and brand.
pub(super) struct Dpp;

/// Items that are seen together: a page on a large screen.
const TOGETHER: usize = 10;

impl Reranker for Dpp {
    fn id(&self) -> &'static str {
        "dpp"
    }

    fn purpose(&self) -> &'static str {
        "variety of the whole"
    }

    fn is_on(&self, stage: &Stage<'_>) -> bool {
        stage.dials.dpp > 0.0
    }

    fn reorder(&self, stage: &Stage<'_>) -> Result<Reordered, SlateError> {
        dpp(&stage.list, &Likeness::labels(&stage.labels()), TOGETHER, f64::from(stage.dials.dpp))
    }
}
