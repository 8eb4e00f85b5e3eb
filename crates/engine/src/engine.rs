use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use store::{BlockCache, Documents};
use types::{Clock, Settings, ShopId};

use crate::encoders::Encoders;
use crate::open::{Shared, open_core};
use crate::shop::Shop;
use crate::{Error, Result};

/// Where an engine keeps its things and how much it may use.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Folder of all shops; made where it is missing.
    pub data_dir: PathBuf,
    /// Folder with one sub-folder an encoder.
    pub models_dir: PathBuf,
    /// Threads each encoder may use for queries, and as many for items; 0 takes one a core.
    pub threads: usize,
    /// Bytes the query-embedding cache may take.
    pub query_cache_bytes: usize,
    /// Bytes the store's block cache may take, over all shops.
    pub store_cache_bytes: usize,
    /// Whether shops read their words and what clicks taught anew from time to time by themselves. Where time is made up,
    /// [`Shop::learn_words`] alone does, so that nothing depends on how fast the machine is.
    pub learns_words: bool,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("data"),
            models_dir: PathBuf::from("models"),
            threads: 0,
            query_cache_bytes: 32 << 20,
            store_cache_bytes: 128 << 20,
            learns_words: true,
        }
    }
}

/// All shops of a process.
pub struct Engine {
    config: EngineConfig,
    shared: Shared,
    documents: Documents,
    /// Locked for moments only: every request looks here.
    shops: RwLock<BTreeMap<ShopId, Arc<Shop>>>,
    /// Held while a shop is made or deleted, which takes its time.
    changing: Mutex<()>,
}

impl Engine {
    /// Opens all shops under the data folder, replaying what their derived state lacks.
    ///
    /// # Errors
    /// A folder that cannot be read, is in use by another process, or is damaged.
    pub fn open(config: EngineConfig, clock: Arc<dyn Clock>) -> Result<Self> {
        let shared = Shared {
            clock,
            encoders: Arc::new(Encoders::new(config.models_dir.clone(), config.threads, config.query_cache_bytes)),
            cache: BlockCache::new(config.store_cache_bytes as u64),
            pool: Arc::new(request_pool()),
        };
        let documents = Documents::open(&config.data_dir.join("documents"))?;
        let engine = Self { config, shared, documents, shops: RwLock::default(), changing: Mutex::default() };
        for id in engine.shops_on_disk()? {
            let core = open_core(&engine.shared, &id, &engine.folder(&id), None)?;
            engine.shops.write().insert(id, Shop::start(core, engine.config.learns_words));
        }
        Ok(engine)
    }

    /// Makes a new shop.
    ///
    /// # Errors
    /// [`Error::ShopExists`], an encoder that cannot be loaded, or a folder that cannot be made.
    pub fn create_shop(&self, id: &ShopId, settings: Settings) -> Result<Arc<Shop>> {
        settings.encoders.iter().try_for_each(|encoder| self.shared.encoders.get(encoder).map(drop))?;
        let _one_at_a_time = self.changing.lock();
        if self.shops.read().contains_key(id) {
            return Err(Error::ShopExists(id.to_string()));
        }
        let core = open_core(&self.shared, id, &self.folder(id), Some(settings))?;
        let shop = Shop::start(core, self.config.learns_words);
        self.shops.write().insert(id.clone(), Arc::clone(&shop));
        Ok(shop)
    }

    /// Deletes a shop with everything it has. Requests under way end as they may.
    ///
    /// # Errors
    /// [`Error::UnknownShop`], or a folder that cannot be removed.
    pub fn delete_shop(&self, id: &ShopId) -> Result<()> {
        let _one_at_a_time = self.changing.lock();
        let removed = self.shops.write().remove(id);
        let shop = removed.ok_or_else(|| Error::UnknownShop(id.to_string()))?;
        shop.close();
        // Renamed first, so that a crash in the middle of removing leaves no half a shop behind.
        let (folder, doomed) = (self.folder(id), self.config.data_dir.join("shops").join(format!(".deleted-{id}")));
        let removed = std::fs::rename(&folder, &doomed).and_then(|()| std::fs::remove_dir_all(&doomed));
        removed.map_err(|error| Error::Store(Box::new(error)))
    }

    /// The shop called `id`.
    ///
    /// # Errors
    /// [`Error::UnknownShop`].
    pub fn shop(&self, id: &str) -> Result<Arc<Shop>> {
        self.shops.read().get(id).cloned().ok_or_else(|| Error::UnknownShop(id.to_owned()))
    }

    /// Names of all shops, sorted.
    pub fn shops(&self) -> Vec<ShopId> {
        self.shops.read().keys().cloned().collect()
    }

    /// The clock everything runs by.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.clock
    }

    /// A small named document kept beside the shops (the server keeps its hashed keys so); `None` where there is none.
    ///
    /// # Errors
    /// A document that cannot be read or is damaged.
    pub fn document(&self, name: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.documents.get(name)?)
    }

    /// Writes a small named document, atomically and durably.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn put_document(&self, name: &str, bytes: &[u8]) -> Result<()> {
        Ok(self.documents.put(name, bytes)?)
    }

    /// Writes checkpoints and stops background work. Events appended after this are refused.
    ///
    /// # Errors
    /// None so far; what cannot be written is replayed at the next start.
    pub fn close(&self) -> Result<()> {
        for shop in std::mem::take(&mut *self.shops.write()).into_values() {
            shop.close();
        }
        Ok(())
    }

    fn folder(&self, id: &ShopId) -> PathBuf {
        self.config.data_dir.join("shops").join(id.as_str())
    }

    fn shops_on_disk(&self) -> Result<Vec<ShopId>> {
        let folder = self.config.data_dir.join("shops");
        let io = |error: std::io::Error| Error::Store(Box::new(error));
        std::fs::create_dir_all(&folder).map_err(io)?;
        let mut ids = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(io)? {
            let name = entry.map_err(io)?.file_name();
            ids.extend(name.to_str().and_then(|name| ShopId::new(name).ok()));
        }
        ids.sort();
        Ok(ids)
    }
}

/// The threads on which a request's sources run side by side; not rayon's own pool, which a bulk of fresh texts may keep
/// busy for long.
fn request_pool() -> rayon::ThreadPool {
    let named = rayon::ThreadPoolBuilder::new().thread_name(|at| format!("sources {at}"));
    named.build().expect("the system can start threads")
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.close();
    }
}
