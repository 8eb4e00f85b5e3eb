use std::path::Path;

use super::network::HeadNetwork;
use super::softmax;
use crate::manifest::{Manifest, Task};
use crate::{Error, Result};

/// Says which of its labels a text has. Shared by reference between threads.
pub struct Classifier {
    network: HeadNetwork,
}

/// What a classifier says of a text.
#[derive(Clone, PartialEq, Debug)]
pub struct Classified {
    /// Place of the likeliest label in [`Classifier::labels`].
    pub best: usize,
    /// Probability of each label, in their order; they sum to 1.
    pub probabilities: Vec<f32>,
}

impl Classifier {
    /// Loads the classifier in `folder`, to run on up to `threads` threads (0: one a core).
    ///
    /// # Errors
    /// Names the folder or file that is missing or wrong.
    pub fn load(folder: &Path, threads: usize) -> Result<Self> {
        Ok(Self { network: HeadNetwork::load(folder, Task::Classifier, threads)? })
    }

    /// What `model.json` says.
    pub fn manifest(&self) -> &Manifest {
        &self.network.manifest
    }

    /// What can come out.
    pub fn labels(&self) -> &[String] {
        &self.network.manifest.labels
    }

    /// The probabilities of a text's labels.
    ///
    /// # Errors
    /// Where the network cannot be run, which no text alone should bring about.
    pub fn classify(&self, text: &str) -> Result<Classified> {
        let manifest = &self.network.manifest;
        let ids = self.network.pieces.of_text(&format!("{}{text}", manifest.query_prefix))?;
        let logits = self.network.run(&ids, 1)?;
        let probabilities = softmax(&logits, manifest.temperature.unwrap_or(1.0));
        let best = (0..probabilities.len()).max_by(|a, b| probabilities[*a].total_cmp(&probabilities[*b]));
        let best = best.ok_or_else(|| Error::Output {
            encoder: manifest.id.clone(),
            expected: "a number for each label".to_owned(),
            got: "none".to_owned(),
        })?;
        Ok(Classified { best, probabilities })
    }
}
