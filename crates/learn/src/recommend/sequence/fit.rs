//! Training: rounds of steps with falling pace, until the held-out items are ranked no better.

use types::Rng;

use super::adam::{Adam, Pace};
use super::attention::Heads;
use super::candidates::Chooser;
use super::data::{Batch, Examples, Window};
use super::held_out::HeldOut;
use super::items::Items;
use super::loss::Candidates;
use super::model::Sequence;
use super::net::Shape;
use super::step::{Step, Units};
use crate::recommend::fit::tell;
use crate::recommend::{FitError, Interactions, TrainingData, Watcher};

/// How a network is trained.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Settings {
    pub(super) dim: usize,
    pub(super) blocks: usize,
    pub(super) heads: usize,
    pub(super) length: usize,
    pub(super) rounds: usize,
    pub(super) rate: f32,
    pub(super) decay: f32,
    pub(super) dropout: f32,
    pub(super) temperature: f32,
    pub(super) ahead: f32,
    pub(super) skipped: f32,
    pub(super) negatives: usize,
}

impl Settings {
    /// Places of a step, where the data have so many.
    const PLACES: usize = 1024;
    /// Places of all steps: bounds the time of a training, whatever the size of the data.
    const PLACES_MAX: usize = 24_000_000;
    /// Steps of a training at least: small shops need more rounds.
    const STEPS_MIN: usize = 400;
    /// Steps over which the pace rises at first.
    const WARM: f32 = 100.0;
    /// Rounds without a better score after which training ends.
    const PATIENCE: usize = 6;
    /// Size of the numbers of vectors at first.
    const BEGIN: f32 = 0.05;

    pub(super) fn shape(self) -> Shape {
        let heads = Heads { dim: self.dim, heads: self.heads, length: self.length };
        Shape { heads, blocks: self.blocks, inner: 2 * self.dim }
    }

    /// The most bytes held at once beyond the data.
    pub(super) fn memory(self, data: &TrainingData<'_>) -> u64 {
        let items = data.interactions.items();
        let (dim, shape) = (self.dim as u64, self.shape());
        // The last window of a batch may exceed it by a run.
        let places = (Self::PLACES + self.length) as u64;
        let met = 2 * places * super::data::HORIZON as u64;
        let candidates = (items as u64).min(self.negatives as u64 + met);
        let weights = 4 * 8 * shape.len() as u64;
        // The best model so far, and the one to be compared with it.
        let models = 2 * 4 * dim * items as u64;
        let step = 4 * candidates * (6 * dim + super::loss::SLAB as u64);
        let a_place = (12 + 14 * self.blocks as u64) * dim + (self.blocks * self.heads * self.length) as u64;
        let given = 4 * 2 * (candidates * data.items.dims as u64);
        let windows = 96 * (data.interactions.users() + data.interactions.len() / self.length) as u64;
        Items::bytes(items, self.dim, data.items) + weights + models + step + 4 * a_place * places + given + windows
    }

    /// Trains.
    pub(super) fn fit(self, data: &TrainingData<'_>, watcher: &mut dyn Watcher) -> Result<Sequence, FitError> {
        let mut training = Training::new(self, data)?;
        let (mut best, mut best_round): (Option<(f64, Sequence)>, usize) = (None, 0);
        for round in 0..training.rounds {
            let loss = training.round(round, watcher)?;
            tell(watcher, (round + 1) as f64 / training.rounds as f64, Some(loss))?;
            let model = training.model()?;
            let score = training.held_out.score(&model, data.interactions);
            match (&best, score) {
                // Nobody is kept aside: the last is the best.
                (_, None) if round + 1 == training.rounds => best = Some((0.0, model)),
                (_, None) => {}
                (Some((most, _)), Some(score)) if score <= *most => {}
                (_, Some(score)) => (best, best_round) = (Some((score, model)), round),
            }
            if score.is_some() && round >= best_round + Self::PATIENCE {
                break;
            }
        }
        best.map(|(_, model)| model).ok_or(FitError::Nothing { expected: "a round of training" })
    }
}

/// A training under way.
struct Training<'a> {
    settings: Settings,
    interactions: &'a Interactions,
    items: Items<'a>,
    weights: Vec<f32>,
    adam: Adam,
    chooser: Chooser,
    examples: Examples,
    held_out: HeldOut,
    /// Interactions of each user that are learnt from.
    lengths: Vec<usize>,
    rng: Rng,
    /// Places of a step.
    places: usize,
    rounds: usize,
    steps: u32,
}

