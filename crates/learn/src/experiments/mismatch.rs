use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::{Fault, Result};

/// Below this p-value the arms' visitors do not come as planned, and no metric is to be trusted (a customary level; Fabijan et al. 2019,
/// "Diagnosing sample ratio mismatch in online controlled experiments", KDD).
pub const MISMATCH_LEVEL: f64 = 0.001;

/// Whether visitors came to the arms in the planned shares.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Mismatch {
    /// Pearson's chi-square.
    pub chi_square: f64,
    /// The chance of so much deviation where the shares are as planned.
    pub p_value: f64,
    /// Whether that is below [`MISMATCH_LEVEL`].
    pub is_mismatch: bool,
}

/// Tests the arms' visitors against their planned shares.
///
/// # Errors
/// Fewer than two arms, other numbers of counts and shares, shares that are not positive, no visitors at all.
pub fn mismatch(visitors: &[u64], shares: &[f64]) -> Result<Mismatch> {
    let field = |field, expected, got: String| Fault::Field { field, expected, got };
    if visitors.len() < 2 || visitors.len() != shares.len() {
        return Err(field("shares", "as many as arms, two or more", shares.len().to_string()));
    }
    if let Some(bad) = shares.iter().find(|share| !(share.is_finite() && **share > 0.0)) {
        return Err(field("shares", "above 0", bad.to_string()));
    }
    let all = visitors.iter().map(|count| *count as f64).sum::<f64>();
    if all == 0.0 {
        return Err(field("visitors", "at least one", "none".to_owned()));
    }
    let shares_all: f64 = shares.iter().sum();
    let deviations = visitors.iter().zip(shares).map(|(count, share)| {
        let expected = all * share / shares_all;
        (*count as f64 - expected).powi(2) / expected
    });
    let chi_square = deviations.sum();
    let p_value = chi_square_tail(chi_square, visitors.len() - 1);
    Ok(Mismatch { chi_square, p_value, is_mismatch: p_value < MISMATCH_LEVEL })
}

/// The chance that a chi-square of `degrees` (1 or more) exceeds `value` (0 or more).
pub(super) fn chi_square_tail(value: f64, degrees: usize) -> f64 {
    ChiSquared::new(degrees as f64).expect("degrees of freedom are positive").sf(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_that_of_scipy() {
        // scipy 1.17.1: scipy.stats.chisquare(counts, expected).
        let cases: [(&[u64], &[f64], f64, f64); 4] = [
            (&[5300, 4700], &[0.5, 0.5], 36.0, 1.9731752900753933e-09),
            (&[5010, 4990], &[0.5, 0.5], 0.04, 0.841480581121794),
            (&[1000, 520, 480], &[2.0, 1.0, 1.0], 1.6, 0.4493289641172217),
            (&[12, 3], &[0.5, 0.5], 5.4, 0.02013675155034633),
        ];
        for (visitors, shares, chi_square, p_value) in cases {
            let found = mismatch(visitors, shares).unwrap();
            assert!((found.chi_square / chi_square - 1.0).abs() < 1e-12, "{found:?}");
            assert!((found.p_value / p_value - 1.0).abs() < 1e-8, "{found:?} {p_value}");
        }
        assert!(mismatch(&[5300, 4700], &[0.5, 0.5]).unwrap().is_mismatch);
        assert!(!mismatch(&[5010, 4990], &[0.5, 0.5]).unwrap().is_mismatch);
    }

    #[test]
    fn bad_input_is_refused() {
        assert!(mismatch(&[1], &[1.0]).is_err());
        assert!(mismatch(&[1, 2], &[1.0]).is_err());
        assert!(mismatch(&[1, 2], &[1.0, 0.0]).is_err());
        assert!(mismatch(&[1, 2], &[1.0, f64::NAN]).is_err());
        assert!(mismatch(&[0, 0], &[1.0, 1.0]).is_err());
    }
}
