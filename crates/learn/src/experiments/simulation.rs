//! Whether the statistics keep their word: experiments without an effect, of which the stated share may raise an alarm,
//! and with one that is to be found with the stated power. Visitors differ in how active they are, the same before and
//! during an experiment; revenue has a heavy tail.

use rayon::prelude::*;
use types::Rng;

use super::interleaving::{Slot, preference, team_draft};
use super::{
    Baseline, Better, Design, Effect, Estimator, Level, Moments, Reading, Result, Sequence, Shape, Sums,
    benjamini_hochberg, cap, compare, harm, holm, interaction, mismatch, winsorised,
};

/// How often something happened in simulated experiments.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Rate {
    /// What was counted.
    pub name: &'static str,
    /// Experiments simulated.
    pub runs: u64,
    /// Those in which it happened.
    pub hits: u64,
    /// What is promised of it.
    pub promise: Promise,
}

/// What is promised of a [`Rate`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Promise {
    /// Just this.
    Equal(f64),
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
    /// Nothing; told for comparison.
    Told,
}

impl Rate {
    /// The share of runs.
    pub fn share(&self) -> f64 {
        self.hits as f64 / self.runs as f64
    }

    /// Whether the promise is kept within three standard errors of the binomial distribution.
    pub fn is_kept(&self) -> bool {
        let error = |stated: f64| 3.0 * (stated * (1.0 - stated) / self.runs as f64).sqrt();
        match self.promise {
            Promise::Equal(stated) => (self.share() - stated).abs() <= error(stated),
            Promise::AtMost(stated) => self.share() <= stated + error(stated),
            Promise::AtLeast(stated) => self.share() >= stated - error(stated),
            Promise::Told => true,
        }
    }
}

/// Visitors in each arm of an experiment without an effect.
const VISITORS: usize = 2000;

/// Looks taken while one runs.
const LOOKS: usize = 25;

const ALPHA: f64 = 0.05;

/// What visitors are measured by.
#[derive(Clone, Copy)]
enum World {
    Conversion,
    Revenue,
    ClickThrough,
}

impl World {
    fn shape(self) -> Shape {
        match self {
            Self::Conversion => Shape::Share,
            Self::Revenue => Shape::Mean,
            Self::ClickThrough => Shape::Ratio,
        }
    }

    /// A visitor under a treatment that multiplies what is measured by `1 + lift`, on average.
    fn visitor(self, lift: f64, rng: &mut Rng) -> Sums {
        let activity = (0.8 * rng.normal()).exp();
        let (before, during) = (self.span(activity, 0.0, rng), self.span(activity, lift, rng));
        Sums { numerator: during.0, denominator: during.1, numerator_before: before.0, denominator_before: before.1 }
    }

    fn span(self, activity: f64, lift: f64, rng: &mut Rng) -> (f64, f64) {
        match self {
            Self::Conversion => (f64::from(u8::from(rng.unit() < (0.1 * activity).min(0.8) * (1.0 + lift))), 1.0),
            Self::Revenue => {
                let is_buyer = rng.unit() < (0.2 * activity).min(0.9);
                (if is_buyer { (3.0 + 0.7 * rng.normal()).exp() * (1.0 + lift) } else { 0.0 }, 1.0)
            }
            Self::ClickThrough => {
                let shown = 1 + (-(1.0 - rng.unit()).ln() * 4.0 * activity) as u32;
                let chance = (0.15 * activity).min(0.6) * (1.0 + lift);
                let clicked = (0..shown).filter(|_| rng.unit() < chance).count();
                (clicked as f64, f64::from(shown))
            }
        }
    }

    fn arm(self, visitors: usize, lift: f64, rng: &mut Rng) -> Moments {
        (0..visitors).map(|_| self.visitor(lift, rng)).collect()
    }

    fn compare(self, visitors: [usize; 2], lift: f64, is_adjusted: bool, rng: &mut Rng) -> Result<Effect> {
        let estimator = Estimator { shape: self.shape(), is_adjusted, confidence: 1.0 - ALPHA };
        compare(&self.arm(visitors[0], 0.0, rng), &self.arm(visitors[1], lift, rng), &estimator)
    }

