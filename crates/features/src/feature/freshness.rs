use types::{FeatureScope, FeatureSpec, Row};

use super::{Context, Feature, each};

/// How new the item is in the catalogue, 1 (now) falling to 0, halved every thirty days.
pub(super) struct Freshness;

const SPEC: FeatureSpec = FeatureSpec { name: "freshness", scope: FeatureScope::Item, version: 1 };

const HALF_LIFE_DAYS: f64 = 30.0;

impl Feature for Freshness {
    fn spec(&self) -> &FeatureSpec {
        &SPEC
    }

    fn compute(&self, context: &Context<'_>, items: &[Row], column: &mut [f32]) {
        each(items, column, |item| {
            let age = context.facts(item).map(|facts| facts.first_seen.days_until(context.now).max(0.0));
            age.map_or(0.0, |days| (-days / HALF_LIFE_DAYS).exp2() as f32)
        });
    }
}
