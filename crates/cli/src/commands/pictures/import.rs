use std::path::Path;

use anyhow::Result;
use engine::Shop;
use formats::Pictures;
use serde_json::{Value, json};
use types::{Event, EventBody, EventId, ItemId, ItemPatch, Picture};

use crate::args::Import;
use crate::config::Config;
use crate::data::Data;
use crate::failure::user;
use crate::output::{self, grouped};
use crate::progress::Progress;

/// Pictures looked at between two appends.
const BATCH: usize = 64;

/// `mercato import pictures`: what an image encoder sees in pictures, into the items whose ids they are called by. Pictures
/// that an item has already cost nothing, so an import that was broken off is simply made again.
pub(crate) fn run(args: &Import, config: &Config) -> Result<()> {
    let data = Data::open(config)?;
    let shop = data.shop(&args.shop)?;
    let mut summaries = Vec::new();
    for path in &args.files {
        summaries.push(import(args, &data, &shop, path)?);
    }
    if config.json {
        return output::json(&json!({ "shop": args.shop, "dry_run": args.dry_run, "files": summaries }));
    }
    let names = ["file", "pictures", "imported", "known", "without_item", "rejected"];
    let mut rows = vec![names.map(|name| name.replace('_', " ")).to_vec()];
    for summary in &summaries {
        let cell = |name: &str| summary[name].as_u64().map_or_else(|| text(&summary[name]), grouped);
        rows.push(names.map(cell).to_vec());
        for refused in summary["refused"].as_array().into_iter().flatten() {
            output::note(&format!("{}: {}", text(&refused["item"]), text(&refused["reason"])));
        }
    }
    output::table(rows)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[derive(Default)]
struct Tally {
    imported: usize,
    known: usize,
    without_item: usize,
    rejected: Vec<Value>,
}

fn import(args: &Import, data: &Data, shop: &Shop, path: &Path) -> Result<Value> {
    let pictures = Pictures::open(path).map_err(|error| user(format!("{}: {error}", path.display())))?;
    let mut progress = Progress::new(path.display().to_string(), "pictures", Some(pictures.len() as u64));
    let mut tally = Tally::default();
    let ids: Vec<&str> = pictures.ids().collect();
    for (at, batch) in ids.chunks(BATCH).enumerate() {
        let events = look_at(&pictures, batch, data, shop, &mut tally)?;
        tally.imported += events.len();
        if !args.dry_run && !events.is_empty() {
            shop.append(events)?;
        }
        progress.set(((at + 1) * BATCH).min(ids.len()) as u64);
    }
    progress.finish();
    let shown = tally.rejected.len().min(100);
    Ok(json!({
        "file": path.display().to_string(), "pictures": ids.len(), "imported": tally.imported, "known": tally.known,
        "without_item": tally.without_item, "rejected": tally.rejected.len(), "refused": tally.rejected[..shown],
    }))
}

/// What came of one picture.
enum Seen {
    Picture(ItemId, Picture),
    Known,
    WithoutItem,
    Refused(Value),
}

/// The events of a batch, whose pictures are looked at side by side.
fn look_at(pictures: &Pictures, ids: &[&str], data: &Data, shop: &Shop, tally: &mut Tally) -> Result<Vec<Event>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let part = ids.len().div_ceil(threads).max(1);
    let parts: Vec<Result<Vec<Seen>>> = std::thread::scope(|scope| {
        let see = |ids: &[&str]| ids.iter().map(|id| see(pictures, shop, id)).collect();
        let running: Vec<_> = ids.chunks(part).map(|ids| scope.spawn(move || see(ids))).collect();
        running.into_iter().map(|thread| thread.join().unwrap_or_else(|p| std::panic::resume_unwind(p))).collect()
    });
    let mut events = Vec::new();
    for part in parts {
        for seen in part? {
            match seen {
                Seen::Known => tally.known += 1,
                Seen::WithoutItem => tally.without_item += 1,
                Seen::Refused(why) => tally.rejected.push(why),
                Seen::Picture(id, picture) => events.push(event(id, picture, data)?),
            }
        }
    }
    Ok(events)
}

fn see(pictures: &Pictures, shop: &Shop, id: &str) -> Result<Seen> {
    let refused = |reason: String| Ok(Seen::Refused(json!({ "item": id, "reason": reason })));
    let bytes = match pictures.read(id) {
        Ok(bytes) => bytes.unwrap_or_default(),
        Err(error) => return refused(error.to_string()),
    };
    let Ok(item_id) = ItemId::new(id) else { return Ok(Seen::WithoutItem) };
    let Some(item) = shop.item(&item_id)? else { return Ok(Seen::WithoutItem) };
    if item.picture.as_ref().is_some_and(|known| shop.has_seen(known, &bytes)) {
        return Ok(Seen::Known);
    }
    match shop.see_picture(&bytes) {
        Ok(picture) => Ok(Seen::Picture(item_id, picture)),
        Err(error) if error.is_user() && error.code() != "pictures_off" => refused(error.to_string()),
        Err(error) => Err(error.into()),
    }
}

fn event(id: ItemId, picture: Picture, data: &Data) -> Result<Event> {
    let now = data.engine.clock().now();
    let digest: String = picture.digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let name = format!("picture-{digest}-{:x}-{id}", now.0);
    let name = name.char_indices().take_while(|(at, _)| *at < 480).map(|(_, character)| character).collect::<String>();
    let patch = ItemPatch { picture: Some(Some(picture)), ..ItemPatch::new(id) };
    Ok(Event { id: EventId::new(name)?, time: now, body: EventBody::ItemPatched(patch) })
}
