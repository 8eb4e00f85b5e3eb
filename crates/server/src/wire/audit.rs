use engine::AuditEntry;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// Which changes are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditOptions {
    /// Only changes before this number; the last ones where not said.
    #[param(example = 40)]
    pub(crate) before: Option<u64>,
    /// Changes to return, 1 to 1000; 100 where not said.
    #[param(example = 20)]
    pub(crate) limit: Option<usize>,
}

/// Changes of what a shop decides.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditAnswer {
    /// The newest first; the last thousand are remembered.
    pub(crate) changes: Vec<ChangeAnswer>,
}

/// A change, and who made it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangeAnswer {
    /// Its number, counted from 1 in every shop.
    id: u64,
    /// When, in milliseconds since 1970.
    time_ms: i64,
    /// The key that did it; absent where keys are not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<KeyNamed>,
    /// Kind of thing that was changed: `curation`, `settings`, `synonyms`, `key`, or the part of the API it was done with.
    #[schema(example = "curation")]
    kind: String,
    /// Which one of the kind.
    #[schema(example = "winter")]
    what: String,
    /// What was done: `saved`, `published`, `withdrawn`, `created`, `changed`, `deleted`, `undone` or `done`.
    #[schema(example = "published")]
    action: String,
    /// How it was; absent where it was not, or is not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    before: Option<Value>,
    /// How it is since.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    after: Option<Value>,
    /// Whether it can be taken back, unless it was changed again since.
    can_undo: bool,
}

/// A key that did something; it may be gone by now.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeyNamed {
    /// Its id.
    key: String,
    /// Its name then.
    name: String,
}

impl From<AuditEntry> for ChangeAnswer {
    fn from(entry: AuditEntry) -> Self {
        let can_undo = crate::audit::can_undo(&entry);
        let states = entry.states.unwrap_or_default();
        Self {
            id: entry.number,
            time_ms: entry.time.0,
            by: entry.key.map(|(key, name)| KeyNamed { key, name }),
            kind: entry.kind,
            what: entry.what,
            action: entry.action,
            before: states.before,
            after: states.after,
            can_undo,
        }
    }
}
