use std::sync::Arc;

use text::spelling::{Correction, Decision, Thresholds};
use types::{Consequence, Language, ReadingStep};

use crate::understanding::draft::{Draft, Found};
use crate::understanding::{Known, Step};

/// Corrects slips by the words of the shop.
pub(super) struct Spelling;

/// From which confidence on a Chinese correction is made where no queries are known.
const WITHOUT_LOG: f32 = 0.99;

impl Step for Spelling {
    fn step(&self) -> ReadingStep {
        ReadingStep::Spelling
    }

    fn read(&self, known: &Known<'_>, draft: &mut Draft<'_>) {
        let mut thresholds = Thresholds::default();
        // Titles alone know few of the words of Chinese queries: without a log one clean query in fifty would be changed.
        if !known.view.lexicon.has_log && Language::guess(draft.text()) == Language::Chinese {
            thresholds.apply = WITHOUT_LOG;
        }
        let spelled = known.view.lexicon.speller.correct(draft.text(), &thresholds);
        // From the end, so that spans before it stay true.
        let worth_telling = |correction: &&Correction| correction.decision == Decision::Apply || !is_blank(correction);
        let is_offer = |correction: &Correction| correction.decision == Decision::Offer && !is_blank(correction);
        let is_offered = spelled.corrections.iter().any(is_offer);
        for correction in spelled.corrections.iter().rev().filter(worth_telling) {
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
        draft.did_you_mean = spelled.suggestion.filter(|_| is_offered).map(Arc::from);
    }
}

/// Whether nothing but blanks beside Chinese characters is corrected, which a search does not need.
fn is_blank(correction: &Correction) -> bool {
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    let is_chinese = Language::guess(&correction.from) == Language::Chinese;
    is_chinese && bare(&correction.from) == bare(&correction.to)
}
