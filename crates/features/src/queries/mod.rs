//! What a shop's people search for, fit to be shown to others: how often, by how many, and what they search for next.
//!
//! [`QueryLog`] is a fold like [`crate::State`]. What holds data of a person ([`personal`]) never gets in; what too few
//! people asked, what finds nothing and what is blocked ([`Blocklist`]) never gets out.

mod actors;
mod blocklist;
mod checkpoint;
mod log;
mod numbers;
mod own;
mod privacy;
mod related;
#[cfg(test)]
mod tests;

pub(crate) use actors::Actors;
pub use blocklist::Blocklist;
pub(crate) use checkpoint::{read_actors, read_decayed, write_actors};
pub use log::{Asked, AskedLately, QueryConfig, QueryCount, QueryLog, Showable};
pub use own::{OwnConfig, OwnQueries};
pub use privacy::{Personal, personal};
pub use related::Related;
