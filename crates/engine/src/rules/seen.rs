use types::RecommendKind;

use super::{Effect, Rule};
use crate::Result;
use crate::pipeline::Context;

/// Leaves out what the actor does not want (hidden, disliked) from every recommendation, and where the request asks for
/// it what he has bought, carted or looked at.
pub(crate) struct Seen;

impl Rule for Seen {
    fn id(&self) -> &'static str {
        "seen"
    }

    fn effects(&self, context: &Context<'_>) -> Result<Vec<Effect>> {
        let request = context.request;
        let applies = request.recommend.is_some_and(|kind| kind != RecommendKind::RecentlyViewed);
        if !applies && !request.exclude_seen {
            return Ok(Vec::new());
        }
        let unwanted = context.history().into_iter().filter(|touch| request.exclude_seen || touch.refused);
        let rows: index::RowSet = unwanted.map(|touch| touch.item).collect();
        Ok(if rows.is_empty() { Vec::new() } else { vec![Effect::Drop(rows)] })
    }
}
