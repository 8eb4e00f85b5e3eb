use types::Row;

/// Why a bandit refuses what it is given.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BanditError {
    /// No policy has this name.
    #[error("`{name}` is no policy; there are {known}")]
    UnknownPolicy {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// A setting is outside its range.
    #[error("{field} is {got}; expected {expected}")]
    Setting {
        /// The setting.
        field: &'static str,
        /// Its range.
        expected: &'static str,
        /// What was given.
        got: f64,
    },
    /// A candidate has other features than configured.
    #[error("item {} has {got} features; expected {expected}", .item.0)]
    Features {
        /// The candidate.
        item: Row,
        /// As many as configured.
        expected: usize,
        /// As many as it has.
        got: usize,
    },
    /// A number is not finite.
    #[error("{field} of item {} is not a finite number", .item.0)]
    NotFinite {
        /// The candidate.
        item: Row,
        /// Which number.
        field: &'static str,
    },
    /// The bytes are no bandit of this version.
    #[error(transparent)]
    Bytes(#[from] crate::Error),
}
