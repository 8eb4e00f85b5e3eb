//! Who changed what: every change of what a shop decides is written down with the key that did it, and can be taken back where
//! its states are known.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use engine::{AuditEntry, KeptCuration, Shop, States};
use serde_json::Value;
use types::Millis;

use crate::app::App;
use crate::auth::Pass;
use crate::error::{ApiError, ApiResult};
use crate::routes::understanding;

/// A change that somebody is about to make.
#[derive(Clone)]
pub(crate) struct Deed {
    key: Option<(String, String)>,
    kind: &'static str,
    pub(crate) what: String,
    action: &'static str,
}

impl Pass {
    /// Something that its key does.
    pub(crate) fn deed(&self, kind: &'static str, what: &str, action: &'static str) -> Deed {
        Deed { key: self.key().map(|key| (key.id.clone(), key.name.clone())), kind, what: what.to_owned(), action }
    }
}

impl Deed {
    /// Writes it down once it is done; `states`: how the thing was and is, where it may be put back.
    pub(crate) fn write(self, shop: &Shop, states: Option<States>, now: Millis) -> ApiResult<AuditEntry> {
        let entry = AuditEntry {
            number: 0,
            time: now,
            key: self.key,
            kind: self.kind.to_owned(),
            what: self.what,
            action: self.action.to_owned(),
            states,
        };
        tracing::info!(kind = entry.kind, what = entry.what, action = entry.action, by = ?entry.key, "changed");
        Ok(shop.write_audit(entry)?)
    }
}

/// A kind of thing that can be put back as it was.
struct Restored {
    kind: &'static str,
    /// The state of now.
    now: fn(&Shop, &str) -> Option<Value>,
    /// Puts a state in force.
    put: fn(&Shop, &str, Option<&Value>, Millis) -> ApiResult<()>,
}

/// Every kind that can be put back.
const RESTORED: [Restored; 3] = [
    Restored {
        kind: "curation",
        now: |shop, id| shop.curations().iter().find(|kept| *kept.id == *id).map(KeptCuration::to_json),
        put: |shop, id, state, now| {
            let kept = state.map(|state| KeptCuration::from_json(id, state, now)).transpose()?;
            shop.change_curation(id, |_| Ok::<_, ApiError>(kept)).map(drop)
        },
    },
    Restored {
        kind: "settings",
        now: |shop, _| Some(formats::json::settings_to_json(&shop.settings())),
        put: |shop, _, state, _| {
            let settings = formats::json::settings_from_json(state.unwrap_or(&Value::Null))?;
            shop.set_settings(settings).map_err(ApiError::in_settings)
        },
    },
    Restored {
        kind: "synonyms",
        now: |shop, _| Some(understanding::synonyms_document(shop)),
        put: |shop, _, state, _| understanding::put_synonyms(shop, state.unwrap_or(&Value::Null)),
    },
];

/// Whether a change can be taken back as far as is known without trying.
pub(crate) fn can_undo(entry: &AuditEntry) -> bool {
    entry.states.is_some() && RESTORED.iter().any(|restored| restored.kind == entry.kind)
}

/// Takes a change back: what it was about is again as it was before. Refused where it was changed again since.
pub(crate) fn undo(shop: &Shop, number: u64, pass: &Pass, now: Millis) -> ApiResult<AuditEntry> {
    let found = shop.audit(Some(number.saturating_add(1)), 1)?.into_iter().find(|entry| entry.number == number);
    let entry = found.ok_or_else(|| ApiError::unknown("unknown_change", "no change of this number is remembered"))?;
    let restored = RESTORED.iter().find(|restored| restored.kind == entry.kind);
    let (Some(restored), Some(states)) = (restored, &entry.states) else {
        return Err(ApiError::conflict("change_final", "what was before this change is not known any more"));
    };
    let present = (restored.now)(shop, &entry.what);
    if present != states.after {
        let message = "it was changed again since: take the later changes back first";
        return Err(ApiError::conflict("changed_since", message));
    }
    (restored.put)(shop, &entry.what, states.before.as_ref(), now)?;
    let undone = States { before: present, after: (restored.now)(shop, &entry.what) };
    pass.deed(restored.kind, &entry.what, "undone").write(shop, Some(undone), now)
}

/// Parts of the API that are written down by what was asked of them, since nothing of them can be put back from here.
const WRITTEN: [&str; 12] = [
    "duplicates",
    "enrich",
    "experiments",
    "exploration",
    "intents",
    "policies",
    "rankers",
    "recommenders",
    "selling-points",
    "strategies",
    "users",
    // Proposals alone: of all others the states are known.
    "synonyms",
];

/// Writes down what was asked of the parts of the API above, once it is done.
pub(crate) async fn write_down(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let deed = (request.method() != Method::GET).then(|| asked(&app, &request)).flatten();
    let response = next.run(request).await;
    if let Some((shop, deed)) = deed.filter(|_| response.status().is_success()) {
        let now = app.clock.now();
        let written = app.tasks.run(move || deed.write(&shop, None, now)).await;
        if let Err(error) = written {
            tracing::error!(error = error.told(), "a change could not be written down");
        }
    }
    response
}

/// The shop and the deed of a request that is to be written down.
fn asked(app: &App, request: &Request) -> Option<(Arc<Shop>, Deed)> {
    let action = match *request.method() {
        Method::PUT => "saved",
        Method::PATCH => "changed",
        Method::DELETE => "deleted",
        _ => "done",
    };
    let mut parts = request.uri().path().splitn(4, '/').skip(1);
    let (version, shop, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let (shop, kind, what) = match version {
        "v1" if rest != "synonyms" => {
            let part = rest.split('/').next().unwrap_or(rest);
            let kind = WRITTEN.iter().find(|kind| **kind == part)?;
            // Whose events were erased must not be remembered.
            let what = if part == "users" { part } else { rest };
            (app.engine.shop(shop).ok()?, *kind, what)
        }
        "1" if shop == "indexes" => {
            let (index, rest) = rest.split_once('/')?;
            let is_kept = ["settings", "synonyms", "rules"].iter().any(|kept| rest.starts_with(kept));
            let is_asked = !is_kept || rest.ends_with("/search");
            if is_asked {
                return None;
            }
            (app.indices.resolve(&app.engine, index).ok()?.shop, "storefront", rest)
        }
        _ => return None,
    };
    let key = app.key_of(request.headers(), request.uri().query());
    let key = key.map(|key| (key.id.clone(), key.name.clone()));
    Some((shop, Deed { key, kind, what: what.to_owned(), action }))
}
