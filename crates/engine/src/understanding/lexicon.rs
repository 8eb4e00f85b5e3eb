use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use features::QueryCount;
use index::suggest::Suggestions;
use parking_lot::Mutex;
use store::Store;
use text::entities::{Gazetteer, ItemFacts, Role};
use text::spelling::{Speller, Vocabulary};
use text::{Segmenter, importance};
use types::well_known::{PRICE, TITLE};
use types::{Currency, Item, Value};

use super::categories::Categories;
use super::learnt::Learnt;
use super::{own_intents, suggest};
use crate::Result;
use crate::core::Core;

/// Items a lexicon is made from, at most; of a larger catalogue every n-th. As many tell as much as all of them.
const ITEMS_MAX: usize = 200_000;
/// Items read from the catalogue at a time.
/// How often the keeper looks whether there is something to do.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// A catalogue that keeps changing is read again no more often than this.
const STALE_AFTER: Duration = Duration::from_secs(60);
/// How often the queries that may be suggested are made anew.
const QUERIES_EVERY: Duration = Duration::from_secs(20);
/// How often clicks are learnt from again.
const LEARN_EVERY: Duration = Duration::from_secs(120);
/// Share of the items that must have changed for the lexicon to be made anew at once.
const CHANGED_SHARE: f64 = 0.02;

/// What understanding knows of a shop's own words. Immutable; made anew beside the one in use.
pub(crate) struct Lexicon {
    /// Corrects queries by the words of the catalogue.
    pub(crate) speller: Speller,
    /// Whether it knows queries too, which tell more of what is likely in a query than titles do.
    pub(crate) has_log: bool,
    /// Recognises values of attributes.
    pub(crate) gazetteer: Gazetteer,
    /// The currency most prices are in.
    pub(crate) currency: Option<Currency>,
    /// The shop's categories.
    pub(crate) categories: Categories,
    /// Cuts queries into words.
    pub(crate) segmenter: Segmenter,
    /// What begins with a word of negation in names of brands and product types: `no show`.
    product_phrases: BTreeSet<String>,
    /// Products, categories and brands to be suggested.
    pub(crate) suggestions: Suggestions,
}

impl Lexicon {
    /// Knows nothing: queries are searched for as they stand.
    pub(crate) fn empty() -> Self {
        Self::of(&[], &[])
    }

    /// What the items and the queries that several people asked tell.
    pub(crate) fn of(items: &[Item], queries: &[QueryCount]) -> Self {
        let mut vocabulary = Vocabulary::default();
        let gazetteer = Gazetteer::from_items(items.iter().map(facts));
        let named = |role: Role| matches!(role, Role::Brand | Role::ProductType);
        let names: Vec<&str> =
            gazetteer.attributes().filter(|(_, role, _)| named(*role)).map(|(name, ..)| name).collect();
        let mut product_phrases = BTreeSet::new();
        let brands: Vec<&str> =
            gazetteer.attributes().filter(|(_, role, _)| *role == Role::Brand).map(|(name, ..)| name).collect();
        let mut words: BTreeMap<&str, u64> = BTreeMap::new();
        let mut brand_counts: BTreeMap<&str, u64> = BTreeMap::new();
        for item in items {
            vocabulary.read_title(item.title());
            for (name, value) in &item.attributes {
                let (is_brand, is_name) = (brands.contains(&&**name), names.contains(&&**name));
                for word in words_of(value) {
                    product_phrases.extend(is_name.then(|| negating_pairs(word)).into_iter().flatten());
                    vocabulary.read_title(word);
                    *words.entry(word).or_default() += 1;
                    if is_brand {
                        vocabulary.protect(word);
                        *brand_counts.entry(word).or_default() += 1;
                    }
                }
            }
        }
        for query in queries {
            vocabulary.read_query(&query.text, query.count.ceil().clamp(1.0, 1e9) as u32);
        }
        let categories = Categories::of(items);
        let brand_counts: Vec<(&str, u64)> = brand_counts.into_iter().collect();
        Self {
            suggestions: suggest::of_catalogue(items, &categories, &brand_counts),
            speller: Speller::new(&vocabulary),
            has_log: !queries.is_empty(),
            gazetteer,
            currency: currency(items),
            categories,
            segmenter: Segmenter::new(words),
            product_phrases,
        }
    }

