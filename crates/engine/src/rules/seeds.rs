use super::{Effect, Rule};
use crate::Result;
use crate::pipeline::Context;

/// Leaves the items a recommendation starts from out of it.
pub(crate) struct Seeds;

impl Rule for Seeds {
    fn id(&self) -> &'static str {
        "seeds"
    }

    fn effects(&self, context: &Context<'_>) -> Result<Vec<Effect>> {
        let has_any = context.request.recommend.is_some() && !context.seeds.is_empty();
        Ok(if has_any { vec![Effect::Drop(context.seeds.iter().copied().collect())] } else { Vec::new() })
    }
}
