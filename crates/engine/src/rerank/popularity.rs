use learn::slates::{Reordered, SlateError, discount, quantiles};

use super::{Reranker, Stage};

/// Takes popularity off the relevance, by its quantile among the candidates.
pub(super) struct Popularity;

impl Reranker for Popularity {
    fn id(&self) -> &'static str {
        "popularity"
    }

    fn purpose(&self) -> &'static str {
        "less of what is popular"
    }

    fn is_on(&self, stage: &Stage<'_>) -> bool {
        stage.dials.popularity > 0.0
    }

    fn reorder(&self, stage: &Stage<'_>) -> Result<Reordered, SlateError> {
        discount(&stage.list, &quantiles(&stage.popularity())?, f64::from(stage.dials.popularity))
    }
}
