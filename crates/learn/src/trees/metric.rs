use rayon::prelude::*;

use super::lambdas::discount;
use super::objective::{Objective, Task};

/// What early stopping watches, larger is better: mean nDCG@k over groups in which something gains, or the mean loss a
/// row by weight with its sign turned (log-loss, squared error). Rows without a weight are not there; 0 where none counts.
pub(super) fn quality(task: &Task<'_>, scores: &[f64]) -> f64 {
    match task.objective {
        Objective::LambdaMart(settings) => ranking(task, scores, settings.places),
        Objective::Logistic => -mean(task, scores, |score, label| {
            // ln(1 + e^s) - y s, without overflow.
            (-score.abs()).exp().ln_1p() + score.max(0.0) - label * score
        }),
        Objective::Squared => -mean(task, scores, |score, label| (score - label).powi(2)),
    }
}

/// Equal scores share their places' discounts, so that no order of rows is better than another.
fn ranking(task: &Task<'_>, scores: &[f64], places: usize) -> f64 {
    let group = |((start, end), ideal): (&(usize, usize), &f64)| -> Option<f64> {
        if *ideal == 0.0 {
            return None;
        }
        let mut order: Vec<usize> = (*start..*end).filter(|row| task.weights[*row] > 0.0).collect();
        order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        let (mut gained, mut place) = (0.0, 0);
        for tied in order.chunk_by(|a, b| scores[*a] == scores[*b]) {
            let discounts: f64 = (place..(place + tied.len()).min(places)).map(discount).sum();
            let gains: f64 = tied.iter().map(|row| f64::from(task.labels[*row])).sum();
            gained += discounts * gains / tied.len() as f64;
            place += tied.len();
            if place >= places {
                break;
            }
        }
        Some(gained * ideal)
    };
    let each: Vec<Option<f64>> = task.groups.par_iter().zip(&task.ideals).with_min_len(64).map(group).collect();
    let counted: Vec<f64> = each.into_iter().flatten().collect();
    if counted.is_empty() { 0.0 } else { counted.iter().sum::<f64>() / counted.len() as f64 }
}

fn mean(task: &Task<'_>, scores: &[f64], loss: impl Fn(f64, f64) -> f64) -> f64 {
    let rows = scores.iter().zip(task.labels).zip(&task.weights);
    let add = |(sum, total): (f64, f64), ((score, label), weight): ((&f64, &f32), &f32)| {
        (sum + f64::from(*weight) * loss(*score, f64::from(*label)), total + f64::from(*weight))
    };
    let (sum, total) = rows.fold((0.0, 0.0), add);
    if total > 0.0 { sum / total } else { 0.0 }
}
