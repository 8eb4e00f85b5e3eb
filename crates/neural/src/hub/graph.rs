use std::path::Path;

use prost::Message;

use super::fault::HubFault;
use crate::manifest::Precision;

/// What an ONNX file tells of its network without being run.
#[derive(Clone, PartialEq, Debug)]
pub struct NetworkFacts {
    /// What it takes.
    pub inputs: Vec<Port>,
    /// What it gives.
    pub outputs: Vec<Port>,
    /// Numbers that were learnt.
    pub parameters: u64,
    /// What most of them are kept in.
    pub precision: Precision,
    /// Rows of the table that pieces are looked up in, where it can be found.
    pub pieces: Option<usize>,
    /// Newest set of standard operators it uses.
    pub opset: i64,
}

/// An input or output.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// Its dimensions; `None` where one is free.
    pub dims: Vec<Option<usize>>,
}

impl NetworkFacts {
    /// Reads them from a file.
    ///
    /// # Errors
    /// Where it cannot be read or is no ONNX file.
    pub fn read(path: &Path) -> Result<Self, HubFault> {
        let bytes = fs_err::read(path)?;
        let unreadable = |reason: String| HubFault::Unreadable { file: path.display().to_string(), reason };
        let model = Model::decode(bytes.as_slice()).map_err(|error| unreadable(error.to_string()))?;
        let graph = model.graph.ok_or_else(|| unreadable("there is no network in it".to_owned()))?;
        let opset = model.opset_import.iter().filter(|set| set.domain.is_empty()).map(|set| set.version).max();
        let constants: Vec<&str> = graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
        // Old files list constants among the inputs.
        let inputs = graph.input.iter().filter(|input| !constants.contains(&input.name.as_str()));
        Ok(Self {
            inputs: inputs.map(port).collect(),
            outputs: graph.output.iter().map(port).collect(),
            parameters: graph.initializer.iter().map(parameters).sum(),
            precision: precision(&graph),
            pieces: pieces(&graph),
            opset: opset.unwrap_or_default(),
        })
    }

    /// The output called one of `names`, the first of them that there is.
    pub(super) fn output(&self, names: &[&str]) -> Option<&Port> {
        names.iter().find_map(|name| self.outputs.iter().find(|port| port.name == *name))
    }
}

impl Port {
    /// The size of its last dimension.
    pub fn width(&self) -> Option<usize> {
        self.dims.last().copied().flatten()
    }
}

fn port(value: &Value) -> Port {
    let shape =
        value.r#type.as_ref().and_then(|r#type| r#type.tensor.as_ref()).and_then(|tensor| tensor.shape.as_ref());
    let size = |dim: &Dimension| dim.value.and_then(|value| usize::try_from(value).ok()).filter(|value| *value > 0);
    Port { name: value.name.clone(), dims: shape.map(|shape| shape.dim.iter().map(size).collect()).unwrap_or_default() }
}

fn elements(tensor: &Tensor) -> u64 {
    tensor.dims.iter().fold(1u64, |product, dim| product.saturating_mul(u64::try_from(*dim).unwrap_or(0)))
}

/// Scales and zero points are counted too; they are few. Indices (`i64`) and flags were not learnt.
fn parameters(tensor: &Tensor) -> u64 {
    match kept_in(tensor) {
        // Two numbers of 4 bits in a byte.
        Some(Precision::Int4) if tensor.data_type == U8 => elements(tensor) * 2,
        Some(_) => elements(tensor),
        None => 0,
    }
}

const U8: i32 = 2;

/// `TensorProto.DataType` of onnx.proto; 4-bit weights of `MatMulNBits` are bytes with `_Q4` in their names.
fn kept_in(tensor: &Tensor) -> Option<Precision> {
    match tensor.data_type {
        1 => Some(Precision::F32),
        10 | 16 => Some(Precision::F16),
        U8 if tensor.name.contains("_Q4") => Some(Precision::Int4),
        U8 | 3 => Some(Precision::Int8),
        21 | 22 => Some(Precision::Int4),
        _ => None,
    }
}

fn precision(graph: &Graph) -> Precision {
    let of = |precision| -> u64 {
        graph.initializer.iter().filter(|tensor| kept_in(tensor) == Some(precision)).map(parameters).sum()
    };
    // The attention and feed-forward products decide the speed, the table of pieces often outweighs them; both are
    // quantised together by the usual tools.
    [Precision::F32, Precision::F16, Precision::Int8, Precision::Int4]
        .into_iter()
        .max_by_key(|precision| of(*precision))
        .unwrap_or(Precision::F32)
}

