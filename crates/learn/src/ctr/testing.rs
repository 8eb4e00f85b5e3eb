//! Checks of gains against finite differences.

/// Whether `gains` are what `total` gains by each number.
///
/// # Panics
/// Where one is not, as tests do.
pub(super) fn check_gains(numbers: &mut [f32], gains: &[f32], total: impl Fn(&[f32]) -> f64) {
    const STEP: f32 = 2e-3;
    assert!(numbers.len() == gains.len() && gains.iter().any(|gain| gain.abs() > 0.01));
    for place in 0..numbers.len() {
        let before = numbers[place];
        numbers[place] = before + STEP;
        let up = total(numbers);
        numbers[place] = before - STEP;
        let expected = (up - total(numbers)) / f64::from(2.0 * STEP);
        numbers[place] = before;
        let gain = f64::from(gains[place]);
        assert!((gain - expected).abs() < 2e-3 + 5e-3 * expected.abs(), "{place}: {gain} {expected}");
    }
}
