use std::path::PathBuf;

use engine::Shop;
use learn::click_models::Interventions;
use types::{
    Actor, Event, EventBody, EventId, Interaction, InteractionKind, ItemId, Millis, Money, Position, SessionId,
    Surface, UserId,
};

use super::arm::{Arm, OpenArm};
use super::goods::Goods;
use super::market::{Marginals, Market, Sales};
use super::nights::RankerNight;
use super::report::{ArmReport, Counted, FavouriteFigures, SimulationReport, SwapFigures, summaries};
use super::shopper::{Shopper, World, examination, mixed};
use super::visit::{Visit, Visited};
use crate::{Error, Result};

/// Shoppers whose whole log is made up to compare it with the real one.
const MARGINAL_SHOPPERS: usize = 1_000;
/// Days after which figures of all days so far are told.
const THROUGH: [usize; 5] = [1, 3, 7, 14, 28];
/// Items a basket of the past may hold.
const BASKET_MAX: f64 = 400.0;
/// Events read from a log at a time.
const EVENTS_AT_ONCE: usize = 10_000;

/// Told an arm, the days done and all days; answers whether to go on.
pub type Watch<'a> = &'a mut dyn FnMut(&str, u64, u64) -> bool;
/// Told an arm, its shop and the day that is over, from 1; 0 on the eve of the first.
pub type Night<'a> = &'a mut dyn FnMut(&Arm, &Shop, usize) -> Result<()>;

/// What to simulate.
#[derive(Clone, PartialEq, Debug)]
pub struct SimulationPlan {
    /// Shoppers there are; how many come on a day is as in the market.
    pub shoppers: usize,
    /// Days to simulate.
    pub days: usize,
    /// Seed of all chance.
    pub seed: u64,
    /// Days of purchases, as the same shoppers would have made them, that every arm knows from the beginning.
    pub history_days: usize,
    /// By how much more often shoppers come than in the market; 1 as often.
    pub pace: f64,
    /// How fast examination falls: position `k` is examined with probability `k^-severity`.
    pub severity: f64,
    /// From which day on everybody likes an item that few liked before; `None` for no such fashion.
    pub fashion_day: Option<usize>,
    /// Resamples of intervals.
    pub resamples: usize,
    /// Folder of the encoders, for arms whose settings name some.
    pub models_dir: PathBuf,
}

impl Default for SimulationPlan {
    fn default() -> Self {
        Self {
            shoppers: 1_000,
            days: 7,
            seed: 1,
            history_days: 60,
            pace: 1.0,
            severity: 0.8,
            fashion_day: None,
            resamples: 1_000,
            models_dir: PathBuf::from("models"),
        }
    }
}

/// Sends the same shoppers through every arm, day by day. `watch` is told the arm, the days done and all days, and stops the
/// simulation by answering false. `night` is called on the eve of the first day and after each day with the arm, its shop
/// and the day, for what somebody does at night beside what the arm itself does.
///
/// # Errors
/// No arm, shoppers or days; a pace or severity that is no sane number; whatever the engine refuses.
pub fn simulate(
    market: &Market,
    plan: &SimulationPlan,
    arms: &[Arm],
    watch: Watch<'_>,
    night: Night<'_>,
) -> Result<SimulationReport> {
    check(plan, arms)?;
    let fashion = plan.fashion_day.map(|day| {
        let from = Millis(market.end.0 + (day.max(1) as i64 - 1) * Millis::DAY);
        (unfashionable(&market.goods), from, 4.0)
    });
    let world = World { goods: &market.goods, seed: plan.seed, fashion };
    let shoppers: Vec<Shopper> = (0..plan.shoppers).map(|number| Shopper::new(market, plan.seed, number)).collect();
    let mut history = Vec::new();
    let past = -(plan.history_days as i64)..0;
    tell_past(market, world, &shoppers, past, plan.pace, &mut |event| history.push(event))?;
    let mut digest = Digest::default();
    let (mut reports, mut counted) = (Vec::new(), Vec::new());
    for arm in arms {
        let simulation = Simulation { market, plan, world, shoppers: &shoppers, arm };
        let (report, visits) = simulation.run(&history, &mut digest, watch, night)?;
        reports.push(report);
        counted.push(visits);
    }
    let of = |from: usize, to: usize| summaries(&counted, from, to, plan.resamples, plan.seed);
    for day in 1..=plan.days {
        reports.iter_mut().zip(of(day, day)).for_each(|(arm, report)| arm.days.push(report));
    }
    let through = THROUGH.into_iter().filter(|day| *day < plan.days).chain([plan.days]);
    for day in through {
        reports.iter_mut().zip(of(1, day)).for_each(|(arm, report)| arm.through.push(report));
    }
    let marginals = [market.real.clone(), simulated(market, World { fashion: None, ..world }, plan)?];
    Ok(SimulationReport { arms: reports, marginals, digest: format!("{:016x}", digest.0) })
}

