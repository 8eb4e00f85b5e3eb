use std::ops::AddAssign;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use types::Rng;

use super::market::Marginals;
use super::nights::RankerNight;

/// What a simulation came to.
#[derive(Clone, PartialEq, Debug)]
pub struct SimulationReport {
    /// The arms, in the order in which they were given; all gains are over the first.
    pub arms: Vec<ArmReport>,
    /// What the real log looks like, and one that the simulated shoppers would leave over the same time.
    pub marginals: [Marginals; 2],
    /// A hash of all that was shown and done, in order: the same for the same plan, market and program.
    pub digest: String,
}

/// What became of one arm.
#[derive(Clone, PartialEq, Debug)]
pub struct ArmReport {
    /// Its name.
    pub name: Arc<str>,
    /// Each day, then all days together up to the last.
    pub days: Vec<DayReport>,
    /// The first days together: through day 1, 3, 7, 14 and 28, as far as there are so many, and through the last.
    pub through: Vec<DayReport>,
    /// Mean of one less the propensity with which items of searches were shown: 0 where nothing is left to chance.
    pub explored: f64,
    /// Searches that were let explore, of all.
    pub exploring: f64,
    /// Rankers that were trained at night, in order.
    pub rankers: Vec<RankerNight>,
    /// How the item in fashion fared each day in searches for its kind; empty without one.
    pub favourite: Vec<FavouriteFigures>,
    /// Examination measured by swaps, where the arm swaps.
    pub swaps: Option<SwapFigures>,
}

/// Figures of a day or of several, with 95 % intervals (bootstrap over shoppers).
#[derive(Clone, PartialEq, Debug)]
pub struct DayReport {
    /// The last day, from 1.
    pub day: usize,
    /// Searches made.
    pub searches: f64,
    /// Searches with a click, of all.
    pub click_through: Figure,
    /// Clicks a search.
    pub clicks: Figure,
    /// Searches with a purchase, of all.
    pub conversion: Figure,
    /// Money spent a search.
    pub revenue: Figure,
    /// Front pages with a click, of all.
    pub front_click_through: Figure,
    /// Clicks a search lost against the best slate there is, which only the simulator knows.
    pub regret: Figure,
    /// Conversion over that of the first arm, less 1; the shoppers are the same.
    pub conversion_gain: Option<Figure>,
    /// The same of revenue a search.
    pub revenue_gain: Option<Figure>,
    /// Regret less that of the first arm: below 0 where fewer clicks are lost.
    pub regret_change: Option<Figure>,
}

/// An estimate with the ends of its 95 % interval.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Figure {
    /// The estimate.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// How the item in fashion fared on a day.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FavouriteFigures {
    /// Searches for its kind alone.
    pub searches: usize,
    /// Mean place, from 1; one behind the last where it was not shown.
    pub place: f64,
    /// Share in which it stood among the first three.
    pub top: f64,
    /// Share of front pages that showed it.
    pub front: f64,
}

/// Examination by position, from 1.
#[derive(Clone, PartialEq, Debug)]
pub struct SwapFigures {
    /// As measured from swaps alone.
    pub measured: Vec<f64>,
    /// As it was.
    pub truth: Vec<f64>,
}

/// Sums over visits.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct DayFigures {
    /// Searches.
    pub searches: f64,
    /// Searches with a click.
    pub clicked: f64,
    /// Clicks in searches.
    pub clicks: f64,
    /// Searches with a purchase.
    pub converted: f64,
    /// Money spent.
    pub revenue: f64,
    /// Expected clicks lost against the best slates.
    pub regret: f64,
    /// Front pages seen.
    pub fronts: f64,
    /// Front pages with a click.
    pub front_clicks: f64,
}

impl AddAssign for DayFigures {
    fn add_assign(&mut self, other: Self) {
        self.add_times(&other, 1.0);
    }
}

