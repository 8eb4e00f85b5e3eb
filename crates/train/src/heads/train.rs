use std::path::{Path, PathBuf};

use burn::module::AutodiffModule;
use burn::tensor::Tensor;
use neural::export::{self, Form, HeadPooling, Output, Quantisation};
use neural::heads::{Crf, Pieces, Tagging};
use neural::{Manifest, ModelFile, Weights};
use serde::{Deserialize, Serialize};
use types::Rng;

use super::data::{HeadData, Prepared, prepare};
use super::few::prototypes;
use super::{Balance, HeadKind, HeadSpec, HeadTask, Headed, Pool, ScoreLoss, outputs, temperature, vectors};
use crate::backend::{Device, Job, Trainable};
use crate::data::{Augment, Example, Target};
use crate::fit::{Control, Fitted, Keep, Options, fit, params};
use crate::net::TextNet;
use crate::tune::{Method, Saved, SavedHead};
use crate::{Error, Result};

/// An encoder to put heads on.
#[derive(Clone, Debug)]
pub struct Base {
    /// Its weights.
    pub weights: Weights,
    /// Its tokenizer.
    pub tokenizer: PathBuf,
    /// Put before every text that is not one of a pair.
    pub prefix: String,
    /// What its `model.json` says, where it has one.
    pub manifest: Option<Manifest>,
}

/// How heads are made, beside how they are trained.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HeadOptions {
    /// What is trained of the encoder.
    pub method: Method,
    /// Where heads on whole texts look.
    pub pooling: Pool,
    /// What a head that scores pairs makes small.
    pub score_loss: ScoreLoss,
    /// Whether tags are chosen together.
    pub crf: bool,
    /// Pieces that a text is cut to.
    pub pieces_max: usize,
    /// Highest learning rate of new heads. The encoder's own is in the options.
    pub head_rate: f64,
    /// Whether a head that tells classes begins with the classes' prototypes.
    pub prototypes: bool,
    /// How losses of several heads are put together.
    pub balance: Balance,
    /// Share of the examples held out to decide by, where none are given.
    pub validation: f64,
    /// Texts made of others.
    pub augment: Augment,
    /// Texts without labels, whose labels are believed from this probability on; for one head that tells classes.
    pub pseudo_threshold: f64,
    /// Epochs before the first of them are believed.
    pub pseudo_from: u32,
}

impl Default for HeadOptions {
    fn default() -> Self {
        Self {
            method: Method::Full,
            pooling: Pool::Mean,
            score_loss: ScoreLoss::Pointwise,
            crf: true,
            pieces_max: 64,
            head_rate: 2e-3,
            prototypes: true,
            balance: Balance::Fixed,
            validation: 0.1,
            augment: Augment::default(),
            pseudo_threshold: 0.95,
            pseudo_from: 1,
        }
    }
}

/// Heads that were trained, and all that is needed to serve them.
#[derive(Clone, Debug)]
pub struct TrainedHeads {
    /// The encoder with what was trained put in, heads under `head.NAME.`.
    pub weights: Weights,
    /// The heads beside their numbers.
    pub heads: Vec<SavedHead>,
    /// What was changed and nothing else.
    pub saved: Saved,
    /// How the training went.
    pub summary: Summary,
    /// Pieces that a text is cut to.
    pub pieces_max: usize,
}

/// How a training went: [`Fitted`] without its network.
pub type Summary = Fitted<()>;

impl Base {
    /// Reads an encoder from a model folder or a checkpoint of Hugging Face.
    ///
    /// # Errors
    /// Names the file that is missing or wrong.
    pub fn read(folder: &Path) -> Result<Self> {
        let weights = Weights::read(folder)?;
        let manifest = if folder.join("model.json").is_file() { Some(Manifest::read(folder)?) } else { None };
        let prefix = manifest.as_ref().map(|manifest| manifest.query_prefix.clone()).unwrap_or_default();
        let named = manifest.as_ref().and_then(|manifest| manifest.file(folder, "tokenizer"));
        let tokenizer = named.unwrap_or_else(|| folder.join("tokenizer.json"));
        Ok(Self { weights, tokenizer, prefix, manifest })
    }

