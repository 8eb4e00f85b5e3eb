use burn::module::{AutodiffModule, Module};
use burn::optim::{GradientsAccumulator, GradientsParams};
use types::Rng;

use super::checkpoint::{Checkpoint, Head, Role};
use super::flat::AdamW;
use super::history::Point;
use super::order::chance;
use super::params::{self, Numbers};
use super::schedule::rate_share;
use super::update::Updater;
use super::watch::{Control, Told};
use super::{History, Keep, Options, Part, Precision, Scores, Step, Task, adversary};
use crate::backend::{self, Trainable};
use crate::{Error, Result};

/// A training that came to its end.
#[derive(Clone, Debug)]
pub struct Fitted<M> {
    /// The network with the weights that [`Options::keep`] asks for.
    pub net: M,
    /// How it ended.
    pub ended: Ended,
    /// Updates made.
    pub steps: u64,
    /// The update whose weights these are.
    pub kept_step: u64,
    /// Examples used, each as often as it was.
    pub examples: u64,
    /// Seconds it took, those before an interruption included.
    pub seconds: f64,
    /// Numbers that were trained.
    pub trained: usize,
    /// Numbers of the network.
    pub total: usize,
    /// Figures on the test part before the first update.
    pub before: Scores,
    /// Figures on the test part with the weights handed back; none where the training was cancelled.
    pub after: Option<Scores>,
    /// Curves.
    pub history: History,
}

impl<M> Fitted<M> {
    /// The same with the network in another form.
    pub fn map<N>(self, form: impl FnOnce(M) -> N) -> Fitted<N> {
        let Self { net, ended, steps, kept_step, examples, seconds, trained, total, before, after, history } = self;
        let net = form(net);
        Fitted { net, ended, steps, kept_step, examples, seconds, trained, total, before, after, history }
    }
}

/// How a training ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// All epochs or updates were made.
    Finished,
    /// The deciding figure no longer rose.
    Stopped,
    /// Its minutes were over.
    TimeOver,
    /// Somebody ended it; it can be resumed from its checkpoint.
    Cancelled,
}

/// Trains a network for a task.
///
/// # Errors
/// Options out of range, no examples, a loss or gradient that is no number ([`Error::NotFinite`], after which the
/// checkpoint has the weights from before it), a checkpoint that is damaged or of another training, or what the task says.
pub fn fit<B: Trainable, T: Task<B>>(
    task: &mut T,
    net: T::Net,
    options: &Options,
    control: Control<'_>,
) -> Result<Fitted<T::Net>> {
    options.check()?;
    if options.precision != Precision::F32 && backend::is_cpu::<B>() {
        let (got, expected) = ("bf16".to_owned(), "f32 on a CPU, which computes with 32 bits only");
        return Err(Error::Option { field: "precision", got, expected });
    }
    if task.examples() == 0 {
        return Err(Error::Data("there are no examples to train on".to_owned()));
    }
    if let Some(adversary) = &options.adversary {
        adversary::check::<B, T::Net>(&net, adversary)?;
    }
    let part = options.adversary.as_ref().map(|adversary| adversary.part.as_str());
    let net = params::freeze::<B, T::Net>(net, &options.frozen, part);
    let mut run = Run::new(task, &net, options, control)?;
    let net = run.begin(net)?;
    let (net, ended) = run.train(net)?;
    run.end(net, ended)
}

/// A training under way.
struct Run<'a, 'c, B: Trainable, T: Task<B>> {
    task: &'a mut T,
    options: &'a Options,
    control: Control<'c>,
    updater: Updater<B>,
    head: Head,
    /// The best weights so far.
    best: Vec<Numbers>,
    /// Batches of the current epoch.
    batches: usize,
    seconds_before: f64,
    examples_before: u64,
    device: B::Device,
    trained: usize,
    total: usize,
}

