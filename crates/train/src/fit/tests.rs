//! A toy: texts of word numbers in a Chinese and an English half, and whether more of them are of the first. A table, a
//! layer and a head learn it in a second.

use std::path::Path;

use burn::module::{Module, Param};
use burn::tensor::backend::Backend;
use burn::tensor::{FloatDType, Int, Tensor, TensorData, activation};
use types::Rng;

use super::*;
use crate::backend::Cpu;
use crate::{Error, Result};

const WORDS: usize = 12;
const WIDTH: usize = 4;

#[derive(Module, Debug)]
struct Toy<B: Backend> {
    words: Param<Tensor<B, 2>>,
    layers: Vec<Layer<B>>,
    head: Param<Tensor<B, 2>>,
}

#[derive(Module, Debug)]
struct Layer<B: Backend> {
    weight: Param<Tensor<B, 2>>,
    bias: Param<Tensor<B, 1>>,
}

struct Counting {
    texts: Vec<(Vec<i32>, bool)>,
    /// The example whose loss is no number.
    poison: Option<usize>,
    epochs_begun: u8,
}

fn net() -> Toy<Cpu> {
    let mut rng = Rng::new(5);
    let device = Default::default();
    let mut param = |dims: [usize; 2]| {
        let numbers: Vec<f32> = (0..dims[0] * dims[1]).map(|_| 0.3 * rng.normal() as f32).collect();
        Param::from_tensor(Tensor::from_data(TensorData::new(numbers, dims), &device))
    };
    let words = param([WORDS, WIDTH]);
    let layers =
        vec![Layer { weight: param([WIDTH, WIDTH]), bias: Param::from_tensor(Tensor::zeros([WIDTH], &device)) }];
    Toy { words, layers, head: param([WIDTH, 1]) }
}

fn task() -> Counting {
    let mut rng = Rng::new(9);
    let text = |rng: &mut Rng| {
        let words: Vec<i32> = (0..3 + rng.below(6)).map(|_| rng.below(WORDS) as i32).collect();
        let first = 2 * words.iter().filter(|word| **word < WORDS as i32 / 2).count() > words.len();
        (words, first)
    };
    Counting { texts: (0..120).map(|_| text(&mut rng)).collect(), poison: None, epochs_begun: 0 }
}

impl Counting {
    /// Training comes first, validation behind.
    fn split(&self) -> usize {
        self.texts.len() * 2 / 3
    }

    fn one<B: Backend>(&self, net: &Toy<B>, example: usize, step: Option<&mut Step<'_>>) -> Tensor<B, 1> {
        let (words, _) = &self.texts[example];
        let ids = Tensor::<B, 1, Int>::from_ints(words.as_slice(), &net.words.device());
        let mut mean = net.words.val().select(0, ids).mean_dim(0);
        if let Some(step) = step {
            mean = dropout(mean, step.options.dropout, &mut step.rng);
        }
        for layer in &net.layers {
            let weight = layer.weight.val();
            let product = mean.cast(FloatDType::from(weight.dtype())).matmul(weight).cast(FloatDType::F32);
            mean = activation::tanh(product + layer.bias.val().unsqueeze());
        }
        mean.matmul(net.head.val()).reshape([1])
    }
}

impl Task<Cpu> for Counting {
    type Net = Toy<Cpu>;

    fn examples(&self) -> usize {
        self.split()
    }

    fn length(&self, example: usize) -> usize {
        self.texts[example].0.len()
    }

    fn loss(&self, net: &Toy<Cpu>, batch: &[usize], step: &mut Step<'_>) -> Result<Tensor<Cpu, 1>> {
        let mut sum = Tensor::<Cpu, 1>::zeros([1], &net.words.device());
        for &example in batch {
            let sign = if self.texts[example].1 { -1.0 } else { 1.0 };
            // log(1 + e^(sign · score))
            let score = self.one(net, example, Some(step)) * sign;
            let factor = if self.poison == Some(example) { f64::NAN } else { 1.0 };
            sum = sum + (score.exp() + 1.0).log() * factor;
        }
        Ok(sum / batch.len() as f64)
    }