    /// Cuts texts for it, to `pieces_max` pieces or as many as it can take.
    ///
    /// # Errors
    /// Where the tokenizer is missing, or has more pieces than the encoder.
    pub fn pieces(&self, pieces_max: usize) -> Result<Pieces> {
        let config = &self.weights.config;
        let places = config.max_position_embeddings.saturating_sub(config.position_offset());
        let pieces = Pieces::read(&self.tokenizer, pieces_max.min(places))?;
        if pieces.vocabulary() > config.vocab_size {
            let (got, rows) = (pieces.vocabulary(), config.vocab_size);
            return Err(Error::Data(format!("the tokenizer does not fit: it has {got} pieces, the encoder {rows}")));
        }
        Ok(pieces)
    }

    /// Number of the piece that fills up batches.
    pub fn padding(&self) -> u32 {
        self.weights.config.pad_token_id as u32
    }
}

/// Trains heads on an encoder, on the device. Each head has its own data; with several, the encoder learns for all of them
/// together.
///
/// # Errors
/// What the data lack, options out of range, and as [`fit`].
pub fn train(
    base: &Base,
    data: &[(String, HeadData)],
    head_options: &HeadOptions,
    options: &Options,
    device: &Device,
    control: Control<'_>,
) -> Result<TrainedHeads> {
    let prepared = prepare(base, data, head_options, options.seed)?;
    device.run(TrainJob { base, prepared, head_options, options, control })
}

struct TrainJob<'a, 'b> {
    base: &'a Base,
    prepared: Prepared,
    head_options: &'a HeadOptions,
    options: &'a Options,
    control: Control<'b>,
}

impl Job for TrainJob<'_, '_> {
    type Out = Result<TrainedHeads>;

    fn run<B: Trainable>(self, device: &B::Device) -> Result<TrainedHeads> {
        let Self { base, prepared, head_options, options, control } = self;
        let method = &head_options.method;
        // The best weights of AdaLoRA would have to come with the ranks that were in use then.
        let keep = if matches!(method, Method::AdaLora { .. }) { Keep::Last } else { options.keep };
        let mut options = Options { rate: options.rate * method.rate_factor(), keep, ..options.clone() };
        if *method == Method::BitFit {
            // Biases stand everywhere; what is frozen are whole tables, which BitFit leaves alone anyway.
            options.frozen.clear();
        }
        let gain = (head_options.head_rate / options.rate).max(1e-3);
        let net = begin::<B>(base, &prepared, head_options, options.seed, gain, device)?;
        let mut task = prepared.task(base, head_options)?;
        task.weigh_classes(&options.class_weights)?;
        let fitted = fit::<B, _>(&mut task, net, &options, control)?;
        finish(base, &task, fitted, head_options, gain)
    }
}

/// The network before the first step.
fn begin<B: Trainable>(
    base: &Base,
    prepared: &Prepared,
    head_options: &HeadOptions,
    seed: u64,
    gain: f64,
    device: &B::Device,
) -> Result<Headed<B>> {
    let mut rng = Rng::new(seed);
    let method = &head_options.method;
    let encoder = TextNet::<B>::read(&base.weights, device)?;
    let starts = prototypes_of(&encoder, prepared, head_options, base.padding());
    let encoder = method.extend(encoder, &mut rng, device)?;
    let mut net = Headed::new(encoder, &base.weights, &prepared.specs, gain, &mut rng, device)?;
    for (head, start) in net.heads.iter_mut().zip(starts) {
        if let Some(layer) = start {
            layer.begin(head, device);
        }
    }
    if head_options.balance == Balance::Uncertainty {
        net.balance = Some(burn::module::Param::from_tensor(Tensor::zeros([prepared.specs.len()], device)));
    }
    Ok(method.select::<B, _>(net))
}

