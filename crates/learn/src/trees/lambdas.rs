//! Derivatives of LambdaMART: each pair of a better and a worse row pulls them apart as much as swapping them would
//! change nDCG@k (Burges 2010, MSR-TR-2010-82, section 7).

use rayon::prelude::*;

use super::objective::{LambdaMart, Task};

/// Added to a pair's distance before dividing by it, as in LightGBM.
const DISTANCE_MIN: f64 = 0.01;

/// One over the best DCG of a group within `places`; 0 where no row gains anything.
pub(super) fn ideal(mut gains: Vec<f32>, places: usize) -> f64 {
    gains.sort_unstable_by(|a, b| b.total_cmp(a));
    let best: f64 = gains.iter().take(places).enumerate().map(|(place, gain)| f64::from(*gain) * discount(place)).sum();
    if best > 0.0 { best.recip() } else { 0.0 }
}

/// What a gain at a place (from 0) counts: `1 / log2(place + 2)`.
pub(super) fn discount(place: usize) -> f64 {
    ((place + 2) as f64).log2().recip()
}

/// Fills the derivatives of all rows, group by group.
pub(super) fn fill(task: &Task<'_>, settings: LambdaMart, scores: &[f64], pairs: &mut [[f32; 2]]) {
    let discounts: Vec<f64> = (0..settings.places).map(discount).collect();
    let mut parts = Vec::with_capacity(task.groups.len());
    let mut rest = pairs;
    for ((start, end), ideal) in task.groups.iter().zip(&task.ideals) {
        let (part, others) = rest.split_at_mut(end - start);
        rest = others;
        parts.push((*start, *ideal, part));
    }
    parts.into_par_iter().with_min_len(16).for_each(|(start, ideal, out)| {
        let rows = start..start + out.len();
        let group = Group {
            scores: &scores[rows.clone()],
            gains: &task.labels[rows.clone()],
            weights: &task.weights[rows],
            ideal,
        };
        group.fill(settings, &discounts, out);
    });
}

/// Rows of one group.
struct Group<'a> {
    scores: &'a [f64],
    gains: &'a [f32],
    weights: &'a [f32],
    /// One over the best DCG.
    ideal: f64,
}

impl Group<'_> {
    fn fill(&self, settings: LambdaMart, discounts: &[f64], out: &mut [[f32; 2]]) {
        out.fill([0.0; 2]);
        // A row without a weight is not there: it takes no place and is in no pair.
        let mut order: Vec<usize> = (0..out.len()).filter(|row| self.weights[*row] > 0.0).collect();
        order.sort_by(|a, b| self.scores[*b].total_cmp(&self.scores[*a]));
        let (Some(first), Some(last)) = (order.first(), order.last()) else { return };
        let is_spread = self.scores[*first] != self.scores[*last];
        let mut sums = vec![[0.0f64; 2]; out.len()];
        let mut pulls = 0.0;
        for (place, one) in order.iter().enumerate().take(settings.places) {
            for (below, two) in order.iter().enumerate().skip(place + 1) {
                let difference = f64::from(self.gains[*one]) - f64::from(self.gains[*two]);
                if difference == 0.0 {
                    continue;
                }
                let (better, worse) = if difference > 0.0 { (*one, *two) } else { (*two, *one) };
                let lost = discounts[place] - discounts.get(below).copied().unwrap_or(0.0);
                let distance = self.scores[better] - self.scores[worse];
                let mut change = difference.abs() * lost * self.ideal;
                if settings.normalise && is_spread {
                    change /= DISTANCE_MIN + distance.abs();
                }
                // The chance that the model gives to the wrong order.
                let wrong = 1.0 / (1.0 + (settings.sigmoid * distance).exp());
                let weight = f64::from(self.weights[better]) * change;
                let pull = settings.sigmoid * wrong * weight;
                let bend = settings.sigmoid * settings.sigmoid * wrong * (1.0 - wrong) * weight;
                sums[better] = [sums[better][0] - pull, sums[better][1] + bend];
                sums[worse] = [sums[worse][0] + pull, sums[worse][1] + bend];
                pulls += 2.0 * pull;
            }
        }
        let scale = if settings.normalise && pulls > 0.0 { (1.0 + pulls).log2() / pulls } else { 1.0 };
        for (pair, sums) in out.iter_mut().zip(&sums) {
            *pair = sums.map(|sum| (sum * scale) as f32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trees::histogram::Derivatives;
    use crate::trees::{Objective, TrainingRows};
    use proptest::prelude::*;

    fn derive(settings: LambdaMart, rows: &TrainingRows, scores: &[f64]) -> Vec<[f32; 2]> {
        let task = Task::new(Objective::LambdaMart(settings), rows).unwrap();
        let mut out = Derivatives::default();
        task.derivatives(scores, &mut out);
        out.pairs
    }

    #[test]
    fn one_pair_by_hand() {
        // Two rows in the wrong order, gains 1 and 0: |change of nDCG| is 1 - 1 / log2(3), the wrong order has chance
        // 1 / (1 + e^-1).
        let rows = TrainingRows { labels: vec![0.0, 1.0], group_sizes: vec![2], ..TrainingRows::default() };
        let settings = LambdaMart { normalise: false, ..LambdaMart::default() };
        let pairs = derive(settings, &rows, &[1.0, 0.0]);
        let (change, wrong) = (1.0 - 1.0 / 3f64.log2(), 1.0 / (1.0 + (-1f64).exp()));
        let (pull, bend) = ((change * wrong) as f32, (change * wrong * (1.0 - wrong)) as f32);
        assert_eq!(pairs, [[pull, bend], [-pull, bend]]);
    }

    #[test]
    fn an_inverse_propensity_multiplies_the_pairs_its_row_wins() {
        let mut rows = TrainingRows { labels: vec![0.0, 1.0], group_sizes: vec![2], ..TrainingRows::default() };
        let settings = LambdaMart { normalise: false, ..LambdaMart::default() };
        let plain = derive(settings, &rows, &[1.0, 0.0]);
        rows.weights = vec![1.0, 4.0];
        let weighted = derive(settings, &rows, &[1.0, 0.0]);
        assert_eq!(weighted, [plain[0].map(|part| 4.0 * part), plain[1].map(|part| 4.0 * part)]);
        rows.weights = vec![0.0, 4.0];
        assert_eq!(derive(settings, &rows, &[1.0, 0.0]), [[0.0; 2]; 2]);
    }

    proptest! {
        #[test]
        fn pulls_cancel_out_and_bends_are_never_negative(
            rows in prop::collection::vec((0u8..4, -3.0f64..3.0, 0.0f32..2.0), 1..40), normalise: bool,
        ) {
            let data = TrainingRows {
                labels: rows.iter().map(|row| f32::from(row.0)).collect(),
                weights: rows.iter().map(|row| row.2).collect(),
                group_sizes: vec![rows.len() as u32],
                ..TrainingRows::default()
            };
            let scores: Vec<f64> = rows.iter().map(|row| row.1).collect();
            let pairs = derive(LambdaMart { normalise, ..LambdaMart::default() }, &data, &scores);
            prop_assert!(pairs.iter().map(|pair| pair[0]).sum::<f32>().abs() < 1e-4);
            prop_assert!(pairs.iter().all(|pair| pair[1] >= 0.0));
        }
    }
}
