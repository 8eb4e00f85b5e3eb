use std::path::Path;

use prost::Message;
use rten::{Model, NodeId};
use rten_tensor::{AsView, NdTensor};

use super::encoder::{open, unit};
use crate::onnx::{
    AttributeProto, Dimension, GraphProto, ModelProto, NodeProto, OperatorSetId, TensorProto, TensorShape, TensorType,
    TypeProto, ValueInfoProto,
};
use crate::{Error, Result};

/// A small network from an encoder's vector to one in another space, read from ONNX.
pub struct Head {
    id: String,
    model: Model,
    input: NodeId,
    output: NodeId,
    dims: usize,
}

/// What a head computes: `skip · x + second · relu(first · x)`, each layer with its offset.
#[derive(Clone, PartialEq, Debug)]
pub struct HeadWeights {
    /// Straight from what comes in to what goes out.
    pub skip: Layer,
    /// To the hidden numbers.
    pub first: Layer,
    /// From the hidden numbers.
    pub second: Layer,
}

/// `weight` · x + `bias`.
#[derive(Clone, PartialEq, Debug)]
pub struct Layer {
    /// \[out, in\], row by row.
    pub weight: Vec<f32>,
    /// One number an output.
    pub bias: Vec<f32>,
}

impl Head {
    /// Loads the head at `path` of the model `id`, which gives `dims` numbers.
    ///
    /// # Errors
    /// Names the file where it is no such network.
    pub fn load(path: &Path, id: &str, dims: usize) -> Result<Self> {
        let (model, input, output) = open(path, "vector")?;
        Ok(Self { id: id.to_owned(), model, input, output, dims })
    }

    /// The vector, of length 1, that an encoder's vector becomes.
    ///
    /// # Errors
    /// Where the vector has another length than the head was made for.
    pub fn apply(&self, vector: &[f32]) -> Result<Vec<f32>> {
        let failed =
            |source: Box<dyn std::error::Error + Send + Sync>| Error::Encode { encoder: self.id.clone(), source };
        let input = NdTensor::from_data([1, vector.len()], vector.to_vec());
        let outputs = self.model.run_n(vec![(self.input, input.into())], [self.output], None);
        let [output] = outputs.map_err(|error| failed(error.into()))?;
        let output = output.into_tensor::<f32>().ok_or_else(|| failed("an output that is not of f32".into()))?;
        unit(&self.id, output.to_vec(), self.dims)
    }
}

impl HeadWeights {
    /// The head as an ONNX file: input `x` \[n, in\], output `vector` \[n, out\] (not scaled to length 1).
    pub fn to_onnx(&self, name: &str) -> Vec<u8> {
        let (dims, hidden) = (self.skip.bias.len(), self.first.bias.len());
        let taken = self.skip.weight.len() / dims.max(1);
        let layers = [("skip", &self.skip, taken), ("first", &self.first, taken), ("second", &self.second, hidden)];
        let initializer = layers
            .iter()
            .flat_map(|(name, layer, inputs)| {
                let rows = layer.bias.len();
                let weight = tensor(format!("{name}.weight"), &[rows, *inputs], &layer.weight);
                [weight, tensor(format!("{name}.bias"), &[rows], &layer.bias)]
            })
            .collect();
        let node = vec![
            dense("x", "first", "hidden"),
            operation("Relu", &["hidden"], "positive", Vec::new()),
            dense("positive", "second", "bent"),
            dense("x", "skip", "straight"),
            operation("Add", &["bent", "straight"], "vector", Vec::new()),
        ];
        let graph = GraphProto {
            node,
            name: name.to_owned(),
            initializer,
            input: vec![value("x", taken)],
            output: vec![value("vector", dims)],
        };
        let model = ModelProto {
            ir_version: 8,
            producer_name: "mercato".to_owned(),
            graph: Some(graph),
            opset_import: vec![OperatorSetId { domain: String::new(), version: 17 }],
            ..ModelProto::default()
        };
        model.encode_to_vec()
    }
}

fn tensor(name: String, dims: &[usize], numbers: &[f32]) -> TensorProto {
    const F32: i32 = 1;
    let dims = dims.iter().map(|dim| *dim as i64).collect();
    let raw_data = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    TensorProto { dims, data_type: F32, name, raw_data, ..TensorProto::default() }
}

fn dense(input: &str, layer: &str, output: &str) -> NodeProto {
    const INTEGER: i32 = 2;
    let transposed = AttributeProto { name: "transB".to_owned(), i: 1, r#type: INTEGER, ..AttributeProto::default() };
    operation("Gemm", &[input, &format!("{layer}.weight"), &format!("{layer}.bias")], output, vec![transposed])
}

fn operation(kind: &str, inputs: &[&str], output: &str, attribute: Vec<AttributeProto>) -> NodeProto {
    NodeProto {
        input: inputs.iter().map(|name| (*name).to_owned()).collect(),
        output: vec![output.to_owned()],
        name: output.to_owned(),
        op_type: kind.to_owned(),
        attribute,
        domain: String::new(),
    }
}

fn value(name: &str, width: usize) -> ValueInfoProto {
    let free = Dimension { dim_value: None, dim_param: Some("n".to_owned()) };
    let fixed = Dimension { dim_value: Some(width as i64), dim_param: None };
    let shape = Some(TensorShape { dim: vec![free, fixed] });
    let tensor_type = Some(TensorType { elem_type: 1, shape });
    ValueInfoProto { name: name.to_owned(), r#type: Some(TypeProto { tensor_type }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_head_computes_what_it_says() {
        // out = skip (2x + y, y + 1) + second · relu(x - y)
        let weights = HeadWeights {
            skip: Layer { weight: vec![2.0, 1.0, 0.0, 1.0], bias: vec![0.0, 1.0] },
            first: Layer { weight: vec![1.0, -1.0], bias: vec![0.0] },
            second: Layer { weight: vec![0.0, 3.0], bias: vec![0.0, 0.0] },
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("head.onnx");
        fs_err::write(&path, weights.to_onnx("test")).unwrap();
        let head = Head::load(&path, "test", 2).unwrap();
        let close = |got: &[f32], expected: [f32; 2]| {
            let length = expected[0].hypot(expected[1]);
            assert!((got[0] - expected[0] / length).abs() < 1e-6 && (got[1] - expected[1] / length).abs() < 1e-6);
        };
        close(&head.apply(&[1.0, 0.0]).unwrap(), [2.0, 4.0]);
        close(&head.apply(&[0.0, 1.0]).unwrap(), [1.0, 2.0]);
        assert!(head.apply(&[1.0, 0.0, 0.0]).is_err());
        fs_err::write(&path, b"not a network").unwrap();
        assert!(Head::load(&path, "test", 2).err().unwrap().to_string().contains("head.onnx"));
    }
}
