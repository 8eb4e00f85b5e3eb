//! The encoder and what comes out of it.

use super::dense::Parts;
use super::graph::{Size, Value, list, whole};
use super::names;
use super::{HeadPooling, Output};
use crate::BertConfig;
use crate::weights::WeightsFault;

const BATCH: Size = Size::Free("batch");
const SEQUENCE: Size = Size::Free("sequence");

/// Adds the whole network.
pub(super) fn network(parts: &mut Parts<'_>, config: &BertConfig, output: &Output) -> Result<(), WeightsFault> {
    let ids = parts.graph.input("input_ids", names::I64, &[BATCH, SEQUENCE]);
    let mask = parts.graph.input("attention_mask", names::I64, &[BATCH, SEQUENCE]);
    let mask = parts.cast(&mask, names::F32);
    let bias = attention_bias(parts, &mask);
    let mut x = embeddings(parts, config, &ids)?;
    for layer in 0..config.num_hidden_layers {
        x = self::layer(parts, config, layer, &x, &bias)?;
    }
    put_output(parts, config, output, &x, &mask)
}

/// 0 where a piece may be looked at, very negative where it is padding: \[batch, 1, 1, sequence\].
fn attention_bias(parts: &mut Parts<'_>, mask: &str) -> Value {
    let (one, large) = (parts.graph.number(1.0), parts.graph.number(1e9));
    let bias = parts.graph.op("Sub", &[mask, &one]);
    let bias = parts.graph.op("Mul", &[&bias, &large]);
    let middle = parts.graph.integers(&[1, 2]);
    parts.graph.op("Unsqueeze", &[&bias, &middle])
}

/// Pieces, their places and the one type, summed and brought to norm. Places are counted over padding too, since padding
/// comes last and is not looked at.
fn embeddings(parts: &mut Parts<'_>, config: &BertConfig, ids: &str) -> Result<Value, WeightsFault> {
    let words = parts.words(ids)?;
    let positions = parts.table("embeddings.position_embeddings.weight")?;
    let types = parts.table("embeddings.token_type_embeddings.weight")?;
    let graph = &mut parts.graph;
    let (zero, one) = (graph.integers(&[0]), graph.integers(&[1]));
    let first = graph.integers(&[config.position_offset() as i64]);
    let shape = graph.op("Shape", &[ids]);
    let pieces = graph.op_with("Gather", &[&shape, &one], vec![whole("axis", 0)]);
    let end = graph.op("Add", &[&pieces, &first]);
    let positions = graph.op("Slice", &[&positions, &first, &end, &zero]);
    let kind = graph.op("Slice", &[&types, &zero, &one, &zero]);
    let places = graph.op("Add", &[&positions, &kind]);
    let sum = graph.op("Add", &[&words, &places]);
    parts.norm(&sum, "embeddings.LayerNorm")
}

fn layer(parts: &mut Parts<'_>, config: &BertConfig, at: usize, x: &str, bias: &str) -> Result<Value, WeightsFault> {
    let name = |part: &str| format!("encoder.layer.{at}.{part}");
    let seen = attention(parts, config, &name("attention.self"), x, bias)?;
    let seen = parts.dense(&seen, &name("attention.output.dense"))?;
    let seen = adapter(parts, &seen, &name("attention.adapter"))?;
    let sum = parts.graph.op("Add", &[&seen, x]);
    let x = parts.norm(&sum, &name("attention.output.LayerNorm"))?;
    let wide = parts.dense(&x, &name("intermediate.dense"))?;
    let wide = gelu(parts, &wide);
    let thought = parts.dense(&wide, &name("output.dense"))?;
    let thought = adapter(parts, &thought, &name("output.adapter"))?;
    let sum = parts.graph.op("Add", &[&thought, &x]);
    parts.norm(&sum, &name("output.LayerNorm"))
}

/// x + `up`(gelu(`down`(x))), where the weights have such a bottleneck here.
fn adapter(parts: &mut Parts<'_>, x: &str, name: &str) -> Result<Value, WeightsFault> {
    if !parts.has(&format!("{name}.down.weight")) {
        return Ok(x.to_owned());
    }
    let narrow = parts.dense_exact(x, &format!("{name}.down"))?;
    let narrow = gelu(parts, &narrow);
    let wide = parts.dense_exact(&narrow, &format!("{name}.up"))?;
    Ok(parts.graph.op("Add", &[x, &wide]))
}

