use engine::TrainWatch;
use learn::trees::{Direction, LambdaMart, Objective, TrainingRows, TreeTrainer};
use learn::{Dataset, FitError, LabelledSlate, LearnedRanker, LinearRanker, ListwiseTrainer, Ranker};
use types::{FeatureRows, FeatureSchema, FeatureScope, Millis, RetrievalMethod, Rng};

use super::report::{RankerReport, beside_values};
use super::{Case, cases, tell, unlearnable, value};
use crate::report::Bootstrap;
use crate::statistics::compare;
use crate::{Result, metrics};

/// Choices of a training.
#[derive(Clone, Debug)]
pub struct RankerOptions {
    /// Parts of a cross-validation; cases of one query stay together.
    pub folds: usize,
    /// Whether trees are tried, too.
    pub trees: bool,
    /// Whether features of whoever asks are left out.
    pub is_impersonal: bool,
    /// Share of all answers that the cases are: nothing became of the others. Chances are told of all.
    pub touched: f32,
    /// Whether a ranker with chances is taken where the best is not better than it by more than noise: a shop said what they
    /// are worth to it.
    pub prefers_value: bool,
    /// How judged queries are searched.
    pub method: RetrievalMethod,
    /// When judged queries are asked; `None`: a fixed day, so that nothing depends on when it is done.
    pub now: Option<Millis>,
    /// Makes chance repeatable.
    pub seed: u64,
    /// How intervals are found.
    pub bootstrap: Bootstrap,
}

impl Default for RankerOptions {
    fn default() -> Self {
        Self {
            folds: 5,
            trees: true,
            is_impersonal: false,
            touched: 1.0,
            prefers_value: false,
            method: cases::METHOD,
            now: None,
            seed: 1,
            bootstrap: Bootstrap::default(),
        }
    }
}

/// A way of training that was tried, by cross-validation inside the training part.
#[derive(Clone, PartialEq, Debug)]
pub struct Tried {
    /// Its name, such as `listwise 0.1`.
    pub name: String,
    /// Mean nDCG@10.
    pub ndcg: f64,
    /// Standard error of the mean difference to the untrained ranker.
    pub error: f64,
}

/// What was chosen among the ways of training.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// Its name; `untrained` where nothing did better.
    pub name: String,
    /// The ranker, trained on all cases.
    pub ranker: LearnedRanker,
    /// nDCG@10 of queries held out from its trees, before any tree and after each; empty where it has none.
    pub curve: Vec<f64>,
    /// All that were tried.
    pub tried: Vec<Tried>,
}

/// The column that the untrained ranker scores by.
pub(super) const PRIOR: &str = "retrieval";
/// The logarithm of what rules and the reading multiply an item's score by.
const BOOSTS: &str = "boosts";
/// The untrained ranker's name among the ways of training.
const UNTRAINED: &str = "untrained";
/// What a weight costs, from holding on to the prior to trusting the data.
const SHRINKAGES: [f64; 6] = [3.0, 1.0, 0.3, 0.1, 0.03, 0.01];
/// Chances beside the weighted sum, by its name.
const VALUE: &str = "listwise 0.3 + value";
/// Places that count.
const PLACES: usize = 10;
/// What a score is multiplied by before trees correct it: a tenth of the prior's range is then one step of their loss.
const TREE_SCALE: f32 = 10.0;
/// Trees are not tried on fewer cases: what little there is, a weighted sum says better.
const TREE_CASES_MIN: usize = 300;

/// Tries ways of training by cross-validation, takes the most careful one whose figure is within one standard error of
/// the best (Breiman et al. 1984, "Classification and regression trees", section 3.4.3), and trains it on all cases.
///
/// # Errors
/// [`crate::Error::Unlearnable`] where there is nothing to learn from, and where `watch` stops it.
pub fn choose(
    cases: &[Case],
    schema: &FeatureSchema,
    options: &RankerOptions,
    watch: &mut TrainWatch<'_>,
) -> Result<Chosen> {
    let names = ways(cases, options);
    let folds = folds(cases, options);
    let mut figures: Vec<Vec<f64>> = Vec::with_capacity(names.len());
    for name in &names {
        figures.push(held_out(name, cases, &folds, schema, options, watch)?);
    }
    let untrained = &figures[0];
    let tried: Vec<Tried> = names
        .iter()
        .zip(&figures)
        .map(|(name, values)| Tried { name: name.clone(), ndcg: mean(values), error: error(values, untrained) })
        .collect();
    let best = (0..tried.len()).fold(0, |best, at| if tried[at].ndcg > tried[best].ndcg { at } else { best });
    let enough = |at: &usize| tried[*at].ndcg >= tried[best].ndcg - error(&figures[best], &figures[*at]);
    let valued = tried.iter().position(|tried| tried.name == VALUE).filter(|at| options.prefers_value && enough(at));
    let at = valued.or_else(|| (0..=best).find(enough)).unwrap_or(best);
    let Fitted { ranker, curve } = refit(&tried[at].name, cases, schema, options)?;
    Ok(Chosen { name: tried[at].name.clone(), ranker, curve, tried })
}

