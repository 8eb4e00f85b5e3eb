use std::sync::Arc;

use learn::click_models::Interventions;
use types::{
    Actor, Event, EventBody, EventId, Interaction, InteractionKind, ItemId, Millis, Money, QueryId, RecommendKind,
    Request, SessionId, Slate, Surface, UserId,
};

use super::arm::{Arm, OpenArm};
use super::market::Market;
use super::report::DayFigures;
use super::shopper::{Need, Shopper, World, examination};
use crate::Result;

/// Results of a search, and of the front page.
const RESULTS: usize = 24;
const FRONT: usize = 12;
/// Searches of a visit at most.
const SEARCHES_MAX: usize = 60;
/// Items a basket may be meant to have at most.
const BASKET_MAX: f64 = 40.0;

/// One shopper's visit to an arm.
pub(super) struct Visit<'a> {
    pub(super) arm: &'a Arm,
    pub(super) open: &'a OpenArm,
    pub(super) market: &'a Market,
    pub(super) world: World<'a>,
    pub(super) severity: f64,
    pub(super) shopper: &'a Shopper,
    pub(super) day: i64,
    pub(super) now: Millis,
}

/// What a visit left behind.
#[derive(Default)]
pub(super) struct Visited {
    pub(super) figures: DayFigures,
    /// What was shown and done, for the digest.
    pub(super) trace: Vec<u64>,
    /// Purchases, of which some come back.
    pub(super) bought: Vec<(ItemId, f64)>,
    /// Places, from 1, at which the item in fashion stood in searches for its kind; one behind the last where it was not shown.
    pub(super) favourite: Vec<usize>,
    /// Whether the front page showed it.
    pub(super) favourite_on_front: bool,
}

