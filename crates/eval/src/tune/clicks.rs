//! Judgements from a shop's own log: what was shown for a query, and what became of it.

use std::sync::Arc;

use engine::Shop;
use rustc_hash::FxHashMap;
use types::{EventBody, Impression, Interaction, ItemId, Position, QueryId, Surface};

use super::{Stopped, TuneError, Watch};
use crate::search::{Judged, JudgedQuery};

/// Events read from the log at a time.
const EVENTS_AT_ONCE: usize = 10_000;
/// Inverse propensities are cut off here: a single click far down must not outweigh all others (clipped inverse propensity
/// scores; Joachims, Swaminathan and Schnabel 2017, "Unbiased Learning-to-Rank with Biased Feedback", section 5).
const CLIP: f64 = 10.0;
/// Deeds on a query's results below which nothing can be said of it.
const DEEDS_MIN: usize = 3;
/// Queries that are learnt from, at most: the most asked.
const QUERIES_MAX: usize = 2_000;

/// What of a log counts as a judgement of a search.
#[derive(Default)]
struct Log {
    impressions: FxHashMap<QueryId, Seen>,
    deeds: Vec<(QueryId, ItemId, Option<u32>, f64)>,
}

struct Seen {
    query: Arc<str>,
    items: Vec<(ItemId, u32)>,
}

/// Queries of the log with the gains that deeds on their results speak for. That an item stood first is why it was seen at
/// all, so a deed on the item at place `p` counts as if it had been seen each time: `p` times, as far as [`CLIP`]; then it is
/// divided by how often the item was shown for the query. The best item of a query has gain 1.
pub(super) fn judged(shop: &Shop, watch: &mut Watch<'_>) -> Result<Judged, TuneError> {
    let mut log = Log::default();
    let total = shop.stats()?.events;
    let mut from = Position(0);
    loop {
        let events = shop.events(from, EVENTS_AT_ONCE)?;
        let Some(last) = events.last().map(|event| event.position) else { break };
        for logged in events {
            match logged.event.body {
                EventBody::Impression(impression) => log.show(impression),
                EventBody::Interaction(interaction) => log.act(interaction),
                _ => {}
            }
        }
        from = Position(last.0 + 1);
        if !watch("reading the log", from.0.min(total), total) {
            return Err(Stopped.into());
        }
    }
    Ok(Judged { dataset: format!("clicks of {}", shop.id()), queries: log.queries() })
}

impl Log {
    fn show(&mut self, impression: Impression) {
        let Some(query) = impression.query.filter(|_| impression.surface == Surface::Search) else { return };
        let query: Arc<str> = Arc::from(query.trim().to_lowercase());
        if !query.is_empty() && !impression.shown.is_empty() {
            let items = impression.shown.into_iter().map(|shown| (shown.item, shown.position)).collect();
            self.impressions.insert(impression.query_id, Seen { query, items });
        }
    }

    fn act(&mut self, deed: Interaction) {
        let strength = f64::from(deed.strength());
        if let (Some(query_id), Some(item)) = (deed.query_id, deed.item)
            && strength > 0.0
        {
            self.deeds.push((query_id, item, deed.position, strength));
        }
    }

    fn queries(self) -> Vec<JudgedQuery> {
        #[derive(Default)]
        struct Tally {
            shown: FxHashMap<ItemId, f64>,
            gained: FxHashMap<ItemId, f64>,
            deeds: usize,
            impressions: usize,
        }
        let mut tallies: FxHashMap<Arc<str>, Tally> = FxHashMap::default();
        for seen in self.impressions.values() {
            let tally = tallies.entry(Arc::clone(&seen.query)).or_default();
            tally.impressions += 1;
            for (item, _) in &seen.items {
                *tally.shown.entry(item.clone()).or_default() += 1.0;
            }
        }
        for (query_id, item, place, strength) in &self.deeds {
            let Some(seen) = self.impressions.get(query_id) else { continue };
            let shown_at = seen.items.iter().find(|(shown, _)| shown == item).map(|(_, place)| *place);
            let Some(place) = shown_at.or(*place) else { continue };
            let Some(tally) = tallies.get_mut(&seen.query) else { continue };
            *tally.gained.entry(item.clone()).or_default() += strength * f64::from(place.max(1)).min(CLIP);
            tally.deeds += 1;
        }
        let mut queries: Vec<(usize, JudgedQuery)> = tallies
            .into_iter()
            .filter(|(_, tally)| tally.deeds >= DEEDS_MIN)
            .map(|(text, tally)| {
                let rate = |item: &ItemId, gained: f64| gained / tally.shown.get(item).copied().unwrap_or(1.0).max(1.0);
                let most =
                    tally.gained.iter().map(|(item, gained)| rate(item, *gained)).fold(f64::MIN_POSITIVE, f64::max);
                let gain = |(item, gained): (&ItemId, &f64)| (item.clone(), rate(item, *gained) / most);
                let gains = tally.gained.iter().map(gain).collect();
                (tally.impressions, JudgedQuery { id: Arc::clone(&text), text, gains })
            })
            .collect();
        queries.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.text.cmp(&b.1.text)));
        queries.truncate(QUERIES_MAX);
        queries.into_iter().map(|(_, query)| query).collect()
    }
}

#[cfg(test)]
mod tests {
    use types::{Actor, Evidence, InteractionKind, Shown, SourceId};

    use super::*;

    fn shown(id: &str, query: &str, items: &[&str]) -> Impression {
        let shown = items.iter().zip(1..).map(|(item, position)| Shown {
            item: ItemId::new(*item).unwrap(),
            position,
            score: 1.0,
            propensity: 1.0,
            source: SourceId::new("words"),
        });
        Impression {
            query_id: QueryId::new(id).unwrap(),
            actor: Actor::default(),
            surface: Surface::Search,
            query: Some(Arc::from(query)),
            shown: shown.collect(),
            ranker: Arc::from("plain"),
            arms: Vec::new(),
            evidence: Evidence::default(),
        }
    }

    fn click(id: &str, item: &str) -> Interaction {
        let mut click = Interaction::new(InteractionKind::Click, Actor::default());
        (click.query_id, click.item) = (Some(QueryId::new(id).unwrap()), Some(ItemId::new(item).unwrap()));
        click
    }

    #[test]
    fn clicks_far_down_count_more_and_each_by_how_often_it_was_shown() {
        let mut log = Log::default();
        for (id, query) in [("1", "红色连衣裙"), ("2", " 红色连衣裙 "), ("3", "红色连衣裙"), ("4", "Tea")]
        {
            log.show(shown(id, query, &["a", "b", "c", "d"]));
        }
        log.act(click("1", "a"));
        log.act(click("2", "a"));
        log.act(click("3", "d"));
        log.act(click("4", "a"));
        log.act(click("unknown", "a"));
        let queries = log.queries();
        assert_eq!(queries.len(), 1, "one click says nothing of a query");
        let gain = |item: &str| queries[0].gains.get(&ItemId::new(item).unwrap()).copied();
        // Two clicks at place 1 against one at place 4, each over three showings.
        assert_eq!((gain("a"), gain("d"), gain("b")), (Some(0.5), Some(1.0), None));
    }
}
