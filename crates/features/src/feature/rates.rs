use types::{FeatureScope, FeatureSpec, Row};

use super::{Context, Feature, each};
use crate::{Counted, Window};

/// How often one thing follows from another, 0 to 1: `(n + m r) / (d + m)` over a window, where `r` is what is usual and
/// `m` how often the other must have happened until the item's own rate counts as much.
///
/// Where `d` is [`Counted::Examined`], an impression counts only as far as its place was looked at, so that an item does
/// not look bad for having stood far down (clicks over expected clicks: Zhang and Jones 2007, WWW).
pub(super) struct Rate {
    spec: FeatureSpec,
    of: Counted,
    among: Counted,
    window: Window,
    usual: f32,
    doubt: f32,
}

impl Feature for Rate {
    fn spec(&self) -> &FeatureSpec {
        &self.spec
    }

    fn window(&self) -> Option<Window> {
        Some(self.window)
    }

    fn compute(&self, context: &Context<'_>, items: &[Row], column: &mut [f32]) {
        each(items, column, |item| {
            let counted = |what| context.state.counted(item, what, self.window, context.now);
            let (of, among) = (counted(self.of), counted(self.among));
            ((of + self.doubt * self.usual) / (among + self.doubt)).clamp(0.0, 1.0)
        });
    }
}

/// Rates of clicks, carts and purchases a look, and of returns a purchase.
pub(super) fn all() -> impl Iterator<Item = Rate> {
    use Counted::{Bought, Carted, Clicked, Examined, Returned};
    use Window::{Day, Hour, Month, Week};
    let columns = [
        ("click-rate-1h", Clicked, Examined, Hour, 0.1, 20.0),
        ("click-rate-1d", Clicked, Examined, Day, 0.1, 20.0),
        ("click-rate-7d", Clicked, Examined, Week, 0.1, 20.0),
        ("click-rate-30d", Clicked, Examined, Month, 0.1, 20.0),
        ("cart-rate-7d", Carted, Examined, Week, 0.03, 50.0),
        ("cart-rate-30d", Carted, Examined, Month, 0.03, 50.0),
        ("purchase-rate-7d", Bought, Examined, Week, 0.01, 100.0),
        ("purchase-rate-30d", Bought, Examined, Month, 0.01, 100.0),
        ("return-rate-30d", Returned, Bought, Month, 0.05, 10.0),
    ];
    columns.into_iter().map(|(name, of, among, window, usual, doubt)| Rate {
        spec: FeatureSpec { name, scope: FeatureScope::Item, version: 1 },
        of,
        among,
        window,
        usual,
        doubt,
    })
}
