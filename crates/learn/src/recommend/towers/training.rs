//! Training: rounds of steps at a falling pace.

use types::Rng;

use super::bag::Bag;
use super::contents::{Columns, Described};
use super::examples::{AGES, Batch, Examples, LENGTH, Moment, WANTED, Way};
use super::sampler::{Sampler, number};
use super::step::{COUNTS, Step};
use crate::bytes::{Reader, Writer};
use crate::recommend::factors::{Confidence, FactorModel, Vectors};
use crate::recommend::fit::{Rounds, rounds, tell};
use crate::recommend::sequence::adam::{Adam, Pace};
use crate::recommend::sequence::items::Items;
use crate::recommend::sequence::loss::Candidates;
use crate::recommend::sequence::step::Units;
use crate::recommend::{FitError, ItemContents, Model, Trainer, TrainingData, Watcher};

/// What is learnt by.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(in crate::recommend) enum Loss {
    /// The wanted among all candidates; vectors of items have length 1.
    Softmax,
    /// The wanted before each other candidate; vectors of items are as long as they like.
    Pairs {
        /// How much more candidates of higher scores count.
        hardness: f32,
    },
}

/// How towers are trained.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Settings {
    pub(super) name: &'static str,
    pub(super) loss: Loss,
    pub(super) dim: usize,
    pub(super) rounds: usize,
    pub(super) rate: f32,
    pub(super) decay: f32,
    pub(super) temperature: f32,
    pub(super) negatives: usize,
    pub(super) way: Way,
}

impl Settings {
    /// Examples of a step, where the data have so many.
    const EXAMPLES: usize = 512;
    /// Examples of all steps: bounds the time of a training, whatever the size of the data.
    const EXAMPLES_MAX: usize = 12_000_000;
    /// Steps of a training at least: small shops need more rounds.
    const STEPS_MIN: usize = 400;
    /// Steps over which the pace rises at first.
    const WARM: f32 = 100.0;
    /// Size of the numbers of vectors at first.
    const BEGIN: f32 = 0.05;

    fn columns(self, data: &TrainingData<'_>) -> Columns {
        match self.loss {
            Loss::Softmax => Columns::of(data.items, data.interactions.items()),
            Loss::Pairs { .. } => Columns::default(),
        }
    }
}

impl Trainer for Settings {
    fn memory(&self, data: &TrainingData<'_>) -> u64 {
        let (items, dim) = (data.interactions.items() as u64, self.dim as u64);
        let columns = self.columns(data);
        let contents = 12 * (data.items.attributes.len() + data.items.vectors.len()) as u64;
        // Vectors of both towers, with Adam's moments of them, then the model's and their bytes; the matrix that weights are measured by, which is
        // grown and gone before training.
        let towers = 2 * 12 * dim * (items + columns.width() as u64) + 2 * 8 * dim * items;
        let grown = 24 * data.interactions.len() as u64;
        let examples = Self::EXAMPLES as u64;
        let known = examples * LENGTH as u64;
        let candidates = items.min(self.negatives as u64 + examples * WANTED as u64);
        let step = 4 * (12 * dim * candidates + 4 * dim * items.min(known) + 6 * known + 512 * candidates);
        let given = 8 * candidates * data.items.dims as u64;
        // Each interaction may be a moment of its own, and those of two rounds lie side by side.
        towers + contents + grown.max(24 * data.interactions.len() as u64 + step + given)
    }

    fn fit(&self, data: &TrainingData<'_>, watcher: &mut dyn Watcher) -> Result<Box<dyn Model>, FitError> {
        let columns = self.columns(data);
        let contents = columns.contents(data.items, data.interactions.items());
        let training = rounds(|_| Training::new(*self, data, &contents), watcher)?;
        Ok(Box::new(training.model(columns)?))
    }
}

/// A training under way.
struct Training<'a> {
    settings: Settings,
    examples: Examples<'a>,
    sampler: Sampler,
    sources: Items<'a>,
    targets: Items<'a>,
    counts: Vec<f32>,
    adam: Adam,
    /// Places of items among the sources of a step.
    slots: Vec<u32>,
    rng: Rng,
    /// Examples of a step.
    batch: usize,
    rounds: usize,
    steps: u32,
}

impl<'a> Training<'a> {
    fn new(settings: Settings, data: &TrainingData<'a>, contents: &'a ItemContents) -> Result<Self, FitError> {
        let interactions = data.interactions;
        let mut met = vec![0u32; interactions.items()];
        for entry in interactions.iter().flatten() {
            met[entry.item.index()] += 1;
        }
        let known: Vec<bool> = met.iter().map(|count| *count > 0).collect();
        let mut rng = Rng::new(data.seed);
        let mut items = || Items::new(&known, settings.dim, Settings::BEGIN, contents, &mut rng);
        let (sources, targets) = (items(), items());
        let confidence = Confidence::of_matrix(&interactions.matrix());
        let examples = Examples::new(interactions, confidence, settings.way);
        let moments = examples.moments(&mut rng).len();
        if moments == 0 {
            return Err(FitError::Nothing { expected: "users with two interactions or more" });
        }
        let batch = (moments / 100).clamp(32, Settings::EXAMPLES);
        let few = (Settings::STEPS_MIN * batch / moments).max(1);
        let many = (Settings::EXAMPLES_MAX / moments).max(2);
        // What is older counts less at first; how much is learnt.
        let counts = (0..COUNTS).map(|at| if at < AGES { -0.1 * at as f32 } else { 0.0 }).collect();
        Ok(Self {
            settings,
            examples,
            sampler: Sampler::new(&met, settings.negatives),
            sources,
            targets,
            counts,
            adam: Adam::new(COUNTS),
            slots: vec![0; interactions.items()],
            rng,
            batch,
            rounds: settings.rounds.max(few).min(many),
            steps: 0,
        })
    }

