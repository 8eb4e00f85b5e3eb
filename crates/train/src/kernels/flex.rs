//! Burn's side: tensors in, tensors out, and what is remembered for the backward pass.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{Tensor, TensorPrimitive};

use super::{Dropout, Kernels, attend, dense, dropout, gelu, norm, pool};

impl Kernels for Flex {
    fn dense(x: Tensor<Self, 3>, weight: Tensor<Self, 2>, bias: Tensor<Self, 1>) -> Tensor<Self, 3> {
        wrap::<Self, 3>(dense::forward(&plain(x), &plain(weight), &plain(bias)))
    }

    fn attend(
        query: Tensor<Self, 3>,
        key: Tensor<Self, 3>,
        value: Tensor<Self, 3>,
        mask: Tensor<Self, 2>,
        heads: usize,
        dropout: Dropout,
    ) -> Tensor<Self, 3> {
        let (out, _) = attend::forward([plain(query), plain(key), plain(value)], &plain(mask), heads, dropout);
        wrap::<Self, 3>(out)
    }

    fn exact_gelu(x: Tensor<Self, 3>) -> Tensor<Self, 3> {
        wrap::<Self, 3>(gelu::forward(&plain(x)))
    }

    fn add_norm(
        x: Tensor<Self, 3>,
        residual: Tensor<Self, 3>,
        weight: Tensor<Self, 1>,
        bias: Tensor<Self, 1>,
        epsilon: f64,
    ) -> Tensor<Self, 3> {
        let (out, saved) = norm::forward(&plain(x), &plain(residual), &plain(weight), &plain(bias), epsilon as f32);
        saved.give();
        wrap::<Self, 3>(out)
    }

    fn dropout(x: Tensor<Self, 3>, dropout: Dropout) -> Tensor<Self, 3> {
        if dropout.rate <= 0.0 {
            return x;
        }
        wrap::<Self, 3>(dropout::forward(&plain(x), dropout))
    }
}

impl<C: CheckpointStrategy> Kernels for Autodiff<Flex, C> {
    fn dense(x: Tensor<Self, 3>, weight: Tensor<Self, 2>, bias: Tensor<Self, 1>) -> Tensor<Self, 3> {
        let (x, weight, bias) = (unwrap(x), unwrap(weight), unwrap(bias));
        let (x_rows, weight_rows) = (contiguous(&x.primitive), contiguous(&weight.primitive));
        let out = dense::forward(&x_rows, &weight_rows, &contiguous(&bias.primitive));
        // A weight that is frozen needs no x, and an x that nobody learns from no weight.
        let state = (weight.is_tracked().then_some(x_rows), x.is_tracked().then_some(weight_rows));
        let prepared = DenseStep.prepare::<C>([x.node, weight.node, bias.node]).compute_bound().stateful();
        wrap::<Self, 3>(match prepared {
            OpsKind::Tracked(prepared) => prepared.finish(state, out),
            OpsKind::UnTracked(prepared) => prepared.finish(out),
        })
    }

    fn attend(
        query: Tensor<Self, 3>,
        key: Tensor<Self, 3>,
        value: Tensor<Self, 3>,
        mask: Tensor<Self, 2>,
        heads: usize,
        dropout: Dropout,
    ) -> Tensor<Self, 3> {
        let (query, key, value) = (unwrap(query), unwrap(key), unwrap(value));
        let parts = [&query.primitive, &key.primitive, &value.primitive].map(contiguous);
        let (out, saved) = attend::forward(parts, &contiguous(&unwrap(mask).primitive), heads, dropout);
        let prepared = AttendStep.prepare::<C>([query.node, key.node, value.node]).compute_bound().stateful();
        wrap::<Self, 3>(match prepared {
            OpsKind::Tracked(prepared) => prepared.finish(saved, out),
            OpsKind::UnTracked(prepared) => prepared.finish(out),
        })
    }

