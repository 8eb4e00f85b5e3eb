//! `mercato import items FEED --sync`: the files are the whole catalogue. What is new or changed is put, what is gone is
//! deleted, all in one batch; where too much is gone, nothing happens.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use engine::Shop;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use types::{Event, EventBody, EventId, Item, ItemId, Millis};

use super::reader::Reader;
use super::rejects::Rejects;
use super::{planned, user};
use crate::args::Import;
use crate::config::Config;
use crate::data::Data;
use crate::output::{self, grouped};

/// Items of the catalogue read at a time.
const ITEMS_A_READ: usize = 1000;
/// Items named as examples of each kind of change.
const EXAMPLES: usize = 5;

/// What the files change about the catalogue.
#[derive(Default)]
struct Difference {
    new: Vec<Item>,
    changed: Vec<Item>,
    gone: Vec<ItemId>,
    unchanged: u64,
}

/// Compares, shows, and changes the catalogue unless that was only to be tried.
pub(super) fn run(args: &Import, config: &Config, data: &Data, shop: &Shop) -> Result<()> {
    if !(0.0..=1.0).contains(&args.max_deletions) {
        return Err(user("--max-deletions: expected a share from 0 to 1, such as 0.2"));
    }
    let now = data.engine.clock().now();
    let (items, repeated) = read(args, shop, now)?;
    let difference = Difference::of(items, shop)?;
    let refusal = difference.refusal(args.max_deletions);
    if !args.dry_run {
        if let Some(refusal) = refusal {
            return Err(user(refusal));
        }
        let events = difference.events(shop, now);
        if !events.is_empty() {
            let count = grouped(events.len() as u64);
            shop.append(events).with_context(|| format!("the {count} changes were not made, none of them"))?;
        }
    }
    tell(args, config, &difference, repeated, difference.refusal(args.max_deletions))
}

/// The items of all files, and how many ids came more than once; the last counts.
///
/// A row that cannot be read is an item that would seem to be gone, so it ends the sync.
fn read(args: &Import, shop: &Shop, now: Millis) -> Result<(BTreeMap<ItemId, Item>, u64)> {
    let (mut items, mut repeated, mut refused) = (BTreeMap::new(), 0, Vec::new());
    let settings = shop.settings();
    for file in &args.files {
        let plan = planned(args, file, now)?;
        let mapping = plan.row_mapping();
        let mut rejects = Rejects::open(file, 0, !args.dry_run)?;
        let mut reader = Reader::start(plan.open(args, file, 0, now)?);
        while let Some(rows) = reader.next_batch()? {
            let mut bad = Vec::new();
            for row in &rows {
                match mapping.item(row, Some(&settings)) {
                    Ok(item) => repeated += u64::from(items.insert(item.id.clone(), item).is_some()),
                    Err(rejected) => bad.push(rejected),
                }
            }
            refused
                .extend(bad.first().map(|first| format!("row {} of {}: {}", first.row, file.display(), first.reason)));
            rejects.write(bad)?;
        }
        rejects.flush()?;
    }
    match refused.first() {
        None => Ok((items, repeated)),
        Some(first) => Err(user(format!(
            "rows cannot be read, and their items would seem to be gone; nothing was changed. The first: {first}"
        ))),
    }
}

impl Difference {
    fn of(mut items: BTreeMap<ItemId, Item>, shop: &Shop) -> Result<Self> {
        let mut difference = Self::default();
        for known in shop.batches(ITEMS_A_READ) {
            for known in known? {
                match items.remove(&known.id) {
                    None => difference.gone.push(known.id),
                    Some(item) if own(known, &item) == item => difference.unchanged += 1,
                    Some(item) => difference.changed.push(item),
                }
            }
        }
        difference.new = items.into_values().collect();
        Ok(difference)
    }

    /// Why this is not done: too much of the catalogue would go.
    fn refusal(&self, most: f64) -> Option<String> {
        let gone = self.gone.len() as u64;
        let catalogue = gone + self.unchanged + self.changed.len() as u64;
        let share = gone as f64 / catalogue.max(1) as f64;
        (share > most).then(|| {
            format!(
                "the files lack {} of {} items ({:.1} %), and --max-deletions {most} lets at most {:.1} % go; nothing was \
                 changed. Is the feed whole? If it is, give a larger share",
                grouped(gone),
                grouped(catalogue),
                100.0 * share,
                100.0 * most
            )
        })
    }

    fn events(&self, shop: &Shop, now: Millis) -> Vec<Event> {
        let put = self.new.iter().chain(&self.changed).map(|item| (&item.id, EventBody::ItemUpserted(item.clone())));
        let deleted = self.gone.iter().map(|id| (id, EventBody::ItemDeleted(id.clone())));
        put.chain(deleted).map(|(id, body)| Event { id: event_id(shop, id, now), time: now, body }).collect()
    }
}

/// What of the catalogue's item is the shop's own: values that were found for what it left empty, and what is known of its
/// picture, stay when it is put in again, and are no difference.
fn own(mut known: Item, item: &Item) -> Item {
    let found = std::mem::take(&mut known.provenance);
    known.attributes.retain(|name, _| !found.contains_key(name) || item.attributes.contains_key(name));
    if item.picture.is_none() {
        known.picture = None;
    }
    known
}

fn event_id(shop: &Shop, item: &ItemId, now: Millis) -> EventId {
    let digest = Sha256::new().chain_update(shop.id().as_str()).chain_update(now.0.to_le_bytes());
    let digest = digest.chain_update(item.as_str()).finalize();
    let digits: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    EventId::new(format!("sync-{digits}")).expect("hexadecimal digits are an id")
}

fn tell(args: &Import, config: &Config, found: &Difference, repeated: u64, refusal: Option<String>) -> Result<()> {
    let names =
        |ids: &mut dyn Iterator<Item = &ItemId>| ids.take(EXAMPLES).map(ToString::to_string).collect::<Vec<_>>();
    let kinds = [
        ("new", found.new.len() as u64, names(&mut found.new.iter().map(|item| &item.id))),
        ("changed", found.changed.len() as u64, names(&mut found.changed.iter().map(|item| &item.id))),
        ("gone", found.gone.len() as u64, names(&mut found.gone.iter())),
        ("unchanged", found.unchanged, Vec::new()),
    ];
    if config.json {
        let mut answer =
            json!({ "shop": args.shop, "dry_run": args.dry_run, "repeated": repeated, "refused": refusal });
        for (name, count, examples) in &kinds {
            answer[*name] = json!({ "count": count, "examples": examples });
        }
        return output::json(&answer);
    }
    let mut rows = vec![["items", "count", "such as"].map(str::to_owned).to_vec()];
    rows.extend(kinds.iter().map(|(name, count, examples)| {
        vec![(*name).to_owned(), grouped(*count), output::shortened(&examples.join(", "), 60)]
    }));
    output::table(rows)?;
    if repeated > 0 {
        output::line(&format!("{} ids came more than once; the last of each counts", grouped(repeated)))?;
    }
    match (args.dry_run, refusal) {
        (true, Some(refusal)) => output::line(&format!("this would be refused: {refusal}")),
        (true, None) => output::line("nothing was changed; without --dry-run it is"),
        (false, _) => output::line("done, in one batch"),
    }
}
