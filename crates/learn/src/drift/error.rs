/// A setting of a detector that is out of range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{name}: expected {expected}, got {got}")]
pub struct DriftError {
    /// Its name.
    pub name: &'static str,
    /// What it may be.
    pub expected: &'static str,
    /// What it was.
    pub got: f64,
}

/// Refuses a setting that is not finite or not within `least..=most`.
pub(super) fn within(
    name: &'static str,
    got: f64,
    least: f64,
    most: f64,
    expected: &'static str,
) -> Result<(), DriftError> {
    if got.is_finite() && (least..=most).contains(&got) { Ok(()) } else { Err(DriftError { name, expected, got }) }
}
