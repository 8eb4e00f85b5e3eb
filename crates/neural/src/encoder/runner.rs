use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use rten::ThreadPool;

use super::network::Network;
use crate::export::names;
use crate::manifest::{Manifest, Pooling, Precision};
use crate::native::{Int8Bert, REVISION, Scratch};
use crate::{Error, Result};

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// What runs an encoder's network.
pub(super) struct Runner {
    engine: Engine,
    pooling: Pooling,
    /// Numbers of a vector before it is cut.
    width: usize,
    joins: Joins,
}

enum Engine {
    Native(Box<Int8Bert>),
    Rten(Box<Network>),
}

/// Which texts may share a run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Joins {
    /// Any: a text's vector is the same to the last bit.
    Any,
    /// Texts of about the same length, the shorter ones padded; a vector may differ in its last bits.
    Alike,
    /// None: in 8 bits a run's activations are scaled by their largest one, so texts in one batch would change one
    /// another's vectors.
    None,
}

/// What one run needs for itself.
#[derive(Default)]
pub(super) struct Room {
    scratch: Scratch,
    pool: Option<Arc<ThreadPool>>,
}

impl Runner {
    /// The native runner where the network is one that it can run, else rten.
    pub(super) fn load(path: &Path, manifest: &Manifest) -> Result<Self> {
        let width = manifest.dims_full.unwrap_or(manifest.dims);
        let failed = |source: Failed| Error::Network { path: path.to_owned(), source };
        if let Some(pooling) = native_pooling(manifest)
            && is_ours(path).map_err(|error| failed(error.into()))?
        {
            let bytes = fs_err::read(path).map_err(|error| failed(error.into()))?;
            match Int8Bert::from_onnx(&bytes) {
                Ok(bert) if bert.config().hidden_size == width => {
                    return Ok(Self { engine: Engine::Native(Box::new(bert)), pooling, width, joins: Joins::Any });
                }
                Ok(_) => {}
                Err(fault) => {
                    tracing::info!(encoder = manifest.id, %fault, "not for the runner in 8 bits, rten runs it")
                }
            }
        }
        let joins = match manifest.precision {
            Some(Precision::F32 | Precision::F16) => Joins::Alike,
            Some(Precision::Int8 | Precision::Int4) | None => Joins::None,
        };
        let network = Network::load(path, &manifest.output).map_err(failed)?;
        Ok(Self { engine: Engine::Rten(Box::new(network)), pooling: manifest.pooling, width, joins })
    }

    /// `native` or `rten`.
    pub(super) fn name(&self) -> &'static str {
        match &self.engine {
            Engine::Native(_) => "native",
            Engine::Rten(_) => "rten",
        }
    }

    /// What to add to a version, where this runner's vectors are not those of rten.
    pub(super) fn revision(&self) -> Option<&'static str> {
        matches!(self.engine, Engine::Native(_)).then_some(REVISION)
    }

    pub(super) fn joins(&self) -> Joins {
        self.joins
    }

    /// Pieces a text may have, and pieces in the vocabulary, where the runner knows.
    pub(super) fn bounds(&self) -> Option<(usize, usize)> {
        match &self.engine {
            Engine::Native(bert) => Some((bert.tokens_max(), bert.config().vocab_size)),
            Engine::Rten(_) => None,
        }
    }

    /// What one run needs for itself.
    pub(super) fn room(&self) -> Room {
        let pool = match &self.engine {
            Engine::Native(_) => None,
            Engine::Rten(_) => Some(Arc::new(ThreadPool::with_num_threads(1))),
        };
        Room { pool, ..Room::default() }
    }

    /// The texts' vectors, of any length and not yet cut.
    pub(super) fn run(&self, texts: &[&[u32]], room: &mut Room) -> std::result::Result<Vec<Vec<f32>>, Failed> {
        match &self.engine {
            Engine::Native(bert) => {
                let mut rest = bert.run(texts, &mut room.scratch)?;
                Ok(texts.iter().map(|text| self.pool(split_off(&mut rest, text.len() * self.width))).collect())
            }
            Engine::Rten(network) => {
                let longest = texts.iter().map(|text| text.len()).max().unwrap_or(0);
                let output = network.run(texts, longest, room.pool.clone())?;
                let each = if self.pooling == Pooling::Done { self.width } else { self.width * longest };
                if output.len() != each * texts.len() {
                    let expected = each * texts.len();
                    return Err(format!("the network gave {} numbers, expected {expected}", output.len()).into());
                }
                // Padding stands at the end, and is no part of the text.
                let own = |text: &&[u32]| if self.pooling == Pooling::Done { each } else { self.width * text.len() };
                Ok(texts
                    .iter()
                    .zip(output.chunks_exact(each.max(1)))
                    .map(|(text, rows)| self.pool(&rows[..own(text)]))
                    .collect())
            }
        }
    }

    /// Makes one vector of a text's rows.
    fn pool(&self, rows: &[f32]) -> Vec<f32> {
        match self.pooling {
            Pooling::Done => rows.to_vec(),
            Pooling::Cls => rows[..self.width].to_vec(),
            Pooling::LastToken => rows[rows.len() - self.width..].to_vec(),
            Pooling::Mean => {
                // The sum points where the mean does, and the length is set later.
                let mut sum = vec![0.0f32; self.width];
                for row in rows.chunks_exact(self.width) {
                    sum.iter_mut().zip(row).for_each(|(sum, number)| *sum += number);
                }
                sum
            }
        }
    }
}

fn split_off<'a>(rest: &mut &'a [f32], count: usize) -> &'a [f32] {
    let (own, others) = rest.split_at(count);
    *rest = others;
    own
}

/// What the native runner, which gives hidden states, has to do to them; nothing where the file asks for another output.
fn native_pooling(manifest: &Manifest) -> Option<Pooling> {
    match (manifest.output.as_str(), manifest.pooling) {
        ("sentence_embedding", Pooling::Done) => Some(Pooling::Mean),
        ("last_hidden_state", pooling @ (Pooling::Mean | Pooling::Cls | Pooling::LastToken)) => Some(pooling),
        _ => None,
    }
}

/// Whether a network was written by [`crate::export`]. Its metadata stand at the end, so a foreign file of gigabytes
/// need not be read for this.
fn is_ours(path: &Path) -> std::io::Result<bool> {
    const TAIL: u64 = 16 * 1024;
    let mut file = fs_err::File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail)?;
    Ok(tail.windows(names::CONFIG.len()).any(|window| window == names::CONFIG.as_bytes()))
}