    /// Whether the shop's own names have these words, so that they negate nothing.
    pub(crate) fn is_product_phrase(&self, phrase: &str) -> bool {
        self.product_phrases.contains(phrase)
    }

    fn read(store: &Store, queries: &[QueryCount]) -> Result<Self> {
        let items: Vec<Item> =
            store.catalogue().sample(ITEMS_MAX).map(|item| item.map(slim)).collect::<store::Result<_>>()?;
        Ok(Self::of(&items, queries))
    }
}

/// The item without prose: of a large catalogue that is most of its bytes, and nothing is learnt from it.
fn slim(mut item: Item) -> Item {
    item.attributes.retain(|name, value| **name == *TITLE || !matches!(value, Value::Text(_) | Value::Image(_)));
    item.picture = None;
    item
}

/// An item as the gazetteer learns from it.
fn facts(item: &Item) -> ItemFacts<'_> {
    let values = item.attributes.iter().flat_map(|(name, value)| {
        words_of(value).into_iter().map(move |word| (Cow::Borrowed(&**name), Cow::Borrowed(word)))
    });
    ItemFacts { text: Cow::Borrowed(item.title()), attributes: values.collect() }
}

/// Pairs of neighbouring words of a name of which the first is one that negates.
fn negating_pairs(name: &str) -> Vec<String> {
    let words: Vec<String> = importance::words(name).into_iter().map(str::to_lowercase).collect();
    let negates = |word: &str| matches!(word, "no" | "not" | "non");
    words.windows(2).filter(|pair| negates(&pair[0])).map(|pair| pair.join(" ")).collect()
}

/// The words of an attribute: keywords, and the names of categories at every level.
pub(crate) fn words_of(value: &Value) -> Vec<&str> {
    match value {
        Value::Keywords(words) => words.iter().map(|word| &**word).collect(),
        Value::Categories(paths) => {
            let mut names: Vec<&str> = paths.iter().flatten().map(|name| &**name).collect();
            names.sort_unstable();
            names.dedup();
            names
        }
        _ => Vec::new(),
    }
}

fn currency(items: &[Item]) -> Option<Currency> {
    let mut counts: BTreeMap<&str, (usize, Currency)> = BTreeMap::new();
    for item in items {
        if let Some(Value::Money(money)) = item.get(PRICE) {
            counts.entry(money.currency.as_str()).or_insert((0, money.currency)).0 += 1;
        }
    }
    counts.into_values().max_by_key(|(count, _)| *count).map(|(_, currency)| currency)
}

/// Whether the lexicon is up to date.
pub(crate) struct Keeper {
    /// Items changed since the start.
    changes: AtomicU64,
    /// Those of them that the lexicon in use knows of.
    read: AtomicU64,
    /// What else is in use; held while something else is made.
    known: Mutex<KnownSoFar>,
}

/// What goes with the lexicon knows of so much.
#[derive(Default)]
struct KnownSoFar {
    /// Events, by the queries that may be suggested.
    asked: Option<u64>,
    /// Events, by what clicks taught.
    learnt: Option<u64>,
}

impl Default for Keeper {
    fn default() -> Self {
        // As if something had changed: what the catalogue has at the start is read, too.
        Self { changes: AtomicU64::new(1), read: AtomicU64::new(0), known: Mutex::default() }
    }
}

impl Keeper {
    /// Hears that so many items changed.
    pub(crate) fn hear(&self, items: usize) {
        self.changes.fetch_add(items as u64, Ordering::Relaxed);
    }

    /// Items changed since the start.
    pub(crate) fn heard(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }

