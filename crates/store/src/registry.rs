use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::Value as Json;
use types::Millis;

use crate::files::{self, Disk};
use crate::{Error, Result};

/// Trained models, by name and version. A version never changes once it is there; which one is in force is a history of
/// promotions, so that a step back is always known.
pub struct Registry {
    folder: PathBuf,
    disk: Arc<dyn Disk>,
    /// Held while a version is added or another one put in force.
    changing: Mutex<()>,
}

/// A version of an artefact, without its bytes.
#[derive(Clone, PartialEq, Debug)]
pub struct ArtefactInfo {
    /// Numbers from 1, in order of making.
    pub version: u32,
    /// When it was put here.
    pub made: Millis,
    /// What its training said about it.
    pub report: Json,
    /// Bytes it has.
    pub bytes: u64,
    /// Whether it is the one in force.
    pub current: bool,
}

/// A version of an artefact.
#[derive(Clone, PartialEq, Debug)]
pub struct Artefact {
    /// Its version.
    pub version: u32,
    /// What its training said about it.
    pub report: Json,
    /// The model.
    pub bytes: Vec<u8>,
}

/// Stands in the history of promotions where no version is in force; versions begin with 1.
const WITHDRAWN: u32 = 0;
const HISTORY: &str = "promoted";
const MODEL: &str = ".model";
const REPORT: &str = ".report";

impl Registry {
    pub(crate) fn open(folder: PathBuf, disk: Arc<dyn Disk>) -> Result<Self> {
        files::make_folder(&folder)?;
        Ok(Self { folder, disk, changing: Mutex::new(()) })
    }

    /// Adds a version and says its number. It is not in force until it is promoted.
    pub fn put(&self, name: &str, bytes: &[u8], report: &Json, now: Millis) -> Result<u32> {
        let _changing = self.changing.lock();
        let folder = self.folder_of(name)?;
        files::make_folder(&folder)?;
        let version = self.versions(name)?.last().map_or(1, |last| last + 1);
        let text = report.to_string();
        // The report comes last: a version is there once its report is.
        files::write_atomically(&*self.disk, &self.path(name, version, MODEL)?, u64::from(version), &[bytes])?;
        let about = [&now.0.to_le_bytes()[..], &(bytes.len() as u64).to_le_bytes(), text.as_bytes()];
        files::write_atomically(&*self.disk, &self.path(name, version, REPORT)?, u64::from(version), &about)?;
        Ok(version)
    }

    /// All versions of an artefact, oldest first.
    pub fn list(&self, name: &str) -> Result<Vec<ArtefactInfo>> {
        let current = self.current(name)?;
        let versions = self.versions(name)?;
        versions.into_iter().map(|version| self.info(name, version, current == Some(version))).collect()
    }

    /// Names of all artefacts, sorted.
    pub fn names(&self) -> Result<Vec<String>> {
        files::names_in(&self.folder)
    }

    /// The version in force, if one was promoted and none withdrawn since.
    pub fn current(&self, name: &str) -> Result<Option<u32>> {
        Ok(self.history(name)?.last().copied().filter(|version| *version != WITHDRAWN))
    }

    /// Puts a version in force.
    pub fn promote(&self, name: &str, version: u32) -> Result<()> {
        let _changing = self.changing.lock();
        if !self.versions(name)?.contains(&version) {
            return Err(Error::UnknownVersion { name: name.to_owned(), version });
        }
        let mut history = self.history(name)?;
        if history.last() != Some(&version) {
            history.push(version);
            self.put_history(name, &history)?;
        }
        Ok(())
    }

    /// Puts in force again what was before the last promotion or withdrawal; says which version, `None` where that was none.
    /// Where there was nothing before, nothing is changed.
    pub fn roll_back(&self, name: &str) -> Result<Option<u32>> {
        let _changing = self.changing.lock();
        let mut history = self.history(name)?;
        history.pop();
        let Some(version) = history.last().copied() else { return Ok(None) };
        self.put_history(name, &history)?;
        Ok(Some(version).filter(|version| *version != WITHDRAWN))
    }

