use types::{FeatureScope, FeatureSpec, Row};

use super::{Context, Feature, each};
use crate::{Counted, Window};

/// How often something befell the item over a window: `ln(1 + count) / ln(1 + 1,000,000)`, at most 1.
pub(super) struct Deeds {
    spec: FeatureSpec,
    what: Counted,
    window: Window,
}

const LARGEST: f32 = 1e6;

impl Feature for Deeds {
    fn spec(&self) -> &FeatureSpec {
        &self.spec
    }

    fn window(&self) -> Option<Window> {
        Some(self.window)
    }

    fn compute(&self, context: &Context<'_>, items: &[Row], column: &mut [f32]) {
        let scale = LARGEST.ln_1p();
        each(items, column, |item| {
            let count = context.state.counted(item, self.what, self.window, context.now);
            (count.ln_1p() / scale).clamp(0.0, 1.0)
        });
    }
}

/// Every kind of deed over every window. Purchases and what was sent back within the hour are too rare to tell anything.
pub(super) fn all() -> impl Iterator<Item = Deeds> {
    use Counted::{Bought, Carted, Clicked, Viewed};
    use Window::{Day, Hour, Month, Week};
    let columns = [
        ("views-1h", Viewed, Hour),
        ("views-1d", Viewed, Day),
        ("views-7d", Viewed, Week),
        ("views-30d", Viewed, Month),
        ("clicks-1h", Clicked, Hour),
        ("clicks-1d", Clicked, Day),
        ("clicks-7d", Clicked, Week),
        ("clicks-30d", Clicked, Month),
        ("carts-1h", Carted, Hour),
        ("carts-1d", Carted, Day),
        ("carts-7d", Carted, Week),
        ("carts-30d", Carted, Month),
        ("purchases-1h", Bought, Hour),
        ("purchases-1d", Bought, Day),
        ("purchases-7d", Bought, Week),
        ("purchases-30d", Bought, Month),
    ];
    columns.into_iter().map(|(name, what, window)| Deeds {
        spec: FeatureSpec { name, scope: FeatureScope::Item, version: 1 },
        what,
        window,
    })
}
