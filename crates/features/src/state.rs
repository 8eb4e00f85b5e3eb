use std::sync::Arc;

use types::{Millis, Row, Rows, Signal, Surface, Touch};

use crate::asked::AskedQueries;
use crate::chart::{Chart, SharedChart};
use crate::counts::{Counted, Counts, Window, examination};
use crate::decayed::Decayed;
use crate::history::{History, Packed};
use crate::item::ItemState;
use crate::prices::Prices;
use crate::visits::Visits;
use crate::{Config, ItemFacts};

/// Which chart of popularity is meant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Scope {
    /// The whole shop.
    Shop,
    /// Items of one category, by its code.
    Category(u32),
    /// What is wanted on one surface.
    Surface(Surface),
}

/// Everything a shop knows of its items and actors: catalogue facts, fading counts, charts and histories, folded from
/// the log one signal at a time.
///
/// A clone is an immutable view that shares memory with the writer. Time comes from signals and from `now` alone, so
/// the same log gives the same bytes. Memory: about 200 bytes an item and 130 more once something befell it, 20 bytes an actor
/// and 16 for each item it touched, at most [`Config::history`] of them; at most 80 MB for what was searched for.
///
/// Charts are exact while counts only grow; refunds, dislikes and removals can thin a chart from below, see
/// [`State::popular`].
#[derive(Clone, Debug, Default)]
pub struct State {
    pub(crate) config: Config,
    pub(crate) items: Rows<ItemState>,
    pub(crate) histories: Rows<History>,
    pub(crate) actors: usize,
    pub(crate) popular: SharedChart,
    pub(crate) trending: SharedChart,
    pub(crate) newest: SharedChart,
    pub(crate) surfaces: [SharedChart; Surface::ALL.len()],
    pub(crate) categories: Rows<SharedChart>,
    pub(crate) prices: Rows<Prices>,
    pub(crate) shop_prices: Prices,
    /// Sum of the catalogue's mean ratings, and how many items have one.
    pub(crate) stars: f64,
    pub(crate) stars_count: u64,
    /// Deeds by item and window; nothing for items that nothing befell.
    pub(crate) counts: Rows<Option<Arc<Counts>>>,
    pub(crate) visits: Rows<Visits>,
    pub(crate) asked: AskedQueries,
}

/// An item's keys in the charts.
#[derive(Clone, Copy)]
struct Keys {
    popular: f64,
    trending: f64,
    surfaces: [f64; Surface::ALL.len()],
}

impl State {
    /// Nothing known yet.
    pub fn new(config: Config) -> Self {
        Self { config, ..Self::default() }
    }

