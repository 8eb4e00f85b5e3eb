//! Prints how queries are read: `cargo run -p text --example reading -- [WORDS] < queries.txt`, one query a line.
//!
//! Each query is followed by its normalised form with what was changed, its words, what of it is pinyin, and its quantities
//! with their confidence. `WORDS` is a file of the shop's words with their frequencies, `word<TAB>frequency` a line. At the
//! end: the mean time a query.
#![allow(clippy::print_stdout, reason = "an example that prints")]
#![allow(
    clippy::disallowed_methods,
    reason = "an example reads the clock to report its speed, and a file named by its user"
)]

use std::io::BufRead;
use std::time::{Duration, Instant};

use text::{Normalised, Segmented, Segmenter, quantities};
use types::Language;

fn main() -> std::io::Result<()> {
    let words = match std::env::args().nth(1) {
        Some(path) => std::fs::read_to_string(path)?,
        None => String::new(),
    };
    let entries = words.lines().filter_map(|line| line.split_once('\t'));
    let segmenter = Segmenter::new(entries.map(|(word, count)| (word, count.trim().parse().unwrap_or(1))));
    segmenter.read("预热", &|_| 0);
    quantities("1个预热");
    let (mut spent, mut count) = (Duration::ZERO, 0u32);
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let begun = Instant::now();
        let normalised = Normalised::new(&line, Language::English);
        let read = segmenter.read(normalised.text(), &|_| 0);
        let quantities = quantities(normalised.text());
        spent += begun.elapsed();
        count += 1;
        println!("{line}");
        print_changes(&line, &normalised);
        print_words(&read);
        for quantity in quantities {
            let (from, to) = quantity.span;
            println!("    {}: {quantity}, {:.2}", &normalised.text()[from..to], quantity.confidence);
        }
    }
    println!("{count} queries, {:.1} µs each", spent.as_secs_f64() * 1e6 / f64::from(count.max(1)));
    Ok(())
}

fn print_changes(line: &str, normalised: &Normalised) {
    let changes: Vec<String> = normalised
        .changes()
        .iter()
        .map(|change| format!("{} {:?} to {:?}", change.kind.name(), &line[change.span.0..change.span.1], change.to))
        .collect();
    if !changes.is_empty() {
        println!("    {} ({})", normalised.text(), changes.join(", "));
    }
}

fn print_words(read: &Segmented) {
    let words: Vec<&str> = read.words.iter().map(|word| word.text.as_str()).collect();
    let mixed = if read.is_mixed { ", mixed" } else { "" };
    println!("    [{}] {}{mixed}", words.join(" | "), read.language.code());
    for word in &read.alternatives {
        println!("    or {word}, {:.2}", word.confidence);
    }
    for reading in &read.pinyin {
        println!("    pinyin {reading}, {:.2}", reading.confidence);
    }
}
