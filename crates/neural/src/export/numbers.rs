//! Matrices in fewer bits.

use super::names;
use crate::Tensor;

/// A matrix in 8 bits with one scale a row: `row[i]` ≈ `numbers[i]` · `scale`.
pub(super) struct Int8 {
    /// \[rows, width\], from -127 to 127.
    pub(super) numbers: Vec<i8>,
    /// One a row.
    pub(super) scales: Vec<f32>,
}

impl Int8 {
    /// The nearest numbers with `scales` of which each row's largest one becomes 127.
    pub(super) fn by_row(matrix: &Tensor) -> Self {
        Self::new(matrix, (0..matrix.rows()).map(|row| scale(matrix.row(row), 127.0)).collect())
    }

    /// The same with one scale for all rows.
    pub(super) fn by_tensor(matrix: &Tensor) -> Self {
        Self::new(matrix, vec![scale(&matrix.data, 127.0); matrix.rows()])
    }

    fn new(matrix: &Tensor, scales: Vec<f32>) -> Self {
        let row = |(row, scale): (usize, &f32)| {
            let inverse = if *scale > 0.0 { 1.0 / scale } else { 0.0 };
            matrix.row(row).iter().map(move |value| (value * inverse).round() as i8)
        };
        Self { numbers: scales.iter().enumerate().flat_map(row).collect(), scales }
    }

    /// The numbers turned to \[width, rows\], as bytes.
    pub(super) fn turned(&self) -> Vec<u8> {
        let rows = self.scales.len();
        let width = self.numbers.len() / rows.max(1);
        (0..width).flat_map(|column| (0..rows).map(move |row| self.numbers[row * width + column] as u8)).collect()
    }
}

/// A matrix in 4 bits with one scale a block of a row: number n stands for (n - 8) · scale.
pub(super) struct Int4 {
    /// \[rows, width / 2\]: the low halves of a row's bytes are its first half.
    pub(super) bytes: Vec<u8>,
    /// \[rows, width / block\].
    pub(super) scales: Vec<f32>,
}

impl Int4 {
    /// The nearest numbers. A block's largest number, whichever its sign, becomes -8, so that weights which had this form
    /// before (Q4_0 of llama.cpp has the same rule) come out as they were.
    pub(super) fn new(matrix: &Tensor) -> Self {
        let (width, block) = (matrix.width(), names::block(matrix.width()));
        let (mut bytes, mut scales) = (Vec::new(), Vec::new());
        for row in 0..matrix.rows() {
            let mut numbers = Vec::with_capacity(width);
            for values in matrix.row(row).chunks(block) {
                let largest =
                    values.iter().fold(0.0f32, |most, value| if value.abs() > most.abs() { *value } else { most });
                let scale = largest / -8.0;
                let inverse = if scale == 0.0 { 0.0 } else { 1.0 / scale };
                numbers.extend(values.iter().map(|value| ((value * inverse).round() + 8.0).clamp(0.0, 15.0) as u8));
                scales.push(scale);
            }
            let (low, high) = numbers.split_at(width / 2);
            bytes.extend(low.iter().zip(high).map(|(low, high)| low | high << 4));
        }
        Self { bytes, scales }
    }
}

/// What a number is multiplied by so that the largest one becomes `most`.
fn scale(values: &[f32], most: f32) -> f32 {
    values.iter().fold(0.0f32, |largest, value| largest.max(value.abs())) / most
}
