//! Which indices storefronts know, and what they were told of each: settings, rules, synonyms. An index is a shop, or a
//! replica, which is another order of one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use engine::{Engine, Shop};
use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use types::{Settings, ShopId};

use super::error::{Answer, Refused};
use super::record::shop_settings;
use crate::Error;
use crate::error::ApiError;

const DOCUMENT: &str = "storefront";
const VERSION: u32 = 1;

/// What storefronts were told of an index, as kept.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Index {
    /// The shop that has its records.
    pub(crate) shop: String,
    /// The index it is a replica of.
    pub(crate) primary: Option<String>,
    /// Whether a replica only sorts what its primary finds.
    #[serde(default)]
    pub(crate) is_virtual: bool,
    /// Whether its shop was filled by another interface: then items are shown and ranked as the shop does it.
    #[serde(default)]
    pub(crate) is_native: bool,
    /// As set, members unknown to us included.
    pub(crate) settings: Map<String, Value>,
    /// By their `objectID`.
    pub(crate) rules: BTreeMap<String, Value>,
    /// By their `objectID`.
    pub(crate) synonyms: BTreeMap<String, Value>,
    pub(crate) created_ms: i64,
    pub(crate) updated_ms: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    indices: BTreeMap<String, Index>,
}

/// All indices of a process; changed rarely, read by every request.
#[derive(Default)]
pub(crate) struct Indices {
    by_name: RwLock<BTreeMap<String, Arc<Index>>>,
    changing: Mutex<()>,
    tasks: AtomicU64,
}

/// An index as a request sees it: a replica with what its primary says where it says nothing itself.
#[derive(Clone)]
pub(crate) struct Resolved {
    pub(crate) name: String,
    pub(crate) shop: Arc<Shop>,
    pub(crate) settings: Arc<Map<String, Value>>,
    pub(crate) rules: Arc<Index>,
    /// Whether its records came by this protocol; else it is a shop that was filled otherwise.
    pub(crate) is_told: bool,
    pub(crate) is_virtual: bool,
    /// Hits of one answer that the caller's key allows at most.
    pub(crate) hits_max: Option<usize>,
}

impl Indices {
    /// Reads the document.
    pub(crate) fn load(engine: &Engine) -> Result<Self, Error> {
        let indices = Self::default();
        if let Some(bytes) = engine.document(DOCUMENT)? {
            let document: Document =
                serde_json::from_slice(&bytes).map_err(|error| Error::Storefront(error.to_string()))?;
            if document.version != VERSION {
                return Err(Error::Storefront(format!("version {} where {VERSION} is known", document.version)));
            }
            let found = document.indices.into_iter().map(|(name, index)| (name, Arc::new(index)));
            indices.by_name.write().extend(found);
        }
        Ok(indices)
    }

