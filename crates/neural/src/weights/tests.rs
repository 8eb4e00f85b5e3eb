use std::collections::BTreeMap;
use std::path::Path;

use half::{bf16, f16};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::export::{Form, Output, Quantisation, to_onnx};
use crate::safetensors;
use crate::testing::{random, small};

/// A Hugging Face folder with these tensors and this configuration.
fn hub(config: &serde_json::Value, weights: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("config.json"), config.to_string()).unwrap();
    fs_err::write(folder.path().join("model.safetensors"), weights).unwrap();
    folder
}

fn config() -> serde_json::Value {
    let mut config = serde_json::to_value(small()).unwrap();
    (config["hidden_act"], config["architectures"]) = ("gelu".into(), json!(["BertModel"]));
    config
}

/// A tiny network, so that mutations hit every part of a file.
fn tiny() -> BertConfig {
    BertConfig {
        vocab_size: 3,
        hidden_size: 4,
        num_hidden_layers: 1,
        num_attention_heads: 1,
        intermediate_size: 4,
        ..small()
    }
}

fn complaint(folder: &Path) -> String {
    let error = Weights::read(folder).unwrap_err();
    let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    format!("{error}: {source}").replace(&folder.display().to_string(), "DIR")
}

/// A safetensors file with this header and so many bytes of numbers.
fn file(header: &str, numbers: usize) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &vec![0; numbers]].concat()
}

#[test]
fn a_checkpoint_is_read_whatever_its_prefix_and_numbers() {
    let weights = random(&small(), 3);
    let folder = hub(&config(), &safetensors::write(&weights.tensors));
    assert_eq!(Weights::read(folder.path()).unwrap(), weights);
    // With a prefix, the old names of norms, and tensors of a head that is not ours.
    let mut renamed: BTreeMap<String, Tensor> = BTreeMap::new();
    for (name, tensor) in &weights.tensors {
        let name = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
        renamed.insert(format!("bert.{name}"), tensor.clone());
    }
    renamed.insert("cls.predictions.bias".to_owned(), Tensor::vector(vec![0.0; 7]));
    let folder = hub(&config(), &safetensors::write(&renamed));
    assert_eq!(Weights::read(folder.path()).unwrap(), weights);
}

#[test]
fn half_precision_and_parts_are_read() {
    let weights = random(&small(), 4);
    let half = |bits: &dyn Fn(f32) -> [u8; 2], dtype: &str, names: &[&String]| {
        let (mut entries, mut numbers) = (serde_json::Map::new(), Vec::new());
        for name in names {
            let tensor = &weights.tensors[*name];
            let start = numbers.len();
            tensor.data.iter().for_each(|value| numbers.extend(bits(*value)));
            entries.insert(
                (*name).clone(),
                json!({"dtype": dtype, "shape": tensor.dims, "data_offsets": [start, numbers.len()]}),
            );
        }
        let header = serde_json::Value::Object(entries).to_string();
        [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &numbers].concat()
    };
    let names: Vec<&String> = weights.tensors.keys().collect();
    let (first, second) = names.split_at(9);
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs_err::write(folder.path().join(name), bytes).unwrap();
    write("config.json", config().to_string().as_bytes());
    write("a.safetensors", &half(&|value| f16::from_f32(value).to_le_bytes(), "F16", first));
    write("b.safetensors", &half(&|value| bf16::from_f32(value).to_le_bytes(), "BF16", second));
    let part =
        |names: &[&String], file: &str| names.iter().map(|name| ((*name).clone(), file.into())).collect::<Vec<_>>();
    let map: serde_json::Map<_, serde_json::Value> =
        part(first, "a.safetensors").into_iter().chain(part(second, "b.safetensors")).collect();
    write("model.safetensors.index.json", json!({"weight_map": map}).to_string().as_bytes());
    let read = Weights::read(folder.path()).unwrap();
    for (name, tensor) in &weights.tensors {
        let near = tensor.data.iter().zip(&read.tensors[name].data).all(|(a, b)| (a - b).abs() <= a.abs() / 128.0);
        assert!(near, "{name}");
    }
    write("model.safetensors.index.json", json!({"weight_map": {"x": "../a.safetensors"}}).to_string().as_bytes());
    assert!(complaint(folder.path()).contains("`weight_map` is ../a.safetensors"), "{}", complaint(folder.path()));
}

#[test]
fn other_formats_and_architectures_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    assert!(complaint(folder.path()).contains("has no weights"), "{}", complaint(folder.path()));
    let write = |name: &str, bytes: &[u8]| fs_err::write(folder.path().join(name), bytes).unwrap();
    write("model.gguf", b"GGUF");
    assert!(complaint(folder.path()).contains("DIR/model.gguf` cannot be used: is a GGUF file"));
    write("pytorch_model.bin", b"\x80\x02cos\nsystem\n");
    let pickle = complaint(folder.path());
    assert!(
        pickle.contains("DIR/pytorch_model.bin") && pickle.contains("is a pickle, and reading one runs the code in it")
    );
    for (bytes, expected) in [
        (&b"\x80\x04\x95 pickle"[..], "is a pickle"),
        (b"PK\x03\x04 zipped", "is a pickle"),
        (b"GGUF\x03", "is a GGUF"),
    ] {
        assert!(complaint(hub(&config(), bytes).path()).contains(expected), "{expected}");
    }
    let good = safetensors::write(&random(&small(), 1).tensors);
    for (field, value, expected) in [
        (
            "model_type",
            json!("modernbert"),
            "`model_type` is \"modernbert\", expected bert, roberta, xlm-roberta, camembert",
        ),
        ("hidden_act", json!("relu"), "`hidden_act` is \"relu\", expected gelu"),
        (
            "position_embedding_type",
            json!("relative_key"),
            "`position_embedding_type` is \"relative_key\", expected absolute",
        ),
        ("num_attention_heads", json!(5), "`num_attention_heads` is 5, expected a divisor of 32"),
        ("hidden_size", json!(0), "`hidden_size` is 0, expected a number from 1 to 16384"),
        ("num_hidden_layers", json!(3), "lacks the tensor `encoder.layer.2.attention.self.query.weight`"),
        ("vocab_size", json!(41), "`embeddings.word_embeddings.weight` has the shape [40, 32], expected [41, 32]"),
    ] {
        let mut config = config();
        config[field] = value;
        let complaint = complaint(hub(&config, &good).path());
        assert!(complaint.contains(expected), "{complaint}");
    }
}

