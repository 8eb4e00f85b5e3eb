//! `mercato quality` and `mercato duplicates`: what is wrong with a catalogue, and what stands in it twice.

mod change;
mod duplicates;
mod plot;
mod quality;

use std::time::Duration;

use anyhow::Result;
use serde_json::Value;

pub(crate) use duplicates::run as duplicates;
pub(crate) use quality::run as quality;

use crate::api::Api;
use crate::progress::Progress;

/// How often a report under way is asked for.
const ASKED_EVERY: Duration = Duration::from_millis(200);

/// The report of the catalogue as it is now; waits while it is made.
fn report(api: &Api, path: &str, label: &str) -> Result<Value> {
    let mut progress: Option<Progress> = None;
    loop {
        let mut answer = api.call("GET", path, None)?;
        let Some(total) = answer["checking"]["total"].as_u64() else {
            if let Some(progress) = progress {
                progress.finish();
            }
            return Ok(answer["report"].take());
        };
        let progress = progress.get_or_insert_with(|| Progress::new(label, "steps", Some(total)));
        progress.set_total(total);
        progress.set(answer["checking"]["done"].as_u64().unwrap_or_default());
        std::thread::sleep(ASKED_EVERY);
    }
}

/// All pages of a report: what stands in `list` of each.
fn pages(api: &Api, path: &str, list: &str, label: &str) -> Result<Vec<Value>> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let mut page = report(api, &format!("{path}&limit=1000&after={after}"), label)?;
        if let Value::Array(found) = page[list].take() {
            all.extend(found);
        }
        match page["next"].as_u64() {
            Some(next) => after = next,
            None => return Ok(all),
        }
    }
}

/// A text of a document; empty where there is none.
fn text<'a>(document: &'a Value, name: &str) -> &'a str {
    document[name].as_str().unwrap_or_default()
}

/// The parts of a list in a document.
fn list<'a>(document: &'a Value, name: &str) -> &'a [Value] {
    document[name].as_array().map(Vec::as_slice).unwrap_or_default()
}
