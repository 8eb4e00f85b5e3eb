//! How good a tagger is: spans found, exactly and with the right label, as conlleval counts them (Tjong Kim Sang and
//! Buchholz 2000).

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde_json::{Map, Value, json};
use types::Rng;

use crate::classify::f1;
use crate::{Bootstrap, Error, Metric, Result};

/// A sentence's true and given BIO tags, one of each for every word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tagged {
    /// The tags it has.
    pub truth: Vec<String>,
    /// The tags it was given.
    pub given: Vec<String>,
}

/// Figures of one label.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct SpanFigures {
    /// Spans that have it.
    pub truth: u64,
    /// Spans that were given it.
    pub given: u64,
    /// Spans that are the same in both.
    pub right: u64,
}

/// What an evaluation of a tagger found.
#[derive(Clone, PartialEq, Debug)]
pub struct TagReport {
    /// Sentences tagged.
    pub sentences: usize,
    /// `f1`, `precision` and `recall` over all spans (micro), `macro_f1` over labels, `accuracy` over words, `exact` over
    /// sentences (all of one's spans right and none beside them).
    pub metrics: Vec<Metric>,
    /// For each label of a span, by name.
    pub labels: BTreeMap<String, SpanFigures>,
}

/// Counts of a sentence or of many.
#[derive(Clone, Copy, Default)]
struct Counts {
    spans: SpanFigures,
    words: u64,
    words_right: u64,
    sentences: u64,
    /// Sentences of which all spans are right and none beside them was given.
    exact: u64,
}

/// Measures tags.
///
/// # Errors
/// [`Error::Nothing`] where there is no sentence; [`Error::Choice`] where a sentence has not as many tags in both.
pub fn tag_report(sentences: &[Tagged], bootstrap: Bootstrap) -> Result<TagReport> {
    if sentences.is_empty() {
        return Err(Error::Nothing("the tagger".to_owned(), "no sentence was tagged"));
    }
    let mut labels: BTreeMap<String, SpanFigures> = BTreeMap::new();
    let mut counts = Vec::with_capacity(sentences.len());
    for sentence in sentences {
        if sentence.truth.len() != sentence.given.len() {
            let (expected, got) = (format!("{} tags", sentence.truth.len()), sentence.given.len().to_string());
            return Err(types::FieldError::new("tags_invalid", "tags", expected, got).into());
        }
        counts.push(count(sentence, &mut labels));
    }
    let all = sum(counts.iter());
    let mut metrics = Vec::new();
    let macro_f1 = labels.values().map(SpanFigures::f1).sum::<f64>() / labels.len().max(1) as f64;
    let intervals = intervals(&counts, bootstrap);
    for ((name, value), interval) in all.figures().into_iter().zip(intervals) {
        metrics.push(Metric { name: name.to_owned(), value, interval: Some(interval) });
    }
    metrics.insert(3, Metric { name: "macro_f1".to_owned(), value: macro_f1, interval: None });
    Ok(TagReport { sentences: sentences.len(), metrics, labels })
}

/// The spans that BIO tags mark, as label, first and last word; an `I-x` that follows neither `B-x` nor `I-x` begins one.
pub fn spans(tags: &[String]) -> Vec<(&str, usize, usize)> {
    let mut spans: Vec<(&str, usize, usize)> = Vec::new();
    for (at, tag) in tags.iter().enumerate() {
        let Some((mark, label)) = tag.split_once('-').filter(|(mark, _)| matches!(*mark, "B" | "I")) else { continue };
        match spans.last_mut() {
            Some(last) if mark == "I" && last.0 == label && last.2 + 1 == at => last.2 = at,
            _ => spans.push((label, at, at)),
        }
    }
    spans
}

fn count(sentence: &Tagged, labels: &mut BTreeMap<String, SpanFigures>) -> Counts {
    let (truth, given) = (spans(&sentence.truth), spans(&sentence.given));
    let mut found = Counts { words: sentence.truth.len() as u64, sentences: 1, ..Counts::default() };
    found.words_right =
        sentence.truth.iter().zip(&sentence.given).filter(|(truth, given)| truth == given).count() as u64;
    found.exact = u64::from(truth == given);
    let mut add = |label: &str, change: fn(&mut SpanFigures)| {
        change(&mut found.spans);
        change(labels.entry(label.to_owned()).or_default());
    };
    truth.iter().for_each(|(label, ..)| add(label, |figures| figures.truth += 1));
    for span in &given {
        add(span.0, |figures| figures.given += 1);
        if truth.contains(span) {
            add(span.0, |figures| figures.right += 1);
        }
    }
    found
}

fn sum<'a>(counts: impl Iterator<Item = &'a Counts>) -> Counts {
    let mut all = Counts::default();
    for one in counts {
        all.spans.truth += one.spans.truth;
        all.spans.given += one.spans.given;
        all.spans.right += one.spans.right;
        all.words += one.words;
        all.words_right += one.words_right;
        all.exact += one.exact;
        all.sentences += one.sentences;
    }
    all
}

/// 95 % intervals of the figures by the percentile bootstrap over sentences.
fn intervals(counts: &[Counts], bootstrap: Bootstrap) -> Vec<(f64, f64)> {
    let mut seeds = Rng::new(bootstrap.seed);
    let seeds: Vec<u64> = (0..bootstrap.resamples.max(1)).map(|_| seeds.next_u64()).collect();
    let draws: Vec<Vec<f64>> = seeds
        .into_par_iter()
        .map(|seed| {
            let mut rng = Rng::new(seed);
            let drawn: Vec<&Counts> = (0..counts.len()).map(|_| &counts[rng.below(counts.len())]).collect();
            sum(drawn.into_iter()).figures().into_iter().map(|(_, value)| value).collect()
        })
        .collect();
    (0..draws[0].len())
        .map(|place| {
            let mut values: Vec<f64> = draws.iter().map(|draw| draw[place]).collect();
            values.sort_by(f64::total_cmp);
            let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
            (at(0.025), at(0.975))
        })
        .collect()
}

