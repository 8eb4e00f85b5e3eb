//! What reviews say: of which aspects, in praise or blame, in which words; and what many reviews say together.
//!
//! A [`Reader`] cuts a review into clauses, finds what each speaks of and whether it praises or blames, by a lexicon in
//! Chinese and English, or by a trained [`Polarity`] where one is handed in. Everything found carries the clause it was
//! found in, so that a [`Summary`] only quotes what reviews say. Aspects are those of shops unless others are given: with
//! words for any topics it reads news and comments the same way.

mod aspects;
mod clause;
mod lexicon;
mod opinion;
mod reader;
mod summary;
mod unit;

pub use aspects::Aspects;
pub use opinion::{Aspect, Clause, Opinion, Reading};
pub use reader::{Polarity, Reader};
pub use summary::{Point, Quote, Side, Summary, SummaryOptions, Topic, distinct, summarise, topics};
