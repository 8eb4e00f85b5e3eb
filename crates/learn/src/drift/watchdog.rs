mod block;

use self::block::{Block, Comparison};
use super::DriftError;
use super::adwin::{Adwin, AdwinConfig};
use super::error::within;
use super::stability::{Stability, StabilityConfig};
use crate::bytes::{Reader, Writer};
use crate::online::state::{read_double, write_double};
use crate::{Error, Result};

/// Version of the bytes.
const VERSION: u8 = 1;
/// Losses of more blocks than these fade.
const COMPARED_BLOCKS_MAX: f64 = 20.0;

/// Watches a model in service: the rate of clicks, whether predictions come true, whether it does better than the last
/// good model, and whether its features are what they were. Says at the end of every block of observations whether all is
/// well, something has changed, or the last good model should serve; and, while that serves, when the model has
/// recovered: it goes on predicting and learning in its shadow.
#[derive(Clone, PartialEq, Debug)]
pub struct Watchdog {
    config: WatchdogConfig,
    clicks: Adwin,
    stability: Stability,
    block: Block,
    /// Losses since the watched model last came or went, or since it last did harm while it did not serve; older ones fade.
    compared: Comparison,
    /// Harmful blocks in a row.
    strikes: u32,
    /// While the last good model serves: blocks in a row in which the watched one was well.
    fallen_back: Option<u32>,
    /// The rate of clicks before it fell, until it is back there.
    rate_before: Option<f64>,
    pending: Vec<Evidence>,
    report: WatchdogReport,
}

/// What a [`Watchdog`] tolerates.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct WatchdogConfig {
    /// Observations of a block, 100 to a million.
    pub block: usize,
    /// How the rate of clicks is watched.
    pub clicks: AdwinConfig,
    /// By which share the rate of clicks may fall before that is harm; 0 to 1.
    pub fall_tolerated: f64,
    /// By which share clicks may be more or fewer than predicted; at least 0.
    pub miscalibration_tolerated: f64,
    /// By how much the mean log-loss may exceed that of the last good model; at least 0.
    pub loss_tolerated: f64,
    /// Standard deviations by which a block must exceed what is tolerated: 4 is chance once in 30,000 blocks.
    pub deviations: f64,
    /// How features are compared.
    pub stability: StabilityConfig,
    /// Stability index above which a feature is said to have changed; above 0.
    pub stability_max: f64,
    /// Harmful blocks in a row until the last good model serves; at least 1.
    pub patience: u32,
    /// Good blocks in a row until the model serves again; at least 1.
    pub recovery: u32,
}

impl Default for WatchdogConfig {
    fn default() -> Self {
        Self {
            block: 1_000,
            clicks: AdwinConfig::default(),
            fall_tolerated: 0.2,
            miscalibration_tolerated: 0.2,
            loss_tolerated: 0.0,
            deviations: 4.0,
            stability: StabilityConfig::default(),
            stability_max: 0.25,
            patience: 2,
            recovery: 3,
        }
    }
}

/// What became of one showing.
#[derive(Clone, Copy, Debug)]
pub struct Observation<'a> {
    /// The probability of a click the watched model gave, whether it served or not.
    pub predicted: f64,
    /// The one that the last good model gave, where it was asked.
    pub fallback: Option<f64>,
    /// Whether it was clicked.
    pub clicked: bool,
    /// The features it was scored by; as many as the watchdog was made for.
    pub features: &'a [f32],
}

/// What a [`Watchdog`] says of a block.
#[derive(Clone, PartialEq, Debug)]
pub enum Verdict {
    /// Nothing has changed.
    Healthy,
    /// Something has changed; the model goes on serving.
    Alert(Vec<Evidence>),
    /// The last good model should serve. Without evidence: the harm is over, but not for long enough.
    FallBack(Vec<Evidence>),
}

/// Something that has changed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Evidence {
    /// The rate of clicks.
    ClickRate {
        /// Before the change.
        before: f64,
        /// After it.
        after: f64,
    },
    /// Clicks came otherwise than predicted.
    Calibration {
        /// Mean of predictions.
        predicted: f64,
        /// Share of clicks.
        observed: f64,
    },
    /// The last good model predicts better.
    Loss {
        /// Mean log-loss of the watched model.
        model: f64,
        /// That of the last good model on the same showings.
        fallback: f64,
    },
    /// A feature is distributed otherwise than in the reference.
    Feature {
        /// Its column.
        column: usize,
        /// Its population stability index.
        index: f64,
    },
}

