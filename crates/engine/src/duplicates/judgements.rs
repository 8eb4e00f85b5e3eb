//! What people say of pairs: kept as a document of the shop, and learnt from.

use std::collections::BTreeMap;

use learn::duplicates::{Column, ForestTrainer, Matcher, MatcherTrainer, Pair, Quality};
use text::pairs::FEATURES;
use types::{FieldError, ItemId, Rng};

use super::compare::{Comparer, JudgedPair};
use crate::Result;
use crate::core::Core;

const DOCUMENT: &str = "duplicate-judgements";
/// Judgements a shop may have.
const JUDGEMENTS_MAX: usize = 100_000;
/// Unless a shop's own judgements say otherwise, two items are the same from this probability on.
const THRESHOLD_MIN: f32 = 0.6;
/// Seed of the draws in learning: the same judgements make the same matcher.
const SEED: u64 = 7;

/// What somebody says of two items.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judgement {
    /// An item.
    pub left: ItemId,
    /// Another.
    pub right: ItemId,
    /// Whether they are the same product (variants of one are); `None` forgets what was said.
    pub same: Option<bool>,
}

/// What pairs were judged by.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct MatcherReport {
    /// Judged pairs that are still there: the same, and different.
    pub judged: (usize, usize),
    /// Whether it was learnt from the shop's judgements; otherwise it is the one every shop begins with.
    pub is_own: bool,
    /// F1 of the matcher in use on the judged pairs, each judged by what was learnt from others; `None` without judgements.
    pub f1: Option<f64>,
    /// F1 of the other one, where both were tried.
    pub other_f1: Option<f64>,
}

/// A matcher with how it came about.
pub(super) struct Fitted {
    pub(super) matcher: Matcher,
    pub(super) report: MatcherReport,
}

impl Fitted {
    /// The better one of that every shop begins with, and one learnt from the judgements where these are enough.
    pub(super) fn of(comparer: &Comparer<'_>, judged: &[JudgedPair]) -> Self {
        let default = Matcher::by_default();
        let same = judged.iter().filter(|(.., same)| *same).count();
        let mut report = MatcherReport { judged: (same, judged.len() - same), ..MatcherReport::default() };
        if judged.is_empty() {
            return Self { matcher: default, report };
        }
        let pairs: Vec<Pair> = judged
            .iter()
            .map(|(left, right, _)| {
                let (pair, comparison) = comparer.pair(*left, *right);
                // Variants are the same product: what varies is left aside.
                let core = comparison.core_unsided().map(|core| core.to_vec());
                Pair { features: core.unwrap_or(pair.features.clone()), ..pair }
            })
            .collect();
        let says = |pair: &Pair| default.judge_alone(&pair.features, &pair.differing) >= default.threshold();
        let by_default = Quality::of(pairs.iter().zip(judged).map(|(pair, (.., same))| (says(pair), *same))).f1;
        report.f1 = Some(by_default);
        let columns = FEATURES.map(|feature| Column { name: feature.name, direction: feature.direction });
        let labels: Vec<Option<bool>> = judged.iter().map(|(.., same)| Some(*same)).collect();
        let forest =
            ForestTrainer { rounds: 80, step: 0.15, leaves_max: 5, keeps_directions: true, ..ForestTrainer::default() };
        let trainer = MatcherTrainer { forest, ..MatcherTrainer::default() };
        match trainer.fit(&columns, &pairs, &labels, &mut Rng::new(SEED)) {
            Ok((own, fit)) if fit.alone.f1 > by_default => {
                report = MatcherReport { is_own: true, f1: Some(fit.alone.f1), other_f1: Some(by_default), ..report };
                Self { matcher: own, report }
            }
            Ok((_, fit)) => {
                report.other_f1 = Some(fit.alone.f1);
                Self { matcher: default, report }
            }
            // Too few of a kind: nothing to learn from yet.
            Err(_) => Self { matcher: default, report },
        }
    }

    /// The probability from which on two items are taken for the same. The matcher that every shop begins with was fitted
    /// where one pair in ten is the same; among the candidates of one catalogue fewer are.
    pub(super) fn threshold(&self) -> f32 {
        let least = if self.report.is_own { 0.0 } else { THRESHOLD_MIN };
        self.matcher.threshold().max(least)
    }
}

/// All judgements, in order of ids.
pub(super) fn read(core: &Core) -> Result<Vec<Judgement>> {
    let bytes = core.store.documents().get(DOCUMENT)?.unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let judgement = |line: &str| {
        let mut parts = line.split('\t');
        let (left, right) = (ItemId::new(parts.next()?).ok()?, ItemId::new(parts.next()?).ok()?);
        Some(Judgement { left, right, same: Some(parts.next()? == "same") })
    };
    Ok(text.lines().filter_map(judgement).collect())
}

/// Adds judgements; says how many there are.
pub(super) fn add(core: &Core, judgements: &[Judgement]) -> Result<usize> {
    for (at, judgement) in judgements.iter().enumerate() {
        for (side, id) in [("left", &judgement.left), ("right", &judgement.right)] {
            if judgement.same.is_some() && core.store.catalogue().item(id)?.is_none() {
                let field = format!("judgements[{at}].{side}");
                return Err(FieldError::new("unknown_item", field, "an item of this shop", id.as_str()).into());
            }
        }
        if judgement.left == judgement.right {
            let field = format!("judgements[{at}].right");
            let expected = "another item than `left`";
            return Err(FieldError::new("value_invalid", field, expected, judgement.right.as_str()).into());
        }
    }
    let _one_at_a_time = core.judging.lock();
    let mut all: BTreeMap<(ItemId, ItemId), bool> = BTreeMap::new();
    for known in read(core)?.into_iter().chain(judgements.iter().cloned()) {
        let pair = if known.left < known.right { (known.left, known.right) } else { (known.right, known.left) };
        match known.same {
            Some(same) => all.insert(pair, same),
            None => all.remove(&pair),
        };
    }
    if all.len() > JUDGEMENTS_MAX {
        let expected = format!("at most {JUDGEMENTS_MAX} judged pairs in a shop");
        return Err(FieldError::new("too_many_values", "judgements", expected, all.len().to_string()).into());
    }
    let line = |((left, right), same): (&(ItemId, ItemId), &bool)| {
        format!("{left}\t{right}\t{}\n", if *same { "same" } else { "different" })
    };
    let text: String = all.iter().map(line).collect();
    core.store.documents().put(DOCUMENT, text.as_bytes())?;
    Ok(all.len())
}
