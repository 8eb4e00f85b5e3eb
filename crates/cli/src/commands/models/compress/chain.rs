use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Result;
use neural::export::{Form, Output, Quantisation, save};
use neural::{Encoder, Manifest, Weights, vocabulary};
use train::backend::{Device, Wanted};
use train::compress::{
    PROJECTION, Sparsity, drop_layers, every_second, principal_directions, project, prune_heads, prune_units, sparsify,
};
use train::contrast::Sides;
use train::distil::{DistilOptions, Lesson, Side, TeacherVectors, Text, distil};
use train::fit::{Control, Options};

use super::corpus;
use crate::args::{Compress, Layers, Step};
use crate::commands::train::Onlooker;
use crate::config::Config;
use crate::failure::user;

/// Texts that principal directions are found from; more change nothing that could be measured.
const TEXTS_FOR_DIRECTIONS: usize = 5_000;

/// A model on its way.
pub(super) struct State {
    weights: Weights,
    /// The network that layers were left out of, with the same pieces, and which of its layers are left.
    teacher: Option<(Weights, Vec<usize>)>,
    tokenizer: Vec<u8>,
    about: Manifest,
    form: Form,
    texts: Option<Vec<String>>,
}

impl State {
    pub(super) fn new(weights: Weights, tokenizer: Vec<u8>, about: Manifest) -> Self {
        let form = Form { quantisation: Quantisation::Int8, output: Output::Sentence };
        Self { weights, teacher: None, tokenizer, about, form, texts: None }
    }

    /// Writes the model as it is now.
    pub(super) fn save(&self, folder: &Path) -> Result<Manifest> {
        Ok(save(folder, &self.weights, &self.form, &self.tokenizer, self.about.clone())?)
    }

    /// Does a step, and tells what is worth telling. `scratch` is a folder for a model to be run in between.
    pub(super) fn apply(
        &mut self,
        step: &Step,
        args: &Compress,
        original: &Path,
        scratch: &Path,
        config: &Config,
    ) -> Result<Option<String>> {
        match step {
            Step::CutVocabulary(path) => return self.cut_vocabulary(path, args.least).map(Some),
            Step::DropLayers(layers) => self.drop_layers(layers)?,
            Step::PruneHeads(heads) => self.weights = prune_heads(&self.weights, *heads)?,
            Step::PruneUnits(share) => {
                self.weights = prune_units(&self.weights, *share)?;
                return Ok(Some(format!(
                    "{} feed-forward units a layer are left",
                    self.weights.config.intermediate_size
                )));
            }
            Step::Sparsify(share) => {
                self.weights = sparsify(&self.weights, *share)?;
                let found = Sparsity::of(&self.weights).share();
                return Ok(Some(format!("{:.1} % of the matrices' numbers are zero", 100.0 * found)));
            }
            Step::Distil(path) => return self.distil(path, args, original, scratch, config).map(Some),
            Step::First(dims) => {
                let full = self.weights.config.hidden_size;
                if !(1..full).contains(dims) || self.form.output != Output::Sentence {
                    return Err(user(format!("--dims: expected 1 to {}, once, got {dims}", full - 1)));
                }
                (self.about.dims, self.about.dims_full) = (*dims, Some(full));
            }
            Step::Principal(dims) => self.principal(*dims, args, scratch, config)?,
            Step::Precision(quantisation) => self.form.quantisation = *quantisation,
        }
        Ok(None)
    }

    fn cut_vocabulary(&mut self, path: &Path, least: usize) -> Result<String> {
        let mut texts = corpus::texts(path)?;
        texts.extend([&self.about.query_prefix, &self.about.passage_prefix].into_iter().cloned());
        let cut = vocabulary::cut(&self.tokenizer, &texts, least)?;
        self.weights = vocabulary::keep_pieces(&self.weights, &cut.kept)?;
        if let Some((teacher, _)) = &mut self.teacher {
            *teacher = vocabulary::keep_pieces(teacher, &cut.kept)?;
        }
        self.tokenizer = cut.tokenizer;
        self.texts = Some(texts);
        let found = cut.coverage;
        Ok(format!(
            "{} of {} pieces kept; {} of {} texts are parted as before, {} of {} pieces are unknown",
            found.pieces_after,
            found.pieces_before,
            found.texts_same,
            found.texts,
            found.corpus_unknown,
            found.corpus_pieces,
        ))
    }