impl Counts {
    fn figures(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("f1", self.spans.f1()),
            ("precision", self.spans.precision()),
            ("recall", self.spans.recall()),
            ("accuracy", share(self.words_right, self.words)),
            ("exact", share(self.exact, self.sentences)),
        ]
    }
}

impl SpanFigures {
    /// Share of given spans that are right; 0 where none was given.
    pub fn precision(&self) -> f64 {
        share(self.right, self.given)
    }

    /// Share of true spans that were found; 0 where there is none.
    pub fn recall(&self) -> f64 {
        share(self.right, self.truth)
    }

    /// Harmonic mean of the two.
    pub fn f1(&self) -> f64 {
        f1(self.precision(), self.recall())
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl TagReport {
    /// The figure called `name`.
    pub fn metric(&self, name: &str) -> Option<f64> {
        self.metrics.iter().find(|metric| metric.name == name).map(|metric| metric.value)
    }

    /// The report as JSON: averages and intervals flat by name, then labels.
    pub fn to_json(&self) -> Value {
        let metrics: Map<_, _> = self.metrics.iter().map(|metric| (metric.name.clone(), json!(metric.value))).collect();
        let interval = |metric: &Metric| metric.interval.map(|(low, high)| (metric.name.clone(), json!([low, high])));
        let intervals: Map<_, _> = self.metrics.iter().filter_map(interval).collect();
        let labels: Map<_, _> = self
            .labels
            .iter()
            .map(|(label, figures)| {
                let document = json!({
                    "precision": figures.precision(), "recall": figures.recall(), "f1": figures.f1(),
                    "truth": figures.truth, "given": figures.given, "right": figures.right,
                });
                (label.clone(), document)
            })
            .collect();
        json!({ "sentences": self.sentences, "metrics": metrics, "intervals": intervals, "labels": labels })
    }

    /// Rows of a table of the averages; the first row is its head.
    pub fn average_rows(&self) -> Vec<Vec<String>> {
        let head = ["figure", "value", "95 % interval"].map(str::to_owned).to_vec();
        std::iter::once(head).chain(self.metrics.iter().map(|metric| Vec::from(metric.row()))).collect()
    }

    /// Rows of a table of the labels; the first row is its head.
    pub fn label_rows(&self) -> Vec<Vec<String>> {
        let head = ["label", "precision", "recall", "f1", "spans"].map(str::to_owned).to_vec();
        let row = |(label, figures): (&String, &SpanFigures)| {
            let shares = [figures.precision(), figures.recall(), figures.f1()].map(|figure| format!("{figure:.4}"));
            std::iter::once(label.clone()).chain(shares).chain([figures.truth.to_string()]).collect()
        };
        std::iter::once(head).chain(self.labels.iter().map(row)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tagged(truth: &str, given: &str) -> Tagged {
        let tags = |text: &str| text.split(' ').map(str::to_owned).collect();
        Tagged { truth: tags(truth), given: tags(given) }
    }

    #[test]
    fn spans_count_only_where_both_ends_and_the_label_are_right() {
        let sentences = [
            // Right; one too short.
            tagged("B-brand I-brand O B-品类 I-品类", "B-brand I-brand O B-品类 O"),
            // The wrong label; one of nothing.
            tagged("B-brand O O", "B-品类 O B-brand"),
            tagged("O O", "O O"),
        ];
        let report = tag_report(&sentences, Bootstrap::default()).unwrap();
        assert_eq!(report.labels["brand"], SpanFigures { truth: 2, given: 2, right: 1 });
        assert_eq!(report.labels["品类"], SpanFigures { truth: 1, given: 2, right: 0 });
        let close = |name: &str, expected: f64| {
            let got = report.metric(name).unwrap();
            assert!((got - expected).abs() < 1e-9, "{name}: {got}, not {expected}");
        };
        // 1 of 4 given and of 3 true ones.
        close("precision", 0.25);
        close("recall", 1.0 / 3.0);
        close("f1", 2.0 * 0.25 / 3.0 / (0.25 + 1.0 / 3.0));
        close("macro_f1", 0.25);
        close("accuracy", 7.0 / 10.0);
        close("exact", 1.0 / 3.0);
        let (low, high) = report.metrics[0].interval.unwrap();
        assert!(low <= report.metrics[0].value && report.metrics[0].value <= high);
        assert_eq!(report.label_rows()[1][..4], ["brand", "0.5000", "0.5000", "0.5000"]);
        assert_eq!(report.to_json()["labels"]["品类"]["given"], 2);
    }

    #[test]
    fn a_stray_inside_begins_a_span() {
        let tags: Vec<String> = ["O", "I-x", "I-x", "I-y", "B-y"].map(str::to_owned).to_vec();
        assert_eq!(spans(&tags), [("x", 1, 2), ("y", 3, 3), ("y", 4, 4)]);
    }

    #[test]
    fn nothing_and_unequal_lengths_are_refused() {
        assert!(tag_report(&[], Bootstrap::default()).unwrap_err().is_user());
        assert!(tag_report(&[tagged("O O", "O")], Bootstrap::default()).unwrap_err().is_user());
    }
}
