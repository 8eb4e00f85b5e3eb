use statrs::distribution::{ContinuousCDF, Normal};

use super::fault::{inside_unit, within};
use super::{Fault, Level, Result, Sequence};

/// A metric as it is today, for planning.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Baseline {
    /// Its value.
    pub value: f64,
    /// Its variance over visitors; of the linearised values for a ratio.
    pub variance: f64,
    spread: Spread,
}

/// What becomes of the variance where the metric moves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Spread {
    OfShare,
    Constant,
    Proportional,
}

impl Baseline {
    /// A share of visitors, whose variance follows from it.
    ///
    /// # Errors
    /// A share outside 0..1.
    pub fn share(value: f64) -> Result<Self> {
        inside_unit("value", value)?;
        Ok(Self { value, variance: value * (1.0 - value), spread: Spread::OfShare })
    }

    /// An average or a ratio with its variance over visitors.
    ///
    /// # Errors
    /// A value that is no number, or a variance that is not positive.
    pub fn mean(value: f64, variance: f64) -> Result<Self> {
        within("value", value, f64::MIN..=f64::MAX, "a finite number")?;
        within("variance", variance, f64::MIN_POSITIVE..=f64::MAX, "above 0")?;
        Ok(Self { value, variance, spread: Spread::Constant })
    }

    /// The same where a treatment multiplies each visitor's value, as it does money and counts: the standard deviation grows
    /// with the value, and more visitors are needed to see a rise.
    ///
    /// # Errors
    /// Where [`Baseline::mean`] has one, and a value of 0.
    pub fn multiplied(value: f64, variance: f64) -> Result<Self> {
        within("value", value.abs(), f64::MIN_POSITIVE..=f64::MAX, "other than 0")?;
        Ok(Self { spread: Spread::Proportional, ..Self::mean(value, variance)? })
    }

    /// What was measured in an arm.
    ///
    /// # Errors
    /// A level without a spread.
    pub fn of_level(level: &Level) -> Result<Self> {
        Self::mean(level.value, level.standard_error.powi(2) * level.visitors as f64)
    }

    /// Variance over visitors where the metric is higher by `difference`.
    fn variance_at(&self, difference: f64) -> f64 {
        let moved = self.value + difference;
        match self.spread {
            Spread::OfShare => moved * (1.0 - moved),
            Spread::Constant => self.variance,
            Spread::Proportional => self.variance * (moved / self.value).powi(2),
        }
    }
}

/// How an experiment is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reading {
    /// Once, at its end.
    AtTheEnd,
    /// At any time, by a [`Sequence`].
    AnyTime,
}

/// What is asked of an experiment of two arms.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Design {
    /// Two-sided chance of a false alarm.
    pub alpha: f64,
    /// Chance to see an effect that is there.
    pub power: f64,
    /// The treatment's part of the visitors.
    pub treatment_share: f64,
    /// How it is read.
    pub reading: Reading,
}

impl Default for Design {
    fn default() -> Self {
        Self { alpha: 0.05, power: 0.8, treatment_share: 0.5, reading: Reading::AtTheEnd }
    }
}

/// More visitors than any shop has.
const VISITORS_MAX: f64 = 1e15;

impl Design {
    /// Visitors of both arms together that show `difference` (treatment less control) with the wanted power.
    ///
    /// # Errors
    /// A design out of range, a difference of 0 or one that a share cannot have, more visitors than 10^15.
    pub fn visitors(&self, baseline: &Baseline, difference: f64) -> Result<u64> {
        self.check(baseline, difference)?;
        let enough = |visitors: f64| self.power_unchecked(baseline, difference, visitors) >= self.power;
        let too_many = || Fault::Field {
            field: "difference",
            expected: "large enough to be seen among 10^15 visitors",
            got: difference.to_string(),
        };
        let found = smallest(4.0, VISITORS_MAX, enough).ok_or_else(too_many)?;
        Ok(found.ceil() as u64)
    }

    /// The smallest difference that `visitors` of both arms show with the wanted power (the minimum detectable effect).
    ///
    /// # Errors
    /// A design out of range, fewer than four visitors, or no share that differs enough.
    pub fn detectable(&self, baseline: &Baseline, visitors: u64) -> Result<f64> {
        let few = || Fault::Field { field: "visitors", expected: "enough for an effect", got: visitors.to_string() };
        if visitors < 4 {
            return Err(few());
        }
        let scale = baseline.variance.sqrt();
        let most = if baseline.spread == Spread::OfShare { (1.0 - baseline.value) * (1.0 - 1e-9) } else { 1e3 * scale };
        self.check(baseline, most)?;
        let enough = |difference: f64| self.power_unchecked(baseline, difference, visitors as f64) >= self.power;
        smallest(1e-9 * scale.min(most), most, enough).ok_or_else(few)
    }

    /// The chance to see `difference` among `visitors` of both arms; for a reading at any time, a lower bound: the chance
    /// to see it at the last look.
    ///
    /// # Errors
    /// A design out of range, or a difference of 0 or one that a share cannot have.
    pub fn power_at(&self, baseline: &Baseline, difference: f64, visitors: u64) -> Result<f64> {
        self.check(baseline, difference)?;
        Ok(self.power_unchecked(baseline, difference, visitors.max(1) as f64))
    }

    /// Whole days until `visitors` have come where so many new ones of the experiment come a day, rounded up to whole weeks,
    /// since weekends differ from workdays.
    ///
    /// # Errors
    /// A rate that is not positive.
    pub fn days(visitors: u64, visitors_a_day: f64) -> Result<u64> {
        within("visitors_a_day", visitors_a_day, 1e-9..=1e15, "above 0")?;
        Ok((visitors as f64 / visitors_a_day / 7.0).ceil() as u64 * 7)
    }

