//! A training as bytes, so that it goes on where it stopped, to the last bit.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::params::{Numbers, hex};
use super::{History, Options, Scores};
use crate::{Error, Result};

const MAGIC: &[u8; 8] = b"MERCTRN\0";
/// The version written, and the only one read.
const VERSION: u32 = 1;
const DIGEST: usize = 32;

/// Everything a training consists of beside its data and its frozen parameters.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Checkpoint {
    pub(crate) head: Head,
    /// What the task wants kept.
    pub(crate) task: Vec<u8>,
    /// Weights, moments, means and best weights, by name.
    pub(crate) tensors: Vec<(Role, Numbers)>,
}

/// What tensors of a checkpoint are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    Weight,
    First,
    Second,
    Mean,
    Best,
}

/// Where a training is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) options: Options,
    /// Fingerprint of the data.
    pub(crate) data: String,
    /// Digest of the parameters that are not trained.
    pub(crate) frozen: String,
    /// Updates made.
    pub(crate) step: u64,
    /// Epochs finished.
    pub(crate) epoch: u32,
    /// Batches of the current epoch that were used.
    pub(crate) batch: usize,
    /// Whether the current epoch has begun.
    pub(crate) begun: bool,
    /// Examples used.
    pub(crate) examples: u64,
    /// Seconds it took so far.
    pub(crate) seconds: f64,
    /// The best deciding figure, and its step.
    pub(crate) best: Option<(f64, u64)>,
    /// Evaluations since then.
    pub(crate) misses: u32,
    pub(crate) before: Option<Scores>,
    pub(crate) history: History,
}

#[derive(Serialize, Deserialize)]
struct Index {
    head: Head,
    task: usize,
    tensors: Vec<(Role, String, Vec<usize>)>,
}

impl Checkpoint {
    /// Writes it beside the old one, then puts it in its place.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let temporary = path.with_extension("writing");
        if let Some(folder) = path.parent() {
            fs_err::create_dir_all(folder)?;
        }
        let mut out = Hashed { out: std::io::BufWriter::new(fs_err::File::create(&temporary)?), hash: Sha256::new() };
        self.write_to(&mut out)?;
        let digest = out.hash.finalize();
        out.out.write_all(&digest)?;
        let file = out.out.into_inner().map_err(|error| error.into_error())?;
        file.sync_all()?;
        drop(file);
        fs_err::rename(&temporary, path)?;
        // The rename itself is on the disk once its folder is; not every system can sync one.
        if let Some(folder) = path.parent().and_then(|folder| std::fs::File::open(folder).ok()) {
            folder.sync_all().ok();
        }
        Ok(())
    }

    fn write_to(&self, out: &mut Hashed) -> Result<()> {
        let tensors = self.tensors.iter().map(|(role, n)| (*role, n.path.clone(), n.dims.clone())).collect();
        let index = Index { head: self.head.clone(), task: self.task.len(), tensors };
        let index = serde_json::to_vec(&index).map_err(std::io::Error::from)?;
        out.put(MAGIC)?;
        out.put(&VERSION.to_le_bytes())?;
        out.put(&(index.len() as u64).to_le_bytes())?;
        out.put(&index)?;
        out.put(&self.task)?;
        for (_, numbers) in &self.tensors {
            for block in numbers.data.chunks(1 << 16) {
                let bytes: Vec<u8> = block.iter().flat_map(|number| number.to_le_bytes()).collect();
                out.put(&bytes)?;
            }
        }
        Ok(())
    }

    /// Reads one, whole and unchanged or not at all.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let bytes = fs_err::read(path)?;
        let wrong = |what: String| Error::Checkpoint { path: path.to_owned(), what };
        let short = || wrong(format!("it has only {} bytes", bytes.len()));
        let (rest, digest) = bytes.split_last_chunk::<DIGEST>().ok_or_else(short)?;
        let (magic, body) = rest.split_first_chunk::<8>().ok_or_else(short)?;
        if magic != MAGIC {
            return Err(wrong("it is no checkpoint of a training".to_owned()));
        }
        let (version, body) = body.split_first_chunk::<4>().ok_or_else(short)?;
        let version = u32::from_le_bytes(*version);
        if version != VERSION {
            return Err(wrong(format!("it has format {version}, expected {VERSION}")));
        }
        if Sha256::digest(rest)[..] != digest[..] {
            let got = hex(&Sha256::digest(rest)[..4]);
            return Err(wrong(format!("it is cut off or changed (SHA-256 {got}…, expected {}…)", hex(&digest[..4]))));
        }
        Self::parse(body).ok_or_else(|| wrong("its parts do not fit together".to_owned()))
    }

    fn parse(body: &[u8]) -> Option<Self> {
        let (length, body) = body.split_first_chunk::<8>()?;
        let (index, body) = body.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
        let index: Index = serde_json::from_slice(index).ok()?;
        let (task, mut body) = body.split_at_checked(index.task)?;
        let mut tensors = Vec::with_capacity(index.tensors.len());
        for (role, path, dims) in index.tensors {
            let count = dims.iter().try_fold(4usize, |product, dim| product.checked_mul(*dim))?;
            let (bytes, rest) = body.split_at_checked(count)?;
            let data = bytes.as_chunks::<4>().0.iter().map(|number| f32::from_le_bytes(*number)).collect();
            tensors.push((role, Numbers { path, dims, data }));
            body = rest;
        }
        body.is_empty().then(|| Self { head: index.head, task: task.to_vec(), tensors })
    }

    /// Takes out the tensors of a role.
    pub(crate) fn take(&mut self, role: Role) -> Vec<Numbers> {
        let (taken, left) = std::mem::take(&mut self.tensors).into_iter().partition(|(of, _)| *of == role);
        self.tensors = left;
        let taken: Vec<(Role, Numbers)> = taken;
        taken.into_iter().map(|(_, numbers)| numbers).collect()
    }

    /// Refuses to go on with data, frozen parameters or an order that are others.
    pub(crate) fn check(&self, path: &Path, data: &str, frozen: &str, options: &Options) -> Result<()> {
        let old = &self.head.options;
        let pairs = [
            ("the data", self.head.data.clone(), data.to_owned()),
            ("the parameters that are not trained", self.head.frozen.clone(), frozen.to_owned()),
            ("`seed`", old.seed.to_string(), options.seed.to_string()),
            ("`batch`", old.batch.to_string(), options.batch.to_string()),
            ("`batch_pieces`", format!("{:?}", old.batch_pieces), format!("{:?}", options.batch_pieces)),
            ("`accumulation`", old.accumulation.to_string(), options.accumulation.to_string()),
            ("`frozen`", old.frozen.join(" "), options.frozen.join(" ")),
            ("`keep`", format!("{:?}", old.keep), format!("{:?}", options.keep)),
        ];
        match pairs.into_iter().find(|(_, then, now)| then != now) {
            None => Ok(()),
            Some((name, then, now)) => Err(Error::Checkpoint {
                path: PathBuf::from(path),
                what: format!("{name} must be as when it was made: {then}, not {now}"),
            }),
        }
    }
}

