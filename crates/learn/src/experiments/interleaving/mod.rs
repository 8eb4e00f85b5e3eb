//! Comparing two rankings inside one list: which of them the clicked items come from tells which is better, with some
//! hundredth of the visitors that showing each to half of them takes.

mod optimised;
mod preference;
mod team_draft;

pub use optimised::{CreditKind, LENGTH_MAX, Optimised};
pub use preference::{Preference, preference};
pub use team_draft::{team_draft, team_draft_chances};

/// A place of an interleaved list.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Slot<T> {
    /// The item that stands there.
    pub item: T,
    /// What a click on it says: above 0 for the first ranking, below 0 for the second.
    pub credit: f64,
}
