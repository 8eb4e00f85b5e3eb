use std::path::{Path, PathBuf};

use super::Run;
use super::record::memory_peak;
use crate::{Error, Result};

/// The folder of all runs.
#[derive(Clone, Debug)]
pub struct Runs {
    folder: PathBuf,
}

const RECORD: &str = "run.json";
/// Far more than a run with curves has.
const RECORD_BYTES_MAX: u64 = 64 << 20;

impl Runs {
    /// The runs in a folder, which need not be there yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Gives the run the next number and a folder.
    ///
    /// # Errors
    /// Where the folder cannot be made.
    pub fn begin(&self, run: &mut Run) -> Result<()> {
        fs_err::create_dir_all(&self.folder)?;
        run.id = self.ids()?.last().copied().unwrap_or(0);
        loop {
            run.id += 1;
            // Making a folder is atomic: of two that begin at once, one takes the next number.
            match std::fs::create_dir(self.folder_of(run.id)) {
                Ok(()) => return self.write(run),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Writes a run down, beside the old document and then in its place.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub fn write(&self, run: &Run) -> Result<()> {
        let path = self.folder_of(run.id).join(RECORD);
        let bytes = serde_json::to_vec_pretty(run).map_err(std::io::Error::from)?;
        let temporary = path.with_extension("writing");
        fs_err::write(&temporary, bytes)?;
        fs_err::File::open(&temporary)?.sync_all()?;
        Ok(fs_err::rename(&temporary, &path)?)
    }

    /// A run.
    ///
    /// # Errors
    /// Where there is none of this number, or its document is damaged.
    pub fn read(&self, id: u32) -> Result<Run> {
        let path = self.folder_of(id).join(RECORD);
        if !path.is_file() {
            let known = self.ids()?;
            let known = match (known.first(), known.last()) {
                (Some(first), Some(last)) => format!("there are {first} to {last}"),
                _ => "there are none yet".to_owned(),
            };
            return Err(Error::Data(format!("there is no run {id}; {known}")));
        }
        let wrong = |what: String| Error::Data(format!("`{}` is no run: {what}", path.display()));
        if fs_err::metadata(&path)?.len() > RECORD_BYTES_MAX {
            return Err(wrong("it is too large".to_owned()));
        }
        let run: Run = serde_json::from_slice(&fs_err::read(&path)?).map_err(|error| wrong(error.to_string()))?;
        if run.format != Run::FORMAT {
            return Err(wrong(format!("it has format {}, expected {}", run.format, Run::FORMAT)));
        }
        Ok(run)
    }

    /// All runs that can be read, oldest first, and what is wrong with the others.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn list(&self) -> Result<(Vec<Run>, Vec<Error>)> {
        let (mut runs, mut faults) = (Vec::new(), Vec::new());
        for id in self.ids()? {
            match self.read(id) {
                Ok(run) => runs.push(run),
                Err(error) => faults.push(error),
            }
        }
        Ok((runs, faults))
    }

    /// Where a run keeps its files.
    pub fn folder_of(&self, id: u32) -> PathBuf {
        self.folder.join(format!("{id:06}"))
    }

    /// Where a run is written to while it lasts.
    pub fn checkpoint(&self, id: u32) -> PathBuf {
        self.folder_of(id).join("checkpoint")
    }

    /// Most memory this program had in use so far, in bytes; none where the system does not say.
    pub fn memory_peak() -> Option<u64> {
        memory_peak()
    }

    fn ids(&self) -> Result<Vec<u32>> {
        if !self.folder.is_dir() {
            return Ok(Vec::new());
        }
        let mut ids = Vec::new();
        for entry in fs_err::read_dir(&self.folder)? {
            let path: PathBuf = entry?.path();
            ids.extend(number_of(&path));
        }
        ids.sort_unstable();
        Ok(ids)
    }
}

fn number_of(path: &Path) -> Option<u32> {
    path.file_name()?.to_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;

    #[test]
    fn runs_are_numbered_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let runs = Runs::new(folder.path().join("runs"));
        assert!(runs.list().unwrap().0.is_empty());
        assert!(runs.read(1).unwrap_err().to_string().contains("none yet"));
        let (mut first, mut second) = (run("gift-words"), run("礼品词"));
        runs.begin(&mut first).unwrap();
        runs.begin(&mut second).unwrap();
        second.steps = 99;
        runs.write(&second).unwrap();
        assert_eq!((first.id, second.id), (1, 2));
        assert_eq!(runs.list().unwrap().0, [first, second.clone()]);
        assert_eq!(runs.read(2).unwrap(), second);
        assert!(runs.read(7).unwrap_err().to_string().contains("there are 1 to 2"));
    }

    #[test]
    fn a_damaged_run_hides_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let runs = Runs::new(folder.path());
        for _ in 0..3 {
            runs.begin(&mut run("a")).unwrap();
        }
        fs_err::write(runs.folder_of(2).join(RECORD), "{\"format\":1").unwrap();
        let (good, faults) = runs.list().unwrap();
        assert_eq!(good.iter().map(|run| run.id).collect::<Vec<_>>(), [1, 3]);
        assert!(faults.len() == 1 && faults[0].to_string().contains("000002"), "{faults:?}");
        let newer = fs_err::read_to_string(runs.folder_of(1).join(RECORD)).unwrap().replacen(
            "\"format\": 1",
            "\"format\": 2",
            1,
        );
        fs_err::write(runs.folder_of(1).join(RECORD), newer).unwrap();
        assert!(runs.read(1).unwrap_err().to_string().contains("format 2, expected 1"));
    }
}
