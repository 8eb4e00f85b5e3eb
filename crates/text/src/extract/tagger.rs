//! A tagger learnt from texts in which values are marked: it reads values that were never seen from the words around.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use types::Rng;

use super::features::key;

/// Rounds over the texts.
const ROUNDS: usize = 10;
/// Chains that are learnt, each from the texts in orders of its own; what more of them agree on is surer.
const MEMBERS: usize = 5;
/// By how much the right labels must be ahead of others while learning: of one that misses a value, that makes one up, and
/// that takes one for another attribute's. Values are more often missed than made up, so missing costs most.
const MARGINS: (f32, f32, f32) = (3.0, 1.0, 2.0);
/// Categories with fewer texts may have the values of all others.
const CATEGORY_TEXTS_MIN: usize = 30;

/// Attributes beyond so many are not tagged.
const ATTRIBUTES_MAX: usize = 10_000;

/// A unit's label: outside of values, or the beginning or inside of one of attribute `(label - 1) / 2`.
type Label = u16;
const OUTSIDE: Label = 0;

/// Linear chains over labels, with weights by the averaged structured perceptron (Collins 2002, "Discriminative training
/// methods for hidden Markov models", EMNLP) with margins (Taskar et al. 2003, "Max-margin Markov networks", NIPS).
#[derive(Clone, Debug, Default)]
pub(super) struct Tagger {
    members: Arc<Vec<Weights>>,
    labels: Arc<Labels>,
}

/// What labels a feature speaks for, and how much.
type Weights = FxHashMap<u64, Vec<(Label, f32)>>;

/// The labels there are, in order: in all texts, and in those of a category that has enough.
#[derive(Clone, Debug, Default)]
struct Labels {
    all: Vec<Label>,
    by_category: Vec<Option<Vec<Label>>>,
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
        for (attribute, range) in values.iter().filter(|(attribute, _)| *attribute < ATTRIBUTES_MAX) {
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
    /// Learns from marked texts. The same texts in the same order give the same tagger.
    pub(super) fn learn(texts: &[Marked]) -> Self {
        let labels = Labels::of(texts);
        let members = std::thread::scope(|scope| {
            let learning: Vec<_> = (0..MEMBERS as u64)
                .map(|member| {
                    let labels = &labels;
                    scope.spawn(move || learn_member(texts, labels, Rng::new(member)))
                })
                .collect();
            learning.into_iter().filter_map(|member| member.join().ok()).collect()
        });
        Self { members: Arc::new(members), labels: Arc::new(labels) }
    }

    /// Values in a text of this category: their attributes, units, and the share of chains that read them.
    pub(super) fn tag(&self, features: &[Vec<u64>], category: Option<usize>) -> Vec<(usize, Range<usize>, f32)> {
        let labels = self.labels.in_category(category);
        let mut votes: BTreeMap<(usize, usize, usize), usize> = BTreeMap::new();
        for member in &*self.members {
            let tags = best(features, labels, &|_, _| 0.0, &|feature, add| {
                if let Some(weights) = member.get(&feature) {
                    weights.iter().for_each(|(label, weight)| add(*label, *weight));
                }
            });
            for (attribute, range) in values(&tags) {
                *votes.entry((range.start, range.end, attribute)).or_default() += 1;
            }
        }
        let share = |votes: usize| votes as f32 / self.members.len().max(1) as f32;
        votes.into_iter().map(|((start, end, attribute), votes)| (attribute, start..end, share(votes))).collect()
    }
}

impl Labels {
    fn of(texts: &[Marked]) -> Self {
        let categories = texts.iter().map(|text| text.category + 1).max().unwrap_or(0);
        let mut counts = vec![0usize; categories];
        let (mut all, mut by_category) = (Vec::new(), vec![Vec::new(); categories]);
        for text in texts {
            counts[text.category] += 1;
            by_category[text.category].extend(&text.labels);
            all.extend(&text.labels);
        }
        let by_category = counts.into_iter().zip(by_category).map(|(count, labels)| {
            let is_enough = count >= CATEGORY_TEXTS_MIN;
            is_enough.then(|| with_pairs(labels))
        });
        Self { by_category: by_category.collect(), all: with_pairs(all) }
    }

