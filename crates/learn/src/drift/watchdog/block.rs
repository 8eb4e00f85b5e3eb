use super::{Evidence, Observation, WatchdogConfig};
use crate::Result;
use crate::bytes::{Reader, Writer};
use crate::online::state::{read_double, write_double};

/// Probabilities are kept this far from 0 and 1 when losses are compared, so that one event cannot decide.
const PROBABILITY_MIN: f64 = 1e-4;

/// Sums over a block.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Block {
    pub(super) count: u64,
    predicted: f64,
    variance: f64,
    clicked: f64,
    pub(super) compared: Comparison,
}

/// Sums over showings that both models have predicted.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Comparison {
    count: f64,
    loss: f64,
    fallback_loss: f64,
    difference_squares: f64,
}

impl Block {
    pub(super) fn add(&mut self, observation: &Observation<'_>) {
        let p = observation.predicted;
        self.count += 1;
        self.predicted += p;
        self.variance += p * (1.0 - p);
        self.clicked += f64::from(u8::from(observation.clicked));
        if let Some(fallback) = observation.fallback {
            let loss = |p: f64| {
                let p = p.clamp(PROBABILITY_MIN, 1.0 - PROBABILITY_MIN);
                -if observation.clicked { p.ln() } else { (1.0 - p).ln() }
            };
            let (loss, fallback_loss) = (loss(p), loss(fallback));
            let difference_squares = (loss - fallback_loss).powi(2);
            self.compared.add(Comparison { count: 1.0, loss, fallback_loss, difference_squares }, f64::MAX);
        }
    }

    /// Evidence that clicks do not come as predicted, beyond chance and what is tolerated.
    pub(super) fn miscalibration(&self, config: &WatchdogConfig) -> Option<Evidence> {
        // Clicks of independent showings, each with its own probability, have this variance if the predictions hold.
        let chance = config.deviations * (self.variance * (1.0 + config.miscalibration_tolerated)).sqrt();
        let is_off = (self.clicked - self.predicted).abs() > config.miscalibration_tolerated * self.predicted + chance;
        let count = self.count.max(1) as f64;
        let evidence = || Evidence::Calibration { predicted: self.predicted / count, observed: self.clicked / count };
        is_off.then(evidence)
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.number(self.count);
        [self.predicted, self.variance, self.clicked].into_iter().for_each(|sum| write_double(out, sum));
        self.compared.write(out);
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self> {
        let count = input.number()?;
        let (predicted, variance, clicked) = (read_double(input)?, read_double(input)?, read_double(input)?);
        Ok(Self { count, predicted, variance, clicked, compared: Comparison::read(input)? })
    }
}

impl Comparison {
    /// Adds; where there are then more than `most`, all count half.
    pub(super) fn add(&mut self, other: Self, most: f64) {
        self.count += other.count;
        self.loss += other.loss;
        self.fallback_loss += other.fallback_loss;
        self.difference_squares += other.difference_squares;
        if self.count > most {
            *self = Self {
                count: self.count / 2.0,
                loss: self.loss / 2.0,
                fallback_loss: self.fallback_loss / 2.0,
                difference_squares: self.difference_squares / 2.0,
            };
        }
    }

    /// By how much the mean loss of the watched model exceeds that of the last good one; 0 where nothing was compared.
    pub(super) fn excess(&self) -> f64 {
        if self.count > 0.0 { (self.loss - self.fallback_loss) / self.count } else { 0.0 }
    }

    /// Evidence that the watched model is worse beyond chance and what is tolerated.
    pub(super) fn worse(&self, config: &WatchdogConfig) -> Option<Evidence> {
        let excess = self.excess();
        let variance = (self.difference_squares / self.count.max(1.0) - excess * excess).max(0.0);
        let chance = config.deviations * (variance / self.count.max(1.0)).sqrt();
        let (model, fallback) = (self.loss / self.count, self.fallback_loss / self.count);
        (self.count > 1.0 && excess - chance > config.loss_tolerated).then_some(Evidence::Loss { model, fallback })
    }

    pub(super) fn write(&self, out: &mut Writer) {
        let sums = [self.count, self.loss, self.fallback_loss, self.difference_squares];
        sums.into_iter().for_each(|sum| write_double(out, sum));
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self> {
        let (count, loss, fallback_loss) = (read_double(input)?, read_double(input)?, read_double(input)?);
        Ok(Self { count, loss, fallback_loss, difference_squares: read_double(input)? })
    }
}
