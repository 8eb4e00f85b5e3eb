//! Heads on an encoder, alone or several on one: a text's label, its words' tags, how well a pair fits, a number.
//!
//! [`HeadTask`] trains them with any [`crate::tune::Method`]; [`train`] does all of it, from texts to what is served.
//! With few labels or none there are [`few`] (contrastive pairs, prototypes) and [`zero`] (descriptions of the labels);
//! [`suggest`] says what to label next.

mod calibrate;
mod data;
pub mod few;
mod logistic;
mod losses;
mod net;
mod predict;
mod scores;
mod shots;
mod suggest;
mod task;
mod train;
pub mod zero;

use neural::heads::Unit;
use serde::{Deserialize, Serialize};

pub use calibrate::temperature;
pub use data::{HeadData, with_joints};
pub use logistic::Logistic;
pub use net::{Chain, Head, Headed};
pub use predict::{outputs, vectors};
pub use shots::{Shots, train_with_few};
pub use suggest::{Suggestion, suggest};
pub use task::{Balance, HeadTask, Pseudo};
pub use train::{Base, HeadOptions, Summary, TrainedHeads, headed_folder, train};

/// A head: what it says and where it looks.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct HeadSpec {
    /// Its name: its weights are `head.NAME.weight` and `head.NAME.bias`.
    pub name: String,
    /// What it says.
    pub kind: HeadKind,
    /// Where it looks; a head that tags words looks at each word's first piece.
    pub pooling: Pool,
    /// Weight of its loss beside other heads'.
    pub weight: f64,
}

/// What a head says.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeadKind {
    /// Which of these labels a text has.
    Classes {
        /// The labels.
        labels: Vec<String>,
    },
    /// Which of these BIO tags each word has.
    Tags {
        /// The tags.
        labels: Vec<String>,
        /// Whether the tags are chosen together, by a conditional random field.
        crf: bool,
        /// What counts as a word when serving.
        unit: Unit,
    },
    /// How well a pair of texts fits.
    Score {
        /// What is made small.
        loss: ScoreLoss,
    },
    /// A number.
    Value {
        /// Mean of the numbers learnt from.
        mean: f64,
        /// Their standard deviation.
        deviation: f64,
    },
}

/// What a head that scores pairs makes small.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScoreLoss {
    /// Cross-entropy of each pair's judgement, from 0 to 1.
    #[default]
    Pointwise,
    /// Of two passages of a query the better one should score higher.
    Pairwise,
    /// The margins between passages of a query should be the teacher's.
    Margin,
}

/// Where a head on whole texts looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pool {
    /// At the mean of the pieces.
    #[default]
    Mean,
    /// At the first piece.
    Cls,
}

impl HeadSpec {
    /// A head with this name, at the mean of the pieces.
    pub fn new(name: impl Into<String>, kind: HeadKind) -> Self {
        Self { name: name.into(), kind, pooling: Pool::Mean, weight: 1.0 }
    }
}

impl HeadKind {
    /// How many numbers it gives.
    pub fn outputs(&self) -> usize {
        match self {
            Self::Classes { labels } | Self::Tags { labels, .. } => labels.len(),
            Self::Score { .. } | Self::Value { .. } => 1,
        }
    }

    /// By what an output is multiplied and what is then added, to be in the unit of the data.
    pub(crate) fn range(&self) -> (f64, f64) {
        match self {
            Self::Value { mean, deviation } => (*deviation, *mean),
            Self::Classes { .. } | Self::Tags { .. } | Self::Score { .. } => (1.0, 0.0),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
