//! Attributes read from titles and descriptions of items that lack them.
//!
//! An [`Extractor`] learns from a catalogue, or from labelled texts: which phrases stand for which attribute and how often
//! they do where they occur, how numbers with units look, and which attribute texts begin with. What it does not know it
//! takes from compiled-in tables of colours, materials and persons and from the shapes of quantities and article numbers.
//! Every proposal names its bytes of the text, its evidence and a confidence; a shop's own values are never proposed over.

mod counts;
mod edges;
mod extracted;
mod extractor;
mod features;
mod known;
mod position;
mod tables;
mod tagger;

pub use extracted::{Extracted, Source};
pub use extractor::{Example, Extractor};
