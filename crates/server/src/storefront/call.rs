//! A call of the protocol: let in, read, and done on a thread of its kind.

use std::sync::Arc;

use axum::extract::{FromRequest, Request as HttpRequest};
use serde_json::{Map, Value, json};
use types::{Item, Millis};

use super::access::Caller;
use super::error::{Answer, Refused};
use super::index::Resolved;
use super::params::Params;
use super::record::record_of;
use super::writing::Writer;
use super::{keys, params};
use crate::app::App;
use crate::body::Payload;
use crate::keys::Scope;

/// Searches of one call at most.
const SEARCHES_MAX: usize = 100;
/// Setting of the attributes that are not shown to shoppers.
const HIDDEN: &str = "unretrievableAttributes";

/// A call that was let in, with its body and what stands in its address.
pub(super) struct Call {
    pub(super) app: Arc<App>,
    pub(super) caller: Caller,
    pub(super) body: Value,
    pub(super) address: Map<String, Value>,
    pub(super) now: Millis,
}

impl FromRequest<Arc<App>> for Call {
    type Rejection = Refused;

    async fn from_request(request: HttpRequest, app: &Arc<App>) -> Answer<Self> {
        let (parts, body) = request.into_parts();
        let caller = app.admit_storefront(&parts)?;
        let limits = &app.config.limits;
        let body = match Payload::untyped(&parts.headers, body, limits, limits.batch_bytes).await {
            Ok(payload) if payload.is_heavy() => app.tasks.run(move || payload.any()).await?.value,
            Ok(payload) => payload.any()?,
            Err(error) if error.code == "body_missing" => Value::Null,
            Err(error) => return Err(error.into()),
        };
        caller.may(&keys::actions_of(&parts.method, parts.uri.path(), &body))?;
        let address = params::from_address(parts.uri.query().unwrap_or_default());
        Ok(Self { now: app.clock.now(), app: Arc::clone(app), caller, body, address })
    }
}

impl Call {
    /// The members of the body; none where there is none.
    pub(super) fn members(&self) -> Answer<Map<String, Value>> {
        match &self.body {
            Value::Object(members) => Ok(members.clone()),
            Value::Null => Ok(Map::new()),
            _ => Err(Refused::bad("expected an object as the body")),
        }
    }

    /// An index that the caller may search.
    pub(super) fn index(&self, name: &str) -> Answer<Resolved> {
        self.caller.needs(Scope::Search, name)?;
        let index = self.app.indices.resolve(&self.app.engine, name)?;
        self.caller.opens(index.shop.id().as_str())?;
        self.app.saw(index.shop.id().as_str());
        Ok(Resolved { hits_max: self.caller.hits_max(), ..index })
    }

    /// The parameters of a request, with what the key says of every search.
    pub(super) fn params(&self, request: &Map<String, Value>) -> Map<String, Value> {
        let mut params = Params::read(request);
        // Which attributes are not shown is the index's to say.
        params.remove(HIDDEN);
        self.caller.restrict(&mut params);
        params
    }

    /// A record of an index as the caller may see it.
    pub(super) fn record(&self, index: &Resolved, item: &Item) -> Map<String, Value> {
        let mut record = record_of(item);
        if !self.caller.sees_hidden() {
            let hidden = index.settings.get(HIDDEN).and_then(params::texts).unwrap_or_default();
            hidden.iter().for_each(|name| drop(record.remove(name)));
        }
        record
    }

    /// What a call asks several times over.
    pub(super) fn requests(&self) -> Answer<&[Value]> {
        let requests = self.body.get("requests").and_then(Value::as_array);
        let requests = requests.ok_or_else(|| Refused::bad("requests: expected an array"))?;
        if requests.len() > SEARCHES_MAX {
            return Err(Refused::bad(format!("requests: at most {SEARCHES_MAX}, got {}", requests.len())));
        }
        Ok(requests)
    }

    /// Does what answers a shopper, on a thread of its own.
    pub(super) async fn answers<T: Send + 'static>(
        self,
        work: impl FnOnce(&Self) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let app = Arc::clone(&self.app);
        app.answers.run(move || Ok(work(&self))).await?.value
    }

    /// Does what changes an index, on a thread of its own.
    pub(super) async fn writes<T: Send + 'static>(
        self,
        index: String,
        work: impl FnOnce(&Self, &Writer<'_>) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        self.caller.needs(Scope::Write, &index)?;
        let app = Arc::clone(&self.app);
        app.tasks.run(move || Ok(work(&self, &Writer::new(&self.app.engine, &self.app.indices, &index)))).await?.value
    }

    /// What is told of what was written: it is in force already.
    pub(super) fn task(&self) -> Value {
        json!({ "taskID": self.app.indices.task(), "updatedAt": time(self.now) })
    }

    /// What is told of what was removed.
    pub(super) fn deleted(&self) -> Value {
        let mut told = self.task();
        told["deletedAt"] = told["updatedAt"].clone();
        told
    }
}

/// A moment as the protocol writes it.
pub(super) fn time(time: Millis) -> Value {
    formats::json::time_to_json(time)
}
