//! A training from beginning to end as a run: written down when it begins and however it ends.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, Result};
use engine::SystemClock;
use neural::Manifest;
use neural::export::Quantisation;
use sha2::{Digest as _, Sha256};
use train::backend::Device;
use train::fit::{Control, Ended, Fitted, History};
use train::run::{Machine, Run, Runs, State};
use types::Clock as _;

use super::TaskKind;
use super::figures::{figures, rows};
use super::onlooker::{Onlooker, duration};
use super::options::{self, Given, TaskOptions};
use crate::args::{Bootstrap, Numbers, TrainModel};
use crate::config::Config;
use crate::failure::user;
use crate::{interrupt, output};

/// Where data come from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Source {
    /// A shop of the data folder.
    Shop(String),
    /// A folder with files.
    Folder(PathBuf),
}

impl Source {
    /// As it is written into a run.
    fn text(&self) -> String {
        match self {
            Self::Shop(shop) => format!("shop {shop}"),
            Self::Folder(folder) => {
                let whole = fs_err::canonicalize(folder).unwrap_or_else(|_| folder.clone());
                format!("folder {}", whole.display())
            }
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let shop = text.strip_prefix("shop ").map(|shop| Self::Shop(shop.to_owned()));
        shop.or_else(|| text.strip_prefix("folder ").map(|folder| Self::Folder(PathBuf::from(folder))))
    }
}

/// What a training has to work with.
pub(crate) struct Work<'a> {
    pub(crate) given: &'a Given,
    pub(crate) base: &'a Path,
    pub(crate) model: &'a str,
    pub(crate) numbers: Quantisation,
    pub(crate) device: &'a Device,
    /// Where the model's files go.
    pub(crate) folder: &'a Path,
    /// Where the run's files go.
    pub(crate) run_folder: &'a Path,
    checkpoint: PathBuf,
    resume: bool,
    fingerprint: String,
    onlooker: Onlooker,
}

impl Work<'_> {
    /// What stands around the training.
    pub(crate) fn control(&mut self) -> Control<'_> {
        Control {
            checkpoint: Some(self.checkpoint.clone()),
            resume: self.resume,
            data: self.fingerprint.clone(),
            watch: &mut self.onlooker,
        }
    }
}

/// What came of a training.
pub(crate) struct Outcome {
    pub(crate) fitted: Fitted<()>,
    /// What the model's folder says; none where the training was cancelled.
    pub(crate) manifest: Option<Manifest>,
}

/// Trains, and keeps track of it.
pub(crate) fn train(task: TaskKind, args: &TrainModel, config: &Config) -> Result<()> {
    let runs = Runs::new(config.data_dir.join("runs"));
    let plan = match args.resume {
        Some(id) => Plan::resumed(task, args, runs.read(id)?)?,
        None => Plan::begun(task, args)?,
    };
    let place = config.models_dir.join(&plan.model);
    if place.exists() && !args.replace {
        let place = place.display();
        return Err(user(format!("{place} is there already; choose another --out, or say --replace")));
    }
    let base = base_folder(&plan.base, config)?;
    let (device, note) = Device::pick(options::wanted(args.device));
    note.iter().for_each(|note| output::note(note));
    let training = super::read(task, &plan.source, &plan.given, &base, config)?;
    let mut run = plan.run(task, training.about().clone(), &device);
    match args.resume {
        Some(id) => {
            run.id = id;
            runs.write(&run)?;
        }
        None => runs.begin(&mut run)?,
    }
    training.about().notes.iter().for_each(|note| output::note(note));
    output::note(&format!("run {}: {} from {}", run.id, run.model, run.base));
    let made = models_dir_part(config, &plan.model)?;
    let cancelled = Arc::new(AtomicBool::new(false));
    interrupt::set_on_interrupt(Arc::clone(&cancelled))?;
    let run_folder = runs.folder_of(run.id);
    let mut work = Work {
        given: &plan.given,
        base: &base,
        model: &plan.model,
        numbers: options::quantisation(plan.numbers),
        device: &device,
        folder: &made,
        run_folder: &run_folder,
        checkpoint: runs.checkpoint(run.id),
        resume: args.resume.is_some(),
        fingerprint: run.data.fingerprint.clone(),
        onlooker: Onlooker::new(cancelled),
    };
    let outcome = training.train(&mut work);
    drop(work);
    let outcome = outcome.and_then(|outcome| {
        if let Some(manifest) = &outcome.manifest {
            put_in_place(&made, &place)?;
            run.folder = Some(place.clone());
            run.model_bytes = Some(manifest.files.iter().map(|file| file.bytes).sum());
        }
        Ok(outcome)
    });
    fs_err::remove_dir_all(&made).ok();
    finish(&runs, run, outcome, args, config)
}

