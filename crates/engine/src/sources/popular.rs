use features::Scope;
use types::SourceId;

use super::{Source, depth};
use crate::pipeline::{Candidates, Context, SourceError};

/// Brings what is wanted most: in the seeds' category where there are seeds, else on the surface, else in the shop.
pub(crate) struct Popular;

impl Source for Popular {
    fn id(&self) -> SourceId {
        SourceId::new("popular")
    }

    fn retrieve(&self, context: &Context<'_>, out: &mut Candidates) -> Result<(), SourceError> {
        let (features, now, limit) = (&context.view.features, context.request.now, 2 * depth(context));
        let category = context.seeds.first().and_then(|seed| features.facts(*seed)?.categories.last().copied());
        let narrow = category.map(Scope::Category).unwrap_or(Scope::Surface(context.request.surface));
        let mut popular = features.popular(narrow, now, limit);
        popular.retain(|(row, _)| context.eligible.contains(*row));
        if popular.len() < depth(context) {
            let known: index::RowSet = popular.iter().map(|(row, _)| *row).collect();
            // What the whole shop wants comes after what the narrower scope wants, whatever the counts.
            let least = popular.last().map_or(1.0, |(_, count)| *count);
            let rest = features.popular(Scope::Shop, now, limit);
            let most = rest.first().map_or(1.0, |(_, count)| count.max(f32::MIN_POSITIVE));
            let rest = rest.into_iter().filter(|(row, _)| context.eligible.contains(*row) && !known.contains(*row));
            popular.extend(rest.map(|(row, count)| (row, least * count / most)));
        }
        out.add(self.id(), popular.into_iter().take(depth(context)));
        Ok(())
    }
}
