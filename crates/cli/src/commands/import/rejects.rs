//! The dead-letter file: rows that were refused, beside the file they came from.

use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Result;
use formats::Rejected;
use serde_json::Value;

/// Refused rows shown in an answer.
const SHOWN_MAX: usize = 10;

/// Writes refused rows to `FILE.rejected.jsonl`, which is there only if there are any.
pub(super) struct Rejects {
    path: PathBuf,
    file: Option<BufWriter<fs_err::File>>,
    writes: bool,
    first: Vec<Value>,
}

impl Rejects {
    /// Keeps what an interrupted import had refused up to `row`, and nothing else. Without `writes` it only remembers
    /// the first.
    pub(super) fn open(source: &Path, row: u64, writes: bool) -> Result<Self> {
        let mut path = source.as_os_str().to_owned();
        path.push(".rejected.jsonl");
        let mut rejects = Self { path: path.into(), file: None, writes, first: Vec::new() };
        if writes && rejects.path.exists() {
            let kept = kept(&rejects.path, row)?;
            fs_err::remove_file(&rejects.path)?;
            kept.iter().try_for_each(|line| rejects.line(line))?;
        }
        Ok(rejects)
    }

    /// Writes rows.
    pub(super) fn write(&mut self, mut rejected: Vec<Rejected>) -> Result<()> {
        rejected.sort_by_key(|refused| refused.row);
        for refused in rejected {
            let document = refused.to_json();
            if self.writes {
                self.line(&document.to_string())?;
            }
            if self.first.len() < SHOWN_MAX {
                self.first.push(document);
            }
        }
        Ok(())
    }

    /// Hands everything to the system.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.file.as_mut().map_or(Ok(()), |file| Ok(file.flush()?))
    }

    /// Where the rows are; `None` where there are none.
    pub(super) fn path(&self) -> Option<String> {
        self.file.as_ref().map(|_| self.path.display().to_string())
    }

    /// The first rows refused.
    pub(super) fn first(&self) -> &[Value] {
        &self.first
    }

    fn line(&mut self, line: &str) -> Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(BufWriter::new(fs_err::File::create(&self.path)?)),
        };
        Ok(writeln!(file, "{line}")?)
    }
}

fn kept(path: &Path, row: u64) -> Result<Vec<String>> {
    let mut kept = Vec::new();
    for line in BufReader::new(fs_err::File::open(path)?).lines() {
        let line = line?;
        let number = serde_json::from_str::<Value>(&line).ok().and_then(|document| document["row"].as_u64());
        if number.is_some_and(|number| number <= row) {
            kept.push(line);
        }
    }
    Ok(kept)
}
