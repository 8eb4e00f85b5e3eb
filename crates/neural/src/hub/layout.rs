use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::card::Card;
use super::fault::HubFault;
use super::origin::Origin;
use crate::manifest::{Activation, Pooling, Task};

type Result<T> = std::result::Result<T, HubFault>;

/// What the documents of a repository say, before any weights are brought.
pub(super) struct Layout {
    pub(super) config: Config,
    pub(super) card: Card,
    /// How pieces become a vector; `None` where no document says.
    pub(super) pooling: Option<Pooling>,
    /// Why the pooling that is said cannot be done here, or what comes after it: fine only where the network does it
    /// all by itself.
    pub(super) beyond: Option<String>,
    /// Words put before texts, by what the text is; `None` where no document says.
    pub(super) prompts: Option<BTreeMap<String, String>>,
    /// Name of the prompt that is put before texts of every kind.
    pub(super) default_prompt: Option<String>,
    /// Pieces the network can take.
    pub(super) tokens_max: usize,
}

/// `config.json`: the shape of the network, as `transformers` writes it.
#[derive(Deserialize)]
pub(super) struct Config {
    pub(super) model_type: Option<String>,
    #[serde(default)]
    architectures: Option<Vec<String>>,
    hidden_size: Option<usize>,
    /// DistilBERT's word for it.
    dim: Option<usize>,
    d_model: Option<usize>,
    n_embd: Option<usize>,
    pub(super) vocab_size: Option<usize>,
    max_position_embeddings: Option<usize>,
    n_positions: Option<usize>,
    pad_token_id: Option<usize>,
    num_labels: Option<usize>,
    id2label: Option<BTreeMap<String, String>>,
    /// Lengths to which vectors may be cut, where the model was trained for it.
    pub(super) matryoshka_dimensions: Option<Vec<usize>>,
    sentence_transformers: Option<CrossEncoderConfig>,
    /// The older place of a cross-encoder's activation.
    sbert_ce_default_activation_function: Option<String>,
}

#[derive(Deserialize)]
struct CrossEncoderConfig {
    activation_fn: Option<String>,
}

/// An entry of `modules.json`.
#[derive(Deserialize)]
struct Module {
    #[serde(default)]
    path: String,
    r#type: String,
}

/// `1_Pooling/config.json`; other fields name modes that are off.
#[derive(Deserialize)]
struct PoolingConfig {
    #[serde(default = "yes")]
    include_prompt: bool,
    #[serde(flatten)]
    others: BTreeMap<String, serde_json::Value>,
}

/// `config_sentence_transformers.json`.
#[derive(Default, Deserialize)]
struct SentenceConfig {
    prompts: Option<BTreeMap<String, String>>,
    default_prompt_name: Option<String>,
}

/// `sentence_bert_config.json`.
#[derive(Default, Deserialize)]
struct TransformerConfig {
    max_seq_length: Option<usize>,
}

/// `tokenizer_config.json`. Some write an absurd length where there is no limit.
#[derive(Default, Deserialize)]
struct TokenizerConfig {
    model_max_length: Option<f64>,
}

fn yes() -> bool {
    true
}

impl Layout {
    /// Reads the documents.
    pub(super) fn read(origin: &dyn Origin) -> Result<Self> {
        let missing = || HubFault::Unusable { from: origin.name(), reason: "there is no config.json".to_owned() };
        let config: Config = parsed(origin, "config.json")?.ok_or_else(missing)?;
        let modules: Vec<Module> = parsed(origin, "modules.json")?.unwrap_or_default();
        let (pooling, beyond) = pooling(origin, &modules)?;
        let sentence: SentenceConfig = parsed(origin, "config_sentence_transformers.json")?.unwrap_or_default();
        // Versions of the library write an empty list where nobody said anything.
        let prompts = sentence.prompts.filter(|prompts| !prompts.is_empty());
        let tokens_max = tokens_max(origin, &config)?;
        let readme = origin.document("README.md")?;
        let card = Card::read(readme.as_deref(), origin.card());
        Ok(Self { config, card, pooling, beyond, prompts, default_prompt: sentence.default_prompt_name, tokens_max })
    }

