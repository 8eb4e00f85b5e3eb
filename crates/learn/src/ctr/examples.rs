use std::sync::Arc;

use super::{CtrError, Outcome};

/// What rows consist of: the fields in which ids stand (a row may hold none or several of one field), and numbers that every
/// row has. A model only takes rows of the schema that it was trained with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Schema {
    fields: Vec<Field>,
    numbers: Vec<String>,
    /// Where each field's ids begin among all ids, and their end.
    starts: Vec<u32>,
}

/// A field of ids.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Ids are below this; at least 1.
    pub buckets: u32,
}

impl Schema {
    /// A schema of `fields` and dense `numbers`.
    ///
    /// # Errors
    /// [`CtrError::Schema`] where there is neither field nor number, two have one name, a field has no bucket, or there are
    /// 2^32 ids or 2^16 fields and more.
    pub fn new(fields: Vec<Field>, numbers: Vec<String>) -> Result<Self, CtrError> {
        let wrong = |field: &str, expected| Err(CtrError::Schema { field: field.to_owned(), expected });
        let mut names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        names.extend(numbers.iter().map(String::as_str));
        if names.is_empty() {
            return wrong("", "at least one field");
        }
        if names.len() > usize::from(u16::MAX) {
            return wrong(names[usize::from(u16::MAX)], "at most 65,535 fields");
        }
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return wrong(twice[0], "a name of its own");
        }
        let mut starts = vec![0u32];
        for field in &fields {
            if field.buckets == 0 {
                return wrong(&field.name, "at least one bucket");
            }
            match starts[starts.len() - 1].checked_add(field.buckets) {
                Some(end) => starts.push(end),
                None => return wrong(&field.name, "fewer than 2^32 ids in all"),
            }
        }
        Ok(Self { fields, numbers, starts })
    }

    /// The fields of ids, in order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The names of the dense numbers, in order.
    pub fn numbers(&self) -> &[String] {
        &self.numbers
    }

    /// The id of a text in a field of so many buckets: FNV-1a (Fowler, Noll and Vo 1991; 64 bits), mixed by the end of
    /// SplitMix64, by multiply-shift; the same on every machine and in every version.
    ///
    /// # Panics
    /// Where `buckets` is 0.
    pub fn hashed(text: &str, buckets: u32) -> u32 {
        let hash = text
            .bytes()
            .fold(0xCBF2_9CE4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3));
        types::Rng::new(hash).below(buckets as usize) as u32
    }

    /// All ids.
    pub(super) fn ids(&self) -> usize {
        self.starts[self.fields.len()] as usize
    }

    /// Fields of ids and numbers together.
    pub(super) fn width(&self) -> usize {
        self.fields.len() + self.numbers.len()
    }

    /// The name of a field or number, numbers counted after fields.
    ///
    /// # Panics
    /// Where there is none.
    pub fn name(&self, field: usize) -> &str {
        match self.fields.get(field) {
            Some(field) => &field.name,
            None => &self.numbers[field - self.fields.len()],
        }
    }

    /// Where a field's ids begin.
    pub(super) fn start(&self, field: usize) -> u32 {
        self.starts[field]
    }

    /// What a message says of it.
    pub(super) fn told(&self) -> String {
        let fields = self.fields.iter().map(|field| format!("{}:{}", field.name, field.buckets));
        fields.chain(self.numbers.iter().cloned()).collect::<Vec<_>>().join(", ")
    }
}

/// One id of a row.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Entry {
    /// Number of the field in the schema.
    pub field: u16,
    /// The id, below the field's buckets.
    pub id: u32,
    /// How much of it: 1 for "has it"; 1/n each for one of n genres.
    pub value: f32,
}

/// Rows with what became of them: 10 bytes an id (6 where all values are 1), 4 a number.
#[derive(Clone, Debug)]
pub struct Examples {
    schema: Arc<Schema>,
    ends: Vec<usize>,
    fields: Vec<u16>,
    /// Ids counted through all fields.
    ids: Vec<u32>,
    /// Empty as long as all are 1.
    values: Vec<f32>,
    numbers: Vec<f32>,
    outcomes: Vec<u8>,
    /// Empty as long as all are 1.
    weights: Vec<f32>,
}

impl Examples {
    /// No rows yet.
    pub fn new(schema: Arc<Schema>) -> Self {
        Self {
            schema,
            ends: Vec::new(),
            fields: Vec::new(),
            ids: Vec::new(),
            values: Vec::new(),
            numbers: Vec::new(),
            outcomes: Vec::new(),
            weights: Vec::new(),
        }
    }

