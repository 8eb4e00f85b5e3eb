//! How well are attributes read from titles? `cargo run --release -p text --example extract -- TRAIN TEST`, files with a
//! line a text: the text, its category, and then `attribute=value` for each value, all parted by tabs. A value is right if
//! attribute and value are, letter by letter but for case.
#![allow(clippy::print_stdout, reason = "a report for the terminal")]

use std::collections::BTreeMap;

use text::extract::{Example, Extractor};

fn main() -> std::io::Result<()> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let [train, test, ..] = files.as_slice() else {
        println!("skipped: give a file to learn from and one to try");
        return Ok(());
    };
    let (train, test) = (std::fs::read_to_string(train)?, std::fs::read_to_string(test)?);
    let extractor = Extractor::learn(train.lines().filter_map(example));
    let (mut hits, mut said, mut so) = (0usize, 0usize, 0usize);
    let mut by_attribute: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    let start = std::time::Instant::now();
    let mut texts = 0u32;
    for example in test.lines().filter_map(example) {
        texts += 1;
        let found = extractor.extract(example.text, example.category, &[]);
        let names: Vec<&str> = extractor.attributes().map(|name| &**name).collect();
        // Attributes that the data do not mark cannot be judged.
        let found: Vec<_> = found.into_iter().filter(|found| names.contains(&&*found.attribute)).collect();
        let own = |found: &text::extract::Extracted| example.text[found.span.0..found.span.1].to_lowercase();
        for (name, value) in &example.values {
            let hit = found.iter().any(|found| *found.attribute == **name && own(found) == value.to_lowercase());
            hits += usize::from(hit);
            so += 1;
            let counts = by_attribute.entry(name).or_default();
            *counts = [counts[0] + usize::from(hit), counts[1] + 1];
        }
        said += found.len();
    }
    println!("{texts} texts, {:?} each", start.elapsed() / texts.max(1));
    let ratio = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
    println!("precision {:.4}, recall {:.4}, F1 {:.4}", ratio(hits, said), ratio(hits, so), ratio(2 * hits, said + so));
    for (name, [hits, so]) in by_attribute {
        println!("{name}: recall {:.3} of {so}", ratio(hits, so));
    }
    Ok(())
}

fn example(line: &str) -> Option<Example<'_>> {
    let mut fields = line.split('\t');
    let (text, category) = (fields.next()?, fields.next()?);
    let values = fields.filter_map(|field| field.split_once('=')).collect();
    Some(Example { text, category, values, complete: true })
}
