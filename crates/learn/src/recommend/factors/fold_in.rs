use faer::linalg::matmul::matmul;
use faer::linalg::solvers::Solve;
use faer::{Accum, Mat, MatRef, Par, Side};
use types::{Row, Touch};

use super::{Fold, Vectors};
use crate::bytes::{Reader, Writer};
use crate::recommend::{Share, Sparse};

/// How sure a weight makes: growing by its logarithm (Hu, Koren and Volinsky 2008, "Collaborative filtering for implicit
/// feedback datasets", ICDM, section 6), with its sign, 1 on average over the training data.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(in crate::recommend) struct Confidence {
    unit: f32,
}

impl Confidence {
    /// That of a shop whose users and items have these weights.
    pub(in crate::recommend) fn of_matrix(matrix: &Sparse) -> Self {
        let weights = matrix.parts().2;
        let sum: f64 = weights.iter().map(|weight| f64::from(weight.abs().ln_1p())).sum();
        Self { unit: if sum > 0.0 { (weights.len() as f64 / sum) as f32 } else { 1.0 } }
    }

    pub(in crate::recommend) fn encode(self, out: &mut Writer) {
        out.float(self.unit);
    }

    pub(in crate::recommend) fn decode(input: &mut Reader<'_>) -> crate::Result<Self> {
        Ok(Self { unit: input.float()? })
    }

    /// The confidence of a weight; 0 where it is no number.
    pub(in crate::recommend) fn of(self, weight: f32) -> f32 {
        let confidence = self.unit * weight.abs().ln_1p();
        if confidence.is_finite() { confidence.copysign(weight) } else { 0.0 }
    }
}

/// Turns a history into a point: the sum of its items' vectors, each times its weight, solved for the regularised normal
/// equations where there is a [`Ridge`].
#[derive(Clone, Debug)]
pub(in crate::recommend) struct FoldIn {
    /// What weights are worth.
    pub(in crate::recommend) confidence: Confidence,
    /// How much each item counts of what the one touched after it does.
    pub(in crate::recommend) decay: f32,
    /// The equations; `None` for a plain projection.
    pub(in crate::recommend) ridge: Option<Ridge>,
    /// What an item's vector is multiplied with when it is met in a history; empty for 1.
    pub(in crate::recommend) pulls: Vec<f32>,
    /// Means that weights are looked at beside; the last number of each item's vector is then its own.
    pub(in crate::recommend) biases: Option<Biases>,
}

/// What ratings are beside: the mean of all, and how far each item's lies from it (Koren, Bell and Volinsky 2009, "Matrix
/// factorization techniques for recommender systems", IEEE Computer 42, equation 3). Those of users are taken from their
/// histories, so that new users have theirs.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::recommend) struct Biases {
    mean: f32,
    pub(in crate::recommend) items: Vec<f32>,
}

impl Biases {
    /// Ratings at the mean that each item and user is given beforehand, so that few ratings say little.
    const SHRINKAGE: f32 = 10.0;

    pub(in crate::recommend) fn of(matrix: &Sparse) -> Self {
        let weights = matrix.parts().2;
        let mean = weights.iter().map(|weight| f64::from(*weight)).sum::<f64>() / weights.len().max(1) as f64;
        let mean = mean as f32;
        let offset = |(_, weights): (&[u32], &[f32])| {
            weights.iter().map(|weight| weight - mean).sum::<f32>() / (weights.len() as f32 + Self::SHRINKAGE)
        };
        Self { mean, items: matrix.transpose().iter().map(offset).collect() }
    }

    /// What is left of each weight without the mean, the item's and the user's offset.
    pub(in crate::recommend) fn residuals(&self, matrix: &Sparse) -> Sparse {
        let rows = matrix.iter().map(|(items, weights)| {
            let mut row: Vec<(u32, f32)> = items.iter().copied().zip(weights.iter().copied()).collect();
            self.take_from(row.iter_mut().map(|(item, weight)| (*item as usize, weight)));
            row
        });
        Sparse::from_rows(matrix.columns(), rows)
    }

