//! Which of several overlapping candidates are kept.

use std::ops::Range;

use super::{Reading, Role};
use crate::phrase::Phrase;

/// Readings less likely than this are not worth telling, and must not stand in the way of others.
const CONFIDENCE_MIN: f32 = 0.05;

/// A row of units with its readings, the best first.
pub(super) struct Candidate {
    pub(super) units: Range<usize>,
    pub(super) readings: Vec<Reading>,
}

/// The candidates that are kept, in order: long ones first unless a shorter one is much likelier. For whom something is
/// may also be read inside a product type.
pub(super) fn resolve(phrase: &Phrase, mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.iter_mut().for_each(|candidate| candidate.readings.retain(|r| r.confidence >= CONFIDENCE_MIN));
    candidates.retain(|candidate| !candidate.readings.is_empty());
    let weight = |candidate: &Candidate| {
        let best = candidate.readings.first().map_or(0.0, |reading| reading.confidence);
        phrase.key(&candidate.units).chars().count() as f32 * (0.25 + best)
    };
    let mut order: Vec<(f32, Candidate)> =
        candidates.into_iter().map(|candidate| (weight(&candidate), candidate)).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.units.start.cmp(&b.1.units.start)));
    // Who covers each unit: at most one candidate besides those inside product types, so the search stays linear.
    let mut cover: Vec<Option<usize>> = vec![None; phrase.units().len()];
    let mut kept: Vec<Candidate> = Vec::new();
    for (_, candidate) in order {
        let over: Vec<Option<usize>> = cover[candidate.units.clone()].to_vec();
        let is_free = over.iter().all(Option::is_none);
        let is_inside = || match over.first() {
            Some(Some(holder)) => {
                over.iter().all(|other| *other == Some(*holder)) && fits_inside(&kept[*holder], &candidate)
            }
            _ => false,
        };
        if is_free {
            cover[candidate.units.clone()].fill(Some(kept.len()));
            kept.push(candidate);
        } else if is_inside() {
            kept.push(candidate);
        }
    }
    kept.sort_by_key(|candidate| (candidate.units.start, candidate.units.end));
    kept
}

/// Whether `inner` adds something to `outer`, which it lies in: a person or an age to a product type.
fn fits_inside(outer: &Candidate, inner: &Candidate) -> bool {
    let (Some(outer), Some(inner)) = (outer.readings.first(), inner.readings.first()) else { return false };
    outer.role == Role::ProductType && inner.role.is_of_persons() && inner.confidence >= 0.5
}
