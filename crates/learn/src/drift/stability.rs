use super::DriftError;
use super::error::within;
use crate::bytes::{Reader, Writer};
use crate::{Error, Result};

/// Version of the bytes.
const VERSION: u8 = 1;
/// A value this common in the reference has a bin of its own, so that leaving it in either direction shows.
const ATOM: f64 = 0.05;

/// Tells whether features are still distributed as they were: the population stability index of each, between a reference
/// (the first values) and each block after it (Siddiqi 2006, "Credit risk scorecards", chapter 9; the index is the
/// symmetrised relative entropy `Σ (q - p) ln(q / p)` over bins that the reference fills alike). Below 0.1 nothing
/// has changed, above 0.25 much has, by convention.
///
/// What is not finite has a bin of its own: a feature that begins to be missing shows.
#[derive(Clone, PartialEq, Debug)]
pub struct Stability {
    config: StabilityConfig,
    columns: Vec<Column>,
    /// Rows of the reference or of the current block.
    rows: usize,
    watching: bool,
}

/// How a [`Stability`] compares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StabilityConfig {
    /// Rows of the reference, 100 to a million; kept only until they are binned.
    pub reference: usize,
    /// Rows of a block, 100 to a million.
    pub block: usize,
    /// Bins of the reference, 2 to 100.
    pub bins: usize,
}

impl Default for StabilityConfig {
    fn default() -> Self {
        Self { reference: 2_000, block: 1_000, bins: 10 }
    }
}

#[derive(Clone, PartialEq, Debug, Default)]
struct Column {
    /// While the reference is collected.
    values: Vec<f32>,
    /// Upper ends of bins, each included; then come what is larger, and what is not finite.
    edges: Vec<f32>,
    expected: Vec<u32>,
    counts: Vec<u32>,
}

impl Stability {
    /// A comparison of as many features as `columns`, which begins with the reference.
    ///
    /// # Errors
    /// Where a setting is out of its range.
    pub fn new(config: StabilityConfig, columns: usize) -> std::result::Result<Self, DriftError> {
        within("reference", config.reference as f64, 100.0, 1e6, "100 to 10^6")?;
        within("block", config.block as f64, 100.0, 1e6, "100 to 10^6")?;
        within("bins", config.bins as f64, 2.0, 100.0, "2 to 100")?;
        within("columns", columns as f64, 0.0, 4_096.0, "at most 4096")?;
        Ok(Self { config, columns: vec![Column::default(); columns], rows: 0, watching: false })
    }

    /// Number of features.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// Takes the next row; at the end of each block the index of every feature, in order. A row of another width is
    /// passed over.
    pub fn observe(&mut self, row: &[f32]) -> Option<Vec<f64>> {
        if row.len() != self.columns.len() {
            return None;
        }
        self.rows += 1;
        if self.watching {
            self.columns.iter_mut().zip(row).for_each(|(column, value)| column.count(*value));
            return (self.rows >= self.config.block).then(|| {
                self.rows = 0;
                self.columns.iter_mut().map(Column::index).collect()
            });
        }
        self.columns.iter_mut().zip(row).for_each(|(column, value)| column.values.push(*value));
        if self.rows >= self.config.reference {
            self.columns.iter_mut().for_each(|column| column.bin(self.config.bins));
            (self.rows, self.watching) = (0, true);
        }
        None
    }

