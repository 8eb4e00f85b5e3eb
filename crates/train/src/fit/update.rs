//! AdamW over a whole network, with groups by path. burn's own keeps its state by the random ids of a process and has
//! one rate for all parameters; ours keeps it by path, so that it can be written down, and each parameter has its rate.

use std::collections::HashMap;

use burn::module::{AutodiffModule, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::backend::AutodiffBackend;
use burn::tensor::{Tensor, TensorData};

use super::checkpoint::Role;
use super::flat::{self, AdamW, Moments};
use super::params::{Numbers, Path, follow_path, is_under, list, numbers_of};
use super::schedule::layer_shares;
use super::{Keep, Options};

type Flat<B> = Tensor<<B as AutodiffBackend>::InnerBackend, 1>;

/// What the optimiser knows of each trained parameter.
pub(crate) struct Updater<B: AutodiffBackend> {
    /// Share of the rate, by path; what is not here is not trained.
    shares: HashMap<String, f64>,
    moments: HashMap<String, Moments<B::InnerBackend>>,
    /// Exponential means of the weights, where they are kept.
    means: HashMap<String, Flat<B>>,
}

impl<B: AutodiffBackend> Updater<B> {
    /// For a network whose frozen parts are marked; `options.frozen` is left out even where a part has gradients.
    pub(crate) fn new<M: AutodiffModule<B>>(net: &M, options: &Options) -> Self {
        let all: Vec<String> = list::<B, M>(net).into_iter().map(|info| info.path).collect();
        let shares = layer_shares(&all, options.layer_decay);
        let trained: HashMap<String, bool> = list::<B, M>(net)
            .into_iter()
            .map(|info| (info.path.clone(), info.trained && !is_under(&info.path, &options.frozen)))
            .collect();
        let shares = all.into_iter().zip(shares).filter(|(path, _)| trained[path]).collect();
        Self { shares, moments: HashMap::new(), means: HashMap::new() }
    }

    /// Whether a parameter is trained.
    pub(crate) fn trains(&self, path: &str) -> bool {
        self.shares.contains_key(path)
    }

    /// The length of the gradient over all trained parameters. Gradients of others are dropped.
    pub(crate) fn norm<M: AutodiffModule<B>>(&self, net: &M, gradients: &mut GradientsParams) -> f64 {
        let mut squares = Squares { path: Path::default(), updater: self, gradients, sum: 0.0 };
        net.visit(&mut squares);
        squares.sum.sqrt()
    }

    /// One update. Parameters of one dimension are norms and biases and do not decay.
    pub(crate) fn apply<M: AutodiffModule<B>>(
        &mut self,
        net: M,
        gradients: GradientsParams,
        how: AdamW,
        keep: Keep,
    ) -> M {
        // Early means follow quickly: 1 over the steps so far (the average of all) until the decay is reached.
        let mean = match keep {
            Keep::Mean(decay) => Some(decay.min(how.step as f64 / (how.step as f64 + 9.0))),
            Keep::Best | Keep::Last => None,
        };
        net.map(&mut Apply { path: Path::default(), updater: self, gradients, how, mean })
    }

    /// The network with the means of its weights, where they are kept.
    pub(crate) fn averaged<M: AutodiffModule<B>>(&self, net: &M) -> M {
        if self.means.is_empty() {
            return net.clone();
        }
        net.clone().map(&mut Averaged { path: Path::default(), updater: self })
    }

    /// Moments and means, for a checkpoint.
    pub(crate) fn save(&self, tensors: &mut Vec<(Role, Numbers)>) {
        let mut put = |role, path: &String, flat: &Flat<B>| {
            let data = numbers_of(flat.clone());
            tensors.push((role, Numbers { path: path.clone(), dims: vec![data.len()], data }));
        };
        let mut paths: Vec<&String> = self.shares.keys().collect();
        paths.sort_unstable();
        for path in paths {
            if let Some(moments) = self.moments.get(path) {
                put(Role::First, path, &moments.first);
                put(Role::Second, path, &moments.second);
            }
            if let Some(mean) = self.means.get(path) {
                put(Role::Mean, path, mean);
            }
        }
    }

    /// Takes up what was saved.
    pub(crate) fn load(&mut self, first: Vec<Numbers>, second: Vec<Numbers>, means: Vec<Numbers>, device: &B::Device) {
        let tensor = |numbers: Numbers| {
            let data = TensorData::new(numbers.data, [numbers.dims.iter().product::<usize>()]);
            Tensor::from_data(data, device)
        };
        let mut second: HashMap<String, Numbers> = second.into_iter().map(|n| (n.path.clone(), n)).collect();
        for numbers in first {
            let path = numbers.path.clone();
            if let Some(square) = second.remove(&path) {
                self.moments.insert(path, Moments { first: tensor(numbers), second: tensor(square) });
            }
        }
        self.means = means.into_iter().map(|numbers| (numbers.path.clone(), tensor(numbers))).collect();
    }
}

/// Adds up squares, and drops what is not trained.
struct Squares<'a, B: AutodiffBackend> {
    path: Path,
    updater: &'a Updater<B>,
    gradients: &'a mut GradientsParams,
    sum: f64,
}