/// Writes the run's end down and shows it.
fn finish(runs: &Runs, mut run: Run, outcome: Result<Outcome>, args: &TrainModel, config: &Config) -> Result<()> {
    run.memory_peak_bytes = Runs::memory_peak();
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) => {
            (run.state, run.error) = (State::Failed, Some(format!("{error:#}")));
            runs.write(&run)?;
            return Err(error.context(format!("run {} failed", run.id)));
        }
    };
    let fitted = outcome.fitted;
    let bootstrap = Bootstrap { resamples: args.resamples, seed: run.options.seed };
    run.figures = figures(&fitted.before, fitted.after.as_ref(), bootstrap);
    (run.trained, run.total) = (fitted.trained, fitted.total);
    (run.steps, run.kept_step, run.seconds) = (fitted.steps, fitted.kept_step, fitted.seconds);
    run.history = fitted.history;
    run.state = fitted.ended.into();
    runs.write(&run)?;
    if fitted.ended == Ended::Cancelled {
        let (task, id) = (&run.task, run.id);
        return Err(user(format!(
            "stopped at step {}; `mercato train {task} --resume {id}` goes on from there",
            run.steps
        )));
    }
    // Nothing is left to go on from.
    fs_err::remove_file(runs.checkpoint(run.id)).ok();
    if config.json {
        return output::json(&options::shown(&run));
    }
    output::table(rows(&run.figures))?;
    output::line(&summary(&run))
}

/// How it went, in a sentence or two.
pub(crate) fn summary(run: &Run) -> String {
    let share = 100.0 * run.trained as f64 / run.total.max(1) as f64;
    let memory = run.memory_peak_bytes.map(|bytes| format!(", at most {} of memory", output::bytes(bytes)));
    let place = run.folder.as_ref().map(|folder| format!("; {} in {}", run.model, folder.display()));
    format!(
        "run {} {} after {} steps in {}: {} of {} numbers trained ({share:.2} %), those of step {} kept{}{}",
        run.id,
        run.state.name(),
        output::grouped(run.steps),
        duration(run.seconds),
        output::grouped(run.trained as u64),
        output::grouped(run.total as u64),
        output::grouped(run.kept_step),
        memory.unwrap_or_default(),
        place.unwrap_or_default(),
    )
}

/// What is to be done.
struct Plan {
    model: String,
    base: String,
    source: Source,
    numbers: Numbers,
    given: Given,
}

/// The encoder that comes along.
const DEFAULT_BASE: &str = "e5-small-zh-en";

impl Plan {
    fn begun(task: TaskKind, args: &TrainModel) -> Result<Self> {
        let given = options::resolve(task, args, None)?;
        let missing = || user("--data or --shop, and --out must be given");
        let source = super::source_of(args).ok_or_else(missing)?;
        let base = args.base.clone().unwrap_or_else(|| DEFAULT_BASE.to_owned());
        let model = args.out.clone().ok_or_else(missing)?;
        if !Manifest::is_id(&model) {
            return Err(user(format!("--out {model}: expected a name of letters, digits, `-`, `_` and `.`")));
        }
        Ok(Self { model, base, source, numbers: args.numbers, given })
    }

