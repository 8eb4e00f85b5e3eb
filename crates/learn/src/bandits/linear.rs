use types::Rng;

use super::{BanditConfig, Belief, Candidate, Lesson, record};
use crate::Result;
use crate::bytes::{Reader, Writer};

/// Features beyond this are cut, so that squares of them stay far from overflow.
const FEATURE_MAX: f64 = 1e6;

/// Ridge regression of the reward on the features, one lesson at a time: `reward = prior - 1/2 + x . weights`, so that
/// with no lesson a candidate is expected to bring what its prior says (less a constant that changes no order).
///
/// It keeps `A = ridge I + sum x x'` as its Cholesky factor, which a lesson changes in `d^2` steps and which stays
/// positive definite whatever is added, and `b = sum x y`. With a discount both fade and the ridge is put back (D-LinUCB:
/// Russac, Vernade and Cappé 2019, "Weighted linear bandits for non-stationary environments", NeurIPS, section 3), here
/// one coordinate a lesson.
#[derive(Clone, Debug)]
pub(super) struct Ridge {
    /// Lower triangle of the factor, row by row, `d x d`.
    factor: Vec<f64>,
    moments: Vec<f64>,
    /// `A^-1 b`.
    pub(super) weights: Vec<f64>,
    pub(super) lessons: u64,
    pub(super) faded_lessons: f64,
    ridge: f64,
    discount: f64,
}

impl Ridge {
    pub(super) fn new(config: &BanditConfig) -> Self {
        let width = config.features;
        let mut factor = vec![0.0; width * width];
        (0..width).for_each(|at| factor[at * width + at] = config.ridge.sqrt());
        Self {
            factor,
            moments: vec![0.0; width],
            weights: vec![0.0; width],
            lessons: 0,
            faded_lessons: 0.0,
            ridge: config.ridge,
            discount: config.discount,
        }
    }

    pub(super) fn expected(&self, candidate: &Candidate<'_>) -> f64 {
        f64::from(candidate.prior) + dot(&self.weights, candidate.features)
    }

    /// `sqrt(x' A^-1 x)`, the standard deviation of `x . weights` where the noise has 1.
    pub(super) fn deviation(&self, features: &[f32]) -> f64 {
        let mut solved: Vec<f64> = features.iter().map(|feature| cut(*feature)).collect();
        self.forward(&mut solved);
        solved.iter().map(|value| value * value).sum::<f64>().sqrt()
    }

    /// Weights drawn from the normal distribution of mean `A^-1 b` and covariance `scale^2 A^-1`.
    pub(super) fn draw(&self, scale: f64, rng: &mut Rng) -> Vec<f64> {
        let mut noise: Vec<f64> = self.weights.iter().map(|_| rng.normal()).collect();
        self.backward(&mut noise);
        self.weights.iter().zip(noise).map(|(weight, noise)| weight + scale * noise).collect()
    }

    /// Learns that a place looked at with probability `k` brought `r`: `k (prior + x . weights)` is what to expect.
    pub(super) fn learn(&mut self, lesson: &Lesson<'_>) {
        if self.discount < 1.0 {
            self.fade();
        }
        let looked = lesson.examined;
        let target = lesson.reward - looked * f64::from(lesson.candidate.prior);
        let mut row: Vec<f64> = lesson.candidate.features.iter().map(|feature| looked * cut(*feature)).collect();
        for (moment, value) in self.moments.iter_mut().zip(&row) {
            *moment += value * target;
        }
        self.add_outer(&mut row, 0);
        self.lessons += 1;
        self.faded_lessons = self.discount * self.faded_lessons + 1.0;
        self.weights.clone_from(&self.moments);
        let mut weights = std::mem::take(&mut self.weights);
        self.forward(&mut weights);
        self.backward(&mut weights);
        self.weights = weights;
    }

    pub(super) fn belief(&self, candidate: &Candidate<'_>, uncertainty: f64) -> Belief {
        Belief {
            expected: self.expected(candidate),
            uncertainty,
            lessons: self.faded_lessons,
            contributions: contributions(&self.weights, candidate.features),
        }
    }

    fn fade(&mut self) {
        let (width, root) = (self.weights.len(), self.discount.sqrt());
        self.factor.iter_mut().for_each(|value| *value *= root);
        self.moments.iter_mut().for_each(|value| *value *= self.discount);
        // What `width` lessons take of the ridge, one coordinate gets back.
        let at = self.lessons as usize % width;
        let mut unit = vec![0.0; width];
        unit[at] = (self.ridge * (1.0 - self.discount.powi(width as i32))).sqrt();
        self.add_outer(&mut unit, at);
    }

    /// The factor of `A + v v'` by Givens rotations (Golub and Van Loan, "Matrix computations", section 6.5.4); `v` is 0
    /// before `first` and is used up.
    fn add_outer(&mut self, v: &mut [f64], first: usize) {
        let width = v.len();
        for column in first..width {
            let diagonal = self.factor[column * width + column];
            let radius = diagonal.hypot(v[column]);
            let (cosine, sine) = (radius / diagonal, v[column] / diagonal);
            self.factor[column * width + column] = radius;
            for (row, value) in v.iter_mut().enumerate().skip(column + 1) {
                let below = &mut self.factor[row * width + column];
                *below = (*below + sine * *value) / cosine;
                *value = cosine * *value - sine * *below;
            }
        }
    }

