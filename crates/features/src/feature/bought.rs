use types::{FeatureScope, FeatureSpec, Row};

use super::{Context, Feature, each};

/// Whether the actor has bought the item before, 0 to 1: `1 - 1 / (1 + n)` for n purchases that were not sent back.
pub(super) struct Bought;

const SPEC: FeatureSpec = FeatureSpec { name: "bought", scope: FeatureScope::ActorItem, version: 1 };

impl Feature for Bought {
    fn spec(&self) -> &FeatureSpec {
        &SPEC
    }

    fn compute(&self, context: &Context<'_>, items: &[Row], column: &mut [f32]) {
        each(items, column, |item| {
            let purchases = context.profile.touch(item).map_or(0.0, |touch| f32::from(touch.purchases));
            1.0 - 1.0 / (1.0 + purchases)
        });
    }
}