/// A ranker that was trained in one way.
pub(super) struct Fitted {
    pub(super) ranker: LearnedRanker,
    pub(super) curve: Vec<f64>,
}

impl Fitted {
    /// Without trees there is no curve.
    fn plain(ranker: LearnedRanker) -> Self {
        Self { ranker, curve: Vec::new() }
    }
}

/// Trains in one of the ways that [`choose`] tries, by its name.
pub(super) fn refit(name: &str, cases: &[Case], schema: &FeatureSchema, options: &RankerOptions) -> Result<Fitted> {
    let all: Vec<&Case> = cases.iter().collect();
    fit(name, &all, schema, options).map_err(|error| unlearnable(&error))
}

/// How the whole choice does on queries that it has not seen: everything, the choosing included, is done anew without
/// each part of the queries in turn.
///
/// # Errors
/// [`crate::Error::Unlearnable`] where there is nothing to learn from, and where `watch` stops it.
pub fn cross_validate(
    cases: &[Case],
    schema: &FeatureSchema,
    options: &RankerOptions,
    watch: &mut TrainWatch<'_>,
) -> Result<RankerReport> {
    let (mut first, mut second) = (vec![0.0; cases.len()], vec![0.0; cases.len()]);
    let mut chosen = Vec::new();
    for (at, part) in folds(cases, options).iter().enumerate() {
        let others: Vec<Case> =
            (0..cases.len()).filter(|case| !part.contains(case)).map(|case| cases[case].clone()).collect();
        let inner = RankerOptions { seed: options.seed ^ (at as u64 + 1), ..options.clone() };
        let found = choose(&others, schema, &inner, watch)?;
        for case in part {
            first[*case] = ndcg(&untrained(schema), &cases[*case]);
            second[*case] = ndcg(&found.ranker, &cases[*case]);
        }
        chosen.push(found.name);
    }
    let compared = compare(&first, &second, options.bootstrap.resamples, options.bootstrap.seed);
    let mut report = beside_values(cases, &first, &second, compared);
    report.remarks = vec![format!("chosen without each part of the queries: {}", chosen.join(", "))];
    Ok(report)
}

fn ways(cases: &[Case], options: &RankerOptions) -> Vec<String> {
    let mut names = vec![UNTRAINED.to_owned()];
    names.extend(SHRINKAGES.iter().map(|shrinkage| format!("listwise {shrinkage}")));
    if options.trees && cases.len() >= TREE_CASES_MIN {
        names.push("listwise 0.3 + trees".to_owned());
        // Judged queries do not tell what became of an item.
        names.extend(cases.iter().any(|case| !case.outcomes.is_empty()).then(|| VALUE.to_owned()));
    }
    names
}

/// nDCG@10 of every case by a ranker that was trained without its part.
fn held_out(
    name: &str,
    cases: &[Case],
    folds: &[Vec<usize>],
    schema: &FeatureSchema,
    options: &RankerOptions,
    watch: &mut TrainWatch<'_>,
) -> Result<Vec<f64>> {
    let mut values = vec![0.0; cases.len()];
    for (at, part) in folds.iter().enumerate() {
        tell(watch, &format!("trying {name}"), at as f64 / folds.len() as f64)?;
        let others: Vec<&Case> =
            (0..cases.len()).filter(|case| !part.contains(case)).map(|case| &cases[case]).collect();
        let ranker = fit(name, &others, schema, options).map_err(|error| unlearnable(&error))?.ranker;
        part.iter().for_each(|case| values[*case] = ndcg(&ranker, &cases[*case]));
    }
    Ok(values)
}

fn fit(
    name: &str,
    cases: &[&Case],
    schema: &FeatureSchema,
    options: &RankerOptions,
) -> std::result::Result<Fitted, FitError> {
    let Some(rest) = name.strip_prefix("listwise ") else { return Ok(Fitted::plain(untrained(schema))) };
    let mut data = Dataset::new(schema.clone());
    cases.iter().for_each(|case| data.push(case.slate.clone()));
    let shrinkage = rest.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(1.0);
    let trainer =
        ListwiseTrainer { is_impersonal: options.is_impersonal, ..ListwiseTrainer::new("learned", PRIOR, shrinkage) };
    let (linear, _) = trainer.fit(&data)?;
    let more = match rest.split_once("+ ").map(|(_, more)| more) {
        Some("trees") => with_trees(&linear, &data, options),
        Some(_) => value::with_value(&linear, cases, schema, options).map(Fitted::plain),
        None => None,
    };
    Ok(more.unwrap_or_else(|| Fitted::plain(LearnedRanker::linear(&linear))))
}

