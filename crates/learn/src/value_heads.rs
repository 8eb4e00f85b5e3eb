//! Chances of what follows an item's being shown, and what they are worth together.

use types::{FeatureRows, FeatureSchema, Rng, ValuePart, ValueWeights};

use crate::bytes::{Reader, Writer};
use crate::trees::{Forest, Objective, TrainingRows, TreeRanker, TreeTrainer, TreesError};
use crate::{Ranker as _, Result};

/// Something that may follow an item's being shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Head {
    /// It is clicked.
    Click,
    /// It is put into the cart.
    Cart,
    /// It is bought.
    Purchase,
    /// It is bought and sent back.
    Return,
}

impl Head {
    /// Every one, in order.
    pub const ALL: [Self; 4] = [Self::Click, Self::Cart, Self::Purchase, Self::Return];

    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Click => "click",
            Self::Cart => "cart",
            Self::Purchase => "purchase",
            Self::Return => "return",
        }
    }

    /// What it is worth, whatever the item; what comes back costs.
    fn worth(self, weights: &ValueWeights) -> f32 {
        match self {
            Self::Click => weights.click,
            Self::Cart => weights.cart,
            Self::Purchase => weights.purchase,
            Self::Return => -weights.returned,
        }
    }

    /// How often the item's margin is earned with it: what comes back earns none.
    fn margins(self) -> f32 {
        match self {
            Self::Click | Self::Cart => 0.0,
            Self::Purchase => 1.0,
            Self::Return => -1.0,
        }
    }
}

/// The chances of clicks, carts, purchases and returns of an item that is looked at, one model each. All are learnt over
/// everything that was shown, not only over what was clicked, so that none is of another population than the one served
/// (Ma et al. 2018, "Entire space multi-task model", SIGIR, section 2.2). Each is trees by squared error, so that labels may
/// be weighed by how seldom a place is looked at and the mean stays right (Saito et al. 2020, "Unbiased recommender
/// learning", WSDM, section 3.2), and a straight line fitted to held-out rows, so that what each feature adds is exact.
#[derive(Clone, Debug)]
pub struct ValueHeads {
    heads: Vec<OneHead>,
    margin: Option<usize>,
}

/// A chance: `offset + slope * trees`.
#[derive(Clone, Debug)]
struct OneHead {
    /// `None` where nothing was to be learnt; the chance is `offset` then.
    trees: Option<TreeRanker>,
    offset: f32,
    slope: f32,
}

/// Rows with what followed each, in the order of [`Head::ALL`]: 1 where it did, more where its place is seldom looked at.
#[derive(Clone, Debug)]
pub struct OutcomeRows {
    /// The features; labels are left out.
    pub rows: TrainingRows,
    /// What followed.
    pub labels: [Vec<f32>; 4],
}

/// Fewer rows than this with an outcome teach nothing but how frequent it is.
const HAPPENED_MIN: usize = 20;
/// The item's margin, a share of its price.
const MARGIN: &str = "margin";
/// Name of the trees inside.
const INSIDE: &str = "chance";

impl ValueHeads {
    /// Learns all four; `share` is the part of all answers that the rows were drawn from, where nothing followed the others.
    ///
    /// # Errors
    /// What trees refuse: rows of other columns, no rows at all.
    pub fn fit(
        schema: &FeatureSchema,
        train: &OutcomeRows,
        held_out: &OutcomeRows,
        share: f32,
        rng: &mut Rng,
    ) -> std::result::Result<Self, TreesError> {
        let fit = |(train_labels, held_labels): (&Vec<f32>, &Vec<f32>)| {
            let with = |rows: &TrainingRows, labels: &[f32]| TrainingRows { labels: labels.to_vec(), ..rows.clone() };
            let one =
                OneHead::fit(schema, &with(&train.rows, train_labels), &with(&held_out.rows, held_labels), &mut *rng);
            one.map(|one| OneHead { offset: one.offset * share, slope: one.slope * share, ..one })
        };
        let heads = train.labels.iter().zip(&held_out.labels).map(fit).collect::<std::result::Result<_, _>>()?;
        Ok(Self { heads, margin: schema.column(MARGIN) })
    }

    /// Adds `scale` times what each row is worth to its score.
    pub(crate) fn add(&self, weights: &ValueWeights, scale: f32, rows: &FeatureRows, scores: &mut [f32]) {
        let mut chances = vec![0.0; scores.len()];
        for (head, one) in Head::ALL.into_iter().zip(&self.heads) {
            one.chances(rows, &mut chances);
            for (row, (score, chance)) in scores.iter_mut().zip(&chances).enumerate() {
                *score += scale * self.weight(head, weights, rows, row) * chance;
            }
        }
    }