    fn evaluate(&self, net: &Toy<burn::backend::Flex>, part: Part) -> Result<Scores> {
        assert!(part == Part::Validation || part == Part::Test);
        let right = |example| (scalar(&self.one(net, example, None)) > 0.0) == self.texts[example].1;
        let units = (self.split()..self.texts.len()).map(|example| f32::from(u8::from(right(example)))).collect();
        Ok(Scores::new(vec![Metric::mean("accuracy", units)]))
    }

    fn begin_epoch(&mut self, _: u32, _: &Toy<burn::backend::Flex>, _: &mut Rng, _: &mut dyn Watch) -> Result<()> {
        self.epochs_begun += 1;
        Ok(())
    }

    fn state(&self) -> Vec<u8> {
        vec![self.epochs_begun]
    }

    fn restore(&mut self, state: &[u8]) -> Result<()> {
        self.epochs_begun = state[0];
        Ok(())
    }
}

/// Ends the training after some updates.
struct StopAfter {
    steps: u64,
    seen: u64,
    told: Vec<(f64, Option<f64>)>,
}

impl Watch for StopAfter {
    fn seconds(&self) -> f64 {
        self.seen as f64
    }

    fn cancelled(&self) -> bool {
        self.seen >= self.steps
    }

    fn tell(&mut self, told: &Told<'_>) {
        self.seen += u64::from(told.scores.is_none());
        self.told.push((told.loss, told.seconds_left));
    }
}

fn options() -> Options {
    Options { epochs: 4, batch: 8, rate: 0.05, dropout: 0.1, frozen: Vec::new(), ..Options::default() }
}

fn weights(net: &Toy<Cpu>) -> Vec<u32> {
    params::read::<Cpu, _>(net, |_| true).iter().flat_map(|n| n.data.iter().map(|number| number.to_bits())).collect()
}

fn run(options: &Options) -> Fitted<Toy<Cpu>> {
    fit(&mut task(), net(), options, Control::new(&mut Quiet::default())).unwrap()
}

fn run_to(options: &Options, steps: u64, checkpoint: &Path) -> Fitted<Toy<Cpu>> {
    let mut watch = StopAfter { steps, seen: 0, told: Vec::new() };
    let control = Control { checkpoint: Some(checkpoint.to_owned()), resume: true, ..Control::new(&mut watch) };
    fit(&mut task(), net(), options, control).unwrap()
}

#[test]
fn a_task_is_learnt_and_the_best_weights_are_kept() {
    let fitted = run(&Options { epochs: 12, ..options() });
    let (before, after) = (fitted.before.metrics[0].value, fitted.after.unwrap().metrics[0].value);
    assert!(after >= 0.8 && after > before, "{before} {after}");
    assert_eq!((fitted.ended, fitted.steps, fitted.examples), (Ended::Finished, 120, 12 * 80));
    let history = fitted.history;
    assert_eq!((history.points.len(), history.evaluations.len()), (120, 13));
    assert!(history.points[119].loss < history.points[0].loss && history.points[119].rate < 1e-3);
    let best = history.evaluations.iter().map(|one| one.scores.metrics[0].value).fold(0.0, f64::max);
    assert_eq!(after, best, "validation is the test part here");
    assert!(history.evaluations.iter().any(|one| one.step == fitted.kept_step && one.scores.metrics[0].value == best));
}

#[test]
fn the_same_seed_gives_the_same_weights() {
    let first = run(&options());
    assert_eq!(weights(&first.net), weights(&run(&options()).net));
    assert_ne!(weights(&first.net), weights(&run(&Options { seed: 2, ..options() }).net));
}