impl<'a, 'c, B: Trainable, T: Task<B>> Run<'a, 'c, B, T> {
    fn new(task: &'a mut T, net: &T::Net, options: &'a Options, control: Control<'c>) -> Result<Self> {
        let updater = Updater::<B>::new(net, options);
        let all = params::list::<B, T::Net>(net);
        let count = |wanted: &dyn Fn(&str) -> bool| -> usize {
            all.iter().filter(|info| wanted(&info.path)).map(params::ParamInfo::count).sum()
        };
        let (trained, total) = (count(&|path| updater.trains(path)), count(&|_| true));
        if trained == 0 {
            let (got, expected) = (options.frozen.join(" "), "to leave something to train");
            return Err(Error::Option { field: "frozen", got, expected });
        }
        let head = Head {
            options: options.clone(),
            data: control.data.clone(),
            frozen: String::new(),
            step: 0,
            epoch: 0,
            batch: 0,
            begun: false,
            examples: 0,
            seconds: 0.0,
            best: None,
            misses: 0,
            before: None,
            history: History::default(),
        };
        let device = net.devices().into_iter().next().unwrap_or_default();
        Ok(Self {
            task,
            options,
            control,
            updater,
            head,
            best: Vec::new(),
            batches: 0,
            seconds_before: 0.0,
            examples_before: 0,
            device,
            trained,
            total,
        })
    }

    /// Takes up a checkpoint, or looks at how good the network is before anything.
    fn begin(&mut self, net: T::Net) -> Result<T::Net> {
        if self.control.checkpoint.is_some() {
            self.head.frozen = params::digest::<B, T::Net>(&net, |path| !self.updater.trains(path));
        }
        if let Some(path) = self.control.checkpoint.clone().filter(|path| self.control.resume && path.exists()) {
            let mut checkpoint = Checkpoint::read(&path)?;
            checkpoint.check(&path, &self.head.data, &self.head.frozen, self.options)?;
            let (first, second) = (checkpoint.take(Role::First), checkpoint.take(Role::Second));
            self.updater.load(first, second, checkpoint.take(Role::Mean), &self.device);
            self.best = checkpoint.take(Role::Best);
            self.task.restore(&checkpoint.task)?;
            let net = params::write::<B, T::Net>(net, checkpoint.take(Role::Weight))?;
            self.head = Head { options: self.options.clone(), ..checkpoint.head };
            (self.seconds_before, self.examples_before) = (self.head.seconds, self.head.examples);
            return Ok(net);
        }
        self.control.watch.busy("measuring what there is before training", 0, 0);
        let valid = net.valid();
        self.head.before = Some(self.task.evaluate(&valid, Part::Test)?);
        let scores = self.task.evaluate(&valid, Part::Validation)?;
        drop(valid);
        self.note(&net, &scores);
        self.head.misses = 0;
        Ok(net)
    }

    /// The updates, until one of the ends.
    fn train(&mut self, mut net: T::Net) -> Result<(T::Net, Ended)> {
        loop {
            if let Some(ended) = self.over() {
                return self.stop(net, ended);
            }
            if !self.head.begun {
                let mut chance = self.chance(Purpose::Epoch);
                self.task.begin_epoch(self.head.epoch, &net.valid(), &mut chance, self.control.watch)?;
                self.head.begun = true;
            }
            let batches = self.task.batches(self.options, &mut self.chance(Purpose::Order));
            if batches.is_empty() {
                return Err(Error::Data("there are no batches to train on".to_owned()));
            }
            self.batches = batches.len();
            while self.head.batch < batches.len() {
                net = self.update(net, &batches)?;
                self.look(&net)?;
                if let Some(ended) = self.over() {
                    return self.stop(net, ended);
                }
            }
            (self.head.epoch, self.head.batch, self.head.begun) = (self.head.epoch + 1, 0, false);
        }
    }

    /// The checkpoint of the end goes to whoever resumes, or asks for more epochs.
    fn stop(&self, net: T::Net, ended: Ended) -> Result<(T::Net, Ended)> {
        self.save(&net)?;
        Ok((net, ended))
    }

