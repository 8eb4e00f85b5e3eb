use std::ops::Range;

use crossbeam_channel::{Receiver, Sender};
use types::{Event, Position};

use crate::core::Core;
use crate::fold::{CatalogueChanges, FreshKinds, check};
use crate::{Appended, Error, Result};

/// Called once when a job is durable and folded in, or refused.
pub(crate) type Done = Box<dyn FnOnce(Result<Appended>) + Send>;

/// Events of one request, waiting for the writer.
pub(crate) struct Job {
    pub(crate) events: Vec<Event>,
    pub(crate) done: Done,
}

/// Events that share one fsync, at most (a single larger job goes alone).
const GROUP_EVENTS_MAX: usize = 8192;
/// Events folded under one hold of the names' lock, so that requests never wait for long.
const FOLD_CHUNK: usize = 128;

/// A group that is durable, on its way to being folded in.
pub(crate) struct Durable {
    events: Vec<Event>,
    /// Position and place in `events` of those that were new.
    accepted: Vec<(Position, usize)>,
    /// Position after the group.
    end: Position,
    /// Who waits, for which of the events.
    waiting: Vec<(Range<usize>, Done)>,
}

/// The shop's only writer: takes waiting jobs together and makes them durable with one fsync, while [`fold_groups`] folds
/// the group before. Ends when all senders are gone.
pub(crate) fn run(core: &Core, jobs: &Receiver<Job>, durable: &Sender<Durable>) {
    // Types of attributes that came with groups not folded in yet; there are only as many as there are attributes.
    let mut fresh = FreshKinds::new();
    while let Ok(first) = jobs.recv() {
        let mut group = vec![first];
        let mut events = group[0].events.len();
        while events < GROUP_EVENTS_MAX {
            let Ok(job) = jobs.try_recv() else { break };
            events += job.events.len();
            group.push(job);
        }
        if let Some(group) = write_group(core, group, &mut fresh) {
            // The folder ends after the writer does.
            let _ = durable.send(group);
        }
    }
}

/// Folds durable groups in, publishes the next view, and only then answers those who wait.
pub(crate) fn fold_groups(core: &Core, durable: &Receiver<Durable>, wake_maintainer: &Sender<()>) {
    while let Ok(group) = durable.recv() {
        let fresh: Vec<(Position, &Event)> =
            group.accepted.iter().map(|(position, index)| (*position, &group.events[*index])).collect();
        let folded = fold_in(core, &fresh);
        let mut accepted = vec![false; group.events.len()];
        group.accepted.iter().for_each(|(_, index)| accepted[*index] = true);
        match folded {
            Ok(()) => {
                for (range, done) in group.waiting {
                    let count = accepted[range.clone()].iter().filter(|accepted| **accepted).count();
                    done(Ok(Appended { accepted: count, duplicates: range.len() - count, end: group.end }));
                }
            }
            Err(error) => refuse(core, error, group.waiting),
        }
        // A full channel means that the maintainer is awake already.
        let _ = wake_maintainer.try_send(());
    }
}

/// Appends what may be appended; tells the others why not.
fn write_group(core: &Core, group: Vec<Job>, fresh: &mut FreshKinds) -> Option<Durable> {
    let mut waiting = Vec::with_capacity(group.len());
    let mut events = Vec::new();
    for job in group {
        match check_all(core, &job.events, fresh) {
            Ok(()) => {
                waiting.push((events.len()..events.len() + job.events.len(), job.done));
                events.extend(job.events);
            }
            Err(error) => (job.done)(Err(error)),
        }
    }
    if waiting.is_empty() {
        return None;
    }
    match core.store.append(&events) {
        Ok(appended) => Some(Durable { accepted: appended.accepted, end: appended.end, events, waiting }),
        Err(error) => {
            refuse(core, error, waiting);
            None
        }
    }
}

/// Every waiter learns that its events are not acknowledged; the first gets the cause.
fn refuse(core: &Core, error: store::Error, waiting: Vec<(Range<usize>, Done)>) {
    tracing::error!(shop = %core.id, error = &error as &dyn std::error::Error, "events could not be taken in");
    let mut cause = Some(error);
    for (_, done) in waiting {
        done(Err(cause.take().map_or(Error::Closing, Error::from)));
    }
}

/// All or nothing: the types that a refused job brought along are forgotten again.
fn check_all(core: &Core, events: &[Event], fresh: &mut FreshKinds) -> Result<()> {
    // Only the catalogue has types; most jobs are single interactions.
    if events.iter().all(|event| event.body.catalogue_item().is_none()) {
        return Ok(());
    }
    let (names, settings) = (core.names.read(), core.settings());
    let mut kinds = fresh.clone();
    events.iter().try_for_each(|event| check(event, &names, &settings, &mut kinds))?;
    *fresh = kinds;
    Ok(())
}

/// Folds durable events into everything derived, and publishes the view that has them.
fn fold_in(core: &Core, events: &[(Position, &Event)]) -> store::Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let settings = core.settings();
    let mut fold = core.fold.lock();
    fold.check_whole()?;
    fold.whole = false;
    let mut changes = CatalogueChanges::default();
    let lookup = |id: &types::ItemId| core.store.catalogue().item(id);
    for chunk in events.chunks(FOLD_CHUNK) {
        let mut names = core.names.write();
        for (position, event) in chunk {
            fold.apply(*position, event, &mut names, &settings, &lookup, &mut changes)?;
        }
    }
    apply_changes(core, &changes, fold.position)?;
    let (features, neighbours, queries) =
        (fold.features.clone(), fold.neighbours.clone(), fold.searches.queries.clone());
    let (own, reviews, folded) = (fold.searches.own.clone(), fold.reviews.clone(), fold.position);
    let (sellers, online) = (fold.sellers.clone(), fold.online.model());
    let explorers = fold.exploration.explorers();
    core.publish(|view| {
        view.folded = folded;
        view.features = features;
        view.neighbours = neighbours;
        view.queries = queries;
        view.own = own;
        view.reviews = reviews;
        view.sellers = sellers;
        view.explorers = explorers;
        view.online = online;
        if let Some(judged) = view.judged.as_mut() {
            // The model's own thread may take a moment; until then nothing of whom was erased is shown.
            changes.erased.iter().for_each(|user| judged.forget(user));
        }
        if !changes.is_empty() {
            // Taken here, where one view is published at a time, lest an older snapshot replace a newer one.
            view.searcher = core.live_index().refresh();
        }
    });
    fold.whole = true;
    drop(fold);
    for user in &changes.erased {
        core.store.erase_user(user)?;
    }
    Ok(())
}

/// Brings catalogue and indices to `position`; the caller holds the fold's lock.
fn apply_changes(core: &Core, changes: &CatalogueChanges, position: Position) -> store::Result<()> {
    let records: Vec<_> = changes.iter().map(|(id, _, item)| (id.clone(), item)).collect();
    core.store.catalogue().apply(&records, position)?;
    for index in core.all_indices() {
        for (_, row, item) in changes.iter() {
            match item {
                Some(item) => index.upsert(row, item),
                None => index.delete(row),
            }
        }
    }
    core.keeper.hear(changes.iter().count());
    core.embed.add(changes.iter().filter(|(_, _, item)| item.is_some()).map(|(_, row, _)| row));
    Ok(())
}