impl Visit<'_> {
    /// Goes through the visit: the front page, then one need after another until the basket is as wanted or patience ends.
    /// What the shopper does is told to the engine before the next request, where the arm learns.
    pub(super) fn run(&self, swaps: &mut Interventions) -> Result<Visited> {
        let mut out = Visited::default();
        let actor = self.actor()?;
        let mut rng = self.shopper.visit_rng(self.day);
        let (mean, deviation) = self.market.basket;
        let wanted = (mean + deviation * rng.normal()).exp().clamp(1.0, BASKET_MAX).round() as usize;
        self.front_page(&actor, &mut out)?;
        let (mut searches, mut failures) = (0, 0);
        while out.bought.len() < wanted && searches < SEARCHES_MAX && failures <= self.shopper.patience {
            let need = self.shopper.need(self.world, self.now, &mut rng);
            let bought = self.search(&actor, &need, searches, failures, &mut out, swaps)?;
            failures = if bought { 0 } else { failures + 1 };
            searches += 1;
        }
        Ok(out)
    }

    fn actor(&self) -> Result<Actor> {
        let user = Some(UserId::new(format!("shopper-{}", self.shopper.number))?);
        let session = Some(SessionId::new(format!("visit-{}-{}", self.shopper.number, self.day))?);
        Ok(Actor { user, anonymous: None, session })
    }

    fn front_page(&self, actor: &Actor, out: &mut Visited) -> Result<()> {
        let mut request = Request::recommend(RecommendKind::ForYou, actor.clone(), self.now);
        request.page.limit = FRONT;
        request.seed = self.seed(0);
        request.record = self.arm.learns;
        let slate = self.open.shop.answer(&request)?;
        let shown = self.rows(&slate);
        let deeds = self.deeds(&shown, None, 0, 0, out);
        out.favourite_on_front = self.world.fashion.is_some_and(|(favourite, ..)| shown.contains(&Some(favourite)));
        out.figures.fronts += 1.0;
        out.figures.front_clicks += f64::from(u8::from(!deeds.is_empty()));
        let page = Page { query_id: &slate.query_id, surface: Surface::Home, query: None, request: 0 };
        self.tell(actor, &page, &deeds, out)
    }

    /// One search; whether something was bought.
    fn search(
        &self,
        actor: &Actor,
        need: &Need,
        number: usize,
        failures: u32,
        out: &mut Visited,
        swaps: &mut Interventions,
    ) -> Result<bool> {
        let mut request = Request::search(&need.text, self.now);
        request.actor = actor.clone();
        request.page.limit = RESULTS;
        request.personalise = self.arm.personalise;
        request.sort = self.arm.sort();
        request.seed = self.seed(1 + number as u64);
        request.record = self.arm.learns;
        let slate = self.open.shop.answer(&request)?;
        let mut shown = self.rows(&slate);
        let swapped = self.swap(&mut shown, number);
        let deeds = self.deeds(&shown, Some(need), 1 + number as u64, failures, out);
        if let Some(upper) = swapped {
            for (position, other) in [(upper, upper + 1), (upper + 1, upper)] {
                let clicked = deeds.iter().any(|deed| deed.position == position);
                swaps.swap(position as u32, other as u32, clicked);
            }
        }
        let bought = deeds.iter().any(|deed| deed.bought);
        let figures = &mut out.figures;
        figures.searches += 1.0;
        figures.clicked += f64::from(u8::from(!deeds.is_empty()));
        figures.clicks += deeds.len() as f64;
        figures.converted += f64::from(u8::from(bought));
        figures.revenue += deeds.iter().filter(|deed| deed.bought).map(|deed| self.price(deed.item)).sum::<f64>();
        figures.regret += self.regret(&shown, need, failures);
        self.watch_favourite(&shown, need, out);
        let (query_id, query, request) = (&slate.query_id, Some(&need.text), 1 + number);
        self.tell(actor, &Page { query_id, surface: Surface::Search, query, request }, &deeds, out)?;
        Ok(bought)
    }

    fn seed(&self, request: u64) -> u64 {
        super::shopper::mixed(self.world.seed, &[self.shopper.number as u64, self.day.cast_unsigned(), request])
    }

    fn price(&self, item: u32) -> f64 {
        self.world.goods.items[item as usize].price
    }

    fn rows(&self, slate: &Slate) -> Vec<Option<u32>> {
        slate.items.iter().map(|shown| self.world.goods.row(&shown.item.id)).collect()
    }

    /// Swaps two neighbours by a fair coin, where the arm does; the upper place of the two, from 1, swapped or not.
    fn swap(&self, shown: &mut [Option<u32>], number: usize) -> Option<usize> {
        if !self.arm.swaps || shown.len() < 2 {
            return None;
        }
        let chance =
            |purpose: u64| self.shopper.chance(&[0x5357_4150, self.day.cast_unsigned(), number as u64, purpose]);
        // Pairs further up are seen more often, and all pairs must be measured: places are drawn evenly over the first ten.
        let upper = 1 + (chance(0) * (shown.len() - 1).min(9) as f64) as usize;
        if chance(1) < 0.5 {
            shown.swap(upper - 1, upper);
        }
        Some(upper)
    }

    /// What the shopper does with what is shown. Chance is that of the shopper, day, request, place and item, so that the same
    /// item at the same place has the same fate in every arm. Tired shoppers examine less.
    fn deeds(
        &self,
        shown: &[Option<u32>],
        need: Option<&Need>,
        request: u64,
        failures: u32,
        out: &mut Visited,
    ) -> Vec<Deed> {
        let mut deeds = Vec::new();
        for (place, item) in shown.iter().enumerate() {
            let Some(item) = *item else { continue };
            out.trace.push(u64::from(item));
            let chance = |purpose: u64, at: u64| {
                self.shopper.chance(&[0x4445_4544 + purpose, self.day.cast_unsigned(), request, at])
            };
            let seen = examination(place + 1, self.severity) * freshness(failures);
            let attraction = self.shopper.attraction(self.world, item, need, self.now);
            if chance(0, place as u64) < seen && chance(1, u64::from(item)) < attraction {
                let buying = self.shopper.buying(self.world, item, need, self.now);
                let bought = chance(2, u64::from(item)) < buying && !deeds.iter().any(|deed: &Deed| deed.bought);
                out.trace.push(u64::MAX - u64::from(bought));
                deeds.push(Deed { item, position: place + 1, bought });
            }
        }
        deeds
    }

    /// Clicks that the best slate would have had, less those that this one can expect.
    fn regret(&self, shown: &[Option<u32>], need: &Need, failures: u32) -> f64 {
        let goods = self.world.goods;
        let attraction = |item: u32| self.shopper.attraction(self.world, item, Some(need), self.now);
        let mut best: Vec<f64> = (0..goods.items.len() as u32).map(attraction).collect();
        best.sort_unstable_by(|a, b| b.total_cmp(a));
        best.truncate(shown.len().max(RESULTS));
        let expected = |slate: &mut dyn Iterator<Item = f64>| -> f64 {
            slate.enumerate().map(|(place, attraction)| examination(place + 1, self.severity) * attraction).sum()
        };
        let shown = expected(&mut shown.iter().map(|item| item.map_or(0.0, attraction)));
        (expected(&mut best.into_iter()) - shown) * freshness(failures)
    }

    fn watch_favourite(&self, shown: &[Option<u32>], need: &Need, out: &mut Visited) {
        let Some((favourite, _, _)) = self.world.fashion else { return };
        let kind = |item: u32| self.world.goods.items[item as usize].kind;
        if kind(favourite) == kind(need.target) && need.style.is_none() && !need.specific {
            let place = shown.iter().position(|item| *item == Some(favourite));
            out.favourite.push(place.map_or(RESULTS, |place| place) + 1);
        }
    }

    /// Tells the engine what was done on a page, where the arm learns.
    fn tell(&self, actor: &Actor, page: &Page<'_>, deeds: &[Deed], out: &mut Visited) -> Result<()> {
        let mut events = Vec::new();
        for deed in deeds {
            let good = &self.world.goods.items[deed.item as usize];
            let kinds: &[InteractionKind] = if deed.bought {
                out.bought.push((good.id.clone(), good.price));
                &[InteractionKind::Click, InteractionKind::AddToCart, InteractionKind::Purchase]
            } else {
                &[InteractionKind::Click]
            };
            for kind in kinds {
                let mut interaction = Interaction::new(kind.clone(), actor.clone());
                interaction.item = Some(good.id.clone());
                interaction.query_id = Some(page.query_id.clone());
                interaction.position = Some(deed.position as u32);
                interaction.surface = Some(page.surface);
                interaction.query = page.query.cloned();
                if *kind == InteractionKind::Purchase {
                    interaction.quantity = Some(1);
                    interaction.value = Some(Money::new(good.price, self.market.currency)?);
                }
                let id = format!("{}-{}-{}-{}-{}", self.shopper.number, self.day, page.request, good.id, kind.name());
                events.push(Event { id: EventId::new(id)?, time: self.now, body: EventBody::Interaction(interaction) });
            }
        }
        // Where nothing was done, an append still waits for the answer's own event, so that the next request finds it folded in.
        if self.arm.learns {
            self.open.shop.append(events)?;
        }
        Ok(())
    }
}

/// Share of its usual care with which a shopper looks after so many needs without a purchase.
fn freshness(failures: u32) -> f64 {
    0.9f64.powi(failures.min(20).cast_signed())
}

/// Where deeds happen.
struct Page<'a> {
    query_id: &'a QueryId,
    surface: Surface,
    query: Option<&'a Arc<str>>,
    /// Its number within the visit.
    request: usize,
}

/// What somebody did with an item.
struct Deed {
    item: u32,
    position: usize,
    bought: bool,
}
