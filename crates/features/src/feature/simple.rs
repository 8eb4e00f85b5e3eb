use std::f32::consts::TAU;

use types::{FeatureScope, FeatureSpec, Millis, Row};

use super::{Context, Feature, each};
use crate::ItemFacts;
use crate::visits::Visits;

/// A feature that is one expression of what is known of an item, an actor, or both.
pub(super) struct Simple {
    spec: FeatureSpec,
    value: Value,
}

type Value = fn(&Context<'_>, Row) -> f32;

impl Feature for Simple {
    fn spec(&self) -> &FeatureSpec {
        &self.spec
    }

    fn compute(&self, context: &Context<'_>, items: &[Row], column: &mut [f32]) {
        // What does not depend on the item is found once.
        if matches!(self.spec.scope, FeatureScope::Actor | FeatureScope::Query) {
            column.fill(items.first().map_or(0.0, |item| (self.value)(context, *item)).clamp(-1.0, 1.0));
            return;
        }
        each(items, column, |item| (self.value)(context, item).clamp(-1.0, 1.0));
    }
}

/// All of them, in the order of their columns.
pub(super) fn all() -> impl Iterator<Item = Simple> {
    use FeatureScope::{Actor, ActorItem, Item, Query, QueryItem};
    let columns: [(&'static str, FeatureScope, Value); 20] = [
        ("discount", Item, |context, item| context.facts(item).and_then(discount).unwrap_or(0.0)),
        ("stock", Item, |context, item| {
            // Where stock is not counted there is always some.
            context.facts(item).map_or(0.0, |facts| facts.stock.map_or(1.0, |stock| log_share(stock as f32, 1e3)))
        }),
        ("margin", Item, |context, item| context.facts(item).and_then(|facts| facts.margin).unwrap_or(0.0)),
        ("text-quality", Item, |context, item| context.facts(item).map_or(0.0, |facts| facts.text_quality)),
        ("rating-count", Item, |context, item| {
            context.facts(item).map_or(0.0, |facts| log_share(facts.rating_count as f32, 1e5))
        }),
        ("age", Item, |context, item| {
            let days = context.facts(item).map(|facts| facts.first_seen.days_until(context.now).max(0.0));
            days.map_or(0.0, |days| log_share(days as f32, 3_650.0))
        }),
        ("actor-items", Actor, |context, _| log_share(context.profile.items() as f32, 128.0)),
        ("actor-purchases", Actor, |context, _| log_share(f32::from(context.profile.visits.purchases), 100.0)),
        ("actor-known-days", Actor, |context, _| since(context.profile.visits.first, context.now)),
        ("actor-away-days", Actor, |context, _| since(context.profile.visits.last, context.now)),
        ("purchase-due", Actor, |context, _| purchase_due(&context.profile.visits, context.now)),
        ("hour-sine", Actor, |context, _| (TAU * part_of_day(context.now)).sin()),
        ("hour-cosine", Actor, |context, _| (TAU * part_of_day(context.now)).cos()),
        ("weekend", Actor, |context, _| f32::from(u8::from(is_weekend(context.now)))),
        ("session-category", ActorItem, |context, item| {
            let leaf = context.facts(item).and_then(|facts| facts.categories.last());
            leaf.map_or(0.0, |code| f32::from(u8::from(context.profile.category_in_session(*code))))
        }),
        ("session-brand", ActorItem, |context, item| {
            let brand = context.facts(item).and_then(|facts| facts.brand);
            brand.map_or(0.0, |code| f32::from(u8::from(context.profile.brand_in_session(code))))
        }),
        ("query-words", Query, |context, _| context.asked.map_or(0.0, |asked| (asked.words / 10.0).min(1.0))),
        ("query-frequency", Query, |context, _| {
            let known = context.asked_before();
            known.map_or(0.0, |asked| log_share(asked.searches * asked.fade(context.now), 1e5))
        }),
        ("query-breadth", Query, |context, _| context.query_breadth()),
        ("query-clicks", QueryItem, |context, item| {
            let Some(asked) = context.asked_before() else { return 0.0 };
            let (clicks, examined) = asked.of(item).map_or((0.0, 0.0), |known| (known.clicks, known.examined));
            let fade = asked.fade(context.now);
            // Against what a look is usually worth, doubted until ten looks are known; 0 is "as usual".
            let (usual, doubt) = (0.1, 10.0);
            let rate = (clicks * fade + doubt * usual) / (examined * fade + doubt);
            (rate / usual).ln() / 10f32.ln()
        }),
    ];
    columns.into_iter().map(|(name, scope, value)| Simple { spec: FeatureSpec { name, scope, version: 1 }, value })
}

/// `ln(1 + value) / ln(1 + largest)`, at most 1.
fn log_share(value: f32, largest: f32) -> f32 {
    (value.max(0.0).ln_1p() / largest.ln_1p()).min(1.0)
}

/// Share of the list price that is let off, 0 to 1.
fn discount(facts: &ItemFacts) -> Option<f32> {
    let (price, list) = facts.price.zip(facts.list_price)?;
    (list > price && price >= 0.0).then(|| (1.0 - price / list) as f32)
}

/// Days since a second of 1970 on a logarithmic scale, ten years making 1; 0 for a stranger.
fn since(second: u32, now: Millis) -> f32 {
    if second == 0 { 0.0 } else { log_share(Visits::days_since(second, now), 3_650.0) }
}

/// How far the actor's usual time between purchases has run, less one: -1 just after a purchase, 0 when the next is due,
/// up to 1; 0 where no cycle is known.
fn purchase_due(visits: &Visits, now: Millis) -> f32 {
    if visits.purchases < 2 || visits.cycle_days <= 0.0 {
        return 0.0;
    }
    (Visits::days_since(visits.bought, now) / visits.cycle_days - 1.0).min(1.0)
}

/// How much of the day has gone, 0 to 1, in universal time.
fn part_of_day(now: Millis) -> f32 {
    now.0.rem_euclid(Millis::DAY) as f32 / Millis::DAY as f32
}

/// Whether it is Saturday or Sunday in universal time; the first of January 1970 was a Thursday.
fn is_weekend(now: Millis) -> bool {
    matches!((now.0.div_euclid(Millis::DAY) + 4).rem_euclid(7), 0 | 6)
}
