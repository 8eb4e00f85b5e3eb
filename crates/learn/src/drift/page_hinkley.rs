use super::DriftError;
use super::error::within;
use crate::bytes::{Reader, Writer};
use crate::online::state::{read_double, write_double};
use crate::{Error, Result};

/// Version of the bytes.
const VERSION: u8 = 1;

/// Detects changes of a stream's mean in constant memory: the test of Page and Hinkley (Page 1954, "Continuous inspection
/// schemes", Biometrika 41; Hinkley 1971, Biometrika 58), with a factor that lets old deviations fade.
///
/// `m_t = α m_{t-1} + (x_t - mean_t ∓ δ)`; a rise shows where `m_t` exceeds its least value by more than `λ`, a fall where
/// it is below its largest by more than `λ`. After a change it begins anew.
#[derive(Clone, PartialEq, Debug)]
pub struct PageHinkley {
    config: PageHinkleyConfig,
    count: u64,
    mean: f64,
    /// Of a rise, of a fall: the sum and its extreme.
    rise: [f64; 2],
    fall: [f64; 2],
}

/// How a [`PageHinkley`] watches.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PageHinkleyConfig {
    /// Values before the first change can show.
    pub count_min: u64,
    /// Deviations that are tolerated, in units of the values; at least 0.
    pub delta: f64,
    /// What the sum must exceed, in units of the values; above 0.
    pub threshold: f64,
    /// What of the sum outlasts a value; above 0, at most 1.
    pub alpha: f64,
    /// Which changes count.
    pub direction: Direction,
}

/// Directions of change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// The mean rises.
    Up,
    /// The mean falls.
    Down,
    /// Either.
    Both,
}

impl Default for PageHinkleyConfig {
    fn default() -> Self {
        Self { count_min: 30, delta: 0.005, threshold: 50.0, alpha: 0.9999, direction: Direction::Both }
    }
}

impl PageHinkley {
    /// A detector that has seen nothing.
    ///
    /// # Errors
    /// Where a setting is out of its range.
    pub fn new(config: PageHinkleyConfig) -> std::result::Result<Self, DriftError> {
        within("delta", config.delta, 0.0, 1e9, "0 to 10^9")?;
        within("threshold", config.threshold, 1e-9, 1e12, "10^-9 to 10^12")?;
        within("alpha", config.alpha, 1e-9, 1.0, "above 0 and at most 1")?;
        Ok(Self { config, count: 0, mean: 0.0, rise: [0.0, f64::MAX], fall: [0.0, f64::MIN] })
    }

    /// Takes the next value; whether this is where a change shows. What is no number, or larger than 10^9 in size, is
    /// passed over.
    pub fn observe(&mut self, value: f64) -> bool {
        if value.is_nan() || value.abs() > 1e9 {
            return false;
        }
        let PageHinkleyConfig { delta, alpha, threshold, direction, count_min } = self.config;
        self.count += 1;
        self.mean += (value - self.mean) / self.count as f64;
        let deviation = value - self.mean;
        self.rise[0] = alpha * self.rise[0] + deviation - delta;
        self.fall[0] = alpha * self.fall[0] + deviation + delta;
        self.rise[1] = self.rise[1].min(self.rise[0]);
        self.fall[1] = self.fall[1].max(self.fall[0]);
        let rose = direction != Direction::Down && self.rise[0] - self.rise[1] > threshold;
        let fell = direction != Direction::Up && self.fall[1] - self.fall[0] > threshold;
        let changed = self.count >= count_min && (rose || fell);
        if changed {
            (self.count, self.mean) = (0, 0.0);
            (self.rise, self.fall) = ([0.0, f64::MAX], [0.0, f64::MIN]);
        }
        changed
    }

    /// Mean since the last change.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Bytes for a checkpoint; the settings are not among them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(VERSION);
        out.number(self.count);
        let sums = [self.mean].into_iter().chain(self.rise).chain(self.fall);
        sums.for_each(|number| write_double(&mut out, number));
        out.0
    }

    /// Reads a checkpoint of a detector with these settings.
    ///
    /// # Errors
    /// [`Error::Version`] for another version, [`Error::Corrupt`] for anything else, settings out of range included.
    pub fn from_bytes(config: PageHinkleyConfig, bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes);
        let version = input.byte()?;
        if version != VERSION {
            return Err(Error::Version { expected: VERSION, got: version });
        }
        let mut detector = Self::new(config).map_err(|_| input.fault("settings within their ranges"))?;
        (detector.count, detector.mean) = (input.number()?, read_double(&mut input)?);
        for number in detector.rise.iter_mut().chain(&mut detector.fall) {
            *number = read_double(&mut input)?;
        }
        input.end()?;
        Ok(detector)
    }
}

#[cfg(test)]
mod tests {
    use super::super::adwin::streams::{levels, slope, steps, still};
    use super::*;

    fn changes(stream: &[f64], threshold: f64, direction: Direction) -> Vec<usize> {
        let mut detector =
            PageHinkley::new(PageHinkleyConfig { threshold, direction, ..PageHinkleyConfig::default() }).unwrap();
        (0..stream.len()).filter(|place| detector.observe(stream[*place])).collect()
    }

    /// Change by change those of `drift.PageHinkley` of river 0.26.1 on the same streams. (Its sum of a fall begins at a
    /// largest value of -1, ours at none; the streams tell no difference.)
    #[test]
    fn changes_are_those_of_river() {
        let (steps, still, slope, levels) = (steps(), still(), slope(), levels());
        let both = |stream: &[f64], threshold| changes(stream, threshold, Direction::Both);
        assert_eq!(both(&steps, 20.0), [5162, 9836, 11258, 13148, 15050, 16412, 17765, 19352, 20071]);
        assert_eq!(both(&steps, 50.0), [5791, 10595, 15169, 20165]);
        assert_eq!(both(&still, 20.0), [1824, 14625, 16761, 20660, 21923, 25732]);
        assert_eq!(both(&still, 50.0), [] as [usize; 0]);
        assert_eq!(both(&slope, 20.0), [8686, 9714, 10652, 11778]);
        assert_eq!(both(&slope, 50.0), [9023, 10527, 12072]);
        let levels_50 = [761, 1665, 3007, 4000, 6003, 9004, 11805, 12122, 13362, 13846];
        assert_eq!(both(&levels, 50.0), levels_50);
        assert_eq!(changes(&slope, 10.0, Direction::Down), [] as [usize; 0]);
        assert_eq!(changes(&slope, 10.0, Direction::Up), [8508, 9075, 9592, 10073, 10780, 11554, 12139]);
        let falls = [
            662, 1098, 2365, 4581, 4888, 5911, 7332, 8380, 8934, 9727, 10201, 10589, 11259, 12046, 12679, 20026, 22058,
        ];
        assert_eq!(changes(&steps, 10.0, Direction::Down), falls);
    }

    #[test]
    fn bytes_come_back_and_bad_numbers_change_nothing() {
        let config = PageHinkleyConfig::default();
        let mut detector = PageHinkley::new(config).unwrap();
        assert!(steps()[..4_000].iter().all(|value| !detector.observe(*value)));
        let before = detector.clone();
        assert!(!detector.observe(f64::NAN) && !detector.observe(1e12));
        assert_eq!(detector, before);
        assert_eq!(PageHinkley::from_bytes(config, &detector.to_bytes()), Ok(before));
        assert!(PageHinkley::from_bytes(config, &detector.to_bytes()[..9]).is_err());
        assert!(PageHinkley::new(PageHinkleyConfig { threshold: f64::NAN, ..config }).is_err());
    }
}
