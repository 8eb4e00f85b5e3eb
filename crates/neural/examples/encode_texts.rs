//! Texts to vectors: `cargo run --release -p neural --example encode_texts MODEL TEXTS OUT`.
//!
//! MODEL is an encoder's folder, TEXTS a file with a text a line, which are read as queries. OUT gets their vectors: f32
//! numbers in little-endian order, one vector after another, so that heads over vectors can be tried in any tool.

#![allow(clippy::print_stdout, reason = "a report for the terminal")]

use std::path::Path;

use neural::Encoder;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let usage = "expected MODEL TEXTS OUT";
    let encoder = Encoder::load(Path::new(&arguments.next().ok_or(usage)?), 1)?;
    let texts = std::fs::read_to_string(arguments.next().ok_or(usage)?)?;
    let mut bytes = Vec::new();
    for text in texts.lines() {
        encoder.encode_query(text)?.iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
    }
    std::fs::write(arguments.next().ok_or(usage)?, bytes)?;
    println!("{}: {} texts, {} numbers each", encoder.version(), texts.lines().count(), encoder.dims());
    Ok(())
}
