use super::fault::{inside_unit, within};
use super::{Fault, Result, Sums};

/// The value above which sums are cut: the smallest of the visitors' values that at least a share `quantile` of them does
/// not exceed (the inverted distribution function). To be taken over the visitors of all arms together, lest the cap
/// itself differ between them.
///
/// # Errors
/// No values, or a quantile outside 0..1. Values that are no number are not counted.
pub fn cap(values: &[f64], quantile: f64) -> Result<f64> {
    inside_unit("quantile", quantile)?;
    let mut finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    if finite.is_empty() {
        return Err(Fault::Field { field: "values", expected: "numbers", got: "none".to_owned() });
    }
    let place = ((quantile * finite.len() as f64).ceil() as usize).clamp(1, finite.len()) - 1;
    Ok(*finite.select_nth_unstable_by(place, f64::total_cmp).1)
}

/// The sums with both numerators cut at `cap` (winsorisation from above: what a visitor brings beyond it counts as the cap).
///
/// # Errors
/// A cap that is no number.
pub fn winsorised(sums: Sums, cap: f64) -> Result<Sums> {
    within("cap", cap, f64::MIN..=f64::MAX, "a finite number")?;
    let (numerator, numerator_before) = (sums.numerator.min(cap), sums.numerator_before.min(cap));
    Ok(Sums { numerator, numerator_before, ..sums })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cap_is_numpys_inverted_distribution_function() {
        // numpy.quantile(values, q, method="inverted_cdf") of numpy 2.4.6.
        let values = [12.0, 0.0, 7.5, 1e12, 3.0, 3.0, 0.0, 8.0, 1.0, 2.0];
        for (quantile, expected) in [(0.5, 3.0), (0.9, 12.0), (0.95, 1e12), (0.05, 0.0), (0.81, 12.0), (0.8, 8.0)] {
            assert_eq!(cap(&values, quantile).unwrap(), expected, "{quantile}");
        }
        assert!(cap(&[f64::NAN], 0.5).is_err());
        assert!(cap(&values, 1.0).is_err());
    }

    #[test]
    fn one_absurd_reward_is_cut_to_the_cap() {
        assert_eq!(winsorised(Sums::of(1e12), 12.0).unwrap(), Sums::of(12.0));
        assert_eq!(winsorised(Sums::of(5.0), 12.0).unwrap(), Sums::of(5.0));
        assert!(winsorised(Sums::of(5.0), f64::NAN).is_err());
    }
}
