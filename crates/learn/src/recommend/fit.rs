use std::hash::{Hash, Hasher};
use std::ops::ControlFlow;

use rustc_hash::FxHasher;

use types::Row;

use super::{Interactions, Method, Model, Parameters, Sparse, Trainer};
use crate::bytes::{Reader, Writer};

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
    /// What a sale of each item earns, in the shop's currency; 0 where it is not told.
    pub margins: Vec<f32>,
}

impl ItemContents {
    /// Stands for no category.
    pub const NO_CATEGORY: u32 = u32::MAX;

    /// The vector of an item; empty where there are none.
    pub fn vector(&self, item: usize) -> &[f32] {
        self.vectors.get(item * self.dims..(item + 1) * self.dims).unwrap_or_default()
    }
}

/// Sees how far a training is, may stop it, and may keep checkpoints, from which the same training goes on after a stop as if
/// there had been none.
pub trait Watcher {
    /// `done` of the work, 0 to 1; the mean loss of the last round, where the method has one. `Break` cancels.
    fn progress(&mut self, done: f64, loss: Option<f64>) -> ControlFlow<()>;

    /// What was last saved under a name, which stands for one part of one training on one state of the data.
    fn load(&mut self, _name: &str) -> Option<Vec<u8>> {
        None
    }

    /// Takes a checkpoint, in place of the one before; `state` need not be asked for where it is too early for another.
    fn save(&mut self, _name: &str, _state: &mut dyn FnMut() -> Vec<u8>) {}
}

/// Nobody looks.
impl Watcher for () {
    fn progress(&mut self, _done: f64, _loss: Option<f64>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Keeps what a training tells of its loss, for whoever looks on besides.
pub struct Losses<'a> {
    watcher: &'a mut dyn Watcher,
    points: Vec<(f64, f64)>,
    every: usize,
    told: usize,
}

impl<'a> Losses<'a> {
    /// Points kept, at most; of more every second, fourth and so on.
    const POINTS_MAX: usize = 256;

    /// Nothing was told so far.
    pub fn new(watcher: &'a mut dyn Watcher) -> Self {
        Self { watcher, points: Vec::new(), every: 1, told: 0 }
    }

    /// How much was done, 0 to 1, and the loss then; empty where the method has none.
    pub fn points(&self) -> &[(f64, f64)] {
        &self.points
    }
}

impl Watcher for Losses<'_> {
    fn progress(&mut self, done: f64, loss: Option<f64>) -> ControlFlow<()> {
        if let Some(loss) = loss {
            if self.told.is_multiple_of(self.every) {
                self.points.push((done, loss));
            }
            self.told += 1;
            if self.points.len() > Self::POINTS_MAX {
                let mut place = 0..;
                self.points.retain(|_| place.next().is_some_and(|place: usize| place.is_multiple_of(2)));
                self.every *= 2;
            }
        }
        self.watcher.progress(done, loss)
    }

    fn load(&mut self, name: &str) -> Option<Vec<u8>> {
        self.watcher.load(name)
    }

    fn save(&mut self, name: &str, state: &mut dyn FnMut() -> Vec<u8>) {
        self.watcher.save(name, state);
    }
}

/// A part of the work of a training that has several.
pub(super) struct Part<'a> {
    watcher: &'a mut dyn Watcher,
    name: &'a str,
    span: (f64, f64),
}

impl<'a> Part<'a> {
    /// The part called `name`, done when the whole is done from the one share to the other.
    pub(super) fn new(watcher: &'a mut dyn Watcher, name: &'a str, span: (f64, f64)) -> Self {
        Self { watcher, name, span }
    }
}

impl Watcher for Part<'_> {
    fn progress(&mut self, done: f64, loss: Option<f64>) -> ControlFlow<()> {
        let (from, to) = self.span;
        self.watcher.progress(from + (to - from) * done, loss)
    }

    fn load(&mut self, name: &str) -> Option<Vec<u8>> {
        self.watcher.load(&format!("{}.{name}", self.name))
    }

    fn save(&mut self, name: &str, state: &mut dyn FnMut() -> Vec<u8>) {
        self.watcher.save(&format!("{}.{name}", self.name), state);
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

/// Trains a model of `method`, if it fits into `memory` bytes (`None`: no limit). Goes on from the watcher's checkpoints of the
/// same method, hyper-parameters, data, seed and number of threads.
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
    let name = format!("{}-{:016x}", method.name, mark(parameters, data));
    fit(method, &*trainer, data, &mut Part::new(watcher, &name, (0.0, 1.0)))
}