    /// What a row is worth where all features are neutral, and what each feature adds to that; sums to what
    /// [`ValueHeads::add`] adds.
    pub(crate) fn attribute(&self, weights: &ValueWeights, rows: &FeatureRows, row: usize) -> (f64, Vec<f64>) {
        let values: Vec<f32> = (0..rows.schema().width()).map(|column| rows.value(column, row)).collect();
        let (mut base, mut additions) = (0.0, vec![0.0; values.len()]);
        for (head, one) in Head::ALL.into_iter().zip(&self.heads) {
            let (mean, own) = one.trees.as_ref().map_or((0.0, Vec::new()), |trees| trees.forest().attribute(&values));
            let (slope, neutral) = (f64::from(one.slope), f64::from(one.offset) + f64::from(one.slope) * mean);
            let (worth, weight) = (head.worth(weights), self.weight(head, weights, rows, row));
            base += f64::from(worth) * neutral;
            additions.iter_mut().zip(&own).for_each(|(sum, by)| *sum += f64::from(weight) * slope * by);
            // The margin weighs the chance, so the neutral chance's part of it is the margin's own.
            if let Some(margin) = self.margin {
                additions[margin] += f64::from(weight - worth) * neutral;
            }
        }
        (base, additions)
    }

    /// Each chance of a row with its weight there, times `scale`.
    pub(crate) fn told(&self, weights: &ValueWeights, scale: f32, rows: &FeatureRows, row: usize) -> Vec<ValuePart> {
        let part = |(head, chance): (Head, f32)| {
            let weight = scale * self.weight(head, weights, rows, row);
            ValuePart { head: head.name(), probability: chance.clamp(0.0, 1.0), weight, contribution: weight * chance }
        };
        Head::ALL.into_iter().zip(self.chances(rows, row)).map(part).collect()
    }

    /// Each chance of a row, in the order of [`Head::ALL`]. A straight line may leave 0 to 1 by a little.
    pub fn chances(&self, rows: &FeatureRows, row: usize) -> Vec<f32> {
        let mut one = FeatureRows::zeros(rows.schema().clone(), 1);
        (0..rows.schema().width()).for_each(|column| one.column_mut(column)[0] = rows.value(column, row));
        let chance = |head: &OneHead| {
            let mut chance = [0.0];
            head.chances(&one, &mut chance);
            chance[0]
        };
        self.heads.iter().map(chance).collect()
    }

    /// What a chance counts for a row.
    fn weight(&self, head: Head, weights: &ValueWeights, rows: &FeatureRows, row: usize) -> f32 {
        let margin = self.margin.map_or(0.0, |column| rows.value(column, row));
        head.worth(weights) + weights.margin * margin * head.margins()
    }

    /// See [`crate::Ranker::breaks`].
    pub(crate) fn breaks(&self, column: usize) -> Vec<f32> {
        self.heads.iter().flat_map(|head| &head.trees).flat_map(|trees| trees.breaks(column)).collect()
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        for OneHead { trees, offset, slope } in &self.heads {
            out.float(*offset);
            out.float(*slope);
            out.bytes(&trees.as_ref().map(|trees| trees.forest().to_bytes()).unwrap_or_default());
        }
    }

    pub(crate) fn read(input: &mut Reader<'_>, schema: &FeatureSchema) -> Result<Self> {
        let mut heads = Vec::with_capacity(Head::ALL.len());
        for _ in Head::ALL {
            let (offset, slope, forest) = (input.float()?, input.float()?, input.bytes()?.to_vec());
            let unfit = |input: &Reader<'_>| input.fault("trees over the columns told before");
            let trees = match forest.is_empty() {
                true => None,
                false => {
                    let ranker = TreeRanker::new(INSIDE, schema.clone(), Forest::from_bytes(&forest)?, None);
                    Some(ranker.map_err(|_| unfit(input))?)
                }
            };
            heads.push(OneHead { trees, offset, slope });
        }
        Ok(Self { heads, margin: schema.column(MARGIN) })
    }
}

impl OneHead {
    fn fit(
        schema: &FeatureSchema,
        train: &TrainingRows,
        held_out: &TrainingRows,
        rng: &mut Rng,
    ) -> std::result::Result<Self, TreesError> {
        let happened = |rows: &TrainingRows| rows.labels.iter().filter(|label| **label > 0.0).count();
        if happened(train) < HAPPENED_MIN || happened(held_out) == 0 {
            let all = || train.labels.iter().chain(&held_out.labels);
            let mean = all().sum::<f32>() / all().count().max(1) as f32;
            return Ok(Self { trees: None, offset: mean, slope: 0.0 });
        }
        let trainer = TreeTrainer {
            objective: Objective::Squared,
            trees_max: 150,
            leaves_max: 8,
            learning_rate: 0.1,
            min_rows: 50,
            columns_share: 0.5,
            rows_share: 0.8,
            patience: 20,
            ..TreeTrainer::default()
        };
        let (forest, _) = trainer.fit(train, Some(held_out), rng)?;
        let said: Vec<f64> = (0..held_out.rows())
            .map(|row| {
                let values: Vec<f32> = held_out.values.iter().map(|column| column[row]).collect();
                f64::from(forest.score_row(&values))
            })
            .collect();
        let (offset, slope) = line(&said, &held_out.labels);
        Ok(Self { trees: Some(TreeRanker::new(INSIDE, schema.clone(), forest, None)?), offset, slope })
    }

