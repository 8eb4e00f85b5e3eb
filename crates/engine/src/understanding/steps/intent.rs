use std::sync::Arc;

use types::{Consequence, Guess, ReadingStep, Route};

use crate::understanding::draft::{Draft, Found};
use crate::understanding::{Known, Step};

/// Reads what the shopper is after from the query's vector, and who should answer.
pub(super) struct Intent;

/// From this probability on an intent other than a search sends the query elsewhere.
const ROUTED_FROM: f32 = 0.6;
/// Intents told of one query.
const TOLD: usize = 3;

impl Step for Intent {
    fn step(&self) -> ReadingStep {
        ReadingStep::Intent
    }

    fn read(&self, known: &Known<'_>, draft: &mut Draft<'_>) {
        let Some((encoder, intents)) = &known.view.retrievers.intents else { return };
        let Ok(vector) = known.view.retrievers.cache.get_or_encode(encoder, draft.text()) else { return };
        let read = intents.read(&vector);
        let told =
            |(label, probability): &(Arc<str>, f32)| Guess { name: Arc::clone(label), probability: *probability };
        draft.intents = read.probabilities.iter().take(TOLD).map(told).collect();
        let (label, probability) = read.top();
        let label = if read.out_of_scope { "out-of-scope" } else { label };
        draft.route = if probability >= ROUTED_FROM { route(label) } else { Route::Search };
        let next: Vec<String> =
            read.probabilities[1..].iter().take(TOLD - 1).map(|(label, p)| format!("{label} {p:.2}")).collect();
        draft.add(Found {
            step: ReadingStep::Intent,
            name: label.to_owned(),
            span: None,
            says: label.to_owned(),
            evidence: format!(
                "then {}; familiarity {:.1}, at least {:.1} is like the examples",
                next.join(", "),
                read.familiarity,
                read.familiarity_min
            ),
            confidence: probability,
            consequence: Consequence::Shown,
        });
    }
}

/// Who answers an intent of the built-in ones; those of a shop's own are searches.
fn route(label: &str) -> Route {
    match label {
        "product-question" | "compare" | "small-talk" | "out-of-scope" => Route::Assistant,
        "order-status" | "return-refund" | "complaint" => Route::Human,
        _ => Route::Search,
    }
}
