use std::sync::Arc;

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

/// The shop's only writer: takes waiting jobs together, makes them durable with one fsync, folds them in, publishes the
/// next view, and only then answers. Ends when all senders are gone.
pub(crate) fn run(core: &Arc<Core>, jobs: &Receiver<Job>, wake_maintainer: &Sender<()>) {
    while let Ok(first) = jobs.recv() {
        let mut group = vec![first];
        let mut events = group[0].events.len();
        while events < GROUP_EVENTS_MAX {
            let Ok(job) = jobs.try_recv() else { break };
            events += job.events.len();
            group.push(job);
        }
        write_group(core, group);
        // A full channel means that the maintainer is awake already.
        let _ = wake_maintainer.try_send(());
    }
}

fn write_group(core: &Core, group: Vec<Job>) {
    let mut fresh = FreshKinds::new();
    let mut waiting = Vec::with_capacity(group.len());
    let mut events = Vec::new();
    for job in group {
        match check_all(core, &job.events, &mut fresh) {
            Ok(()) => {
                waiting.push((events.len()..events.len() + job.events.len(), job.done));
                events.extend(job.events);
            }
            Err(error) => (job.done)(Err(error)),
        }
    }
    if waiting.is_empty() {
        return;
    }
    match write(core, &events) {
        Ok(outcome) => {
            for (range, done) in waiting {
                let accepted = range.clone().filter(|index| outcome.accepted[*index]).count();
                let duplicates = range.len() - accepted;
                done(Ok(Appended { accepted, duplicates, end: outcome.end }));
            }
        }
        Err(error) => {
            tracing::error!(shop = %core.id, error = &error as &dyn std::error::Error, "events could not be written");
            // Every waiter learns that its events are not acknowledged; the first gets the cause.
            let mut cause = Some(error);
            for (_, done) in waiting {
                done(Err(cause.take().map_or(Error::Closing, |error| Error::Store(Box::new(error)))));
            }
        }
    }
}

/// All or nothing: the types that a refused job brought along are forgotten again.
fn check_all(core: &Core, events: &[Event], fresh: &mut FreshKinds) -> Result<()> {
    let (names, settings) = (core.names.read(), core.settings());
    let mut kinds = fresh.clone();
    events.iter().try_for_each(|event| check(event, &names, &settings, &mut kinds))?;
    *fresh = kinds;
    Ok(())
}

struct Outcome {
    /// Whether the event at this place was new.
    accepted: Vec<bool>,
    end: Position,
}

fn write(core: &Core, events: &[Event]) -> store::Result<Outcome> {
    let appended = core.store.append(events)?;
    let mut accepted = vec![false; events.len()];
    appended.accepted.iter().for_each(|(_, index)| accepted[*index] = true);
    let fresh: Vec<(Position, &Event)> =
        appended.accepted.iter().map(|(position, index)| (*position, &events[*index])).collect();
    fold_in(core, &fresh)?;
    Ok(Outcome { accepted, end: core.store.end() })
}

/// Folds durable events into everything derived, and publishes the view that has them.
pub(crate) fn fold_in(core: &Core, events: &[(Position, &Event)]) -> store::Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let settings = core.settings();
    let mut fold = core.fold.lock();
    let mut changes = CatalogueChanges::default();
    let lookup = |id: &types::ItemId| core.store.catalogue().item(id);
    for chunk in events.chunks(FOLD_CHUNK) {
        let mut names = core.names.write();
        for (position, event) in chunk {
            fold.apply(*position, event, &mut names, &settings, &lookup, &mut changes)?;
        }
    }
    apply_changes(core, &changes, fold.position)?;
    let (features, neighbours) = (fold.features.clone(), fold.neighbours.clone());
    core.publish(|view| {
        view.features = features;
        view.neighbours = neighbours;
        if !changes.is_empty() {
            // Taken here, where one view is published at a time, lest an older snapshot replace a newer one.
            view.searcher = core.live_index().refresh();
        }
    });
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
    core.embed.add(changes.iter().filter(|(_, _, item)| item.is_some()).map(|(_, row, _)| row));
    Ok(())
}
