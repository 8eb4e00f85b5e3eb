//! The examples of `docs/conventions.md` come out as the document says. `UPDATE_EXPECT=1` writes what comes out into it.

use std::collections::BTreeMap;
use std::io::Cursor;

use expect_test::expect_file;
use formats::conventions::{Told, Translator, join_impressions, recognise};
use formats::feeds::{self, FeedSource, Terms};
use formats::json::{event_to_json, item_to_json};
use formats::{Mapping, OpenOptions, RowSource, Sampled, Target, open_reader};
use serde_json::Value;
use types::{Event, Millis};

/// 2026-11-22T00:00:00Z
const NOW: Millis = Millis(1_795_305_600_000);

fn sampled(text: &str) -> Sampled {
    let reader = Box::new(Cursor::new(text.to_owned().into_bytes()));
    Sampled::new(open_reader(reader, &OpenOptions::default()).unwrap(), 100)
}

/// What comes out of an example that is called by the name of its convention or feed.
fn executed(name: &str, mapping: Option<Mapping>, text: &str) -> String {
    let source = sampled(text);
    if feeds::feed(name).is_ok() { items(name, mapping, source) } else { events(name, mapping, &source) }
}

fn events(name: &str, mapping: Option<Mapping>, source: &Sampled) -> String {
    let rows = source.rows();
    let found = recognise(&rows).unwrap_or_else(|| panic!("{name} is not recognised"));
    assert_eq!(found.convention.name(), name, "{}", found.reason);
    let translator = Translator::new(found.convention, mapping.unwrap_or_else(|| Mapping::new(Target::Events)));
    let read = |row: &&serde_json::Map<String, Value>| translator.read(&Value::Object((*row).clone()), None, NOW);
    let told: Vec<Told> = rows.iter().map(read).collect();
    let mut events: Vec<((), Event)> =
        told.iter().flat_map(|told| &told.events).map(|event| ((), event.clone())).collect();
    join_impressions(&mut events);
    let mut out: Vec<String> = events.iter().map(|((), event)| event_to_json(event).to_string()).collect();
    out.extend(
        told.iter().flat_map(|told| &told.skipped).map(|part| format!("skipped `{}`: {}", part.what, part.reason)),
    );
    out.extend(
        told.iter().flat_map(|told| &told.left_out).map(|part| format!("left out `{}`: {}", part.what, part.reason)),
    );
    out.extend(told.iter().flat_map(|told| &told.refused).map(|error| format!("refused {error}")));
    out.join("\n") + "\n"
}

fn items(name: &str, mapping: Option<Mapping>, source: Sampled) -> String {
    let (feed, _) = feeds::recognise(&source.columns_seen(), &source.rows()).unwrap();
    assert_eq!(feed.name(), name);
    let terms = Terms { mapping: mapping.unwrap_or_else(|| Mapping::new(Target::Items)), now: NOW };
    let left_out: Vec<String> = feeds::preview(feed, &source.rows(), &terms);
    let mut rows = FeedSource::new(Box::new(source), feed, terms);
    let documents = Mapping { documents: true, ..Mapping::new(Target::Items) };
    let mut out = String::new();
    while let Some(row) = rows.next_row().unwrap() {
        match documents.item(&row, None) {
            Ok(item) => out += &format!("{}\n", item_to_json(&item)),
            Err(rejected) => out += &format!("refused row {} {}: {}\n", rejected.row, rejected.field, rejected.reason),
        }
    }
    left_out.iter().filter(|note| note.contains("left out")).for_each(|note| out += &format!("{note}\n"));
    out
}

#[test]
fn the_examples_come_out_as_told() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/conventions.md");
    let document = std::fs::read_to_string(path).unwrap();
    let (mut written, mut result, mut mapping, mut count) = (String::new(), None, None, BTreeMap::new());
    let mut parts = document.split("```");
    written += parts.next().unwrap();
    while let (Some(block), Some(prose)) = (parts.next(), parts.next()) {
        let (info, text) = block.split_once('\n').unwrap();
        let body = match info.split(' ').nth(1) {
            Some("result") => result.take().expect("a result without an example"),
            Some("mapping") => {
                mapping = Some(Mapping::parse(text).unwrap());
                text.to_owned()
            }
            Some(name) => {
                *count.entry(name.to_owned()).or_insert(0) += 1;
                result = Some(executed(name, mapping.take(), text));
                text.to_owned()
            }
            None => text.to_owned(),
        };
        written += &format!("```{info}\n{body}```{prose}");
    }
    expect_file![path].assert_eq(&written);
    let all =
        formats::conventions::CONVENTIONS.iter().map(|convention| convention.name()).filter(|name| *name != "native");
    for name in all.chain(feeds::FEEDS.iter().map(|feed| feed.name())) {
        assert!(count.contains_key(name), "docs/conventions.md has no example of {name}");
    }
}
