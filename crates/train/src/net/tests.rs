use burn::backend::Flex;
use neural::export::{Form, Output, Quantisation, save};
use neural::{Encoder, Manifest, Weights};

use super::TextNet;
use crate::contrast::Sides;
use crate::data::batch;
use crate::fit::params::numbers_of;
use crate::testing::{random, small, tokenizer};

/// Writes the weights as a model's folder, in f32.
fn folder(weights: &Weights) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let path = tokenizer();
    let about = Manifest::read(path.parent().unwrap()).unwrap();
    let form = Form { quantisation: Quantisation::F32, output: Output::Sentence };
    save(dir.path(), weights, &form, &fs_err::read(&path).unwrap(), about).unwrap();
    dir
}

#[test]
fn vectors_are_those_of_the_exported_network() {
    let weights = random(&small(3), 9);
    let dir = folder(&weights);
    let encoder = Encoder::load(dir.path(), 1).unwrap();
    let sides = Sides::read(dir.path(), &weights.config).unwrap();
    let net = TextNet::<Flex>::read(&weights, &Default::default()).unwrap();
    let texts =
        ["红色连衣裙", "red  dress\twith a very long train, size 38", "", "📦 Ünïcode", "手机壳 iPhone 15 透明"];
    let pieces: Vec<Vec<u32>> = texts.iter().map(|text| sides.query(text).unwrap()).collect();
    let rows: Vec<&[u32]> = pieces.iter().map(Vec::as_slice).collect();
    let found = numbers_of(net.vectors(&batch::<Flex>(&rows, sides.padding(), &Default::default())));
    for (text, vector) in texts.iter().zip(found.chunks_exact(32)) {
        let expected = encoder.encode_query(text).unwrap();
        let worst = vector.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-4, "{text}: {worst}");
    }
    assert_eq!(Weights::read(dir.path()).unwrap(), weights, "what is exported can be trained again");
    assert_eq!(net.write(&weights.config), weights);
}
