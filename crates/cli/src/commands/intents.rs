//! `mercato intents`: a shop's own intents, defined by examples.

use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use super::understand::text_of;
use crate::api::{Api, path_part};
use crate::args::{Intents, OfShop};
use crate::config::Config;
use crate::failure::user;
use crate::output;

/// Confusions shown to people.
const CONFUSIONS_SHOWN: usize = 10;

/// Runs `mercato intents`.
pub(crate) fn run(args: Intents, config: &Config) -> Result<()> {
    let path = |shop: &str| format!("/v1/{}/intents", path_part(shop));
    match args {
        Intents::List(OfShop { shop, remote }) => {
            let found = Api::open_to_read(config, &remote, &shop)?.call("GET", &path(&shop), None)?;
            show(&found, config)
        }
        Intents::Export(OfShop { shop, remote }) => {
            let found = Api::open(config, &remote)?.call("GET", &path(&shop), None)?;
            if config.json {
                return output::json(&json!({ "intents": found["intents"] }));
            }
            let intents = found["intents"].as_array().into_iter().flatten();
            let lines = intents.flat_map(|intent| {
                let field = |name: &str| intent[name].as_str().unwrap_or_default().to_owned();
                let examples = intent["examples"].as_array().into_iter().flatten().filter_map(Value::as_str);
                examples
                    .map(move |example| format!("{}\t{}\t{example}", field("name"), field("answers")))
                    .collect::<Vec<_>>()
            });
            lines.into_iter().try_for_each(|line| output::line(&line))
        }
        Intents::Import { file, of: OfShop { shop, remote } } => {
            let body = read(&file, &text_of(&file)?)?;
            let kept = Api::open_to_read(config, &remote, &shop)?.call("PUT", &path(&shop), Some(&body))?;
            show(&kept, config)
        }
        Intents::Remove(OfShop { shop, remote }) => {
            Api::open(config, &remote)?.call("DELETE", &path(&shop), None)?;
            if config.json {
                output::json(&json!({ "intents": [] }))
            } else {
                output::line(&format!("{shop} has no intents of its own any more"))
            }
        }
    }
}

/// A file of intents as the API takes them: its JSON, or lines.
fn read(file: &Path, text: &str) -> Result<Value> {
    if text.trim_start().starts_with('{') {
        return Ok(formats::json::parse(text.as_bytes())?);
    }
    let mut intents: Vec<(String, String, Vec<String>)> = Vec::new();
    for (line, content) in (1..).zip(text.lines()) {
        if content.trim().is_empty() || content.starts_with('#') {
            continue;
        }
        let fields: Vec<&str> = content.split('\t').map(str::trim).collect();
        let (name, answers, example) = match fields[..] {
            [name, example] => (name, "search", example),
            [name, answers, example] => (name, answers, example),
            _ => {
                let expected = "expected an intent and an example parted by a tab, or with who answers between them";
                return Err(user(format!("{}:{line}: {expected}", file.display())));
            }
        };
        let known = intents.iter().position(|(known, ..)| known == name);
        let at = known.unwrap_or_else(|| {
            intents.push((name.to_owned(), answers.to_owned(), Vec::new()));
            intents.len() - 1
        });
        if intents[at].1 != answers {
            let expected = format!("expected {} to answer {name} as in the lines before, got {answers}", intents[at].1);
            return Err(user(format!("{}:{line}: {expected}", file.display())));
        }
        intents[at].2.push(example.to_owned());
    }
    let intents: Vec<Value> = intents
        .into_iter()
        .map(|(name, answers, examples)| json!({ "name": name, "answers": answers, "examples": examples }))
        .collect();
    Ok(json!({ "intents": intents }))
}

fn show(found: &Value, config: &Config) -> Result<()> {
    if config.json {
        return output::json(found);
    }
    let report = &found["report"];
    let answers = |name: &str| {
        let own = found["intents"].as_array().into_iter().flatten().find(|intent| intent["name"] == name);
        own.and_then(|intent| intent["answers"].as_str()).unwrap_or("-").to_owned()
    };
    let reports = report["intents"].as_array().into_iter().flatten();
    let mut rows =
        vec![["intent", "answered by", "examples", "recognised", "right when said"].map(str::to_owned).to_vec()];
    rows.extend(reports.map(|one| {
        let name = one["name"].as_str().unwrap_or_default().to_owned();
        let answered = answers(&name);
        vec![name, answered, one["examples"].to_string(), share(&one["recall"]), share(&one["precision"])]
    }));
    if rows.len() == 1 {
        return output::line("the shop has no intents of its own");
    }
    output::table(rows)?;
    let folds = report["folds"].as_u64().unwrap_or_default();
    output::line(&format!(
        "right: {} of all examples, by cross-validation over {folds} folds",
        share(&report["accuracy"])
    ))?;
    for confusion in report["confusions"].as_array().into_iter().flatten().take(CONFUSIONS_SHOWN) {
        let name = |field: &str| confusion[field].as_str().unwrap_or_default().to_owned();
        output::line(&format!("{} taken for {}: {}", name("intent"), name("taken_for"), confusion["examples"]))?;
    }
    Ok(())
}

fn share(share: &Value) -> String {
    let percent = |name: &str| 100.0 * share[name].as_f64().unwrap_or_default();
    format!("{:.0} % ({:.0} to {:.0})", percent("value"), percent("low"), percent("high"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_intents_and_wrong_ones_are_named() {
        let text = "# own\nwarranty\thuman\t保修多久\nwarranty\thuman\thow long\nsizes\twhich size\n";
        let body = read(Path::new("x.tsv"), text).unwrap();
        assert_eq!(
            body["intents"][0],
            json!({"name": "warranty", "answers": "human", "examples": ["保修多久", "how long"]})
        );
        assert_eq!(body["intents"][1]["answers"], "search");
        for (text, expected) in
            [("a\n", "x.tsv:1: expected an intent"), ("a\thuman\tb\na\tsearch\tc\n", "x.tsv:2: expected human")]
        {
            let error = read(Path::new("x.tsv"), text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
