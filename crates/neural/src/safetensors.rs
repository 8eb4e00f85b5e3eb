//! The safetensors format: 8 bytes of header length, a JSON header with type, shape and place of each tensor, then their
//! numbers (<https://huggingface.co/docs/safetensors>).
//!
//! Read by our own code and not by the `safetensors` crate: version 0.7 of that adds up offsets without checking for
//! overflow at the end of its validation, so a crafted header makes a build with overflow checks panic, and one without
//! them pass validation and panic on the first access.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use half::{bf16, f16};
use serde::{Deserialize, Serialize};

use crate::Tensor;
use crate::weights::WeightsFault;

/// Longest header; the largest model of the family has one of some 40 KB.
const HEADER_MAX: usize = 16 << 20;
/// Name under which a header keeps text of its own.
const METADATA: &str = "__metadata__";

/// What a header says of a tensor.
#[derive(Deserialize, Serialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: [usize; 2],
}

/// Entries by name, in the order of their places.
type Entries = Vec<(String, Entry)>;

/// The tensors in the bytes of a safetensors file for which `wanted` gives a name to keep them under, as f32.
///
/// # Errors
/// Where the header is not sound, tensors overlap, leave gaps or reach over the end, or a wanted one is not f32, f16 or bf16.
pub fn read(
    bytes: &[u8],
    mut wanted: impl FnMut(&str) -> Option<String>,
) -> Result<BTreeMap<String, Tensor>, WeightsFault> {
    let (entries, data) = header(bytes)?;
    let mut tensors = BTreeMap::new();
    for (name, entry) in entries {
        if let Some(name) = wanted(&name) {
            let [start, end] = entry.data_offsets;
            let data = numbers(&name, &entry.dtype, &data[start..end])?;
            if tensors.insert(name.clone(), Tensor { dims: entry.shape, data }).is_some() {
                return Err(unsound(format!("`{name}` is there twice")));
            }
        }
    }
    Ok(tensors)
}

/// A safetensors file of these tensors in f32.
pub fn write(tensors: &BTreeMap<String, Tensor>) -> Vec<u8> {
    let mut entries = BTreeMap::new();
    let mut end = 0;
    for (name, tensor) in tensors {
        let start = end;
        end += 4 * tensor.data.len();
        let entry = Entry { dtype: "F32".to_owned(), shape: tensor.dims.clone(), data_offsets: [start, end] };
        entries.insert(name, entry);
    }
    let mut header = serde_json::to_vec(&entries).expect("names and numbers are always JSON");
    // Numbers begin at a multiple of 8, as the format recommends, so that they can be mapped.
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut bytes = Vec::with_capacity(8 + header.len() + end);
    bytes.extend_from_slice(&(header.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&header);
    for tensor in tensors.values() {
        tensor.data.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
    }
    bytes
}

/// The header's entries, each with a place inside the numbers that no other one has, and the numbers.
fn header(bytes: &[u8]) -> Result<(Entries, &[u8]), WeightsFault> {
    let cut = || unsound("it is shorter than its header".to_owned());
    let (length, rest) = bytes.split_first_chunk::<8>().ok_or_else(cut)?;
    let length = u64::from_le_bytes(*length);
    let length = usize::try_from(length).ok().filter(|length| *length <= HEADER_MAX);
    let length = length.ok_or_else(|| unsound(format!("its header is longer than {HEADER_MAX} bytes")))?;
    let (header, data) = rest.split_at_checked(length).ok_or_else(cut)?;
    let Unique(fields) = serde_json::from_slice(header).map_err(|error| unsound(format!("its header: {error}")))?;
    let mut entries = Vec::with_capacity(fields.len());
    for (name, value) in fields {
        if name != METADATA {
            let entry: Entry =
                serde_json::from_value(value).map_err(|error| unsound(format!("its header, `{name}`: {error}")))?;
            entries.push((name, entry));
        }
    }
    entries.sort_by_key(|(_, entry)| entry.data_offsets);
    let mut place = 0;
    for (name, entry) in &entries {
        let [start, end] = entry.data_offsets;
        let width =
            width(&entry.dtype).ok_or_else(|| unsound(format!("`{name}` is of the unknown type {}", entry.dtype)))?;
        let size = entry.shape.iter().try_fold(width, |size, dim| size.checked_mul(*dim));
        if start != place || end < start || size != Some(end - start) {
            return Err(unsound(format!("`{name}` stands at {start}..{end}, expected its size from {place} on")));
        }
        place = end;
    }
    if place != data.len() {
        return Err(unsound(format!("it holds {} bytes of numbers, expected {place}", data.len())));
    }
    Ok((entries, data))
}

/// Fields of a JSON object, refused where a name comes twice: readers would differ in which one counts.
struct Unique(Vec<(String, serde_json::Value)>);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(UniqueVisitor)
    }
}

struct UniqueVisitor;

impl<'de> serde::de::Visitor<'de> for UniqueVisitor {
    type Value = Unique;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Unique, A::Error> {
        let (mut fields, mut names) = (Vec::new(), BTreeSet::new());
        while let Some((name, value)) = map.next_entry::<String, serde_json::Value>()? {
            if !names.insert(name.clone()) {
                return Err(serde::de::Error::custom(format!("`{name}` is there twice")));
            }
            fields.push((name, value));
        }
        Ok(Unique(fields))
    }
}

/// Bytes a number of the type has.
fn width(dtype: &str) -> Option<usize> {
    match dtype {
        "F64" | "I64" | "U64" => Some(8),
        "F32" | "I32" | "U32" => Some(4),
        "F16" | "BF16" | "I16" | "U16" => Some(2),
        "BOOL" | "U8" | "I8" | "F8_E4M3" | "F8_E5M2" => Some(1),
        _ => None,
    }
}

fn numbers(name: &str, dtype: &str, bytes: &[u8]) -> Result<Vec<f32>, WeightsFault> {
    let pairs = || bytes.chunks_exact(2).map(|pair| [pair[0], pair[1]]);
    match dtype {
        "F32" => {
            Ok(bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect())
        }
        "F16" => Ok(pairs().map(|pair| f16::from_le_bytes(pair).to_f32()).collect()),
        "BF16" => Ok(pairs().map(|pair| bf16::from_le_bytes(pair).to_f32()).collect()),
        other => {
            let (expected, got) = ("F32, F16 or BF16", other.to_owned());
            Err(WeightsFault::Numbers { name: name.to_owned(), expected, got })
        }
    }
}

fn unsound(fault: String) -> WeightsFault {
    WeightsFault::Safetensors { fault }
}
