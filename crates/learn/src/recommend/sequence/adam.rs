//! Adam with decoupled weight decay.

use super::dense::wide;
use crate::bytes::{Reader, Writer};

/// How fast weights follow the gains.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Pace {
    /// The step.
    pub(crate) rate: f32,
    /// Part of a weight lost a step, times the rate.
    pub(crate) decay: f32,
}

/// AdamW (Kingma and Ba 2015, ICLR; decay apart from the gains: Loshchilov and Hutter 2019, ICLR).
#[derive(Clone, Debug)]
pub(crate) struct Adam {
    means: Vec<f32>,
    squares: Vec<f32>,
}

impl Adam {
    const MEAN: f32 = 0.9;
    const SQUARE: f32 = 0.98;
    const SMALL: f32 = 1e-8;

    pub(crate) fn new(weights: usize) -> Self {
        Self { means: vec![0.0; weights], squares: vec![0.0; weights] }
    }

    /// Writes the moments.
    pub(crate) fn write(&self, out: &mut Writer) {
        out.floats(&self.means);
        out.floats(&self.squares);
    }

    /// Goes on with the moments of an equal one.
    pub(crate) fn read(&mut self, input: &mut Reader<'_>) -> crate::Result<()> {
        input.floats_into(&mut self.means)?;
        input.floats_into(&mut self.squares)
    }

    /// Moves all weights; `steps` counts from 1.
    pub(crate) fn step(&mut self, weights: &mut [f32], gains: &[f32], pace: Pace, steps: u32) {
        let steps = Corrections::after(steps);
        wide(
            #[inline(always)]
            || update(weights, gains, &mut self.means[..], &mut self.squares[..], pace, steps),
        );
    }

    /// Moves the weights of one row, as long as its gains; the others rest, moments and all.
    pub(crate) fn step_row(&mut self, weights: &mut [f32], row: u32, gains: &[f32], pace: Pace, steps: u32) {
        let range = row as usize * gains.len()..(row as usize + 1) * gains.len();
        let (means, squares) = (&mut self.means[range.clone()], &mut self.squares[range.clone()]);
        let steps = Corrections::after(steps);
        wide(
            #[inline(always)]
            || update(&mut weights[range], gains, means, squares, pace, steps),
        );
    }
}

/// What the moments are divided by, as they began at 0.
#[derive(Clone, Copy)]
struct Corrections {
    mean: f32,
    square: f32,
}

impl Corrections {
    fn after(steps: u32) -> Self {
        let steps = steps.min(i32::MAX as u32) as i32;
        Self { mean: 1.0 / (1.0 - Adam::MEAN.powi(steps)), square: 1.0 / (1.0 - Adam::SQUARE.powi(steps)) }
    }
}

#[inline(always)]
fn update(weights: &mut [f32], gains: &[f32], means: &mut [f32], squares: &mut [f32], pace: Pace, steps: Corrections) {
    let kept = 1.0 - pace.rate * pace.decay;
    for (((weight, gain), mean), square) in weights.iter_mut().zip(gains).zip(means).zip(squares) {
        *mean = Adam::MEAN * *mean + (1.0 - Adam::MEAN) * gain;
        *square = Adam::SQUARE * *square + (1.0 - Adam::SQUARE) * gain * gain;
        let step = *mean * steps.mean / ((*square * steps.square).sqrt() + Adam::SMALL);
        *weight = kept * *weight - pace.rate * step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_least_of_a_bowl_and_leaves_other_rows_alone() {
        let mut weights = vec![3.0, -2.0, 5.0, 5.0];
        let mut adam = Adam::new(4);
        for step in 1..400 {
            let gains = [2.0 * (weights[0] - 1.0), 20.0 * (weights[1] - 0.5)];
            adam.step_row(&mut weights, 0, &gains, Pace { rate: 0.05, decay: 0.0 }, step);
        }
        assert!((weights[0] - 1.0).abs() < 0.01 && (weights[1] - 0.5).abs() < 0.01, "{weights:?}");
        assert_eq!(weights[2..], [5.0, 5.0]);
    }

    #[test]
    fn the_first_step_is_the_rate() {
        let mut weights = vec![1.0, 1.0];
        Adam::new(2).step(&mut weights, &[1e-3, -50.0], Pace { rate: 0.1, decay: 0.0 }, 1);
        assert!((weights[0] - 0.9).abs() < 1e-4 && (weights[1] - 1.1).abs() < 1e-4);
    }
}
