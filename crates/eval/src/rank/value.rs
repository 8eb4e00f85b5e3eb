use learn::trees::TrainingRows;
use learn::{
    Dataset, Head, LabelledSlate, LearnedRanker, LinearRanker, ListwiseTrainer, OutcomeRows, Ranker as _, ValueHeads,
};
use serde_json::{Value, json};
use types::{FeatureRows, FeatureSchema, FeatureScope, FeatureSpec, Rng};

use super::choose::{PRIOR, hide_taste, narrowed};
use super::{Case, RankerOptions};

/// A chance that a ranker tells, beside what came true.
#[derive(Clone, PartialEq, Debug)]
pub struct Chance {
    /// What may follow.
    pub head: &'static str,
    /// Mean chance told.
    pub told: f64,
    /// How often it came true, what was seldom looked at counting more.
    pub truth: f64,
    /// Mean chance told of what it came true of: above `told` where it tells items apart.
    pub told_where_true: f64,
}

impl Chance {
    /// As a document.
    pub fn to_json(&self) -> Value {
        json!({
            "head": self.head, "told": self.told, "truth": self.truth, "told_where_true": self.told_where_true,
        })
    }
}

/// Name of the column that holds what the chances are worth.
const WORTH: &str = "worth";
/// What the weight of the worth costs, for each slate.
const SHRINKAGE: f64 = 0.1;
/// One of so many cases says when to stop, how far chances are right, and how much they count.
const PARTS: usize = 5;

/// A weighted sum and what the chances of outcomes are worth. How much that counts beside the sum is learnt from cases that
/// the chances were not learnt from. `None` where they say nothing.
pub(super) fn with_value(
    linear: &LinearRanker,
    cases: &[&Case],
    schema: &FeatureSchema,
    options: &RankerOptions,
) -> Option<LearnedRanker> {
    let mut rng = Rng::new(options.seed);
    let mut queries: Vec<&str> = cases.iter().map(|case| &*case.query).collect();
    queries.sort_unstable();
    queries.dedup();
    rng.shuffle(&mut queries);
    queries.truncate(queries.len().div_ceil(PARTS));
    let held: rustc_hash::FxHashSet<&str> = queries.into_iter().collect();
    let (held, train): (Vec<&Case>, Vec<&Case>) = cases.iter().copied().partition(|case| held.contains(&*case.query));
    let learnt_from = |cases: &[&Case]| {
        let mut outcomes = outcomes(cases, schema);
        hide_taste(&mut outcomes.rows, schema, options);
        outcomes
    };
    let heads = ValueHeads::fit(schema, &learnt_from(&train), &learnt_from(&held), options.touched, &mut rng).ok()?;
    let ranker = LearnedRanker::with_value(linear, heads, 1.0);
    let scale = scale(linear, &ranker, &held)?;
    Some(LearnedRanker::with_value(linear, ranker.heads()?.clone(), scale))
}

/// How much the worth counts beside the weighted sum; `None` where it does not.
fn scale(linear: &LinearRanker, with_worth: &LearnedRanker, held: &[&Case]) -> Option<f32> {
    let spec = |name| FeatureSpec { name, scope: FeatureScope::QueryItem, version: 1 };
    let schema = FeatureSchema::new([PRIOR, WORTH].map(spec));
    let mut data = Dataset::new(schema.clone());
    for case in held {
        let LabelledSlate { rows, gains } = &case.slate;
        let (mut sum, mut whole) = (vec![0.0; gains.len()], vec![0.0; gains.len()]);
        linear.score(rows, &mut sum);
        with_worth.score(rows, &mut whole);
        let mut two = FeatureRows::zeros(schema.clone(), gains.len());
        two.column_mut(0).copy_from_slice(&sum);
        let worth = two.column_mut(1).iter_mut().zip(whole.iter().zip(&sum));
        worth.for_each(|(worth, (whole, sum))| *worth = whole - sum);
        data.push(LabelledSlate { rows: two, gains: gains.clone() });
    }
    let (fitted, _) = ListwiseTrainer::new(WORTH, PRIOR, SHRINKAGE).fit(&data).ok()?;
    Some(fitted.weights()[1]).filter(|weight| *weight > 0.0)
}

fn outcomes(cases: &[&Case], schema: &FeatureSchema) -> OutcomeRows {
    let mut data = Dataset::new(schema.clone());
    let mut labels = [const { Vec::new() }; 4];
    for case in cases.iter().filter(|case| !case.outcomes.is_empty()) {
        data.push(case.slate.clone());
        for (outcome, weight) in &case.outcomes {
            let followed = [outcome.clicked, outcome.carted, outcome.bought, outcome.bought && outcome.returned];
            labels.iter_mut().zip(followed).for_each(|(label, followed)| {
                label.push(if followed { *weight } else { 0.0 });
            });
        }
    }
    OutcomeRows { rows: TrainingRows::from_slates(schema, &data), labels }
}

/// The chances that a ranker tells of cases that it has not seen, beside what came true there.
pub(super) fn chances(ranker: &LearnedRanker, cases: &[Case], options: &RankerOptions) -> Vec<Chance> {
    let Some(heads) = ranker.heads() else { return Vec::new() };
    let (mut told, mut truth, mut met, mut rows_seen) = ([0.0; 4], [0.0; 4], [0.0; 4], 0.0f64);
    for case in cases {
        let rows = narrowed(&case.slate.rows, ranker.needs());
        let [clicks, carts, purchases, returns] = outcomes(&[case], case.slate.rows.schema()).labels;
        for row in 0..clicks.len() {
            rows_seen += 1.0;
            let labels = [&clicks, &carts, &purchases, &returns].map(|labels| f64::from(labels[row]));
            for (at, chance) in heads.chances(&rows, row).into_iter().enumerate() {
                told[at] += f64::from(chance);
                truth[at] += labels[at];
                met[at] += labels[at] * f64::from(chance);
            }
        }
    }
    let touched = f64::from(options.touched);
    let one = |(at, head): (usize, Head)| Chance {
        head: head.name(),
        told: told[at] / rows_seen.max(1.0),
        truth: touched * truth[at] / rows_seen.max(1.0),
        told_where_true: if truth[at] > 0.0 { met[at] / truth[at] } else { 0.0 },
    };
    Head::ALL.into_iter().enumerate().map(one).collect()
}
