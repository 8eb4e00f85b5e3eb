/// Why bytes are not a state of this crate.
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
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
