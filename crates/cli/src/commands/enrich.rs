//! `mercato enrich`: values for what items lack, shown, written and taken back.

use std::time::Duration;

use anyhow::Result;
use engine::SellingPoint;
use serde_json::{Value, json};

use crate::api::{Api, path_part};
use crate::args::Enrich;
use crate::config::Config;
use crate::output;
use crate::progress::Progress;

/// How often is asked how far a report is.
const ASK_EVERY: Duration = Duration::from_millis(300);
/// Widest title and evidence in a table, in characters.
const TITLE_CHARS_MAX: usize = 40;
const EVIDENCE_CHARS_MAX: usize = 50;

/// `mercato enrich`.
pub(crate) fn run(args: &Enrich, config: &Config) -> Result<()> {
    let api = Api::open_to_read(config, &args.remote, &args.shop)?;
    let path = format!("/v1/{}/enrich", path_part(&args.shop));
    match (args.undo, args.list) {
        (true, _) => take_back(&api, &path, args, config),
        (_, true) => list(&api, &path, args, config),
        _ => {
            if let Some(said) = &args.selling_points {
                let body = json!({ "points": selling_points(said)? });
                api.call("PUT", &format!("/v1/{}/selling-points", path_part(&args.shop)), Some(&body))?;
            }
            enrich(&api, &path, args, config)
        }
    }
}

/// The usual ones, none, or those of a file: `{"name": "good gift", "phrases": ["perfect gift for her", ...]}` a line.
fn selling_points(said: &str) -> Result<Vec<Value>> {
    match said {
        "none" => Ok(Vec::new()),
        "usual" => {
            let document = |one: SellingPoint| json!({ "name": one.name, "phrases": one.phrases });
            Ok(SellingPoint::usual().into_iter().map(document).collect())
        }
        file => {
            let text = fs_err::read_to_string(file)?;
            let lines =
                (1..).zip(text.trim_start_matches('\u{FEFF}').lines()).filter(|(_, line)| !line.trim().is_empty());
            let read = |(number, line): (usize, &str)| {
                formats::json::parse(line.as_bytes())
                    .map_err(|error| crate::failure::user(format!("{file}:{number}: {error}")))
            };
            lines.map(read).collect()
        }
    }
}

fn enrich(api: &Api, path: &str, args: &Enrich, config: &Config) -> Result<()> {
    let body = json!({
        "attributes": args.attributes, "min_confidence": args.min_confidence, "dry_run": args.dry_run, "limit": args.limit,
    });
    let answer = awaited(api, path, &body)?;
    if config.json {
        return output::json(&answer);
    }
    show_attributes(&answer["report"])?;
    show_proposals(&answer["report"])?;
    match &answer["written"] {
        Value::Null => output::line("nothing was written; without --dry-run it would be"),
        written => output::line(&said(written)),
    }
}

/// The answer of the catalogue as it is now. Ctrl-C ends the program before anything is written.
fn awaited(api: &Api, path: &str, body: &Value) -> Result<Value> {
    let mut progress: Option<Progress> = None;
    loop {
        let answer = api.call("POST", path, Some(body))?;
        let checking = &answer["checking"];
        let (Some(done), Some(total)) = (checking["done"].as_u64(), checking["total"].as_u64()) else {
            if let Some(progress) = progress {
                progress.finish();
            }
            return Ok(answer);
        };
        let progress = progress.get_or_insert_with(|| Progress::new("reading the catalogue", "steps", Some(total)));
        progress.set_total(total);
        progress.set(done);
        std::thread::sleep(ASK_EVERY);
    }
}

fn show_attributes(report: &Value) -> Result<()> {
    let head = ["attribute", "missing", "held out", "read", "right", "precision", "proposed", ""];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for one in report["attributes"].as_array().into_iter().flatten() {
        let count = |name: &str| output::grouped(one[name].as_u64().unwrap_or_default());
        let precision = one["precision"].as_f64().map(|share| format!("{share:.3}")).unwrap_or_default();
        let refused = one["refused"].as_str().unwrap_or_default().to_owned();
        let mut row = vec![one["attribute"].as_str().unwrap_or_default().to_owned()];
        row.extend(["missing", "held_out", "tried", "right"].map(count));
        row.extend([precision, count("proposed"), refused]);
        rows.push(row);
    }
    if rows.len() == 1 {
        return output::line("no attribute has enough values to learn from (20 items at least)");
    }
    output::table(rows)
}

