use types::{FeatureScope, FeatureSpec, Row};

use super::{Context, Feature, each};

/// How dear the item is among its category, -1 to 1: standard deviations of the logarithm of the price, three of them
/// making 1; 0 without a price.
pub(super) struct Price;

const SPEC: FeatureSpec = FeatureSpec { name: "price", scope: FeatureScope::Item, version: 1 };

impl Feature for Price {
    fn spec(&self) -> &FeatureSpec {
        &SPEC
    }

    fn compute(&self, context: &Context<'_>, items: &[Row], column: &mut [f32]) {
        each(items, column, |item| {
            let level = context.facts(item).and_then(|facts| context.state.price_level(facts));
            level.map_or(0.0, |level| level / 3.0)
        });
    }
}
