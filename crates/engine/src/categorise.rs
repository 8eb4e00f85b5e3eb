//! Where items belong in the shop's own tree, by the items most like them.

use std::sync::Arc;

use learn::{CategoryPrediction, CategoryTree, CategoryVote, Mass, VotesConfig, category_votes};
use neural::Encoder;
use rustc_hash::FxHashMap;
use types::well_known::TITLE;
use types::{FieldWeights, Item, Language, Row, Value};

use crate::core::Core;
use crate::encoders::passage;
use crate::inspection::batches;
use crate::view::View;
use crate::{Error, Result, Shop, understanding};

/// A category is proposed from this probability on.
const PROPOSED_FROM: f32 = 0.5;
/// Nearest items that vote, of each kind of likeness.
const VOTERS: usize = 20;
/// How an item's likeness by words, as a share of the best one's score, weighs its vote; see [`VotesConfig::width`].
const WORDS_WIDTH: f32 = 0.15;
/// Terms of a text beyond this add time and no likeness.
const WORDS_CHARS_MAX: usize = 300;

/// Where an item belongs.
#[derive(Clone, PartialEq, Debug)]
pub struct CategoryProposal {
    /// The attribute that holds the shop's categories.
    pub attribute: Arc<str>,
    /// The category, from the root down: as deep as the items like it agree.
    pub path: Vec<Arc<str>>,
    /// How likely it is, 0 to 1.
    pub confidence: f32,
    /// What speaks for it, in words.
    pub evidence: String,
}

impl Shop {
    /// Proposes a category for each item, `None` where the shop has no categories or the items like it do not agree. What
    /// an item's own category is has no say, so that this can be tried on items that have one.
    ///
    /// # Errors
    /// Where the index or the catalogue cannot be read, or an encoder fails.
    pub fn propose_categories(&self, items: &[Item]) -> Result<Vec<Option<CategoryProposal>>> {
        understanding::refresh(&self.core)?;
        let Some(categoriser) = Categoriser::new(&self.core)? else { return Ok(vec![None; items.len()]) };
        items.iter().map(|item| Ok(categoriser.predict(item)?.proposal(&categoriser, PROPOSED_FROM))).collect()
    }
}

/// Tells categories of items by those like them, in one view.
pub(crate) struct Categoriser<'a> {
    core: &'a Core,
    view: Arc<View>,
    tree: CategoryTree,
    attribute: Arc<str>,
    /// The lowest categories of each item that has some.
    labels: FxHashMap<Row, Box<[u32]>>,
    /// How many items each category has, with those below it.
    sizes: Vec<u32>,
    /// All fields but the categories.
    fields: FieldWeights,
}

/// What the items like one say of its category.
#[derive(Clone, Debug)]
pub(crate) struct Predicted {
    pub(crate) prediction: CategoryPrediction,
    /// How many items voted, and by what they are alike.
    voters: usize,
    likeness: &'static str,
}

impl<'a> Categoriser<'a> {
    /// Reads the categories of all items; `None` where there are none.
    pub(crate) fn new(core: &'a Core) -> Result<Option<Self>> {
        let view = core.view.load_full();
        let categories = &view.lexicon.categories;
        let (Some(attribute), Some(tree)) = (categories.attribute().cloned(), categories.tree().cloned()) else {
            return Ok(None);
        };
        let mut labels: FxHashMap<Row, Box<[u32]>> = FxHashMap::default();
        for items in batches(core) {
            let items = items?;
            let names = core.names.read();
            let labelled = items.iter().filter_map(|item| {
                // Found categories have no vote, or what was found would bear itself out.
                let is_own = !item.provenance.contains_key(&attribute);
                let lowest = if is_own { categories.lowest_of(item) } else { Vec::new() };
                Some((names.items.row(item.id.as_str())?, lowest)).filter(|(_, lowest)| !lowest.is_empty())
            });
            labels.extend(labelled.map(|(row, lowest)| (row, lowest.into_boxed_slice())));
        }
        let mut sizes = vec![0; tree.len()];
        for category in labels.values().flat_map(|lowest| lowest.iter()) {
            tree.path(*category).for_each(|at| sizes[at as usize] += 1);
        }
        let fields = FieldWeights(vec![(Arc::clone(&attribute), 0.0)]);
        Ok(Some(Self { core, view: Arc::clone(&view), tree, attribute, labels, sizes, fields }))
    }

    /// The attribute that holds the categories.
    pub(crate) fn attribute(&self) -> &Arc<str> {
        &self.attribute
    }

    /// The category, or the lowest above it, that has at least so many items with those below it.
    pub(crate) fn with_items(&self, category: u32, least: u32) -> Option<u32> {
        self.tree.path(category).find(|at| self.sizes.get(*at as usize).is_some_and(|size| *size >= least))
    }

    /// The lowest categories that an item says it is in.
    pub(crate) fn lowest_of(&self, item: &Item) -> Vec<u32> {
        self.view.lexicon.categories.lowest_of(item)
    }

    /// The same of an item by its row.
    fn labels(&self, row: Row) -> &[u32] {
        self.labels.get(&row).map_or(&[], |labels| labels)
    }

    /// A category's path.
    pub(crate) fn path(&self, category: u32) -> &[Arc<str>] {
        self.view.lexicon.categories.path(category)
    }

    /// By words and vectors; both have the same say.
    pub(crate) fn predict(&self, item: &Item) -> Result<Predicted> {
        let words = self.words_votes(item)?;
        let vectors = self.vector_votes(item)?;
        let likeness = match (words.is_empty(), vectors.is_empty()) {
            (false, false) => "in words and meaning",
            (true, false) => "in meaning",
            (_, true) => "in words",
        };
        Ok(self.predicted(&words, &vectors, likeness))
    }

