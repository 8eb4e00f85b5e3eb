use std::collections::BTreeMap;
use std::sync::Arc;

use types::{FieldError, ItemId, Passage, Value};

use super::calibration::Trials;
use crate::{Error, Result};

/// An attribute is proposed for where at least so many values were held out and proposed again: fewer tell nothing.
pub(super) const TRIED_MIN: usize = 20;

/// What could be known of items beyond what the shop says.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct EnrichmentReport {
    /// Items read.
    pub items: usize,
    /// Values that items lack, in order of item and attribute: the best guess for each, however unsure.
    pub proposals: Vec<Proposal>,
    pub(super) attributes: BTreeMap<Arc<str>, Measured>,
}

/// A value that an item lacks.
#[derive(Clone, PartialEq, Debug)]
pub struct Proposal {
    /// The item.
    pub item: ItemId,
    /// What it is called.
    pub title: Arc<str>,
    /// The attribute.
    pub attribute: Arc<str>,
    /// The value.
    pub value: Value,
    /// How often such proposals were right on values that were held out, 0 to 1.
    pub confidence: f32,
    /// What speaks for it, in words.
    pub evidence: Arc<str>,
    /// The piece of the item's text it was read from.
    pub passage: Option<Passage>,
    /// What found it.
    pub maker: Arc<str>,
}

/// What was measured of an attribute.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Measured {
    pub(super) missing: usize,
    pub(super) held_out: usize,
    pub(super) trials: Trials,
    /// What must have been tried at least.
    pub(super) tried_min: usize,
}

/// Which proposals are wanted.
#[derive(Clone, PartialEq, Debug)]
pub struct EnrichOptions {
    /// For these attributes; for all where none is named.
    pub attributes: Vec<Arc<str>>,
    /// At least so often must such proposals be right, each by its confidence and an attribute's as a whole.
    pub min_confidence: f32,
}

impl Default for EnrichOptions {
    fn default() -> Self {
        Self { attributes: Vec::new(), min_confidence: 0.9 }
    }
}

/// How well an attribute is read, and what is proposed for it under some options.
#[derive(Clone, PartialEq, Debug)]
pub struct EnrichmentAttribute {
    /// Its name.
    pub attribute: Arc<str>,
    /// Items without a value of the shop's own.
    pub missing: usize,
    /// Values that were held out.
    pub held_out: usize,
    /// Of those, for how many a value sure enough was proposed.
    pub tried: usize,
    /// Of those, how many were right.
    pub right: usize,
    /// Items a value is proposed for; 0 where the attribute is not read well enough.
    pub proposed: usize,
    /// Why nothing is proposed, where that is for its measured precision.
    pub refused: Option<&'static str>,
}

impl EnrichmentAttribute {
    /// Share of held-out proposals that were right; `None` where there were none.
    pub fn precision(&self) -> Option<f64> {
        (self.tried > 0).then(|| self.right as f64 / self.tried as f64)
    }
}

impl EnrichmentReport {
    /// Attributes with what they are measured at under these options.
    ///
    /// # Errors
    /// [`Error::UnknownAttribute`] for one that nothing was measured of, and a share that is none.
    pub fn attributes(&self, options: &EnrichOptions) -> Result<Vec<EnrichmentAttribute>> {
        self.check(options)?;
        let mut counts: BTreeMap<&Arc<str>, usize> = BTreeMap::new();
        for proposal in self.chosen(options) {
            *counts.entry(&proposal.attribute).or_default() += 1;
        }
        let wanted = self.attributes.iter().filter(|(name, _)| is_wanted(options, name));
        Ok(wanted
            .map(|(name, measured)| {
                let (tried, right) = measured.trials.kept(options.min_confidence);
                EnrichmentAttribute {
                    attribute: Arc::clone(name),
                    missing: measured.missing,
                    held_out: measured.held_out,
                    tried,
                    right,
                    proposed: counts.get(name).copied().unwrap_or(0),
                    refused: measured.refused(options.min_confidence),
                }
            })
            .collect())
    }

    /// The proposals that these options choose.
    pub fn chosen(&self, options: &EnrichOptions) -> Vec<&Proposal> {
        let is_read = |name: &Arc<str>| {
            let measured = self.attributes.get(name);
            is_wanted(options, name)
                && measured.is_some_and(|measured| measured.refused(options.min_confidence).is_none())
        };
        let read: Vec<&Arc<str>> = self.attributes.keys().filter(|name| is_read(name)).collect();
        let is_chosen = |proposal: &&Proposal| {
            proposal.confidence >= options.min_confidence && read.binary_search(&&proposal.attribute).is_ok()
        };
        self.proposals.iter().filter(is_chosen).collect()
    }

    pub(super) fn check(&self, options: &EnrichOptions) -> Result<()> {
        if !(0.0..=1.0).contains(&options.min_confidence) {
            let got = options.min_confidence.to_string();
            return Err(FieldError::new("out_of_range", "min_confidence", "a share from 0 to 1", got).into());
        }
        match options.attributes.iter().find(|name| !self.attributes.contains_key(*name)) {
            Some(unknown) => {
                let known = self.attributes.keys().map(|name| &**name).collect::<Vec<_>>().join(", ");
                Err(Error::UnknownAttribute { attribute: unknown.to_string(), known })
            }
            None => Ok(()),
        }
    }
}

fn is_wanted(options: &EnrichOptions, name: &Arc<str>) -> bool {
    options.attributes.is_empty() || options.attributes.contains(name)
}

impl Measured {
    fn refused(&self, least: f32) -> Option<&'static str> {
        let (tried, right) = self.trials.kept(least);
        match () {
            () if self.trials.len() < self.tried_min => Some("too few known values are in the texts to measure it"),
            () if tried == 0 => Some("no held-out value was read that surely"),
            () if (right as f32) < least * tried as f32 => Some("too many held-out values were read wrong"),
            () => None,
        }
    }
}
