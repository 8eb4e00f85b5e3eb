//! Models of others: pulled from a hub on this machine, imported from a folder, shown, measured and removed.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

use neural::export::{Form, Output, Quantisation, to_onnx};
use neural::{Tensor, Weights};
use serde_json::{Value, json};

use crate::harness::Place;

type Files = BTreeMap<&'static str, Vec<u8>>;

/// A repository of `sentence-transformers` with a network of one layer.
fn repository() -> Files {
    let config = json!({"model_type": "bert", "architectures": ["BertModel"], "vocab_size": 24, "hidden_size": 16,
        "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32, "max_position_embeddings": 32});
    // Numbers without a pattern; norms that only norm.
    let number = |at: usize| (at * 7_919 % 997) as f32 / 498.5 - 1.0;
    let tensor = |(name, dims): (String, Vec<usize>)| {
        let is_norm = name.ends_with("LayerNorm.weight");
        let data = (0..dims.iter().product()).map(|at| if is_norm { 1.0 } else { number(at) }).collect();
        (name, Tensor { dims, data })
    };
    let shape: neural::BertConfig = serde_json::from_value(config.clone()).unwrap();
    let weights = Weights { tensors: shape.shapes().into_iter().map(tensor).collect(), config: shape };
    let form = Form { quantisation: Quantisation::F32, output: Output::Hidden };
    let words = "[PAD] [UNK] [CLS] [SEP] red dress cotton with short sleeves cordless power drill 红 色 连 衣 裙 电 钻";
    let vocabulary: BTreeMap<&str, usize> = words.split(' ').enumerate().map(|(id, word)| (word, id)).collect();
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "decoder": null,
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocabulary},
    });
    let modules = json!([{"path": "", "type": "sentence_transformers.models.Transformer"},
        {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]);
    let bytes = |value: Value| value.to_string().into_bytes();
    Files::from([
        ("config.json", bytes(config)),
        ("tokenizer.json", bytes(tokenizer)),
        ("modules.json", bytes(modules)),
        ("1_Pooling/config.json", bytes(json!({"pooling_mode_mean_tokens": true, "pooling_mode_cls_token": false}))),
        ("config_sentence_transformers.json", bytes(json!({"prompts": {"query": "red ", "document": ""}}))),
        ("README.md", "---\nlicense: cc-by-nc-4.0\nlanguage:\n- zh\n- en\n---\n".as_bytes().to_vec()),
        ("onnx/model.onnx", to_onnx(&weights, &form).unwrap()),
    ])
}

fn write(place: &Place, folder: &str, files: &Files) -> String {
    files.iter().for_each(|(path, bytes)| drop(place.write(&format!("{folder}/{path}"), bytes)));
    place.path(folder).display().to_string()
}

/// Serves the repository `shops/tiny` until the test ends; what is behind the gate wants the token `hf_right`.
fn hub(files: Files, gated: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            answer(&stream.unwrap(), &files, gated).ok();
        }
    });
    address
}

fn answer(mut stream: &TcpStream, files: &Files, gated: bool) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let heads: Vec<String> = lines.by_ref().map_while(|line| line.ok().filter(|line| !line.is_empty())).collect();
    let allowed = !gated || heads.iter().any(|head| head.to_lowercase() == "authorization: bearer hf_right");
    let path = first.split(' ').nth(1).unwrap_or_default();
    let (status, body) = if path.starts_with("/api/models/shops/tiny/revision/main") {
        let siblings: Vec<Value> =
            files.iter().map(|(path, bytes)| json!({"rfilename": path, "size": bytes.len()})).collect();
        ("200 OK", json!({"sha": "abc123", "siblings": siblings}).to_string().into_bytes())
    } else if !allowed {
        ("401 Unauthorized\r\nx-error-code: GatedRepo", Vec::new())
    } else {
        match path.strip_prefix("/shops/tiny/resolve/abc123/").and_then(|path| files.get(path)) {
            Some(bytes) => ("200 OK", bytes.clone()),
            None => ("404 Not Found", Vec::new()),
        }
    };
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len())?;
    stream.write_all(&body)?;
    stream.shutdown(std::net::Shutdown::Write)?;
    stream.read_to_end(&mut Vec::new()).map(|_| ())
}

