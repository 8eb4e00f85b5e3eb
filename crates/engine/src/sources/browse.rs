use features::Scope;
use types::SourceId;

use super::{Source, depth};
use crate::pipeline::{Candidates, Context, SourceError};

/// Answers an empty query with the whole catalogue, the most wanted first.
pub(crate) struct Browse;

impl Source for Browse {
    fn id(&self) -> SourceId {
        SourceId::new("browse")
    }

    fn retrieve(&self, context: &Context<'_>, out: &mut Candidates) -> Result<(), SourceError> {
        let popular = context.view.features.popular(Scope::Shop, context.request.now, 2 * depth(context));
        out.add(self.id(), popular.into_iter().filter(|(row, _)| context.eligible.contains(*row)).take(depth(context)));
        out.add_matches(&context.eligible);
        Ok(())
    }
}
