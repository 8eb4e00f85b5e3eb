use std::fmt;
use std::sync::Arc;

use crate::files::{Disk, RealDisk};

/// Version of the folder's layout and of everything in it.
pub const FORMAT_VERSION: u32 = 1;

/// Oldest layout that this version still reads.
pub const FORMAT_OLDEST: u32 = 1;

/// How a store behaves; plain data.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// Cache of database blocks; give all shops of a process the same one, so that its bound holds for all together.
    pub cache: BlockCache,
    /// Bytes after which the log begins a new segment file.
    pub segment_bytes: u64,
    /// Bytes that cached vectors may take on disk.
    pub vector_cache_bytes: u64,
    /// How bytes reach the disk; tests put failures here.
    pub disk: Arc<dyn Disk>,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            cache: BlockCache::new(64 << 20),
            segment_bytes: 128 << 20,
            vector_cache_bytes: 8 << 30,
            disk: Arc::new(RealDisk),
        }
    }
}

/// A bounded cache of database blocks, shared by cloning.
#[derive(Clone)]
pub struct BlockCache(pub(crate) Arc<lsm_tree::Cache>);

impl BlockCache {
    /// A cache that never takes more than `bytes`.
    pub fn new(bytes: u64) -> Self {
        Self(Arc::new(lsm_tree::Cache::with_capacity_bytes(bytes)))
    }
}

impl fmt::Debug for BlockCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlockCache({} bytes)", self.0.capacity())
    }
}
