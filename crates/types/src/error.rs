use std::fmt;

/// Why a value was refused: which field, what was expected, what was found. Every validation in Mercato ends in
/// one of these, so that the API, the importers and the command line can all name the fault the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Stable machine-readable code, `snake_case`, such as `id_too_long`.
    pub code: &'static str,
    /// Path of the field, such as `attributes.price.currency`.
    pub field: String,
    /// What would have been accepted.
    pub expected: String,
    /// What was found, shortened to 80 characters.
    pub got: String,
}

impl FieldError {
    /// Makes an error; `got` is shortened so that a huge input cannot become a huge message.
    pub fn new(
        code: &'static str,
        field: impl Into<String>,
        expected: impl Into<String>,
        got: impl AsRef<str>,
    ) -> Self {
        Self { code, field: field.into(), expected: expected.into(), got: shorten(got.as_ref()) }
    }

    /// The same error with `prefix.` put before the field's path, for values nested in others.
    #[must_use]
    pub fn within(mut self, prefix: &str) -> Self {
        self.field = if self.field.is_empty() { prefix.to_owned() } else { format!("{prefix}.{}", self.field) };
        self
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: expected {}, got {}", self.field, self.expected, self.got)
    }
}

impl std::error::Error for FieldError {}

fn shorten(text: &str) -> String {
    const CHARS_MAX: usize = 80;
    if text.chars().count() <= CHARS_MAX {
        return text.to_owned();
    }
    text.chars().take(CHARS_MAX - 1).chain(std::iter::once('…')).collect()
}
