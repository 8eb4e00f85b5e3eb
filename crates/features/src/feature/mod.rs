//! Every feature, defined once. A new one is a file here, or a line in the list of those like it, and a line in [`all`].

mod availability;
mod bought;
mod brand_affinity;
mod category_affinity;
mod conversion;
mod deeds;
mod freshness;
mod popularity;
mod price;
mod price_affinity;
mod rates;
mod rating;
mod seen;
mod simple;
mod trending;

use types::{FeatureRows, FeatureSchema, FeatureSpec, Millis, Row};

use crate::asked::Asked;
use crate::{AskedQuery, ItemFacts, Profile, State, Window};

/// One number about a candidate; the same definition in serving, training and evaluation. What it is made of was
/// folded by [`State`], so a feature only reads.
///
/// ```
/// use features::{Config, Context, Profile, State};
/// use types::{Millis, Row};
///
/// let (state, profile) = (State::new(Config::default()), Profile::default());
/// let context = Context { state: &state, profile: &profile, asked: None, now: Millis(0) };
/// for feature in features::all() {
///     let mut column = [f32::NAN; 2];
///     feature.compute(&context, &[Row(0), Row(1)], &mut column);
///     assert!(column.iter().all(|value| (-1.0..=1.0).contains(value)), "{}", feature.spec().name);
/// }
/// ```
pub trait Feature: Send + Sync {
    /// Its name, what it is about, its version.
    fn spec(&self) -> &FeatureSpec;
    /// Over what time it counts, where it counts over one window.
    fn window(&self) -> Option<Window> {
        None
    }
    /// Fills one value an item, finite and between -1 and 1; 0 is "nothing known" unless the feature says otherwise.
    /// `column` is as long as `items`.
    fn compute(&self, context: &Context<'_>, items: &[Row], column: &mut [f32]);
}

/// What a feature may read.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// What is known of items and actors.
    pub state: &'a State,
    /// The one who asks.
    pub profile: &'a Profile,
    /// What was typed; `None` where nothing was.
    pub asked: Option<AskedQuery>,
    /// The present.
    pub now: Millis,
}

impl Context<'_> {
    fn facts(&self, item: Row) -> Option<&ItemFacts> {
        self.state.facts(item)
    }

    fn asked_before(&self) -> Option<&Asked> {
        self.state.asked.get(self.asked?.hash)
    }

    /// How differently people choose after this query, 0 (all click the same item) to 1 (all click something else, or
    /// nothing is known): the entropy of its clicks over that of as many different items, doubted until ten clicks are
    /// known. Taste may bend the order of a broad query; a query for one product it must not.
    pub fn query_breadth(&self) -> f32 {
        let Some(asked) = self.asked_before() else { return 1.0 };
        let clicks = || asked.items.iter().map(|item| item.clicks).filter(|clicks| *clicks > 0.0);
        let total: f32 = clicks().sum();
        if total <= 0.0 {
            return 1.0;
        }
        let entropy: f32 = clicks().map(|clicks| -(clicks / total) * (clicks / total).ln()).sum();
        let most = total.max(2.0).min(asked.items.len().max(2) as f32).ln();
        let known = total * asked.fade(self.now);
        let confidence = known / (known + 10.0);
        (confidence * (entropy / most) + 1.0 - confidence).clamp(0.0, 1.0)
    }
}

/// Every feature, in the order of its column.
pub fn all() -> Vec<Box<dyn Feature>> {
    let mut features: Vec<Box<dyn Feature>> = vec![
        Box::new(popularity::Popularity),
        Box::new(trending::Trending),
        Box::new(conversion::Conversion),
        Box::new(freshness::Freshness),
        Box::new(rating::Rating),
        Box::new(price::Price),
        Box::new(availability::Availability),
        Box::new(category_affinity::CategoryAffinity),
        Box::new(brand_affinity::BrandAffinity),
        Box::new(price_affinity::PriceAffinity),
        Box::new(seen::Seen),
        Box::new(bought::Bought),
    ];
    features.extend(simple::all().map(|feature| Box::new(feature) as Box<dyn Feature>));
    features.extend(deeds::all().map(|feature| Box::new(feature) as Box<dyn Feature>));
    features.extend(rates::all().map(|feature| Box::new(feature) as Box<dyn Feature>));
    features
}

/// The columns of `features`, in order.
pub fn schema(features: &[Box<dyn Feature>]) -> FeatureSchema {
    FeatureSchema::new(features.iter().map(|feature| feature.spec().clone()))
}

/// Fills the columns of `rows` that are called like a feature; other columns stay as they are. `items` are the items
/// of the rows, in order.
pub fn fill(features: &[Box<dyn Feature>], context: &Context<'_>, items: &[Row], rows: &mut FeatureRows) {
    for feature in features {
        if let Some(column) = rows.schema().column(feature.spec().name) {
            feature.compute(context, items, rows.column_mut(column));
        }
    }
}

/// Fills a column with one function of the item.
fn each(items: &[Row], column: &mut [f32], value: impl Fn(Row) -> f32) {
    for (target, item) in column.iter_mut().zip(items) {
        *target = value(*item);
    }
}

#[cfg(test)]
mod tests;
