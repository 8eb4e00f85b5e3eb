use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rten::{Model, ModelOptions, NodeId, RunOptions};
use rten_tensor::{AsView, NdTensor};
use tokenizers::{Tokenizer, TruncationParams, TruncationStrategy};

use crate::encoder::{excerpt, load_tokenizer};
use crate::lanes::Lanes;
use crate::manifest::{Activation, Manifest, Precision, Task};
use crate::{Error, Result};

/// Reads a query together with a passage and says how well they fit: slower and better than comparing two vectors, so
/// for the few best of many candidates. Shared by reference between threads.
pub struct CrossEncoder {
    manifest: Manifest,
    folder: PathBuf,
    tokenizer: Tokenizer,
    model: Model,
    ids: NodeId,
    mask: NodeId,
    types: Option<NodeId>,
    output: NodeId,
    lanes: Lanes,
    pace: Pace,
}

/// Pairs in one run of a network that takes several: enough to fill the products, few enough to stop in between.
const BATCH: usize = 8;
/// Pairs among which batches of like length are formed; the best candidates must not wait for the last ones.
const WINDOW: usize = 4 * BATCH;

/// A pair as the network reads it.
struct Pair {
    index: usize,
    ids: Vec<i32>,
    types: Vec<i32>,
}

/// Scores with the places of their passages.
type Numbered = Vec<(usize, f32)>;

impl CrossEncoder {
    /// Loads the model in `folder`, to run on up to `threads` threads (0: one a core).
    ///
    /// # Errors
    /// Names the folder or file that is missing or wrong.
    pub fn load(folder: &Path, threads: usize) -> Result<Self> {
        let manifest = Manifest::read(folder)?;
        manifest.expect(folder, Task::CrossEncoder)?;
        let path = manifest.path(folder, "network");
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| Error::Network { path: path.clone(), source };
        let mut options = ModelOptions::with_all_ops();
        let model = options.prepack_weights(true).load_file(&path).map_err(|error| failed(error.into()))?;
        let node = |name: &str| model.node_id(name).map_err(|error| failed(error.into()));
        let (ids, mask, output) = (node("input_ids")?, node("attention_mask")?, node(&manifest.output)?);
        let types = model.find_node("token_type_ids");
        let path = manifest.path(folder, "tokenizer");
        let mut tokenizer = load_tokenizer(&path)?;
        let truncation = TruncationParams {
            max_length: manifest.passage_tokens,
            strategy: TruncationStrategy::OnlySecond,
            ..TruncationParams::default()
        };
        tokenizer.with_truncation(Some(truncation)).map_err(|source| Error::Tokenizer { path, source })?;
        let threads = if threads == 0 { thread::available_parallelism().map_or(1, usize::from) } else { threads };
        let (folder, lanes) = (folder.to_owned(), Lanes::new(threads));
        Ok(Self { manifest, folder, tokenizer, model, ids, mask, types, output, lanes, pace: Pace::default() })
    }

    /// The model's stable name.
    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    /// The name with a digest of everything that changes a score.
    pub fn version(&self) -> String {
        self.manifest.version()
    }

    /// What `model.json` says.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Compares the model's files with their SHA-256.
    ///
    /// # Errors
    /// Names the first file that differs.
    pub fn verify(&self) -> Result<()> {
        self.manifest.verify(&self.folder)
    }

    /// How well each passage fits the query, in their order; more is better. Between 0 and 1 where the model gives
    /// probabilities ([`Manifest::activation`]).
    ///
    /// # Errors
    /// Where the network cannot be run, which no text alone should bring about.
    pub fn score(&self, query: &str, passages: &[&str]) -> Result<Vec<f32>> {
        let mut scores = vec![0.0; passages.len()];
        for (index, score) in self.score_until(query, passages, None)? {
            scores[index] = score;
        }
        Ok(scores)
    }

