//! How good a classifier is: figures for each class, averages, confusions, and whether its probabilities can be trusted.

use serde_json::{Map, Value, json};

use crate::report::summarise;
use crate::statistics::Scores;
use crate::{Bootstrap, Error, Metric, Result};

/// What a classifier said of one text.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Decision {
    /// The class it has.
    pub truth: usize,
    /// The class it was given.
    pub given: usize,
    /// The probability it was given with.
    pub confidence: f64,
}

/// Figures of one class.
#[derive(Clone, PartialEq, Debug)]
pub struct ClassFigures {
    /// Its name.
    pub label: String,
    /// Share of those given it that have it; 0 where none was.
    pub precision: f64,
    /// Share of those that have it that were given it; 0 where none has.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
    /// Texts that have it.
    pub support: u64,
}

/// What an evaluation of a classifier found.
#[derive(Clone, PartialEq, Debug)]
pub struct ClassReport {
    /// Texts decided.
    pub texts: usize,
    /// The averages, most important first: `accuracy`, `macro_f1`, `weighted_f1`, `macro_precision`, `macro_recall`, and
    /// so on, then `calibration_error`.
    pub metrics: Vec<Metric>,
    /// For each class, in the order of the labels; those that neither occur nor were given are left out of averages.
    pub classes: Vec<ClassFigures>,
    /// For each true class (row) how often each was given.
    pub confusion: Vec<Vec<u64>>,
}

/// Measures decisions on texts with `labels`.
///
/// # Errors
/// [`Error::Nothing`] where there is no decision; [`Error::Choice`] where one is outside the labels.
pub fn class_report(labels: &[String], decisions: &[Decision], bootstrap: Bootstrap) -> Result<ClassReport> {
    if decisions.is_empty() {
        return Err(Error::Nothing("the classifier".to_owned(), "no text was classified"));
    }
    let classes = labels.len();
    if let Some(wrong) = decisions.iter().find(|decision| decision.truth.max(decision.given) >= classes) {
        let (expected, got) = (format!("one of {classes} classes"), format!("{wrong:?}"));
        return Err(types::FieldError::new("class_unknown", "class", expected, got).into());
    }
    let mut confusion = vec![vec![0; classes]; classes];
    decisions.iter().for_each(|decision| confusion[decision.truth][decision.given] += 1);
    let figures = figures(labels, &confusion);
    let metrics = averages(&figures, &confusion, decisions, bootstrap);
    Ok(ClassReport { texts: decisions.len(), metrics, classes: figures, confusion })
}

/// The expected calibration error (Guo et al. 2017, "On calibration of modern neural networks"): decisions fall into
/// `bins` equal ranges of confidence; the gaps between each range's mean confidence and its accuracy are averaged, weighted
/// by how many decisions it holds.
pub fn calibration_error(decisions: &[Decision], bins: usize) -> f64 {
    let mut ranges = vec![(0.0, 0.0); bins.max(1)];
    for decision in decisions {
        let bin = ((decision.confidence * bins as f64).ceil() as usize).clamp(1, bins.max(1)) - 1;
        ranges[bin].0 += decision.confidence;
        ranges[bin].1 += f64::from(u8::from(decision.truth == decision.given));
    }
    ranges.iter().map(|(sure, right)| (sure - right).abs()).sum::<f64>() / decisions.len().max(1) as f64
}

fn figures(labels: &[String], confusion: &[Vec<u64>]) -> Vec<ClassFigures> {
    let share = |part: u64, whole: u64| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
    let class = |(at, label): (usize, &String)| {
        let support = confusion[at].iter().sum();
        let given = confusion.iter().map(|row| row[at]).sum();
        let right = confusion[at][at];
        let (precision, recall) = (share(right, given), share(right, support));
        ClassFigures { label: label.clone(), precision, recall, f1: f1(precision, recall), support }
    };
    labels.iter().enumerate().map(class).collect()
}

/// The harmonic mean of precision and recall; 0 where both are.
pub(crate) fn f1(precision: f64, recall: f64) -> f64 {
    if precision + recall == 0.0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) }
}

/// Macro averages are taken over the classes that occur or were given, weighted ones by support.
fn averages(
    figures: &[ClassFigures],
    confusion: &[Vec<u64>],
    decisions: &[Decision],
    bootstrap: Bootstrap,
) -> Vec<Metric> {
    let seen: Vec<&ClassFigures> = figures
        .iter()
        .enumerate()
        .filter(|(at, class)| class.support > 0 || confusion.iter().any(|row| row[*at] > 0))
        .map(|(_, class)| class)
        .collect();
    let mut scores = Scores::new(vec!["accuracy".to_owned()]);
    decisions.iter().for_each(|decision| scores.push(&[f64::from(u8::from(decision.truth == decision.given))]));
    let mut metrics = summarise(&scores, bootstrap);
    let macro_mean =
        |figure: fn(&ClassFigures) -> f64| seen.iter().map(|class| figure(class)).sum::<f64>() / seen.len() as f64;
    let weighted = |figure: fn(&ClassFigures) -> f64| {
        figures.iter().map(|class| figure(class) * class.support as f64).sum::<f64>() / decisions.len() as f64
    };
    let plain = |name: &str, value| Metric { name: name.to_owned(), value, interval: None };
    metrics.extend([
        plain("macro_f1", macro_mean(|class| class.f1)),
        plain("weighted_f1", weighted(|class| class.f1)),
        plain("macro_precision", macro_mean(|class| class.precision)),
        plain("macro_recall", macro_mean(|class| class.recall)),
        plain("weighted_precision", weighted(|class| class.precision)),
        plain("weighted_recall", weighted(|class| class.recall)),
        plain("calibration_error", calibration_error(decisions, 15)),
    ]);
    metrics
}

