//! What an evaluation of a policy found, as JSON and as rows of tables.

use learn::off_policy::{Estimate, Evaluation, Excluded, Figure, Interval, Overlap, Refused, SlateEvaluation};
use serde_json::{Map, Value, json};

/// What a log tells of a policy.
#[derive(Clone, Debug)]
pub struct PolicyReport {
    /// The log.
    pub dataset: String,
    /// The policy that was judged.
    pub target: String,
    /// Confidence of the intervals.
    pub confidence: f64,
    /// Items shown in the log.
    pub rows: usize,
    /// Different items.
    pub items: usize,
    /// The figures, or why there are none.
    pub verdict: Verdict,
    /// The same for whole slates, where the log tells what was shown together and slates can be judged.
    pub slates: Option<SlateEvaluation>,
    /// What the target earned in its own log, where it has one: the truth to compare with.
    pub target_log: Option<f64>,
    /// What a reader must know to read the figures right.
    pub remarks: Vec<String>,
}

/// What came out.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Estimates.
    Judged(Box<Evaluation>),
    /// The log cannot tell.
    Refused(Box<Refused>),
}

impl PolicyReport {
    /// The report as JSON; `estimates` is absent and `refused` lists the reasons where the log cannot tell.
    pub fn to_json(&self) -> Value {
        let mut document = json!({
            "dataset": self.dataset,
            "protocol": "off-policy",
            "target": self.target,
            "confidence": self.confidence,
            "rows": self.rows,
            "items": self.items,
            "remarks": self.remarks,
        });
        if let Some(mean) = self.target_log {
            document["target_log_mean"] = number(mean);
        }
        match &self.verdict {
            Verdict::Judged(evaluation) => judged(evaluation, &mut document),
            Verdict::Refused(refused) => {
                document["refused"] = reasons(refused);
                document["overlap"] = overlap(&refused.overlap);
                document["excluded"] = excluded(&refused.excluded);
            }
        }
        if let Some(slates) = &self.slates {
            document["slates"] = slates_to_json(slates);
        }
        document
    }

