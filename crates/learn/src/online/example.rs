use types::Millis;

use super::error::within;
use super::fading::Fading;
use super::{OnlineError, state};
use crate::Result;
use crate::bytes::{Reader, Writer};

/// Features beyond this size are faults of whoever made them; one would drown all others.
const VALUE_MAX: f32 = 1e6;
/// Most dense columns a learner takes.
const DENSE_MAX: usize = 4_096;

/// One event to learn from: what was known when it was shown, and what came of it.
#[derive(Clone, Copy, Debug)]
pub struct Example<'a> {
    /// One value a dense column, such as a row of features; about -10 to 10, at most 10^6 in size.
    pub dense: &'a [f32],
    /// Hashed features with their values; several in one slot are summed. Slots beyond the learner's wrap around.
    pub sparse: &'a [(u32, f32)],
    /// What came of it: 1 for a click, 0 for none, or a share between.
    pub label: f32,
    /// How much it counts: 1, or an inverse propensity, which is clipped. Above 0.
    pub weight: f32,
    /// The log-odds another model gives it, which the learner corrects; 0 without one.
    pub offset: f32,
    /// When it happened.
    pub time: Millis,
}

/// What a learner did with an [`Example`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Learnt {
    /// The probability it gave before it learnt.
    pub predicted: f64,
}

/// Why an example was left out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, thiserror::Error)]
pub enum Excluded {
    /// As many dense values as the learner has columns are needed.
    #[error("dense: not one value a column")]
    Width,
    /// A label lies between 0 and 1.
    #[error("label: expected 0 to 1")]
    Label,
    /// A weight is finite and above 0; a propensity of 0 or none has no inverse.
    #[error("weight: expected a finite number above 0")]
    Weight,
    /// An offset is finite and at most 10^6 in size.
    #[error("offset: expected a finite number of at most 10^6")]
    Offset,
    /// A feature is finite and at most 10^6 in size.
    #[error("feature: expected a finite number of at most 10^6")]
    Feature,
}

/// What a learner has been given so far.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct IntakeReport {
    /// Examples learnt from.
    pub learnt: u64,
    /// Left out for each reason, in the order of [`Excluded`]: width, label, weight, offset, feature.
    pub excluded: [u64; 5],
    /// Whose weight was clipped.
    pub clipped: u64,
    /// Older than the newest before them (only where there is forgetting, else order does not matter).
    pub late: u64,
    /// Sum of weighted log-losses, each taken before the example was learnt.
    pub loss: f64,
    /// Sum of weights.
    pub weight: f64,
}

impl IntakeReport {
    /// Mean log-loss before learning (progressive validation); `None` before the first example.
    pub fn log_loss(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.loss / self.weight)
    }
}

/// Checks, weighs and times examples; shared by the learners.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Intake {
    pub(super) dense: usize,
    slots: usize,
    intercept: bool,
    weight_max: f64,
    pub(super) fading: Fading,
    pub(super) report: IntakeReport,
}

/// What [`Intake::new`] needs of a learner's settings.
pub(super) struct IntakeConfig {
    pub(super) bits: Option<u8>,
    pub(super) intercept: bool,
    pub(super) weight_max: f64,
    pub(super) half_life_ms: Option<f64>,
}

impl Intake {
    pub(super) fn new(dense: usize, config: &IntakeConfig) -> std::result::Result<Self, OnlineError> {
        within("dense columns", dense as f64, 0.0, DENSE_MAX as f64, "at most 4096")?;
        within("weight_max", config.weight_max, f64::MIN_POSITIVE, 1e6, "above 0 and at most 10^6")?;
        let bits = f64::from(config.bits.unwrap_or(0));
        within("bits", bits, 0.0, 24.0, "at most 24, or none without hashed features")?;
        let slots = config.bits.map_or(0, |bits| 1 << bits);
        let fading = Fading::new(config.half_life_ms)?;
        let (intercept, weight_max) = (config.intercept, config.weight_max);
        Ok(Self { dense, slots, intercept, weight_max, fading, report: IntakeReport::default() })
    }

