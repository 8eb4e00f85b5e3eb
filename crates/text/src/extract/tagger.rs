//! A tagger learnt from texts in which values are marked: it reads values that were never seen from the words around.

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use std::hash::{Hash, Hasher};

use crate::phrase::{Phrase, UnitKind};

/// Rounds over the texts.
const ROUNDS: usize = 8;
/// Texts are tagged up to so many units.
const UNITS_MAX: usize = 200;

/// A unit's label: outside of values, or the beginning or inside of one of attribute `(label - 1) / 2`.
type Label = u16;
const OUTSIDE: Label = 0;

/// A linear chain over labels, with weights by the averaged structured perceptron (Collins 2002, "Discriminative training
/// methods for hidden Markov models", EMNLP).
#[derive(Clone, Debug, Default)]
pub(super) struct Tagger {
    weights: Arc<FxHashMap<u64, Vec<(Label, f32)>>>,
    /// By category: the labels its texts have.
    labels: Arc<Vec<Vec<Label>>>,
}

/// A text with its features and right labels.
pub(super) struct Marked {
    pub(super) features: Vec<Vec<u64>>,
    pub(super) labels: Vec<Label>,
    pub(super) category: usize,
}

impl Marked {
    /// Labels for values at these units.
    pub(super) fn new(features: Vec<Vec<u64>>, category: usize, values: &[(usize, Range<usize>)]) -> Self {
        let mut labels = vec![OUTSIDE; features.len()];
        for (attribute, range) in values {
            for (place, unit) in range.clone().enumerate().filter(|(_, unit)| *unit < features.len()) {
                labels[unit] = 1 + 2 * *attribute as Label + Label::from(place > 0);
            }
        }
        Self { features, labels, category }
    }
}

/// Calls back with the labels that a feature weighs for, and how much.
type WeightsOf<'a> = dyn Fn(u64, &mut dyn FnMut(Label, f32)) + 'a;

/// A weight under way: its value, and the sum that turns it into its mean over all steps.
type Learning = FxHashMap<u64, Vec<(Label, f32, f32)>>;

impl Tagger {
    /// Learns from marked texts, in the order given.
    pub(super) fn learn(texts: &[Marked]) -> Self {
        let categories = texts.iter().map(|text| text.category + 1).max().unwrap_or(0);
        let mut labels: Vec<Vec<Label>> = vec![vec![OUTSIDE]; categories];
        for text in texts {
            labels[text.category].extend(&text.labels);
        }
        for labels in &mut labels {
            // The inside of an attribute needs its beginning and the other way round.
            let both: Vec<Label> = labels
                .iter()
                .filter(|label| **label > 0)
                .flat_map(|label| [label + label % 2, label - 1 + label % 2])
                .collect();
            labels.extend(both);
            labels.sort_unstable();
            labels.dedup();
        }
        let (mut weights, mut steps) = (Learning::default(), 1.0f32);
        for _ in 0..ROUNDS {
            for text in texts {
                let said = best(&text.features, &labels[text.category], &|feature, add| {
                    if let Some(weights) = weights.get(&feature) {
                        weights.iter().for_each(|(label, weight, _)| add(*label, *weight));
                    }
                });
                if said != text.labels {
                    update(&mut weights, &text.features, &text.labels, 1.0, steps);
                    update(&mut weights, &text.features, &said, -1.0, steps);
                }
                steps += 1.0;
            }
        }
        let mean = |(feature, weights): (u64, Vec<(Label, f32, f32)>)| {
            let means = weights.into_iter().map(|(label, weight, sum)| (label, weight - sum / steps));
            let means: Vec<(Label, f32)> = means.filter(|(_, weight)| weight.abs() > 1e-4).collect();
            (!means.is_empty()).then_some((feature, means))
        };
        Self { weights: Arc::new(weights.into_iter().filter_map(mean).collect()), labels: Arc::new(labels) }
    }

    /// Values in a text of this category: their attributes and units.
    pub(super) fn tag(&self, features: &[Vec<u64>], category: usize) -> Vec<(usize, Range<usize>)> {
        let Some(labels) = self.labels.get(category) else { return Vec::new() };
        let tags = best(features, labels, &|feature, add| {
            if let Some(weights) = self.weights.get(&feature) {
                weights.iter().for_each(|(label, weight)| add(*label, *weight));
            }
        });
        let mut values: Vec<(usize, Range<usize>)> = Vec::new();
        for (unit, label) in tags.into_iter().enumerate().filter(|(_, label)| *label != OUTSIDE) {
            let attribute = usize::from((label - 1) / 2);
            match values.last_mut() {
                Some((last, range)) if label % 2 == 0 && *last == attribute && range.end == unit => {
                    range.end = unit + 1
                }
                _ => values.push((attribute, unit..unit + 1)),
            }
        }
        values
    }
}

