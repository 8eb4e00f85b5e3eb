use types::{FeatureScope, FeatureSpec, Row};

use super::{Context, Feature, each};

/// How much the actor likes the item's brand, -1 to 1.
pub(super) struct BrandAffinity;

const SPEC: FeatureSpec = FeatureSpec { name: "brand-affinity", scope: FeatureScope::ActorItem, version: 1 };

impl Feature for BrandAffinity {
    fn spec(&self) -> &FeatureSpec {
        &SPEC
    }

    fn compute(&self, context: &Context<'_>, items: &[Row], column: &mut [f32]) {
        each(items, column, |item| {
            let brand = context.facts(item).and_then(|facts| facts.brand);
            brand.map_or(0.0, |code| context.profile.brand(code).clamp(-1.0, 1.0))
        });
    }
}