/// What a [`Watchdog`] has seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct WatchdogReport {
    /// Blocks judged.
    pub blocks: u64,
    /// Of them, with evidence of a change.
    pub alerts: u64,
    /// How often the last good model was called in.
    pub falls: u64,
    /// How often the watched model took over again.
    pub recoveries: u64,
    /// Observations left out: a prediction that is no probability, or another number of features.
    pub excluded: u64,
}

impl Watchdog {
    /// A watchdog of a model that reads as many features as `columns`.
    ///
    /// # Errors
    /// Where a setting is out of its range.
    pub fn new(config: WatchdogConfig, columns: usize) -> std::result::Result<Self, DriftError> {
        within("block", config.block as f64, 100.0, 1e6, "100 to 10^6")?;
        within("fall_tolerated", config.fall_tolerated, 0.0, 1.0, "0 to 1")?;
        within("miscalibration_tolerated", config.miscalibration_tolerated, 0.0, 1e3, "0 to 1000")?;
        within("loss_tolerated", config.loss_tolerated, 0.0, 1e3, "0 to 1000")?;
        within("deviations", config.deviations, 0.0, 100.0, "0 to 100")?;
        within("stability_max", config.stability_max, 1e-3, 1e3, "0.001 to 1000")?;
        within("patience", f64::from(config.patience), 1.0, 1e6, "1 to 10^6")?;
        within("recovery", f64::from(config.recovery), 1.0, 1e6, "1 to 10^6")?;
        Ok(Self {
            config,
            clicks: Adwin::new(config.clicks)?,
            stability: Stability::new(config.stability, columns)?,
            block: Block::default(),
            compared: Comparison::default(),
            strikes: 0,
            fallen_back: None,
            rate_before: None,
            pending: Vec::new(),
            report: WatchdogReport::default(),
        })
    }

    /// Takes the next showing; at the end of a block, what to think of it.
    pub fn observe(&mut self, observation: &Observation<'_>) -> Option<Verdict> {
        let probability = |probability: f64| (0.0..=1.0).contains(&probability);
        let sane = probability(observation.predicted) && observation.fallback.is_none_or(probability);
        if !sane || observation.features.len() != self.stability.width() {
            self.report.excluded += 1;
            return None;
        }
        if let Some(change) = self.clicks.observe(f64::from(u8::from(observation.clicked))) {
            self.pending.push(Evidence::ClickRate { before: change.before, after: change.after });
            if change.after < (1.0 - self.config.fall_tolerated) * change.before {
                self.rate_before = Some(self.rate_before.map_or(change.before, |before| before.max(change.before)));
            }
        }
        if let Some(indices) = self.stability.observe(observation.features) {
            let changed = indices.into_iter().enumerate().filter(|(_, index)| *index > self.config.stability_max);
            self.pending.extend(changed.map(|(column, index)| Evidence::Feature { column, index }));
        }
        self.block.add(observation);
        (self.block.count >= self.config.block as u64).then(|| self.judge())
    }

    /// Whether the last good model should serve.
    pub fn has_fallen_back(&self) -> bool {
        self.fallen_back.is_some()
    }

    /// What it has seen.
    pub fn report(&self) -> &WatchdogReport {
        &self.report
    }