    /// Learns from a whole log at once: for evaluation and tests.
    pub fn from_signals<'a>(config: Config, signals: impl IntoIterator<Item = &'a Signal>) -> Self {
        let mut state = Self::new(config);
        signals.into_iter().for_each(|signal| state.fold(signal));
        state
    }

    /// Half-lives and bounds.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Takes a signal in. Signals without an actor count for the item alone.
    pub fn fold(&mut self, signal: &Signal) {
        if !signal.strength.is_finite() {
            return;
        }
        let known = signal.actor.map_or(0.0, |actor| self.remember(actor, signal));
        if let Some(counted) = Counted::of(&signal.kind) {
            self.count(signal.item, counted, 1.0, signal.time);
        }
        let config = self.config.clone();
        let state = self.items.get_mut(signal.item);
        let old = Keys::of(state);
        state.count(signal, known, &config);
        let new = Keys::of(state);
        if state.removed {
            return;
        }
        let facts = state.facts.clone();
        self.move_in_shop_charts(signal.item, &old, &new);
        for code in codes(facts.as_deref()) {
            self.move_in_category(*code, signal.item, old.popular, new.popular);
        }
    }

    /// Takes in an answer that was shown: `query` is what was typed, `shown` the items with their places, from 1.
    pub fn answered(&mut self, query: Option<u64>, time: Millis, shown: impl Iterator<Item = (Row, u32)> + Clone) {
        let steepness = self.config.examination;
        let examined = shown.map(|(item, position)| (item, examination(position, steepness)));
        for (item, probability) in examined.clone() {
            self.count(item, Counted::Examined, probability, time);
        }
        if let Some(query) = query {
            self.asked.answered(query, time, examined);
        }
    }

    /// Takes in that an item was clicked, put into the cart or bought in the answer to a query.
    pub fn clicked(&mut self, query: u64, time: Millis, item: Row) {
        self.asked.clicked(query, time, item);
    }

    /// How often something befell an item of late, see [`Window`]; impressions count the probability of being looked at.
    pub fn counted(&self, item: Row, what: Counted, window: Window, now: Millis) -> f32 {
        let counts = self.counts.get(item).and_then(Option::as_ref);
        counts.map_or(0.0, |counts| counts.at(what, window, now))
    }

    /// Sets what the catalogue says of an item.
    pub fn set_item(&mut self, item: Row, facts: ItemFacts) {
        let new = Arc::new(facts);
        let state = self.items.get_mut(item);
        let (keys, was_removed) = (Keys::of(state), std::mem::take(&mut state.removed));
        let old = state.facts.replace(Arc::clone(&new)).filter(|_| !was_removed);
        if was_removed {
            self.move_in_shop_charts(item, &Keys::NOWHERE, &keys);
        }
        let (old_codes, new_codes) = (codes(old.as_deref()), codes(Some(&new)));
        for code in old_codes.iter().filter(|code| !new_codes.contains(code)) {
            self.move_in_category(*code, item, keys.popular, f64::NEG_INFINITY);
        }
        for code in new_codes.iter().filter(|code| !old_codes.contains(code)) {
            self.move_in_category(*code, item, f64::NEG_INFINITY, keys.popular);
        }
        if let Some(old) = &old {
            self.count_facts(old, -1.0);
        }
        self.count_facts(&new, 1.0);
        let came = |facts: &ItemFacts| facts.first_seen.0 as f64;
        update(&mut self.newest, item, old.as_deref().map_or(f64::NEG_INFINITY, came), came(&new), self.config.chart);
    }

    /// Takes an item out of the catalogue: it leaves all charts. Its counts and facts stay for the histories it is
    /// part of, and it cannot be bought.
    pub fn remove_item(&mut self, item: Row) {
        let state = self.items.get_mut(item);
        if std::mem::replace(&mut state.removed, true) {
            return;
        }
        let (keys, facts) = (Keys::of(state), state.facts.clone());
        if let Some(facts) = &mut state.facts {
            Arc::make_mut(facts).buyable = false;
        }
        self.move_in_shop_charts(item, &keys, &Keys::NOWHERE);
        let Some(facts) = facts else { return };
        for code in facts.categories.iter() {
            self.move_in_category(*code, item, keys.popular, f64::NEG_INFINITY);
        }
        update(&mut self.newest, item, facts.first_seen.0 as f64, f64::NEG_INFINITY, self.config.chart);
        self.count_facts(&facts, -1.0);
    }

    /// Erases an actor's history.
    pub fn forget(&mut self, actor: Row) {
        if self.histories.get(actor).is_some_and(|history| !history.as_slice().is_empty()) {
            self.histories.set(actor, History::default());
            self.actors -= 1;
        }
        if actor.index() < self.visits.len() {
            self.visits.set(actor, Visits::default());
        }
    }

    /// What the catalogue says of an item; of a removed one, what it said last.
    pub fn facts(&self, item: Row) -> Option<&ItemFacts> {
        self.items.get(item).and_then(|state| state.facts.as_deref())
    }

    /// What an actor did, item by item, the last touched first.
    pub fn history(&self, actor: Row) -> Vec<Touch> {
        let entries = self.histories.get(actor).map(History::as_slice).unwrap_or_default();
        entries.iter().rev().map(Packed::unpack).collect()
    }

    /// Actors with a history.
    pub fn actors(&self) -> usize {
        self.actors
    }

    /// The most wanted items with their faded counts, best first; at most as many as the chart has places.
    ///
    /// Exact while counts only grow. A deed against an item, or its removal, can leave the last places to items that
    /// were wanted more than others outside the chart; those come in when they are next wanted.
    pub fn popular(&self, scope: Scope, now: Millis, limit: usize) -> Vec<(Row, f32)> {
        let chart = match scope {
            Scope::Shop => Some(&self.popular),
            Scope::Category(code) => self.categories.get(Row(code)),
            Scope::Surface(surface) => Some(&self.surfaces[surface as usize]),
        };
        let entries = chart.map(|chart| chart.entries()).unwrap_or_default().iter().take(limit);
        let count = |key| Decayed::from_key(key).unwrap_or_default().at(now, self.config.popularity());
        entries.map(|entry| (entry.item, count(entry.key))).collect()
    }

    /// Items whose interest of late exceeds what their past leads to expect by one standard deviation or more, the
    /// largest excess first. They are chosen among those with the largest excess when last touched, faded since.
    pub fn trending(&self, now: Millis, limit: usize) -> Vec<(Row, f32)> {
        let entries = self.trending.entries().iter();
        let mut trends: Vec<(Row, f32)> =
            entries.map(|entry| (entry.item, self.trend(entry.item, now))).filter(|(_, trend)| *trend >= 1.0).collect();
        trends.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        trends.truncate(limit);
        trends
    }

    /// Items that came last into the catalogue, with the time, newest first.
    pub fn newest(&self, limit: usize) -> Vec<(Row, Millis)> {
        self.newest.entries().iter().take(limit).map(|entry| (entry.item, Millis(entry.key as i64))).collect()
    }

    /// The faded count of deeds for an item.
    pub fn popularity(&self, item: Row, now: Millis) -> f32 {
        self.items.get(item).map_or(0.0, |state| state.wanted.at(now, self.config.popularity()))
    }

    /// How far interest in an item exceeds what its past leads to expect, in standard deviations.
    pub fn trend(&self, item: Row, now: Millis) -> f32 {
        self.items.get(item).map_or(0.0, |state| state.trend_at(now, &self.config))
    }

    pub(crate) fn item(&self, item: Row) -> Option<&ItemState> {
        self.items.get(item)
    }

    /// Where an item's price lies among those of its most specific category with enough prices, in standard deviations
    /// of the logarithm; `None` without a price.
    pub(crate) fn price_level(&self, facts: &ItemFacts) -> Option<f32> {
        let log_price = facts.log_price()?;
        let known = facts.categories.iter().rev().filter_map(|code| self.prices.get(Row(*code)));
        let prices = known.into_iter().find(|prices| prices.is_enough()).unwrap_or(&self.shop_prices);
        Some(prices.level(log_price))
    }

    /// Mean of the catalogue's ratings in stars; the middle of the scale where there is none.
    pub(crate) fn stars_mean(&self) -> f32 {
        if self.stars_count == 0 { 2.5 } else { (self.stars / self.stars_count as f64) as f32 }
    }

    fn remember(&mut self, actor: Row, signal: &Signal) -> f32 {
        let history = self.histories.get_mut(actor);
        self.actors += usize::from(history.as_slice().is_empty());
        self.visits.get_mut(actor).fold(&signal.kind, signal.time);
        history.fold(signal, &self.config)
    }

    fn count(&mut self, item: Row, what: Counted, weight: f32, time: Millis) {
        Arc::make_mut(self.counts.get_mut(item).get_or_insert_default()).add(what, weight, time);
    }

    fn move_in_shop_charts(&mut self, item: Row, old: &Keys, new: &Keys) {
        update(&mut self.popular, item, old.popular, new.popular, self.config.chart);
        update(&mut self.trending, item, old.trending, new.trending, self.config.chart);
        for ((chart, old), new) in self.surfaces.iter_mut().zip(old.surfaces).zip(new.surfaces) {
            update(chart, item, old, new, self.config.chart_small);
        }
    }

    fn move_in_category(&mut self, code: u32, item: Row, old: f64, new: f64) {
        // Asked before the chart's place in the table is copied to be changed.
        let ignored = self.categories.get(Row(code)).is_some_and(|chart| chart.ignores(item, old, new));
        if old != new && !ignored {
            update(self.categories.get_mut(Row(code)), item, old, new, self.config.chart_small);
        }
    }

    /// Adds an item's price and rating to the shop's sums, or takes them out.
    fn count_facts(&mut self, facts: &ItemFacts, sign: f64) {
        if let Some(log_price) = facts.log_price() {
            self.shop_prices.add(log_price, sign);
            for code in facts.categories.iter() {
                self.prices.get_mut(Row(*code)).add(log_price, sign);
            }
        }
        if let Some(stars) = facts.rating.filter(|stars| stars.is_finite()) {
            self.stars += sign * f64::from(stars.clamp(0.0, 5.0));
            self.stars_count = if sign > 0.0 { self.stars_count + 1 } else { self.stars_count.saturating_sub(1) };
        }
    }
}

impl Keys {
    const NOWHERE: Self = Self {
        popular: f64::NEG_INFINITY,
        trending: f64::NEG_INFINITY,
        surfaces: [f64::NEG_INFINITY; Surface::ALL.len()],
    };

    fn of(state: &ItemState) -> Self {
        let surfaces = state.surfaces.as_deref().map(|surfaces| surfaces.map(Decayed::key));
        Self {
            popular: state.wanted.key(),
            trending: state.trend.key(),
            surfaces: surfaces.unwrap_or(Self::NOWHERE.surfaces),
        }
    }
}

fn codes(facts: Option<&ItemFacts>) -> &[u32] {
    facts.map_or(&[], |facts| &facts.categories)
}

fn update(chart: &mut SharedChart, item: Row, old: f64, new: f64, size: usize) {
    if old != new && !chart.ignores(item, old, new) {
        Arc::<Chart>::make_mut(chart).update(item, old, new, size);
    }
}

#[cfg(test)]
mod tests;
