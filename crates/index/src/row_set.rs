use types::Row;

/// A set of rows, one bit each: 125 KB for a million, so that and, or and counting cost microseconds.
#[derive(Clone, Debug, Default)]
pub struct RowSet {
    words: Vec<u64>,
}

impl RowSet {
    /// No rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// No rows yet, with room for rows below `rows`.
    pub fn with_capacity(rows: usize) -> Self {
        Self { words: vec![0; rows.div_ceil(64)] }
    }

    /// All rows below `rows`.
    pub fn all(rows: usize) -> Self {
        let mut words = vec![u64::MAX; rows.div_ceil(64)];
        if let (Some(last), used @ 1..) = (words.last_mut(), rows % 64) {
            *last = (1 << used) - 1;
        }
        Self { words }
    }

    /// Whether `row` is in.
    #[inline]
    pub fn contains(&self, row: Row) -> bool {
        self.words.get(row.index() / 64).is_some_and(|word| word >> (row.index() % 64) & 1 == 1)
    }

    /// Puts `row` in.
    #[inline]
    pub fn insert(&mut self, row: Row) {
        let at = row.index() / 64;
        if at >= self.words.len() {
            self.words.resize(at + 1, 0);
        }
        self.words[at] |= 1 << (row.index() % 64);
    }

    /// Takes `row` out.
    pub fn remove(&mut self, row: Row) {
        if let Some(word) = self.words.get_mut(row.index() / 64) {
            *word &= !(1 << (row.index() % 64));
        }
    }

    /// Number of rows in.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether no row is in.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Keeps what is in `other` too.
    pub fn intersect(&mut self, other: &Self) {
        self.words.truncate(other.words.len());
        self.words.iter_mut().zip(&other.words).for_each(|(own, other)| *own &= other);
    }

    /// Adds what is in `other`.
    pub fn unite(&mut self, other: &Self) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        self.words.iter_mut().zip(&other.words).for_each(|(own, other)| *own |= other);
    }

    /// Takes out what is in `other`.
    pub fn subtract(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(own, other)| *own &= !other);
    }

    /// The rows, ascending.
    pub fn iter(&self) -> impl Iterator<Item = Row> {
        self.words.iter().enumerate().flat_map(|(at, word)| Bits(*word).map(move |bit| Row(at as u32 * 64 + bit)))
    }

    /// The bits of rows `64 * at ..`; 0 beyond the end.
    #[inline]
    pub(crate) fn word(&self, at: usize) -> u64 {
        self.words.get(at).copied().unwrap_or(0)
    }

    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    pub(crate) fn from_words(words: Vec<u64>) -> Self {
        Self { words }
    }
}

/// Sets with the same rows are equal, whatever room they have.
impl PartialEq for RowSet {
    fn eq(&self, other: &Self) -> bool {
        let len = self.words.len().max(other.words.len());
        (0..len).all(|at| self.word(at) == other.word(at))
    }
}

impl Eq for RowSet {}

impl FromIterator<Row> for RowSet {
    fn from_iter<I: IntoIterator<Item = Row>>(rows: I) -> Self {
        let mut set = Self::new();
        rows.into_iter().for_each(|row| set.insert(row));
        set
    }
}

/// The places of the ones in a word, ascending.
pub(crate) struct Bits(pub(crate) u64);

impl Iterator for Bits {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        if self.0 == 0 {
            return None;
        }
        let bit = self.0.trailing_zeros();
        self.0 &= self.0 - 1;
        Some(bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn set(rows: &BTreeSet<u32>) -> RowSet {
        rows.iter().map(|row| Row(*row)).collect()
    }

    proptest! {
        #[test]
        fn behaves_like_a_set(
            left in prop::collection::btree_set(0u32..300, 0..80),
            right in prop::collection::btree_set(0u32..300, 0..80),
        ) {
            let mut both = set(&left);
            both.intersect(&set(&right));
            prop_assert_eq!(both, set(&left.intersection(&right).copied().collect()));
            let mut either = set(&left);
            either.unite(&set(&right));
            prop_assert_eq!(either.len(), left.union(&right).count());
            prop_assert_eq!(either, set(&left.union(&right).copied().collect()));
            let mut only = set(&left);
            only.subtract(&set(&right));
            prop_assert!(only.iter().map(|row| row.0).eq(left.difference(&right).copied()));
        }
    }

    #[test]
    fn all_has_exactly_that_many() {
        for rows in [0, 1, 63, 64, 65, 1000] {
            assert_eq!(RowSet::all(rows).len(), rows);
            assert!(!RowSet::all(rows).contains(Row(rows as u32)));
        }
    }
}
