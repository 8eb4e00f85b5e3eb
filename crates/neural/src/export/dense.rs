//! Matrix products and tables in every form that weights are kept in.

use std::collections::BTreeMap;

use super::Quantisation;
use super::graph::{Graph, Value, list, real, whole};
use super::names;
use super::numbers::{Int4, Int8};
use crate::weights::WeightsFault;
use crate::{Tensor, Weights};

/// Adds parts of a network to a graph, with the weights it is made of.
pub(super) struct Parts<'a> {
    pub(super) graph: Graph,
    weights: &'a Weights,
    quantisation: Quantisation,
    /// Activations that were quantised already: value, scale, zero point. Three products share one.
    quantised: BTreeMap<Value, [Value; 3]>,
}

impl<'a> Parts<'a> {
    pub(super) fn new(weights: &'a Weights, quantisation: Quantisation) -> Self {
        Self { graph: Graph::default(), weights, quantisation, quantised: BTreeMap::new() }
    }

    fn tensor(&self, name: &str) -> Result<&'a Tensor, WeightsFault> {
        self.weights.tensor(name)
    }

    /// Whether there is such a tensor.
    pub(super) fn has(&self, name: &str) -> bool {
        self.weights.tensors.contains_key(name)
    }

    /// Rows of a table.
    pub(super) fn rows(&self, name: &str) -> Result<usize, WeightsFault> {
        Ok(self.tensor(name)?.rows())
    }

    /// Keeps every tensor whose name begins so, used in a product or not (a tagger's transitions are read by its decoder).
    pub(super) fn keep_all(&mut self, prefix: &str) -> Result<(), WeightsFault> {
        let names = self.weights.tensors.keys().filter(|name| name.starts_with(prefix));
        names.cloned().collect::<Vec<_>>().iter().try_for_each(|name| self.plain(name).map(|_| ()))
    }

    /// A tensor as it is, in f32.
    pub(super) fn plain(&mut self, name: &str) -> Result<Value, WeightsFault> {
        let tensor = self.tensor(name)?;
        Ok(self.graph.floats(name, &tensor.dims, &tensor.data))
    }

    /// A table that is added to others, in f16 wherever anything is rounded.
    pub(super) fn table(&mut self, name: &str) -> Result<Value, WeightsFault> {
        if self.quantisation == Quantisation::F32 {
            return self.plain(name);
        }
        let tensor = self.tensor(name)?;
        let kept = self.graph.halves(name, &tensor.dims, &tensor.data);
        Ok(self.cast(&kept, names::F32))
    }

    /// x · Wᵀ + b for the layer `name`.
    pub(super) fn dense(&mut self, x: &str, name: &str) -> Result<Value, WeightsFault> {
        let weight = format!("{name}.weight");
        let matrix = self.tensor(&weight)?;
        let product = match self.fitting(matrix) {
            Quantisation::F32 => {
                let kept = self.plain(&weight)?;
                self.product(x, &kept)
            }
            Quantisation::F16 => {
                let kept = self.graph.halves(&weight, &matrix.dims, &matrix.data);
                let kept = self.cast(&kept, names::F32);
                self.product(x, &kept)
            }
            Quantisation::Int8 => self.integer_product(x, &weight, matrix, &Int8::by_row(matrix)),
            Quantisation::Int8PerTensor => self.integer_product(x, &weight, matrix, &Int8::by_tensor(matrix)),
            Quantisation::Int8Weights => {
                let [kept, scale] = self.int8_turned(&weight, matrix, &Int8::by_row(matrix));
                // Not DequantizeLinear: ONNX Runtime joins that with the product and rounds activations too, which is
                // another form (differences of .004 in a unit vector of 32 numbers, where this one has none).
                let matrix = self.cast(&kept, names::F32);
                let matrix = self.graph.op("Mul", &[&matrix, &scale]);
                self.graph.op("MatMul", &[x, &matrix])
            }
            Quantisation::Int4Weights => {
                let [kept, scale] = self.int4(&weight, matrix);
                let matrix = self.unpack(&kept, &scale, matrix.width(), 1);
                self.product(x, &matrix)
            }
        };
        let bias = format!("{name}.bias");
        if !self.has(&bias) {
            return Ok(product);
        }
        let bias = self.plain(&bias)?;
        Ok(self.graph.op("Add", &[&product, &bias]))
    }

    /// As [`Parts::dense`], always in f32: heads are small, and what comes out of them is not to be rounded.
    pub(super) fn dense_exact(&mut self, x: &str, name: &str) -> Result<Value, WeightsFault> {
        let quantisation = std::mem::replace(&mut self.quantisation, Quantisation::F32);
        let result = self.dense(x, name);
        self.quantisation = quantisation;
        result
    }

    /// Rows of the table of pieces: \[batch, sequence, hidden\].
    pub(super) fn words(&mut self, ids: &str) -> Result<Value, WeightsFault> {
        let (name, table) = (names::WORDS, self.tensor(names::WORDS)?);
        Ok(match self.fitting(table) {
            Quantisation::F32 => {
                let kept = self.plain(name)?;
                self.graph.op("Gather", &[&kept, ids])
            }
            Quantisation::F16 => {
                let kept = self.graph.halves(name, &table.dims, &table.data);
                let rows = self.graph.op("Gather", &[&kept, ids]);
                self.cast(&rows, names::F32)
            }
            Quantisation::Int8 | Quantisation::Int8PerTensor | Quantisation::Int8Weights => {
                let int8 = match self.quantisation {
                    Quantisation::Int8PerTensor => Int8::by_tensor(table),
                    _ => Int8::by_row(table),
                };
                let bytes = int8.numbers.iter().map(|number| *number as u8).collect();
                let kept = self.graph.constant(&format!("{name}{}", names::INT8), names::I8, &table.dims, bytes);
                let scale = self.graph.floats(&format!("{name}{}", names::SCALE), &[int8.scales.len()], &int8.scales);
                let rows = self.graph.op("Gather", &[&kept, ids]);
                let rows = self.cast(&rows, names::F32);
                let last = self.graph.integers(&[-1]);
                let scales = self.graph.op("Gather", &[&scale, ids]);
                let scales = self.graph.op("Unsqueeze", &[&scales, &last]);
                self.graph.op("Mul", &[&rows, &scales])
            }
            Quantisation::Int4Weights => {
                let [kept, scale] = self.int4(name, table);
                let (rows, scales) = (self.graph.op("Gather", &[&kept, ids]), self.graph.op("Gather", &[&scale, ids]));
                self.unpack(&rows, &scales, table.width(), 2)
            }
        })
    }

    /// A norm over the last dimension.
    pub(super) fn norm(&mut self, x: &str, name: &str) -> Result<Value, WeightsFault> {
        let (weight, bias) = (self.plain(&format!("{name}.weight"))?, self.plain(&format!("{name}.bias"))?);
        let settings = vec![whole("axis", -1), real("epsilon", self.weights.config.layer_norm_eps as f32)];
        Ok(self.graph.op_with("LayerNormalization", &[x, &weight, &bias], settings))
    }

    pub(super) fn cast(&mut self, x: &str, to: i32) -> Value {
        self.graph.op_with("Cast", &[x], vec![whole("to", to.into())])
    }

    /// The quantisation for one matrix: two 4-bit numbers must fill a byte.
    fn fitting(&self, matrix: &Tensor) -> Quantisation {
        match self.quantisation {
            Quantisation::Int4Weights if matrix.width() % 2 == 1 => Quantisation::F16,
            other => other,
        }
    }

    /// x times a matrix that is kept \[out, in\]; runtimes turn it once, when they load it.
    fn product(&mut self, x: &str, kept: &str) -> Value {
        let turned = self.graph.op_with("Transpose", &[kept], vec![list("perm", &[1, 0])]);
        self.graph.op("MatMul", &[x, &turned])
    }

    fn int8_turned(&mut self, name: &str, matrix: &Tensor, int8: &Int8) -> [Value; 2] {
        let dims = [matrix.width(), matrix.rows()];
        let kept = self.graph.constant(&format!("{name}{}", names::INT8), names::I8, &dims, int8.turned());
        [kept, self.graph.floats(&format!("{name}{}", names::SCALE), &[matrix.rows()], &int8.scales)]
    }

    /// x in u8 (its own scale and zero point a call) times the matrix in i8.
    fn integer_product(&mut self, x: &str, name: &str, matrix: &Tensor, int8: &Int8) -> Value {
        let [kept, scale] = self.int8_turned(name, matrix, int8);
        let [x, x_scale, x_zero] = match self.quantised.get(x) {
            Some(known) => known.clone(),
            None => {
                let made = self.graph.op_three("DynamicQuantizeLinear", &[x]);
                self.quantised.insert(x.to_owned(), made.clone());
                made
            }
        };
        // The zero point of the weights is the default one; runtimes fuse these three only where it is written out.
        let zero = self.graph.constant("zero.int8", names::I8, &[], vec![0]);
        let product = self.graph.op("MatMulInteger", &[&x, &kept, &x_zero, &zero]);
        let product = self.cast(&product, names::F32);
        let scale = self.graph.op("Mul", &[&x_scale, &scale]);
        self.graph.op("Mul", &[&product, &scale])
    }

    fn int4(&mut self, name: &str, matrix: &Tensor) -> [Value; 2] {
        let (rows, width) = (matrix.rows(), matrix.width());
        let int4 = Int4::new(matrix);
        let kept = self.graph.constant(&format!("{name}{}", names::INT4), names::U8, &[rows, width / 2], int4.bytes);
        let dims = [rows, width / names::block(width)];
        [kept, self.graph.floats(&format!("{name}{}", names::SCALE), &dims, &int4.scales)]
    }

    /// Numbers of 4 bits, packed along the last dimension after `leading` others, as f32. Operator set 17 has no bitwise
    /// operators, so bytes are parted by a division; for constants, runtimes do this once, when they load them.
    fn unpack(&mut self, packed: &str, scales: &str, width: usize, leading: usize) -> Value {
        let last = leading as i64;
        let bytes = self.cast(packed, names::F32);
        let (sixteenth, sixteen, eight) = (self.graph.number(0.0625), self.graph.number(16.0), self.graph.number(8.0));
        let high = self.graph.op("Mul", &[&bytes, &sixteenth]);
        let high = self.graph.op("Floor", &[&high]);
        let shifted = self.graph.op("Mul", &[&high, &sixteen]);
        let low = self.graph.op("Sub", &[&bytes, &shifted]);
        let numbers = self.graph.op_with("Concat", &[&low, &high], vec![whole("axis", last)]);
        let numbers = self.graph.op("Sub", &[&numbers, &eight]);
        let block = names::block(width) as i64;
        let same = vec![0; leading];
        let blocks = self.graph.integers(&[same.as_slice(), &[width as i64 / block, block]].concat());
        let numbers = self.graph.op("Reshape", &[&numbers, &blocks]);
        let end = self.graph.integers(&[-1]);
        let scales = self.graph.op("Unsqueeze", &[scales, &end]);
        let numbers = self.graph.op("Mul", &[&numbers, &scales]);
        let flat = self.graph.integers(&[same.as_slice(), &[width as i64]].concat());
        self.graph.op("Reshape", &[&numbers, &flat])
    }
}
