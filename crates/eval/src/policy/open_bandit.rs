//! Tables in the manner of the Open Bandit data (Saito, Aihara, Matsutani and Narita 2021, NeurIPS Datasets).

use std::collections::BTreeMap;
use std::path::Path;

use csv::StringRecord;
use learn::off_policy::Round;
use types::FieldError;

use super::PolicyLog;
use crate::{Error, Result, lines};

/// Where a table has its columns; the first name of each list that is there counts.
struct Columns {
    item: usize,
    reward: usize,
    propensity: usize,
    position: Option<usize>,
    features: Vec<usize>,
    numbers: Vec<usize>,
}

const ITEM: [&str; 2] = ["item_id", "action"];
const REWARD: [&str; 2] = ["click", "reward"];
const PROPENSITY: [&str; 3] = ["propensity_score", "pscore", "propensity"];
/// Columns of a shopper's features, taken as categories, and of numbers.
const FEATURES: &str = "user_feature_";
const NUMBERS: [&str; 2] = ["user-item_affinity_", "context_"];

/// Most values of a feature with a column of their own; the rest are told apart by none of them being set.
const LEVELS_MAX: usize = 20;
/// Fewest rows of a value with a column of its own.
const LEVEL_ROWS_MIN: usize = 20;

/// Reads a table. Every row stands alone: the data do not tell which were shown together.
pub(super) fn read(path: &Path) -> Result<PolicyLog> {
    let delimiter = if path.to_string_lossy().contains(".tsv") { b'\t' } else { b',' };
    let mut table = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(lines::open(path)?);
    let head = table.headers().map_err(|error| lines::table_error(path, error))?.clone();
    let columns = Columns::find(&head).map_err(|wrong| Error::Line { path: path.to_path_buf(), line: 1, wrong })?;
    let mut log = PolicyLog::default();
    let mut features: Vec<Vec<String>> = Vec::new();
    let mut row = StringRecord::new();
    while table.read_record(&mut row).map_err(|error| lines::table_error(path, error))? {
        let line = row.position().map_or(0, csv::Position::line);
        let wrong = |wrong| Error::Line { path: path.to_path_buf(), line, wrong };
        log.rounds.push(columns.round(&row, &mut log.items, line).map_err(wrong)?);
        features.push(columns.features.iter().map(|place| row[*place].to_owned()).collect());
    }
    log.requests = vec![None; log.rounds.len()];
    from_zero(&mut log.rounds);
    add_levels(&mut log.rounds, &features);
    drop_constant(&mut log.rounds);
    Ok(log)
}

impl Columns {
    fn find(head: &StringRecord) -> std::result::Result<Self, FieldError> {
        let names: Vec<&str> = head.iter().map(|name| name.trim_start_matches('\u{feff}').trim()).collect();
        let any = |wanted: &[&str]| wanted.iter().find_map(|name| names.iter().position(|known| known == name));
        let need = |wanted: &[&str]| {
            any(wanted).ok_or_else(|| {
                let expected = format!("a head line with a column {}", wanted.join(" or "));
                FieldError::new("column_missing", wanted[0], expected, names.join(","))
            })
        };
        let starting = |start: &str| (0..names.len()).filter(|place| names[*place].starts_with(start)).collect();
        let number = |place: &usize| NUMBERS.iter().any(|start| names[*place].starts_with(start));
        Ok(Self {
            item: need(&ITEM)?,
            reward: need(&REWARD)?,
            propensity: need(&PROPENSITY)?,
            position: any(&["position"]),
            features: starting(FEATURES),
            numbers: (0..names.len()).filter(number).collect(),
        })
    }

    fn round(&self, row: &StringRecord, items: &mut super::Names, line: u64) -> std::result::Result<Round, FieldError> {
        let position = match self.position {
            None => 0,
            Some(place) => row[place]
                .trim()
                .parse()
                .map_err(|_| FieldError::new("wrong_type", "position", "a whole number from 0", &row[place]))?,
        };
        let numbers = self.numbers.iter().map(|place| number("a context", &row[*place]));
        Ok(Round {
            unit: line,
            // What is empty is no number: the row is then left out and counted.
            context: numbers
                .map(|value| value.map(|value| value.unwrap_or(f64::NAN)))
                .collect::<std::result::Result<_, _>>()?,
            position,
            action: items.number(row[self.item].trim()),
            reward: number("reward", &row[self.reward])?.unwrap_or(f64::NAN),
            propensity: number("propensity", &row[self.propensity])?,
            target: Vec::new(),
        })
    }
}

/// A number, or nothing; `nan` and `inf` are read as such, to be counted later.
fn number(field: &'static str, text: &str) -> std::result::Result<Option<f64>, FieldError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| FieldError::new("wrong_type", field, "a number", text))
}

/// Positions count from 0: `obp` and the data's own files count from 1.
fn from_zero(rounds: &mut [Round]) {
    let first = rounds.iter().map(|round| round.position).min().unwrap_or(0);
    rounds.iter_mut().for_each(|round| round.position -= first);
}

/// Adds a column of 0 and 1 to the context for each frequent value of each feature.
fn add_levels(rounds: &mut [Round], features: &[Vec<String>]) {
    for feature in 0..features.first().map_or(0, Vec::len) {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for row in features {
            *counts.entry(&row[feature]).or_default() += 1;
        }
        let mut levels: Vec<(&str, usize)> = counts.into_iter().filter(|(_, rows)| *rows >= LEVEL_ROWS_MIN).collect();
        levels.sort_by(|left, right| right.1.cmp(&left.1).then(left.0.cmp(right.0)));
        levels.truncate(LEVELS_MAX);
        for (round, row) in rounds.iter_mut().zip(features) {
            round.context.extend(levels.iter().map(|(level, _)| f64::from(u8::from(row[feature] == *level))));
        }
    }
}

/// Drops context that is the same in every row: most affinities are 0 throughout a sample.
fn drop_constant(rounds: &mut [Round]) {
    let Some(first) = rounds.first().map(|round| round.context.clone()) else { return };
    let varies: Vec<bool> =
        (0..first.len()).map(|place| rounds.iter().any(|round| round.context[place] != first[place])).collect();
    for round in rounds {
        let mut varies = varies.iter();
        round.context.retain(|_| varies.next().is_some_and(|varies| *varies));
    }
}
