use text::ChangeKind;
use types::{Consequence, ReadingStep};

use crate::understanding::draft::{Draft, Found, changes_words};
use crate::understanding::{Known, Step};

/// Tells what normalising changed; the draft's text is normalised already.
pub(super) struct Normalise;

impl Step for Normalise {
    fn step(&self) -> ReadingStep {
        ReadingStep::Normalise
    }

    fn read(&self, _known: &Known<'_>, draft: &mut Draft<'_>) {
        let is_worth_telling = |change: &&text::Change| !matches!(change.kind, ChangeKind::Case | ChangeKind::Blank);
        let changes: Vec<text::Change> = draft.changes().iter().filter(is_worth_telling).cloned().collect();
        for change in changes {
            let to = change.to.trim();
            draft.add_typed(Found {
                step: ReadingStep::Normalise,
                name: format!("{}={}", change.kind.name(), change.span.0),
                span: Some(change.span),
                says: if to.is_empty() { "left out".to_owned() } else { to.to_owned() },
                evidence: change.kind.name().replace('_', " "),
                confidence: 1.0,
                consequence: match changes_words(change.kind) {
                    true => Consequence::Replaced(change.to.as_str().into()),
                    false => Consequence::Shown,
                },
            });
        }
    }
}
