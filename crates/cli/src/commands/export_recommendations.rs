//! `mercato export recommendations`: what is recommended to each known user, for e-mails and other channels.

use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, anyhow};
use engine::{Shop, SystemClock};
use formats::{ListWriter, RecommendedItem, RecommendedList};
use rayon::prelude::*;
use serde_json::json;
use types::{Actor, Clock as _, FieldError, Filter, Page, RecommendKind, Request, UserId};

use super::export::with_suffix;
use crate::args::Export;
use crate::config::Config;
use crate::data::Data;
use crate::failure::user;
use crate::progress::Progress;
use crate::{interrupt, output};

/// Users asked for at a time: enough to keep all threads at work.
const USERS_AT_A_TIME: usize = 512;

/// Exports.
pub(super) fn run(args: &Export, config: &Config) -> Result<()> {
    let Some(path) = &args.out else { return Err(user("--out: expected a file that ends with .jsonl or .parquet")) };
    if !(1..=1000).contains(&args.limit) {
        return Err(user(format!("--limit: expected 1 to 1000, got {}", args.limit)));
    }
    let filter = args.filter.as_deref().map(|text| {
        Filter::parse(text).map_err(|error| FieldError::new("filter_invalid", "--filter", error.to_string(), text))
    });
    let request = Request {
        filter: filter.transpose()?,
        exclude_seen: args.exclude_seen,
        page: Page { offset: 0, limit: args.limit, cursor: None },
        record: false,
        ..Request::recommend(RecommendKind::ForYou, Actor::default(), SystemClock.now())
    };
    let is_parquet = match path.extension().and_then(|name| name.to_str()) {
        Some("parquet") => true,
        Some("jsonl") => false,
        _ => return Err(user(format!("--out: expected .jsonl or .parquet, got {}", path.display()))),
    };
    let data = Data::open(config)?;
    let shop = data.shop(&args.shop)?;
    // Written beside and renamed, so that a file of this name is always whole.
    let partial = with_suffix(path, ".partial");
    let file = BufWriter::new(fs_err::File::create(&partial)?);
    let writer = if is_parquet { ListWriter::parquet(file)? } else { ListWriter::JsonLines(file) };
    let written = written(&shop, &request, writer);
    if written.is_err() {
        // What is left of it is of no use, and what went wrong is told below.
        drop(fs_err::remove_file(&partial));
    }
    let (users, items) = written?;
    fs_err::rename(&partial, path)?;
    told(path, users, items, config)
}

fn written(shop: &Shop, request: &Request, mut writer: ListWriter<BufWriter<fs_err::File>>) -> Result<(u64, u64)> {
    let stopped = Arc::new(AtomicBool::new(false));
    interrupt::set_on_interrupt(Arc::clone(&stopped))?;
    let users = shop.users();
    let mut progress = Progress::new(format!("recommending in {}", shop.id()), "users", Some(users.len() as u64));
    let (mut done, mut items) = (0, 0);
    for some in users.chunks(USERS_AT_A_TIME) {
        let lists: Vec<RecommendedList> =
            some.par_iter().map(|user| list(shop, request, user)).collect::<engine::Result<_>>()?;
        writer.write(&lists)?;
        done += some.len() as u64;
        items += lists.iter().map(|list| list.items.len() as u64).sum::<u64>();
        progress.set(done);
        if stopped.load(Ordering::Relaxed) {
            return Err(anyhow!("stopped after {done} of {} users", users.len()));
        }
    }
    writer.finish()?;
    progress.finish();
    Ok((done, items))
}

fn list(shop: &Shop, request: &Request, user: &UserId) -> engine::Result<RecommendedList> {
    let actor = Actor { user: Some(user.clone()), ..Actor::default() };
    let slate = shop.answer(&Request { actor, ..request.clone() })?;
    let item = |shown: types::SlateItem| RecommendedItem {
        item: shown.item.id.to_string(),
        score: shown.score,
        source: shown.source.as_str().to_owned(),
    };
    Ok(RecommendedList { user: user.to_string(), items: slate.items.into_iter().map(item).collect() })
}

fn told(path: &Path, users: u64, items: u64, config: &Config) -> Result<()> {
    let name = path.display().to_string();
    if config.json {
        return output::json(&json!({ "file": name, "users": users, "items": items }));
    }
    output::line(&format!("{} items for {} users in {name}", output::grouped(items), output::grouped(users)))
}