    /// Bytes for a checkpoint; the settings are not among them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(VERSION);
        self.write(&mut out);
        out.0
    }

    /// Reads a checkpoint of a comparison with these settings.
    ///
    /// # Errors
    /// [`Error::Version`] for another version, [`Error::Corrupt`] for anything else, settings out of range included.
    pub fn from_bytes(config: StabilityConfig, bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes);
        let version = input.byte()?;
        if version != VERSION {
            return Err(Error::Version { expected: VERSION, got: version });
        }
        let stability = Self::read(config, &mut input)?;
        input.end()?;
        Ok(stability)
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.number(self.columns.len() as u64);
        out.number(self.rows as u64);
        out.byte(u8::from(self.watching));
        for column in &self.columns {
            // As bits, for a reference may hold what is not finite.
            out.number(column.values.len() as u64);
            column.values.iter().for_each(|value| out.number(u64::from(value.to_bits())));
            out.floats(&column.edges);
            for counts in [&column.expected, &column.counts] {
                out.number(counts.len() as u64);
                counts.iter().for_each(|count| out.number(u64::from(*count)));
            }
        }
    }

    pub(super) fn read(config: StabilityConfig, input: &mut Reader<'_>) -> Result<Self> {
        let columns = input.count(4)?;
        let mut stability = Self::new(config, columns).map_err(|_| input.fault("settings within their ranges"))?;
        let rows = input.number()?;
        stability.watching = input.byte()? != 0;
        let most = if stability.watching { config.block } else { config.reference };
        stability.rows =
            usize::try_from(rows).ok().filter(|rows| *rows < most).ok_or_else(|| input.fault("rows of one block"))?;
        for column in &mut stability.columns {
            column.values = (0..input.count(1)?).map(|_| input.small().map(f32::from_bits)).collect::<Result<_>>()?;
            column.edges = input.floats()?;
            column.expected = (0..input.count(1)?).map(|_| input.small()).collect::<Result<_>>()?;
            column.counts = (0..input.count(1)?).map(|_| input.small()).collect::<Result<_>>()?;
            let bins = if stability.watching { column.edges.len() + 2 } else { 0 };
            let sorted = column.edges.is_sorted_by(|a, b| a < b);
            let values = if stability.watching { 0 } else { stability.rows };
            let fits = [column.expected.len(), column.counts.len()] == [bins; 2] && column.values.len() == values;
            if !(sorted && fits && (stability.watching || column.edges.is_empty())) {
                return Err(input.fault("bins with rising edges"));
            }
        }
        Ok(stability)
    }
}

impl Column {
    /// Makes bins of the reference's quantiles.
    fn bin(&mut self, bins: usize) {
        let mut sorted: Vec<f32> = self.values.iter().copied().filter(|value| value.is_finite()).collect();
        sorted.sort_unstable_by(f32::total_cmp);
        for bin in 1..bins.min(sorted.len().max(1)) {
            self.edges.push(sorted[bin * sorted.len() / bins]);
        }
        for equal in sorted.chunk_by(|a, b| a == b) {
            if equal.len() as f64 >= ATOM * sorted.len() as f64 {
                self.edges.extend([equal[0].next_down(), equal[0]]);
            }
        }
        self.edges.retain(|edge| edge.is_finite());
        self.edges.sort_unstable_by(f32::total_cmp);
        self.edges.dedup();
        self.counts = vec![0; self.edges.len() + 2];
        let values = std::mem::take(&mut self.values);
        values.into_iter().for_each(|value| self.count(value));
        self.expected = std::mem::replace(&mut self.counts, vec![0; self.edges.len() + 2]);
    }

    fn count(&mut self, value: f32) {
        let place =
            if value.is_finite() { self.edges.partition_point(|edge| *edge < value) } else { self.edges.len() + 1 };
        self.counts[place] = self.counts[place].saturating_add(1);
    }

