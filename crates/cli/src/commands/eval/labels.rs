//! What `mercato eval classify` and `mercato eval tag` share: models are trained with settings that have proved themselves,
//! written as they are served, and measured through what serves them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use anyhow::Result;
use neural::export::Quantisation;
use serde_json::{Value, json};
use train::backend::{Device, Wanted};
use train::fit::{Control, Options};
use train::heads::zero::Description;
use train::heads::{self, Base, HeadData, HeadOptions, Shots, TrainedHeads};
use train::tune::Method;

use crate::args::{EvalLabels, Numbers};
use crate::commands::train::Onlooker;
use crate::config::Config;
use crate::failure::user;
use crate::output;

/// A model to measure.
pub(super) struct Made {
    pub(super) method: String,
    pub(super) folder: PathBuf,
    /// What it took; none where it was there already.
    pub(super) cost: Option<Cost>,
    /// Keeps the folder as long as it is needed.
    _temporary: Option<tempfile::TempDir>,
}

/// What a training took.
#[derive(Clone)]
pub(super) struct Cost {
    trained: usize,
    total: usize,
    seconds: f64,
    steps: u64,
    /// Largest memory of the process while it ran; none where the system does not tell.
    memory: Option<u64>,
    /// Bytes of what was changed and nothing else.
    changed: usize,
}

/// The models that were asked for, one after another: `measure` is called for each as soon as it is there.
pub(super) fn each(
    how: &EvalLabels,
    data: Option<&HeadData>,
    descriptions: &[Description],
    config: &Config,
    mut measure: impl FnMut(Made) -> Result<()>,
) -> Result<()> {
    if let Some(model) = &how.model {
        let folder = find(model, config)?;
        return measure(Made { method: "given".to_owned(), folder, cost: None, _temporary: None });
    }
    let Some(data) = data else { return Err(user("there is nothing to train on, and no --model")) };
    let base = Base::read(&find(&how.base, config)?)?;
    let methods = ways(&how.methods, descriptions)?;
    let data = &with_few_to_decide(data.clone(), how.bootstrap.seed);
    for way in &methods {
        measure(make(how, &base, data, way, methods.len() > 1)?)?;
    }
    Ok(())
}

/// A way of making a model.
enum Way {
    Tuned(Method),
    Few(&'static str, Shots),
}

impl Way {
    fn name(&self) -> &'static str {
        match self {
            Self::Tuned(method) => method.name(),
            Self::Few(name, _) => name,
        }
    }
}

fn ways(names: &[String], descriptions: &[Description]) -> Result<Vec<Way>> {
    let all = Method::NAMES.map(str::to_owned);
    let names = if names.iter().any(|name| name == "all") { all.as_slice() } else { names };
    let expected = "full, lora, adalora, adapter, prefix, bitfit, head, all, prototypes, set-fit or zero-shot";
    let way = |name: &String| match name.as_str() {
        "prototypes" => Ok(Way::Few("prototypes", Shots::Prototypes)),
        "set-fit" => Ok(Way::Few("set-fit", Shots::SetFit { rounds: 4 })),
        "zero-shot" => Ok(Way::Few("zero-shot", Shots::Zero { descriptions: descriptions.to_vec() })),
        name => Method::named(name)
            .map(Way::Tuned)
            .ok_or_else(|| user(format!("--method: expected {expected}, got {name}"))),
    };
    names.iter().map(way).collect()
}

fn make(how: &EvalLabels, base: &Base, data: &HeadData, way: &Way, several: bool) -> Result<Made> {
    let name = way.name();
    let options = Options {
        epochs: how.epochs.unwrap_or_else(|| epochs(examples(data))),
        minutes: Some(how.minutes),
        batch: how.batch,
        rate: how.rate,
        layer_decay: 0.9,
        seed: how.bootstrap.seed,
        ..Options::default()
    };
    output::note(&format!("{name}: {} examples, {} epochs", examples(data), options.epochs));
    let (device, _) = Device::pick(Wanted::Auto);
    let memory = PeakMemory::begin();
    let began = Instant::now();
    let head_options = HeadOptions { pieces_max: how.pieces, ..HeadOptions::default() };
    let trained = match way {
        Way::Tuned(method) => {
            let mut watch = Onlooker::new(Arc::new(AtomicBool::new(false)));
            let heads = [("main".to_owned(), data.clone())];
            let head_options = HeadOptions { method: method.clone(), ..head_options };
            heads::train(base, &heads, &head_options, &options, &device, Control::new(&mut watch))?
        }
        Way::Few(_, shots) => {
            // Pairs are many even of few texts: one epoch of them.
            let options = Options { epochs: how.epochs.unwrap_or(1), rate: 2e-5, ..options };
            heads::train_with_few(base, data, shots, &head_options, &options, &device)?
        }
    };
    let cost = cost(&trained, began, memory);
    let temporary = tempfile::tempdir()?;
    let folder = match &how.keep {
        Some(keep) if several => keep.join(name),
        Some(keep) => keep.clone(),
        None => temporary.path().join(name),
    };
    let id = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let id = if neural::Manifest::is_id(&id) { id } else { name.to_owned() };
    heads::headed_folder(&trained, base, 0, &id, quantisation(how.numbers), &folder)?;
    Ok(Made { method: name.to_owned(), folder, cost: Some(cost), _temporary: Some(temporary) })
}

