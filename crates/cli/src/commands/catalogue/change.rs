//! Proposed changes written to a shop, and taken back.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Result;
use engine::SystemClock;
use serde_json::{Value, json};
use types::Clock as _;

use super::text;
use crate::api::{Api, path_part};
use crate::args;
use crate::config::Config;
use crate::failure::user;
use crate::output::{self, grouped, note};

/// Changes sent at a time.
const BATCH: usize = 500;
/// Widest cell of a table, in characters.
const CELL_CHARS_MAX: usize = 60;

/// A change that is proposed.
pub(super) struct Proposed {
    /// What it is about, in words.
    pub(super) says: String,
    /// What the item is called.
    pub(super) title: String,
    /// The change.
    pub(super) patch: Value,
    /// What takes it back.
    pub(super) undo: Value,
}

/// Shows the changes, or writes them where that is wanted.
pub(super) fn show_or_apply(
    api: &Api,
    config: &Config,
    (shop, wanted): (&str, &args::Change),
    proposed: Vec<Proposed>,
    command: &str,
) -> Result<()> {
    let changes = without_conflicts(proposed);
    if !wanted.apply {
        if config.json {
            let written = changes.iter().map(|one| json!({"says": one.says, "patch": one.patch, "undo": one.undo}));
            return output::json(&json!({ "changes": written.collect::<Vec<_>>(), "applied": 0 }));
        }
        if changes.is_empty() {
            return output::line("nothing would change");
        }
        let mut rows = vec![["item", "title", "change"].map(str::to_owned).to_vec()];
        rows.extend(changes.iter().map(|one| {
            let cell = |text: &str| output::shortened(text, CELL_CHARS_MAX);
            vec![cell(text(&one.patch, "id")), cell(&one.title), cell(&one.says)]
        }));
        output::table(rows)?;
        return output::line(&format!("{} items would change; --apply does it", grouped(changes.len() as u64)));
    }
    let file = wanted.undo_file.clone().unwrap_or_else(|| default_file(shop));
    if changes.is_empty() {
        return if config.json { output::json(&json!({ "applied": 0 })) } else { output::line("nothing to change") };
    }
    write_undo(&file, &changes)?;
    for batch in changes.chunks(BATCH) {
        let patches: Vec<Value> = batch.iter().map(|one| json!({ "patch": one.patch })).collect();
        api.call("POST", &format!("/v1/{}/items:batch", path_part(shop)), Some(&Value::Array(patches)))?;
    }
    if config.json {
        return output::json(&json!({ "applied": changes.len(), "undo_file": file.display().to_string() }));
    }
    output::line(&format!("{} items changed", grouped(changes.len() as u64)))?;
    output::line(&format!("to take it back: mercato {command} {shop} --undo {}", file.display()))
}

/// Takes back the changes of a file. What the shop has changed since is its own and stays.
pub(super) fn undo(api: &Api, config: &Config, shop: &str, file: &Path) -> Result<()> {
    let content = fs_err::read_to_string(file).map_err(|error| user(error.to_string()))?;
    let mut patches = Vec::new();
    let (mut left_alone, mut gone) = (0u64, 0u64);
    for (line, content) in (1..).zip(content.lines()).filter(|(_, content)| !content.trim().is_empty()) {
        let wrong = || user(format!("{}:{line}: expected a change as --apply writes it", file.display()));
        let change: Value = serde_json::from_str(content).map_err(|_| wrong())?;
        let (patch, back) = (&change["patch"], &change["undo"]);
        let Some(id) = patch["id"].as_str().filter(|id| back["id"] == **id) else { return Err(wrong()) };
        let path = format!("/v1/{}/items/{}", path_part(shop), path_part(id));
        match api.call("GET", &path, None) {
            Ok(item) if has(&item, patch) => patches.push(json!({ "patch": back })),
            Ok(_) => left_alone += 1,
            Err(error) if error.to_string().contains("unknown_item") => gone += 1,
            Err(error) => return Err(error),
        }
    }
    for batch in patches.chunks(BATCH) {
        let path = format!("/v1/{}/items:batch", path_part(shop));
        api.call("POST", &path, Some(&Value::Array(batch.to_vec())))?;
    }
    let taken_back = patches.len() as u64;
    if config.json {
        return output::json(&json!({ "taken_back": taken_back, "changed_since": left_alone, "gone": gone }));
    }
    if left_alone + gone > 0 {
        note(&format!("{} items were changed since and {} are gone: left alone", grouped(left_alone), grouped(gone)));
    }
    output::line(&format!("{} items are as they were", grouped(taken_back)))
}

