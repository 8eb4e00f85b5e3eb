//! The one crate that knows files: a shop's event log, its catalogue, checkpoints, artefacts and documents.
//!
//! What it is: [`Store`] (one shop's folder). The log is plain segment files, written and fsynced before [`Store::append`]
//! returns; everything else is derived from it or can be made again. The derived point-read state (known event ids,
//! catalogue, cached vectors) is one embedded database, each part with the log position it is current to.
//!
//! What it is not: it knows no ranking and no wire, reads no clock, and starts no thread of its own.
//!
//! Invariants: an acknowledged event is on disk, exactly once, at a position that never changes; a torn tail is cut
//! off, damage anywhere else is refused with the file and the byte; after a failed write nothing more is accepted until
//! the store is opened again; decoding foreign bytes never panics.
#![forbid(unsafe_code)]

pub mod codec;

mod catalogue;
mod checkpoint;
mod config;
mod database;
mod documents;
mod error;
mod files;
mod ids;
mod log;
mod registry;
mod retention;
mod store;
mod vectors;

pub use catalogue::Catalogue;
pub use checkpoint::{Checkpoint, Checkpoints};
pub use config::{BlockCache, FORMAT_OLDEST, FORMAT_VERSION, StoreConfig};
pub use documents::Documents;
pub use error::{Error, Result};
pub use files::{Disk, RealDisk};
pub use log::LogReader;
pub use registry::{Artefact, ArtefactInfo, Registry};
pub use retention::{Retention, Trimmed};
pub use store::{Appended, Store};
pub use vectors::{TextHash, VectorCache};
