use super::calibrator::{Bend, Calibrator};
use super::explain::{Contributions, explain};
use super::forecast::Forecast;
use super::network::Network;
use super::shape::{Shape, Weights};
use super::training::logits;
use super::vocabulary::Vocabulary;
use super::{CtrError, Examples, Heads, Prediction, Schema};
use crate::bytes::{Reader, Writer};

/// Tells how likely outcomes are; made by a [`CtrTrainer`](super::CtrTrainer).
#[derive(Clone, PartialEq, Debug)]
pub struct CtrModel {
    heads: Heads,
    vocabulary: Vocabulary,
    shape: Shape,
    weights: Weights,
    /// One a head, for the probability over all that is shown.
    calibrators: Vec<Calibrator>,
}

impl CtrModel {
    /// First byte of what [`CtrModel::to_bytes`] writes.
    const VERSION: u8 = 1;

    pub(super) fn new(heads: Heads, vocabulary: Vocabulary, shape: Shape, weights: Weights) -> Self {
        Self { heads, vocabulary, shape, weights, calibrators: vec![Calibrator::Identity; heads.len()] }
    }

    /// What it predicts.
    pub fn heads(&self) -> Heads {
        self.heads
    }

    /// What it reads.
    pub fn schema(&self) -> &Schema {
        self.vocabulary.schema()
    }

    /// The chances of each row, calibrated where that was done, in the order of rows.
    ///
    /// # Errors
    /// [`CtrError::Fields`] where rows have other fields than the model was trained with.
    pub fn predict(&self, examples: &Examples) -> Result<Vec<Prediction>, CtrError> {
        let mut all = self.uncalibrated(examples)?;
        for chances in &mut all {
            let mut honest = chances.all();
            for (chance, calibrator) in honest.iter_mut().zip(&self.calibrators) {
                *chance = calibrator.apply(*chance);
            }
            *chances = Prediction::ordered(honest);
        }
        Ok(all)
    }

    fn uncalibrated(&self, examples: &Examples) -> Result<Vec<Prediction>, CtrError> {
        self.vocabulary.accept(examples.schema())?;
        let logits = logits(self.network(), &self.vocabulary, examples);
        let rows = logits.chunks_exact(self.heads.len());
        Ok(rows.map(|logits| Prediction::ordered(self.heads.probabilities(logits))).collect())
    }

    /// Fits calibrators, in place of those there were, to rows that the model was not fitted to. A head that always or never
    /// happened among them stays as it is; [`CtrModel::calibrators`] shows which.
    ///
    /// # Errors
    /// [`CtrError::Fields`] where rows have other fields; [`CtrError::Nothing`] without rows.
    pub fn calibrate(&mut self, bend: Bend, held_out: &Examples) -> Result<(), CtrError> {
        if held_out.is_empty() {
            return Err(CtrError::Nothing { part: "calibration", expected: "at least one row" });
        }
        let chances = self.uncalibrated(held_out)?;
        for head in 0..self.heads.len() {
            let forecasts = forecasts(&chances, held_out, head);
            self.calibrators[head] = Calibrator::fit(bend, &forecasts).unwrap_or(Calibrator::Identity);
        }
        Ok(())
    }

    /// The calibrators, one a head.
    pub fn calibrators(&self) -> &[Calibrator] {
        &self.calibrators
    }

    /// Why a row's logit of a head (numbered as the fields of [`Prediction`]) is what it is; of the conditional probability for
    /// heads after the first, before calibration.
    ///
    /// # Errors
    /// [`CtrError::Fields`] where rows have other fields; [`CtrError::Nothing`] where there is no such row or head.
    pub fn explain(&self, examples: &Examples, row: usize, head: usize) -> Result<Contributions, CtrError> {
        self.vocabulary.accept(examples.schema())?;
        if row >= examples.len() || head >= self.heads.len() {
            return Err(CtrError::Nothing {
                part: "explain",
                expected: "a row of the examples and a head of the model",
            });
        }
        Ok(explain(self.network(), &self.vocabulary, examples, row, head))
    }

    fn network(&self) -> Network<'_> {
        Network { shape: &self.shape, weights: &self.weights }
    }

    /// Bytes to keep it by.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(Self::VERSION);
        out.byte(self.heads.len() as u8);
        self.vocabulary.write(&mut out);
        let shape = &self.shape;
        [shape.factors, usize::from(shape.pairs), shape.cross].iter().for_each(|number| out.number(*number as u64));
        out.number(shape.hidden.len() as u64);
        shape.hidden.iter().for_each(|units| out.number(*units as u64));
        out.floats(&self.weights.dense);
        out.floats(&self.weights.table);
        self.calibrators.iter().for_each(|calibrator| calibrator.write(&mut out));
        out.0
    }

    /// Reads what [`CtrModel::to_bytes`] wrote, for rows of this schema.
    ///
    /// # Errors
    /// [`CtrError::Bytes`] where they are damaged or of another version; [`CtrError::Fields`] where the model was trained with
    /// other fields.
    pub fn from_bytes(bytes: &[u8], schema: &Schema) -> Result<Self, CtrError> {
        let mut input = Reader::new(bytes);
        let got = input.byte()?;
        if got != Self::VERSION {
            return Err(crate::Error::Version { expected: Self::VERSION, got }.into());
        }
        let heads = match input.byte()? {
            1 => Heads::Click,
            4 => Heads::Funnel,
            _ => return Err(input.fault("one or four heads").into()),
        };
        let vocabulary = Vocabulary::read(&mut input)?;
        vocabulary.accept(schema)?;
        let shape = read_shape(&mut input, schema.width(), heads)?;
        let mut weights = Weights { dense: read_floats(&mut input, shape.dense())?, table: Vec::new() };
        weights.table = read_floats(&mut input, vocabulary.len() * shape.stride())?;
        let calibrators: crate::Result<_> = (0..heads.len()).map(|_| Calibrator::read(&mut input)).collect();
        let calibrators = calibrators?;
        input.end()?;
        Ok(Self { heads, vocabulary, shape, weights, calibrators })
    }
}

fn read_shape(input: &mut Reader<'_>, width: usize, heads: Heads) -> Result<Shape, CtrError> {
    let within = |input: &mut Reader<'_>, low: u64, high: u64| {
        let number = input.number()?;
        if (low..=high).contains(&number) { Ok(number as usize) } else { Err(input.fault("a size within its range")) }
    };
    let factors = within(input, 1, 256)?;
    let pairs = within(input, 0, 1)? == 1;
    let cross = within(input, 0, 8)?;
    let layers = within(input, 0, 8)?;
    let hidden: crate::Result<_> = (0..layers).map(|_| within(input, 1, 4096)).collect();
    Ok(Shape { width, factors, heads: heads.len(), pairs, cross, hidden: hidden? })
}

/// As many numbers as the sizes say; asks for no more memory than the bytes could fill.
fn read_floats(input: &mut Reader<'_>, count: usize) -> Result<Vec<f32>, CtrError> {
    let floats = input.floats()?;
    if floats.len() == count { Ok(floats) } else { Err(input.fault("as many weights as the sizes say").into()) }
}

/// What was said of a head, and what came of it, of rows where that is known.
pub(super) fn forecasts(chances: &[Prediction], examples: &Examples, head: usize) -> Vec<Forecast> {
    let one = |(row, chances): (usize, &Prediction)| {
        let happened = Heads::label(head, examples.outcome(row))?;
        Some(Forecast { probability: chances.all()[head], happened, weight: examples.weight(row) })
    };
    chances.iter().enumerate().filter_map(one).collect()
}
