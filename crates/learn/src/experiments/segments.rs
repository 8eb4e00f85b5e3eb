use std::sync::Arc;

use statrs::distribution::{ContinuousCDF, Normal};

use super::mismatch::chi_square_tail;
use super::{Effect, Fault, Result, holm};

/// The effect in one segment beside the others.
#[derive(Clone, PartialEq, Debug)]
pub struct SegmentEffect {
    /// The segment.
    pub segment: Arc<str>,
    /// The effect among its visitors.
    pub effect: Effect,
    /// Of no effect in this segment, corrected for the number of segments (Holm).
    pub p_value: f64,
    /// Of no difference between the effect here and in all others, corrected for the number of segments (Holm).
    pub p_value_interaction: f64,
}

/// Whether a treatment does the same everywhere.
#[derive(Clone, PartialEq, Debug)]
pub struct Interaction {
    /// Cochran's Q: squared deviations of the segments' effects from their weighted mean, in standard errors.
    pub q: f64,
    /// The chance of such a Q where the effect is the same in all segments.
    pub p_value: f64,
    /// Each segment, in the order given.
    pub segments: Vec<SegmentEffect>,
}

/// Tests whether effects differ between segments whose visitors do not overlap (Cochran 1954, "The combination of
/// estimates from different experiments", Biometrics 10). Effects are weighted by the inverse of their variance.
///
/// # Errors
/// Fewer than two segments.
pub fn interaction(effects: Vec<(Arc<str>, Effect)>) -> Result<Interaction> {
    if effects.len() < 2 {
        return Err(Fault::Field { field: "segments", expected: "two or more", got: effects.len().to_string() });
    }
    let weighed = |effect: &Effect| (effect.standard_error.powi(-2), effect.difference.value);
    let pooled = |effects: &mut dyn Iterator<Item = &(Arc<str>, Effect)>| {
        let (weight, sum) = effects
            .map(|(_, effect)| weighed(effect))
            .fold((0.0, 0.0), |(weights, sum), (weight, value)| (weights + weight, sum + weight * value));
        (sum / weight, 1.0 / weight)
    };
    let (mean, _) = pooled(&mut effects.iter());
    let q = effects.iter().map(|(_, effect)| weighed(effect)).map(|(weight, value)| weight * (value - mean).powi(2));
    let q: f64 = q.sum();
    let against_rest = (0..effects.len()).map(|at| {
        let (rest, variance) =
            pooled(&mut effects.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, e)| e));
        let effect = &effects[at].1;
        two_sided((effect.difference.value - rest) / (effect.standard_error.powi(2) + variance).sqrt())
    });
    let against_rest = holm(&against_rest.collect::<Vec<_>>())?;
    let alone = holm(&effects.iter().map(|(_, effect)| effect.p_value).collect::<Vec<_>>())?;
    let p_value = chi_square_tail(q, effects.len() - 1);
    let segments = effects.into_iter().zip(alone).zip(against_rest);
    let segments = segments.map(|(((segment, effect), p_value), p_value_interaction)| SegmentEffect {
        segment,
        effect,
        p_value,
        p_value_interaction,
    });
    Ok(Interaction { q, p_value, segments: segments.collect() })
}

/// The chance of a standard normal number so far from 0 to either side.
fn two_sided(value: f64) -> f64 {
    (2.0 * Normal::standard().cdf(-value.abs())).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::super::{Estimator, Moments, Shape, Sums, compare};
    use super::*;

    fn segment(name: &str, shift: f64) -> (Arc<str>, Effect) {
        let arm = |shift: f64| -> Moments { (0..300).map(|at| Sums::of(f64::from(at % 11) + shift)).collect() };
        let estimator = Estimator { shape: Shape::Mean, is_adjusted: false, confidence: 0.95 };
        (Arc::from(name), compare(&arm(0.0), &arm(shift), &estimator).unwrap())
    }

    #[test]
    fn q_is_that_of_statsmodels() {
        // statsmodels 0.15.0: combine_effects([.1, .9, -.2], variances).q with scipy 1.17.1's chi2.sf(q, 2).
        let found = interaction(vec![segment("new", 0.1), segment("old", 0.9), segment("vip", -0.2)]).unwrap();
        assert!((found.q - 9.605169033488755).abs() < 1e-9, "{}", found.q);
        assert!((found.p_value / 0.008208504592536565 - 1.0).abs() < 1e-9, "{}", found.p_value);
        let old = &found.segments[1];
        assert!(old.p_value_interaction < 0.01 && old.p_value < 0.01, "{old:?}");
        assert!(found.segments[0].p_value_interaction > 0.1);
    }

    #[test]
    fn equal_effects_do_not_interact() {
        let found = interaction(vec![segment("new", 0.5), segment("old", 0.5)]).unwrap();
        assert!(found.q < 1e-9 && found.p_value > 0.999);
        assert!(interaction(vec![segment("new", 0.5)]).is_err());
    }
}
