//! Prints how queries are read: `cargo run -p text --example reading < queries.txt`, one query a line.
//!
//! Each line shows the normalised query, what was changed, and the quantities with their confidence.
#![allow(clippy::print_stdout, reason = "an example that prints")]

use std::io::BufRead;

use text::{Normalised, quantities};
use types::Language;

fn main() -> std::io::Result<()> {
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let normalised = Normalised::new(&line, Language::English);
        println!("{line}");
        if !normalised.changes().is_empty() {
            let changes: Vec<String> = normalised
                .changes()
                .iter()
                .map(|change| {
                    format!("{} {:?} to {:?}", change.kind.name(), &line[change.span.0..change.span.1], change.to)
                })
                .collect();
            println!("    {} ({})", normalised.text(), changes.join(", "));
        }
        for quantity in quantities(normalised.text()) {
            let (from, to) = quantity.span;
            println!("    {}: {quantity}, {:.2}", &normalised.text()[from..to], quantity.confidence);
        }
    }
    Ok(())
}
