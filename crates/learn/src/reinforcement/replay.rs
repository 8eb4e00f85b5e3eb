use types::Rng;

/// Draws places in proportion to priorities that change (proportional prioritisation: Schaul et al. 2016, "Prioritized
/// experience replay", ICLR, section 3.3), by a tree of sums.
pub(super) struct Replay {
    /// A complete binary tree: the children of `n` are `2 n` and `2 n + 1`, the leaves are the last half.
    sums: Vec<f64>,
    leaves: usize,
    len: usize,
}

impl Replay {
    /// All `len` places alike; `len` is above 0.
    pub(super) fn new(len: usize) -> Self {
        let leaves = len.next_power_of_two();
        let mut sums = vec![0.0; 2 * leaves];
        sums[leaves..leaves + len].fill(1.0);
        (1..leaves).rev().for_each(|node| sums[node] = sums[2 * node] + sums[2 * node + 1]);
        Self { sums, leaves, len }
    }

    pub(super) fn set(&mut self, place: usize, priority: f64) {
        let mut node = self.leaves + place;
        self.sums[node] = priority;
        while node > 1 {
            node /= 2;
            // Sums are made anew, not moved by differences, so that rounding does not pile up.
            self.sums[node] = self.sums[2 * node] + self.sums[2 * node + 1];
        }
    }

    /// A place and its probability.
    pub(super) fn draw(&self, rng: &mut Rng) -> (usize, f64) {
        let mut rest = rng.unit() * self.sums[1];
        let mut node = 1;
        while node < self.leaves {
            node *= 2;
            if rest >= self.sums[node] && self.sums[node + 1] > 0.0 {
                rest -= self.sums[node];
                node += 1;
            }
        }
        let place = (node - self.leaves).min(self.len - 1);
        (place, self.sums[self.leaves + place] / self.sums[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_drawn_in_proportion() {
        let mut replay = Replay::new(5);
        let priorities = [1.0, 0.5, 3.0, 0.0, 5.5];
        priorities.iter().enumerate().for_each(|(place, priority)| replay.set(place, *priority));
        let (mut counts, mut rng) = ([0.0; 5], Rng::new(1));
        for _ in 0..50_000 {
            let (place, probability) = replay.draw(&mut rng);
            assert!((probability - priorities[place] / 10.0).abs() < 1e-12);
            counts[place] += 1.0 / 50_000.0;
        }
        for (count, priority) in counts.iter().zip(priorities) {
            assert!((count - priority / 10.0).abs() < 0.01);
        }
    }
}
