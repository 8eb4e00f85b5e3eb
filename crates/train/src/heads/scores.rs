//! How good heads are on examples they have not seen.

use neural::heads::{Crf, softmax, spans};

use super::{HeadKind, HeadSpec};
use crate::data::{Example, Target};
use crate::fit::{Metric, Scores};

/// The figures of one head, the deciding one first.
pub(crate) fn of_head(
    spec: &HeadSpec,
    head: usize,
    crf: Option<Crf>,
    examples: &[&Example],
    said: &[Vec<f32>],
) -> Vec<Metric> {
    match &spec.kind {
        HeadKind::Classes { labels } => of_classes(labels.len(), head, examples, said),
        HeadKind::Tags { labels, crf: chained, .. } => {
            let rules = Crf::bio_rules(labels);
            let crf = if *chained { crf.map(|crf| crf.plus(&rules)) } else { None };
            of_tags(labels, head, crf.as_ref(), examples, said)
        }
        HeadKind::Score { .. } => of_scores(head, examples, said),
        HeadKind::Value { .. } => of_values(head, examples, said),
    }
}

/// All heads' figures. Of one head they stand as they are; of several, the mean of what decides comes first, and names begin
/// with their head's.
pub(crate) fn of_all(mut heads: Vec<(&HeadSpec, Vec<Metric>)>) -> Scores {
    if heads.len() == 1 {
        return Scores::new(heads.remove(0).1);
    }
    let deciding: Vec<f64> = heads.iter().filter_map(|(_, metrics)| Some(metrics.first()?.value)).collect();
    let mut all = vec![Metric::new("mean", deciding.iter().sum::<f64>() / deciding.len().max(1) as f64)];
    for (spec, metrics) in heads {
        all.extend(
            metrics.into_iter().map(|metric| Metric { name: format!("{}.{}", spec.name, metric.name), ..metric }),
        );
    }
    Scores::new(all)
}

/// The tags of a text's words, given their logits one word after another.
pub(crate) fn tags_of(labels: usize, crf: Option<&Crf>, logits: &[f32]) -> Vec<usize> {
    match crf {
        Some(crf) => crf.best(logits),
        None => logits.chunks_exact(labels).map(largest).collect(),
    }
}

/// Place of the largest number.
pub(crate) fn largest(numbers: &[f32]) -> usize {
    (0..numbers.len()).max_by(|a, b| numbers[*a].total_cmp(&numbers[*b]).then(b.cmp(a))).unwrap_or(0)
}

fn of_classes(classes: usize, head: usize, examples: &[&Example], said: &[Vec<f32>]) -> Vec<Metric> {
    let mut right = Vec::with_capacity(examples.len());
    let mut losses = Vec::with_capacity(examples.len());
    // For each class: has it, was given it, both.
    let mut counts = vec![[0.0f64; 3]; classes];
    for (example, logits) in examples.iter().zip(said) {
        let Some(Target::Class(truth)) = example.target(head) else { continue };
        let given = largest(logits);
        right.push(f32::from(u8::from(given == *truth)));
        losses.push(softmax(logits, 1.0)[*truth].max(1e-12).ln());
        counts[*truth][0] += 1.0;
        counts[given][1] += 1.0;
        counts[*truth][2] += if given == *truth { 1.0 } else { 0.0 };
    }
    let seen: Vec<f64> = counts
        .iter()
        .filter(|[has, given, _]| has + given > 0.0)
        .map(|[has, given, both]| 2.0 * both / (has + given))
        .collect();
    let macro_f1 = seen.iter().sum::<f64>() / seen.len().max(1) as f64;
    vec![Metric::mean("accuracy", right), Metric::new("macro_f1", macro_f1), Metric::mean("log_likelihood", losses)]
}

