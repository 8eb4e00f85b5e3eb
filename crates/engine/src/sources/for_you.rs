use std::sync::Arc;

use features::Scope;
use types::SourceId;

use super::{Source, depth};
use crate::pipeline::{Candidates, Context, SourceError};

/// Brings what the actor's own history suggests, and what was picked for the request.
pub(crate) struct ForYou;

impl Source for ForYou {
    fn id(&self) -> SourceId {
        SourceId::new("for-you")
    }

    fn retrieve(&self, context: &Context<'_>, out: &mut Candidates) -> Result<(), SourceError> {
        let history = context.taste();
        if history.is_empty() {
            return Ok(());
        }
        let (view, now) = (context.view, context.request.now);
        let popular = view.features.popular(Scope::Shop, now, learn::ForYou::POPULAR);
        let recommender = &context.core.policy.for_you;
        let recommended = recommender.recommend(&view.neighbours, &history, &popular, now, 2 * depth(context));
        let names = context.core.names.read();
        let because = |row| names.items.id(row).map(|id| Arc::from(format!("because of {id}")));
        let eligible = recommended.into_iter().filter(|recommended| context.eligible.contains(recommended.item));
        let hits =
            eligible.map(|recommended| (recommended.item, recommended.score, recommended.because.and_then(because)));
        out.add_with_reasons(self.id(), hits.take(depth(context)).collect::<Vec<_>>());
        Ok(())
    }
}