/// Rows that stand before every text's own: \[batch, length, width\].
fn before(parts: &mut Parts<'_>, side: &str, name: &str) -> Result<Value, WeightsFault> {
    let rows = parts.plain(name)?;
    let graph = &mut parts.graph;
    let (zero, one) = (graph.integers(&[0]), graph.integers(&[1]));
    let shape = graph.op("Shape", &[side]);
    let texts = graph.op_with("Gather", &[&shape, &zero], vec![whole("axis", 0)]);
    let texts = graph.op_with("Concat", &[&texts, &one, &one], vec![whole("axis", 0)]);
    let rows = graph.op("Unsqueeze", &[&rows, &zero]);
    let rows = graph.op("Expand", &[&rows, &texts]);
    Ok(graph.op_with("Concat", &[&rows, side], vec![whole("axis", 1)]))
}

/// The bias with 0 for the rows of a prefix: \[batch, 1, 1, length + sequence\].
fn bias_before(parts: &mut Parts<'_>, bias: &str, length: usize) -> Value {
    let graph = &mut parts.graph;
    let (zero, one) = (graph.integers(&[0]), graph.integers(&[1]));
    let shape = graph.op("Shape", &[bias]);
    let texts = graph.op_with("Gather", &[&shape, &zero], vec![whole("axis", 0)]);
    let shape = graph.op_with("Concat", &[&texts, &one, &one, &one], vec![whole("axis", 0)]);
    let seen = graph.floats(&format!("prefix_bias_{length}"), &[1, 1, 1, length], &vec![0.0; length]);
    let seen = graph.op("Expand", &[&seen, &shape]);
    graph.op_with("Concat", &[&seen, bias], vec![whole("axis", 3)])
}

/// Softmax(query · keyᵀ / √width + bias) · value for each head. Keys and values of a prefix, where the weights have one,
/// stand before a text's own.
fn attention(
    parts: &mut Parts<'_>,
    config: &BertConfig,
    name: &str,
    x: &str,
    bias: &str,
) -> Result<Value, WeightsFault> {
    let (heads, width) = (config.num_attention_heads as i64, config.head_width() as i64);
    let split = parts.graph.integers(&[0, 0, heads, width]);
    let prefix = name.replace("attention.self", "attention.prefix");
    let length = if parts.has(&format!("{prefix}.key")) { parts.rows(&format!("{prefix}.key"))? } else { 0 };
    let bias = if length > 0 { bias_before(parts, bias, length) } else { bias.to_owned() };
    let mut side = |part: &str, perm: &[i64]| -> Result<Value, WeightsFault> {
        let mut side = parts.dense(x, &format!("{name}.{part}"))?;
        if length > 0 && part != "query" {
            side = before(parts, &side, &format!("{prefix}.{part}"))?;
        }
        let side = parts.graph.op("Reshape", &[&side, &split]);
        Ok(parts.graph.op_with("Transpose", &[&side], vec![list("perm", perm)]))
    };
    let query = side("query", &[0, 2, 1, 3])?;
    let key = side("key", &[0, 2, 3, 1])?;
    let value = side("value", &[0, 2, 1, 3])?;
    let graph = &mut parts.graph;
    let scale = graph.number((width as f32).sqrt());
    let scores = graph.op("MatMul", &[&query, &key]);
    let scores = graph.op("Div", &[&scores, &scale]);
    let scores = graph.op("Add", &[&scores, &bias]);
    let shares = graph.op_with("Softmax", &[&scores], vec![whole("axis", -1)]);
    let seen = graph.op("MatMul", &[&shares, &value]);
    let seen = graph.op_with("Transpose", &[&seen], vec![list("perm", &[0, 2, 1, 3])]);
    let join = graph.integers(&[0, 0, heads * width]);
    Ok(graph.op("Reshape", &[&seen, &join]))
}

/// x · (1 + erf(x / √2)) · ½: the exact form (Hendrycks and Gimpel 2016, arXiv:1606.08415), written as runtimes fuse it.
fn gelu(parts: &mut Parts<'_>, x: &str) -> Value {
    let graph = &mut parts.graph;
    let (root, one, half) = (graph.number(std::f32::consts::SQRT_2), graph.number(1.0), graph.number(0.5));
    let scaled = graph.op("Div", &[x, &root]);
    let erf = graph.op("Erf", &[&scaled]);
    let erf = graph.op("Add", &[&erf, &one]);
    let product = graph.op("Mul", &[x, &erf]);
    graph.op("Mul", &[&product, &half])
}

