//! What shoppers ask: searches, facet values, recommendations, the chat widget's stream.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::extract::Params as Parts;
use crate::storefront::call::Call;
use crate::storefront::error::{Answer, Refused};
use crate::storefront::search::Asked;
use crate::storefront::told::Found;
use crate::storefront::{chat, recommend};

/// The routes of searches.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/1/indexes/{index}/queries", post(searches))
        .route("/1/indexes/{index}/query", post(search_one).get(search_by_address))
        .route("/1/indexes/{index}/facets/{facet}/query", post(facet_values))
        .route("/1/indexes/{index}/recommendations", post(recommendations))
        .route("/agent-studio/1/agents/{agent}/completions", post(completions))
}

fn asked(call: &Call, index: &str, request: &Map<String, Value>) -> Answer<Asked> {
    Asked::read(call.index(index)?, call.params(request), call.now)
}

async fn searches(call: Call) -> Answer<Json<Results<Told>>> {
    let answers = call.answers(|call| {
        let requests = call.requests()?;
        let until_enough = call.body.get("strategy").is_some_and(|strategy| strategy == "stopIfEnoughMatches");
        let (mut results, mut enough) = (Vec::with_capacity(requests.len()), false);
        for (at, request) in requests.iter().enumerate() {
            let request = request.as_object().ok_or_else(|| Refused::bad(format!("requests[{at}]: expected an object")))?;
            let index = request.get("indexName").and_then(Value::as_str);
            let index = index.ok_or_else(|| Refused::bad(format!("requests[{at}].indexName is missing")))?;
            let result = if enough {
                Told::Other(json!({ "hits": [], "nbHits": 0, "page": 0, "nbPages": 0, "hitsPerPage": 0, "index": index, "processed": false }))
            } else if request.get("type").is_some_and(|kind| kind == "facet") {
                let facet = request.get("facet").and_then(Value::as_str).unwrap_or_default();
                let mut values = Asked::facet_values(call.index(index)?, facet, &call.params(request), call.now)?;
                values["index"] = Value::from(index);
                Told::Other(values)
            } else {
                let found = asked(call, index, request)?.answer()?;
                enough |= until_enough && found.count("nbHits") >= found.count("hitsPerPage").max(1);
                Told::Found(Box::new(found))
            };
            results.push(result);
        }
        Ok(results)
    });
    Ok(Json(Results { results: answers.await? }))
}

/// Answers of several requests.
#[derive(Serialize)]
struct Results<T> {
    results: Vec<T>,
}

/// The answer to one of several requests.
#[derive(Serialize)]
#[serde(untagged)]
enum Told {
    Found(Box<Found>),
    Other(Value),
}

async fn search_one(Parts(index): Parts<String>, call: Call) -> Answer<Json<Found>> {
    let answer = call.answers(move |call| asked(call, &index, &call.members()?)?.answer());
    Ok(Json(answer.await?))
}

pub(super) async fn search_by_address(Parts(index): Parts<String>, call: Call) -> Answer<Json<Found>> {
    let answer = call.answers(move |call| {
        let mut address = call.address.clone();
        address.retain(|name, _| !name.to_ascii_lowercase().starts_with("x-algolia-"));
        asked(call, &index, &address)?.answer()
    });
    Ok(Json(answer.await?))
}

async fn facet_values(Parts((index, facet)): Parts<(String, String)>, call: Call) -> Answer<Json<Value>> {
    let values = call.answers(move |call| {
        Asked::facet_values(call.index(&index)?, &facet, &call.params(&call.members()?), call.now)
    });
    Ok(Json(values.await?))
}

async fn recommendations(call: Call) -> Answer<Json<Results<Value>>> {
    let results = call.answers(|call| {
        let one = |request: &Value| {
            let mut asked = request.as_object().cloned().ok_or_else(|| Refused::bad("requests: expected objects"))?;
            let index = asked.get("indexName").and_then(Value::as_str).unwrap_or_default().to_owned();
            // What is told instead is restricted like what is asked for.
            let fallback = asked.get("fallbackParameters").and_then(Value::as_object).map(|own| call.params(own));
            asked.extend(fallback.map(|own| ("fallbackParameters".to_owned(), Value::Object(own))));
            let own = asked.get("queryParameters").and_then(Value::as_object).cloned().unwrap_or_default();
            asked.insert("queryParameters".to_owned(), Value::Object(call.params(&own)));
            recommend::answer(&call.index(&index)?, &asked, call.now)
        };
        call.requests()?.iter().map(one).collect::<Answer<Vec<Value>>>()
    });
    Ok(Json(Results { results: results.await? }))
}

/// The chat widget's stream: the index is that of the agent's name.
async fn completions(State(_): State<Arc<App>>, Parts(agent): Parts<String>, call: Call) -> Answer<Response> {
    let parts = call.answers(move |call| {
        let named = call.index(&agent);
        // Widgets name an agent, not an index: where only one index is there, that one is meant.
        let index = named.or_else(|error| {
            match &call.app.indices.all().iter().filter(|(_, index)| index.primary.is_none()).collect::<Vec<_>>()[..] {
                [] => Err(error),
                [(only, _), ..] => call.index(only),
            }
        })?;
        chat::answer(index, &call.body, |params| call.params(&params), call.now)
    });
    let mut response = chat::stream(parts.await?).into_response();
    let version = axum::http::HeaderValue::from_static("v1");
    response.headers_mut().insert("x-vercel-ai-ui-message-stream", version);
    Ok(response)
}
