use statrs::distribution::{ContinuousCDF, StudentsT};

use super::fault::inside_unit;
use super::{Fault, Moments, Result};

/// How a metric comes of its visitors' sums.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// Visitors for whom something is true, over visitors: 0 or 1 each.
    Share,
    /// The average over visitors.
    Mean,
    /// The sum of the numerators over the sum of the denominators.
    Ratio,
}

/// How two arms are compared.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Estimator {
    /// What kind of metric it is.
    pub shape: Shape,
    /// Whether the time before takes away variance (CUPED).
    pub is_adjusted: bool,
    /// Of the intervals, above 0 and below 1.
    pub confidence: f64,
}

/// A metric in one arm.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Level {
    /// Visitors.
    pub visitors: u64,
    /// The metric.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
}

/// A value with what it may be.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Interval {
    /// The estimate.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// What a treatment does to a metric, read once at an end fixed beforehand.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Effect {
    /// The metric in the control.
    pub control: Level,
    /// The metric in the treatment.
    pub treatment: Level,
    /// Treatment less control.
    pub difference: Interval,
    /// Standard error of the difference.
    pub standard_error: f64,
    /// Treatment over control less 1, by the delta method; `None` where the control's value cannot be told from 0.
    pub lift: Option<Interval>,
    /// Two-sided, of no difference.
    pub p_value: f64,
    /// Welch's degrees of freedom.
    pub degrees: f64,
    /// Share of the difference's variance that the time before took away; 0 where nothing was adjusted.
    pub variance_reduction: f64,
}

/// Compares a treatment with the control.
///
/// Averages are compared by Welch's test (1947, Biometrika 34). A ratio `R = N/D` of sums over visitors has the variance
/// of its linearisation `(N_i - R D_i) / mean(D)` over visitors (the delta method; Deng, Knoblich and Lu 2018, "Applying
/// the delta method in metric analytics", KDD, section 3). The adjustment subtracts `theta (X - mean(X))`, X being the
/// same metric before and `theta` the slope of the metric on X within arms, one for both (CUPED; Deng, Xu, Kohavi and
/// Walker 2013, "Improving the sensitivity of online controlled experiments by utilizing pre-experiment data", WSDM,
/// section 3; for ratios both are linearised).
///
/// # Errors
/// A confidence outside 0..1, fewer than two visitors in an arm, a denominator of zero, no variance at all.
pub fn compare(control: &Moments, treatment: &Moments, estimator: &Estimator) -> Result<Effect> {
    inside_unit("confidence", estimator.confidence)?;
    let arms = [("control", control), ("treatment", treatment)];
    for (arm, moments) in arms {
        if moments.count() < 2 {
            return Err(Fault::TooFew { arm, visitors: moments.count(), needed: 2 });
        }
    }
    let mut lines = [Line::unadjusted(control, estimator.shape), Line::unadjusted(treatment, estimator.shape)];
    for (line, (arm, _)) in lines.iter().zip(arms) {
        if line.is_none() {
            return Err(Fault::NoDenominator { arm });
        }
    }
    let raw = lines.iter().flatten().zip(arms).map(|(line, (_, moments))| line.level(moments).standard_error.powi(2));
    let raw: f64 = raw.sum();
    if estimator.is_adjusted {
        adjust(&mut lines, [control, treatment], estimator.shape);
    }
    let levels: Vec<Level> = lines.iter().flatten().zip(arms).map(|(line, (_, moments))| line.level(moments)).collect();
    effect(levels[0], levels[1], raw, estimator.confidence)
}

/// A metric of one arm as its value and the weights of the four means in its linearisation.
#[derive(Clone, Copy)]
struct Line {
    value: f64,
    weights: [f64; 4],
}

impl Line {
    /// `None` where the denominator is zero.
    fn unadjusted(moments: &Moments, shape: Shape) -> Option<Self> {
        let means = moments.means();
        Self::of(means[0], means[1], shape).map(|(value, on_numerator, on_denominator)| Self {
            value,
            weights: [on_numerator, on_denominator, 0.0, 0.0],
        })
    }

    /// The same metric of the time before.
    fn before(moments: &Moments, shape: Shape) -> Option<Self> {
        let means = moments.means();
        Self::of(means[2], means[3], shape).map(|(value, on_numerator, on_denominator)| Self {
            value,
            weights: [0.0, 0.0, on_numerator, on_denominator],
        })
    }