    fn judge(&mut self) -> Verdict {
        let block = std::mem::take(&mut self.block);
        let mut evidence = std::mem::take(&mut self.pending);
        self.compared.add(block.compared, COMPARED_BLOCKS_MAX * self.config.block as f64);
        let wrong = [block.miscalibration(&self.config), self.compared.worse(&self.config)];
        let tolerated = 1.0 - self.config.fall_tolerated;
        // Back, or so far gone that the window no longer knows what was before.
        self.rate_before = self.rate_before.filter(|before| self.clicks.mean() < tolerated * before);
        let is_harmful =
            wrong.iter().any(Option::is_some) || (self.rate_before.is_some() && self.fallen_back.is_none());
        evidence.extend(wrong.into_iter().flatten());
        self.report.blocks += 1;
        self.report.alerts += u64::from(!evidence.is_empty());
        self.strikes = if is_harmful { self.strikes + 1 } else { 0 };
        let served = self.fallen_back;
        match served {
            None if self.strikes >= self.config.patience => {
                self.report.falls += 1;
                // What clicks do from here on tells of the other model.
                (self.fallen_back, self.rate_before) = (Some(0), None);
            }
            None => {}
            Some(_) if is_harmful => self.fallen_back = Some(0),
            // It comes back when it is at least as good: that it is not proven worse would be true of any few showings.
            Some(good) if good + 1 >= self.config.recovery && self.compared.excess() <= self.config.loss_tolerated => {
                self.report.recoveries += 1;
                self.fallen_back = None;
            }
            Some(good) => self.fallen_back = Some(good.saturating_add(1)),
        }
        if served.is_some() != self.fallen_back.is_some() || (served.is_some() && is_harmful) {
            self.compared = Comparison::default();
        }
        match (self.fallen_back, evidence.is_empty()) {
            (Some(_), _) => Verdict::FallBack(evidence),
            (None, true) => Verdict::Healthy,
            (None, false) => Verdict::Alert(evidence),
        }
    }

    /// Bytes for a checkpoint; the settings are not among them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(VERSION);
        self.clicks.write(&mut out);
        self.stability.write(&mut out);
        self.block.write(&mut out);
        self.compared.write(&mut out);
        out.number(u64::from(self.strikes));
        // 0 where it serves, else one more than its good blocks.
        out.number(self.fallen_back.map_or(0, |good| u64::from(good) + 1));
        write_double(&mut out, self.rate_before.unwrap_or(-1.0));
        out.number(self.pending.len() as u64);
        self.pending.iter().for_each(|evidence| evidence.write(&mut out));
        let WatchdogReport { blocks, alerts, falls, recoveries, excluded } = self.report;
        [blocks, alerts, falls, recoveries, excluded].into_iter().for_each(|count| out.number(count));
        out.0
    }

    /// Reads a checkpoint of a watchdog with these settings.
    ///
    /// # Errors
    /// [`Error::Version`] for another version, [`Error::Corrupt`] for anything else, settings out of range included.
    pub fn from_bytes(config: WatchdogConfig, columns: usize, bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes);
        let version = input.byte()?;
        if version != VERSION {
            return Err(Error::Version { expected: VERSION, got: version });
        }
        let mut watchdog = Self::new(config, columns).map_err(|_| input.fault("settings within their ranges"))?;
        watchdog.clicks = Adwin::read(config.clicks, &mut input)?;
        watchdog.stability = Stability::read(config.stability, &mut input)?;
        if watchdog.stability.width() != columns {
            return Err(input.fault("as many features as the model has"));
        }
        watchdog.block = Block::read(&mut input)?;
        watchdog.compared = Comparison::read(&mut input)?;
        watchdog.strikes = input.small()?;
        watchdog.fallen_back = input.small()?.checked_sub(1);
        watchdog.rate_before = Some(read_double(&mut input)?).filter(|rate| *rate >= 0.0);
        watchdog.pending = (0..input.count(17)?).map(|_| Evidence::read(&mut input)).collect::<Result<_>>()?;
        let mut counts = [0; 5];
        for count in &mut counts {
            *count = input.number()?;
        }
        let [blocks, alerts, falls, recoveries, excluded] = counts;
        watchdog.report = WatchdogReport { blocks, alerts, falls, recoveries, excluded };
        input.end()?;
        Ok(watchdog)
    }
}

impl Evidence {
    fn write(&self, out: &mut Writer) {
        let (kind, first, second) = match *self {
            Self::ClickRate { before, after } => (0, before, after),
            Self::Calibration { predicted, observed } => (1, predicted, observed),
            Self::Loss { model, fallback } => (2, model, fallback),
            Self::Feature { column, index } => (3, column as f64, index),
        };
        out.byte(kind);
        write_double(out, first);
        write_double(out, second);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self> {
        let (kind, first, second) = (input.byte()?, read_double(input)?, read_double(input)?);
        match kind {
            0 => Ok(Self::ClickRate { before: first, after: second }),
            1 => Ok(Self::Calibration { predicted: first, observed: second }),
            2 => Ok(Self::Loss { model: first, fallback: second }),
            3 => Ok(Self::Feature { column: first as usize, index: second }),
            _ => Err(input.fault("a kind of evidence")),
        }
    }
}

#[cfg(test)]
mod tests;
