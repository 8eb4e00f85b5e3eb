//! What is recognised in queries of a judged catalogue, and how often the items that fit agree:
//! `cargo run --release -p text --example entities fixtures/amazon`.
//!
//! The folder holds `products.jsonl.zst`, `queries.jsonl` and `judgements.csv` as described in `fixtures/README.md`. For
//! each query the entities are printed with their readings, and for each attribute the share of items judged to fit
//! exactly that have one of the values read, beside the same share of all judged items: the difference is what a boost is
//! worth, the share itself what a filter would cost.

#![allow(clippy::print_stdout, reason = "a report for the terminal")]

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Instant;

use serde_json::Value;
use text::entities::{Entity, Gazetteer, ItemFacts, Reading};
use text::negation::{Mention, NegationHints, mention, negations};

struct Product {
    title: String,
    /// Title and bullet points.
    text: String,
    attributes: Vec<(String, String)>,
}

type Judgements = HashMap<String, Vec<(String, f64)>>;

fn main() -> Result<(), Box<dyn Error>> {
    let Some(folder) = std::env::args().nth(1) else {
        println!("usage: entities DIR");
        return Ok(());
    };
    let folder = Path::new(&folder);
    if !folder.join("products.jsonl.zst").exists() {
        println!("{} has no products.jsonl.zst: skipped", folder.display());
        return Ok(());
    }
    let products = products(folder)?;
    let start = Instant::now();
    let gazetteer = Gazetteer::from_items(products.values().map(facts));
    println!("learned from {} items in {:.2} s", products.len(), start.elapsed().as_secs_f64());
    for (attribute, role, items) in gazetteer.attributes() {
        println!("  {attribute}: {role}, {items} items");
    }
    let (queries, judgements) = (queries(folder)?, judgements(folder)?);
    report(&gazetteer, &products, &queries, &judgements);
    report_negations(&gazetteer, &products, &queries, &judgements);
    time(&gazetteer, &queries);
    Ok(())
}

/// Shares of items that agree with readings: of those that fit, and of all judged.
#[derive(Default)]
struct Tally {
    readings: usize,
    fitting: (usize, usize),
    known: (usize, usize),
    judged: (usize, usize),
}

fn report(
    gazetteer: &Gazetteer,
    products: &BTreeMap<String, Product>,
    queries: &[(String, String)],
    judgements: &Judgements,
) {
    let mut tallies: BTreeMap<(String, String), Tally> = BTreeMap::new();
    for (id, query) in queries {
        println!("\n{query}");
        for entity in gazetteer.find(query) {
            for reading in &entity.readings {
                let tally = tally(reading, products, judgements.get(id).map_or(&[], Vec::as_slice));
                print(query, &entity, reading, &tally);
                if let Some(attribute) = &reading.attribute {
                    let bin = format!("{:?} {:.1}", reading.decision, (reading.confidence * 5.0).floor() / 5.0);
                    let sum = tallies.entry((attribute.to_string(), bin)).or_default();
                    sum.readings += 1;
                    for (sum, part) in [
                        (&mut sum.fitting, tally.fitting),
                        (&mut sum.known, tally.known),
                        (&mut sum.judged, tally.judged),
                    ] {
                        (sum.0, sum.1) = (sum.0 + part.0, sum.1 + part.1);
                    }
                }
            }
        }
    }
    println!(
        "\nattribute, decision and confidence: readings, fitting items that agree, of those with the attribute, all judged"
    );
    for ((attribute, bin), tally) in tallies {
        let share = |(part, whole): (usize, usize)| part as f64 / (whole as f64).max(1.0);
        println!(
            "  {attribute:10} {bin:12} {:4}  {:.3} of {:5}  {:.3}  {:.3}",
            tally.readings,
            share(tally.fitting),
            tally.fitting.1,
            share(tally.known),
            share(tally.judged)
        );
    }
}

fn tally(reading: &Reading, products: &BTreeMap<String, Product>, judged: &[(String, f64)]) -> Tally {
    let mut tally = Tally::default();
    for (item, gain) in judged {
        let Some(product) = products.get(item) else { continue };
        let mut values =
            product.attributes.iter().filter(|(name, _)| Some(name.as_str()) == reading.attribute.as_deref());
        let is_known = values.clone().next().is_some();
        let agrees = usize::from(values.any(|(_, value)| reading.values.iter().any(|known| **known == **value)));
        tally.judged = (tally.judged.0 + agrees, tally.judged.1 + 1);
        if *gain >= 1.0 {
            tally.fitting = (tally.fitting.0 + agrees, tally.fitting.1 + 1);
            tally.known = (tally.known.0 + agrees, tally.known.1 + usize::from(is_known));
        }
    }
    tally
}

