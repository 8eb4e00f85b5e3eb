use types::{FeatureScope, FeatureSpec, Row};

use super::{Context, Feature, each};

/// How fast interest in the item rises, -1 to 1: `x / (2 + |x|)` of the excess in standard deviations (see
/// [`crate::State::trend`]), so that two deviations are one half.
pub(super) struct Trending;

const SPEC: FeatureSpec = FeatureSpec { name: "trending", scope: FeatureScope::Item, version: 1 };

impl Feature for Trending {
    fn spec(&self) -> &FeatureSpec {
        &SPEC
    }

    fn compute(&self, context: &Context<'_>, items: &[Row], column: &mut [f32]) {
        each(items, column, |item| {
            let trend = context.state.trend(item, context.now);
            trend / (2.0 + trend.abs())
        });
    }
}