impl DayFigures {
    fn add_times(&mut self, other: &Self, times: f64) {
        self.searches += times * other.searches;
        self.clicked += times * other.clicked;
        self.clicks += times * other.clicks;
        self.converted += times * other.converted;
        self.revenue += times * other.revenue;
        self.regret += times * other.regret;
        self.fronts += times * other.fronts;
        self.front_clicks += times * other.front_clicks;
    }

    /// Click-through, conversion, revenue a search, click-through of the front page, regret a search, clicks a search.
    fn rates(&self) -> [f64; 6] {
        let searches = self.searches.max(1.0);
        let front = self.front_clicks / self.fronts.max(1.0);
        let [clicked, converted, revenue, regret, clicks] =
            [self.clicked, self.converted, self.revenue, self.regret, self.clicks].map(|sum| sum / searches);
        [clicked, converted, revenue, front, regret, clicks]
    }
}

/// One shopper's visit, as it counts.
pub(super) struct Counted {
    pub(super) day: usize,
    pub(super) shopper: usize,
    pub(super) figures: DayFigures,
}

/// Reports of days `from..=to` for all arms, by a bootstrap in which shoppers are drawn with replacement, the same ones for
/// all arms: what a shopper does in one visit tells of the next, so visits are no independent cases.
pub(super) fn summaries(arms: &[Vec<Counted>], from: usize, to: usize, resamples: usize, seed: u64) -> Vec<DayReport> {
    let within = |counted: &&Counted| (from..=to).contains(&counted.day);
    let mut places: FxHashMap<usize, usize> = FxHashMap::default();
    for counted in arms.iter().flatten().filter(within) {
        let next = places.len();
        places.entry(counted.shopper).or_insert(next);
    }
    let by_shopper: Vec<Vec<DayFigures>> = arms
        .iter()
        .map(|visits| {
            let mut sums = vec![DayFigures::default(); places.len()];
            visits.iter().filter(within).for_each(|counted| sums[places[&counted.shopper]] += counted.figures);
            sums
        })
        .collect();
    let once = vec![1.0; places.len()];
    let observed = outcomes(&by_shopper, &once);
    let draws: Vec<Vec<[f64; 9]>> = (0..resamples)
        .map(|draw| {
            let mut rng = Rng::new(Rng::new(seed ^ (draw as u64).rotate_left(32)).next_u64());
            let mut times = vec![0.0; places.len()];
            (0..places.len()).for_each(|_| times[rng.below(places.len())] += 1.0);
            outcomes(&by_shopper, &times)
        })
        .collect();
    let figure = |arm: usize, which: usize| {
        let mut values: Vec<f64> = draws.iter().map(|draw| draw[arm][which]).collect();
        values.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| values.get((share * values.len() as f64) as usize).copied();
        let value = observed[arm][which];
        Figure { value, low: at(0.025).unwrap_or(value), high: at(0.975).unwrap_or(value) }
    };
    (0..arms.len())
        .map(|arm| DayReport {
            day: to,
            searches: by_shopper[arm].iter().map(|figures| figures.searches).sum(),
            click_through: figure(arm, 0),
            clicks: figure(arm, 5),
            conversion: figure(arm, 1),
            revenue: figure(arm, 2),
            front_click_through: figure(arm, 3),
            regret: figure(arm, 4),
            conversion_gain: (arm > 0).then(|| figure(arm, 6)),
            revenue_gain: (arm > 0).then(|| figure(arm, 7)),
            regret_change: (arm > 0).then(|| figure(arm, 8)),
        })
        .collect()
}

/// Rates by arm where each shopper counts so many times, then gains of conversion and revenue over the first arm, and the
/// change of regret.
fn outcomes(by_shopper: &[Vec<DayFigures>], times: &[f64]) -> Vec<[f64; 9]> {
    let rates: Vec<[f64; 6]> = by_shopper
        .iter()
        .map(|shoppers| {
            let mut sum = DayFigures::default();
            shoppers.iter().zip(times).for_each(|(figures, times)| sum.add_times(figures, *times));
            sum.rates()
        })
        .collect();
    let gain =
        |arm: &[f64; 6], which: usize| if rates[0][which] > 0.0 { arm[which] / rates[0][which] - 1.0 } else { 0.0 };
    let with_gains = |arm: &[f64; 6]| {
        let [clicked, converted, revenue, front, regret, clicks] = *arm;
        [clicked, converted, revenue, front, regret, clicks, gain(arm, 1), gain(arm, 2), regret - rates[0][4]]
    };
    rates.iter().map(with_gains).collect()
}

