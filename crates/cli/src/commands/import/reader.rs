//! Reads rows ahead on a thread of its own, so that reading, checking and writing overlap.

use std::sync::mpsc::{Receiver, sync_channel};

use formats::{RowSource, SourceError, SourceRow};

/// Rows of a batch: one fsync each.
const ROWS_A_BATCH: usize = 1000;
/// Batches read ahead.
const BATCHES_AHEAD: usize = 4;

/// Batches of rows.
pub(super) struct Reader {
    batches: Receiver<Result<Vec<SourceRow>, SourceError>>,
}

impl Reader {
    /// Begins to read.
    pub(super) fn start(mut source: Box<dyn RowSource>) -> Self {
        let (sender, batches) = sync_channel(BATCHES_AHEAD);
        std::thread::spawn(move || {
            loop {
                let (rows, broken) = read_batch(&mut *source);
                let ends = rows.len() < ROWS_A_BATCH;
                // A receiver that is gone has failed itself; there is nobody to read for any more.
                if !rows.is_empty() && sender.send(Ok(rows)).is_err() {
                    return;
                }
                if let Some(error) = broken {
                    drop(sender.send(Err(error)));
                }
                if ends {
                    return;
                }
            }
        });
        Self { batches }
    }

    /// The next batch; `None` at the end. Rows before a fault in the file come first.
    ///
    /// # Errors
    /// Where the file breaks off.
    pub(super) fn next_batch(&mut self) -> Result<Option<Vec<SourceRow>>, SourceError> {
        self.batches.recv().ok().transpose()
    }
}

fn read_batch(source: &mut dyn RowSource) -> (Vec<SourceRow>, Option<SourceError>) {
    let mut rows = Vec::with_capacity(ROWS_A_BATCH);
    while rows.len() < ROWS_A_BATCH {
        match source.next_row() {
            Ok(Some(row)) => rows.push(row),
            Ok(None) => break,
            Err(error) => return (rows, Some(error)),
        }
    }
    (rows, None)
}
