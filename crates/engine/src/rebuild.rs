use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use index::{EncoderConfig, Index, IndexConfig};
use types::{AttributeSettings, ItemId, Settings};

use crate::core::{Core, NextIndex};
use crate::embedder;
use crate::encoders::Encoders;
use crate::shop::Progress;
use crate::{Error, Result};

/// The document that names the folder of the live index.
pub(crate) const LIVE_INDEX: &str = "live-index";
/// The document with the settings in force.
pub(crate) const SETTINGS: &str = "settings";
/// The document with settings whose index is still being built.
pub(crate) const SETTINGS_NEXT: &str = "settings-next";
/// Items put into the new index under one hold of the fold's lock.
const CHUNK: usize = 128;

/// Whether an index made for `old` settings cannot serve `new` ones. Weights count at query time; encoders and which
/// attributes are searched at all are built in.
pub(crate) fn is_needed(old: &Settings, new: &Settings) -> bool {
    let searched = |settings: &Settings, name: &str| {
        let declared = settings.attributes.get(name);
        declared
            .map(|declared| (declared.weight > 0.0, AttributeSettings::default_for(name, declared.kind).weight > 0.0))
    };
    let differs = |name: &Arc<str>| match (searched(old, name), searched(new, name)) {
        (Some((old, _)), Some((new, _))) => old != new,
        (Some((own, default)), None) | (None, Some((own, default))) => own != default,
        (None, None) => false,
    };
    let models = old.encoders != new.encoders || old.pictures != new.pictures;
    models || old.typed != new.typed || old.attributes.keys().chain(new.attributes.keys()).any(differs)
}

/// What the index of a shop with these settings is made with.
pub(crate) fn index_config(encoders: &Encoders, settings: &Settings) -> IndexConfig {
    let retrievers = encoders.retrievers(settings);
    let config = |encoder: &neural::Encoder| EncoderConfig {
        id: Arc::from(encoder.id()),
        version: Arc::from(encoder.version()),
        dimensions: encoder.dims(),
    };
    let pictures = retrievers.pictures.iter().map(|model| EncoderConfig {
        id: Arc::clone(&model.id),
        version: Arc::from(model.version.as_str()),
        dimensions: model.dims,
    });
    IndexConfig {
        encoders: retrievers.encoders.iter().map(|(_, encoder)| config(encoder)).chain(pictures).collect(),
        attributes: settings.attributes.clone(),
        typed: settings.typed,
        ..IndexConfig::new(analyzer())
    }
}

/// The one analyzer of a process: its dictionaries are loaded once.
pub(crate) fn analyzer() -> Arc<dyn types::Analyzer> {
    static ANALYZER: std::sync::OnceLock<Arc<text::MixedAnalyzer>> = std::sync::OnceLock::new();
    ANALYZER.get_or_init(|| Arc::new(text::MixedAnalyzer::new())).clone()
}

/// Builds the index that [`SETTINGS_NEXT`] wants beside the live one, and swaps it in with them when it has everything.
/// Writes go to both meanwhile; requests notice nothing. Does nothing where no settings wait. Stops, to be resumed at
/// the next start, when the shop closes; begins anew when other settings come meanwhile.
pub(crate) fn run_waiting(core: &Core, closing: &AtomicBool) -> Result<()> {
    let Some(_one_at_a_time) = core.rebuilding.try_lock() else { return Ok(()) };
    while let Some(bytes) = core.store.documents().get(SETTINGS_NEXT)? {
        let settings = Arc::new(formats::json::settings_from_json(&formats::json::parse(&bytes)?)?);
        let folder = next_folder(&core.indices.lock().live_folder);
        let path = core.store.folder(&folder)?;
        // What an earlier, interrupted build left is of no use.
        empty_folder(&path)?;
        let index = Arc::new(Index::open(&path, index_config(&core.encoders, &settings))?);
        let retrievers = Arc::new(core.encoders.retrievers(&settings));
        let next = NextIndex { index: Arc::clone(&index), folder, settings, retrievers };
        core.indices.lock().next = Some(next);
        let is_wanted = || {
            let waiting = core.store.documents().get(SETTINGS_NEXT);
            !closing.load(Ordering::Relaxed) && waiting.is_ok_and(|waiting| waiting.as_deref() == Some(&bytes[..]))
        };
        let filled = fill(core, &index, &is_wanted).and_then(|filled| if filled { swap(core) } else { Ok(()) });
        core.indices.lock().next = None;
        filled?;
        if closing.load(Ordering::Relaxed) {
            break;
        }
    }
    Ok(())
}

/// How far the index is that is being built, or that waits to be; `None` where there is none.
pub(crate) fn progress(core: &Core) -> Result<Option<Progress>> {
    if core.store.documents().get(SETTINGS_NEXT)?.is_none() {
        return Ok(None);
    }
    let total = core.store.catalogue().count() as u64;
    let done = core.counters.rebuilt.load(Ordering::Relaxed).min(total);
    Ok(Some(Progress { done, total }))
}

/// Removes everything in a folder of derived files.
pub(crate) fn empty_folder(path: &Path) -> Result<()> {
    let emptied = std::fs::remove_dir_all(path).and_then(|()| std::fs::create_dir_all(path));
    emptied.map_err(|error| Error::Index(Box::new(error)))
}

/// Puts every item of the catalogue into the new index, words and vectors; `false` where it is not wanted any more.
fn fill(core: &Core, index: &Index, is_wanted: &dyn Fn() -> bool) -> Result<bool> {
    let mut after: Option<ItemId> = None;
    core.counters.rebuilt.store(0, Ordering::Relaxed);
    while is_wanted() {
        let mut rows = Vec::new();
        {
            // Under the fold's lock no item can change between being read here and being put in.
            let _still = core.fold.lock();
            let items = core.store.catalogue().scan(after.as_ref(), CHUNK);
            let items = items?;
            let names = core.names.read();
            for item in &items {
                if let Some(row) = names.items.row(item.id.as_str()) {
                    index.upsert(row, item);
                    rows.push(row);
                }
            }
            after = items.last().map(|item| item.id.clone());
        }
        if after.is_none() {
            index.commit()?;
            return Ok(true);
        }
        embedder::embed(core, &rows)?;
        core.counters.rebuilt.fetch_add(rows.len() as u64, Ordering::Relaxed);
    }
    Ok(false)
}

fn swap(core: &Core) -> Result<()> {
    let fold = core.fold.lock();
    fold.check_whole()?;
    let Some(next) = core.indices.lock().next.take() else { return Ok(()) };
    next.index.begin_checkpoint(fold.position).write()?;
    let documents = core.store.documents();
    documents.put(LIVE_INDEX, next.folder.as_bytes())?;
    documents.put(SETTINGS, formats::json::settings_to_json(&next.settings).to_string().as_bytes())?;
    documents.delete(SETTINGS_NEXT)?;
    let mut old = String::new();
    core.publish(|view| {
        let mut indices = core.indices.lock();
        view.searcher = next.index.refresh();
        view.settings = next.settings;
        view.retrievers = next.retrievers;
        indices.live = next.index;
        old = std::mem::replace(&mut indices.live_folder, next.folder);
    });
    drop(fold);
    // What was encoded for the old index alone while the two changed places is found and encoded again.
    embedder::queue_stale(core);
    // Readers of older views keep their files open; the names may go.
    let _ = std::fs::remove_dir_all(core.store.folder(&old)?);
    Ok(())
}

/// `index-0`, `index-1`, `index-0`, …
fn next_folder(live: &str) -> String {
    if live == "index-0" { "index-1".to_owned() } else { "index-0".to_owned() }
}
