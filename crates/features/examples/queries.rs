//! Prints which real queries are taken for personal or unsafe, and how long that takes to tell:
//! `cargo run --release -p features --example queries -- FILE`, with one query a line, behind a tab where there is one.
#![expect(clippy::print_stdout, reason = "a measuring program")]

use std::time::Instant;

use features::{Asked, Blocklist, QueryConfig, QueryLog, personal};
use types::Millis;

fn main() {
    let text = std::env::args().nth(1).and_then(|file| std::fs::read_to_string(file).ok());
    let Some(text) = text else {
        println!("skipped: no file with queries was given");
        return;
    };
    let queries: Vec<&str> = text.lines().map(|line| line.split_once('\t').map_or(line, |(_, query)| query)).collect();
    let start = Instant::now();
    let refused: Vec<_> = queries.iter().filter_map(|query| personal(query).map(|found| (found, query))).collect();
    let micros = start.elapsed().as_secs_f64() * 1e6 / queries.len().max(1) as f64;
    println!("{} queries, {} taken for personal, {micros:.2} µs each", queries.len(), refused.len());
    refused.iter().for_each(|(found, query)| println!("  {}: {query}", found.name()));
    let blocklist = Blocklist::default();
    let start = Instant::now();
    let blocked: Vec<_> = queries.iter().filter(|query| blocklist.blocks(query)).collect();
    let micros = start.elapsed().as_secs_f64() * 1e6 / queries.len().max(1) as f64;
    println!("{} blocked, {micros:.2} µs each", blocked.len());
    blocked.iter().for_each(|query| println!("  {query}"));
    let start = Instant::now();
    let mut log = QueryLog::new(QueryConfig::default());
    for (turn, query) in queries.iter().cycle().take(1_000_000).enumerate() {
        let (actor, time) = (Some(turn as u64 % 50_021), Millis(1_700_000_000_000 + turn as i64 * 100));
        // What is refused is counted above.
        let _ = log.observe(&Asked { query, actor, session: actor, time, results: Some(1) });
    }
    let micros = start.elapsed().as_secs_f64();
    let bytes = log.encode().len();
    println!("1,000,000 searches folded: {micros:.2} µs each, {} queries, {bytes} bytes of checkpoint", log.len());
}
