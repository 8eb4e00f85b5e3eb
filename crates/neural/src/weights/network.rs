//! Reading weights back out of networks that [`crate::export`] wrote.

use std::collections::BTreeMap;
use std::path::Path;

use half::f16;
use prost::Message as _;

use super::{BertConfig, Tensor, Weights, WeightsFault, in_file};
use crate::export::names;
use crate::onnx::{StringEntry, TensorProto};
use crate::{Error, Manifest, Result};

/// What reading needs of a file. Tensors are decoded one by one: a file of a few bytes a tensor, all of them empty, would
/// take a hundred times its size at once.
#[derive(Clone, PartialEq, prost::Message)]
struct Outline {
    #[prost(message, optional, tag = "7")]
    graph: Option<Constants>,
    #[prost(message, repeated, tag = "14")]
    metadata: Vec<StringEntry>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Constants {
    #[prost(bytes = "vec", repeated, tag = "5")]
    tensors: Vec<Vec<u8>>,
}

/// A tensor as it is kept.
pub(crate) struct Kept {
    pub(crate) dims: Vec<usize>,
    pub(crate) kind: i32,
    pub(crate) bytes: Vec<u8>,
}

pub(super) fn read(folder: &Path) -> Result<Weights> {
    let path = Manifest::read(folder)?.path(folder, "network");
    let bytes = fs_err::read(&path).map_err(|source| Error::Read { folder: folder.to_owned(), source })?;
    from_onnx(&bytes).map_err(|fault| in_file(&path, fault))
}

/// Everything in a network that we wrote, as it is kept there.
pub(crate) fn kept(bytes: &[u8]) -> std::result::Result<(BertConfig, BTreeMap<String, Kept>), WeightsFault> {
    let outline = Outline::decode(bytes).map_err(|error| unreadable(error.to_string()))?;
    let entry = outline.metadata.iter().find(|entry| entry.key == names::CONFIG);
    let entry =
        entry.ok_or_else(|| unreadable(format!("no `{}` in its metadata: not written by Mercato", names::CONFIG)))?;
    let config: BertConfig = serde_json::from_str(&entry.value)?;
    config.check()?;
    let mut kept = BTreeMap::new();
    for bytes in outline.graph.unwrap_or_default().tensors {
        let tensor = TensorProto::decode(bytes.as_slice()).map_err(|error| unreadable(error.to_string()))?;
        if tensor.name.starts_with("embeddings.")
            || tensor.name.starts_with("encoder.")
            || tensor.name.starts_with("head.")
        {
            let name = tensor.name.clone();
            kept.insert(name.clone(), Kept::new(tensor)?);
        }
    }
    Ok((config, kept))
}

pub(super) fn from_onnx(bytes: &[u8]) -> std::result::Result<Weights, WeightsFault> {
    let (config, kept) = kept(bytes)?;
    let mut tensors = BTreeMap::new();
    for (name, tensor) in &kept {
        if let Some(base) = name.strip_suffix(names::INT8) {
            let scales = scales(&kept, base)?;
            tensors.insert(base.to_owned(), from_int8(base, tensor, &scales)?);
        } else if let Some(base) = name.strip_suffix(names::INT4) {
            let scales = scales(&kept, base)?;
            tensors.insert(base.to_owned(), from_int4(base, tensor, &scales)?);
        } else if !name.ends_with(names::SCALE) {
            tensors.insert(name.clone(), Tensor { dims: tensor.dims.clone(), data: tensor.floats(name)? });
        }
    }
    let weights = Weights { config, tensors };
    weights.check()?;
    Ok(weights)
}

impl Kept {
    fn new(tensor: TensorProto) -> std::result::Result<Self, WeightsFault> {
        let name = tensor.name;
        if tensor.data_location != 0 {
            return Err(unreadable(format!("`{name}` is kept in another file, expected in this one")));
        }
        let dims: Option<Vec<usize>> = tensor.dims.iter().map(|dim| usize::try_from(*dim).ok()).collect();
        let width = match tensor.data_type {
            names::F32 => 4,
            names::F16 => 2,
            names::U8 | names::I8 => 1,
            got => {
                let (expected, got) = ("f32, f16, i8 or u8", format!("type {got} of ONNX"));
                return Err(WeightsFault::Numbers { name, expected, got });
            }
        };
        let dims = dims.ok_or_else(|| unreadable(format!("`{name}` has a negative size")))?;
        let size = dims.iter().try_fold(width, |size: usize, dim| size.checked_mul(*dim));
        if size != Some(tensor.raw_data.len()) {
            let (expected, got) = (format!("{dims:?}"), format!("{} bytes", tensor.raw_data.len()));
            return Err(WeightsFault::Shape { name, expected, got });
        }
        Ok(Self { dims, kind: tensor.data_type, bytes: tensor.raw_data })
    }

