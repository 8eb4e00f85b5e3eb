//! `mercato demo`: two real shops, loaded once and served; the place to begin.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result};
use engine::Shop;
use serde_json::{Value, json};
use server::Access;
use types::{Event, EventBody, Interaction, Millis, Request, Settings, ShopId};

use super::serve;
use crate::args::Demo;
use crate::config::Config;
use crate::data::Data;
use crate::failure::user;
use crate::output::{self, note};
use crate::places;
use crate::progress::Progress;

/// The shops.
const SHOPS: [&str; 2] = ["amazon", "gifts"];
/// Remembers which shops are loaded, and from which fixtures.
const LOADED: &str = "demo";
/// Events appended at a time: one fsync each.
const EVENTS_A_BATCH: usize = 10_000;
/// When items that do not tell came into the catalogue, 2024-01-01: the same at every start, so that a start that was
/// interrupted goes on.
const CAME: Millis = Millis(1_704_067_200_000);

/// Loads what is not loaded yet, and serves.
pub(crate) fn run(args: &Demo, config: &Config) -> Result<()> {
    if !config.bind.ip().is_loopback() {
        let message = format!("the demo asks for no keys, so it needs a loopback address, not {}", config.bind);
        return Err(user(message));
    }
    let serves = !args.no_serve && args.export_vectors.is_none();
    let listener = if serves { Some(serve::listen(config.bind)?) } else { None };
    let config = &in_own_folder(config);
    let began = Instant::now();
    let fixtures = args.fixtures_dir.clone().or_else(|| places::find("fixtures"));
    let fixtures = fixtures.ok_or_else(|| user("the folder of fixtures is not here; say where with --fixtures-dir"))?;
    let mut data = Data::open(config)?;
    let wanted: Vec<&str> =
        SHOPS.into_iter().filter(|shop| args.shop.as_deref().is_none_or(|only| only == *shop)).collect();
    let shops = load(&data, &fixtures, &wanted, args.words_only)?;
    note(&format!("ready after {:.1} s", began.elapsed().as_secs_f64()));
    if let Some(folder) = &args.export_vectors {
        return shops.iter().try_for_each(|shop| export_vectors(shop, folder));
    }
    if let Some(listener) = listener {
        let url = format!("{}://{}", config.scheme(), listener.local_addr()?);
        data.announce(&url)?;
        match config.json {
            true => output::line(&json!({ "url": url, "shops": wanted }).to_string())?,
            false => output::line(&what_to_try(&url, &shops))?,
        }
        return serve::serve(listener, &data, config, Access::Open);
    }
    if config.json {
        let stats = shops.iter().map(|shop| {
            Ok(json!({ "shop": shop.id().as_str(), "items": shop.stats()?.items, "events": shop.stats()?.events }))
        });
        return output::json(&json!({ "shops": stats.collect::<Result<Vec<Value>>>()? }));
    }
    Ok(())
}

/// Unless somebody says otherwise, the demo stays out of the way of the reader's own shops.
fn in_own_folder(config: &Config) -> Config {
    if config.data_dir_said { config.clone() } else { config.with_data_dir(config.data_dir.join("demo")) }
}

fn load(data: &Data, fixtures: &Path, wanted: &[&str], words_only: bool) -> Result<Vec<Arc<Shop>>> {
    let mut loaded = loaded(data)?;
    let mut shops = Vec::new();
    let mut missing = Vec::new();
    // All catalogues first: their vectors are computed while the events come in.
    for id in wanted {
        let folder = fixtures.join(id);
        let fingerprint = fingerprint(&folder)?;
        let shop = shop(data, id, words_only)?;
        if loaded[*id] != fingerprint {
            import_vectors(&shop, &folder)?;
            import_items(&shop, &folder)?;
            missing.push((Arc::clone(&shop), folder, fingerprint));
        }
        shops.push(shop);
    }
    for (shop, folder, _) in &missing {
        if shop.id().as_str() == "gifts" {
            import_events(shop, folder)?;
        }
    }
    shops.iter().try_for_each(|shop| wait(shop))?;
    for (shop, _, fingerprint) in missing {
        loaded[shop.id().as_str()] = fingerprint;
        data.engine.put_document(LOADED, loaded.to_string().as_bytes())?;
    }
    Ok(shops)
}

/// Shop → fingerprint of the fixtures it was loaded from.
fn loaded(data: &Data) -> Result<Value> {
    let bytes = data.engine.document(LOADED)?;
    let document = bytes.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    Ok(document.filter(Value::is_object).unwrap_or_else(|| json!({})))
}

/// Names and sizes of a folder's files.
fn fingerprint(folder: &Path) -> Result<Value> {
    let mut files = Vec::new();
    let entries = fs_err::read_dir(folder).map_err(|error| user(error.to_string()));
    for entry in entries.context("the fixtures are not whole")? {
        let entry = entry?;
        files.push(json!([entry.file_name().to_string_lossy(), entry.metadata()?.len()]));
    }
    files.sort_by_key(Value::to_string);
    Ok(Value::Array(files))
}

fn shop(data: &Data, id: &str, words_only: bool) -> Result<Arc<Shop>> {
    match data.engine.shop(id) {
        Err(engine::Error::UnknownShop(_)) => {
            let mut settings = Settings::default();
            if words_only {
                settings.encoders.clear();
            }
            let made = data.engine.create_shop(&ShopId::new(id)?, settings);
            Ok(made.context("`--words-only` starts without the encoders, `--models-dir` says where they are")?)
        }
        found => Ok(found?),
    }
}