/// Few small trees that start from the weighted sum's score, none of them against what is known: more of what retrieval
/// says is never worse. `None` where no tree helps.
fn with_trees(linear: &LinearRanker, data: &Dataset, options: &RankerOptions) -> Option<Fitted> {
    let mut rows = TrainingRows::from_slates(data.schema(), data);
    for slate in data.slates() {
        let mut scores = vec![0.0; slate.gains.len()];
        linear.score(&slate.rows, &mut scores);
        rows.margins.extend(scores.iter().map(|score| score * TREE_SCALE));
    }
    hide_taste(&mut rows, data.schema(), options);
    let of_query = data.schema().specs().iter().filter(|spec| spec.scope == FeatureScope::QueryItem);
    let trainer = TreeTrainer {
        objective: Objective::LambdaMart(LambdaMart::default()),
        trees_max: 300,
        leaves_max: 8,
        learning_rate: 0.05,
        min_rows: 50,
        columns_share: 0.5,
        rows_share: 0.8,
        monotone: of_query.map(|spec| (spec.name.to_owned(), Direction::Rising)).collect(),
        ..TreeTrainer::default()
    };
    let mut rng = Rng::new(options.seed);
    let fitted = rows.hold_out(0.2, &mut rng).and_then(|(train, held)| trainer.fit(&train, Some(&held), &mut rng));
    let (forest, report) = fitted.ok()?;
    let ranker = LearnedRanker::with_trees(linear, forest, 1.0 / TREE_SCALE).ok()?;
    Some(Fitted { ranker, curve: report.held_out })
}

/// Leaves out what is known of shoppers, where it is to be: trees cannot ask about a column with one value only.
pub(super) fn hide_taste(rows: &mut TrainingRows, schema: &FeatureSchema, options: &RankerOptions) {
    let taste = schema.specs().iter().zip(&mut rows.values).filter(|(spec, _)| spec.scope == FeatureScope::ActorItem);
    taste.filter(|_| options.is_impersonal).for_each(|(_, values)| values.fill(0.0));
}

/// What scores where nothing is trained.
pub(super) fn untrained(schema: &FeatureSchema) -> LearnedRanker {
    LearnedRanker::linear(&LinearRanker::new(UNTRAINED, schema.clone(), 0.0, &[(PRIOR, 1.0)]))
}

/// nDCG@10 of a case in the order of a ranker.
pub(super) fn ndcg(ranker: &LearnedRanker, case: &Case) -> f64 {
    let LabelledSlate { rows, gains } = &case.slate;
    let mut scores = vec![0.0; gains.len()];
    ranker.score(&narrowed(rows, ranker.needs()), &mut scores);
    // What rules and the reading multiply a score by comes after every ranker, trained or not.
    if let Some(column) = rows.schema().column(BOOSTS) {
        for (score, boost) in scores.iter_mut().zip(rows.column(column)) {
            *score *= if *score < 0.0 { (-boost).exp() } else { boost.exp() };
        }
    }
    let mut order: Vec<usize> = (0..gains.len()).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
    let gains: Vec<f64> = order.iter().map(|at| f64::from(gains[*at])).collect();
    metrics::ndcg(&gains, &case.judged, PLACES)
}

/// The columns that a ranker reads.
pub(super) fn narrowed(rows: &FeatureRows, schema: &FeatureSchema) -> FeatureRows {
    let mut out = FeatureRows::zeros(schema.clone(), rows.rows());
    for (column, spec) in schema.specs().iter().enumerate() {
        if let Some(from) = rows.schema().column(spec.name) {
            out.column_mut(column).copy_from_slice(rows.column(from));
        }
    }
    out
}

/// Parts of the cases; cases of one query lie in one part.
fn folds(cases: &[Case], options: &RankerOptions) -> Vec<Vec<usize>> {
    let mut queries: Vec<&str> = cases.iter().map(|case| &*case.query).collect();
    queries.sort_unstable();
    queries.dedup();
    Rng::new(options.seed).shuffle(&mut queries);
    let count = options.folds.clamp(2, queries.len().max(2));
    let of_query: rustc_hash::FxHashMap<&str, usize> =
        queries.iter().enumerate().map(|(at, query)| (*query, at % count)).collect();
    let mut parts = vec![Vec::new(); count];
    for (at, case) in cases.iter().enumerate() {
        parts[of_query[&*case.query]].push(at);
    }
    parts
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Standard error of the mean difference.
fn error(one: &[f64], other: &[f64]) -> f64 {
    let differences: Vec<f64> = one.iter().zip(other).map(|(one, other)| one - other).collect();
    let (mean, count) = (mean(&differences), differences.len() as f64);
    let variance = differences.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
    (variance / count.max(1.0)).sqrt()
}
