use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use neural::{Encoder, QueryCache};
use parking_lot::Mutex;
use types::well_known::{BRAND, CATEGORY, DESCRIPTION, TITLE};
use types::{Degraded, Item, Language, Settings, SourceId, Value, ValueKind};

use crate::pictures::{PictureModel, PictureModels};
use crate::{Error, Result, Shop};

/// Loads each encoder once for all shops of a process, with one cache of query vectors.
pub(crate) struct Encoders {
    models_dir: PathBuf,
    threads: usize,
    loaded: Mutex<BTreeMap<Arc<str>, Arc<Encoder>>>,
    cache: Arc<QueryCache>,
    pub(crate) pictures: PictureModels,
}

/// The encoders a shop uses, and which of those it asked for could not be loaded.
pub(crate) struct Retrievers {
    pub(crate) encoders: Vec<(SourceId, Arc<Encoder>)>,
    pub(crate) missing: Vec<Degraded>,
    pub(crate) cache: Arc<QueryCache>,
    /// What pictures are compared with.
    pub(crate) pictures: Option<PictureModel>,
}

impl Encoders {
    pub(crate) fn new(models_dir: PathBuf, threads: usize, cache_bytes: usize) -> Self {
        let pictures = PictureModels::new(models_dir.clone(), threads);
        Self { models_dir, threads, loaded: Mutex::default(), cache: Arc::new(QueryCache::new(cache_bytes)), pictures }
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
        let (cache, pictures) = (Arc::clone(&self.cache), self.pictures.of(settings));
        let mut retrievers = Retrievers { encoders: Vec::new(), missing: Vec::new(), cache, pictures };
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
            item.attributes.iter().filter(is_other).map(|(_, value)| text_of(value))
        };
        let named = |names: &[&str]| names.iter().filter_map(|name| item.get(name)).map(text_of).collect::<Vec<_>>();
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
