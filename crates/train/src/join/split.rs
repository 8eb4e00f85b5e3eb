use neural::image::cosine;
use rayon::prelude::*;
use types::Rng;

use crate::{Error, Result};

/// How products are divided.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SplitOptions {
    /// Products that nothing is learnt from.
    pub test: usize,
    /// Products that decide when training ends.
    pub validation: usize,
    /// From this cosine on two pictures are the same one.
    pub same: f32,
    /// Seed of the drawing.
    pub seed: u64,
}

impl Default for SplitOptions {
    fn default() -> Self {
        Self { test: 4_444, validation: 1_000, same: 0.98, seed: 1 }
    }
}

/// Products by what they are for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Split {
    /// To train on.
    pub train: Vec<usize>,
    /// To decide with when training ends.
    pub validation: Vec<usize>,
    /// To measure on, in the order they were drawn.
    pub test: Vec<usize>,
    /// Left out: not held out, but with the picture of one that is.
    pub left_out: Vec<usize>,
}

/// Divides products by chance so that no picture is on two sides: what is not held out but shows the picture of a product
/// that is, exactly or nearly ([`SplitOptions::same`]), is left out; and so is a validation product with a test picture.
///
/// # Errors
/// Where fewer products would be left to train on than are held out.
pub fn split(pictures: &[Vec<f32>], options: &SplitOptions) -> Result<Split> {
    let held_out = options.test + options.validation;
    if pictures.len() < 2 * held_out || options.test == 0 || options.validation == 0 {
        let what = format!("{} products are too few to hold out {held_out} of them", pictures.len());
        return Err(Error::Data(what));
    }
    let mut order: Vec<usize> = (0..pictures.len()).collect();
    Rng::new(options.seed).shuffle(&mut order);
    let (test, rest) = order.split_at(options.test);
    let (validation, train) = rest.split_at(options.validation);
    let mut split = Split { test: test.to_vec(), ..Split::default() };
    let divide = |candidates: &[usize], against: &[usize], left_out: &mut Vec<usize>| {
        let same = near_duplicates(pictures, candidates, against, options.same);
        let (kept, gone): (Vec<_>, Vec<_>) = candidates.iter().zip(same).partition(|(_, same)| !same);
        left_out.extend(gone.into_iter().map(|(product, _)| *product));
        kept.into_iter().map(|(product, _)| *product).collect::<Vec<usize>>()
    };
    split.validation = divide(validation, test, &mut split.left_out);
    split.train = divide(train, &order[..held_out], &mut split.left_out);
    Ok(split)
}

/// For each candidate whether a picture of `against` has at least the cosine `same` with its own; all vectors of length 1.
pub fn near_duplicates(pictures: &[Vec<f32>], candidates: &[usize], against: &[usize], same: f32) -> Vec<bool> {
    // A block of the others stays in the cache while all candidates of a thread pass by.
    const BLOCK: usize = 128;
    candidates
        .par_chunks(256)
        .flat_map_iter(|candidates| {
            let mut found = vec![false; candidates.len()];
            for block in against.chunks(BLOCK) {
                for (found, candidate) in found.iter_mut().zip(candidates).filter(|(found, _)| !**found) {
                    let own = &pictures[*candidate];
                    *found = block.iter().any(|other| cosine(own, &pictures[*other]) >= same);
                }
            }
            found
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_never_on_two_sides() {
        // Every tenth picture is shown by three products.
        let mut rng = Rng::new(3);
        let mut pictures: Vec<Vec<f32>> = Vec::new();
        for at in 0..300 {
            let mut vector: Vec<f32> = (0..20).map(|_| rng.normal() as f32).collect();
            let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
            vector.iter_mut().for_each(|value| *value /= length);
            (0..if at % 10 == 0 { 3 } else { 1 }).for_each(|_| pictures.push(vector.clone()));
        }
        let options = SplitOptions { test: 60, validation: 40, same: 0.999, seed: 7 };
        let split = split(&pictures, &options).unwrap();
        assert_eq!(split.test.len(), 60);
        let all = split.train.len() + split.validation.len() + split.test.len() + split.left_out.len();
        assert!(all == pictures.len() && !split.left_out.is_empty());
        for (one, other) in
            [(&split.train, &split.test), (&split.train, &split.validation), (&split.validation, &split.test)]
        {
            assert!(one.iter().all(|a| other.iter().all(|b| pictures[*a] != pictures[*b])));
        }
        assert_eq!(super::split(&pictures, &options).unwrap(), split);
        assert!(super::split(&pictures[..50], &options).is_err());
    }
}
