//! What a shopper means: a query is read step by step (one file a step in `steps`, one line in its list), and every step
//! says what it read, on what evidence, how sure it is and what follows. Retrieval, filters and scores use the
//! [`Reading`](types::Reading); nothing else of the engine looks at the typed text.

mod categories;
mod draft;
mod edited;
mod learnt;
mod lexicon;
mod own_intents;
mod relax;
mod steps;
mod suggest;
mod unanswered;

use std::sync::Arc;
use std::time::Instant;

use neural::{Encoder, JoinedEncoders};
use types::{Reading, ReadingStep, Request, RetrievalMethod};

use crate::core::Core;
use crate::view::View;
use draft::Draft;

pub(crate) use learnt::Learnt;
pub(crate) use lexicon::{Keeper, Lexicon, keep, refresh, words_of};
pub use own_intents::{IntentAnswers, IntentDefinition};
pub(crate) use own_intents::{OwnIntents, read as read_own_intents};
pub(crate) use relax::{FoundSoFar, InWords, relaxed, without_words};
pub(crate) use suggest::{lookup as suggest, related};
pub(crate) use unanswered::listed as listed_queries;
pub use unanswered::{ListedQuery, QueryFix, QueryList};

/// What steps may look at.
pub(crate) struct Known<'a> {
    /// The shop.
    pub(crate) core: &'a Core,
    /// The pinned view, with the shop's lexicon.
    pub(crate) view: &'a View,
    /// Whether networks may be asked: a search by words alone is to cost none.
    pub(crate) has_networks: bool,
}

impl Known<'_> {
    /// The vector of a query under one encoder.
    pub(crate) fn vector(&self, encoder: &Encoder, text: &str) -> Option<Arc<[f32]>> {
        self.has_networks.then(|| self.view.retrievers.cache.get_or_encode(encoder, text).ok()).flatten()
    }

    /// The vector of a query under several encoders.
    pub(crate) fn joined_vector(&self, encoders: &JoinedEncoders, text: &str) -> Option<Vec<f32>> {
        self.has_networks.then(|| encoders.encode_query(&self.view.retrievers.cache, text).ok()).flatten()
    }
}

/// One step of understanding.
pub(crate) trait Step: Send + Sync {
    /// Which one.
    fn step(&self) -> ReadingStep;

    /// Reads the query as the steps before have left it, and adds what it found.
    fn read(&self, known: &Known<'_>, draft: &mut Draft<'_>);
}

/// Reads a query. Steps that shop or request leave out are not run.
pub(crate) fn read(core: &Core, view: &View, request: &Request, query: &str) -> Reading {
    let known = Known { core, view, has_networks: request.retrieval.method != RetrievalMethod::Lexical };
    let asked = &request.understanding;
    let is_off = |step: ReadingStep| view.settings.understanding_off.contains(&step) || asked.off.contains(&step);
    let mut draft = Draft::new(query, &asked.without, is_off(ReadingStep::Normalise));
    let run = |steps: &[&dyn Step], draft: &mut Draft<'_>| {
        for step in steps.iter().filter(|step| !is_off(step.step())) {
            let began = Instant::now();
            step.read(&known, draft);
            let micros = u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX);
            draft.micros.push((step.step(), micros));
        }
    };
    run(steps::OF_WORDS, &mut draft);
    draft.settle();
    run(steps::OF_MEANING, &mut draft);
    draft.finish()
}
