//! The linear mapping from what items are to who wants them.

use faer::linalg::solvers::DenseSolveCore;
use faer::{MatRef, Side};
use rayon::prelude::*;
use types::Rng;

use super::super::fit::tell;
use super::super::sparse::keep_best;
use super::super::{FitError, Interactions, Sparse, Watcher};
use super::design::Rows;

/// Items of a user that are looked at, the last ones: pairs grow with their square.
const OF_A_USER: usize = 200;
/// Neighbours of an item that are kept.
const NEIGHBOURS: usize = 100;
/// Items that the mapping is fitted on, at most, those wanted most.
const FITTED_ON: usize = 50_000;

/// Items x items: cosines of the sets of users that want them, lessened where few do (Bell and Koren 2007, "Improved
/// neighborhood-based collaborative filtering", on shrinkage). Also the number of users of each item.
pub(super) fn affinities(
    data: &Interactions,
    shrinkage: f32,
    watcher: &mut dyn Watcher,
) -> Result<(Sparse, Vec<f32>), FitError> {
    let liked = data.iter().map(|list| {
        let mut items: Vec<(u32, f32)> =
            list.iter().rev().filter(|e| e.weight > 0.0).take(OF_A_USER).map(|e| (e.item.0, 1.0)).collect();
        items.sort_unstable_by_key(|(item, _)| *item);
        items.dedup_by_key(|(item, _)| *item);
        items
    });
    let users = Sparse::from_rows(data.items(), liked);
    let items = users.transpose();
    let counts = items.row_sums();
    let mut rows: Vec<Vec<(u32, f32)>> = Vec::with_capacity(data.items());
    let all: Vec<usize> = (0..data.items()).collect();
    for chunk in all.chunks(2_048) {
        tell(watcher, 0.5 * rows.len() as f64 / data.items() as f64, None)?;
        let made = chunk.par_iter().map_init(
            || vec![0.0f32; data.items()],
            |both, item| nearest(*item, &users, &items, &counts, shrinkage, both),
        );
        rows.extend(made.collect::<Vec<_>>());
    }
    Ok((Sparse::from_rows(data.items(), rows), counts))
}

fn nearest(
    item: usize,
    users: &Sparse,
    items: &Sparse,
    counts: &[f32],
    shrinkage: f32,
    both: &mut [f32],
) -> Vec<(u32, f32)> {
    let mut met: Vec<u32> = Vec::new();
    for user in items.row(item).0 {
        for other in users.row(*user as usize).0 {
            if both[*other as usize] == 0.0 {
                met.push(*other);
            }
            both[*other as usize] += 1.0;
        }
    }
    let cosine = |other: u32| both[other as usize] / ((counts[item] * counts[other as usize]).sqrt() + shrinkage);
    let mut row: Vec<(u32, f32)> =
        met.iter().filter(|other| **other as usize != item).map(|other| (*other, cosine(*other))).collect();
    met.iter().for_each(|other| both[*other as usize] = 0.0);
    keep_best(&mut row, NEIGHBOURS);
    row
}

/// Scores of some items.
pub(super) type Scores = Vec<(usize, f32)>;

/// A ridge regression of scores on contents: for scores `r` of known items, `z = P X' D r` with
/// `P = inv(X' D X + λ I)` gives scores `X z` also to items nobody has met (Gantner et al. 2010, "Learning
/// attribute-to-feature mappings for cold-start recommendations", ICDM, there factor by factor). `D` trusts what is wanted
/// often. `P` does not depend on `r`, so one mapping serves every history.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Mapping {
    /// `P`, row after row.
    pub(super) inverse: Vec<f32>,
    /// What its scores are multiplied by, so that they are spread as those of known items.
    pub(super) lift: f32,
}