fn check(plan: &SimulationPlan, arms: &[Arm]) -> Result<()> {
    let wrong = |field: &str, expected: &str, got: String| {
        Err(types::FieldError::new("plan_invalid", field, expected, got).into())
    };
    if arms.is_empty() {
        return wrong("arms", "at least one arm", String::from("none"));
    }
    if plan.shoppers == 0 || plan.days == 0 {
        return wrong("shoppers and days", "at least 1", format!("{} and {}", plan.shoppers, plan.days));
    }
    if !(plan.pace > 0.0 && plan.pace <= 1e3) {
        return wrong("pace", "a number above 0 and at most 1000", plan.pace.to_string());
    }
    if !(0.0..=10.0).contains(&plan.severity) {
        return wrong("severity", "a number from 0 to 10", plan.severity.to_string());
    }
    Ok(())
}

/// An item that sells no more than half of all do, of a kind among whose items it can be lost: the one of the largest kind.
fn unfashionable(goods: &Goods) -> u32 {
    let named = goods.kinds.iter().filter(|kind| !kind.name.is_empty());
    let largest = named.max_by(|a, b| a.items.len().cmp(&b.items.len()).then_with(|| b.name.cmp(&a.name)));
    let mut items = largest.map(|kind| kind.items.clone()).unwrap_or_else(|| vec![0]);
    items.sort_by(|a, b| goods.items[*a as usize].sold.total_cmp(&goods.items[*b as usize].sold).then(a.cmp(b)));
    items[items.len() / 2]
}

/// One arm on its way through the days.
struct Simulation<'a> {
    market: &'a Market,
    plan: &'a SimulationPlan,
    world: World<'a>,
    shoppers: &'a [Shopper],
    arm: &'a Arm,
}