    /// Solves `L z = v` in place.
    fn forward(&self, v: &mut [f64]) {
        let width = v.len();
        for row in 0..width {
            let known: f64 = (0..row).map(|column| self.factor[row * width + column] * v[column]).sum();
            v[row] = (v[row] - known) / self.factor[row * width + row];
        }
    }

    /// Solves `L' z = v` in place.
    fn backward(&self, v: &mut [f64]) {
        let width = v.len();
        for row in (0..width).rev() {
            v[row] /= self.factor[row * width + row];
            for column in 0..row {
                v[column] -= self.factor[row * width + column] * v[row];
            }
        }
    }

    pub(super) fn write(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.number(self.lessons);
        record::write(&mut writer, &[self.faded_lessons]);
        record::write(&mut writer, &self.moments);
        record::write(&mut writer, &self.weights);
        record::write(&mut writer, &self.factor);
        writer.0
    }

    pub(super) fn read(&mut self, state: &[u8]) -> Result<()> {
        let width = self.weights.len();
        let mut reader = Reader::new(state);
        self.lessons = reader.number()?;
        self.faded_lessons = record::read(&mut reader, 1)?[0];
        self.moments = record::read(&mut reader, width)?;
        self.weights = record::read(&mut reader, width)?;
        self.factor = record::read(&mut reader, width * width)?;
        if (0..width).any(|at| self.factor[at * width + at] <= 0.0) {
            return Err(reader.fault("a factor with a positive diagonal"));
        }
        reader.end()
    }
}

pub(super) fn cut(feature: f32) -> f64 {
    f64::from(feature).clamp(-FEATURE_MAX, FEATURE_MAX)
}

pub(super) fn dot(weights: &[f64], features: &[f32]) -> f64 {
    weights.iter().zip(features).map(|(weight, feature)| weight * cut(*feature)).sum()
}

pub(super) fn contributions(weights: &[f64], features: &[f32]) -> Vec<f64> {
    weights.iter().zip(features).map(|(weight, feature)| weight * cut(*feature)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Row;

    fn lesson(features: &[f32], reward: f64) -> Lesson<'_> {
        let candidate = Candidate { item: Row(0), prior: 0.25, features, exposures: 0, age: None };
        Lesson { candidate, examined: 0.8, reward }
    }

    /// The normal equations of the same weighted least squares, solved by Gauss and Jordan's elimination.
    fn solved(rows: &[([f32; 3], f64)], discount: f64, ridges: [f64; 3]) -> Vec<f64> {
        let mut system = [[0.0f64; 4]; 3];
        for (at, ridge) in ridges.iter().enumerate() {
            system[at][at] = *ridge;
        }
        for (age, (features, reward)) in rows.iter().rev().enumerate() {
            let weight = discount.powi(age as i32);
            let x = |at: usize| 0.8 * f64::from(features[at]);
            for (i, row) in system.iter_mut().enumerate() {
                (0..3).for_each(|j| row[j] += weight * x(i) * x(j));
                row[3] += weight * x(i) * (reward - 0.8 * 0.25);
            }
        }
        for pivot in 0..3 {
            let scale = system[pivot][pivot];
            system[pivot].iter_mut().for_each(|value| *value /= scale);
            for row in (0..3).filter(|row| *row != pivot) {
                let (factor, pivot_row) = (system[row][pivot], system[pivot]);
                system[row].iter_mut().zip(pivot_row).for_each(|(value, other)| *value -= factor * other);
            }
        }
        system.iter().map(|row| row[3]).collect()
    }

    #[test]
    fn one_at_a_time_solves_the_normal_equations() {
        let mut rng = Rng::new(3);
        let rows: Vec<([f32; 3], f64)> =
            (0..200).map(|_| (std::array::from_fn(|_| rng.normal() as f32), rng.unit())).collect();
        let mut config = BanditConfig::of("lin-ucb", 3);
        config.ridge = 2.0;
        let mut ridge = Ridge::new(&config);
        rows.iter().for_each(|(features, reward)| ridge.learn(&lesson(features, *reward)));
        for (got, expected) in ridge.weights.iter().zip(solved(&rows, 1.0, [2.0; 3])) {
            assert!((got - expected).abs() < 1e-10);
        }
    }

    #[test]
    fn a_discount_fades_lessons_and_keeps_the_ridge() {
        let mut rng = Rng::new(4);
        let mut config = BanditConfig::of("lin-ucb", 3);
        config.discount = 0.99;
        let mut ridge = Ridge::new(&config);
        let rows: Vec<([f32; 3], f64)> =
            (0..3_000).map(|_| (std::array::from_fn(|_| rng.normal() as f32), rng.unit())).collect();
        rows.iter().for_each(|(features, reward)| ridge.learn(&lesson(features, *reward)));
        for (got, expected) in ridge.weights.iter().zip(solved(&rows, 0.99, [1.0; 3])) {
            assert!((got - expected).abs() < 1e-3, "{got} {expected}");
        }
        let nothing = [0.0f32; 3];
        (0..5_000).for_each(|_| ridge.learn(&lesson(&nothing, 0.0)));
        let deviation = ridge.deviation(&[1.0, 0.0, 0.0]);
        assert!((deviation - 1.0).abs() < 0.02, "only the ridge is left: {deviation}");
    }
}
