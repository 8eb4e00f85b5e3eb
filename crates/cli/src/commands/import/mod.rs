//! `mercato import`: rows of files into a shop's log.
//!
//! Rows go in by batches of a thousand, each durable as a whole before the next one is told of. What was done is noted in
//! the data folder, so that an interrupted import goes on where it was. A second import of the same file changes nothing:
//! items that are already so are left out, and events that bring no id get one made of file name, row and content.

mod convert;
mod ledger;
mod reader;
mod rejects;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use engine::Shop;
use formats::{Mapping, OpenOptions, Rejected, Sampled, Target};
use serde_json::{Value, json};
use types::{Currency, Event};

use self::convert::Converter;
use self::ledger::Ledger;
use self::reader::Reader;
use self::rejects::Rejects;
use crate::args::{Import, Imported};
use crate::config::Config;
use crate::data::Data;
use crate::failure::user;
use crate::output::{self, grouped, note};
use crate::progress::Progress;

/// Rows looked at to guess what the columns mean.
const ROWS_SAMPLED: usize = 200;
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
    let data = Data::open(config)?;
    let shop = data.shop(&args.shop)?;
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
    let nothing = |summary: &Value| summary["rows"] != json!(0) && summary["rows"] == summary["rejected"];
    match summaries.iter().find(|summary| nothing(summary)) {
        Some(summary) => {
            Err(user(format!("every row of {} was refused", summary["file"].as_str().unwrap_or_default())))
        }
        None => Ok(()),
    }
}

fn summary_rows(summaries: &[Value]) -> Vec<Vec<String>> {
    let mut rows =
        vec![["file", "rows", "imported", "known", "rejected", "rejected rows in"].map(str::to_owned).to_vec()];
    rows.extend(summaries.iter().map(|summary| {
        let text = |name: &str| summary[name].as_str().unwrap_or_default().to_owned();
        let count = |name: &str| grouped(summary[name].as_u64().unwrap_or(0));
        vec![text("file"), count("rows"), count("imported"), count("known"), count("rejected"), text("rejected_file")]
    }));
    rows
}

fn import(args: &Import, data: &Data, shop: &Shop, file: &Path) -> Result<Value> {
    let (mapping, notes) = mapping(args, file)?;
    if !notes.is_empty() {
        note(&format!("{}: guessed (a mapping file says it better):", file.display()));
        notes.iter().for_each(|guess| note(&format!("  {guess}")));
    }
    let mut ledger = Ledger::read(data, shop, file, &mapping)?;
    if args.restart || args.dry_run {
        ledger.forget();
    }
    if ledger.row() > 0 {
        note(&format!("{}: going on after row {}", file.display(), grouped(ledger.row())));
    }
    let mut rejects = Rejects::open(file, ledger.row(), !args.dry_run)?;
    let options = OpenOptions { after_row: ledger.row(), ..options(args) };
    let mut reader = Reader::start(formats::open_file(file, &options)?);
    let settings = shop.settings();
    let converter = Converter::new(file, &mapping, &settings, data.engine.clock().now());
    let mut tally = ledger.tally();
    let mut progress = Progress::new(file.display().to_string(), "rows", None);
    let (mut noted, before) = (Instant::now(), tally.rows);
    while let Some(rows) = reader.next_batch()? {
        tally.rows += rows.len() as u64;
        let last_row = rows.last().map_or(0, |row| row.number);
        let (events, mut rejected) = converter.convert(&rows, shop, &mut tally.known)?;
        if args.dry_run {
            tally.imported += events.len() as u64;
        } else {
            append(shop, &rows, events, &mut tally, &mut rejected)?;
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
    Ok(json!({
        "file": file.display().to_string(), "rows": tally.rows, "imported": tally.imported, "known": tally.known,
        "rejected": tally.rejected, "rejected_file": rejects.path(), "rejected_first": rejects.first(), "guesses": notes,
    }))
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

fn options(args: &Import) -> OpenOptions {
    OpenOptions { format: args.format.clone(), ..OpenOptions::default() }
}

/// The mapping written down, completed by guesses from the first rows; and the guesses in words.
fn mapping(args: &Import, file: &Path) -> Result<(Mapping, Vec<String>)> {
    let target = match args.what {
        Imported::Items => Target::Items,
        Imported::Events => Target::Events,
        // Seen to before.
        Imported::Pictures => return Err(user("pictures have no columns")),
    };
    let mut said = match &args.mapping {
        Some(path) => {
            let text = fs_err::read_to_string(path).map_err(|error| user(error.to_string()))?;
            Mapping::parse(&text).with_context(|| format!("the mapping {} cannot be used", path.display()))?
        }
        None => Mapping::new(target),
    };
    if said.target != target {
        return Err(user("the mapping is for items where events are imported, or the other way round"));
    }
    if let Some(code) = &args.currency {
        said = said.with_currency(Currency::new(code)?);
    }
    let sampled = Sampled::new(formats::open_file(file, &options(args))?, ROWS_SAMPLED);
    let columns = sampled.columns_seen();
    let guessed = said.guess(&columns, &sampled.rows());
    // Rows of JSON need not all have every column, so columns are only checked where the format names them.
    let named = formats::RowSource::columns(&sampled).map(<[String]>::to_vec);
    guessed.mapping.check(named.as_deref())?;
    Ok((guessed.mapping, guessed.notes))
}
