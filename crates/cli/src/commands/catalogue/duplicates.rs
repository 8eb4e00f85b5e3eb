use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::change::{self, Proposed};
use super::{list, pages, report, text};
use crate::api::{Api, path_part};
use crate::args::Duplicates;
use crate::config::Config;
use crate::failure::user;
use crate::output::{self, grouped};

/// Widest title and evidence, in characters.
const TITLE_CHARS_MAX: usize = 50;
const EVIDENCE_CHARS_MAX: usize = 70;
const LABEL: &str = "comparing items";
/// Judgements sent at a time.
const BATCH: usize = 1_000;

/// `mercato duplicates`.
pub(crate) fn run(args: &Duplicates, config: &Config) -> Result<()> {
    let api = Api::open_to_read(config, &args.remote, &args.shop)?;
    if let Some(file) = &args.change.undo {
        return change::undo(&api, config, &args.shop, file);
    }
    if let Some(file) = &args.judge {
        return judge(&api, config, &args.shop, file);
    }
    let relation = if args.variants { "variant" } else { "duplicate" };
    let mut path = format!("/v1/{}/duplicates?relation={relation}", path_part(&args.shop));
    path.extend(args.probability.map(|probability| format!("&probability={probability}")));
    if args.change.apply {
        let groups = pages(&api, &path, "groups", LABEL)?;
        let proposed = groups.iter().flat_map(proposed).collect();
        return change::show_or_apply(&api, config, (&args.shop, &args.change), proposed, "duplicates");
    }
    let read = report(&api, &format!("{path}&limit={}", args.limit.clamp(1, 1000)), LABEL)?;
    if config.json {
        return output::json(&read);
    }
    if args.unsure { show_unsure(&read) } else { show(&read, relation) }
}

fn proposed(group: &Value) -> Vec<Proposed> {
    let kept = list(group, "items").first().map_or("", |item| text(item, "item"));
    let says = match group["group"].as_str() {
        Some(name) => format!("set `group` to {name}"),
        None => format!("hide it, and keep {kept}"),
    };
    let changed = list(group, "items").iter().filter(|item| item["patch"].is_object());
    changed
        .map(|item| Proposed {
            says: says.clone(),
            title: text(item, "title").to_owned(),
            patch: item["patch"].clone(),
            undo: item["undo"].clone(),
        })
        .collect()
}

fn show(read: &Value, relation: &str) -> Result<()> {
    let mut rows = vec![["group", "item", "title", "price", "varies in", "because"].map(str::to_owned).to_vec()];
    for (number, group) in (1..).zip(list(read, "groups")) {
        let evidence: Vec<&str> = list(group, "evidence").iter().filter_map(Value::as_str).collect();
        let because = format!("{:.2}: {}", group["probability"].as_f64().unwrap_or_default(), evidence.join("; "));
        for (at, item) in list(group, "items").iter().enumerate() {
            let varies = |part: &Value| Some(format!("{} {}", part[0].as_str()?, part[1].as_str()?));
            let varies: Vec<String> = list(item, "varies").iter().filter_map(varies).collect();
            let first = |text: String| if at == 0 { text } else { String::new() };
            rows.push(vec![
                first(format!("{number}")),
                text(item, "item").to_owned(),
                output::shortened(text(item, "title"), TITLE_CHARS_MAX),
                item["price"].as_f64().map(|price| price.to_string()).unwrap_or_default(),
                varies.join(", "),
                first(output::shortened(&because, EVIDENCE_CHARS_MAX)),
            ]);
        }
    }
    let count = |name: &str| grouped(read[name].as_u64().unwrap_or_default());
    let shown = grouped(list(read, "groups").len() as u64);
    if rows.len() > 1 {
        output::table(rows)?;
    }
    output::line(&format!(
        "{shown} of {} groups of {relation}s among {} items; {} pairs were compared",
        count("total"),
        count("items"),
        count("compared")
    ))?;
    show_matcher(&read["matcher"])
}

