use std::collections::BTreeMap;

use burn::module::AutodiffModule;
use serde::{Deserialize, Serialize};

use super::data::{HeadData, prepare};
use super::train::Base;
use super::zero::{Description, TEMPLATES, layer};
use super::{HeadKind, HeadOptions, HeadSpec, Logistic, Summary, TrainedHeads, few, temperature, vectors};
use crate::backend::{Device, Job, Trainable};
use crate::data::{Example, Target};
use crate::fit::{Ended, Fitted, History, Metric, Options, Scores, params};
use crate::net::TextNet;
use crate::tune::{Method, Saved, SavedHead};
use crate::{Error, Result};

/// How a classifier is made of few labelled texts or none.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "way")]
pub enum Shots {
    /// A text has the label whose texts' mean it is nearest to; nothing is trained.
    Prototypes,
    /// Texts of one label are drawn together, then a logistic head is fitted.
    SetFit {
        /// Times an epoch that each text meets one of its label and one of another.
        rounds: usize,
    },
    /// A text has the label whose description it is nearest to; labelled texts are looked at to measure only.
    Zero {
        /// The labels in words; empty: the labels of the data, as they are written.
        descriptions: Vec<Description>,
    },
}

/// Makes a classifier named `main` of few labelled texts or none; what comes out is served like any other.
///
/// # Errors
/// Where the data are not texts with labels, or have fewer than two labels; as [`crate::fit::fit`].
pub fn train_with_few(
    base: &Base,
    data: &HeadData,
    shots: &Shots,
    head_options: &HeadOptions,
    options: &Options,
    device: &Device,
) -> Result<TrainedHeads> {
    let HeadData::Classes { .. } = data else {
        return Err(Error::Data("few-shot learning tells labels of texts, and nothing else".to_owned()));
    };
    device.run(ShotJob { base, data, shots, head_options, options })
}

struct ShotJob<'a> {
    base: &'a Base,
    data: &'a HeadData,
    shots: &'a Shots,
    head_options: &'a HeadOptions,
    options: &'a Options,
}

impl Job for ShotJob<'_> {
    type Out = Result<TrainedHeads>;

    fn run<B: Trainable>(self, device: &B::Device) -> Result<TrainedHeads> {
        let Self { base, data, shots, head_options, options } = self;
        let prepared = prepare(base, &[("main".to_owned(), data.clone())], head_options, options.seed)?;
        let HeadKind::Classes { mut labels } = prepared.specs[0].kind.clone() else {
            return Err(Error::Data("no labels of texts".to_owned()));
        };
        let padding = base.padding();
        let encoder = TextNet::<B>::read(&base.weights, device)?;
        let train = classed(&prepared.split.train, &labels, &labels);
        let began = std::time::Instant::now();
        let (weights, logistic) = match shots {
            Shots::Prototypes => {
                let found = vectors(&encoder.valid(), &ids(&train), padding);
                (base.weights.clone(), few::prototypes(&found, &classes(&train), labels.len()))
            }
            Shots::SetFit { rounds } => {
                let texts: Vec<(Vec<u32>, usize)> = train.iter().map(|(ids, class)| (ids.to_vec(), *class)).collect();
                let method = &head_options.method;
                let (net, head) = few::set_fit(encoder, &texts, labels.len(), method, options, *rounds, padding)?;
                (net.valid().write(&base.weights.config), head)
            }
            Shots::Zero { descriptions } => {
                let own = labels.iter().map(|label| Description { label: label.clone(), texts: Vec::new() });
                let descriptions = if descriptions.is_empty() { own.collect() } else { descriptions.clone() };
                let pieces = base.pieces(head_options.pieces_max)?;
                let head = layer(&encoder.valid(), &pieces, &base.prefix, &descriptions, &TEMPLATES, padding)?;
                labels = descriptions.into_iter().map(|description| description.label).collect();
                (base.weights.clone(), head)
            }
        };
        let HeadKind::Classes { labels: known } = &prepared.specs[0].kind else {
            return Err(Error::Data("no labels of texts".to_owned()));
        };
        let held_out = classed(&prepared.split.validation, known, &labels);
        let net = TextNet::<B>::read(&weights, device)?;
        let found = vectors(&net.valid(), &ids(&held_out), padding);
        let began_with = params::read::<B, _>(&TextNet::<B>::read(&base.weights, device)?, |_| true);
        let changed =
            params::read::<B, _>(&net, |_| true).into_iter().zip(began_with).filter(|(now, then)| now != then);
        let changed = changed
            .map(|(now, _)| (format!("encoder.{}", now.path), neural::Tensor { dims: now.dims, data: now.data }))
            .collect();
        let seconds = began.elapsed().as_secs_f64();
        let measured = Measured { vectors: &found, classes: &classes(&held_out), seconds };
        Ok(finish(base, Made { weights, logistic, labels, changed }, &measured, head_options))
    }
}

