use burn::backend::{Autodiff, Flex};
use burn::tensor::{Tensor, TensorData};

use super::{Dropout, Kernels, composed};

type B = Autodiff<Flex>;

/// Numbers that look random.
fn noise<const D: usize>(dims: [usize; D], seed: u64, scale: f32) -> Tensor<B, D> {
    let mut rng = types::Rng::new(seed);
    let count = dims.iter().product();
    let numbers: Vec<f32> = (0..count).map(|_| (rng.unit() as f32 - 0.5) * scale).collect();
    Tensor::from_data(TensorData::new(numbers, dims), &Default::default()).require_grad()
}

fn values<const D: usize>(tensor: Tensor<Flex, D>) -> Vec<f32> {
    tensor.into_data().to_vec().unwrap()
}

/// Fails where two tensors differ by more than `bound`.
fn assert_close<const D: usize>(what: &str, fused: Tensor<Flex, D>, composed: Tensor<Flex, D>, bound: f32) {
    assert_eq!(fused.dims(), composed.dims(), "{what}");
    let (fused, composed) = (values(fused), values(composed));
    let worst = fused.iter().zip(&composed).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst <= bound, "{what}: {worst}");
    assert!(fused.iter().any(|x| *x != 0.0), "{what}: nothing but zeros");
}

/// Runs both versions under one random loss and compares results and the gradients of three inputs.
macro_rules! assert_same {
    ($name:expr, [$($input:ident),*], $fused:expr, $composed:expr) => {{
        // One after the other: a backward pass clears up steps that lead to what is still to come.
        let fused = $fused;
        let (fused_values, weight) = (fused.clone().inner(), noise(fused.dims(), 99, 2.0).detach());
        let fused_gradients = (fused * weight.clone()).sum().backward();
        let composed = $composed;
        assert_close($name, fused_values, composed.clone().inner(), 1e-5);
        let composed_gradients = (composed * weight).sum().backward();
        $(assert_close(
            concat!("gradient of ", stringify!($input)),
            $input.grad(&fused_gradients).unwrap(),
            $input.grad(&composed_gradients).unwrap(),
            1e-4,
        );)*
    }};
}

#[test]
fn dense_equals_the_composed_one() {
    for [texts, pieces, narrow, wide] in [[3, 5, 7, 11], [1, 1, 1, 1], [2, 33, 64, 96]] {
        let x = noise([texts, pieces, narrow], 1, 2.0);
        let (weight, bias) = (noise([wide, narrow], 2, 1.0), noise([wide], 3, 1.0));
        assert_same!(
            "dense",
            [x, weight, bias],
            B::dense(x.clone(), weight.clone(), bias.clone()),
            composed::dense(x.clone(), weight.clone(), bias.clone())
        );
    }
}

/// The second text is padded after its second piece.
fn padding(texts: usize, keys: usize) -> Tensor<B, 2> {
    let mask = (0..texts * keys).map(|at| if at / keys == 1 && at % keys > 1 { -1e9 } else { 0.0 });
    Tensor::from_data(TensorData::new(mask.collect::<Vec<f32>>(), [texts, keys]), &Default::default())
}

#[test]
fn attention_equals_the_composed_one_with_padding_and_with_more_keys_than_queries() {
    for [texts, queries, keys, heads, width] in [[3, 5, 5, 2, 3], [1, 1, 1, 1, 1], [2, 17, 20, 4, 8]] {
        let query = noise([texts, queries, heads * width], 1, 3.0);
        let (key, value) = (noise([texts, keys, heads * width], 2, 3.0), noise([texts, keys, heads * width], 3, 3.0));
        let mask = padding(texts, keys);
        let inputs = || (query.clone(), key.clone(), value.clone(), mask.clone());
        let run = |attend: fn(_, _, _, _, _, _) -> Tensor<B, 3>| {
            let (query, key, value, mask) = inputs();
            attend(query, key, value, mask, heads, Dropout::NONE)
        };
        if keys > 1 {
            assert_same!("attend", [query, key, value], run(B::attend), run(composed::attend));
        } else {
            assert_close("attend", run(B::attend).inner(), run(composed::attend).inner(), 1e-6);
        }
    }
}

#[test]
fn gelu_equals_burns() {
    let x = noise([3, 7, 41], 1, 12.0);
    assert_same!("gelu", [x], B::exact_gelu(x.clone()), burn::tensor::activation::gelu(x.clone()));
}

#[test]
fn norm_equals_the_composed_one() {
    for [texts, pieces, width] in [[3, 7, 41], [2, 33, 64]] {
        let (x, residual) = (noise([texts, pieces, width], 1, 3.0), noise([texts, pieces, width], 2, 3.0));
        let (weight, bias) = (noise([width], 3, 2.0), noise([width], 4, 2.0));
        assert_same!(
            "norm",
            [x, residual, weight, bias],
            B::add_norm(x.clone(), residual.clone(), weight.clone(), bias.clone(), 1e-5),
            composed::add_norm(x.clone(), residual.clone(), weight.clone(), bias.clone(), 1e-5)
        );
    }
}

