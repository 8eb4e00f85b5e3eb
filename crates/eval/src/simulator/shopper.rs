use std::sync::Arc;

use types::{Millis, Rng};

use super::goods::Goods;
use super::market::{Market, month};

/// Kinds and styles a shopper likes more than others.
const FAVOURITES: usize = 4;
/// Share of needs that come from a shopper's own taste.
const OWN: f64 = 0.6;
/// How strongly a favourite kind, a favourite style, a wrong price and a mood move a shopper, in log-odds.
const TASTE: f64 = 0.8;
const STYLE: f64 = 0.6;
const PRICE: f64 = 0.35;
const MOOD: f64 = 0.4;
/// Log-odds of a click on what is examined: of anything, and more by how well it answers the need and how it appeals to all.
const CLICK: f64 = -3.2;
const FIT: f64 = 3.0;
const APPEAL: f64 = 0.45;
/// Log-odds of buying what was clicked, and more where it is the very thing.
const BUY: f64 = -0.6;
const TARGET: f64 = 1.2;

/// Somebody who shops: what they like, what they spend, how often they come. Drawn anew from the seed and the number
/// whenever wanted, so that a million need no memory.
#[derive(Clone, Debug)]
pub(super) struct Shopper {
    pub(super) number: usize,
    seed: u64,
    kinds: [u32; FAVOURITES],
    styles: [u32; FAVOURITES],
    /// Logarithm of the price they like best.
    level: f64,
    /// Visits a day.
    pub(super) rate: f64,
    /// How many needs in a row without a purchase they bear before they leave.
    pub(super) patience: u32,
}

/// What a shopper has in mind: an item, or something like it.
#[derive(Clone, Debug)]
pub(super) struct Need {
    pub(super) target: u32,
    pub(super) style: Option<u32>,
    pub(super) text: Arc<str>,
    /// Whether nothing but the target will do.
    pub(super) specific: bool,
}

/// What all shoppers see: the goods, and what the season and fashion make of them.
#[derive(Clone, Copy)]
pub(super) struct World<'a> {
    pub(super) goods: &'a Goods,
    pub(super) seed: u64,
    /// An item that everybody begins to like, from when, and by how much in log-odds.
    pub(super) fashion: Option<(u32, Millis, f64)>,
}

impl Shopper {
    pub(super) fn new(market: &Market, seed: u64, number: usize) -> Self {
        let seed = mixed(seed, &[0x5348_4F50, number as u64]);
        let mut rng = Rng::new(seed);
        let goods = &market.goods;
        let kinds = [(); FAVOURITES].map(|()| drawn(goods.kinds.iter().map(|kind| kind.sold), &mut rng) as u32);
        // Styles of items of those kinds, so that a taste hangs together.
        let styles = kinds.map(|kind| {
            let items = &goods.kinds[kind as usize].items;
            let styles = &goods.items[items[rng.below(items.len())] as usize].styles;
            if styles.is_empty() { u32::MAX } else { styles[rng.below(styles.len())] }
        });
        let [low, middle, high, _] = market.real.price.map(|price| price.max(0.01).ln());
        // Quartiles of a normal distribution lie .674 deviations from its middle; half of what prices vary by is the items'.
        let level = middle + rng.normal() * (high - low) / (2.0 * 0.674) * 0.5;
        let rate = market.loyalty.0 * gamma(market.loyalty.1, &mut rng);
        let patience = 2 + rng.below(5) as u32;
        Self { number, seed, kinds, styles, level, rate, patience }
    }

    /// Whether they come on a day, numbered from any day.
    pub(super) fn visits(&self, day: i64, pace: f64) -> bool {
        unit(self.seed, &[0x5649_5349, day.cast_unsigned()]) < 1.0 - (-self.rate * pace).exp()
    }

    /// What chance there is in a visit.
    pub(super) fn visit_rng(&self, day: i64) -> Rng {
        Rng::new(mixed(self.seed, &[0x4E45_4544, day.cast_unsigned()]))
    }

    /// What they want next.
    pub(super) fn need(&self, world: World<'_>, now: Millis, rng: &mut Rng) -> Need {
        let goods = world.goods;
        let season = |kind: usize| goods.kinds[kind].season[month(now)].exp();
        let kind = if rng.unit() < OWN {
            self.kinds[rng.below(FAVOURITES)]
        } else {
            drawn((0..goods.kinds.len()).map(|kind| goods.kinds[kind].sold * season(kind)), rng) as u32
        };
        // By how often it sells, and how much they like it.
        let items = &goods.kinds[kind as usize].items;
        let weight =
            |item: u32| goods.items[item as usize].sold * (self.liking(world, item) + world.fashion(item, now)).exp();
        let target = items[drawn(items.iter().map(|item| weight(*item)), rng)];
        let good = &goods.items[target as usize];
        let name = &goods.kinds[kind as usize].name;
        let (how, style) = (rng.unit(), rng.below(good.styles.len().max(1)));
        let style = good.styles.get(style).copied().filter(|_| how >= 0.4);
        let specific = how > 0.85 || name.is_empty();
        let text: Arc<str> = match style {
            _ if specific => Arc::from(good.title.to_lowercase()),
            Some(style) => Arc::from(format!("{} {name}", goods.styles[style as usize])),
            None => Arc::clone(name),
        };
        Need { target, style, text, specific }
    }

