//! What a shop wants of a list beside relevance, at a price that is told.

use rustc_hash::FxHashSet;
use types::Row;

use super::Interactions;

/// What each item is worth to a shop, beside how well it fits.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Worths {
    /// Of the users that touched it, the share that bought it; few users are drawn towards the shop's mean.
    pub purchase: Vec<f32>,
    /// What one sale earns, in the shop's currency.
    pub margin: Vec<f32>,
    /// -log2 of the share of users that wanted it (Zhou et al. 2010, PNAS 107).
    pub novelty: Vec<f32>,
}

/// How much each objective counts against relevance, all of them from 0 to 1 and at most 1 together; relevance has the rest.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Objectives {
    /// Weight of being bought, not only looked at.
    pub purchase: f32,
    /// Weight of what a sale earns.
    pub margin: f32,
    /// Weight of being little known.
    pub novelty: f32,
}

/// An objective by itself, for a curve.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Objective {
    /// See [`Objectives::purchase`].
    Purchase,
    /// See [`Objectives::margin`].
    Margin,
    /// See [`Objectives::novelty`].
    Novelty,
}

/// Scored candidates of a question of a validation slice, and what would have been right, in order of rows.
#[derive(Clone, PartialEq, Debug)]
pub struct Judged {
    /// Candidates with their relevance.
    pub candidates: Vec<(Row, f32)>,
    /// The items that were wanted.
    pub relevant: Vec<Row>,
}

/// What lists are like under one weight of an objective: means over questions, of the first [`Point::CUT`] places.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Point {
    /// Weight of the objective.
    pub weight: f32,
    /// NDCG: what it costs.
    pub ndcg: f64,
    /// Mean share of users that buy, of the items shown.
    pub purchase: f64,
    /// Mean margin of the items shown.
    pub margin: f64,
    /// Mean novelty of the items shown.
    pub novelty: f64,
}

impl Point {
    /// Places of a list that are looked at.
    pub const CUT: usize = 10;
}

impl Worths {
    /// From what users did; `margins` may be empty, where the shop does not tell.
    pub fn of(data: &Interactions, margins: &[f32]) -> Self {
        /// Users that count as much as the shop's mean.
        const PRIOR: f32 = 20.0;
        let (mut touched, mut bought) = (vec![0u32; data.items()], vec![0u32; data.items()]);
        let (mut seen, mut paid) = (FxHashSet::default(), FxHashSet::default());
        for list in data.iter() {
            seen.clear();
            paid.clear();
            for entry in list.iter().filter(|entry| entry.weight > 0.0) {
                touched[entry.item.index()] += u32::from(seen.insert(entry.item));
                bought[entry.item.index()] += u32::from(entry.bought && paid.insert(entry.item));
            }
        }
        let all = |counts: &[u32]| counts.iter().map(|count| f64::from(*count)).sum::<f64>();
        let mean = (all(&bought) / all(&touched).max(1.0)) as f32;
        let share = |(bought, touched): (&u32, &u32)| (*bought as f32 + PRIOR * mean) / (*touched as f32 + PRIOR);
        let users = data.users().max(1) as f32;
        let margin = |item: usize| margins.get(item).copied().filter(|margin| margin.is_finite()).unwrap_or(0.0);
        Self {
            purchase: bought.iter().zip(&touched).map(share).collect(),
            margin: (0..data.items()).map(margin).collect(),
            novelty: touched.iter().map(|count| -((*count).max(1) as f32 / users).log2()).collect(),
        }
    }

    fn of_item(&self, objective: Objective, item: Row) -> f32 {
        let values = match objective {
            Objective::Purchase => &self.purchase,
            Objective::Margin => &self.margin,
            Objective::Novelty => &self.novelty,
        };
        values.get(item.index()).copied().unwrap_or(0.0)
    }
}

impl Objectives {
    /// Only one objective counts beside relevance.
    pub fn only(objective: Objective, weight: f32) -> Self {
        let mut objectives = Self::default();
        match objective {
            Objective::Purchase => objectives.purchase = weight,
            Objective::Margin => objectives.margin = weight,
            Objective::Novelty => objectives.novelty = weight,
        }
        objectives
    }

