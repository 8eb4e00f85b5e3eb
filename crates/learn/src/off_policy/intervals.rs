use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use types::Rng;

use super::estimators::{Term, total};

/// From where to where an estimate may lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// How sure an estimate is, by several methods, all two-sided and for independent units. They hold the mean of what an
/// estimator gives: the bias of one that is clipped or shrunk, or of a model, is not in them.
///
/// The first four are approximate, for many units; with a few dozen, or where a handful of weights decide, only the last
/// two hold what they say. Where the bootstrap is the reader's choice, [`Intervals::bca`] is the better of its two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Intervals {
    /// Estimate plus and minus a normal quantile times the standard error.
    pub normal: Interval,
    /// The same with a quantile of Student's t, one degree of freedom less than units.
    pub student_t: Interval,
    /// Percentile bootstrap (Efron 1979) over units.
    pub percentile: Interval,
    /// Bias-corrected and accelerated bootstrap (Efron 1987, JASA 82, sections 3 to 6).
    pub bca: Interval,
    /// Empirical Bernstein bound (Maurer and Pontil 2009, COLT, theorem 4); `None` where the estimate is not a mean of
    /// bounded independent rounds: self-normalised estimators, units of several rounds, estimates by a model alone.
    pub bernstein: Option<Interval>,
    /// Hoeffding's bound (1963, theorem 2); `None` as for Bernstein's.
    pub hoeffding: Option<Interval>,
}

/// A figure and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// The figure, in units of reward a round.
    pub value: f64,
    /// Its standard error over independent units, for ratios by the delta method.
    pub standard_error: f64,
    /// From where to where it may lie.
    pub intervals: Intervals,
}

/// Draws of units with replacement, the same for every estimate, so that estimates vary together as they do in truth.
pub(super) struct Resamples {
    seed: u64,
    count: usize,
    confidence: f64,
}

impl Resamples {
    pub(super) fn new(count: usize, confidence: f64, rng: &mut Rng) -> Self {
        Self { seed: rng.next_u64(), count, confidence }
    }

    /// The estimate of each table of units' sums, with its intervals. `ranges` tells how far apart the terms of two units
    /// can lie, where that is known.
    ///
    /// # Panics
    /// Where the tables have not all the same number of units, at least 2, or there is not a range for each.
    pub(super) fn figures(&self, tables: &[Vec<Term>], ranges: &[Option<f64>]) -> Vec<Figure> {
        assert_eq!(tables.len(), ranges.len(), "a range for every estimate");
        let units = tables.first().map_or(0, Vec::len);
        assert!(tables.iter().all(|table| table.len() == units && units >= 2), "the same units, at least 2");
        let draws: Vec<Vec<f64>> = (0..self.count).into_par_iter().map(|draw| self.draw(draw, tables)).collect();
        let each = tables.iter().zip(ranges).enumerate();
        each.map(|(place, (table, range))| self.figure(table, draws.iter().map(|draw| draw[place]).collect(), *range))
            .collect()
    }

    /// The estimates over one draw of the units.
    fn draw(&self, draw: usize, tables: &[Vec<Term>]) -> Vec<f64> {
        // Mixed twice, so that neighbouring draws are not the same numbers shifted by one.
        let mut rng = Rng::new(Rng::new(self.seed.wrapping_add(draw as u64)).next_u64());
        let units = tables[0].len();
        let mut times = vec![0u32; units];
        (0..units).for_each(|_| times[rng.below(units)] += 1);
        let sums = tables.iter().map(|table| {
            let mut sum = Term::default();
            table.iter().zip(&times).for_each(|(term, times)| sum.add(term, f64::from(*times)));
            sum.estimate()
        });
        sums.collect()
    }