    /// How much they like an item whatever they look for, in log-odds.
    fn liking(&self, world: World<'_>, item: u32) -> f64 {
        let good = &world.goods.items[item as usize];
        let kind = if self.kinds.contains(&good.kind) { TASTE } else { 0.0 };
        let style = if good.styles.iter().any(|style| self.styles.contains(style)) { STYLE } else { 0.0 };
        let price = PRICE * (good.price.ln() - self.level).powi(2);
        let mood = MOOD * normal(self.seed, &[0x4D4F_4F44, u64::from(item)]);
        kind + style - price.min(3.0) + mood
    }

    /// The probability that they click an item they examine. Without a need (on the front page) taste alone decides.
    pub(super) fn attraction(&self, world: World<'_>, item: u32, need: Option<&Need>, now: Millis) -> f64 {
        let fit = need.map_or(0.35, |need| fit(world.goods, item, need));
        let good = &world.goods.items[item as usize];
        let season = 0.3 * world.goods.kinds[good.kind as usize].season[month(now)];
        let moved = APPEAL * good.appeal + self.liking(world, item) + season + world.fashion(item, now);
        // What answers nothing of a need is passed over, however nice.
        if fit > 0.0 { sigmoid(CLICK + FIT * fit + moved) } else { 0.005 }
    }

    /// The probability that they buy an item they clicked.
    pub(super) fn buying(&self, world: World<'_>, item: u32, need: Option<&Need>, now: Millis) -> f64 {
        let is_target = need.is_some_and(|need| need.target == item);
        let liking = 0.5 * (self.liking(world, item) + world.fashion(item, now));
        sigmoid(BUY + liking + if is_target { TARGET } else { 0.0 })
    }

    /// A number in 0..1 that is the same for the same shopper and circumstances in every arm.
    pub(super) fn chance(&self, circumstances: &[u64]) -> f64 {
        unit(self.seed, circumstances)
    }
}

impl World<'_> {
    fn fashion(self, item: u32, now: Millis) -> f64 {
        self.fashion.filter(|(favourite, from, _)| *favourite == item && now >= *from).map_or(0.0, |(_, _, lift)| lift)
    }
}

/// How well an item answers a need: 1 for the target and what has its kind and style, less for what has one of them.
fn fit(goods: &Goods, item: u32, need: &Need) -> f64 {
    let (good, target) = (&goods.items[item as usize], &goods.items[need.target as usize]);
    let has_style = need.style.is_none_or(|style| good.styles.contains(&style));
    match (item == need.target, good.kind == target.kind) {
        (true, _) => 1.0,
        (false, true) if need.specific => 0.3,
        (false, true) => {
            if has_style {
                1.0
            } else {
                0.5
            }
        }
        (false, false) if need.style.is_some() && has_style => 0.15,
        (false, false) => 0.0,
    }
}

/// The probability that position `position`, from 1, is examined.
pub(super) fn examination(position: usize, severity: f64) -> f64 {
    (position as f64).powf(-severity)
}

/// A place, with probability in proportion to its weight.
fn drawn(weights: impl Iterator<Item = f64> + Clone, rng: &mut Rng) -> usize {
    let mut left = rng.unit() * weights.clone().sum::<f64>();
    let mut last = 0;
    for (place, weight) in weights.enumerate() {
        last = place;
        left -= weight;
        if left < 0.0 {
            break;
        }
    }
    last
}

/// A gamma variate of mean 1 (Marsaglia and Tsang 2000, "A simple method for generating gamma variables", ACM TOMS 26).
fn gamma(shape: f64, rng: &mut Rng) -> f64 {
    // A shape below 1 is had from one above by a power of a uniform.
    let (raised, factor) = if shape < 1.0 { (shape + 1.0, (1.0 - rng.unit()).powf(1.0 / shape)) } else { (shape, 1.0) };
    let d = raised - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = rng.normal();
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && (1.0 - rng.unit()).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d * v * factor / shape;
        }
    }
}

/// One number of a seed and circumstances; nearly all bits depend on all.
pub(super) fn mixed(seed: u64, circumstances: &[u64]) -> u64 {
    circumstances.iter().fold(seed, |state, part| Rng::new(state ^ part.rotate_left(32)).next_u64())
}

pub(super) fn unit(seed: u64, circumstances: &[u64]) -> f64 {
    Rng::new(mixed(seed, circumstances)).unit()
}

fn normal(seed: u64, circumstances: &[u64]) -> f64 {
    Rng::new(mixed(seed, circumstances)).normal()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gamma_has_mean_one_and_the_variance_of_its_shape() {
        for shape in [0.4, 1.0, 3.0] {
            let mut rng = Rng::new(5);
            let draws: Vec<f64> = (0..20_000).map(|_| gamma(shape, &mut rng)).collect();
            let mean = draws.iter().sum::<f64>() / 2e4;
            let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / 2e4;
            assert!((mean - 1.0).abs() < 0.05 && (variance * shape - 1.0).abs() < 0.1, "{shape}: {mean} {variance}");
        }
    }

    #[test]
    fn places_are_drawn_by_weight() {
        let mut rng = Rng::new(6);
        let mut counts = [0; 3];
        (0..6_000).for_each(|_| counts[drawn([1.0, 0.0, 2.0].into_iter(), &mut rng)] += 1);
        assert!((1_800..2_200).contains(&counts[0]) && counts[1] == 0, "{counts:?}");
    }
}