/// For each head that tells classes and is new, the prototypes of its classes.
fn prototypes_of<B: Trainable>(
    encoder: &TextNet<B>,
    prepared: &Prepared,
    head_options: &HeadOptions,
    padding: u32,
) -> Vec<Option<super::Logistic>> {
    /// Texts of a class that are looked at: more hardly move the mean.
    const TEXTS: usize = 30;
    let valid = encoder.valid();
    let heads = prepared.specs.iter().enumerate();
    heads
        .map(|(head, spec)| {
            let HeadKind::Classes { labels } = &spec.kind else { return None };
            if !head_options.prototypes || spec.pooling != Pool::Mean {
                return None;
            }
            let mut seen = vec![0; labels.len()];
            let mut chosen: Vec<(&Example, usize)> = Vec::new();
            for example in &prepared.split.train {
                let Some(Target::Class(class)) = example.target(head) else { continue };
                if seen[*class] < TEXTS {
                    seen[*class] += 1;
                    chosen.push((example, *class));
                }
            }
            let texts: Vec<&[u32]> = chosen.iter().map(|(example, _)| example.ids.as_slice()).collect();
            let classes: Vec<usize> = chosen.iter().map(|(_, class)| *class).collect();
            Some(prototypes(&vectors(&valid, &texts, padding), &classes, labels.len()))
        })
        .collect()
}

/// Calibrates the heads and takes the numbers out of the network.
fn finish<B: Trainable>(
    base: &Base,
    task: &HeadTask,
    fitted: Fitted<Headed<B>>,
    head_options: &HeadOptions,
    gain: f64,
) -> Result<TrainedHeads> {
    let net = fitted.net.valid();
    let held_out: Vec<&Example> = task.validation.iter().collect();
    let heads = task.specs.iter().enumerate().map(|(head, spec)| {
        let known: Vec<&Example> = held_out.iter().copied().filter(|example| example.target(head).is_some()).collect();
        let temperature = match &spec.kind {
            HeadKind::Classes { .. } => {
                Some(calibrated(&outputs(&net, spec, head, &known, task.padding), head, &known))
            }
            _ => None,
        };
        let crf = match &spec.kind {
            HeadKind::Tags { labels, .. } => net.heads[head].crf().map(|crf| crf.plus(&Crf::bio_rules(labels))),
            _ => None,
        };
        SavedHead { spec: spec.clone(), temperature, crf }
    });
    let heads: Vec<SavedHead> = heads.collect();
    let numbers = params::read::<B, _>(&fitted.net, |_| true);
    let trained: std::collections::BTreeSet<String> = params::list::<B, _>(&fitted.net)
        .into_iter()
        .filter(|info| info.trained || info.path.ends_with(".kept"))
        .map(|info| info.path)
        .collect();
    let tensors = numbers
        .into_iter()
        .filter(|numbers| trained.contains(&numbers.path) && numbers.path != "balance")
        .map(|numbers| (numbers.path, neural::Tensor { dims: numbers.dims, data: numbers.data }))
        .collect();
    let saved = Saved {
        method: head_options.method.clone(),
        base: Saved::digest(&base.weights),
        heads: heads.clone(),
        gain,
        tensors,
    };
    let weights = net.write(&base.weights.config, &task.specs);
    let summary = fitted.map(|_| ());
    Ok(TrainedHeads { weights, heads, saved, summary, pieces_max: head_options.pieces_max })
}

fn calibrated(logits: &[Vec<f32>], head: usize, examples: &[&Example]) -> f32 {
    let classes: Vec<usize> = examples
        .iter()
        .filter_map(|example| if let Some(Target::Class(class)) = example.target(head) { Some(*class) } else { None })
        .collect();
    temperature(logits, &classes)
}