impl Simulation<'_> {
    fn run(
        &self,
        history: &[Event],
        digest: &mut Digest,
        watch: Watch<'_>,
        night: Night<'_>,
    ) -> Result<(ArmReport, Vec<Counted>)> {
        let open = OpenArm::open(self.arm, self.market, &self.plan.models_dir, history)?;
        let began = Position(open.shop.stats()?.events);
        let mut visits = Vec::new();
        let mut favourite = Vec::new();
        let mut swaps = Interventions::default();
        let mut returns: Vec<(usize, Event)> = Vec::new();
        let mut rankers = Vec::new();
        night(self.arm, &open.shop, 0)?;
        for day in 1..=self.plan.days {
            if !watch(&self.arm.name, day as u64 - 1, self.plan.days as u64) {
                return Err(Error::Training(String::from("the simulation"), learn::recommend::FitError::Cancelled));
            }
            let (mut places, mut fronts) = (Vec::new(), Vec::new());
            for (shopper, now) in self.visitors(day) {
                open.clock.set(now);
                let (arm, market, world, severity) = (self.arm, self.market, self.world, self.plan.severity);
                let visit = Visit { arm, open: &open, market, world, severity, shopper, day: day as i64, now };
                let visited = visit.run(&mut swaps)?;
                visited.trace.iter().for_each(|number| digest.take(*number));
                places.extend(&visited.favourite);
                fronts.push(visited.favourite_on_front);
                returns.extend(self.returns(shopper, day, now, &visited)?);
                visits.push(Counted { day, shopper: shopper.number, figures: visited.figures });
            }
            favourite.push(favourite_figures(&places, &fronts));
            self.send_back(&open, day, &mut returns)?;
            rankers.extend(self.sleep(&open, day)?);
            night(self.arm, &open.shop, day)?;
        }
        watch(&self.arm.name, self.plan.days as u64, self.plan.days as u64);
        let (explored, exploring) = explored(&open, began)?;
        let report = ArmReport {
            name: self.arm.name.clone(),
            days: Vec::new(),
            through: Vec::new(),
            explored,
            exploring,
            rankers,
            favourite: if self.world.fashion.is_some() { favourite } else { Vec::new() },
            swaps: self.arm.swaps.then(|| self.swap_figures(&swaps)).flatten(),
        };
        Ok((report, visits))
    }

    /// Who comes on a day, and when, in order of time: between eight and eight.
    fn visitors(&self, day: usize) -> Vec<(&Shopper, Millis)> {
        let start = self.market.end.0 + (day as i64 - 1) * Millis::DAY;
        let at = |shopper: &Shopper| {
            let hour = 8.0 + 12.0 * shopper.chance(&[0x484F_5552, day as u64]);
            Millis(start + (hour * 3.6e6) as i64)
        };
        let comes = |shopper: &&Shopper| shopper.visits(day as i64, self.plan.pace);
        let mut visitors: Vec<_> = self.shoppers.iter().filter(comes).map(|shopper| (shopper, at(shopper))).collect();
        visitors.sort_by_key(|(shopper, now)| (*now, shopper.number));
        visitors
    }

    /// Of what was bought, what comes back, and on which day.
    fn returns(&self, shopper: &Shopper, day: usize, now: Millis, visited: &Visited) -> Result<Vec<(usize, Event)>> {
        let mut returns = Vec::new();
        for (number, (item, price)) in visited.bought.iter().enumerate() {
            let chance = |purpose: u64| shopper.chance(&[0x5245_5455 + purpose, day as u64, number as u64]);
            if chance(0) < self.market.real.refunds {
                let later = 1 + (4.0 * chance(1)) as usize;
                let time = Millis(now.0 + later as i64 * Millis::DAY);
                let deed = Deed { shopper: shopper.number, day: day as i64, number, item: item.clone(), price: *price };
                returns.push((day + later, deed.event(InteractionKind::Refund, time, self.market)?));
            }
        }
        Ok(returns)
    }

    fn send_back(&self, open: &OpenArm, day: usize, returns: &mut Vec<(usize, Event)>) -> Result<()> {
        let due: Vec<Event> =
            returns.iter().filter(|(due, _)| *due == day + 1).map(|(_, event)| event.clone()).collect();
        returns.retain(|(due, _)| *due > day + 1);
        if self.arm.learns && !due.is_empty() {
            open.clock.set(Millis(self.market.end.0 + (day as i64 + 1) * Millis::DAY));
            open.shop.append(due)?;
        }
        Ok(())
    }

    /// What the arm itself does at night: it reads what clicks taught of its words, and trains rankers. After the last day
    /// nobody comes whom it could serve.
    fn sleep(&self, open: &OpenArm, day: usize) -> Result<Vec<RankerNight>> {
        if !self.arm.learns || day == self.plan.days {
            return Ok(Vec::new());
        }
        open.shop.learn_words()?;
        let seed = mixed(self.plan.seed, &[0x4E49_4748, day as u64]);
        self.arm.rankers.as_ref().map_or_else(|| Ok(Vec::new()), |rankers| rankers.train(&open.shop, day, seed))
    }

    fn swap_figures(&self, swaps: &Interventions) -> Option<SwapFigures> {
        let measured = swaps.all_pairs()?.by_position().to_vec();
        let truth = (1..=measured.len()).map(|position| examination(position, self.plan.severity)).collect();
        Some(SwapFigures { measured, truth })
    }
}

fn favourite_figures(places: &[usize], fronts: &[bool]) -> FavouriteFigures {
    let count = places.len().max(1) as f64;
    FavouriteFigures {
        searches: places.len(),
        place: places.iter().sum::<usize>() as f64 / count,
        top: places.iter().filter(|place| **place <= 3).count() as f64 / count,
        front: fronts.iter().filter(|shown| **shown).count() as f64 / fronts.len().max(1) as f64,
    }
}