/// Strengths of the ridge that are tried, in parts of the mean of the diagonal.
const RIDGES: [f64; 4] = [0.01, 0.1, 1.0, 10.0];
/// Histories that a strength is judged by.
const JUDGES: usize = 300;
/// One in so many items is hidden to judge.
const ONE_HIDDEN: usize = 10;

impl Mapping {
    /// Fits; the strength of the ridge is the one that foretells best the scores of items that were hidden, as new ones are
    /// (Volkovs, Yu and Poutanen 2017, "DropoutNet", NIPS, on training for new items by hiding known ones).
    pub(super) fn fit(
        rows: &Rows,
        trusts: &[f32],
        examples: &[Scores],
        seed: u64,
        watcher: &mut dyn Watcher,
    ) -> Result<Self, FitError> {
        let mut known: Vec<usize> = (0..rows.items()).filter(|item| trusts[*item] > 0.0).collect();
        known.sort_by(|a, b| trusts[*b].total_cmp(&trusts[*a]).then(a.cmp(b)));
        known.truncate(FITTED_ON);
        let mut rng = Rng::new(seed);
        rng.shuffle(&mut known);
        let (hidden, seen) = known.split_at(known.len() / ONE_HIDDEN);
        let judges = &examples[..examples.len().min(JUDGES)];
        let seen_products = products(rows, trusts, seen);
        tell(watcher, 0.6, None)?;
        let mut best: Option<(f64, f64)> = None;
        for (at, ridge) in RIDGES.into_iter().enumerate() {
            let error = match inverse(&seen_products, rows.width(), ridge) {
                Some(inverse) if !hidden.is_empty() => error(rows, trusts, &inverse, hidden, judges),
                Some(_) => 0.0,
                None => continue,
            };
            if error.is_finite() && best.is_none_or(|(least, _)| error < least) {
                best = Some((error, ridge));
            }
            tell(watcher, 0.6 + 0.08 * (at + 1) as f64, None)?;
        }
        let diverged = || FitError::Diverged { what: "contents cannot be told apart".to_owned() };
        let (_, ridge) = best.ok_or_else(diverged)?;
        let inverse = inverse(&products(rows, trusts, &known), rows.width(), ridge).ok_or_else(diverged)?;
        let lift = lift(rows, trusts, &inverse, judges);
        tell(watcher, 1.0, None)?;
        Ok(Self { inverse, lift })
    }

    /// `z` for scores `r` of some items.
    pub(super) fn of(&self, rows: &Rows, trusts: &[f32], scores: &[(usize, f32)]) -> Vec<f32> {
        let mut z = solve(rows, trusts, &self.inverse, scores);
        z.iter_mut().for_each(|value| *value *= self.lift);
        z
    }
}

fn solve(rows: &Rows, trusts: &[f32], inverse: &[f32], scores: &[(usize, f32)]) -> Vec<f32> {
    let mut sums = vec![0.0; rows.width()];
    scores.iter().for_each(|(item, score)| rows.add(*item, trusts[*item] * score, &mut sums));
    inverse.chunks_exact(rows.width()).map(|row| row.iter().zip(&sums).map(|(a, b)| a * b).sum()).collect()
}

/// The squared error on `hidden` items after fitting on all others.
fn error(rows: &Rows, trusts: &[f32], inverse: &[f32], hidden: &[usize], judges: &[Scores]) -> f64 {
    let mut is_hidden = vec![false; rows.items()];
    hidden.iter().for_each(|item| is_hidden[*item] = true);
    let of_one = |scores: &Scores| {
        let (unseen, seen): (Scores, Scores) = scores.iter().partition(|(item, _)| is_hidden[*item]);
        let z = solve(rows, trusts, inverse, &seen);
        let mut truth = vec![0.0f32; rows.items()];
        unseen.iter().for_each(|(item, score)| truth[*item] = *score);
        let miss = |item: &usize| f64::from(trusts[*item] * (rows.dot(*item, &z) - truth[*item]).powi(2));
        hidden.iter().map(miss).sum::<f64>()
    };
    judges.par_iter().map(of_one).collect::<Vec<f64>>().into_iter().sum()
}

