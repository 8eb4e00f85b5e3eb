use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use types::{
    AttributeSettings, FieldError, Filter, Fusion, InteractionKind, ItemId, Lexical, Objectives, ReadingStep,
    RequestRule, Rereading, Settings, Tunable, ValueKind, ValueWeights, check_name, well_known_kind,
};

use super::attribute::{list_of, short_number_to_json};
use super::event::{kind_from_text, kind_to_text};
use super::fields::{Fields, boolean, each, number_within, object, text, too_many, whole_within, wrong_type};
use super::reranking::{reranking_from_json, reranking_to_json};

const SETTINGS_FIELDS: [&str; 23] = [
    "attributes",
    "encoders",
    "pictures",
    "reviews_model",
    "tagger",
    "encoded",
    "weights",
    "rules",
    "cutoff",
    "typed",
    "lexical",
    "fusion",
    "diversity",
    "reranking",
    "objectives",
    "value_weights",
    "online_learning",
    "takeover_minutes",
    "cross_encoder",
    "understanding_off",
    "log_impressions",
    "audit_groups",
    "retention_days",
];
/// Most attributes a shop may declare, and most rules it may set.
const ENTRIES_MAX: usize = 10_000;
const ENCODERS_MAX: usize = 8;
/// Minutes of a week.
const WEEK_MINUTES: f64 = 10_080.0;

/// Reads a shop's settings; what is not named keeps its default.
///
/// # Errors
/// A [`FieldError`] with the path of the value.
pub fn settings_from_json(document: &Value) -> Result<Settings, FieldError> {
    let fields = Fields::new(document, "settings", &SETTINGS_FIELDS)?;
    let default = Settings::default();
    let share = |value: &Value| number_within(value, 0.0, 1.0).map(|share| share as f32);
    Ok(Settings {
        attributes: fields.read("attributes", attributes)?.unwrap_or(default.attributes),
        encoders: fields.read("encoders", encoders)?.unwrap_or(default.encoders),
        pictures: match fields.given("pictures") {
            Some(Value::Null) => None,
            _ => fields.read("pictures", model)?.or(default.pictures),
        },
        reviews_model: fields.read("reviews_model", model)?,
        tagger: fields.read("tagger", model)?,
        encoded: fields.read("encoded", encoded)?.unwrap_or(default.encoded),
        weights: fields.read("weights", weights)?.unwrap_or(default.weights),
        rules: fields.read("rules", rules)?.unwrap_or(default.rules),
        cutoff: fields.read("cutoff", share)?.unwrap_or(default.cutoff),
        typed: fields.read("typed", boolean)?.unwrap_or(default.typed),
        lexical: fields.read("lexical", |value| tuned(value, Lexical::TUNABLES))?.unwrap_or(default.lexical),
        fusion: fields.read("fusion", |value| tuned(value, Fusion::TUNABLES))?.unwrap_or(default.fusion),
        diversity: fields.read("diversity", share)?.unwrap_or(default.diversity),
        reranking: fields.read("reranking", reranking_from_json)?.unwrap_or(default.reranking),
        objectives: fields.read("objectives", objectives_from_json)?.unwrap_or(default.objectives),
        value_weights: fields
            .read("value_weights", |value| tuned(value, ValueWeights::TUNABLES))?
            .unwrap_or(default.value_weights),
        online_learning: fields.read("online_learning", share)?.unwrap_or(default.online_learning),
        takeover_minutes: fields
            .read("takeover_minutes", |value| number_within(value, 0.0, WEEK_MINUTES))?
            .map_or(default.takeover_minutes, |minutes| minutes as f32),
        cross_encoder: fields.read("cross_encoder", rereading)?,
        understanding_off: fields.read("understanding_off", steps)?.unwrap_or(default.understanding_off),
        log_impressions: fields.read("log_impressions", boolean)?.unwrap_or(default.log_impressions),
        audit_groups: fields.read("audit_groups", boolean)?.unwrap_or(default.audit_groups),
        retention_days: fields.read("retention_days", |days| whole_within(days, 1, 36_500))?,
    })
}

