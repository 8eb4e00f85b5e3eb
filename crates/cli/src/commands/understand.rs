//! `mercato understand | suggest | queries | synonyms`: shows how queries are read, and steers it.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::api::{Api, path_part};
use crate::args::{OfShop, Queries, Suggest, Synonyms, Understand};
use crate::config::Config;
use crate::output;

/// Widest evidence in a table, in characters.
const EVIDENCE_CHARS_MAX: usize = 70;

/// `mercato understand`.
pub(crate) fn understand(args: &Understand, config: &Config) -> Result<()> {
    let api = Api::open_to_read(config, &args.remote, &args.shop)?;
    let body = json!({ "query": args.query, "understanding": { "off": args.off, "without": args.without } });
    let read = api.call("POST", &format!("/v1/{}/understand", path_part(&args.shop)), Some(&body))?;
    if config.json {
        return output::json(&read);
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut rows = vec![["step", "read", "so", "sure", "because"].map(str::to_owned).to_vec()];
    for finding in read["findings"].as_array().into_iter().flatten() {
        rows.push(vec![
            text(&finding["step"]),
            text(&finding["says"]),
            consequence(finding),
            format!("{:.2}", finding["confidence"].as_f64().unwrap_or_default()),
            output::shortened(&text(&finding["evidence"]), EVIDENCE_CHARS_MAX),
        ]);
    }
    output::table(rows)?;
    output::line(&format!("searched for: {}", text(&read["text"])))?;
    if let Some(meant) = read["did_you_mean"].as_str() {
        output::line(&format!("did you mean: {meant}"))?;
    }
    let guesses = |name: &str| {
        let guess = |guess: &Value| Some(format!("{} {:.2}", guess["name"].as_str()?, guess["probability"].as_f64()?));
        read[name].as_array().into_iter().flatten().filter_map(guess).collect::<Vec<_>>().join(", ")
    };
    output::line(&format!("intent: {}", guesses("intents")))?;
    output::line(&format!("categories: {}", guesses("categories")))?;
    let category = read["route"]["category"].as_str().map(|path| format!(" {path}")).unwrap_or_default();
    output::line(&format!("goes to: {}{category}", text(&read["route"]["to"])))?;
    let micros: u64 = read["micros"].as_array().into_iter().flatten().filter_map(|step| step[1].as_u64()).sum();
    output::line(&format!("in {:.2} ms", micros as f64 / 1000.0))
}

/// What follows from a finding, for people.
fn consequence(finding: &Value) -> String {
    let name = finding["consequence"].as_str().unwrap_or_default();
    match (finding["filter"].as_str(), finding["factor"].as_f64()) {
        (Some(_), Some(factor)) => format!("{name} x {factor:.2}"),
        _ => name.to_owned(),
    }
}

/// `mercato suggest`.
pub(crate) fn suggest(args: &Suggest, config: &Config) -> Result<()> {
    let api = Api::open_to_read(config, &args.remote, &args.shop)?;
    let kinds = args.kinds.as_ref().map(|kinds| format!("&kinds={}", path_part(kinds))).unwrap_or_default();
    let user = args.user.as_ref().map(|user| format!("&user={}", path_part(user))).unwrap_or_default();
    let path = format!("/v1/{}/suggest?q={}{kinds}{user}", path_part(&args.shop), path_part(&args.typed));
    let found = api.call("GET", &path, None)?;
    if config.json {
        return output::json(&found);
    }
    let mut rows = vec![["suggestion", "kind", "found by", "score"].map(str::to_owned).to_vec()];
    for one in found["suggestions"].as_array().into_iter().flatten() {
        let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
        let slips = match one["edits"].as_u64() {
            Some(0) | None => String::new(),
            Some(edits) => format!(", {edits} slips"),
        };
        let score = format!("{:.2}", one["score"].as_f64().unwrap_or_default());
        let own = if one["own"] == true { ", own search" } else { "" };
        rows.push(vec![text("text"), format!("{}{own}", text("kind")), format!("{}{slips}", text("found_by")), score]);
    }
    output::table(rows)
}

/// `mercato queries`.
pub(crate) fn queries(args: &Queries, config: &Config) -> Result<()> {
    let api = Api::open(config, &args.remote)?;
    let after = args.after.as_ref().map(|query| format!("&after={}", path_part(query))).unwrap_or_default();
    let found = api.call("GET", &format!("/v1/{}/queries?limit={}{after}", path_part(&args.shop), args.limit), None)?;
    if config.json {
        return output::json(&found);
    }
    let head = match args.after {
        Some(_) => ["query", "searches", "times likelier"].map(str::to_owned).to_vec(),
        None => ["query", "searches", "problem", "what may mend it"].map(str::to_owned).to_vec(),
    };
    let mut rows = vec![head];
    for one in found["queries"].as_array().into_iter().flatten() {
        let number = |name: &str| one[name].as_f64().map(|number| format!("{number:.1}")).unwrap_or_default();
        let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
        let mut row = vec![text("text"), number("count")];
        match args.after {
            Some(_) => row.push(number("lift")),
            None => {
                let fixes = one["fixes"].as_array().into_iter().flatten().filter_map(|fix| fix["says"].as_str());
                row.extend([text("problem").replace('-', " "), fixes.collect::<Vec<_>>().join("\n")]);
            }
        }
        rows.push(row);
    }
    if rows.len() == 1 {
        let none = match args.after {
            Some(_) => "no query is known to follow it (at least 3 people must have searched so)",
            None => "no query is known to have found nothing, or to be never clicked after",
        };
        return output::line(none);
    }
    output::table(rows)
}

/// `mercato synonyms`.
pub(crate) fn synonyms(args: Synonyms, config: &Config) -> Result<()> {
    let path = |shop: &str| format!("/v1/{}/synonyms", path_part(shop));
    match args {
        Synonyms::Export(OfShop { shop, remote }) => {
            let rules = Api::open(config, &remote)?.call("GET", &path(&shop), None)?;
            if config.json {
                return output::json(&rules);
            }
            rules["rules"].as_array().into_iter().flatten().filter_map(Value::as_str).try_for_each(output::line)
        }
        Synonyms::Import { file, of: OfShop { shop, remote } } => {
            let rules = lines(&file)?;
            let body = json!({ "rules": rules });
            let kept = Api::open(config, &remote)?.call("PUT", &path(&shop), Some(&body))?;
            if config.json {
                return output::json(&kept);
            }
            let count = kept["rules"].as_array().map_or(0, Vec::len);
            output::line(&format!("{count} synonym rules are in force for {shop}"))
        }
        Synonyms::Proposals { shop, limit, remote } => {
            let path = format!("{}/proposals?limit={limit}", path(&shop));
            proposals(&Api::open_to_read(config, &remote, &shop)?.call("GET", &path, None)?, config)
        }
        Synonyms::Accept { ids, of } => decide(&of, "accept", &ids, config),
        Synonyms::Reject { ids, of } => decide(&of, "reject", &ids, config),
        Synonyms::Restore { ids, of } => decide(&of, "restore", &ids, config),
    }
}

fn proposals(found: &Value, config: &Config) -> Result<()> {
    if config.json {
        return output::json(found);
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut rows = vec![["id", "rule", "sure", "because"].map(str::to_owned).to_vec()];
    for one in found["proposals"].as_array().into_iter().flatten() {
        let evidence = one["evidence"].as_array().into_iter().flatten().map(|evidence| text(&evidence["says"]));
        let score = format!("{:.2}", one["score"].as_f64().unwrap_or_default());
        rows.push(vec![text(&one["id"]), text(&one["rule"]), score, evidence.collect::<Vec<_>>().join("\n")]);
    }
    match rows.len() {
        1 => output::line("nothing is proposed: too few clicks and searches speak for any synonym")?,
        _ => output::table(rows)?,
    }
    for one in found["rejected"].as_array().into_iter().flatten() {
        output::note(&format!("rejected: {} {} = {}", text(&one["id"]), text(&one["from"]), text(&one["to"])));
    }
    Ok(())
}

fn decide(of: &OfShop, what: &str, ids: &[String], config: &Config) -> Result<()> {
    let path = format!("/v1/{}/synonyms/proposals", path_part(&of.shop));
    let done = Api::open_to_read(config, &of.remote, &of.shop)?.call("POST", &path, Some(&json!({ what: ids })))?;
    if config.json {
        return output::json(&done);
    }
    done["rules"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .try_for_each(|rule| output::line(&format!("in force: {rule}")))?;
    let count = |name: &str| done[name].as_u64().unwrap_or_default();
    match (count("rejected"), count("restored")) {
        (0, 0) => Ok(()),
        (0, restored) => output::line(&format!("{restored} may be proposed again")),
        (rejected, _) => output::line(&format!("{rejected} will not be proposed again")),
    }
}

/// A file's text; `-` is standard input.
pub(super) fn text_of(file: &Path) -> Result<String> {
    let text = if file.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin()).context("standard input cannot be read")?
    } else {
        fs_err::read_to_string(file)?
    };
    Ok(text.trim_start_matches('\u{FEFF}').to_owned())
}

/// The rules of a file: lines that are neither empty nor comments.
fn lines(file: &Path) -> Result<Vec<String>> {
    let text = text_of(file)?;
    let is_rule = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    // A refused rule is named by its place in the file, so a wrong line is found before it is sent.
    for (line, content) in (1..).zip(text.lines()).filter(|(_, content)| is_rule(content)) {
        if let Err(errors) = engine::parse_synonyms(content) {
            let reason = errors.first().map(|error| error.error.to_string()).unwrap_or_default();
            return Err(crate::failure::user(format!("{}:{line}: {reason}", file.display())));
        }
    }
    Ok(text.lines().filter(is_rule).map(str::to_owned).collect())
}
