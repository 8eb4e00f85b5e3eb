use types::SourceId;

use super::{Source, depth};
use crate::pipeline::{Candidates, Context, SourceError};

/// Brings what the actor looked at, the last first.
pub(crate) struct RecentlyViewed;

impl Source for RecentlyViewed {
    fn id(&self) -> SourceId {
        SourceId::new("recently-viewed")
    }

    fn retrieve(&self, context: &Context<'_>, out: &mut Candidates) -> Result<(), SourceError> {
        let viewed = context.history().into_iter().filter(|touch| touch.viewed && !touch.refused);
        let eligible = viewed.map(|touch| touch.item).filter(|row| context.eligible.contains(*row));
        let ranked = eligible.take(depth(context)).enumerate().map(|(at, row)| (row, 1.0 / (at as f32 + 1.0)));
        out.add(self.id(), ranked);
        Ok(())
    }
}
