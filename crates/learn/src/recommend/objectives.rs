//! What a shop wants of a list beside relevance, at a price that is told.

use rustc_hash::FxHashSet;
use types::{Objectives, Row};

use super::Interactions;

/// What an item is worth to a shop, beside how well it fits.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Worth {
    /// How likely who sees it buys it.
    pub purchase: f32,
    /// What one sale earns, in the shop's currency.
    pub margin: f32,
    /// How little known it is: larger is less.
    pub novelty: f32,
}

/// One of the [`Objectives`] by itself, for a curve.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Objective {
    /// See [`Objectives::purchase`].
    Purchase,
    /// See [`Objectives::margin`].
    Margin,
    /// See [`Objectives::novelty`].
    Novelty,
}

impl Objective {
    /// Every objective.
    pub const ALL: [Self; 3] = [Self::Purchase, Self::Margin, Self::Novelty];

    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Purchase => "purchase",
            Self::Margin => "margin",
            Self::Novelty => "novelty",
        }
    }

    /// Only this counts beside relevance.
    fn alone(self, weight: f32) -> Objectives {
        let none = Objectives::default();
        match self {
            Self::Purchase => Objectives { purchase: weight, ..none },
            Self::Margin => Objectives { margin: weight, ..none },
            Self::Novelty => Objectives { novelty: weight, ..none },
        }
    }

    fn of(self, worth: &Worth) -> f32 {
        match self {
            Self::Purchase => worth.purchase,
            Self::Margin => worth.margin,
            Self::Novelty => worth.novelty,
        }
    }
}

/// Candidates for a question of a validation slice, best first, and what would have been right, in order of rows.
#[derive(Clone, PartialEq, Debug)]
pub struct Judged {
    /// The candidates.
    pub candidates: Vec<Row>,
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

/// What each item of these data is worth: of the users that touched it the share that bought it, where few users are drawn
/// towards the shop's mean; `margins`, which may be empty; and -log2 of the share of users that wanted it (Zhou et al. 2010,
/// PNAS 107).
pub fn worths(data: &Interactions, margins: &[f32]) -> Vec<Worth> {
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
    let users = data.users().max(1) as f32;
    let worth = |item: usize| Worth {
        purchase: (bought[item] as f32 + PRIOR * mean) / (touched[item] as f32 + PRIOR),
        margin: margins.get(item).copied().filter(|margin| margin.is_finite()).unwrap_or(0.0),
        novelty: -(touched[item].max(1) as f32 / users).log2(),
    };
    (0..data.items()).map(worth).collect()
}

/// The value of each candidate, best fitting first: `(1 - Σ w_k) r + Σ w_k o_k`. The relevance `r` is the discount of the
/// candidate's place, `1 / log2(2 + place)` from 0; each objective `o_k` is spread from 0 (the least of the candidates) to 1
/// (the most). So a weight means the same in every shop and for every model. A weighted sum reaches the lists that no other
/// beats in one respect without losing in another, where these lie on a convex front (Miettinen 1999, "Nonlinear
/// multiobjective optimization", section 3.1).
pub fn values(objectives: &Objectives, candidates: &[Worth]) -> Vec<f32> {
    let weight = |weight: f32| if weight.is_finite() { weight.clamp(0.0, 1.0) } else { 0.0 };
    let weights = Objective::ALL.map(|objective| match objective {
        Objective::Purchase => (objective, weight(objectives.purchase)),
        Objective::Margin => (objective, weight(objectives.margin)),
        Objective::Novelty => (objective, weight(objectives.novelty)),
    });
    let total: f32 = weights.iter().map(|(_, weight)| weight).sum();
    let scale = total.max(1.0).recip();
    let relevance = (0..candidates.len()).map(|place| gain(place) as f32);
    let mut values: Vec<f32> = relevance.map(|r| (1.0 - total * scale) * r).collect();
    for (objective, weight) in weights.into_iter().filter(|(_, weight)| *weight > 0.0) {
        let own = spread(candidates.iter().map(|worth| objective.of(worth)).collect());
        values.iter_mut().zip(own).for_each(|(value, own)| *value += weight * scale * own);
    }
    values
}

/// The places of the candidates by value, the best first, of equals the one that fits better.
pub fn order(objectives: &Objectives, candidates: &[Worth]) -> Vec<usize> {
    let values = values(objectives, candidates);
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]).then(a.cmp(b)));
    order
}

/// What the first place of a list is worth to its reader, and those behind it (Järvelin and Kekäläinen 2002).
fn gain(place: usize) -> f64 {
    1.0 / (place as f64 + 2.0).log2()
}

