//! `mercato models promote`: puts an encoder in force for a shop, in the place of another one.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use crate::api::{Api, path_part};
use crate::args::Promote;
use crate::config::Config;
use crate::failure::user;
use crate::output;
use crate::progress::Progress;

/// Runs the command: the shop's settings name the new encoder, its index is built beside the live one, and both are
/// swapped in together when every item has its new vector. Searches go on meanwhile.
pub(crate) fn run(args: &Promote, config: &Config) -> Result<()> {
    let api = Api::open(config, &args.remote)?;
    let path = format!("/v1/{}/settings", path_part(&args.shop));
    let mut settings = api.call("GET", &path, None)?;
    let before = encoders(&settings);
    if before.contains(&args.model) {
        return Err(user(format!("{} is in force for {} already", args.model, args.shop)));
    }
    let replaced = replaced(args, &before)?;
    let after: Vec<&str> = match &replaced {
        Some(old) => before.iter().map(|id| if id == old { args.model.as_str() } else { id }).collect(),
        None => vec![&args.model],
    };
    settings["encoders"] = json!(after);
    api.call("PUT", &path, Some(&settings))?;
    wait(&api, &args.shop, &after)?;
    let back = replaced
        .as_ref()
        .map(|old| format!("mercato models promote {old} --replacing {} --shop {}", args.model, args.shop));
    if config.json {
        let document = json!({ "shop": args.shop, "encoders": after, "replaced": replaced, "back": back });
        return output::json(&document);
    }
    output::line(&format!("{} is in force for {}", args.model, args.shop))?;
    match back {
        Some(back) => output::line(&format!("to go back: {back}")),
        None => Ok(()),
    }
}

/// Which encoder goes; `None` where the shop has none.
fn replaced(args: &Promote, before: &[String]) -> Result<Option<String>> {
    let all = || before.join(", ");
    match &args.replacing {
        Some(old) if before.contains(old) => Ok(Some(old.clone())),
        Some(old) => Err(user(format!("--replacing {old}: {} has the encoders {}", args.shop, all()))),
        None if before.len() <= 1 => Ok(before.first().cloned()),
        None => Err(user(format!("{} has the encoders {}: say with --replacing which one goes", args.shop, all()))),
    }
}

fn encoders(settings: &Value) -> Vec<String> {
    settings["encoders"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Waits until the new settings hold, with a bar for the items that have their new vectors.
fn wait(api: &Api, shop: &str, wanted: &[&str]) -> Result<()> {
    let shop = path_part(shop);
    let mut bar = None;
    while encoders(&api.call("GET", &format!("/v1/{shop}/settings"), None)?) != wanted {
        let stats = api.call("GET", &format!("/v1/{shop}/stats"), None)?;
        if let (Some(done), Some(total)) = (stats["rebuild"]["done"].as_u64(), stats["rebuild"]["total"].as_u64()) {
            bar.get_or_insert_with(|| Progress::new("encoding", "items", Some(total))).set(done);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    bar.into_iter().for_each(Progress::finish);
    Ok(())
}
