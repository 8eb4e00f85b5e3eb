//! Where training runs: the CPU always, an NVIDIA GPU where the program is built with the feature `cuda` and has one.

use std::any::TypeId;

use burn::backend::{Autodiff, Flex};
use burn::tensor::backend::AutodiffBackend;

use crate::kernels::Kernels;

/// The CPU, with gradients.
pub type Cpu = Autodiff<Flex>;

/// An NVIDIA GPU, with gradients.
#[cfg(feature = "cuda")]
pub type Gpu = Autodiff<burn::backend::Cuda>;

/// A backend that gives gradients, and whose networks run without them too.
pub trait Trainable: AutodiffBackend<InnerBackend: Kernels> + Kernels {}

impl<B: AutodiffBackend<InnerBackend: Kernels> + Kernels> Trainable for B {}

/// Where training runs.
#[derive(Clone, Debug)]
pub enum Device {
    /// All cores.
    Cpu,
    /// The first NVIDIA GPU.
    #[cfg(feature = "cuda")]
    Gpu(burn::backend::cuda::CudaDevice),
}

/// Whether a backend computes on the CPU.
pub(crate) fn is_cpu<B: Trainable>() -> bool {
    TypeId::of::<B::InnerBackend>() == TypeId::of::<Flex>()
}

/// What somebody asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wanted {
    /// A GPU where there is one, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// An NVIDIA GPU.
    Cuda,
}

/// Work that is written once for all backends; [`Device::run`] runs it on one.
pub trait Job {
    /// What comes out.
    type Out;

    /// Does it.
    fn run<B: Trainable>(self, device: &B::Device) -> Self::Out;
}

impl Device {
    /// The device that is wanted, else the CPU together with the reason.
    pub fn pick(wanted: Wanted) -> (Self, Option<String>) {
        if wanted == Wanted::Cpu {
            return (Self::Cpu, None);
        }
        match gpu() {
            Ok(device) => (device, None),
            Err(_) if wanted == Wanted::Auto => (Self::Cpu, None),
            Err(reason) => (Self::Cpu, Some(format!("training on the CPU: {reason}"))),
        }
    }

    /// What it is called in runs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            #[cfg(feature = "cuda")]
            Self::Gpu(_) => "cuda",
        }
    }

    /// Runs work here.
    pub fn run<J: Job>(&self, job: J) -> J::Out {
        match self {
            Self::Cpu => job.run::<Cpu>(&Default::default()),
            #[cfg(feature = "cuda")]
            Self::Gpu(device) => job.run::<Gpu>(device),
        }
    }
}

#[cfg(not(feature = "cuda"))]
fn gpu() -> Result<Device, String> {
    Err("this program is built without CUDA (Cargo feature `cuda`)".to_owned())
}

/// burn panics where the driver or the GPU is missing, at the first operation; that is tried here, once.
#[cfg(feature = "cuda")]
fn gpu() -> Result<Device, String> {
    use burn::tensor::Tensor;
    let device = burn::backend::cuda::CudaDevice::default();
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let tried = std::panic::catch_unwind(|| {
        let sum = Tensor::<burn::backend::Cuda, 1>::ones([2], &device).sum().into_data();
        sum.iter::<f32>().next()
    });
    std::panic::set_hook(hook);
    match tried {
        Ok(Some(sum)) if (sum - 2.0).abs() < 1e-6 => Ok(Device::Gpu(device)),
        Ok(_) => Err("the GPU gave a wrong sum".to_owned()),
        Err(_) => Err("no NVIDIA driver or GPU was found".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sum;

    impl Job for Sum {
        type Out = f32;

        fn run<B: Trainable>(self, device: &B::Device) -> f32 {
            burn::tensor::Tensor::<B, 1>::ones([3], device).sum().into_data().iter::<f32>().sum()
        }
    }

    #[test]
    fn what_is_missing_is_said_and_the_cpu_taken() {
        let (device, note) = Device::pick(Wanted::Cuda);
        if device.name() == "cpu" {
            assert!(note.is_some_and(|note| note.contains("CPU")));
        }
        assert_eq!((Device::pick(Wanted::Cpu).0.name(), Device::pick(Wanted::Cpu).1), ("cpu", None));
        assert_eq!(Device::Cpu.run(Sum), 3.0);
    }
}
