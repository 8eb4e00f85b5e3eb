use std::sync::Arc;

/// Why bytes are not a model of this crate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Another version wrote them.
    #[error("format version {got} is not {expected}")]
    Version {
        /// The version this program reads.
        expected: u8,
        /// The version found.
        got: u8,
    },
    /// They are cut short or damaged.
    #[error("byte {at}: expected {expected}")]
    Corrupt {
        /// Place of the fault.
        at: usize,
        /// What should stand there.
        expected: &'static str,
    },
    /// A ranker reads a feature that this program does not compute, or computes otherwise.
    #[error("it reads the feature `{name}` in version {version}, and this program {}", match known {
        Some(known) => format!("computes version {known}"),
        None => "does not compute it".to_owned(),
    })]
    OtherFeature {
        /// The feature.
        name: Arc<str>,
        /// Its version when the ranker was trained.
        version: u32,
        /// Its version now.
        known: Option<u32>,
    },
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