    fn chances(&self, rows: &FeatureRows, chances: &mut [f32]) {
        match &self.trees {
            Some(trees) => trees.score(rows, chances),
            None => chances.fill(0.0),
        }
        chances.iter_mut().for_each(|chance| *chance = self.offset + self.slope * *chance);
    }
}

/// The straight line from what was said to what was true, by least squares; it never turns the order around, and never
/// trusts what was said more than it says itself.
fn line(said: &[f64], labels: &[f32]) -> (f32, f32) {
    let count = said.len().max(1) as f64;
    let truth = labels.iter().map(|label| f64::from(*label)).sum::<f64>() / count;
    let mean = said.iter().sum::<f64>() / count;
    let covariance: f64 =
        said.iter().zip(labels).map(|(said, label)| (said - mean) * (f64::from(*label) - truth)).sum();
    let variance: f64 = said.iter().map(|said| (said - mean).powi(2)).sum();
    let slope = if variance > 1e-12 { (covariance / variance).clamp(0.0, 1.0) } else { 0.0 };
    ((truth - slope * mean) as f32, slope as f32)
}

#[cfg(test)]
pub(crate) mod tests {
    use types::{FeatureScope, FeatureSpec};

    use super::*;
    use crate::trees::TreeColumn;

    pub(crate) fn schema() -> FeatureSchema {
        FeatureSchema::new(["retrieval", "price", MARGIN].map(|name| FeatureSpec {
            name,
            scope: FeatureScope::Item,
            version: 1,
        }))
    }

    /// Clicks with a chance of half the first column; half of what is clicked is bought where the second is high.
    fn outcomes(count: usize, seed: u64) -> OutcomeRows {
        let mut rng = Rng::new(seed);
        let (mut values, mut labels) = (vec![Vec::new(); 3], [const { Vec::new() }; 4]);
        for _ in 0..count {
            let row: Vec<f32> = (0..3).map(|_| rng.unit() as f32).collect();
            let clicked = rng.unit() < 0.5 * f64::from(row[0]);
            let bought = clicked && row[1] > 0.5 && rng.unit() < 0.5;
            values.iter_mut().zip(&row).for_each(|(column, value)| column.push(*value));
            for (label, happened) in labels.iter_mut().zip([clicked, bought, bought, false]) {
                label.push(f32::from(u8::from(happened)));
            }
        }
        let columns = TreeColumn::of(&schema());
        OutcomeRows { rows: TrainingRows { columns, values, ..TrainingRows::default() }, labels }
    }

    pub(crate) fn heads() -> ValueHeads {
        ValueHeads::fit(&schema(), &outcomes(6_000, 1), &outcomes(2_000, 2), 0.5, &mut Rng::new(3)).unwrap()
    }

    fn feature_rows(of: &OutcomeRows) -> FeatureRows {
        let mut rows = FeatureRows::zeros(schema(), of.labels[0].len());
        (0..3).for_each(|column| rows.column_mut(column).copy_from_slice(&of.rows.values[column]));
        rows
    }

    #[test]
    fn chances_mean_what_they_say() {
        let (heads, fresh) = (heads(), outcomes(4_000, 9));
        let rows = feature_rows(&fresh);
        for (at, head) in Head::ALL.into_iter().enumerate() {
            // By thirds of what was said: as often as that it came true, half of the answers having been left out.
            let mut said: Vec<(f32, f32)> =
                (0..rows.rows()).map(|row| (heads.chances(&rows, row)[at], fresh.labels[at][row])).collect();
            said.sort_by(|a, b| a.0.total_cmp(&b.0));
            for third in said.chunks(said.len().div_ceil(3)) {
                let mean = |of: fn(&(f32, f32)) -> f32| third.iter().map(of).sum::<f32>() / third.len() as f32;
                let (told, truth) = (mean(|one| one.0), 0.5 * mean(|one| one.1));
                assert!((told - truth).abs() < 0.02, "{}: {told} {truth}", head.name());
            }
        }
    }

    #[test]
    fn what_each_feature_adds_sums_to_the_worth_whatever_the_weights() {
        let (heads, rows) = (heads(), feature_rows(&outcomes(50, 4)));
        for weights in [
            ValueWeights::default(),
            ValueWeights { click: 0.0, cart: 3.0, purchase: 10.0, returned: 8.0, margin: 5.0 },
        ] {
            let mut scores = vec![0.0; rows.rows()];
            heads.add(&weights, 2.0, &rows, &mut scores);
            for (row, score) in scores.iter().enumerate() {
                let (base, additions) = heads.attribute(&weights, &rows, row);
                let sum = 2.0 * (base + additions.iter().sum::<f64>());
                let told: f32 = heads.told(&weights, 2.0, &rows, row).iter().map(|part| part.contribution).sum();
                assert!((sum - f64::from(*score)).abs() < 1e-4 && (told - score).abs() < 1e-4, "{sum} {score} {told}");
            }
        }
    }
}
