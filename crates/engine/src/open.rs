use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use index::Index;
use store::{BlockCache, Store, StoreConfig};
use types::{Clock, ItemId, Settings, ShopId};

use crate::Result;
use crate::core::{Core, Opened};
use crate::encoders::Encoders;
use crate::fold::{CatalogueChanges, Fold};
use crate::maintainer::FOLD_CHECKPOINT;
use crate::names::Names;
use crate::rankers::Rankers;
use crate::rebuild::{self, LIVE_INDEX, SETTINGS};
use crate::recommenders::{Recommenders, catalogue_mark};
use crate::strategies::InForce;
use crate::{curations, experiments, exploration, shop_policies, synonyms, understanding};

/// What all shops of a process share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) encoders: Arc<Encoders>,
    pub(crate) cache: BlockCache,
    pub(crate) pool: Arc<rayon::ThreadPool>,
}

/// Opens a shop's folder and brings everything derived up to the log's end.
pub(crate) fn open_core(shared: &Shared, id: &ShopId, folder: &Path, settings: Option<Settings>) -> Result<Core> {
    let store = Store::open(folder, StoreConfig { cache: shared.cache.clone(), ..StoreConfig::default() })?;
    let settings = Arc::new(read_settings(&store, settings)?);
    let checkpoint = store.checkpoints().get(FOLD_CHECKPOINT)?;
    let restored = checkpoint.and_then(|checkpoint| Fold::decode(checkpoint.position, &checkpoint.bytes));
    let intact = restored.is_some();
    let (mut fold, mut names) = restored.unwrap_or_else(|| (Fold::new(), Names::default()));
    fold.exploration.configure(&exploration::read(&store)?);
    let (index, index_folder) = open_index(&store, &shared.encoders, &settings, intact)?;
    catch_up(&store, &index, &settings, &mut names, &mut fold)?;
    Ok(Core::new(Opened {
        id: id.clone(),
        clock: Arc::clone(&shared.clock),
        encoders: Arc::clone(&shared.encoders),
        pool: Arc::clone(&shared.pool),
        settings,
        synonyms: synonyms::read(&store)?,
        curations: curations::read(&store)?,
        own_intents: understanding::read_own_intents(&store)?,
        experiments: experiments::read(&store)?,
        recommenders: Recommenders::read(&store, &|count| (names.items.len(), catalogue_mark(&names.items, count))),
        strategies: InForce::read(&store)?,
        rankers: Rankers::read(store.registry(), &crate::pipeline::Policy::new().schema),
        shop_policies: shop_policies::read(&store)?,
        names,
        fold,
        index: Arc::new(index),
        index_folder,
        store,
    }))
}

/// The settings on disk; on a new shop those given, written down.
fn read_settings(store: &Store, given: Option<Settings>) -> Result<Settings> {
    if let Some(bytes) = store.documents().get(SETTINGS)? {
        let json = formats::json::parse(&bytes)?;
        return Ok(formats::json::settings_from_json(&json)?);
    }
    let settings = given.unwrap_or_default();
    store.documents().put(SETTINGS, formats::json::settings_to_json(&settings).to_string().as_bytes())?;
    Ok(settings)
}

/// Opens the live index. It is made anew where the names its rows belong to are lost, or where it cannot be used.
fn open_index(store: &Store, encoders: &Encoders, settings: &Settings, names_intact: bool) -> Result<(Index, String)> {
    let named = store.documents().get(LIVE_INDEX)?;
    let folder = named.and_then(|name| String::from_utf8(name).ok()).unwrap_or_else(|| "index-0".to_owned());
    let path = store.folder(&folder)?;
    if !names_intact {
        rebuild::empty_folder(&path)?;
    }
    let config = rebuild::index_config(encoders, settings);
    let index = match Index::open(&path, config.clone()) {
        Err(error @ (index::Error::NeedsRebuild { .. } | index::Error::Damaged { .. })) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "the index is made anew");
            rebuild::empty_folder(&path)?;
            Index::open(&path, config)?
        }
        opened => opened?,
    };
    Ok((index, folder))
}

/// Events read from the log before their changes are written.
const EVENTS_A_BATCH: usize = 10_000;
/// Items put into the index between two commits, which bounds the texts held in memory.
const ITEMS_A_COMMIT: usize = 50_000;

/// Replays what catalogue, fold and index each lack. Each has a position of its own: before it an event changes nothing
/// there. The index takes the final state of every item touched.
fn catch_up(store: &Store, index: &Index, settings: &Settings, names: &mut Names, fold: &mut Fold) -> Result<()> {
    let (catalogue, indexed) = (store.catalogue().position()?, index.position());
    let from = fold.position.min(catalogue).min(indexed);
    if from >= store.end() {
        return Ok(());
    }
    tracing::info!(from = from.0, end = store.end().0, "replaying the log");
    let mut touched: BTreeSet<ItemId> = BTreeSet::new();
    let mut reader = store.read(from).peekable();
    while reader.peek().is_some() {
        // What a catalogue that is ahead has already, it must not be given again: later changes would be undone.
        let (mut known, mut changes) = (CatalogueChanges::default(), CatalogueChanges::default());
        let mut end = from;
        for event in reader.by_ref().take(EVENTS_A_BATCH) {
            let (position, event) = event?;
            end = position.next();
            let changes = if position < catalogue { &mut known } else { &mut changes };
            let lookup = |id: &ItemId| store.catalogue().item(id);
            if position >= fold.position {
                fold.apply(position, &event, names, settings, &lookup, changes)?;
            } else {
                changes.apply(&event, names, &lookup)?;
            }
            if position >= indexed {
                touched.extend(event.body.catalogue_item().cloned());
            }
        }
        if end > catalogue {
            let records: Vec<_> = changes.iter().map(|(id, _, item)| (id.clone(), item)).collect();
            store.catalogue().apply(&records, end)?;
        }
    }
    put_into_index(store, index, names, &touched)
}

fn put_into_index(store: &Store, index: &Index, names: &Names, touched: &BTreeSet<ItemId>) -> Result<()> {
    for (at, id) in touched.iter().enumerate() {
        let Some(row) = names.items.row(id.as_str()) else { continue };
        match store.catalogue().item(id)? {
            Some(item) => index.upsert(row, &item),
            None => index.delete(row),
        }
        if at % ITEMS_A_COMMIT == ITEMS_A_COMMIT - 1 {
            index.commit()?;
        }
    }
    Ok(index.commit()?)
}
