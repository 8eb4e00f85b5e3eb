//! `mercato train`: teaches networks a shop's words, and keeps track of every run.

mod at_server;
mod encoder;
mod figures;
mod heads;
mod lines;
mod onlooker;
mod options;
mod ranker;
mod recommend;
mod shop_data;
mod tracked;

use anyhow::Result;
use engine::Promote;

pub(crate) use figures::{rows, with_interval};
pub(crate) use onlooker::{Onlooker, duration};
pub(crate) use tracked::summary;

use crate::args::{Train, TrainModel};
use crate::config::Config;

/// Runs the command.
pub(crate) fn run(args: &Train, config: &Config) -> Result<()> {
    let (task, args) = match args {
        Train::Encoder(args) => (TaskKind::Encoder, args),
        Train::Classifier(args) => (TaskKind::Classifier, args),
        Train::Tagger(args) => (TaskKind::Tagger, args),
        Train::CrossEncoder(args) => (TaskKind::CrossEncoder, args),
        Train::Recommend(args) => return recommend::run(args, config),
        Train::Ranker(args) => return ranker::run(args, config),
        Train::Pictures(args) => return super::pictures::train(args, config),
    };
    if args.settings.iter().any(|setting| setting == "help") {
        return options::list(task, args);
    }
    tracked::train(task, args, config)
}

/// What is trained.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TaskKind {
    /// Texts to vectors.
    Encoder,
    /// Texts to labels.
    Classifier,
    /// Words to tags.
    Tagger,
    /// Pairs to scores.
    CrossEncoder,
}

impl TaskKind {
    /// As it is typed and written into runs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Encoder => "encoder",
            Self::Classifier => "classifier",
            Self::Tagger => "tagger",
            Self::CrossEncoder => "cross-encoder",
        }
    }
}

/// What a task makes of its data and its options.
pub(crate) trait Trains {
    /// What was read.
    fn about(&self) -> &train::run::Data;

    /// Trains, writes the model's folder and tells what came of it.
    fn train(&self, work: &mut tracked::Work<'_>) -> Result<tracked::Outcome>;
}

/// The task's data, read.
fn read(
    task: TaskKind,
    source: &tracked::Source,
    given: &options::Given,
    base: &std::path::Path,
    config: &Config,
) -> Result<Box<dyn Trains>> {
    match task {
        TaskKind::Encoder => Ok(Box::new(encoder::EncoderTraining::read(source, given, base, config)?)),
        _ => Ok(Box::new(heads::HeadTraining::read(task, source, given, base, config)?)),
    }
}

/// What was typed, where nothing else is said.
fn source_of(args: &TrainModel) -> Option<tracked::Source> {
    match (&args.shop, &args.data) {
        (Some(shop), _) => Some(tracked::Source::Shop(shop.clone())),
        (None, Some(folder)) => Some(tracked::Source::Folder(folder.clone())),
        (None, None) => None,
    }
}

/// What was typed of `--promote` and `--promote-if-better`.
fn chosen_promotion(promote: bool, if_better: bool) -> Promote {
    match (promote, if_better) {
        (true, _) => Promote::Yes,
        (false, true) => Promote::IfBetter,
        (false, false) => Promote::No,
    }
}