    /// Places of parameters: the intercept, the dense columns, the slots.
    pub(super) fn width(&self) -> usize {
        1 + self.dense + self.slots
    }

    /// The features that are not 0, by place, in order, each once; or why there are none to be had.
    pub(super) fn features(
        &self,
        dense: &[f32],
        sparse: &[(u32, f32)],
        features: &mut Vec<(usize, f64)>,
    ) -> std::result::Result<(), Excluded> {
        features.clear();
        if dense.len() != self.dense || (self.slots == 0 && !sparse.is_empty()) {
            return Err(Excluded::Width);
        }
        if dense.iter().chain(sparse.iter().map(|(_, value)| value)).any(|value| !is_sane(*value)) {
            return Err(Excluded::Feature);
        }
        if self.intercept {
            features.push((0, 1.0));
        }
        features.extend(dense.iter().enumerate().map(|(column, value)| (1 + column, f64::from(*value))));
        let hashed = features.len();
        features.extend(
            sparse.iter().map(|(slot, value)| (1 + self.dense + *slot as usize % self.slots, f64::from(*value))),
        );
        features[hashed..].sort_by_key(|(place, _)| *place);
        features.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            kept.1 += if same { next.1 } else { 0.0 };
            same
        });
        features.retain(|(_, value)| *value != 0.0);
        Ok(())
    }

    /// The weight with which the example is learnt, and its features; counts what is left out.
    pub(super) fn admit(
        &mut self,
        example: &Example<'_>,
        features: &mut Vec<(usize, f64)>,
    ) -> std::result::Result<f64, Excluded> {
        let checked = self.check(example, features);
        if let Err(reason) = checked {
            self.report.excluded[reason as usize] += 1;
            return Err(reason);
        }
        let weight = f64::from(example.weight);
        self.report.clipped += u64::from(weight > self.weight_max);
        self.report.late += u64::from(self.fading.is_late(example.time));
        self.report.learnt += 1;
        Ok(weight.min(self.weight_max) * self.fading.advance(example.time))
    }

    fn check(&self, example: &Example<'_>, features: &mut Vec<(usize, f64)>) -> std::result::Result<(), Excluded> {
        self.features(example.dense, example.sparse, features)?;
        if !(0.0..=1.0).contains(&example.label) {
            return Err(Excluded::Label);
        }
        if !(example.weight.is_finite() && example.weight > 0.0) {
            return Err(Excluded::Weight);
        }
        if is_sane(example.offset) { Ok(()) } else { Err(Excluded::Offset) }
    }

    /// Notes the loss of a prediction made before learning.
    pub(super) fn score(&mut self, logit: f64, label: f64, weight: f64) {
        self.report.loss += weight * log_loss(logit, label);
        self.report.weight += weight;
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.number(self.dense as u64);
        out.number(self.slots as u64);
        self.fading.write(out);
        let report = &self.report;
        [report.learnt, report.clipped, report.late].into_iter().for_each(|count| out.number(count));
        report.excluded.iter().for_each(|count| out.number(*count));
        state::write_double(out, report.loss);
        state::write_double(out, report.weight);
    }

    /// Reads what was written of a learner of the same columns and slots.
    pub(super) fn read(&mut self, input: &mut Reader<'_>) -> Result<()> {
        if input.number()? != self.dense as u64 || input.number()? != self.slots as u64 {
            return Err(input.fault("as many columns and slots as the settings have"));
        }
        self.fading.read(input)?;
        let report = &mut self.report;
        (report.learnt, report.clipped, report.late) = (input.number()?, input.number()?, input.number()?);
        for count in &mut report.excluded {
            *count = input.number()?;
        }
        (report.loss, report.weight) = (state::read_double(input)?, state::read_double(input)?);
        Ok(())
    }
}

fn is_sane(value: f32) -> bool {
    value.abs() <= VALUE_MAX
}

/// `1 / (1 + e^-x)`.
pub(super) fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

/// `ln(1 + e^x) - y x`, without overflow.
fn log_loss(logit: f64, label: f64) -> f64 {
    logit.max(0.0) + (-logit.abs()).exp().ln_1p() - label * logit
}
