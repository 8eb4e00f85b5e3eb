use types::{FeatureScope, FeatureSpec, Row};

use super::{Context, Feature, each};

/// How well the item is rated, 0 to 1: stars of the catalogue and of the shop's own actors, averaged with ten ratings
/// of the shop's mean, so that a single five is not the best of all. Never rated items have the shop's mean.
pub(super) struct Rating;

const SPEC: FeatureSpec = FeatureSpec { name: "rating", scope: FeatureScope::Item, version: 1 };

/// Ratings of the mean that come before all others.
const PRIOR: f32 = 10.0;

impl Feature for Rating {
    fn spec(&self) -> &FeatureSpec {
        &SPEC
    }

    fn compute(&self, context: &Context<'_>, items: &[Row], column: &mut [f32]) {
        let mean = context.state.stars_mean();
        each(items, column, |item| {
            let state = context.state.item(item);
            let facts = state.and_then(|state| state.facts.as_deref());
            let told =
                facts.and_then(|facts| facts.rating.filter(|stars| stars.is_finite()).map(|stars| (stars, facts)));
            // A mean without a count is one rating.
            let (stars, count) = told.map_or((0.0, 0.0), |(stars, facts)| {
                let count = facts.rating_count.max(1) as f32;
                (stars.clamp(0.0, 5.0) * count, count)
            });
            let (own_stars, own_count) = state.map_or((0.0, 0.0), |state| (state.stars, state.stars_count as f32));
            let average = (stars + own_stars + mean * PRIOR) / (count + own_count + PRIOR);
            (average / 5.0).clamp(0.0, 1.0)
        });
    }
}