impl<B: AutodiffBackend> ModuleVisitor<B> for Squares<'_, B> {
    follow_path!();

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let Some(gradient) = self.gradients.remove::<B::InnerBackend, D>(param.id) else { return };
        if self.updater.trains(&self.path.text()) {
            let dims = gradient.dims();
            let (sum, flat) = flat::square_sum(flattened(gradient));
            self.sum += sum;
            self.gradients.register::<B::InnerBackend, D>(param.id, flat.reshape(dims));
        }
    }
}

struct Apply<'a, B: AutodiffBackend> {
    path: Path,
    updater: &'a mut Updater<B>,
    gradients: GradientsParams,
    how: AdamW,
    mean: Option<f64>,
}

impl<B: AutodiffBackend> ModuleMapper<B> for Apply<'_, B> {
    follow_path!();

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let path = self.path.text();
        let gradient = self.gradients.remove::<B::InnerBackend, D>(param.id);
        let (Some(gradient), Some(share)) = (gradient, self.updater.shares.get(&path)) else { return param };
        let decay = if D < 2 { 0.0 } else { self.how.weight_decay };
        let how = AdamW { rate: self.how.rate * share, weight_decay: decay, ..self.how };
        let (id, tensor, mapper) = param.consume();
        let (dims, tensor) = (tensor.dims(), flattened(tensor.inner()));
        let zeros = || Tensor::zeros_like(&tensor);
        let moments = self.updater.moments.remove(&path);
        let moments = moments.unwrap_or_else(|| Moments { first: zeros(), second: zeros() });
        let (tensor, moments) = flat::adamw(tensor, flattened(gradient), moments, &how);
        self.updater.moments.insert(path.clone(), moments);
        if let Some(keep) = self.mean {
            let mean = self.updater.means.remove(&path);
            let mean = mean.map_or_else(|| tensor.clone(), |mean| flat::follow(mean, tensor.clone(), keep));
            self.updater.means.insert(path, mean);
        }
        let tensor = Tensor::from_inner(tensor.reshape(dims)).require_grad();
        Param::from_mapped_value(id, tensor, mapper)
    }
}

struct Averaged<'a, B: AutodiffBackend> {
    path: Path,
    updater: &'a Updater<B>,
}

impl<B: AutodiffBackend> ModuleMapper<B> for Averaged<'_, B> {
    follow_path!();

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let Some(mean) = self.updater.means.get(&self.path.text()) else { return param };
        let (id, tensor, mapper) = param.consume();
        let mean = Tensor::from_inner(mean.clone().reshape(tensor.dims())).require_grad();
        Param::from_mapped_value(id, mean, mapper)
    }
}

fn flattened<B: burn::tensor::backend::Backend, const D: usize>(x: Tensor<B, D>) -> Tensor<B, 1> {
    let count = x.shape().num_elements();
    x.reshape([count])
}
