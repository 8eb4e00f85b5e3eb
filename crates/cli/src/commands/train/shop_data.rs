//! What a shop's log and catalogue teach.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use anyhow::Result;
use engine::Shop;
use train::contrast::{ItemTexts, Pair, self_supervised};
use train::data::{LabelledText, Scored};
use types::well_known::{CATEGORY, DESCRIPTION};
use types::{EventBody, Item, ItemId, Language, Position, QueryId, Rng, Value};

use crate::config::Config;
use crate::data::Data;
use crate::failure::user;
use crate::output::grouped;

/// Rows read at a time.
const ROWS_A_READ: usize = 1000;
/// Pairs of a query and an item below which a log teaches less than the items' own texts.
const PAIRS_MIN: usize = 100;
/// Items that were not chosen, for each query.
const REFUSED_MAX: usize = 4;
/// Items a label must have to be learnt.
const LABEL_MIN: usize = 5;

/// Pairs for an encoder, the passages of all items, and where the pairs come from.
pub(crate) fn pairs(shop: &str, seed: u64, config: &Config) -> Result<(Vec<Pair>, Vec<String>, Vec<String>)> {
    let data = Data::open(config)?;
    let shop = data.shop(shop)?;
    let catalogue = Catalogue::read(&shop)?;
    let corpus: Vec<String> = catalogue.items.values().map(|known| known.passage.clone()).collect();
    let log = Log::read(&shop)?;
    let clicked = log.pairs(&catalogue);
    if clicked.len() >= PAIRS_MIN {
        let note = format!(
            "{} pairs of a query and an item that was clicked or bought after it, from {} events",
            grouped(clicked.len() as u64),
            grouped(log.events)
        );
        return Ok((clicked, corpus, vec![note]));
    }
    let texts: Vec<ItemTexts> = catalogue.items.values().map(|known| known.texts.clone()).collect();
    let pairs = self_supervised(&texts, &mut Rng::new(seed));
    if pairs.is_empty() {
        return Err(user("the shop has neither searches with clicks nor items with texts: nothing can be learnt"));
    }
    let note = format!(
        "the log has only {} pairs of a query and an item chosen after it (at least {PAIRS_MIN} are wanted): learning from {} pairs of \
         items' own texts, self-supervised",
        clicked.len(),
        grouped(pairs.len() as u64)
    );
    Ok((pairs, corpus, vec![note]))
}

/// Pairs with 1 where an item was chosen and 0 where it was shown or might have been.
pub(crate) fn judged(shop: &str, seed: u64, config: &Config) -> Result<(Vec<Scored>, Vec<String>)> {
    let data = Data::open(config)?;
    let shop = data.shop(shop)?;
    let catalogue = Catalogue::read(&shop)?;
    let log = Log::read(&shop)?;
    let passages: Vec<(&ItemId, &Known)> = catalogue.items.iter().collect();
    let mut chosen: BTreeMap<&str, HashSet<&ItemId>> = BTreeMap::new();
    for (query, item) in log.chosen.keys() {
        chosen.entry(query.as_ref()).or_default().insert(item);
    }
    let (mut pairs, mut shown, mut drawn) = (Vec::new(), 0, 0);
    let mut rng = Rng::new(seed);
    for (query, items) in &chosen {
        let known: Vec<&&ItemId> = items.iter().filter(|item| catalogue.items.contains_key(**item)).collect();
        if known.is_empty() {
            continue;
        }
        let mut put = |item: &ItemId, score: f32| {
            if let Some(known) = catalogue.items.get(item) {
                pairs.push(Scored { query: (*query).to_owned(), passage: known.passage.clone(), score });
            }
        };
        let mut ordered = known;
        ordered.sort_unstable();
        ordered.iter().for_each(|item| put(item, 1.0));
        let passed_over = log.shown.get(*query).into_iter().flatten();
        let passed_over: Vec<&ItemId> = passed_over
            .filter(|item| !items.contains(*item) && catalogue.items.contains_key(*item))
            .take(REFUSED_MAX)
            .collect();
        passed_over.iter().for_each(|item| put(item, 0.0));
        shown += passed_over.len();
        for _ in passed_over.len()..REFUSED_MAX {
            let (item, _) = passages[rng.below(passages.len())];
            if !items.contains(item) {
                put(item, 0.0);
                drawn += 1;
            }
        }
    }
    if chosen.len() < 10 || pairs.is_empty() {
        let found = chosen.len();
        return Err(user(format!(
            "the log has {found} queries after which something was chosen, expected at least 10"
        )));
    }
    let note = format!(
        "{} pairs of {} queries: what was chosen, {} items that were shown and passed over, and {} drawn from the catalogue",
        grouped(pairs.len() as u64),
        grouped(chosen.len() as u64),
        grouped(shown as u64),
        grouped(drawn as u64)
    );
    Ok((pairs, vec![note]))
}