    /// What is put before queries and before passages, as far as it is known. A kind of text without a prompt of its own
    /// among those of others gets the default one or none, as `sentence-transformers` does it.
    pub(super) fn prefixes(&self) -> (Option<String>, Option<String>) {
        let Some(prompts) = &self.prompts else { return (None, None) };
        let named = |names: &[&str]| names.iter().find_map(|name| prompts.get(*name)).cloned();
        let (query, passage) =
            (named(&["query", "search_query"]), named(&["document", "passage", "search_document", "corpus"]));
        let common = self.default_prompt.as_ref().and_then(|name| prompts.get(name)).cloned();
        if query.is_none() && passage.is_none() && common.is_none() {
            return (None, None);
        }
        let common = common.unwrap_or_default();
        (Some(query.unwrap_or_else(|| common.clone())), Some(passage.unwrap_or(common)))
    }
}

impl Config {
    /// What the network is for, by its architecture and outputs.
    pub(super) fn task(&self) -> Task {
        let is = |end: &str| self.architectures.iter().flatten().any(|name| name.ends_with(end));
        if is("ForTokenClassification") {
            Task::Tagger
        } else if !is("ForSequenceClassification") {
            Task::Encoder
        } else if self.label_count() == 1 {
            Task::CrossEncoder
        } else {
            Task::Classifier
        }
    }

    /// Width of the network.
    pub(super) fn width(&self) -> Option<usize> {
        self.hidden_size.or(self.dim).or(self.d_model).or(self.n_embd)
    }

    /// `transformers` means two labels where nothing is said.
    fn label_count(&self) -> usize {
        self.id2label.as_ref().map(BTreeMap::len).or(self.num_labels).unwrap_or(2)
    }

    /// A classifier's labels, in the order of its outputs.
    pub(super) fn labels(&self) -> Vec<String> {
        let name = |at: usize| self.id2label.as_ref().and_then(|labels| labels.get(&at.to_string())).cloned();
        (0..self.label_count()).map(|at| name(at).unwrap_or_else(|| format!("LABEL_{at}"))).collect()
    }

    /// A cross-encoder's activation; a probability where nothing is said, as `sentence-transformers` does with one label.
    pub(super) fn activation(&self) -> Activation {
        let new = self.sentence_transformers.as_ref().and_then(|config| config.activation_fn.as_deref());
        match new.or(self.sbert_ce_default_activation_function.as_deref()) {
            Some(name) if name.ends_with("Identity") => Activation::Identity,
            _ => Activation::Sigmoid,
        }
    }

    /// Pieces there are positions for. RoBERTa and those after it leave the first ones out.
    fn positions(&self) -> Option<usize> {
        let positions = self.max_position_embeddings.or(self.n_positions)?;
        match self.model_type.as_deref() {
            Some("roberta" | "xlm-roberta" | "camembert" | "mpnet") => {
                positions.checked_sub(self.pad_token_id.unwrap_or(1) + 1)
            }
            _ => Some(positions),
        }
    }
}

/// A document that may be missing, but must be right where it is there.
fn parsed<T: DeserializeOwned>(origin: &dyn Origin, path: &str) -> Result<Option<T>> {
    let Some(bytes) = origin.document(path)? else { return Ok(None) };
    let unreadable =
        |error: serde_json::Error| HubFault::Unreadable { file: path.to_owned(), reason: error.to_string() };
    serde_json::from_slice(&bytes).map(Some).map_err(unreadable)
}

fn pooling(origin: &dyn Origin, modules: &[Module]) -> Result<(Option<Pooling>, Option<String>)> {
    let (mut pooling, mut beyond) = (None, None);
    for module in modules {
        // Classes moved between packages over the years; their names stayed.
        match module.r#type.rsplit('.').next().unwrap_or_default() {
            "Transformer" | "Normalize" => {}
            "Pooling" => {
                let path = format!("{}/config.json", module.path);
                let unsaid = || HubFault::Unreadable { file: path.clone(), reason: "it is missing".to_owned() };
                match mode(&parsed::<PoolingConfig>(origin, &path)?.ok_or_else(unsaid)?) {
                    Ok(mode) => pooling = Some(mode),
                    Err(reason) => beyond = Some(reason),
                }
            }
            other => beyond = Some(format!("its module `{other}` comes after the network and cannot be run")),
        }
    }
    Ok((pooling, beyond))
}

