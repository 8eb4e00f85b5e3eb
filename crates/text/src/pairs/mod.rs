//! What two items' texts say of whether they are the same product: numbers for a classifier, and the words in which they
//! differ.
//!
//! A [`Corpus`] counts how common terms and character n-grams are in the catalogue. It makes a [`Profile`] of each
//! [`Record`] once, and compares two profiles in time linear in their terms. The numbers are scaled so that they mean the same in a catalogue of any size.
//!
//! Where both texts name a colour, a size or a quantity and these differ, the comparison says so, and also gives the
//! numbers of the texts without them: the same product in another colour is a variant, not a duplicate.

mod align;
mod compare;
mod corpus;
mod feature;
mod profile;
mod term;
mod variation;

pub use compare::Comparison;
pub use corpus::Corpus;
pub use feature::{FEATURE_COUNT, FEATURES, Feature};
pub use profile::{Profile, Record};
pub(crate) use term::{code_spans, gram_keys, is_han};
pub use variation::{Axis, Difference};