    /// Puts no version in force; a step back puts the current one in force again.
    pub fn withdraw(&self, name: &str) -> Result<()> {
        let _changing = self.changing.lock();
        let mut history = self.history(name)?;
        if history.last().is_some_and(|last| *last != WITHDRAWN) {
            history.push(WITHDRAWN);
            self.put_history(name, &history)?;
        }
        Ok(())
    }

    /// Removes the oldest versions beyond the `keep` newest, but neither the one in force nor the one that a step back
    /// would put in force. Says which are gone.
    pub fn prune(&self, name: &str, keep: usize) -> Result<Vec<u32>> {
        let _changing = self.changing.lock();
        let mut history = self.history(name)?;
        let needed: Vec<u32> = history.iter().rev().take(2).copied().collect();
        let versions = self.versions(name)?;
        let oldest = &versions[..versions.len().saturating_sub(keep)];
        let gone: Vec<u32> = oldest.iter().copied().filter(|version| !needed.contains(version)).collect();
        history.retain(|version| !gone.contains(version));
        if !gone.is_empty() {
            self.put_history(name, &history)?;
        }
        for version in &gone {
            // The report goes first: what has none is no version any more.
            for suffix in [REPORT, MODEL] {
                files::remove(&self.path(name, *version, suffix)?)?;
            }
        }
        Ok(gone)
    }

    /// A version with its bytes, checked.
    pub fn load(&self, name: &str, version: u32) -> Result<Artefact> {
        let unknown = || Error::UnknownVersion { name: name.to_owned(), version };
        let report = self.info(name, version, false)?.report;
        let (_, bytes) = files::read_checked(&self.path(name, version, MODEL)?)?.ok_or_else(unknown)?;
        Ok(Artefact { version, report, bytes })
    }

    /// The version in force with its bytes; `None` where none was ever promoted.
    pub fn load_current(&self, name: &str) -> Result<Option<Artefact>> {
        self.current(name)?.map(|version| self.load(name, version)).transpose()
    }

    fn info(&self, name: &str, version: u32, current: bool) -> Result<ArtefactInfo> {
        let path = self.path(name, version, REPORT)?;
        let unknown = || Error::UnknownVersion { name: name.to_owned(), version };
        let (_, about) = files::read_checked(&path)?.ok_or_else(unknown)?;
        let damaged = |what: String| Error::Damaged { path: path.clone(), offset: 0, position: None, what };
        let numbers = about.split_first_chunk::<8>().and_then(|(made, rest)| Some((made, rest.split_first_chunk()?)));
        let (made, (bytes, text)) = numbers.ok_or_else(|| damaged("the report is too short".to_owned()))?;
        let report = serde_json::from_slice(text).map_err(|error| damaged(error.to_string()))?;
        let made = Millis(i64::from_le_bytes(*made));
        Ok(ArtefactInfo { version, made, report, bytes: u64::from_le_bytes(*bytes), current })
    }

    fn versions(&self, name: &str) -> Result<Vec<u32>> {
        let names = files::names_in(&self.folder_of(name)?)?;
        Ok(names.iter().filter_map(|name| name.strip_suffix(REPORT)?.parse().ok()).collect())
    }

    fn history(&self, name: &str) -> Result<Vec<u32>> {
        let bytes = files::read_checked(&self.folder_of(name)?.join(HISTORY))?.map_or(Vec::new(), |(_, bytes)| bytes);
        Ok(bytes.as_chunks::<4>().0.iter().map(|version| u32::from_le_bytes(*version)).collect())
    }

    fn put_history(&self, name: &str, history: &[u32]) -> Result<()> {
        let bytes: Vec<u8> = history.iter().flat_map(|version| version.to_le_bytes()).collect();
        files::write_atomically(&*self.disk, &self.folder_of(name)?.join(HISTORY), 0, &[&bytes])
    }

    fn folder_of(&self, name: &str) -> Result<PathBuf> {
        Ok(self.folder.join(files::check_name(name)?))
    }

    /// Versions have leading zeros so that names sort in order.
    fn path(&self, name: &str, version: u32, suffix: &str) -> Result<PathBuf> {
        Ok(self.folder_of(name)?.join(format!("{version:010}{suffix}")))
    }
}