fn of_tags(labels: &[String], head: usize, crf: Option<&Crf>, examples: &[&Example], said: &[Vec<f32>]) -> Vec<Metric> {
    let (mut truths, mut givens, mut both) = (0usize, 0usize, 0usize);
    let mut right = Vec::new();
    for (example, logits) in examples.iter().zip(said) {
        let Some(Target::Tags(truth)) = example.target(head) else { continue };
        let given = tags_of(labels.len(), crf, logits);
        let names = |tags: &[usize]| tags.iter().map(|tag| labels[*tag].as_str()).collect::<Vec<_>>();
        // Spans beyond what fits into the network count as missed.
        let (truth_names, given_names) = (names(truth), names(&given));
        let (truth_spans, given_spans) = (spans(&truth_names), spans(&given_names));
        truths += truth_spans.len();
        givens += given_spans.len();
        both += given_spans.iter().filter(|span| truth_spans.contains(span)).count();
        right.extend(truth.iter().zip(&given).map(|(truth, given)| f32::from(u8::from(truth == given))));
    }
    let share = |whole: usize| both as f64 / whole.max(1) as f64;
    let f1 = 2.0 * both as f64 / (truths + givens).max(1) as f64;
    vec![
        Metric::new("f1", f1),
        Metric::new("precision", share(givens)),
        Metric::new("recall", share(truths)),
        Metric::mean("accuracy", right),
    ]
}

/// Mean reciprocal rank and nDCG at 10 over groups that have both better and worse pairs (Järvelin and Kekäläinen 2002; the
/// gains are the judgements themselves), and where there is no such group, the mean square.
fn of_scores(head: usize, examples: &[&Example], said: &[Vec<f32>]) -> Vec<Metric> {
    let mut groups: std::collections::BTreeMap<u32, Vec<(f32, f32)>> = std::collections::BTreeMap::new();
    for (example, score) in examples.iter().zip(said) {
        let Some(Target::Number(wanted)) = example.target(head) else { continue };
        groups.entry(example.group).or_default().push((score.first().copied().unwrap_or(0.0), *wanted));
    }
    let (mut ndcg, mut reciprocal) = (Vec::new(), Vec::new());
    for mut pairs in groups.into_values() {
        let lowest = pairs.iter().map(|pair| pair.1).fold(f32::INFINITY, f32::min);
        let highest = pairs.iter().map(|pair| pair.1).fold(f32::NEG_INFINITY, f32::max);
        if highest <= lowest {
            continue;
        }
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.total_cmp(&b.1)));
        let gain = |order: &[(f32, f32)]| {
            let gains = order.iter().take(10).enumerate();
            gains.map(|(at, pair)| f64::from(pair.1 - lowest.min(0.0)) / (at as f64 + 2.0).log2()).sum::<f64>()
        };
        let first = pairs.iter().take(10).position(|pair| pair.1 >= highest);
        reciprocal.push(first.map_or(0.0, |at| 1.0 / (at as f32 + 1.0)));
        let got = gain(&pairs);
        pairs.sort_by(|a, b| b.1.total_cmp(&a.1));
        ndcg.push((got / gain(&pairs)) as f32);
    }
    if ndcg.is_empty() {
        return of_values(head, examples, said);
    }
    vec![Metric::mean("ndcg@10", ndcg), Metric::mean("mrr@10", reciprocal)]
}

/// The share of the variance that is explained, and the mean absolute error with a minus, so that larger is better.
fn of_values(head: usize, examples: &[&Example], said: &[Vec<f32>]) -> Vec<Metric> {
    let mut pairs = Vec::new();
    for (example, score) in examples.iter().zip(said) {
        if let (Some(Target::Number(wanted)), Some(got)) = (example.target(head), score.first()) {
            pairs.push((f64::from(*wanted), f64::from(*got)));
        }
    }
    let count = pairs.len().max(1) as f64;
    let mean = pairs.iter().map(|pair| pair.0).sum::<f64>() / count;
    let spread: f64 = pairs.iter().map(|pair| (pair.0 - mean).powi(2)).sum();
    let missed: f64 = pairs.iter().map(|pair| (pair.0 - pair.1).powi(2)).sum();
    let explained = if spread > 0.0 { 1.0 - missed / spread } else { -missed };
    let errors = pairs.iter().map(|pair| -(pair.0 - pair.1).abs() as f32).collect();
    vec![Metric::new("r2", explained), Metric::mean("minus_error", errors)]
}
