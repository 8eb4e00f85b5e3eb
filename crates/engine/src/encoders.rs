use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use learn::Intents;
use neural::heads::Tagger;
use neural::{CrossEncoder, Encoder, JoinedEncoders, QueryCache};
use parking_lot::Mutex;
use types::well_known::{BRAND, CATEGORY, DESCRIPTION, TITLE};
use types::{Degraded, Item, Language, Settings, SourceId, Value, ValueKind};

use crate::pictures::{PictureModel, PictureModels};
use crate::reviews::polarity::LabelPolarity;
use crate::{Error, Result, Shop};

/// Loads each encoder once for all shops of a process, with one cache of query vectors.
pub(crate) struct Encoders {
    models_dir: PathBuf,
    threads: usize,
    loaded: Mutex<BTreeMap<Arc<str>, Arc<Encoder>>>,
    cache: Arc<QueryCache>,
    pub(crate) pictures: PictureModels,
    taggers: Kept<Tagger>,
    cross_encoders: Kept<CrossEncoder>,
    intents: OnceLock<Vec<Intents>>,
}

/// Models of a kind by their names, loaded at their first use; `None` for one that could not be loaded.
struct Kept<M>(Mutex<BTreeMap<Arc<str>, Option<Arc<M>>>>);

impl<M> Default for Kept<M> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<M> Kept<M> {
    /// The model called `id`, loaded anew.
    fn load(&self, id: &Arc<str>, load: impl FnOnce() -> neural::Result<M>) -> Result<Arc<M>> {
        let failed = |source: neural::Error| Error::Encoder { encoder: id.to_string(), source: Box::new(source) };
        let model = Arc::new(load().map_err(failed)?);
        self.0.lock().insert(Arc::clone(id), Some(Arc::clone(&model)));
        Ok(model)
    }

    /// The model called `id`; `None` where it cannot be loaded, which is said once.
    fn get(&self, id: &Arc<str>, load: impl FnOnce() -> neural::Result<M>) -> Option<Arc<M>> {
        if let Some(kept) = self.0.lock().get(id) {
            return kept.clone();
        }
        self.load(id, load)
            .inspect_err(|error| {
                tracing::error!(model = %id, error = error as &dyn std::error::Error, "a model is missing");
                self.0.lock().insert(Arc::clone(id), None);
            })
            .ok()
    }
}

/// The encoders a shop uses, and which of those it asked for could not be loaded.
pub(crate) struct Retrievers {
    pub(crate) encoders: Vec<(SourceId, Arc<Encoder>)>,
    pub(crate) missing: Vec<Degraded>,
    pub(crate) cache: Arc<QueryCache>,
    /// What pictures are compared with.
    pub(crate) pictures: Option<PictureModel>,
    /// What reads intents, and the encoders whose vectors it reads; none where the shop has no such encoders.
    pub(crate) intents: Option<(JoinedEncoders, Intents)>,
}

impl Encoders {
    pub(crate) fn new(models_dir: PathBuf, threads: usize, cache_bytes: usize) -> Self {
        let pictures = PictureModels::new(models_dir.clone(), threads);
        let cache = Arc::new(QueryCache::new(cache_bytes));
        Self {
            models_dir,
            threads,
            taggers: Kept::default(),
            cross_encoders: Kept::default(),
            loaded: Mutex::default(),
            cache,
            pictures,
            intents: OnceLock::new(),
        }
    }

    /// The encoder called `id`, loaded at its first use.
    pub(crate) fn get(&self, id: &Arc<str>) -> Result<Arc<Encoder>> {
        let mut loaded = self.loaded.lock();
        if let Some(encoder) = loaded.get(id) {
            return Ok(Arc::clone(encoder));
        }
        let failed = |source: neural::Error| Error::Encoder { encoder: id.to_string(), source: Box::new(source) };
        let encoder = Arc::new(Encoder::load(&self.models_dir.join(&**id), self.threads).map_err(failed)?);
        loaded.insert(Arc::clone(id), Arc::clone(&encoder));
        Ok(encoder)
    }

