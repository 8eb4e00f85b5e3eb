use engine::{Inspection, Progress, QualityFinding, QualityReport, QualityRule};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::FieldError;
use utoipa::{IntoParams, ToSchema};

use super::documents::ItemPatchDocument;
use super::parts;

/// Which findings.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct QualityOptions {
    /// Rules, separated by commas: `not_a_product`, `outlier`, `contradiction`, `missing`, `wrong_category`, `duplicate`.
    #[param(example = "outlier,contradiction")]
    rule: Option<String>,
    /// Categories that begin so, such as `Shoes > Hiking`.
    category: Option<String>,
    /// The attribute they are about.
    #[param(example = "price")]
    attribute: Option<String>,
    /// Only those that can be mended (or with `false`, that cannot).
    fixable: Option<bool>,
    /// How grave and sure at least, 0 to 1.
    severity: Option<f64>,
    /// Findings to skip: the `next` of the page before.
    after: Option<usize>,
    /// Findings at most, 1 to 1000; 100 where not said.
    pub(crate) limit: Option<usize>,
}

/// [`QualityOptions`], checked.
pub(crate) struct QualityWanted {
    rules: Vec<QualityRule>,
    category: Option<String>,
    attribute: Option<String>,
    fixable: Option<bool>,
    severity: f32,
    after: usize,
    limit: usize,
}

impl QualityOptions {
    /// Checks what is asked for.
    pub(crate) fn read(self, limit: usize) -> Result<QualityWanted, FieldError> {
        let known: Vec<&str> = QualityRule::ALL.iter().map(|rule| rule.name()).collect();
        let names = self.rule.as_deref().unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
        let rules = names.map(|name| parts::named("rule", name, QualityRule::from_name, &known));
        Ok(QualityWanted {
            rules: rules.collect::<Result<_, _>>()?,
            category: self.category,
            attribute: self.attribute,
            fixable: self.fixable,
            severity: parts::number("severity", self.severity.unwrap_or(0.0), 0.0, 1.0)?,
            after: self.after.unwrap_or(0),
            limit,
        })
    }
}

impl QualityWanted {
    fn wants(&self, finding: &QualityFinding) -> bool {
        (self.rules.is_empty() || self.rules.contains(&finding.rule))
            && self.category.as_ref().is_none_or(|category| finding.category.starts_with(category.as_str()))
            && self.attribute.as_ref().is_none_or(|attribute| *finding.attribute == **attribute)
            && self.fixable.is_none_or(|fixable| fixable == finding.fix.is_some())
            && finding.severity >= self.severity
    }
}

/// What is wrong with the catalogue.
#[derive(Serialize, ToSchema)]
pub(crate) struct QualityAnswer {
    /// How far the reading of the catalogue is; absent where `report` is of the catalogue as it is now. Ask again.
    #[serde(skip_serializing_if = "Option::is_none")]
    checking: Option<CheckingAnswer>,
    /// The last report; absent where there is none yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<QualityReportAnswer>,
}

/// How far a reading of the whole catalogue is.
#[derive(Serialize, ToSchema)]
pub(crate) struct CheckingAnswer {
    /// Steps done.
    done: u64,
    /// Steps in all.
    total: u64,
}

/// A report on the catalogue.
#[derive(Serialize, ToSchema)]
struct QualityReportAnswer {
    /// Items read.
    items: usize,
    /// Findings by rule and category of the first level, whatever was asked for.
    counts: Vec<QualityCountAnswer>,
    /// The currency of `prices`.
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    /// How prices are distributed.
    prices: Vec<PriceBinAnswer>,
    /// Findings of those asked for.
    total: usize,
    /// A page of them, the gravest first.
    findings: Vec<FindingOfQualityAnswer>,
    /// The `after` of the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<usize>,
}

/// How many findings there are.
#[derive(Serialize, ToSchema)]
struct QualityCountAnswer {
    /// The rule.
    rule: String,
    /// The category of the first level; empty for items without one.
    category: String,
    /// All.
    findings: u64,
    /// Those with a fix.
    fixable: u64,
}

/// A part of the range of prices.
#[derive(Serialize, ToSchema)]
struct PriceBinAnswer {
    /// From this price on.
    from: f64,
    /// Up to this one.
    to: f64,
    /// Items in between.
    items: usize,
    /// Of those, how many are out of line in their category.
    out_of_line: usize,
}

/// Something that is likely wrong with an item.
#[derive(Serialize, ToSchema)]
struct FindingOfQualityAnswer {
    /// The item.
    item: String,
    /// What it is called.
    title: String,
    /// Where it stands in the tree.
    category: String,
    /// What kind of fault it is.
    rule: String,
    /// The attribute it is about.
    attribute: String,
    /// How grave and how sure, 0 to 1.
    severity: f32,
    /// What speaks for it, in words and numbers.
    evidence: String,
    /// What could be done. Nothing is changed by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<QualityFixAnswer>,
}

/// A change that mends a finding.
#[derive(Serialize, ToSchema)]
struct QualityFixAnswer {
    /// In words.
    says: String,
    /// The change, as `PATCH /v1/{shop}/items/{item}` and `items:batch` take it.
    #[schema(value_type = ItemPatchDocument)]
    patch: Value,
    /// What takes it back: the shop's own values.
    #[schema(value_type = ItemPatchDocument)]
    undo: Value,
}

impl From<Progress> for CheckingAnswer {
    fn from(progress: Progress) -> Self {
        Self { done: progress.done, total: progress.total }
    }
}

impl QualityAnswer {
    /// What of an inspection was asked for.
    pub(crate) fn of(inspection: Inspection<QualityReport>, wanted: &QualityWanted) -> Self {
        let report = inspection.report.map(|report| QualityReportAnswer::of(&report, wanted));
        Self { checking: inspection.running.map(Into::into), report }
    }
}

impl QualityReportAnswer {
    fn of(report: &QualityReport, wanted: &QualityWanted) -> Self {
        let counts = report.counts.iter().map(|((rule, category), count)| QualityCountAnswer {
            rule: rule.name().to_owned(),
            category: category.to_string(),
            findings: count.findings,
            fixable: count.fixable,
        });
        let prices = report.prices.iter().map(|bin| PriceBinAnswer {
            from: bin.from,
            to: bin.to,
            items: bin.items,
            out_of_line: bin.out_of_line,
        });
        let all: Vec<&QualityFinding> = report.findings.iter().filter(|finding| wanted.wants(finding)).collect();
        let page = all.iter().skip(wanted.after).take(wanted.limit);
        let next = wanted.after.saturating_add(wanted.limit);
        Self {
            items: report.items,
            counts: counts.collect(),
            currency: report.currency.map(|currency| currency.as_str().to_owned()),
            prices: prices.collect(),
            total: all.len(),
            findings: page.map(|finding| (*finding).into()).collect(),
            next: (next < all.len()).then_some(next),
        }
    }
}

impl From<&QualityFinding> for FindingOfQualityAnswer {
    fn from(finding: &QualityFinding) -> Self {
        let fix = finding.fix.as_ref().map(|fix| QualityFixAnswer {
            says: fix.says.clone(),
            patch: formats::json::patch_to_json(&fix.patch),
            undo: formats::json::patch_to_json(&fix.undo),
        });
        Self {
            item: finding.item.to_string(),
            title: finding.title.to_string(),
            category: finding.category.to_string(),
            rule: finding.rule.name().to_owned(),
            attribute: finding.attribute.to_string(),
            severity: finding.severity,
            evidence: finding.evidence.clone(),
            fix,
        }
    }
}