impl SimulationReport {
    /// As a document.
    pub fn to_json(&self) -> Value {
        let arms: Vec<Value> = self.arms.iter().map(ArmReport::to_json).collect();
        let [real, simulated] = [&self.marginals[0], &self.marginals[1]].map(Marginals::to_json);
        json!({ "arms": arms, "marginals": { "real": real, "simulated": simulated }, "digest": self.digest })
    }
}

impl ArmReport {
    fn to_json(&self) -> Value {
        let days = |days: &[DayReport]| days.iter().map(DayReport::to_json).collect::<Vec<_>>();
        let favourite = |day: &FavouriteFigures| json!({ "searches": day.searches, "place": day.place, "top": day.top, "front": day.front });
        json!({
            "name": &*self.name,
            "days": days(&self.days),
            "through": days(&self.through),
            "explored": self.explored,
            "exploring": self.exploring,
            "rankers": self.rankers.iter().map(RankerNight::to_json).collect::<Vec<_>>(),
            "favourite": self.favourite.iter().map(favourite).collect::<Vec<_>>(),
            "swaps": self.swaps.as_ref().map(|swaps| json!({ "measured": swaps.measured, "truth": swaps.truth })),
        })
    }
}

impl DayReport {
    fn to_json(&self) -> Value {
        json!({
            "day": self.day,
            "searches": self.searches,
            "click_through": self.click_through.to_json(),
            "clicks": self.clicks.to_json(),
            "conversion": self.conversion.to_json(),
            "revenue": self.revenue.to_json(),
            "front_click_through": self.front_click_through.to_json(),
            "regret": self.regret.to_json(),
            "conversion_gain": self.conversion_gain.map(Figure::to_json),
            "revenue_gain": self.revenue_gain.map(Figure::to_json),
            "regret_change": self.regret_change.map(Figure::to_json),
        })
    }
}

impl Figure {
    fn to_json(self) -> Value {
        json!({ "value": self.value, "low": self.low, "high": self.high })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arms_with_the_same_shoppers_differ_by_what_differs_alone() {
        let mut rng = Rng::new(3);
        let visit = |shopper: usize, converted: f64| {
            let figures = DayFigures {
                searches: 10.0,
                clicked: 8.0,
                converted,
                revenue: 3.0 * converted,
                ..DayFigures::default()
            };
            Counted { day: 1 + shopper % 2, shopper, figures }
        };
        // Shoppers differ much, the arms by a tenth.
        let counts: Vec<f64> = (0..200).map(|_| rng.below(8) as f64).collect();
        let first: Vec<Counted> = counts.iter().enumerate().map(|(shopper, count)| visit(shopper, *count)).collect();
        let second: Vec<Counted> =
            counts.iter().enumerate().map(|(shopper, count)| visit(shopper, 1.1 * count)).collect();
        let reports = summaries(&[first, second], 1, 2, 300, 7);
        let gain = reports[1].conversion_gain.unwrap();
        assert!((gain.value - 0.1).abs() < 1e-9 && gain.high - gain.low < 1e-9);
        assert!(reports[0].conversion_gain.is_none() && reports[0].searches == 2_000.0);
        let conversion = reports[0].conversion;
        assert!(conversion.low < conversion.value && conversion.value < conversion.high);
        assert!((conversion.high - conversion.low - 2.0 * 1.96 * 0.229 / 200f64.sqrt()).abs() < 0.01, "{conversion:?}");
        assert_eq!(summaries(&[Vec::new()], 1, 1, 10, 7)[0].conversion, Figure::default());
    }
}
