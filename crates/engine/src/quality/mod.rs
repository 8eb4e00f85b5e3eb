//! What is wrong with a shop's catalogue, read as a whole beside requests.

mod facts;
mod fix;
mod placing;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use text::quality::Rule as QualityRule;
use text::quality::{Finding, Fix, QualityOptions, Survey, Usual};
use types::{Currency, Item, ItemId, ItemPatch, Row};

use crate::categorise::Categoriser;
use crate::core::Core;
use crate::inspection::{Inspected, Inspection, Running, batches};
use crate::{Progress, Result, Shop, understanding};
use facts::Reader;

/// Findings that are kept, the gravest; all are counted.
const KEPT_MAX: usize = 50_000;
/// Parts of the range of prices.
const PRICE_BINS: usize = 24;

/// What is wrong with a catalogue.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct QualityReport {
    /// Items read.
    pub items: usize,
    /// Findings by rule and category of the first level (empty for items without one), and how many of them can be mended.
    pub counts: BTreeMap<(QualityRule, Arc<str>), QualityCount>,
    /// The gravest findings, the gravest first.
    pub findings: Vec<QualityFinding>,
    /// The currency most prices are in.
    pub currency: Option<Currency>,
    /// How prices are distributed.
    pub prices: Vec<PriceBin>,
}

/// How many findings there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct QualityCount {
    /// All of them.
    pub findings: u64,
    /// Those with a fix.
    pub fixable: u64,
}

/// A part of the range of prices.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PriceBin {
    /// From this price on.
    pub from: f64,
    /// Up to this one.
    pub to: f64,
    /// Items in between.
    pub items: usize,
    /// Of those, how many are out of line in their category.
    pub out_of_line: usize,
}

/// Something that is likely wrong with an item.
#[derive(Clone, PartialEq, Debug)]
pub struct QualityFinding {
    /// The item.
    pub item: ItemId,
    /// What it is called.
    pub title: Arc<str>,
    /// Where it stands in the tree.
    pub category: Arc<str>,
    /// What kind of fault it is.
    pub rule: QualityRule,
    /// The attribute it is about.
    pub attribute: Arc<str>,
    /// How grave and how sure, 0 to 1.
    pub severity: f32,
    /// What speaks for it, in words and numbers.
    pub evidence: String,
    /// What could be done.
    pub fix: Option<QualityFix>,
}

/// A change that mends a finding. Nothing is changed by itself.
#[derive(Clone, PartialEq, Debug)]
pub struct QualityFix {
    /// In words.
    pub says: String,
    /// The change.
    pub patch: ItemPatch,
    /// What takes it back: the shop's own values.
    pub undo: ItemPatch,
}

const QUALITY: Inspected<QualityReport> = Inspected { role: "quality", place: |core| &core.quality, make: report };

impl Shop {
    /// Reads the whole catalogue and tells what is wrong with it. Where the last report still holds, that is given. Takes
    /// some milliseconds an item; memory grows with the distinct titles, prices and findings, not with the items' texts.
    /// `progress` stops it by returning `false`, and then there is no report.
    ///
    /// # Errors
    /// Where the catalogue or the index cannot be read, or an encoder fails.
    pub fn quality(&self, progress: &mut dyn FnMut(Progress) -> bool) -> Result<Option<Arc<QualityReport>>> {
        self.inspected(&QUALITY, progress)
    }

    /// The last report on the catalogue's quality; begins a new one where the catalogue has changed since.
    ///
    /// # Errors
    /// The failure of the last inspection, told once.
    pub fn inspect_quality(&self) -> Result<Inspection<QualityReport>> {
        self.inspect(&QUALITY)
    }
}

fn report(core: &Core, running: &Running) -> Result<QualityReport> {
    understanding::refresh(core)?;
    let categoriser = Categoriser::new(core)?;
    let reader = Reader {
        currency: core.view.load().lexicon.currency,
        category: categoriser.as_ref().map(|categoriser| Arc::clone(categoriser.attribute())),
    };
    // Counting is quick, looking for like items is not.
    let total = core.store.catalogue().count() * 4;
    let mut done = 0;
    let mut survey = Survey::new(QualityOptions::default());
    for items in batches(core) {
        let items = items?;
        items.iter().for_each(|item| survey.add(&reader.facts(item)));
        done += items.len();
        running.at(done, total)?;
    }
    let mut draft = Draft::new(core, &reader, survey.finish());
    let placer = categoriser.as_ref().map(placing::Placer::new).transpose()?;
    for items in batches(core) {
        let items = items?;
        let placed = placer.as_ref().map(|placer| placer.find(&items)).transpose()?.unwrap_or_default();
        draft.add(&items, placed)?;
        done += 3 * items.len();
        running.at(done, total)?;
    }
    Ok(draft.finish())
}