impl ClassReport {
    /// The figure called `name`.
    pub fn metric(&self, name: &str) -> Option<f64> {
        self.metrics.iter().find(|metric| metric.name == name).map(|metric| metric.value)
    }

    /// The pairs of classes most often taken for one another: true class, given class, how often.
    pub fn confused(&self, count: usize) -> Vec<(&str, &str, u64)> {
        let mut pairs: Vec<(usize, usize, u64)> = Vec::new();
        for (truth, row) in self.confusion.iter().enumerate() {
            pairs.extend(
                row.iter()
                    .enumerate()
                    .filter(|(given, n)| *given != truth && **n > 0)
                    .map(|(given, n)| (truth, given, *n)),
            );
        }
        pairs.sort_by_key(|(truth, given, n)| (std::cmp::Reverse(*n), *truth, *given));
        let label = |at: usize| self.classes[at].label.as_str();
        pairs.into_iter().take(count).map(|(truth, given, n)| (label(truth), label(given), n)).collect()
    }

    /// The report as JSON: averages and intervals flat by name, then classes and the confusion matrix.
    pub fn to_json(&self) -> Value {
        let metrics: Map<_, _> = self.metrics.iter().map(|metric| (metric.name.clone(), json!(metric.value))).collect();
        let interval = |metric: &Metric| metric.interval.map(|(low, high)| (metric.name.clone(), json!([low, high])));
        let intervals: Map<_, _> = self.metrics.iter().filter_map(interval).collect();
        let classes: Vec<Value> = self
            .classes
            .iter()
            .map(|class| {
                json!({
                    "label": class.label, "precision": class.precision, "recall": class.recall, "f1": class.f1,
                    "support": class.support,
                })
            })
            .collect();
        json!({
            "texts": self.texts, "metrics": metrics, "intervals": intervals, "classes": classes,
            "labels": self.classes.iter().map(|class| class.label.as_str()).collect::<Vec<_>>(),
            "confusion": self.confusion,
        })
    }

    /// Rows of a table of the averages; the first row is its head.
    pub fn average_rows(&self) -> Vec<Vec<String>> {
        let head = ["figure", "value", "95 % interval"].map(str::to_owned).to_vec();
        std::iter::once(head).chain(self.metrics.iter().map(|metric| Vec::from(metric.row()))).collect()
    }

    /// Rows of a table of the classes; the first row is its head.
    pub fn class_rows(&self) -> Vec<Vec<String>> {
        let head = ["class", "precision", "recall", "f1", "support"].map(str::to_owned).to_vec();
        let row = |class: &ClassFigures| {
            let figures = [class.precision, class.recall, class.f1].map(|figure| format!("{figure:.4}"));
            std::iter::once(class.label.clone()).chain(figures).chain([class.support.to_string()]).collect()
        };
        std::iter::once(head).chain(self.classes.iter().map(row)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(triples: &[(usize, usize, f64)]) -> Vec<Decision> {
        triples
            .iter()
            .map(|(truth, given, confidence)| Decision { truth: *truth, given: *given, confidence: *confidence })
            .collect()
    }

    fn labels(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn figures_by_hand() {
        // good: 3 have it, given to 2 of them; bad: 2 have it, both given it, and one more; none: never.
        let decisions = decide(&[(0, 0, 0.9), (0, 0, 0.8), (0, 1, 0.6), (1, 1, 1.0), (1, 1, 0.7)]);
        let report = class_report(&labels(&["好", "bad", "none"]), &decisions, Bootstrap::default()).unwrap();
        assert_eq!(report.confusion, [[2, 1, 0], [0, 2, 0], [0, 0, 0]]);
        let close = |name: &str, expected: f64| {
            let got = report.metric(name).unwrap();
            assert!((got - expected).abs() < 1e-9, "{name}: {got}, not {expected}");
        };
        close("accuracy", 0.8);
        // 好: p 1, r 2/3, f .8; bad: p 2/3, r 1, f .8. "none" is neither had nor given.
        close("macro_f1", 0.8);
        close("weighted_f1", 0.8);
        close("macro_precision", (1.0 + 2.0 / 3.0) / 2.0);
        close("weighted_precision", (3.0 + 2.0 * 2.0 / 3.0) / 5.0);
        close("weighted_recall", 0.8);
        // Five ranges of their own: gaps .1, .2, .6, 0, .3 of one decision each.
        close("calibration_error", 1.2 / 5.0);
        assert_eq!(report.confused(5), [("好", "bad", 1)]);
        assert_eq!(report.class_rows()[1], ["好", "1.0000", "0.6667", "0.8000", "3"]);
        let (low, high) = report.metrics[0].interval.unwrap();
        assert!(low < 0.8 && high > 0.8);
        assert_eq!(report.to_json()["confusion"][0][1], 1);
    }

    #[test]
    fn a_range_that_is_as_sure_as_it_is_right_has_no_error() {
        let half = decide(&[(0, 0, 0.5), (0, 1, 0.5)]);
        assert!(calibration_error(&half, 10).abs() < 1e-9);
        assert!((calibration_error(&decide(&[(0, 1, 1.0), (0, 1, 1.0)]), 10) - 1.0).abs() < 1e-9);
        assert!(calibration_error(&decide(&[(0, 0, 0.0)]), 10) > 0.99);
        assert!(calibration_error(&[], 10).abs() < 1e-9);
    }

    #[test]
    fn nothing_and_nonsense_are_refused() {
        let labels = labels(&["a"]);
        assert!(class_report(&labels, &[], Bootstrap::default()).unwrap_err().is_user());
        let error = class_report(&labels, &decide(&[(0, 1, 0.5)]), Bootstrap::default()).unwrap_err();
        assert!(error.to_string().contains("one of 1 classes"), "{error}");
    }
}
