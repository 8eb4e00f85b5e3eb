mod batches;
mod network;
mod runner;
mod text;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tokenizers::Tokenizer;
use types::Language;

use crate::lanes::Lanes;
use crate::manifest::{Manifest, Task};
use crate::vector::{TextHash, normalise, text_hash};
use crate::{Error, Result};
use batches::batches;
use runner::{Room, Runner};
use text::cut_to;
pub(crate) use text::{excerpt, load_tokenizer};

/// Turns texts into vectors whose cosine tells how near they are in meaning. Shared by reference between threads.
///
/// A run takes one thread. Passages share runs where that does not change their vectors beyond the last bits; the native
/// runner's do not change at all.
pub struct Encoder {
    manifest: Manifest,
    folder: PathBuf,
    version: String,
    runner: Runner,
    queries: Side,
    passages: Side,
}

/// One of the two uses of an encoder, with room of its own so that neither waits for the other.
struct Side {
    prefix: String,
    tokenizer: Tokenizer,
    tokens: usize,
    lanes: Lanes<Room>,
}

impl Encoder {
    /// Loads the model in `folder`, to run on up to `threads` threads for queries and as many for passages (0: one a
    /// core). Checks the files' sizes; [`Encoder::verify`] checks every byte.
    ///
    /// # Errors
    /// Names the folder or file that is missing or wrong.
    pub fn load(folder: &Path, threads: usize) -> Result<Self> {
        let manifest = Manifest::read(folder)?;
        manifest.expect(folder, Task::Encoder)?;
        let threads = if threads == 0 { thread::available_parallelism().map_or(1, usize::from) } else { threads };
        let runner = Runner::load(&manifest.path(folder, "network"), &manifest)?;
        let path = manifest.path(folder, "tokenizer");
        let tokenizer = load_tokenizer(&path)?;
        let (tokens_max, pieces) = runner.bounds().unwrap_or((manifest.tokens_max, usize::MAX));
        let known = tokenizer.get_vocab_size(true);
        if known > pieces {
            let source = format!("it has {known} pieces, the network a table of {pieces}").into();
            return Err(Error::Tokenizer { path, source });
        }
        let side = |prefix: &str, tokens: usize| -> Result<Side> {
            let tokens = tokens.min(tokens_max);
            let mut tokenizer = tokenizer.clone();
            let failed = |source| Error::Tokenizer { path: path.clone(), source };
            cut_to(&mut tokenizer, tokens).map_err(failed)?;
            let lanes = Lanes::of(threads, || runner.room());
            Ok(Side { prefix: prefix.to_owned(), tokenizer, tokens, lanes })
        };
        let queries = side(&manifest.query_prefix, manifest.query_tokens)?;
        let passages = side(&manifest.passage_prefix, manifest.passage_tokens)?;
        let version = runner.revision().iter().fold(manifest.version(), |version, own| format!("{version}.{own}"));
        Ok(Self { folder: folder.to_owned(), version, runner, queries, passages, manifest })
    }

    /// The model's stable name.
    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    /// The name with a digest of everything that changes a vector: keep vectors only under this.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Numbers in a vector.
    pub fn dims(&self) -> usize {
        self.manifest.dims
    }