/// What is seen of each unit: its word and form, its neighbours, its place; and what `known` says of it.
pub(super) fn features(phrase: &Phrase, known: &[Vec<u64>]) -> Vec<Vec<u64>> {
    let count = phrase.units().len().min(UNITS_MAX);
    let word = |at: isize| match usize::try_from(at) {
        Ok(at) if at < count => phrase.bare(&(at..at + 1)),
        _ => "",
    };
    let form = |at: isize| -> u8 {
        let Some(unit) = usize::try_from(at).ok().filter(|at| *at < count).map(|at| phrase.units()[at]) else {
            return 0;
        };
        match unit.kind {
            UnitKind::Letters => 1,
            UnitKind::Number => 2,
            UnitKind::Han => 3,
            UnitKind::Unspaced => 4,
        }
    };
    let of_unit = |at: usize| {
        let here = at as isize;
        let own = word(here);
        let (gap, next_gap) = (phrase.gap_before(at), phrase.gap_after(at));
        let head = |count: usize| &own[..own.char_indices().nth(count).map_or(own.len(), |(at, _)| at)];
        let tail = |count: usize| {
            let skip = own.chars().count().saturating_sub(count);
            &own[own.char_indices().nth(skip).map_or(own.len(), |(at, _)| at)..]
        };
        let mut features = vec![
            key(&(0u8, own)),
            key(&(1u8, word(here - 1))),
            key(&(2u8, word(here + 1))),
            key(&(3u8, word(here - 1), own)),
            key(&(4u8, own, word(here + 1))),
            key(&(5u8, word(here - 2))),
            key(&(6u8, word(here + 2))),
            key(&(7u8, form(here), form(here - 1), form(here + 1))),
            key(&(8u8, form(here), word(here + 1))),
            key(&(9u8, head(3))),
            key(&(10u8, tail(3))),
            key(&(11u8, at.min(4))),
            key(&(12u8, gap.trim())),
            key(&(13u8, next_gap.trim())),
            key(&(14u8, gap.is_empty(), next_gap.is_empty())),
            key(&(15u8, word(here - 2), word(here - 1))),
            key(&(16u8, word(here + 1), word(here + 2))),
            key(&(17u8, word(here - 1), form(here))),
            key(&(18u8, count.saturating_sub(at).min(3))),
            key(&19u8),
        ];
        features.extend(known.get(at).into_iter().flatten());
        features
    };
    (0..count).map(of_unit).collect()
}

/// A feature's number.
pub(super) fn key(feature: &impl Hash) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    feature.hash(&mut hasher);
    hasher.finish()
}

fn transition(before: Label) -> u64 {
    key(&(100u8, before))
}

/// Moves the weights of a labelling's features.
fn update(weights: &mut Learning, features: &[Vec<u64>], labels: &[Label], change: f32, steps: f32) {
    let mut before = OUTSIDE;
    for (features, label) in features.iter().zip(labels) {
        for feature in features.iter().copied().chain([transition(before)]) {
            let weights = weights.entry(feature).or_default();
            match weights.iter_mut().find(|(known, ..)| known == label) {
                Some((_, weight, sum)) => (*weight, *sum) = (*weight + change, *sum + change * steps),
                None => weights.push((*label, change, change * steps)),
            }
        }
        before = *label;
    }
}

/// The labelling of the greatest sum of weights (Viterbi 1967). A value's inside only follows its beginning or inside.
fn best(features: &[Vec<u64>], labels: &[Label], weights: &WeightsOf<'_>) -> Vec<Label> {
    let place = |label: Label| labels.binary_search(&label).ok();
    let scores_of = |features: &mut dyn Iterator<Item = u64>| {
        let mut scores = vec![0.0f32; labels.len()];
        for feature in features {
            weights(feature, &mut |label, weight| {
                if let Some(place) = place(label) {
                    scores[place] += weight;
                }
            });
        }
        scores
    };
    let moves: Vec<Vec<f32>> = labels.iter().map(|label| scores_of(&mut [transition(*label)].into_iter())).collect();
    let follows =
        |before: Label, label: Label| label == OUTSIDE || label % 2 == 1 || before == label || before + 1 == label;
    let mut totals: Vec<f32> =
        labels.iter().map(|label| if *label == OUTSIDE { 0.0 } else { f32::NEG_INFINITY }).collect();
    let mut back: Vec<Vec<usize>> = Vec::with_capacity(features.len());
    for unit in features {
        let own = scores_of(&mut unit.iter().copied());
        let mut next = vec![f32::NEG_INFINITY; labels.len()];
        let mut from = vec![0usize; labels.len()];
        for (to, label) in labels.iter().enumerate() {
            for (before, total) in totals.iter().enumerate() {
                let sum = total + moves[before][to] + own[to];
                if follows(labels[before], *label) && sum > next[to] {
                    (next[to], from[to]) = (sum, before);
                }
            }
        }
        totals = next;
        back.push(from);
    }
    let mut at = (0..totals.len()).max_by(|a, b| totals[*a].total_cmp(&totals[*b])).unwrap_or(0);
    let mut tags = vec![OUTSIDE; features.len()];
    for (tag, from) in tags.iter_mut().zip(&back).rev() {
        *tag = labels[at];
        at = from[at];
    }
    tags
}