    /// Rows for a table of estimates, the head first; none where the log cannot tell.
    pub fn estimate_rows(&self) -> Vec<Vec<String>> {
        let Verdict::Judged(evaluation) = &self.verdict else { return Vec::new() };
        let head = ["estimator", "value", "BCa", "Student's t", "Bernstein", "gain over the log (BCa)"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows.push(row(String::from("the log itself"), &evaluation.logged, String::new()));
        let estimate = |estimate: &Estimate| {
            let gain = format!("{} {}", figure(estimate.gain.value), span(Some(estimate.gain.intervals.bca)));
            row(name(estimate), &estimate.value, gain)
        };
        rows.extend(evaluation.estimates.iter().map(estimate));
        let extreme = evaluation.extreme.iter().flat_map(|extreme| &extreme.estimates);
        rows.extend(extreme.map(|found| {
            let mut row = estimate(found);
            row[0].push_str(", winsorised");
            row
        }));
        rows
    }

    /// Rows for a table of slates' estimates, the head first; none where there are none.
    pub fn slate_rows(&self) -> Vec<Vec<String>> {
        let Some(slates) = &self.slates else { return Vec::new() };
        let head = ["whole slates", "value", "BCa", "Student's t", "Bernstein", "effective sample"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows.push(row(String::from("the log itself"), &slates.logged, String::new()));
        rows.extend(slates.estimates.iter().map(|estimate| {
            let effective = format!("{:.0}", estimate.overlap.effective_sample_size);
            row(estimate.estimator.name().to_owned(), &estimate.value, effective)
        }));
        rows
    }

    /// Rows for a table of what the figures rest on: name, value.
    pub fn overlap_rows(&self) -> Vec<Vec<String>> {
        let (overlap, excluded) = match &self.verdict {
            Verdict::Judged(evaluation) => (&evaluation.overlap, &evaluation.excluded),
            Verdict::Refused(refused) => (&refused.overlap, &refused.excluded),
        };
        let mut rows = vec![vec![String::from("overlap"), String::new()]];
        let mut add = |name: &str, value: String| rows.push(vec![name.to_owned(), value]);
        add("rows used", overlap.rounds.to_string());
        add("independent units", overlap.units.to_string());
        add("effective sample size", format!("{:.1}", overlap.effective_sample_size));
        add("mean weight (1 expected)", format!("{:.4} ± {:.4}", overlap.mean_weight, overlap.mean_weight_error));
        add("greatest weight", figure(overlap.weight_max));
        add("share of weight in the top 1 %", format!("{:.1} %", 100.0 * overlap.top_share));
        add("target's mass hardly ever logged", format!("{:.1} %", 100.0 * overlap.rarely_logged_mass));
        add("target's mass listed", format!("{:.1} %", 100.0 * overlap.target_listed));
        add("effective rewards", format!("{:.1}", overlap.effective_rewards));
        for (reason, count) in excluded.by_reason().iter().filter(|(_, count)| *count > 0) {
            add(&format!("left out: {}", reason.replace('_', " ")), count.to_string());
        }
        rows
    }

    /// Lines to read with the tables.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = self.remarks.clone();
        if let Some(mean) = self.target_log {
            notes.push(format!("in its own log the target earned {} a row", figure(mean)));
        }
        match &self.verdict {
            Verdict::Judged(evaluation) => {
                notes.extend(evaluation.warnings.iter().map(|warning| format!("warning: {warning}")));
                let left_out = evaluation.left_out.iter();
                notes.extend(left_out.map(|(estimator, why)| format!("{}: left out, {why}", estimator.name())));
            }
            Verdict::Refused(refused) => notes.extend(refused.reasons.iter().map(|why| format!("refused: {why}"))),
        }
        notes
    }
}

fn judged(evaluation: &Evaluation, document: &mut Value) {
    document["logged"] = figure_to_json(&evaluation.logged);
    document["estimates"] = evaluation.estimates.iter().map(estimate_to_json).collect();
    document["preferred"] = evaluation.preferred().map_or(Value::Null, |best| json!(best.estimator.name()));
    document["left_out"] = evaluation
        .left_out
        .iter()
        .map(|(estimator, why)| (estimator.name().to_owned(), json!(why.to_string())))
        .collect::<Map<_, _>>()
        .into();
    document["overlap"] = overlap(&evaluation.overlap);
    document["excluded"] = excluded(&evaluation.excluded);
    document["warnings"] = evaluation.warnings.iter().map(ToString::to_string).collect();
    if let Some(extreme) = &evaluation.extreme {
        document["extreme"] = json!({
            "count": extreme.rewards.count,
            "bound": number(extreme.rewards.bound),
            "winsorised": extreme.estimates.iter().map(estimate_to_json).collect::<Vec<_>>(),
        });
    }
}

fn estimate_to_json(estimate: &Estimate) -> Value {
    let mut document = figure_to_json(&estimate.value);
    document["estimator"] = json!(estimate.estimator.name());
    if let Some(parameter) = estimate.estimator.parameter() {
        document["parameter"] = number(parameter);
    }
    document["gain"] = figure_to_json(&estimate.gain);
    document
}

fn slates_to_json(slates: &SlateEvaluation) -> Value {
    let each = slates.estimates.iter().map(|estimate| {
        let mut document = figure_to_json(&estimate.value);
        document["estimator"] = json!(estimate.estimator.name());
        document["overlap"] = overlap(&estimate.overlap);
        document
    });
    let refused = slates.refused.iter().map(|(estimator, refused)| (estimator.name().to_owned(), reasons(refused)));
    json!({
        "logged": figure_to_json(&slates.logged),
        "estimates": each.collect::<Vec<_>>(),
        "refused": refused.collect::<Map<_, _>>(),
        "unknown": slates.unknown.iter().map(|estimator| estimator.name()).collect::<Vec<_>>(),
        "excluded": excluded(&slates.excluded),
    })
}

fn reasons(refused: &Refused) -> Value {
    refused.reasons.iter().map(|reason| json!({ "code": reason.code(), "message": reason.to_string() })).collect()
}

fn figure_to_json(figure: &Figure) -> Value {
    let mut intervals = Map::new();
    for (name, interval) in named(figure) {
        if let Some(Interval { low, high }) = interval {
            intervals.insert(name.to_owned(), json!([number(low), number(high)]));
        }
    }
    json!({
        "value": number(figure.value),
        "standard_error": number(figure.standard_error),
        "intervals": intervals,
    })
}

fn named(figure: &Figure) -> [(&'static str, Option<Interval>); 6] {
    let intervals = &figure.intervals;
    [
        ("normal", Some(intervals.normal)),
        ("student_t", Some(intervals.student_t)),
        ("percentile", Some(intervals.percentile)),
        ("bca", Some(intervals.bca)),
        ("bernstein", intervals.bernstein),
        ("hoeffding", intervals.hoeffding),
    ]
}

fn overlap(overlap: &Overlap) -> Value {
    json!({
        "rounds": overlap.rounds,
        "units": overlap.units,
        "effective_sample_size": number(overlap.effective_sample_size),
        "mean_weight": number(overlap.mean_weight),
        "mean_weight_error": number(overlap.mean_weight_error),
        "weight_max": number(overlap.weight_max),
        "top_share": number(overlap.top_share),
        "rarely_logged_mass": number(overlap.rarely_logged_mass),
        "target_listed": number(overlap.target_listed),
        "effective_rewards": number(overlap.effective_rewards),
    })
}

fn excluded(excluded: &Excluded) -> Value {
    excluded
        .by_reason()
        .into_iter()
        .map(|(reason, count)| (reason.to_owned(), json!(count)))
        .collect::<Map<_, _>>()
        .into()
}

/// A number; what JSON has no number for is a text, so that it is not read as missing.
fn number(value: f64) -> Value {
    if value.is_finite() { json!(value) } else { json!(value.to_string()) }
}

fn name(estimate: &Estimate) -> String {
    match estimate.estimator.parameter() {
        Some(parameter) => format!("{} ({})", estimate.estimator.name(), figure(parameter)),
        None => estimate.estimator.name().to_owned(),
    }
}

fn row(name: String, found: &Figure, last: String) -> Vec<String> {
    let intervals = &found.intervals;
    let spans = [Some(intervals.bca), Some(intervals.student_t), intervals.bernstein].map(span);
    [name, figure(found.value)].into_iter().chain(spans).chain([last]).collect()
}

/// Four digits that matter: rates of clicks are small.
fn figure(value: f64) -> String {
    let size = value.abs();
    if !size.is_finite() {
        return value.to_string();
    }
    if size < 1e-9 {
        return String::from("0");
    }
    if !(1e-6..1e7).contains(&size) {
        return format!("{value:.3e}");
    }
    let digits = (3.0 - size.log10().floor()).max(0.0);
    format!("{value:.*}", digits as usize)
}

fn span(interval: Option<Interval>) -> String {
    interval.map_or_else(|| String::from("-"), |Interval { low, high }| format!("[{}, {}]", figure(low), figure(high)))
}
