use types::{FeatureScope, FeatureSpec, Row};

use super::{Context, Feature, each};

/// How wanted the item is, 0 to 1: `ln(1 + count) / ln(1 + count of the most wanted)`, counts faded.
pub(super) struct Popularity;

const SPEC: FeatureSpec = FeatureSpec { name: "popularity", scope: FeatureScope::Item, version: 1 };

impl Feature for Popularity {
    fn spec(&self) -> &FeatureSpec {
        &SPEC
    }

    fn compute(&self, context: &Context<'_>, items: &[Row], column: &mut [f32]) {
        let most = context.state.popular(crate::Scope::Shop, context.now, 1).first().map_or(0.0, |(_, count)| *count);
        let scale = most.ln_1p().max(f32::MIN_POSITIVE);
        each(items, column, |item| (context.state.popularity(item, context.now).ln_1p() / scale).clamp(0.0, 1.0));
    }
}
