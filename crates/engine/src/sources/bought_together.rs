use types::SourceId;

use super::{Source, depth};
use crate::pipeline::{Candidates, Context, SourceError};

/// Brings what is bought together with the seeds.
pub(crate) struct BoughtTogether;

impl Source for BoughtTogether {
    fn id(&self) -> SourceId {
        SourceId::new("bought-together")
    }

    fn retrieve(&self, context: &Context<'_>, out: &mut Candidates) -> Result<(), SourceError> {
        let together = context.view.neighbours.bought_together(&context.seeds, 2 * depth(context));
        let eligible = together.into_iter().filter(|(row, _)| context.eligible.contains(*row));
        out.add(self.id(), eligible.take(depth(context)));
        Ok(())
    }
}
