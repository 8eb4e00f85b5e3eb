//! Rows brought to one size.

use super::dense::{dot, wide};

/// Rows brought to a mean square of 1, then stretched by a weight a column (Zhang and Sennrich 2019, NeurIPS).
#[derive(Debug, Default)]
pub(super) struct Norm {
    /// Rows of mean square 1.
    unit: Vec<f32>,
    /// What each row was divided by.
    sizes: Vec<f32>,
    /// The stretched rows.
    pub(super) out: Vec<f32>,
}

impl Norm {
    const SMALL: f32 = 1e-6;

    pub(super) fn new(rows: &[f32], stretch: &[f32]) -> Self {
        let sizes = vec![0.0; rows.len() / stretch.len()];
        let mut norm = Self { unit: rows.to_vec(), sizes, out: rows.to_vec() };
        wide(
            #[inline(always)]
            || Self::bring(&mut norm, stretch),
        );
        norm
    }

    #[inline(always)]
    fn bring(&mut self, stretch: &[f32]) {
        let dim = stretch.len();
        let rows = self.unit.chunks_exact_mut(dim).zip(self.out.chunks_exact_mut(dim));
        for ((unit, out), size) in rows.zip(&mut self.sizes) {
            *size = (dot(unit, unit) / dim as f32 + Self::SMALL).sqrt();
            for ((unit, out), stretch) in unit.iter_mut().zip(out).zip(stretch) {
                *unit /= *size;
                *out = *unit * stretch;
            }
        }
    }

    /// From what the loss gains by `out`, adds to what it gains by the rows and by the stretch.
    pub(super) fn backward(&self, stretch: &[f32], d_out: &[f32], d_rows: &mut [f32], d_stretch: &mut [f32]) {
        wide(
            #[inline(always)]
            || self.take_back(stretch, d_out, d_rows, d_stretch),
        );
    }

    #[inline(always)]
    fn take_back(&self, stretch: &[f32], d_out: &[f32], d_rows: &mut [f32], d_stretch: &mut [f32]) {
        let dim = stretch.len();
        let rows = self.unit.chunks_exact(dim).zip(&self.sizes);
        let mut d_unit = vec![0.0; dim];
        for (((unit, size), d_out), d_row) in rows.zip(d_out.chunks_exact(dim)).zip(d_rows.chunks_exact_mut(dim)) {
            for ((((d_unit, d_stretch), d_out), unit), stretch) in
                d_unit.iter_mut().zip(&mut *d_stretch).zip(d_out).zip(unit).zip(stretch)
            {
                *d_unit = d_out * stretch;
                *d_stretch += d_out * unit;
            }
            let along = dot(&d_unit, unit) / dim as f32;
            for ((d_row, d_unit), unit) in d_row.iter_mut().zip(&d_unit).zip(unit) {
                *d_row += (d_unit - unit * along) / size;
            }
        }
    }
}