    fn exact_gelu(x: Tensor<Self, 3>) -> Tensor<Self, 3> {
        let x = unwrap(x);
        let from = contiguous(&x.primitive);
        let out = gelu::forward(&from);
        wrap::<Self, 3>(match GeluStep.prepare::<C>([x.node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(from, out),
            OpsKind::UnTracked(prepared) => prepared.finish(out),
        })
    }

    fn add_norm(
        x: Tensor<Self, 3>,
        residual: Tensor<Self, 3>,
        weight: Tensor<Self, 1>,
        bias: Tensor<Self, 1>,
        epsilon: f64,
    ) -> Tensor<Self, 3> {
        let (x, residual, weight, bias) = (unwrap(x), unwrap(residual), unwrap(weight), unwrap(bias));
        let [x_rows, residual_rows, weights, biases] =
            [&x.primitive, &residual.primitive, &weight.primitive, &bias.primitive].map(contiguous);
        let (out, saved) = norm::forward(&x_rows, &residual_rows, &weights, &biases, epsilon as f32);
        let prepared =
            NormStep.prepare::<C>([x.node, residual.node, weight.node, bias.node]).compute_bound().stateful();
        wrap::<Self, 3>(match prepared {
            OpsKind::Tracked(prepared) => prepared.finish(saved, out),
            OpsKind::UnTracked(prepared) => prepared.finish(out),
        })
    }

    fn dropout(x: Tensor<Self, 3>, dropout: Dropout) -> Tensor<Self, 3> {
        if dropout.rate <= 0.0 {
            return x;
        }
        let x = unwrap(x);
        let out = dropout::forward(&contiguous(&x.primitive), dropout);
        wrap::<Self, 3>(match DropoutStep.prepare::<C>([x.node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(dropout, out),
            OpsKind::UnTracked(prepared) => prepared.finish(out),
        })
    }
}

#[derive(Debug)]
struct DenseStep;

impl Backward<Flex, 3> for DenseStep {
    /// `x`, where `weight` learns; `weight`, where `x` does.
    type State = (Option<FlexTensor>, Option<FlexTensor>);

    fn backward(self, ops: Ops<Self::State, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = contiguous(&gradients.consume::<Flex>(&ops.node));
        let [to_x, to_weight, to_bias] = ops.parents;
        let (x, weight) = ops.state;
        if let (Some(node), Some(weight)) = (to_x, weight) {
            gradients.register::<Flex>(node.id, dense::to_x(&gradient, &weight));
        }
        if let (Some(node), Some(x)) = (to_weight, x) {
            gradients.register::<Flex>(node.id, dense::to_weight(&gradient, &x));
            pool::give(x);
        }
        if let Some(node) = to_bias {
            gradients.register::<Flex>(node.id, dense::to_bias(&gradient));
        }
        pool::give(gradient);
    }
}

#[derive(Debug)]
struct AttendStep;

impl Backward<Flex, 3> for AttendStep {
    type State = attend::Saved;

    fn backward(self, ops: Ops<Self::State, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = contiguous(&gradients.consume::<Flex>(&ops.node));
        for (node, part) in ops.parents.into_iter().zip(ops.state.backward(&gradient)) {
            if let Some(node) = node {
                gradients.register::<Flex>(node.id, part);
            }
        }
        pool::give(gradient);
    }
}

#[derive(Debug)]
struct GeluStep;

impl Backward<Flex, 1> for GeluStep {
    type State = FlexTensor;

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = contiguous(&gradients.consume::<Flex>(&ops.node));
        let [node] = ops.parents;
        if let Some(node) = node {
            gradients.register::<Flex>(node.id, gelu::to_x(&gradient, &ops.state));
        }
        pool::give(gradient);
        pool::give(ops.state);
    }
}

#[derive(Debug)]
struct NormStep;

impl Backward<Flex, 4> for NormStep {
    type State = norm::Saved;

    fn backward(self, ops: Ops<Self::State, 4>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = contiguous(&gradients.consume::<Flex>(&ops.node));
        let [to_x, to_residual, to_weight, to_bias] = ops.parents;
        if to_x.is_some() || to_residual.is_some() {
            let part = ops.state.to_x(&gradient);
            for node in [to_x, to_residual].into_iter().flatten() {
                gradients.register::<Flex>(node.id, part.clone());
            }
        }
        if let Some(node) = to_weight {
            gradients.register::<Flex>(node.id, ops.state.to_weight(&gradient));
        }
        if let Some(node) = to_bias {
            gradients.register::<Flex>(node.id, dense::to_bias(&gradient));
        }
        ops.state.give();
        pool::give(gradient);
    }
}

#[derive(Debug)]
struct DropoutStep;

impl Backward<Flex, 1> for DropoutStep {
    type State = Dropout;

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = contiguous(&gradients.consume::<Flex>(&ops.node));
        let [node] = ops.parents;
        if let Some(node) = node {
            gradients.register::<Flex>(node.id, dropout::forward(&gradient, ops.state));
        }
        pool::give(gradient);
    }
}

/// A tensor's numbers, row by row; the tensor has been through [`contiguous`].
pub(super) fn numbers(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice::<f32>().expect("contiguous, and this backend's numbers are f32")
}

/// A tensor's shape.
pub(super) fn dims(tensor: &FlexTensor) -> &[usize] {
    tensor.layout().shape()
}

fn contiguous(tensor: &FlexTensor) -> FlexTensor {
    tensor.to_contiguous()
}

fn plain<const D: usize>(tensor: Tensor<Flex, D>) -> FlexTensor {
    contiguous(&unwrap(tensor))
}

fn unwrap<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> FloatTensor<B> {
    tensor.into_primitive().tensor()
}

fn wrap<B: Backend, const D: usize>(tensor: FloatTensor<B>) -> Tensor<B, D> {
    Tensor::from_primitive(TensorPrimitive::Float(tensor))
}
