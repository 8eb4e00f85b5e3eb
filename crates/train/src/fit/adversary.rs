//! Perturbations of an embedding table along the gradient of the loss, so that the loss is also small nearby.

use burn::module::{AutodiffModule, Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use burn::tensor::backend::AutodiffBackend;

use super::params::{Path, follow_path, is_under, list};
use super::{Adversary, Step, Task, flat};
use crate::backend::Trainable;
use crate::{Error, Result};

type Flat<B> = Tensor<<B as AutodiffBackend>::InnerBackend, 1>;

/// Refuses a part that the network does not have.
pub(crate) fn check<B: AutodiffBackend, M: AutodiffModule<B>>(net: &M, adversary: &Adversary) -> Result<()> {
    let parts = [adversary.part.clone()];
    if list::<B, M>(net).iter().any(|info| is_under(&info.path, &parts)) {
        return Ok(());
    }
    let (got, expected) = (adversary.part.clone(), "the path of a parameter of the network");
    Err(Error::Option { field: "adversary.part", got, expected })
}

/// The gradients of a batch at the perturbed table; `clean` are those at the table itself. FGM moves it once by
/// r = ε · g / ‖g‖ (Miyato et al. 2017, eq. 6); PGD in several shorter steps, brought back to the ball of radius ε after
/// each (Madry et al. 2018). None where the table has no gradient.
pub(crate) fn gradients<B: Trainable, T: Task<B>>(
    task: &T,
    net: &T::Net,
    batch: &[usize],
    step: &mut Step<'_>,
    clean: &GradientsParams,
) -> Result<Option<(f64, GradientsParams)>> {
    let Some(adversary) = &step.options.adversary else { return Ok(None) };
    let parts = [adversary.part.clone()];
    let origin = tables::<B, T::Net>(net, &parts, None);
    let mut moved = Vec::new();
    let mut found: Option<(f64, GradientsParams)> = None;
    for _ in 0..adversary.steps {
        let at = found.as_ref().map_or(clean, |(_, gradients)| gradients);
        let along = tables::<B, T::Net>(net, &parts, Some(at));
        let length = length::<B>(&along);
        if !(length > 0.0 && length.is_finite()) {
            break;
        }
        let step_by: Vec<Flat<B>> = along.into_iter().map(|part| part * (stride(adversary) / length)).collect();
        moved = if moved.is_empty() { step_by } else { added::<B>(moved, step_by) };
        let length = self::length::<B>(&moved);
        if length > adversary.epsilon {
            moved = moved.into_iter().map(|part| part * (adversary.epsilon / length)).collect();
        }
        let tables = added::<B>(moved.clone(), origin.clone());
        let nearby = net.clone().map(&mut Put { path: Path::default(), parts: &parts, tables: tables.into_iter() });
        found = Some(task.gradients(&nearby, batch, step)?);
    }
    Ok(found)
}

/// Length of a step. Several together may go half as far again as the radius, so that the path can turn.
fn stride(adversary: &Adversary) -> f64 {
    match (adversary.steps, adversary.step_length) {
        (1, _) => adversary.epsilon,
        (_, Some(length)) => length,
        (steps, None) => 1.5 * adversary.epsilon / f64::from(steps),
    }
}

fn length<B: AutodiffBackend>(tables: &[Flat<B>]) -> f64 {
    tables.iter().map(|table| flat::square_sum(table.clone()).0).sum::<f64>().sqrt()
}

fn added<B: AutodiffBackend>(a: Vec<Flat<B>>, b: Vec<Flat<B>>) -> Vec<Flat<B>> {
    a.into_iter().zip(b).map(|(a, b)| a + b).collect()
}

/// The tables, or their gradients.
fn tables<B: AutodiffBackend, M: AutodiffModule<B>>(
    net: &M,
    parts: &[String],
    gradients: Option<&GradientsParams>,
) -> Vec<Flat<B>> {
    let mut take = Take::<B> { path: Path::default(), parts, gradients, taken: Vec::new() };
    net.visit(&mut take);
    take.taken
}

struct Take<'a, B: AutodiffBackend> {
    path: Path,
    parts: &'a [String],
    gradients: Option<&'a GradientsParams>,
    taken: Vec<Flat<B>>,
}

impl<B: AutodiffBackend> ModuleVisitor<B> for Take<'_, B> {
    follow_path!();

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        if !is_under(&self.path.text(), self.parts) {
            return;
        }
        let value = param.val().inner();
        let tensor = match self.gradients {
            None => value,
            Some(gradients) => gradients.get::<B::InnerBackend, D>(param.id).unwrap_or_else(|| value.zeros_like()),
        };
        let count = tensor.shape().num_elements();
        self.taken.push(tensor.reshape([count]));
    }
}

struct Put<'a, B: AutodiffBackend> {
    path: Path,
    parts: &'a [String],
    tables: std::vec::IntoIter<Flat<B>>,
}

impl<B: AutodiffBackend> ModuleMapper<B> for Put<'_, B> {
    follow_path!();

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        if !is_under(&self.path.text(), self.parts) {
            return param;
        }
        let Some(table) = self.tables.next() else { return param };
        let (id, tensor, mapper) = param.consume();
        let table = Tensor::from_inner(table.reshape(tensor.dims())).require_grad();
        Param::from_mapped_value(id, table, mapper)
    }
}
