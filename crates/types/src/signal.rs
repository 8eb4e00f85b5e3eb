use crate::{InteractionKind, Millis, Position, Row, Surface};

/// An interaction with an item, resolved to rows: what learners fold. Made from the log in order, so folding the
/// same log gives the same state.
#[derive(Clone, PartialEq, Debug)]
pub struct Signal {
    /// Place of the event in the log.
    pub position: Position,
    /// When it happened.
    pub time: Millis,
    /// Whose taste it tells; `None` where nobody was named.
    pub actor: Option<Row>,
    /// What belongs together as one basket or visit; a row of the same dictionary as actors.
    pub session: Option<Row>,
    /// The item.
    pub item: Row,
    /// The deed.
    pub kind: InteractionKind,
    /// How much it says for (negative: against) the item.
    pub strength: f32,
    /// Pieces, at least 1.
    pub quantity: u32,
    /// Where in the shop.
    pub surface: Option<Surface>,
}
