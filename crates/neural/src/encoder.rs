use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rten::{Model, ModelOptions, NodeId, RunOptions};
use rten_tensor::{AsView, NdTensor};
use tokenizers::{Tokenizer, TruncationParams};
use types::Language;

use crate::lanes::Lanes;
use crate::manifest::{Manifest, Pooling};
use crate::vector::{TextHash, normalise, text_hash};
use crate::{Error, Result};

/// Turns texts into vectors whose cosine tells how near they are in meaning. Shared by reference between threads.
///
/// One text is one run of the network on one thread: networks with int8 weights scale each run's activations by its
/// largest one, so texts put into one batch would change one another's vectors.
pub struct Encoder {
    manifest: Manifest,
    folder: PathBuf,
    version: String,
    network: Network,
    queries: Side,
    passages: Side,
}

/// One of the two uses of an encoder, with threads of its own so that neither waits for the other.
struct Side {
    prefix: String,
    tokenizer: Tokenizer,
    tokens: usize,
    lanes: Lanes,
}

/// Vectors with the numbers of their texts.
type Numbered = Vec<(usize, Vec<f32>)>;

struct Network {
    model: Model,
    ids: NodeId,
    mask: NodeId,
    types: Option<NodeId>,
    output: NodeId,
}

impl Encoder {
    /// Loads the model in `folder`, to run on up to `threads` threads for queries and as many for passages (0: one a
    /// core). Checks the files' sizes; [`Encoder::verify`] checks every byte.
    ///
    /// # Errors
    /// Names the folder or file that is missing or wrong.
    pub fn load(folder: &Path, threads: usize) -> Result<Self> {
        let manifest = Manifest::read(folder)?;
        let threads = if threads == 0 { thread::available_parallelism().map_or(1, usize::from) } else { threads };
        let network = Network::load(&manifest.path(folder, "network"), &manifest.output)?;
        let tokenizer = load_tokenizer(&manifest.path(folder, "tokenizer"))?;
        let side = |prefix: &str, tokens| -> Result<Side> {
            let truncation = TruncationParams { max_length: tokens, ..TruncationParams::default() };
            let mut tokenizer = tokenizer.clone();
            let cut = tokenizer.with_truncation(Some(truncation));
            cut.map_err(|source| Error::Tokenizer { path: manifest.path(folder, "tokenizer"), source })?;
            Ok(Side { prefix: prefix.to_owned(), tokenizer, tokens, lanes: Lanes::new(threads) })
        };
        let queries = side(&manifest.query_prefix, manifest.query_tokens)?;
        let passages = side(&manifest.passage_prefix, manifest.passage_tokens)?;
        let version = format!("{}@{}", manifest.id, manifest.digest());
        Ok(Self { folder: folder.to_owned(), version, network, queries, passages, manifest })
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
        self.encode(&self.queries, text)
    }

    /// The vectors of passages, in their order, computed on the passages' threads.
    ///
    /// # Errors
    /// As [`Encoder::encode_query`]; the first failure counts.
    pub fn encode_passages(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let next = AtomicUsize::new(0);
        let work = || -> Result<Numbered> {
            let mut done = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(text) = texts.get(index) else { return Ok(done) };
                done.push((index, self.encode(&self.passages, text)?));
            }
        };
        let helpers = self.passages.lanes.count().min(texts.len()).saturating_sub(1);
        let parts: Vec<Result<Numbered>> = thread::scope(|scope| {
            let helpers: Vec<_> = (0..helpers).map(|_| scope.spawn(work)).collect();
            let own = work();
            let joined = helpers
                .into_iter()
                .map(|helper| helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            std::iter::once(own).chain(joined).collect()
        });
        let mut vectors = vec![Vec::new(); texts.len()];
        for part in parts {
            part?.into_iter().for_each(|(index, vector)| vectors[index] = vector);
        }
        Ok(vectors)
    }

    fn encode(&self, side: &Side, text: &str) -> Result<Vec<f32>> {
        let failed = |source| Error::Encode { encoder: self.id().to_owned(), source };
        let text = format!("{}{}", side.prefix, excerpt(text, side.tokens));
        let pieces = side.tokenizer.encode_fast(text, true).map_err(failed)?;
        let ids: Vec<i32> = pieces.get_ids().iter().map(|id| *id as i32).collect();
        let tokens = ids.len();
        let lane = side.lanes.take();
        let options = RunOptions::default().with_thread_pool(Some(lane.pool()));
        let output = self.network.run(ids, options).map_err(failed)?;
        drop(lane);
        self.pool(output, tokens)
    }

