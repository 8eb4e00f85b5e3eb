//! What the words of a catalogue alone propose as synonyms: `cargo run --release -p text --example synonyms fixtures/amazon`.
//!
//! The folder holds `products.jsonl.zst` or `items.jsonl.zst` as described in `fixtures/README.md`.

#![allow(clippy::print_stdout, reason = "a report for the terminal")]

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Instant;

use serde_json::Value;
use text::synonyms::mine::{MineOptions, Miner};

fn main() -> Result<(), Box<dyn Error>> {
    let Some(folder) = std::env::args().nth(1) else {
        println!("usage: synonyms DIR");
        return Ok(());
    };
    let files = ["products.jsonl.zst", "items.jsonl.zst"].map(|name| Path::new(&folder).join(name));
    let Some(file) = files.iter().find(|file| file.exists()) else {
        println!("{folder} has neither products.jsonl.zst nor items.jsonl.zst: skipped");
        return Ok(());
    };
    let text = String::from_utf8(zstd::decode_all(fs::File::open(file)?)?)?;
    let documents = text.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    let items = documents.iter().map(|document| {
        let mut values = Vec::new();
        strings(&document["brand"], &mut values);
        strings(&document["category"], &mut values);
        (document["title"].as_str().unwrap_or_default(), values)
    });
    let start = Instant::now();
    let mut miner = Miner::new(MineOptions { score_min: 0.3, ..MineOptions::default() });
    miner.catalogue(items);
    let proposals = miner.proposals(None);
    println!("{} proposals from {} items in {:.2} s", proposals.len(), documents.len(), start.elapsed().as_secs_f64());
    for proposal in proposals.iter().take(200) {
        let evidence: Vec<String> = proposal.evidence.iter().map(ToString::to_string).collect();
        println!("{:.2} {} = {}: {}", proposal.score, proposal.from, proposal.to, evidence.join("; "));
    }
    Ok(())
}

/// All strings in a value, however deep.
fn strings<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(values) => values.iter().for_each(|value| strings(value, found)),
        _ => {}
    }
}