    /// `P(|Z + difference / s| > reach)`, Z standard normal and s the difference's standard error.
    fn power_unchecked(&self, baseline: &Baseline, difference: f64, visitors: f64) -> f64 {
        let control = baseline.variance / (visitors * (1.0 - self.treatment_share));
        let treatment = baseline.variance_at(difference) / (visitors * self.treatment_share);
        let scaled = difference.abs() / (control + treatment).sqrt();
        let normal = Normal::standard();
        let reach = match self.reading {
            Reading::AtTheEnd => normal.inverse_cdf(1.0 - self.alpha / 2.0),
            // Planned for just these visitors.
            Reading::AnyTime => match Sequence::new(self.alpha, visitors.ceil() as u64, 2) {
                Ok(sequence) => sequence.reach(visitors),
                Err(_) => return 0.0,
            },
        };
        normal.cdf(scaled - reach) + normal.cdf(-scaled - reach)
    }

    fn check(&self, baseline: &Baseline, difference: f64) -> Result<()> {
        inside_unit("alpha", self.alpha)?;
        inside_unit("treatment_share", self.treatment_share)?;
        within("power", self.power, self.alpha..=0.999_999, "above alpha and below 1")?;
        within("difference", difference.abs(), f64::MIN_POSITIVE..=f64::MAX, "other than 0")?;
        if baseline.spread == Spread::OfShare {
            inside_unit("difference", baseline.value + difference)?;
        }
        Ok(())
    }
}

/// Where `enough` begins to hold between `low` and `high`, by halving (in proportion, since the ends are far apart) to a
/// relative 10^-12; `None` where it does not hold at `high`.
fn smallest(low: f64, high: f64, enough: impl Fn(f64) -> bool) -> Option<f64> {
    if !enough(high) {
        return None;
    }
    let (mut low, mut high) = (low, high);
    while high / low > 1.0 + 1e-12 {
        let middle = (low * high).sqrt();
        if middle <= low || middle >= high {
            break;
        }
        if enough(middle) { high = middle } else { low = middle }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visitors_are_those_of_statsmodels() {
        // statsmodels 0.15.0: NormalIndPower().solve_power(effect, alpha=, power=, ratio=) * (1 + ratio), rounded up.
        let cases = [
            (0.1, 0.05, 0.8, 0.5, 3140),
            (0.02, 0.05, 0.9, 0.5, 105_075),
            (0.05, 0.01, 0.8, 0.2, 29_198),
            (0.3, 0.1, 0.95, 0.7, 573),
        ];
        for (effect, alpha, power, treatment_share, expected) in cases {
            let design = Design { alpha, power, treatment_share, reading: Reading::AtTheEnd };
            let baseline = Baseline::mean(10.0, 4.0).unwrap();
            assert_eq!(design.visitors(&baseline, effect * 2.0).unwrap(), expected, "{effect} {alpha} {power}");
            let back = design.detectable(&baseline, expected).unwrap();
            assert!((back / (effect * 2.0) - 1.0).abs() < 1e-3, "{back}");
        }
        let power = Design::default().power_at(&Baseline::mean(0.0, 1.0).unwrap(), 0.1, 1000).unwrap();
        assert!((power - 0.3526080824447023).abs() < 1e-10, "{power}");
    }

    #[test]
    fn looking_at_any_time_costs_visitors() {
        let baseline = Baseline::share(0.05).unwrap();
        let fixed = Design::default();
        let any_time = Design { reading: Reading::AnyTime, ..fixed };
        let (few, many) = (fixed.visitors(&baseline, 0.005).unwrap(), any_time.visitors(&baseline, 0.005).unwrap());
        assert!((1.5..2.5).contains(&(many as f64 / few as f64)), "{few} {many}");
        assert_eq!(Design::days(few, 1000.0).unwrap() % 7, 0);
    }

    #[test]
    fn what_multiplies_needs_more_visitors() {
        let design = Design::default();
        let visitors = |baseline: Baseline| design.visitors(&baseline, 1.0).unwrap() as f64;
        let (constant, multiplied) = (Baseline::mean(10.0, 4.0).unwrap(), Baseline::multiplied(10.0, 4.0).unwrap());
        // One arm's variance is 1.1^2 of the other's.
        assert!((visitors(multiplied) / visitors(constant) / ((1.0 + 1.21) / 2.0) - 1.0).abs() < 0.02);
        assert!(Baseline::multiplied(0.0, 1.0).is_err());
    }

    #[test]
    fn impossible_questions_are_refused() {
        let share = Baseline::share(0.9).unwrap();
        let design = Design::default();
        assert!(design.visitors(&share, 0.2).is_err());
        assert!(design.visitors(&share, 0.0).is_err());
        assert!(design.visitors(&share, f64::NAN).is_err());
        assert!(design.visitors(&Baseline::mean(0.0, 1.0).unwrap(), 1e-12).is_err());
        assert!(design.detectable(&share, 3).is_err());
        assert!(Design { power: 0.01, ..design }.visitors(&share, 0.01).is_err());
        assert!(
            Baseline::mean(f64::NAN, 1.0).is_err()
                && Baseline::mean(0.0, 0.0).is_err()
                && Baseline::share(1.0).is_err()
        );
        assert!(Design::days(10, 0.0).is_err());
    }
}