    fn batch(&mut self, moments: &[Moment], next: &mut usize) -> Batch {
        let mut batch = Batch::default();
        while *next < moments.len() && batch.len() < self.batch {
            self.examples.add(&mut batch, &moments[*next], &mut self.rng);
            *next += 1;
        }
        batch
    }

    fn step(&mut self, mut batch: Batch, done: f64) -> f64 {
        let Settings { dim, loss, temperature, .. } = self.settings;
        let chosen = self.sampler.choose(&mut batch.wanted, &mut self.rng);
        let mut rows: Vec<u32> = batch.known.iter().map(|known| known.item).collect();
        number(&mut rows, &mut self.slots);
        batch.known.iter_mut().for_each(|known| known.item = self.slots[known.item as usize]);
        let hidden = [self.sources.hide(&rows, &mut self.rng), self.targets.hide(&chosen.rows, &mut self.rng)];
        let sources = self.sources.vectors(&rows, &hidden[0]);
        let own = self.targets.vectors(&chosen.rows, &hidden[1]);
        let units = matches!(loss, Loss::Softmax).then(|| Units::new(own.clone(), dim, 1.0));
        let vectors = units.as_ref().map_or(&own, |units| &units.rows);
        let candidates = Candidates { vectors, lift: &chosen.lift };
        let length = 1.0 / temperature;
        let step = Step { drawn: chosen.drawn, dim, sources: &sources, counts: &self.counts, candidates, length, loss };
        let mut gained = step.gains(&batch);
        if let Some(units) = &units {
            units.backward(&mut gained.candidates);
        }
        self.steps += 1;
        let warm = (self.steps as f32 / Settings::WARM).min(1.0);
        let pace = Pace { rate: self.settings.rate * warm * (1.0 - done as f32).max(0.01), decay: self.settings.decay };
        self.adam.step(&mut self.counts, &gained.counts, pace, self.steps);
        self.sources.learn(&rows, &hidden[0], &gained.sources, pace, self.steps);
        self.targets.learn(&chosen.rows, &hidden[1], &gained.candidates, pace, self.steps);
        gained.loss
    }

    /// The model as it is now.
    fn model(self, columns: Columns) -> Result<FactorModel<Bag>, FitError> {
        let dims = self.settings.dim;
        let all: Vec<u32> = (0..self.slots.len() as u32).collect();
        let mut numbers = self.targets.vectors(&all, &[]);
        if self.settings.loss == Loss::Softmax {
            numbers = Units::new(numbers, dims, 1.0).rows;
        }
        let sources = self.sources.vectors(&all, &[]);
        if !numbers.iter().chain(&sources).chain(&self.counts).all(|number| number.is_finite()) {
            return Err(FitError::Diverged { what: "vectors became infinite; a smaller rate may help".to_owned() });
        }
        let described = Described::new(columns, &self.targets);
        let bag = Bag { confidence: self.examples.confidence, sources, counts: self.counts, described };
        Ok(FactorModel::new(self.settings.name, Vectors { dims, numbers }, bag))
    }
}

impl Rounds for Training<'_> {
    fn most(&self) -> usize {
        self.rounds
    }

    /// Goes through everyone's history once, or through as much of it as time allows.
    fn round(&mut self, round: usize, watcher: &mut dyn Watcher) -> Result<f64, FitError> {
        let mut moments = self.examples.moments(&mut self.rng);
        moments.truncate((Settings::EXAMPLES_MAX / self.rounds).max(self.batch));
        let (mut loss, mut examples, mut next) = (0.0, 0, 0);
        while next < moments.len() {
            let batch = self.batch(&moments, &mut next);
            let done = (round as f64 + next as f64 / moments.len() as f64) / self.rounds as f64;
            if batch.len() > 0 {
                let count = batch.len();
                loss += self.step(batch, done) * count as f64;
                examples += count;
            }
            tell(watcher, done, None)?;
        }
        Ok(loss / examples.max(1) as f64)
    }

    fn write(&self, out: &mut Writer) {
        out.number(self.rng.state());
        out.number(self.steps.into());
        out.floats(&self.counts);
        self.adam.write(out);
        self.sources.write(out);
        self.targets.write(out);
    }

    fn read(&mut self, input: &mut Reader<'_>) -> crate::Result<()> {
        self.rng = Rng::new(input.number()?);
        self.steps = input.small()?;
        input.floats_into(&mut self.counts)?;
        self.adam.read(input)?;
        self.sources.read(input)?;
        self.targets.read(input)
    }
}
