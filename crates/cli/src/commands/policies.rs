//! `mercato policies`: what a shop says of itself, for assistants to answer from.

use anyhow::Result;
use serde_json::{Value, json};

use super::understand::text_of;
use crate::api::{Api, path_part};
use crate::args::{OfShop, Policies};
use crate::config::Config;
use crate::output;

/// Runs `mercato policies`.
pub(crate) fn run(args: Policies, config: &Config) -> Result<()> {
    let path = |shop: &str| format!("/v1/{}/policies", path_part(shop));
    match args {
        Policies::List(OfShop { shop, remote }) => {
            let found = Api::open_to_read(config, &remote, &shop)?.call("GET", &path(&shop), None)?;
            show(&found, config)
        }
        Policies::Export(OfShop { shop, remote }) => {
            output::json(&Api::open_to_read(config, &remote, &shop)?.call("GET", &path(&shop), None)?)
        }
        Policies::Import { file, of: OfShop { shop, remote } } => {
            let body = body(formats::json::parse(text_of(&file)?.as_bytes())?);
            let kept = Api::open_to_read(config, &remote, &shop)?.call("PUT", &path(&shop), Some(&body))?;
            show(&kept, config)
        }
        Policies::Remove(OfShop { shop, remote }) => {
            let body = json!({ "policies": [] });
            let kept = Api::open_to_read(config, &remote, &shop)?.call("PUT", &path(&shop), Some(&body))?;
            show(&kept, config)
        }
    }
}

/// A file as the API takes it: the list alone will do.
fn body(file: Value) -> Value {
    match file {
        list @ Value::Array(_) => json!({ "policies": list }),
        other => other,
    }
}

fn show(found: &Value, config: &Config) -> Result<()> {
    if config.json {
        return output::json(found);
    }
    let mut rows = vec![["id", "title", "language", "characters", "url"].map(str::to_owned).to_vec()];
    rows.extend(found["policies"].as_array().into_iter().flatten().map(|policy| {
        let word = |name: &str| policy[name].as_str().unwrap_or("-").to_owned();
        let characters = policy["text"].as_str().unwrap_or_default().chars().count();
        vec![word("id"), word("title"), word("language"), characters.to_string(), word("url")]
    }));
    if rows.len() == 1 {
        return output::line("the shop says nothing of itself yet");
    }
    output::table(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_alone_will_do() {
        assert_eq!(body(json!([{"id": "a"}])), json!({"policies": [{"id": "a"}]}));
        assert_eq!(body(json!({"policies": []})), json!({"policies": []}));
    }
}
