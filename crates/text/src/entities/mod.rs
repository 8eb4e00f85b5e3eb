//! Recognises what a query says of brand, product type, colour, size, material, persons and occasions, by the shop's own
//! attribute values and a small lexicon in both languages.
//!
//! A [`Gazetteer`] is built once from a catalogue. Besides the values it keeps, for each phrase that may stand for a
//! value, what the catalogue itself says of the phrase: of the items whose text has it, the share that has the value
//! (`apple` in a title is hardly ever the brand in a grocery), and which neighbours speak for or against. From that come
//! a reading's confidence and the precision expected of filtering by it, corrected by what was measured on clicks or
//! judgements; and from the precision, whether it filters, boosts, or does nothing.

mod context;
mod draft;
mod entity;
mod gazetteer;
mod learn;
mod lexicon;
mod overlap;
mod precision;
mod role;

pub use entity::{Decision, Entity, Evidence, Matched, Reading};
pub use gazetteer::{Gazetteer, Options};
pub use learn::ItemFacts;
pub use precision::{Measured, Precision};
pub use role::Role;

#[cfg(test)]
mod tests;
