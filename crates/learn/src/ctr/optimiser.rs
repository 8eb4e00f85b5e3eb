//! Steps of dense weights and of the table's rows.

use super::shape::Weights;
use crate::recommend::sequence::adam::{Adam, Pace};

/// How gains become steps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Optimiser {
    /// Adam (Kingma and Ba 2015, ICLR; decays .9 and .98); an id's moments rest while it is not met.
    Adam,
    /// Each number's step over the root of its sum of squared gains (Duchi et al. 2011, JMLR).
    AdaGrad,
}

/// What is remembered of past gains.
#[derive(Debug)]
pub(super) enum Memory {
    Adam { table: Adam, dense: Adam, steps: u32 },
    AdaGrad { table: Vec<f32>, dense: Vec<f32> },
}

impl Memory {
    pub(super) fn new(optimiser: Optimiser, weights: &Weights) -> Self {
        let (table, dense) = (weights.table.len(), weights.dense.len());
        match optimiser {
            Optimiser::Adam => Self::Adam { table: Adam::new(table), dense: Adam::new(dense), steps: 0 },
            Optimiser::AdaGrad => Self::AdaGrad { table: vec![0.0; table], dense: vec![0.0; dense] },
        }
    }

    /// One step of all dense weights and of the rows of the table that were met, whose gains stand one row after another.
    pub(super) fn step(&mut self, weights: &mut Weights, dense: &[f32], rows: &[u32], gains: &[f32], rate: f32) {
        let pace = Pace { rate, decay: 0.0 };
        let stride = gains.len().checked_div(rows.len()).unwrap_or(0);
        let met = rows.iter().zip(gains.chunks_exact(stride.max(1)));
        match self {
            Self::Adam { table, dense: moments, steps } => {
                *steps = steps.saturating_add(1);
                moments.step(&mut weights.dense, dense, pace, *steps);
                met.for_each(|(row, gains)| table.step_row(&mut weights.table, *row, gains, pace, *steps));
            }
            Self::AdaGrad { table, dense: squares } => {
                ada_grad(&mut weights.dense, dense, squares, rate);
                for (row, gains) in met {
                    let range = *row as usize * stride..(*row as usize + 1) * stride;
                    ada_grad(&mut weights.table[range.clone()], gains, &mut table[range], rate);
                }
            }
        }
    }
}

fn ada_grad(weights: &mut [f32], gains: &[f32], squares: &mut [f32], rate: f32) {
    const SMALL: f32 = 1e-10;
    for ((weight, gain), square) in weights.iter_mut().zip(gains).zip(squares) {
        *square += gain * gain;
        *weight -= rate * gain / (square.sqrt() + SMALL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_find_the_least_of_a_bowl_and_leave_unmet_rows_alone() {
        for (optimiser, rate) in [(Optimiser::Adam, 0.05), (Optimiser::AdaGrad, 0.5)] {
            let mut weights = Weights { table: vec![3.0, -2.0, 5.0, 5.0], dense: vec![2.0] };
            let mut memory = Memory::new(optimiser, &weights);
            for _ in 0..400 {
                let gains = [2.0 * (weights.table[0] - 1.0), 20.0 * (weights.table[1] - 0.5)];
                let dense = [weights.dense[0] + 1.0];
                memory.step(&mut weights, &dense, &[0], &gains, rate);
            }
            assert!((weights.table[0] - 1.0).abs() < 0.02 && (weights.table[1] - 0.5).abs() < 0.02, "{weights:?}");
            assert!((weights.dense[0] + 1.0).abs() < 0.02 && weights.table[2..] == [5.0, 5.0], "{weights:?}");
        }
    }

    #[test]
    fn the_first_step_of_ada_grad_is_the_rate() {
        let mut weights = Weights { table: vec![], dense: vec![1.0, 1.0] };
        Memory::new(Optimiser::AdaGrad, &weights).step(&mut weights, &[3.0, -1e-4], &[], &[], 0.1);
        assert!((weights.dense[0] - 0.9).abs() < 1e-6 && (weights.dense[1] - 1.1).abs() < 1e-6);
    }
}
