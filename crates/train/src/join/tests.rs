use std::path::{Path, PathBuf};
use std::sync::Arc;

use neural::Encoder;
use neural::image::{ImageEncoder, JointSpace};
use types::Rng;

use super::*;
use crate::fit::Quiet;

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    vector.iter_mut().for_each(|value| *value /= length);
    vector
}

/// Products of some kinds, whose pictures are noise around a direction of the kind; each kind has as many texts.
fn data(texts: Vec<Vec<f32>>, picture_dims: usize, kinds: usize) -> JoinData {
    let mut rng = Rng::new(11);
    let mut noise = |scale: f64| (0..picture_dims).map(|_| (rng.normal() * scale) as f32).collect::<Vec<f32>>();
    let centres: Vec<Vec<f32>> = (0..kinds).map(|_| noise(1.0)).collect();
    let each = texts.len() / kinds;
    let products: Vec<usize> = (0..40 * kinds).map(|product| product % kinds).collect();
    let pictures = products.iter().map(|kind| {
        let around = centres[*kind].iter().zip(noise(0.3)).map(|(centre, noise)| centre + noise);
        unit(around.collect())
    });
    let pictures = Arc::new(pictures.collect());
    let texts_of = Arc::new(products.iter().map(|kind| (0..each).map(|text| kind * each + text).collect()).collect());
    let (train, validation) = (0..products.len()).partition(|product| product / kinds < 35);
    JoinData { texts: Arc::new(texts), pictures, texts_of, train, validation }
}

fn small() -> (JoinOptions, Options) {
    let options = Options { epochs: 12, batch: 20, rate: 3e-3, ..fit_options() };
    (JoinOptions { dims: 16, hidden: 32, ..JoinOptions::default() }, options)
}

#[test]
fn heads_learn_and_answer_in_english_and_chinese() {
    let encoder = Arc::new(Encoder::load(&models().join("e5-small-zh-en"), 2).unwrap());
    let image = Arc::new(ImageEncoder::load(&models().join("efficientnet-lite0"), 1).unwrap());
    let kinds = ["red dress", "running shoes", "wrist watch", "leather handbag", "sunglasses"];
    let chinese = ["红色连衣裙", "跑步鞋", "手表", "真皮手提包", "太阳镜"];
    let said = kinds.iter().zip(chinese).flat_map(|(kind, chinese)| [*kind, chinese]);
    let texts = said.map(|text| encoder.encode_query(text).unwrap()).collect();
    let data = data(texts, image.dims(), kinds.len());
    let (join, options) = small();
    let fitted = train(data.clone(), &join, &options, &Device::Cpu, Control::new(&mut Quiet::default())).unwrap();
    let again = train(data.clone(), &join, &options, &Device::Cpu, Control::new(&mut Quiet::default())).unwrap();
    assert_eq!(fitted.net, again.net, "the same seed gives the same heads");

    let folder = tempfile::tempdir().unwrap();
    let model = JointModel {
        id: "test",
        text: "e5-small-zh-en",
        image: "efficientnet-lite0",
        languages: vec!["zh".to_owned(), "en".to_owned()],
        licence: "MIT",
        source: "a test",
    };
    fitted.net.write(folder.path(), &model).unwrap();
    let space = JointSpace::load(folder.path(), encoder, image).unwrap();
    let found = |query: &str| {
        let query = space.encode_query(query).unwrap();
        let score =
            |product: &usize| neural::image::cosine(&query, &space.from_picture(&data.pictures[*product]).unwrap());
        let best = data.validation.iter().max_by(|a, b| score(a).total_cmp(&score(b))).unwrap();
        kinds[data.texts_of[*best][0] / 2]
    };
    assert_eq!(kinds.map(found), kinds);
    assert_eq!(chinese.map(found), kinds);
}

#[test]
fn what_cannot_be_learnt_from_is_refused() {
    let (join, options) = small();
    let run = |data: JoinData, join: &JoinOptions| {
        train(data, join, &options, &Device::Cpu, Control::new(&mut Quiet::default())).unwrap_err()
    };
    let good = data(vec![vec![1.0, 0.0], vec![0.0, 1.0]], 4, 2);
    assert!(run(JoinData { train: vec![0], ..good.clone() }, &join).is_user());
    assert!(run(JoinData { train: vec![0, 1, 999], ..good.clone() }, &join).is_user());
    assert!(run(JoinData { texts: Arc::new(vec![vec![1.0], vec![0.0, 1.0]]), ..good.clone() }, &join).is_user());
    assert!(run(good, &JoinOptions { dims: 1, ..join.clone() }).to_string().contains("dims"));
}
