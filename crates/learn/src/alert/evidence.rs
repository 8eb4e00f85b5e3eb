//! The evidence that a share lies above a bound, as an e-process.

use super::special::{beta_below, ln_beta};

/// The beta distribution that the mixture draws its shares from, before it is cut off at the bound: uniform.
const PRIOR: (f64, f64) = (1.0, 1.0);

/// ln of the mixture likelihood ratio of `yes` among `count` against all shares up to `bound`:
///
/// E = ∫_bound^1 p^y (1−p)^(n−y) w(p) dp / (bound^y (1−bound)^(n−y)), with w uniform over (bound, 1).
///
/// For every share up to `bound` it is a nonnegative supermartingale that begins with 1: each factor of the integrand
/// has the expectation (q p/bound + (1−q)(1−p)/(1−bound)) ≤ 1 for q ≤ bound ≤ p. So the chance that it ever reaches 1/α is
/// at most α (Ville 1939; Robbins 1970, "Statistical methods related to the law of the iterated logarithm"; Ramdas et
/// al. 2023, "Game-theoretic statistics and safe anytime-valid inference", Statistical Science 38).
pub(super) fn log_evidence(yes: u64, count: u64, bound: f64) -> f64 {
    let (yes, no) = (yes as f64, count.saturating_sub(yes) as f64);
    let (a, b) = (PRIOR.0 + yes, PRIOR.1 + no);
    let above = (1.0 - beta_below(a, b, bound)).max(1e-300);
    let prior_above = (1.0 - beta_below(PRIOR.0, PRIOR.1, bound)).max(1e-300);
    let mixture = ln_beta(a, b) - ln_beta(PRIOR.0, PRIOR.1) + above.ln() - prior_above.ln();
    mixture - yes * bound.ln() - no * (1.0 - bound).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begins_at_one_and_grows_only_above_the_bound() {
        assert!(log_evidence(0, 0, 0.2).abs() < 1e-9);
        assert!(log_evidence(2, 10, 0.2) < 1.0);
        assert!(log_evidence(20, 40, 0.2) > 5.0);
        assert!(log_evidence(1, 100, 0.2) < 0.0);
    }

    /// Exactly: the mean over all outcomes of ten draws at the bound is 1, below it less.
    #[test]
    fn its_mean_under_no_rise_is_at_most_one() {
        let mean = |share: f64, bound: f64| -> f64 {
            (0..=10u64)
                .map(|yes| {
                    let ways = (1..=yes).fold(1.0, |ways, k| ways * (10 - k + 1) as f64 / k as f64);
                    let chance = ways * share.powi(yes as i32) * (1.0 - share).powi(10 - yes as i32);
                    chance * log_evidence(yes, 10, bound).exp()
                })
                .sum()
        };
        assert!((mean(0.3, 0.3) - 1.0).abs() < 1e-6, "{}", mean(0.3, 0.3));
        assert!(mean(0.2, 0.3) < 1.0);
    }
}
