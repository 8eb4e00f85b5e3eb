use statrs::distribution::{Binomial, DiscreteCDF};
use types::Rng;

use crate::experiments::fault::inside_unit;
use crate::experiments::{Fault, Interval, Result};

/// Which of two interleaved rankings shoppers prefer.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Preference {
    /// Visitors whose clicks credit the first ranking more.
    pub first: u64,
    /// Visitors whose clicks credit the second more.
    pub second: u64,
    /// Visitors whose clicks credit both alike.
    pub ties: u64,
    /// Visitors left out because their credit is no number.
    pub excluded: u64,
    /// How far the first is preferred, -1/2 to 1/2: `(first + ties / 2) / all - 1/2` (Chapelle, Joachims, Radlinski and
    /// Yue 2012, "Large-scale validation and analysis of interleaved search evaluation", TOIS 30:1).
    pub margin: f64,
    /// Two-sided, of no preference: the exact sign test of those who are not tied.
    pub p_value: f64,
    /// Mean credit over visitors, with its bootstrap interval (percentiles).
    pub credit: Interval,
}

/// Judges by the sum of credits of each visitor's clicks: visitors, not clicks, are independent.
///
/// # Errors
/// No visitors, no resamples, or a confidence outside 0..1.
pub fn preference(credits: &[f64], resamples: usize, confidence: f64, rng: &mut Rng) -> Result<Preference> {
    inside_unit("confidence", confidence)?;
    let finite: Vec<f64> = credits.iter().copied().filter(|credit| credit.is_finite()).collect();
    for (field, got) in [("credits", finite.len()), ("resamples", resamples)] {
        if got == 0 {
            return Err(Fault::Field { field, expected: "at least one", got: "none".to_owned() });
        }
    }
    let count = |is_so: fn(f64) -> bool| finite.iter().filter(|credit| is_so(**credit)).count() as u64;
    let (first, second) = (count(|credit| credit > 0.0), count(|credit| credit < 0.0));
    let ties = finite.len() as u64 - first - second;
    let mean = finite.iter().sum::<f64>() / finite.len() as f64;
    let mut means: Vec<f64> = (0..resamples)
        .map(|_| (0..finite.len()).map(|_| finite[rng.below(finite.len())]).sum::<f64>() / finite.len() as f64)
        .collect();
    means.sort_by(f64::total_cmp);
    let at = |quantile: f64| means[((quantile * (resamples - 1) as f64).round() as usize).min(resamples - 1)];
    let tail = (1.0 - confidence) / 2.0;
    Ok(Preference {
        first,
        second,
        ties,
        excluded: (credits.len() - finite.len()) as u64,
        margin: (first as f64 + ties as f64 / 2.0) / finite.len() as f64 - 0.5,
        p_value: sign_test(first, second),
        credit: Interval { value: mean, low: at(tail), high: at(1.0 - tail) },
    })
}

/// Two-sided exact sign test: the binomial distribution at one half is symmetric, so the smaller tail counts twice.
fn sign_test(one: u64, other: u64) -> f64 {
    if one + other == 0 {
        return 1.0;
    }
    let fair = Binomial::new(0.5, one + other).expect("one half is a probability");
    (2.0 * fair.cdf(one.min(other))).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_test_is_that_of_scipy() {
        // scipy 1.17.1: scipy.stats.binomtest(one, one + other).pvalue.
        let cases = [
            (70, 30, 7.85013964559367e-05),
            (3, 3, 1.0),
            (0, 9, 0.00390625),
            (5200, 4900, 0.002926506228023293),
            (12, 20, 0.21532714972272515),
        ];
        for (one, other, expected) in cases {
            assert!((sign_test(one, other) / expected - 1.0).abs() < 1e-9, "{one} {other} {}", sign_test(one, other));
        }
        assert_eq!(sign_test(0, 0), 1.0);
    }

    #[test]
    fn a_clear_preference_is_told_with_its_interval() {
        let mut credits = vec![1.0; 70];
        credits.extend([-1.0; 30]);
        credits.extend([0.0, f64::NAN]);
        let found = preference(&credits, 2000, 0.95, &mut Rng::new(1)).unwrap();
        assert_eq!((found.first, found.second, found.ties, found.excluded), (70, 30, 1, 1));
        assert!(found.p_value < 1e-3 && found.credit.low > 0.2 && found.credit.high < 0.6, "{found:?}");
        assert!((found.margin - (70.5 / 101.0 - 0.5)).abs() < 1e-12);
        assert!(preference(&[], 10, 0.95, &mut Rng::new(1)).is_err());
        assert!(preference(&[f64::NAN], 10, 0.95, &mut Rng::new(1)).is_err());
        assert!(preference(&[1.0], 0, 0.95, &mut Rng::new(1)).is_err());
    }
}
