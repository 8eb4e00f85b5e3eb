use std::path::Path;

use types::{Item, Position, Row};

use crate::{Checkpoint, IndexConfig, Result, Searcher};

/// The writing side. All calls take `&self`; locks inside are held only for moments, except that
/// [`Index::commit`], [`Checkpoint::write`] and [`Index::maintain`] take their time without holding up the others.
pub struct Index {}

/// Figures about an index.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct IndexStats {
    /// Items.
    pub items: usize,
    /// Items whose new texts wait for [`Index::commit`].
    pub words_pending: usize,
    /// Vectors, over all encoders.
    pub vectors: usize,
    /// Vectors not yet in a graph, over all encoders; they are scanned exactly.
    pub vectors_scanned: usize,
}

impl Index {
    /// Opens the index in `folder`, or makes an empty one there.
    ///
    /// # Errors
    /// [`crate::Error::NeedsRebuild`] or [`crate::Error::Damaged`] where the folder cannot be used: build another one.
    pub fn open(_folder: &Path, _config: IndexConfig) -> Result<Self> {
        todo!()
    }

    /// From where the log has to be replayed: everything before it is in the index. 0 where it is new. What comes
    /// after it may be in there in part; replaying it once more does no harm.
    pub fn position(&self) -> Position {
        todo!()
    }

    /// Puts an item in, or in the place of what `row` held. Attributes show at the next [`Index::refresh`]; texts, if
    /// they changed at all, after the next [`Index::commit`]. Cheap: nothing is tokenised here.
    pub fn upsert(&self, _row: Row, _item: &Item) {
        todo!()
    }

    /// Takes an item out, its vectors included; gone at the next [`Index::refresh`].
    pub fn delete(&self, _row: Row) {
        todo!()
    }

    /// Sets an item's vector under an encoder. `stamp` is the caller's name for what was encoded (a hash of the text),
    /// to be asked for with [`Index::vector_stamp`].
    ///
    /// # Errors
    /// [`crate::Error::UnknownEncoder`] or [`crate::Error::BadVector`].
    pub fn set_vector(&self, _row: Row, _encoder: &str, _stamp: u64, _vector: &[f32]) -> Result<()> {
        todo!()
    }

    /// The stamp of an item's vector; `None` where it has none. Tells after a restart, or when texts change, whether a
    /// vector is still the right one.
    pub fn vector_stamp(&self, _row: Row, _encoder: &str) -> Option<u64> {
        todo!()
    }

    /// Makes all texts taken in so far searchable at the next [`Index::refresh`]: analyses them (on all cores), and
    /// commits them to the word index. Cheap where there are none.
    ///
    /// # Errors
    /// Where the word index cannot be written.
    pub fn commit(&self) -> Result<()> {
        todo!()
    }

    /// A snapshot of everything written so far, texts as of the last [`Index::commit`]. Costs microseconds.
    pub fn refresh(&self) -> Searcher {
        todo!()
    }

    /// Begins a durable state: everything before `position` must have been taken in, nothing after it. Quick; then
    /// [`Checkpoint::write`] does the work while writes go on.
    pub fn begin_checkpoint(&self, _position: Position) -> Checkpoint<'_> {
        todo!()
    }

    /// Lets the vector graphs grow where enough vectors have come; returns whether it did. For a background thread:
    /// takes a third of a millisecond a new vector.
    ///
    /// # Errors
    /// Where a graph cannot be built or written.
    pub fn maintain(&self) -> Result<bool> {
        todo!()
    }

    /// Figures.
    pub fn stats(&self) -> IndexStats {
        todo!()
    }
}
