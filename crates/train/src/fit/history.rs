use serde::{Deserialize, Serialize};

use super::Scores;

/// Points a curve keeps; where there are more, neighbours are joined.
const POINTS_MAX: usize = 4096;

/// What a training went through.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct History {
    /// Updates, thinned out where there were many.
    pub points: Vec<Point>,
    /// Updates a point stands for.
    pub stride: u64,
    /// The point that is being filled.
    open: Option<Open>,
    /// Evaluations, in order.
    pub evaluations: Vec<Evaluation>,
}

/// Means over a few updates.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Point {
    /// The last of them, from 1.
    pub step: u64,
    /// Loss.
    pub loss: f64,
    /// Learning rate of the topmost parameters.
    pub rate: f64,
    /// Length of the gradient before clipping.
    pub norm: f64,
}

/// How good the network was at a step.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Evaluation {
    /// Updates made.
    pub step: u64,
    /// Epochs finished, with the part of the current one.
    pub epoch: f64,
    /// The figures, without what each unit contributed.
    pub scores: Scores,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct Open {
    count: u64,
    sums: Point,
}

impl History {
    /// Adds an update.
    pub(crate) fn add(&mut self, point: Point) {
        self.stride = self.stride.max(1);
        let open = self.open.get_or_insert(Open { count: 0, sums: Point { loss: 0.0, rate: 0.0, norm: 0.0, ..point } });
        open.count += 1;
        open.sums.step = point.step;
        open.sums.loss += point.loss;
        open.sums.rate += point.rate;
        open.sums.norm += point.norm;
        if open.count == self.stride {
            let (sums, n) = (open.sums, open.count as f64);
            self.points.push(Point { loss: sums.loss / n, rate: sums.rate / n, norm: sums.norm / n, ..sums });
            self.open = None;
        }
        if self.points.len() == POINTS_MAX {
            self.points = self.points.chunks(2).map(joined).collect();
            self.stride *= 2;
        }
    }

    /// Adds an evaluation.
    pub(crate) fn evaluated(&mut self, step: u64, epoch: f64, scores: &Scores) {
        let mut scores = scores.clone();
        scores.metrics.iter_mut().for_each(|metric| metric.units.clear());
        self.evaluations.push(Evaluation { step, epoch, scores });
    }

    /// The mean loss of the last few points.
    pub fn loss(&self) -> Option<f64> {
        let last = &self.points[self.points.len().saturating_sub(20)..];
        let sum: f64 = last.iter().map(|point| point.loss).sum();
        (!last.is_empty()).then(|| sum / last.len() as f64)
    }
}

fn joined(points: &[Point]) -> Point {
    let n = points.len() as f64;
    let mean = |of: fn(&Point) -> f64| points.iter().map(of).sum::<f64>() / n;
    let step = points.last().map_or(0, |point| point.step);
    Point { step, loss: mean(|p| p.loss), rate: mean(|p| p.rate), norm: mean(|p| p.norm) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_curves_are_thinned_and_keep_their_mean() {
        let mut history = History::default();
        let steps = 3 * POINTS_MAX as u64;
        (1..=steps).for_each(|step| history.add(Point { step, loss: step as f64, rate: 1.0, norm: 2.0 }));
        assert!(history.points.len() < POINTS_MAX && history.stride == 4);
        assert_eq!(history.points.last().unwrap().step, steps);
        let mean = history.points.iter().map(|point| point.loss).sum::<f64>() / history.points.len() as f64;
        assert!((mean - (steps + 1) as f64 / 2.0).abs() < 1e-6);
        let text = serde_json::to_string(&history).unwrap();
        assert_eq!(serde_json::from_str::<History>(&text).unwrap(), history);
    }
}