    /// Adds a row: its ids, a value for every number of the schema, what became of it, and how much it counts (1, or an
    /// inverse propensity).
    ///
    /// # Errors
    /// [`CtrError::Row`], with nothing added, where a field or id is not in the schema, a value is not finite or beyond
    /// 10^6 (numbers: 10^30), numbers are missing, the weight is not above 0 and at most 10^6, or the outcome has a later
    /// step without an earlier one.
    pub fn push(&mut self, row: &[Entry], numbers: &[f32], outcome: Outcome, weight: f32) -> Result<(), CtrError> {
        self.check(row, numbers, outcome, weight)?;
        for entry in row {
            if entry.value != 1.0 && self.values.is_empty() {
                self.values = vec![1.0; self.ids.len()];
            }
            self.fields.push(entry.field);
            self.ids.push(self.schema.start(usize::from(entry.field)) + entry.id);
            if entry.value != 1.0 || !self.values.is_empty() {
                self.values.push(entry.value);
            }
        }
        if weight != 1.0 && self.weights.is_empty() {
            self.weights = vec![1.0; self.outcomes.len()];
        }
        if weight != 1.0 || !self.weights.is_empty() {
            self.weights.push(weight);
        }
        self.numbers.extend_from_slice(numbers);
        self.outcomes.push(outcome.pack());
        self.ends.push(self.ids.len());
        Ok(())
    }

    fn check(&self, row: &[Entry], numbers: &[f32], outcome: Outcome, weight: f32) -> Result<(), CtrError> {
        let wrong = |field: &str, expected: &str, got: String| {
            Err(CtrError::Row { row: self.len(), field: field.to_owned(), expected: expected.to_owned(), got })
        };
        for entry in row {
            let Some(field) = self.schema.fields().get(usize::from(entry.field)) else {
                let expected = format!("one of {} fields", self.schema.fields().len());
                return wrong("field", &expected, entry.field.to_string());
            };
            if entry.id >= field.buckets {
                return wrong(&field.name, &format!("an id below {}", field.buckets), entry.id.to_string());
            }
            if !(-1e6..=1e6).contains(&entry.value) {
                return wrong(&field.name, "a value within 10^6", entry.value.to_string());
            }
        }
        let names = self.schema.numbers();
        if numbers.len() != names.len() {
            return wrong("numbers", &format!("{} numbers", names.len()), numbers.len().to_string());
        }
        if let Some((name, number)) = names.iter().zip(numbers).find(|(_, number)| !(-1e30..=1e30).contains(*number)) {
            return wrong(name, "a number within 10^30", number.to_string());
        }
        if !(weight > 0.0 && weight <= 1e6) {
            return wrong("weight", "above 0, at most 10^6", weight.to_string());
        }
        let backwards = ((outcome.cart || outcome.purchase) && !outcome.click)
            || (outcome.returned == Some(true) && !outcome.purchase);
        if backwards {
            return wrong(
                "outcome",
                "a click before a cart or purchase, a purchase before a return",
                format!("{outcome:?}"),
            );
        }
        Ok(())
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.outcomes.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.outcomes.is_empty()
    }

    /// What the rows consist of.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// What became of a row.
    ///
    /// # Panics
    /// As all that ask for one row: where there is none of that number.
    pub fn outcome(&self, row: usize) -> Outcome {
        Outcome::unpack(self.outcomes[row])
    }

    /// How much a row counts.
    pub fn weight(&self, row: usize) -> f32 {
        self.weights.get(row).copied().unwrap_or(1.0)
    }

    /// The ids of a row.
    pub fn entries(&self, row: usize) -> impl Iterator<Item = Entry> {
        self.through(row).map(|(field, id, value)| Entry {
            field,
            id: id - self.schema.start(usize::from(field)),
            value,
        })
    }

    /// The dense numbers of a row.
    pub fn numbers(&self, row: usize) -> &[f32] {
        let width = self.schema.numbers().len();
        &self.numbers[row * width..(row + 1) * width]
    }

    /// Field, id counted through all fields, and value.
    pub(super) fn through(&self, row: usize) -> impl Iterator<Item = (u16, u32, f32)> {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        (start..self.ends[row])
            .map(|place| (self.fields[place], self.ids[place], self.values.get(place).copied().unwrap_or(1.0)))
    }

    /// The rows of these numbers, in their order.
    ///
    /// # Panics
    /// Where there is no row of a number.
    pub fn part(&self, rows: &[usize]) -> Self {
        let mut part = Self::new(self.schema.clone());
        for row in rows {
            let entries: Vec<Entry> = self.entries(*row).collect();
            let added = part.push(&entries, self.numbers(*row), self.outcome(*row), self.weight(*row));
            added.expect("a row that was accepted is accepted again");
        }
        part
    }

