use statrs::distribution::{Beta, Continuous, ContinuousCDF, Normal};

use super::fault::within;
use super::{Fault, Level, Result};

/// What is believed of a metric in one arm, given its visitors.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Posterior {
    /// Of a share of visitors.
    Beta {
        /// Those for whom it is true, and 1 for the uniform prior.
        yes: f64,
        /// Those for whom it is not, and 1 for the uniform prior.
        no: f64,
    },
    /// Of an average or a ratio.
    Normal {
        /// Its mean.
        mean: f64,
        /// Its standard deviation, above 0.
        deviation: f64,
    },
}

/// How good an arm is believed to be beside the others.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Choice {
    /// The chance that it is the best.
    pub best: f64,
    /// What is lost by choosing it, on average: how far it is expected to lie below the best.
    pub expected_loss: f64,
}

impl Posterior {
    /// Of a share, under a uniform prior (beta-binomial).
    ///
    /// # Errors
    /// More successes than visitors.
    pub fn of_share(successes: u64, visitors: u64) -> Result<Self> {
        let Some(others) = visitors.checked_sub(successes) else {
            let got = successes.to_string();
            return Err(Fault::Field { field: "successes", expected: "at most the visitors", got });
        };
        Ok(Self::Beta { yes: successes as f64 + 1.0, no: others as f64 + 1.0 })
    }

    /// Of an average or a ratio of many visitors, under a flat prior (normal with known variance).
    ///
    /// # Errors
    /// A level without a spread.
    pub fn of_level(level: &Level) -> Result<Self> {
        within("standard_error", level.standard_error, f64::MIN_POSITIVE..=f64::MAX, "above 0")?;
        within("value", level.value, f64::MIN..=f64::MAX, "a finite number")?;
        Ok(Self::Normal { mean: level.value, deviation: level.standard_error })
    }

    /// The same joined with a normal prior, weighted by their precisions; a share becomes normal by its moments.
    ///
    /// # Errors
    /// A prior without a spread or that is no number.
    pub fn with_prior(self, prior_mean: f64, prior_deviation: f64) -> Result<Self> {
        within("prior_mean", prior_mean, f64::MIN..=f64::MAX, "a finite number")?;
        within("prior_deviation", prior_deviation, 1e-150..=1e150, "above 0")?;
        let (precision, prior) = (self.deviation().powi(-2), prior_deviation.powi(-2));
        let mean = (precision * self.mean() + prior * prior_mean) / (precision + prior);
        Ok(Self::Normal { mean, deviation: (precision + prior).powf(-0.5) })
    }

    /// Its mean.
    pub fn mean(&self) -> f64 {
        match *self {
            Self::Beta { yes, no } => yes / (yes + no),
            Self::Normal { mean, .. } => mean,
        }
    }

    /// Its standard deviation.
    pub fn deviation(&self) -> f64 {
        match *self {
            Self::Beta { yes, no } => (yes * no / (yes + no + 1.0)).sqrt() / (yes + no),
            Self::Normal { deviation, .. } => deviation,
        }
    }

    fn curve(&self) -> Curve {
        match *self {
            Self::Beta { yes, no } => Curve::Beta(Beta::new(yes, no).expect("both counts are positive")),
            Self::Normal { mean, deviation } => {
                Curve::Normal(Normal::new(mean, deviation).expect("the deviation is positive"))
            }
        }
    }
}

enum Curve {
    Beta(Beta),
    Normal(Normal),
}

impl Curve {
    fn below(&self, value: f64) -> f64 {
        match self {
            Self::Beta(beta) => beta.cdf(value),
            Self::Normal(normal) => normal.cdf(value),
        }
    }

    fn density(&self, value: f64) -> f64 {
        match self {
            Self::Beta(beta) => beta.pdf(value),
            Self::Normal(normal) => normal.pdf(value),
        }
    }
}

/// Points at which the integrals are taken; Simpson's rule needs an even number of steps between them.
const STEPS: usize = 4000;

/// Standard deviations to either side of all means within which the integrals are taken.
const REACH: f64 = 9.0;

