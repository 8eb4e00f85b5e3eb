use engine::{
    DuplicateGroup, DuplicatePair, DuplicatesReport, GroupedItem, Inspection, Judgement, MatcherReport, Relation,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::{FieldError, ItemId};
use utoipa::{IntoParams, ToSchema};

use super::documents::ItemPatchDocument;
use super::parts;
use super::quality::CheckingAnswer;

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