/// Writes and hashes.
struct Hashed {
    out: std::io::BufWriter<fs_err::File>,
    hash: Sha256,
}

impl Hashed {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.hash.update(bytes);
        Ok(self.out.write_all(bytes)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Checkpoint {
        let numbers =
            |path: &str, data: &[f32]| Numbers { path: path.to_owned(), dims: vec![data.len()], data: data.to_vec() };
        Checkpoint {
            head: Head {
                options: Options::default(),
                data: "abc".to_owned(),
                frozen: "def".to_owned(),
                step: 5,
                epoch: 1,
                batch: 2,
                begun: true,
                examples: 160,
                seconds: 1.5,
                best: Some((0.5, 4)),
                misses: 1,
                before: None,
                history: History::default(),
            },
            task: vec![1, 2, 3],
            tensors: vec![
                (Role::Weight, numbers("a.b", &[1.0, -0.0, f32::MIN_POSITIVE])),
                (Role::Best, numbers("a.b", &[2.0])),
            ],
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/checkpoint");
        sample().write(&path).unwrap();
        sample().write(&path).unwrap();
        let mut read = Checkpoint::read(&path).unwrap();
        assert_eq!(read, sample());
        assert_eq!((read.take(Role::Best).len(), read.tensors.len()), (1, 1));
        assert_eq!(fs_err::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn whatever_was_cut_or_changed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint");
        sample().write(&path).unwrap();
        let whole = fs_err::read(&path).unwrap();
        let said = |bytes: &[u8]| {
            fs_err::write(&path, bytes).unwrap();
            Checkpoint::read(&path).unwrap_err().to_string()
        };
        for length in (0..whole.len()).step_by(37).chain([whole.len() - 1]) {
            assert!(said(&whole[..length]).contains("cannot be used"), "{length}");
        }
        for at in (0..whole.len()).step_by(53) {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            said(&changed);
        }
        let mut newer = whole.clone();
        newer[8] = 9;
        assert!(said(&newer).contains("format 9, expected 1"));
        assert!(said(b"not a checkpoint at all, but long enough to hold a digest").contains("no checkpoint"));
    }

    #[test]
    fn other_data_or_another_order_are_refused() {
        let check = |data, options: &Options| sample().check(Path::new("x"), data, "def", options);
        check("abc", &Options { rate: 1e-6, ..Options::default() }).unwrap();
        assert!(check("xyz", &Options::default()).unwrap_err().to_string().contains("the data"));
        let error = check("abc", &Options { seed: 2, ..Options::default() }).unwrap_err().to_string();
        assert!(error.contains("`seed`") && error.contains("1, not 2"), "{error}");
    }
}