/// What an objective brings and what it costs: one point a weight from 0 to 1 in so many equal steps. `worths` is of every
/// item.
pub fn trade_off(questions: &[Judged], worths: &[Worth], objective: Objective, steps: usize) -> Vec<Point> {
    let steps = steps.max(1);
    let weights = (0..=steps).map(|step| step as f32 / steps as f32);
    weights.map(|weight| point(questions, worths, weight, &objective.alone(weight))).collect()
}

fn point(questions: &[Judged], worths: &[Worth], weight: f32, objectives: &Objectives) -> Point {
    let mut point = Point { weight, ndcg: 0.0, purchase: 0.0, margin: 0.0, novelty: 0.0 };
    let worth = |row: &Row| worths.get(row.index()).copied().unwrap_or_default();
    for Judged { candidates, relevant } in questions {
        let order = order(objectives, &candidates.iter().map(worth).collect::<Vec<Worth>>());
        let list: Vec<Row> = order.into_iter().take(Point::CUT).map(|at| candidates[at]).collect();
        let share = 1.0 / (questions.len() * list.len().max(1)) as f64;
        point.ndcg += ndcg(&list, relevant) / questions.len() as f64;
        for worth in list.iter().map(worth) {
            point.purchase += share * f64::from(worth.purchase);
            point.margin += share * f64::from(worth.margin);
            point.novelty += share * f64::from(worth.novelty);
        }
    }
    point
}

/// NDCG of a list with gains of 0 and 1.
fn ndcg(list: &[Row], relevant: &[Row]) -> f64 {
    let hits = list.iter().enumerate().filter(|(_, item)| relevant.binary_search(item).is_ok());
    let found: f64 = hits.map(|(place, _)| gain(place)).sum();
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

    fn known() -> Vec<Worth> {
        let view =
            (0..8).flat_map(|user| (0..4).filter(move |item| user % (item + 1) == 0).map(move |item| (user, item)));
        let signals: Vec<Signal> = view
            .map(|(user, item)| {
                let kind = if item == 2 { InteractionKind::Purchase } else { InteractionKind::View };
                Signal { kind, ..signal(user, item, 0) }
            })
            .collect();
        worths(&Interactions::from_signals(&signals, 4), &[1.0, 9.0, 2.0, f32::NAN])
    }

    #[test]
    fn worths_by_hand() {
        let known = known();
        assert_eq!((known[0].novelty, known[1].novelty, known[3].novelty), (0.0, 1.0, 2.0));
        assert_eq!(known.iter().map(|worth| worth.margin).collect::<Vec<_>>(), [1.0, 9.0, 2.0, 0.0]);
        assert!(known[2].purchase > known[3].purchase && known[3].purchase > known[0].purchase);
    }

    #[test]
    fn a_curve_trades_relevance_for_the_objective() {
        let questions = [Judged { candidates: (0..4).map(Row).collect(), relevant: vec![Row(0)] }];
        let known = known();
        assert_eq!(order(&Objectives::default(), &known), [0, 1, 2, 3]);
        assert_eq!(order(&Objective::Margin.alone(1.0), &known), [1, 2, 0, 3]);
        let curve = trade_off(&questions, &known, Objective::Novelty, 4);
        assert_eq!((curve.len(), curve[0].weight, curve[4].weight), (5, 0.0, 1.0));
        assert_eq!(curve[0].ndcg, 1.0);
        assert!(curve.windows(2).all(|pair| pair[1].ndcg <= pair[0].ndcg) && curve[4].ndcg < 1.0);
        assert!(trade_off(&[], &known, Objective::Purchase, 0).iter().all(|point| point.ndcg == 0.0));
    }

    proptest! {
        #[test]
        fn more_weight_never_brings_less(margins in prop::collection::vec(0.0f32..9.0, 30)) {
            let candidates: Vec<Row> = (0..30).map(Row).collect();
            let worths: Vec<Worth> = margins.into_iter().map(|margin| Worth { margin, ..Worth::default() }).collect();
            let curve = trade_off(&[Judged { candidates, relevant: vec![] }], &worths, Objective::Margin, 5);
            prop_assert!(curve.windows(2).all(|pair| pair[1].margin >= pair[0].margin - 1e-4), "{curve:?}");
        }

        #[test]
        fn any_numbers_give_values(
            numbers in prop::collection::vec(prop::num::f32::ANY, 0..20),
            (purchase, margin, novelty) in prop::num::f32::ANY.prop_flat_map(|a| (Just(a), prop::num::f32::ANY, 0f32..2.0)),
        ) {
            let worth = |number: f32| Worth { purchase: number, margin: -number, novelty: number * 2.0 };
            let candidates: Vec<Worth> = numbers.into_iter().map(worth).collect();
            let values = values(&Objectives { purchase, margin, novelty }, &candidates);
            prop_assert!(values.len() == candidates.len() && values.iter().all(|value| value.is_finite()));
        }
    }
}
