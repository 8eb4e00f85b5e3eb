use super::greedy::{Chooser, arrange, largest};
use super::{Likeness, List, Reordered, SlateError, Why, dial};

/// Orders for variety by a determinantal point process: greedily the set that is most probable under
/// `log P(Y) = (1 - d) Σ r_i + d log det S_Y` (Chen, Zhang and Zhou 2018, NeurIPS, "Fast greedy MAP inference for
/// determinantal point process", equation 10, with incremental Cholesky factors, algorithm 1, and for long lists a sliding
/// window, section 5). Here `r` is the relevance scaled to 0..1 and `S = (1 - o) L + o I` of the likeness `L`: an item has a
/// part `o` of its own, 0.1, which bounds what likeness to all others can cost; the gain in `log det` is divided by `-log o`,
/// so that both terms reach over 0..1 and the dial `d` weighs them alike.
///
/// Unlike [`mmr`](super::mmr()) it sees that an item is told by several others together. `window` counts the item that is
/// chosen and those before it that it is compared with, from 2.
///
/// # Errors
/// Where the dial is no share, the window is below 2, or `likeness` is of another number of items.
pub fn dpp(list: &List<'_>, likeness: &Likeness<'_>, window: usize, weight: f64) -> Result<Reordered, SlateError> {
    likeness.check(list.len())?;
    if window < 2 {
        return Err(SlateError::Count { field: "window", expected: "at least 2", got: window });
    }
    if dial(weight)? == 0.0 {
        return Ok(Reordered::unchanged(list.len()));
    }
    let chooser = &mut Dpp {
        relevance: list.scaled(),
        likeness,
        weight,
        room: window - 1,
        placed: Vec::new(),
        factors: vec![Vec::with_capacity(window); list.len()],
        residuals: vec![1.0; list.len()],
        is_done: vec![false; list.len()],
    };
    Ok(arrange(list, chooser))
}

/// An item's part of its own.
const OWN: f64 = 0.1;

struct Dpp<'a> {
    relevance: Vec<f64>,
    likeness: &'a Likeness<'a>,
    weight: f64,
    /// Items that a candidate is compared with at most.
    room: usize,
    /// Those it is compared with, the oldest first.
    placed: Vec<usize>,
    /// An item's row `c_i` of the Cholesky factor: one number for each of `placed`.
    factors: Vec<Vec<f64>>,
    /// `d_i² = det S_{Y ∪ i} / det S_Y`.
    residuals: Vec<f64>,
    /// Items that have a place: of them only the rows of `placed` are still needed.
    is_done: Vec<bool>,
}

impl Dpp<'_> {
    /// Takes the oldest item out of the factors: Givens rotations turn its column into the others, what is left of it goes
    /// back to the residuals.
    fn forget(&mut self) {
        let size = self.placed.len();
        let mut rotations = Vec::with_capacity(size);
        // The factor's own rows tell the rotations: row k has its diagonal at k, and they change only what lies behind.
        let mut rows: Vec<Vec<f64>> = self.placed.iter().map(|item| self.factors[*item].clone()).collect();
        for k in 1..size {
            let (diagonal, first) = (rows[k][k], rows[k][0]);
            let norm = diagonal.hypot(first);
            let (cosine, sine) = (diagonal / norm, first / norm);
            rows[k..].iter_mut().for_each(|row| rotate(row, k, cosine, sine));
            rotations.push((cosine, sine));
        }
        self.factors[self.placed.remove(0)].clear();
        for (factors, residual) in self.factors.iter_mut().zip(&mut self.residuals).filter(|(row, _)| !row.is_empty()) {
            for (k, (cosine, sine)) in (1..factors.len()).zip(&rotations) {
                rotate(factors, k, *cosine, *sine);
            }
            *residual += factors.remove(0).powi(2);
        }
    }
}

/// Turns a row's first number into its `k`th.
fn rotate(row: &mut [f64], k: usize, cosine: f64, sine: f64) {
    (row[k], row[0]) = (cosine * row[k] + sine * row[0], cosine * row[0] - sine * row[k]);
}