    /// By words alone: cheap, for finding what is worth a closer look.
    pub(crate) fn predict_by_words(&self, item: &Item) -> Result<Predicted> {
        Ok(self.predicted(&self.words_votes(item)?, &[], "in words"))
    }

    fn predicted(&self, words: &[(Row, f32)], vectors: &[(Row, f32)], likeness: &'static str) -> Predicted {
        let votes = |near: &[(Row, f32)], width: f32| {
            let votes: Vec<CategoryVote<'_>> = near
                .iter()
                .map(|(row, cosine)| CategoryVote { cosine: *cosine, categories: self.labels(*row) })
                .collect();
            scaled(category_votes(&votes, VotesConfig { voters: VOTERS, width }))
        };
        let mut masses = votes(words, WORDS_WIDTH);
        masses.extend(votes(vectors, VotesConfig::default().width));
        let voters = words.len().max(vectors.len());
        Predicted { prediction: self.tree.spread(&masses), voters, likeness }
    }

    /// The labelled items most like this one by words, with the share of the best one's score.
    fn words_votes(&self, item: &Item) -> Result<Vec<(Row, f32)>> {
        let text = words_text(item);
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let own = self.row(item);
        let searcher = &self.view.searcher;
        let query = searcher.words_query(&text, &self.fields)?;
        // A few more, because itself and items without a category have no vote.
        let found = searcher.search_words(&query, searcher.all(), 0.0, 2 * VOTERS)?.top;
        let mut near: Vec<(Row, f32)> = found.into_iter().map(|hit| (hit.row, hit.score)).collect();
        near.retain(|(row, _)| Some(*row) != own && self.labels.contains_key(row));
        near.truncate(VOTERS);
        let best = near.first().map_or(1.0, |(_, score)| score.max(f32::MIN_POSITIVE));
        near.iter_mut().for_each(|(_, score)| *score /= best);
        Ok(near)
    }

    /// The labelled items most like this one by the first encoder that understands its language. An item that has a
    /// category is encoded without it: its vector in the index would lead back to where it stands.
    fn vector_votes(&self, item: &Item) -> Result<Vec<(Row, f32)>> {
        let Some(encoder) = self.encoder(Language::guess(item.title())) else { return Ok(Vec::new()) };
        let own = self.row(item);
        let has_category = item.get(&self.attribute).is_some();
        let known = own.filter(|_| !has_category).and_then(|row| self.view.searcher.vector(encoder.id(), row));
        let vector = match known {
            Some(vector) => vector,
            None => self.encoded(encoder, item)?,
        };
        let searcher = &self.view.searcher;
        let mut near = searcher.search_vectors(encoder.id(), &vector, searcher.all(), 2 * VOTERS)?;
        near.retain(|(row, _)| Some(*row) != own && self.labels.contains_key(row));
        near.truncate(VOTERS);
        Ok(near)
    }

    fn encoded(&self, encoder: &Encoder, item: &Item) -> Result<Vec<f32>> {
        let mut bare = item.clone();
        bare.attributes.remove(&self.attribute);
        let failed =
            |source: neural::Error| Error::Encoder { encoder: encoder.id().to_owned(), source: Box::new(source) };
        let mut vectors = encoder.encode_passages(&[&passage(&bare, &self.view.settings)]).map_err(failed)?;
        Ok(vectors.pop().unwrap_or_default())
    }

    fn encoder(&self, language: Language) -> Option<&Encoder> {
        let mut encoders = self.view.retrievers.encoders.iter().map(|(_, encoder)| &**encoder);
        encoders.find(|encoder| language == Language::Other || encoder.understands(language))
    }

    fn row(&self, item: &Item) -> Option<Row> {
        self.core.names.read().items.row(item.id.as_str())
    }
}

impl Predicted {
    /// The lowest category with at least this probability, with its evidence.
    pub(crate) fn proposal(&self, categoriser: &Categoriser<'_>, least: f32) -> Option<CategoryProposal> {
        let (category, confidence) = self.prediction.decided(&categoriser.tree, least)?;
        let path = categoriser.path(category).to_vec();
        let evidence = format!(
            "{:.0} % of the votes of the {} items most like it {}",
            100.0 * confidence,
            self.voters,
            self.likeness
        );
        Some(CategoryProposal { attribute: Arc::clone(&categoriser.attribute), path, confidence, evidence })
    }

    /// How likely a category or one below it is.
    pub(crate) fn probability(&self, category: u32) -> f32 {
        self.prediction.probability(category)
    }
}

/// Masses that add up to 1.
fn scaled(mut masses: Vec<Mass>) -> Vec<Mass> {
    let sum: f32 = masses.iter().map(|(_, mass)| mass).sum();
    masses.iter_mut().for_each(|(_, mass)| *mass /= sum.max(f32::MIN_POSITIVE));
    masses
}

/// What an item is looked for by: its title and its keywords.
fn words_text(item: &Item) -> String {
    let title = item.text(TITLE).map_or("", |texts| texts.best(Language::Other));
    let keywords = item.attributes.values().filter_map(|value| match value {
        Value::Keywords(words) => Some(words.iter().map(|word| &**word)),
        _ => None,
    });
    let mut text = title.to_owned();
    for word in keywords.flatten() {
        if text.chars().count() >= WORDS_CHARS_MAX {
            break;
        }
        text.push(' ');
        text.push_str(word);
    }
    text.chars().take(WORDS_CHARS_MAX).collect()
}