fn print(query: &str, entity: &Entity, reading: &Reading, tally: &Tally) {
    let values: Vec<&str> = reading.values.iter().take(4).map(|value| &**value).collect();
    println!(
        "  `{}` {} {} = {values:?} ({}) {:?}: {:?} confidence {:.2} precision {:.2} odds × {:.1}; fitting {}/{}; {}",
        &query[entity.span.0..entity.span.1],
        reading.role,
        reading.attribute.as_deref().unwrap_or("-"),
        reading.values.len(),
        reading.matched,
        reading.decision,
        reading.confidence,
        reading.precision,
        reading.odds_ratio,
        tally.fitting.0,
        tally.fitting.1,
        reading.evidence
    );
}

/// What titles, and titles with bullet points, of fitting and of other judged items say of what queries negate.
fn report_negations(
    gazetteer: &Gazetteer,
    products: &BTreeMap<String, Product>,
    queries: &[(String, String)],
    judgements: &Judgements,
) {
    let mut counts: BTreeMap<(Mention, Mention, bool), usize> = BTreeMap::new();
    println!();
    for (id, query) in queries {
        let spans: Vec<(usize, usize)> = gazetteer.find(query).iter().map(|entity| entity.span).collect();
        let hints = NegationHints { entities: &spans, ..NegationHints::default() };
        for negation in negations(query, &hints) {
            let scope = &query[negation.scope.0..negation.scope.1];
            println!("  not `{scope}` ({:?}, {:.2}): {query}", negation.kind, negation.confidence);
            for (item, gain) in judgements.get(id).into_iter().flatten() {
                if let Some(product) = products.get(item) {
                    let (short, long) = (mention(&product.title, scope), mention(&product.text, scope));
                    *counts.entry((short, long, *gain >= 1.0)).or_default() += 1;
                }
            }
        }
    }
    let all = [Mention::Absent, Mention::Denied, Mention::Said];
    for (title, text) in all.into_iter().flat_map(|title| all.map(|text| (title, text))) {
        let count = |fits| counts.get(&(title, text, fits)).copied().unwrap_or(0);
        let (fitting, other) = (count(true), count(false));
        let share = fitting as f64 / (fitting + other).max(1) as f64;
        println!("  title {title:?}, with bullets {text:?}: {fitting} fit, {other} do not ({share:.2})");
    }
}

fn time(gazetteer: &Gazetteer, queries: &[(String, String)]) {
    let start = Instant::now();
    let rounds = 20;
    let found: usize = (0..rounds).flat_map(|_| queries).map(|(_, query)| gazetteer.find(query).len()).sum();
    let micros = start.elapsed().as_secs_f64() * 1e6 / (rounds * queries.len()) as f64;
    println!("\n{micros:.1} µs a query, {:.2} entities", found as f64 / (rounds * queries.len()) as f64);
}

fn facts(product: &Product) -> ItemFacts<'_> {
    let attributes =
        product.attributes.iter().map(|(name, value)| (Cow::from(name.as_str()), Cow::from(value.as_str())));
    ItemFacts { text: product.title.as_str().into(), attributes: attributes.collect() }
}

fn products(folder: &Path) -> Result<BTreeMap<String, Product>, Box<dyn Error>> {
    let bytes = zstd::decode_all(fs::File::open(folder.join("products.jsonl.zst"))?)?;
    let mut products = BTreeMap::new();
    for line in String::from_utf8(bytes)?.lines() {
        let document: Value = serde_json::from_str(line)?;
        let mut attributes = Vec::new();
        let keywords = document["attributes"].as_object().into_iter().flatten().filter(|(_, value)| !value.is_object());
        let own = [("brand", &document["brand"]), ("category", &document["category"])];
        for (name, value) in own.into_iter().chain(keywords.map(|(name, value)| (name.as_str(), value))) {
            strings(value, &mut |value| attributes.push((name.to_owned(), value.to_owned())));
        }
        let text = |name: &str| document[name].as_str().unwrap_or_default().to_owned();
        let bullets = document["attributes"]["bullets"]["text"].as_str().unwrap_or_default();
        let full = format!("{} {bullets}", text("title"));
        products.insert(text("id"), Product { title: text("title"), text: full, attributes });
    }
    Ok(products)
}

/// All strings in a value, however deep.
fn strings(value: &Value, found: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => found(text),
        Value::Array(values) => values.iter().for_each(|value| strings(value, found)),
        _ => {}
    }
}

fn queries(folder: &Path) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let mut queries = Vec::new();
    for line in fs::read_to_string(folder.join("queries.jsonl"))?.lines() {
        let query: Value = serde_json::from_str(line)?;
        let text = |name: &str| query[name].as_str().unwrap_or_default().to_owned();
        queries.push((text("id"), text("text")));
    }
    Ok(queries)
}

fn judgements(folder: &Path) -> Result<Judgements, Box<dyn Error>> {
    let mut judgements = Judgements::new();
    for line in fs::read_to_string(folder.join("judgements.csv"))?.lines().skip(1) {
        let mut cells = line.split(',');
        if let (Some(query), Some(item), Some(gain)) = (cells.next(), cells.next(), cells.next()) {
            judgements.entry(query.to_owned()).or_default().push((item.to_owned(), gain.parse()?));
        }
    }
    Ok(judgements)
}