    /// The tagging model called `id`, loaded anew.
    pub(crate) fn load_tagger(&self, id: &Arc<str>) -> Result<Arc<Tagger>> {
        self.taggers.load(id, || Tagger::load(&self.models_dir.join(&**id), self.threads))
    }

    /// The tagging model called `id`, loaded at its first use; `None` where it cannot be loaded.
    pub(crate) fn kept_tagger(&self, id: &Arc<str>) -> Option<Arc<Tagger>> {
        self.taggers.get(id, || Tagger::load(&self.models_dir.join(&**id), self.threads))
    }

    /// The cross-encoder called `id`, loaded anew.
    pub(crate) fn load_cross_encoder(&self, id: &Arc<str>) -> Result<Arc<CrossEncoder>> {
        self.cross_encoders.load(id, || CrossEncoder::load(&self.models_dir.join(&**id), self.threads))
    }

    /// The cross-encoder called `id`, loaded at its first use; `None` where it cannot be loaded.
    pub(crate) fn kept_cross_encoder(&self, id: &Arc<str>) -> Option<Arc<CrossEncoder>> {
        self.cross_encoders.get(id, || CrossEncoder::load(&self.models_dir.join(&**id), self.threads))
    }

    /// The label model called `id`, to tell praise from blame.
    pub(crate) fn polarity(&self, id: &str) -> Result<LabelPolarity> {
        LabelPolarity::load(&self.models_dir.join(id), self.threads).map_err(|error| match error {
            Error::Encoder { source, .. } => {
                tracing::warn!(model = id, error = &*source as &dyn std::error::Error, "a label model cannot be used");
                let expected = "the id of a label model that this server has";
                Error::Field(types::FieldError::new("value_invalid", "reviews_model", expected, id))
            }
            Error::Field(error) => Error::Field(types::FieldError { field: "reviews_model".to_owned(), ..error }),
            other => other,
        })
    }

    /// The encoders of a shop. One that cannot be loaded degrades its searches visibly instead of closing the shop.
    pub(crate) fn retrievers(&self, settings: &Settings) -> Retrievers {
        let (cache, pictures) = (Arc::clone(&self.cache), self.pictures.of(settings));
        let mut retrievers = Retrievers { encoders: Vec::new(), missing: Vec::new(), cache, pictures, intents: None };
        for id in &settings.encoders {
            match self.get(id) {
                Ok(encoder) => retrievers.encoders.push((SourceId::interned(id), encoder)),
                Err(error) => {
                    tracing::error!(encoder = %id, error = &error as &dyn std::error::Error, "an encoder is missing");
                    let reason = "the encoder could not be loaded; searching without it".to_owned();
                    retrievers.missing.push(Degraded { part: Arc::clone(id), reason });
                }
            }
        }
        let intents = self.intents.get_or_init(|| read_intents(&self.models_dir));
        let encoders: Vec<_> = retrievers.encoders.iter().map(|(_, encoder)| Arc::clone(encoder)).collect();
        let fit =
            |intents: &Intents| Some((JoinedEncoders::of_version(intents.encoder(), &encoders)?, intents.clone()));
        // What reads more of the shop's encoders reads better.
        retrievers.intents = intents.iter().filter_map(fit).max_by_key(|(joined, _)| joined.encoders().len());
        retrievers
    }
}

impl Encoders {
    /// The examples of the built-in intents, a label and a text a line, parted by a tab; none where they do not lie beside
    /// the encoders.
    pub(crate) fn intent_examples(&self) -> Vec<String> {
        let folder = self.models_dir.join("intents-zh-en");
        let files = ["en.tsv", "zh.tsv"].into_iter();
        files.filter_map(|name| std::fs::read_to_string(folder.join(name)).ok()).collect()
    }
}

/// Share of what is typed into a search box that is a product search; by it 3 in 1,000 real queries are read as anything
/// else than one.
const SEARCH_PRIOR: f32 = 0.85;