    /// The number of a task. What a task stands for is done before its number is told, so any number is done.
    pub(crate) fn task(&self) -> u64 {
        self.tasks.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// What was told of an index.
    pub(crate) fn get(&self, name: &str) -> Option<Arc<Index>> {
        self.by_name.read().get(name).cloned()
    }

    /// All that were told, by name.
    pub(crate) fn all(&self) -> Vec<(String, Arc<Index>)> {
        self.by_name.read().iter().map(|(name, index)| (name.clone(), Arc::clone(index))).collect()
    }

    /// An index to be asked.
    pub(crate) fn resolve(&self, engine: &Engine, name: &str) -> Answer<Resolved> {
        let unknown = || Refused::unknown(format!("Index {name} does not exist"));
        let Some(index) = self.get(name) else {
            let shop = ShopId::new(name).ok().and_then(|id| engine.shop(id.as_str()).ok()).ok_or_else(unknown)?;
            let (settings, rules) = (Arc::default(), Arc::default());
            return Ok(Resolved {
                name: name.to_owned(),
                shop,
                settings,
                rules,
                is_told: false,
                is_virtual: false,
                hits_max: None,
            });
        };
        let primary = index.primary.as_deref().and_then(|primary| self.get(primary));
        let source = primary.as_ref().unwrap_or(&index);
        let mut settings = source.settings.clone();
        if primary.is_some() {
            settings.remove("replicas");
            settings.extend(index.settings.clone());
        }
        let shop = engine.shop(&source.shop).map_err(|_| unknown())?;
        let rules = if index.rules.is_empty() { Arc::clone(source) } else { Arc::clone(&index) };
        let (settings, is_virtual) = (Arc::new(settings), index.is_virtual);
        Ok(Resolved {
            name: name.to_owned(),
            shop,
            settings,
            rules,
            is_told: !source.is_native,
            is_virtual,
            hits_max: None,
        })
    }

    /// Changes what is known of an index, making it and its shop where there are none, and keeps it.
    pub(crate) fn change(
        &self,
        engine: &Engine,
        name: &str,
        edit: impl FnOnce(&mut Index) -> Answer<()>,
    ) -> Answer<Arc<Index>> {
        let _one_at_a_time = self.changing.lock();
        let mut next = self.by_name.read().clone();
        let now = engine.clock().now().0;
        let mut index = match next.get(name) {
            Some(index) => (**index).clone(),
            None => {
                let (shop, is_native) = new_shop(engine, name)?;
                Index { shop, is_native, created_ms: now, ..Index::default() }
            }
        };
        edit(&mut index)?;
        index.updated_ms = now;
        let index = Arc::new(index);
        next.insert(name.to_owned(), Arc::clone(&index));
        self.keep(engine, next)?;
        Ok(index)
    }

    /// Names the replicas of an index, each with whether it is virtual; those no longer named are let go.
    pub(crate) fn set_replicas(&self, engine: &Engine, primary: &str, replicas: &[(String, bool)]) -> Answer<()> {
        let _one_at_a_time = self.changing.lock();
        let mut next = self.by_name.read().clone();
        let shop = next.get(primary).map(|index| index.shop.clone()).unwrap_or_default();
        next.retain(|name, index| {
            index.primary.as_deref() != Some(primary) || replicas.iter().any(|(replica, _)| replica == name)
        });
        let now = engine.clock().now().0;
        for (name, is_virtual) in replicas {
            let known = next.get(name).map(|index| (**index).clone());
            let mut index = known.unwrap_or(Index { created_ms: now, ..Index::default() });
            (index.shop, index.primary) = (shop.clone(), Some(primary.to_owned()));
            (index.is_virtual, index.updated_ms) = (*is_virtual, now);
            next.insert(name.clone(), Arc::new(index));
        }
        self.keep(engine, next)
    }

    /// Forgets an index; its shop too where it has one of its own.
    pub(crate) fn delete(&self, engine: &Engine, name: &str) -> Answer<()> {
        let _one_at_a_time = self.changing.lock();
        let mut next = self.by_name.read().clone();
        let Some(gone) = next.remove(name) else { return Ok(()) };
        next.retain(|_, index| index.primary.as_deref() != Some(name));
        self.keep(engine, next)?;
        if gone.primary.is_none() && !gone.is_native {
            let id = ShopId::new(&gone.shop)?;
            engine.delete_shop(&id)?;
        }
        Ok(())
    }

    fn keep(&self, engine: &Engine, next: BTreeMap<String, Arc<Index>>) -> Answer<()> {
        let indices = next.iter().map(|(name, index)| (name.clone(), (**index).clone())).collect();
        let document = Document { version: VERSION, indices };
        let bytes = serde_json::to_vec(&document).map_err(|error| ApiError::internal(error.to_string()))?;
        engine.put_document(DOCUMENT, &bytes)?;
        *self.by_name.write() = next;
        Ok(())
    }
}

/// The shop of a new index, of its name where that can be one, and whether another interface has filled it already.
fn new_shop(engine: &Engine, name: &str) -> Answer<(String, bool)> {
    let id = ShopId::new(name).or_else(|_| ShopId::new(format!("index-{}", &hex(name)[..32])))?;
    let is_native = match engine.shop(id.as_str()) {
        Ok(shop) => shop.stats()?.items > 0,
        Err(_) => {
            let settings = shop_settings(&Settings::default());
            // Where the usual encoders were not fetched, words alone must do; they can be added any time.
            let plain = || Settings { encoders: Vec::new(), pictures: None, ..settings.clone() };
            engine.create_shop(&id, settings.clone()).or_else(|_| engine.create_shop(&id, plain()))?;
            false
        }
    };
    Ok((id.as_str().to_owned(), is_native))
}

fn hex(name: &str) -> String {
    Sha256::digest(name.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
