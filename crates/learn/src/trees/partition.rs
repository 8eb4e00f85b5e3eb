use rayon::prelude::*;

/// Rows divided at a time.
const ROWS_PER_TASK: usize = 1 << 15;

/// Rows of a leaf divided into those that go left and those that go right, not yet taken over.
pub(super) struct Partition<'a> {
    /// Stretches of the scratch space: left rows from the front, right rows from the back in reverse, and how many are left.
    stretches: Vec<(&'a mut [u32], usize)>,
    /// Rows that go left.
    pub(super) left: usize,
}

impl<'a> Partition<'a> {
    /// Divides `rows` using `scratch`, which is as long.
    pub(super) fn new(rows: &[u32], scratch: &'a mut [u32], goes_left: impl Fn(u32) -> bool + Sync) -> Self {
        let tasks = rows.par_chunks(ROWS_PER_TASK).zip(scratch.par_chunks_mut(ROWS_PER_TASK));
        let stretches: Vec<(&mut [u32], usize)> = tasks.map(|(rows, out)| divide(rows, out, &goes_left)).collect();
        let left = stretches.iter().map(|(_, left)| left).sum();
        Self { stretches, left }
    }

    /// Puts the left rows first in `rows`, then the right ones, each in the order they were in.
    pub(super) fn take_over(self, rows: &mut [u32]) {
        let (mut lefts, mut rights) = rows.split_at_mut(self.left);
        let mut copies = Vec::with_capacity(self.stretches.len());
        for (stretch, left) in self.stretches {
            let (own_left, rest) = lefts.split_at_mut(left);
            lefts = rest;
            let (own_right, rest) = rights.split_at_mut(stretch.len() - left);
            rights = rest;
            copies.push((stretch, own_left, own_right));
        }
        copies.into_par_iter().for_each(|(stretch, left, right)| {
            let (from_left, from_right) = stretch.split_at(left.len());
            left.copy_from_slice(from_left);
            right.iter_mut().zip(from_right.iter().rev()).for_each(|(row, from)| *row = *from);
        });
    }
}

/// Writes each row at both ends of what is free, and then counts only one of them: no branch to be mispredicted.
fn divide<'a>(rows: &[u32], out: &'a mut [u32], goes_left: &impl Fn(u32) -> bool) -> (&'a mut [u32], usize) {
    let (mut left, mut right) = (0, out.len());
    for row in rows {
        let is_left = usize::from(goes_left(*row));
        out[left] = *row;
        out[right - 1] = *row;
        left += is_left;
        right -= 1 - is_left;
    }
    (out, left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keeps_the_order_on_both_sides(rows in prop::collection::vec(any::<u32>(), 0..200), long in 0usize..3) {
            let rows: Vec<u32> = rows.iter().copied().cycle().take(rows.len() * (1 + 400 * long)).collect();
            let (mut sorted, mut scratch) = (rows.clone(), rows.clone());
            let partition = Partition::new(&rows, &mut scratch, |row| row % 3 == 0);
            let left = partition.left;
            partition.take_over(&mut sorted);
            let (lefts, rights): (Vec<u32>, Vec<u32>) = rows.iter().partition(|row| *row % 3 == 0);
            prop_assert_eq!(&sorted[..left], lefts);
            prop_assert_eq!(&sorted[left..], rights);
        }
    }
}
