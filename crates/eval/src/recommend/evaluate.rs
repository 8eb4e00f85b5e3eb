use std::borrow::Cow;

use rayon::prelude::*;
use types::{FieldError, Row, Touch};

use super::data::{Case, History, Split};
use super::lists::{Popularity, spread};
use super::models::{Choice, Learnt, Recommender, Within};
use crate::Result;
use crate::metrics;
use crate::report::{Bootstrap, Metric, Report, summarise};
use crate::statistics::Scores;

/// Cuts at which lists are measured.
const CUTS: [usize; 4] = [5, 10, 20, 50];
/// Items asked of a model, masked ones not counted.
const DEPTH: usize = 50;
/// Cut of the measures beyond accuracy.
const LIST: usize = 10;
/// Lists whose diversity is measured; evenly spread over all cases, because a list's pairs are dear.
const DIVERSITY_LISTS: usize = 1_000;

/// How a data set is split, and what an answer may hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Protocol {
    /// Given training and test items of each user; training items are masked.
    Split,
    /// The last item of each sequence; earlier ones are masked.
    LeaveOneOut,
    /// The next item of a session; nothing is masked.
    Sessions,
    /// The next basket after a moment of a shop's log; nothing is masked.
    Time,
    /// Items hidden from training, as the last of each sequence or, in a log, in the next basket.
    NewItems,
}

impl Protocol {
    /// Every protocol.
    pub const ALL: [Self; 5] = [Self::Split, Self::LeaveOneOut, Self::Sessions, Self::Time, Self::NewItems];

    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Split => "split",
            Self::LeaveOneOut => "leave-one-out",
            Self::Sessions => "sessions",
            Self::Time => "time",
            Self::NewItems => "new-items",
        }
    }

    /// Reads a stable name.
    ///
    /// # Errors
    /// A [`FieldError`] with code `unknown_protocol`.
    pub fn from_name(name: &str) -> std::result::Result<Self, FieldError> {
        let found = Self::ALL.into_iter().find(|protocol| protocol.name() == name);
        let expected = "one of split, leave-one-out, sessions, time, new-items";
        found.ok_or_else(|| FieldError::new("unknown_protocol", "protocol", expected, name))
    }

    fn remark(self) -> &'static str {
        match self {
            Self::Split => "all items are ranked; items of the user's training part are masked",
            Self::LeaveOneOut => {
                "all items are ranked; items of the history are masked; the validation item is not learnt from"
            }
            Self::Sessions => "all items are ranked; nothing is masked, as an item may be clicked again",
            Self::Time => {
                "all items are ranked; trained models leave out what was only looked at, and what was bought unless the shop's goods \
                 are bought again; nothing after the split is learnt"
            }
            Self::NewItems => {
                "one item in ten is hidden from training; those of them that were wanted are asked for, among all items and \
                 (new_recall) among the hidden ones; items of the history are masked where the data hold none twice"
            }
        }
    }
}

/// Evaluates one model after it has learnt from the split's training part.
pub(super) fn evaluate(
    split: &Split,
    protocol: Protocol,
    learnt: &Learnt,
    model: &Choice,
    bootstrap: Bootstrap,
) -> Result<Report> {
    Ok(evaluate_within(split, protocol, learnt, model, bootstrap, Within { memory: None, watcher: &mut () })?.0)
}

/// The same within limits; with what every case scored.
pub(super) fn evaluate_within(
    split: &Split,
    protocol: Protocol,
    learnt: &Learnt,
    model: &Choice,
    bootstrap: Bootstrap,
    within: Within<'_>,
) -> Result<(Report, Scores)> {
    let (recommender, training) = model.learn(learnt, within)?;
    let popularity = Popularity::of(&split.training, split.items.len());
    let answers: Vec<Vec<Row>> =
        split.cases.par_iter().map(|case| answer(split, learnt, recommender.as_ref(), case, DEPTH)).collect();

    let mut names = measure_names();
    names.extend((!split.new.is_empty()).then(|| format!("new_recall@{DEPTH}")));
    let mut scores = Scores::new(names);
    let row = |(case, answer): (&Case, &Vec<Row>)| {
        let mut row = measures(case, answer, &popularity);
        row.extend((!split.new.is_empty()).then(|| new_recall(split, learnt, recommender.as_ref(), case)));
        row
    };
    let rows: Vec<Vec<f64>> = split.cases.par_iter().zip(&answers).map(row).collect();
    rows.iter().for_each(|row| scores.push(row));

    let mut metrics = summarise(&scores, bootstrap);
    let cut = |answer: &'_ Vec<Row>| answer.len().min(LIST);
    let (coverage, gini) = spread(answers.iter().map(|answer| &answer[..cut(answer)]), split.items.len());
    let every = answers.len().div_ceil(DIVERSITY_LISTS).max(1);
    let sampled: Vec<&Vec<Row>> = answers.iter().step_by(every).collect();
    let diversity: Vec<f64> = sampled.par_iter().map(|answer| popularity.diversity(&answer[..cut(answer)])).collect();
    let diversity = diversity.iter().sum::<f64>() / diversity.len().max(1) as f64;
    for (name, value) in [("coverage", coverage), ("diversity", diversity), ("gini", gini)] {
        metrics.push(Metric { name: format!("{name}@{LIST}"), value, interval: None });
    }
    let report = Report {
        dataset: split.dataset.clone(),
        protocol: protocol.name().to_owned(),
        method: model.name.to_owned(),
        queries: split.cases.len(),
        metrics,
        remarks: [protocol.remark().to_owned()].into_iter().chain(training).collect(),
    };
    Ok((report, scores))
}