/// Items' titles with their topmost category as label.
pub(crate) fn categories(shop: &str, config: &Config) -> Result<(Vec<LabelledText>, Vec<String>)> {
    let data = Data::open(config)?;
    let shop = data.shop(shop)?;
    let mut texts = Vec::new();
    for items in shop.batches(ROWS_A_READ) {
        for item in items? {
            if let Some(Value::Categories(paths)) = item.get(CATEGORY)
                && let Some(label) = paths.first().and_then(|path| path.first())
            {
                texts.push(LabelledText { text: item.title().to_owned(), label: label.to_string() });
            }
        }
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    texts.iter().for_each(|text| *counts.entry(text.label.clone()).or_default() += 1);
    texts.retain(|text| counts[&text.label] >= LABEL_MIN);
    counts.retain(|_, count| *count >= LABEL_MIN);
    if counts.len() < 2 {
        let found = counts.len();
        return Err(user(format!(
            "the catalogue has {found} categories of at least {LABEL_MIN} items, expected two; or learn from --data"
        )));
    }
    let note = format!("{} titles of {} categories", grouped(texts.len() as u64), counts.len());
    Ok((texts, vec![note]))
}

/// What is read of an item.
struct Known {
    passage: String,
    texts: ItemTexts,
}

struct Catalogue {
    items: BTreeMap<ItemId, Known>,
}

impl Catalogue {
    fn read(shop: &Shop) -> Result<Self> {
        let mut items = BTreeMap::new();
        for batch in shop.batches(ROWS_A_READ) {
            items.extend(batch?.into_iter().map(|item| {
                let known = Known { passage: shop.passage(&item), texts: texts_of(&item) };
                (item.id, known)
            }));
        }
        Ok(Self { items })
    }
}

fn texts_of(item: &Item) -> ItemTexts {
    let text = |name| item.text(name).map(|texts| texts.best(Language::Other).to_owned()).unwrap_or_default();
    let category = match item.get(CATEGORY) {
        Some(Value::Categories(paths)) => paths.first().and_then(|path| path.last()).map(ToString::to_string),
        _ => None,
    };
    let group = item.group.as_ref().map(|group| {
        let mut hasher = DefaultHasher::new();
        group.hash(&mut hasher);
        hasher.finish()
    });
    ItemTexts {
        title: item.title().to_owned(),
        description: text(DESCRIPTION),
        category: category.unwrap_or_default(),
        group,
    }
}

/// What shoppers searched for, were shown and chose.
#[derive(Default)]
struct Log {
    events: u64,
    /// Query and item, with how much was said for the item.
    chosen: BTreeMap<(Arc<str>, ItemId), f32>,
    /// Items shown for a query.
    shown: HashMap<Arc<str>, Vec<ItemId>>,
}

impl Log {
    fn read(shop: &Shop) -> Result<Self> {
        let mut log = Self::default();
        let mut asked: HashMap<QueryId, Arc<str>> = HashMap::new();
        let mut from = Position(0);
        loop {
            let events = shop.events(from, ROWS_A_READ)?;
            let Some(last) = events.last() else { return Ok(log) };
            from = last.position.next();
            log.events += events.len() as u64;
            for logged in events {
                match logged.event.body {
                    EventBody::Impression(impression) => {
                        let Some(query) = impression.query else { continue };
                        asked.insert(impression.query_id, Arc::clone(&query));
                        let shown = log.shown.entry(query).or_default();
                        let room = 50usize.saturating_sub(shown.len());
                        shown.extend(impression.shown.into_iter().map(|one| one.item).take(room));
                    }
                    EventBody::Interaction(interaction) => {
                        let strength = interaction.strength();
                        let query = interaction.query.or_else(|| asked.get(&interaction.query_id?).cloned());
                        let (Some(query), Some(item)) = (query, interaction.item) else { continue };
                        if strength > 0.0 && !query.trim().is_empty() {
                            *log.chosen.entry((query, item)).or_default() += strength;
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    fn pairs(&self, catalogue: &Catalogue) -> Vec<Pair> {
        let known =
            self.chosen.iter().filter_map(|((query, item), weight)| Some((query, catalogue.items.get(item)?, *weight)));
        known
            .map(|(query, known, weight)| Pair {
                query: query.to_string(),
                passage: known.passage.clone(),
                weight,
                group: known.texts.group,
            })
            .collect()
    }
}
