//! What business decides about slates: one file a rule, one line in [`all`].

mod availability;
mod exclude;
pub(crate) mod merchandising;
mod seeds;
mod seen;
mod understood;

use std::sync::Arc;

use index::RowSet;
use types::Row;

use crate::Result;
use crate::pipeline::Context;

/// One business rule. It says what it does to whole sets of items, not to one item at a time: what it drops must be
/// known before anything is counted, so that totals and facets stay exact.
///
/// ```
/// use engine::{Context, Effect, Result, Rule};
///
/// /// Never shows the seeds' own rows.
/// struct NotTheSeeds;
///
/// impl Rule for NotTheSeeds {
///     fn id(&self) -> &'static str {
///         "not-the-seeds"
///     }
///
///     fn effects(&self, context: &Context<'_>) -> Result<Vec<Effect>> {
///         Ok(vec![Effect::Drop(context.seeds.iter().copied().collect())])
///     }
/// }
/// ```
pub trait Rule: Send + Sync {
    /// Its stable name, for explanations.
    fn id(&self) -> &'static str;

    /// What it does to this request's answer; empty where it has nothing to say.
    ///
    /// # Errors
    /// A user's error, such as a filter on an unknown attribute.
    fn effects(&self, context: &Context<'_>) -> Result<Vec<Effect>>;
}

/// What a rule does.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Shows nothing but these; what is outside is neither shown nor counted.
    Keep(RowSet),
    /// Never shows these, nor counts them.
    Drop(RowSet),
    /// Shows an item at a place, from 1.
    Pin(Row, u32),
    /// Multiplies the scores of these.
    Boost(RowSet, f32),
    /// Puts these behind everything else.
    Bury(RowSet),
}

/// An effect and who decided it.
#[derive(Clone, Debug)]
pub(crate) struct Decided {
    pub(crate) by: Arc<str>,
    pub(crate) effect: Effect,
}

/// Every rule, in the order in which they are asked.
pub(crate) fn all() -> Vec<Box<dyn Rule>> {
    vec![
        Box::new(availability::Availability),
        Box::new(exclude::Exclude),
        Box::new(seeds::Seeds),
        Box::new(seen::Seen),
        Box::new(understood::Understood),
        Box::new(merchandising::ShopRules),
        Box::new(merchandising::RequestRules),
    ]
}

impl Decided {
    /// What the effect does to `row`, in words; `None` where it leaves it alone.
    pub(crate) fn on(&self, row: Row) -> Option<Arc<str>> {
        match &self.effect {
            Effect::Keep(rows) => (!rows.contains(row)).then(|| Arc::from("not shown")),
            Effect::Drop(rows) => rows.contains(row).then(|| Arc::from("not shown")),
            Effect::Pin(pinned, position) => (*pinned == row).then(|| Arc::from(format!("pinned to {position}"))),
            Effect::Boost(rows, factor) => {
                rows.contains(row).then(|| Arc::from(format!("score x {}", (factor * 100.0).round() / 100.0)))
            }
            Effect::Bury(rows) => rows.contains(row).then(|| Arc::from("behind everything else")),
        }
    }
}
