//! The hyper-parameters of a trial: by its number alone, so that a search can go on where it was stopped.

use learn::recommend::{Method, Parameter, Parameters, Scale};
use types::Rng;

/// Hyper-parameters of the trial with this number; 0 has the defaults. Odd ones are drawn from the whole ranges, even ones
/// near the defaults, which are good more often than not: each of these is left as it is half of the time.
pub(super) fn parameters(method: &Method, seed: u64, number: usize) -> Parameters {
    let mut parameters = Parameters::new(method.parameters);
    if number == 0 {
        return parameters;
    }
    // Mixed twice, so that the trials of neighbouring seeds are not the same ones shifted by one.
    let base = Rng::new(seed).next_u64();
    let mut rng = Rng::new(Rng::new(base.wrapping_add(number as u64)).next_u64());
    let is_near = number.is_multiple_of(2);
    for known in method.parameters {
        let draw = rng.unit();
        let is_left = rng.unit() < 0.5;
        let value = match (is_near, is_left) {
            (true, true) => known.default,
            (true, false) => near(known, draw),
            (false, _) => anywhere(known, draw),
        };
        // What is drawn is within the range, but for the last bit of a float; then the default stays.
        parameters.set(known.name, value.clamp(known.min, known.max)).ok();
    }
    parameters
}

/// Those that differ from the defaults.
pub(super) fn differing(method: &Method, parameters: &Parameters) -> Vec<(String, f64)> {
    let default = |name: &str| method.parameters.iter().find(|known| known.name == name).map(|known| known.default);
    let differing = parameters.iter().filter(|(name, value)| default(name) != Some(*value));
    differing.map(|(name, value)| (name.to_owned(), value)).collect()
}

fn anywhere(known: &Parameter, draw: f64) -> f64 {
    match known.scale {
        Scale::Linear => rounded(known.min + draw * (known.max - known.min)),
        Scale::Log => rounded((known.min.ln() + draw * (known.max.ln() - known.min.ln())).exp()),
        Scale::Whole if known.min > 0.0 => (known.min.ln() + draw * (known.max.ln() - known.min.ln())).exp().round(),
        Scale::Whole => (known.min + draw * (known.max - known.min)).round(),
        Scale::Switch => f64::from(draw < 0.5),
    }
}

/// Up to four times as much or as little by factors; up to a quarter of the range away evenly.
fn near(known: &Parameter, draw: f64) -> f64 {
    let by_factors = || known.default * 4f64.powf(2.0 * draw - 1.0);
    match known.scale {
        Scale::Log => rounded(by_factors()),
        Scale::Whole if known.default > 0.0 => by_factors().round(),
        Scale::Whole => anywhere(known, draw * draw).round(),
        Scale::Linear => rounded(known.default + (draw - 0.5) * (known.max - known.min) / 2.0),
        Scale::Switch => 1.0 - known.default,
    }
}

/// Three significant digits: no shop needs more, and people can read and type them.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let unit = 10f64.powi(2 - value.abs().log10().floor() as i32);
    (value * unit).round() / unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trials_depend_on_nothing_but_their_number_and_stay_in_their_ranges() {
        for method in learn::recommend::METHODS {
            assert_eq!(parameters(method, 1, 0), Parameters::new(method.parameters));
            for number in 1..60 {
                let drawn = parameters(method, 7, number);
                assert_eq!(drawn, parameters(method, 7, number));
                for known in method.parameters {
                    assert!((known.min..=known.max).contains(&drawn.get(known.name)), "{} {drawn:?}", method.name);
                }
                assert_eq!(differing(method, &drawn).is_empty(), drawn == Parameters::new(method.parameters));
            }
        }
        assert_eq!([rounded(0.0123456), rounded(1234.5), rounded(-9.996)], [0.0123, 1230.0, -10.0]);
    }
}
