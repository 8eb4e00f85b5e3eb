use std::collections::BTreeMap;

use super::attention::AttentionScratch;
use super::packed::{Int8Matrix, Packed};
use super::rows::{Norm, QuantisedRows};
use super::*;
use crate::export::{Form, Output, Quantisation, to_onnx};
use crate::{Tensor, Weights};

/// Numbers without end, the same in every run (xorshift, Marsaglia 2003).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 33) as usize % bound
    }

    fn number(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1 << 23) as f32 - 1.0
    }

    fn numbers(&mut self, count: usize, size: f32) -> Vec<f32> {
        (0..count).map(|_| self.number() * size).collect()
    }
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

/// What every instruction set gives; they must agree.
fn agreed<T: PartialEq + std::fmt::Debug>(case: &str, run: impl Fn(Isa) -> T) {
    let all = Isa::available();
    let plain = run(*all.last().unwrap());
    for isa in all {
        assert!(run(isa) == plain, "{} differs from the scalar twin: {case}", isa.name());
    }
}

fn quantised(rows: &QuantisedRows) -> (Vec<u8>, Vec<u32>, Vec<i32>) {
    (rows.bytes.clone(), bits(&rows.scale), rows.zero.clone())
}

fn any_rows(random: &mut Random, rows: usize, width: usize) -> QuantisedRows {
    QuantisedRows {
        bytes: (0..rows * width).map(|_| random.next() as u8).collect(),
        scale: random.numbers(rows, 0.1),
        zero: (0..rows).map(|_| random.below(256) as i32).collect(),
    }
}

fn any_matrix(random: &mut Random, inputs: usize, outputs: usize) -> Int8Matrix {
    let numbers = (0..inputs * outputs).map(|_| (random.below(255) as i32 - 127) as i8).collect();
    Int8Matrix { inputs, numbers, scale: random.numbers(outputs, 0.01) }
}

#[test]
fn products_are_exact_whatever_the_instructions() {
    let mut random = Random(1);
    for _ in 0..120 {
        let (rows, inputs) = (1 + random.below(21), 16 * (1 + random.below(8)));
        let (outputs, first) = (16 * (1 + random.below(11)), random.below(3));
        let bytes = any_rows(&mut random, rows + first, inputs);
        let matrix = any_matrix(&mut random, inputs, outputs);
        let bias = random.numbers(outputs, 1.0);
        let packed = Packed::new(&[(matrix.clone(), bias.clone())]);
        let product = |isa| {
            let mut out = vec![f32::NAN; rows * outputs];
            kernels::multiply(isa, &bytes, first, &packed, &mut out);
            out
        };
        agreed(&format!("{rows} rows, {inputs} inputs, {outputs} outputs"), |isa| bits(&product(isa)));
        let (row, column) = (random.below(rows), random.below(outputs));
        let exact: i32 = (0..inputs)
            .map(|input| {
                let byte = i32::from(bytes.bytes[(first + row) * inputs + input]) - bytes.zero[first + row];
                byte * i32::from(matrix.numbers[input * outputs + column])
            })
            .sum();
        let exact = (exact as f32).mul_add(bytes.scale[first + row] * matrix.scale[column], bias[column]);
        assert_eq!(product(Isa::best())[row * outputs + column].to_bits(), exact.to_bits());
    }
}

#[test]
fn work_on_rows_gives_the_same_bits_whatever_the_instructions() {
    let mut random = Random(2);
    for _ in 0..60 {
        let (rows, width) = (1 + random.below(5), 16 * (1 + random.below(13)));
        let size = [1e-3, 1.0, 30.0][random.below(3)];
        let (numbers, added) = (random.numbers(rows * width, size), random.numbers(rows * width, size));
        let norm = Norm { gain: random.numbers(width, 2.0), bias: random.numbers(width, 1.0), epsilon: 1e-12 };
        let on = |isa, work: &dyn Fn(Isa, &mut [f32], &mut QuantisedRows)| {
            let (mut numbers, mut to) = (numbers.clone(), QuantisedRows::default());
            to.reserve(rows, width);
            work(isa, &mut numbers, &mut to);
            (bits(&numbers), quantised(&to))
        };
        let case = format!("{rows} rows of {width} up to {size}");
        agreed(&case, |isa| on(isa, &|isa, x, to| kernels::norm_quantise(isa, &norm, x, to)));
        agreed(&case, |isa| on(isa, &|isa, x, to| kernels::add_norm_quantise(isa, &norm, x, &added, to)));
        agreed(&case, |isa| on(isa, &|isa, x, to| kernels::gelu_quantise(isa, width, x, to)));
        agreed(&case, |isa| on(isa, &|isa, x, to| kernels::quantise(isa, width, x, to)));
    }
}