    /// What `model.json` says.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What runs the network: `native` (made for BERT-like networks in 8 bits) or `rten` (any ONNX network).
    pub fn runner(&self) -> &'static str {
        self.runner.name()
    }

    /// The languages it understands; for texts in others its vectors mean little and are better left out.
    pub fn languages(&self) -> Vec<Language> {
        self.manifest.languages()
    }

    /// Whether it understands `language`; where the language is not known it is worth trying.
    pub fn understands(&self, language: Language) -> bool {
        language == Language::Other || self.languages().contains(&language)
    }

    /// Compares the model's files with their SHA-256.
    ///
    /// # Errors
    /// Names the first file that differs.
    pub fn verify(&self) -> Result<()> {
        self.manifest.verify(&self.folder)
    }

    /// Key under which a passage's vector may be kept.
    pub fn passage_hash(&self, text: &str) -> TextHash {
        text_hash(&self.version, text)
    }

    /// The vector of a query.
    ///
    /// # Errors
    /// Where the network cannot be run, which no text alone should bring about.
    pub fn encode_query(&self, text: &str) -> Result<Vec<f32>> {
        let pieces = self.pieces(&self.queries, text)?;
        let vectors = self.run(&self.queries, &[&pieces])?;
        vectors.into_iter().next().ok_or_else(|| self.wrong("one vector".to_owned(), "none".to_owned()))
    }

    /// The vectors of passages, in their order, computed on the passages' threads.
    ///
    /// # Errors
    /// As [`Encoder::encode_query`]; the first failure counts.
    pub fn encode_passages(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let threads = self.passages.lanes.count();
        let pieces = spread(threads, texts, |text| self.pieces(&self.passages, text))?;
        let lengths: Vec<usize> = pieces.iter().map(Vec::len).collect();
        let batches = batches(&lengths, self.runner.joins(), threads);
        let found = spread(threads, &batches, |batch| {
            let texts: Vec<&[u32]> = batch.iter().map(|text| pieces[*text].as_slice()).collect();
            self.run(&self.passages, &texts)
        })?;
        let mut vectors = vec![Vec::new(); texts.len()];
        for (batch, found) in batches.iter().zip(found) {
            batch.iter().zip(found).for_each(|(text, vector)| vectors[*text] = vector);
        }
        Ok(vectors)
    }

    /// The numbers of a text's pieces; at least one.
    fn pieces(&self, side: &Side, text: &str) -> Result<Vec<u32>> {
        let text = format!("{}{}", side.prefix, excerpt(text, side.tokens));
        let pieces = side.tokenizer.encode_fast(text, true).map_err(|source| self.failed(source))?;
        let ids = pieces.get_ids();
        Ok(if ids.is_empty() { vec![0] } else { ids.to_vec() })
    }

    /// The vectors of texts in one run.
    fn run(&self, side: &Side, texts: &[&[u32]]) -> Result<Vec<Vec<f32>>> {
        let vectors = self.runner.run(texts, &mut side.lanes.take()).map_err(|source| self.failed(source))?;
        vectors.into_iter().map(|vector| self.finish(vector)).collect()
    }

    /// Cuts a vector to its first numbers (Matryoshka) and sets its length to 1.
    fn finish(&self, mut vector: Vec<f32>) -> Result<Vec<f32>> {
        if vector.len() < self.dims() {
            return Err(self.wrong(format!("{} numbers", self.dims()), vector.len().to_string()));
        }
        vector.truncate(self.dims());
        normalise(&mut vector);
        if vector.iter().any(|value| !value.is_finite()) {
            return Err(self.wrong("finite numbers".to_owned(), "others".to_owned()));
        }
        Ok(vector)
    }

    fn failed(&self, source: Box<dyn std::error::Error + Send + Sync>) -> Error {
        Error::Encode { encoder: self.id().to_owned(), source }
    }

    fn wrong(&self, expected: String, got: String) -> Error {
        Error::Output { encoder: self.id().to_owned(), expected, got }
    }
}

/// Does `jobs` on up to `threads` threads, this one among them; the outcomes in the jobs' order, or the first failure.
fn spread<J: Sync, T: Send>(threads: usize, jobs: &[J], work: impl Fn(&J) -> Result<T> + Sync) -> Result<Vec<T>> {
    let next = AtomicUsize::new(0);
    let share = || -> Result<Vec<(usize, T)>> {
        let mut done = Vec::new();
        while let index = next.fetch_add(1, Ordering::Relaxed)
            && let Some(job) = jobs.get(index)
        {
            done.push((index, work(job)?));
        }
        Ok(done)
    };
    let helpers = threads.min(jobs.len()).saturating_sub(1);
    let parts: Vec<Result<_>> = thread::scope(|scope| {
        let helpers: Vec<_> = (0..helpers).map(|_| scope.spawn(share)).collect();
        let own = share();
        let joined =
            helpers.into_iter().map(|helper| helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        std::iter::once(own).chain(joined).collect()
    });
    let mut done = Vec::with_capacity(jobs.len());
    for part in parts {
        done.extend(part?);
    }
    done.sort_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, outcome)| outcome).collect())
}

/// The vectors of one query under several encoders, computed side by side.
///
/// Starting a thread costs some .03 ms, a hundredth of a run.
pub fn encode_query_with_all<E: AsRef<Encoder> + Sync>(encoders: &[E], text: &str) -> Vec<Result<Vec<f32>>> {
    let Some((first, others)) = encoders.split_first() else { return Vec::new() };
    thread::scope(|scope| {
        let others: Vec<_> = others.iter().map(|encoder| scope.spawn(|| encoder.as_ref().encode_query(text))).collect();
        let first = first.as_ref().encode_query(text);
        let joined =
            others.into_iter().map(|other| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        std::iter::once(first).chain(joined).collect()
    })
}

/// Lets [`encode_query_with_all`] take encoders by value, by reference or shared.
impl AsRef<Encoder> for Encoder {
    fn as_ref(&self) -> &Encoder {
        self
    }
}

#[cfg(test)]
mod tests;
