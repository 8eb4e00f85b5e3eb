use std::sync::Arc;

use types::{InteractionKind, Millis, Signal, Surface};

use crate::Config;
use crate::decayed::{Decayed, HalfLife};

/// Facts of an item, from the catalogue. Codes are dense numbers of the shop's own dictionaries.
#[derive(Clone, PartialEq, Debug)]
pub struct ItemFacts {
    /// Price in units of the shop's currency.
    pub price: Option<f64>,
    /// Codes of all categories the item stands in: every node of every path, each once; the most specific node of the
    /// main path last.
    pub categories: Arc<[u32]>,
    /// Code of the brand.
    pub brand: Option<u32>,
    /// Code of the group of variants.
    pub group: Option<u32>,
    /// Mean rating, 0 to 5 stars.
    pub rating: Option<f32>,
    /// Number of ratings behind it.
    pub rating_count: u32,
    /// When the item came into the catalogue.
    pub first_seen: Millis,
    /// Whether it can be bought now.
    pub buyable: bool,
    /// Price before the reduction, in units of the shop's currency.
    pub list_price: Option<f64>,
    /// Pieces in stock, where the shop counts them.
    pub stock: Option<u32>,
    /// What a sale earns, as a share of the price.
    pub margin: Option<f32>,
    /// How much its document tells a shopper, 0 to 1.
    pub text_quality: f32,
}

impl ItemFacts {
    /// Natural logarithm of the price, where there is a positive one.
    pub(crate) fn log_price(&self) -> Option<f64> {
        self.price.filter(|price| price.is_finite() && *price > 0.0).map(f64::ln)
    }
}

/// Everything known of one item.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct ItemState {
    pub(crate) facts: Option<Arc<ItemFacts>>,
    /// Taken out of the catalogue: keeps its counts, stands in no chart.
    pub(crate) removed: bool,
    /// Strengths of deeds for it: what popularity is.
    pub(crate) wanted: Decayed,
    /// The same over a short and a long time, each actor's insistence damped: what trends are made of.
    pub(crate) short: Decayed,
    pub(crate) long: Decayed,
    pub(crate) views: Decayed,
    pub(crate) purchases: Decayed,
    /// Its key in the chart of trends.
    pub(crate) trend: Decayed,
    /// Stars given by actors, and how many gave some.
    pub(crate) stars: f32,
    pub(crate) stars_count: u32,
    /// Popularity by surface, once a surface was named; shared, because items are copied when a view is taken.
    pub(crate) surfaces: Option<Arc<[Decayed; Surface::ALL.len()]>>,
}

impl ItemState {
    /// Counts one deed; `known` is what the actor had said for the item before.
    pub(crate) fn count(&mut self, signal: &Signal, known: f32, config: &Config) {
        let (strength, time) = (signal.strength, signal.time);
        self.wanted.add(strength, time, config.popularity());
        if let Some(surface) = signal.surface {
            let surfaces = Arc::make_mut(self.surfaces.get_or_insert_default());
            surfaces[surface as usize].add(strength, time, config.popularity());
        }
        let damped = if strength > 0.0 { strength * strength / (strength + known.max(0.0)) } else { strength };
        self.short.add(damped, time, config.trend_short());
        self.long.add(damped, time, config.trend_long());
        match signal.kind {
            InteractionKind::Click | InteractionKind::View => self.views.add(1.0, time, config.trend_long()),
            InteractionKind::Purchase => self.purchases.add(1.0, time, config.trend_long()),
            InteractionKind::Refund => self.purchases.add(-1.0, time, config.trend_long()),
            InteractionKind::Rating => {
                self.stars += (strength.clamp(-1.0, 1.0) + 1.0) * 2.5;
                self.stars_count += 1;
            }
            InteractionKind::Search
            | InteractionKind::AddToCart
            | InteractionKind::Like
            | InteractionKind::Dislike
            | InteractionKind::Hide
            | InteractionKind::Review
            | InteractionKind::Custom(_) => {}
        }
        let trend = self.trend_at(time, config);
        self.trend = Decayed::NOTHING;
        if trend > 0.0 {
            self.trend.add(trend, time, config.trend_short());
        }
    }

    /// How far interest of late exceeds what the long run leads to expect, in standard deviations of a count:
    /// `(s - e) / sqrt(e + p)`, where s is the short-term count, e the one expected from the long-term rate, and the
    /// prior p keeps a single sale of an obscure item from being a trend.
    pub(crate) fn trend_at(&self, now: Millis, config: &Config) -> f32 {
        let (HalfLife(short_days), HalfLife(long_days)) = (config.trend_short(), config.trend_long());
        let short = self.short.at(now, config.trend_short());
        let expected = self.long.at(now, config.trend_long()) * (short_days / long_days) as f32;
        (short - expected) / (expected + config.trend_prior).sqrt()
    }
}