    fn take_from<'a>(&self, weights: impl Iterator<Item = (usize, &'a mut f32)>) {
        let mut weights: Vec<&mut f32> = weights
            .map(|(item, weight)| {
                *weight -= self.mean + self.items[item];
                weight
            })
            .collect();
        let user = weights.iter().map(|weight| **weight).sum::<f32>() / (weights.len() as f32 + Self::SHRINKAGE);
        weights.iter_mut().for_each(|weight| **weight -= user);
    }
}

/// The normal equations of a user, but for the history: `unobserved * sum y yᵀ + ridge(history) I`.
#[derive(Clone, Debug)]
pub(in crate::recommend) struct Ridge {
    /// Weight of what was not observed.
    unobserved: f32,
    /// Regularisation and how it grows with observations.
    scale: Regularisation,
    /// The sum of products of all items' vectors, times `unobserved`.
    gram: Mat<f64>,
}

/// Regularisation scaled by frequency: `strength * (observed + unobserved weight of all)^exponent` (Rendle, Krichene, Zhang
/// and Koren 2022, "Revisiting the performance of iALS on item recommendation benchmarks", RecSys, equation 4).
#[derive(Clone, Copy, PartialEq, Debug)]
pub(in crate::recommend) struct Regularisation {
    pub(in crate::recommend) strength: f32,
    pub(in crate::recommend) all: f32,
    pub(in crate::recommend) exponent: f32,
}

impl Regularisation {
    pub(in crate::recommend) fn of(&self, observed: usize) -> f32 {
        self.strength * (observed as f32 + self.all).powf(self.exponent)
    }
}

impl Ridge {
    pub(in crate::recommend) fn new(vectors: &Vectors, unobserved: f32, scale: Regularisation) -> Self {
        let all = MatRef::from_row_major_slice(&vectors.numbers, vectors.len(), vectors.dims);
        let mut gram = Mat::<f32>::zeros(vectors.dims, vectors.dims);
        matmul(&mut gram, Accum::Replace, all.transpose(), all, unobserved, Par::rayon(0));
        let gram = Mat::from_fn(vectors.dims, vectors.dims, |row, column| f64::from(gram[(row, column)]));
        Self { unobserved, scale, gram }
    }

    /// Solves the equations of a history for a right-hand side.
    fn solve(&self, vectors: &Vectors, evidence: &[Evidence], right: &Mat<f64>) -> Option<Mat<f64>> {
        let met = Mat::from_fn(vectors.dims, evidence.len(), |dim, event| {
            let Evidence { item, weight } = evidence[event];
            f64::from(weight.abs()).sqrt() * f64::from(vectors.of(item)[dim])
        });
        let mut equations = self.gram.clone();
        let ridge = f64::from(self.scale.of(evidence.len()));
        (0..vectors.dims).for_each(|dim| equations[(dim, dim)] += ridge);
        matmul(&mut equations, Accum::Add, &met, met.transpose(), 1.0, Par::Seq);
        Some(equations.llt(Side::Lower).ok()?.solve(right))
    }
}

/// An item of a history and how much it says, negative where against.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Evidence {
    item: usize,
    weight: f32,
}

impl Fold for FoldIn {
    fn point(&self, vectors: &Vectors, history: &[Touch]) -> Option<Vec<f32>> {
        let evidence = self.evidence(vectors, history);
        if evidence.is_empty() && self.biases.is_none() {
            return None;
        }
        let mut sum = Mat::<f64>::zeros(vectors.dims, 1);
        for event in &evidence {
            let weight = f64::from(event.weight * self.pull(event.item));
            for (dim, number) in vectors.of(event.item).iter().enumerate() {
                sum[(dim, 0)] += weight * f64::from(*number);
            }
        }
        if let Some(ridge) = &self.ridge {
            sum = ridge.solve(vectors, &evidence, &sum)?;
        }
        let mut point: Vec<f32> = (0..vectors.dims).map(|dim| sum[(dim, 0)] as f32).collect();
        if let (Some(_), Some(last)) = (&self.biases, point.last_mut()) {
            *last = 1.0;
        }
        Some(point)
    }

