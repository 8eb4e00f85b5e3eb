//! What is read as a negation in a list of queries, one a line (of columns apart by tabs, the last), to look for product
//! words taken for negations: `cargo run --release -p text --example negations FILE`.

#![allow(clippy::print_stdout, reason = "a report for the terminal")]

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Instant;

use text::entities::Gazetteer;
use text::negation::{NegationHints, negations, positive_part};

fn main() -> Result<(), Box<dyn Error>> {
    let Some(file) = std::env::args().nth(1) else {
        println!("usage: negations FILE");
        return Ok(());
    };
    if !Path::new(&file).exists() {
        println!("{file} is missing: skipped");
        return Ok(());
    }
    let text = fs::read_to_string(&file)?;
    let queries: Vec<&str> = text.lines().map(|line| line.rsplit('\t').next().unwrap_or(line)).collect();
    // Without a shop, the lexicon's concepts are the entities.
    let lexicon = Gazetteer::new([]);
    let start = Instant::now();
    let mut found = 0;
    for query in &queries {
        let spans: Vec<(usize, usize)> = lexicon.find(query).iter().map(|entity| entity.span).collect();
        let negations = negations(query, &NegationHints { entities: &spans, ..NegationHints::default() });
        found += usize::from(!negations.is_empty());
        for negation in &negations {
            let part = |(from, to): (usize, usize)| &query[from..to];
            println!("{}[{}] {:.2} {query}", part(negation.cue), part(negation.scope), negation.confidence);
        }
        if !negations.is_empty() {
            println!("  left: {}", positive_part(query, &negations));
        }
    }
    let micros = start.elapsed().as_secs_f64() * 1e6 / queries.len().max(1) as f64;
    println!("{found} of {} queries; {micros:.1} µs a query, with entities", queries.len());
    Ok(())
}