    fn of(numerator: f64, denominator: f64, shape: Shape) -> Option<(f64, f64, f64)> {
        match shape {
            Shape::Share | Shape::Mean => Some((numerator, 1.0, 0.0)),
            Shape::Ratio if denominator > 0.0 => {
                let value = numerator / denominator;
                Some((value, 1.0 / denominator, -value / denominator))
            }
            Shape::Ratio => None,
        }
    }

    fn level(&self, moments: &Moments) -> Level {
        let visitors = moments.count();
        let standard_error = (moments.variance(&self.weights) / visitors as f64).sqrt();
        Level { visitors, value: self.value, standard_error }
    }
}

/// Takes out of both lines what the time before explains; leaves them where nothing is known of it.
fn adjust(lines: &mut [Option<Line>; 2], arms: [&Moments; 2], shape: Shape) {
    let [Some(control), Some(treatment)] = lines else { return };
    let [Some(before_control), Some(before_treatment)] = arms.map(|moments| Line::before(moments, shape)) else {
        return;
    };
    let mut lines = [(control, before_control, arms[0]), (treatment, before_treatment, arms[1])];
    // Sums of squares and products within arms, not variances: the larger arm says more.
    let weight = |moments: &Moments| (moments.count() - 1) as f64;
    let spread: f64 = lines.iter().map(|(_, before, arm)| weight(arm) * arm.variance(&before.weights)).sum();
    let joint = lines.iter().map(|(line, before, arm)| weight(arm) * arm.covariance(&line.weights, &before.weights));
    let theta = joint.sum::<f64>() / spread;
    if !theta.is_finite() {
        return;
    }
    let visitors: f64 = arms.iter().map(|arm| arm.count() as f64).sum();
    let before_all: f64 = lines.iter().map(|(_, before, arm)| before.value * arm.count() as f64 / visitors).sum();
    for (line, before, _) in &mut lines {
        line.value -= theta * (before.value - before_all);
        for (weight, of_before) in line.weights.iter_mut().zip(before.weights) {
            *weight -= theta * of_before;
        }
    }
}

fn effect(control: Level, treatment: Level, variance_raw: f64, confidence: f64) -> Result<Effect> {
    let variances = [control, treatment].map(|level| level.standard_error.powi(2));
    let variance = variances[0] + variances[1];
    let standard_error = variance.sqrt();
    let scale = control.value.abs().max(treatment.value.abs());
    // What is left of rounding is no variance.
    if standard_error <= 1e-12 * scale || standard_error == 0.0 || !standard_error.is_finite() {
        return Err(Fault::NoSpread);
    }
    let per_degree =
        variances[0].powi(2) / (control.visitors - 1) as f64 + variances[1].powi(2) / (treatment.visitors - 1) as f64;
    let degrees = variance.powi(2) / per_degree;
    let student = students(degrees);
    let value = treatment.value - control.value;
    let reach = student.inverse_cdf(0.5 + confidence / 2.0);
    let around = |value: f64, error: f64| Interval { value, low: value - reach * error, high: value + reach * error };
    let lift = (control.value.abs() > reach * control.standard_error).then(|| {
        let ratio = treatment.value / control.value;
        let error = (variances[1] + ratio.powi(2) * variances[0]).sqrt() / control.value.abs();
        around(ratio - 1.0, error)
    });
    Ok(Effect {
        control,
        treatment,
        difference: around(value, standard_error),
        standard_error,
        lift,
        p_value: (2.0 * student.cdf(-(value / standard_error).abs())).min(1.0),
        degrees,
        variance_reduction: if variance_raw > 0.0 { 1.0 - variance / variance_raw } else { 0.0 },
    })
}

/// Student's distribution; `degrees` come of two visitors or more and are 1 or more.
fn students(degrees: f64) -> StudentsT {
    // Beyond this it cannot be told from the normal distribution, and its inverse would lose digits.
    StudentsT::new(0.0, 1.0, degrees.clamp(1.0, 1e9)).expect("degrees of freedom are positive")
}

#[cfg(test)]
mod tests {
    use super::super::Sums;
    use super::*;
    use proptest::prelude::*;

    fn estimator(shape: Shape, is_adjusted: bool) -> Estimator {
        Estimator { shape, is_adjusted, confidence: 0.95 }
    }

    /// The data of the reference figures: 40 visitors of the control and 55 of the treatment.
    fn arms() -> [Moments; 2] {
        let control = (0..40).map(|at| Sums {
            numerator: f64::from(at * 7 % 13) + 0.5 * f64::from(at % 3),
            denominator: 1.0,
            numerator_before: f64::from(at * 7 % 13 + at * 5 % 7),
            denominator_before: 1.0,
        });
        let treatment = (0..55).map(|at| Sums {
            numerator: f64::from(at * 11 % 13) + 0.5 * f64::from(at % 4) + 1.0,
            denominator: 1.0,
            numerator_before: f64::from(at * 11 % 13 + at * 3 % 5),
            denominator_before: 1.0,
        });
        [control.collect(), treatment.collect()]
    }