    /// The effect at each of the looks at a growing experiment.
    fn looks(self, visitors: usize, lift: f64, is_adjusted: bool, rng: &mut Rng) -> Result<Vec<Effect>> {
        let estimator = Estimator { shape: self.shape(), is_adjusted, confidence: 1.0 - ALPHA };
        let (mut control, mut treatment) = (Moments::default(), Moments::default());
        let looks = (1..=LOOKS).map(|look| {
            while (control.count() as usize) < visitors * look / LOOKS {
                control.add(self.visitor(0.0, rng));
                treatment.add(self.visitor(lift, rng));
            }
            compare(&control, &treatment, &estimator)
        });
        looks.collect()
    }
}

/// Runs experiments, each with a generator of its own, so that any number of threads counts the same.
fn count(
    name: &'static str,
    promise: Promise,
    runs: u64,
    rng: &mut Rng,
    run: impl Fn(&mut Rng) -> Result<bool> + Sync,
) -> Result<Rate> {
    let seeds: Vec<u64> = (0..runs).map(|_| rng.next_u64()).collect();
    let hits = seeds.into_par_iter().map(|seed| run(&mut Rng::new(seed)).map(u64::from));
    Ok(Rate { name, runs, hits: hits.try_reduce(|| 0, |one, other| Ok(one + other))?, promise })
}

/// Alarms in experiments that change nothing (A/A tests).
///
/// # Errors
/// None that these visitors could bring about, unless there are no runs.
pub fn false_alarms(runs: u64, rng: &mut Rng) -> Result<Vec<Rate>> {
    let mut rates = fixed_end(runs, rng)?;
    rates.extend(any_time(runs, rng)?);
    rates.extend(several(runs, rng)?);
    Ok(rates)
}

fn fixed_end(runs: u64, rng: &mut Rng) -> Result<Vec<Rate>> {
    let both = [VISITORS; 2];
    let mut fixed = |name, world: World, visitors: [usize; 2], is_adjusted| {
        let alarm = move |rng: &mut Rng| Ok(world.compare(visitors, 0.0, is_adjusted, rng)?.p_value < ALPHA);
        count(name, Promise::Equal(ALPHA), runs, rng, alarm)
    };
    Ok(vec![
        fixed("conversion, at the end", World::Conversion, both, false)?,
        fixed("revenue, at the end", World::Revenue, both, false)?,
        fixed("click-through (delta method), at the end", World::ClickThrough, both, false)?,
        fixed("conversion, CUPED, at the end", World::Conversion, both, true)?,
        fixed("revenue, CUPED, arms of 1:3, at the end", World::Revenue, [VISITORS, 3 * VISITORS], true)?,
        fixed("click-through, CUPED, at the end", World::ClickThrough, both, true)?,
        count("revenue, winsorised at 99 %, at the end", Promise::Equal(ALPHA), runs, rng, |rng| {
            let visitors: Vec<Sums> = (0..2 * VISITORS).map(|_| World::Revenue.visitor(0.0, rng)).collect();
            let cap = cap(&visitors.iter().map(|sums| sums.numerator).collect::<Vec<_>>(), 0.99)?;
            let arm = |part: &[Sums]| part.iter().map(|sums| winsorised(*sums, cap)).collect::<Result<Moments>>();
            let (control, treatment) = (arm(&visitors[..VISITORS])?, arm(&visitors[VISITORS..])?);
            let estimator = Estimator { shape: Shape::Mean, is_adjusted: true, confidence: 1.0 - ALPHA };
            Ok(compare(&control, &treatment, &estimator)?.p_value < ALPHA)
        })?,
        count("sample-ratio mismatch of 3 arms", Promise::Equal(ALPHA), runs, rng, |rng| {
            let mut visitors = [0; 3];
            (0..VISITORS).for_each(|_| visitors[[0, 0, 1, 2][rng.below(4)]] += 1);
            Ok(mismatch(&visitors, &[2.0, 1.0, 1.0])?.p_value < ALPHA)
        })?,
    ])
}

