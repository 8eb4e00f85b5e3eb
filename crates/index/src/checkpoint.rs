use std::marker::PhantomData;

use crate::Result;

/// A durable state in the making; see [`crate::Index::begin_checkpoint`].
#[must_use = "nothing is durable until `write`"]
pub struct Checkpoint<'a> {
    index: PhantomData<&'a ()>,
}

impl Checkpoint<'_> {
    /// Writes what changed since the last checkpoint, and makes it the state that [`crate::Index::open`] finds, all or
    /// nothing.
    ///
    /// # Errors
    /// Where a file cannot be written; the last checkpoint then stays.
    pub fn write(self) -> Result<()> {
        let _ = self.index;
        todo!()
    }
}