    fn resumed(task: TaskKind, args: &TrainModel, run: Run) -> Result<Self> {
        if run.task != task.name() {
            return Err(user(format!(
                "run {} trains a {}: `mercato train {} --resume {}`",
                run.id, run.task, run.task, run.id
            )));
        }
        let source = Source::parse(&run.data.source).with_context(|| format!("run {} has no data", run.id))?;
        let task_options = TaskOptions::from_json(task, &run.task_options)?;
        let numbers = <Numbers as clap::ValueEnum>::from_str(&run.numbers, true).map_err(user)?;
        let begun = Given { options: run.options, task: task_options };
        let given = options::resolve(task, args, Some(begun))?;
        Ok(Self { model: run.model, base: run.base, source, numbers, given })
    }

    fn run(&self, task: TaskKind, data: train::run::Data, device: &Device) -> Run {
        let here = bench::Machine::here();
        Run {
            format: Run::FORMAT,
            id: 0,
            task: task.name().to_owned(),
            state: State::Running,
            error: None,
            model: self.model.clone(),
            base: self.base.clone(),
            method: self.given.task.method().name().to_owned(),
            numbers: clap::ValueEnum::to_possible_value(&self.numbers)
                .map(|value| value.get_name().to_owned())
                .unwrap_or_default(),
            options: self.given.options.clone(),
            task_options: self.given.task.to_json(),
            data: train::run::Data { source: self.source.text(), ..data },
            code: code(),
            machine: Machine {
                device: device.name().to_owned(),
                cpu: here.cpu,
                cores: here.cores,
                system: here.system,
            },
            began_ms: SystemClock.now().0,
            seconds: 0.0,
            memory_peak_bytes: None,
            trained: 0,
            total: 0,
            steps: 0,
            kept_step: 0,
            history: History::default(),
            figures: Vec::new(),
            folder: None,
            model_bytes: None,
        }
    }
}

/// The folder of the model to begin with.
fn base_folder(base: &str, config: &Config) -> Result<PathBuf> {
    let named = config.models_dir.join(base);
    let known = |folder: &Path| folder.join("model.json").is_file() || folder.join("config.json").is_file();
    if Manifest::is_id(base) && known(&named) {
        return Ok(named);
    }
    let given = PathBuf::from(base);
    if known(&given) {
        return Ok(fs_err::canonicalize(given)?);
    }
    Err(user(format!(
        "--base {base}: there is no such model in {}, and no folder with a model.json or a config.json",
        config.models_dir.display()
    )))
}

/// A folder beside the models, in which one is made before it takes its place.
fn models_dir_part(config: &Config, model: &str) -> Result<PathBuf> {
    let folder = config.models_dir.join(format!(".{model}.making"));
    if folder.exists() {
        fs_err::remove_dir_all(&folder)?;
    }
    fs_err::create_dir_all(&folder)?;
    Ok(folder)
}

/// Puts a model where it is found, in the place of an older one.
fn put_in_place(made: &Path, place: &Path) -> Result<()> {
    if place.exists() {
        let old = made.with_extension("old");
        fs_err::rename(place, &old)?;
        fs_err::rename(made, place)?;
        return Ok(fs_err::remove_dir_all(&old)?);
    }
    Ok(fs_err::rename(made, place)?)
}

/// Version of this program, and the beginning of its checksum, which tells builds apart.
fn code() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let sum = || -> Result<String> {
        let mut digest = Sha256::new();
        let mut file = fs_err::File::open(std::env::current_exe()?)?;
        std::io::copy(&mut file, &mut digest)?;
        Ok(digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect())
    };
    sum().map_or_else(|_| version.to_owned(), |sum| format!("{version} ({sum})"))
}
