//! The catalogue as products for agents: one product a line, with the items of a group as its variants.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Result;
use engine::Shop;
use formats::feeds::{AgenticFeed, agentic_products};
use types::{GroupId, Item};

use crate::args::ExportFormat;
use crate::output::{grouped, note};

/// Items read at a time.
const ITEMS_A_READ: usize = 1000;

/// Writes all products; tells how many, and of those left out why. Items of groups are held until all are read, for a
/// group's items may lie anywhere in the order of ids.
pub(super) fn write(shop: &Shop, format: ExportFormat, out: &mut impl Write) -> Result<u64> {
    let feed = if format == ExportFormat::Ucp { AgenticFeed::Ucp } else { AgenticFeed::Acp };
    let mut groups: BTreeMap<GroupId, Vec<Item>> = BTreeMap::new();
    let (mut rows, mut left_out) = (0, BTreeMap::new());
    let mut write = |items: &[Item]| -> Result<()> {
        match agentic_products(items, feed) {
            Ok(product) => {
                writeln!(out, "{product}")?;
                rows += 1;
            }
            Err(why) => *left_out.entry(why).or_insert(0u64) += 1,
        }
        Ok(())
    };
    for items in shop.batches(ITEMS_A_READ) {
        for item in items? {
            match &item.group {
                Some(group) => groups.entry(group.clone()).or_default().push(item),
                None => write(&[item])?,
            }
        }
    }
    groups.values().try_for_each(|items| write(items))?;
    for (why, count) in left_out {
        note(&format!("{} products are left out: {why}", grouped(count)));
    }
    Ok(rows)
}
