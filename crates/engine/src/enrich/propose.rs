//! Makes the report: learns from what the shop says, measures on a part that was held out, and reads what is missing.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use text::extract::Extractor;
use types::{Item, Passage, Value};

use super::calibration::{Curve, Trials};
use super::reader::{Found, Read};
use super::report::{EnrichmentReport, Measured, Proposal, TRIED_MIN};
use super::selling_points::{self, SellingPoints};
use crate::Result;
use crate::categorise::Categoriser;
use crate::core::Core;
use crate::inspection::{Running, batches, pool};
use crate::understanding;

/// Who reads values from texts, and who tells categories by like items.
pub(super) const EXTRACTOR: &str = "extractor-1";
pub(super) const CATEGORISER: &str = "categoriser-1";
/// Who tells selling points.
pub(super) const SELLER: &str = "selling-points-1";

/// Of selling points, known by a few phrases, so many must have been told again.
const PHRASES_TRIED_MIN: usize = 5;

/// Items learnt from, at most; of a larger catalogue every n-th.
const LEARNT_MAX: usize = 20_000;
/// One in so many of them is held out to measure with.
const HELD_OUT_EVERY: u64 = 5;
/// Attributes that at least so many of the items learnt from have are read.
const KNOWN_MIN: usize = 20;
/// Items whose category is known that are tried, at most.
const CATEGORIES_TRIED_MAX: usize = 300;
/// Selling points that are by so much less sure than an item's surest one are left out.
const LESS_SURE: f32 = 0.1;
/// From this probability on a category is thought of.
const CATEGORY_FROM: f32 = 0.3;

pub(super) fn report(core: &Core, running: &Running) -> Result<EnrichmentReport> {
    understanding::refresh(core)?;
    let categoriser = Categoriser::new(core)?;
    let category = categoriser.as_ref().map(|categoriser| Arc::clone(categoriser.attribute()));
    // Learning takes about as long as reading.
    let total = core.store.catalogue().count() * 2;
    let (sample, items_tried) = sample(core, category.as_ref())?;
    let pool = pool()?;
    running.at(total / 8, total)?;
    let mut attributes = pool.install(|| measured(&sample));
    running.at(total / 4, total)?;
    if let (Some(categoriser), Some(category)) = (&categoriser, &category) {
        let measured = measured_categories(categoriser, category, &items_tried)?;
        attributes.insert(Arc::clone(category), measured);
    }
    let selling_points = SellingPoints::learn(core, &items_tried)?;
    if let Some(points) = &selling_points {
        let (held_out, trials) = (points.held_out, points.trials.clone());
        let measured = Measured { missing: 0, held_out, trials, tried_min: PHRASES_TRIED_MIN };
        attributes.insert(Arc::from(selling_points::ATTRIBUTE), measured);
    }
    running.at(total * 3 / 8, total)?;
    let extractor = pool.install(|| Extractor::learn(sample.iter().flat_map(Read::examples)));
    drop(sample);
    let curves = attributes.iter().map(|(name, measured)| (Arc::clone(name), measured.trials.curve())).collect();
    let reader = Proposer { extractor, curves, categoriser: categoriser.as_ref(), category, selling_points };
    let mut report = EnrichmentReport { attributes, ..EnrichmentReport::default() };
    for items in batches(core) {
        let items = items?;
        for item in &items {
            for (name, measured) in &mut report.attributes {
                measured.missing += usize::from(!has_own(item, name));
            }
        }
        let found: Result<Vec<Vec<Proposal>>> =
            pool.install(|| items.par_iter().map(|item| reader.propose(item)).collect());
        report.proposals.extend(found?.into_iter().flatten());
        report.items += items.len();
        running.at(total / 2 + report.items, total)?;
    }
    Ok(report)
}

/// What is read of every n-th item, and fewer whole items to try categories on.
fn sample(core: &Core, category: Option<&Arc<str>>) -> Result<(Vec<Read>, Vec<Item>)> {
    let count = core.store.catalogue().count();
    let (step, tried_step) = (count.div_ceil(LEARNT_MAX).max(1), count.div_ceil(CATEGORIES_TRIED_MAX).max(1));
    let (mut read, mut tried, mut at) = (Vec::new(), Vec::new(), 0);
    for items in batches(core) {
        for item in items? {
            if at % step == 0 {
                read.push(Read::new(&item, category));
            }
            if at % tried_step == 0 {
                tried.push(item);
            }
            at += 1;
        }
    }
    Ok((read, tried))
}

/// Whether the item at this place of the sample is held out: one in so many, whatever pattern the catalogue has.
fn is_drawn(at: usize) -> bool {
    (types::Rng::new(at as u64).next_u64() >> 32).is_multiple_of(HELD_OUT_EVERY)
}

fn has_own(item: &Item, name: &str) -> bool {
    item.get(name).is_some() && !item.provenance.contains_key(name)
}

