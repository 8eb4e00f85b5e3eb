use super::{Fault, Result};

/// P-values adjusted so that the chance of any false alarm among all of them stays at the level they are compared with
/// (Holm 1979, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6).
///
/// # Errors
/// A p-value outside 0..1.
pub fn holm(p_values: &[f64]) -> Result<Vec<f64>> {
    let order = ascending(p_values)?;
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest = 0.0f64;
    for (rank, at) in order.into_iter().enumerate() {
        largest = largest.max(p_values[at] * (p_values.len() - rank) as f64);
        adjusted[at] = largest.min(1.0);
    }
    Ok(adjusted)
}

/// P-values adjusted so that the expected share of false alarms among those below a level stays at it (Benjamini and
/// Hochberg 1995, "Controlling the false discovery rate", Journal of the Royal Statistical Society B 57).
///
/// # Errors
/// A p-value outside 0..1.
pub fn benjamini_hochberg(p_values: &[f64]) -> Result<Vec<f64>> {
    let order = ascending(p_values)?;
    let mut adjusted = vec![0.0; p_values.len()];
    let mut smallest = 1.0f64;
    for (rank, at) in order.into_iter().enumerate().rev() {
        smallest = smallest.min(p_values[at] * p_values.len() as f64 / (rank + 1) as f64);
        adjusted[at] = smallest;
    }
    Ok(adjusted)
}

fn ascending(p_values: &[f64]) -> Result<Vec<usize>> {
    if let Some(bad) = p_values.iter().find(|p| !(0.0..=1.0).contains(*p)) {
        return Err(Fault::Field { field: "p_values", expected: "between 0 and 1", got: bad.to_string() });
    }
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|one, other| p_values[*one].total_cmp(&p_values[*other]));
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn they_are_those_of_statsmodels() {
        // statsmodels 0.15.0: multipletests(p, method="holm") and method="fdr_bh".
        let p_values = [0.01, 0.04, 0.03, 0.005, 0.7, 0.04];
        let close = |got: Vec<f64>, expected: [f64; 6]| {
            got.iter()
                .zip(expected)
                .for_each(|(got, expected)| assert!((got - expected).abs() < 1e-12, "{got} {expected}"));
        };
        close(holm(&p_values).unwrap(), [0.05, 0.12, 0.12, 0.03, 0.7, 0.12]);
        close(benjamini_hochberg(&p_values).unwrap(), [0.03, 0.048, 0.048, 0.03, 0.7, 0.048]);
    }

    #[test]
    fn what_is_no_p_value_is_refused() {
        assert!(holm(&[0.5, f64::NAN]).is_err());
        assert!(benjamini_hochberg(&[1.1]).is_err());
        assert_eq!(holm(&[]).unwrap(), Vec::<f64>::new());
    }

    proptest! {
        #[test]
        fn adjusting_never_helps_and_holm_is_the_stricter(p_values in prop::collection::vec(0.0..=1.0f64, 1..12)) {
            let (strict, mild) = (holm(&p_values).unwrap(), benjamini_hochberg(&p_values).unwrap());
            for ((p, strict), mild) in p_values.iter().zip(&strict).zip(&mild) {
                prop_assert!(*p <= mild + 1e-15 && *mild <= strict + 1e-15 && *strict <= 1.0);
            }
        }
    }
}
