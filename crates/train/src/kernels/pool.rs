//! Buffers that are used again. A training step needs the same few hundred megabytes as the step before; asked from the
//! system each time, their pages are cleared each time, which took a fifth of a step.

use std::collections::BTreeMap;

use burn::backend::flex::FlexTensor;
use burn::tensor::TensorData;
use parking_lot::Mutex;

/// Buffers below this many numbers are not worth keeping.
const SMALLEST: usize = 4 << 10;
/// Numbers kept at most: 2 GiB.
const KEPT: usize = 512 << 20;

static POOL: Mutex<Pool> = Mutex::new(Pool { free: BTreeMap::new(), numbers: 0 });

/// Gives the memory that training keeps for its next step back to the system. Call it when training is over.
pub fn release_buffers() {
    let mut pool = POOL.lock();
    pool.free.clear();
    pool.numbers = 0;
}

struct Pool {
    /// Free buffers by their capacity.
    free: BTreeMap<usize, Vec<Vec<f32>>>,
    numbers: usize,
}

/// A buffer of this length, with numbers of no meaning in it.
pub(super) fn take(length: usize) -> Vec<f32> {
    if length < SMALLEST {
        return vec![0.0; length];
    }
    let capacity = class(length);
    let mut pool = POOL.lock();
    let found = pool.free.get_mut(&capacity).and_then(Vec::pop);
    if found.is_some() {
        pool.numbers -= capacity;
    }
    drop(pool);
    let mut buffer = found.unwrap_or_else(|| Vec::with_capacity(capacity));
    buffer.resize(length, 0.0);
    buffer
}

/// A tensor that nobody else holds becomes a free buffer.
pub(super) fn give(tensor: FlexTensor) {
    if !tensor.is_unique() || !tensor.is_contiguous() || tensor.layout().start_offset() != 0 {
        return;
    }
    if let Ok(buffer) = tensor.into_data().bytes.try_into_vec::<f32>() {
        give_buffer(buffer);
    }
}

pub(super) fn give_buffer(buffer: Vec<f32>) {
    let capacity = buffer.capacity();
    if capacity < SMALLEST || class(capacity) != capacity {
        return;
    }
    let mut pool = POOL.lock();
    if pool.numbers + capacity <= KEPT {
        pool.numbers += capacity;
        pool.free.entry(capacity).or_default().push(buffer);
    }
}

/// A tensor of these numbers.
pub(super) fn tensor(numbers: Vec<f32>, dims: &[usize]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(numbers, dims.to_vec()))
}

/// The next of eight sizes between two powers of two, so that batches of about one length share buffers.
fn class(length: usize) -> usize {
    let step = (length.next_power_of_two() / 16).max(1);
    length.next_multiple_of(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_used_again_for_a_length_nearby() {
        for length in [5_000, 100_000, 1 << 20, (1 << 20) + 1] {
            let capacity = class(length);
            assert!(capacity >= length && capacity - length <= length / 7, "{length} {capacity}");
            assert_eq!(class(capacity), capacity);
        }
        let buffer = take(1_234_567);
        let address = buffer.as_ptr();
        give(tensor(buffer, &[1_234_567]));
        let again = take(1_234_560);
        assert_eq!((again.as_ptr(), again.len()), (address, 1_234_560));
        let shared = tensor(again, &[1_234_560]);
        give(shared.clone());
        let other = take(1_234_560);
        assert_ne!(other.as_ptr(), address, "somebody still holds it");
    }
}