/// Writes settings, whole; [`settings_from_json`] reads the same back.
pub fn settings_to_json(settings: &Settings) -> Value {
    let attributes: Map<String, Value> = settings.attributes.iter().map(attribute_to_json).collect();
    let weights: Map<String, Value> =
        settings.weights.iter().map(|(kind, weight)| (kind_to_text(kind), short_number_to_json(*weight))).collect();
    json!({
        "attributes": attributes,
        "encoders": list_of(&settings.encoders),
        "pictures": settings.pictures.as_deref(),
        "reviews_model": settings.reviews_model.as_deref(),
        "tagger": settings.tagger.as_deref(),
        "encoded": list_of(&settings.encoded),
        "weights": weights,
        "rules": settings.rules.iter().map(rule_to_json).collect::<Vec<_>>(),
        "cutoff": short_number_to_json(settings.cutoff),
        "typed": settings.typed,
        "lexical": tuned_to_json(&settings.lexical, Lexical::TUNABLES),
        "fusion": tuned_to_json(&settings.fusion, Fusion::TUNABLES),
        "diversity": short_number_to_json(settings.diversity),
        "reranking": reranking_to_json(&settings.reranking),
        "objectives": tuned_to_json(&settings.objectives, Objectives::TUNABLES),
        "value_weights": tuned_to_json(&settings.value_weights, ValueWeights::TUNABLES),
        "online_learning": short_number_to_json(settings.online_learning),
        "takeover_minutes": short_number_to_json(settings.takeover_minutes),
        "cross_encoder": settings.cross_encoder.as_ref().map(rereading_to_json),
        "understanding_off": settings.understanding_off.iter().map(|step| step.name()).collect::<Vec<_>>(),
        "log_impressions": settings.log_impressions,
        "audit_groups": settings.audit_groups,
        "retention_days": settings.retention_days,
    })
}

/// Reads what counts beside relevance: `{"purchase": 0.1, "margin": 0.2, "novelty": 0.1}`.
///
/// # Errors
/// A [`FieldError`] about a number out of 0 to 1, or about numbers that are more than 1 together.
pub fn objectives_from_json(value: &Value) -> Result<Objectives, FieldError> {
    let objectives = tuned(value, Objectives::TUNABLES)?;
    let total = objectives.total();
    if total > 1.0 + 1e-6 {
        let expected = "at most 1 together: relevance has the rest";
        return Err(FieldError::new("number_out_of_range", "", expected, total.to_string()));
    }
    Ok(objectives)
}

/// Reads a filter given as text.
///
/// # Errors
/// A [`FieldError`] with code `filter_syntax` (or `type_mismatch`) and an empty field.
pub fn filter_from_json(value: &Value) -> Result<Filter, FieldError> {
    let expression = text(value)?;
    Filter::parse(expression).map_err(|error| FieldError { field: String::new(), ..FieldError::from(error) })
}

/// Reads a pin, boost, bury or hide: `{"pin": {"item": "B00", "position": 1}}`,
/// `{"boost": {"filter": "brand = Sony", "factor": 1.5}}`, `{"bury": {"filter": "…"}}`, `{"hide": {"filter": "…"}}`.
///
/// # Errors
/// A [`FieldError`] with the path inside the rule.
pub fn rule_from_json(value: &Value) -> Result<RequestRule, FieldError> {
    const EXPECTED: &str = "an object with one of pin, boost, bury, hide";
    let Some((name, inner)) = value.as_object().filter(|map| map.len() == 1).and_then(|map| map.iter().next()) else {
        return Err(wrong_type(EXPECTED, value));
    };
    let rule = match name.as_str() {
        "pin" => pin(inner),
        "boost" => boost(inner),
        "bury" => condition(inner).map(|filter| RequestRule::Bury { filter }),
        "hide" => condition(inner).map(|filter| RequestRule::Hide { filter }),
        _ => return Err(FieldError::new("rule_unknown", "", EXPECTED, name)),
    };
    rule.map_err(|error| error.within(name))
}

/// Writes a pin, boost, bury or hide.
pub fn rule_to_json(rule: &RequestRule) -> Value {
    match rule {
        RequestRule::Pin { item, position } => json!({ "pin": { "item": item.as_str(), "position": position } }),
        RequestRule::Boost { filter, factor } => {
            json!({ "boost": { "filter": filter.to_string(), "factor": short_number_to_json(*factor) } })
        }
        RequestRule::Bury { filter } => json!({ "bury": { "filter": filter.to_string() } }),
        RequestRule::Hide { filter } => json!({ "hide": { "filter": filter.to_string() } }),
    }
}

