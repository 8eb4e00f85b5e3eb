use super::fault::within;
use super::{Better, Effect, Result, Sequence};

/// What is known of the harm an arm does to a metric.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Harm {
    /// How much worse than tolerated it is, in units of the metric; negative where it is not.
    pub worse_by: f64,
    /// The lower bound of that, which holds at all looks at once.
    pub worse_by_at_least: f64,
    /// Whether the bound is above 0: the arm is to be stopped.
    pub is_harmful: bool,
}

/// Judges an arm by a guardrail that tolerates a worsening by `tolerated` (a share of the control's value, 0 or more, below
/// 1). Whether treatment and `(1 - tolerated)` (for metrics where less is better, `1 + tolerated`) times control differ
/// the wrong way is read off the one-sided sequence, so that a harmless arm is stopped with at most the sequence's level
/// over the whole run, however often it is looked at. Several guardrails share a level: give each its part.
///
/// # Errors
/// A tolerance out of range, or too few visitors for a first look.
pub fn harm(effect: &Effect, better: Better, tolerated: f64, sequence: &Sequence) -> Result<Harm> {
    within("tolerated", tolerated, 0.0..=0.999_999, "0 to below 1")?;
    let visitors = sequence.visitors(effect)?;
    let (control, treatment) = (effect.control, effect.treatment);
    let factor = 1.0 - better.sign() * tolerated * control.value.signum();
    let worse_by = better.sign() * (factor * control.value - treatment.value);
    let error = (factor * control.standard_error).hypot(treatment.standard_error);
    let worse_by_at_least = worse_by - sequence.reach_one_sided(visitors) * error;
    Ok(Harm { worse_by, worse_by_at_least, is_harmful: worse_by_at_least > 0.0 })
}

#[cfg(test)]
mod tests {
    use super::super::{Estimator, Moments, Shape, Sums, compare};
    use super::*;

    fn effect(level: f64, shift: f64) -> Effect {
        let arm = |shift: f64| -> Moments { (0..2000).map(|at| Sums::of(f64::from(at % 5) + shift)).collect() };
        let estimator = Estimator { shape: Shape::Mean, is_adjusted: false, confidence: 0.95 };
        compare(&arm(level), &arm(level + shift), &estimator).unwrap()
    }

    #[test]
    fn only_what_is_worse_than_tolerated_is_harmful() {
        let sequence = Sequence::new(0.05, 4000, 100).unwrap();
        let is_harmful = |level: f64, shift: f64, better: Better, tolerated: f64| {
            harm(&effect(level, shift), better, tolerated, &sequence).unwrap().is_harmful
        };
        assert!(is_harmful(8.0, -1.0, Better::Higher, 0.0));
        assert!(is_harmful(8.0, -1.0, Better::Higher, 0.05));
        assert!(!is_harmful(8.0, -1.0, Better::Higher, 0.2));
        assert!(!is_harmful(8.0, 1.0, Better::Higher, 0.0));
        assert!(is_harmful(8.0, 1.0, Better::Lower, 0.05));
        assert!(!is_harmful(8.0, 1.0, Better::Lower, 0.2));
        assert!(!is_harmful(8.0, 0.0, Better::Higher, 0.0));
        // A control below zero (more sent back than bought): the tolerance is still towards the worse.
        assert!(!is_harmful(-12.0, -1.0, Better::Higher, 0.2));
        assert!(is_harmful(-12.0, -1.0, Better::Higher, 0.0));
    }

    #[test]
    fn a_bad_tolerance_is_refused() {
        let sequence = Sequence::new(0.05, 4000, 100).unwrap();
        for tolerated in [-0.1, 1.0, f64::NAN] {
            assert!(harm(&effect(8.0, 0.0), Better::Higher, tolerated, &sequence).is_err());
        }
    }
}
