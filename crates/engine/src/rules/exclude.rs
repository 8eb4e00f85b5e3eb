use super::{Effect, Rule};
use crate::Result;
use crate::pipeline::Context;

/// Leaves out the items the request names.
pub(crate) struct Exclude;

impl Rule for Exclude {
    fn id(&self) -> &'static str {
        "exclude"
    }

    fn effects(&self, context: &Context<'_>) -> Result<Vec<Effect>> {
        let excluded = &context.request.exclude;
        let rows = || excluded.iter().filter_map(|id| context.row(id.as_str())).collect();
        Ok(if excluded.is_empty() { Vec::new() } else { vec![Effect::Drop(rows())] })
    }
}
