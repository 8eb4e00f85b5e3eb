use engine::{
    DuplicateGroup, DuplicatePair, DuplicatesReport, GroupedItem, Inspection, Judgement, MatcherReport, Progress,
    QualityFinding, QualityReport, QualityRule, Relation,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::{FieldError, ItemId};
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

/// Which duplicates.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SameProductOptions {
    /// `duplicate` or `variant`; both where not said.
    relation: Option<String>,
    /// How likely at least, 0 to 1.
    probability: Option<f64>,
    /// Groups to skip: the `next` of the page before.
    after: Option<usize>,
    /// Groups at most, 1 to 1000; 100 where not said.
    pub(crate) limit: Option<usize>,
}

/// [`SameProductOptions`], checked.
pub(crate) struct SameProductWanted {
    relation: Option<Relation>,
    probability: f32,
    after: usize,
    limit: usize,
}

const RELATIONS: [(Relation, &str); 3] =
    [(Relation::Duplicate, "duplicate"), (Relation::Variant, "variant"), (Relation::Different, "different")];

fn relation_name(relation: Relation) -> String {
    RELATIONS.iter().find(|(known, _)| *known == relation).map_or("", |(_, name)| name).to_owned()
}

impl SameProductOptions {
    /// Checks what is asked for.
    pub(crate) fn read(self, limit: usize) -> Result<SameProductWanted, FieldError> {
        let from_name = |name: &str| RELATIONS[..2].iter().find(|(_, known)| *known == name).map(|(found, _)| *found);
        let relation = self.relation.map(|name| parts::named("relation", &name, from_name, &["duplicate", "variant"]));
        Ok(SameProductWanted {
            relation: relation.transpose()?,
            probability: parts::number("probability", self.probability.unwrap_or(0.0), 0.0, 1.0)?,
            after: self.after.unwrap_or(0),
            limit,
        })
    }
}

/// Which items are one product, or variants of one.
#[derive(Serialize, ToSchema)]
pub(crate) struct SameProductAnswer {
    /// How far the comparison is; absent where `report` is of the catalogue as it is now. Ask again.
    #[serde(skip_serializing_if = "Option::is_none")]
    checking: Option<CheckingAnswer>,
    /// The last report; absent where there is none yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<SameProductReportAnswer>,
}

/// A report on duplicates and variants.
#[derive(Serialize, ToSchema)]
struct SameProductReportAnswer {
    /// Items read.
    items: usize,
    /// Pairs compared: those that share something rare.
    compared: usize,
    /// What they were judged by.
    matcher: MatcherAnswer,
    /// Groups of those asked for.
    total: usize,
    /// A page of them: duplicates first, then variants, the surest first.
    groups: Vec<ProductGroupAnswer>,
    /// Pairs whose judgement would teach most, the least sure first; on the first page only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unsure: Vec<PairAnswer>,
    /// The `after` of the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<usize>,
}

/// What pairs are judged by.
#[derive(Serialize, ToSchema)]
struct MatcherAnswer {
    /// Judged pairs that are the same product.
    judged_same: usize,
    /// Judged pairs that are not.
    judged_different: usize,
    /// Whether it was learnt from the shop's judgements; otherwise it is the one that every shop begins with.
    is_own: bool,
    /// F1 on the judged pairs, each judged by what was learnt from others.
    #[serde(skip_serializing_if = "Option::is_none")]
    f1: Option<f64>,
    /// F1 of the one that is not used, where both were tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    other_f1: Option<f64>,
}

/// Items that are one product, or variants of one.
#[derive(Serialize, ToSchema)]
struct ProductGroupAnswer {
    /// `duplicate` or `variant`.
    relation: String,
    /// The probability of the least likely pair that joined it.
    probability: f32,
    /// What speaks for it, from its likeliest pair.
    evidence: Vec<String>,
    /// What variants would share as their group.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    /// The items; of duplicates, the one that tells most comes first.
    items: Vec<GroupedItemAnswer>,
}

/// An item of a group.
#[derive(Serialize, ToSchema)]
struct GroupedItemAnswer {
    /// The item.
    item: String,
    /// What it is called.
    title: String,
    /// Its price.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<f64>,
    /// In what it differs from the others: `colour`, `size`, `quantity`, each with its value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    varies: Vec<(String, String)>,
    /// What accepting the group changes: hides a duplicate, gives a variant its group. Absent where nothing is to change.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ItemPatchDocument>)]
    patch: Option<Value>,
    /// What takes that back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ItemPatchDocument>)]
    undo: Option<Value>,
}

