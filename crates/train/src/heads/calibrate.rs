use neural::heads::softmax;

/// The temperature under which held-out labels are likeliest (Guo et al. 2017): logits are divided by it before they become
/// probabilities. 1 where there is nothing to go by.
pub fn temperature(logits: &[Vec<f32>], classes: &[usize]) -> f32 {
    if logits.is_empty() {
        return 1.0;
    }
    let loss = |log_temperature: f64| -> f64 {
        let temperature = log_temperature.exp() as f32;
        let lost = logits.iter().zip(classes);
        lost.map(|(logits, class)| -f64::from(softmax(logits, temperature)[*class].max(1e-30).ln())).sum()
    };
    // The loss is convex in 1 / T, so it has one valley in ln T: golden-section search (Kiefer 1953).
    let ratio = (5f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (0.05f64.ln(), 20f64.ln());
    let (mut left, mut right) = (high - ratio * (high - low), low + ratio * (high - low));
    let (mut at_left, mut at_right) = (loss(left), loss(right));
    for _ in 0..40 {
        if at_left < at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - ratio * (high - low);
            at_left = loss(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + ratio * (high - low);
            at_right = loss(right);
        }
    }
    ((low + high) / 2.0).exp() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overconfidence_is_cooled_to_what_it_is_worth() {
        // Always as sure as logits 4 : 0 make it (98 %), right 3 times in 4: ln 3 / 4 brings it to 75 %.
        let logits = vec![vec![4.0, 0.0]; 100];
        let classes: Vec<usize> = (0..100).map(|at| usize::from(at % 4 == 0)).collect();
        let found = temperature(&logits, &classes);
        assert!((softmax(&[4.0, 0.0], found)[0] - 0.75).abs() < 1e-3, "{found}");
        assert_eq!(temperature(&[], &[]), 1.0);
    }
}