    /// The scores that can be had within `budget`, with the places of their passages, best first. Passages are scored
    /// in their order, so the likeliest should stand first; whoever has no score in time is left out, and a run that
    /// would likely end too late is not begun.
    ///
    /// # Errors
    /// As [`CrossEncoder::score`].
    pub fn score_within(&self, query: &str, passages: &[&str], budget: Duration) -> Result<Vec<(usize, f32)>> {
        let mut scores = self.score_until(query, passages, Instant::now().checked_add(budget))?;
        scores.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        Ok(scores)
    }

    fn score_until(&self, query: &str, passages: &[&str], deadline: Option<Instant>) -> Result<Numbered> {
        let batches = self.batches(query, passages, deadline)?;
        let next = AtomicUsize::new(0);
        let work = || -> Result<Numbered> {
            let mut done = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(batch) = batches.get(index) else { return Ok(done) };
                match self.run(batch, deadline)? {
                    Some(scores) => done.extend(batch.iter().map(|pair| pair.index).zip(scores)),
                    None => return Ok(done),
                }
            }
        };
        let helpers = self.lanes.count().min(batches.len()).saturating_sub(1);
        let parts: Vec<Result<Numbered>> = thread::scope(|scope| {
            let helpers: Vec<_> = (0..helpers).map(|_| scope.spawn(work)).collect();
            let own = work();
            let joined = helpers
                .into_iter()
                .map(|helper| helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            std::iter::once(own).chain(joined).collect()
        });
        let mut scores = Vec::with_capacity(passages.len());
        for part in parts {
            scores.extend(part?);
        }
        Ok(scores)
    }

    /// The pairs in the order in which they are run. Networks with int8 weights scale each run's activations by its
    /// largest one, so there a pair has a run to itself, or its neighbours would change its score.
    fn batches(&self, query: &str, passages: &[&str], deadline: Option<Instant>) -> Result<Vec<Vec<Pair>>> {
        let query = self.cut(&format!("{}{}", self.manifest.query_prefix, query))?;
        let mut pairs = Vec::with_capacity(passages.len());
        for (index, passage) in passages.iter().enumerate() {
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                break;
            }
            pairs.push(self.pair(index, &query, passage)?);
        }
        let size = if self.manifest.precision == Some(Precision::F32) { BATCH } else { 1 };
        for window in pairs.chunks_mut(if size > 1 { WINDOW } else { 1 }) {
            window.sort_by_key(|pair| pair.ids.len());
        }
        let mut batches = Vec::with_capacity(pairs.len().div_ceil(size));
        let mut pairs = pairs.into_iter().peekable();
        while pairs.peek().is_some() {
            batches.push(pairs.by_ref().take(size).collect());
        }
        Ok(batches)
    }

    fn pair(&self, index: usize, query: &str, passage: &str) -> Result<Pair> {
        let passage = format!("{}{}", self.manifest.passage_prefix, excerpt(passage, self.manifest.passage_tokens));
        let pieces =
            self.tokenizer.encode_fast((query, passage.as_str()), true).map_err(|source| self.failed(source))?;
        let numbers = |numbers: &[u32]| numbers.iter().map(|number| *number as i32).collect();
        Ok(Pair { index, ids: numbers(pieces.get_ids()), types: numbers(pieces.get_type_ids()) })
    }

    /// The beginning of a query. It may take half of the pair at most, so that something of the passage is always read.
    fn cut(&self, query: &str) -> Result<String> {
        let tokens = self.manifest.query_tokens.min(self.manifest.passage_tokens / 2);
        let query = excerpt(query, tokens);
        let mut alone = self.tokenizer.clone();
        alone.with_truncation(None).map_err(|source| self.failed(source))?;
        let pieces = alone.encode(query.as_str(), false).map_err(|source| self.failed(source))?;
        let end = match pieces.get_offsets() {
            offsets if offsets.len() > tokens => offsets[tokens - 1].1,
            _ => query.len(),
        };
        Ok(query.get(..end).unwrap_or(&query).to_owned())
    }

    /// Scores of one batch; `None` where it would likely not be done in time.
    fn run(&self, batch: &[Pair], deadline: Option<Instant>) -> Result<Option<Vec<f32>>> {
        let length = batch.iter().map(|pair| pair.ids.len()).max().unwrap_or_default();
        let pieces = batch.len() * length;
        let lane = match deadline {
            None => self.lanes.take(),
            Some(deadline) => {
                let in_time = || self.pace.expected(pieces) < deadline.saturating_duration_since(Instant::now());
                let left = deadline.saturating_duration_since(Instant::now());
                match self.lanes.take_within(left) {
                    Some(lane) if in_time() => lane,
                    _ => return Ok(None),
                }
            }
        };
        let tensor = |of: &dyn Fn(&Pair, usize) -> i32| {
            let numbers = batch.iter().flat_map(|pair| (0..length).map(|at| of(pair, at)));
            NdTensor::from_data([batch.len(), length], numbers.collect::<Vec<i32>>())
        };
        // What pads a shorter pair is masked, so its number does not matter.
        let ids = tensor(&|pair, at| pair.ids.get(at).copied().unwrap_or(0));
        let mask = tensor(&|pair, at| i32::from(at < pair.ids.len()));
        let mut inputs = vec![(self.ids, ids.into()), (self.mask, mask.into())];
        let types = tensor(&|pair, at| pair.types.get(at).copied().unwrap_or(0));
        inputs.extend(self.types.map(|node| (node, types.into())));
        let options = RunOptions::default().with_thread_pool(Some(lane.pool()));
        let begun = Instant::now();
        let output = self.model.run_n(inputs, [self.output], Some(options));
        self.pace.saw(pieces, begun.elapsed());
        drop(lane);
        let [output] = output.map_err(|error| self.failed(error.into()))?;
        let logits = output.into_tensor::<f32>().ok_or_else(|| self.failed("an output that is not of f32".into()))?;
        self.scores(&logits.to_vec(), batch.len()).map(Some)
    }

    fn scores(&self, logits: &[f32], pairs: usize) -> Result<Vec<f32>> {
        if logits.len() != pairs || logits.iter().any(|logit| !logit.is_finite()) {
            let (expected, got) = (format!("{pairs} finite numbers"), format!("{} numbers", logits.len()));
            return Err(Error::Output { encoder: self.id().to_owned(), expected, got });
        }
        let activate = |logit: &f32| match self.manifest.activation {
            Activation::Identity => *logit,
            Activation::Sigmoid => 1.0 / (1.0 + (-logit).exp()),
        };
        Ok(logits.iter().map(activate).collect())
    }

    fn failed(&self, source: Box<dyn std::error::Error + Send + Sync>) -> Error {
        Error::Encode { encoder: self.id().to_owned(), source }
    }
}

