//! `mercato models remove`: takes a model away, unless somebody needs it.

use anyhow::Result;
use serde_json::{Value, json};

use super::{all, folder};
use crate::args::Remove;
use crate::config::Config;
use crate::failure::user;
use crate::output;

/// Runs the command.
pub(super) fn run(args: &Remove, config: &Config) -> Result<()> {
    let folder = folder(config, &args.id)?;
    let users = users(&args.id, config)?;
    if !users.is_empty() && !args.force {
        return Err(user(format!("`{}` is used by {}; with --force it goes all the same", args.id, users.join(", "))));
    }
    // Renamed first, so that a crash in the middle leaves no half a model behind.
    let doomed = config.models_dir.join(format!(".removed-{}", args.id));
    if doomed.exists() {
        fs_err::remove_dir_all(&doomed)?;
    }
    fs_err::rename(&folder, &doomed)?;
    fs_err::remove_dir_all(&doomed)?;
    if config.json {
        return output::json(&json!({ "removed": args.id, "used_by": users }));
    }
    output::line(&format!("{} is gone", args.id))
}

/// The shops and models that need it.
fn users(id: &str, config: &Config) -> Result<Vec<String>> {
    let shops = engine::shops_using(&config.data_dir, id)?;
    let mut users: Vec<String> = shops.iter().map(|shop| format!("the shop {shop}")).collect();
    for model in all(&config.models_dir)? {
        let other = model.manifest["id"].as_str().unwrap_or_default();
        if other != id && [&model.manifest["encoder"], &model.manifest["towers"]].into_iter().any(|on| names(on, id)) {
            users.push(format!("the model {other}"));
        }
    }
    Ok(users)
}

/// Whether a manifest's field names a model, alone or with its version.
fn names(field: &Value, id: &str) -> bool {
    match field {
        Value::String(text) => text.split('@').next() == Some(id),
        Value::Array(values) => values.iter().any(|value| names(value, id)),
        Value::Object(fields) => fields.values().any(|value| names(value, id)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
