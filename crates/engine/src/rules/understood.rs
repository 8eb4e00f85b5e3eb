use types::Consequence;

use super::{Effect, Rule};
use crate::Result;
use crate::pipeline::Context;

/// What was understood of the query: some items only, or some items first.
pub(crate) struct Understood;

impl Rule for Understood {
    fn id(&self) -> &'static str {
        "understood"
    }

    fn effects(&self, context: &Context<'_>) -> Result<Vec<Effect>> {
        let Some(reading) = &context.reading else { return Ok(Vec::new()) };
        let rows = |filter| context.view.searcher.filter(filter);
        let mut effects = Vec::new();
        for finding in &reading.findings {
            match &finding.consequence {
                Consequence::Filtered(filter) => effects.push(Effect::Keep(rows(filter)?)),
                Consequence::Boosted(filter, factor) => effects.push(Effect::Boost(rows(filter)?, *factor)),
                _ => {}
            }
        }
        Ok(effects)
    }
}
