//! `mercato export`: the catalogue or the log as JSON lines that `mercato import` reads back, or the catalogue for agents.

mod agentic;

use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Result;
use engine::Shop;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use types::Position;

use crate::args::{Export, ExportFormat, Exported};
use crate::config::Config;
use crate::data::Data;
use crate::failure::user;
use crate::output;
use crate::progress::Progress;

/// Rows read at a time.
const ROWS_A_READ: usize = 1000;

/// Exports.
pub(crate) fn run(args: &Export, config: &Config) -> Result<()> {
    if args.format != ExportFormat::Native && args.what != Exported::Items {
        return Err(user("--format is for items: events and recommendations have one form"));
    }
    if args.what == Exported::Recommendations {
        return super::export_recommendations::run(args, config);
    }
    let data = Data::open(config)?;
    let shop = data.shop(&args.shop)?;
    let gzip = args.gzip || args.out.as_ref().is_some_and(|path| path.extension().is_some_and(|name| name == "gz"));
    let Some(path) = &args.out else {
        let out = BufWriter::new(std::io::stdout().lock());
        return quietly(written(args, &shop, out, gzip).map(drop));
    };
    // Written beside and renamed, so that a file of this name is always whole.
    let partial = with_suffix(path, ".partial");
    let file = fs_err::File::create(&partial)?;
    let rows = written(args, &shop, BufWriter::new(file), gzip)?;
    fs_err::rename(&partial, path)?;
    let name = path.display().to_string();
    if config.json {
        return output::json(&json!({ "file": name, "rows": rows }));
    }
    output::line(&format!("{} rows in {name}", output::grouped(rows)))
}

fn written(args: &Export, shop: &Shop, mut out: impl Write, gzip: bool) -> Result<u64> {
    if !gzip {
        let rows = write_rows(args, shop, &mut out)?;
        out.flush()?;
        return Ok(rows);
    }
    let mut compressed = GzEncoder::new(out, Compression::default());
    let rows = write_rows(args, shop, &mut compressed)?;
    compressed.finish()?.flush()?;
    Ok(rows)
}

fn write_rows(args: &Export, shop: &Shop, out: &mut impl Write) -> Result<u64> {
    let stats = shop.stats()?;
    let (unit, total) = match args.what {
        Exported::Items => ("items", stats.items as u64),
        Exported::Events | Exported::Recommendations => ("events", stats.events.saturating_sub(args.from)),
    };
    let mut progress = Progress::new(format!("exporting {}", shop.id()), unit, Some(total));
    let mut rows = 0;
    match args.what {
        Exported::Items if args.format != ExportFormat::Native => {
            rows = agentic::write(shop, args.format, out)?;
            progress.set(rows);
        }
        Exported::Items => {
            for items in shop.batches(ROWS_A_READ) {
                let items = items?;
                for item in &items {
                    writeln!(out, "{}", formats::json::item_to_json(item))?;
                }
                rows += items.len() as u64;
                progress.set(rows);
            }
        }
        Exported::Events | Exported::Recommendations => {
            let mut from = Position(args.from);
            loop {
                let events = shop.events(from, ROWS_A_READ)?;
                let Some(last) = events.last() else { break };
                from = last.position.next();
                for logged in &events {
                    writeln!(out, "{}", formats::json::event_to_json(&logged.event))?;
                }
                rows += events.len() as u64;
                progress.set(rows);
            }
        }
    }
    progress.finish();
    Ok(rows)
}

/// A reader that went away (`| head`) is no failure.
fn quietly(result: Result<()>) -> Result<()> {
    match result {
        Err(error) if error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>()).any(is_gone) => Ok(()),
        other => other,
    }
}

fn is_gone(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::BrokenPipe
}

pub(super) fn with_suffix(path: &Path, suffix: &str) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