fn any_time(runs: u64, rng: &mut Rng) -> Result<Vec<Rate>> {
    let sequence = Sequence::new(ALPHA, 2 * VISITORS as u64, (VISITORS / LOOKS) as u64)?;
    let mut looked = |name, world: World, is_adjusted| {
        let alarm = move |rng: &mut Rng| {
            let looks = world.looks(VISITORS, 0.0, is_adjusted, rng)?;
            let alarms = looks.iter().map(|effect| Ok(sequence.read(effect)?.p_value < ALPHA));
            Ok(alarms.collect::<Result<Vec<bool>>>()?.contains(&true))
        };
        count(name, Promise::AtMost(ALPHA), runs, rng, alarm)
    };
    Ok(vec![
        looked("conversion, always valid, 25 looks", World::Conversion, false)?,
        looked("revenue, CUPED, always valid, 25 looks", World::Revenue, true)?,
        looked("click-through, CUPED, always valid, 25 looks", World::ClickThrough, true)?,
        count("revenue, stop of a harmless arm, 25 looks", Promise::AtMost(ALPHA), runs, rng, |rng| {
            let looks = World::Revenue.looks(VISITORS, 0.0, true, rng)?;
            let stops = looks.iter().map(|effect| Ok(harm(effect, Better::Higher, 0.0, &sequence)?.is_harmful));
            Ok(stops.collect::<Result<Vec<bool>>>()?.contains(&true))
        })?,
        count("conversion, looked at 25 times as if each were the end", Promise::Told, runs, rng, |rng| {
            let looks = World::Conversion.looks(VISITORS, 0.0, false, rng)?;
            Ok(looks.iter().any(|effect| effect.p_value < ALPHA))
        })?,
    ])
}

fn several(runs: u64, rng: &mut Rng) -> Result<Vec<Rate>> {
    let small = |rng: &mut Rng| World::Conversion.compare([VISITORS / 4; 2], 0.0, false, rng);
    let p_values = |rng: &mut Rng| (0..5).map(|_| Ok(small(rng)?.p_value)).collect::<Result<Vec<f64>>>();
    Ok(vec![
        count("any of 5 metrics, Holm", Promise::AtMost(ALPHA), runs, rng, |rng| {
            Ok(holm(&p_values(rng)?)?.iter().any(|p| *p < ALPHA))
        })?,
        count("any of 5 metrics, Benjamini-Hochberg", Promise::AtMost(ALPHA), runs, rng, |rng| {
            Ok(benjamini_hochberg(&p_values(rng)?)?.iter().any(|p| *p < ALPHA))
        })?,
        count("interaction of 4 segments", Promise::Equal(ALPHA), runs, rng, |rng| {
            let segments = ["a", "b", "c", "d"].map(|name| Ok((name.into(), small(rng)?)));
            Ok(interaction(segments.into_iter().collect::<Result<Vec<_>>>()?)?.p_value < ALPHA)
        })?,
        count("team-draft interleaving of equal rankings", Promise::AtMost(ALPHA), runs, rng, |rng| {
            Ok(interleaved(200, false, rng)?.p_value < ALPHA)
        })?,
    ])
}

/// Visitors who see two rankings of ten items interleaved, of which five are good; the first ranking has them on top, or
/// both have them anywhere.
fn interleaved(visitors: usize, is_first_better: bool, rng: &mut Rng) -> Result<super::interleaving::Preference> {
    let clicks = |slots: &[Slot<u32>], rng: &mut Rng| -> f64 {
        let clicked = slots.iter().enumerate().filter(|(at, slot)| {
            let is_good = slot.item < 5;
            rng.unit() < if is_good { 0.4 } else { 0.1 } / (1.0 + 0.3 * *at as f64)
        });
        clicked.map(|(_, slot)| slot.credit).sum()
    };
    let credits: Vec<f64> = (0..visitors)
        .map(|_| {
            let [mut first, mut second] = [(0..10).collect::<Vec<u32>>(), (0..10).collect()];
            if !is_first_better {
                rng.shuffle(&mut first);
            }
            rng.shuffle(&mut second);
            let slots = team_draft(&first, &second, 10, rng);
            clicks(&slots, rng)
        })
        .collect();
    preference(&credits, 1, 0.95, rng)
}

