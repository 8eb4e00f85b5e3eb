/// Why an online learner cannot be made or served.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OnlineError {
    /// A setting is out of range.
    #[error("{name}: expected {expected}, got {got}")]
    Setting {
        /// Its name.
        name: &'static str,
        /// What it may be.
        expected: &'static str,
        /// What it was.
        got: f64,
    },
    /// Weights do not fit the learner, or columns the schema.
    #[error("{what}: expected {expected}, got {got}")]
    Width {
        /// What is too long or too short.
        what: &'static str,
        /// How many there must be.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// Two rankers read other columns, or other versions of one feature.
    #[error("rankers {first} and {second} read different features")]
    Schema {
        /// The one.
        first: String,
        /// The other.
        second: String,
    },
}

/// Refuses a setting that is not finite or not within `least..=most`.
pub(super) fn within(
    name: &'static str,
    got: f64,
    least: f64,
    most: f64,
    expected: &'static str,
) -> Result<(), OnlineError> {
    if got.is_finite() && (least..=most).contains(&got) {
        Ok(())
    } else {
        Err(OnlineError::Setting { name, expected, got })
    }
}
