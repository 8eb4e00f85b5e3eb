use std::path::Path;

use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use types::{Currency, Event, EventBody, InteractionKind, Item, ItemId, Millis, SessionId, UserId};

use super::goods::Goods;
use crate::{Error, Result, fixtures};

/// A real shop as the simulator needs it: its goods, and the figures its shoppers are drawn from.
#[derive(Debug)]
pub struct Market {
    pub(super) catalogue: Vec<Item>,
    pub(super) goods: Goods,
    pub(super) real: Marginals,
    /// Mean and standard deviation of the logarithm of a basket's size.
    pub(super) basket: (f64, f64),
    /// Visits a shopper makes a day on average, and the shape of the gamma distribution that rates follow.
    pub(super) loyalty: (f64, f64),
    pub(super) days: f64,
    /// The end of the log.
    pub(super) end: Millis,
    pub(super) currency: Currency,
}

/// What a log of purchases looks like, apart from who bought what: the figures that simulated shoppers are calibrated to.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Marginals {
    /// Different items of a basket at its 25th, 50th, 75th and 90th percentile.
    pub basket: [f64; 4],
    /// Share of known buyers who came back.
    pub repeat: f64,
    /// Baskets of a known buyer.
    pub baskets_per_buyer: f64,
    /// Prices of what was bought, at the same percentiles.
    pub price: [f64; 4],
    /// Share of sales of the best-selling hundredth of items, and of the best-selling tenth.
    pub top: [f64; 2],
    /// Gini coefficient of sales over items: 0 where all sell alike.
    pub gini: f64,
    /// Refunds by purchase.
    pub refunds: f64,
}

impl Market {
    /// The market of `fixtures/gifts`, or of a folder laid out like it.
    ///
    /// # Errors
    /// Where the folder is not that fixture, or has no sales.
    pub fn of_gifts(dir: &Path) -> Result<Self> {
        let items = fixtures::gifts_items(dir)?;
        let mut sales = Sales::default();
        fixtures::each_gifts_event(dir, |event| sales.take(&event))?;
        Self::new(items, &sales)
    }

    /// The market of a catalogue and the events of its log; events other than purchases and refunds do not count.
    ///
    /// # Errors
    /// Where nothing with a price was sold.
    pub fn of_events<'a>(catalogue: Vec<Item>, events: impl IntoIterator<Item = &'a Event>) -> Result<Self> {
        let mut sales = Sales::default();
        events.into_iter().for_each(|event| sales.take(event));
        Self::new(catalogue, &sales)
    }

    fn new(catalogue: Vec<Item>, sales: &Sales) -> Result<Self> {
        let goods = Goods::new(&catalogue, &sales.months);
        if goods.items.is_empty() || sales.baskets.is_empty() {
            return Err(Error::Nothing(String::from("the market"), "no item with a price was ever sold"));
        }
        let money = |item: &Item| match item.get("price") {
            Some(types::Value::Money(money)) => Some(money.currency),
            _ => None,
        };
        let currency = catalogue.iter().find_map(money).map_or_else(|| Currency::new("USD"), Ok)?;
        let real = sales.marginals(goods.items.len());
        let sizes: Vec<f64> = sales.baskets.values().map(|basket| (basket.len() as f64).ln()).collect();
        let mean = sizes.iter().sum::<f64>() / sizes.len() as f64;
        let variance = sizes.iter().map(|size| (size - mean).powi(2)).sum::<f64>() / sizes.len() as f64;
        let days = (sales.first.days_until(sales.last)).max(1.0);
        let (visits, shape) = negative_binomial(real.baskets_per_buyer, real.repeat);
        Ok(Self {
            catalogue,
            goods,
            real,
            basket: (mean, variance.sqrt()),
            loyalty: (visits / days, shape),
            days,
            end: sales.last,
            currency,
        })
    }

    /// What the real log looks like.
    pub fn marginals(&self) -> &Marginals {
        &self.real
    }
}

impl Marginals {
    /// As a document.
    pub fn to_json(&self) -> Value {
        json!({
            "basket": { "p25": self.basket[0], "p50": self.basket[1], "p75": self.basket[2], "p90": self.basket[3] },
            "repeat": self.repeat,
            "baskets_per_buyer": self.baskets_per_buyer,
            "price": { "p25": self.price[0], "p50": self.price[1], "p75": self.price[2], "p90": self.price[3] },
            "top_hundredth": self.top[0],
            "top_tenth": self.top[1],
            "gini": self.gini,
            "refunds": self.refunds,
        })
    }
}

/// Purchases, gathered for marginals.
#[derive(Default)]
pub(super) struct Sales {
    months: FxHashMap<ItemId, [u32; 12]>,
    baskets: FxHashMap<SessionId, Vec<ItemId>>,
    buyers: FxHashMap<UserId, Vec<SessionId>>,
    prices: Vec<f64>,
    refunds: usize,
    first: Millis,
    last: Millis,
}

