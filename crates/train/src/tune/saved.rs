use std::collections::BTreeMap;
use std::path::Path;

use burn::backend::Flex;
use neural::heads::Crf;
use neural::{Tensor, Weights};
use serde::{Deserialize, Serialize};
use types::Rng;

use super::Method;
use crate::fit::params::{self, Numbers};
use crate::heads::{HeadSpec, Headed};
use crate::net::TextNet;
use crate::{Error, Result};

/// What a training changed and nothing else: a small file a shop, with which one encoder serves many.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Saved {
    /// How the encoder was trained.
    #[serde(flatten)]
    pub method: Method,
    /// Which encoder it was: [`Saved::digest`] of its weights.
    pub base: String,
    /// The heads.
    pub heads: Vec<SavedHead>,
    /// By what heads' numbers were divided.
    pub gain: f64,
    /// The numbers by their paths in the network.
    #[serde(skip)]
    pub tensors: BTreeMap<String, Tensor>,
}

/// A head beside its numbers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedHead {
    /// What it is.
    pub spec: HeadSpec,
    /// Logits are divided by it.
    pub temperature: Option<f32>,
    /// How its tags follow one another, rules included.
    pub crf: Option<Crf>,
}

/// Name of the file with the numbers.
const NUMBERS: &str = "adapter.safetensors";
/// Name of the file with all else.
const ABOUT: &str = "adapter.json";

impl Saved {
    /// What tells an encoder's weights from others: a SHA-256 over their names, shapes and numbers, heads left out.
    pub fn digest(weights: &Weights) -> String {
        use sha2::{Digest, Sha256};
        let mut digest = Sha256::new();
        for (name, tensor) in weights.tensors.iter().filter(|(name, _)| !name.starts_with("head.")) {
            digest.update(name.as_bytes());
            digest.update(format!("{:?}", tensor.dims).as_bytes());
            tensor.data.iter().for_each(|number| digest.update(number.to_le_bytes()));
        }
        params::hex(&digest.finalize())[..32].to_owned()
    }

    /// Size of the file with the numbers.
    pub fn bytes(&self) -> usize {
        neural::safetensors::write(&self.tensors).len()
    }

    /// Writes the two files into `folder`, which is made.
    ///
    /// # Errors
    /// Names the file that cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        fs_err::create_dir_all(folder)?;
        let about = serde_json::to_vec_pretty(self).expect("names and numbers are always JSON");
        fs_err::write(folder.join(ABOUT), about)?;
        fs_err::write(folder.join(NUMBERS), neural::safetensors::write(&self.tensors))?;
        Ok(())
    }

    /// Reads what [`Saved::write`] wrote.
    ///
    /// # Errors
    /// Names the file that is missing or wrong.
    pub fn read(folder: &Path) -> Result<Self> {
        let (about, numbers) = (folder.join(ABOUT), folder.join(NUMBERS));
        let wrong = |path: &Path, error: &dyn std::fmt::Display| Error::Data(format!("`{}`: {error}", path.display()));
        let mut saved: Self = serde_json::from_slice(&fs_err::read(&about)?).map_err(|error| wrong(&about, &error))?;
        saved.method.check()?;
        let bytes = fs_err::read(&numbers)?;
        saved.tensors =
            neural::safetensors::read(&bytes, |name| Some(name.to_owned())).map_err(|error| wrong(&numbers, &error))?;
        Ok(saved)
    }

    /// The encoder's weights with what was trained put in, heads under `head.NAME.`. Adapters and prefixes stay tensors of
    /// their own.
    ///
    /// # Errors
    /// Where `base` is not the encoder that was trained, or the numbers do not fit.
    pub fn merge(&self, base: &Weights) -> Result<Weights> {
        let found = Self::digest(base);
        if found != self.base {
            let (expected, got) = (self.base.clone(), found);
            return Err(Error::Data(format!("the adapter is of another encoder: expected {expected}, got {got}")));
        }
        let device = Default::default();
        let specs: Vec<HeadSpec> = self.heads.iter().map(|head| head.spec.clone()).collect();
        let mut rng = Rng::new(0);
        let encoder = self.method.extend(TextNet::<Flex>::read(base, &device)?, &mut rng, &device)?;
        let net = Headed::new(encoder, base, &specs, self.gain, &mut rng, &device)?;
        let numbers = self.tensors.iter().map(|(path, tensor)| Numbers {
            path: path.clone(),
            dims: tensor.dims.clone(),
            data: tensor.data.clone(),
        });
        let net = params::write::<Flex, _>(net, numbers.collect())?;
        Ok(net.write(&base.config, &specs))
    }
}
