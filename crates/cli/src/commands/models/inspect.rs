//! `mercato models inspect`: everything about a model on one page.

use anyhow::Result;
use neural::Pooling;
use neural::hub::{Inspection, Port};
use serde_json::{Value, json};

use super::folder;
use crate::args::Inspect;
use crate::config::Config;
use crate::output::{self, bytes, grouped};

/// Runs the command.
pub(super) fn run(args: &Inspect, config: &Config) -> Result<()> {
    let inspection = Inspection::of(&folder(config, &args.id)?)?;
    if config.json { output::json(&document(&inspection)) } else { output::table(rows(&inspection)) }
}

fn document(inspection: &Inspection) -> Value {
    let ports = |ports: &[Port]| -> Vec<Value> {
        ports.iter().map(|port| json!({ "name": port.name, "dims": port.dims })).collect()
    };
    let network = &inspection.network;
    let samples = inspection.samples.iter();
    let samples =
        samples.map(|sample| json!({ "text": sample.text, "pieces": sample.pieces, "unknown": sample.unknown }));
    json!({
        "model": inspection.manifest,
        "version": inspection.version,
        "runner": inspection.runner,
        "network": {
            "inputs": ports(&network.inputs), "outputs": ports(&network.outputs), "parameters": network.parameters,
            "precision": network.precision, "pieces": network.pieces, "opset": network.opset,
        },
        "samples": samples.collect::<Vec<_>>(),
    })
}

fn rows(inspection: &Inspection) -> Vec<Vec<String>> {
    let (manifest, network) = (&inspection.manifest, &inspection.network);
    let mut rows = vec![vec!["what".to_owned(), "value".to_owned()]];
    let mut row = |what: &str, value: String| rows.push(vec![what.to_owned(), value]);
    row("version", inspection.version.clone());
    row("task", format!("{} ({})", manifest.task.name(), manifest.family));
    row("languages", manifest.languages.join(" "));
    row("licence", manifest.licence.clone());
    row("source", manifest.source.clone());
    let cut = manifest.dims_full.map(|full| format!(", the first of {full}")).unwrap_or_default();
    row("numbers", format!("{}{cut}", manifest.dims));
    if !manifest.labels.is_empty() {
        row("labels", manifest.labels.join(", "));
    }
    row("reads", format!("{}, {}", manifest.output, pooling(manifest.pooling)));
    row("before queries", format!("{:?}", manifest.query_prefix));
    row("before passages", format!("{:?}", manifest.passage_prefix));
    let (query, passage) = (manifest.query_tokens, manifest.passage_tokens);
    row("pieces", format!("query {query}, passage {passage}, at most {}", manifest.tokens_max));
    row("runner", inspection.runner.to_owned());
    row("inputs", ports(&network.inputs));
    row("outputs", ports(&network.outputs));
    row("parameters", grouped(network.parameters));
    row("precision", format!("{:?}", network.precision).to_lowercase());
    let vocabulary = network.pieces.map_or_else(|| "not known".to_owned(), |pieces| grouped(pieces as u64));
    row("vocabulary", vocabulary);
    for file in &manifest.files {
        row(&file.role, format!("{}, {}\nSHA-256 {}", file.name, bytes(file.bytes), file.sha256));
    }
    for sample in &inspection.samples {
        let unknown = if sample.unknown > 0 { format!("\n{} unknown", sample.unknown) } else { String::new() };
        row(sample.text, format!("{}{unknown}", sample.pieces.join(" ")));
    }
    rows
}

fn pooling(pooling: Pooling) -> &'static str {
    match pooling {
        Pooling::Done => "as it is",
        Pooling::Mean => "mean of the pieces",
        Pooling::Cls => "first piece",
        Pooling::LastToken => "last piece",
    }
}

fn ports(ports: &[Port]) -> String {
    let dim = |dim: &Option<usize>| dim.map_or_else(|| "?".to_owned(), |dim| dim.to_string());
    let port = |port: &Port| format!("{} [{}]", port.name, port.dims.iter().map(dim).collect::<Vec<_>>().join(", "));
    ports.iter().map(port).collect::<Vec<_>>().join(", ")
}
