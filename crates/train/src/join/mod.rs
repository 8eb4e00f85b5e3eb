//! One space for texts and pictures: both encoders stay as they are, and a small head on each learns to bring a product's
//! texts and its picture to the same place (contrastive learning as in CLIP, Radford et al. 2021, arXiv:2103.00020, with
//! locked encoders as in LiT, Zhai et al. 2022, arXiv:2111.07991).
//!
//! Nothing is encoded here: training works on vectors, so that a step costs two small matrix products.

mod net;
mod split;
mod task;

use std::path::Path;

use burn::module::AutodiffModule;
use neural::image::HeadWeights;
use neural::{Manifest, ModelFile, Towers};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::backend::{Device, Job, Trainable};
use crate::fit::{self, Control, Fitted, Options};
use crate::{Error, Result};

pub use net::JointNet;
pub use split::{Split, SplitOptions, near_duplicates, split};
pub use task::{JoinData, JoinTask};

/// What the heads look like.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JoinOptions {
    /// Numbers in a vector of the joint space.
    pub dims: usize,
    /// Numbers in between, in each head.
    pub hidden: usize,
    /// What cosines are divided by before the softmax, to begin with; learnt from there.
    pub temperature: f64,
}

impl Default for JoinOptions {
    fn default() -> Self {
        Self { dims: 256, hidden: 1024, temperature: 0.07 }
    }
}

impl JoinOptions {
    fn check(&self) -> Result<()> {
        let wrong = |field, got: String, expected| Err(Error::Option { field, got, expected });
        if !(8..=4096).contains(&self.dims) {
            return wrong("dims", self.dims.to_string(), "8 to 4096");
        }
        if !(1..=16_384).contains(&self.hidden) {
            return wrong("hidden", self.hidden.to_string(), "1 to 16384");
        }
        if !(0.01..=1.0).contains(&self.temperature) {
            return wrong("temperature", self.temperature.to_string(), "0.01 to 1");
        }
        Ok(())
    }
}

/// How heads are trained by default: they are small and start from chance, so the rate is far above a network's, and
/// contrasts are the better the more of them a batch has.
pub fn fit_options() -> Options {
    Options {
        epochs: 30,
        batch: 1024,
        rate: 1e-3,
        warm_up: 0.05,
        decay: fit::Decay::Cosine,
        weight_decay: 0.05,
        dropout: 0.2,
        patience: 5,
        frozen: Vec::new(),
        ..Options::default()
    }
}

/// Two heads that lead to one space.
#[derive(Clone, PartialEq, Debug)]
pub struct Joined {
    /// From the text encoder's vectors.
    pub text: HeadWeights,
    /// From the image encoder's vectors.
    pub image: HeadWeights,
    /// Numbers in a vector there.
    pub dims: usize,
    /// What cosines were divided by in the end.
    pub temperature: f64,
}

/// Trains the heads; the deciding figure is recall@10 from a text to its picture among the validation products.
///
/// # Errors
/// Options out of range, data without pairs, or a loss that is no number.
pub fn train(
    data: JoinData,
    join: &JoinOptions,
    options: &Options,
    device: &Device,
    control: Control<'_>,
) -> Result<Fitted<Joined>> {
    join.check()?;
    data.check()?;
    device.run(Training { data, join, options, control })
}

struct Training<'a> {
    data: JoinData,
    join: &'a JoinOptions,
    options: &'a Options,
    control: Control<'a>,
}

impl Job for Training<'_> {
    type Out = Result<Fitted<Joined>>;

    fn run<B: Trainable>(self, device: &B::Device) -> Self::Out {
        let net = JointNet::<B>::new(&self.data, self.join, self.options.seed, device);
        let mut task = JoinTask::<B>::new(self.data, device);
        let fitted = fit::fit(&mut task, net, self.options, self.control)?;
        let joined = task.joined(&fitted.net.valid(), self.join.dims);
        Ok(Fitted {
            net: joined,
            ended: fitted.ended,
            steps: fitted.steps,
            kept_step: fitted.kept_step,
            examples: fitted.examples,
            seconds: fitted.seconds,
            trained: fitted.trained,
            total: fitted.total,
            before: fitted.before,
            after: fitted.after,
            history: fitted.history,
        })
    }
}

#[cfg(test)]
mod tests;

/// What a joint model stands on and what it is called.
#[derive(Clone, Debug)]
pub struct JointModel<'a> {
    /// Its id.
    pub id: &'a str,
    /// The text encoder's folder beside it.
    pub text: &'a str,
    /// The image encoder's folder beside it.
    pub image: &'a str,
    /// Languages of the text encoder.
    pub languages: Vec<String>,
    /// Licence of the heads: what the data allow.
    pub licence: &'a str,
    /// Where the data come from.
    pub source: &'a str,
}

impl Joined {
    /// Writes the heads as ONNX with a `model.json` into `folder`, which is made where it is missing.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn write(&self, folder: &Path, model: &JointModel<'_>) -> Result<()> {
        fs_err::create_dir_all(folder)?;
        let mut files = Vec::new();
        for (role, head) in [("text-head", &self.text), ("image-head", &self.image)] {
            let (name, bytes) = (format!("{role}.onnx"), head.to_onnx(role));
            fs_err::write(folder.join(&name), &bytes)?;
            let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            files.push(ModelFile { role: role.to_owned(), name, bytes: bytes.len() as u64, sha256 });
        }
        let towers = Some(Towers { text: model.text.to_owned(), image: model.image.to_owned() });
        let manifest = serde_json::json!({
            "id": model.id, "task": "joint", "family": "heads", "dims": self.dims, "output": "vector",
            "towers": towers, "languages": model.languages, "licence": model.licence, "source": model.source,
            "files": files,
        });
        let path = folder.join("model.json");
        let manifest: Manifest =
            serde_json::from_value(manifest).map_err(|source| neural::Error::Manifest { path, source })?;
        Ok(manifest.write(folder)?)
    }
}
