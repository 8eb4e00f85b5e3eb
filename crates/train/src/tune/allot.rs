use burn::module::ParamId;
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::{Lora, Matrix, Method};
use crate::backend::Trainable;
use crate::fit::params::numbers_of;
use crate::net::TextNet;
use crate::{Error, Result};

/// Takes ranks away from the matrices where they matter least, while AdaLoRA trains.
///
/// A number's sensitivity is |w · ∂L/∂w|; its mean and its mean deviation from that mean over the steps, multiplied, are its
/// importance. A rank's importance is its gate's plus the means over its row of `down` and its column of `up` (Zhang et al.
/// 2023, formulas 6 to 10). How many ranks are kept falls along a cubic from all to the budget.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Allotment {
    sides: Vec<Smoothed>,
    /// For each matrix, which ranks are in use.
    kept: Vec<Vec<bool>>,
}

/// Smoothed sensitivities of a parameter's numbers.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
struct Smoothed {
    mean: Vec<f32>,
    deviation: Vec<f32>,
}

/// Decay of the mean of sensitivities.
const MEAN_DECAY: f32 = 0.85;
/// Decay of their deviation.
const DEVIATION_DECAY: f32 = 0.85;
/// Share of the training before the first rank is taken.
const UNTOUCHED: f64 = 0.1;
/// Share of the training after which no rank is taken any more.
const SETTLED: f64 = 0.6;

impl Allotment {
    /// Takes in a step's gradients and sets which ranks are used, for the share `progress` of the training behind.
    pub fn update<B: Trainable>(
        &mut self,
        method: &Method,
        net: &mut TextNet<B>,
        gradients: &GradientsParams,
        progress: f64,
    ) {
        let Method::AdaLora { rank, rank_kept, matrices, .. } = method else { return };
        let importances = self.importances(net, matrices, gradients);
        let all = importances.iter().map(Vec::len).sum::<usize>();
        let least = all * rank_kept / rank;
        let left = ((SETTLED - progress) / (SETTLED - UNTOUCHED)).clamp(0.0, 1.0);
        let budget = least + ((all - least) as f64 * left.powi(3)).round() as usize;
        let mut order: Vec<(usize, usize)> = importances
            .iter()
            .enumerate()
            .flat_map(|(matrix, ranks)| (0..ranks.len()).map(move |rank| (matrix, rank)))
            .collect();
        let importance = |place: &(usize, usize)| importances[place.0][place.1];
        order.sort_by(|a, b| importance(b).total_cmp(&importance(a)).then(a.cmp(b)));
        self.kept = importances.iter().map(|ranks| vec![false; ranks.len()]).collect();
        order.into_iter().take(budget).for_each(|(matrix, rank)| self.kept[matrix][rank] = true);
        self.put(net, matrices);
    }

    /// Ranks in use, matrix by matrix from the bottom layer up.
    pub fn ranks(&self) -> Vec<usize> {
        self.kept.iter().map(|kept| kept.iter().filter(|kept| **kept).count()).collect()
    }

    /// Sets in the network which ranks are used.
    pub fn put<B: Trainable>(&self, net: &mut TextNet<B>, matrices: &[Matrix]) {
        for (lora, kept) in gated(net, matrices).into_iter().zip(&self.kept) {
            let Some(mask) = lora.kept.take() else { continue };
            let numbers: Vec<f32> = kept.iter().map(|kept| if *kept { 1.0 } else { 0.0 }).collect();
            let fresh = Tensor::from_floats(numbers.as_slice(), &mask.val().device());
            lora.kept = Some(mask.map(|_| fresh).set_require_grad(false));
        }
    }

    /// What [`Allotment::from_bytes`] reads.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("numbers are always JSON")
    }

    /// Reads what [`Allotment::to_bytes`] gave.
    ///
    /// # Errors
    /// Where the bytes are something else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        serde_json::from_slice(bytes)
            .map_err(|error| Error::Data(format!("the state of AdaLoRA cannot be read: {error}")))
    }

    fn importances<B: Trainable>(
        &mut self,
        net: &mut TextNet<B>,
        matrices: &[Matrix],
        gradients: &GradientsParams,
    ) -> Vec<Vec<f32>> {
        let loras = gated(net, matrices);
        self.sides.resize_with(3 * loras.len(), Smoothed::default);
        let mut sides = self.sides.iter_mut();
        let mut next = |products: Vec<f32>| sides.next().map(|side| side.take(&products)).unwrap_or_default();
        loras
            .into_iter()
            .map(|lora| {
                let rank = lora.down.dims()[0];
                let gate = lora.gate.as_ref().map(|gate| product::<B, 1>(gate.id, gate.val(), gradients));
                let gate = next(gate.unwrap_or_default());
                let down = next(product::<B, 2>(lora.down.id, lora.down.val(), gradients));
                let up = next(product::<B, 2>(lora.up.id, lora.up.val(), gradients));
                let (width, out) = (down.len() / rank, up.len() / rank);
                let row = |at: usize| down[at * width..][..width].iter().sum::<f32>() / width as f32;
                let column = |at: usize| up.iter().skip(at).step_by(rank).sum::<f32>() / out as f32;
                (0..rank).map(|at| gate.get(at).copied().unwrap_or(0.0) + row(at) + column(at)).collect()
            })
            .collect()
    }
}

impl Smoothed {
    /// Takes in a step's sensitivities and gives the importances.
    fn take(&mut self, sensitivities: &[f32]) -> Vec<f32> {
        self.mean.resize(sensitivities.len(), 0.0);
        self.deviation.resize(sensitivities.len(), 0.0);
        let numbers = self.mean.iter_mut().zip(&mut self.deviation).zip(sensitivities);
        numbers
            .map(|((mean, deviation), now)| {
                *mean = MEAN_DECAY * *mean + (1.0 - MEAN_DECAY) * now;
                *deviation = DEVIATION_DECAY * *deviation + (1.0 - DEVIATION_DECAY) * (now - *mean).abs();
                *mean * *deviation
            })
            .collect()
    }
}

/// |w · ∂L/∂w| of each number of a parameter; 0 where it has no gradient.
fn product<B: Trainable, const D: usize>(id: ParamId, value: Tensor<B, D>, gradients: &GradientsParams) -> Vec<f32> {
    let value = numbers_of(value);
    match gradients.get::<B::InnerBackend, D>(id) {
        Some(gradient) => value.iter().zip(numbers_of(gradient)).map(|(w, g)| (w * g).abs()).collect(),
        None => vec![0.0; value.len()],
    }
}

/// All additions to matrices, from the bottom layer up.
fn gated<'a, B: Trainable>(net: &'a mut TextNet<B>, matrices: &[Matrix]) -> Vec<&'a mut Lora<B>> {
    let mut found = Vec::new();
    for layer in &mut net.layers {
        let (query, key, value) = (&mut layer.query, &mut layer.key, &mut layer.value);
        let (output, up, down) = (&mut layer.output, &mut layer.up, &mut layer.down);
        let sides = [query, key, value, output, up, down].into_iter().zip(Matrix::ALL);
        found.extend(sides.filter(|(_, which)| matrices.contains(which)).filter_map(|(dense, _)| dense.lora.as_mut()));
    }
    found
}