    /// Item changes that the lexicon in use does not know of; at least 1 until the first is made.
    pub(crate) fn lag(&self) -> u64 {
        // What is read never runs ahead of what was heard before.
        let read = self.read.load(Ordering::Acquire);
        self.heard() - read
    }
}

/// Makes anew what is out of date: the lexicon where items changed, what goes with it where there were searches and clicks.
/// Returns when it is in use.
pub(crate) fn refresh(core: &Core) -> Result<()> {
    let mut known = core.keeper.known.lock();
    let changes = core.keeper.heard();
    if changes != core.keeper.read.load(Ordering::Relaxed) {
        let log = core.fold.lock().searches.queries.clone();
        let queries = suggest::showable(&log, core.clock.now());
        let lexicon = Arc::new(Lexicon::read(&core.store, &queries)?);
        // With the words of before nothing was learnt of the values of now.
        let learnt = Arc::new(Learnt::nothing(&lexicon));
        core.publish(|view| (view.lexicon, view.learnt) = (lexicon, learnt));
        core.keeper.read.store(changes, Ordering::Release);
        known.learnt = None;
    }
    refresh_learnt(core, &mut known)?;
    own_intents::refresh(core)?;
    refresh_queries(core, &mut known);
    Ok(())
}

/// Makes the queries that may be suggested anew where there were events since.
fn refresh_queries(core: &Core, known: &mut KnownSoFar) {
    let (position, queries) = {
        let fold = core.fold.lock();
        (fold.position.0, fold.searches.queries.clone())
    };
    if known.asked != Some(position) && !queries.is_empty() {
        let asked = suggest::of_queries(&queries, core.clock.now());
        core.publish(|view| view.asked = asked);
    }
    known.asked = Some(position);
}

/// Learns from clicks again where there were events since.
fn refresh_learnt(core: &Core, known: &mut KnownSoFar) -> Result<()> {
    let (position, clicks) = {
        let fold = core.fold.lock();
        (fold.position.0, fold.searches.clicks.clone())
    };
    if known.learnt != Some(position) && !clicks.is_empty() {
        let lexicon = Arc::clone(&core.view.load().lexicon);
        let learnt = Arc::new(Learnt::read(core, &lexicon, &clicks, core.clock.now())?);
        core.publish(|view| view.learnt = learnt);
    }
    known.learnt = Some(position);
    Ok(())
}

/// Keeps the lexicon up to date, on a thread of its own: at the start, when much has changed and no more is coming, and
/// when it has been out of date for a while.
pub(crate) fn keep(core: &Core, closing: &AtomicBool) {
    let report = |result: Result<()>| {
        if let Err(error) = result {
            tracing::error!(shop = %core.id, error = &error as &dyn std::error::Error, "the lexicon could not be made");
        }
    };
    let (mut made, mut last_seen) = (Instant::now(), 0);
    let (mut asked, mut learnt) = (Instant::now(), Instant::now());
    refresh_queries(core, &mut core.keeper.known.lock());
    while !closing.load(Ordering::Relaxed) {
        let (changes, stale) = (core.keeper.heard(), core.keeper.lag());
        // At the start nothing is known, which is worth any work.
        let is_first = core.keeper.read.load(Ordering::Relaxed) == 0;
        let is_much = is_first || stale as f64 > CHANGED_SHARE * core.store.catalogue().count() as f64;
        let is_quiet = is_first || changes == last_seen;
        last_seen = changes;
        if stale > 0 && ((is_much && is_quiet) || made.elapsed() >= STALE_AFTER) {
            report(refresh(core));
            made = Instant::now();
        }
        if asked.elapsed() >= QUERIES_EVERY {
            refresh_queries(core, &mut core.keeper.known.lock());
            asked = Instant::now();
        }
        if learnt.elapsed() >= LEARN_EVERY {
            report(refresh_learnt(core, &mut core.keeper.known.lock()).and_then(|()| own_intents::refresh(core)));
            learnt = Instant::now();
        }
        std::thread::park_timeout(LOOK_EVERY);
    }
}
