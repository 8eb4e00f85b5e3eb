use std::path::Path;

use super::fault::HubFault;
use super::graph::NetworkFacts;
use crate::encoder::load_tokenizer;
use crate::manifest::{Manifest, Task};
use crate::{Encoder, Error};

/// Everything that can be told of an installed model.
#[derive(Clone, PartialEq, Debug)]
pub struct Inspection {
    /// What `model.json` says.
    pub manifest: Manifest,
    /// Its name with a digest of everything that changes what comes out.
    pub version: String,
    /// What runs it.
    pub runner: &'static str,
    /// What its network tells.
    pub network: NetworkFacts,
    /// How texts come apart, in Chinese and in English; nothing of a model that reads no texts.
    pub samples: Vec<Sample>,
}

/// A text and its pieces.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sample {
    /// The text.
    pub text: &'static str,
    /// Its pieces with the marks around them, as the vocabulary has them.
    pub pieces: Vec<String>,
    /// How many of them stand for something the vocabulary does not have.
    pub unknown: usize,
}

/// Texts of the two languages, as shops have them.
const TEXTS: [&str; 2] = ["女士夏季红色连衣裙 2024新款", "Women's waterproof hiking boots, size 42"];

impl Inspection {
    /// Reads the model in `folder`, and loads it where it is an encoder.
    ///
    /// # Errors
    /// Names what is missing or wrong.
    pub fn of(folder: &Path) -> Result<Self, HubFault> {
        let broken = |source: Error| {
            let id = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            HubFault::Broken { id, source: Box::new(source) }
        };
        let manifest = Manifest::read(folder).map_err(broken)?;
        let network = NetworkFacts::read(&manifest.path(folder, "network"))?;
        let (version, runner) = match manifest.task {
            Task::Encoder => {
                let encoder = Encoder::load(folder, 1).map_err(broken)?;
                (encoder.version().to_owned(), encoder.runner())
            }
            _ => (manifest.version(), "rten"),
        };
        let samples = match manifest.file(folder, "tokenizer").filter(|_| manifest.task.reads_text()) {
            Some(path) => samples(&path).map_err(broken)?,
            None => Vec::new(),
        };
        Ok(Self { manifest, version, runner, network, samples })
    }
}

fn samples(path: &Path) -> crate::Result<Vec<Sample>> {
    let failed = |source| Error::Tokenizer { path: path.to_owned(), source };
    let mut tokenizer = load_tokenizer(path)?;
    tokenizer.with_truncation(None).map_err(failed)?;
    let sample = |text| {
        let pieces = tokenizer.encode(text, true).map_err(failed)?.get_tokens().to_vec();
        let unknown = pieces.iter().filter(|piece| matches!(piece.as_str(), "[UNK]" | "<unk>")).count();
        Ok(Sample { text, pieces, unknown })
    };
    TEXTS.into_iter().map(sample).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_encoders_tell_of_themselves() {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
        let e5 = Inspection::of(&models.join("e5-small-zh-en")).unwrap();
        assert!(e5.version.starts_with(&e5.manifest.version()) && !e5.network.inputs.is_empty());
        assert_eq!(e5.samples.iter().map(|sample| sample.unknown).sum::<usize>(), 0, "{:?}", e5.samples);
        assert!(e5.samples[0].pieces.iter().any(|piece| piece == "红色"), "{:?}", e5.samples);
        let minilm = Inspection::of(&models.join("minilm-l6-en")).unwrap();
        let [zh, en] = [&minilm.samples[0], &minilm.samples[1]];
        assert_eq!((zh.pieces[0].as_str(), zh.unknown > 0, en.unknown), ("[CLS]", true, 0));
        assert_eq!(en.pieces.last().map(String::as_str), Some("[SEP]"), "no padding: {en:?}");
        let fault = Inspection::of(&models.join("none")).unwrap_err();
        assert!(fault.to_string().contains("`none`"), "{fault}");
    }
}
