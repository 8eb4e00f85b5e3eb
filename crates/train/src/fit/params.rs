//! Parameters of a network by their paths, such as `layers.0.query.weight`.

use burn::module::{AutodiffModule, Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{FloatDType, Tensor, TensorData};
use sha2::{Digest, Sha256};

use crate::{Error, Result};

/// What is known of a parameter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParamInfo {
    /// Its path.
    pub path: String,
    /// Its shape.
    pub dims: Vec<usize>,
    /// Whether training changes it.
    pub trained: bool,
}

impl ParamInfo {
    /// Numbers it has.
    pub fn count(&self) -> usize {
        self.dims.iter().product()
    }
}

/// All parameters, in the network's order.
pub fn list<B: Backend, M: Module<B>>(net: &M) -> Vec<ParamInfo> {
    let mut lister = Lister::default();
    net.visit(&mut lister);
    lister.found
}

/// Whether a path is one of the parts or lies under one: `layers.0` covers `layers.0.query.weight`, and `words` covers
/// `encoder.words`.
pub(crate) fn is_under(path: &str, parts: &[String]) -> bool {
    let dotted = format!(".{path}.");
    parts.iter().any(|part| dotted.contains(&format!(".{part}.")))
}

/// The network with these parts kept as they are; `but` still gets gradients.
pub(crate) fn freeze<B: AutodiffBackend, M: AutodiffModule<B>>(net: M, parts: &[String], but: Option<&str>) -> M {
    let but: Vec<String> = but.map(str::to_owned).into_iter().collect();
    net.map(&mut Freezer { path: Path::default(), parts, but: &but })
}

/// The network with its layers' matrices in other numbers, so that products with them are; gradients flow back to its own
/// parameters. Norms, tables, heads and losses stay as they are: they cost little, and few bits harm them most.
pub(crate) fn cast<B: Backend, M: Module<B>>(net: M, dtype: FloatDType) -> M {
    net.map(&mut Caster { path: Path::default(), dtype })
}

/// The numbers of the parameters for which `wanted` says so, by path.
pub(crate) fn read<B: Backend, M: Module<B>>(net: &M, wanted: impl Fn(&str) -> bool) -> Vec<Numbers> {
    let mut reader = Reader { path: Path::default(), wanted, found: Vec::new() };
    net.visit(&mut reader);
    reader.found
}

/// The network with these numbers in place of its own.
pub(crate) fn write<B: Backend, M: Module<B>>(net: M, numbers: Vec<Numbers>) -> Result<M> {
    let mut writer = Writer { path: Path::default(), numbers, wrong: None };
    let net = net.map(&mut writer);
    match (writer.wrong, writer.numbers.pop()) {
        (Some(error), _) => Err(error),
        (None, Some(left)) => Err(Error::MissingTensor { name: left.path }),
        (None, None) => Ok(net),
    }
}

/// SHA-256 over the parameters for which `wanted` says so.
pub(crate) fn digest<B: Backend, M: Module<B>>(net: &M, wanted: impl Fn(&str) -> bool) -> String {
    let mut digest = Sha256::new();
    for numbers in read(net, wanted) {
        digest.update(numbers.path.as_bytes());
        digest.update(format!("{:?}", numbers.dims).as_bytes());
        numbers.data.iter().for_each(|number| digest.update(number.to_le_bytes()));
    }
    hex(&digest.finalize())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A parameter's numbers.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Numbers {
    pub(crate) path: String,
    pub(crate) dims: Vec<usize>,
    pub(crate) data: Vec<f32>,
}

/// A tensor's numbers.
pub(crate) fn numbers_of<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().convert::<f32>().into_vec::<f32>().expect("converted to f32")
}

/// Where a visit is.
#[derive(Default)]
pub(crate) struct Path(Vec<String>);

impl Path {
    pub(crate) fn enter(&mut self, name: &str) {
        self.0.push(name.to_owned());
    }

    pub(crate) fn exit(&mut self) {
        self.0.pop();
    }

    pub(crate) fn text(&self) -> String {
        self.0.join(".")
    }
}

/// Keeps `self.path` while a network is walked through.
macro_rules! follow_path {
    () => {
        fn enter_module(&mut self, name: &str, _container_type: &str) {
            self.path.enter(name);
        }

        fn exit_module(&mut self, _name: &str, _container_type: &str) {
            self.path.exit();
        }
    };
}
pub(crate) use follow_path;

#[derive(Default)]
struct Lister {
    path: Path,
    found: Vec<ParamInfo>,
}

impl<B: Backend> ModuleVisitor<B> for Lister {
    follow_path!();

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let tensor = param.val();
        let trained = tensor.is_require_grad();
        self.found.push(ParamInfo { path: self.path.text(), dims: tensor.dims().to_vec(), trained });
    }
}

struct Freezer<'a> {
    path: Path,
    parts: &'a [String],
    but: &'a [String],
}

impl<B: AutodiffBackend> ModuleMapper<B> for Freezer<'_> {
    follow_path!();

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let path = self.path.text();
        if is_under(&path, self.but) {
            return param.set_require_grad(true);
        }
        if is_under(&path, self.parts) { param.set_require_grad(false) } else { param }
    }
}

struct Caster {
    path: Path,
    dtype: FloatDType,
}

impl<B: Backend> ModuleMapper<B> for Caster {
    follow_path!();

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let path = self.path.text();
        if D != 2 || !path.ends_with(".weight") || !is_under(&path, &["layers".to_owned()]) {
            return param;
        }
        let (id, tensor, mapper) = param.consume();
        Param::from_mapped_value(id, tensor.cast(self.dtype), mapper)
    }
}

struct Reader<F> {
    path: Path,
    wanted: F,
    found: Vec<Numbers>,
}

impl<B: Backend, F: Fn(&str) -> bool> ModuleVisitor<B> for Reader<F> {
    follow_path!();

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let path = self.path.text();
        if (self.wanted)(&path) {
            let tensor = param.val();
            self.found.push(Numbers { path, dims: tensor.dims().to_vec(), data: numbers_of(tensor) });
        }
    }
}

struct Writer {
    path: Path,
    numbers: Vec<Numbers>,
    wrong: Option<Error>,
}

impl<B: Backend> ModuleMapper<B> for Writer {
    follow_path!();

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let path = self.path.text();
        let Some(at) = self.numbers.iter().position(|numbers| numbers.path == path) else { return param };
        let numbers = self.numbers.swap_remove(at);
        let (id, tensor, mapper) = param.consume();
        let dims = tensor.dims();
        if numbers.dims != dims || numbers.data.len() != dims.iter().product::<usize>() {
            let (expected, got) = (format!("{dims:?}"), format!("{:?}", numbers.dims));
            self.wrong.get_or_insert(Error::TensorShape { name: path, expected, got });
            return Param::from_mapped_value(id, tensor, mapper);
        }
        let (device, dtype, trained) = (tensor.device(), tensor.dtype(), tensor.is_require_grad());
        let fresh = Tensor::from_data(TensorData::new(numbers.data, dims), (&device, dtype));
        Param::from_mapped_value(id, fresh.set_require_grad(trained), mapper)
    }
}
