use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use store::Store;
use text::entities::{Gazetteer, ItemFacts, Role};
use text::spelling::{Speller, Vocabulary};
use types::well_known::PRICE;
use types::{Currency, Item, Value};

use crate::Result;
use crate::core::Core;

/// Items a lexicon is made from, at most; of a larger catalogue every n-th. As many tell as much as all of them.
const ITEMS_MAX: usize = 200_000;
/// Items read from the catalogue at a time.
const ITEMS_A_READ: usize = 10_000;
/// How often the keeper looks whether there is something to do.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// A catalogue that keeps changing is read again no more often than this.
const STALE_AFTER: Duration = Duration::from_secs(60);
/// Share of the items that must have changed for the lexicon to be made anew at once.
const CHANGED_SHARE: f64 = 0.02;

/// What understanding knows of a shop's own words. Immutable; made anew beside the one in use.
pub(crate) struct Lexicon {
    /// Corrects queries by the words of the catalogue.
    pub(crate) speller: Speller,
    /// Recognises values of attributes.
    pub(crate) gazetteer: Gazetteer,
    /// The currency most prices are in.
    pub(crate) currency: Option<Currency>,
    /// Of each attribute of categories: the paths that end in a name.
    paths: BTreeMap<Arc<str>, BTreeMap<Arc<str>, BTreeSet<Path>>>,
}

type Path = Vec<Arc<str>>;

impl Lexicon {
    /// Knows nothing: queries are searched for as they stand.
    pub(crate) fn empty() -> Self {
        Self::of(&[])
    }

    /// What the items tell.
    pub(crate) fn of(items: &[Item]) -> Self {
        let mut vocabulary = Vocabulary::default();
        let gazetteer = Gazetteer::from_items(items.iter().map(facts));
        let brands: Vec<&str> =
            gazetteer.attributes().filter(|(_, role, _)| *role == Role::Brand).map(|(name, ..)| name).collect();
        for item in items {
            vocabulary.read_title(item.title());
            for (name, value) in &item.attributes {
                let is_brand = brands.contains(&&**name);
                for word in words_of(value) {
                    vocabulary.read_title(word);
                    if is_brand {
                        vocabulary.protect(word);
                    }
                }
            }
        }
        Self { speller: Speller::new(&vocabulary), gazetteer, currency: currency(items), paths: paths(items) }
    }

    /// Whether an attribute holds categories.
    pub(crate) fn has_categories(&self, attribute: &str) -> bool {
        self.paths.contains_key(attribute)
    }

    /// The paths from the root of the categories called `name`.
    pub(crate) fn paths(&self, attribute: &str, name: &str) -> impl Iterator<Item = &Path> {
        self.paths.get(attribute).and_then(|names| names.get(name)).into_iter().flatten()
    }

    fn read(store: &Store) -> Result<Self> {
        let step = store.catalogue().count().div_ceil(ITEMS_MAX).max(1);
        let (mut items, mut after, mut at) = (Vec::new(), None, 0);
        loop {
            let read = store.catalogue().scan(after.as_ref(), ITEMS_A_READ)?;
            after = read.last().map(|item| item.id.clone());
            if after.is_none() {
                return Ok(Self::of(&items));
            }
            for item in read {
                if at % step == 0 {
                    items.push(item);
                }
                at += 1;
            }
        }
    }
}

/// An item as the gazetteer learns from it.
fn facts(item: &Item) -> ItemFacts<'_> {
    let values = item.attributes.iter().flat_map(|(name, value)| {
        words_of(value).into_iter().map(move |word| (Cow::Borrowed(&**name), Cow::Borrowed(word)))
    });
    ItemFacts { text: Cow::Borrowed(item.title()), attributes: values.collect() }
}

/// The words of an attribute: keywords, and the names of categories at every level.
fn words_of(value: &Value) -> Vec<&str> {
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

fn paths(items: &[Item]) -> BTreeMap<Arc<str>, BTreeMap<Arc<str>, BTreeSet<Path>>> {
    let mut all: BTreeMap<Arc<str>, BTreeMap<Arc<str>, BTreeSet<Path>>> = BTreeMap::new();
    for (attribute, value) in items.iter().flat_map(|item| &item.attributes) {
        let Value::Categories(paths) = value else { continue };
        let names = all.entry(Arc::clone(attribute)).or_default();
        for path in paths {
            for (at, name) in path.iter().enumerate() {
                let ending = names.entry(Arc::clone(name)).or_default();
                if !ending.contains(&path[..=at]) {
                    ending.insert(path[..=at].to_vec());
                }
            }
        }
    }
    all
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
    /// Of those, how many the lexicon in use knows of; held while one is made.
    known: Mutex<u64>,
}

impl Default for Keeper {
    fn default() -> Self {
        // As if something had changed: what the catalogue has at the start is read, too.
        Self { changes: AtomicU64::new(1), known: Mutex::new(0) }
    }
}

impl Keeper {
    /// Hears that so many items changed.
    pub(crate) fn hear(&self, items: usize) {
        self.changes.fetch_add(items as u64, Ordering::Relaxed);
    }
}

/// Makes the lexicon anew where items changed since it was made; returns when it is in use.
pub(crate) fn refresh(core: &Core) -> Result<()> {
    let mut known = core.keeper.known.lock();
    let changes = core.keeper.changes.load(Ordering::Relaxed);
    if changes == *known {
        return Ok(());
    }
    let lexicon = Arc::new(Lexicon::read(&core.store)?);
    core.publish(|view| view.lexicon = lexicon);
    *known = changes;
    Ok(())
}

/// Keeps the lexicon up to date, on a thread of its own: at the start, when much has changed and no more is coming, and
/// when it has been out of date for a while.
pub(crate) fn keep(core: &Core, closing: &AtomicBool) {
    let (mut made, mut last_seen) = (Instant::now(), 0);
    while !closing.load(Ordering::Relaxed) {
        let changes = core.keeper.changes.load(Ordering::Relaxed);
        let stale = changes - (*core.keeper.known.lock()).min(changes);
        let is_much = stale as f64 > CHANGED_SHARE * core.store.catalogue().count() as f64;
        let is_quiet = changes == last_seen;
        last_seen = changes;
        if stale > 0 && ((is_much && is_quiet) || made.elapsed() >= STALE_AFTER) {
            if let Err(error) = refresh(core) {
                tracing::error!(shop = %core.id, error = &error as &dyn std::error::Error, "the lexicon could not be made");
            }
            made = Instant::now();
        }
        std::thread::park_timeout(LOOK_EVERY);
    }
}
