use types::RequestRule;

use super::{Effect, Rule};
use crate::Result;
use crate::pipeline::Context;

/// Pins, boosts, buries and hides that the shop's settings hold for every request.
pub(crate) struct ShopRules;

impl Rule for ShopRules {
    fn id(&self) -> &'static str {
        "shop-rules"
    }

    fn effects(&self, context: &Context<'_>) -> Result<Vec<Effect>> {
        Ok(context.view.settings.rules.iter().filter_map(|rule| effect(context, rule).transpose()).flatten().collect())
    }
}

/// Pins, boosts, buries and hides of one request.
pub(crate) struct RequestRules;

impl Rule for RequestRules {
    fn id(&self) -> &'static str {
        "request-rules"
    }

    fn effects(&self, context: &Context<'_>) -> Result<Vec<Effect>> {
        context.request.rules.iter().filter_map(|rule| effect(context, rule).transpose()).collect()
    }
}

/// The effect of one rule; `None` where it names an item that does not exist.
pub(crate) fn effect(context: &Context<'_>, rule: &RequestRule) -> Result<Option<Effect>> {
    let rows = |filter| context.view.searcher.filter(filter).map_err(crate::Error::from);
    Ok(match rule {
        RequestRule::Pin { item, position } => context.row(item.as_str()).map(|row| Effect::Pin(row, *position)),
        RequestRule::Boost { filter, factor } => Some(Effect::Boost(rows(filter)?, *factor)),
        RequestRule::Bury { filter } => Some(Effect::Bury(rows(filter)?)),
        RequestRule::Hide { filter } => Some(Effect::Drop(rows(filter)?)),
    })
}
