//! `mercato shop`: makes, lists, deletes and sets up shops.

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::api::{Api, path_part};
use crate::args::{Shop, ShopSettings};
use crate::config::Config;
use crate::failure::user;
use crate::output;

/// Runs the command.
pub(crate) fn run(args: Shop, config: &Config) -> Result<()> {
    match args {
        Shop::List { remote } => list(&Api::open(config, &remote)?, config),
        Shop::Create { shop, settings, words_only, remote } => {
            let settings = match settings {
                Some(path) => Some(read(&path)?),
                None => words_only.then(|| json!({ "encoders": [] })),
            };
            let mut body = json!({ "id": shop });
            if let Some(settings) = settings {
                body["settings"] = settings;
            }
            let made = Api::open(config, &remote)?.call("POST", "/v1/shops", Some(&body))?;
            say(config, &made, &format!("made the shop {shop}"))
        }
        Shop::Delete { shop, yes, remote } => {
            confirm(&shop, yes)?;
            Api::open(config, &remote)?.call("DELETE", &format!("/v1/shops/{}", path_part(&shop)), None)?;
            say(config, &json!({ "id": shop, "deleted": true }), &format!("deleted the shop {shop}"))
        }
        Shop::Stats { shop, remote } => {
            let stats = Api::open(config, &remote)?.call("GET", &format!("/v1/{}/stats", path_part(&shop)), None)?;
            if config.json {
                return output::json(&stats);
            }
            let fields = stats.as_object().into_iter().flatten();
            let mut rows = vec![vec!["figure".to_owned(), shop]];
            rows.extend(fields.map(|(name, value)| vec![name.replace('_', " "), figure(name, value)]));
            output::table(rows)
        }
        Shop::Duplicates { shop, cosine, remote } => {
            let path = format!("/v1/{}/pictures/duplicates?cosine={cosine}", path_part(&shop));
            let found = Api::open(config, &remote)?.call("GET", &path, None)?;
            if config.json {
                return output::json(&found);
            }
            let mut rows = vec![["items", "with the same picture"].map(str::to_owned).to_vec()];
            for group in found["groups"].as_array().into_iter().flatten() {
                let ids: Vec<&str> = group.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                rows.push(vec![ids.len().to_string(), ids.join(" ")]);
            }
            output::table(rows)
        }
        Shop::Settings(ShopSettings::Get { shop, remote }) => {
            let path = format!("/v1/{}/settings", path_part(&shop));
            output::json(&Api::open(config, &remote)?.call("GET", &path, None)?)
        }
        Shop::Settings(ShopSettings::Set { shop, file, remote }) => {
            let settings = read(&file)?;
            let api = Api::open(config, &remote)?;
            let path = format!("/v1/{}/settings", path_part(&shop));
            api.call("PUT", &path, Some(&settings))?;
            wait_until_in_force(&api, &shop, &settings)?;
            output::json(&api.call("GET", &path, None)?)
        }
    }
}

fn list(api: &Api, config: &Config) -> Result<()> {
    let shops = api.call("GET", "/v1/shops", None)?;
    if config.json {
        return output::json(&shops);
    }
    let mut rows = vec![["shop", "items", "events", "on disk"].map(str::to_owned).to_vec()];
    for shop in shops["shops"].as_array().into_iter().flatten().filter_map(|shop| shop["id"].as_str()) {
        let stats = api.call("GET", &format!("/v1/{}/stats", path_part(shop)), None)?;
        let figures = ["items", "events", "disk_bytes"].map(|name| figure(name, &stats[name]));
        rows.push(std::iter::once(shop.to_owned()).chain(figures).collect());
    }
    if rows.len() == 1 {
        return output::line("There are no shops yet: `mercato shop create NAME` makes one, `mercato demo` shows two.");
    }
    output::table(rows)
}

/// Where this process must build another index for the settings, it stays until that is done.
fn wait_until_in_force(api: &Api, shop: &str, settings: &Value) -> Result<()> {
    let Some(data) = api.local() else { return Ok(()) };
    let wanted = formats::json::settings_from_json(settings)?;
    let shop = data.shop(shop)?;
    let began = std::time::Instant::now();
    let mut told = false;
    while *shop.settings() != wanted {
        if !told && began.elapsed() > Duration::from_secs(1) {
            output::note("building the index for these settings beside the live one…");
            told = true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn confirm(shop: &str, yes: bool) -> Result<()> {
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(user("deleting a shop cannot be undone; say --yes"));
    }
    let mut out = std::io::stderr();
    write!(out, "Delete the shop {shop} with everything it has? Type its name: ")?;
    out.flush()?;
    let mut typed = String::new();
    std::io::stdin().read_line(&mut typed)?;
    if typed.trim() == shop { Ok(()) } else { Err(user("nothing was deleted")) }
}

fn read(path: &Path) -> Result<Value> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes)?;
    } else {
        bytes = fs_err::read(path).map_err(|error| user(error.to_string()))?;
    }
    formats::json::parse(&bytes).with_context(|| format!("{} cannot be read", path.display()))
}

fn say(config: &Config, document: &Value, text: &str) -> Result<()> {
    if config.json { output::json(document) } else { output::line(text) }
}

fn figure(name: &str, value: &Value) -> String {
    match value.as_u64() {
        Some(count) if name.ends_with("bytes") => output::bytes(count),
        Some(count) => output::grouped(count),
        None => value.to_string(),
    }
}
