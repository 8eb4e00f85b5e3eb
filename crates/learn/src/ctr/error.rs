/// Why a response model cannot be trained, asked or read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CtrError {
    /// A schema has no field, two of one name, or a field without ids.
    #[error("schema: `{field}`: expected {expected}")]
    Schema {
        /// The field at fault.
        field: String,
        /// What was expected.
        expected: &'static str,
    },
    /// A value of a row is not what it should be.
    #[error("row {row}: `{field}`: expected {expected}, got {got}")]
    Row {
        /// The row, from 0.
        row: usize,
        /// The field at fault.
        field: String,
        /// What was expected.
        expected: String,
        /// What was there.
        got: String,
    },
    /// A setting lies outside what makes sense.
    #[error("`{name}`: expected {expected}, got {got}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What was expected.
        expected: &'static str,
        /// What was given.
        got: String,
    },
    /// Examples have other fields than the model was trained with.
    #[error("other fields than the model's: expected {expected}, got {got}")]
    Fields {
        /// The model's fields.
        expected: String,
        /// The fields met.
        got: String,
    },
    /// There is nothing to learn from.
    #[error("{part}: expected {expected}")]
    Nothing {
        /// Which examples.
        part: &'static str,
        /// What was expected of them.
        expected: &'static str,
    },
    /// Training left the finite numbers.
    #[error("epoch {epoch}: the loss is no finite number; try a lower rate")]
    Diverged {
        /// When, from 1.
        epoch: usize,
    },
    /// Bytes are no model.
    #[error(transparent)]
    Bytes(#[from] crate::Error),
}
