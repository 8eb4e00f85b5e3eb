//! What another policy would have earned, from logged impressions: files in, [`learn::off_policy`] in the middle, a report
//! out.

mod open_bandit;
mod report;
mod shop_log;
mod target;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use learn::off_policy::{Chances, LoggingDesign, OffPolicyError, Round, Slate, Slot, evaluate, evaluate_slates};
use rustc_hash::FxHashMap;
use types::{FieldError, Rng};

use crate::{Error, Result, dataset_name, lines};
pub use learn::off_policy::{Limits, Options, Tuning};
pub use report::{PolicyReport, Verdict};
pub use target::PolicyTarget;

/// How a policy is evaluated from a log.
#[derive(Clone, Debug)]
pub struct PolicyOptions {
    /// The policy to judge.
    pub target: PolicyTarget,
    /// What counts as a reward in a shop's own log.
    pub reward: PolicyReward,
    /// Intervals, models, limits.
    pub evaluation: Options,
    /// Seed of folds and draws.
    pub seed: u64,
}

/// What counts as a reward of an item shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyReward {
    /// 1 where it was clicked.
    Click,
    /// 1 where it was put in the cart.
    AddToCart,
    /// 1 where it was bought.
    Purchase,
    /// The money it was bought for.
    Value,
}

/// Logged impressions, before a target: a row is an item shown at a position.
#[derive(Debug, Default)]
pub(crate) struct PolicyLog {
    /// The rows; their targets are still empty.
    pub(crate) rounds: Vec<Round>,
    /// The answered request of each row, where the log has such.
    pub(crate) requests: Vec<Option<String>>,
    /// The rows of each slate, top first, where the log tells what was shown together.
    pub(crate) slates: Vec<Vec<usize>>,
    /// Items by their number.
    pub(crate) items: Names,
    /// What a reader must know to read the figures right.
    pub(crate) remarks: Vec<String>,
}

/// Numbers for names, in the order of first sight.
#[derive(Debug, Default)]
pub(crate) struct Names(FxHashMap<String, usize>);

impl Names {
    /// The number of a name, a new one where it is new.
    pub(crate) fn number(&mut self, name: &str) -> usize {
        if let Some(known) = self.0.get(name) {
            return *known;
        }
        let next = self.0.len();
        self.0.insert(name.to_owned(), next);
        next
    }

    /// The names, by their numbers.
    pub(crate) fn by_number(&self) -> Vec<String> {
        let mut names = vec![String::new(); self.0.len()];
        self.0.iter().for_each(|(name, number)| names[*number].clone_from(name));
        names
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Judges a policy by a log: a table in the manner of the Open Bandit data (`item_id`, `position`, `click`,
/// `propensity_score`, `user_feature_*`, `user-item_affinity_*`), a shop's events as `mercato export events` writes them,
/// or a folder with one such file.
///
/// A log that cannot tell is no error but a report with [`Verdict::Refused`].
///
/// # Errors
/// Where a file cannot be read, is not what it should be, or has no usable row.
pub fn evaluate_policy(path: &Path, options: &PolicyOptions) -> Result<PolicyReport> {
    let mut log = read(path, options.reward)?;
    if log.rounds.is_empty() {
        return Err(Error::Nothing(dataset_name(path), "no item was shown in it"));
    }
    let target_log = target::apply(&options.target, &mut log)?;
    let mut rng = Rng::new(options.seed);
    let verdict = match evaluate(&log.rounds, &options.evaluation, &mut rng) {
        Ok(evaluation) => Verdict::Judged(Box::new(evaluation)),
        Err(OffPolicyError::Refused(refused)) => Verdict::Refused(refused),
        Err(error) => return Err(wrong(path, &error)),
    };
    let slates = if log.slates.is_empty() {
        None
    } else {
        let slates: Vec<Slate> = log.slates.iter().map(|rows| slate(&log, rows)).collect();
        evaluate_slates(&slates, LoggingDesign::Independent, &options.evaluation, &mut rng).ok()
    };
    Ok(PolicyReport {
        dataset: dataset_name(path),
        target: options.target.to_string(),
        confidence: options.evaluation.confidence,
        rows: log.rounds.len(),
        items: log.items.len(),
        verdict,
        slates,
        target_log,
        remarks: log.remarks,
    })
}

fn wrong(path: &Path, error: &OffPolicyError) -> Error {
    match error {
        OffPolicyError::Option { field, got, expected } => {
            FieldError::new("out_of_range", *field, *expected, got.to_string()).into()
        }
        OffPolicyError::NothingLeft(_) | OffPolicyError::ProbabilitiesUnknown | OffPolicyError::Refused(_) => {
            let why = "every row lacks a propensity above 0, a finite reward, or a probability of the target";
            Error::Nothing(dataset_name(path), why)
        }
    }
}

/// A slate of rows. Its probabilities are those of an item at a place, whatever is above.
fn slate(log: &PolicyLog, rows: &[usize]) -> Slate {
    let slot = |row: &usize| {
        let round = &log.rounds[*row];
        let known = (!round.target.is_empty()).then(|| round.target_of_action());
        Slot {
            action: round.action,
            reward: round.reward,
            logged: Chances { marginal: round.propensity, conditional: None },
            target: Chances { marginal: known, conditional: None },
            target_anywhere: None,
            choices: Vec::new(),
        }
    };
    let first = &log.rounds[rows[0]];
    Slate { unit: first.unit, context: first.context.clone(), slots: rows.iter().map(slot).collect() }
}

/// Reads a log of either kind.
fn read(path: &Path, reward: PolicyReward) -> Result<PolicyLog> {
    let path = log_file(path)?;
    if is_table(&path) { open_bandit::read(&path) } else { shop_log::read(&path, reward) }
}

/// Whether a file is a table: by its name, less `.gz` and `.zst`.
pub(crate) fn is_table(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = name.trim_end_matches(".gz").trim_end_matches(".zst");
    name.ends_with(".csv") || name.ends_with(".tsv")
}

/// The log itself, or the one log in a folder: `events.jsonl`, or the only table beside `item_context.csv`.
pub(crate) fn log_file(path: &Path) -> Result<PathBuf> {
    if !path.is_dir() {
        return Ok(path.to_path_buf());
    }
    if let Some(events) = lines::find(path, "events.jsonl") {
        return Ok(events);
    }
    let entries = fs_err::read_dir(path).map_err(|error| Error::file(path, error))?;
    let mut tables: Vec<PathBuf> = Vec::new();
    for entry in entries {
        let file = entry.map_err(|error| Error::file(path, error))?.path();
        let context = file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("item_context"));
        if file.is_file() && is_table(&file) && !context {
            tables.push(file);
        }
    }
    let expected = || String::from("events.jsonl or one table with the columns item_id, click, propensity_score");
    match tables.as_slice() {
        [only] => Ok(only.clone()),
        _ => Err(Error::Missing { dir: path.to_path_buf(), expected: expected() }),
    }
}