    /// Draws a share of the rows for the second part, the rest for the first; rows keep their order.
    pub fn split(&self, share: f64, rng: &mut types::Rng) -> (Self, Self) {
        let (second, first): (Vec<usize>, Vec<usize>) = (0..self.len()).partition(|_| rng.unit() < share);
        (self.part(&first), self.part(&second))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A schema of fields a (5 ids) and b (3), and so many numbers.
    pub(in crate::ctr) fn schema(numbers: usize) -> Arc<Schema> {
        let field = |name: &str, buckets| Field { name: name.to_owned(), buckets };
        let names = (0..numbers).map(|number| format!("n{number}")).collect();
        Arc::new(Schema::new(vec![field("a", 5), field("b", 3)], names).unwrap())
    }

    pub(in crate::ctr) fn entry(field: u16, id: u32) -> Entry {
        Entry { field, id, value: 1.0 }
    }

    #[test]
    fn schemas_that_cannot_be_are_refused() {
        let field = |name: &str, buckets| Field { name: name.to_owned(), buckets };
        let text = |fields, numbers| Schema::new(fields, numbers).unwrap_err().to_string();
        assert_eq!(text(vec![], vec![]), "schema: ``: expected at least one field");
        assert_eq!(text(vec![field("a", 0)], vec![]), "schema: `a`: expected at least one bucket");
        assert_eq!(text(vec![field("a", 1)], vec!["a".into()]), "schema: `a`: expected a name of its own");
        let many = vec![field("a", u32::MAX), field("b", 1)];
        assert_eq!(text(many, vec![]), "schema: `b`: expected fewer than 2^32 ids in all");
    }

    #[test]
    fn wrong_rows_are_refused_and_leave_nothing() {
        let mut examples = Examples::new(schema(1));
        let ok = [entry(0, 1)];
        let none = Outcome::default();
        let late = Outcome { purchase: true, ..none };
        let back = Outcome { click: true, returned: Some(true), ..none };
        let not = Entry { value: f32::NAN, ..entry(1, 0) };
        let mut said = Vec::new();
        for (row, numbers, outcome, weight) in [
            (&[entry(2, 0)][..], &[0.0][..], none, 1.0),
            (&[entry(1, 3)], &[0.0], none, 1.0),
            (&[entry(0, 0), not], &[0.0], none, 1.0),
            (&ok, &[], none, 1.0),
            (&ok, &[f32::INFINITY], none, 1.0),
            (&ok, &[0.0], none, 0.0),
            (&ok, &[0.0], none, f32::NAN),
            (&ok, &[0.0], late, 1.0),
            (&ok, &[0.0], back, 1.0),
        ] {
            said.push(examples.push(row, numbers, outcome, weight).unwrap_err().to_string());
        }
        assert!(examples.is_empty() && examples.ids.is_empty());
        assert_eq!(said[1], "row 0: `b`: expected an id below 3, got 3");
        assert_eq!(said[4], "row 0: `n0`: expected a number within 10^30, got inf");
    }

    #[test]
    fn hashes_stay_what_they_are() {
        // From the same formula in Python.
        let hashed = ["", "红色"].map(|text| Schema::hashed(text, 1000));
        assert_eq!((hashed, Schema::hashed("a", 1)), ([763, 140], 0));
    }

    proptest! {
        #[test]
        fn rows_come_back_as_they_were_put_in(rows in prop::collection::vec(
            (prop::collection::vec((0u16..2, 0u32..3, prop::sample::select(vec![1.0f32, 0.5, -2.0])), 0..4),
             -5.0f32..5.0, 0u8..5, prop::sample::select(vec![1.0f32, 3.0])), 0..20)) {
            let outcomes = [
                Outcome::of(false),
                Outcome::of(true),
                Outcome { cart: true, ..Outcome::of(true) },
                Outcome { returned: None, ..Outcome::of(true) },
                Outcome { purchase: true, returned: Some(true), ..Outcome::of(true) },
            ];
            let mut examples = Examples::new(schema(1));
            let rows: Vec<_> = rows.into_iter().map(|(entries, number, outcome, weight)| {
                let entries: Vec<Entry> =
                    entries.into_iter().map(|(field, id, value)| Entry { field, id, value }).collect();
                (entries, number, outcomes[usize::from(outcome)], weight)
            }).collect();
            for (entries, number, outcome, weight) in &rows {
                examples.push(entries, &[*number], *outcome, *weight).unwrap();
            }
            let order: Vec<usize> = (0..rows.len()).rev().collect();
            let turned = examples.part(&order);
            for (at, (entries, number, outcome, weight)) in rows.iter().enumerate() {
                for (held, row) in [(&examples, at), (&turned, rows.len() - 1 - at)] {
                    prop_assert_eq!(&held.entries(row).collect::<Vec<_>>(), entries);
                    prop_assert_eq!(held.numbers(row), &[*number]);
                    prop_assert_eq!(held.outcome(row), *outcome);
                    prop_assert_eq!(held.weight(row), *weight);
                }
            }
        }
    }
}
