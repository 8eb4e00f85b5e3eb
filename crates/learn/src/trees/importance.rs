use rayon::prelude::*;

use super::TreesError;
use super::forest::{Forest, Node};
use super::rows::{TrainingRows, TreeColumn};

/// How much a forest depends on a column.
#[derive(Clone, PartialEq, Debug)]
pub struct ColumnImportance {
    /// The column.
    pub column: TreeColumn,
    /// Gain of all its questions in training: twice what they lessened the loss by.
    pub gain: f64,
    /// Questions that ask about it.
    pub questions: usize,
    /// Mean size of what it adds to a score, over the rows given; 0 where none were.
    pub effect: f64,
}

impl Forest {
    /// How much the forest depends on each column, in the order of columns. Effects are those on `rows`, where given;
    /// a few thousand rows are enough.
    ///
    /// # Errors
    /// Where `rows` have other columns or lists of wrong length.
    pub fn importance(&self, rows: Option<&TrainingRows>) -> Result<Vec<ColumnImportance>, TreesError> {
        let start = |column: &super::ForestColumn| ColumnImportance {
            column: column.column.clone(),
            gain: 0.0,
            questions: 0,
            effect: 0.0,
        };
        let mut importance: Vec<ColumnImportance> = self.columns.iter().map(start).collect();
        let nodes = self.trees.iter().flat_map(|tree| &tree.nodes);
        for Node { column, gain, .. } in nodes {
            let own = &mut importance[*column as usize];
            own.gain += f64::from(*gain);
            own.questions += 1;
        }
        if let Some(rows) = rows {
            self.fits(&rows.columns)?;
            rows.check()?;
            let effects = |row: usize| {
                let values: Vec<f32> = rows.values.iter().map(|column| column[row]).collect();
                self.attribute(&values).1
            };
            // In order of rows, so that the sums are the same with any number of threads.
            let each: Vec<Vec<f64>> = (0..rows.rows()).into_par_iter().map(effects).collect();
            for (column, own) in importance.iter_mut().enumerate() {
                let sum: f64 = each.iter().map(|effects| effects[column].abs()).sum();
                own.effect = sum / rows.rows().max(1) as f64;
            }
        }
        Ok(importance)
    }
}