/// The built-in intents, for vectors of one encoder and of both default ones joined; none where they do not lie beside the
/// encoders.
fn read_intents(models_dir: &Path) -> Vec<Intents> {
    let folder = models_dir.join("intents-zh-en");
    let read = |name: &str| {
        let path = folder.join(name);
        let bytes = std::fs::read(&path).ok()?;
        match Intents::decode(&bytes) {
            Ok(intents) => Some(intents.with_priors(&[("search", SEARCH_PRIOR)])),
            Err(error) => {
                tracing::error!(path = %path.display(), error = &error as &dyn std::error::Error, "intents are not read");
                None
            }
        }
    };
    ["intents.bin", "intents-joined.bin"].into_iter().filter_map(read).collect()
}

/// The text of an item that encoders read: what the shop lists in [`Settings::encoded`], or what says most in few words
/// first, since an encoder's length limit cuts the end: title, brand, category, keywords, prose, and the description last.
pub(crate) fn passage(item: &Item, settings: &Settings) -> String {
    let mut parts: Vec<String> = Vec::new();
    if settings.encoded.is_empty() {
        let (leading, description) = ([TITLE, BRAND, CATEGORY], [DESCRIPTION]);
        let others = |kind: ValueKind| {
            let is_other = move |(name, value): &(&Arc<str>, &Value)| {
                value.kind() == kind && !leading.contains(&&***name) && !description.contains(&&***name)
            };
            // What was read from the item's own texts says nothing new.
            item.own_attributes().filter(is_other).map(|(_, value)| text_of(value))
        };
        let named = |names: &[&str]| {
            let own = names.iter().filter(|name| !item.provenance.contains_key(**name));
            own.filter_map(|name| item.get(name)).map(text_of).collect::<Vec<_>>()
        };
        parts.extend(named(&leading));
        parts.extend(others(ValueKind::Keywords));
        parts.extend(others(ValueKind::Text));
        parts.extend(named(&description));
    } else {
        parts.extend(settings.encoded.iter().filter_map(|name| item.get(name)).map(text_of));
    }
    parts.retain(|part| !part.is_empty());
    if parts.is_empty() { item.title().to_owned() } else { parts.join(". ") }
}

impl Shop {
    /// The text of an item that its encoders read; what is trained on the shop's items must be trained on the same.
    pub fn passage(&self, item: &Item) -> String {
        passage(item, &self.settings())
    }
}

/// What an encoder can read of a value; nothing of numbers and pictures.
fn text_of(value: &Value) -> String {
    match value {
        Value::Text(texts) => texts.best(Language::Other).to_owned(),
        Value::Keywords(words) => words.join(", "),
        Value::Categories(paths) => paths.first().map(|path| path.join(" ")).unwrap_or_default(),
        Value::Number(_) | Value::Money(_) | Value::Time(_) | Value::Boolean(_) | Value::Image(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use types::{ItemId, Texts};

    use super::*;

    #[test]
    fn what_says_most_in_few_words_comes_first() {
        let words = |word: &str| Value::Keywords(vec![Arc::from(word)]);
        let path = Value::Categories(vec![vec![Arc::from("服装"), Arc::from("连衣裙")]]);
        let item = Item::new(ItemId::new("a").unwrap())
            .with(DESCRIPTION, Value::Text(Texts::guessed("long prose")))
            .with("bullets", Value::Text(Texts::guessed("short prose")))
            .with("colour", words("红色"))
            .with(BRAND, words("朵朵"))
            .with(CATEGORY, path)
            .with(TITLE, Value::Text(Texts::guessed("夏季长裙")));
        let expected = "夏季长裙. 朵朵. 服装 连衣裙. 红色. short prose. long prose";
        assert_eq!(passage(&item, &Settings::default()), expected);
        let chosen = Settings { encoded: vec![Arc::from("colour")], ..Settings::default() };
        assert_eq!(passage(&item, &chosen), "红色");
        assert_eq!(passage(&Item::new(ItemId::new("b").unwrap()), &chosen), "b");
    }
}