    /// The value of each candidate: `(1 - Σ w_k) r + Σ w_k o_k`, with relevance `r` and each objective `o_k` spread from 0
    /// (the least of the candidates) to 1 (the most), so that a weight means the same in every shop and for every model. A
    /// weighted sum reaches the lists that no other beats in one respect without losing in another, where these lie on a
    /// convex front (Miettinen 1999, "Nonlinear multiobjective optimization", section 3.1).
    pub fn values(&self, worths: &Worths, candidates: &[(Row, f32)]) -> Vec<f32> {
        let weight = |weight: f32| if weight.is_finite() { weight.clamp(0.0, 1.0) } else { 0.0 };
        let weights = [
            (Objective::Purchase, weight(self.purchase)),
            (Objective::Margin, weight(self.margin)),
            (Objective::Novelty, weight(self.novelty)),
        ];
        let total: f32 = weights.iter().map(|(_, weight)| weight).sum();
        let scale = total.max(1.0).recip();
        let relevance = spread(candidates.iter().map(|(_, score)| *score).collect());
        let mut values: Vec<f32> = relevance.into_iter().map(|r| (1.0 - total * scale) * r).collect();
        for (objective, weight) in weights.into_iter().filter(|(_, weight)| *weight > 0.0) {
            let own = spread(candidates.iter().map(|(item, _)| worths.of_item(objective, *item)).collect());
            values.iter_mut().zip(own).for_each(|(value, own)| *value += weight * scale * own);
        }
        values
    }

    /// The `limit` candidates of the largest value, best first, ties by relevance and row.
    pub fn rank(&self, worths: &Worths, candidates: &[(Row, f32)], limit: usize) -> Vec<Row> {
        let values = self.values(worths, candidates);
        let mut order: Vec<usize> = (0..candidates.len()).collect();
        order.sort_by(|a, b| {
            let ((row_a, score_a), (row_b, score_b)) = (candidates[*a], candidates[*b]);
            values[*b].total_cmp(&values[*a]).then(score_b.total_cmp(&score_a)).then(row_a.cmp(&row_b))
        });
        order.into_iter().take(limit).map(|at| candidates[at].0).collect()
    }
}

/// What an objective brings and what it costs: one point a weight from 0 to 1 in so many equal steps.
pub fn trade_off(questions: &[Judged], worths: &Worths, objective: Objective, steps: usize) -> Vec<Point> {
    let steps = steps.max(1);
    let weights = (0..=steps).map(|step| step as f32 / steps as f32);
    weights.map(|weight| point(questions, worths, weight, Objectives::only(objective, weight))).collect()
}

fn point(questions: &[Judged], worths: &Worths, weight: f32, objectives: Objectives) -> Point {
    let mut point = Point { weight, ndcg: 0.0, purchase: 0.0, margin: 0.0, novelty: 0.0 };
    for question in questions {
        let list = objectives.rank(worths, &question.candidates, Point::CUT);
        let share = 1.0 / (questions.len() * list.len().max(1)) as f64;
        point.ndcg += ndcg(&list, &question.relevant) / questions.len() as f64;
        for item in list {
            point.purchase += share * f64::from(worths.of_item(Objective::Purchase, item));
            point.margin += share * f64::from(worths.of_item(Objective::Margin, item));
            point.novelty += share * f64::from(worths.of_item(Objective::Novelty, item));
        }
    }
    point
}

/// NDCG of a list with gains of 0 and 1 (Järvelin and Kekäläinen 2002).
fn ndcg(list: &[Row], relevant: &[Row]) -> f64 {
    let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
    let found: f64 =
        (0..).zip(list).filter(|(_, item)| relevant.binary_search(item).is_ok()).map(|(rank, _)| gain(rank)).sum();
    let ideal: f64 = (0..relevant.len().min(Point::CUT)).map(gain).sum();
    if ideal > 0.0 { found / ideal } else { 0.0 }
}

