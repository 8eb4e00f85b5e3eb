use std::sync::Arc;

use engine::{EnrichOptions, Enriched, EnrichmentAttribute, EnrichmentReport, Inspection, Proposal, SellingPoint};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::{FieldError, Item, check_name};
use utoipa::{IntoParams, ToSchema};

use super::parts;
use super::quality::CheckingAnswer;

/// Attributes named at once, at most.
const ATTRIBUTES_MAX: usize = 1000;

/// Which values to look for, and what to do with them.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct EnrichBody {
    /// Attributes; all where none is named.
    #[schema(example = json!(["brand", "颜色"]))]
    attributes: Vec<String>,
    /// At least so often must values be right, as measured on held-out ones, 0 to 1; .9 where not said.
    #[schema(example = 0.9)]
    min_confidence: Option<f64>,
    /// Show what would be written and write nothing.
    pub(crate) dry_run: bool,
    /// Proposals to list, 1 to 1000; 100 where not said. All are written.
    pub(crate) limit: Option<usize>,
}

impl EnrichBody {
    /// Checks it.
    ///
    /// # Errors
    /// A [`FieldError`] naming what is wrong.
    pub(crate) fn read(&self) -> Result<EnrichOptions, FieldError> {
        let usual = EnrichOptions::default().min_confidence;
        let min_confidence = match self.min_confidence {
            Some(said) => parts::number("min_confidence", said, 0.0, 1.0)?,
            None => usual,
        };
        Ok(EnrichOptions {
            attributes: names("attributes", self.attributes.iter().map(String::as_str))?,
            min_confidence,
        })
    }
}

/// Whose found values to take back.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TakeBackOptions {
    /// Attributes, separated by commas; all where none is named.
    #[param(example = "brand,颜色")]
    attributes: Option<String>,
}

impl TakeBackOptions {
    /// Checks the names.
    ///
    /// # Errors
    /// A [`FieldError`] naming the first that is wrong.
    pub(crate) fn read(&self) -> Result<Vec<Arc<str>>, FieldError> {
        let list = self.attributes.as_deref().unwrap_or_default().split(',').map(str::trim);
        names("attributes", list.filter(|name| !name.is_empty()))
    }
}

fn names<'a>(field: &str, said: impl Iterator<Item = &'a str>) -> Result<Vec<Arc<str>>, FieldError> {
    let mut names: Vec<Arc<str>> = Vec::new();
    for (at, name) in said.enumerate() {
        check_name(name).map_err(|error| FieldError { field: format!("{field}[{at}]"), ..error })?;
        names.push(Arc::from(name));
    }
    if names.len() > ATTRIBUTES_MAX {
        let (expected, got) = (format!("at most {ATTRIBUTES_MAX} attributes"), names.len().to_string());
        return Err(FieldError::new("out_of_range", field, expected, got));
    }
    Ok(names)
}

/// What items lack, and what was written of it.
#[derive(Default, Serialize, ToSchema)]
pub(crate) struct EnrichAnswer {
    /// How far the reading of the catalogue is; then nothing was written yet: ask again.
    #[serde(skip_serializing_if = "Option::is_none")]
    checking: Option<CheckingAnswer>,
    /// What was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<EnrichReportAnswer>,
    /// What was written; absent for a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    written: Option<EnrichedAnswer>,
}

/// What items lack.
#[derive(Serialize, ToSchema)]
struct EnrichReportAnswer {
    /// Items read.
    items: usize,
    /// How well each attribute is read.
    attributes: Vec<EnrichAttributeAnswer>,
    /// Values that are sure enough.
    total: usize,
    /// The first of them.
    proposals: Vec<ProposalAnswer>,
}

/// How well an attribute is read.
#[derive(Serialize, ToSchema)]
struct EnrichAttributeAnswer {
    /// Its name.
    attribute: String,
    /// Items without a value of the shop's own.
    missing: usize,
    /// Values that were held out to measure with.
    held_out: usize,
    /// Of those, for how many a value sure enough was proposed.
    tried: usize,
    /// Of those, how many were right.
    right: usize,
    /// The share of these; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    precision: Option<f64>,
    /// Items that a value is proposed for.
    proposed: usize,
    /// Why nothing is proposed, where that is for its measured precision.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

/// A value that an item lacks.
#[derive(Serialize, ToSchema)]
struct ProposalAnswer {
    /// The item.
    item: String,
    /// What it is called.
    title: String,
    /// The attribute.
    attribute: String,
    /// The value.
    #[schema(value_type = Object)]
    value: Value,
    /// How often such values were right where they were held out, 0 to 1.
    confidence: f32,
    /// What speaks for it.
    evidence: String,
    /// The attribute whose text it was read from, and the bytes of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    passage: Option<PassageAnswer>,
    /// What found it.
    maker: String,
}

/// A piece of an item's text.
#[derive(Serialize, ToSchema)]
struct PassageAnswer {
    /// The attribute.
    attribute: String,
    /// Its first byte.
    start: u32,
    /// The byte after its last.
    end: u32,
}

/// What was written.
#[derive(Serialize, ToSchema)]
pub(crate) struct EnrichedAnswer {
    /// Values that items did not have.
    added: usize,
    /// Values in the place of others found before.
    changed: usize,
    /// Values taken back.
    taken_back: usize,
    /// Values that were there already.
    unchanged: usize,
    /// Items written.
    items: usize,
}

impl EnrichAnswer {
    /// How far it is; the report is not there yet.
    pub(crate) fn checking(inspection: &Inspection<EnrichmentReport>) -> Self {
        Self { checking: inspection.running.map(CheckingAnswer::from), ..Self::default() }
    }

