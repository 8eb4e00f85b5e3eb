use super::SlateError;
use super::error::{finite, length};

/// What a shopper sees an item by, where no vector is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Labels {
    /// Its category, best the most special one.
    pub category: Option<u32>,
    /// Its brand.
    pub brand: Option<u32>,
}

/// How like two items of a list are, 0 to 1; as a matrix with ones on the diagonal it is positive semidefinite.
#[derive(Clone, Debug)]
pub struct Likeness<'a>(Kind<'a>);

#[derive(Clone, Debug)]
enum Kind<'a> {
    Labels(&'a [Labels]),
    /// Of length 1 each, or 0 where there is none.
    Vectors {
        units: Vec<f32>,
        width: usize,
    },
}

impl<'a> Likeness<'a> {
    /// By category and brand, one half each.
    pub fn labels(labels: &'a [Labels]) -> Self {
        Self(Kind::Labels(labels))
    }

    /// By vectors of `width` numbers an item, one after the other: `(1 + cosine) / 2` (Chen, Zhang and Zhou 2018, NeurIPS,
    /// section 6), so that opposite items are the least alike. A vector of zeros has cosine 0 to all others.
    ///
    /// # Errors
    /// Where a number is not finite, or `vectors` is not a multiple of `width`.
    pub fn vectors(vectors: &[f32], width: usize) -> Result<Self, SlateError> {
        if width == 0 || !vectors.len().is_multiple_of(width) {
            return Err(SlateError::Count { field: "width", expected: "a divisor of the numbers given", got: width });
        }
        finite("vectors", vectors).map_err(|fault| match fault {
            SlateError::NotFinite { field, at } => SlateError::NotFinite { field, at: at / width },
            other => other,
        })?;
        let mut units = vectors.to_vec();
        for unit in units.chunks_exact_mut(width) {
            let norm = unit.iter().map(|number| f64::from(*number).powi(2)).sum::<f64>().sqrt();
            unit.iter_mut()
                .for_each(|number| *number = if norm > 0.0 { (f64::from(*number) / norm) as f32 } else { 0.0 });
        }
        Ok(Self(Kind::Vectors { units, width }))
    }

    /// Of two items, by their places; 1 for an item and itself.
    ///
    /// # Panics
    /// Where there are no such places.
    pub fn between(&self, one: usize, other: usize) -> f64 {
        if one == other {
            return 1.0;
        }
        match &self.0 {
            Kind::Labels(labels) => {
                let same = |a: Option<u32>, b: Option<u32>| if a.is_some() && a == b { 0.5 } else { 0.0 };
                same(labels[one].category, labels[other].category) + same(labels[one].brand, labels[other].brand)
            }
            Kind::Vectors { units, width } => {
                let unit = |item: usize| &units[item * width..(item + 1) * width];
                (f64::midpoint(1.0, dot(unit(one), unit(other)))).clamp(0.0, 1.0)
            }
        }
    }

    fn len(&self) -> usize {
        match &self.0 {
            Kind::Labels(labels) => labels.len(),
            Kind::Vectors { units, width } => units.len() / width,
        }
    }

    pub(super) fn check(&self, items: usize) -> Result<(), SlateError> {
        length("likeness", self.len(), items)
    }
}

/// Sums in lanes, so that the compiler may use vector instructions; the order of the sums is fixed.
fn dot(one: &[f32], other: &[f32]) -> f64 {
    const LANES: usize = 8;
    let mut sums = [0f32; LANES];
    let (heads, tails) = (one.as_chunks::<LANES>(), other.as_chunks::<LANES>());
    for (a, b) in heads.0.iter().zip(tails.0) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = heads.1.iter().zip(tails.1).map(|(a, b)| a * b).sum();
    f64::from(sums.iter().sum::<f32>() + rest)
}