#[test]
fn attention_gives_the_same_bits_whatever_the_instructions_and_is_what_it_should_be() {
    let mut random = Random(3);
    for tokens in [1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 50] {
        let heads = Heads { count: 1 + random.below(3), width: 16 * (1 + random.below(3)) };
        let qkv = random.numbers(tokens * 3 * heads.all(), 2.0);
        let attended = |isa| {
            let (mut context, mut scratch) = (vec![f32::NAN; tokens * heads.all()], AttentionScratch::default());
            scratch.reserve(heads, tokens);
            kernels::attend(isa, heads, &qkv, &mut context, &mut scratch);
            context
        };
        agreed(&format!("{tokens} tokens"), |isa| bits(&attended(isa)));
        let (row, place) = (random.below(tokens), random.below(heads.all()));
        let head = place / heads.width * heads.width;
        let at = |token: usize, part: usize, number: usize| f64::from(qkv[(3 * token + part) * heads.all() + number]);
        let score = |token| (0..heads.width).map(|i| at(row, 0, head + i) * at(token, 1, head + i)).sum::<f64>();
        let most = (0..tokens).map(score).fold(f64::MIN, f64::max);
        let weights: Vec<f64> = (0..tokens).map(|token| (score(token) - most).exp()).collect();
        let sum: f64 = weights.iter().enumerate().map(|(token, weight)| weight * at(token, 2, place)).sum();
        let expected = sum / weights.iter().sum::<f64>();
        let got = f64::from(attended(Isa::best())[row * heads.all() + place]);
        assert!((got - expected).abs() < 1e-5, "{got} {expected}");
    }
}

#[test]
fn gelu_and_exp_are_as_near_as_they_say() {
    use super::rows::{LANES, Vector, exp, gelu};
    use super::vector_kernels::Plain;
    let each = |from: f32, to: f32, check: &dyn Fn(f32, f32, f32)| {
        for step in 0..10_000 {
            let x = from + (to - from) * step as f32 / 10_000.0;
            let (mut g, mut e) = ([0.0; LANES], [0.0; LANES]);
            gelu(Plain::splat(x)).store(&mut g);
            exp(Plain::splat(x)).store(&mut e);
            check(x, g[0], e[0]);
        }
    };
    // erf by its integral (Simpson's rule).
    let erf = |x: f64| {
        let n = 400;
        let f = |t: f64| (-t * t).exp();
        let h = x / f64::from(n);
        let inner: f64 = (1..n).map(|i| f(h * f64::from(i)) * if i % 2 == 0 { 2.0 } else { 4.0 }).sum();
        (f(0.0) + inner + f(x)) * h / 3.0 * 2.0 / std::f64::consts::PI.sqrt()
    };
    each(-10.0, 10.0, &|x, g, _| {
        let exact = f64::from(x) * 0.5 * (1.0 + erf((f64::from(x) / std::f64::consts::SQRT_2).clamp(-6.0, 6.0)));
        assert!((f64::from(g) - exact).abs() < 1.3e-5, "gelu({x}) is {g}, expected {exact}");
    });
    each(-86.0, 0.0, &|x, _, e| {
        let exact = f64::from(x).exp();
        assert!((f64::from(e) / exact - 1.0).abs() < 3e-7, "exp({x}) is {e}, expected {exact}");
    });
}

#[test]
fn rows_without_bounds_do_no_harm() {
    for numbers in [[0.0; 16], [f32::NAN; 16], [f32::INFINITY; 16], [f32::MAX; 16], [f32::MIN_POSITIVE; 16]] {
        for isa in Isa::available() {
            let mut to = QuantisedRows::default();
            to.reserve(1, 16);
            kernels::quantise(isa, 16, &numbers, &mut to);
            assert!(to.scale[0].is_finite() && (0..=255).contains(&to.zero[0]));
        }
    }
}

/// A network of odd sizes: pruned heads, a feed-forward part that is no multiple of 16.
fn small_weights() -> Weights {
    let config = crate::BertConfig {
        vocab_size: 90,
        hidden_size: 48,
        num_hidden_layers: 3,
        num_attention_heads: 2,
        intermediate_size: 100,
        max_position_embeddings: 40,
        type_vocab_size: 2,
        layer_norm_eps: 1e-12,
        model_type: "bert".to_owned(),
        pad_token_id: 0,
        head_size: Some(16),
    };
    let mut random = Random(4);
    let mut tensors = BTreeMap::new();
    for (name, dims) in config.shapes() {
        let count = dims.iter().product();
        let mut data = random.numbers(count, if name.contains("embeddings") { 1.0 } else { 0.3 });
        if name.ends_with("LayerNorm.weight") {
            data.iter_mut().for_each(|number| *number += 1.0);
        }
        tensors.insert(name, Tensor { dims, data });
    }
    Weights { config, tensors }
}

