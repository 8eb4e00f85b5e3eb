//! What is exported runs in rten (and, where Python has it, in ONNX Runtime) as a plain forward pass in Rust says.

use std::process::Command;

use rten::Model;
use rten_tensor::{AsView, NdTensor};

use super::*;
use crate::testing::{random, small};
use crate::{BertConfig, Tensor, Weights};

/// One text's vectors, computed with loops over numbers.
fn forward(weights: &Weights, ids: &[usize]) -> Vec<Vec<f32>> {
    let config = &weights.config;
    let get = |name: &str| &weights.tensors[name];
    let mut x: Vec<Vec<f32>> = (0..ids.len())
        .map(|at| {
            let word = get("embeddings.word_embeddings.weight").row(ids[at]);
            let place = get("embeddings.position_embeddings.weight").row(at + config.position_offset());
            let kind = get("embeddings.token_type_embeddings.weight").row(0);
            (0..config.hidden_size).map(|d| word[d] + place[d] + kind[d]).collect()
        })
        .collect();
    x.iter_mut().for_each(|piece| norm(weights, "embeddings.LayerNorm", piece));
    for layer in 0..config.num_hidden_layers {
        let name = |part: &str| format!("encoder.layer.{layer}.{part}");
        let seen = attention(weights, &name("attention.self"), &x);
        for (piece, seen) in x.iter_mut().zip(&seen) {
            add(piece, &dense(weights, &name("attention.output.dense"), seen));
            norm(weights, &name("attention.output.LayerNorm"), piece);
            let mut wide = dense(weights, &name("intermediate.dense"), piece);
            wide.iter_mut().for_each(|value| *value = gelu(*value));
            add(piece, &dense(weights, &name("output.dense"), &wide));
            norm(weights, &name("output.LayerNorm"), piece);
        }
    }
    x
}

fn attention(weights: &Weights, name: &str, x: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let (heads, width) = (weights.config.num_attention_heads, weights.config.head_width());
    let side = |part: &str| x.iter().map(|piece| dense(weights, &format!("{name}.{part}"), piece)).collect::<Vec<_>>();
    let (query, key, value) = (side("query"), side("key"), side("value"));
    let mut out = vec![vec![0.0; heads * width]; x.len()];
    for head in 0..heads {
        let part = head * width..(head + 1) * width;
        for (at, out) in out.iter_mut().enumerate() {
            let dot = |other: &Vec<f32>| -> f32 {
                query[at][part.clone()].iter().zip(&other[part.clone()]).map(|(a, b)| a * b).sum()
            };
            let scores: Vec<f32> = key.iter().map(|key| (dot(key) / (width as f32).sqrt()).exp()).collect();
            let total: f32 = scores.iter().sum();
            for (score, value) in scores.iter().zip(&value) {
                out[part.clone()].iter_mut().zip(&value[part.clone()]).for_each(|(out, v)| *out += score / total * v);
            }
        }
    }
    out
}

fn dense(weights: &Weights, name: &str, x: &[f32]) -> Vec<f32> {
    let (matrix, bias) = (&weights.tensors[&format!("{name}.weight")], &weights.tensors[&format!("{name}.bias")]);
    let product = |row: usize| matrix.row(row).iter().zip(x).map(|(w, x)| w * x).sum::<f32>();
    (0..matrix.rows()).map(|row| product(row) + bias.data[row]).collect()
}

fn norm(weights: &Weights, name: &str, x: &mut [f32]) {
    let mean = x.iter().sum::<f32>() / x.len() as f32;
    let variance = x.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / x.len() as f32;
    let (weight, bias) = (&weights.tensors[&format!("{name}.weight")], &weights.tensors[&format!("{name}.bias")]);
    let deviation = (variance + weights.config.layer_norm_eps as f32).sqrt();
    x.iter_mut()
        .enumerate()
        .for_each(|(d, value)| *value = (*value - mean) / deviation * weight.data[d] + bias.data[d]);
}

fn add(x: &mut [f32], y: &[f32]) {
    x.iter_mut().zip(y).for_each(|(x, y)| *x += y);
}

