use std::sync::Arc;

use types::{Row, Value, ValueKind};

use super::chunks::Chunks;
use super::dictionary::{Cell, Dictionary};
use super::found::Found;
use crate::Result;
use crate::bytes::{Reader, Writer};

/// Separates the parts of a category's path inside a dictionary: cannot be typed, so paths stay apart even where a part
/// holds ` > `.
pub(super) const PATH_SEPARATOR: &str = "\u{1F}";

/// One attribute of all items.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(super) kind: ValueKind,
    pub(super) data: Data,
    pub(super) found: Found,
}

#[derive(Clone, Debug)]
pub(super) enum Data {
    /// Numbers, money (units), times (ms), booleans (0, 1); NaN is absence.
    Numbers(Chunks<f64>),
    /// Keywords; categories as joined paths.
    Words(Chunks<Cell>, Dictionary),
    /// Prose and images: only whether there is one.
    Presence(Chunks<bool>),
}

impl Column {
    pub(crate) fn new(kind: ValueKind) -> Self {
        let data = match kind {
            ValueKind::Number | ValueKind::Money | ValueKind::Time | ValueKind::Boolean => {
                Data::Numbers(Chunks::new(f64::NAN))
            }
            ValueKind::Keywords | ValueKind::Categories => Data::Words(Chunks::new(Cell::NONE), Dictionary::default()),
            ValueKind::Text | ValueKind::Image => Data::Presence(Chunks::new(false)),
        };
        Self { kind, data, found: Found::default() }
    }

    pub(crate) fn has(&self, row: Row) -> bool {
        match &self.data {
            Data::Numbers(numbers) => !numbers.get(row).is_nan(),
            Data::Words(cells, _) => !cells.get(row).is_none(),
            Data::Presence(present) => present.get(row),
        }
    }

    /// Sets the value of a row; a value that does not suit the column's kind counts as absent.
    pub(crate) fn set(&mut self, row: Row, value: Option<&Value>) {
        match &mut self.data {
            Data::Numbers(numbers) => {
                let number = value.and_then(Value::as_number).unwrap_or(f64::NAN);
                if numbers.get(row).to_bits() != number.to_bits() {
                    self.found.clear();
                    numbers.set(row, number);
                }
            }
            Data::Words(cells, dictionary) => {
                let cell = match (value, self.kind) {
                    (Some(Value::Keywords(words)), ValueKind::Keywords) => dictionary.intern(words.iter()),
                    (Some(Value::Categories(paths)), ValueKind::Categories) => {
                        let paths: Vec<Arc<str>> =
                            paths.iter().map(|path| Arc::from(path.join(PATH_SEPARATOR))).collect();
                        dictionary.intern(paths.iter())
                    }
                    _ => Cell::NONE,
                };
                if cells.get(row) != cell {
                    self.found.clear();
                    cells.set(row, cell);
                }
            }
            Data::Presence(present) => {
                let is_prose = matches!(value, Some(Value::Text(_) | Value::Image(_)));
                if present.get(row) != is_prose {
                    self.found.clear();
                    present.set(row, is_prose);
                }
            }
        }
    }

    pub(super) fn encode(&self, rows: usize, out: &mut Writer) {
        out.text(self.kind.name());
        match &self.data {
            Data::Numbers(numbers) => out.u64s(numbers.values(rows).map(f64::to_bits), rows),
            Data::Words(cells, dictionary) => {
                dictionary.encode(out);
                out.u32s(cells.values(rows).map(|cell| cell.0), rows);
            }
            Data::Presence(present) => out.u32s(present.values(rows).map(u32::from), rows),
        }
    }

    pub(super) fn decode(input: &mut Reader<'_>) -> Result<Self> {
        let kind = input.text()?;
        let Some(kind) = ValueKind::from_name(&kind) else {
            return Err(input.damaged("an unknown kind of attribute"));
        };
        let mut column = Self::new(kind);
        match &mut column.data {
            Data::Numbers(numbers) => {
                *numbers = Chunks::from_values(f64::NAN, input.u64s()?.into_iter().map(f64::from_bits))
            }
            Data::Words(cells, dictionary) => {
                *dictionary = Dictionary::decode(input)?;
                let values = input.u32s()?;
                if !values.iter().all(|cell| dictionary.read().holds(Cell(*cell))) {
                    return Err(input.damaged("a code without a word"));
                }
                *cells = Chunks::from_values(Cell::NONE, values.into_iter().map(Cell));
            }
            Data::Presence(present) => {
                *present = Chunks::from_values(false, input.u32s()?.into_iter().map(|cell| cell == 1))
            }
        }
        Ok(column)
    }
}
