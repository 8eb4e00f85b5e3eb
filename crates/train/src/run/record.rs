use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::fit::{Ended, History, Options};

/// A training with all that is needed to judge it and to do it again.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Run {
    /// Version of this document.
    pub format: u32,
    /// Number of the run, from 1, in order of beginning.
    pub id: u32,
    /// What was trained: `encoder`, `classifier`, `tagger` or `cross-encoder`.
    pub task: String,
    /// Whether it is over, and how.
    pub state: State,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Id of the model it makes.
    pub model: String,
    /// The model it began with.
    pub base: String,
    /// What was trained of it: `full`, `lora` and so on.
    pub method: String,
    /// How the model's numbers are kept: `int8`, `f32` and so on.
    pub numbers: String,
    /// How it was trained.
    pub options: Options,
    /// Options of the task itself.
    pub task_options: Json,
    /// What it was trained on.
    pub data: Data,
    /// Version of the program, and a checksum of it.
    pub code: String,
    /// What it ran on.
    pub machine: Machine,
    /// When it began, in milliseconds since 1970.
    pub began_ms: i64,
    /// Seconds the training took, evaluations included.
    pub seconds: f64,
    /// Most memory the program had in use, where the system says.
    pub memory_peak_bytes: Option<u64>,
    /// Numbers that were trained.
    pub trained: usize,
    /// Numbers of the network.
    pub total: usize,
    /// Updates made.
    pub steps: u64,
    /// The update whose weights were kept.
    pub kept_step: u64,
    /// Curves.
    pub history: History,
    /// Figures on held-out data, before and after.
    pub figures: Vec<Figure>,
    /// Folder of the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// Bytes of its files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_bytes: Option<u64>,
}

impl Run {
    /// Version of the document that is written, and the only one read.
    pub const FORMAT: u32 = 1;
}

/// How a run stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Under way, or its program was killed.
    Running,
    /// All epochs were made.
    Finished,
    /// Nothing got better any more.
    Stopped,
    /// Its minutes were over.
    TimeOver,
    /// Somebody ended it; it can be resumed.
    Cancelled,
    /// It failed.
    Failed,
}

impl State {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Stopped => "stopped",
            Self::TimeOver => "time-over",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }
}

impl From<Ended> for State {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Finished => Self::Finished,
            Ended::Stopped => Self::Stopped,
            Ended::TimeOver => Self::TimeOver,
            Ended::Cancelled => Self::Cancelled,
        }
    }
}

/// What a run was trained on.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Data {
    /// Where it comes from: a folder, or a shop.
    pub source: String,
    /// SHA-256 over its content, sorted.
    pub fingerprint: String,
    /// Examples learnt from.
    pub train: usize,
    /// Examples that decide.
    pub validation: usize,
    /// Examples reported on.
    pub test: usize,
    /// What must be known to judge the figures, such as how the parts were made.
    pub notes: Vec<String>,
}

/// What a run ran on.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Machine {
    /// `cpu` or `cuda`.
    pub device: String,
    /// Processor model.
    pub cpu: String,
    /// Cores in use.
    pub cores: usize,
    /// Operating system and architecture.
    pub system: String,
}

/// A figure on held-out data.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Figure {
    /// Its name, such as `accuracy`.
    pub name: String,
    /// Before training.
    pub before: Option<f64>,
    /// 95 % interval of it.
    pub before_interval: Option<[f64; 2]>,
    /// After training.
    pub after: Option<f64>,
    /// 95 % interval of it.
    pub after_interval: Option<[f64; 2]>,
    /// 95 % interval of the paired difference.
    pub difference_interval: Option<[f64; 2]>,
}

/// Most memory this program had in use so far, in bytes; none where the system does not say.
pub(crate) fn memory_peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(1024 * line.split_whitespace().next()?.parse::<u64>().ok()?)
}