    /// One update from the next few batches.
    fn update(&mut self, net: T::Net, batches: &[Vec<usize>]) -> Result<T::Net> {
        let first = self.head.batch;
        let chosen = &batches[first..batches.len().min(first + self.options.accumulation)];
        let (before, after) =
            (self.progress(first, self.head.step), self.progress(first + chosen.len(), self.head.step + 1));
        let mut sum = GradientsAccumulator::<T::Net>::new();
        let mut loss = 0.0;
        for (at, batch) in chosen.iter().enumerate() {
            let number = self.head.step * self.options.accumulation as u64 + at as u64;
            let mut step = self.step(before, chance(self.options.seed, Purpose::Batch as u64, number));
            let (value, gradients) = self.task.gradients(&net, batch, &mut step)?;
            self.demand_finite(value, "loss", &net, chosen)?;
            loss += value / chosen.len() as f64;
            if let Some((value, nearby)) = adversary::gradients::<B, T>(self.task, &net, batch, &mut step, &gradients)?
            {
                self.demand_finite(value, "loss", &net, chosen)?;
                sum.accumulate::<B>(&net, nearby);
            }
            sum.accumulate::<B>(&net, gradients);
        }
        let mut gradients = sum.grads();
        let scale = 1.0 / chosen.len() as f64;
        let norm = self.updater.norm(&net, &mut gradients) * scale;
        self.demand_finite(norm, "gradient", &net, chosen)?;
        let clipped = if self.options.clip > 0.0 { (self.options.clip / norm.max(1e-12)).min(1.0) } else { 1.0 };
        let rate = self.options.rate * rate_share(self.options, before, after);
        let net = self.apply(net, gradients, rate, scale * clipped, before);
        self.head.step += 1;
        self.head.batch += chosen.len();
        self.head.examples += chosen.iter().map(|batch| batch.len() as u64).sum::<u64>();
        self.head.seconds = self.seconds_before + self.control.watch.seconds();
        self.head.history.add(Point { step: self.head.step, loss, rate, norm });
        self.tell(None);
        Ok(net)
    }

    fn apply(&mut self, net: T::Net, mut gradients: GradientsParams, rate: f64, scale: f64, before: f64) -> T::Net {
        let options = self.options;
        let step = self.step(before, chance(options.seed, Purpose::Update as u64, self.head.step));
        let net = self.task.before_update(net, &mut gradients, &step);
        let how = AdamW {
            rate,
            beta1: options.beta1,
            beta2: options.beta2,
            epsilon: options.epsilon,
            weight_decay: options.weight_decay,
            scale,
            step: self.head.step + 1,
        };
        self.updater.apply(net, gradients, how, options.keep)
    }

    /// Evaluates and saves where that is due.
    fn look(&mut self, net: &T::Net) -> Result<()> {
        let epoch_over = self.head.batch == self.batches;
        let due = self.options.evaluate_every.map_or(epoch_over, |every| self.head.step.is_multiple_of(every));
        let ends = self.over().is_some_and(|ended| ended != Ended::Cancelled);
        if due || ends {
            let averaged = self.updater.averaged(net);
            let scores = self.task.evaluate(&averaged.valid(), Part::Validation)?;
            self.note(&averaged, &scores);
            self.tell(Some(&scores));
        }
        let saved = self.options.checkpoint_every.is_some_and(|every| self.head.step.is_multiple_of(every));
        if (due && !ends) || saved { self.save(net) } else { Ok(()) }
    }

    /// Writes an evaluation down; keeps the weights where they are the best so far.
    fn note(&mut self, net: &T::Net, scores: &Scores) {
        let epoch = f64::from(self.head.epoch) + self.share_of_epoch(self.head.batch);
        self.head.history.evaluated(self.head.step, epoch, scores);
        let Some(value) = scores.deciding().map(|metric| metric.value) else { return };
        if !(value.is_finite() && self.head.best.is_none_or(|(best, _)| value > best)) {
            self.head.misses += 1;
            return;
        }
        self.head.best = Some((value, self.head.step));
        self.head.misses = 0;
        if self.options.keep != Keep::Last {
            self.best = params::read::<B, T::Net>(net, |path| self.updater.trains(path));
        }
    }

    /// How the training ends here, if it does.
    fn over(&self) -> Option<Ended> {
        let options = self.options;
        let epochs_over = || {
            let done = self.head.epoch + u32::from(self.head.begun && self.head.batch == self.batches);
            done >= options.epochs
        };
        if self.control.watch.cancelled() {
            Some(Ended::Cancelled)
        } else if options.steps.map_or_else(epochs_over, |steps| self.head.step >= steps) {
            Some(Ended::Finished)
        } else if options.minutes.is_some_and(|minutes| self.head.seconds >= 60.0 * minutes) {
            Some(Ended::TimeOver)
        } else {
            (options.patience > 0 && self.head.misses >= options.patience).then_some(Ended::Stopped)
        }
    }

