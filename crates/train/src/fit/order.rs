//! The order in which examples are seen.

use types::Rng;

use super::Options;

/// Batches among which examples of about one length are sought: enough to waste little padding, few enough that batches
/// still differ between epochs.
const WINDOW: usize = 64;

/// Batches of examples of about one length, each at most [`Options::batch`] examples and [`Options::batch_pieces`]
/// pieces with padding; examples and batches are shuffled.
pub fn by_length(lengths: &[usize], options: &Options, rng: &mut Rng) -> Vec<Vec<usize>> {
    let mut all: Vec<usize> = (0..lengths.len()).collect();
    rng.shuffle(&mut all);
    let mut batches = Vec::new();
    for window in all.chunks_mut(options.batch * WINDOW) {
        // The sort is stable, so that equal lengths stay shuffled.
        window.sort_by_key(|example| lengths[*example]);
        cut(window, lengths, options, &mut batches);
    }
    rng.shuffle(&mut batches);
    batches
}

fn cut(sorted: &[usize], lengths: &[usize], options: &Options, batches: &mut Vec<Vec<usize>>) {
    let pieces_max = options.batch_pieces.unwrap_or(usize::MAX);
    let mut batch = Vec::new();
    for &example in sorted {
        // Sorted: this example is the longest so far, and all are padded to it.
        let full = batch.len() == options.batch || (batch.len() + 1).saturating_mul(lengths[example]) > pieces_max;
        if full && !batch.is_empty() {
            batches.push(std::mem::take(&mut batch));
        }
        batch.push(example);
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
}

/// A generator for one purpose and moment of a training, from its seed alone: nothing need be kept to resume.
pub(crate) fn chance(seed: u64, purpose: u64, at: u64) -> Rng {
    let mut rng = Rng::new(seed);
    for number in [purpose, at] {
        rng = Rng::new(rng.next_u64() ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    }
    rng
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_seen_once_and_batches_keep_their_bounds() {
        let mut rng = Rng::new(3);
        let lengths: Vec<usize> = (0..500).map(|_| 1 + rng.below(60)).collect();
        let options = Options { batch: 16, batch_pieces: Some(300), ..Options::default() };
        let batches = by_length(&lengths, &options, &mut Rng::new(1));
        let mut seen: Vec<usize> = batches.concat();
        seen.sort_unstable();
        assert_eq!(seen, (0..500).collect::<Vec<_>>());
        for batch in &batches {
            let longest = batch.iter().map(|example| lengths[*example]).max().unwrap();
            assert!(batch.len() <= 16 && (batch.len() == 1 || batch.len() * longest <= 300), "{batch:?}");
        }
        assert_eq!(batches, by_length(&lengths, &options, &mut Rng::new(1)));
        assert_ne!(batches, by_length(&lengths, &options, &mut Rng::new(2)));
    }

    #[test]
    fn purposes_and_moments_draw_apart() {
        let draw = |seed, purpose, at| chance(seed, purpose, at).next_u64();
        assert_eq!(draw(1, 2, 3), draw(1, 2, 3));
        let all = [draw(1, 2, 3), draw(1, 3, 2), draw(2, 1, 3), draw(1, 2, 4)];
        assert!((0..4).all(|a| (0..a).all(|b| all[a] != all[b])));
    }
}
