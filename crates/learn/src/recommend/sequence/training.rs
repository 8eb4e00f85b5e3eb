//! The training of one network.

use types::Rng;

use super::adam::{Adam, Pace};
use super::candidates::Chooser;
use super::data::{Batch, Examples, Window};
use super::fit::Settings;
use super::held_out::HeldOut;
use super::items::Items;
use super::loss::{Candidates, Form};
use super::network::Network;
use super::step::{Step, Units};
use crate::bytes::{Reader, Writer};
use crate::recommend::fit::tell;
use crate::recommend::{FitError, Interactions, TrainingData, Watcher};

/// The training of a network under way.
pub(super) struct Training<'a> {
    settings: Settings,
    interactions: &'a Interactions,
    items: Items<'a>,
    weights: Vec<f32>,
    adam: Adam,
    chooser: Chooser,
    examples: Examples,
    pub(super) held_out: HeldOut,
    /// Interactions of each user that are learnt from.
    lengths: Vec<usize>,
    rng: Rng,
    /// Places of a step.
    places: usize,
    /// Places of all its steps at most.
    places_max: usize,
    pub(super) rounds: usize,
    steps: u32,
}

impl<'a> Training<'a> {
    /// Places of all steps of all networks: bounds the time of a training, whatever the size of the data.
    const PLACES_MAX: usize = 24_000_000;
    /// Places of a step at least: small shops learn more in many steps.
    const PLACES_MIN: usize = 32;
    /// Steps of a training at least: small shops need more rounds.
    const STEPS_MIN: usize = 400;
    /// Steps over which the pace rises at first.
    const WARM: f32 = 100.0;
    /// Rounds without a better score after which training ends.
    pub(super) const PATIENCE: usize = 6;
    /// Size of the numbers of vectors at first.
    const BEGIN: f32 = 0.05;

    pub(super) fn new(
        settings: Settings,
        data: &TrainingData<'a>,
        watcher: &mut dyn Watcher,
    ) -> Result<Self, FitError> {
        let interactions = data.interactions;
        let mut counts = vec![0u32; interactions.items()];
        for entry in interactions.iter().flatten() {
            counts[entry.item.index()] += 1;
        }
        let known: Vec<bool> = counts.iter().map(|count| *count > 0).collect();
        let chooser = Chooser::new(&counts, settings.negatives);
        let mut rng = Rng::new(data.seed);
        let mut items = Items::new(&known, settings.dim, Self::BEGIN, data.items, &mut rng);
        let weights = settings.shape().begin(&mut rng);
        let held_out = HeldOut::draw(interactions, chooser.known(), &mut rng);
        let mut lengths: Vec<usize> = interactions.iter().map(<[_]>::len).collect();
        held_out.users().iter().for_each(|user| lengths[*user] -= 1);
        let wanted: usize = lengths.iter().map(|length| length.saturating_sub(1)).sum();
        if wanted == 0 {
            return Err(FitError::Nothing { expected: "users with two interactions or more, one after another" });
        }
        if settings.window > 0 {
            let learnt = interactions.filter(|user, place| place < lengths[user]);
            let mut told = |_: f64| tell(watcher, 0.0, None);
            items.begin_with(&settings.beginning(data.seed).vectors(&learnt, &mut told)?, Self::BEGIN);
        }
        let places = (wanted / 100).clamp(Self::PLACES_MIN.min(settings.places), settings.places);
        let few = (Self::STEPS_MIN * places / wanted).max(1);
        let places_max = Self::PLACES_MAX / settings.copies;
        let many = (places_max / wanted).max(2);
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
            places_max,
            rounds,
            steps: 0,
        })
    }

    /// Goes through everyone's history once, or through as much of it as time allows; the mean loss.
    pub(super) fn round(&mut self, round: usize, watcher: &mut dyn Watcher) -> Result<f64, FitError> {
        let mut windows = self.examples.windows(&self.lengths, &mut self.rng);
        let mut room = self.places_max / self.rounds;
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
            form: if settings.binary {
                Form::binary(chosen.rows.len(), self.chooser.known().len(), settings.calibration)
            } else {
                Form::Softmax
            },
        };
        let mut gained = step.gains(&batch, &mut self.rng);
        units.backward(&mut gained.candidates);
        self.steps += 1;
        let warm = (self.steps as f32 / Self::WARM).min(1.0);
        let pace = Pace { rate: settings.rate * warm * (1.0 - done as f32).max(0.01), decay: settings.decay };
        self.adam.step(&mut self.weights, &gained.weights, pace, self.steps);
        self.items.learn(&chosen.rows, &hidden, &gained.candidates, pace, self.steps);
        gained.loss
    }

    /// Writes what changes from step to step.
    pub(super) fn write(&self, out: &mut Writer) {
        out.number(self.rng.state());
        out.number(self.steps.into());
        out.floats(&self.weights);
        self.adam.write(out);
        self.items.write(out);
    }

    /// Goes on from what was written.
    pub(super) fn read(&mut self, input: &mut Reader<'_>) -> crate::Result<()> {
        self.rng = Rng::new(input.number()?);
        self.steps = input.small()?;
        input.floats_into(&mut self.weights)?;
        self.adam.read(input)?;
        self.items.read(input)
    }

    /// The network as it is now.
    pub(super) fn network(&self) -> Result<Network, FitError> {
        /// Items whose contents are held at once.
        const PART: usize = 4096;
        let all: Vec<u32> = (0..self.interactions.items() as u32).collect();
        let part = |rows: &[u32]| Units::new(self.items.vectors(rows, &[]), self.settings.dim, 1.0).rows;
        let vectors: Vec<f32> = all.chunks(PART).flat_map(part).collect();
        if !vectors.iter().chain(&self.weights).all(|number| number.is_finite()) {
            return Err(FitError::Diverged { what: "weights became infinite; a smaller rate may help".to_owned() });
        }
        Ok(Network { shape: self.settings.shape(), weights: self.weights.clone(), vectors })
    }
}
