//! What is wanted more lately than it used to be.

use rustc_hash::FxHashMap;
use types::{Millis, Row};

use super::fit::tell;
use super::{Ask, FitError, Method, Model, Parameter, Parameters, Scale, Share, Trainer, TrainingData, Watcher};
use crate::bytes::{Reader, Writer};

/// Rises of each item against its own past.
pub(super) const METHOD: Method = Method {
    name: "trending",
    about: "what is wanted lately, more so what is wanted more than it used to be; the same for everyone",
    parameters: &[
        days("half-life-days", "days after which an interaction counts half as one of the present", 3.0),
        days("past-half-life-days", "days after which an interaction counts half as one of an item's past", 30.0),
        Parameter {
            name: "rise",
            about: "how much a rise counts: 0 is popularity of late, 1 multiplies it by the rise",
            default: 1.0,
            min: 0.0,
            max: 4.0,
            scale: Scale::Linear,
        },
        Parameter {
            name: "steady",
            about: "interactions of the present that are believed without a rise: more keeps chance rises down",
            default: 5.0,
            min: 0.1,
            max: 1e4,
            scale: Scale::Log,
        },
    ],
    trainer: |parameters| Box::new(TrendingTrainer::new(parameters)),
    decode: |bytes| Ok(Box::new(Trending::decode(bytes)?)),
};

const fn days(name: &'static str, about: &'static str, default: f64) -> Parameter {
    Parameter { name, about, default, min: 0.01, max: 3650.0, scale: Scale::Log }
}

/// Interactions of one user with one item within a day that count; a robot's further ones do not make a trend.
const A_DAY_MAX: u32 = 3;
/// Strengths beyond this count as this one.
const STRENGTH_MAX: f64 = 100.0;

#[derive(Debug)]
struct TrendingTrainer {
    half_life_days: f64,
    past_half_life_days: f64,
    rise: f64,
    steady: f64,
}

impl TrendingTrainer {
    fn new(parameters: &Parameters) -> Self {
        Self {
            half_life_days: parameters.get("half-life-days"),
            past_half_life_days: parameters.get("past-half-life-days"),
            rise: parameters.get("rise"),
            steady: parameters.get("steady"),
        }
    }

    /// `n (o / e)^r`: n is what an item gathered lately, `o = n + s` and `e = x + s`, where x is what its past would let
    /// expect and s the steadiness: the ratio of two rates with a gamma prior (Gelman and others, "Bayesian Data Analysis",
    /// section 2.6), so that one click more on a rare item is no trend.
    fn score(&self, present: f64, past: f64) -> f64 {
        let expected = past.max(0.0) * self.half_life_days / self.past_half_life_days;
        let rise = (present.max(0.0) + self.steady) / (expected + self.steady);
        present * rise.powf(self.rise)
    }
}

impl Trainer for TrendingTrainer {
    fn memory(&self, data: &TrainingData<'_>) -> u64 {
        20 * data.interactions.items() as u64
    }

    fn fit(&self, data: &TrainingData<'_>, watcher: &mut dyn Watcher) -> Result<Box<dyn Model>, FitError> {
        let items = data.interactions.items();
        let (mut present, mut past) = (vec![0.0f64; items], vec![0.0f64; items]);
        let last = data.interactions.last_time().unwrap_or(Millis(0));
        for list in data.interactions.iter() {
            let mut today: FxHashMap<Row, u32> = FxHashMap::default();
            let mut day = i64::MIN;
            for entry in list {
                if entry.time.0.div_euclid(Millis::DAY) != day {
                    day = entry.time.0.div_euclid(Millis::DAY);
                    today.clear();
                }
                let times = today.entry(entry.item).or_default();
                *times += 1;
                if *times > A_DAY_MAX {
                    continue;
                }
                let age = entry.time.days_until(last);
                let weight = f64::from(entry.weight).clamp(-STRENGTH_MAX, STRENGTH_MAX);
                present[entry.item.index()] += weight * (-age / self.half_life_days).exp2();
                past[entry.item.index()] += weight * (-age / self.past_half_life_days).exp2();
            }
        }
        tell(watcher, 1.0, None)?;
        let scores = present.iter().zip(&past).map(|(present, past)| self.score(*present, *past) as f32);
        Ok(Box::new(Trending { scores: scores.map(|score| if score.is_finite() { score } else { 0.0 }).collect() }))
    }
}

#[derive(Clone, PartialEq, Debug)]
struct Trending {
    scores: Vec<f32>,
}

impl Trending {
    fn decode(bytes: &[u8]) -> crate::Result<Self> {
        let mut input = Reader::new(bytes);
        let scores = input.floats()?;
        input.end()?;
        Ok(Self { scores })
    }
}

impl Model for Trending {
    fn name(&self) -> &'static str {
        METHOD.name
    }

    fn items(&self) -> usize {
        self.scores.len()
    }

    fn score(&self, _ask: &Ask<'_>, scores: &mut [f32]) {
        scores.copy_from_slice(&self.scores);
    }

    fn explain(&self, _ask: &Ask<'_>, item: Row) -> Vec<Share> {
        self.scores.get(item.index()).map(|score| Share { because: None, part: *score }).into_iter().collect()
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.floats(&self.scores);
        out.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::testing::{check_method, signal};
    use crate::recommend::{Interactions, ItemContents, train};
    use types::Signal;

    const DAY: i64 = 24 * 60;

    fn scores(signals: &[Signal], chosen: &[(&str, f64)]) -> Vec<f32> {
        let mut parameters = Parameters::new(METHOD.parameters);
        chosen.iter().for_each(|(name, value)| parameters.set(name, *value).unwrap());
        let interactions = Interactions::from_signals(signals, 3);
        let data = TrainingData { interactions: &interactions, items: &ItemContents::default(), seed: 1 };
        let model = train(&METHOD, &parameters, &data, None, &mut ()).unwrap();
        let mut scores = vec![0.0; 3];
        model.score(&Ask { history: &[], now: Millis(0) }, &mut scores);
        scores
    }

    /// Item 0 is always popular; item 1 rises in the last two days; item 2 was clicked once more than never.
    fn shop() -> Vec<Signal> {
        let steady = (0..60).flat_map(|day| (0..10).map(move |user| signal(user, 0, i64::from(day) * DAY)));
        let rising = (0..30).map(|user| signal(user, 1, (58 + i64::from(user % 2)) * DAY));
        steady.chain(rising).chain([signal(99, 2, 59 * DAY)]).collect()
    }

    #[test]
    fn a_rise_beats_what_is_always_popular_and_chance() {
        check_method(&METHOD);
        let scores = scores(&shop(), &[]);
        assert!(scores[1] > scores[0] && scores[0] > 10.0 * scores[2], "{scores:?}");
    }

    #[test]
    fn without_rises_it_is_popularity_of_late() {
        let scores = scores(&shop(), &[("rise", 0.0)]);
        assert!(scores[0] > scores[1], "{scores:?}");
    }

    #[test]
    fn a_robot_makes_no_trend_and_hides_lower() {
        let mut signals = shop();
        signals.extend((0..100_000).map(|click| signal(500, 2, 59 * DAY + i64::from(click % 60))));
        let robot = scores(&signals, &[]);
        assert!(robot[0] > robot[2], "{robot:?}");
        let mut hidden = shop();
        hidden.push(Signal { strength: -5.0, ..signal(501, 1, 59 * DAY) });
        assert!(scores(&hidden, &[])[1] < scores(&shop(), &[])[1]);
    }
}
