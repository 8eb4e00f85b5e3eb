use std::sync::Arc;

use super::{CtrError, Examples, Schema};
use crate::bytes::{Reader, Writer};

/// Which ids a model knows, and how it scales numbers. Rows of its table stand for: the rare and unknown ids of each field,
/// then each number, then each id that is known.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Vocabulary {
    schema: Arc<Schema>,
    /// Ids known, counted through all fields, ascending.
    known: Vec<u32>,
    /// For each id its row of the table; 0 where it is not known.
    rows: Vec<u32>,
    /// Mean and one over the standard deviation of each number; 0 for one that never changes.
    scales: Vec<(f32, f32)>,
}

/// One thing a row has, ready for the network.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Part {
    /// Field, or after the fields a number.
    pub(super) field: u16,
    /// Row of the table.
    pub(super) row: u32,
    pub(super) value: f32,
}

impl Vocabulary {
    /// Standardised numbers are cut off here, so that one wild value cannot carry everything away.
    const CUT: f32 = 10.0;

    /// Knows the ids met in at least `count_min` rows.
    pub(super) fn new(examples: &Examples, count_min: u32) -> Self {
        let schema = examples.schema().clone();
        let mut counts = vec![0u32; schema.ids()];
        for row in 0..examples.len() {
            examples.through(row).for_each(|(_, id, _)| counts[id as usize] = counts[id as usize].saturating_add(1));
        }
        let known = (0u32..).zip(&counts).filter(|(_, count)| **count >= count_min.max(1)).map(|(id, _)| id).collect();
        let scales = (0..schema.numbers().len()).map(|number| scale(examples, number)).collect();
        Self::of(schema, known, scales)
    }

    fn of(schema: Arc<Schema>, known: Vec<u32>, scales: Vec<(f32, f32)>) -> Self {
        let mut rows = vec![0; schema.ids()];
        for (id, row) in known.iter().zip(schema.width() as u32..) {
            rows[*id as usize] = row;
        }
        Self { schema, known, rows, scales }
    }

    /// Rows of the table.
    pub(super) fn len(&self) -> usize {
        self.schema.width() + self.known.len()
    }

    /// Ids that are known.
    pub(super) fn known(&self) -> usize {
        self.known.len()
    }

    pub(super) fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// Refuses examples of other fields.
    pub(super) fn accept(&self, schema: &Schema) -> Result<(), CtrError> {
        if *self.schema == *schema {
            return Ok(());
        }
        Err(CtrError::Fields { expected: self.schema.told(), got: schema.told() })
    }

    /// Adds what a row has.
    pub(super) fn encode(&self, examples: &Examples, row: usize, out: &mut Vec<Part>) {
        // Known ids stand after the fields, so none has row 0.
        out.extend(examples.through(row).map(|(field, id, value)| {
            let known = self.rows[id as usize];
            Part { field, row: if known == 0 { u32::from(field) } else { known }, value }
        }));
        let first = self.schema.fields().len();
        for (number, (value, (mean, inverse))) in examples.numbers(row).iter().zip(&self.scales).enumerate() {
            let value = ((value - mean) * inverse).clamp(-Self::CUT, Self::CUT);
            out.push(Part { field: (first + number) as u16, row: (first + number) as u32, value });
        }
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.number(self.schema.fields().len() as u64);
        for field in self.schema.fields() {
            out.text(&field.name);
            out.number(u64::from(field.buckets));
        }
        out.number(self.schema.numbers().len() as u64);
        self.schema.numbers().iter().for_each(|name| out.text(name));
        for (mean, inverse) in &self.scales {
            out.float(*mean);
            out.float(*inverse);
        }
        out.number(self.known.len() as u64);
        let mut last = 0;
        for id in &self.known {
            out.number(u64::from(id - last));
            last = *id;
        }
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, CtrError> {
        let mut fields = Vec::new();
        for _ in 0..input.count(2)? {
            fields.push(super::Field { name: input.text()?.as_ref().to_owned(), buckets: input.small()? });
        }
        let names: crate::Result<Vec<String>> =
            (0..input.count(9)?).map(|_| input.text().map(|name| name.as_ref().to_owned())).collect();
        let schema = Schema::new(fields, names?)?;
        let scales: crate::Result<_> =
            (0..schema.numbers().len()).map(|_| Ok((input.float()?, input.float()?))).collect();
        let count = input.count(1)?;
        let (mut known, mut last) = (Vec::with_capacity(count), 0u32);
        for place in 0..count {
            let step = input.small()?;
            let id = last.checked_add(step).filter(|id| (*id as usize) < schema.ids() && (place == 0 || step > 0));
            last = id.ok_or_else(|| input.fault("ascending ids of the schema"))?;
            known.push(last);
        }
        Ok(Self::of(Arc::new(schema), known, scales?))
    }
}

/// Mean and one over the standard deviation of a number.
fn scale(examples: &Examples, number: usize) -> (f32, f32) {
    let values = || (0..examples.len()).map(|row| f64::from(examples.numbers(row)[number]));
    let count = examples.len().max(1) as f64;
    let mean = values().sum::<f64>() / count;
    let deviation = (values().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
    // What rounding alone would make of a number that never changes is no deviation.
    let inverse = if deviation > 1e-7 * mean.abs().max(1e-30) { (1.0 / deviation) as f32 } else { 0.0 };
    (mean as f32, if inverse.is_finite() { inverse } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::super::examples::tests::{entry, schema};
    use super::*;
    use crate::ctr::Outcome;

    #[test]
    fn rare_and_unknown_ids_share_their_fields_row_and_numbers_are_scaled() {
        let mut examples = Examples::new(schema(3));
        for (a, b, n) in [(0, 2, 1.0), (0, 1, 3.0), (4, 1, 5.0)] {
            examples.push(&[entry(0, a), entry(1, b)], &[n, 7.0, n * 1e29], Outcome::default(), 1.0).unwrap();
        }
        let vocabulary = Vocabulary::new(&examples, 2);
        assert_eq!(vocabulary.known, [0, 6]);
        let mut parts = Vec::new();
        vocabulary.encode(&examples, 2, &mut parts);
        let rows: Vec<u32> = parts.iter().map(|part| part.row).collect();
        assert_eq!(rows, [0, 6, 2, 3, 4]);
        assert!((parts[2].value - 1.5f32.sqrt()).abs() < 1e-6 && parts[3].value == 0.0, "{parts:?}");
        assert!((parts[4].value - 1.5f32.sqrt()).abs() < 1e-6);
        let mut out = Writer::default();
        vocabulary.write(&mut out);
        let mut input = Reader::new(&out.0);
        assert_eq!(Vocabulary::read(&mut input).unwrap(), vocabulary);
        assert!(input.end().is_ok());
        for cut in 0..out.0.len() {
            assert!(Vocabulary::read(&mut Reader::new(&out.0[..cut])).is_err());
        }
    }
}