/// Two items, and what they are to one another.
#[derive(Serialize, ToSchema)]
struct PairAnswer {
    /// An item.
    left: String,
    /// Another.
    right: String,
    /// `duplicate`, `variant` or `different`.
    relation: String,
    /// How likely they are the same product, variants included.
    probability: f32,
    /// What speaks for and against it.
    evidence: Vec<String>,
}

impl SameProductAnswer {
    /// What of an inspection was asked for.
    pub(crate) fn of(inspection: Inspection<DuplicatesReport>, wanted: &SameProductWanted) -> Self {
        let report = inspection.report.map(|report| SameProductReportAnswer::of(&report, wanted));
        Self { checking: inspection.running.map(Into::into), report }
    }
}

impl SameProductReportAnswer {
    fn of(report: &DuplicatesReport, wanted: &SameProductWanted) -> Self {
        let is_wanted = |group: &&DuplicateGroup| {
            wanted.relation.is_none_or(|relation| relation == group.relation) && group.probability >= wanted.probability
        };
        let all: Vec<&DuplicateGroup> = report.groups.iter().filter(is_wanted).collect();
        let next = wanted.after.saturating_add(wanted.limit);
        let unsure = report.unsure.iter().filter(|_| wanted.after == 0);
        Self {
            items: report.items,
            compared: report.compared,
            matcher: (&report.matcher).into(),
            total: all.len(),
            groups: all.iter().skip(wanted.after).take(wanted.limit).map(|group| (*group).into()).collect(),
            unsure: unsure.map(Into::into).collect(),
            next: (next < all.len()).then_some(next),
        }
    }
}

impl From<&MatcherReport> for MatcherAnswer {
    fn from(report: &MatcherReport) -> Self {
        let (judged_same, judged_different) = report.judged;
        Self { judged_same, judged_different, is_own: report.is_own, f1: report.f1, other_f1: report.other_f1 }
    }
}

impl From<&DuplicateGroup> for ProductGroupAnswer {
    fn from(group: &DuplicateGroup) -> Self {
        Self {
            relation: relation_name(group.relation),
            probability: group.probability,
            evidence: group.evidence.clone(),
            group: group.group.as_ref().map(ToString::to_string),
            items: group.items.iter().map(Into::into).collect(),
        }
    }
}

impl From<&GroupedItem> for GroupedItemAnswer {
    fn from(item: &GroupedItem) -> Self {
        Self {
            item: item.id.to_string(),
            title: item.title.to_string(),
            price: item.price,
            varies: item.varies.iter().map(|(axis, value)| (axis.to_string(), value.to_string())).collect(),
            patch: item.patch.as_ref().map(formats::json::patch_to_json),
            undo: item.undo.as_ref().map(formats::json::patch_to_json),
        }
    }
}

impl From<&DuplicatePair> for PairAnswer {
    fn from(pair: &DuplicatePair) -> Self {
        Self {
            left: pair.left.to_string(),
            right: pair.right.to_string(),
            relation: relation_name(pair.relation),
            probability: pair.probability,
            evidence: pair.evidence.clone(),
        }
    }
}

/// What people say of pairs.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct JudgementsBody {
    /// The pairs.
    pub(crate) judgements: Vec<JudgementBody>,
}

/// What somebody says of two items.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct JudgementBody {
    /// An item.
    #[schema(example = "boots-1")]
    left: String,
    /// Another.
    #[schema(example = "boots-2")]
    right: String,
    /// Whether they are the same product; variants of one product are. `null` forgets what was said.
    same: Option<bool>,
}

/// How many judgements a shop has.
#[derive(Serialize, ToSchema)]
pub(crate) struct JudgedAnswer {
    /// Judged pairs.
    pub(crate) judgements: usize,
}

impl JudgementsBody {
    /// Checks the ids.
    ///
    /// # Errors
    /// A [`FieldError`] naming the first that is wrong.
    pub(crate) fn read(&self) -> Result<Vec<Judgement>, FieldError> {
        let id = |at: usize, side: &str, id: &str| {
            ItemId::new(id).map_err(|error| FieldError { field: format!("judgements[{at}].{side}"), ..error })
        };
        let judgement = |(at, one): (usize, &JudgementBody)| {
            Ok(Judgement { left: id(at, "left", &one.left)?, right: id(at, "right", &one.right)?, same: one.same })
        };
        self.judgements.iter().enumerate().map(judgement).collect()
    }
}

impl From<Vec<Judgement>> for JudgementsBody {
    fn from(judgements: Vec<Judgement>) -> Self {
        let body =
            |one: Judgement| JudgementBody { left: one.left.to_string(), right: one.right.to_string(), same: one.same };
        Self { judgements: judgements.into_iter().map(body).collect() }
    }
}