/// Writes the model folder of one of the heads: network, tokenizer, `model.json`, and `tagging.json` for a tagger.
///
/// # Errors
/// Where the head is not there, or a file cannot be written.
pub fn headed_folder(
    trained: &TrainedHeads,
    base: &Base,
    head: usize,
    id: &str,
    quantisation: Quantisation,
    folder: &Path,
) -> Result<Manifest> {
    let Some(head) = trained.heads.get(head) else {
        return Err(Error::Data(format!("there are {} heads, number {head} is not one of them", trained.heads.len())));
    };
    fs_err::create_dir_all(folder)?;
    let network = export::to_onnx(&trained.weights, &Form { quantisation, output: output_of(&head.spec) })?;
    let mut files = vec![put(folder, "network", "network.onnx", &network)?];
    files.push(put(folder, "tokenizer", "tokenizer.json", &fs_err::read(&base.tokenizer)?)?);
    if let HeadKind::Tags { unit, .. } = &head.spec.kind {
        let tagging = Tagging { unit: *unit, crf: head.crf.clone() };
        let bytes = serde_json::to_vec(&tagging).expect("numbers are always JSON");
        files.push(put(folder, "tagging", "tagging.json", &bytes)?);
    }
    let manifest = manifest_of(trained, base, head, id, &files)?;
    manifest.write(folder)?;
    Ok(manifest)
}

fn output_of(spec: &HeadSpec) -> Output {
    let head = spec.name.clone();
    let pooling = match spec.pooling {
        Pool::Mean => HeadPooling::Mean,
        Pool::Cls => HeadPooling::Cls,
    };
    match spec.kind {
        HeadKind::Classes { .. } => Output::Labels { head, pooling },
        HeadKind::Tags { .. } => Output::PieceLabels { head },
        HeadKind::Score { .. } | HeadKind::Value { .. } => Output::Score { head, pooling },
    }
}

/// `model.json` as a document, so that fields of other tasks keep their defaults.
fn manifest_of(
    trained: &TrainedHeads,
    base: &Base,
    head: &SavedHead,
    id: &str,
    files: &[ModelFile],
) -> Result<Manifest> {
    let (task, output, labels): (&str, &str, &[String]) = match &head.spec.kind {
        HeadKind::Classes { labels } => ("classifier", "logits", labels),
        HeadKind::Tags { labels, .. } => ("tagger", "logits", labels),
        HeadKind::Score { .. } | HeadKind::Value { .. } => ("cross-encoder", "score", &[]),
    };
    let config = &trained.weights.config;
    let own = base.manifest.as_ref();
    let tokens_max = own.map_or(config.max_position_embeddings - config.position_offset(), |own| own.tokens_max);
    let is_pair = matches!(head.spec.kind, HeadKind::Score { .. });
    // A tagger's words and a pair's texts have no prefix.
    let prefix =
        if matches!(head.spec.kind, HeadKind::Classes { .. } | HeadKind::Value { .. }) { &base.prefix } else { "" };
    let tokens = trained.pieces_max.clamp(8, tokens_max.max(8));
    let document = serde_json::json!({
        "id": id, "task": task, "family": config.model_type, "dims": labels.len().max(1), "output": output,
        "activation": if is_pair { "sigmoid" } else { "identity" }, "pooling": "done", "query_prefix": prefix,
        "tokens_max": tokens_max, "query_tokens": tokens, "passage_tokens": tokens,
        "languages": own.map(|own| own.languages.clone()).unwrap_or_default(), "labels": labels,
        "temperature": head.temperature, "pieces": config.vocab_size,
        "licence": own.map_or_else(|| "unknown".to_owned(), |own| own.licence.clone()),
        "source": format!("a head trained on {} ({})", own.map_or("an encoder", |own| own.id.as_str()), trained.saved.method.name()),
        "files": files,
    });
    serde_json::from_value(document).map_err(|error| Error::Data(format!("model.json: {error}")))
}

fn put(folder: &Path, role: &str, name: &str, bytes: &[u8]) -> Result<ModelFile> {
    use sha2::{Digest, Sha256};
    fs_err::write(folder.join(name), bytes)?;
    let sha256 = params::hex(&Sha256::digest(bytes));
    Ok(ModelFile { role: role.to_owned(), name: name.to_owned(), bytes: bytes.len() as u64, sha256 })
}
