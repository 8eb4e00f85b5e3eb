use types::SourceId;

use super::{Source, depth};
use crate::pipeline::{Candidates, Context, SourceError};

/// Brings what gains interest now.
pub(crate) struct Trending;

impl Source for Trending {
    fn id(&self) -> SourceId {
        SourceId::new("trending")
    }

    fn retrieve(&self, context: &Context<'_>, out: &mut Candidates) -> Result<(), SourceError> {
        let trending = context.view.features.trending(context.request.now, 2 * depth(context));
        let eligible = trending.into_iter().filter(|(row, _)| context.eligible.contains(*row));
        out.add(self.id(), eligible.take(depth(context)));
        Ok(())
    }
}