    /// Makes one unit vector of the network's output.
    fn pool(&self, output: Vec<f32>, tokens: usize) -> Result<Vec<f32>> {
        let dims = self.dims();
        let wanted = match self.manifest.pooling {
            Pooling::Done => dims,
            Pooling::Mean | Pooling::Cls | Pooling::LastToken => dims * tokens,
        };
        let mut vector = if output.len() != wanted {
            let (expected, got) = (format!("{wanted} numbers"), format!("{}", output.len()));
            return Err(Error::Output { encoder: self.id().to_owned(), expected, got });
        } else if wanted == dims {
            output
        } else {
            // No piece is padding, so the mean over the mask is the sum over all up to length.
            let mut sum = vec![0.0f32; dims];
            output
                .chunks_exact(dims)
                .for_each(|piece| sum.iter_mut().zip(piece).for_each(|(sum, value)| *sum += value));
            sum
        };
        normalise(&mut vector);
        if vector.iter().any(|value| !value.is_finite()) {
            let (expected, got) = ("finite numbers".to_owned(), "others".to_owned());
            return Err(Error::Output { encoder: self.id().to_owned(), expected, got });
        }
        Ok(vector)
    }
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

impl Network {
    fn load(path: &Path, output: &str) -> Result<Self> {
        let failed =
            |source: Box<dyn std::error::Error + Send + Sync>| Error::Network { path: path.to_owned(), source };
        // Without packed weights an int8 query takes five times as long.
        let mut options = ModelOptions::with_all_ops();
        let model = options.prepack_weights(true).load_file(path).map_err(|error| failed(error.into()))?;
        let node = |name: &str| model.node_id(name).map_err(|error| failed(error.into()));
        let (ids, mask, output) = (node("input_ids")?, node("attention_mask")?, node(output)?);
        let types = model.find_node("token_type_ids");
        Ok(Self { model, ids, mask, types, output })
    }

