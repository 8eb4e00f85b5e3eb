use types::{FeatureScope, FeatureSpec, Row};

use super::{Context, Feature, each};

/// Purchases for each look at the item, 0 to 1, both faded: `(p + 1) / (v + 20)`, as if twenty looks and a purchase
/// had come before all others. Shops that log no looks get 1 for what sells.
pub(super) struct Conversion;

const SPEC: FeatureSpec = FeatureSpec { name: "conversion", scope: FeatureScope::Item, version: 1 };

const PURCHASES_PRIOR: f32 = 1.0;
const VIEWS_PRIOR: f32 = 20.0;

impl Feature for Conversion {
    fn spec(&self) -> &FeatureSpec {
        &SPEC
    }

    fn compute(&self, context: &Context<'_>, items: &[Row], column: &mut [f32]) {
        let half_life = context.state.config().trend_long();
        each(items, column, |item| {
            let Some(state) = context.state.item(item) else { return PURCHASES_PRIOR / VIEWS_PRIOR };
            let (purchases, views) =
                (state.purchases.at(context.now, half_life), state.views.at(context.now, half_life));
            ((purchases + PURCHASES_PRIOR) / (views + VIEWS_PRIOR)).clamp(0.0, 1.0)
        });
    }
}