    fn figure(&self, units: &[Term], draws: Vec<f64>, range: Option<f64>) -> Figure {
        let all = total(units);
        let value = all.estimate();
        let count = units.len() as f64;
        // The influences add up to 0; their spread over units is the delta method's, for a mean the usual one.
        let squares: f64 = units.iter().map(|unit| unit.influence(&all).powi(2)).sum();
        let standard_error = (squares * count / (count - 1.0)).sqrt();
        let tail = (1.0 - self.confidence) / 2.0;
        let about = |half: f64| Interval { low: value - half, high: value + half };
        let mut sorted = draws;
        sorted.sort_by(f64::total_cmp);
        let bound = |half: fn(&Bounded) -> f64| {
            range.map(|range| {
                about(half(&Bounded { range, count, variance: squares * count * count / (count - 1.0), tail }))
            })
        };
        let intervals = Intervals {
            normal: about(standard_error * Normal::standard().inverse_cdf(1.0 - tail)),
            student_t: about(standard_error * student_quantile(1.0 - tail, count - 1.0)),
            percentile: Interval { low: quantile(&sorted, tail, value), high: quantile(&sorted, 1.0 - tail, value) },
            bca: bca(&sorted, units, value, tail),
            bernstein: bound(Bounded::bernstein),
            hoeffding: bound(Bounded::hoeffding),
        };
        Figure { value, standard_error, intervals }
    }
}

/// A mean of `count` independent terms within a range.
struct Bounded {
    range: f64,
    count: f64,
    variance: f64,
    tail: f64,
}

impl Bounded {
    /// `sqrt(2 V ln(2/d) / n) + 7 R ln(2/d) / (3 (n - 1))`, `V` the variance of the sample, `d` the mass of one tail.
    fn bernstein(&self) -> f64 {
        let log = (2.0 / self.tail).ln();
        (2.0 * self.variance * log / self.count).sqrt() + 7.0 * self.range * log / (3.0 * (self.count - 1.0))
    }

    /// `R sqrt(ln(1/d) / (2 n))`.
    fn hoeffding(&self) -> f64 {
        self.range * ((1.0 / self.tail).ln() / (2.0 * self.count)).sqrt()
    }
}

/// The quantile of Student's t with `freedom` degrees, at least 1.
pub(super) fn student_quantile(share: f64, freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::INFINITY, |student| student.inverse_cdf(share))
}

/// The value below which `share` of sorted values lie, between neighbours in proportion; `otherwise` where there are none.
fn quantile(sorted: &[f64], share: f64, otherwise: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return otherwise };
    let place = share.clamp(0.0, 1.0) * last as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

/// The BCa interval: the percentiles `Phi(z0 + (z0 + z) / (1 - a (z0 + z)))` for `z` the normal quantiles of both tails,
/// `z0` the normal quantile of the share of draws below the estimate, `a` the skewness of the jackknife over units
/// (Efron 1987, equations 2.3 and 6.6).
fn bca(sorted: &[f64], units: &[Term], value: f64, tail: f64) -> Interval {
    let plain = Interval { low: quantile(sorted, tail, value), high: quantile(sorted, 1.0 - tail, value) };
    let below = sorted.partition_point(|draw| *draw < value);
    let ties = sorted[below..].partition_point(|draw| *draw <= value);
    let share = (below as f64 + 0.5 * ties as f64) / sorted.len().max(1) as f64;
    if !(share > 0.0 && share < 1.0) {
        return plain;
    }
    let normal = Normal::standard();
    let shift = normal.inverse_cdf(share);
    let acceleration = acceleration(units);
    let end = |tail: f64| {
        let moved = shift + normal.inverse_cdf(tail);
        let share = normal.cdf(shift + moved / (1.0 - acceleration * moved));
        if share.is_finite() { quantile(sorted, share, value) } else { quantile(sorted, tail, value) }
    };
    let (low, high) = (end(tail), end(1.0 - tail));
    if low <= high { Interval { low, high } } else { plain }
}