impl Sales {
    pub(super) fn take(&mut self, event: &Event) {
        let EventBody::Interaction(deed) = &event.body else { return };
        let (Some(item), Some(session)) = (&deed.item, &deed.actor.session) else { return };
        if deed.kind == InteractionKind::Refund {
            self.refunds += 1;
        }
        let value = deed.value.map_or(0.0, |value| value.amount());
        if deed.kind != InteractionKind::Purchase || value <= 0.0 {
            return;
        }
        self.first = if self.prices.is_empty() { event.time } else { self.first.min(event.time) };
        self.last = self.last.max(event.time);
        self.prices.push(value / f64::from(deed.quantity.unwrap_or(1).max(1)));
        self.months.entry(item.clone()).or_default()[month(event.time)] += 1;
        let basket = self.baskets.entry(session.clone()).or_default();
        if basket.is_empty() {
            deed.actor.user.iter().for_each(|user| self.buyers.entry(user.clone()).or_default().push(session.clone()));
        }
        if !basket.contains(item) {
            basket.push(item.clone());
        }
    }

    /// Of a catalogue of as many items as could be sold.
    pub(super) fn marginals(&self, items: usize) -> Marginals {
        let mut sizes: Vec<f64> = self.baskets.values().map(|basket| basket.len() as f64).collect();
        let mut prices = self.prices.clone();
        let repeat = self.buyers.values().filter(|baskets| baskets.len() > 1).count();
        let baskets: usize = self.buyers.values().map(Vec::len).sum();
        let buyers = self.buyers.len().max(1) as f64;
        let mut sold: Vec<f64> = self.months.values().map(|months| f64::from(months.iter().sum::<u32>())).collect();
        sold.resize(sold.len().max(items), 0.0);
        sold.sort_unstable_by(f64::total_cmp);
        let total = sold.iter().sum::<f64>().max(1.0);
        let count = sold.len().max(1) as f64;
        let ranked: f64 = sold.iter().enumerate().map(|(rank, sold)| (2.0 * rank as f64 + 1.0 - count) * sold).sum();
        let top = |share: f64| sold.iter().rev().take((share * count) as usize).sum::<f64>() / total;
        Marginals {
            basket: percentiles(&mut sizes),
            repeat: repeat as f64 / buyers,
            baskets_per_buyer: baskets as f64 / buyers,
            price: percentiles(&mut prices),
            top: [top(0.01), top(0.1)],
            gini: ranked / (count * total),
            refunds: self.refunds as f64 / self.prices.len().max(1) as f64,
        }
    }
}

fn percentiles(values: &mut [f64]) -> [f64; 4] {
    values.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| values.get((share * values.len().saturating_sub(1) as f64) as usize).copied().unwrap_or(0.0);
    [at(0.25), at(0.5), at(0.75), at(0.9)]
}

/// The month of a moment, from 0: of years of 365.2425 days, which is within two days of the calendar's and near enough for seasons.
pub(super) fn month(time: Millis) -> usize {
    let days = (time.0 as f64 / Millis::DAY as f64).rem_euclid(365.2425);
    ((days / 365.2425 * 12.0) as usize).min(11)
}

/// Mean and shape of the gamma distribution of visits, such that visits are counted by a negative binomial distribution
/// whose buyers (those with a visit at least) have `mean` visits, of whom a share `repeat` has two or more (Ehrenberg 1959,
/// "The pattern of consumer purchases", Applied Statistics 8).
///
/// With mean `m` and shape `k`: `P(0) = (k / (k + m))^k`, `P(1) = m P(0) k / (k + m)`.
fn negative_binomial(mean: f64, repeat: f64) -> (f64, f64) {
    let mean = mean.max(1.01);
    let of_shape = |shape: f64| {
        // m / (1 - P(0)) = mean, by halving.
        let (mut low, mut high) = (1e-6, mean);
        for _ in 0..80 {
            let m = f64::midpoint(low, high);
            if m / (1.0 - (shape / (shape + m)).powf(shape)) < mean { low = m } else { high = m }
        }
        let none = (shape / (shape + low)).powf(shape);
        let once = low * none * shape / (shape + low);
        (low, 1.0 - once / (1.0 - none).max(1e-12))
    };
    // The more alike shoppers are, the more of them come back.
    let (mut low, mut high) = (0.05f64.ln(), 50f64.ln());
    for _ in 0..60 {
        let shape = f64::midpoint(low, high);
        if of_shape(shape.exp()).1 < repeat { low = shape } else { high = shape }
    }
    let shape = f64::midpoint(low, high).exp();
    (of_shape(shape).0, shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_negative_binomial_has_the_loyalty_it_was_fitted_to() {
        let (m, k) = negative_binomial(6.26, 0.724);
        let none = (k / (k + m)).powf(k);
        let once = m * none * k / (k + m);
        assert!((m / (1.0 - none) - 6.26).abs() < 1e-6, "{m} {k}");
        assert!((1.0 - once / (1.0 - none) - 0.724).abs() < 1e-6);
    }

    #[test]
    fn months() {
        // The 10th of December 2011 and the 15th of March 2010.
        assert_eq!((month(Millis(1_323_475_200_000)), month(Millis(1_268_611_200_000))), (11, 2));
        assert_eq!(month(Millis(-1)), 11);
    }
}
