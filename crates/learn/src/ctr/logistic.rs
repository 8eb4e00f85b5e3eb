//! Logistic regression on a few numbers.

/// The most likely weights of a logistic regression of labels on rows of so many numbers, each with its mass, by Newton's
/// method with halved steps; a pull of 10^-6 keeps them finite where a line parts the labels.
pub(super) fn logistic<const N: usize>(rows: &[([f64; N], f64, f64)]) -> [f64; N] {
    const PULL: f64 = 1e-6;
    let dot = |weights: &[f64; N], row: &[f64; N]| weights.iter().zip(row).map(|(a, b)| a * b).sum::<f64>();
    let loss = |weights: &[f64; N]| {
        let one = |(row, label, mass): &([f64; N], f64, f64)| {
            let logit = dot(weights, row);
            mass * (logit.max(0.0) + (-logit.abs()).exp().ln_1p() - label * logit)
        };
        rows.iter().map(one).sum::<f64>() + 0.5 * PULL * dot(weights, weights)
    };
    let mut weights = [0.0; N];
    let mut best = loss(&weights);
    for _ in 0..100 {
        let mut gains = weights.map(|weight| PULL * weight);
        let mut curve = [[0.0; N]; N];
        curve.iter_mut().enumerate().for_each(|(at, row)| row[at] = PULL);
        for (row, label, mass) in rows {
            let probability = sigmoid(dot(&weights, row));
            for a in 0..N {
                gains[a] += mass * (probability - label) * row[a];
                for b in 0..N {
                    curve[a][b] += mass * probability * (1.0 - probability) * row[a] * row[b];
                }
            }
        }
        let Some(step) = solve(curve, gains) else { break };
        let mut share = 1.0;
        let moved = loop {
            let mut moved = weights;
            moved.iter_mut().zip(step).for_each(|(weight, step)| *weight -= share * step);
            let now = loss(&moved);
            if now < best {
                break Some((moved, now));
            }
            share *= 0.5;
            if share < 1e-6 {
                break None;
            }
        };
        let Some((moved, now)) = moved else { break };
        let gained = best - now;
        (weights, best) = (moved, now);
        if gained <= 1e-13 * best.abs() {
            break;
        }
    }
    weights
}

/// Gauss's elimination with the largest pivots; `None` where there is no one answer.
fn solve<const N: usize>(mut matrix: [[f64; N]; N], mut right: [f64; N]) -> Option<[f64; N]> {
    for column in 0..N {
        let pivot = (column..N).max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))?;
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        if matrix[column][column].abs() < 1e-300 {
            return None;
        }
        for row in 0..N {
            if row != column {
                let factor = matrix[row][column] / matrix[column][column];
                let from = matrix[column];
                matrix[row].iter_mut().zip(from).for_each(|(number, from)| *number -= factor * from);
                right[row] -= factor * right[column];
            }
        }
    }
    Some(std::array::from_fn(|at| right[at] / matrix[at][at]))
}

/// 1 / (1 + e^-x).
pub(super) fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}
