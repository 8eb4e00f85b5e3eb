//! Coordinate search: one number at a time, over and over, as long as it helps by more than chance would.

use std::sync::Mutex;

use engine::{SearchCase, Tuning};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::numbers::Number;
use super::{Measure, Stopped};
use crate::search::JudgedQuery;

/// Times all numbers are gone through.
const ROUNDS: usize = 3;
/// Standard errors by which a step must be better on the queries it is chosen on. One keeps the search from following every
/// query's whim; whether the whole is better than noise is for held-out queries to say.
const STANDARD_ERRORS: f64 = 1.0;
/// Gains below this are no gains.
const GAIN_MIN: f64 = 1e-4;

/// The queries with their searches taken apart.
pub(super) struct Problem<'a> {
    pub(super) queries: &'a [JudgedQuery],
    pub(super) cases: Vec<SearchCase>,
    pub(super) measure: Measure,
    pub(super) numbers: Vec<Number>,
    /// What each query has under numbers that were tried before: folds begin alike and try much the same.
    known: Mutex<FxHashMap<Vec<u32>, Vec<f64>>>,
}

impl<'a> Problem<'a> {
    pub(super) fn new(
        queries: &'a [JudgedQuery],
        cases: Vec<SearchCase>,
        measure: Measure,
        numbers: Vec<Number>,
    ) -> Self {
        Self { queries, cases, measure, numbers, known: Mutex::default() }
    }

    /// The measure of every query under these numbers.
    pub(super) fn values(&self, tuning: &Tuning) -> Vec<f64> {
        let key: Vec<u32> = self.numbers.iter().map(|number| number.get(tuning).to_bits()).collect();
        let known = || self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(values) = known().get(&key) {
            return values.clone();
        }
        let one = |(case, query): (&SearchCase, &JudgedQuery)| {
            let items = case.rank(tuning, Measure::DEPTH);
            let gains: Vec<f64> = items.iter().map(|item| query.gains.get(*item).copied().unwrap_or(0.0)).collect();
            self.measure.of(query, &gains)
        };
        let values: Vec<f64> = self.cases.par_iter().zip(self.queries).map(one).collect();
        known().insert(key, values.clone());
        values
    }

    /// Numbers tried so far.
    pub(super) fn tried(&self) -> usize {
        self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner).len()
    }

    /// The best numbers for some of the queries, from `start` on.
    pub(super) fn climb(
        &self,
        start: &Tuning,
        queries: &[usize],
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Tuning, Stopped> {
        let mut best = start.clone();
        let mut now = self.values(&best);
        for _ in 0..ROUNDS {
            let mut moved = false;
            for number in &self.numbers {
                if !go_on() {
                    return Err(Stopped);
                }
                let tried = number.candidates(&best).into_iter().map(|value| {
                    let tuning = number.with(&best, value);
                    let values = self.values(&tuning);
                    (gain(&now, &values, queries), tuning, values)
                });
                let found = tried.max_by(|a, b| a.0.mean.total_cmp(&b.0.mean));
                let Some((gain, tuning, values)) = found else { continue };
                if gain.mean > GAIN_MIN && gain.mean > STANDARD_ERRORS * gain.error {
                    (best, now, moved) = (tuning, values, true);
                }
            }
            if !moved {
                break;
            }
        }
        Ok(best)
    }
}

#[derive(Clone, Copy)]
struct Gain {
    mean: f64,
    /// Standard error of the mean.
    error: f64,
}

fn gain(before: &[f64], after: &[f64], queries: &[usize]) -> Gain {
    let differences: Vec<f64> = queries.iter().map(|at| after[*at] - before[*at]).collect();
    let count = differences.len().max(1) as f64;
    let mean = differences.iter().sum::<f64>() / count;
    let squares: f64 = differences.iter().map(|difference| (difference - mean).powi(2)).sum();
    Gain { mean, error: (squares / (count - 1.0).max(1.0) / count).sqrt() }
}
