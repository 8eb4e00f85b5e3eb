use std::collections::HashMap;

use types::{Event, EventBody, Impression, QueryId, Shown, Surface};

/// Joins what belongs to one slate: some conventions tell of each item shown in an event of its own, others in pieces of
/// twenty. The first event stays, with the items of the others behind its own; what was searched for is put in where a
/// search tells it. The key of each event (its row) stays with it.
pub fn join_impressions<K>(events: &mut Vec<(K, Event)>) {
    let mut queries = HashMap::new();
    for (_, event) in events.iter() {
        if let EventBody::Interaction(deed) = &event.body
            && let (Some(answer), Some(query)) = (&deed.query_id, &deed.query)
        {
            queries.entry(answer.clone()).or_insert_with(|| query.clone());
        }
    }
    let mut first: HashMap<(QueryId, Surface), usize> = HashMap::new();
    let mut joined: Vec<(K, Event)> = Vec::with_capacity(events.len());
    for (key, event) in events.drain(..) {
        let EventBody::Impression(mut impression) = event.body else {
            joined.push((key, event));
            continue;
        };
        let slate = (impression.query_id.clone(), impression.surface);
        let known = first.get(&slate).copied().and_then(|place| match &mut joined[place].1.body {
            EventBody::Impression(earlier) if earlier.actor == impression.actor => Some(earlier),
            _ => None,
        });
        if let Some(earlier) = known {
            add(earlier, impression.shown);
            continue;
        }
        if impression.query.is_none() {
            impression.query = queries.get(&impression.query_id).cloned();
        }
        first.insert(slate, joined.len());
        joined.push((key, Event { body: EventBody::Impression(impression), ..event }));
    }
    *events = joined;
}

/// Puts the items behind those that are there. Where a place is taken already, the pieces were numbered each by itself.
fn add(impression: &mut Impression, shown: Vec<Shown>) {
    let is_taken = |slot: &Shown| impression.shown.iter().any(|known| known.position == slot.position);
    let last = impression.shown.iter().map(|slot| slot.position).max().unwrap_or(0);
    let behind = if shown.iter().any(is_taken) { last } else { 0 };
    let is_new = |slot: &Shown| impression.shown.iter().all(|known| known.item != slot.item);
    let new: Vec<Shown> = shown.into_iter().filter(is_new).collect();
    impression
        .shown
        .extend(new.into_iter().map(|slot| Shown { position: slot.position.saturating_add(behind), ..slot }));
}
