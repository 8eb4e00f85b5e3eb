use std::sync::Arc;

use learn::Reading;
use types::{Consequence, FieldWeights, Guess, ReadingStep, Route, well_known};

use crate::understanding::draft::{Draft, Found};
use crate::understanding::own_intents::{IntentAnswers, SEARCH};
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
        let (built_in, own) = (built_in(known, draft.text()), own(known, draft.text()));
        let mut guesses = joined(built_in.as_ref(), &own);
        let Some(first) = guesses.first().cloned() else { return };
        let own_answers = known.view.own_intents.definitions.iter().find(|one| *one.name == *first.name);
        // Unlike all examples of the built-in ones, and none of the shop's own.
        let is_out = own_answers.is_none() && built_in.as_ref().is_some_and(|read| read.out_of_scope);
        let label = if is_out { Arc::from("out-of-scope") } else { Arc::clone(&first.name) };
        let next: Vec<String> = guesses[1..]
            .iter()
            .take(TOLD - 1)
            .map(|guess| format!("{} {:.2}", guess.name, guess.probability))
            .collect();
        let mut evidence = format!("then {}", next.join(", "));
        match (own_answers, &built_in) {
            (Some(own), _) => {
                evidence.push_str(&format!("; an intent of the shop's own, by {} examples", own.examples.len()))
            }
            (None, Some(read)) => evidence.push_str(&format!(
                "; familiarity {:.1}, at least {:.1} is like the examples",
                read.familiarity, read.familiarity_min
            )),
            (None, None) => {}
        }
        let mut found = (label, first.probability, evidence);
        draft.route = match (first.probability >= ROUTED_FROM, own_answers) {
            (false, _) => Route::Search,
            (true, Some(own)) => own_route(own.answers),
            (true, None) => route(&found.0),
        };
        if draft.route != Route::Search && is_in_a_title(known, draft.text()) {
            let evidence = format!("an item's title has all these words; without that {} {:.2}", found.0, found.1);
            found = (Arc::from(SEARCH), 1.0, evidence);
            guesses = vec![Guess { name: Arc::from(SEARCH), probability: 1.0 }];
            draft.route = Route::Search;
        }
        guesses.truncate(TOLD);
        draft.intents = guesses;
        let (label, confidence, evidence) = found;
        draft.add(Found {
            step: ReadingStep::Intent,
            name: label.to_string(),
            span: None,
            says: label.to_string(),
            evidence,
            confidence,
            consequence: Consequence::Shown,
        });
    }
}

fn built_in(known: &Known<'_>, text: &str) -> Option<Reading> {
    let (encoders, intents) = known.view.retrievers.intents.as_ref()?;
    let vector = known.joined_vector(encoders, text)?;
    Some(intents.read(&vector))
}

/// The shop's own intents with their probabilities; nothing where the text is like none of the examples.
fn own(known: &Known<'_>, text: &str) -> Vec<(Arc<str>, f32)> {
    let own = &known.view.own_intents;
    let Some(fitted) = &own.fitted else { return Vec::new() };
    let Some(vector) = known.joined_vector(&fitted.encoders, text) else { return Vec::new() };
    let read = fitted.intents.read(&vector);
    let is_own = |label: &Arc<str>| !read.out_of_scope && own.definitions.iter().any(|one| *one.name == **label);
    read.probabilities.iter().filter(|(label, _)| is_own(label)).cloned().collect()
}

/// Both in one, the likeliest first: the shop's own intents have their probability, and what they leave to none of them is
/// shared by the built-in ones. One that the shop defines itself counts as its own alone.
fn joined(built_in: Option<&Reading>, own: &[(Arc<str>, f32)]) -> Vec<Guess> {
    let none = (1.0 - own.iter().map(|(_, probability)| probability).sum::<f32>()).max(0.0);
    let mut guesses: Vec<Guess> =
        own.iter().map(|(label, probability)| Guess { name: Arc::clone(label), probability: *probability }).collect();
    let is_own = |label: &Arc<str>| guesses.iter().any(|guess| guess.name == *label);
    let others: Vec<(Arc<str>, f32)> = match built_in {
        Some(read) => read.probabilities.iter().filter(|(label, _)| !is_own(label)).cloned().collect(),
        None if guesses.is_empty() => Vec::new(),
        None => vec![(Arc::from(SEARCH), 1.0)],
    };
    let sum = others.iter().map(|(_, probability)| probability).sum::<f32>().max(f32::MIN_POSITIVE);
    guesses.extend(others.into_iter().map(|(name, probability)| Guess { name, probability: none * probability / sum }));
    guesses.sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.name.cmp(&b.name)));
    guesses
}

/// Whether some item's title has every word of the text: whoever types one is after the item, whatever it sounds like.
fn is_in_a_title(known: &Known<'_>, text: &str) -> bool {
    let searcher = &known.view.searcher;
    let mut weights: Vec<(Arc<str>, f32)> = searcher.attributes().into_iter().map(|name| (name, 0.0)).collect();
    weights.retain(|(name, _)| **name != *well_known::TITLE && **name != *well_known::ID);
    weights.extend([(Arc::from(well_known::ID), 0.0), (Arc::from(well_known::TITLE), 1.0)]);
    // A word index that cannot be read fails the search itself.
    let Ok(query) = searcher.words_query(text, &FieldWeights(weights)) else { return false };
    query.known() >= 0.9999 && searcher.search_words(&query, searcher.all(), 1.0, 1).is_ok_and(|hits| hits.complete > 0)
}

fn own_route(answers: IntentAnswers) -> Route {
    match answers {
        IntentAnswers::Search => Route::Search,
        IntentAnswers::Assistant => Route::Assistant,
        IntentAnswers::Human => Route::Human,
    }
}

/// Who answers an intent of the built-in ones.
fn route(label: &str) -> Route {
    match label {
        "product-question" | "compare" | "small-talk" | "out-of-scope" => Route::Assistant,
        "order-status" | "return-refund" | "complaint" => Route::Human,
        _ => Route::Search,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(guesses: &[Guess]) -> Vec<String> {
        guesses.iter().map(|guess| format!("{} {:.2}", guess.name, guess.probability)).collect()
    }

    #[test]
    fn own_and_built_in_intents_share_one_distribution() {
        let labels = |pairs: &[(&str, f32)]| pairs.iter().map(|(label, p)| (Arc::from(*label), *p)).collect::<Vec<_>>();
        let probabilities = labels(&[("search", 0.6), ("complaint", 0.4)]);
        let built_in = Reading { probabilities, out_of_scope: false, familiarity: 1.0, familiarity_min: 0.0 };
        let own = labels(&[("保修", 0.7), ("complaint", 0.1)]);
        assert_eq!(shown(&joined(Some(&built_in), &[])), ["search 0.60", "complaint 0.40"]);
        assert_eq!(shown(&joined(Some(&built_in), &own)), ["保修 0.70", "search 0.20", "complaint 0.10"]);
        assert_eq!(shown(&joined(None, &own)), ["保修 0.70", "search 0.20", "complaint 0.10"]);
        assert!(joined(None, &[]).is_empty());
    }
}
