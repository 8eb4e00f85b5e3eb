//! Events as storefronts' event library sends them.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::Shop;
use formats::conventions::{self, Translator};
use formats::{Mapping, Target};
use serde_json::{Value, json};
use types::{EventBody, UserId};

use super::access::Caller;
use super::error::{Answer, Refused};
use crate::app::App;
use crate::keys::Scope;
use crate::routes::events::{append_events, new_event_id};

/// Events of one call, at most.
const EVENTS_MAX: usize = 1000;
/// Characters of an event's name, at most.
const NAME_MAX: usize = 64;

/// The name of an answer as storefronts read it: 32 hexadecimal digits, of which 12 are its time and 20 its number.
pub(crate) fn query_id_out(native: &str) -> String {
    let mut parts = native.split('-').map(|part| u128::from_str_radix(part, 16).unwrap_or(0));
    let (time, count) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    format!("{:012x}{:020x}", time & 0xFFFF_FFFF_FFFF, count)
}

/// The native name of an answer; what is none of ours stays as it is, and joins nothing.
fn query_id_in(told: &str) -> Option<String> {
    let (time, count) = told.split_at_checked(12).filter(|_| told.len() == 32)?;
    let read = |text: &str| u128::from_str_radix(text, 16).ok();
    Some(format!("{:x}-{:x}-0", read(time)?, read(count)?))
}

/// Takes a call's events: all or none, each to the shop of its index.
pub(crate) async fn push(app: &Arc<App>, caller: &Caller, body: &Value) -> Answer<Value> {
    let events = body["events"].as_array().ok_or_else(|| Refused::bad("events: expected an array"))?;
    if events.len() > EVENTS_MAX {
        return Err(Refused::bad(format!("events: at most {EVENTS_MAX} in one call, got {}", events.len())));
    }
    let mut by_index: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (at, event) in events.iter().enumerate() {
        // The widgets tell how they are used, their keys included: nobody's business.
        if event["eventType"] == "instantsearch" {
            continue;
        }
        check(event).map_err(|message| Refused::bad(format!("events[{at}]: {message}")))?;
        let index = event["index"].as_str().unwrap_or_default();
        caller.needs(Scope::Search, index)?;
        by_index.entry(index.to_owned()).or_default().push(native_ids(event.clone()));
    }
    let mut read = Vec::new();
    for (index, events) in by_index {
        let index = app.indices.resolve(&app.engine, &index)?;
        caller.opens(index.shop.id().as_str())?;
        read.push((Arc::clone(&index.shop), translated(app, &index.shop, &events)?));
    }
    for (shop, events) in read {
        append_events(app, &shop, events).await?;
    }
    Ok(json!({ "status": 200, "message": "OK" }))
}

fn translated(app: &App, shop: &Shop, events: &[Value]) -> Answer<Vec<types::Event>> {
    let translator = Translator::new(conventions::convention("insights")?, Mapping::new(Target::Events));
    let told = translator.read(&json!({ "events": events }), Some(&shop.settings()), app.clock.now());
    match told.refused.into_iter().next() {
        Some(error) => Err(error.into()),
        None => Ok(told.events),
    }
}

/// What an event must have.
fn check(event: &Value) -> Result<(), String> {
    let text = |name: &str| event[name].as_str().unwrap_or_default();
    let kind = text("eventType");
    if !["view", "click", "conversion"].contains(&kind) {
        return Err(format!("eventType: expected view, click or conversion, got {}", event["eventType"]));
    }
    let name = text("eventName");
    if name.is_empty() || name.chars().count() > NAME_MAX {
        return Err(format!("eventName: expected 1 to {NAME_MAX} characters"));
    }
    if text("index").is_empty() {
        return Err("index is missing".to_owned());
    }
    let token = event
        .get("userToken")
        .map_or(String::new(), |token| token.as_str().map_or_else(|| token.to_string(), str::to_owned));
    if token.is_empty() || token.len() > 129 {
        return Err("userToken: expected 1 to 129 characters".to_owned());
    }
    let lists = ["objectIDs", "filters"].map(|name| event[name].as_array().filter(|list| !list.is_empty()));
    if lists.iter().all(Option::is_none) {
        return Err("one of objectIDs and filters is needed".to_owned());
    }
    if let (Some(ids), Some(positions)) = (lists[0], event["positions"].as_array())
        && positions.len() != ids.len()
    {
        return Err(format!("positions: expected {}, as many as objectIDs, got {}", ids.len(), positions.len()));
    }
    Ok(())
}

/// The event with the names of answers as the log has them.
fn native_ids(mut event: Value) -> Value {
    let mend = |id: &mut Value| {
        if let Some(native) = id.as_str().and_then(query_id_in) {
            *id = Value::from(native);
        }
    };
    if let Some(id) = event.get_mut("queryID") {
        mend(id);
    }
    for line in event.get_mut("objectData").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(id) = line.get_mut("queryID") {
            mend(id);
        }
    }
    event
}

/// Forgets a shopper in every shop that the caller's key opens.
pub(crate) async fn forget(app: &Arc<App>, caller: &Caller, token: &str) -> Answer<Value> {
    let user = UserId::new(token)?;
    for id in app.engine.shops() {
        if caller.opens(id.as_str()).is_ok() {
            let shop = app.shop(&id)?;
            let event =
                types::Event { id: new_event_id(), time: app.clock.now(), body: EventBody::UserErased(user.clone()) };
            append_events(app, &shop, vec![event]).await?;
        }
    }
    Ok(json!({ "status": 200, "message": "OK" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_answers_come_back_as_they_went() {
        let told = query_id_out("19a4c3b2d10-2a-0");
        assert_eq!((told.len(), told.as_str()), (32, "019a4c3b2d100000000000000000002a"));
        assert_eq!(query_id_in(&told).unwrap(), "19a4c3b2d10-2a-0");
        assert_eq!(query_id_in("not one"), None);
    }
}