    /// The index of the block, which is then forgotten. Half a value more in each bin keeps empty ones finite.
    fn index(&mut self) -> f64 {
        let bins = self.counts.len() as f64;
        let total = |counts: &[u32]| counts.iter().map(|count| f64::from(*count)).sum::<f64>() + 0.5 * bins;
        let (was, is) = (total(&self.expected), total(&self.counts));
        let shares = self.expected.iter().zip(&self.counts);
        let parts = shares.map(|(expected, count)| {
            let (p, q) = ((f64::from(*expected) + 0.5) / was, (f64::from(*count) + 0.5) / is);
            (q - p) * (q / p).ln()
        });
        let index = parts.sum();
        self.counts.fill(0);
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Rng;

    /// Normal, mostly 0, constant, and one that is never there.
    fn row(rng: &mut Rng, shift: f64) -> [f32; 4] {
        let counted = if rng.unit() < 0.7 { 0.0 } else { rng.below(5) as f32 };
        [(rng.normal() + shift) as f32, counted, 7.0, f32::NAN]
    }

    #[test]
    fn still_features_stay_below_a_tenth() {
        let mut rng = Rng::new(1);
        let mut stability = Stability::new(StabilityConfig::default(), 4).unwrap();
        let indices: Vec<Vec<f64>> = (0..102_000).filter_map(|_| stability.observe(&row(&mut rng, 0.0))).collect();
        assert_eq!(indices.len(), 100);
        assert!(indices.iter().flatten().all(|index| *index < 0.05), "{indices:?}");
    }

    #[test]
    fn what_has_shifted_shows_and_nothing_else() {
        let mut rng = Rng::new(2);
        let mut stability = Stability::new(StabilityConfig::default(), 4).unwrap();
        (0..2_000).for_each(|_| assert!(stability.observe(&row(&mut rng, 0.0)).is_none()));
        let mut after = |change: fn(&mut [f32; 4])| {
            let mut index = None;
            while index.is_none() {
                let mut row = row(&mut rng, 0.0);
                change(&mut row);
                index = stability.observe(&row);
            }
            index.unwrap_or_default().iter().map(|index| *index > 0.25).collect::<Vec<_>>()
        };
        assert_eq!(after(|row| row[0] += 0.7), [true, false, false, false]);
        assert_eq!(after(|row| row[1] = (row[1] - 1.0).max(0.0)), [false, true, false, false]);
        assert_eq!(after(|row| row[2] = 6.9), [false, false, true, false]);
        assert_eq!(after(|row| row[2] = f32::NAN), [false, false, true, false]);
        assert_eq!(after(|row| row[3] = 0.0), [false, false, false, true]);
        assert_eq!(after(|_| ()), [false; 4]);
    }

    /// Two bins of a half each against .9 and .1: `.4 ln 1.8 + -.4 ln .2 = .879` by hand.
    #[test]
    fn the_index_by_hand() {
        let config = StabilityConfig { reference: 1_000_000, block: 1_000_000, bins: 2 };
        let mut stability = Stability::new(config, 1).unwrap();
        let mut index = None;
        for place in 0..2_000_000 {
            let high = if place < 1_000_000 { place % 2 == 0 } else { place % 10 == 0 };
            index = stability.observe(&[if high { 1.0 } else { 0.0 }]);
        }
        let expected = 0.4 * 1.8f64.ln() - 0.4 * 0.2f64.ln();
        assert!((index.unwrap()[0] - expected).abs() < 1e-4);
    }

    #[test]
    fn checkpoints_go_on_as_they_were_and_damage_is_refused() {
        let config = StabilityConfig { reference: 100, block: 100, bins: 5 };
        let mut rng = Rng::new(3);
        let mut stability = Stability::new(config, 4).unwrap();
        let mut again = stability.clone();
        for _ in 0..450 {
            let row = row(&mut rng, 0.1);
            assert_eq!(stability.observe(&row), again.observe(&row));
            let bytes = again.to_bytes();
            again = Stability::from_bytes(config, &bytes).unwrap();
            assert_eq!(again.to_bytes(), bytes);
        }
        let bytes = stability.to_bytes();
        for place in 0..bytes.len() {
            assert!(Stability::from_bytes(config, &bytes[..place]).is_err());
            let mut damaged = bytes.clone();
            damaged[place] ^= 0x5A;
            if let Ok(mut read) = Stability::from_bytes(config, &damaged) {
                (0..120).for_each(|_| assert!(read.observe(&[1.0; 4]).is_none_or(|index| index[0].is_finite())));
            }
        }
        assert!(stability.observe(&[1.0]).is_none(), "a row of another width");
    }
}
