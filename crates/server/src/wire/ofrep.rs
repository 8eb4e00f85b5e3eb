use std::sync::Arc;

use engine::{Attributes, Familiarity, Flag, FlagReason};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use types::{Actor, Surface};
use utoipa::ToSchema;

use super::parts;

/// A question of the OpenFeature Remote Evaluation Protocol.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct EvaluationBody {
    /// `targetingKey` names the visitor, as `user` where `actor` does not say `anonymous` or `session`. `surface`,
    /// `language`, `segment` and `visitors` are read for targets; all else is passed over.
    #[schema(value_type = Object, example = json!({"targetingKey": "alice", "surface": "search"}))]
    #[serde(default)]
    pub(crate) context: Value,
}

/// A flag with its value.
#[derive(Serialize, ToSchema)]
pub(crate) struct EvaluationAnswer {
    /// The experiment.
    pub(crate) key: String,
    /// `SPLIT` (assigned to an arm), `DEFAULT` (in no arm) or `DISABLED` (the experiment has ended).
    reason: &'static str,
    /// The arm.
    variant: String,
    /// The arm's value.
    #[schema(value_type = Object)]
    value: Value,
}

/// The flags of all experiments.
#[derive(Serialize, ToSchema)]
pub(crate) struct EvaluationsAnswer {
    /// The flags.
    pub(crate) flags: Vec<EvaluationAnswer>,
}

/// Why a flag has no value, in the protocol's words.
#[derive(Serialize, ToSchema)]
pub(crate) struct EvaluationFailure {
    /// The flag; left out where all were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    /// `PARSE_ERROR`, `TARGETING_KEY_MISSING`, `INVALID_CONTEXT` or `FLAG_NOT_FOUND`.
    #[serde(rename = "errorCode")]
    pub(crate) error_code: &'static str,
    /// A sentence.
    #[serde(rename = "errorDetails")]
    pub(crate) error_details: String,
}

impl From<Flag> for EvaluationAnswer {
    fn from(flag: Flag) -> Self {
        let reason = match flag.reason {
            FlagReason::Split => "SPLIT",
            FlagReason::Default => "DEFAULT",
            FlagReason::Disabled => "DISABLED",
        };
        Self { key: flag.key.to_string(), reason, variant: flag.variant.to_string(), value: flag.value }
    }
}

impl EvaluationBody {
    /// Who asks, and what is known of the request.
    ///
    /// # Errors
    /// The protocol's code and a sentence.
    pub(crate) fn read(&self) -> Result<(Actor, Attributes), (&'static str, String)> {
        let invalid = |why: String| ("INVALID_CONTEXT", why);
        let empty = Map::new();
        let context = match &self.context {
            Value::Object(context) => context,
            Value::Null => &empty,
            other => return Err(invalid(format!("`context` must be an object, got {other}"))),
        };
        let text = |name: &str| match context.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(other) => Err(invalid(format!("`{name}` must be a text, got {other}"))),
        };
        let missing = || ("TARGETING_KEY_MISSING", "name the visitor in `context.targetingKey`".to_owned());
        let key = text("targetingKey")?.filter(|key| !key.is_empty()).ok_or_else(missing)?;
        let named = match text("actor")?.unwrap_or("user") {
            "user" => (Some(key), None, None),
            "anonymous" => (None, Some(key), None),
            "session" => (None, None, Some(key)),
            other => return Err(invalid(format!("`actor` must be user, anonymous or session, got {other}"))),
        };
        let actor = parts::actor(named.0, named.1, named.2).map_err(|error| invalid(error.to_string()))?;
        let unknown = |name: &str, got: &str| invalid(format!("`{name}` does not know {got}"));
        let surface = text("surface")?.map(|name| Surface::from_name(name).ok_or_else(|| unknown("surface", name)));
        let visitors =
            text("visitors")?.map(|name| Familiarity::from_name(name).ok_or_else(|| unknown("visitors", name)));
        let attributes = Attributes {
            surface: surface.transpose()?,
            language: text("language")?.map(Arc::from),
            segment: text("segment")?.map(Arc::from),
            visitors: visitors.transpose()?,
        };
        Ok((actor, attributes))
    }
}