#[test]
fn views_are_read_in_their_order() {
    let wide = noise([2, 6, 10], 1, 2.0);
    let view = || wide.clone().swap_dims(1, 2).slice([0..2, 3..8, 1..5]);
    let (weight, bias) = (noise([4, 3], 2, 1.0), noise([3], 3, 1.0));
    let turned = || weight.clone().transpose();
    assert_same!(
        "dense of views",
        [wide, weight],
        B::dense(view(), turned(), bias.clone()),
        composed::dense(view(), turned(), bias.clone())
    );
    let places = noise([1, 6, 10], 5, 1.0);
    let expanded = || places.clone().expand([2, 6, 10]);
    let (weight, bias) = (noise([10], 3, 2.0), noise([10], 4, 2.0));
    assert_same!(
        "norm of views",
        [wide, places],
        B::add_norm(wide.clone(), expanded(), weight.clone(), bias.clone(), 1e-5),
        composed::add_norm(wide.clone(), expanded(), weight.clone(), bias.clone(), 1e-5)
    );
}

#[test]
fn what_is_frozen_gets_no_gradient_and_the_rest_the_same() {
    let (x, weight, bias) = (noise([2, 3, 4], 1, 2.0), noise([5, 4], 2, 1.0), noise([5], 3, 1.0));
    let learned = B::dense(x.clone(), weight.clone(), bias.clone()).sum().backward();
    let frozen = B::dense(x.clone(), weight.clone().detach(), bias.clone()).sum().backward();
    assert!(weight.grad(&frozen).is_none());
    assert_close("x", x.grad(&frozen).unwrap(), x.grad(&learned).unwrap(), 0.0);
    let frozen = B::dense(x.clone().detach(), weight.clone(), bias.clone()).sum().backward();
    assert!(x.grad(&frozen).is_none());
    assert_close("weight", weight.grad(&frozen).unwrap(), weight.grad(&learned).unwrap(), 0.0);
}

/// The gradient of one input against differences of the loss, in the directions of ten of its numbers.
fn assert_finite_differences(what: &str, x: &Tensor<B, 3>, loss: impl Fn(Tensor<B, 3>) -> Tensor<B, 1>) {
    let gradient = values(x.grad(&loss(x.clone()).backward()).unwrap());
    let (start, dims) = (values(x.clone().inner()), x.dims());
    let at = |moved: usize, by: f32| {
        let mut numbers = start.clone();
        numbers[moved] += by;
        let x = Tensor::<B, 3>::from_data(TensorData::new(numbers, dims), &Default::default());
        f64::from(loss(x).into_scalar())
    };
    for moved in (0..start.len()).step_by((start.len() / 10).max(1)) {
        let slope = (at(moved, 1e-2) - at(moved, -1e-2)) / 2e-2;
        assert!((slope - f64::from(gradient[moved])).abs() < 5e-3, "{what} {moved}: {slope} {}", gradient[moved]);
    }
}

#[test]
fn gradients_are_slopes() {
    let x = noise([2, 4, 6], 1, 2.0);
    let target = noise([2, 4, 6], 2, 1.0).detach();
    let loss = |y: Tensor<B, 3>| (y * target.clone()).sum();
    let (weight, bias) = (noise([6], 3, 2.0), noise([6], 4, 2.0));
    let other = noise([2, 4, 6], 5, 2.0);
    let mask = padding(2, 4);
    assert_finite_differences("gelu", &x, |x| loss(B::exact_gelu(x)));
    assert_finite_differences("norm", &x, |x| loss(B::add_norm(x, other.clone(), weight.clone(), bias.clone(), 1e-5)));
    for dropout in [Dropout::NONE, Dropout { rate: 0.3, seed: 8 }] {
        assert_finite_differences("dropout", &x, |x| loss(B::dropout(x, dropout)));
        assert_finite_differences("self-attention", &x, |x| {
            loss(B::attend(x.clone(), x.clone(), x, mask.clone(), 2, dropout))
        });
    }
}

#[test]
fn nan_is_not_hidden() {
    let x = noise([1, 2, 4], 1, 2.0).inner();
    let broken = x.clone() * f32::NAN;
    assert!(values(Flex::exact_gelu(broken.clone())).iter().all(|x| x.is_nan()));
    let mask = Tensor::zeros([1, 2], &Default::default());
    let seen = Flex::attend(broken.clone(), x.clone(), x.clone(), mask, 2, Dropout::NONE);
    assert!(values(seen).iter().all(|x| x.is_nan()));
    let one = Tensor::ones([4], &Default::default());
    assert!(values(Flex::add_norm(x, broken, one.clone(), one, 1e-5)).iter().all(|x| x.is_nan()));
}
