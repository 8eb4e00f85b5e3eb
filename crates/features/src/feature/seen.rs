use types::{FeatureScope, FeatureSpec, Row};

use super::{Context, Feature, each};

/// Whether the actor dealt with the item in any way, 1 (just now) falling to 0, halved every seven days; -1 where it
/// was refused.
pub(super) struct Seen;

const SPEC: FeatureSpec = FeatureSpec { name: "seen", scope: FeatureScope::ActorItem, version: 1 };

const HALF_LIFE_DAYS: f64 = 7.0;

impl Feature for Seen {
    fn spec(&self) -> &FeatureSpec {
        &SPEC
    }

    fn compute(&self, context: &Context<'_>, items: &[Row], column: &mut [f32]) {
        each(items, column, |item| {
            let Some(touch) = context.profile.touch(item) else { return 0.0 };
            if touch.refused {
                return -1.0;
            }
            (-touch.time.days_until(context.now).max(0.0) / HALF_LIFE_DAYS).exp2() as f32
        });
    }
}
