use std::collections::VecDeque;

use super::DriftError;
use super::error::within;
use crate::bytes::{Reader, Writer};
use crate::online::state::{read_double, write_double};
use crate::{Error, Result};

/// Version of the bytes.
const VERSION: u8 = 1;

/// Detects changes of a stream's mean, and keeps the window over which it has not changed: ADWIN2 (Bifet and Gavaldà
/// 2007, "Learning from time-changing data with adaptive windowing", SDM).
///
/// The window is an exponential histogram: at most `buckets_max` buckets hold `2^i` values each for every `i`, so memory
/// grows with the logarithm of the window. Now and then each border between buckets is tried; where the means `μ0`, `μ1`
/// before and behind it differ by more than
/// `ε = √(2/m σ² ln(2 ln W / δ)) + 2/(3m) ln(2 ln W / δ)` with `1/m = 1/n0 + 1/n1`, the oldest bucket is dropped.
#[derive(Clone, PartialEq, Debug)]
pub struct Adwin {
    config: AdwinConfig,
    /// By size, smallest first: buckets, oldest first.
    levels: Vec<VecDeque<Bucket>>,
    whole: Bucket,
    width: f64,
    ticks: u64,
    /// Values that were not numbers.
    passed_over: u64,
}

/// How an [`Adwin`] watches.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct AdwinConfig {
    /// Bound of the probability of a false alarm at a border; above 0, below 1.
    pub delta: f64,
    /// Borders are tried every so many values.
    pub clock: u32,
    /// Buckets of each size, at least 2.
    pub buckets_max: usize,
    /// Least values on each side of a border.
    pub side_min: u32,
    /// Values before the first trial.
    pub grace: u32,
}

impl Default for AdwinConfig {
    fn default() -> Self {
        Self { delta: 0.002, clock: 32, buckets_max: 5, side_min: 5, grace: 10 }
    }
}

/// A change of the mean that was detected.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Change {
    /// Mean of what was dropped as outdated.
    pub before: f64,
    /// Mean of what was kept.
    pub after: f64,
    /// Values kept.
    pub kept: u64,
}

/// Sum and sum of squared deviations of some values.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
struct Bucket {
    total: f64,
    deviations: f64,
}

impl Bucket {
    /// Both together, of `n` and `m` values: deviations add, plus those of the two means from the common one.
    fn join(self, n: f64, other: Self, m: f64) -> Self {
        let apart = self.total / n - other.total / m;
        Self {
            total: self.total + other.total,
            deviations: self.deviations + other.deviations + n * m * apart * apart / (n + m),
        }
    }

    /// What is left of `n` values without the `m` of `other`.
    fn without(self, n: f64, other: Self, m: f64) -> Self {
        let total = self.total - other.total;
        let apart = total / (n - m) - other.total / m;
        let deviations = self.deviations - other.deviations - (n - m) * m * apart * apart / n;
        Self { total, deviations: deviations.max(0.0) }
    }
}

impl Adwin {
    /// A detector with an empty window.
    ///
    /// # Errors
    /// Where a setting is out of its range.
    pub fn new(config: AdwinConfig) -> std::result::Result<Self, DriftError> {
        within("delta", config.delta, 1e-12, 0.999, "10^-12 to 0.999")?;
        within("clock", f64::from(config.clock), 1.0, 1e9, "at least 1")?;
        within("buckets_max", config.buckets_max as f64, 2.0, 1e3, "2 to 1000")?;
        within("side_min", f64::from(config.side_min), 1.0, 1e9, "at least 1")?;
        let levels = vec![VecDeque::new()];
        Ok(Self { config, levels, whole: Bucket::default(), width: 0.0, ticks: 0, passed_over: 0 })
    }

    /// Takes the next value; a change, where this is when it shows. What is no number, or larger than 10^9 in size, is
    /// passed over and counted.
    pub fn observe(&mut self, value: f64) -> Option<Change> {
        if value.is_nan() || value.abs() > 1e9 {
            self.passed_over += 1;
            return None;
        }
        let one = Bucket { total: value, deviations: 0.0 };
        self.whole = if self.width > 0.0 { self.whole.join(self.width, one, 1.0) } else { one };
        self.width += 1.0;
        self.levels[0].push_back(one);
        self.compress();
        self.ticks += 1;
        let due = self.ticks.is_multiple_of(u64::from(self.config.clock)) && self.width > f64::from(self.config.grace);
        if due { self.shrink() } else { None }
    }

    /// Mean of the window; 0 where it is empty.
    pub fn mean(&self) -> f64 {
        if self.width > 0.0 { self.whole.total / self.width } else { 0.0 }
    }

    /// Variance of the window, divided by its width.
    pub fn variance(&self) -> f64 {
        if self.width > 0.0 { self.whole.deviations / self.width } else { 0.0 }
    }

    /// Values in the window.
    pub fn width(&self) -> u64 {
        self.width as u64
    }