/// With the error function as an integral, by Simpson's rule.
fn gelu(x: f32) -> f32 {
    let (end, steps) = (f64::from(x) / std::f64::consts::SQRT_2, 400);
    let at = |step: usize| (-(end * step as f64 / steps as f64).powi(2)).exp();
    let inner: f64 = (1..steps).map(|step| at(step) * if step % 2 == 1 { 4.0 } else { 2.0 }).sum();
    let erf = 2.0 / std::f64::consts::PI.sqrt() * (end / steps as f64 / 3.0) * (at(0) + inner + at(steps));
    (f64::from(x) * 0.5 * (1.0 + erf)) as f32
}

fn mean(x: &[Vec<f32>]) -> Vec<f32> {
    (0..x[0].len()).map(|d| x.iter().map(|piece| piece[d]).sum::<f32>() / x.len() as f32).collect()
}

fn unit(mut x: Vec<f32>) -> Vec<f32> {
    crate::vector::normalise(&mut x);
    x
}

fn form(quantisation: Quantisation, output: Output) -> Form {
    Form { quantisation, output }
}

/// What rten makes of texts, padded to the longest.
fn run(onnx: &[u8], output: &str, texts: &[&[usize]]) -> Vec<f32> {
    let model = Model::load(onnx.to_vec()).unwrap();
    let node = |name: &str| model.node_id(name).unwrap();
    let (ids, mask) = batch(texts);
    let shape = [texts.len(), ids.len() / texts.len()];
    let inputs = vec![
        (node("input_ids"), NdTensor::from_data(shape, ids).into()),
        (node("attention_mask"), NdTensor::from_data(shape, mask).into()),
    ];
    let [output] = model.run_n(inputs, [node(output)], None).unwrap();
    output.into_tensor::<f32>().unwrap().to_vec()
}

fn batch(texts: &[&[usize]]) -> (Vec<i32>, Vec<i32>) {
    let longest = texts.iter().map(|text| text.len()).max().unwrap();
    let padded = |text: &&[usize]| (0..longest).map(|at| text.get(at).map_or(0, |id| *id as i32)).collect::<Vec<_>>();
    let mask = |text: &&[usize]| (0..longest).map(|at| i32::from(at < text.len())).collect::<Vec<_>>();
    (texts.iter().flat_map(padded).collect(), texts.iter().flat_map(mask).collect())
}

#[track_caller]
fn near(got: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(got.len(), expected.len());
    let largest = got.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(largest < tolerance, "largest difference {largest}");
}

const TEXTS: [&[usize]; 3] = [&[2, 7, 11, 3], &[2, 39, 3], &[2, 5, 6, 7, 8, 9, 10, 3]];

#[test]
fn the_exported_network_is_the_network() {
    let roberta = BertConfig { model_type: "xlm-roberta".to_owned(), pad_token_id: 1, ..small() };
    let pruned = BertConfig { num_attention_heads: 3, head_size: Some(8), intermediate_size: 48, ..small() };
    for config in [small(), roberta, pruned] {
        let weights = random(&config, 5);
        let sentences = to_onnx(&weights, &form(Quantisation::F32, Output::Sentence)).unwrap();
        let expected: Vec<f32> = TEXTS.iter().flat_map(|text| unit(mean(&forward(&weights, text)))).collect();
        // Together, padded, and one by one.
        near(&run(&sentences, "sentence_embedding", &TEXTS), &expected, 1e-4);
        let alone: Vec<f32> = TEXTS.iter().flat_map(|text| run(&sentences, "sentence_embedding", &[text])).collect();
        near(&alone, &expected, 1e-4);
        let hidden = to_onnx(&weights, &form(Quantisation::F32, Output::Hidden)).unwrap();
        let expected: Vec<f32> = forward(&weights, TEXTS[2]).concat();
        near(&run(&hidden, "last_hidden_state", &[TEXTS[2]]), &expected, 1e-4);
    }
}

