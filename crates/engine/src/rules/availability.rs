use super::{Effect, Rule};
use crate::Result;
use crate::pipeline::Context;

/// Shows only what can be bought, unless the request wants everything.
pub(crate) struct Availability;

impl Rule for Availability {
    fn id(&self) -> &'static str {
        "availability"
    }

    fn effects(&self, context: &Context<'_>) -> Result<Vec<Effect>> {
        let everything = context.request.include_unavailable;
        Ok(if everything { Vec::new() } else { vec![Effect::Keep(context.view.searcher.buyable().clone())] })
    }
}
