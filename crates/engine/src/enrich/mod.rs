//! Values for what items lack, read from their own texts and from the items like them; calibrated on values that the shop
//! has given and that were held out. Found values are events, and can be taken back.

mod calibration;
mod propose;
mod reader;
mod report;
mod selling_points;
mod write;

use std::sync::Arc;

use types::Item;

use crate::inspection::{Inspected, Inspection};
use crate::{Progress, Result, Shop};
pub use report::{EnrichOptions, EnrichmentAttribute, EnrichmentReport, Proposal};
pub use selling_points::SellingPoint;
pub use write::Enriched;

const ENRICHMENT: Inspected<EnrichmentReport> =
    Inspected { role: "enrichment", place: |core| &core.enrichment, make: propose::report };

impl Shop {
    /// Reads the whole catalogue and proposes values for what items lack. Where the last report still holds, that is given.
    /// `progress` stops it by returning `false`, and then there is no report.
    ///
    /// # Errors
    /// Where the catalogue or the index cannot be read, or an encoder fails.
    pub fn enrichment(&self, progress: &mut dyn FnMut(Progress) -> bool) -> Result<Option<Arc<EnrichmentReport>>> {
        self.inspected(&ENRICHMENT, progress)
    }

    /// The last proposals; begins to make new ones where the catalogue has changed since.
    ///
    /// # Errors
    /// The failure of the last inspection, told once.
    pub fn inspect_enrichment(&self) -> Result<Inspection<EnrichmentReport>> {
        self.inspect(&ENRICHMENT)
    }

    /// Gives items the values that `options` choose from a report, as events; values found before that are not proposed any
    /// more are taken back, and what is there already is left alone. The shop's own values are never touched, nor what
    /// others have found. `progress` stops it by returning `false`; what was written by then stays.
    ///
    /// # Errors
    /// An attribute nobody knows, or what [`Shop::append`] fails with.
    pub fn enrich(
        &self,
        report: &EnrichmentReport,
        options: &EnrichOptions,
        progress: &mut dyn FnMut(Progress) -> bool,
    ) -> Result<Enriched> {
        report.check(options)?;
        write::write(self, &report.chosen(options), &options.attributes, progress)
    }

    /// Takes back what [`Shop::enrich`] has found for these attributes, for all where none is named.
    ///
    /// # Errors
    /// What [`Shop::append`] fails with.
    pub fn take_back_enrichment(
        &self,
        attributes: &[Arc<str>],
        progress: &mut dyn FnMut(Progress) -> bool,
    ) -> Result<Enriched> {
        write::write(self, &[], attributes, progress)
    }

    /// Items after `after` that have found values, at most `limit`, in order of id.
    ///
    /// # Errors
    /// Where the catalogue cannot be read.
    pub fn enriched_items(&self, after: Option<&types::ItemId>, limit: usize) -> Result<Vec<Item>> {
        let (mut found, mut after) = (Vec::new(), after.cloned());
        while found.len() < limit {
            let items = self.scan(after.as_ref(), 1_000)?;
            let Some(last) = items.last() else { break };
            after = Some(last.id.clone());
            found.extend(items.into_iter().filter(|item| !item.provenance.is_empty()));
        }
        found.truncate(limit);
        Ok(found)
    }
}
