//! Orders a ranked list anew for more than relevance: variety, caps, the shopper's own mix, fair exposure, the long tail.
//!
//! Every method takes a [`List`], best first, and gives a [`Reordered`]: a permutation of the list's places and who moved,
//! whom it passed and why. Each has a dial from 0 (exactly the order that came in) to 1, leaves pinned places alone, and
//! refuses what is no number. All are greedy from the first place on, in a time of the square of the list's length, except
//! [`lottery`](lottery()), which solves a linear programme.

mod attention;
mod calibration;
mod caps;
mod dpp;
mod error;
mod exposure;
mod fair;
mod greedy;
mod likeness;
mod lottery;
pub mod measures;
mod mmr;
mod popularity;
#[cfg(test)]
mod testing;

pub use attention::{Attention, AttentionConfig, Credit, attention, deserved};
pub use calibration::{Mix, calibrate};
pub use caps::{Cap, Capped, caps};
pub use dpp::dpp;
pub use error::SlateError;
pub use exposure::balance;
pub use fair::{FairTable, fair};
pub use likeness::{Labels, Likeness};
pub use lottery::{LOTTERY_MAX, Lottery, lottery};
pub use mmr::mmr;
pub use popularity::{discount, long_tail, quantiles};

/// What is to be ordered: items by their places in the ranked list, from 0.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    relevance: &'a [f32],
    pinned: &'a [bool],
}

impl<'a> List<'a> {
    /// `relevance` an item, best first; it need not fall, as where other methods have moved items before. `pinned` says
    /// which places are not to be touched; empty pins none.
    ///
    /// # Errors
    /// Where a relevance is not finite, or `pinned` is of another length.
    pub fn new(relevance: &'a [f32], pinned: &'a [bool]) -> Result<Self, SlateError> {
        if !pinned.is_empty() {
            error::length("pinned", pinned.len(), relevance.len())?;
        }
        error::finite("relevance", relevance)?;
        Ok(Self { relevance, pinned })
    }

    /// How many items.
    pub fn len(&self) -> usize {
        self.relevance.len()
    }

    /// Whether there is nothing to order.
    pub fn is_empty(&self) -> bool {
        self.relevance.is_empty()
    }

    /// Whether the item of this place stays there.
    pub fn is_pinned(&self, place: usize) -> bool {
        self.pinned.get(place).copied().unwrap_or(false)
    }

    /// Relevance from 0 (the list's least) to 1 (its most), so that dials mean the same for any ranker; 1 where all are equal.
    fn scaled(&self) -> Vec<f64> {
        let wide = || self.relevance.iter().map(|score| f64::from(*score));
        let (least, most) = (wide().fold(f64::INFINITY, f64::min), wide().fold(f64::NEG_INFINITY, f64::max));
        wide().map(|score| if most > least { (score - least) / (most - least) } else { 1.0 }).collect()
    }
}

/// A list in its new order.
#[derive(Clone, PartialEq, Debug)]
pub struct Reordered {
    /// For each new place the place where its item stood: a permutation.
    pub order: Vec<usize>,
    /// The items that changed place, by new place.
    pub moves: Vec<Move>,
}

impl Reordered {
    /// A list of so many items as it came in.
    pub fn unchanged(length: usize) -> Self {
        Self { order: (0..length).collect(), moves: Vec::new() }
    }
}

/// An item changed its place; both count from 0.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Move {
    /// Where it stood, which names the item too.
    pub from: usize,
    /// Where it stands.
    pub to: usize,
    /// What moved it.
    pub why: Why,
}

/// Why an item changed its place. Items are named by their old places.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Why {
    /// It is less like what stands above it than those it passed.
    Unlike {
        /// The item above that it is most like, of those compared with.
        nearest: Option<usize>,
        /// How like, 0 to 1.
        likeness: f64,
    },
    /// What it passed would have broken a cap.
    Cap {
        /// The cap's place in the list of caps.
        cap: usize,
    },
    /// It brings the list nearer to the shopper's own mix.
    Mix {
        /// The category it was chosen for, of its own the one that lacks most.
        category: Option<u32>,
    },
    /// So many of its group were due by its new place.
    Share {
        /// Its group's items above it.
        shown: usize,
        /// How many must stand up to its place.
        required: usize,
    },
    /// Its seller had less attention than was deserved.
    Owed {
        /// The seller; an item without one passes those of sellers that had too much.
        seller: Option<u32>,
        /// Attention owed, in views of a first place.
        owed: f64,
    },
    /// It is less known than those it passed.
    LittleKnown {
        /// Its popularity's quantile, 0 (least) to 1.
        quantile: f64,
    },
    /// Chance put it there, with chances that make exposure fair.
    Drawn,
    /// Others passed it.
    Passed {
        /// The first that did.
        by: usize,
    },
}

fn dial(dial: f64) -> Result<f64, SlateError> {
    if (0.0..=1.0).contains(&dial) { Ok(dial) } else { Err(SlateError::Share { field: "dial", got: dial }) }
}
