use std::sync::Arc;

use crate::Row;

/// Values per leaf; small, because changing one value of a shared leaf copies the leaf.
const LEAF: usize = 16;
/// Leaves per branch.
const BRANCH: usize = 256;

type Leaf<T> = Arc<[T; LEAF]>;
type Branch<T> = Arc<[Leaf<T>]>;

/// A table indexed by [`Row`] whose clones share memory: cloning costs a few pointers, changing a value after that
/// copies one leaf of 16 values. This is how a view stays as it was while the next one is made.
///
/// Every row below [`Rows::len`] has a value, `T::default()` until set.
#[derive(Clone, Debug)]
pub struct Rows<T> {
    branches: Vec<Branch<T>>,
    len: usize,
    empty: Leaf<T>,
}

impl<T: Clone + Default> Default for Rows<T> {
    fn default() -> Self {
        Self { branches: Vec::new(), len: 0, empty: Arc::new(std::array::from_fn(|_| T::default())) }
    }
}

impl<T: Clone + Default> Rows<T> {
    /// Rows with a value: one more than the largest ever set.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether no row was ever set.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value at `row`; `None` beyond the end.
    pub fn get(&self, row: Row) -> Option<&T> {
        let index = row.index();
        if index >= self.len {
            return None;
        }
        Some(&self.branches[index / (LEAF * BRANCH)][index / LEAF % BRANCH][index % LEAF])
    }

    /// The value at `row`, to be changed; rows up to it come into being with `T::default()`.
    pub fn get_mut(&mut self, row: Row) -> &mut T {
        let index = row.index();
        self.grow(index + 1);
        let branch = Arc::make_mut(&mut self.branches[index / (LEAF * BRANCH)]);
        let leaf = Arc::make_mut(&mut branch[index / LEAF % BRANCH]);
        &mut leaf[index % LEAF]
    }

    /// Puts `value` at `row`.
    pub fn set(&mut self, row: Row, value: T) {
        *self.get_mut(row) = value;
    }

    /// All values in order of their rows.
    pub fn iter(&self) -> impl Iterator<Item = (Row, &T)> {
        let leaves = self.branches.iter().flat_map(|branch| branch.iter());
        leaves.flat_map(|leaf| leaf.iter()).take(self.len).enumerate().map(|(index, value)| (Row(index as u32), value))
    }

    fn grow(&mut self, len: usize) {
        while self.branches.len() * LEAF * BRANCH < len {
            let leaves: Vec<Leaf<T>> = (0..BRANCH).map(|_| Arc::clone(&self.empty)).collect();
            self.branches.push(Arc::from(leaves));
        }
        self.len = self.len.max(len);
    }
}

impl<T: Clone + Default> FromIterator<T> for Rows<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut rows = Self::default();
        for (index, value) in values.into_iter().enumerate() {
            rows.set(Row(index as u32), value);
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn behaves_like_a_vector_and_clones_stay_as_they_were(
            sets in prop::collection::vec((0u32..40_000, any::<u16>()), 1..60),
            split in 0usize..60,
        ) {
            let (mut rows, mut model) = (Rows::default(), Vec::new());
            let mut frozen = None;
            for (step, (row, value)) in sets.iter().enumerate() {
                if step == split {
                    frozen = Some((rows.clone(), model.clone()));
                }
                rows.set(Row(*row), *value);
                if model.len() <= *row as usize {
                    model.resize(*row as usize + 1, 0u16);
                }
                model[*row as usize] = *value;
            }
            prop_assert!(rows.iter().map(|(_, value)| *value).eq(model.iter().copied()));
            prop_assert_eq!(rows.get(Row(model.len() as u32)), None);
            if let Some((rows, model)) = frozen {
                prop_assert!(rows.iter().map(|(_, value)| *value).eq(model));
            }
        }
    }
}
