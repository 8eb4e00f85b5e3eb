//! How numbers of learners are kept: in full precision, and only those that are not 0.

use crate::Result;
use crate::bytes::{Reader, Writer};

pub(crate) fn write_double(out: &mut Writer, value: f64) {
    out.0.extend_from_slice(&value.to_le_bytes());
}

pub(crate) fn read_double(input: &mut Reader<'_>) -> Result<f64> {
    let mut bytes = [0; 8];
    for byte in &mut bytes {
        *byte = input.byte()?;
    }
    let value = f64::from_le_bytes(bytes);
    if value.is_finite() { Ok(value) } else { Err(input.fault("a finite number")) }
}

/// How many of `values` are not 0; then each as the distance from the one before it and its value.
pub(super) fn write_sparse(out: &mut Writer, values: &[f64]) {
    out.number(values.iter().filter(|value| **value != 0.0).count() as u64);
    let mut next = 0;
    for (place, value) in values.iter().enumerate().filter(|(_, value)| **value != 0.0) {
        out.number((place - next) as u64);
        write_double(out, *value);
        next = place + 1;
    }
}

/// Fills `values`, which are 0, with what was written.
pub(super) fn read_sparse(input: &mut Reader<'_>, values: &mut [f64]) -> Result<()> {
    let mut next = 0usize;
    for _ in 0..input.count(9)? {
        let distance = usize::try_from(input.number()?).unwrap_or(usize::MAX);
        let place = next.saturating_add(distance);
        let value = read_double(input)?;
        *values.get_mut(place).ok_or_else(|| input.fault("a place within the learner"))? = value;
        next = place + 1;
    }
    Ok(())
}