fn show_matcher(matcher: &Value) -> Result<()> {
    let (same, different) = (matcher["judged_same"].as_u64(), matcher["judged_different"].as_u64());
    let (same, different) = (same.unwrap_or_default(), different.unwrap_or_default());
    if same + different == 0 {
        return output::line("--unsure lists pairs to judge, --judge learns from what you say of them");
    }
    let by = if matcher["is_own"] == true { "what was learnt from them" } else { "what every shop begins with" };
    let f1 = matcher["f1"].as_f64().map(|f1| format!(", F1 {f1:.2} on them")).unwrap_or_default();
    output::line(&format!("judged: {same} the same, {different} different; judging by {by}{f1}"))
}

/// Pairs in the form that `--judge` reads, to be filled in.
fn show_unsure(read: &Value) -> Result<()> {
    output::line("# replace ? by same or different; variants of one product are the same")?;
    for pair in list(read, "unsure") {
        let evidence: Vec<&str> = list(pair, "evidence").iter().filter_map(Value::as_str).collect();
        output::line(&format!("# {:.2}: {}", pair["probability"].as_f64().unwrap_or_default(), evidence.join("; ")))?;
        output::line(&format!("{}\t{}\t?", text(pair, "left"), text(pair, "right")))?;
    }
    Ok(())
}

fn judge(api: &Api, config: &Config, shop: &str, file: &Path) -> Result<()> {
    let content = if file.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin()).context("standard input cannot be read")?
    } else {
        fs_err::read_to_string(file).map_err(|error| user(error.to_string()))?
    };
    let judgements = judgements(&content).map_err(|fault| user(format!("{}:{fault}", file.display())))?;
    let path = format!("/v1/{}/duplicates/judgements", path_part(shop));
    let mut kept = Value::Null;
    for batch in judgements.chunks(BATCH) {
        kept = api.call("POST", &path, Some(&json!({ "judgements": batch })))?;
    }
    if config.json {
        return output::json(&json!({ "read": judgements.len(), "judgements": kept["judgements"] }));
    }
    let all = kept["judgements"].as_u64().unwrap_or_default();
    output::line(&format!("{} judgements read; {shop} has {}", judgements.len(), grouped(all)))
}

/// What a file says of pairs; a fault begins with its line.
fn judgements(content: &str) -> Result<Vec<Value>, String> {
    let mut judgements = Vec::new();
    let is_said = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    for (number, line) in (1..).zip(content.trim_start_matches('\u{FEFF}').lines()).filter(|(_, line)| is_said(line)) {
        let parts: Vec<&str> = line.split('\t').map(str::trim).collect();
        let wrong = || format!("{number}: expected two ids and `same`, `different` or `forget`, parted by tabs");
        let [left, right, said] = parts[..] else { return Err(wrong()) };
        let same = match said.to_lowercase().as_str() {
            "same" | "相同" => Value::Bool(true),
            "different" | "不同" => Value::Bool(false),
            "forget" | "忘记" => Value::Null,
            "?" | "？" => continue,
            _ => return Err(wrong()),
        };
        judgements.push(json!({ "left": left, "right": right, "same": same }));
    }
    Ok(judgements)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judgements_are_read_line_by_line() {
        let read = judgements("\u{FEFF}# pairs\na\tb\tsame\n裙-1\t裙-2\t不同\n\nc\td\t?\ne\tf\tforget\n").unwrap();
        assert_eq!(
            read,
            [
                json!({"left": "a", "right": "b", "same": true}),
                json!({"left": "裙-1", "right": "裙-2", "same": false}),
                json!({"left": "e", "right": "f", "same": null})
            ]
        );
        assert!(judgements("a\tb\tsame\na b same").unwrap_err().starts_with("2: expected two ids"));
        assert!(judgements("a\tb\tmaybe").unwrap_err().starts_with("1: "));
    }
}
