use std::sync::Arc;

use text::synonyms::to_text;
use types::{Consequence, ReadingStep};

use crate::understanding::draft::{Draft, Found};
use crate::understanding::{Known, Step};

/// Adds the shop's synonyms; what was typed always counts most.
pub(super) struct Synonyms;

impl Step for Synonyms {
    fn step(&self) -> ReadingStep {
        ReadingStep::Synonyms
    }

    fn read(&self, known: &Known<'_>, draft: &mut Draft<'_>) {
        let synonyms = &known.view.synonyms;
        let applied = synonyms.apply(draft.text());
        for expansion in applied.expansions {
            let (from, to) = expansion.span;
            let typed = draft.text().get(from..to).unwrap_or_default().to_owned();
            let rules = expansion.alternatives.iter().flat_map(|alternative| &alternative.rules);
            let rule = rules.filter_map(|rule| synonyms.rules().get(*rule)).next();
            let others: Vec<(Arc<str>, f32)> =
                expansion.alternatives.iter().map(|other| (Arc::from(other.text.as_str()), other.weight)).collect();
            let list: Vec<&str> = expansion.alternatives.iter().map(|other| other.text.as_str()).collect();
            draft.add(Found {
                step: ReadingStep::Synonyms,
                name: typed.clone(),
                span: None,
                says: format!("{typed}, or {}", list.join(", ")),
                evidence: rule.map(|rule| format!("the rule `{}`", to_text([rule]).trim_end())).unwrap_or_default(),
                confidence: 1.0,
                consequence: Consequence::Expanded { span: (from, to), with: others },
            });
        }
    }
}