/// Reads names of steps of understanding.
///
/// # Errors
/// A [`FieldError`] with the place of the name that is none.
pub fn steps_from_json(value: &Value) -> Result<Vec<ReadingStep>, FieldError> {
    steps(value)
}

fn steps(value: &Value) -> Result<Vec<ReadingStep>, FieldError> {
    each(value, ReadingStep::ALL.len(), |name| {
        let name = text(name)?;
        ReadingStep::from_name(name).ok_or_else(|| {
            let known: Vec<&str> = ReadingStep::ALL.iter().map(|step| step.name()).collect();
            FieldError::new("step_unknown", "", format!("one of {}", known.join(", ")), name)
        })
    })
}

/// Numbers by name; what is not named keeps its default.
fn tuned<S: Default>(value: &Value, tunables: &[Tunable<S>]) -> Result<S, FieldError> {
    let names: Vec<&str> = tunables.iter().map(|tunable| tunable.name).collect();
    let fields = Fields::new(value, "numbers by name", &names)?;
    let mut tuned = S::default();
    for Tunable { name, least, most, set, .. } in tunables {
        let within = |value: &Value| number_within(value, f64::from(*least), f64::from(*most));
        if let Some(number) = fields.read(name, within)? {
            set(&mut tuned, number as f32);
        }
    }
    Ok(tuned)
}

fn tuned_to_json<S>(tuned: &S, tunables: &[Tunable<S>]) -> Value {
    tunables.iter().map(|tunable| (tunable.name.to_owned(), short_number_to_json((tunable.get)(tuned)))).collect()
}

fn pin(value: &Value) -> Result<RequestRule, FieldError> {
    let fields = Fields::new(value, "a pin", &["item", "position"])?;
    fields.required("position", "a place from 1")?;
    let position = fields.read("position", |place| whole_within(place, 1, 1000))?.unwrap_or(1);
    Ok(RequestRule::Pin { item: fields.required_id("item", ItemId::new)?, position })
}

fn boost(value: &Value) -> Result<RequestRule, FieldError> {
    let fields = Fields::new(value, "a boost", &["filter", "factor"])?;
    fields.required("factor", "a factor above 0")?;
    let factor = fields.read("factor", |factor| number_within(factor, 1e-6, 1e6))?.unwrap_or(1.0) as f32;
    Ok(RequestRule::Boost { filter: required_filter(fields)?, factor })
}

fn condition(value: &Value) -> Result<Filter, FieldError> {
    required_filter(Fields::new(value, "a condition", &["filter"])?)
}

fn required_filter(fields: Fields<'_>) -> Result<Filter, FieldError> {
    let filter = fields.required("filter", "a filter such as \"brand = Sony\"")?;
    filter_from_json(filter).map_err(|error| error.within("filter"))
}

fn rules(value: &Value) -> Result<Vec<RequestRule>, FieldError> {
    each(value, ENTRIES_MAX, rule_from_json)
}

fn attributes(value: &Value) -> Result<BTreeMap<Arc<str>, AttributeSettings>, FieldError> {
    let declared = object(value, "attributes by name")?;
    if declared.len() > ENTRIES_MAX {
        return Err(too_many(declared.len(), ENTRIES_MAX));
    }
    let mut attributes = BTreeMap::new();
    for (name, treatment) in declared {
        let read = check_name(name)
            .map_err(|error| FieldError { field: String::new(), ..error })
            .and_then(|()| attribute(name, treatment));
        attributes.insert(Arc::from(name.as_str()), read.map_err(|error| error.within(name))?);
    }
    Ok(attributes)
}

