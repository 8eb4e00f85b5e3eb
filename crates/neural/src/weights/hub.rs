//! Reading a checkpoint as the Hugging Face hub lays it out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::{BertConfig, Tensor, Weights, WeightsFault, in_file};
use crate::{Error, Result, safetensors};

/// Architectures that are the same network under different names.
const FAMILIES: [&str; 4] = ["bert", "roberta", "xlm-roberta", "camembert"];
const WHOLE: &str = "model.safetensors";
const PARTS: &str = "model.safetensors.index.json";

/// Which part each tensor is in.
#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

pub(super) fn read(folder: &Path) -> Result<Weights> {
    let files = files(folder)?;
    let config = config(folder)?;
    let needed: BTreeSet<String> = config.shapes().into_iter().map(|(name, _)| name).collect();
    let wanted = |name: &str| {
        let name = plain(name);
        (needed.contains(&name) || name.starts_with("head.")).then_some(name)
    };
    let mut tensors: BTreeMap<String, Tensor> = BTreeMap::new();
    for file in &files {
        let path = folder.join(file);
        let bytes = fs_err::read(&path).map_err(|source| Error::Read { folder: folder.to_owned(), source })?;
        let found = recognise(&bytes).and_then(|()| safetensors::read(&bytes, wanted));
        tensors.extend(found.map_err(|fault| in_file(&path, fault))?);
    }
    let weights = Weights { config, tensors };
    weights.check().map_err(|fault| in_file(folder, fault))?;
    Ok(weights)
}

/// The name of a tensor in a bare `BertModel` of today.
fn plain(name: &str) -> String {
    let name = ["bert.", "roberta.", "camembert."].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
    // TensorFlow's names for a norm's numbers, in checkpoints converted before 2019.
    name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias")
}

/// Names of the files with weights.
fn files(folder: &Path) -> Result<Vec<String>> {
    if folder.join(WHOLE).is_file() {
        return Ok(vec![WHOLE.to_owned()]);
    }
    let path = folder.join(PARTS);
    if !path.is_file() {
        return Err(other_weights(folder)?);
    }
    let bytes = fs_err::read(&path).map_err(|source| Error::Read { folder: folder.to_owned(), source })?;
    let index: Index = serde_json::from_slice(&bytes).map_err(|error| in_file(&path, error.into()))?;
    let names: BTreeSet<String> = index.weight_map.into_values().collect();
    let outside = |name: &&String| name.contains(['/', '\\', ':']) || !name.ends_with(".safetensors");
    if let Some(got) = names.iter().find(outside) {
        let (field, expected) = ("weight_map", "names of safetensors files in the same folder".to_owned());
        return Err(in_file(&path, WeightsFault::Config { field, expected, got: got.clone() }));
    }
    Ok(names.into_iter().collect())
}

/// What to say of a folder without safetensors.
fn other_weights(folder: &Path) -> Result<Error> {
    let unreadable = |source| Error::Read { folder: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in fs_err::read_dir(folder).map_err(unreadable)? {
        paths.push(entry.map_err(unreadable)?.path());
    }
    paths.sort();
    let with = |endings: &[&str]| {
        let of = |path: &&std::path::PathBuf| {
            path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| endings.contains(&ending))
        };
        paths.iter().find(of)
    };
    Ok(match (with(&["bin", "pt", "pth", "pkl", "ckpt"]), with(&["gguf"])) {
        (Some(path), _) => in_file(path, WeightsFault::Pickle),
        (None, Some(path)) => in_file(path, WeightsFault::Gguf),
        (None, None) => in_file(folder, WeightsFault::Absent),
    })
}

/// Tells by their first bytes what people rename to safetensors, whose first bytes would be an absurd length.
fn recognise(bytes: &[u8]) -> std::result::Result<(), WeightsFault> {
    match bytes {
        [b'G', b'G', b'U', b'F', ..] => Err(WeightsFault::Gguf),
        // PyTorch keeps pickles in a zip archive; older ones begin with the pickle protocol.
        [b'P', b'K', 3, 4, ..] | [0x80, 2..=5, ..] if bytes.get(8) != Some(&b'{') => Err(WeightsFault::Pickle),
        _ => Ok(()),
    }
}

fn config(folder: &Path) -> Result<BertConfig> {
    let path = folder.join("config.json");
    let bytes = fs_err::read(&path).map_err(|source| Error::Read { folder: folder.to_owned(), source })?;
    read_config(&bytes).map_err(|fault| in_file(&path, fault))
}

fn read_config(bytes: &[u8]) -> std::result::Result<BertConfig, WeightsFault> {
    let document: Value = serde_json::from_slice(bytes)?;
    let fixed = [
        ("model_type", FAMILIES.as_slice()),
        ("hidden_act", ["gelu"].as_slice()),
        ("position_embedding_type", ["absolute"].as_slice()),
    ];
    for (field, known) in fixed {
        let got = &document[field];
        if !got.is_null() && !got.as_str().is_some_and(|name| known.contains(&name)) {
            let expected = known.join(", ");
            return Err(WeightsFault::Config { field, expected, got: got.to_string() });
        }
    }
    let config: BertConfig = serde_json::from_value(document)?;
    config.check()?;
    Ok(config)
}