/// Of searches from a position of the log on: the mean of one less the propensity over the items shown, and the share that
/// was let explore.
fn explored(open: &OpenArm, began: Position) -> Result<(f64, f64)> {
    let (mut from, mut sum, mut count) = (began, 0.0, 0.0);
    let (mut exploring, mut searches) = (0.0, 0.0);
    loop {
        let events = open.shop.events(from, EVENTS_AT_ONCE)?;
        let Some(last) = events.last() else { break };
        from = last.position.next();
        for logged in &events {
            if let EventBody::Impression(impression) = &logged.event.body
                && impression.surface == Surface::Search
            {
                sum += impression.shown.iter().map(|shown| 1.0 - f64::from(shown.propensity)).sum::<f64>();
                count += impression.shown.len() as f64;
                exploring += f64::from(u8::from(engine::is_exploring(impression) == Some(true)));
                searches += 1.0;
            }
        }
    }
    let share = |part: f64, of: f64| if of > 0.0 { part / of } else { 0.0 };
    Ok((share(sum, count), share(exploring, searches)))
}

/// A purchase of the past, or something sent back.
struct Deed {
    shopper: usize,
    day: i64,
    number: usize,
    item: ItemId,
    price: f64,
}

impl Deed {
    fn event(self, kind: InteractionKind, time: Millis, market: &Market) -> Result<Event> {
        let user = Some(UserId::new(format!("shopper-{}", self.shopper))?);
        let session = Some(SessionId::new(format!("visit-{}-{}", self.shopper, self.day))?);
        let id = EventId::new(format!("{}-{}-{}-{}", kind.name(), self.shopper, self.day, self.number))?;
        let mut interaction = Interaction::new(kind, Actor { user, anonymous: None, session });
        interaction.item = Some(self.item);
        interaction.quantity = Some(1);
        interaction.value = Some(Money::new(self.price, market.currency)?);
        Ok(Event { id, time, body: EventBody::Interaction(interaction) })
    }
}

/// The purchases, and what came back of them, that shoppers would make on `days` (0 is the first after the market's log) if
/// they found whatever they wanted.
fn tell_past(
    market: &Market,
    world: World<'_>,
    shoppers: &[Shopper],
    days: std::ops::Range<i64>,
    pace: f64,
    each: &mut dyn FnMut(Event),
) -> Result<()> {
    for day in days {
        let now = Millis(market.end.0 + day * Millis::DAY - Millis::DAY / 2);
        for shopper in shoppers.iter().filter(|shopper| shopper.visits(day, pace)) {
            let mut rng = shopper.visit_rng(day);
            let (mean, deviation) = market.basket;
            let wanted = (mean + deviation * rng.normal()).exp().clamp(1.0, BASKET_MAX).round() as usize;
            let mut basket = Vec::new();
            // A shopper of few kinds may want the same again and again; that ends sometime.
            for _ in 0..2 * wanted {
                let target = shopper.need(world, now, &mut rng).target;
                if basket.len() < wanted && !basket.contains(&target) {
                    basket.push(target);
                }
            }
            for (number, item) in basket.into_iter().enumerate() {
                let good = &market.goods.items[item as usize];
                let deed = || Deed { shopper: shopper.number, day, number, item: good.id.clone(), price: good.price };
                each(deed().event(InteractionKind::Purchase, now, market)?);
                if rng.unit() < market.real.refunds {
                    each(deed().event(InteractionKind::Refund, Millis(now.0 + Millis::DAY / 4), market)?);
                }
            }
        }
    }
    Ok(())
}

/// Marginals of a log as long as the market's that simulated shoppers leave.
fn simulated(market: &Market, world: World<'_>, plan: &SimulationPlan) -> Result<Marginals> {
    let seed = mixed(plan.seed, &[0x4D41_5247]);
    let world = World { seed, ..world };
    let count = MARGINAL_SHOPPERS.min(plan.shoppers.max(100));
    let shoppers: Vec<Shopper> = (0..count).map(|number| Shopper::new(market, seed, number)).collect();
    let mut sales = Sales::default();
    tell_past(market, world, &shoppers, -(market.days as i64)..0, 1.0, &mut |event| sales.take(&event))?;
    Ok(sales.marginals(market.goods.items.len()))
}

/// FNV-1a over numbers.
struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl Digest {
    fn take(&mut self, number: u64) {
        for byte in number.to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }
}
