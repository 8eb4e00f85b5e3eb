/// Pairs of past steps and changes of slope that are remembered.
const MEMORY: usize = 10;
/// The slope is taken for level where no part of it is larger.
const LEVEL: f64 = 1e-6;
/// The minimum is taken for reached where a step lessens the value by no more than this part of it.
const GAIN_MIN: f64 = 1e-5;

/// Minimises a convex function that gives its value at a point and puts its slope into the second argument: L-BFGS (Nocedal
/// and Wright 2006, "Numerical optimization", algorithm 7.4), steps shortened until they satisfy Armijo's condition.
pub(crate) fn minimise(start: Vec<f64>, steps_max: usize, value: impl Fn(&[f64], &mut [f64]) -> f64) -> Vec<f64> {
    let mut point = start;
    let mut slope = vec![0.0; point.len()];
    let mut height = value(&point, &mut slope);
    let mut past: Vec<Past> = Vec::new();
    let (mut next, mut next_slope) = (point.clone(), slope.clone());
    for _ in 0..steps_max {
        if slope.iter().all(|part| part.abs() < LEVEL) {
            break;
        }
        let direction = downhill(&slope, &past);
        let steepness = dot(&direction, &slope);
        let mut length = if past.is_empty() { 1.0 / dot(&slope, &slope).sqrt().max(1e-12) } else { 1.0 };
        let before = height;
        let lowered = (0..30).any(|_| {
            for ((next, point), direction) in next.iter_mut().zip(&point).zip(&direction) {
                *next = point + length * direction;
            }
            height = value(&next, &mut next_slope);
            let enough = height <= before + 1e-4 * length * steepness;
            length *= 0.5;
            enough
        });
        if !lowered {
            break;
        }
        remember(&mut past, &point, &next, &slope, &next_slope);
        std::mem::swap(&mut point, &mut next);
        std::mem::swap(&mut slope, &mut next_slope);
        if before - height <= GAIN_MIN * height.abs() {
            break;
        }
    }
    point
}

/// A step, the change of slope along it, and one over their product.
struct Past {
    step: Vec<f64>,
    change: Vec<f64>,
    inverse: f64,
}

fn remember(past: &mut Vec<Past>, point: &[f64], next: &[f64], slope: &[f64], next_slope: &[f64]) {
    let less = |one: &[f64], other: &[f64]| one.iter().zip(other).map(|(one, other)| one - other).collect::<Vec<_>>();
    let (step, change) = (less(next, point), less(next_slope, slope));
    let product = dot(&step, &change);
    // Rounding can make a flat stretch look concave; such a pair would turn the next step uphill.
    if product > 1e-12 * dot(&change, &change) {
        if past.len() == MEMORY {
            past.remove(0);
        }
        past.push(Past { step, change, inverse: 1.0 / product });
    }
}

/// The slope, turned and scaled by what past steps tell of the curvature, and reversed.
fn downhill(slope: &[f64], past: &[Past]) -> Vec<f64> {
    let mut direction: Vec<f64> = slope.iter().map(|part| -part).collect();
    let mut parts = vec![0.0; past.len()];
    for (part, past) in parts.iter_mut().zip(past).rev() {
        *part = past.inverse * dot(&past.step, &direction);
        direction.iter_mut().zip(&past.change).for_each(|(value, change)| *value -= *part * change);
    }
    if let Some(last) = past.last() {
        let scale = 1.0 / (last.inverse * dot(&last.change, &last.change));
        direction.iter_mut().for_each(|value| *value *= scale);
    }
    for (part, past) in parts.iter().zip(past) {
        let back = part - past.inverse * dot(&past.change, &direction);
        direction.iter_mut().zip(&past.step).for_each(|(value, step)| *value += back * step);
    }
    direction
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_bottom_of_a_narrow_valley() {
        let valley = |point: &[f64], slope: &mut [f64]| {
            let mut height = 1.0;
            for (at, (value, slope)) in point.iter().zip(slope).enumerate() {
                let (steep, apart) = (10f64.powi(at as i32 % 4), value - at as f64);
                height += 0.5 * steep * apart * apart;
                *slope = steep * apart;
            }
            height
        };
        let found = minimise(vec![0.0; 12], 200, valley);
        found.iter().enumerate().for_each(|(at, value)| assert!((value - at as f64).abs() < 0.05, "{found:?}"));
    }
}
