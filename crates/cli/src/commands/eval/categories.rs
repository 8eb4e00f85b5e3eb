//! `mercato eval categories`: how well a shop's items are put into its own tree, each as if it had no category.

use anyhow::Result;
use engine::{CategoryProposal, Shop};
use serde_json::{Value, json};
use types::Item;

use crate::args::EvalCategories;
use crate::config::Config;
use crate::data::Data;
use crate::failure::user;
use crate::output;
use crate::progress::Progress;

/// Items read at a time, and proposed for at a time.
const ITEMS_A_READ: usize = 1_000;
const ITEMS_A_TIME: usize = 20;
/// Confidences from which on proposals are told of.
const FROM: [f32; 4] = [0.5, 0.7, 0.8, 0.9];

/// Runs the command.
pub(crate) fn run(args: &EvalCategories, config: &Config) -> Result<()> {
    let data = Data::open(config)?;
    let shop = data.shop(&args.shop)?;
    shop.wait_until_current(&mut |_| true)?;
    let items = sample(&shop, args.sample.max(1))?;
    if items.is_empty() {
        return Err(user(format!("no item of {} has a category", args.shop)));
    }
    let mut progress = Progress::new("proposing categories", "items", Some(items.len() as u64));
    let mut tried: Vec<Tried> = Vec::new();
    for chunk in items.chunks(ITEMS_A_TIME) {
        let proposals = shop.propose_categories(chunk)?;
        tried.extend(chunk.iter().zip(proposals).filter_map(|(item, proposal)| Tried::of(item, proposal)));
        progress.set(tried.len() as u64);
    }
    progress.finish();
    let figures: Vec<Value> = FROM.iter().map(|least| figures(&tried, *least)).collect();
    if config.json {
        return output::json(&json!({ "shop": args.shop, "items": tried.len(), "from": figures }));
    }
    let head = ["confidence from", "proposed", "right", "right, first level", "right to the lowest level"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(figures.iter().map(|one| {
        let share = |name: &str| format!("{:.3}", one[name].as_f64().unwrap_or_default());
        vec![
            format!("{:.1}", one["confidence"].as_f64().unwrap_or_default()),
            share("proposed"),
            share("right"),
            share("right_first_level"),
            share("right_lowest"),
        ]
    }));
    output::table(rows)?;
    output::line(&format!("{} items, each as if it had no category; shares of those proposed", tried.len()))
}

/// An item that has a category, and what was proposed for it.
struct Tried {
    confidence: f32,
    is_right: bool,
    is_right_first: bool,
    is_right_lowest: bool,
}

impl Tried {
    fn of(item: &Item, proposal: Option<CategoryProposal>) -> Option<Self> {
        let Some(proposal) = proposal else {
            return Some(Self { confidence: 0.0, is_right: false, is_right_first: false, is_right_lowest: false });
        };
        let own = item.categories(&proposal.attribute);
        Some(Self {
            confidence: proposal.confidence,
            is_right: own.iter().any(|path| path.starts_with(&proposal.path)),
            is_right_first: own.iter().any(|path| path.first() == proposal.path.first()),
            is_right_lowest: own.contains(&proposal.path),
        })
    }
}

fn figures(tried: &[Tried], least: f32) -> Value {
    let proposed: Vec<&Tried> = tried.iter().filter(|one| one.confidence >= least).collect();
    let share =
        |is: fn(&Tried) -> bool| proposed.iter().filter(|one| is(one)).count() as f64 / proposed.len().max(1) as f64;
    json!({
        "confidence": (f64::from(least) * 100.0).round() / 100.0,
        "proposed": proposed.len() as f64 / tried.len().max(1) as f64,
        "right": share(|one| one.is_right),
        "right_first_level": share(|one| one.is_right_first),
        "right_lowest": share(|one| one.is_right_lowest),
    })
}

/// Items with a category, every n-th.
fn sample(shop: &Shop, count: usize) -> Result<Vec<Item>> {
    let has_category = |item: &Item| {
        item.attributes.values().any(|value| matches!(value, types::Value::Categories(paths) if !paths.is_empty()))
    };
    let step = (shop.stats()?.items / count).max(1);
    let (mut items, mut at) = (Vec::new(), 0);
    for batch in shop.batches(ITEMS_A_READ) {
        for item in batch?.into_iter().filter(has_category) {
            if at % step == 0 {
                items.push(item);
            }
            at += 1;
        }
        if items.len() >= count {
            break;
        }
    }
    items.truncate(count);
    Ok(items)
}