fn put_output(
    parts: &mut Parts<'_>,
    config: &BertConfig,
    output: &Output,
    x: &str,
    mask: &str,
) -> Result<(), WeightsFault> {
    let hidden = Size::Fixed(config.hidden_size);
    match output {
        Output::Hidden => parts.graph.output(x, "last_hidden_state", &[BATCH, SEQUENCE, hidden]),
        Output::Sentence => {
            let mean = mean(parts, x, mask);
            let unit = unit(parts, &mean);
            parts.graph.output(&unit, "sentence_embedding", &[BATCH, hidden]);
        }
        Output::Labels { head, pooling } => {
            let pooled = pooled(parts, x, mask, *pooling);
            let (logits, labels) = head_on(parts, &pooled, head)?;
            parts.graph.output(&logits, "logits", &[BATCH, labels]);
        }
        Output::PieceLabels { head } => {
            let (logits, labels) = head_on(parts, x, head)?;
            parts.graph.output(&logits, "logits", &[BATCH, SEQUENCE, labels]);
        }
        Output::Score { head, pooling } => {
            let pooled = pooled(parts, x, mask, *pooling);
            let (logits, labels) = head_on(parts, &pooled, head)?;
            let Size::Fixed(1) = labels else {
                let (name, expected) = (format!("head.{head}.weight"), "one row".to_owned());
                return Err(WeightsFault::Shape { name, expected, got: "several".to_owned() });
            };
            let last = parts.graph.integers(&[1]);
            let score = parts.graph.op("Squeeze", &[&logits, &last]);
            parts.graph.output(&score, "score", &[BATCH]);
        }
        Output::Projection { head } => {
            let mean = mean(parts, x, mask);
            let (projected, dims) = head_on(parts, &mean, head)?;
            let unit = unit(parts, &projected);
            parts.graph.output(&unit, "embedding", &[BATCH, dims]);
        }
    }
    Ok(())
}

fn pooled(parts: &mut Parts<'_>, x: &str, mask: &str, pooling: HeadPooling) -> Value {
    match pooling {
        HeadPooling::Mean => mean(parts, x, mask),
        HeadPooling::Cls => {
            let (zero, one) = (parts.graph.integers(&[0]), parts.graph.integers(&[1]));
            let first = parts.graph.op("Slice", &[x, &zero, &one, &one]);
            parts.graph.op("Squeeze", &[&first, &one])
        }
    }
}

/// The mean over the pieces that are not padding: \[batch, hidden\].
fn mean(parts: &mut Parts<'_>, x: &str, mask: &str) -> Value {
    let graph = &mut parts.graph;
    let (one, last) = (graph.integers(&[1]), graph.integers(&[-1]));
    let weights = graph.op("Unsqueeze", &[mask, &last]);
    let kept = graph.op("Mul", &[x, &weights]);
    let sum = graph.op_with("ReduceSum", &[&kept, &one], vec![whole("keepdims", 0)]);
    let count = graph.op_with("ReduceSum", &[mask, &one], vec![whole("keepdims", 1)]);
    let least = graph.number(1.0);
    let count = graph.op("Max", &[&count, &least]);
    graph.op("Div", &[&sum, &count])
}

/// Scaled to length 1.
fn unit(parts: &mut Parts<'_>, x: &str) -> Value {
    let graph = &mut parts.graph;
    let square = graph.op("Mul", &[x, x]);
    let last = graph.integers(&[-1]);
    let sum = graph.op_with("ReduceSum", &[&square, &last], vec![whole("keepdims", 1)]);
    let length = graph.op("Sqrt", &[&sum]);
    let least = graph.number(1e-12);
    let length = graph.op("Max", &[&length, &least]);
    graph.op("Div", &[x, &length])
}

/// The head of this name, and how many numbers it gives.
fn head_on(parts: &mut Parts<'_>, x: &str, head: &str) -> Result<(Value, Size), WeightsFault> {
    let name = format!("head.{head}");
    let mut x = x.to_owned();
    if parts.has(&format!("{name}.dense.weight")) {
        x = parts.dense_exact(&x, &format!("{name}.dense"))?;
        x = parts.graph.op("Tanh", &[&x]);
    }
    let rows = parts.rows(&format!("{name}.weight"))?;
    let out = parts.dense_exact(&x, &name)?;
    parts.keep_all(&format!("{name}."))?;
    Ok((out, Size::Fixed(rows)))
}
