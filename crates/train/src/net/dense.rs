use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData};
use neural::Weights;

use crate::kernels::Kernels;
use crate::tune::Lora;
use crate::{Error, Result};

/// A linear layer with a bias.
#[derive(Module, Debug)]
pub struct Dense<B: Kernels> {
    /// \[out, in\], as Hugging Face keeps it.
    pub weight: Param<Tensor<B, 2>>,
    /// \[out\].
    pub bias: Param<Tensor<B, 1>>,
    /// What is added to the matrix, where that is trained and not the matrix itself.
    pub lora: Option<Lora<B>>,
}

impl<B: Kernels> Dense<B> {
    /// \[batch, pieces, in\] to \[batch, pieces, out\].
    pub fn forward(&self, x: Tensor<B, 3>) -> Tensor<B, 3> {
        match &self.lora {
            None => B::dense(x, self.weight.val(), self.bias.val()),
            Some(lora) => B::dense(x.clone(), self.weight.val(), self.bias.val()) + lora.forward(x),
        }
    }

    pub(crate) fn read(weights: &Weights, name: &str, dims: [usize; 2], device: &B::Device) -> Result<Self> {
        let weight = param(weights, &format!("{name}.weight"), dims, device)?;
        let bias = param(weights, &format!("{name}.bias"), [dims[0]], device)?;
        Ok(Self { weight, bias, lora: None })
    }

    /// What is added to the matrix is added up with it.
    pub(crate) fn write(&self, name: &str, weights: &mut Weights) {
        let matrix = format!("{name}.weight");
        put(weights, matrix.clone(), &self.weight);
        if let (Some(lora), Some(tensor)) = (&self.lora, weights.tensors.get_mut(&matrix)) {
            tensor.data.iter_mut().zip(lora.matrix()).for_each(|(number, added)| *number += added);
        }
        put(weights, format!("{name}.bias"), &self.bias);
    }
}

/// Weight and bias of a layer norm.
#[derive(Module, Debug)]
pub struct Norm<B: Kernels> {
    /// Factor for each dimension.
    pub weight: Param<Tensor<B, 1>>,
    /// Addend for each dimension.
    pub bias: Param<Tensor<B, 1>>,
}

impl<B: Kernels> Norm<B> {
    pub(crate) fn read(weights: &Weights, name: &str, width: usize, device: &B::Device) -> Result<Self> {
        let weight = param(weights, &format!("{name}.weight"), [width], device)?;
        let bias = param(weights, &format!("{name}.bias"), [width], device)?;
        Ok(Self { weight, bias })
    }

    pub(crate) fn write(&self, name: &str, weights: &mut Weights) {
        put(weights, format!("{name}.weight"), &self.weight);
        put(weights, format!("{name}.bias"), &self.bias);
    }
}

/// The named numbers as a parameter, refused where they have another shape.
pub(crate) fn param<B: Kernels, const D: usize>(
    weights: &Weights,
    name: &str,
    dims: [usize; D],
    device: &B::Device,
) -> Result<Param<Tensor<B, D>>> {
    let tensor = weights.tensors.get(name).ok_or_else(|| Error::MissingTensor { name: name.to_owned() })?;
    if tensor.dims != dims || tensor.data.len() != dims.iter().product::<usize>() {
        let (expected, got) = (format!("{dims:?}"), format!("{:?}", tensor.dims));
        return Err(Error::TensorShape { name: name.to_owned(), expected, got });
    }
    Ok(Param::from_tensor(Tensor::from_data(TensorData::new(tensor.data.clone(), dims), device)))
}

/// Puts a parameter's numbers back under a name.
pub(crate) fn put<B: Kernels, const D: usize>(weights: &mut Weights, name: String, param: &Param<Tensor<B, D>>) {
    let data = param.val().into_data();
    let dims = data.shape.to_vec();
    let data = data.convert::<f32>().into_vec::<f32>().expect("converted to f32");
    weights.tensors.insert(name, neural::Tensor { dims, data });
}