/// Trains, or takes the model that was whole when a training was stopped.
pub(super) fn fit(
    method: &Method,
    trainer: &dyn Trainer,
    data: &TrainingData<'_>,
    watcher: &mut dyn Watcher,
) -> Result<Box<dyn Model>, FitError> {
    const WHOLE: &str = "model";
    let kept = watcher.load(WHOLE).and_then(|bytes| (method.decode)(&bytes).ok());
    if let Some(model) = kept.filter(|model| model.items() == data.interactions.items()) {
        return Ok(model);
    }
    let model = trainer.fit(data, watcher)?;
    watcher.save(WHOLE, &mut || model.encode());
    Ok(model)
}

/// Trains by rounds, and goes on after the last one that a training had saved when it was stopped.
pub(super) fn rounds<T: Rounds>(
    begin: impl Fn(&mut dyn Watcher) -> Result<T, FitError>,
    watcher: &mut dyn Watcher,
) -> Result<T, FitError> {
    const STATE: &str = "rounds";
    let mut training = begin(watcher)?;
    let mut round = 0;
    if let Some(bytes) = watcher.load(STATE) {
        let mut input = Reader::new(&bytes);
        let mut read = || -> crate::Result<usize> {
            let round = input.small()? as usize;
            training.read(&mut input)?;
            input.end()?;
            Ok(round)
        };
        match read() {
            Ok(next) => round = next,
            Err(_) => training = begin(watcher)?,
        }
    }
    while training.wants(round) {
        let loss = training.round(round, watcher)?;
        round += 1;
        tell(watcher, round as f64 / training.most() as f64, Some(loss))?;
        watcher.save(STATE, &mut || {
            let mut out = Writer::default();
            out.number(round as u64);
            training.write(&mut out);
            out.0
        });
    }
    Ok(training)
}

/// A training that goes by rounds.
pub(super) trait Rounds {
    /// Rounds at most.
    fn most(&self) -> usize;

    /// Whether there is to be a round of this number, from 0.
    fn wants(&self, round: usize) -> bool {
        round < self.most()
    }

    /// Trains one; its mean loss.
    fn round(&mut self, round: usize, watcher: &mut dyn Watcher) -> Result<f64, FitError>;

    /// Writes what [`Rounds::read`] needs to go on bit by bit as if there had been no stop.
    fn write(&self, out: &mut Writer);

    /// Goes on from what was written by a training on the same data; it may be half changed where that does not fit.
    fn read(&mut self, input: &mut Reader<'_>) -> crate::Result<()>;
}

/// Trainings with the same method and mark give the same model.
fn mark(parameters: &Parameters, data: &TrainingData<'_>) -> u64 {
    let TrainingData { interactions, items, seed } = data;
    let mut hash = FxHasher::default();
    (env!("CARGO_PKG_VERSION"), rayon::current_num_threads(), seed).hash(&mut hash);
    parameters.iter().for_each(|(name, value)| (name, value.to_bits()).hash(&mut hash));
    (interactions.items(), interactions.users()).hash(&mut hash);
    for list in interactions.iter() {
        hash.write_usize(list.len());
        for entry in list {
            let visit = entry.session.map_or(u64::MAX, |Row(visit)| visit.into());
            hash.write_u64(u64::from(entry.item.0) << 32 | u64::from(entry.weight.to_bits()));
            (entry.time.0, entry.bought, visit).hash(&mut hash);
        }
    }
    for row in 0..items.attributes.rows() {
        let (columns, values) = items.attributes.row(row);
        columns.hash(&mut hash);
        values.iter().for_each(|value| hash.write_u32(value.to_bits()));
    }
    (items.dims, &items.categories).hash(&mut hash);
    for number in [&items.vectors, &items.prices, &items.margins].into_iter().flatten() {
        hash.write_u32(number.to_bits());
    }
    hash.finish()
}