#[test]
fn a_model_is_pulled_shown_measured_and_removed() {
    let place = Place::new();
    let endpoint = format!("http://{}", hub(repository(), true));
    let pull = ["models", "pull", "shops/tiny", "--models-dir", "models", "--endpoint", &endpoint];
    let refused = place.run_with(&pull, &[("HF_TOKEN", "hf_wrong")]);
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(refused.err.contains("accept its terms at") && !refused.err.contains("hf_wrong"), "{}", refused.err);

    let token = [("HF_TOKEN", "hf_right")];
    let planned = place.run_with(&[&pull[..], &["--dry-run", "--json"]].concat(), &token);
    assert!(planned.err.contains("licence CC-BY-NC-4.0"), "{}", planned.err);
    assert_eq!(planned.json()["files"][0]["path"], "onnx/model.onnx");
    assert!(!place.path("models").exists(), "a dry run brings nothing");

    let pulled = place.run_with(&[&pull[..], &["--json"]].concat(), &token).json();
    assert_eq!((&pulled["model"]["id"], &pulled["model"]["dims"]), (&json!("tiny"), &json!(16)));
    assert_eq!(pulled["model"]["upstream"]["revision"], "abc123");
    let again = place.run_with(&pull, &token);
    assert_eq!((again.code, again.err.contains("--replace")), (2, true), "{}", again.err);

    let models = ["--models-dir", "models"];
    let list = place.run(&[&["models", "list", "--json"][..], &models].concat()).json();
    assert_eq!((&list["models"][0]["task"], &list["models"][0]["fault"]), (&json!("encoder"), &Value::Null));
    let inspected = place.run(&[&["models", "inspect", "tiny", "--json"][..], &models].concat()).json();
    assert_eq!(inspected["samples"][0]["pieces"][0], "[CLS]");
    assert_eq!(inspected["network"]["precision"], "f32");
    let table = place.run(&[&["models", "inspect", "tiny"][..], &models].concat()).out;
    assert!(table.contains("CC-BY-NC-4.0") && table.contains("mean of the pieces"), "{table}");
    let bench = ["models", "bench", "tiny", "--queries", "5", "--passages", "9", "--json"];
    let figures = place.run(&[&bench[..], &models].concat()).json();
    assert!(figures["single_p50_us"].as_f64().unwrap() > 0.0 && figures["unit"] == "text", "{figures}");

    let unknown = place.run(&[&["models", "remove", "none"][..], &models].concat());
    assert_eq!((unknown.code, unknown.err.contains("models: tiny")), (2, true), "{}", unknown.err);
    place.run(&[&["models", "remove", "tiny", "--json"][..], &models].concat()).json();
    let list = place.run(&[&["models", "list", "--json"][..], &models].concat()).json();
    assert_eq!(list["models"], json!([]));
}

#[test]
fn an_imported_model_that_a_shop_uses_stays() {
    let place = Place::new();
    let mut files = repository();
    files.remove("modules.json");
    let folder = write(&place, "repository", &files);
    let import = ["models", "import", &folder, "--id", "tiny", "--models-dir", "models"];
    let open = place.run(&import);
    assert_eq!((open.code, open.err.contains("--pooling mean")), (2, true), "{}", open.err);
    let imported = place.run(&[&import[..], &["--pooling", "mean", "--query-prefix", ""]].concat());
    assert!(imported.out.contains("tiny is in models/tiny and works"), "{}{}", imported.out, imported.err);

    let settings = place.write("settings.json", json!({"encoders": ["tiny"]}).to_string());
    place.run(&["shop", "create", "tea", "--words-only", "--json"]).json();
    let set = place.run(&["shop", "settings", "set", "tea", &settings, "--models-dir", "models"]);
    assert_eq!(set.code, 0, "{}", set.err);
    let refused = place.run(&["models", "remove", "tiny", "--models-dir", "models"]);
    assert_eq!((refused.code, refused.err.contains("the shop tea")), (2, true), "{}", refused.err);
    place.run(&["models", "remove", "tiny", "--force", "--models-dir", "models", "--json"]).json();
    assert!(!place.path("models/tiny").exists());
}
