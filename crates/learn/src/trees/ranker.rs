use std::sync::Arc;

use types::{Contribution, Explanation, FeatureRows, FeatureSchema};

use super::fast::{BLOCK, FastForest};
use super::{Forest, TreeColumn, TreesError};
use crate::{Ranker, RankerId};

/// A score that a forest corrects: `weight` times a column's value is added to the trees' score. Give the same product as
/// margins in training.
#[derive(Clone, PartialEq, Debug)]
pub struct Prior {
    /// The column's name.
    pub column: String,
    /// What its value is multiplied with.
    pub weight: f32,
}

/// Serves a [`Forest`]. NaN stands for a missing value; a missing prior counts 0.
#[derive(Clone, PartialEq, Debug)]
pub struct TreeRanker {
    id: RankerId,
    schema: FeatureSchema,
    pub(super) forest: Forest,
    fast: FastForest,
    /// The column and its weight.
    pub(super) prior: Option<(usize, f32)>,
}

impl TreeRanker {
    /// A ranker over `schema`, which must be the one trained on.
    ///
    /// # Errors
    /// [`TreesError::Schema`] with the first column that differs in name or version; [`TreesError::UnknownColumn`] where
    /// the prior's is not there; [`TreesError::Setting`] where its weight is not finite.
    pub fn new(id: &str, schema: FeatureSchema, forest: Forest, prior: Option<Prior>) -> Result<Self, TreesError> {
        forest.fits(&TreeColumn::of(&schema))?;
        let prior = prior.map(|prior| Ok((forest.place(&prior.column)?, prior.weight))).transpose()?;
        if let Some((_, weight)) = prior.filter(|(_, weight)| !weight.is_finite()) {
            let (setting, expected) = ("prior weight", "a finite number");
            return Err(TreesError::Setting { setting, expected, got: f64::from(weight) });
        }
        Ok(Self { id: Arc::from(id), schema, fast: FastForest::new(&forest), forest, prior })
    }

    /// The trees.
    pub fn forest(&self) -> &Forest {
        &self.forest
    }

    fn check(&self, rows: &FeatureRows) {
        assert_eq!(rows.schema(), &self.schema, "rows were made for another ranker");
    }

    /// What the prior adds for a row.
    fn prior_part(&self, rows: &FeatureRows, row: usize) -> f64 {
        self.prior.map_or(0.0, |(column, weight)| prior_value(rows.value(column, row), weight))
    }

    /// Scores of rows given by a function of column and row.
    pub(super) fn score_with(&self, value: impl Fn(usize, usize) -> f32, scores: &mut [f32]) {
        let mut block = vec![[0.0f32; BLOCK]; self.schema.width()];
        for (start, scores) in (0..).step_by(BLOCK).zip(scores.chunks_mut(BLOCK)) {
            for (column, values) in block.iter_mut().enumerate() {
                for (place, own) in values.iter_mut().enumerate().take(scores.len()) {
                    *own = value(column, start + place);
                }
            }
            self.score_block(&block, scores);
        }
    }

    fn score_block(&self, block: &[[f32; BLOCK]], scores: &mut [f32]) {
        let sums = pulp::Arch::new().dispatch(Wide { fast: &self.fast, block });
        for (place, (score, sum)) in scores.iter_mut().zip(sums).enumerate() {
            let prior = self.prior.map_or(0.0, |(column, weight)| prior_value(block[column][place], weight));
            *score = (sum + prior).clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32;
        }
    }
}

/// Scores a block in the widest instructions that the processor has; only what is inlined is compiled for them.
struct Wide<'a> {
    fast: &'a FastForest,
    block: &'a [[f32; BLOCK]],
}

impl pulp::WithSimd for Wide<'_> {
    type Output = [f64; BLOCK];

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> Self::Output {
        self.fast.score(self.block)
    }
}

fn prior_value(value: f32, weight: f32) -> f64 {
    if value.is_finite() { f64::from(value) * f64::from(weight) } else { 0.0 }
}

impl Ranker for TreeRanker {
    fn id(&self) -> RankerId {
        Arc::clone(&self.id)
    }

    fn needs(&self) -> &FeatureSchema {
        &self.schema
    }

    fn score(&self, rows: &FeatureRows, scores: &mut [f32]) {
        self.check(rows);
        assert_eq!(rows.rows(), scores.len(), "one score a row");
        let mut block = vec![[0.0f32; BLOCK]; self.schema.width()];
        for (start, scores) in (0..).step_by(BLOCK).zip(scores.chunks_mut(BLOCK)) {
            for (column, values) in block.iter_mut().enumerate() {
                values[..scores.len()].copy_from_slice(&rows.column(column)[start..start + scores.len()]);
            }
            self.score_block(&block, scores);
        }
    }

    fn explain(&self, rows: &FeatureRows, row: usize) -> Explanation {
        self.check(rows);
        let values: Vec<f32> = (0..self.schema.width()).map(|column| rows.value(column, row)).collect();
        let (base, mut additions) = self.forest.attribute(&values);
        if let Some((column, _)) = self.prior {
            additions[column] += self.prior_part(rows, row);
        }
        let mut score = [0.0];
        self.score_with(|column, _| values[column], &mut score);
        let columns = self.schema.specs().iter().zip(&values).zip(&additions);
        let mut contributions: Vec<Contribution> = columns
            .filter(|(_, addition)| **addition != 0.0)
            .map(|((spec, value), addition)| Contribution {
                feature: Arc::from(spec.name),
                value: *value,
                contribution: *addition as f32,
            })
            .collect();
        contributions.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
        Explanation { base: base as f32, contributions, score: score[0], ..Explanation::default() }
    }

    fn breaks(&self, column: usize) -> Vec<f32> {
        let nodes = self.forest.trees.iter().flat_map(|tree| &tree.nodes);
        nodes.filter(|node| node.column as usize == column).map(|node| node.threshold).collect()
    }
}