    fn drop_layers(&mut self, layers: &Layers) -> Result<()> {
        let count = self.weights.config.num_hidden_layers;
        let dropped = match layers {
            Layers::EverySecond => every_second(count),
            Layers::These(layers) => layers.clone(),
        };
        let smaller = drop_layers(&self.weights, &dropped)?;
        let whole = std::mem::replace(&mut self.weights, smaller);
        let (teacher, map) = self.teacher.take().unwrap_or_else(|| (whole, (0..count).collect()));
        let left = map.into_iter().enumerate().filter(|(at, _)| !dropped.contains(at)).map(|(_, layer)| layer);
        self.teacher = Some((teacher, left.collect()));
        Ok(())
    }

    fn principal(&mut self, dims: usize, args: &Compress, scratch: &Path, config: &Config) -> Result<()> {
        if self.form.output != Output::Sentence || self.about.dims_full.is_some() {
            return Err(user("--dims: expected once, got twice"));
        }
        let texts = match (&args.corpus, self.texts.take()) {
            (Some(path), _) => corpus::texts(path)?,
            (None, Some(texts)) => texts,
            (None, None) => {
                return Err(user("--dims: expected texts for principal directions, got none; name some with --corpus"));
            }
        };
        let encoder = self.encoder(scratch, config)?;
        let step = texts.len().div_ceil(TEXTS_FOR_DIRECTIONS).max(1);
        let sample: Vec<&str> = texts.iter().step_by(step).map(String::as_str).collect();
        let directions = principal_directions(&encoder.encode_passages(&sample)?, dims)?;
        self.weights = project(&self.weights, directions);
        self.form.output = Output::Projection { head: PROJECTION.to_owned() };
        self.texts = Some(texts);
        Ok(())
    }

    /// The model as it is now, running.
    fn encoder(&self, scratch: &Path, config: &Config) -> Result<Encoder> {
        self.save(scratch)?;
        Ok(Encoder::load(scratch, config.threads)?)
    }

    fn distil(
        &mut self,
        path: &Path,
        args: &Compress,
        original: &Path,
        scratch: &Path,
        config: &Config,
    ) -> Result<String> {
        if self.form.output != Output::Sentence {
            return Err(user("--distil: expected before --dims pca:N, got it after"));
        }
        let texts = corpus::texts(path)?;
        // Texts as short as a query are learnt as one, since that is what they will be asked as.
        let side = |text: &String| if text.chars().count() <= 24 { Side::Query } else { Side::Passage };
        let texts: Vec<Text> = texts.into_iter().map(|text| Text { side: side(&text), text }).collect();
        let mut vectors = vec![TeacherVectors::of(&Encoder::load(original, config.threads)?, &texts, 1.0, None)?];
        for teacher in &args.teachers {
            let folder = super::base_folder(teacher, config)?;
            vectors.push(TeacherVectors::of(&Encoder::load(&folder, config.threads)?, &texts, 1.0, None)?);
        }
        self.save(scratch)?;
        let sides = Sides::read(scratch, &self.weights.config)?;
        let states = self.teacher.as_ref().filter(|_| args.states).map(|(teacher, map)| (teacher, map.as_slice()));
        let lesson = Lesson { student: &self.weights, sides: &sides, states, vectors: &vectors, texts: &texts };
        let how = DistilOptions {
            states: if states.is_some() { 1.0 } else { 0.0 },
            // Of two teachers no vector of one is right; their similarities are.
            cosine: if vectors.len() > 1 { 0.0 } else { 1.0 },
            ..DistilOptions::default()
        };
        // As often as the time allows; nothing is left out at random, since the teacher's vectors are no noise.
        let options = Options {
            minutes: Some(args.minutes),
            epochs: 1_000,
            batch: 64,
            rate: 2e-4,
            dropout: 0.0,
            evaluate_every: Some(300),
            ..Options::default()
        };
        let (device, reason) = Device::pick(Wanted::Auto);
        let stop = Arc::new(AtomicBool::new(false));
        crate::interrupt::set_on_interrupt(Arc::clone(&stop))?;
        let mut onlooker = Onlooker::new(stop);
        let fitted = distil(&lesson, &how, &options, &device, Control::new(&mut onlooker))?;
        let told = format!(
            "distilled on {} texts in {} updates and {:.0} s on the {}{}",
            texts.len(),
            fitted.steps,
            fitted.seconds,
            device.name(),
            reason.map(|reason| format!(" ({reason})")).unwrap_or_default(),
        );
        self.weights = fitted.net;
        Ok(told)
    }
}
