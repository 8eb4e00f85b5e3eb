//! What the tests of this crate share.

use std::sync::Arc;

use types::{InteractionKind, Millis, Position, Row, Signal};

use crate::ItemFacts;

/// The day tests begin on.
pub(crate) const START: i64 = 1_300_000_000_000;

pub(crate) fn day(day: i64) -> Millis {
    Millis(START + day * Millis::DAY)
}

pub(crate) fn signal(actor: u32, item: u32, kind: InteractionKind, on: i64) -> Signal {
    Signal {
        position: Position(0),
        time: day(on),
        actor: Some(Row(actor)),
        session: None,
        item: Row(item),
        strength: kind.default_weight(),
        kind,
        quantity: 1,
        surface: None,
    }
}

pub(crate) fn facts(price: f64, categories: &[u32], brand: u32) -> ItemFacts {
    ItemFacts {
        price: Some(price),
        categories: Arc::from(categories),
        brand: Some(brand),
        group: None,
        rating: None,
        rating_count: 0,
        first_seen: day(0),
        buyable: true,
        list_price: None,
        stock: None,
        margin: None,
        text_quality: 0.0,
    }
}