#[test]
fn a_number_that_is_none_is_refused_by_name() {
    let mut weights = random(&small(), 1);
    weights.tensors.get_mut("encoder.layer.0.output.dense.bias").unwrap().data[2] = f32::INFINITY;
    let complaint = complaint(hub(&config(), &safetensors::write(&weights.tensors)).path());
    assert!(complaint.contains("`encoder.layer.0.output.dense.bias` holds inf at place 2"), "{complaint}");
}

#[test]
fn headers_that_lie_are_refused() {
    let one =
        |offsets: &str, shape: &str| format!(r#"{{"a":{{"dtype":"F32","shape":{shape},"data_offsets":{offsets}}}}}"#);
    let two = |first: &str, second: &str| {
        format!(
            r#"{{"a":{{"dtype":"F32","shape":[1],"data_offsets":{first}}},"b":{{"dtype":"F32","shape":[1],"data_offsets":{second}}}}}"#
        )
    };
    let huge = format!(
        r#"{{"a":{{"dtype":"U8","shape":[{0}],"data_offsets":[0,{0}]}},"b":{{"dtype":"U8","shape":[9],"data_offsets":[{0},{1}]}}}}"#,
        u64::MAX - 8,
        u64::MAX
    );
    for (bytes, expected) in [
        (vec![], "shorter than its header"),
        (u64::MAX.to_le_bytes().to_vec(), "longer than"),
        (1_000u64.to_le_bytes().to_vec(), "shorter than its header"),
        (file("{", 0), "EOF while parsing"),
        (file("[]", 0), "expected an object"),
        (file(&one("[0,8]", "[1]"), 8), "stands at 0..8"),
        (file(&one("[0,4]", "[1]"), 3), "3 bytes of numbers, expected 4"),
        (file(&one("[0,4]", "[1]"), 5), "5 bytes of numbers, expected 4"),
        (file(&one("[4,0]", "[1]"), 4), "stands at 4..0"),
        (file(&one("[0,4]", "[4611686018427387904,4]"), 4), "stands at 0..4"),
        (file(&two("[0,4]", "[0,4]"), 4), "expected its size from 4 on"),
        (file(&two("[0,4]", "[8,12]"), 12), "expected its size from 4 on"),
        (file(&huge, 1), "expected"),
        (
            file(
                r#"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#,
                0,
            ),
            "`a` is there twice",
        ),
        (file(r#"{"a":{"dtype":"Q4","shape":[1],"data_offsets":[0,4]}}"#, 4), "unknown type Q4"),
        (
            file(r#"{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#, 8),
            "`a` is kept as I64, expected F32, F16 or BF16",
        ),
    ] {
        let complaint = safetensors::read(&bytes, |name| Some(name.to_owned())).unwrap_err().to_string();
        assert!(complaint.contains(expected), "{complaint}, expected {expected}");
    }
    let metadata =
        file(r#"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}   "#, 4);
    assert_eq!(safetensors::read(&metadata, |name| Some(name.to_owned())).unwrap()["a"], Tensor::vector(vec![0.0]));
}

#[test]
fn networks_of_others_are_refused() {
    let foreign = crate::onnx::ModelProto { producer_name: "pytorch".to_owned(), ..Default::default() };
    let complaint = Weights::from_onnx(&prost::Message::encode_to_vec(&foreign)).unwrap_err().to_string();
    assert!(complaint.contains("not written by Mercato"), "{complaint}");
    assert!(Weights::from_onnx(b"\x80\x04 not a network").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Bytes changed, cut out and added anywhere: an error or weights, never a panic.
    #[test]
    fn no_bytes_make_a_reader_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        end in any::<prop::sample::Index>(),
        cut in any::<bool>(),
        form in 0..4usize,
    ) {
        let weights = random(&tiny(), 7);
        let forms = [Quantisation::F32, Quantisation::F16, Quantisation::Int8, Quantisation::Int4Weights];
        let onnx = to_onnx(&weights, &Form { quantisation: forms[form], output: Output::Sentence }).unwrap();
        for mut bytes in [safetensors::write(&weights.tensors), onnx] {
            // Half of the changes fall on the header, where they matter.
            for (at, (place, byte)) in changes.iter().enumerate() {
                let reach = if at % 2 == 0 { bytes.len().min(400) } else { bytes.len() };
                bytes[place.index(reach)] = *byte;
            }
            if cut {
                bytes.truncate(end.index(bytes.len()));
            }
            let _ = safetensors::read(&bytes, |name| Some(name.to_owned()));
            let _ = Weights::from_onnx(&bytes);
            let _ = Weights::read(hub(&serde_json::to_value(tiny()).unwrap(), &bytes).path());
        }
    }
}
