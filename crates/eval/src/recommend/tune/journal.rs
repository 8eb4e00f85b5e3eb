//! The file that a tuning writes every trial to as it ends: JSON lines, the first of which says what is tuned.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use types::FieldError;

use crate::{Error, Result};

/// What a trial came to on a rung.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Outcome {
    pub(super) number: usize,
    pub(super) rung: usize,
    pub(super) share: f64,
    pub(super) chosen: Vec<(String, f64)>,
    pub(super) value: std::result::Result<f64, String>,
    pub(super) seconds: f64,
}

impl Outcome {
    /// For ordering: what failed comes last.
    pub(super) fn figure(&self) -> f64 {
        self.value.as_ref().copied().unwrap_or(f64::NEG_INFINITY)
    }

    fn to_json(&self) -> Value {
        let chosen: Map<String, Value> = self.chosen.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        json!({
            "trial": self.number, "rung": self.rung, "share": self.share, "parameters": chosen,
            "value": self.value.as_ref().ok(), "error": self.value.as_ref().err(), "seconds": self.seconds,
        })
    }

    fn from_json(line: &Value) -> Option<Self> {
        let whole = |name: &str| usize::try_from(line[name].as_u64()?).ok();
        let chosen = line["parameters"].as_object()?.iter().map(|(name, value)| Some((name.clone(), value.as_f64()?)));
        let value = match (line["value"].as_f64(), line["error"].as_str()) {
            (Some(value), _) => Ok(value),
            (None, error) => Err(error?.to_owned()),
        };
        Some(Self {
            number: whole("trial")?,
            rung: whole("rung")?,
            share: line["share"].as_f64()?,
            chosen: chosen.collect::<Option<_>>()?,
            value,
            seconds: line["seconds"].as_f64()?,
        })
    }
}

/// Trials so far, in memory and on disk.
pub(super) struct Journal {
    path: Option<PathBuf>,
    outcomes: Vec<Outcome>,
}

impl Journal {
    /// Reads what was found so far of the tuning that `about` tells of, and begins the file where there is none.
    pub(super) fn open(path: Option<&Path>, about: &Value) -> Result<Self> {
        let Some(path) = path else { return Ok(Self { path: None, outcomes: Vec::new() }) };
        let mut journal = Self { path: Some(path.to_owned()), outcomes: Vec::new() };
        let text = match fs_err::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(Error::file(path, error)),
        };
        let mut lines = text.lines();
        let Some(head) = lines.next() else {
            journal.write(&json!({ "tune": about }))?;
            return Ok(journal);
        };
        let head: Value = serde_json::from_str(head).unwrap_or_default();
        if head["tune"] != *about {
            let (expected, got) = (format!("a file that is not there, or one of {about}"), head["tune"].to_string());
            let wrong = FieldError::new("another_tuning", "out", format!("{expected}; this is of another tuning"), got);
            return Err(Error::Line { path: path.to_owned(), line: 1, wrong });
        }
        let all = lines.clone().count();
        for (number, line) in (2..).zip(lines) {
            match serde_json::from_str(line).ok().as_ref().and_then(Outcome::from_json) {
                Some(outcome) => journal.outcomes.push(outcome),
                // The program was killed while it wrote the last one, which is then tried again.
                None if number as usize == all + 1 && !text.ends_with('\n') => journal.cut_last(&text)?,
                None => {
                    let wrong = FieldError::new("trial_invalid", "line", "a trial as `mercato tune` writes them", line);
                    return Err(Error::Line { path: path.to_owned(), line: number, wrong });
                }
            }
        }
        Ok(journal)
    }

    /// What a trial came to on a rung, if it was tried there.
    pub(super) fn get(&self, number: usize, rung: usize) -> Option<&Outcome> {
        self.outcomes.iter().find(|outcome| outcome.number == number && outcome.rung == rung)
    }

    /// Everything so far.
    pub(super) fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    pub(super) fn add(&mut self, outcome: Outcome) -> Result<()> {
        self.write(&outcome.to_json())?;
        self.outcomes.push(outcome);
        Ok(())
    }

    fn write(&self, line: &Value) -> Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let written = fs_err::OpenOptions::new().create(true).append(true).open(path).and_then(|mut file| {
            file.write_all(format!("{line}\n").as_bytes())?;
            file.flush()
        });
        written.map_err(|error| Error::file(path, error))
    }

    fn cut_last(&self, text: &str) -> Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        fs_err::write(path, whole).map_err(|error| Error::file(path, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_cut_off_is_tried_again_and_a_bad_one_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.jsonl");
        let (about, outcome) = (json!({ "model": "ease" }), |number, value| Outcome {
            number,
            rung: 0,
            share: 1.0,
            chosen: vec![("l2".to_owned(), 5.0)],
            value,
            seconds: 0.5,
        });
        let mut journal = Journal::open(Some(&path), &about).unwrap();
        journal.add(outcome(1, Ok(0.25))).unwrap();
        journal.add(outcome(2, Err("too much".to_owned()))).unwrap();
        let text = fs_err::read_to_string(&path).unwrap();
        fs_err::write(&path, &text[..text.len() - 9]).unwrap();
        let journal = Journal::open(Some(&path), &about).unwrap();
        assert_eq!(journal.outcomes(), [outcome(1, Ok(0.25))]);
        fs_err::write(&path, text.replacen("\"rung\"", "\"runk\"", 1)).unwrap();
        let error = Journal::open(Some(&path), &about).err().unwrap().to_string();
        assert!(error.contains("line 2"), "{error}");
    }
}