/// What was made, in its parts.
struct Made {
    weights: neural::Weights,
    logistic: Logistic,
    labels: Vec<String>,
    /// What is other than in the base, by paths in the network.
    changed: BTreeMap<String, neural::Tensor>,
}

/// Held-out texts, and the time it took.
struct Measured<'a> {
    vectors: &'a [Vec<f32>],
    classes: &'a [usize],
    seconds: f64,
}

/// Examples with the place of their label in `labels`, which `known` gives their own places in.
fn classed<'a>(examples: &'a [Example], known: &[String], labels: &[String]) -> Vec<(&'a [u32], usize)> {
    let place = |example: &Example| match example.target(0) {
        Some(Target::Class(class)) => labels.iter().position(|label| *label == known[*class]),
        _ => None,
    };
    examples.iter().filter_map(|example| Some((example.ids.as_slice(), place(example)?))).collect()
}

fn ids<'a>(texts: &[(&'a [u32], usize)]) -> Vec<&'a [u32]> {
    texts.iter().map(|text| text.0).collect()
}

fn classes(texts: &[(&[u32], usize)]) -> Vec<usize> {
    texts.iter().map(|text| text.1).collect()
}

/// Calibrates the head, and puts all together as [`super::train`] does.
fn finish(base: &Base, made: Made, measured: &Measured<'_>, head_options: &HeadOptions) -> TrainedHeads {
    let Made { mut weights, logistic, labels, changed: mut tensors } = made;
    let logits: Vec<Vec<f32>> = measured.vectors.iter().map(|vector| logistic.logits(vector)).collect();
    let right = logits
        .iter()
        .zip(measured.classes)
        .map(|(logits, class)| f32::from(u8::from(super::scores::largest(logits) == *class)));
    let scores = Scores::new(vec![Metric::mean("accuracy", right.collect())]);
    logistic.put("main", &mut weights);
    let method = if tensors.is_empty() { Method::HeadOnly } else { Method::Full };
    for part in ["weight", "bias"] {
        let tensor = weights.tensors[&format!("head.main.{part}")].clone();
        tensors.insert(format!("heads.0.dense.{part}"), tensor);
    }
    let trained = tensors.values().map(|tensor| tensor.data.len()).sum();
    let spec = HeadSpec::new("main", HeadKind::Classes { labels });
    let temperature = Some(temperature(&logits, measured.classes));
    let heads = vec![SavedHead { spec, temperature, crf: None }];
    let saved = Saved { method, base: Saved::digest(&base.weights), heads: heads.clone(), gain: 1.0, tensors };
    let summary: Summary = Fitted {
        net: (),
        ended: Ended::Finished,
        steps: 0,
        kept_step: 0,
        examples: 0,
        seconds: measured.seconds,
        trained,
        total: weights.parameters(),
        before: Scores::default(),
        after: Some(scores),
        history: History::default(),
    };
    TrainedHeads { weights, heads, saved, summary, pieces_max: head_options.pieces_max }
}
