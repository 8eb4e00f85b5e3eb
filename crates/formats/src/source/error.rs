use std::io;
use std::path::PathBuf;

/// Why a file cannot be read, or not any further.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It cannot be opened.
    #[error("cannot open {path}")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It breaks off: damaged compression, a failing disk, an array that is not closed.
    #[error("the data breaks off after row {rows}: {source}")]
    Broken {
        /// Number of the last row read whole.
        rows: u64,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A row has no end.
    #[error("row {row}, which begins at byte {offset}, is longer than 16 MiB: is a quote left open?")]
    EndlessRow {
        /// The row.
        row: u64,
        /// Where it begins.
        offset: u64,
    },
    /// There is no such format.
    #[error("there is no format `{name}`; known: {known}")]
    UnknownFormat {
        /// The name asked for.
        name: String,
        /// Names that exist.
        known: String,
    },
    /// No format knows the bytes.
    #[error("the file is of no format that can be imported")]
    Unrecognised,
    /// A table's header cannot be used.
    #[error("the header cannot be used: {reason}")]
    Header {
        /// Why.
        reason: String,
    },
    /// Columns of types that have no JSON value.
    #[error("columns of types that cannot be imported: {columns}; leave them out of the file")]
    Schema {
        /// The columns with their types.
        columns: String,
    },
    /// It begins like Parquet, but cannot be read as such (any further).
    #[error("the Parquet file cannot be read after row {rows}: {reason}")]
    Parquet {
        /// Number of the last row read.
        rows: u64,
        /// Why.
        reason: String,
    },
    /// A compressed Parquet file, or one from a stream, that is too large to be held in memory.
    #[error("Parquet from a stream or inside gzip or zstd must be under 1 GiB; unpack it into a file first")]
    ParquetTooLarge,
}

impl SourceError {
    /// Stable machine-readable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Open { .. } => "file_not_readable",
            Self::Broken { .. } => "file_broken",
            Self::EndlessRow { .. } => "row_too_large",
            Self::UnknownFormat { .. } => "format_unknown",
            Self::Unrecognised => "format_unrecognised",
            Self::Header { .. } => "header_invalid",
            Self::Schema { .. } => "schema_unsupported",
            Self::Parquet { .. } => "parquet_broken",
            Self::ParquetTooLarge => "parquet_too_large",
        }
    }

    /// Number of the last row read whole before the fault.
    pub fn rows_read(&self) -> u64 {
        match self {
            Self::Broken { rows, .. } | Self::Parquet { rows, .. } => *rows,
            Self::EndlessRow { row, .. } => row.saturating_sub(1),
            Self::Open { .. }
            | Self::UnknownFormat { .. }
            | Self::Unrecognised
            | Self::Header { .. }
            | Self::Schema { .. }
            | Self::ParquetTooLarge => 0,
        }
    }
}
