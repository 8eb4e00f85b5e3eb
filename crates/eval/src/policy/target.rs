//! The policy to judge.

use std::fmt;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;
use serde_json::Value;
use types::FieldError;

use super::{PolicyLog, is_table, log_file, open_bandit};
use crate::{Error, Result, lines};

/// The policy to judge, called the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyTarget {
    /// Every item of the log with the same probability, at every position.
    Uniform,
    /// What another log did: at each position, every item with its share of that log's rows.
    Log(PathBuf),
    /// A table of probabilities, one JSON document a line: `item`, `position` (from 1), `probability`, and `query_id` where
    /// it is for one request only.
    Table(PathBuf),
}

impl PolicyTarget {
    /// Reads what was typed: `uniform`, or a file or folder.
    pub fn parse(text: &str) -> Self {
        let path = PathBuf::from(text);
        match text {
            "uniform" => Self::Uniform,
            _ if path.is_dir() || is_table(&path) => Self::Log(path),
            _ => Self::Table(path),
        }
    }
}

impl fmt::Display for PolicyTarget {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uniform => out.write_str("uniform"),
            Self::Log(path) | Self::Table(path) => write!(out, "{}", path.display()),
        }
    }
}

/// Items with their probabilities.
type Choices = Vec<(usize, f64)>;

/// Sets the target of every row; gives what the target's own log earned a row, where it is a log.
pub(super) fn apply(target: &PolicyTarget, log: &mut PolicyLog) -> Result<Option<f64>> {
    match target {
        PolicyTarget::Uniform => uniform(log).map(|()| None),
        PolicyTarget::Log(path) => from_log(path, log).map(Some),
        PolicyTarget::Table(path) => from_table(path, log).map(|()| None),
    }
}

fn uniform(log: &mut PolicyLog) -> Result<()> {
    if !log.slates.is_empty() {
        let expected = "a table of the target's probabilities for a shop's own log";
        return Err(FieldError::new("choice_invalid", "target", expected, "uniform").into());
    }
    let count = log.items.len();
    let choices: Choices = (0..count).map(|item| (item, 1.0 / count as f64)).collect();
    log.rounds.iter_mut().for_each(|round| round.target.clone_from(&choices));
    Ok(())
}

fn from_log(path: &Path, log: &mut PolicyLog) -> Result<f64> {
    if !log.slates.is_empty() {
        let expected = "a table of the target's probabilities for a shop's own log";
        return Err(FieldError::new("choice_invalid", "target", expected, path.display().to_string()).into());
    }
    let file = log_file(path)?;
    let other = open_bandit::read(&file)?;
    let names = other.items.by_number();
    let mut counts: FxHashMap<usize, FxHashMap<usize, usize>> = FxHashMap::default();
    for round in &other.rounds {
        let item = log.items.number(&names[round.action]);
        *counts.entry(round.position).or_default().entry(item).or_default() += 1;
    }
    let shares: FxHashMap<usize, Choices> = counts
        .into_iter()
        .map(|(position, counts)| {
            let rows: usize = counts.values().sum();
            let mut choices: Choices =
                counts.into_iter().map(|(item, count)| (item, count as f64 / rows as f64)).collect();
            choices.sort_unstable_by_key(|(item, _)| *item);
            (position, choices)
        })
        .collect();
    for round in &mut log.rounds {
        round.target = shares.get(&round.position).cloned().unwrap_or_default();
    }
    let rewards: Vec<f64> = other.rounds.iter().map(|round| round.reward).filter(|reward| reward.is_finite()).collect();
    Ok(rewards.iter().sum::<f64>() / rewards.len().max(1) as f64)
}

/// The probabilities of a sum from which a list counts as the whole distribution.
const WHOLE_MIN: f64 = 0.999;

fn from_table(path: &Path, log: &mut PolicyLog) -> Result<()> {
    let mut table: FxHashMap<(Option<String>, usize), Choices> = FxHashMap::default();
    lines::each(path, |_, line| {
        let document: Value = serde_json::from_str(line)
            .map_err(|error| FieldError::new("json_invalid", "line", "a JSON document", error.to_string()))?;
        let missing = |field: &str, expected: &str| FieldError::new("field_missing", field, expected, "none");
        let text = |name: &str| match document.get(name) {
            // Numbers too: the items of public logs have numbers for names.
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let item = text("item").ok_or_else(|| missing("item", "an item"))?;
        let position = document.get("position").and_then(Value::as_u64).filter(|position| *position > 0);
        let position = position.ok_or_else(|| missing("position", "a whole number from 1"))?;
        let probability = document.get("probability").and_then(Value::as_f64);
        let probability = probability.ok_or_else(|| missing("probability", "a number from 0 to 1"))?;
        let item = log.items.number(&item);
        let choices = table.entry((text("query_id"), position as usize - 1)).or_default();
        choices.push((item, probability));
        Ok(())
    })?;
    for choices in table.values_mut() {
        choices.sort_by_key(|(item, _)| *item);
        if choices.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            let wrong = FieldError::new("duplicate", "item", "each item once a query_id and position", "twice");
            return Err(Error::Choice(wrong.within(&path.display().to_string())));
        }
    }
    for (round, request) in log.rounds.iter_mut().zip(&log.requests) {
        let own = table.get(&(request.clone(), round.position));
        let Some(choices) = own.or_else(|| table.get(&(None, round.position))) else { continue };
        // A list in parts says nothing of an item that is not in it: no probability, and not 0.
        let whole = choices.iter().map(|(_, probability)| probability).sum::<f64>() >= WHOLE_MIN;
        if whole || choices.iter().any(|(item, _)| *item == round.action) {
            round.target.clone_from(choices);
        }
    }
    Ok(())
}