/// A report under way.
struct Draft<'a> {
    core: &'a Core,
    reader: &'a Reader,
    usual: Usual,
    report: QualityReport,
}

impl<'a> Draft<'a> {
    fn new(core: &'a Core, reader: &'a Reader, usual: Usual) -> Self {
        let bin = |(from, to, items)| PriceBin { from, to, items, out_of_line: 0 };
        let prices = usual.price_bins(PRICE_BINS).into_iter().map(bin).collect();
        let report = QualityReport { currency: reader.currency, prices, ..QualityReport::default() };
        Self { core, reader, usual, report }
    }

    /// Checks items; `placed` are findings about their categories, by item.
    fn add(&mut self, items: &[Item], placed: Vec<placing::Placed>) -> Result<()> {
        let mut placed = placed.into_iter();
        for item in items {
            self.report.items += 1;
            let places = placed.next().unwrap_or_default();
            let Some(row) = self.core.names.read().items.row(item.id.as_str()) else { continue };
            let facts = self.reader.facts(item);
            let mut findings = self.usual.check(row.0 as usize, &facts);
            // What is hidden already stands in nobody's way.
            findings.retain(|finding| item.available || !hides(finding.rule));
            if let Some((severity, evidence)) = places.wrong {
                findings.push(Finding {
                    item: row.0 as usize,
                    rule: QualityRule::WrongCategory,
                    attribute: self.reader.category.clone().unwrap_or_default(),
                    severity,
                    evidence,
                    fix: None,
                });
            }
            if facts.price.is_some_and(|_| findings.iter().any(is_price_out)) {
                self.mark_price(facts.price.unwrap_or_default());
            }
            let category = facts.category.join(" > ");
            let level = facts.category.first().copied().unwrap_or_default().to_owned();
            for finding in findings {
                let fix = self.fix(item, &finding, places.proposal.as_ref())?;
                let count = self.report.counts.entry((finding.rule, Arc::from(level.as_str()))).or_default();
                count.findings += 1;
                count.fixable += u64::from(fix.is_some());
                self.report.findings.push(QualityFinding {
                    item: item.id.clone(),
                    title: Arc::from(facts.title),
                    category: Arc::from(category.as_str()),
                    rule: finding.rule,
                    attribute: finding.attribute,
                    severity: finding.severity,
                    evidence: finding.evidence,
                    fix,
                });
            }
        }
        if self.report.findings.len() > 2 * KEPT_MAX {
            self.prune();
        }
        Ok(())
    }

    fn fix(
        &self,
        item: &Item,
        finding: &Finding,
        proposal: Option<&crate::CategoryProposal>,
    ) -> Result<Option<QualityFix>> {
        let is_category = Some(&finding.attribute) == self.reader.category.as_ref();
        let about_category = matches!(finding.rule, QualityRule::WrongCategory | QualityRule::Missing) && is_category;
        if let Some(proposal) = proposal.filter(|_| about_category) {
            return Ok(fix::set_category(item, proposal));
        }
        Ok(match &finding.fix {
            Some(Fix::Set(text)) => fix::set(item, &finding.attribute, text, self.reader.currency),
            Some(Fix::Hide) => fix::hide(item, "hide it".to_owned()),
            Some(Fix::MergeWith(place)) => {
                let names = self.core.names.read();
                let kept = names.items.id(Row(*place as u32)).map_or("", |id| id);
                fix::hide(item, format!("hide it, and keep {kept}"))
            }
            None => None,
        })
    }

    fn mark_price(&mut self, price: f64) {
        let last = self.report.prices.len().saturating_sub(1);
        let at = self.report.prices.iter().position(|bin| price < bin.to).unwrap_or(last);
        if let Some(bin) = self.report.prices.get_mut(at).filter(|_| price > 0.0) {
            bin.out_of_line += 1;
        }
    }

    fn prune(&mut self) {
        let order = |a: &QualityFinding, b: &QualityFinding| {
            b.severity.total_cmp(&a.severity).then_with(|| (a.rule, &a.item).cmp(&(b.rule, &b.item)))
        };
        self.report.findings.sort_by(order);
        self.report.findings.truncate(KEPT_MAX);
    }

    fn finish(mut self) -> QualityReport {
        self.prune();
        self.report
    }
}

fn hides(rule: QualityRule) -> bool {
    matches!(rule, QualityRule::NotAProduct | QualityRule::Duplicate)
}

fn is_price_out(finding: &Finding) -> bool {
    finding.rule == QualityRule::Outlier && &*finding.attribute == types::well_known::PRICE
}
