//! Suggestions while typing: what a shopper may want to say, from the first letters on.
//!
//! What it is: [`Suggestions`] holds texts (queries, products, categories, brands) with weights and the keys by which
//! they are found, and [`Suggestions::lookup`] answers a keystroke. All keys are positions in one run of bytes, sorted
//! by what follows them; what begins with the typed letters is a range of such a list, and since entries are laid out
//! by weight, the best of a range is its smallest position: a range minimum, no matter how many match.
//!
//! What it is not: it does not know how texts are folded, cut into words or pronounced (keys come in with the entries),
//! nor which queries are fit to be shown: who feeds it has filtered.
//!
//! Scores follow the noisy channel: weight of the entry × how probable it is that who wants it types this, see
//! [`FoundBy`]. Updating: build another beside the old one and swap; what changes in between goes into a small layer,
//! see [`Suggestions::with_fresh`].

mod builder;
mod compose;
mod entry;
mod gather;
mod keys;
mod lookup;
mod minima;
mod reading;
mod shelf;
mod span;
#[cfg(test)]
mod tests;
mod typos;

use std::sync::Arc;

use rustc_hash::FxHashSet;

pub use builder::SuggestionsBuilder;
pub use entry::{Entry, Kind, Payload, Pinyin};
pub use lookup::{FoundBy, Options, Suggestion, Typed, Typos};
use shelf::Shelf;

/// What can be suggested; immutable, and cheap to clone.
#[derive(Clone, Default)]
pub struct Suggestions {
    base: Arc<[Shelf; Kind::ALL.len()]>,
    fresh: Option<Arc<Fresh>>,
}

/// What changed since the base was built.
struct Fresh {
    shelves: [Shelf; Kind::ALL.len()],
    /// Entries of the base that are no longer to be read, by kind.
    hidden: [FxHashSet<u32>; Kind::ALL.len()],
}

impl Suggestions {
    /// These suggestions with the entries of `fresh` laid over them, in place of an earlier such layer: a text that is
    /// known takes the new weight, one of weight 0 is taken out, a new one comes in. The base is shared, so this costs
    /// what `fresh` is large.
    pub fn with_fresh(&self, fresh: SuggestionsBuilder) -> Self {
        let mut hidden: [FxHashSet<u32>; Kind::ALL.len()] = Default::default();
        for (kind, text, folded) in fresh.names() {
            hidden[kind as usize].extend(self.base[kind as usize].find(text, folded));
        }
        let fresh = Fresh { shelves: fresh.into_shelves(), hidden };
        Self { base: Arc::clone(&self.base), fresh: Some(Arc::new(fresh)) }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        let hidden = self.fresh.iter().flat_map(|fresh| &fresh.hidden).map(FxHashSet::len).sum::<usize>();
        self.shelves().map(Shelf::len).sum::<usize>() - hidden
    }

    /// Whether there is nothing to suggest.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory in use, but for the paths in payloads, which are shared with others.
    pub fn memory_bytes(&self) -> usize {
        let hidden =
            self.fresh.iter().flat_map(|fresh| &fresh.hidden).map(|hidden| hidden.capacity() * 5).sum::<usize>();
        self.shelves().map(Shelf::memory_bytes).sum::<usize>() + hidden
    }

    fn shelves(&self) -> impl Iterator<Item = &Shelf> {
        self.base.iter().chain(self.fresh.iter().flat_map(|fresh| &fresh.shelves))
    }
}
