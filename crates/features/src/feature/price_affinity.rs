use types::{FeatureScope, FeatureSpec, Row};

use super::{Context, Feature, each};

/// How well the item's price, among its category, fits the prices the actor goes for elsewhere, 0 to 1.
pub(super) struct PriceAffinity;

const SPEC: FeatureSpec = FeatureSpec { name: "price-affinity", scope: FeatureScope::ActorItem, version: 1 };

impl Feature for PriceAffinity {
    fn spec(&self) -> &FeatureSpec {
        &SPEC
    }

    fn compute(&self, context: &Context<'_>, items: &[Row], column: &mut [f32]) {
        each(items, column, |item| {
            let level = context.facts(item).and_then(|facts| context.state.price_level(facts));
            level.map_or(0.0, |level| context.profile.price_fit(level))
        });
    }
}