/// The chance of each arm to be the best and what is lost by choosing it; `higher` says which way is better. By Simpson's
/// rule: `P(k best) = integral of f_k(x) prod_{j != k} F_j(x)`, and the best's mean is `b - integral of prod_j F_j(x)`
/// over `a..b`.
///
/// # Errors
/// Fewer than two arms.
pub fn choose(arms: &[Posterior], higher: bool) -> Result<Vec<Choice>> {
    if arms.len() < 2 {
        return Err(Fault::Field { field: "arms", expected: "two or more", got: arms.len().to_string() });
    }
    let curves: Vec<Curve> = arms.iter().map(Posterior::curve).collect();
    // The chance that all others are worse than `value`.
    let worse = |curve: &Curve, value: f64| if higher { curve.below(value) } else { 1.0 - curve.below(value) };
    let ends = |sign: f64| arms.iter().map(move |arm| arm.mean() + sign * REACH * arm.deviation());
    let (mut low, mut high) = (ends(-1.0).fold(f64::MAX, f64::min), ends(1.0).fold(f64::MIN, f64::max));
    if arms.iter().all(|arm| matches!(arm, Posterior::Beta { .. })) {
        (low, high) = (low.max(0.0), high.min(1.0));
    }
    // Steps fine enough for the narrowest curve.
    let narrowest = arms.iter().map(Posterior::deviation).fold(f64::MAX, f64::min);
    let steps = (((high - low) / narrowest * 20.0).min(400_000.0) as usize).max(STEPS) / 2 * 2;
    let step = (high - low) / steps as f64;
    let mut best = vec![0.0; arms.len()];
    let mut all_worse = 0.0;
    for at in 0..=steps {
        let value = low + step * at as f64;
        let weight = step / 3.0 * if at == 0 || at == steps { 1.0 } else { 2.0 + 2.0 * (at % 2) as f64 };
        let shares: Vec<f64> = curves.iter().map(|curve| worse(curve, value)).collect();
        all_worse += weight * shares.iter().product::<f64>();
        for (arm, best) in best.iter_mut().enumerate() {
            let others: f64 =
                shares.iter().enumerate().filter(|(other, _)| *other != arm).map(|(_, share)| share).product();
            let density = curves[arm].density(value);
            // A beta's density may be infinite at its very ends, where it has no mass.
            *best += if density.is_finite() { weight * density * others } else { 0.0 };
        }
    }
    let best_mean = if higher { high - all_worse } else { low + all_worse };
    let choice = |(arm, best): (&Posterior, f64)| {
        let loss = if higher { best_mean - arm.mean() } else { arm.mean() - best_mean };
        Choice { best: best.clamp(0.0, 1.0), expected_loss: loss.max(0.0) }
    };
    Ok(arms.iter().zip(best).map(choice).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arms: &[Posterior], higher: bool, expected: &[(f64, f64)]) {
        let found = choose(arms, higher).unwrap();
        for (found, (best, loss)) in found.iter().zip(expected) {
            assert!((found.best - best).abs() < 1e-7, "{found:?} {best}");
            assert!((found.expected_loss - loss).abs() < 1e-9, "{found:?} {loss}");
        }
        assert!((found.iter().map(|choice| choice.best).sum::<f64>() - 1.0).abs() < 1e-7);
    }

    #[test]
    fn chances_are_those_of_scipys_integrals() {
        // scipy 1.17.1: scipy.integrate.quad of the same integrals over scipy.stats.beta and norm.
        let shares = [(100, 1000), (120, 1000), (115, 1000)].map(|(yes, all)| Posterior::of_share(yes, all).unwrap());
        let higher = [
            (0.03415154933784447, 0.023731018275225696),
            (0.6155752529042506, 0.0037709384349063346),
            (0.35027319775790416, 0.008760958394986168),
        ];
        let lower = [
            (0.8174042004427119, 0.0012985617965817625),
            (0.05689289489070855, 0.021258641636901124),
            (0.12570290466657963, 0.01626862167682129),
        ];
        let wide = [(0.08985624743949987, 0.3093116625101118), (0.9101437525605002, 0.009311662510111729)];
        check(&shares, true, &higher);
        check(&shares, false, &lower);
        let normals =
            [Posterior::Normal { mean: 1.0, deviation: 0.2 }, Posterior::Normal { mean: 1.3, deviation: 0.1 }];
        check(&normals, true, &wide);
    }

    #[test]
    fn a_prior_pulls_by_its_precision() {
        let level = Level { visitors: 100, value: 2.0, standard_error: 1.0 };
        let joined = Posterior::of_level(&level).unwrap().with_prior(0.0, 1.0).unwrap();
        assert!((joined.mean() - 1.0).abs() < 1e-12 && (joined.deviation() - 0.5f64.sqrt()).abs() < 1e-12);
        assert!(Posterior::of_level(&Level { standard_error: 0.0, ..level }).is_err());
        assert!(joined.with_prior(0.0, f64::NAN).is_err());
        assert!(Posterior::of_share(2, 1).is_err());
        assert!(choose(&[joined], true).is_err());
    }

    #[test]
    fn arms_of_very_different_widths_are_integrated_finely_enough() {
        let arms = [Posterior::of_share(0, 2).unwrap(), Posterior::of_share(500_000, 1_000_000).unwrap()];
        let found = choose(&arms, true).unwrap();
        // P(Beta(1, 3) > 1/2) is 1/8.
        assert!((found[0].best - 0.125).abs() < 1e-3, "{found:?}");
        assert!((found.iter().map(|choice| choice.best).sum::<f64>() - 1.0).abs() < 1e-6);
    }
}
