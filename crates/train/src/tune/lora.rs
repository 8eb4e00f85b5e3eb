use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData};
use types::Rng;

use crate::fit::params::numbers_of;
use crate::kernels::Kernels;

/// What is added to a matrix's product: `scale` · `up` · diag(`gate`) · `down`, of a rank far below the matrix's own
/// (LoRA, Hu et al. 2022). With a gate it has the form of a singular value decomposition, whose values can be taken away
/// one by one (AdaLoRA, Zhang et al. 2023).
#[derive(Module, Debug)]
pub struct Lora<B: Kernels> {
    /// \[rank, in\].
    pub down: Param<Tensor<B, 2>>,
    /// \[out, rank\].
    pub up: Param<Tensor<B, 2>>,
    /// \[rank\]; AdaLoRA only.
    pub gate: Option<Param<Tensor<B, 1>>>,
    /// \[rank\]: 1 where the rank is in use, 0 where not; never trained. AdaLoRA only.
    pub kept: Option<Param<Tensor<B, 1>>>,
    /// Factor of the whole.
    pub scale: f64,
}

/// How a [`Lora`] begins.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct LoraShape {
    pub(crate) rank: usize,
    pub(crate) scale: f64,
    pub(crate) gated: bool,
}

impl<B: Kernels> Lora<B> {
    /// One that adds nothing yet, for a matrix \[out, in\].
    pub(crate) fn new([out, width]: [usize; 2], shape: LoraShape, rng: &mut Rng, device: &B::Device) -> Self {
        let LoraShape { rank, scale, gated } = shape;
        // LoRA: one side random, the other 0. AdaLoRA: both random, the gate 0.
        let deviation = if gated { 0.02 } else { 1.0 / (width as f64).sqrt() };
        let zeros = || vec![0.0; out * rank];
        Self {
            down: table([rank, width], normals(rank * width, deviation, rng), device),
            up: table([out, rank], if gated { normals(out * rank, deviation, rng) } else { zeros() }, device),
            gate: gated.then(|| vector(vec![0.0; rank], device)),
            kept: gated.then(|| vector(vec![1.0; rank], device).set_require_grad(false)),
            scale,
        }
    }

    /// What is added to the matrix's product with `x`.
    pub fn forward(&self, x: Tensor<B, 3>) -> Tensor<B, 3> {
        let device = x.device();
        let (rank, out) = (self.down.dims()[0], self.up.dims()[0]);
        let dtype = x.dtype();
        let zeros = |width| Tensor::zeros([width], (&device, dtype));
        let mut narrow = B::dense(x, self.down.val(), zeros(rank)) * self.scale;
        if let Some(gate) = self.gate() {
            narrow = narrow * gate.reshape([1, 1, rank]);
        }
        B::dense(narrow, self.up.val(), zeros(out))
    }

    /// The gate with unused ranks at 0; gradients flow as if all were in use, so that a rank can come back.
    fn gate(&self) -> Option<Tensor<B, 1>> {
        let (gate, kept) = (self.gate.as_ref()?.val(), self.kept.as_ref()?.val());
        let unused = gate.clone().detach() * (kept.neg() + 1.0);
        Some(gate - unused)
    }

    /// The matrix \[out, in\] that it adds, row by row.
    pub(crate) fn matrix(&self) -> Vec<f32> {
        let (rank, width) = (self.down.dims()[0], self.down.dims()[1]);
        let (down, up) = (numbers_of(self.down.val()), numbers_of(self.up.val()));
        let gate = self.gate().map_or_else(|| vec![1.0; rank], numbers_of);
        let mut matrix = vec![0.0; up.len() / rank * width];
        for (row, up) in matrix.chunks_exact_mut(width).zip(up.chunks_exact(rank)) {
            for ((factor, gate), down) in up.iter().zip(&gate).zip(down.chunks_exact(width)) {
                let factor = factor * gate * self.scale as f32;
                row.iter_mut().zip(down).for_each(|(number, down)| *number += factor * down);
            }
        }
        matrix
    }

    /// How far the two sides are from orthogonal: ‖`up`ᵀ `up` − 1‖² + ‖`down` `down`ᵀ − 1‖² (AdaLoRA's formula 4).
    pub(crate) fn skewness(&self) -> Tensor<B, 1> {
        let (down, up) = (self.down.val(), self.up.val());
        let rank = self.down.dims()[0];
        let one = Tensor::<B, 2>::eye(rank, &down.device());
        let off = |gram: Tensor<B, 2>| (gram - one.clone()).powf_scalar(2.0).sum();
        off(up.clone().transpose().matmul(up)) + off(down.clone().matmul(down.transpose()))
    }
}

/// A trained table.
pub(crate) fn table<B: Kernels>(dims: [usize; 2], data: Vec<f32>, device: &B::Device) -> Param<Tensor<B, 2>> {
    Param::from_tensor(Tensor::from_data(TensorData::new(data, dims), device))
}

/// A trained list.
pub(crate) fn vector<B: Kernels>(data: Vec<f32>, device: &B::Device) -> Param<Tensor<B, 1>> {
    let dims = [data.len()];
    Param::from_tensor(Tensor::from_data(TensorData::new(data, dims), device))
}

/// Draws from a normal distribution of mean 0.
pub(crate) fn normals(count: usize, deviation: f64, rng: &mut Rng) -> Vec<f32> {
    (0..count).map(|_| (rng.normal() * deviation) as f32).collect()
}