    fn close(got: f64, expected: f64) {
        assert!((got / expected - 1.0).abs() < 1e-9, "{got} {expected}");
    }

    #[test]
    fn averages_are_compared_as_scipy_does() {
        // scipy 1.17.1: scipy.stats.ttest_ind(treatment, control, equal_var=False) and its confidence_interval(.95).
        let [control, treatment] = arms();
        let found = compare(&control, &treatment, &estimator(Shape::Mean, false)).unwrap();
        close(found.difference.value, 1.4352272727272721);
        close(found.difference.low, -0.1773827421225671);
        close(found.difference.high, 3.0478372875771114);
        close(found.p_value, 0.08037973437133573);
        close(found.degrees, 84.21915471899794);
        assert_eq!(found.variance_reduction, 0.0);
    }

    #[test]
    fn adjusting_is_the_regression_on_the_time_before() {
        // statsmodels 0.15.0: the treatment's coefficient of OLS(y ~ treatment + x); scipy 1.17.1: ttest_ind of
        // y - theta x with the regression's theta, unequal variances.
        let [control, treatment] = arms();
        let found = compare(&control, &treatment, &estimator(Shape::Mean, true)).unwrap();
        close(found.difference.value, 2.114614498486684);
        close(found.p_value, 1.1047844610031779e-07);
        close(found.degrees, 68.73631605037221);
        assert!(found.variance_reduction > 0.5, "{}", found.variance_reduction);
    }

    #[test]
    fn ratios_have_the_variance_of_clustered_regressions() {
        // statsmodels 0.15.0: OLS of each shown slate's click on a constant, cov_type="cluster" by visitor.
        let arm = |visitors: i32, period: i32, step: i32| -> Moments {
            let sums = (0..visitors).map(|at| {
                let shown = 1 + at % period;
                let clicked = shown.min(at * step % 4);
                Sums { numerator: f64::from(clicked), denominator: f64::from(shown), ..Sums::default() }
            });
            sums.collect()
        };
        let found = compare(&arm(40, 5, 3), &arm(55, 6, 5), &estimator(Shape::Ratio, true)).unwrap();
        close(found.control.value, 0.43333333333333357);
        close(found.control.standard_error, 0.05552705821818146);
        close(found.treatment.value, 0.37894736842105275);
        close(found.treatment.standard_error, 0.04055703270892735);
        let lift = found.lift.unwrap();
        close(lift.value, 0.37894736842105275 / 0.43333333333333357 - 1.0);
        assert!(lift.low < lift.value && lift.value < lift.high);
    }

    #[test]
    fn what_says_nothing_is_a_fault() {
        let constant: Moments = [2.0; 9].into_iter().map(Sums::of).collect();
        let one: Moments = [1.0].into_iter().map(Sums::of).collect();
        let nothing: Moments = (0..9).map(|_| Sums::default()).collect();
        let mean = estimator(Shape::Mean, true);
        assert_eq!(compare(&constant, &constant, &mean), Err(Fault::NoSpread));
        assert_eq!(compare(&one, &constant, &mean), Err(Fault::TooFew { arm: "control", visitors: 1, needed: 2 }));
        let ratio = estimator(Shape::Ratio, true);
        assert_eq!(compare(&constant, &nothing, &ratio), Err(Fault::NoDenominator { arm: "treatment" }));
        assert!(compare(&constant, &constant, &Estimator { confidence: 1.0, ..mean }).is_err());
        assert!(compare(&constant, &constant, &Estimator { confidence: f64::NAN, ..mean }).is_err());
    }

    proptest! {
        #[test]
        fn swapping_the_arms_turns_the_sign(
            one in prop::collection::vec(-1e6..1e6f64, 2..30),
            other in prop::collection::vec(-1e6..1e6f64, 2..30),
        ) {
            let [one, other] = [one, other].map(|values| values.into_iter().map(Sums::of).collect::<Moments>());
            let there = compare(&one, &other, &estimator(Shape::Mean, false)).unwrap();
            let back = compare(&other, &one, &estimator(Shape::Mean, false)).unwrap();
            prop_assert_eq!(there.difference.value, -back.difference.value);
            prop_assert!((there.p_value - back.p_value).abs() < 1e-12);
            prop_assert!(there.difference.low <= there.difference.value && there.p_value >= 0.0);
        }
    }
}