    fn in_category(&self, category: Option<usize>) -> &[Label] {
        let own = category.and_then(|category| self.by_category.get(category)?.as_deref());
        own.unwrap_or(&self.all)
    }
}

/// Each label once, in order; the inside of an attribute needs its beginning and the other way round.
fn with_pairs(mut labels: Vec<Label>) -> Vec<Label> {
    labels.push(OUTSIDE);
    labels.sort_unstable();
    labels.dedup();
    let inner = labels.iter().filter(|label| **label > 0);
    let both: Vec<Label> = inner.flat_map(|label| [label + label % 2, label - 1 + label % 2]).collect();
    labels.extend(both);
    labels.sort_unstable();
    labels.dedup();
    labels
}

fn learn_member(texts: &[Marked], labels: &Labels, mut rng: Rng) -> Weights {
    let (mut weights, mut steps) = (Learning::default(), 1.0f32);
    let mut order: Vec<usize> = (0..texts.len()).collect();
    for _ in 0..ROUNDS {
        for last in (1..order.len()).rev() {
            order.swap(last, rng.below(last + 1));
        }
        for text in order.iter().map(|at| &texts[*at]) {
            let margin = |unit: usize, label: Label| match text.labels[unit] {
                truth if truth == label => 0.0,
                _ if label == OUTSIDE => MARGINS.0,
                OUTSIDE => MARGINS.1,
                _ => MARGINS.2,
            };
            let said = best(&text.features, labels.in_category(Some(text.category)), &margin, &|feature, add| {
                if let Some(weights) = weights.get(&feature) {
                    weights.iter().for_each(|(label, weight, _)| add(*label, *weight));
                }
            });
            if said != text.labels {
                correct(&mut weights, text, &said, steps);
            }
            steps += 1.0;
        }
    }
    let mean = |(feature, weights): (u64, Vec<(Label, f32, f32)>)| {
        let means = weights.into_iter().map(|(label, weight, sum)| (label, weight - sum / steps));
        let means: Vec<(Label, f32)> = means.filter(|(_, weight)| weight.abs() > 1e-4).collect();
        (!means.is_empty()).then_some((feature, means))
    };
    weights.into_iter().filter_map(mean).collect()
}

/// The values that labels mark.
fn values(tags: &[Label]) -> Vec<(usize, Range<usize>)> {
    let mut values: Vec<(usize, Range<usize>)> = Vec::new();
    for (unit, label) in tags.iter().enumerate().filter(|(_, label)| **label != OUTSIDE) {
        let attribute = usize::from((label - 1) / 2);
        match values.last_mut() {
            Some((last, range)) if label % 2 == 0 && *last == attribute && range.end == unit => range.end = unit + 1,
            _ => values.push((attribute, unit..unit + 1)),
        }
    }
    values
}

fn transition(before: Label) -> u64 {
    key(&(100u8, before))
}

/// Moves the weights towards a text's right labels and away from the said ones, where they differ.
fn correct(weights: &mut Learning, text: &Marked, said: &[Label], steps: f32) {
    let mut move_by = |feature: u64, label: Label, change: f32| {
        let weights = weights.entry(feature).or_default();
        match weights.iter_mut().find(|(known, ..)| *known == label) {
            Some((_, weight, sum)) => (*weight, *sum) = (*weight + change, *sum + change * steps),
            None => weights.push((label, change, change * steps)),
        }
    };
    let mut before = (OUTSIDE, OUTSIDE);
    for (unit, features) in text.features.iter().enumerate() {
        let here = (text.labels[unit], said[unit]);
        if here.0 != here.1 {
            for feature in features {
                move_by(*feature, here.0, 1.0);
                move_by(*feature, here.1, -1.0);
            }
        }
        if here.0 != here.1 || before.0 != before.1 {
            move_by(transition(before.0), here.0, 1.0);
            move_by(transition(before.1), here.1, -1.0);
        }
        before = here;
    }
}

/// The labelling of the greatest sum of weights and margins (Viterbi 1967). A value's inside only follows its beginning or
/// inside.
fn best(
    features: &[Vec<u64>],
    labels: &[Label],
    margin: &dyn Fn(usize, Label) -> f32,
    weights: &WeightsOf<'_>,
) -> Vec<Label> {
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
    for (at, unit) in features.iter().enumerate() {
        let own = scores_of(&mut unit.iter().copied());
        let mut next = vec![f32::NEG_INFINITY; labels.len()];
        let mut from = vec![0usize; labels.len()];
        for (to, label) in labels.iter().enumerate() {
            let own = own[to] + margin(at, *label);
            for (before, total) in totals.iter().enumerate() {
                let sum = total + moves[before][to] + own;
                if sum > next[to] && follows(labels[before], *label) {
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