fn small_texts() -> Vec<Vec<u32>> {
    let mut random = Random(5);
    [1, 9, 40, 2, 17, 8, 33].map(|length| (0..length).map(|_| random.below(90) as u32).collect()).to_vec()
}

fn mean(rows: &[f32]) -> Vec<f32> {
    let mut mean = vec![0.0; 48];
    rows.chunks_exact(48).for_each(|row| mean.iter_mut().zip(row).for_each(|(sum, number)| *sum += number));
    crate::vector::normalise(&mut mean);
    mean
}

#[test]
fn a_text_does_not_depend_on_its_batch_nor_on_the_instructions() {
    let mut bert = Int8Bert::from_weights(&small_weights()).unwrap();
    let texts = small_texts();
    let refs: Vec<&[u32]> = texts.iter().map(Vec::as_slice).collect();
    let alone: Vec<u32> = {
        let mut scratch = Scratch::default();
        refs.iter().flat_map(|text| bits(bert.run(&[text], &mut scratch).unwrap())).collect()
    };
    for isa in Isa::available() {
        bert.isa = isa;
        assert!(bits(bert.run(&refs, &mut Scratch::default()).unwrap()) == alone, "{}", isa.name());
    }
    assert!(bert.run(&[], &mut Scratch::default()).unwrap().is_empty());
}

#[test]
fn it_is_near_to_the_exact_network() {
    let weights = small_weights();
    let form = |quantisation| Form { quantisation, output: Output::Sentence };
    let file = to_onnx(&weights, &form(Quantisation::F32)).unwrap();
    let exact = rten::Model::load(file).unwrap();
    let bert = Int8Bert::from_weights(&weights).unwrap();
    for text in small_texts() {
        let own = mean(bert.run(&[&text], &mut Scratch::default()).unwrap());
        let ids: Vec<i32> = text.iter().map(|id| *id as i32).collect();
        let ids = rten_tensor::NdTensor::from_data([1, ids.len()], ids);
        let mask = rten_tensor::NdTensor::from_data([1, text.len()], vec![1; text.len()]);
        let [input, other, output] =
            ["input_ids", "attention_mask", "sentence_embedding"].map(|name| exact.node_id(name).unwrap());
        let [found] = exact.run_n(vec![(input, ids.into()), (other, mask.into())], [output], None).unwrap();
        let found = rten_tensor::AsView::to_vec(&found.into_tensor::<f32>().unwrap());
        let cosine: f32 = own.iter().zip(&found).map(|(a, b)| a * b).sum();
        assert!(cosine > 0.999, "{} pieces: {cosine}", text.len());
    }
}

#[test]
fn a_file_and_the_weights_it_was_made_of_give_the_same() {
    let weights = small_weights();
    let file = |quantisation| to_onnx(&weights, &Form { quantisation, output: Output::Sentence }).unwrap();
    let from_file = Int8Bert::from_onnx(&file(Quantisation::Int8)).unwrap();
    let from_weights = Int8Bert::from_weights(&weights).unwrap();
    for text in small_texts() {
        let (mut a, mut b) = (Scratch::default(), Scratch::default());
        let (a, b) = (from_file.run(&[&text], &mut a).unwrap(), from_weights.run(&[&text], &mut b).unwrap());
        let cosine: f32 = mean(a).iter().zip(mean(b)).map(|(a, b)| a * b).sum();
        assert!(cosine > 0.9999, "{cosine}");
    }
    // In other numbers it is for another runner; that is told, not guessed.
    assert!(matches!(Int8Bert::from_onnx(&file(Quantisation::F32)), Err(WeightsFault::Missing { .. })));
    assert!(Int8Bert::from_onnx(b"nonsense").is_err());
    let mut odd = weights;
    odd.config.head_size = Some(8);
    assert!(Int8Bert::from_weights(&odd).is_err());
}

#[test]
fn texts_that_do_not_fit_are_refused() {
    let bert = Int8Bert::from_weights(&small_weights()).unwrap();
    let mut scratch = Scratch::default();
    assert_eq!(bert.run(&[&[]], &mut scratch).unwrap_err(), Unfit::Length { got: 0, most: 40 });
    assert_eq!(bert.run(&[&[1], &[1; 41]], &mut scratch).unwrap_err(), Unfit::Length { got: 41, most: 40 });
    assert_eq!(bert.run(&[&[1, 90]], &mut scratch).unwrap_err(), Unfit::Piece { got: 90, pieces: 90 });
    assert_eq!(bert.instructions(), Isa::best().name());
    assert!(bert.bytes() > 3 * (48 * 96 + 32 * 48 + 2 * 48 * 112));
}
