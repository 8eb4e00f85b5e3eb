//! Compares the vectors of an encoder in training with those of its exported network.
//!
//! `cargo run --release -p train --example parity -- FOLDER`
#![allow(clippy::print_stdout, reason = "its output is its purpose")]

use std::error::Error;
use std::path::PathBuf;

use burn::backend::Flex;
use neural::export::{Form, Output, Quantisation, save};
use neural::{Encoder, Manifest, Weights};
use train::contrast::Sides;
use train::data::batch;
use train::net::TextNet;

const TEXTS: [&str; 5] = [
    "红色连衣裙",
    "waterproof hiking boots for men, size 44",
    "夏季新款透气网面女士跑步鞋轻便运动鞋",
    "",
    "iPhone 15 手机壳 透明 MagSafe",
];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: parity FOLDER")?);
    let weights = Weights::read(&folder)?;
    let out = std::env::temp_dir().join(format!("parity-{}", std::process::id()));
    let form = Form { quantisation: Quantisation::F32, output: Output::Sentence };
    save(&out, &weights, &form, &fs_err::read(folder.join("tokenizer.json"))?, Manifest::read(&folder)?)?;
    let (encoder, sides) = (Encoder::load(&out, 1)?, Sides::read(&out, &weights.config)?);
    let net = TextNet::<Flex>::read(&weights, &Default::default())?;
    for text in TEXTS {
        let pieces = sides.query(text)?;
        let found = net.vectors(&batch::<Flex>(&[&pieces], sides.padding(), &Default::default())).into_data();
        let found = found.to_vec::<f32>().map_err(|error| format!("{error:?}"))?;
        let expected = encoder.encode_query(text)?;
        let worst = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        println!("{worst:.2e} at most between training and {} of {text:?}", encoder.runner());
    }
    fs_err::remove_dir_all(&out)?;
    Ok(())
}