#[test]
fn a_resumed_training_reaches_the_same_bits() {
    let variants = [
        options(),
        Options { accumulation: 3, keep: Keep::Last, ..options() },
        Options { keep: Keep::Mean(0.9), batch_pieces: Some(40), evaluate_every: Some(7), ..options() },
        Options { steps: Some(33), checkpoint_every: Some(5), decay: Decay::Cosine, ..options() },
    ];
    for options in variants {
        let folder = tempfile::tempdir().unwrap();
        let whole = run_to(&options, u64::MAX, &folder.path().join("whole"));
        let path = folder.path().join("parts");
        for steps in [5, 8, 1, 0] {
            let part = run_to(&options, steps, &path);
            assert!(part.ended == Ended::Cancelled && part.after.is_none());
        }
        let resumed = run_to(&options, u64::MAX, &path);
        assert_eq!(weights(&whole.net), weights(&resumed.net), "{options:?}");
        assert_eq!((&whole.before, &whole.after), (&resumed.before, &resumed.after));
        assert_eq!((whole.history, whole.steps, whole.kept_step), (resumed.history, resumed.steps, resumed.kept_step));
        // Once more: nothing is left to do.
        assert_eq!(run_to(&options, u64::MAX, &path).steps, resumed.steps);
    }
}

#[test]
fn a_loss_that_is_no_number_ends_the_training_with_the_weights_from_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let mut task = task();
    task.poison = Some(17);
    let mut watch = Quiet::default();
    let control = Control { checkpoint: Some(path.clone()), ..Control::new(&mut watch) };
    let error = fit(&mut task, net(), &options(), control).unwrap_err();
    let Error::NotFinite { what: "loss", step, examples, checkpoint } = &error else { panic!("{error}") };
    assert!(examples.contains(&17) && examples.len() == 8 && checkpoint.as_deref() == Some(&*path));
    let text = error.to_string();
    assert!(text.contains(&format!("step {step}")) && text.contains("17"), "{text}");
    let kept = checkpoint::Checkpoint::read(&path).unwrap();
    assert_eq!(kept.head.step, step - 1);
    assert!(kept.tensors.iter().all(|(_, numbers)| numbers.data.iter().all(|number| number.is_finite())));
}

#[test]
fn an_exploded_training_does_not_overwrite_its_last_good_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let wild = Options { rate: 10.0, clip: 0.0, weight_decay: 1.0, dropout: 0.0, epochs: 400, ..options() };
    let mut watch = Quiet::default();
    let control = Control { checkpoint: Some(path.clone()), ..Control::new(&mut watch) };
    // Whether it explodes or not: what is kept can be gone on with.
    drop(fit(&mut task(), net(), &wild, control));
    let kept = checkpoint::Checkpoint::read(&path).unwrap();
    assert!(kept.tensors.iter().all(|(_, numbers)| numbers.data.iter().all(|number| number.is_finite())));
}

#[test]
fn frozen_parts_stay_and_lower_layers_move_less() {
    let start = params::read::<Cpu, _>(&net(), |_| true);
    let frozen = Options { frozen: vec!["words".to_owned(), "layers.0.bias".to_owned()], ..options() };
    let fitted = run(&frozen);
    let end = params::read::<Cpu, _>(&fitted.net, |_| true);
    let moved = |path: &str, end: &[params::Numbers]| -> f32 {
        let find = |all: &[params::Numbers]| all.iter().find(|numbers| numbers.path == path).unwrap().data.clone();
        find(&start).iter().zip(find(end)).map(|(a, b)| (a - b).abs()).sum()
    };
    assert_eq!((moved("words", &end), moved("layers.0.bias", &end)), (0.0, 0.0));
    assert!(moved("head", &end) > 0.0 && fitted.trained == WIDTH * WIDTH + WIDTH && fitted.total == 72);
    let slow = run(&Options { layer_decay: 0.1, ..options() });
    let slow = params::read::<Cpu, _>(&slow.net, |_| true);
    let even = params::read::<Cpu, _>(&run(&options()).net, |_| true);
    assert!(moved("words", &slow) < 0.2 * moved("words", &even));
    let all = Options { frozen: vec!["words".into(), "layers".into(), "head".into()], ..options() };
    let error = fit(&mut task(), net(), &all, Control::new(&mut Quiet::default())).unwrap_err();
    assert!(error.to_string().contains("`frozen`"), "{error}");
}

