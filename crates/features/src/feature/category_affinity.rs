use types::{FeatureScope, FeatureSpec, Row};

use super::{Context, Feature, each};

/// How much the actor likes the item's categories, -1 to 1: the mean over all nodes of its paths, so that sharing a
/// leaf says more than sharing a root.
pub(super) struct CategoryAffinity;

const SPEC: FeatureSpec = FeatureSpec { name: "category-affinity", scope: FeatureScope::ActorItem, version: 1 };

impl Feature for CategoryAffinity {
    fn spec(&self) -> &FeatureSpec {
        &SPEC
    }

    fn compute(&self, context: &Context<'_>, items: &[Row], column: &mut [f32]) {
        each(items, column, |item| {
            let codes = context.facts(item).map_or(&[][..], |facts| &facts.categories);
            let sum: f32 = codes.iter().map(|code| context.profile.category(*code)).sum();
            (sum / codes.len().max(1) as f32).clamp(-1.0, 1.0)
        });
    }
}
