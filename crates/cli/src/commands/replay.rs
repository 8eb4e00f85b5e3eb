//! `mercato replay`: what a shop's log holds, and whether everything derived from it equals its replay.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::{Result, bail};
use engine::Shop;
use serde_json::json;
use types::{EventBody, Position};

use crate::args::Replay;
use crate::config::Config;
use crate::data::Data;
use crate::output;
use crate::progress::Progress;

const EVENTS_A_READ: usize = 10_000;

/// Reads the log, and verifies where asked.
pub(crate) fn run(args: &Replay, config: &Config) -> Result<()> {
    let data = Data::open(config)?;
    let shop = data.shop(&args.shop)?;
    let began = Instant::now();
    let (events, kinds) = read(&shop)?;
    let rate = events as f64 / began.elapsed().as_secs_f64().max(1e-6);
    let differences = if args.verify { Some(shop.verify()?) } else { None };
    if config.json {
        output::json(&json!({
            "shop": args.shop, "events": events, "kinds": kinds, "events_per_second": rate.round(),
            "differences": differences,
        }))?;
    } else {
        let mut rows = vec![vec!["kind".to_owned(), "events".to_owned()]];
        rows.extend(kinds.into_iter().map(|(kind, count)| vec![kind, output::grouped(count)]));
        rows.push(vec!["all".to_owned(), output::grouped(events)]);
        output::table(rows)?;
        match &differences {
            Some(differences) if differences.is_empty() => {
                output::line("All derived state equals the replay from the log's beginning.")?;
            }
            Some(differences) => differences.iter().try_for_each(|difference| output::line(difference))?,
            None => output::line(&format!("read {} events/s", output::grouped(rate as u64)))?,
        }
    }
    match differences.map_or(0, |differences| differences.len()) {
        0 => Ok(()),
        count => bail!("{count} differences between the derived state and the replay"),
    }
}

/// Reads a log from its beginning: how many events, and how many of each kind.
pub(crate) fn read(shop: &Shop) -> Result<(u64, BTreeMap<String, u64>)> {
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    let mut progress = Progress::new(format!("reading the log of {}", shop.id()), "events", Some(shop.stats()?.events));
    let (mut from, mut count) = (Position(0), 0);
    loop {
        let events = shop.events(from, EVENTS_A_READ)?;
        let Some(last) = events.last() else { break };
        from = last.position.next();
        count += events.len() as u64;
        for logged in &events {
            let kind = kind(&logged.event.body);
            match kinds.get_mut(kind) {
                Some(known) => *known += 1,
                None => drop(kinds.insert(kind.to_owned(), 1)),
            }
        }
        progress.set(count);
    }
    progress.finish();
    Ok((count, kinds))
}

fn kind(body: &EventBody) -> &str {
    match body {
        EventBody::ItemUpserted(_) => "item-upserted",
        EventBody::ItemPatched(_) => "item-patched",
        EventBody::ItemEnriched(_) => "item-enriched",
        EventBody::ItemDeleted(_) => "item-deleted",
        EventBody::Interaction(interaction) => interaction.kind.name(),
        EventBody::Impression(_) => "impression",
        EventBody::UserErased(_) => "user-erased",
    }
}
