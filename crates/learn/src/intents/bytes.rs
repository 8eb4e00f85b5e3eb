use std::sync::Arc;

use super::familiarity::{Familiarity, KINDS};
use super::{Intents, Parts};
use crate::bytes::{Reader, Writer};
use crate::discriminant::Discriminant;
use crate::softmax::Softmax;
use crate::{Error, Result};

/// Version of the bytes; the oldest one that is read is the same.
const VERSION: u8 = 2;

impl Intents {
    /// Bytes to keep it as; [`Intents::decode`] reads them.
    pub fn encode(&self) -> Vec<u8> {
        let (parts, mut out) = (&*self.shared, Writer::default());
        out.byte(VERSION);
        out.text(&parts.encoder);
        out.number(parts.labels.len() as u64);
        parts.labels.iter().for_each(|label| out.text(label));
        for place in [parts.out_of_scope, parts.fallback] {
            out.number(place.map_or(0, |place| place as u64 + 1));
        }
        out.number(parts.softmax.dims as u64);
        out.floats(&parts.softmax.weights);
        out.floats(&parts.softmax.biases);
        out.float(parts.temperature);
        out.floats(&parts.shift);
        for floats in [&parts.discriminant.between, &parts.discriminant.centre] {
            out.floats(floats);
        }
        out.floats(&parts.discriminant.axes);
        out.floats(&parts.discriminant.means);
        parts.familiarity.scales.iter().for_each(|scale| out.float(*scale));
        out.float(parts.familiarity_min);
        out.0
    }

    /// Reads what [`Intents::encode`] wrote.
    ///
    /// # Errors
    /// [`Error::Version`] for bytes of another version, [`Error::Corrupt`] for anything else that `encode` did not write.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes);
        let version = input.byte()?;
        if version != VERSION {
            return Err(Error::Version { expected: VERSION, got: version });
        }
        let encoder = input.text()?.to_string();
        let labels = (0..input.count(1)?).map(|_| input.text()).collect::<Result<Vec<Arc<str>>>>()?;
        let out_of_scope = read_place(&mut input, labels.len())?;
        let fallback = read_place(&mut input, labels.len())?;
        let dims = input.small()? as usize;
        let sized = |input: &mut Reader<'_>, size: Option<usize>| -> Result<Vec<f32>> {
            let found = input.floats()?;
            if Some(found.len()) == size {
                Ok(found)
            } else {
                Err(input.fault("as many numbers as labels and vectors have"))
            }
        };
        let weights = sized(&mut input, labels.len().checked_mul(dims))?;
        let biases = sized(&mut input, Some(labels.len()))?;
        let temperature = input.float()?;
        let shift = sized(&mut input, Some(labels.len()))?;
        let between = input.floats()?;
        let centre = sized(&mut input, Some(between.len()))?;
        let axes = sized(&mut input, between.len().checked_mul(dims))?;
        let means = input.floats()?;
        let mut scales = [0.0; KINDS];
        for scale in &mut scales {
            *scale = input.float()?;
        }
        let familiarity_min = input.float()?;
        input.end()?;
        let broken = labels.is_empty() || dims == 0 || temperature <= 0.0 || (means.is_empty() && !between.is_empty());
        if broken || !means.len().is_multiple_of(between.len().max(1)) {
            return Err(input.fault("labels, and means of as many numbers as axes"));
        }
        let softmax = Softmax { dims, weights, biases };
        let discriminant = Discriminant { dims, axes, centre, between, means };
        let parts = Parts {
            encoder,
            labels,
            out_of_scope,
            fallback,
            softmax,
            temperature,
            shift,
            discriminant,
            familiarity: Familiarity { scales },
            familiarity_min,
        };
        Ok(Self { shared: Arc::new(parts) })
    }
}

/// A place in a list of `count`, kept as one more than it is; 0 for none.
fn read_place(input: &mut Reader<'_>, count: usize) -> Result<Option<usize>> {
    let place = input.small()? as usize;
    if place > count { Err(input.fault("the number of a label")) } else { Ok(place.checked_sub(1)) }
}
