use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use neural::{Encoder, QueryCache};
use parking_lot::Mutex;
use types::{Degraded, Settings, SourceId};

use crate::{Error, Result};

/// Loads each encoder once for all shops of a process, with one cache of query vectors.
pub(crate) struct Encoders {
    models_dir: PathBuf,
    threads: usize,
    loaded: Mutex<BTreeMap<Arc<str>, Arc<Encoder>>>,
    cache: Arc<QueryCache>,
}

/// The encoders a shop uses, and which of those it asked for could not be loaded.
pub(crate) struct Retrievers {
    pub(crate) encoders: Vec<(SourceId, Arc<Encoder>)>,
    pub(crate) missing: Vec<Degraded>,
    pub(crate) cache: Arc<QueryCache>,
}

impl Encoders {
    pub(crate) fn new(models_dir: PathBuf, threads: usize, cache_bytes: usize) -> Self {
        Self { models_dir, threads, loaded: Mutex::default(), cache: Arc::new(QueryCache::new(cache_bytes)) }
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

    /// The encoders of a shop. One that cannot be loaded degrades its searches visibly instead of closing the shop.
    pub(crate) fn retrievers(&self, settings: &Settings) -> Retrievers {
        let mut retrievers = Retrievers { encoders: Vec::new(), missing: Vec::new(), cache: Arc::clone(&self.cache) };
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
        retrievers
    }
}

/// The text of an item that encoders read: the encoded attributes in the shop's order, one after another, so that what
/// counts most stands before the encoder's length limit cuts.
pub(crate) fn passage(item: &types::Item, settings: &Settings) -> String {
    use types::{Language, Value};
    let mut passage = String::new();
    let mut push = |text: &str| {
        if !text.is_empty() {
            if !passage.is_empty() {
                passage.push_str(". ");
            }
            passage.push_str(text);
        }
    };
    for name in &settings.encoded {
        match item.get(name) {
            Some(Value::Text(texts)) => push(texts.best(Language::Other)),
            Some(Value::Keywords(words)) => push(&words.join(", ")),
            Some(Value::Categories(paths)) => paths.first().into_iter().for_each(|path| push(&path.join(" "))),
            Some(Value::Number(_) | Value::Money(_) | Value::Time(_) | Value::Boolean(_) | Value::Image(_)) | None => {}
        }
    }
    if passage.is_empty() { item.title().to_owned() } else { passage }
}
