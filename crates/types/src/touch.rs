use crate::{Millis, Row};

/// All that one actor did with one item, summed up: what an actor's history is made of. Histories list the item
/// touched last first.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Touch {
    /// The item.
    pub item: Row,
    /// When the actor last did something with it; whole seconds.
    pub time: Millis,
    /// Strengths of all deeds, each decayed to `time`; negative where the actor turned the item down.
    pub weight: f32,
    /// Times bought and not sent back.
    pub purchases: u16,
    /// Whether it was looked at or clicked.
    pub viewed: bool,
    /// Whether it was put in the cart.
    pub carted: bool,
    /// Whether the actor's last word on it was to hide or dislike it.
    pub refused: bool,
}

impl Touch {
    /// One look at an item, with nothing else known of it: the seed of a page, or an entry of a bare list of items.
    pub fn viewed(item: Row, time: Millis) -> Self {
        Self { item, time, weight: 1.0, purchases: 0, viewed: true, carted: false, refused: false }
    }
}
