use std::sync::Arc;

use learn::{CategoryVote, ClickMasses, VotesConfig, category_votes, pool_masses};
use text::{Normalised, importance};
use types::{Consequence, Filter, Guess, Item, ItemId, ReadingStep, Route};

use crate::understanding::draft::{Draft, Found};
use crate::understanding::{Known, Step};

/// Predicts the categories of what is wanted from those that were clicked after such queries, and from those of the items
/// nearest to the query; the more clicks, the more they count.
pub(super) struct Category;

/// Categories told of one query.
const TOLD: usize = 5;
/// The lowest category with this probability is boosted.
const BOOSTED_FROM: f32 = 0.6;
/// What it multiplies scores by, where it is certain.
const BOOST: f32 = 0.1;

impl Step for Category {
    fn step(&self) -> ReadingStep {
        ReadingStep::Category
    }

    fn read(&self, known: &Known<'_>, draft: &mut Draft<'_>) {
        let categories = &known.view.lexicon.categories;
        let (Some(attribute), Some(tree)) = (categories.attribute(), categories.tree()) else { return };
        let near = nearest(known, draft.text()).unwrap_or_default();
        let lowest: Vec<Vec<u32>> = near.iter().map(|(item, _)| categories.lowest_of(item)).collect();
        let voters = near.iter().zip(&lowest);
        let votes: Vec<CategoryVote<'_>> =
            voters.map(|((_, cosine), categories)| CategoryVote { cosine: *cosine, categories }).collect();
        let votes = category_votes(&votes, VotesConfig::default());
        let clicked = clicked(known, draft.text());
        let (masses, clicks) = clicked.as_ref().map_or((&[][..], 0.0), |clicked| (&clicked.masses, clicked.clicks));
        let predicted = tree.spread(&pool_masses(masses, clicks, &votes));
        let guess = |(category, probability): &(u32, f32)| Guess {
            name: categories.name(*category),
            probability: *probability,
        };
        draft.categories = predicted.probabilities.iter().take(TOLD).map(guess).collect();
        let Some((category, probability)) = predicted.decided(tree, BOOSTED_FROM) else { return };
        let name = categories.name(category);
        let filter = Filter::Under { attribute: Arc::clone(attribute), path: categories.path(category).to_vec() };
        if draft.intents.first().is_some_and(|intent| &*intent.name == "browse") {
            draft.route = Route::Category(Arc::clone(&name));
        }
        draft.add(Found {
            step: ReadingStep::Category,
            name: name.to_string(),
            span: None,
            says: format!("in {name}"),
            evidence: evidence(probability, clicks, near.len(), predicted.confidence),
            confidence: probability,
            consequence: Consequence::Boosted(filter, 1.0 + BOOST * probability),
        });
    }
}

/// What the prediction was concluded from, for people.
fn evidence(probability: f32, clicks: f32, near: usize, confidence: f32) -> String {
    let of = match (clicks > 0.0, near > 0) {
        (true, true) => format!("of {clicks:.0} clicks after such queries and the votes of the {near} nearest items"),
        (true, false) => format!("of {clicks:.0} clicks after such queries"),
        (false, _) => format!("of the votes of the {near} nearest items"),
    };
    format!("{:.0} % {of}; they are worth {:.1} categories", 100.0 * probability, 1.0 / confidence.max(1e-3))
}

/// Where the clicks of such queries fell.
fn clicked(known: &Known<'_>, text: &str) -> Option<ClickMasses> {
    if known.view.learnt.categories.is_empty() {
        return None;
    }
    let normalised = Normalised::new(text, types::Language::Other);
    let query = normalised.text().split_whitespace().collect::<Vec<_>>().join(" ");
    known.view.learnt.categories.masses(&query, importance::words(&query).into_iter())
}

/// The items nearest to the text by the shop's first encoder that understands it, with their cosines.
fn nearest(known: &Known<'_>, text: &str) -> Option<Vec<(Item, f32)>> {
    let view = known.view;
    let language = types::Language::guess(text);
    let mut encoders = view.retrievers.encoders.iter().map(|(_, encoder)| encoder);
    let encoder = encoders.find(|encoder| language == types::Language::Other || encoder.understands(language))?;
    let vector = known.vector(encoder, text)?;
    let voters = VotesConfig::default().voters;
    let hits = view.searcher.search_vectors(encoder.id(), &vector, view.searcher.all(), voters).ok()?;
    let ids: Vec<(ItemId, f32)> = {
        let names = known.core.names.read();
        let id = |row| names.items.id(row).and_then(|id| ItemId::new(&**id).ok());
        hits.into_iter().filter_map(|(row, cosine)| Some((id(row)?, cosine))).collect()
    };
    let plain: Vec<ItemId> = ids.iter().map(|(id, _)| id.clone()).collect();
    let items = known.core.store.catalogue().items(&plain).ok()?;
    Some(items.into_iter().zip(ids).filter_map(|(item, (_, cosine))| Some((item?, cosine))).collect())
}
