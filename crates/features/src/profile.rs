use rustc_hash::FxHashMap;
use types::{Millis, Row, Touch};

use crate::State;
use crate::visits::Visits;

/// What one actor likes, summed up from the history once a request. The default is what is known of a stranger.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    touches: FxHashMap<Row, Touch>,
    categories: FxHashMap<u32, f32>,
    brands: FxHashMap<u32, f32>,
    /// Sum of the sizes of all weights.
    total: f32,
    price: Option<PriceTaste>,
    pub(crate) visits: Visits,
    /// Categories and brands of what was touched within the last half hour.
    session_categories: Vec<u32>,
    session_brands: Vec<u32>,
}

/// The level of prices (see `State::price_level`) an actor is used to.
#[derive(Clone, Copy, PartialEq, Debug)]
struct PriceTaste {
    mean: f32,
    deviation: f32,
    confidence: f32,
}

/// Weight of doubt: a history of this strength (one purchase) is believed by half.
const DOUBT: f32 = 5.0;
/// What belongs to the present visit: half an hour.
const SESSION_DAYS: f64 = 30.0 / 1_440.0;

impl State {
    /// What an actor likes at `now`.
    pub fn profile(&self, actor: Option<Row>, now: Millis) -> Profile {
        let mut profile = Profile::default();
        let mut levels: Vec<(f32, f32)> = Vec::new();
        for touch in actor.map(|actor| self.history(actor)).unwrap_or_default() {
            let days = touch.time.days_until(now).max(0.0);
            let weight = touch.weight * (-days / self.config().history_half_life_days).exp2() as f32;
            profile.touches.insert(touch.item, touch);
            profile.total += weight.abs();
            let Some(facts) = self.facts(touch.item) else { continue };
            if (0.0..SESSION_DAYS).contains(&days) && !touch.refused {
                profile.session_categories.extend(facts.categories.last());
                profile.session_brands.extend(facts.brand);
            }
            for code in facts.categories.iter() {
                *profile.categories.entry(*code).or_default() += weight;
            }
            if let Some(brand) = facts.brand {
                *profile.brands.entry(brand).or_default() += weight;
            }
            levels.extend(self.price_level(facts).filter(|_| weight > 0.0).map(|level| (level, weight)));
        }
        profile.price = PriceTaste::of(&levels);
        profile.visits = actor.and_then(|actor| self.visits.get(actor)).copied().unwrap_or_default();
        profile
    }
}

impl Profile {
    /// What the actor did with an item.
    pub fn touch(&self, item: Row) -> Option<&Touch> {
        self.touches.get(&item)
    }

    /// How many items the actor touched, as far as the history goes.
    pub fn items(&self) -> usize {
        self.touches.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.touches.is_empty()
    }

    /// Liking of a category, -1 to 1: its share in all the actor did, shrunk towards 0 where that is little.
    pub fn category(&self, code: u32) -> f32 {
        self.share(self.categories.get(&code))
    }

    /// Liking of a brand, -1 to 1.
    pub fn brand(&self, code: u32) -> f32 {
        self.share(self.brands.get(&code))
    }

    /// How well a level of price fits what the actor is used to, 0 to 1; 0 where nothing is known.
    pub fn price_fit(&self, level: f32) -> f32 {
        self.price.map_or(0.0, |taste| {
            let distance = (level - taste.mean) / taste.deviation;
            (-0.5 * distance * distance).exp() * taste.confidence
        })
    }

    /// Whether an item of this most specific category was touched within the last half hour.
    pub fn category_in_session(&self, code: u32) -> bool {
        self.session_categories.contains(&code)
    }

    /// Whether an item of this brand was touched within the last half hour.
    pub fn brand_in_session(&self, code: u32) -> bool {
        self.session_brands.contains(&code)
    }

    fn share(&self, weight: Option<&f32>) -> f32 {
        weight.map_or(0.0, |weight| weight / (self.total + DOUBT))
    }
}

impl PriceTaste {
    fn of(levels: &[(f32, f32)]) -> Option<Self> {
        let total: f32 = levels.iter().map(|(_, weight)| weight).sum();
        if total <= 0.0 {
            return None;
        }
        let mean = levels.iter().map(|(level, weight)| level * weight).sum::<f32>() / total;
        let variance = levels.iter().map(|(level, weight)| (level - mean).powi(2) * weight).sum::<f32>() / total;
        // Half a standard deviation of prices at least: taste in prices is never exact.
        Some(Self { mean, deviation: variance.sqrt().max(0.5), confidence: total / (total + DOUBT) })
    }
}
