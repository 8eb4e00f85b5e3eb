use std::sync::Arc;

use text::spelling::{Decision, Thresholds};
use types::{Consequence, ReadingStep};

use crate::understanding::draft::{Draft, Found};
use crate::understanding::{Known, Step};

/// Corrects slips by the words of the shop.
pub(super) struct Spelling;

impl Step for Spelling {
    fn step(&self) -> ReadingStep {
        ReadingStep::Spelling
    }

    fn read(&self, known: &Known<'_>, draft: &mut Draft<'_>) {
        let thresholds = Thresholds::default();
        let spelled = known.view.lexicon.speller.correct(draft.text(), &thresholds);
        // From the end, so that spans before it stay true.
        for correction in spelled.corrections.iter().rev() {
            let consequence = match correction.decision {
                Decision::Apply => Consequence::Replaced(Arc::from(correction.to.as_str())),
                Decision::Offer => Consequence::Offered(Arc::from(correction.to.as_str())),
            };
            draft.add(Found {
                step: ReadingStep::Spelling,
                name: correction.from.trim().to_owned(),
                span: Some(correction.span),
                says: format!("{} → {}", correction.from.trim(), correction.to.trim()),
                evidence: correction.explain(&thresholds),
                confidence: correction.confidence,
                consequence,
            });
        }
        draft.did_you_mean = spelled.suggestion.map(Arc::from);
    }
}
