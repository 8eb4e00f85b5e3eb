//! Distillation: a small encoder learns to give what larger ones give.
//!
//! A student is an encoder with layers, heads or units left out ([`crate::compress`]). It learns from its teacher's hidden
//! states and vectors, or from the similarities that one or several teachers see between texts: a vector of its own whose
//! similarities are the weighted mean of two encoders' keeps much of what both find, at the price of one.

mod loss;
mod target;
mod task;
#[cfg(test)]
mod tests;

use neural::Weights;
use serde::{Deserialize, Serialize};

use crate::backend::{Device, Job, Trainable};
use crate::contrast::Sides;
use crate::fit::{Control, Fitted, Options, fit};
use crate::kernels::release_buffers;
use crate::net::TextNet;
use crate::{Error, Result};

pub use target::{Side, TeacherVectors, Text};

use target::Target;
use task::DistilTask;

/// Trains a student. Hands back its weights with figures before and after on texts that were held out: `neighbours@10`
/// (which decides), the share of the ten nearest texts by the teachers that are among the student's ten nearest, and
/// `similarity`, the correlation of its similarities with the teachers'.
///
/// # Errors
/// Options out of range, teachers or a layer map that do not fit, too few texts, and what [`fit`] says.
pub fn distil(
    lesson: &Lesson<'_>,
    distil: &DistilOptions,
    options: &Options,
    device: &Device,
    control: Control<'_>,
) -> Result<Fitted<Weights>> {
    distil.check()?;
    lesson.check(distil)?;
    let target = Target::new(lesson.vectors, options.seed)?;
    let pieces = lesson.texts.iter().map(|text| match text.side {
        Side::Query => lesson.sides.query(&text.text),
        Side::Passage => lesson.sides.passage(&text.text),
    });
    let pieces = pieces.collect::<Result<Vec<_>>>()?;
    device.run(Training { lesson, target, pieces, distil, options, control })
}

/// Who learns what from whom.
#[derive(Clone, Copy)]
pub struct Lesson<'a> {
    /// Who learns.
    pub student: &'a Weights,
    /// How texts become the student's pieces.
    pub sides: &'a Sides,
    /// Whose hidden states it learns, with as many numbers a piece as its own and the same pieces: the network, and for
    /// each of the student's layers the teacher's layer (from 0) after which both should say the same.
    pub states: Option<(&'a Weights, &'a [usize])>,
    /// Whose vectors and similarities it learns; the first one's are of the student's length where `cosine` is above 0.
    pub vectors: &'a [TeacherVectors],
    /// On which texts; each teacher has a vector for each.
    pub texts: &'a [Text],
}

/// How a student learns.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DistilOptions {
    /// Weight of the mean square between hidden states (Jiao et al. 2020).
    pub states: f64,
    /// Weight of 1 - the cosine between its vector and the first teacher's.
    pub cosine: f64,
    /// Weight of the similarities within a batch: their mean square by their variance, and the divergence between what
    /// the teachers and the student find near each text (Passalis and Tefas 2018).
    pub similarity: f64,
    /// Temperature of the latter, in standard deviations of the teachers' similarities.
    pub temperature: f64,
    /// Texts that are near each other come into a batch in groups of this many, since the nearest matter most.
    pub group: usize,
    /// Share of the texts that is held out, at most 1,000 texts.
    pub validation: f64,
}

impl Default for DistilOptions {
    fn default() -> Self {
        Self { states: 1.0, cosine: 1.0, similarity: 1.0, temperature: 0.5, group: 8, validation: 0.05 }
    }
}

impl DistilOptions {
    /// Checks every value.
    ///
    /// # Errors
    /// Names the first that is out of its range.
    pub fn check(&self) -> Result<()> {
        let number = |field, value: f64, least: f64, most: f64, expected| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            Err(Error::Option { field, got: value.to_string(), expected })
        };
        number("states", self.states, 0.0, 1e3, "0 to 1000")?;
        number("cosine", self.cosine, 0.0, 1e3, "0 to 1000")?;
        number("similarity", self.similarity, 0.0, 1e3, "0 to 1000")?;
        let sum = self.states + self.cosine + self.similarity;
        number("similarity", sum, 1e-9, 1e4, "above 0, or `states` or `cosine`")?;
        number("temperature", self.temperature, 1e-3, 100.0, "0.001 to 100")?;
        number("group", self.group as f64, 1.0, 1e4, "at least 1")?;
        number("validation", self.validation, 1e-6, 0.5, "above 0 and at most 0.5")
    }
}

impl Lesson<'_> {
    fn check(&self, options: &DistilOptions) -> Result<()> {
        let data = |what: String| Err(Error::Data(what));
        if self.vectors.is_empty() {
            return data("there is no teacher".to_owned());
        }
        if self.texts.len() < 20 {
            return data(format!("{} texts are too few to learn from", self.texts.len()));
        }
        if let Some(teacher) = self.vectors.iter().find(|teacher| teacher.len() != self.texts.len()) {
            return data(format!("a teacher has {} vectors for {} texts", teacher.len(), self.texts.len()));
        }
        let (hidden, own) = (self.student.config.hidden_size, self.vectors[0].dims());
        if options.cosine > 0.0 && hidden != own {
            return data(format!(
                "the student's vectors have {hidden} numbers, its teacher's {own}; set `cosine` to 0"
            ));
        }
        let Some((teacher, map)) = self.states else { return Ok(()) };
        if teacher.config.hidden_size != hidden || teacher.config.vocab_size != self.student.config.vocab_size {
            return data("hidden states can be learnt from a teacher with the same width and pieces only".to_owned());
        }
        let (layers, above) = (self.student.config.num_hidden_layers, teacher.config.num_hidden_layers);
        if map.len() != layers || map.iter().any(|layer| *layer >= above) {
            return data(format!("the layer map {map:?} is not {layers} layers below {above}"));
        }
        Ok(())
    }
}

/// [`distil`] from where the backend matters.
struct Training<'a, 'c> {
    lesson: &'a Lesson<'a>,
    target: Target<'a>,
    pieces: Vec<Vec<u32>>,
    distil: &'a DistilOptions,
    options: &'a Options,
    control: Control<'c>,
}

impl Job for Training<'_, '_> {
    type Out = Result<Fitted<Weights>>;

    fn run<B: Trainable>(self, device: &B::Device) -> Self::Out {
        let Self { lesson, target, pieces, distil, options, control } = self;
        let student = TextNet::<B>::read(lesson.student, device)?;
        let states = match lesson.states {
            Some((teacher, map)) if distil.states > 0.0 => {
                Some((TextNet::<B::InnerBackend>::read(teacher, device)?, map.to_vec()))
            }
            _ => None,
        };
        let padding = lesson.sides.padding();
        let mut task = DistilTask::<B>::new(pieces, padding, target, states, distil.clone(), options.seed);
        let fitted = fit::<B, _>(&mut task, student, options, control);
        release_buffers();
        Ok(fitted?.map(|net| net.write(&lesson.student.config)))
    }
}
