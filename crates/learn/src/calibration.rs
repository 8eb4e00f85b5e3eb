//! Whether probabilities are as often right as they say.

/// The temperature that makes probabilities honest: logits are divided by it. It minimises the mean of `-ln p` of the
/// right classes, each example with its weight (Guo et al. 2017, "On calibration of modern neural networks", ICML).
/// Logits should be of examples that the model has not seen, such as held-out folds.
///
/// Between 1/20 and 20; 1 where there is nothing to tell from.
pub fn temperature(logits: &[Vec<f32>], classes: &[usize], weights: &[f64]) -> f32 {
    if logits.is_empty() {
        return 1.0;
    }
    let loss = |inverse: f64| -> f64 {
        let one = |((logits, class), weight): ((&Vec<f32>, &usize), &f64)| {
            let scaled = || logits.iter().map(|logit| f64::from(*logit) * inverse);
            let top = scaled().fold(f64::MIN, f64::max);
            let sum: f64 = scaled().map(|logit| (logit - top).exp()).sum();
            weight * (top + sum.ln() - f64::from(logits[*class]) * inverse)
        };
        logits.iter().zip(classes).zip(weights).map(one).sum()
    };
    // The loss is convex in one over the temperature, so thirds of an interval can be thrown away.
    let (mut low, mut high) = (0.05f64.ln(), 20f64.ln());
    for _ in 0..40 {
        let third = (high - low) / 3.0;
        if loss((low + third).exp()) > loss((high - third).exp()) { low += third } else { high -= third }
    }
    (-f64::midpoint(low, high)).exp() as f32
}

/// Bins of equal width that confidences fall into.
const BINS: usize = 15;

/// Expected calibration error: the mean distance between the confidence in what was predicted and how often that was
/// right, over 15 bins of equal width (Guo et al. 2017). Takes pairs of confidence and whether it was right, and
/// weights; 0 is best.
pub fn calibration_error(answers: &[(f32, bool)], weights: &[f64]) -> f64 {
    let mut bins = [(0.0, 0.0); BINS];
    for ((confidence, right), weight) in answers.iter().zip(weights) {
        let bin = &mut bins[((confidence * BINS as f32) as usize).min(BINS - 1)];
        bin.0 += weight * f64::from(*confidence);
        bin.1 += if *right { *weight } else { 0.0 };
    }
    let all: f64 = weights.iter().sum();
    if all > 0.0 { bins.iter().map(|(said, was)| (said - was).abs()).sum::<f64>() / all } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Rng;

    #[test]
    fn overconfident_logits_are_cooled_to_what_they_were_made_from() {
        let mut rng = Rng::new(4);
        let (mut logits, mut classes) = (Vec::new(), Vec::new());
        for _ in 0..4000 {
            let true_logit = 3.0 * rng.normal();
            let first = rng.unit() < 1.0 / (1.0 + (-true_logit).exp());
            logits.push(vec![(2.5 * true_logit) as f32, 0.0]);
            classes.push(usize::from(!first));
        }
        let weights = vec![1.0; 4000];
        let found = temperature(&logits, &classes, &weights);
        assert!((found - 2.5).abs() < 0.2, "{found}");
        let error = |temperature: f32| {
            let answers = logits.iter().zip(&classes).map(|(logits, class)| {
                let first = 1.0 / (1.0 + (-logits[0] / temperature).exp());
                (first.max(1.0 - first), (first >= 0.5) == (*class == 0))
            });
            calibration_error(&answers.collect::<Vec<_>>(), &weights)
        };
        assert!(error(found) < 0.02 && error(1.0) > 0.04, "{} {}", error(found), error(1.0));
    }

    #[test]
    fn nothing_is_calibrated_by_nothing() {
        assert_eq!(temperature(&[], &[], &[]), 1.0);
        assert_eq!(calibration_error(&[], &[]), 0.0);
        assert!(temperature(&[vec![1.0, 0.0]], &[0], &[1.0]) >= 0.05);
    }
}
