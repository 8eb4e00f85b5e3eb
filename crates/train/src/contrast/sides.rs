use std::path::Path;

use neural::heads::Pieces;
use neural::{BertConfig, Manifest, Pooling};

use crate::{Error, Result};

/// Pieces that a query or a passage is cut to where the model's folder does not say.
const PIECES: usize = 64;

/// How queries and passages become pieces, in training as in serving.
pub struct Sides {
    query_prefix: String,
    passage_prefix: String,
    queries: Pieces,
    passages: Pieces,
    padding: u32,
}

impl Sides {
    /// As the model in `folder` wants it. Without a `model.json` the texts get no prefixes.
    ///
    /// # Errors
    /// Where there is no tokenizer, or one with more pieces than the network knows, or the model's vector is not the mean
    /// over its pieces.
    pub fn read(folder: &Path, config: &BertConfig) -> Result<Self> {
        if !folder.join("model.json").is_file() {
            let path = folder.join("tokenizer.json");
            let pieces = PIECES.min(config.max_position_embeddings - config.position_offset());
            let sides = [Pieces::read(&path, pieces)?, Pieces::read(&path, pieces)?];
            return Self::new(sides, [String::new(), String::new()], config);
        }
        let manifest = Manifest::read(folder)?;
        if !matches!(manifest.pooling, Pooling::Done | Pooling::Mean) {
            return Err(Error::Data(
                "only encoders whose vector is the mean over the pieces can be trained".to_owned(),
            ));
        }
        let missing = || Error::Data(format!("`{}` has no tokenizer", manifest.id));
        let path = manifest.file(folder, "tokenizer").ok_or_else(missing)?;
        let read = |pieces: usize| Pieces::read(&path, pieces.min(manifest.tokens_max));
        let sides = [read(manifest.query_tokens)?, read(manifest.passage_tokens)?];
        Self::new(sides, [manifest.query_prefix, manifest.passage_prefix], config)
    }

    /// These tokenizers and prefixes, the queries' first.
    ///
    /// # Errors
    /// Where a tokenizer has more pieces than the network knows.
    pub fn new(sides: [Pieces; 2], prefixes: [String; 2], config: &BertConfig) -> Result<Self> {
        let [queries, passages] = sides;
        if queries.vocabulary() > config.vocab_size {
            let (pieces, known) = (queries.vocabulary(), config.vocab_size);
            return Err(Error::Data(format!("the tokenizer has {pieces} pieces, the network a table of {known}")));
        }
        let [query_prefix, passage_prefix] = prefixes;
        Ok(Self { query_prefix, passage_prefix, queries, passages, padding: config.pad_token_id as u32 })
    }

    /// Pieces of a query.
    ///
    /// # Errors
    /// Where the tokenizer fails, which no text alone should bring about.
    pub fn query(&self, text: &str) -> Result<Vec<u32>> {
        Ok(self.queries.of_text(&squeezed(&self.query_prefix, text))?)
    }

    /// Pieces of a passage.
    ///
    /// # Errors
    /// As [`Sides::query`].
    pub fn passage(&self, text: &str) -> Result<Vec<u32>> {
        Ok(self.passages.of_text(&squeezed(&self.passage_prefix, text))?)
    }

    /// The piece that fills up a batch.
    pub fn padding(&self) -> u32 {
        self.padding
    }
}

/// White space and control characters become one blank, as in serving.
fn squeezed(prefix: &str, text: &str) -> String {
    let mut out = prefix.to_owned();
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    for (at, word) in words.enumerate() {
        if at > 0 {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}
