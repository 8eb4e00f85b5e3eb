use types::SourceId;

use super::{Source, depth};
use crate::pipeline::{Candidates, Context, SourceError};

/// Brings what came last into the catalogue, newest first.
pub(crate) struct Newest;

impl Source for Newest {
    fn id(&self) -> SourceId {
        SourceId::new("new")
    }

    fn retrieve(&self, context: &Context<'_>, out: &mut Candidates) -> Result<(), SourceError> {
        let newest = context.view.features.newest(2 * depth(context));
        let eligible = newest.into_iter().filter(|(row, _)| context.eligible.contains(*row));
        // Newer is better; the place says so without losing bits of a time to f32.
        let ranked = eligible.take(depth(context)).enumerate().map(|(at, (row, _))| (row, 1.0 / (at as f32 + 1.0)));
        out.add(self.id(), ranked);
        Ok(())
    }
}
