use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use index::Index;
use store::Retention;
use types::{Millis, Position};

use crate::core::Core;
use crate::encoders::Retrievers;
use crate::names::Names;
use crate::{Error, Result};

/// How long fresh texts may gather before they are committed; well under the second after which they must be found.
const GATHER: Duration = Duration::from_millis(50);
/// How often derived state is checkpointed while events come in: what a restart replays at most.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(60);
/// How often vector graphs are looked at.
const GROW_EVERY: Duration = Duration::from_millis(500);

/// The name of the checkpoint of names, features and neighbours.
pub(crate) const FOLD_CHECKPOINT: &str = "fold";

/// Commits fresh texts to the word index and writes checkpoints, woken by the writer. Ends with a last checkpoint when
/// the writer is gone.
pub(crate) fn run(core: &Core, wake: &Receiver<()>) {
    let mut checkpointed = Instant::now();
    let mut dirty = false;
    loop {
        let ended = match wake.recv_timeout(CHECKPOINT_EVERY) {
            Ok(()) => {
                dirty = true;
                std::thread::sleep(GATHER);
                false
            }
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => true,
        };
        report(core, "words could not be committed", commit(core));
        if ended || (dirty && checkpointed.elapsed() >= CHECKPOINT_EVERY) {
            report(core, "a checkpoint could not be written", checkpoint(core).and_then(|until| retain(core, until)));
            (checkpointed, dirty) = (Instant::now(), false);
        }
        if ended {
            return;
        }
    }
}

/// Lets vector graphs grow, on a thread of its own because a graph of many vectors takes minutes.
pub(crate) fn grow(core: &Core, closing: &AtomicBool) {
    while !closing.load(Ordering::Relaxed) {
        let mut grown = false;
        for index in core.all_indices() {
            match index.maintain() {
                Ok(grew) => grown |= grew,
                Err(error) => report(core, "a vector graph could not grow", Err(Error::Index(Box::new(error)))),
            }
        }
        if grown {
            core.publish_index();
        } else {
            std::thread::park_timeout(GROW_EVERY);
        }
    }
}

fn report(core: &Core, what: &str, result: Result<()>) {
    if let Err(error) = result {
        tracing::error!(shop = %core.id, error = &error as &dyn std::error::Error, "{what}");
    }
}

/// Makes texts taken in so far searchable. Waits for a commit under way, so that what it took is there when this returns.
pub(crate) fn commit(core: &Core) -> Result<()> {
    let _one_at_a_time = core.committing.lock();
    let mut fresh = false;
    for index in core.all_indices() {
        if index.stats().words_pending > 0 {
            index.commit()?;
            fresh = true;
        }
    }
    if fresh {
        core.publish_index();
    }
    Ok(())
}

/// Drops from the log what the shop's settings let go, as far as it is folded into a checkpoint.
fn retain(core: &Core, until: Position) -> Result<()> {
    let Some(days) = core.settings().retention_days else { return Ok(()) };
    let before = Millis(core.clock.now().0 - i64::from(days) * Millis::DAY);
    // An id takes 16 bytes, and no client retries after a hundred million later events.
    let retention = Retention { before: Some(before), bytes_max: None, until, ids_kept: 100_000_000 };
    let trimmed = core.store.retain(&retention)?;
    tracing::info!(shop = %core.id, dropped = trimmed.dropped, bytes = trimmed.bytes, "old events left the log");
    Ok(())
}

/// Writes everything derived to disk, as of the position returned. Only its beginning holds the writer up.
fn checkpoint(core: &Core) -> Result<Position> {
    let index = core.live_index();
    let (fold, mark, index_checkpoint) = {
        let fold = core.fold.lock();
        fold.check_whole()?;
        (fold.clone(), core.names.read().mark(), index.begin_checkpoint(fold.position))
    };
    let bytes = fold.encode(Names::encode(&core.names, &mark));
    // The fold first: an index ahead of its names would be found useless at the next start.
    core.store.checkpoints().put(FOLD_CHECKPOINT, fold.position, &bytes)?;
    index_checkpoint.write()?;
    Ok(fold.position)
}

/// The index being built, with the encoders it wants.
pub(crate) fn next_index(core: &Core) -> Option<(Arc<Retrievers>, Arc<Index>)> {
    let indices = core.indices.lock();
    indices.next.as_ref().map(|next| (Arc::clone(&next.retrievers), Arc::clone(&next.index)))
}
