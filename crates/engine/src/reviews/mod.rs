//! What a shop's reviews say: read when they are folded, counted in [`features::Reviews`], summed up and watched when asked.
//!
//! Reading is deterministic: the lexicon decides what a review praises and blames, and so a replay gives the same counts
//! with whatever models a server has. Where the settings name a label model, its own thread reads the same reviews with it
//! beside ([`judge`]), and answers come from there once it has caught up.

pub(crate) mod alerts;
pub(crate) mod judge;
pub(crate) mod polarity;
mod read;
pub(crate) mod report;
pub(crate) mod texts;
pub(crate) mod topics;

use features::Reviews;
use types::{Actor, Event, EventBody, ItemId, Row};

pub(crate) use read::{How, by_lexicon};

/// Folds what an event says of reviews; `row_of` knows every item that any event so far has named.
pub(crate) fn apply(reviews: &mut Reviews, how: &How<'_>, event: &Event, row_of: &dyn Fn(&ItemId) -> Option<Row>) {
    match &event.body {
        EventBody::Interaction(deed) => {
            if let Some(item) = deed.item.as_ref().and_then(row_of) {
                read::fold(reviews, how, event.time, deed, item);
            }
        }
        EventBody::ItemUpserted(item) => {
            if let Some(row) = row_of(&item.id) {
                reviews.restore_item(row);
            }
        }
        EventBody::ItemDeleted(id) => {
            if let Some(row) = row_of(id) {
                reviews.remove_item(row);
            }
        }
        EventBody::UserErased(user) => reviews.forget(read::author_of(&Actor::user_key(user))),
        EventBody::ItemPatched(_) | EventBody::ItemEnriched(_) | EventBody::Impression(_) => {}
    }
}