impl Chooser for Dpp<'_> {
    fn choose(&mut self, _: usize, left: &[usize]) -> usize {
        let variety = |item: usize| self.residuals[item].max(OWN).ln() / -OWN.ln();
        let value = |item: &usize| (1.0 - self.weight) * self.relevance[*item] + self.weight * variety(*item);
        largest(left.iter().map(value))
    }

    fn why(&self, _: usize, item: usize) -> Why {
        let likeness = |other: &usize| (*other, self.likeness.between(item, *other));
        let nearest = self.placed.iter().map(likeness).max_by(|a, b| a.1.total_cmp(&b.1));
        Why::Unlike {
            nearest: nearest.map(|(other, _)| other),
            likeness: nearest.map_or(0.0, |(_, likeness)| likeness),
        }
    }

    fn placed(&mut self, _: usize, item: usize) {
        if self.placed.len() == self.room {
            self.forget();
        }
        // Not below its part of its own, but for rounding.
        let root = self.residuals[item].max(OWN).sqrt();
        let own = self.factors[item].clone();
        self.is_done[item] = true;
        self.factors[item].push(root);
        for other in (0..self.residuals.len()).filter(|other| !self.is_done[*other]) {
            let known: f64 = self.factors[other].iter().zip(&own).map(|(a, b)| a * b).sum();
            let factor = (1.0 - OWN) * self.likeness.between(other, item);
            let factor = (factor - known) / root;
            self.factors[other].push(factor);
            self.residuals[other] -= factor * factor;
        }
        self.placed.push(item);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_laws, lists, random_labels, random_vectors};
    use super::*;
    use proptest::prelude::*;
    use types::Rng;

    /// By Gaussian elimination.
    fn determinant(mut matrix: Vec<Vec<f64>>) -> f64 {
        let size = matrix.len();
        let mut product = 1.0;
        for k in 0..size {
            product *= matrix[k][k];
            for row in k + 1..size {
                let factor = matrix[row][k] / matrix[k][k];
                let above = matrix[k].clone();
                matrix[row].iter_mut().zip(above).for_each(|(entry, above)| *entry -= factor * above);
            }
        }
        product
    }

    fn log_determinant(likeness: &Likeness<'_>, items: &[usize]) -> f64 {
        let entry = |a: usize, b: usize| (1.0 - OWN) * likeness.between(a, b) + if a == b { OWN } else { 0.0 };
        determinant(items.iter().map(|a| items.iter().map(|b| entry(*a, *b)).collect()).collect()).ln()
    }

    fn naive(list: &List<'_>, likeness: &Likeness<'_>, window: usize, weight: f64) -> Vec<usize> {
        let (relevance, mut left) = (list.scaled(), (0..list.len()).collect::<Vec<usize>>());
        let mut order: Vec<usize> = Vec::new();
        while !left.is_empty() {
            let recent = &order[order.len().saturating_sub(window - 1)..];
            let gain = |item: usize| {
                let with: Vec<usize> = recent.iter().copied().chain([item]).collect();
                (log_determinant(likeness, &with) - log_determinant(likeness, recent)) / -OWN.ln()
            };
            let at = largest(left.iter().map(|item| (1.0 - weight) * relevance[*item] + weight * gain(*item)));
            order.push(left.remove(at));
        }
        order
    }

    #[test]
    fn greedy_is_what_naive_determinants_give() {
        for seed in 0..40 {
            let mut rng = Rng::new(seed);
            let vectors = random_vectors(14, 5, &mut rng);
            let likeness = Likeness::vectors(&vectors, 5).unwrap();
            let relevance: Vec<f32> = (0..14).map(|_| rng.unit() as f32).collect();
            let list = List::new(&relevance, &[]).unwrap();
            for window in [2, 3, 5, 20] {
                let weight = 0.1 + 0.9 * rng.unit();
                let order = dpp(&list, &likeness, window, weight).unwrap().order;
                assert_eq!(order, naive(&list, &likeness, window, weight), "seed {seed} window {window}");
            }
        }
    }

    #[test]
    fn greedy_mostly_finds_the_most_probable_set() {
        let (mut equal, mut runs) = (0, 0);
        for seed in 0..60 {
            let mut rng = Rng::new(1_000 + seed);
            let vectors = random_vectors(8, 4, &mut rng);
            let likeness = Likeness::vectors(&vectors, 4).unwrap();
            let relevance: Vec<f32> = (0..8).map(|_| rng.unit() as f32).collect();
            let list = List::new(&relevance, &[]).unwrap();
            let scaled = list.scaled();
            let value = |items: &[usize]| {
                0.5 * items.iter().map(|item| scaled[*item]).sum::<f64>()
                    + 0.5 * log_determinant(&likeness, items) / -OWN.ln()
            };
            let sets = (0u32..256).filter(|set| set.count_ones() == 3);
            let items = |set: u32| (0..8usize).filter(move |item| set & (1 << item) != 0).collect::<Vec<_>>();
            let best = sets.map(|set| value(&items(set))).fold(f64::NEG_INFINITY, f64::max);
            let greedy = value(&dpp(&list, &likeness, 20, 0.5).unwrap().order[..3]);
            assert!(greedy <= best + 1e-9 && greedy > best - 0.25, "{greedy} {best}");
            equal += u32::from(greedy > best - 1e-9);
            runs += 1;
        }
        assert!(equal * 10 >= runs * 7, "{equal} of {runs}");
    }

    #[test]
    fn what_two_say_together_is_not_new() {
        // The third lies between the first two; to neither alone is it more alike than the fourth.
        let vectors = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.7, 0.7, 0.1, 0.7, 0.0, 0.7];
        let likeness = Likeness::vectors(&vectors, 3).unwrap();
        let list = List::new(&[1.0, 0.9, 0.3, 0.3], &[]).unwrap();
        assert_eq!(dpp(&list, &likeness, 10, 0.4).unwrap().order[2], 3);
    }

    proptest! {
        #[test]
        fn laws((relevance, pinned) in lists(), seed in any::<u64>(), weight in 0.0..=1.0, window in 2usize..12) {
            let labels = random_labels(relevance.len(), seed);
            let list = List::new(&relevance, &pinned).unwrap();
            check_laws(&list, weight, |weight| dpp(&list, &Likeness::labels(&labels), window, weight));
        }
    }
}
