use std::sync::Arc;

use types::Row;

use super::words::Words;
use super::{Forest, rivals};

/// Two items, and what was found by comparing them.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Pair {
    /// An item. Items of two catalogues need different rows.
    pub left: Row,
    /// Another.
    pub right: Row,
    /// Numbers about both, in the order of the matcher's columns; NaN where one is not known.
    pub features: Vec<f32>,
    /// Words of either name that the other has not.
    pub differing: Vec<Box<str>>,
}

/// Tells how likely two items are the same product. Cheap to clone.
#[derive(Clone, PartialEq, Debug)]
pub struct Matcher {
    pub(super) columns: Arc<[Box<str>]>,
    /// Whether the numbers of either side mean different things; otherwise the lesser comes first.
    pub(super) is_sided: bool,
    pub(super) words: Words,
    pub(super) alone: Arc<Forest>,
    pub(super) among: Arc<Forest>,
    pub(super) alone_calibration: Calibration,
    pub(super) among_calibration: Calibration,
}

/// What a score means: the probability `1 / (1 + exp(-(slope · score + offset)))` (Platt 1999, "Probabilistic outputs for
/// support vector machines"), and from which one on two items are taken for the same.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Calibration {
    pub(super) slope: f64,
    pub(super) offset: f64,
    pub(super) threshold: f32,
}

/// What is thought of a pair.
#[derive(Clone, PartialEq, Debug)]
pub struct Judged {
    /// How likely both are the same product, by the pair and by its rivals.
    pub probability: f32,
    /// By the pair alone.
    pub alone: f32,
    /// Whether the probability is high enough.
    pub is_duplicate: bool,
    /// The same by the pair alone; to be used where most rivals are not among the pairs.
    pub is_duplicate_alone: bool,
    rivals: [f32; rivals::COLUMNS.len()],
}

/// What two items are to one another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Relation {
    /// The same product twice.
    Duplicate,
    /// The same product in another colour, size or quantity.
    Variant,
    /// Different products.
    Different,
}

/// A number that speaks for or against a pair.
#[derive(Clone, PartialEq, Debug)]
pub struct Reason {
    /// Its name: a column, `differing_words`, or one of the numbers about rivals.
    pub name: Box<str>,
    /// The number.
    pub value: f32,
    /// By how much it moved the logarithm of the odds.
    pub moved: f32,
}

const WORDS_COLUMN: &str = "differing_words";

impl Matcher {
    /// Names of the numbers that pairs are given with.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|name| &**name)
    }

    /// Whether pairs' numbers of either side are to be given as they are; otherwise the lesser one first.
    pub fn is_sided(&self) -> bool {
        self.is_sided
    }

    /// Judges pairs together: each by itself and by its rivals among the others.
    pub fn judge(&self, pairs: &[Pair]) -> Vec<Judged> {
        let rows: Vec<Vec<f32>> = pairs.iter().map(|pair| self.row(&pair.features, &pair.differing)).collect();
        let chances: Vec<f32> =
            rows.iter().map(|row| self.alone_calibration.probability(self.alone.score(row))).collect();
        let items: Vec<(Row, Row)> = pairs.iter().map(|pair| (pair.left, pair.right)).collect();
        let rivals = rivals::features(&items, &chances, self.is_sided);
        let judge = |((mut row, alone), rivals): ((Vec<f32>, f32), [f32; rivals::COLUMNS.len()])| {
            row.extend(rivals);
            self.judged(alone, rivals, self.among.score(&row))
        };
        rows.into_iter().zip(chances).zip(rivals).map(judge).collect()
    }

    /// How likely two items with these numbers are the same product, by themselves.
    pub fn judge_alone(&self, features: &[f32], differing: &[Box<str>]) -> f32 {
        self.alone_calibration.probability(self.alone.score(&self.row(features, differing)))
    }

    /// From which probability by the pair alone ([`Matcher::judge_alone`]) on two items are taken for the same.
    pub fn threshold(&self) -> f32 {
        self.alone_calibration.threshold
    }

    /// What a judged pair is to one another. `core` are the numbers of both without the colours, sizes and quantities in
    /// which they differ, where they do: then they are no duplicates, but variants if the rest is the same.
    pub fn relation(&self, judged: &Judged, core: Option<&[f32]>) -> Relation {
        match core {
            Some(core) if self.judge_alone(core, &[]) >= self.alone_calibration.threshold => Relation::Variant,
            None if judged.is_duplicate => Relation::Duplicate,
            Some(_) | None => Relation::Different,
        }
    }

    /// Why a pair was judged so: the numbers that moved it most, at most `count`.
    pub fn explain(&self, pair: &Pair, judged: &Judged, count: usize) -> Vec<Reason> {
        let mut row = self.row(&pair.features, &pair.differing);
        row.extend(judged.rivals);
        let (_, moved) = self.among.explain(&row, row.len());
        let names = self.columns().chain([WORDS_COLUMN]).chain(rivals::COLUMNS.iter().map(|column| column.name));
        let mut reasons: Vec<Reason> = names
            .zip(row)
            .zip(moved)
            .filter(|(_, moved)| moved.abs() > 1e-3)
            .map(|((name, value), moved)| Reason { name: name.into(), value, moved: moved as f32 })
            .collect();
        reasons.sort_by(|a, b| b.moved.abs().total_cmp(&a.moved.abs()));
        reasons.truncate(count);
        reasons
    }

    /// The numbers of a pair with what its differing words tell.
    fn row(&self, features: &[f32], differing: &[Box<str>]) -> Vec<f32> {
        let mut row = features.to_vec();
        row.resize(self.columns.len(), f32::NAN);
        row.push(self.words.score(differing.iter().map(|word| &**word)) as f32);
        row
    }

    pub(super) fn judged(&self, alone: f32, rivals: [f32; rivals::COLUMNS.len()], score: f64) -> Judged {
        let probability = self.among_calibration.probability(score);
        Judged {
            probability,
            alone,
            is_duplicate: probability >= self.among_calibration.threshold,
            is_duplicate_alone: alone >= self.alone_calibration.threshold,
            rivals,
        }
    }
}

impl Calibration {
    pub(super) fn probability(&self, score: f64) -> f32 {
        (1.0 / (1.0 + (-(self.slope * score + self.offset)).exp())) as f32
    }
}