fn attribute(name: &str, value: &Value) -> Result<AttributeSettings, FieldError> {
    let fields = Fields::new(value, "a type and a weight", &["type", "weight"])?;
    let names = || ValueKind::ALL.map(ValueKind::name).join(", ");
    let kind = fields.read("type", |kind| {
        let found = text(kind)?;
        ValueKind::from_name(found)
            .ok_or_else(|| FieldError::new("type_unknown", "", format!("one of {}", names()), found))
    })?;
    let fixed = well_known_kind(name);
    let kind = match (kind, fixed) {
        (Some(kind), Some(fixed)) if kind != fixed => {
            let expected = format!("{}, the type that `{name}` always has", fixed.name());
            return Err(FieldError::new("type_mismatch", "type", expected, kind.name()));
        }
        (Some(kind), _) | (None, Some(kind)) => kind,
        (None, None) => return Err(FieldError::new("field_missing", "type", format!("one of {}", names()), "nothing")),
    };
    let mut settings = AttributeSettings::default_for(name, kind);
    if let Some(weight) = fields.read("weight", |weight| number_within(weight, 0.0, 1000.0))? {
        settings.weight = weight as f32;
    }
    Ok(settings)
}

fn attribute_to_json((name, settings): (&Arc<str>, &AttributeSettings)) -> (String, Value) {
    let weight = short_number_to_json(settings.weight);
    (name.to_string(), json!({ "type": settings.kind.name(), "weight": weight }))
}

fn encoders(value: &Value) -> Result<Vec<Arc<str>>, FieldError> {
    names(value, ENCODERS_MAX, |_| Ok(()))
}

fn encoded(value: &Value) -> Result<Vec<Arc<str>>, FieldError> {
    names(value, ENTRIES_MAX, check_name)
}

fn names(
    value: &Value,
    most: usize,
    check: impl Fn(&str) -> Result<(), FieldError>,
) -> Result<Vec<Arc<str>>, FieldError> {
    each(value, most, |value| {
        check(text(value)?).map_err(|error| FieldError { field: String::new(), ..error })?;
        model(value)
    })
}

/// The name of a model or attribute.
fn model(value: &Value) -> Result<Arc<str>, FieldError> {
    let name = text(value)?;
    let is_name = !name.is_empty() && name.len() <= 128 && !name.chars().any(char::is_control);
    is_name
        .then(|| Arc::from(name))
        .ok_or_else(|| FieldError::new("name_invalid", "", "a name of 1 to 128 bytes", name))
}

/// Reads how the best results are read once more: `{"model": "ours", "top": 10, "budget_ms": 50, "weight": 0.5}`, of which
/// only the model must be named.
fn rereading(value: &Value) -> Result<Rereading, FieldError> {
    let fields = Fields::new(value, "a cross-encoder", &["model", "top", "budget_ms", "weight"])?;
    fields.required("model", "a cross-encoder's name")?;
    Ok(Rereading {
        model: fields.read("model", model)?.unwrap_or_default(),
        top: fields.read("top", |top| whole_within(top, 2, 100))?.unwrap_or(10),
        budget_ms: fields.read("budget_ms", |budget| whole_within(budget, 1, 10_000))?.unwrap_or(50),
        weight: fields.read("weight", |weight| number_within(weight, 0.0, 1.0))?.unwrap_or(0.5) as f32,
    })
}

fn rereading_to_json(rereading: &Rereading) -> Value {
    let Rereading { model, top, budget_ms, weight } = rereading;
    json!({ "model": &**model, "top": top, "budget_ms": budget_ms, "weight": short_number_to_json(*weight) })
}

fn weights(value: &Value) -> Result<BTreeMap<InteractionKind, f32>, FieldError> {
    let by_kind = object(value, "weights by kind of interaction")?;
    if by_kind.len() > ENTRIES_MAX {
        return Err(too_many(by_kind.len(), ENTRIES_MAX));
    }
    let mut weights = BTreeMap::new();
    for (name, weight) in by_kind {
        let kind = kind_from_text(name).ok_or_else(|| {
            let known = InteractionKind::BUILT_IN;
            let known: Vec<&str> = known.iter().map(InteractionKind::name).collect();
            let expected = format!("one of {}, or `custom:` and a name", known.join(", "));
            FieldError::new("event_type_unknown", name.chars().take(80).collect::<String>(), expected, name)
        })?;
        let weight = number_within(weight, -1000.0, 1000.0).map_err(|error| error.within(name))?;
        weights.insert(kind, weight as f32);
    }
    Ok(weights)
}
