use types::{FeatureScope, FeatureSpec, Row};

use super::{Context, Feature, each};

/// Whether the item can be bought now: 1 or 0.
pub(super) struct Availability;

const SPEC: FeatureSpec = FeatureSpec { name: "availability", scope: FeatureScope::Item, version: 1 };

impl Feature for Availability {
    fn spec(&self) -> &FeatureSpec {
        &SPEC
    }

    fn compute(&self, context: &Context<'_>, items: &[Row], column: &mut [f32]) {
        each(items, column, |item| f32::from(context.facts(item).is_some_and(|facts| facts.buyable)));
    }
}