/// Of changes of the same field of an item only the first: the others were proposed for a value that is gone then.
fn without_conflicts(proposed: Vec<Proposed>) -> Vec<Proposed> {
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    let mut kept = proposed;
    kept.retain(|one| {
        let fields: Vec<(String, String)> =
            fields(&one.patch).map(|(name, _)| (text(&one.patch, "id").to_owned(), name)).collect();
        let is_new = fields.iter().all(|field| !seen.contains(field));
        seen.extend(fields.into_iter().filter(|_| is_new));
        is_new
    });
    kept
}

/// Whether an item has what a patch wrote.
fn has(item: &Value, patch: &Value) -> bool {
    let at = |name: &str| match name.strip_prefix("attributes.") {
        Some(name) => item["attributes"][name].clone(),
        None => item[name].clone(),
    };
    let with_default = |name: &str, value: Value| match value {
        // An item's document leaves out that it is available.
        Value::Null if name == "available" => Value::Bool(true),
        value => value,
    };
    fields(patch).all(|(name, value)| with_default(&name, at(&name)) == *value)
}

/// The fields that a patch changes, attributes one by one.
fn fields(patch: &Value) -> impl Iterator<Item = (String, &Value)> {
    let own = patch.as_object().into_iter().flatten().filter(|(name, _)| *name != "id" && *name != "attributes");
    let attributes = patch["attributes"].as_object().into_iter().flatten();
    own.map(|(name, value)| (name.clone(), value))
        .chain(attributes.map(|(name, value)| (format!("attributes.{name}"), value)))
}

/// What takes the changes back is on the disk before the first of them is made.
fn write_undo(file: &Path, changes: &[Proposed]) -> Result<()> {
    let mut out = fs_err::OpenOptions::new().write(true).create_new(true).open(file).map_err(|error| {
        user(format!("the file that takes the changes back cannot be made, so nothing was changed: {error}"))
    })?;
    let line = |one: &Proposed| format!("{}\n", json!({ "patch": one.patch, "undo": one.undo }));
    std::io::Write::write_all(&mut out, changes.iter().map(line).collect::<String>().as_bytes())?;
    Ok(out.sync_all()?)
}

fn default_file(shop: &str) -> PathBuf {
    PathBuf::from(format!("{shop}-undo-{}.jsonl", SystemClock.now().0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_still_there_is_taken_back() {
        let item = json!({"id": "裙-1", "price": {"amount": 19.9, "currency": "CNY"}, "attributes": {"颜色": "红"}});
        for (patch, is_there) in [
            (json!({"id": "裙-1", "attributes": {"颜色": "红"}}), true),
            (json!({"id": "裙-1", "attributes": {"颜色": "蓝"}}), false),
            (json!({"id": "裙-1", "available": false}), false),
            (json!({"id": "裙-1", "available": true, "group": null}), true),
            (json!({"id": "裙-1", "price": {"amount": 19.9, "currency": "CNY"}}), true),
        ] {
            assert_eq!(has(&item, &patch), is_there, "{patch}");
        }
    }

    #[test]
    fn a_field_is_changed_once() {
        let proposed =
            |patch: Value| Proposed { says: String::new(), title: String::new(), undo: patch.clone(), patch };
        let kept = without_conflicts(vec![
            proposed(json!({"id": "a", "available": false})),
            proposed(json!({"id": "a", "available": false})),
            proposed(json!({"id": "a", "attributes": {"colour": "red"}})),
            proposed(json!({"id": "b", "available": false})),
        ]);
        assert_eq!(kept.len(), 3);
    }
}
