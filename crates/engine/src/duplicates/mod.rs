//! Which items of a shop are the same product, or variants of one, read from the whole catalogue beside requests.

mod card;
mod compare;
mod groups;
mod judgements;

use std::sync::Arc;

pub use judgements::{Judgement, MatcherReport};
pub use learn::duplicates::Relation;
use types::{GroupId, ItemId, ItemPatch};

use crate::core::Core;
use crate::inspection::{Inspected, Inspection, Running};
use crate::{Progress, Result, Shop, understanding};

/// Pairs that are kept of each kind, the likeliest.
const PAIRS_MAX: usize = 50_000;
/// Pairs proposed for judging.
const UNSURE_MAX: usize = 100;

/// Duplicates and variants of a catalogue.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct DuplicatesReport {
    /// Items read.
    pub items: usize,
    /// Pairs compared: those that share something rare.
    pub compared: usize,
    /// What hangs together: duplicates first, then variants, the surest first.
    pub groups: Vec<DuplicateGroup>,
    /// Pairs that are duplicates or variants, the likeliest first.
    pub pairs: Vec<DuplicatePair>,
    /// Pairs that a person's judgement would teach most, the least sure first.
    pub unsure: Vec<DuplicatePair>,
    /// What the pairs were judged by.
    pub matcher: MatcherReport,
}

/// Two items, and what they are to one another.
#[derive(Clone, PartialEq, Debug)]
pub struct DuplicatePair {
    /// An item.
    pub left: ItemId,
    /// Another, with the greater id.
    pub right: ItemId,
    /// The same product, a variant of it, or neither.
    pub relation: Relation,
    /// How likely they are the same product; of variants, when that in which they differ is left aside.
    pub probability: f32,
    /// What speaks for and against it, in words.
    pub evidence: Vec<String>,
}

/// Items that are one product, or variants of one.
#[derive(Clone, PartialEq, Debug)]
pub struct DuplicateGroup {
    /// Duplicates or variants.
    pub relation: Relation,
    /// The items, in order of id; of duplicates, the one that tells most comes first.
    pub items: Vec<GroupedItem>,
    /// The probability of the least likely pair that joined it.
    pub probability: f32,
    /// What speaks for it, from its likeliest pair.
    pub evidence: Vec<String>,
    /// What variants would share as their group.
    pub group: Option<GroupId>,
}

/// An item of a group.
#[derive(Clone, PartialEq, Debug)]
pub struct GroupedItem {
    /// The item.
    pub id: ItemId,
    /// What it is called.
    pub title: Arc<str>,
    /// Its price, in the currency most prices are in.
    pub price: Option<f64>,
    /// In what it differs from the others: axis and value.
    pub varies: Vec<(Arc<str>, Arc<str>)>,
    /// What accepting the group changes of it: hides a duplicate, gives a variant its group. `None` where nothing.
    pub patch: Option<ItemPatch>,
    /// What takes that back.
    pub undo: Option<ItemPatch>,
}

const DUPLICATES: Inspected<DuplicatesReport> =
    Inspected { role: "duplicates", place: |core| &core.duplicates, make: report };

impl Shop {
    /// Compares the items that share something rare and tells which are the same product, or variants of one. Where the
    /// last report still holds, that is given. Time grows with the items, not with their square; some 100,000 take minutes
    /// and about a hundred megabytes. `progress` stops it by returning `false`, and then there is no report.
    ///
    /// # Errors
    /// Where the catalogue cannot be read.
    pub fn duplicates(&self, progress: &mut dyn FnMut(Progress) -> bool) -> Result<Option<Arc<DuplicatesReport>>> {
        self.inspected(&DUPLICATES, progress)
    }

    /// The last report on duplicates; begins a new one where the catalogue or the judgements have changed since.
    ///
    /// # Errors
    /// The failure of the last inspection, told once.
    pub fn inspect_duplicates(&self) -> Result<Inspection<DuplicatesReport>> {
        self.inspect(&DUPLICATES)
    }

    /// What people said of pairs, in order of ids.
    ///
    /// # Errors
    /// Where the document cannot be read.
    pub fn judgements(&self) -> Result<Vec<Judgement>> {
        judgements::read(&self.core)
    }

    /// Adds what people say of pairs; a pair that was judged before is judged anew, and `same: None` forgets it. The next
    /// report keeps to it, and learns from it once there are enough of both kinds. Says how many there are now.
    ///
    /// # Errors
    /// An item that does not exist or is paired with itself, or a document that cannot be written.
    pub fn judge(&self, judgements: &[Judgement]) -> Result<usize> {
        let count = judgements::add(&self.core, judgements)?;
        self.core.duplicates.expire();
        Ok(count)
    }
}

fn report(core: &Core, running: &Running) -> Result<DuplicatesReport> {
    understanding::refresh(core)?;
    let cards = card::read(core, running)?;
    let comparer = compare::Comparer::new(core, &cards)?;
    let pairs = comparer.candidates()?;
    let judged = comparer.judged(&judgements::read(core)?);
    let matcher = judgements::Fitted::of(&comparer, &judged);
    let compared = pairs.len();
    let found = comparer.compare(&pairs, &matcher, &judged, running)?;
    let groups = groups::of(&comparer, &found);
    let told = |pair: &compare::Found| comparer.told(pair);
    let mut same: Vec<&compare::Found> = found.iter().filter(|pair| pair.relation != Relation::Different).collect();
    same.sort_by(|a, b| b.probability.total_cmp(&a.probability).then((a.left, a.right).cmp(&(b.left, b.right))));
    same.truncate(PAIRS_MAX);
    let doubt = |pair: &compare::Found| (pair.probability - matcher.threshold()).abs();
    let mut unsure: Vec<&compare::Found> = found.iter().filter(|pair| !pair.is_judged).collect();
    unsure.sort_by(|a, b| doubt(a).total_cmp(&doubt(b)).then((a.left, a.right).cmp(&(b.left, b.right))));
    unsure.truncate(UNSURE_MAX);
    Ok(DuplicatesReport {
        items: cards.len(),
        compared,
        groups,
        pairs: same.into_iter().map(told).collect(),
        unsure: unsure.into_iter().map(told).collect(),
        matcher: matcher.report,
    })
}