/// By attribute: how well values are read that the extractor was not told.
fn measured(sample: &[Read]) -> BTreeMap<Arc<str>, Measured> {
    let parts = |is_held_out: bool| {
        let is_in = move |(at, _): &(usize, &Read)| is_drawn(*at) == is_held_out;
        sample.iter().enumerate().filter(is_in).map(|(_, read)| read).collect::<Vec<_>>()
    };
    let (held_out, learnt) = (parts(true), parts(false));
    let extractor = Extractor::learn(learnt.iter().flat_map(|read| read.examples()));
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for name in sample.iter().flat_map(Read::attributes) {
        *known.entry(name).or_default() += 1;
    }
    let read: Vec<Vec<Found>> = held_out.par_iter().map(|read| read.extract(&extractor, &[])).collect();
    let mut measured = BTreeMap::new();
    for (name, _) in known.into_iter().filter(|(_, count)| *count >= KNOWN_MIN) {
        let mut tried = Vec::new();
        let mut held = 0;
        for (item, found) in held_out.iter().zip(&read) {
            held += usize::from(item.attributes().contains(&name));
            let found = found.iter().find(|found| *found.attribute == *name);
            let agreed = found.and_then(|found| item.agrees(name, &found.extracted.value));
            if let (Some(found), Some(agreed)) = (found, agreed) {
                tried.push((found.extracted.confidence, agreed));
            }
        }
        let trials = Trials::new(tried);
        measured.insert(Arc::from(name), Measured { missing: 0, held_out: held, trials, tried_min: TRIED_MIN });
    }
    measured
}

/// How well the categories of items are told that have one. A category above the item's own is right, too.
fn measured_categories(categoriser: &Categoriser<'_>, category: &str, items: &[Item]) -> Result<Measured> {
    let mut tried = Vec::new();
    let items: Vec<&Item> = items.iter().filter(|item| has_own(item, category)).collect();
    for item in &items {
        if let Some(proposal) = categoriser.predict(item)?.proposal(categoriser, CATEGORY_FROM) {
            let is_right = item.categories(category).iter().any(|own| own.starts_with(&proposal.path));
            tried.push((proposal.confidence, is_right));
        }
    }
    Ok(Measured { missing: 0, held_out: items.len(), trials: Trials::new(tried), tried_min: TRIED_MIN })
}

/// Reads what an item lacks.
struct Proposer<'a> {
    extractor: Extractor,
    curves: BTreeMap<Arc<str>, Curve>,
    categoriser: Option<&'a Categoriser<'a>>,
    category: Option<Arc<str>>,
    selling_points: Option<SellingPoints>,
}

impl Proposer<'_> {
    fn propose(&self, item: &Item) -> Result<Vec<Proposal>> {
        let has: Vec<&str> = item.own_attributes().map(|(name, _)| &**name).collect();
        let read = Read::new(item, self.category.as_ref());
        let mut proposals: Vec<Proposal> =
            read.extract(&self.extractor, &has).into_iter().filter_map(|found| self.of_text(item, found)).collect();
        proposals.extend(self.of_category(item)?);
        proposals.extend(self.of_selling_points(item)?);
        proposals.sort_by(|a, b| a.attribute.cmp(&b.attribute));
        Ok(proposals)
    }

    fn of_text(&self, item: &Item, found: Found) -> Option<Proposal> {
        let extracted = found.extracted;
        let confidence = self.curves.get(&found.attribute)?.at(extracted.confidence);
        let place = |at: usize| u32::try_from(at).ok();
        Some(Proposal {
            item: item.id.clone(),
            title: Arc::from(item.title()),
            attribute: found.attribute,
            value: Value::Keywords(vec![Arc::from(extracted.value.trim())]),
            confidence,
            evidence: Arc::from(extracted.source.to_string()),
            passage: Some(Passage {
                attribute: found.text,
                start: place(extracted.span.0)?,
                end: place(extracted.span.1)?,
            }),
            maker: Arc::from(EXTRACTOR),
        })
    }

    fn of_selling_points(&self, item: &Item) -> Result<Option<Proposal>> {
        let Some(points) = self.selling_points.as_ref().filter(|_| !has_own(item, selling_points::ATTRIBUTE)) else {
            return Ok(None);
        };
        let mut told = points.read(item)?;
        // What is clearly less sure than the surest would make all of it unsure.
        let surest = told.first().map_or(0.0, |one| one.confidence);
        told.retain(|one| one.confidence >= surest - LESS_SURE);
        let (Some(first), Some(last)) = (told.first(), told.last()) else { return Ok(None) };
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let passage =
            Passage { attribute: Arc::clone(&first.text), start: place(first.span.0), end: place(first.span.1) };
        Ok(Some(Proposal {
            item: item.id.clone(),
            title: Arc::from(item.title()),
            attribute: Arc::from(selling_points::ATTRIBUTE),
            value: selling_points::value(&told),
            confidence: last.confidence,
            evidence: Arc::from("the words are like the phrases for it"),
            passage: Some(passage),
            maker: Arc::from(SELLER),
        }))
    }

    fn of_category(&self, item: &Item) -> Result<Option<Proposal>> {
        let (Some(categoriser), Some(name)) = (self.categoriser, &self.category) else { return Ok(None) };
        if has_own(item, name) {
            return Ok(None);
        }
        let proposal = categoriser.predict(item)?.proposal(categoriser, CATEGORY_FROM);
        Ok(proposal.map(|proposal| Proposal {
            item: item.id.clone(),
            title: Arc::from(item.title()),
            attribute: Arc::clone(name),
            value: Value::Categories(vec![proposal.path]),
            confidence: self.curves.get(name).map_or(0.0, |curve| curve.at(proposal.confidence)),
            evidence: Arc::from(proposal.evidence),
            passage: None,
            maker: Arc::from(CATEGORISER),
        }))
    }
}