/// Alarms in experiments with an effect, of as many visitors as [`Design`] asks for.
///
/// # Errors
/// None that these visitors could bring about, unless there are no runs.
pub fn powers(runs: u64, rng: &mut Rng) -> Result<Vec<Rate>> {
    let baseline = |world: World, is_adjusted: bool, rng: &mut Rng| -> Result<(f64, Baseline)> {
        let effect = world.compare([400_000; 2], 0.0, is_adjusted, rng)?;
        let Level { value, standard_error, visitors } = effect.control;
        let baseline = match world {
            World::Conversion if !is_adjusted => Baseline::share(value)?,
            _ => Baseline::multiplied(value, standard_error.powi(2) * visitors as f64)?,
        };
        Ok((value, baseline))
    };
    let mut rates = Vec::new();
    for (name, world, lift, power, is_adjusted) in [
        ("conversion +25 %, at the end", World::Conversion, 0.25, 0.8, false),
        ("revenue +15 %, at the end", World::Revenue, 0.15, 0.9, false),
        ("click-through +10 %, CUPED, at the end", World::ClickThrough, 0.1, 0.8, true),
    ] {
        let (value, baseline) = baseline(world, is_adjusted, rng)?;
        let visitors = Design { power, ..Design::default() }.visitors(&baseline, value * lift)? as usize;
        let seen = |rng: &mut Rng| Ok(world.compare([visitors / 2; 2], lift, is_adjusted, rng)?.p_value < ALPHA);
        rates.push(count(name, Promise::Equal(power), runs, rng, seen)?);
    }
    let (value, baseline) = baseline(World::Conversion, false, rng)?;
    let design = Design { reading: Reading::AnyTime, ..Design::default() };
    let visitors = design.visitors(&baseline, value * 0.3)?;
    let sequence = Sequence::new(ALPHA, visitors, 50)?;
    let any_time = Promise::AtLeast(design.power);
    rates.push(count("conversion +30 %, always valid, 25 looks", any_time, runs, rng, |rng| {
        let looks = World::Conversion.looks(visitors as usize / 2, 0.3, false, rng)?;
        Ok(looks.iter().any(|effect| sequence.read(effect).is_ok_and(|read| read.p_value < ALPHA)))
    })?);
    rates.push(count("conversion -30 %, stopped within as many visitors", any_time, runs, rng, |rng| {
        let looks = World::Conversion.looks(visitors as usize / 2, -0.3, false, rng)?;
        let harmful = |effect| harm(effect, Better::Higher, 0.0, &sequence).is_ok_and(|harm| harm.is_harmful);
        Ok(looks.iter().any(harmful))
    })?);
    rates.push(count("team-draft, the better ranking of 200 visitors", Promise::Told, runs, rng, |rng| {
        let found = interleaved(200, true, rng)?;
        Ok(found.p_value < ALPHA && found.margin > 0.0)
    })?);
    Ok(rates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn false_alarms_come_at_the_stated_rate() {
        for rate in false_alarms(300, &mut Rng::new(6)).unwrap() {
            assert!(rate.is_kept(), "{rate:?}");
        }
    }

    #[test]
    fn effects_are_found_with_the_stated_power() {
        for rate in powers(150, &mut Rng::new(6)).unwrap() {
            assert!(rate.is_kept(), "{rate:?}");
        }
    }

    #[test]
    fn a_broken_promise_is_told() {
        let rate = |hits, promise| Rate { name: "", runs: 1000, hits, promise };
        assert!(rate(50, Promise::Equal(0.05)).is_kept());
        assert!(!rate(80, Promise::Equal(0.05)).is_kept());
        assert!(!rate(80, Promise::AtMost(0.05)).is_kept());
        assert!(rate(10, Promise::AtMost(0.05)).is_kept());
        assert!(!rate(700, Promise::AtLeast(0.8)).is_kept());
    }
}