/// The mode that is on.
fn mode(config: &PoolingConfig) -> std::result::Result<Pooling, String> {
    if !config.include_prompt {
        return Err("it leaves the prompt out of its pooling, which cannot be done here".to_owned());
    }
    let on = config.others.iter().filter_map(|(name, value)| {
        let mode = name.strip_prefix("pooling_mode")?.trim_start_matches('_');
        match value {
            serde_json::Value::Bool(true) => Some(mode),
            // The newest form: `"pooling_mode": "mean"`.
            serde_json::Value::String(mode) => Some(mode.as_str()),
            _ => None,
        }
    });
    match on.collect::<Vec<_>>().as_slice() {
        // A sum over the root of the length points where the mean points, and lengths are made 1 afterwards.
        ["mean_tokens" | "mean" | "mean_sqrt_len_tokens" | "mean_sqrt_len"] => Ok(Pooling::Mean),
        ["cls_token" | "cls"] => Ok(Pooling::Cls),
        ["lasttoken" | "last_token"] => Ok(Pooling::LastToken),
        [] => Err("its pooling names no mode".to_owned()),
        modes => Err(format!("its pooling `{}` cannot be done here", modes.join(" + "))),
    }
}

/// The least of what the documents allow.
fn tokens_max(origin: &dyn Origin, config: &Config) -> Result<usize> {
    let transformer: TransformerConfig = parsed(origin, "sentence_bert_config.json")?.unwrap_or_default();
    let tokenizer: TokenizerConfig = parsed(origin, "tokenizer_config.json")?.unwrap_or_default();
    let length = tokenizer.model_max_length.filter(|length| (1.0..65_536.0).contains(length));
    let known = [config.positions(), transformer.max_seq_length, length.map(|length| length as usize)];
    Ok(known.into_iter().flatten().min().unwrap_or(512).clamp(8, 65_536))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mode_of(value: serde_json::Value) -> std::result::Result<Pooling, String> {
        mode(&serde_json::from_value(value).unwrap())
    }

    #[test]
    fn poolings_are_told_apart() {
        let of = |on: &str| {
            let mut json = json!({"word_embedding_dimension": 384, "pooling_mode_cls_token": false,
                "pooling_mode_mean_tokens": false, "pooling_mode_max_tokens": false});
            json[on] = true.into();
            mode_of(json)
        };
        assert_eq!(of("pooling_mode_mean_tokens"), Ok(Pooling::Mean));
        assert_eq!(of("pooling_mode_mean_sqrt_len_tokens"), Ok(Pooling::Mean));
        assert_eq!(of("pooling_mode_cls_token"), Ok(Pooling::Cls));
        assert_eq!(of("pooling_mode_lasttoken"), Ok(Pooling::LastToken));
        assert_eq!(mode_of(json!({"pooling_mode": "cls"})), Ok(Pooling::Cls));
        assert!(of("pooling_mode_max_tokens").unwrap_err().contains("max_tokens"));
        assert!(mode_of(json!({"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true})).is_err());
        assert!(mode_of(json!({"pooling_mode_cls_token": true, "include_prompt": false})).is_err());
        assert!(mode_of(json!({})).is_err());
    }

    #[test]
    fn tasks_and_labels_come_from_the_architecture() {
        let config = |value: serde_json::Value| serde_json::from_value::<Config>(value).unwrap();
        let reranker = config(json!({"architectures": ["XLMRobertaForSequenceClassification"],
            "id2label": {"0": "LABEL_0"}, "model_type": "xlm-roberta", "max_position_embeddings": 514}));
        assert_eq!((reranker.task(), reranker.positions()), (Task::CrossEncoder, Some(512)));
        assert_eq!(reranker.activation(), Activation::Sigmoid);
        let identity = "torch.nn.modules.linear.Identity";
        let older = config(json!({"sbert_ce_default_activation_function": identity}));
        let newer = config(json!({"sentence_transformers": {"activation_fn": identity, "version": "5"}}));
        assert_eq!((older.activation(), newer.activation()), (Activation::Identity, Activation::Identity));
        let sentiment = config(json!({"architectures": ["BertForSequenceClassification"],
            "id2label": {"1": "好评", "0": "差评"}}));
        assert_eq!((sentiment.task(), sentiment.labels()), (Task::Classifier, vec!["差评".into(), "好评".into()]));
        assert_eq!(config(json!({"architectures": ["ModernBertModel"]})).task(), Task::Encoder);
        assert_eq!(config(json!({"architectures": ["BertForTokenClassification"]})).task(), Task::Tagger);
    }
}