/// Vectors computed before, so that they need not be computed here: minutes on a small machine.
fn import_vectors(shop: &Shop, folder: &Path) -> Result<()> {
    let path = folder.join("vectors.bin");
    if path.is_file() {
        let count = shop.import_vectors(&fs_err::read(&path)?)?;
        tracing::info!(shop = %shop.id(), count, "vectors were taken from the fixtures");
    }
    Ok(())
}

fn export_vectors(shop: &Shop, folder: &Path) -> Result<()> {
    let path: PathBuf = folder.join(shop.id().as_str()).join("vectors.bin");
    fs_err::create_dir_all(path.parent().unwrap_or(folder))?;
    let bytes = shop.export_vectors()?;
    fs_err::write(&path, &bytes)?;
    output::line(&format!("{} in {}", output::bytes(bytes.len() as u64), path.display()))
}

fn import_items(shop: &Shop, folder: &Path) -> Result<()> {
    let items = match shop.id().as_str() {
        "amazon" => eval::fixtures::amazon_items(folder)?,
        _ => eval::fixtures::gifts_items(folder)?,
    };
    let events = eval::fixtures::catalogue_events(items, CAME)?;
    let mut progress = Progress::new(format!("{}: catalogue", shop.id()), "items", Some(events.len() as u64));
    let mut done = 0;
    for batch in events.chunks(1000) {
        shop.append(batch.to_vec())?;
        done += batch.len() as u64;
        progress.set(done);
    }
    progress.finish();
    Ok(())
}

/// The events have ids of their own, so what a start before has appended is recognised.
fn import_events(shop: &Shop, folder: &Path) -> Result<()> {
    /// What the fixture holds; only the bar needs to know ahead.
    const EVENTS: u64 = 1_024_595;
    let mut progress = Progress::new(format!("{}: purchases", shop.id()), "events", Some(EVENTS));
    let (mut batch, mut done, mut failed) = (Vec::with_capacity(EVENTS_A_BATCH), 0, None);
    let mut append = |batch: &mut Vec<Event>| {
        done += batch.len() as u64;
        let appended = shop.append(std::mem::replace(batch, Vec::with_capacity(EVENTS_A_BATCH)));
        progress.set(done);
        appended.map(drop)
    };
    eval::fixtures::each_gifts_event(folder, |event| {
        if failed.is_none() {
            batch.push(event);
            if batch.len() == EVENTS_A_BATCH {
                failed = append(&mut batch).err();
            }
        }
    })?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    append(&mut batch)?;
    progress.finish();
    Ok(())
}

fn wait(shop: &Shop) -> Result<()> {
    let mut progress = Progress::new(format!("{}: vectors", shop.id()), "texts", None);
    shop.wait_until_current(&mut |done| {
        progress.set_total(done.total);
        progress.set(done.done);
        true
    })?;
    progress.finish();
    Ok(())
}

/// What a newcomer can do next, with ids that exist.
fn what_to_try(url: &str, shops: &[Arc<Shop>]) -> String {
    let mut text = format!("\nServing {url} — {url}/docs has every route. Ctrl-C ends it. Try:\n");
    for shop in shops {
        let id = shop.id();
        let (english, chinese) = match id.as_str() {
            "amazon" => ("leather belt", "露营水壶"),
            _ => ("christmas lights", "红色茶杯"),
        };
        let item = first_found(shop, english).unwrap_or_else(|| "ITEM".to_owned());
        let user = last_buyer(shop);
        text += &format!("\n  The shop {id}:\n");
        let mut line = |what: &str, route: &str, body: &Value| {
            text += &format!(
                "  # {what}\n  curl -s {url}/v1/{id}/{route} -H 'content-type: application/json' -d '{body}'\n"
            );
        };
        line("a search", "search", &json!({ "query": english, "limit": 5 }));
        line("a search in Chinese", "search", &json!({ "query": chinese, "limit": 5 }));
        line(
            "why does this item stand where it stands?",
            "explain",
            &json!({ "item": item, "search": { "query": english } }),
        );
        line("what is like it?", "recommend", &json!({ "kind": "similar", "items": [item], "limit": 5 }));
        if let Some(user) = user {
            line(
                "what may this shopper want next?",
                "recommend",
                &json!({ "kind": "for-you", "user": user, "limit": 5 }),
            );
        }
    }
    text += &format!("\n  The same in the terminal: mercato search --url {url} --shop amazon 'leather belt'\n");
    text
}

fn first_found(shop: &Shop, query: &str) -> Option<String> {
    let request = Request { record: false, ..Request::search(query, Millis(0)) };
    shop.answer(&request).ok()?.items.first().map(|shown| shown.item.id.to_string())
}

/// A known shopper among the last events.
fn last_buyer(shop: &Shop) -> Option<String> {
    const LOOKED_AT: u64 = 1000;
    let end = shop.stats().ok()?.events;
    let events = shop.events(types::Position(end.saturating_sub(LOOKED_AT)), LOOKED_AT as usize).ok()?;
    events.iter().rev().find_map(|logged| match &logged.event.body {
        EventBody::Interaction(Interaction { actor, .. }) => actor.user.as_ref().map(ToString::to_string),
        _ => None,
    })
}