impl<'a> Training<'a> {
    fn new(settings: Settings, data: &TrainingData<'a>) -> Result<Self, FitError> {
        let interactions = data.interactions;
        let mut counts = vec![0u32; interactions.items()];
        for entry in interactions.iter().flatten() {
            counts[entry.item.index()] += 1;
        }
        let known: Vec<bool> = counts.iter().map(|count| *count > 0).collect();
        let chooser = Chooser::new(&counts, settings.negatives);
        let mut rng = Rng::new(data.seed);
        let items = Items::new(&known, settings.dim, Settings::BEGIN, data.items, &mut rng);
        let weights = settings.shape().begin(&mut rng);
        let held_out = HeldOut::draw(interactions, chooser.known(), &mut rng);
        let mut lengths: Vec<usize> = interactions.iter().map(<[_]>::len).collect();
        held_out.users().iter().for_each(|user| lengths[*user] -= 1);
        let wanted: usize = lengths.iter().map(|length| length.saturating_sub(1)).sum();
        if wanted == 0 {
            return Err(FitError::Nothing { expected: "users with two interactions or more, one after another" });
        }
        let places = (wanted / 100).clamp(32, Settings::PLACES);
        let few = (Settings::STEPS_MIN * places / wanted).max(1);
        let many = (Settings::PLACES_MAX / wanted).max(2);
        let rounds = settings.rounds.max(few).min(many);
        let examples = Examples { length: settings.length, ahead: settings.ahead, skipped: settings.skipped };
        let adam = Adam::new(weights.len());
        Ok(Self {
            settings,
            interactions,
            items,
            weights,
            adam,
            chooser,
            examples,
            held_out,
            lengths,
            rng,
            places,
            rounds,
            steps: 0,
        })
    }

    /// Goes through everyone's history once, or through as much of it as time allows; the mean loss.
    fn round(&mut self, round: usize, watcher: &mut dyn Watcher) -> Result<f64, FitError> {
        let mut windows = self.examples.windows(&self.lengths, &mut self.rng);
        let mut room = Settings::PLACES_MAX / self.rounds;
        windows.retain(|window| {
            let fits = room > 0;
            room = room.saturating_sub(window.len());
            fits
        });
        let (mut loss, mut places, mut next) = (0.0, 0, 0);
        while next < windows.len() {
            let batch = self.batch(&windows, &mut next);
            let done = (round as f64 + next as f64 / windows.len() as f64) / self.rounds as f64;
            if !batch.items.is_empty() {
                let count = batch.items.len();
                loss += self.step(batch, done) * count as f64;
                places += count;
            }
            tell(watcher, done, None)?;
        }
        Ok(loss / places.max(1) as f64)
    }

    fn batch(&mut self, windows: &[Window], next: &mut usize) -> Batch {
        let mut batch = Batch::default();
        while *next < windows.len() && batch.items.len() < self.places {
            self.examples.add(&mut batch, self.interactions, &windows[*next], &mut self.rng);
            *next += 1;
        }
        batch
    }

    fn step(&mut self, mut batch: Batch, done: f64) -> f64 {
        let settings = self.settings;
        let chosen = self.chooser.choose(&mut batch, &mut self.rng);
        let hidden = self.items.hide(&chosen.rows, &mut self.rng);
        let units = Units::new(self.items.vectors(&chosen.rows, &hidden), settings.dim, 1.0);
        let step = Step {
            shape: settings.shape(),
            weights: &self.weights,
            candidates: Candidates { vectors: &units.rows, lift: &chosen.lift },
            dropout: settings.dropout,
            temperature: settings.temperature,
        };
        let mut gained = step.gains(&batch, &mut self.rng);
        units.backward(&mut gained.candidates);
        self.steps += 1;
        let warm = (self.steps as f32 / Settings::WARM).min(1.0);
        let pace = Pace { rate: settings.rate * warm * (1.0 - done as f32).max(0.01), decay: settings.decay };
        self.adam.step(&mut self.weights, &gained.weights, pace, self.steps);
        self.items.learn(&chosen.rows, &hidden, &gained.candidates, pace, self.steps);
        gained.loss
    }

    /// The model as it is now.
    fn model(&self) -> Result<Sequence, FitError> {
        /// Items whose contents are held at once.
        const PART: usize = 4096;
        let all: Vec<u32> = (0..self.interactions.items() as u32).collect();
        let part = |rows: &[u32]| Units::new(self.items.vectors(rows, &[]), self.settings.dim, 1.0).rows;
        let vectors: Vec<f32> = all.chunks(PART).flat_map(part).collect();
        if !vectors.iter().chain(&self.weights).all(|number| number.is_finite()) {
            return Err(FitError::Diverged { what: "weights became infinite; a smaller rate may help".to_owned() });
        }
        Ok(Sequence { shape: self.settings.shape(), weights: self.weights.clone(), vectors })
    }
}
