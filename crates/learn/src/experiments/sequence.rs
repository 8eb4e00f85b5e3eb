use super::fault::inside_unit;
use super::{Effect, Fault, Interval, Result};

/// A comparison that may be looked at as often as one likes and stopped at any look.
///
/// Asymptotic confidence sequences (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024, "Time-uniform central limit
/// theory and asymptotic confidence sequences", Annals of Statistics 52:6, theorem 2.2), whose boundary is that of the
/// normal mixture (Robbins 1970; Howard, Ramdas, McAuliffe and Sekhon 2021, Annals of Statistics 49:2), so that the
/// p-value is the always-valid one of the mixture sequential probability ratio test (Johari, Koomen, Pekelis and Walsh
/// 2017, "Peeking at A/B tests", KDD). With `n` visitors in both arms, `s` the standard error of the difference, level
/// `alpha` and mixture variance `rho^2`, the half width is `s sqrt(2 (n rho^2 + 1) / (n rho^2) log(sqrt(n rho^2 + 1) / alpha))`.
///
/// The guarantee is asymptotic in the visitors at the first look: no look counts before `visitors_min` in each arm.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sequence {
    alpha: f64,
    mixture: f64,
    visitors_min: u64,
}

/// A comparison as it may be read at any time.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct AlwaysValid {
    /// The difference with an interval that holds at all looks at once.
    pub difference: Interval,
    /// Two-sided, valid at any look; the smallest over all looks so far is valid too.
    pub p_value: f64,
}

impl Sequence {
    /// A sequence at level `alpha` that is tightest where `visitors_planned` (both arms together) have come, and looks
    /// for the first time at `visitors_min` in each arm.
    ///
    /// # Errors
    /// A level outside 0..1, no visitors planned, fewer than two at the first look.
    pub fn new(alpha: f64, visitors_planned: u64, visitors_min: u64) -> Result<Self> {
        inside_unit("alpha", alpha)?;
        if visitors_planned == 0 {
            return Err(Fault::Field { field: "visitors_planned", expected: "above 0", got: "0".to_owned() });
        }
        if visitors_min < 2 {
            let got = visitors_min.to_string();
            return Err(Fault::Field { field: "visitors_min", expected: "2 or more", got });
        }
        // Close to the variance that minimises the width at the planned number (the same paper, on choosing rho).
        let log = -2.0 * alpha.ln();
        let mixture = (log + log.ln_1p() + 1.0) / visitors_planned as f64;
        Ok(Self { alpha, mixture, visitors_min })
    }

    /// The level.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// The interval and p-value that hold at this look and all others.
    ///
    /// # Errors
    /// Too few visitors for a first look.
    pub fn read(&self, effect: &Effect) -> Result<AlwaysValid> {
        let visitors = self.visitors(effect)?;
        let reach = self.reach(visitors) * effect.standard_error;
        let value = effect.difference.value;
        let scaled = value / effect.standard_error;
        let grown = visitors * self.mixture;
        let log_p = 0.5 * grown.ln_1p() - scaled.powi(2) * grown / (2.0 * (grown + 1.0));
        let difference = Interval { value, low: value - reach, high: value + reach };
        Ok(AlwaysValid { difference, p_value: log_p.exp().min(1.0) })
    }

    /// Standard errors to either side of the interval at `visitors` in both arms together.
    pub fn reach(&self, visitors: f64) -> f64 {
        let grown = visitors * self.mixture;
        (2.0 * (grown + 1.0) / grown * (0.5 * grown.ln_1p() - self.alpha.ln())).sqrt()
    }

    /// The same for a bound to one side alone (the same paper, the one-sided boundary): `log(1 + sqrt(n rho^2 + 1) / (2 alpha))` is its logarithm.
    pub fn reach_one_sided(&self, visitors: f64) -> f64 {
        let grown = visitors * self.mixture;
        (2.0 * (grown + 1.0) / grown * ((grown + 1.0).sqrt() / (2.0 * self.alpha)).ln_1p()).sqrt()
    }

    /// Visitors of both arms.
    ///
    /// # Errors
    /// Too few for a first look.
    pub(super) fn visitors(&self, effect: &Effect) -> Result<f64> {
        for (arm, level) in [("control", effect.control), ("treatment", effect.treatment)] {
            if level.visitors < self.visitors_min {
                return Err(Fault::TooFew { arm, visitors: level.visitors, needed: self.visitors_min });
            }
        }
        Ok((effect.control.visitors + effect.treatment.visitors) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Estimator, Moments, Shape, Sums, compare};
    use super::*;

    fn effect(shift: f64) -> Effect {
        let arm = |shift: f64| -> Moments { (0..500).map(|at| Sums::of(f64::from(at % 7) + shift)).collect() };
        let estimator = Estimator { shape: Shape::Mean, is_adjusted: false, confidence: 0.95 };
        compare(&arm(0.0), &arm(shift), &estimator).unwrap()
    }

    #[test]
    fn the_p_value_is_below_alpha_where_the_interval_leaves_zero_out() {
        let sequence = Sequence::new(0.05, 2000, 100).unwrap();
        let mut kinds = [0; 2];
        for step in 0..100 {
            let read = sequence.read(&effect(f64::from(step) * 0.01)).unwrap();
            let leaves_out = read.difference.low > 0.0;
            assert_eq!(read.p_value < 0.05, leaves_out, "{step}");
            kinds[usize::from(leaves_out)] += 1;
        }
        assert!(kinds[0] > 0 && kinds[1] > 0);
    }

    #[test]
    fn it_is_tightest_for_its_level_near_the_planned_number() {
        let width = |planned: u64, at: f64| Sequence::new(0.05, planned, 2).unwrap().reach(at);
        assert!(width(10_000, 10_000.0) < width(1000, 10_000.0));
        assert!(width(10_000, 10_000.0) < width(100_000, 10_000.0));
        // The price of looking at any time: some 1.5 times the width of a fixed end.
        assert!((2.6..3.2).contains(&width(10_000, 10_000.0)), "{}", width(10_000, 10_000.0));
        let one_sided = Sequence::new(0.05, 10_000, 2).unwrap().reach_one_sided(10_000.0);
        assert!(one_sided < width(10_000, 10_000.0));
    }

    #[test]
    fn no_look_counts_before_the_first() {
        let sequence = Sequence::new(0.05, 2000, 501).unwrap();
        assert_eq!(sequence.read(&effect(1.0)), Err(Fault::TooFew { arm: "control", visitors: 500, needed: 501 }));
        assert!(Sequence::new(0.05, 0, 100).is_err());
        assert!(Sequence::new(f64::NAN, 10, 100).is_err());
        assert!(Sequence::new(0.05, 10, 1).is_err());
    }
}
