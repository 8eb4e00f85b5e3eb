use serde::Serialize;
use types::FieldError;
use utoipa::ToSchema;

use crate::error::ApiError;

/// What every failed request is answered with.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "error": {
        "code": "limit_out_of_range", "message": "`limit`: expected 1 to 1000, got 0", "field": "limit",
        "expected": "1 to 1000", "got": "0", "docs": "/errors#limit_out_of_range"
    },
    "trace_id": "9f86d081884c7d659a2feaa0c55ad015"
}))]
pub(crate) struct ErrorAnswer {
    /// What is wrong.
    pub(crate) error: ErrorDetail,
    /// Finds the request in the server's log; the header `X-Request-Id` has it too.
    pub(crate) trace_id: String,
}

/// What is wrong and how to mend it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ErrorDetail {
    /// Stable and machine-readable; `/errors` lists them.
    pub(crate) code: String,
    /// The same in a sentence.
    pub(crate) message: String,
    /// Path of the field at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<String>,
    /// What would have been accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expected: Option<String>,
    /// What was found, shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) got: Option<String>,
    /// Where the code is described.
    pub(crate) docs: String,
    /// The rows of a batch that were refused; the first 100.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) rows: Vec<RowError>,
    /// How many rows were refused in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rows_refused: Option<usize>,
}

/// A row of a batch that was refused.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(crate) struct RowError {
    /// The row, from 1; empty lines do not count.
    pub(crate) row: usize,
    /// Line of the body, from 1, where rows are lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<usize>,
    /// Stable and machine-readable.
    pub(crate) code: String,
    /// Path of the field; empty where the row as a whole is at fault.
    pub(crate) field: String,
    /// What would have been accepted.
    pub(crate) expected: String,
    /// What was found, shortened.
    pub(crate) got: String,
}

impl RowError {
    /// A row refused by a check of its content.
    pub(crate) fn new(row: usize, error: FieldError) -> Self {
        let FieldError { code, field, expected, got } = error;
        Self { row, line: None, code: code.to_owned(), field, expected, got }
    }

    /// A line that is not JSON.
    pub(crate) fn from_line(row: usize, line: usize, error: &ApiError) -> Self {
        let refusal = FieldError::new(error.code, "", "one JSON object a line", error.message());
        Self { line: Some(line), ..Self::new(row, refusal) }
    }

    /// Two rows about the same thing.
    pub(crate) fn duplicate(row: usize, field: &str, id: &str, first: usize) -> Self {
        let expected = format!("an id of its own; row {first} has the same");
        Self::new(row, FieldError::new("duplicate_id", field, expected, id))
    }
}
