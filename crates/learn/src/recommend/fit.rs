use std::ops::ControlFlow;

use super::{Interactions, Method, Model, Parameters, Sparse};

/// What a trainer may use.
#[derive(Clone, Copy, Debug)]
pub struct TrainingData<'a> {
    /// Who did what.
    pub interactions: &'a Interactions,
    /// What is known of the items.
    pub items: &'a ItemContents,
    /// Makes chance repeatable.
    pub seed: u64,
}

/// What is known of items beside who wanted them. Each part is empty or covers every item.
#[derive(Clone, Debug, Default)]
pub struct ItemContents {
    /// Items x attributes: 1 where an item has the attribute's value (brand, category, colour, ...).
    pub attributes: Sparse,
    /// A vector of each item's text or picture, one after another, of length 1; all 0 where there is none.
    pub vectors: Vec<f32>,
    /// Numbers of a vector; 0 where there are none.
    pub dims: usize,
    /// The most special category of each item, by number; [`ItemContents::NO_CATEGORY`] where it has none.
    pub categories: Vec<u32>,
    /// The price of each item in the shop's currency; 0 where it has none.
    pub prices: Vec<f32>,
}

impl ItemContents {
    /// Stands for no category.
    pub const NO_CATEGORY: u32 = u32::MAX;

    /// The vector of an item; empty where there are none.
    pub fn vector(&self, item: usize) -> &[f32] {
        self.vectors.get(item * self.dims..(item + 1) * self.dims).unwrap_or_default()
    }
}

/// Sees how far a training is, and may stop it.
pub trait Watcher {
    /// `done` of the work, 0 to 1; the mean loss of the last round, where the method has one. `Break` cancels.
    fn progress(&mut self, done: f64, loss: Option<f64>) -> ControlFlow<()>;
}

/// Nobody looks.
impl Watcher for () {
    fn progress(&mut self, _done: f64, _loss: Option<f64>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Why there is no model.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum FitError {
    /// The data lack what the method learns from.
    #[error("there is nothing to learn from: expected {expected}")]
    Nothing {
        /// What there should be.
        expected: &'static str,
    },
    /// It would take more memory than allowed.
    #[error("training needs about {} MiB of memory, {} MiB are allowed; {advice}", needed >> 20, allowed >> 20)]
    Memory {
        /// Bytes it would take.
        needed: u64,
        /// Bytes allowed.
        allowed: u64,
        /// What would help.
        advice: &'static str,
    },
    /// Numbers ran off.
    #[error("training diverged: {what}")]
    Diverged {
        /// Where, and what may help.
        what: String,
    },
    /// The watcher stopped it.
    #[error("training was cancelled")]
    Cancelled,
}

/// Tells the watcher; an error where it says to stop.
pub(super) fn tell(watcher: &mut dyn Watcher, done: f64, loss: Option<f64>) -> Result<(), FitError> {
    if let Some(loss) = loss.filter(|loss| !loss.is_finite()) {
        return Err(FitError::Diverged { what: format!("the loss became {loss}; a smaller step may help") });
    }
    match watcher.progress(done.clamp(0.0, 1.0), loss) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(FitError::Cancelled),
    }
}

/// Trains a model of `method`, if it fits into `memory` bytes (`None`: no limit).
///
/// # Errors
/// See [`FitError`]; nothing is begun that would take more memory than allowed.
pub fn train(
    method: &Method,
    parameters: &Parameters,
    data: &TrainingData<'_>,
    memory: Option<u64>,
    watcher: &mut dyn Watcher,
) -> Result<Box<dyn Model>, FitError> {
    if data.interactions.is_empty() {
        return Err(FitError::Nothing { expected: "interactions of named users or visits" });
    }
    let trainer = (method.trainer)(parameters);
    let needed = trainer.memory(data);
    if let Some(allowed) = memory.filter(|allowed| needed > *allowed) {
        let advice = "allow more, choose fewer factors or items, or take a method that works by blocks, such as slim";
        return Err(FitError::Memory { needed, allowed, advice });
    }
    trainer.fit(data, watcher)
}
