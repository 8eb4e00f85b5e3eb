use std::sync::Arc;

use learn::recommend::{Ask, Known, Share};
use types::{RecommendKind, Row, SourceId, Touch};

use super::{Source, depth};
use crate::pipeline::{Candidates, Context, SourceError};
use crate::recommenders::Promoted;

/// Brings what the trained recommender in force for a kind suggests.
pub(crate) struct Model(pub(crate) RecommendKind);

/// The name of [`Model`].
pub(crate) const MODEL: SourceId = SourceId::new("model");

impl Source for Model {
    fn id(&self) -> SourceId {
        MODEL
    }

    fn retrieve(&self, context: &Context<'_>, out: &mut Candidates) -> Result<(), SourceError> {
        if let Some(degraded) = context.view.recommenders.refused(self.0) {
            return Err(SourceError { reason: degraded.reason.clone(), cause: None });
        }
        let Some(promoted) = context.view.recommenders.of(self.0) else { return Ok(()) };
        let history = asked_with(context, self.0);
        if history.is_empty() {
            return Ok(());
        }
        let known = match self.0 {
            RecommendKind::ForYou => Known::of(&history, &promoted.repeats, context.request.now),
            // The rules keep the seeds of a page away.
            _ => Known::default(),
        };
        let ask = Ask { history: &history, now: context.request.now };
        let is_open = |row: Row| context.eligible.contains(row) && known.is_open(row);
        out.add(self.id(), promoted.model.recommend(&ask, depth(context), &is_open));
        Ok(())
    }
}

/// What a model of a kind is asked with: the shopper's history, or the seeds of the page.
fn asked_with(context: &Context<'_>, kind: RecommendKind) -> Vec<Touch> {
    if kind == RecommendKind::ForYou {
        return context.taste();
    }
    context.seeds.iter().map(|item| Touch::viewed(*item, context.request.now)).collect()
}

/// Items that are named as reasons, at most.
const REASONS: usize = 3;

/// Why the model in force brought an item, in words: the items of the history that say most for it, each with its part of
/// the score.
pub(crate) fn because(context: &Context<'_>, row: Row) -> Option<Arc<str>> {
    let kind = context.request.recommend?;
    let promoted: &Promoted = context.view.recommenders.of(kind)?;
    let history = asked_with(context, kind);
    let shares = promoted.model.explain(&Ask { history: &history, now: context.request.now }, row);
    let names = context.core.names.read();
    let named = |share: &Share| Some(format!("{} ({:+.3})", names.items.id(share.because?)?, share.part));
    let reasons: Vec<String> = shares.iter().filter(|share| share.part > 0.0).filter_map(named).take(REASONS).collect();
    (!reasons.is_empty()).then(|| Arc::from(format!("because of {}", reasons.join(", "))))
}