/// A network with one head of each kind.
fn with_heads() -> Weights {
    let mut weights = random(&small(), 9);
    let other = random(&BertConfig { vocab_size: 64, ..small() }, 10);
    let numbers = &other.tensors[names::WORDS].data;
    for (head, rows) in [("intent", 5), ("entities", 7), ("match", 1), ("shared", 12)] {
        let matrix = Tensor::matrix(rows, 32, numbers[rows * 32..2 * rows * 32].to_vec());
        weights.tensors.insert(format!("head.{head}.weight"), matrix);
        weights.tensors.insert(format!("head.{head}.bias"), Tensor::vector(numbers[..rows].to_vec()));
    }
    weights.tensors.insert("head.match.dense.weight".to_owned(), Tensor::matrix(32, 32, numbers[..1024].to_vec()));
    weights.tensors.insert("head.match.dense.bias".to_owned(), Tensor::vector(numbers[1024..1056].to_vec()));
    weights.tensors.insert("head.entities.transitions".to_owned(), Tensor::matrix(7, 7, numbers[..49].to_vec()));
    weights
}

#[test]
fn heads_stand_on_the_network() {
    let weights = with_heads();
    let hidden: Vec<Vec<Vec<f32>>> = TEXTS.iter().map(|text| forward(&weights, text)).collect();
    let on = |output: Output, name: &str, texts: &[&[usize]]| {
        run(&to_onnx(&weights, &form(Quantisation::F32, output)).unwrap(), name, texts)
    };
    let labels = Output::Labels { head: "intent".to_owned(), pooling: HeadPooling::Mean };
    let expected: Vec<f32> = hidden.iter().flat_map(|x| dense(&weights, "head.intent", &mean(x))).collect();
    near(&on(labels, "logits", &TEXTS), &expected, 1e-3);
    let pieces = Output::PieceLabels { head: "entities".to_owned() };
    let expected: Vec<f32> = hidden[0].iter().flat_map(|x| dense(&weights, "head.entities", x)).collect();
    near(&on(pieces, "logits", &[TEXTS[0]]), &expected, 1e-3);
    let score = Output::Score { head: "match".to_owned(), pooling: HeadPooling::Cls };
    let through =
        |x: &[f32]| dense(&weights, "head.match.dense", x).iter().map(|value| value.tanh()).collect::<Vec<_>>();
    let expected: Vec<f32> = hidden.iter().flat_map(|x| dense(&weights, "head.match", &through(&x[0]))).collect();
    near(&on(score, "score", &TEXTS), &expected, 1e-3);
    let projection = Output::Projection { head: "shared".to_owned() };
    let expected: Vec<f32> = hidden.iter().flat_map(|x| unit(dense(&weights, "head.shared", &mean(x)))).collect();
    near(&on(projection, "embedding", &TEXTS), &expected, 1e-4);
    let wrong = Output::Score { head: "intent".to_owned(), pooling: HeadPooling::Mean };
    let error = to_onnx(&weights, &form(Quantisation::F32, wrong)).err().unwrap().to_string();
    assert!(error.contains("head.intent.weight"), "{error}");
    let absent = Output::PieceLabels { head: "none".to_owned() };
    assert!(
        to_onnx(&weights, &form(Quantisation::F32, absent)).err().unwrap().to_string().contains("head.none.weight")
    );
}

/// Forms with how far a unit vector's numbers may be from the exact ones.
const FORMS: [(Quantisation, f32); 6] = [
    (Quantisation::F32, 1e-4),
    (Quantisation::F16, 3e-3),
    (Quantisation::Int8, 4e-2),
    (Quantisation::Int8PerTensor, 5e-2),
    (Quantisation::Int8Weights, 2e-2),
    (Quantisation::Int4Weights, 2e-1),
];

#[test]
fn every_form_runs_and_is_read_back() {
    let weights = with_heads();
    for (quantisation, tolerance) in FORMS {
        let output = Output::PieceLabels { head: "entities".to_owned() };
        let onnx = to_onnx(&weights, &form(quantisation, output)).unwrap();
        let back = Weights::from_onnx(&onnx).unwrap();
        assert_eq!(back.config, weights.config);
        assert_eq!(back.tensors["head.entities.transitions"], weights.tensors["head.entities.transitions"]);
        // What is read back, exported in f32, is what the form computes; activations in 8 bits excepted.
        let sentences = to_onnx(&weights, &form(quantisation, Output::Sentence)).unwrap();
        let again = to_onnx(&back, &form(Quantisation::F32, Output::Sentence)).unwrap();
        let (of_form, of_back) =
            (run(&sentences, "sentence_embedding", &[TEXTS[2]]), run(&again, "sentence_embedding", &[TEXTS[2]]));
        let rounded = matches!(quantisation, Quantisation::Int8 | Quantisation::Int8PerTensor);
        near(&of_form, &of_back, if rounded { 4e-2 } else { 1e-4 });
        near(&of_form, &unit(mean(&forward(&weights, TEXTS[2]))), tolerance);
        // Written again in the same form, the numbers stay what they are.
        let output = Output::PieceLabels { head: "entities".to_owned() };
        let twice = Weights::from_onnx(&to_onnx(&back, &form(quantisation, output)).unwrap()).unwrap();
        for (name, tensor) in &back.tensors {
            near(&twice.tensors[name].data, &tensor.data, 1e-5);
        }
    }
}

