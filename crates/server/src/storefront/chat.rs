//! The stream that storefronts' chat widget reads. Until there is an assistant, a search answers.

use std::convert::Infallible;

use axum::response::sse::{Event, Sse};
use serde_json::{Map, Value, json};
use types::Millis;

use super::error::Answer;
use super::index::Resolved;
use super::search::Asked;
use super::told::Hit;

/// Products told of in an answer.
const TOLD: usize = 5;

/// The answer to the last message of a conversation, part by part: what a search for its words finds.
/// `restricted` adds what the caller's key says of every search.
pub(crate) fn answer(
    index: Resolved,
    conversation: &Value,
    restricted: impl Fn(Map<String, Value>) -> Map<String, Value>,
    now: Millis,
) -> Answer<Vec<Value>> {
    let asked = last_words(conversation);
    let params: Map<String, Value> =
        [("query", json!(asked)), ("hitsPerPage", json!(TOLD)), ("removeWordsIfNoResults", json!("allOptional"))]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
    let found = Asked::read(index, restricted(params), now)?.answer()?;
    let is_chinese = types::Language::guess(&asked) == types::Language::Chinese;
    let text = told(&asked, found.hits.as_ref().map_or(&[], |hits| &hits.hits), is_chinese);
    let id = format!("message_{:x}", now.0);
    // Widgets send a message of their own after the result of a tool, so that what was found is told in words alone.
    let mut parts = vec![
        json!({ "type": "start", "messageId": id }),
        json!({ "type": "start-step" }),
        json!({ "type": "text-start", "id": "text-1" }),
    ];
    parts
        .extend(text.split_inclusive(' ').map(|delta| json!({ "type": "text-delta", "id": "text-1", "delta": delta })));
    parts.extend([
        json!({ "type": "text-end", "id": "text-1" }),
        json!({ "type": "finish-step" }),
        json!({ "type": "finish" }),
    ]);
    Ok(parts)
}

/// The text of the last thing the shopper said.
fn last_words(conversation: &Value) -> String {
    let messages = conversation["messages"].as_array();
    let last = messages.into_iter().flatten().rev().find(|message| message["role"] == "user");
    let parts = last.and_then(|message| message["parts"].as_array());
    let texts: Vec<&str> = parts.into_iter().flatten().filter_map(|part| part["text"].as_str()).collect();
    texts.join(" ")
}

/// What a search says of itself, and nothing that it does not know.
fn told(asked: &str, hits: &[Hit], is_chinese: bool) -> String {
    let names: Vec<&str> = hits
        .iter()
        .filter_map(|hit| ["name", "title"].iter().find_map(|name| hit.record.get(*name)?.as_str()))
        .collect();
    match (is_chinese, names.is_empty()) {
        (true, true) => format!("没有找到与“{asked}”相符的商品。"),
        (true, false) => format!("为“{asked}”找到的商品：{}。", names.join("、")),
        (false, true) => format!("I found nothing for \"{asked}\"."),
        (false, false) => format!("Here is what a search for \"{asked}\" finds: {}.", names.join(", ")),
    }
}

/// Parts as a stream of events.
pub(crate) fn stream(parts: Vec<Value>) -> Sse<impl futures_util::Stream<Item = Result<Event, Infallible>>> {
    let events = parts.into_iter().map(|part| part.to_string()).chain(["[DONE]".to_owned()]);
    Sse::new(futures_util::stream::iter(events.map(|data| Ok(Event::default().data(data)))))
}
