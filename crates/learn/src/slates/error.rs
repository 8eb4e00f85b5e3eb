/// Why a list cannot be ordered anew.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SlateError {
    /// A number of an item is not finite.
    #[error("{field} of item {at}: expected a finite number")]
    NotFinite {
        /// What it is of the item.
        field: &'static str,
        /// The item's place, from 0.
        at: usize,
    },
    /// A number of an item is below 0.
    #[error("{field} of item {at}: expected a number of at least 0, got {got}")]
    Negative {
        /// What it is of the item.
        field: &'static str,
        /// The item's place, from 0.
        at: usize,
        /// The number.
        got: f64,
    },
    /// Something is given for more or fewer items than there are.
    #[error("{field}: expected {expected} values, got {got}")]
    Length {
        /// What is given.
        field: &'static str,
        /// One an item.
        expected: usize,
        /// How many were given.
        got: usize,
    },
    /// A share or dial is not one.
    #[error("{field}: expected a number from 0 to 1, got {got}")]
    Share {
        /// Its name.
        field: &'static str,
        /// The number.
        got: f64,
    },
    /// A count is not one that the method can use.
    #[error("{field}: expected {expected}, got {got}")]
    Count {
        /// Its name.
        field: &'static str,
        /// What it may be.
        expected: &'static str,
        /// The count.
        got: usize,
    },
    /// The solver of linear programmes gave no answer.
    #[error("the linear programme was not solved: {reason}")]
    Unsolved {
        /// What the solver says.
        reason: String,
    },
}

pub(super) fn length(field: &'static str, got: usize, expected: usize) -> Result<(), SlateError> {
    if got == expected { Ok(()) } else { Err(SlateError::Length { field, expected, got }) }
}

pub(super) fn finite(field: &'static str, values: &[f32]) -> Result<(), SlateError> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(at) => Err(SlateError::NotFinite { field, at }),
        None => Ok(()),
    }
}

/// Finite and at least 0.
pub(super) fn amounts(field: &'static str, values: &[f32]) -> Result<(), SlateError> {
    finite(field, values)?;
    match values.iter().position(|value| *value < 0.0) {
        Some(at) => Err(SlateError::Negative { field, at, got: f64::from(values[at]) }),
        None => Ok(()),
    }
}

pub(super) fn share(field: &'static str, got: f64) -> Result<f64, SlateError> {
    if (0.0..=1.0).contains(&got) { Ok(got) } else { Err(SlateError::Share { field, got }) }
}