fn show_proposals(report: &Value) -> Result<()> {
    let proposals = report["proposals"].as_array().map_or(&[][..], Vec::as_slice);
    if proposals.is_empty() {
        return output::line("no value is missing that could be read surely enough");
    }
    let mut rows = vec![["item", "title", "attribute", "value", "sure", "because"].map(str::to_owned).to_vec()];
    for one in proposals {
        let text = |name: &str| one[name].as_str().unwrap_or_default();
        let place = one["passage"]["attribute"].as_str().map(|name| format!("{name}: ")).unwrap_or_default();
        rows.push(vec![
            text("item").to_owned(),
            output::shortened(text("title"), TITLE_CHARS_MAX),
            text("attribute").to_owned(),
            words(text("attribute"), &one["value"]),
            format!("{:.2}", one["confidence"].as_f64().unwrap_or_default()),
            output::shortened(&format!("{place}{}", text("evidence")), EVIDENCE_CHARS_MAX),
        ]);
    }
    output::table(rows)?;
    let total = report["total"].as_u64().unwrap_or_default();
    output::line(&format!("{} of {} values are shown", proposals.len(), output::grouped(total)))
}

/// A value of this attribute for people; the only path of a category stands as a plain list.
fn words(name: &str, value: &Value) -> String {
    let joined = |parts: &[Value], with: &str| parts.iter().map(|part| words("", part)).collect::<Vec<_>>().join(with);
    match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) if parts.iter().all(Value::is_array) => {
            let path = |path: &Value| path.as_array().map(|names| joined(names, " > ")).unwrap_or_default();
            parts.iter().map(path).collect::<Vec<_>>().join(" | ")
        }
        Value::Array(parts) => joined(parts, if name == "category" { " > " } else { " | " }),
        other => other.to_string(),
    }
}

fn said(written: &Value) -> String {
    let count = |name: &str| output::grouped(written[name].as_u64().unwrap_or_default());
    format!(
        "{} values were added, {} changed, {} taken back, {} were there already; {} items written",
        count("added"),
        count("changed"),
        count("taken_back"),
        count("unchanged"),
        count("items")
    )
}

fn take_back(api: &Api, path: &str, args: &Enrich, config: &Config) -> Result<()> {
    let names = args.attributes.iter().map(|name| path_part(name)).collect::<Vec<_>>().join(",");
    let query = if names.is_empty() { String::new() } else { format!("?attributes={names}") };
    let written = api.call("DELETE", &format!("{path}{query}"), None)?;
    if config.json { output::json(&written) } else { output::line(&said(&written)) }
}

fn list(api: &Api, path: &str, args: &Enrich, config: &Config) -> Result<()> {
    let after = args.after.as_ref().map(|id| format!("&after={}", path_part(id))).unwrap_or_default();
    let page = api.call("GET", &format!("{path}?limit={}{after}", args.limit), None)?;
    if config.json {
        return output::json(&page);
    }
    let mut rows = vec![["item", "title", "attribute", "value", "sure", "found by"].map(str::to_owned).to_vec()];
    for item in page["items"].as_array().into_iter().flatten() {
        for (name, value) in item["values"].as_object().into_iter().flatten() {
            let provenance = &item["provenance"][name];
            rows.push(vec![
                item["id"].as_str().unwrap_or_default().to_owned(),
                output::shortened(item["title"].as_str().unwrap_or_default(), TITLE_CHARS_MAX),
                name.clone(),
                words(name, value),
                format!("{:.2}", provenance["confidence"].as_f64().unwrap_or_default()),
                provenance["maker"].as_str().unwrap_or_default().to_owned(),
            ]);
        }
    }
    if rows.len() == 1 {
        return output::line("no item has found values");
    }
    output::table(rows)?;
    match page["next"].as_str() {
        Some(next) => output::line(&format!("more: --after {next}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_for_people() {
        assert_eq!(words("颜色", &json!("红色")), "红色");
        assert_eq!(words("colour", &json!(["red", "blue"])), "red | blue");
        assert_eq!(words("类目", &json!([["女装", "连衣裙"]])), "女装 > 连衣裙");
        assert_eq!(words("category", &json!(["女装", "连衣裙"])), "女装 > 连衣裙");
    }
}
