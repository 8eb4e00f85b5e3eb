use serde_json::{Value, json};

use super::choose::{self, Chosen, Tried};
use super::{Case, Chance, Importance, RankerOptions, compare};
use crate::statistics::Comparison;

/// A trained ranker beside the untrained one, in nDCG@10.
#[derive(Clone, PartialEq, Debug)]
pub struct RankerReport {
    /// Cases they were compared on.
    pub cases: usize,
    /// The way of training that was chosen.
    pub chosen: String,
    /// What was tried.
    pub tried: Vec<Tried>,
    /// Untrained (first) against trained (second).
    pub compared: Comparison,
    /// The same by kind of shopper.
    pub segments: Vec<Segment>,
    /// The ranker that is in force (first) against the new one (second), on answers
    /// given after the former was made. `None` where there is no such ranker, or no such answer.
    pub against_current: Option<Comparison>,
    /// The chances that it tells, beside what came true in the held-out answers; empty where it tells none.
    pub chances: Vec<Chance>,
    /// How far each feature moves the items of an answer apart, the most important first.
    pub importance: Vec<Importance>,
    /// nDCG@10 of queries held out from its trees, before any tree and after each; empty where it has none.
    pub curve: Vec<f64>,
    /// What else is to be known.
    pub remarks: Vec<String>,
}

/// A part of the cases.
#[derive(Clone, PartialEq, Debug)]
pub struct Segment {
    /// Its name.
    pub name: &'static str,
    /// Cases in it.
    pub cases: usize,
    /// Untrained (first) against trained (second).
    pub compared: Comparison,
}

impl RankerReport {
    /// Whether it is surely better: the whole interval of the difference lies above 0.
    pub fn is_better(&self) -> bool {
        self.compared.interval.0 > 0.0
    }

    /// What is to be thought of it, in a few words.
    pub fn verdict(&self) -> &'static str {
        match (self.is_better(), self.compared.interval.1 < 0.0) {
            (true, _) => "better",
            (_, true) => "worse",
            _ => "not better",
        }
    }

    /// As a document.
    pub fn to_json(&self) -> Value {
        let compared = |of: &Comparison| comparison(of, ["untrained", "trained"]);
        let against = self.against_current.as_ref().map(|of| comparison(of, ["in_force", "trained"]));
        let segment = |of: &Segment| json!({ "name": of.name, "cases": of.cases, "ndcg@10": compared(&of.compared) });
        let tried = |of: &Tried| json!({ "name": of.name, "ndcg@10": of.ndcg, "error": of.error });
        json!({
            "cases": self.cases,
            "chosen": self.chosen,
            "verdict": self.verdict(),
            "ndcg@10": compared(&self.compared),
            "segments": self.segments.iter().map(segment).collect::<Vec<_>>(),
            "tried": self.tried.iter().map(tried).collect::<Vec<_>>(),
            "against_current": against,
            "chances": self.chances.iter().map(Chance::to_json).collect::<Vec<_>>(),
            "importance": self.importance.iter().map(Importance::to_json).collect::<Vec<_>>(),
            "curve": self.curve,
            "remarks": self.remarks,
        })
    }
}

fn comparison(of: &Comparison, [first, second]: [&str; 2]) -> Value {
    json!({
        first: of.first, second: of.second, "difference": of.difference,
        "interval": [of.interval.0, of.interval.1], "p_value": of.p_value,
        "better": of.better, "worse": of.worse,
    })
}

/// A ranker that was chosen, on cases that it has not seen.
pub(super) fn beside(chosen: &Chosen, cases: &[Case], options: &RankerOptions) -> RankerReport {
    let untrained = choose::untrained(cases.first().map_or(&Default::default(), |case| case.slate.rows.schema()));
    let first: Vec<f64> = cases.iter().map(|case| choose::ndcg(&untrained, case)).collect();
    let second: Vec<f64> = cases.iter().map(|case| choose::ndcg(&chosen.ranker, case)).collect();
    let compared = compare(&first, &second, options.bootstrap.resamples, options.bootstrap.seed);
    RankerReport { chosen: chosen.name.clone(), ..beside_values(cases, &first, &second, compared) }
}

/// Figures of both, case by case.
pub(super) fn beside_values(cases: &[Case], first: &[f64], second: &[f64], compared: Comparison) -> RankerReport {
    let of_kind = |name: &'static str, is_known: bool| {
        let inside: Vec<usize> = (0..cases.len()).filter(|at| cases[*at].is_known_actor == is_known).collect();
        let values = |of: &[f64]| inside.iter().map(|at| of[*at]).collect::<Vec<f64>>();
        let compared = compare(&values(first), &values(second), 2_000, 1);
        (!inside.is_empty()).then_some(Segment { name, cases: inside.len(), compared })
    };
    RankerReport {
        cases: cases.len(),
        chosen: String::new(),
        tried: Vec::new(),
        compared,
        segments: [of_kind("known shoppers", true), of_kind("strangers", false)].into_iter().flatten().collect(),
        against_current: None,
        chances: Vec::new(),
        importance: Vec::new(),
        curve: Vec::new(),
        remarks: Vec::new(),
    }
}
