use burn::tensor::{Int, Tensor, TensorData};

use crate::kernels::Kernels;
use crate::net::Batch;

/// A text, or a pair of texts, as heads are trained on it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Example {
    /// Its pieces, marks included.
    pub ids: Vec<u32>,
    /// Places of its words' first pieces, for heads that tag words.
    pub places: Vec<usize>,
    /// What each head should say; nothing where that is not known.
    pub targets: Vec<Option<Target>>,
    /// Examples of one query have one group; pairs are compared within it.
    pub group: u32,
}

/// What a head should say.
#[derive(Clone, PartialEq, Debug)]
pub enum Target {
    /// The place of the text's label.
    Class(usize),
    /// The places of the words' tags.
    Tags(Vec<usize>),
    /// A number, or how well a pair fits.
    Number(f32),
}

impl Example {
    /// A text for one head.
    pub fn new(ids: Vec<u32>, target: Option<Target>) -> Self {
        Self { ids, places: Vec::new(), targets: vec![target], group: 0 }
    }

    /// What this head should say.
    pub fn target(&self, head: usize) -> Option<&Target> {
        self.targets.get(head)?.as_ref()
    }
}

/// Texts of about one length side by side, the shorter ones filled up with `padding`.
///
/// # Panics
/// Where there is no text.
pub fn batch<B: Kernels>(texts: &[&[u32]], padding: u32, device: &B::Device) -> Batch<B> {
    let longest = texts.iter().map(|text| text.len()).max().expect("a batch has a text").max(1);
    let mut ids = Vec::with_capacity(texts.len() * longest);
    let mut mask = Vec::with_capacity(texts.len() * longest);
    for text in texts {
        // A text of no pieces at all is one piece of padding that may be looked at: its mean must be a number.
        let seen = text.len().max(1);
        ids.extend(text.iter().map(|id| i64::from(*id)));
        ids.resize(ids.len() + longest - text.len(), i64::from(padding));
        mask.extend((0..longest).map(|at| if at < seen { 1.0f32 } else { 0.0 }));
    }
    let shape = [texts.len(), longest];
    Batch {
        ids: Tensor::<B, 2, Int>::from_data(TensorData::new(ids, shape), device),
        mask: Tensor::from_data(TensorData::new(mask, shape), device),
    }
}
