use std::collections::{BTreeMap, HashMap};

use parking_lot::RwLock;
use types::{EventBody, Item, ItemId, Position};

use crate::Result;
use crate::core::Core;
use crate::fold::{CatalogueChanges, Fold};
use crate::names::Names;

/// Differences named at most; one is as bad as a thousand.
const DIFFERENCES_MAX: usize = 100;

/// Folds the log from zero and compares with what is live. Where events have left the log, by age or with an erased user,
/// what was learnt from them cannot be folded again, so only the catalogue and the index are compared.
pub(crate) fn differences(core: &Core) -> Result<Vec<String>> {
    let live = core.fold.lock();
    let (mut events, mut erased) = (0, false);
    let settings = core.settings();
    let (mut fold, mut names) = (Fold::new(), Names::default());
    fold.exploration.configure(live.exploration.plan());
    let mut items: BTreeMap<ItemId, Item> = BTreeMap::new();
    for event in core.store.read(Position(0)) {
        let (position, event) = event?;
        events += 1;
        erased |= matches!(event.body, EventBody::UserErased(_));
        let mut changes = CatalogueChanges::default();
        let lookup = |id: &ItemId| Ok(items.get(id).cloned());
        fold.apply(position, &event, &mut names, &settings, &lookup, &mut changes)?;
        for (id, _, item) in changes.iter() {
            match item {
                Some(item) => items.insert(id.clone(), item.clone()),
                None => items.remove(id),
            };
        }
    }
    let mut found = catalogue_differences(core, &items)?;
    if events == live.position.0 && !erased {
        found.extend(fold_differences(core, &live, &fold, names));
    }
    found.truncate(DIFFERENCES_MAX);
    Ok(found)
}

fn catalogue_differences(core: &Core, replayed: &BTreeMap<ItemId, Item>) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut live: HashMap<ItemId, Item> = HashMap::new();
    for batch in core.store.catalogue().batches(1000) {
        live.extend(batch?.into_iter().map(|item| (item.id.clone(), item)));
    }
    let searcher = core.live_index().refresh();
    for (id, item) in replayed {
        if live.remove(id).as_ref() != Some(item) {
            found.push(format!("item {id} in the catalogue is not what the log says"));
        }
        if !core.names.read().items.row(id.as_str()).is_some_and(|row| searcher.all().contains(row)) {
            found.push(format!("item {id} is not in the index"));
        }
    }
    found.extend(live.keys().map(|id| format!("item {id} is in the catalogue but not in the log")));
    if searcher.all().len() != replayed.len() {
        found.push(format!("the index has {} items, the log {}", searcher.all().len(), replayed.len()));
    }
    Ok(found)
}

fn fold_differences(core: &Core, live: &Fold, replayed: &Fold, names: Names) -> Vec<String> {
    let mark = core.names.read().mark();
    let replayed_mark = names.mark();
    let same_names = Names::encode(&core.names, &mark) == Names::encode(&RwLock::new(names), &replayed_mark);
    let parts = [
        ("names", same_names),
        ("features", live.features.encode() == replayed.features.encode()),
        ("neighbours", live.neighbours.encode() == replayed.neighbours.encode()),
        ("reviews", live.reviews.encode() == replayed.reviews.encode()),
        ("searches", live.searches.encode() == replayed.searches.encode()),
        ("sellers", live.sellers.encode() == replayed.sellers.encode()),
        ("online learner", live.online.encode() == replayed.online.encode()),
        ("quarantine", live.quarantine.encode() == replayed.quarantine.encode()),
        ("exploration", live.exploration.encode() == replayed.exploration.encode()),
        ("position", live.position == replayed.position),
    ];
    let differing = parts.iter().filter(|(_, same)| !same);
    differing.map(|(part, _)| format!("the live {part} are not what a replay gives")).collect()
}