/// Rows of the constant that a `Gather` with `input_ids` reads, whatever copies or quantisation stand between.
fn pieces(graph: &Graph) -> Option<usize> {
    let reads_ids = |node: &&Node| node.op_type == "Gather" && follow(graph, node.input.get(1), 4) == Some("input_ids");
    let table = graph.node.iter().find(reads_ids)?.input.first()?;
    let rows = |name: &str| {
        let tensor = graph.initializer.iter().find(|tensor| tensor.name == name)?;
        tensor.dims.first().and_then(|rows| usize::try_from(*rows).ok())
    };
    rows(table).or_else(|| rows(follow(graph, Some(table), 4)?))
}

/// The first value that a value was made of, through nodes that only change its form.
fn follow<'a>(graph: &'a Graph, name: Option<&'a String>, steps: usize) -> Option<&'a str> {
    let name = name?;
    let form = ["Cast", "Identity", "DequantizeLinear", "Reshape", "Transpose", "Unsqueeze", "Squeeze"];
    let maker = graph.node.iter().find(|node| node.output.contains(name) && form.contains(&node.op_type.as_str()));
    match maker {
        Some(maker) if steps > 0 => follow(graph, maker.input.first(), steps - 1),
        _ => Some(name),
    }
}

// The messages of `crate::onnx` without the numbers themselves, so that a file of hundreds of megabytes is not copied.

#[derive(Clone, PartialEq, Message)]
struct Model {
    #[prost(message, optional, tag = "7")]
    graph: Option<Graph>,
    #[prost(message, repeated, tag = "8")]
    opset_import: Vec<crate::onnx::OperatorSetId>,
}

#[derive(Clone, PartialEq, Message)]
struct Graph {
    #[prost(message, repeated, tag = "1")]
    node: Vec<Node>,
    #[prost(message, repeated, tag = "5")]
    initializer: Vec<Tensor>,
    #[prost(message, repeated, tag = "11")]
    input: Vec<Value>,
    #[prost(message, repeated, tag = "12")]
    output: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
struct Node {
    #[prost(string, repeated, tag = "1")]
    input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    output: Vec<String>,
    #[prost(string, tag = "4")]
    op_type: String,
}

#[derive(Clone, PartialEq, Message)]
struct Tensor {
    #[prost(int64, repeated, tag = "1")]
    dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    data_type: i32,
    #[prost(string, tag = "8")]
    name: String,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    r#type: Option<Type>,
}

#[derive(Clone, PartialEq, Message)]
struct Type {
    #[prost(message, optional, tag = "1")]
    tensor: Option<TensorType>,
}

#[derive(Clone, PartialEq, Message)]
struct TensorType {
    #[prost(message, optional, tag = "2")]
    shape: Option<Shape>,
}

#[derive(Clone, PartialEq, Message)]
struct Shape {
    #[prost(message, repeated, tag = "1")]
    dim: Vec<Dimension>,
}

#[derive(Clone, PartialEq, Message)]
struct Dimension {
    #[prost(int64, optional, tag = "1")]
    value: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_encoders_are_understood() {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
        for (model, pieces, output) in
            [("e5-small-zh-en", 51_022, "sentence_embedding"), ("minilm-l6-en", 30_522, "sentence_embedding")]
        {
            let facts = NetworkFacts::read(&models.join(model).join("model_int8.onnx")).unwrap();
            assert!(facts.inputs.iter().any(|port| port.name == "input_ids"), "{facts:?}");
            assert_eq!(facts.output(&["no such", output]).and_then(Port::width), Some(384), "{facts:?}");
            assert_eq!((facts.pieces, facts.precision), (Some(pieces), Precision::Int8), "{model}");
            assert!((20_000_000..60_000_000).contains(&facts.parameters), "{}", facts.parameters);
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.onnx");
        for bytes in [b"".as_slice(), b"<html>not found</html>", &[0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]] {
            fs_err::write(&path, bytes).unwrap();
            assert!(NetworkFacts::read(&path).is_err(), "{bytes:?}");
        }
        assert!(NetworkFacts::read(Path::new("/no/such.onnx")).is_err());
    }
}