/// How long runs take, learnt from those that were made: nanoseconds a piece, as bits of an `f64`. Attention grows with
/// the square of the length, but at the lengths of products the products of matrices outweigh it.
#[derive(Default)]
struct Pace(AtomicU64);

impl Pace {
    /// What a run of so many pieces will likely take; nothing before the first was made.
    fn expected(&self, pieces: usize) -> Duration {
        Duration::from_nanos((f64::from_bits(self.0.load(Ordering::Relaxed)) * pieces as f64) as u64)
    }

    /// Remembers a run. Two at once may lose one of them, which does no harm.
    fn saw(&self, pieces: usize, took: Duration) {
        const WEIGHT: f64 = 0.2;
        let seen = took.as_nanos() as f64 / pieces.max(1) as f64;
        let before = f64::from_bits(self.0.load(Ordering::Relaxed));
        let now = if before == 0.0 { seen } else { before + WEIGHT * (seen - before) };
        self.0.store(now.to_bits(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_follows_what_was_seen() {
        let pace = Pace::default();
        assert_eq!(pace.expected(100), Duration::ZERO);
        pace.saw(10, Duration::from_micros(10));
        assert_eq!(pace.expected(100), Duration::from_micros(100));
        (0..100).for_each(|_| pace.saw(10, Duration::from_micros(30)));
        let settled = pace.expected(100).as_nanos();
        assert!((299_000..=300_000).contains(&settled), "{settled}");
        pace.saw(0, Duration::ZERO);
    }
}