    pub(crate) fn floats(&self, name: &str) -> std::result::Result<Vec<f32>, WeightsFault> {
        match self.kind {
            names::F32 => Ok(self.bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect()),
            names::F16 => {
                Ok(self.bytes.as_chunks::<2>().0.iter().map(|two| f16::from_le_bytes(*two).to_f32()).collect())
            }
            _ => {
                let (expected, got) = ("f32 or f16", "whole numbers".to_owned());
                Err(WeightsFault::Numbers { name: name.to_owned(), expected, got })
            }
        }
    }

    /// Rows and width of a table.
    fn table(&self, name: &str) -> std::result::Result<[usize; 2], WeightsFault> {
        <[usize; 2]>::try_from(self.dims.as_slice()).map_err(|_| {
            let (expected, got) = ("two dimensions".to_owned(), format!("{:?}", self.dims));
            WeightsFault::Shape { name: name.to_owned(), expected, got }
        })
    }
}

fn scales(kept: &BTreeMap<String, Kept>, base: &str) -> std::result::Result<Vec<f32>, WeightsFault> {
    let name = format!("{base}{}", names::SCALE);
    kept.get(&name).ok_or_else(|| WeightsFault::Missing { name: name.clone() })?.floats(&name)
}

fn from_int8(base: &str, tensor: &Kept, scales: &[f32]) -> std::result::Result<Tensor, WeightsFault> {
    let [rows, width] = tensor.table(base)?;
    let at = |row: usize, column: usize| f32::from(tensor.bytes[row * width + column] as i8);
    let table = base == names::WORDS;
    // A table is kept row by row as it is; a matrix is kept turned, as products need it.
    let out = if table { rows } else { width };
    if scales.len() != out {
        return Err(misfit(base, out, scales.len()));
    }
    if table {
        let row = |row: usize| (0..width).map(move |column| at(row, column) * scales[row]);
        return Ok(Tensor::matrix(rows, width, (0..rows).flat_map(row).collect()));
    }
    let row = |out: usize| (0..rows).map(move |column| at(column, out) * scales[out]);
    Ok(Tensor::matrix(width, rows, (0..width).flat_map(row).collect()))
}

fn from_int4(base: &str, tensor: &Kept, scales: &[f32]) -> std::result::Result<Tensor, WeightsFault> {
    let [rows, half] = tensor.table(base)?;
    let width = half.checked_mul(2).ok_or_else(|| misfit(base, 0, scales.len()))?;
    let block = names::block(width);
    if scales.len() != rows * (width / block.max(1)) {
        return Err(misfit(base, rows * (width / block.max(1)), scales.len()));
    }
    let mut data = Vec::with_capacity(rows * width);
    for row in 0..rows {
        let bytes = &tensor.bytes[row * half..(row + 1) * half];
        let numbers = bytes.iter().map(|byte| byte & 15).chain(bytes.iter().map(|byte| byte >> 4));
        let scale = |column: usize| scales[row * (width / block) + column / block];
        data.extend(numbers.enumerate().map(|(column, number)| (f32::from(number) - 8.0) * scale(column)));
    }
    Ok(Tensor::matrix(rows, width, data))
}

fn misfit(base: &str, expected: usize, got: usize) -> WeightsFault {
    let (expected, got) = (format!("{expected} scales"), format!("{got}"));
    WeightsFault::Shape { name: base.to_owned(), expected, got }
}

fn unreadable(fault: String) -> WeightsFault {
    WeightsFault::Onnx { fault }
}
