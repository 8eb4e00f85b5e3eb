use text::negation::{NegationHints, negations};
use types::{Consequence, ReadingStep};

use crate::understanding::draft::{Draft, Found};
use crate::understanding::{Known, Step};

/// Reads what is not wanted: it is not searched for, and items that say it of themselves come last.
pub(super) struct Negation;

impl Step for Negation {
    fn step(&self) -> ReadingStep {
        ReadingStep::Negation
    }

    fn read(&self, known: &Known<'_>, draft: &mut Draft<'_>) {
        let spans: Vec<(usize, usize)> = draft.entities(known).iter().map(|entity| entity.span).collect();
        let is_product_phrase = |phrase: &str| known.view.lexicon.is_product_phrase(phrase);
        let hints = NegationHints { entities: &spans, is_product_phrase: &is_product_phrase };
        let read = negations(draft.text(), &hints);
        for negation in read {
            let text = draft.text();
            let part = |(from, to): (usize, usize)| text.get(from..to).unwrap_or_default().to_owned();
            let (cue, scope) = (part(negation.cue), part(negation.scope));
            let was_added = draft.add(Found {
                step: ReadingStep::Negation,
                name: scope.clone(),
                span: Some(negation.span()),
                says: format!("not {scope}"),
                evidence: if cue == scope { "a minus sign before it".to_owned() } else { format!("`{cue}`") },
                confidence: negation.confidence,
                consequence: Consequence::Shown,
            });
            if was_added {
                draft.negations.push(negation);
            }
        }
    }
}
