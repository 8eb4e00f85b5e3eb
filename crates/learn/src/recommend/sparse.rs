use crate::bytes::{Reader, Writer};

/// A matrix of which most places are 0, kept by rows (compressed sparse rows): 8 bytes a place that is not.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Sparse {
    columns: usize,
    offsets: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f32>,
}

impl Sparse {
    /// Puts rows together: pairs of a column and a value in any order; values of one column are added up.
    ///
    /// # Panics
    /// Where a column is not below `columns`.
    pub fn from_rows(columns: usize, rows: impl IntoIterator<Item = Vec<(u32, f32)>>) -> Self {
        let mut matrix = Self { columns, offsets: vec![0], ..Self::default() };
        for mut row in rows {
            row.sort_by_key(|(column, _)| *column);
            let start = matrix.indices.len();
            for (column, value) in row {
                assert!((column as usize) < columns, "column {column} of {columns}");
                match matrix.values.last_mut() {
                    Some(last) if matrix.indices.len() > start && matrix.indices.last() == Some(&column) => {
                        *last += value
                    }
                    _ => {
                        matrix.indices.push(column);
                        matrix.values.push(value);
                    }
                }
            }
            matrix.offsets.push(matrix.indices.len());
        }
        matrix
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Places that are kept.
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Whether every place is 0.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// Columns (ascending) and values of a row.
    ///
    /// # Panics
    /// Where the row is not below [`Sparse::rows`].
    pub fn row(&self, row: usize) -> (&[u32], &[f32]) {
        let range = self.offsets[row]..self.offsets[row + 1];
        (&self.indices[range.clone()], &self.values[range])
    }

    /// The value of a place; 0 where none is kept.
    ///
    /// # Panics
    /// Where the row is not below [`Sparse::rows`].
    pub fn value(&self, row: usize, column: u32) -> f32 {
        let (columns, values) = self.row(row);
        columns.binary_search(&column).map_or(0.0, |place| values[place])
    }

    /// Adds a row, multiplied by a factor, to numbers of which there is one a column.
    ///
    /// # Panics
    /// Where the row is not below [`Sparse::rows`], or there are fewer numbers than columns.
    pub fn add_row(&self, row: usize, factor: f32, to: &mut [f32]) {
        let (columns, values) = self.row(row);
        columns.iter().zip(values).for_each(|(column, value)| to[*column as usize] += factor * value);
    }

    /// Columns and values of each row.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&[u32], &[f32])> {
        (0..self.rows()).map(|row| self.row(row))
    }

    /// Rows become columns.
    pub fn transpose(&self) -> Self {
        let mut offsets = vec![0; self.columns + 1];
        for column in &self.indices {
            offsets[*column as usize + 1] += 1;
        }
        for column in 0..self.columns {
            offsets[column + 1] += offsets[column];
        }
        let (mut indices, mut values) = (vec![0; self.len()], vec![0.0; self.len()]);
        let mut next = offsets.clone();
        for (row, (columns, row_values)) in self.iter().enumerate() {
            for (column, value) in columns.iter().zip(row_values) {
                let place = next[*column as usize];
                (indices[place], values[place]) = (row as u32, *value);
                next[*column as usize] += 1;
            }
        }
        Self { columns: self.rows(), offsets, indices, values }
    }

    /// Each value changed, or the place dropped.
    pub fn filter_map(&self, change: impl Fn(f32) -> Option<f32>) -> Self {
        let row = |(columns, values): (&[u32], &[f32])| {
            columns.iter().zip(values).filter_map(|(column, value)| Some((*column, change(*value)?))).collect()
        };
        Self::from_rows(self.columns, self.iter().map(row))
    }

    /// Values of each row multiplied by a factor of the row and one of the column.
    ///
    /// # Panics
    /// Where there is not one factor a row and column.
    pub fn scale(&mut self, rows: &[f32], columns: &[f32]) {
        assert_eq!((rows.len(), columns.len()), (self.rows(), self.columns), "a factor a row and column");
        for (row, factor) in rows.iter().enumerate() {
            for place in self.offsets[row]..self.offsets[row + 1] {
                self.values[place] *= factor * columns[self.indices[place] as usize];
            }
        }
    }

    /// Sum of the values of each row.
    pub fn row_sums(&self) -> Vec<f32> {
        self.iter().map(|(_, values)| values.iter().sum()).collect()
    }

    /// Writes it: rows, columns, then of each row the steps between its columns and the values.
    pub(crate) fn write(&self, out: &mut Writer) {
        out.number(self.rows() as u64);
        out.number(self.columns as u64);
        for (columns, values) in self.iter() {
            out.number(columns.len() as u64);
            let mut before = 0;
            for column in columns {
                out.number(u64::from(column - before));
                before = *column;
            }
            values.iter().for_each(|value| out.float(*value));
        }
    }

    /// Reads what [`Sparse::write`] wrote.
    pub(crate) fn read(input: &mut Reader<'_>) -> crate::Result<Self> {
        let rows = input.count(1)?;
        let columns = input.small()? as usize;
        let mut matrix = Self { columns, offsets: vec![0], ..Self::default() };
        for _ in 0..rows {
            let (mut column, count) = (0u32, input.count(5)?);
            for place in 0..count {
                let step = input.small()?;
                let next =
                    column.checked_add(step).filter(|next| (*next as usize) < columns && (step > 0 || place == 0));
                column = next.ok_or_else(|| input.fault("columns in ascending order"))?;
                matrix.indices.push(column);
            }
            for _ in 0..count {
                matrix.values.push(input.float()?);
            }
            matrix.offsets.push(matrix.indices.len());
        }
        Ok(matrix)
    }

    /// Offsets of the rows, columns and values, as they lie in memory.
    pub fn parts(&self) -> (&[usize], &[u32], &[f32]) {
        (&self.offsets, &self.indices, &self.values)
    }
}

/// Keeps the `limit` pairs of the largest value, ties by column.
pub(super) fn keep_best(row: &mut Vec<(u32, f32)>, limit: usize) {
    if row.len() > limit {
        row.select_nth_unstable_by(limit - 1, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        row.truncate(limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_and_columns() {
        let mut matrix = Sparse::from_rows(3, [vec![(2, 1.0), (0, 2.0), (2, 0.5)], vec![], vec![(2, 4.0)]]);
        assert_eq!((matrix.rows(), matrix.columns(), matrix.len()), (3, 3, 3));
        assert_eq!(matrix.row(0), (&[0u32, 2][..], &[2.0f32, 1.5][..]));
        assert_eq!(matrix.transpose().row(2), (&[0u32, 2][..], &[1.5f32, 4.0][..]));
        assert_eq!(matrix.row_sums(), [3.5, 0.0, 4.0]);
        matrix.scale(&[2.0, 1.0, 0.5], &[1.0, 1.0, 10.0]);
        assert_eq!(matrix.parts().2, [4.0, 30.0, 20.0]);
        assert_eq!(matrix.filter_map(|value| (value > 10.0).then_some(value)).len(), 2);
    }

    proptest! {
        #[test]
        fn transposed_twice_is_the_same(rows in prop::collection::vec(prop::collection::vec((0u32..7, 0.5f32..9.0), 0..9), 0..9)) {
            let matrix = Sparse::from_rows(7, rows);
            prop_assert_eq!(&matrix.transpose().transpose(), &matrix);
            let mut out = Writer::default();
            matrix.write(&mut out);
            let mut input = Reader::new(&out.0);
            prop_assert_eq!(Sparse::read(&mut input).unwrap(), matrix);
            prop_assert!(input.end().is_ok());
        }
    }
}