/// How much wider the scores of known items are spread than those of the mapping.
fn lift(rows: &Rows, trusts: &[f32], inverse: &[f32], judges: &[Scores]) -> f32 {
    let squares = |scores: &Scores| {
        let z = solve(rows, trusts, inverse, scores);
        let own: f64 = scores.iter().map(|(_, score)| f64::from(score * score)).sum();
        let known = (0..rows.items()).filter(|item| trusts[*item] > 0.0);
        (own, known.map(|item| f64::from(rows.dot(item, &z).powi(2))).sum::<f64>())
    };
    let all: Vec<(f64, f64)> = judges.par_iter().map(squares).collect();
    let (own, mapped) = all.iter().fold((0.0, 0.0), |(own, mapped), pair| (own + pair.0, mapped + pair.1));
    // Contents that say next to nothing are not blown up.
    if mapped > 0.0 { (own / mapped).sqrt().clamp(0.1, 10.0) as f32 } else { 1.0 }
}

/// `X' D X` of some items, lower triangle.
fn products(rows: &Rows, trusts: &[f32], items: &[usize]) -> Vec<f64> {
    let width = rows.width();
    let of_chunk = |chunk: &[usize]| {
        let mut sums = vec![0.0f32; width * width];
        for item in chunk {
            let row = rows.full(*item);
            for (one, value) in row.iter().enumerate().filter(|(_, value)| **value != 0.0) {
                let times = trusts[*item] * value;
                sums[one * width..=one * width + one]
                    .iter_mut()
                    .zip(&row)
                    .for_each(|(sum, other)| *sum += times * other);
            }
        }
        sums
    };
    let mut all = vec![0.0f64; width * width];
    for chunk in items.chunks(4 * 512) {
        let parts: Vec<Vec<f32>> = chunk.par_chunks(512).map(of_chunk).collect();
        parts.iter().for_each(|part| all.iter_mut().zip(part).for_each(|(sum, value)| *sum += f64::from(*value)));
    }
    all
}

/// The inverse of `products` with a ridge, row after row; `None` where it has none.
fn inverse(products: &[f64], width: usize, ridge: f64) -> Option<Vec<f32>> {
    let mut matrix = MatRef::from_row_major_slice(products, width, width).to_owned();
    let mean = (0..width).map(|at| matrix[(at, at)]).sum::<f64>() / width as f64;
    (0..width).for_each(|at| matrix[(at, at)] += ridge * mean + 1e-9);
    let inverse = matrix.llt(Side::Lower).ok()?.inverse();
    // It is symmetric: its columns are its rows.
    Some(inverse.col_iter().flat_map(|column| column.iter().map(|value| *value as f32)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inverse_is_one() {
        let mut rng = Rng::new(1);
        let half: Vec<f64> = (0..36).map(|_| rng.normal()).collect();
        let product = |a: usize, b: usize| (0..6).map(|k| half[a * 6 + k] * half[b * 6 + k]).sum::<f64>();
        let matrix: Vec<f64> = (0..36).map(|at| product(at / 6, at % 6)).collect();
        let mean = (0..6).map(|at| matrix[at * 7]).sum::<f64>() / 6.0;
        let inverse = inverse(&matrix, 6, 0.1).unwrap();
        for (row, column) in (0..6).flat_map(|row| (0..6).map(move |column| (row, column))) {
            let with_ridge = |k: usize| matrix[row * 6 + k] + if k == row { 0.1 * mean } else { 0.0 };
            let value: f64 = (0..6).map(|k| with_ridge(k) * f64::from(inverse[k * 6 + column])).sum();
            assert!((value - f64::from(u8::from(row == column))).abs() < 1e-4, "{row} {column} {value}");
        }
        assert!(super::inverse(&[f64::NAN], 1, 0.1).is_none());
    }
}
