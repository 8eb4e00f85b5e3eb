use super::super::pairs::Count;
use crate::weighting::{Side, Weighting};

/// Makes similarities of counts, what needs only one item worked out once.
pub(super) struct Similarity<'a> {
    weighting: Weighting,
    totals: &'a [Count],
    all: f64,
    /// Parts of a cosine's norm, of the item and of its neighbour.
    own: Vec<f32>,
    other: Vec<f32>,
}

impl<'a> Similarity<'a> {
    pub(super) fn new(weighting: Weighting, totals: &'a [Count]) -> Self {
        let (mut own, mut other) = (Vec::new(), Vec::new());
        if let Weighting::Cosine { popularity, .. } = weighting {
            let power = |exponent: f32| totals.iter().map(|total| total.mass.max(1e-12).powf(-exponent)).collect();
            (own, other) = (power(1.0 - popularity), power(popularity));
        }
        let all = totals.iter().map(|total| f64::from(total.meetings)).sum();
        Self { weighting, totals, all, own, other }
    }

    pub(super) fn of(&self, item: usize, other: usize, count: Count) -> f32 {
        if let Weighting::Cosine { shrinkage, .. } = self.weighting {
            let believed = count.meetings / (count.meetings + shrinkage);
            return count.mass * self.own[item] * self.other[other] * believed;
        }
        let side = |count: Count| Side { mass: count.mass, count: f64::from(count.meetings) };
        self.weighting.similarity(side(self.totals[item]), side(self.totals[other]), side(count), self.all)
    }
}