/// The share of what is wanted among the first [`DEPTH`] new items.
fn new_recall(split: &Split, learnt: &Learnt, recommender: &dyn Recommender, case: &Case) -> f64 {
    let items = recommender.recommend(&history(learnt, case), case.now, split.items.len());
    let new = items.into_iter().filter(|item| split.new.binary_search(item).is_ok());
    let gains: Vec<f64> =
        new.take(DEPTH).map(|item| if case.relevant.binary_search(&item).is_ok() { 1.0 } else { 0.0 }).collect();
    metrics::recall(&gains, case.relevant.len(), DEPTH)
}

pub(crate) fn history<'a>(learnt: &Learnt, case: &'a Case) -> Cow<'a, [Touch]> {
    match &case.history {
        History::Given(touches) => Cow::Borrowed(touches),
        History::Actor(actor) => Cow::Owned(learnt.history(*actor)),
    }
}

/// The first `depth` items for a case, without what the protocol masks.
pub(crate) fn answer(
    split: &Split,
    learnt: &Learnt,
    recommender: &dyn Recommender,
    case: &Case,
    depth: usize,
) -> Vec<Row> {
    let history = history(learnt, case);
    if !split.mask_seen {
        let mut items = recommender.recommend(&history, case.now, depth);
        items.truncate(depth);
        return items;
    }
    let mut masked: Vec<Row> = history.iter().map(|touch| touch.item).collect();
    masked.sort_unstable();
    let items = recommender.recommend(&history, case.now, depth + masked.len());
    items.into_iter().filter(|item| masked.binary_search(item).is_err()).take(depth).collect()
}

fn measure_names() -> Vec<String> {
    let at = |name: &str| CUTS.map(|cut| format!("{name}@{cut}"));
    let accuracy = ["recall", "ndcg", "hr", "mrr", "precision", "map"].into_iter().flat_map(at);
    accuracy.chain(["novelty", "popularity"].map(|name| format!("{name}@{LIST}"))).collect()
}

/// The values of [`measure_names`] for one case.
fn measures(case: &Case, answer: &[Row], popularity: &Popularity) -> Vec<f64> {
    let gain = |item: &Row| if case.relevant.binary_search(item).is_ok() { 1.0 } else { 0.0 };
    let gains: Vec<f64> = answer.iter().map(gain).collect();
    let relevant = case.relevant.len();
    let ideal = vec![1.0; relevant];
    let top = &answer[..answer.len().min(LIST)];
    let mut row = Vec::with_capacity(6 * CUTS.len() + 2);
    row.extend(CUTS.map(|cut| metrics::recall(&gains, relevant, cut)));
    row.extend(CUTS.map(|cut| metrics::ndcg(&gains, &ideal, cut)));
    row.extend(CUTS.map(|cut| metrics::hit(&gains, cut)));
    row.extend(CUTS.map(|cut| metrics::reciprocal_rank(&gains, cut)));
    row.extend(CUTS.map(|cut| metrics::precision(&gains, cut)));
    row.extend(CUTS.map(|cut| metrics::average_precision(&gains, relevant, cut)));
    row.extend([popularity.novelty(top), popularity.mean_share(top)]);
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_go_together() {
        let case = Case { history: History::Given(Vec::new()), relevant: vec![Row(1), Row(3)], now: types::Millis(0) };
        let popularity = Popularity::of(&[], 4);
        let row = measures(&case, &[Row(0), Row(3)], &popularity);
        let names = measure_names();
        assert_eq!(row.len(), names.len());
        let value = |name: &str| row[names.iter().position(|known| known == name).unwrap()];
        assert_eq!((value("recall@5"), value("hr@10"), value("mrr@20"), value("precision@5")), (0.5, 1.0, 0.5, 0.2));
        let expected = (1.0 / 3f64.log2()) / (1.0 + 1.0 / 3f64.log2());
        assert!((value("ndcg@10") - expected).abs() < 1e-12);
        assert_eq!(value("map@10"), 0.25);
    }

    #[test]
    fn protocols_have_names() {
        for protocol in Protocol::ALL {
            assert_eq!(Protocol::from_name(protocol.name()), Ok(protocol));
        }
        assert_eq!(Protocol::from_name("x").unwrap_err().code, "unknown_protocol");
    }
}
