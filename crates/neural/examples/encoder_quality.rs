//! What 8 bits cost an encoder: `cargo run --release -p neural --example encoder_quality CHECKPOINT TEXTS [PREFIX]`.
//!
//! CHECKPOINT is a Hugging Face folder of a BERT-like encoder, TEXTS a file with a text a line. The network in f32 (by
//! rten) is the measure; beside it the file in 8 bits in the native runner, in rten and, where `MERCATO_PYTHON` names a
//! Python with onnxruntime, in ONNX Runtime: cosine to the exact vector, and how many of each text's ten nearest stay so.

#![allow(clippy::print_stdout, reason = "a report for the terminal")]
#![allow(dead_code, reason = "shares modules with bench_encoders and does not need all of them")]

#[path = "bench_encoders/networks.rs"]
mod networks;
#[path = "bench_encoders/python.rs"]
mod python;

use std::path::PathBuf;

use networks::{Rten, native};
use neural::Weights;
use neural::export::{Form, Output, Quantisation, to_onnx};
use neural::native::{Int8Bert, Scratch};
use python::OnnxRuntime;
use tokenizers::{Tokenizer, TruncationParams};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let usage = "expected CHECKPOINT TEXTS [PREFIX]";
    let folder = PathBuf::from(arguments.next().ok_or(usage)?);
    let texts = std::fs::read_to_string(arguments.next().ok_or(usage)?)?;
    let prefix = arguments.next().unwrap_or_default();
    let mut tokenizer = Tokenizer::from_file(folder.join("tokenizer.json"))?;
    tokenizer.with_padding(None);
    tokenizer.with_truncation(Some(TruncationParams { max_length: 64, ..TruncationParams::default() }))?;
    let pieces = |text: &str| Ok(tokenizer.encode_fast(format!("{prefix}{text}"), true)?.get_ids().to_vec());
    let texts: Vec<Vec<u32>> = texts.lines().map(pieces).collect::<Result<_>>()?;
    println!("{} texts, {} pieces", texts.len(), texts.iter().map(Vec::len).sum::<usize>());

    let weights = Weights::read(&folder)?;
    let file = |quantisation| to_onnx(&weights, &Form { quantisation, output: Output::Sentence });
    let one = |text: &Vec<u32>| vec![text.clone()];
    let exact = Rten::load(file(Quantisation::F32)?, "sentence_embedding")?;
    let exact: Vec<Vec<f32>> = texts.iter().map(|text| exact.run(&one(text))).collect::<Result<_>>()?;

    let int8 = file(Quantisation::Int8)?;
    let bert = Int8Bert::from_onnx(&int8)?;
    let mut scratch = Scratch::default();
    let own = texts.iter().map(|text| Ok(native(&bert, &one(text), &mut scratch)?.concat()));
    compare("native", &exact, &own.collect::<Result<Vec<_>>>()?);

    let path = std::env::temp_dir().join(format!("encoder_quality-{}.onnx", std::process::id()));
    std::fs::write(&path, &int8)?;
    let rten = Rten::load(int8, "sentence_embedding")?;
    compare("rten", &exact, &texts.iter().map(|text| rten.run(&one(text))).collect::<Result<Vec<_>>>()?);
    match OnnxRuntime::start(&path) {
        Some(mut python) => {
            let name = format!("ONNX Runtime {}", python.version);
            let found = texts.iter().map(|text| Ok(python.run(1, 1, &[one(text)])?.last));
            compare(&name, &exact, &found.collect::<Result<Vec<_>>>()?);
        }
        None => println!("ONNX Runtime skipped: MERCATO_PYTHON names no Python that has it"),
    }
    std::fs::remove_file(&path)?;
    Ok(())
}

fn compare(name: &str, exact: &[Vec<f32>], found: &[Vec<f32>]) {
    let mut cosines: Vec<f32> = exact.iter().zip(found).map(|(a, b)| cosine(a, b)).collect();
    cosines.sort_by(f32::total_cmp);
    let mean = cosines.iter().sum::<f32>() / cosines.len() as f32;
    let kept: usize = (0..exact.len())
        .map(|text| {
            let found = nearest(found, text);
            nearest(exact, text).iter().filter(|other| found.contains(other)).count()
        })
        .sum();
    let kept = kept as f64 / (10 * exact.len()) as f64;
    println!("{name}: cosine mean {mean:.5}, least {:.5}; of ten nearest {kept:.3} stay", cosines[0]);
}

/// The ten texts nearest to this one.
fn nearest(vectors: &[Vec<f32>], text: usize) -> Vec<usize> {
    let mut others: Vec<usize> = (0..vectors.len()).filter(|other| *other != text).collect();
    others.sort_by(|a, b| cosine(&vectors[text], &vectors[*b]).total_cmp(&cosine(&vectors[text], &vectors[*a])));
    others.truncate(10);
    others
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
