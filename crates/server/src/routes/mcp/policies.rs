//! What the shop says of itself.

use engine::FoundPolicy;
use serde_json::{Value, json};

use super::{Tools, meta, object, ucp, wrong};
use crate::error::ApiResult;

/// Passages of an answer where nothing is said, and at most.
const PASSAGES: u64 = 3;
const PASSAGES_MAX: u64 = 20;
/// Bytes of a question, at most.
const QUESTION_BYTES_MAX: usize = 2048;

pub(super) fn arguments() -> Value {
    let query = json!({ "type": "string", "description": "The question, such as `Can I return shoes?`" });
    let context = json!({ "type": "string", "description": "More about the shopper's situation; not read." });
    let limit = json!({ "type": "integer", "minimum": 1, "maximum": PASSAGES_MAX });
    object(&json!({ "meta": meta(), "query": query, "context": context, "limit": limit }), &["query"])
}

impl Tools {
    pub(super) fn policies(&self, arguments: &Value) -> ApiResult<Value> {
        let query = &arguments["query"];
        let expected = || wrong("query", &format!("a question of at most {QUESTION_BYTES_MAX} bytes"), query);
        let question = query.as_str().filter(|text| text.len() <= QUESTION_BYTES_MAX).ok_or_else(expected)?;
        let limit = match &arguments["limit"] {
            Value::Null => PASSAGES,
            value => {
                let limit = value.as_u64().filter(|limit| (1..=PASSAGES_MAX).contains(limit));
                limit.ok_or_else(|| wrong("limit", &format!("1 to {PASSAGES_MAX}"), value))?
            }
        };
        let found = self.shop.find_policies(question, limit as usize);
        let mut document = json!({ "ucp": ucp(), "answers": found.iter().map(answer).collect::<Vec<_>>() });
        if found.is_empty() {
            let message = match self.shop.policies().len() {
                0 => "The shop has put no policies or answers in here.".to_owned(),
                kept => format!("None of the {kept} texts that the shop put in here has words of the question."),
            };
            document["message"] = Value::from(message);
        }
        Ok(document)
    }
}

fn answer(found: &FoundPolicy) -> Value {
    let policy = &found.policy;
    let mut answer = json!({ "id": policy.id, "title": policy.title, "passage": found.passage });
    answer["language"] = Value::from(policy.language.code());
    if let Some(url) = &policy.url {
        answer["url"] = Value::from(&**url);
    }
    answer
}