/// From 0 for the least to 1 for the most; all 0 where they are equal. What is no number counts as the least.
fn spread(mut values: Vec<f32>) -> Vec<f32> {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let (least, most) = (finite().fold(f32::INFINITY, f32::min), finite().fold(f32::NEG_INFINITY, f32::max));
    let width = most - least;
    for value in &mut values {
        *value = if value.is_finite() && width > 0.0 && width.is_finite() { (*value - least) / width } else { 0.0 };
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::testing::signal;
    use proptest::prelude::*;
    use types::{InteractionKind, Signal};

    fn worths() -> Worths {
        let view =
            (0..8).flat_map(|user| (0..4).filter(move |item| user % (item + 1) == 0).map(move |item| (user, item)));
        let signals: Vec<Signal> = view
            .map(|(user, item)| {
                let kind = if item == 2 { InteractionKind::Purchase } else { InteractionKind::View };
                Signal { kind, ..signal(user, item, 0) }
            })
            .collect();
        Worths::of(&Interactions::from_signals(&signals, 4), &[1.0, 9.0, 2.0, f32::NAN])
    }

    #[test]
    fn worths_by_hand() {
        let worths = worths();
        assert_eq!((worths.novelty[0], worths.novelty[1], worths.novelty[3]), (0.0, 1.0, 2.0));
        assert_eq!(worths.margin, [1.0, 9.0, 2.0, 0.0]);
        assert!(worths.purchase[2] > worths.purchase[3] && worths.purchase[3] > worths.purchase[0]);
    }

    #[test]
    fn a_curve_trades_relevance_for_the_objective() {
        let candidates: Vec<(Row, f32)> = (0..4).map(|item| (Row(item), 1.0 / (item + 1) as f32)).collect();
        let questions = [Judged { candidates: candidates.clone(), relevant: vec![Row(0)] }];
        let worths = worths();
        assert_eq!(Objectives::default().rank(&worths, &candidates, 2), [Row(0), Row(1)]);
        assert_eq!(Objectives::only(Objective::Margin, 1.0).rank(&worths, &candidates, 2), [Row(1), Row(2)]);
        let curve = trade_off(&questions, &worths, Objective::Novelty, 4);
        assert_eq!((curve.len(), curve[0].weight, curve[4].weight), (5, 0.0, 1.0));
        assert_eq!(curve[0].ndcg, 1.0);
        assert!(curve.windows(2).all(|pair| pair[1].ndcg <= pair[0].ndcg) && curve[4].ndcg < 1.0);
        assert!(trade_off(&[], &worths, Objective::Purchase, 0).iter().all(|point| point.ndcg == 0.0));
    }

    proptest! {
        #[test]
        fn more_weight_never_brings_less(
            scores in prop::collection::vec(0.0f32..1.0, 30),
            margins in prop::collection::vec(0.0f32..9.0, 30),
        ) {
            let candidates: Vec<(Row, f32)> = (0..).map(Row).zip(scores).collect();
            let worths = Worths { purchase: vec![0.0; 30], margin: margins, novelty: vec![0.0; 30] };
            let curve = trade_off(&[Judged { candidates, relevant: vec![] }], &worths, Objective::Margin, 5);
            prop_assert!(curve.windows(2).all(|pair| pair[1].margin >= pair[0].margin - 1e-4), "{curve:?}");
        }

        #[test]
        fn any_numbers_give_values(
            scores in prop::collection::vec(prop::num::f32::ANY, 0..20),
            (purchase, margin, novelty) in prop::num::f32::ANY.prop_flat_map(|a| (Just(a), prop::num::f32::ANY, 0f32..2.0)),
        ) {
            let candidates: Vec<(Row, f32)> = (0..).map(Row).zip(scores).collect();
            let values = Objectives { purchase, margin, novelty }.values(&worths(), &candidates);
            prop_assert!(values.len() == candidates.len() && values.iter().all(|value| value.is_finite()));
        }
    }
}
