use rayon::prelude::*;

use super::TreesError;
use super::forest::Tree;
use super::grow::Grown;
use super::metric::quality;
use super::objective::{Objective, Task};
use super::rows::TrainingRows;

/// Rows scored at a time.
const ROWS_PER_TASK: usize = 1 << 14;

/// Rows with the scores that the trees so far give them.
pub(super) struct Scored<'a> {
    pub(super) rows: &'a TrainingRows,
    pub(super) task: Task<'a>,
    pub(super) scores: Vec<f64>,
}

impl<'a> Scored<'a> {
    pub(super) fn new(objective: Objective, rows: &'a TrainingRows) -> Result<Self, TreesError> {
        Ok(Self { rows, task: Task::new(objective, rows)?, scores: Vec::new() })
    }

    /// Whether held-out rows can say how good trees of `training` are.
    pub(super) fn check_beside(&self, training: &TrainingRows) -> Result<(), TreesError> {
        let (rows, groups) = (self.rows.rows(), self.rows.group_sizes.len());
        if self.task.informative() == 0 {
            return Err(TreesError::NothingHeldOut { rows, groups });
        }
        if training.margins.is_empty() != self.rows.margins.is_empty() {
            let (expected, got) = (if training.margins.is_empty() { 0 } else { rows }, self.rows.margins.len());
            return Err(TreesError::Length { list: "margins of held-out rows".into(), expected, got });
        }
        Ok(())
    }

    pub(super) fn start(&mut self, base: f32) {
        let base = f64::from(base);
        self.scores = vec![base; self.rows.rows()];
        for (score, margin) in self.scores.iter_mut().zip(&self.rows.margins) {
            *score += f64::from(*margin);
        }
    }

    pub(super) fn quality(&self) -> f64 {
        quality(&self.task, &self.scores)
    }

    /// Adds a tree's values to the rows that it was grown on, all of them.
    pub(super) fn add_grown(&mut self, grown: &Grown) {
        for (leaf, rows) in grown.tree.leaves.iter().zip(&grown.leaf_rows) {
            let value = f64::from(leaf.value);
            grown.order[rows.clone()].iter().for_each(|row| self.scores[*row as usize] += value);
        }
    }

    /// Adds a tree's values to all rows.
    pub(super) fn add(&mut self, tree: &Tree) {
        let values = &self.rows.values;
        self.scores.par_chunks_mut(ROWS_PER_TASK).enumerate().for_each(|(task, scores)| {
            for (place, score) in scores.iter_mut().enumerate() {
                let row = task * ROWS_PER_TASK + place;
                *score += f64::from(tree.value(|column| values[column as usize][row]));
            }
        });
    }
}