#[test]
fn adversaries_move_the_table_and_training_still_learns() {
    for (steps, frozen) in [(1, Vec::new()), (3, vec!["words".to_owned()])] {
        let adversary = Some(Adversary { part: "words".to_owned(), epsilon: 0.1, steps, step_length: None });
        let hard = Options { adversary, epochs: 12, frozen: frozen.clone(), ..options() };
        let fitted = run(&hard);
        let plain = run(&Options { adversary: None, ..hard.clone() });
        assert_ne!(weights(&fitted.net), weights(&plain.net));
        assert!(fitted.after.unwrap().metrics[0].value > 0.7);
        let words = |net: &Toy<Cpu>| params::read::<Cpu, _>(net, |path| path == "words");
        assert_eq!(words(&fitted.net) == words(&net()), !frozen.is_empty(), "a frozen table is left as it was");
    }
    let nowhere = Some(Adversary { part: "tables".to_owned(), epsilon: 0.1, steps: 1, step_length: None });
    let options = Options { adversary: nowhere, ..options() };
    let error = fit(&mut task(), net(), &options, Control::new(&mut Quiet::default())).unwrap_err();
    assert!(error.to_string().contains("adversary.part"), "{error}");
}

#[test]
fn training_ends_when_nothing_gets_better_or_time_is_over() {
    let patient = run(&Options { epochs: 300, patience: 3, ..options() });
    assert!(patient.ended == Ended::Stopped && patient.steps < 3000);
    let last = patient.history.evaluations.last().unwrap().step;
    assert_eq!(last - patient.kept_step, 3 * 10, "three epochs after the best");
    // The clock of this watch goes a second an update.
    let mut watch = StopAfter { steps: u64::MAX, seen: 0, told: Vec::new() };
    let timed = Options { minutes: Some(0.25), epochs: 1000, ..options() };
    let fitted = fit(&mut task(), net(), &timed, Control::new(&mut watch)).unwrap();
    assert!(fitted.ended == Ended::TimeOver && (15..=17).contains(&fitted.steps), "{}", fitted.steps);
    assert!(fitted.after.is_some());
    let (_, left) = watch.told[watch.told.len() / 2];
    assert!(left.is_some_and(|left| (5.0..11.0).contains(&left)), "{left:?}");
    let rates: Vec<f64> = fitted.history.points.iter().map(|point| point.rate).collect();
    assert!(rates[rates.len() - 1] < 0.2 * rates[3], "the rate falls with the time: {rates:?}");
}

#[test]
fn half_precision_is_for_gpus_and_its_gradients_are_those_of_whole_weights() {
    let half = Options { precision: Precision::Bf16, ..options() };
    let error = fit(&mut task(), net(), &half, Control::new(&mut Quiet::default())).unwrap_err();
    assert_eq!(error.to_string(), "`precision` is bf16, expected f32 on a CPU, which computes with 32 bits only");
    let step = |options| Step { number: 0, epoch: 0, progress: 0.0, options, rng: Rng::new(1) };
    let batch: Vec<usize> = (0..8).collect();
    let (net, whole) = (net(), options());
    let (loss, mut exact) = task().gradients(&net, &batch, &mut step(&whole)).unwrap();
    let (low_loss, mut low) = task().gradients(&net, &batch, &mut step(&half)).unwrap();
    assert_eq!(step(&half).lowered::<Cpu, _>(&net).layers[0].weight.val().dtype(), burn::tensor::DType::BF16);
    let weight = net.layers[0].weight.id;
    let read = |gradients: &mut burn::optim::GradientsParams| {
        params::numbers_of(gradients.remove::<burn::backend::Flex, 2>(weight).unwrap())
    };
    let (exact, low) = (read(&mut exact), read(&mut low));
    assert!((loss - low_loss).abs() < 1e-2 && loss != low_loss);
    let apart: f32 = exact.iter().zip(&low).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
    let length: f32 = exact.iter().map(|a| a.powi(2)).sum::<f32>().sqrt();
    assert!(apart > 0.0 && apart < 0.05 * length, "{apart} of {length}");
}

#[test]
fn nothing_to_train_on_is_said() {
    let mut empty = task();
    empty.texts.clear();
    let error = fit(&mut empty, net(), &options(), Control::new(&mut Quiet::default())).unwrap_err();
    assert_eq!(error.to_string(), "there are no examples to train on");
    let error = fit(&mut task(), net(), &Options { batch: 0, ..options() }, Control::new(&mut Quiet::default()));
    assert!(error.unwrap_err().to_string().contains("`batch`"));
}
