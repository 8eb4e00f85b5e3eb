//! Items that stand in the wrong category, or in none.

use rayon::prelude::*;
use types::Item;

use crate::categorise::{Categoriser, Predicted};
use crate::inspection::pool;
use crate::{CategoryProposal, Result};

/// Another category must have this share of the votes.
const OTHERS_MIN: f32 = 0.8;
/// An item's own category must have less than this one.
const OWN_MAX: f32 = 0.05;
/// By words alone, what has less of its own votes than this is looked at closer.
const SUSPECT_OWN_MAX: f32 = 0.1;
const SUSPECT_OTHERS_MIN: f32 = 0.6;
/// A category of fewer items cannot be heard among those that vote; the one above it stands for it.
const KIN_MIN: u32 = 8;
/// A category is filled in from this probability on.
const FILLED_FROM: f32 = 0.7;

/// What was found of an item's place in the tree.
#[derive(Default)]
pub(super) struct Placed {
    /// It stands elsewhere than the items like it: how grave, and why.
    pub(super) wrong: Option<(f32, String)>,
    /// Where it belongs.
    pub(super) proposal: Option<CategoryProposal>,
}

/// Finds items in wrong categories.
pub(super) struct Placer<'a> {
    categoriser: &'a Categoriser<'a>,
    pool: rayon::ThreadPool,
}

impl<'a> Placer<'a> {
    pub(super) fn new(categoriser: &'a Categoriser<'a>) -> Result<Self> {
        Ok(Self { categoriser, pool: pool()? })
    }

    /// What was found of each item, in order. All are looked at by words; vectors are asked where words raise a suspicion,
    /// because an item must be encoded anew without its category.
    pub(super) fn find(&self, items: &[Item]) -> Result<Vec<Placed>> {
        self.pool.install(|| items.par_iter().map(|item| self.place(item)).collect())
    }

    fn place(&self, item: &Item) -> Result<Placed> {
        let lowest: Vec<u32> = self.categoriser.lowest_of(item);
        if lowest.is_empty() {
            let proposal = self.categoriser.predict(item)?.proposal(self.categoriser, FILLED_FROM);
            return Ok(Placed { wrong: None, proposal });
        }
        let own: Vec<u32> = lowest.iter().filter_map(|at| self.categoriser.with_items(*at, KIN_MIN)).collect();
        // Where one has too few kin all the way up, nobody can tell.
        if own.len() < lowest.len() {
            return Ok(Placed::default());
        }
        let by_words = self.categoriser.predict_by_words(item)?;
        if !self.is_suspect(&by_words, &own, SUSPECT_OWN_MAX) {
            return Ok(Placed::default());
        }
        let predicted = self.categoriser.predict(item)?;
        let proposal = predicted.proposal(self.categoriser, OTHERS_MIN);
        let Some(proposal) = proposal.filter(|_| self.is_suspect(&predicted, &own, OWN_MAX)) else {
            return Ok(Placed::default());
        };
        // Where both share the way down, it is a matter of taste rather than wrong.
        let stands: Vec<&[std::sync::Arc<str>]> = own.iter().map(|at| self.categoriser.path(*at)).collect();
        let is_apart = stands.iter().all(|path| !path.starts_with(&proposal.path) && !proposal.path.starts_with(path));
        if !is_apart {
            return Ok(Placed::default());
        }
        let shared = |path: &[std::sync::Arc<str>]| path.iter().zip(&proposal.path).take_while(|(a, b)| a == b).count();
        let depth = stands.iter().map(|path| shared(path)).max().unwrap_or(0);
        let severity = 0.6 * proposal.confidence / (1.0 + 0.5 * depth as f32);
        let stand = stands.first().map(|path| path.join(" > ")).unwrap_or_default();
        let evidence = format!("it is in `{stand}`; {} are in `{}`", proposal.evidence, proposal.path.join(" > "));
        Ok(Placed { wrong: Some((severity, evidence)), proposal: Some(proposal) })
    }

    /// Whether hardly anything like it stands where it does, or right above.
    fn is_suspect(&self, predicted: &Predicted, own: &[u32], own_max: f32) -> bool {
        own.iter().all(|category| predicted.probability(*category) < own_max)
            && predicted.proposal(self.categoriser, SUSPECT_OTHERS_MIN).is_some()
    }
}