fn cost(trained: &TrainedHeads, began: Instant, memory: PeakMemory) -> Cost {
    Cost {
        trained: trained.summary.trained,
        total: trained.summary.total,
        seconds: began.elapsed().as_secs_f64(),
        steps: trained.summary.steps,
        memory: memory.end(),
        changed: trained.saved.bytes(),
    }
}

fn examples(data: &HeadData) -> usize {
    match data {
        HeadData::Classes { split, .. } => split.train.len(),
        HeadData::Tags(split) => split.train.len(),
        HeadData::Scores(split) => split.train.len(),
        HeadData::Values(split) => split.train.len(),
    }
}

/// The data with at most so many examples to decide by, drawn at random: more would cost minutes and decide nothing else.
fn with_few_to_decide(mut data: HeadData, seed: u64) -> HeadData {
    const MOST: usize = 1_500;
    fn few<T>(examples: &mut Vec<T>, seed: u64) {
        if examples.len() > MOST {
            types::Rng::new(seed).shuffle(examples);
            examples.truncate(MOST);
        }
    }
    match &mut data {
        HeadData::Classes { split, .. } => few(&mut split.validation, seed),
        HeadData::Tags(split) => few(&mut split.validation, seed),
        HeadData::Scores(split) => few(&mut split.validation, seed),
        HeadData::Values(split) => few(&mut split.validation, seed),
    }
    data
}

/// About 100,000 examples are seen, each at least twice and at most 10 times.
fn epochs(examples: usize) -> u32 {
    (100_000 / examples.max(1)).clamp(2, 10) as u32
}

fn quantisation(numbers: Numbers) -> Quantisation {
    match numbers {
        Numbers::Int8 => Quantisation::Int8,
        Numbers::Int8Weights => Quantisation::Int8Weights,
        Numbers::F16 => Quantisation::F16,
        Numbers::F32 => Quantisation::F32,
    }
}

/// A model by its name in the models folder, else a folder.
pub(super) fn find(model: &Path, config: &Config) -> Result<PathBuf> {
    let known = |folder: &PathBuf| folder.join("model.json").is_file() || folder.join("config.json").is_file();
    [config.models_dir.join(model), model.to_path_buf()].into_iter().find(known).ok_or_else(|| {
        user(format!("there is no model {} in {}, and no folder of it", model.display(), config.models_dir.display()))
    })
}

/// The file of a part, where it is there under one of its names.
pub(super) fn part(dir: &Path, names: &[&str]) -> Option<PathBuf> {
    names.iter().map(|name| dir.join(name)).find(|path| path.is_file())
}

/// As [`part`], where it has to be there.
pub(super) fn require(dir: &Path, names: &[&str]) -> Result<PathBuf> {
    part(dir, names).ok_or_else(|| user(format!("{}: expected a file {}", dir.display(), names.join(" or "))))
}

impl Cost {
    /// As it stands in JSON.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "trained_parameters": self.trained, "parameters": self.total, "seconds": self.seconds, "steps": self.steps,
            "peak_memory_bytes": self.memory, "changed_bytes": self.changed,
        })
    }
}

/// Rows of the table that compares methods by their `figure`; the first row is its head.
pub(super) fn comparison(rows: &[(String, Option<&Cost>, String)], figure: &str) -> Vec<Vec<String>> {
    let head = ["method", "trained", "share", "changed", "time", "memory", figure].map(str::to_owned).to_vec();
    let row = |(method, cost, value): &(String, Option<&Cost>, String)| {
        let cells = cost.map_or_else(
            || vec!["-".to_owned(); 5],
            |cost| {
                vec![
                    output::grouped(cost.trained as u64),
                    format!("{:.2} %", 100.0 * cost.trained as f64 / cost.total.max(1) as f64),
                    output::bytes(cost.changed as u64),
                    format!("{:.0} s", cost.seconds),
                    cost.memory.map_or_else(|| "-".to_owned(), output::bytes),
                ]
            },
        );
        std::iter::once(method.clone()).chain(cells).chain([value.clone()]).collect()
    };
    std::iter::once(head).chain(rows.iter().map(row)).collect()
}

/// The process's largest memory since a moment. Linux forgets the peak when 5 is written to `clear_refs` (proc(5)); elsewhere
/// nothing is known.
struct PeakMemory;

impl PeakMemory {
    fn begin() -> Self {
        // Where it cannot be forgotten, the peak since the process began is told.
        fs_err::write("/proc/self/clear_refs", "5").ok();
        Self
    }

    fn end(self) -> Option<u64> {
        let status = fs_err::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_data_are_seen_more_often() {
        assert_eq!([50, 15_000, 50_000, 10_000_000].map(epochs), [10, 6, 2, 2]);
    }

    #[test]
    fn methods_by_name_and_all_of_them() {
        let names = |names: &[&str]| -> Result<Vec<&'static str>> {
            let ways = ways(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(), &[])?;
            Ok(ways.iter().map(Way::name).collect())
        };
        assert_eq!(names(&["all"]).unwrap(), Method::NAMES);
        assert_eq!(names(&["lora", "bitfit", "zero-shot"]).unwrap(), ["lora", "bit-fit", "zero-shot"]);
        assert!(names(&["magic"]).unwrap_err().to_string().contains("got magic"));
    }
}