#[test]
fn fewer_bits_are_a_smaller_file() {
    let weights = random(&BertConfig { vocab_size: 2_000, ..small() }, 3);
    let size = |quantisation| to_onnx(&weights, &form(quantisation, Output::Sentence)).unwrap().len();
    let [f32, f16, int8, int4] =
        [Quantisation::F32, Quantisation::F16, Quantisation::Int8, Quantisation::Int4Weights].map(size);
    assert!(f16 < f32 * 6 / 10 && int8 < f32 * 4 / 10 && int4 < int8 * 8 / 10, "{f32} {f16} {int8} {int4}");
}

#[test]
fn unsound_weights_are_refused_by_name() {
    let mut weights = random(&small(), 1);
    let name = "encoder.layer.1.output.dense.weight";
    weights.tensors.get_mut(name).unwrap().data[7] = f32::NAN;
    let error = to_onnx(&weights, &form(Quantisation::F32, Output::Hidden)).err().unwrap().to_string();
    assert_eq!(error, format!("`{name}` holds NaN at place 7, expected finite numbers"));
}

/// Runs `input_ids` and `attention_mask` through ONNX Runtime and prints the output's numbers.
const SCRIPT: &str = "
import sys, json, numpy, onnxruntime
path, output, shape, ids, mask = sys.argv[1], sys.argv[2], *map(json.loads, sys.argv[3:6])
session = onnxruntime.InferenceSession(path, providers=['CPUExecutionProvider'])
feed = {'input_ids': numpy.array(ids, dtype=numpy.int64).reshape(shape),
        'attention_mask': numpy.array(mask, dtype=numpy.int64).reshape(shape)}
print(json.dumps([float(x) for x in session.run([output], feed)[0].reshape(-1)]))
";

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn onnx_runtime_agrees() {
    let python = std::env::var("MERCATO_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let there = Command::new(&python).args(["-c", "import onnxruntime, numpy"]).output();
    if !there.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: `{python}` has no onnxruntime (set MERCATO_PYTHON to one that has)");
        return;
    }
    let weights = with_heads();
    let folder = tempfile::tempdir().unwrap();
    let score = Output::Score { head: "match".to_owned(), pooling: HeadPooling::Cls };
    let pieces = Output::PieceLabels { head: "entities".to_owned() };
    let forms = FORMS.iter().map(|(quantisation, _)| (*quantisation, Output::Sentence, "sentence_embedding"));
    let heads = [(Quantisation::F32, score, "score"), (Quantisation::Int8Weights, pieces, "logits")];
    for (quantisation, output, name) in forms.chain(heads) {
        let onnx = to_onnx(&weights, &form(quantisation, output)).unwrap();
        let path = folder.path().join("network.onnx");
        fs_err::write(&path, &onnx).unwrap();
        let (ids, mask) = batch(&TEXTS);
        let shape = format!("[{}, {}]", TEXTS.len(), ids.len() / TEXTS.len());
        let arguments = [name.to_owned(), shape, format!("{ids:?}"), format!("{mask:?}")];
        let found = Command::new(&python).args(["-c", SCRIPT]).arg(&path).args(arguments).output().unwrap();
        assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
        let got: Vec<f32> = serde_json::from_slice(&found.stdout).unwrap();
        let rounded = matches!(quantisation, Quantisation::Int8 | Quantisation::Int8PerTensor);
        // Where activations are rounded to 8 bits, a number on the edge may fall either way.
        near(&run(&onnx, name, &TEXTS), &got, if rounded { 5e-3 } else { 1e-4 });
    }
}
