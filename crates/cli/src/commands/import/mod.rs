//! `mercato import`: rows of files into a shop's log.
//!
//! Rows go in by batches of a thousand, each durable as a whole before the next one is told of. What was done is noted in
//! the data folder, so that an interrupted import goes on where it was. A second import of the same file changes nothing:
//! items that are already so are left out, and events that bring no id get one made of file name, row and content.

mod convert;
mod ledger;
mod reader;
mod rejects;
mod sync;
mod way;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use engine::Shop;
use formats::Rejected;
use serde_json::{Value, json};
use types::{Event, Millis};

use self::convert::{Converter, Skips, name_of};
use self::ledger::Ledger;
use self::reader::Reader;
use self::rejects::Rejects;
use self::way::{Plan, Way};
use crate::args::{Import, Imported};
use crate::config::Config;
use crate::data::Data;
use crate::failure::user;
use crate::output::{self, grouped, note};
use crate::progress::Progress;

/// How often the place in a file is noted down.
const NOTED_EVERY: Duration = Duration::from_secs(1);

/// What became of a file's rows.
#[derive(Clone, Copy, Default)]
struct Tally {
    /// Rows read.
    rows: u64,
    /// Rows that changed something.
    imported: u64,
    /// Rows that said what the shop knew already.
    known: u64,
    /// Rows refused.
    rejected: u64,
}

/// Imports the files, one after another.
pub(crate) fn run(args: &Import, config: &Config) -> Result<()> {
    if args.what == Imported::Pictures {
        return super::pictures::import(args, config);
    }
    if args.sync && args.what != Imported::Items {
        return Err(user("--sync is for items: events are never taken back by their absence"));
    }
    let data = Data::open(config)?;
    let shop = data.shop(&args.shop)?;
    if args.sync {
        return sync::run(args, config, &data, &shop);
    }
    let mut summaries = Vec::new();
    for file in &args.files {
        let summary = import(args, &data, &shop, file)
            .with_context(|| format!("{} was not imported to its end", file.display()))?;
        summaries.push(summary);
    }
    if config.json {
        output::json(&json!({ "shop": args.shop, "dry_run": args.dry_run, "files": summaries }))?;
    } else {
        output::table(summary_rows(&summaries))?;
    }
    let count = |summary: &Value, name: &str| summary[name].as_u64().unwrap_or(0);
    let nothing = |summary: &Value| {
        let some = ["imported", "known", "skipped"].iter().any(|name| count(summary, name) > 0);
        !some && count(summary, "rows") > 0 && count(summary, "rejected") >= count(summary, "rows")
    };
    match summaries.iter().find(|summary| nothing(summary)) {
        Some(summary) => {
            Err(user(format!("every row of {} was refused", summary["file"].as_str().unwrap_or_default())))
        }
        None => Ok(()),
    }
}

fn summary_rows(summaries: &[Value]) -> Vec<Vec<String>> {
    let mut rows = vec![
        ["file", "rows", "imported", "known", "skipped", "rejected", "rejected rows in"].map(str::to_owned).to_vec(),
    ];
    rows.extend(summaries.iter().map(|summary| {
        let text = |name: &str| summary[name].as_str().unwrap_or_default().to_owned();
        let count = |name: &str| grouped(summary[name].as_u64().unwrap_or(0));
        let counts = ["rows", "imported", "known", "skipped", "rejected"].map(count);
        [text("file")].into_iter().chain(counts).chain([text("rejected_file")]).collect()
    }));
    rows
}

fn import(args: &Import, data: &Data, shop: &Shop, file: &Path) -> Result<Value> {
    let now = data.engine.clock().now();
    let plan = planned(args, file, now)?;
    let mut ledger = Ledger::read(data, shop, file, &plan.mapping)?;
    if args.restart || args.dry_run || !plan.can_go_on() {
        ledger.forget();
    }
    if ledger.row() > 0 {
        note(&format!("{}: going on after row {}", file.display(), grouped(ledger.row())));
    }
    let mut rejects = Rejects::open(file, ledger.row(), !args.dry_run)?;
    let mut reader = Reader::start(plan.open(args, file, ledger.row(), now)?);
    let (settings, mapping) = (shop.settings(), plan.row_mapping());
    let translator = if let Way::Convention(translator) = &plan.way { Some(&**translator) } else { None };
    let converter = Converter { file_name: name_of(file), mapping: &mapping, translator, settings: &settings, now };
    let (mut tally, mut skips) = (ledger.tally(), Skips::default());
    let mut progress = Progress::new(file.display().to_string(), "rows", None);
    let (mut noted, before) = (Instant::now(), tally.rows);
    while let Some(rows) = reader.next_batch()? {
        tally.rows += rows.len() as u64;
        let last_row = rows.last().map_or(0, |row| row.number);
        let converted = converter.convert(&rows, shop, &mut tally.known)?;
        let mut rejected = converted.rejected;
        skips.add(converted.skips);
        if args.dry_run {
            tally.imported += converted.events.len() as u64;
        } else {
            append(shop, &rows, converted.events, &mut tally, &mut rejected)?;
        }
        tally.rejected += rejected.len() as u64;
        rejects.write(rejected)?;
        progress.set(tally.rows - before);
        if !args.dry_run && noted.elapsed() >= NOTED_EVERY {
            rejects.flush()?;
            ledger.note(data, last_row, tally)?;
            noted = Instant::now();
        }
    }
    progress.finish();
    rejects.flush()?;
    if !args.dry_run {
        ledger.finish(data)?;
    }
    Ok(summary(file, &plan, tally, &skips, &rejects))
}

/// How the file is read, told to people where it was guessed.
fn planned(args: &Import, file: &Path, now: Millis) -> Result<Plan> {
    let plan = Plan::of(args, file, now)?;
    if !plan.notes.is_empty() {
        note(&format!("{}: guessed (a mapping file says it better):", file.display()));
        plan.notes.iter().for_each(|guess| note(&format!("  {guess}")));
    }
    Ok(plan)
}

fn summary(file: &Path, plan: &Plan, tally: Tally, skips: &Skips, rejects: &Rejects) -> Value {
    let [skipped, left_out] = skips.to_json();
    json!({
        "file": file.display().to_string(), "rows": tally.rows, "imported": tally.imported, "known": tally.known,
        "rejected": tally.rejected, "rejected_file": rejects.path(), "rejected_first": rejects.first(),
        "skipped": skips.skipped(), "skipped_events": skipped, "left_out": left_out, "guesses": plan.notes,
    })
}

/// Takes events in as one batch. Where the engine refuses a value, halves find the rows at fault, and the rest goes in.
fn append(
    shop: &Shop,
    rows: &[formats::SourceRow],
    mut events: Vec<(usize, Event)>,
    tally: &mut Tally,
    rejected: &mut Vec<Rejected>,
) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    match shop.append(events.iter().map(|(_, event)| event.clone()).collect()) {
        Ok(appended) => {
            tally.imported += appended.accepted as u64;
            tally.known += appended.duplicates as u64;
            Ok(())
        }
        Err(engine::Error::Field(error)) if events.len() == 1 => {
            let row = &rows[events[0].0];
            let fields = row.fields.clone().map_or(Value::Null, Value::Object);
            rejected.push(Rejected::new(row.number, error, fields));
            Ok(())
        }
        Err(engine::Error::Field(_)) => {
            let half = events.split_off(events.len() / 2);
            append(shop, rows, events, tally, rejected)?;
            append(shop, rows, half, tally, rejected)
        }
        Err(error) => Err(error.into()),
    }
}
