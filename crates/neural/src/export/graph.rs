use half::f16;
use prost::Message as _;

use super::names;
use crate::onnx::{
    AttributeProto, Dimension, GraphProto, ModelProto, NodeProto, OperatorSetId, StringEntry, TensorProto, TensorShape,
    TensorType, TypeProto, ValueInfoProto,
};

/// Name of a value in a graph.
pub(super) type Value = String;

/// A network in the making: each call adds an operation and gives the name of its result.
#[derive(Default)]
pub(super) struct Graph {
    graph: GraphProto,
}

impl Graph {
    /// A result of the operator `kind`.
    pub(super) fn op(&mut self, kind: &str, inputs: &[&str]) -> Value {
        self.op_with(kind, inputs, Vec::new())
    }

    /// As [`Graph::op`], with settings.
    pub(super) fn op_with(&mut self, kind: &str, inputs: &[&str], attribute: Vec<AttributeProto>) -> Value {
        let name = format!("{kind}_{}", self.graph.node.len());
        self.put(kind, inputs, vec![name.clone()], attribute);
        name
    }

    /// An operation with three results.
    pub(super) fn op_three(&mut self, kind: &str, inputs: &[&str]) -> [Value; 3] {
        let names = ["a", "b", "c"].map(|part| format!("{kind}_{}_{part}", self.graph.node.len()));
        self.put(kind, inputs, names.to_vec(), Vec::new());
        names
    }

    fn put(&mut self, kind: &str, inputs: &[&str], output: Vec<String>, attribute: Vec<AttributeProto>) {
        let input = inputs.iter().map(|input| (*input).to_owned()).collect();
        let name = format!("{kind}_{}", self.graph.node.len());
        let node = NodeProto { input, output, name, op_type: kind.to_owned(), attribute, domain: String::new() };
        self.graph.node.push(node);
    }

    /// A constant of f32.
    pub(super) fn floats(&mut self, name: &str, dims: &[usize], data: &[f32]) -> Value {
        let bytes = data.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, names::F32, dims, bytes)
    }

    /// A constant of f16.
    pub(super) fn halves(&mut self, name: &str, dims: &[usize], data: &[f32]) -> Value {
        let bytes = data.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect();
        self.constant(name, names::F16, dims, bytes)
    }

    /// A list of whole numbers, kept once however often it is asked for.
    pub(super) fn integers(&mut self, data: &[i64]) -> Value {
        let words: Vec<String> = data.iter().map(ToString::to_string).collect();
        let name = format!("integers_{}", words.join("_"));
        let bytes = data.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(&name, names::I64, &[data.len()], bytes)
    }

    /// A number, kept once however often it is asked for.
    pub(super) fn number(&mut self, value: f32) -> Value {
        self.floats(&format!("number_{value:e}"), &[], &[value])
    }

    /// A constant of any type, kept once a name.
    pub(super) fn constant(&mut self, name: &str, data_type: i32, dims: &[usize], raw_data: Vec<u8>) -> Value {
        if !self.graph.initializer.iter().any(|constant| constant.name == name) {
            let dims = dims.iter().map(|dim| *dim as i64).collect();
            let tensor = TensorProto { dims, data_type, name: name.to_owned(), raw_data, ..TensorProto::default() };
            self.graph.initializer.push(tensor);
        }
        name.to_owned()
    }

    /// Declares an input; sizes that vary have a name.
    pub(super) fn input(&mut self, name: &str, kind: i32, shape: &[Size]) -> Value {
        self.graph.input.push(declaration(name, kind, shape));
        name.to_owned()
    }

    /// Declares the value as the output `name`.
    pub(super) fn output(&mut self, value: &str, name: &str, shape: &[Size]) {
        self.put("Identity", &[value], vec![name.to_owned()], Vec::new());
        self.graph.output.push(declaration(name, names::F32, shape));
    }

    /// The file.
    pub(super) fn finish(mut self, about: &str, config: String) -> Vec<u8> {
        self.graph.name = "encoder".to_owned();
        let model = ModelProto {
            ir_version: 8,
            producer_name: "mercato".to_owned(),
            producer_version: env!("CARGO_PKG_VERSION").to_owned(),
            doc_string: about.to_owned(),
            graph: Some(self.graph),
            opset_import: vec![OperatorSetId { domain: String::new(), version: 17 }],
            metadata_props: vec![StringEntry { key: names::CONFIG.to_owned(), value: config }],
        };
        model.encode_to_vec()
    }
}

/// A dimension of an input or output.
#[derive(Clone, Copy)]
pub(super) enum Size {
    /// Varies.
    Free(&'static str),
    /// Is this.
    Fixed(usize),
}

fn declaration(name: &str, elem_type: i32, shape: &[Size]) -> ValueInfoProto {
    let dimension = |size: &Size| match *size {
        Size::Free(name) => Dimension { dim_value: None, dim_param: Some(name.to_owned()) },
        Size::Fixed(size) => Dimension { dim_value: Some(size as i64), dim_param: None },
    };
    let shape = Some(TensorShape { dim: shape.iter().map(dimension).collect() });
    let r#type = Some(TypeProto { tensor_type: Some(TensorType { elem_type, shape }) });
    ValueInfoProto { name: name.to_owned(), r#type }
}

/// A setting that is a whole number.
pub(super) fn whole(name: &str, i: i64) -> AttributeProto {
    AttributeProto { name: name.to_owned(), i, r#type: 2, ..AttributeProto::default() }
}

/// A setting that is a number.
pub(super) fn real(name: &str, f: f32) -> AttributeProto {
    AttributeProto { name: name.to_owned(), f, r#type: 1, ..AttributeProto::default() }
}

/// A setting that is a list of whole numbers.
pub(super) fn list(name: &str, ints: &[i64]) -> AttributeProto {
    AttributeProto { name: name.to_owned(), ints: ints.to_vec(), r#type: 7, ..AttributeProto::default() }
}