    fn run(
        &self,
        ids: Vec<i32>,
        options: RunOptions,
    ) -> std::result::Result<Vec<f32>, Box<dyn std::error::Error + Send + Sync>> {
        let shape = [1, ids.len()];
        let mask = NdTensor::from_data(shape, vec![1; ids.len()]);
        let types = NdTensor::from_data(shape, vec![0; ids.len()]);
        let ids = NdTensor::from_data(shape, ids);
        let mut inputs = vec![(self.ids, ids.into()), (self.mask, mask.into())];
        inputs.extend(self.types.map(|node| (node, types.into())));
        let [output] = self.model.run_n(inputs, [self.output], Some(options))?;
        let output = output.into_tensor::<f32>().ok_or("an output that is not of f32")?;
        Ok(output.to_vec())
    }
}

fn load_tokenizer(path: &Path) -> Result<Tokenizer> {
    let failed = |source| Error::Tokenizer { path: path.to_owned(), source };
    let bytes = fs_err::read(path).map_err(|error| failed(error.into()))?;
    let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(failed)?;
    tokenizer.with_padding(None);
    // A shopper's "[SEP]" is five characters, not the end of the text.
    tokenizer.set_encode_special_tokens(true);
    Ok(tokenizer)
}

/// The beginning of `text` that is long enough for `tokens` pieces, white space and control characters squeezed to
/// one blank, so that a text of any length costs no more than a long one.
fn excerpt(text: &str, tokens: usize) -> String {
    // Pieces have 1 to 16 characters; so many a piece on average is more than any real text has.
    const BYTES_A_TOKEN: usize = 24;
    let bytes_max = tokens * BYTES_A_TOKEN;
    let mut out = String::with_capacity(text.len().min(bytes_max + 4));
    let mut blank = false;
    // The second bound is for texts that are nothing but blanks.
    for character in text.chars().take(64 * bytes_max) {
        if character.is_whitespace() || character.is_control() {
            blank = !out.is_empty();
            continue;
        }
        if blank {
            out.push(' ');
            blank = false;
        }
        out.push(character);
        if out.len() >= bytes_max {
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    static E5: LazyLock<Encoder> = LazyLock::new(|| Encoder::load(&models().join("e5-small-zh-en"), 2).unwrap());
    static MINILM: LazyLock<Encoder> = LazyLock::new(|| Encoder::load(&models().join("minilm-l6-en"), 2).unwrap());

    fn models() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
    }

    fn cosine(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    /// The passages nearest to the query first.
    fn nearest<'a>(encoder: &Encoder, query: &str, passages: &[&'a str]) -> Vec<&'a str> {
        let query = encoder.encode_query(query).unwrap();
        let vectors = encoder.encode_passages(passages).unwrap();
        let mut order: Vec<(f32, &str)> =
            vectors.iter().map(|vector| cosine(&query, vector)).zip(passages.iter().copied()).collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0));
        order.into_iter().map(|(_, passage)| passage).collect()
    }

    #[test]
    fn meaning_in_english() {
        for encoder in [&*E5, &*MINILM] {
            let order = nearest(encoder, "running shoes", &["frying pan", "sneakers for jogging", "garden hose"]);
            assert_eq!(order[0], "sneakers for jogging", "{}", encoder.id());
            let order =
                nearest(encoder, "something to drill holes", &["cordless power drill", "silk scarf", "tea cup"]);
            assert_eq!(order[0], "cordless power drill", "{}", encoder.id());
        }
    }

    #[test]
    fn meaning_in_chinese_and_across() {
        assert_eq!(nearest(&E5, "红色连衣裙", &["电钻", "女士红色长裙", "平底锅"])[0], "女士红色长裙");
        assert_eq!(nearest(&E5, "跑步鞋", &["frying pan", "running shoes", "silk scarf"])[0], "running shoes");
    }

    #[test]
    fn vectors_are_unit_and_do_not_depend_on_their_neighbours() {
        let long = "waterproof hiking boots 防水登山鞋 ".repeat(40);
        let texts = ["red dress", &long, "", "电钻", "a", "iphone手机壳", &long[..300]];
        for encoder in [&*E5, &*MINILM] {
            let together = encoder.encode_passages(&texts).unwrap();
            for (text, vector) in texts.iter().zip(&together) {
                let alone = &encoder.encode_passages(&[text]).unwrap()[0];
                assert_eq!(alone, vector, "{}: {text}", encoder.id());
                assert_eq!(vector.len(), encoder.dims());
                assert!((cosine(vector, vector) - 1.0).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn odd_texts_have_vectors_too() {
        let huge = "红色 dress 🎁 ".repeat(6_000);
        let odd = [
            "",
            " ",
            "\u{0}\u{1}\u{7F}",
            "🎁👩‍👩‍👧‍👦",
            "مرحبا بالعالم",
            "<s>[SEP]</s>",
            "e\u{301}\u{202E}",
            "\u{FFFF}",
            &huge,
        ];
        for encoder in [&*E5, &*MINILM] {
            for text in odd {
                assert_eq!(encoder.encode_query(text).unwrap().len(), 384);
            }
            assert_eq!(encoder.encode_passages(&odd).unwrap().len(), odd.len());
        }
        assert!(E5.encode_passages(&[]).unwrap().is_empty());
    }

    #[test]
    fn encoders_know_themselves() {
        assert_eq!((E5.id(), E5.dims(), MINILM.id()), ("e5-small-zh-en", 384, "minilm-l6-en"));
        assert!(E5.understands(Language::Chinese) && !MINILM.understands(Language::Chinese));
        assert!(E5.version().starts_with("e5-small-zh-en@"));
        assert_ne!(E5.passage_hash("a"), MINILM.passage_hash("a"));
        let both = encode_query_with_all(&[&*E5, &*MINILM], "red dress");
        assert_eq!(both[0].as_ref().unwrap(), &E5.encode_query("red dress").unwrap());
        assert_eq!(both[1].as_ref().unwrap(), &MINILM.encode_query("red dress").unwrap());
    }

    #[test]
    fn excerpts_are_squeezed_and_bounded() {
        assert_eq!(excerpt("  red \u{0}\n\t dress ", 8), "red dress");
        assert_eq!(excerpt("", 8), "");
        let long = "红".repeat(100_000);
        assert!(excerpt(&long, 8).len() <= 8 * 24 + 3);
        assert_eq!(excerpt(&" ".repeat(1_000_000), 8), "");
    }
}
