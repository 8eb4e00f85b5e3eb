//! Proposals become events: what differs from what was found before, and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use types::{Enrichment, Event, EventBody, EventId, Item, ItemId, Provenance};

use super::propose::{CATEGORISER, EXTRACTOR, SELLER};
use super::report::Proposal;
use crate::inspection::batches;
use crate::{Progress, Result, Shop};

/// What was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Enriched {
    /// Values that items did not have.
    pub added: usize,
    /// Values that took the place of another one found before.
    pub changed: usize,
    /// Values taken back.
    pub taken_back: usize,
    /// Values that were there already.
    pub unchanged: usize,
    /// Items that were written.
    pub items: usize,
    /// Whether it was stopped before its end.
    pub stopped: bool,
}

pub(super) fn write(
    shop: &Shop,
    chosen: &[&Proposal],
    attributes: &[Arc<str>],
    progress: &mut dyn FnMut(Progress) -> bool,
) -> Result<Enriched> {
    // Two at a time would each not see what the other writes.
    let _one_at_a_time = shop.core.enriching.lock();
    let mut by_item: BTreeMap<&ItemId, Vec<&Proposal>> = BTreeMap::new();
    for proposal in chosen {
        by_item.entry(&proposal.item).or_default().push(proposal);
    }
    let is_meant = |name: &Arc<str>| attributes.is_empty() || attributes.contains(name);
    let total = shop.core.store.catalogue().count() as u64;
    let (mut enriched, mut done) = (Enriched::default(), 0);
    for items in batches(&shop.core) {
        let items = items?;
        let proposed = |item: &Item| by_item.get(&item.id).map_or(&[][..], Vec::as_slice);
        let mut changes = Vec::new();
        for item in &items {
            let change = difference(item, proposed(item), &is_meant, &mut enriched)?;
            changes.extend(change.filter(|change| !change.values.is_empty()));
        }
        enriched.items += changes.len();
        append(shop, changes)?;
        done += items.len() as u64;
        if !progress(Progress { done, total }) {
            return Ok(Enriched { stopped: true, ..enriched });
        }
    }
    Ok(enriched)
}

/// Values to set and to take back; counts them.
fn difference(
    item: &Item,
    proposed: &[&Proposal],
    is_meant: &dyn Fn(&Arc<str>) -> bool,
    counts: &mut Enriched,
) -> Result<Option<Enrichment>> {
    let mut change = Enrichment::new(item.id.clone());
    for proposal in proposed {
        let name = &proposal.attribute;
        let had = item.get(name).map(|value| (value, item.provenance.get(name)));
        match had {
            // The shop's own, or what somebody else found.
            Some((_, provenance)) if !provenance.is_some_and(is_ours) => continue,
            Some((value, _)) if *value == proposal.value => {
                counts.unchanged += 1;
                continue;
            }
            Some(_) => counts.changed += 1,
            None => counts.added += 1,
        }
        let passage = proposal.passage.clone();
        let provenance = Provenance::new(&proposal.maker, proposal.confidence, &proposal.evidence, passage)?;
        change.set(name, Some((proposal.value.clone(), provenance)))?;
    }
    for (name, _) in item.provenance.iter().filter(|(name, provenance)| is_ours(provenance) && is_meant(name)) {
        if !proposed.iter().any(|proposal| proposal.attribute == *name) {
            counts.taken_back += 1;
            change.set(name, None)?;
        }
    }
    Ok(Some(change))
}

/// Whether this was found here, in this version or an earlier one.
fn is_ours(provenance: &Provenance) -> bool {
    let name = |maker: &'static str| maker.rsplit_once('-').map_or(maker, |(name, _)| name);
    let found = provenance.maker.rsplit_once('-').map_or(&*provenance.maker, |(name, _)| name);
    [EXTRACTOR, CATEGORISER, SELLER].map(name).contains(&found)
}

fn append(shop: &Shop, changes: Vec<Enrichment>) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let time = shop.core.clock.now();
    // Positions are never given out twice, so neither are ids.
    let end = shop.core.store.end().0;
    let event = |(at, change): (usize, Enrichment)| {
        let id = EventId::new(format!("enrich-{end}-{at}"))?;
        Ok(Event { id, time, body: EventBody::ItemEnriched(change) })
    };
    let events = changes.into_iter().enumerate().map(event).collect::<Result<Vec<Event>>>()?;
    shop.append(events).map(drop)
}