    /// The point is linear in the items once the equations are given (Hu, Koren and Volinsky 2008, section 5).
    fn parts(&self, vectors: &Vectors, history: &[Touch], item: Row) -> Vec<Share> {
        let evidence = self.evidence(vectors, history);
        let target = vectors.of(item.index());
        let mut seen = Mat::from_fn(vectors.dims, 1, |dim, _| f64::from(target[dim]));
        let mut shares = Vec::with_capacity(evidence.len() + 1);
        if let Some(biases) = &self.biases {
            seen[(vectors.dims - 1, 0)] = 0.0;
            shares.push(Share { because: None, part: biases.items[item.index()] });
        }
        if let Some(ridge) = &self.ridge {
            let Some(solved) = ridge.solve(vectors, &evidence, &seen) else { return Vec::new() };
            seen = solved;
        }
        shares.extend(evidence.iter().map(|event| {
            let numbers = vectors.of(event.item).iter().enumerate();
            let product: f64 = numbers.map(|(dim, number)| seen[(dim, 0)] * f64::from(*number)).sum();
            let part = (product * f64::from(event.weight * self.pull(event.item))) as f32;
            Share { because: Some(Row(event.item as u32)), part }
        }));
        shares.retain(|share| share.part != 0.0);
        shares
    }

    fn encode(&self, out: &mut Writer) {
        self.confidence.encode(out);
        out.float(self.decay);
        out.floats(&self.pulls);
        out.byte(u8::from(self.biases.is_some()));
        if let Some(biases) = &self.biases {
            out.float(biases.mean);
        }
        match &self.ridge {
            None => out.byte(0),
            Some(ridge) => {
                out.byte(1);
                let Regularisation { strength, all, exponent } = ridge.scale;
                [ridge.unobserved, strength, all, exponent].into_iter().for_each(|number| out.float(number));
            }
        }
    }

    fn decode(input: &mut Reader<'_>, vectors: &Vectors) -> crate::Result<Self> {
        let (confidence, decay) = (Confidence::decode(input)?, input.float()?);
        let pulls = input.floats()?;
        if !pulls.is_empty() && pulls.len() != vectors.len() {
            return Err(input.fault("a pull an item, or none"));
        }
        let biases = match input.byte()? {
            0 => None,
            1 => {
                let items = vectors.numbers.chunks_exact(vectors.dims).map(|vector| vector[vectors.dims - 1]).collect();
                Some(Biases { mean: input.float()?, items })
            }
            _ => return Err(input.fault("0 or 1")),
        };
        let ridge = match input.byte()? {
            0 => None,
            1 => {
                let unobserved = input.float()?;
                let scale = Regularisation { strength: input.float()?, all: input.float()?, exponent: input.float()? };
                Some(Ridge::new(vectors, unobserved, scale))
            }
            _ => return Err(input.fault("0 or 1")),
        };
        Ok(Self { confidence, decay, ridge, pulls, biases })
    }
}

impl FoldIn {
    /// What a history says of known items: its last ones, so that work is bounded.
    fn evidence(&self, vectors: &Vectors, history: &[Touch]) -> Vec<Evidence> {
        /// Items of a history that count.
        const EVENTS: usize = 1_000;
        let (mut fades, mut fade, mut last) = (Vec::new(), 1.0, None);
        let mut found = Vec::with_capacity(history.len().min(EVENTS));
        for touch in history.iter().take(EVENTS) {
            // What was touched at the same time is equally far back.
            if last.is_some_and(|last| last != touch.time) {
                fade *= self.decay;
            }
            last = Some(touch.time);
            let weight = self.confidence.of(touch.weight);
            if touch.item.index() < vectors.len() && weight != 0.0 {
                found.push(Evidence { item: touch.item.index(), weight });
                fades.push(fade);
            }
        }
        if let Some(biases) = &self.biases {
            biases.take_from(found.iter_mut().map(|event| (event.item, &mut event.weight)));
        }
        found.iter_mut().zip(fades).for_each(|(event, fade)| event.weight *= fade);
        found
    }

    fn pull(&self, item: usize) -> f32 {
        self.pulls.get(item).copied().unwrap_or(1.0)
    }
}
