//! The steps of understanding: one file a step, one line in a list.

mod category;
mod entities;
mod intent;
mod negation;
mod normalise;
mod quantities;
mod spelling;
mod synonyms;
mod tagger;
mod words;

use super::Step;

/// The steps that say which words are searched for, in the order in which they are run.
pub(super) const OF_WORDS: &[&dyn Step] = &[
    &normalise::Normalise,
    &words::Words,
    &spelling::Spelling,
    &quantities::Quantities,
    &negation::Negation,
    &entities::Entities,
    &tagger::Tagger,
];

/// The steps that read the text that came of it.
pub(super) const OF_MEANING: &[&dyn Step] = &[&synonyms::Synonyms, &intent::Intent, &category::Category];