    /// Share of the training that is over when so many batches of this epoch are used and so many updates made.
    fn progress(&self, batch: usize, step: u64) -> f64 {
        let share = match self.options.steps {
            Some(steps) => step as f64 / steps as f64,
            None => (f64::from(self.head.epoch) + self.share_of_epoch(batch)) / f64::from(self.options.epochs),
        };
        let time = self.options.minutes.map_or(0.0, |minutes| self.head.seconds / (60.0 * minutes));
        share.max(time).clamp(0.0, 1.0)
    }

    fn share_of_epoch(&self, batch: usize) -> f64 {
        if self.batches == 0 { 0.0 } else { batch as f64 / self.batches as f64 }
    }

    fn step(&self, progress: f64, rng: Rng) -> Step<'a> {
        Step { number: self.head.step, epoch: self.head.epoch, progress, options: self.options, rng }
    }

    /// Chance for something that happens once an epoch.
    fn chance(&self, purpose: Purpose) -> Rng {
        chance(self.options.seed, purpose as u64, u64::from(self.head.epoch))
    }

    fn tell(&mut self, scores: Option<&Scores>) {
        let progress = self.progress(self.head.batch, self.head.step);
        let here = self.head.seconds - self.seconds_before;
        let rate = self.head.history.points.last().map_or(0.0, |point| point.rate);
        self.control.watch.tell(&Told {
            step: self.head.step,
            epoch: self.head.epoch,
            progress,
            loss: self.head.history.loss().unwrap_or(f64::NAN),
            rate,
            seconds: self.head.seconds,
            examples_per_second: (self.head.examples - self.examples_before) as f64 / here.max(1e-9),
            seconds_left: (progress > 0.0).then(|| self.head.seconds * (1.0 - progress) / progress),
            scores,
        });
    }

    fn demand_finite(&self, value: f64, what: &'static str, net: &T::Net, batches: &[Vec<usize>]) -> Result<()> {
        if value.is_finite() {
            return Ok(());
        }
        self.save(net)?;
        let checkpoint = self.control.checkpoint.clone().filter(|path| path.exists());
        Err(Error::NotFinite { what, step: self.head.step + 1, examples: batches.concat(), checkpoint })
    }

    /// Writes the checkpoint, where one is wanted and the weights are numbers.
    fn save(&self, net: &T::Net) -> Result<()> {
        let Some(path) = &self.control.checkpoint else { return Ok(()) };
        let weights = params::read::<B, T::Net>(net, |path| self.updater.trains(path));
        if weights.iter().any(|numbers| numbers.data.iter().any(|number| !number.is_finite())) {
            return Ok(());
        }
        let mut tensors: Vec<(Role, Numbers)> = weights.into_iter().map(|numbers| (Role::Weight, numbers)).collect();
        self.updater.save(&mut tensors);
        tensors.extend(self.best.iter().map(|numbers| (Role::Best, numbers.clone())));
        Checkpoint { head: self.head.clone(), task: self.task.state(), tensors }.write(path)
    }

    /// The weights to hand back, and how good they are.
    fn end(self, net: T::Net, ended: Ended) -> Result<Fitted<T::Net>> {
        let (net, kept_step) = match (self.options.keep, self.head.best) {
            (Keep::Best | Keep::Mean(_), Some((_, step))) if !self.best.is_empty() => {
                (params::write::<B, T::Net>(net, self.best)?, step)
            }
            (Keep::Mean(_), _) => (self.updater.averaged(&net), self.head.step),
            _ => (net, self.head.step),
        };
        let after = match ended {
            Ended::Cancelled => None,
            _ => Some(self.task.evaluate(&net.valid(), Part::Test)?),
        };
        Ok(Fitted {
            net,
            ended,
            steps: self.head.step,
            kept_step,
            examples: self.head.examples,
            seconds: self.head.seconds,
            trained: self.trained,
            total: self.total,
            before: self.head.before.unwrap_or_default(),
            after,
            history: self.head.history,
        })
    }
}

/// What chance is drawn for.
#[derive(Clone, Copy)]
enum Purpose {
    Order = 1,
    Epoch = 2,
    Batch = 3,
    Update = 4,
}