    /// Buckets held: what memory is proportional to.
    pub fn buckets(&self) -> usize {
        self.levels.iter().map(VecDeque::len).sum()
    }

    /// Values passed over because they were no sane numbers.
    pub fn passed_over(&self) -> u64 {
        self.passed_over
    }

    fn compress(&mut self) {
        for level in 0.. {
            if self.levels[level].len() <= self.config.buckets_max {
                break;
            }
            let size = (level as f64).exp2();
            let (Some(first), Some(second)) = (self.levels[level].pop_front(), self.levels[level].pop_front()) else {
                break;
            };
            if level + 1 == self.levels.len() {
                self.levels.push(VecDeque::new());
            }
            self.levels[level + 1].push_back(first.join(size, second, size));
        }
    }

    /// Drops the oldest buckets for as long as some border shows a change.
    fn shrink(&mut self) -> Option<Change> {
        let (mut dropped, mut count) = (0.0, 0.0);
        while self.has_changed() {
            let Some((bucket, size)) = self.drop_oldest() else { break };
            dropped += bucket.total;
            count += size;
        }
        let change = || Change { before: dropped / count, after: self.mean(), kept: self.width() };
        (count > 0.0).then(change)
    }

    fn has_changed(&self) -> bool {
        let side_min = f64::from(self.config.side_min);
        let confidence = (2.0 * self.width.ln() / self.config.delta).ln();
        let (mut before, mut total) = (0.0, 0.0);
        for (level, buckets) in self.levels.iter().enumerate().rev() {
            let size = (level as f64).exp2();
            for bucket in buckets {
                before += size;
                total += bucket.total;
                let behind = self.width - before;
                if before < side_min || behind < side_min {
                    continue;
                }
                let apart = total / before - (self.whole.total - total) / behind;
                // As in the authors' program, sides count for less than they hold by the least they must hold.
                let m = 1.0 / (before - side_min + 1.0) + 1.0 / (behind - side_min + 1.0);
                let epsilon = (2.0 * m * self.variance() * confidence).sqrt() + 2.0 / 3.0 * m * confidence;
                if apart.abs() > epsilon {
                    return true;
                }
            }
        }
        false
    }

    fn drop_oldest(&mut self) -> Option<(Bucket, f64)> {
        let level = self.levels.len() - 1;
        let (bucket, size) = (self.levels[level].pop_front()?, (level as f64).exp2());
        if size >= self.width {
            (self.whole, self.width) = (Bucket::default(), 0.0);
        } else {
            self.whole = self.whole.without(self.width, bucket, size);
            self.width -= size;
        }
        while self.levels.len() > 1 && self.levels[self.levels.len() - 1].is_empty() {
            self.levels.pop();
        }
        Some((bucket, size))
    }

    /// Bytes for a checkpoint; the settings are not among them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(VERSION);
        self.write(&mut out);
        out.0
    }

    /// Reads a checkpoint of a detector with these settings.
    ///
    /// # Errors
    /// [`Error::Version`] for another version, [`Error::Corrupt`] for anything else, settings out of range included.
    pub fn from_bytes(config: AdwinConfig, bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes);
        let version = input.byte()?;
        if version != VERSION {
            return Err(Error::Version { expected: VERSION, got: version });
        }
        let adwin = Self::read(config, &mut input)?;
        input.end()?;
        Ok(adwin)
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.number(self.ticks);
        out.number(self.passed_over);
        write_double(out, self.whole.total);
        write_double(out, self.whole.deviations);
        out.number(self.levels.len() as u64);
        for buckets in &self.levels {
            out.number(buckets.len() as u64);
            for bucket in buckets {
                write_double(out, bucket.total);
                write_double(out, bucket.deviations);
            }
        }
    }

    pub(super) fn read(config: AdwinConfig, input: &mut Reader<'_>) -> Result<Self> {
        let mut adwin = Self::new(config).map_err(|_| input.fault("settings within their ranges"))?;
        (adwin.ticks, adwin.passed_over) = (input.number()?, input.number()?);
        adwin.whole = Bucket { total: read_double(input)?, deviations: read_double(input)? };
        let levels = input.count(1)?;
        if !(1..=50).contains(&levels) {
            return Err(input.fault("1 to 50 sizes of buckets"));
        }
        adwin.levels.clear();
        for level in 0..levels {
            let count = input.count(16)?;
            if count > config.buckets_max || (count == 0 && level + 1 == levels && level > 0) {
                return Err(input.fault("as many buckets as the settings allow"));
            }
            adwin.width += count as f64 * (level as f64).exp2();
            let bucket = |input: &mut Reader<'_>| {
                Ok(Bucket { total: read_double(input)?, deviations: read_double(input)?.max(0.0) })
            };
            adwin.levels.push((0..count).map(|_| bucket(input)).collect::<Result<_>>()?);
        }
        if adwin.whole.deviations < 0.0 { Err(input.fault("squares of at least 0")) } else { Ok(adwin) }
    }
}

#[cfg(test)]
pub(super) mod streams;
#[cfg(test)]
mod tests;
