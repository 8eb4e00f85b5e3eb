//! Options of a training: defaults, then flags, then `--set`.

use anyhow::Result;
use neural::export::Quantisation;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use train::backend::Wanted;
use train::contrast::ContrastOptions;
use train::fit::Options;
use train::heads::HeadOptions;
use train::tune::Method;

use super::TaskKind;
use crate::args::{Numbers, TrainDevice, TrainMethod, TrainModel};
use crate::failure::user;
use crate::output;

/// Everything that was given beside data and base.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) options: Options,
    pub(crate) task: TaskOptions,
}

/// Options of the task itself.
#[derive(Clone, Debug)]
pub(crate) enum TaskOptions {
    /// Of an encoder.
    Encoder(ContrastOptions),
    /// Of heads.
    Heads(HeadOptions),
}

impl TaskOptions {
    /// Which numbers are trained.
    pub(crate) fn method(&self) -> &Method {
        match self {
            Self::Encoder(options) => &options.method,
            Self::Heads(options) => &options.method,
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        let written = match self {
            Self::Encoder(options) => serde_json::to_value(options),
            Self::Heads(options) => serde_json::to_value(options),
        };
        written.unwrap_or(Value::Null)
    }

    /// As a run has them.
    pub(crate) fn from_json(task: TaskKind, value: &Value) -> Result<Self> {
        Ok(match task {
            TaskKind::Encoder => Self::Encoder(serde_json::from_value(value.clone())?),
            _ => Self::Heads(serde_json::from_value(value.clone())?),
        })
    }
}

/// What was typed, over the defaults or over what a run was begun with.
pub(crate) fn resolve(task: TaskKind, args: &TrainModel, begun: Option<Given>) -> Result<Given> {
    let given = match begun {
        Some(given) => given,
        None => defaults(task, args),
    };
    let (mut options, mut task_options) = (serde_json::to_value(typed(given.options, args))?, given.task.to_json());
    for setting in &args.settings {
        let Some((name, value)) = setting.split_once('=') else {
            return Err(user(format!("--set {setting}: expected NAME=VALUE; `--set help` lists the names")));
        };
        // What is no JSON is a text.
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
        let first = name.split('.').next().unwrap_or_default();
        let place = if options.get(first).is_some() {
            &mut options
        } else if task_options.get(first).is_some() {
            &mut task_options
        } else {
            return Err(user(format!("--set {setting}: there is no option `{first}`; `--set help` lists them")));
        };
        put(place, name, value);
    }
    let options: Options = checked(options)?;
    options.check()?;
    let task = match task {
        TaskKind::Encoder => {
            let options: ContrastOptions = checked(task_options)?;
            options.check()?;
            TaskOptions::Encoder(options)
        }
        _ => TaskOptions::Heads(checked(task_options)?),
    };
    task.method().check()?;
    Ok(Given { options, task })
}

/// Shows every option with the value it has when nobody says otherwise.
pub(crate) fn list(task: TaskKind, args: &TrainModel) -> Result<()> {
    let given = defaults(task, args);
    let (options, task_options) = (serde_json::to_value(typed(given.options, args))?, given.task.to_json());
    let mut rows = vec![["option", "default"].map(str::to_owned).to_vec()];
    for (name, value) in options.as_object().into_iter().chain(task_options.as_object()).flatten() {
        rows.push(vec![name.clone(), value.to_string()]);
    }
    output::table(rows)
}

fn defaults(task: TaskKind, args: &TrainModel) -> Given {
    let method = method(args.method);
    match task {
        // A batch's other passages are its negatives: more of them, and no noise in what is compared.
        TaskKind::Encoder => Given {
            options: Options { batch: 64, epochs: 2, rate: 3e-5, dropout: 0.0, ..Options::default() },
            task: TaskOptions::Encoder(ContrastOptions { method, ..ContrastOptions::default() }),
        },
        TaskKind::Classifier | TaskKind::Tagger | TaskKind::CrossEncoder => Given {
            options: Options { rate: 1e-4, epochs: 5, patience: 3, ..Options::default() },
            task: TaskOptions::Heads(HeadOptions { method, ..HeadOptions::default() }),
        },
    }
}

fn typed(options: Options, args: &TrainModel) -> Options {
    Options {
        seed: args.seed.unwrap_or(options.seed),
        epochs: args.epochs.unwrap_or(options.epochs),
        steps: args.steps.or(options.steps),
        minutes: args.minutes.or(options.minutes),
        batch: args.batch.unwrap_or(options.batch),
        rate: args.rate.unwrap_or(options.rate),
        patience: args.patience.unwrap_or(options.patience),
        ..options
    }
}

/// The method with the settings that have proved themselves.
fn method(typed: TrainMethod) -> Method {
    let name = match typed {
        TrainMethod::Full => "full",
        TrainMethod::Lora => "lora",
        TrainMethod::Adalora => "ada-lora",
        TrainMethod::Adapter => "adapters",
        TrainMethod::Prefix => "prefix",
        TrainMethod::Bitfit => "bit-fit",
        TrainMethod::Head => "head-only",
    };
    Method::named(name).unwrap_or_default()
}

/// Puts a value at a dotted path, making the objects on the way.
fn put(place: &mut Value, path: &str, value: Value) {
    let mut place = place;
    for name in path.split('.') {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[name];
    }
    *place = value;
}

fn checked<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        user(format!("--set {path}: {}", error.into_inner()))
    })
}

/// As the library has it.
pub(crate) fn wanted(device: TrainDevice) -> Wanted {
    match device {
        TrainDevice::Auto => Wanted::Auto,
        TrainDevice::Cpu => Wanted::Cpu,
        TrainDevice::Cuda => Wanted::Cuda,
    }
}

/// As the library has it.
pub(crate) fn quantisation(numbers: Numbers) -> Quantisation {
    match numbers {
        Numbers::Int8 => Quantisation::Int8,
        Numbers::Int8Weights => Quantisation::Int8Weights,
        Numbers::F16 => Quantisation::F16,
        Numbers::F32 => Quantisation::F32,
    }
}

/// A document with the numbers of units left out, as it is shown.
pub(crate) fn shown(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_else(|error| json!({ "error": error.to_string() }))
}