/// `sum d^3 / (6 (sum d^2)^1.5)`, `d` by how much each unit's absence lowers the estimate against the mean of all
/// absences.
fn acceleration(units: &[Term]) -> f64 {
    let all = total(units);
    let without: Vec<f64> = units
        .iter()
        .map(|unit| {
            let mut rest = all;
            rest.add(unit, -1.0);
            rest.estimate()
        })
        .collect();
    let mean = without.iter().sum::<f64>() / without.len() as f64;
    let (squares, cubes) = without.iter().fold((0.0, 0.0), |(squares, cubes), value| {
        let lowered = mean - value;
        (squares + lowered * lowered, cubes + lowered.powi(3))
    });
    if squares > 0.0 { cubes / (6.0 * squares.powf(1.5)) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(values: &[f64]) -> Vec<Term> {
        values.iter().map(|value| Term::mean(*value)).collect()
    }

    fn one(values: &[f64], range: f64, confidence: f64) -> Figure {
        let resamples = Resamples::new(2_000, confidence, &mut Rng::new(1));
        resamples.figures(&[means(values)], &[Some(range)])[0]
    }

    fn near(interval: Interval, low: f64, high: f64, tolerance: f64) {
        assert!((interval.low - low).abs() < tolerance && (interval.high - high).abs() < tolerance, "{interval:?}");
    }

    /// `x_i = ((i * 7919) % 1000 / 1000)^4`, i = 0..60, skewed to the right.
    fn skewed() -> Vec<f64> {
        (0..60u32).map(|i| (f64::from((i * 7919) % 1000) / 1000.0).powi(4)).collect()
    }

    #[test]
    fn closed_forms_are_those_of_the_textbook() {
        // 0, 1, 0, 1, ...: mean .5, variance n/4/(n-1), n = 100.
        let values: Vec<f64> = (0..100).map(|place| f64::from(place % 2)).collect();
        let got = one(&values, 1.0, 0.95);
        let variance = 25.0 / 99.0;
        let error = (variance / 100.0f64).sqrt();
        assert!((got.value - 0.5).abs() < 1e-12 && (got.standard_error - error).abs() < 1e-12);
        near(got.intervals.normal, 0.5 - 1.959_963_984_540_054 * error, 0.5 + 1.959_963_984_540_054 * error, 1e-9);
        near(got.intervals.student_t, 0.5 - 1.984_216_951_508_386 * error, 0.5 + 1.984_216_951_508_386 * error, 1e-7);
        let log = 80.0f64.ln();
        let bernstein = (2.0 * variance * log / 100.0).sqrt() + 7.0 * log / (3.0 * 99.0);
        near(got.intervals.bernstein.expect("bounded"), 0.5 - bernstein, 0.5 + bernstein, 1e-12);
        let hoeffding = (40.0f64.ln() / 200.0).sqrt();
        near(got.intervals.hoeffding.expect("bounded"), 0.5 - hoeffding, 0.5 + hoeffding, 1e-12);
    }

    #[test]
    fn bootstraps_are_those_of_scipy() {
        // scipy 1.17.1, `stats.bootstrap` of the mean of the same 60 numbers, 400,000 resamples.
        let got = one(&skewed(), 1.0, 0.95).intervals;
        near(got.percentile, SCIPY_PERCENTILE.0, SCIPY_PERCENTILE.1, 0.006);
        near(got.bca, SCIPY_BCA.0, SCIPY_BCA.1, 0.006);
        assert!(got.bca.high > got.percentile.high, "the long tail is on the right");
    }

    const SCIPY_PERCENTILE: (f64, f64) = (0.128_339, 0.254_404);
    const SCIPY_BCA: (f64, f64) = (0.132_806, 0.260_743);

    #[test]
    fn a_seed_repeats_and_threads_do_not_matter() {
        let run = || Resamples::new(300, 0.9, &mut Rng::new(5)).figures(&[means(&skewed())], &[None]);
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
        assert_eq!(run(), alone.install(run));
        let other = Resamples::new(300, 0.9, &mut Rng::new(6)).figures(&[means(&skewed())], &[None]);
        assert_ne!(run(), other);
    }

    #[test]
    fn a_constant_has_a_point_for_an_interval() {
        let got = one(&[0.25; 20], 1.0, 0.95).intervals;
        for interval in [got.normal, got.student_t, got.percentile, got.bca] {
            near(interval, 0.25, 0.25, 1e-12);
        }
    }
}