    /// A report under these options, with the first proposals.
    ///
    /// # Errors
    /// An attribute that nobody knows.
    pub(crate) fn of(
        report: &EnrichmentReport,
        options: &EnrichOptions,
        limit: usize,
        written: Option<Enriched>,
    ) -> engine::Result<Self> {
        let attributes = report.attributes(options)?;
        let chosen = report.chosen(options);
        let report = EnrichReportAnswer {
            items: report.items,
            attributes: attributes.iter().map(EnrichAttributeAnswer::from).collect(),
            total: chosen.len(),
            proposals: chosen.into_iter().take(limit).map(ProposalAnswer::from).collect(),
        };
        Ok(Self { checking: None, report: Some(report), written: written.map(EnrichedAnswer::from) })
    }
}

impl From<&EnrichmentAttribute> for EnrichAttributeAnswer {
    fn from(read: &EnrichmentAttribute) -> Self {
        Self {
            attribute: read.attribute.to_string(),
            missing: read.missing,
            held_out: read.held_out,
            tried: read.tried,
            right: read.right,
            precision: read.precision(),
            proposed: read.proposed,
            refused: read.refused.map(str::to_owned),
        }
    }
}

impl From<&Proposal> for ProposalAnswer {
    fn from(proposal: &Proposal) -> Self {
        Self {
            item: proposal.item.to_string(),
            title: proposal.title.to_string(),
            attribute: proposal.attribute.to_string(),
            value: formats::json::attribute_to_json(&proposal.attribute, &proposal.value),
            confidence: proposal.confidence,
            evidence: proposal.evidence.to_string(),
            passage: proposal.passage.as_ref().map(|passage| PassageAnswer {
                attribute: passage.attribute.to_string(),
                start: passage.start,
                end: passage.end,
            }),
            maker: proposal.maker.to_string(),
        }
    }
}

impl From<Enriched> for EnrichedAnswer {
    fn from(written: Enriched) -> Self {
        Self {
            added: written.added,
            changed: written.changed,
            taken_back: written.taken_back,
            unchanged: written.unchanged,
            items: written.items,
        }
    }
}

/// Items with values that were found for them.
#[derive(Serialize, ToSchema)]
pub(crate) struct FoundValuesPage {
    /// Their ids, titles and found values with where these come from.
    #[schema(value_type = Vec<Object>)]
    items: Vec<Value>,
    /// The `after` of the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl FoundValuesPage {
    /// A page of items that have found values.
    pub(crate) fn of(items: &[Item], limit: usize) -> Self {
        let document = |item: &Item| {
            let mut document = formats::json::item_to_json(item);
            let found = |name: &str| item.provenance.contains_key(name);
            // What the shop itself says is left out, but for the title.
            let values: serde_json::Map<String, Value> = item
                .attributes
                .iter()
                .filter(|(name, _)| found(name))
                .map(|(name, value)| (name.to_string(), formats::json::attribute_to_json(name, value)))
                .collect();
            serde_json::json!({
                "id": item.id.as_str(), "title": item.title(), "values": values,
                "provenance": document["provenance"].take(),
            })
        };
        let next = items.last().filter(|_| items.len() == limit).map(|item| item.id.to_string());
        Self { items: items.iter().map(document).collect(), next }
    }
}

/// Selling points that are looked for in items' texts.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SellingPointsBody {
    /// All of them; none looks for none.
    pub(crate) points: Vec<SellingPointBody>,
}

/// A selling point.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SellingPointBody {
    /// What it is called.
    #[schema(example = "性价比高")]
    name: String,
    /// 3 to 500 phrases that say it.
    #[schema(example = json!(["物美价廉", "价格实惠", "超值划算"]))]
    phrases: Vec<String>,
}

impl SellingPointsBody {
    /// As the engine has them.
    pub(crate) fn read(self) -> Vec<SellingPoint> {
        self.points.into_iter().map(|one| SellingPoint { name: one.name, phrases: one.phrases }).collect()
    }
}

impl From<Vec<SellingPoint>> for SellingPointsBody {
    fn from(points: Vec<SellingPoint>) -> Self {
        let body = |one: SellingPoint| SellingPointBody { name: one.name, phrases: one.phrases };
        Self { points: points.into_iter().map(body).collect() }
    }
}
