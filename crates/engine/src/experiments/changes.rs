use std::sync::Arc;

use crate::strategies::Chooser;
use serde_json::{Map, Value};
use types::{FieldError, ReadingStep, Request, RetrievalMethod, Settings};

/// What an arm changes of the requests that get it. What a request says itself gives way.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Changes {
    /// The changes as settings, of which those that `document` names count.
    settings: Settings,
    /// As it was written, completed by the shop's settings where only a part of a group was named.
    document: Map<String, Value>,
    method: Option<RetrievalMethod>,
    weights: Vec<(Arc<str>, f32)>,
    steps_off: Vec<ReadingStep>,
    personalise: Option<bool>,
    trained_ranker: Option<bool>,
    cross_encoder: Option<bool>,
    chooser: Option<Chooser>,
}

/// Changes that are settings of the shop, too.
const OF_SETTINGS: [&str; 8] =
    ["cutoff", "lexical", "fusion", "diversity", "objectives", "reranking", "understanding_off", "rules"];

/// Settings that are groups of numbers; an arm may name some of them.
const GROUPS: [&str; 3] = ["lexical", "fusion", "objectives"];

/// Changes that only requests know.
const OF_REQUESTS: [&str; 6] = ["method", "weights", "personalise", "trained_ranker", "cross_encoder", "strategy"];

/// Largest weight of a retriever.
const WEIGHT_MAX: f64 = 1000.0;

impl Changes {
    /// Reads changes; numbers of a group that are not named are the shop's of now.
    ///
    /// # Errors
    /// A [`FieldError`] with the path of the value.
    pub fn from_json(document: &Value, shop: &Settings) -> Result<Self, FieldError> {
        let wrong = |expected: &str, got: &Value| FieldError::new("wrong_type", "", expected, got.to_string());
        let map = document.as_object().ok_or_else(|| wrong("an object", document))?;
        let known: Vec<&str> = OF_SETTINGS.into_iter().chain(OF_REQUESTS).collect();
        if let Some(name) = map.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(FieldError::new("unknown_field", name, format!("one of {}", known.join(", ")), name));
        }
        let shop = formats::json::settings_to_json(shop);
        let mut completed = map.clone();
        for name in GROUPS {
            let Some(Value::Object(named)) = map.get(name) else { continue };
            let mut whole = shop[name].as_object().cloned().unwrap_or_default();
            whole.extend(named.clone());
            completed.insert(name.to_owned(), Value::Object(whole));
        }
        let of_settings = completed.iter().filter(|(name, _)| OF_SETTINGS.contains(&name.as_str()));
        let of_settings: Map<String, Value> = of_settings.map(|(name, value)| (name.clone(), value.clone())).collect();
        let settings = formats::json::settings_from_json(&Value::Object(of_settings))?;
        let boolean = |name: &str| {
            let value = completed.get(name);
            let read = |value: &Value| value.as_bool().ok_or_else(|| wrong("true or false", value).within(name));
            value.map(read).transpose()
        };
        let method = |value: &Value| {
            let read = value.as_str().and_then(RetrievalMethod::from_name);
            read.ok_or_else(|| wrong("hybrid, lexical or dense", value).within("method"))
        };
        let chooser = |value: &Value| {
            let read = value.as_str().and_then(Chooser::from_name);
            read.ok_or_else(|| wrong("random or learned", value).within("strategy"))
        };
        Ok(Self {
            steps_off: settings.understanding_off.clone(),
            settings,
            method: completed.get("method").map(method).transpose()?,
            weights: completed.get("weights").map(weights).transpose()?.unwrap_or_default(),
            personalise: boolean("personalise")?,
            trained_ranker: boolean("trained_ranker")?,
            cross_encoder: boolean("cross_encoder")?,
            chooser: completed.get("strategy").map(chooser).transpose()?,
            document: completed,
        })
    }

    /// Writes them as they are read.
    pub fn to_json(&self) -> Value {
        Value::Object(self.document.clone())
    }

    /// Whether nothing is changed.
    pub fn is_empty(&self) -> bool {
        self.document.is_empty()
    }

    /// How a strategy is chosen for requests, where one is.
    pub(crate) fn chooser(&self) -> Option<Chooser> {
        self.chooser
    }

    /// Changes a request.
    pub(crate) fn make(&self, request: &mut Request) {
        let (settings, has) = (&self.settings, |name: &str| self.document.contains_key(name));
        if has("cutoff") {
            request.retrieval.cutoff = Some(settings.cutoff);
        }
        if has("lexical") {
            request.retrieval.lexical = Some(settings.lexical);
        }
        if has("fusion") {
            request.retrieval.fusion = Some(settings.fusion);
        }
        if has("diversity") {
            request.diversity = settings.diversity;
        }
        if has("objectives") {
            request.objectives = Some(settings.objectives);
        }
        if has("reranking") {
            request.reranking = Some(settings.reranking.clone());
        }
        if has("weights") {
            request.retrieval.weights.clone_from(&self.weights);
        }
        request.rules.extend(settings.rules.iter().cloned());
        request.understanding.off.extend(self.steps_off.iter().copied());
        request.retrieval.method = self.method.unwrap_or(request.retrieval.method);
        request.personalise = self.personalise.unwrap_or(request.personalise);
        request.trained_ranker = self.trained_ranker.unwrap_or(request.trained_ranker);
        request.cross_encoder = self.cross_encoder.unwrap_or(request.cross_encoder);
    }
}

/// `{"words": 2, "minilm-l6-en": 1}`
fn weights(value: &Value) -> Result<Vec<(Arc<str>, f32)>, FieldError> {
    let wrong = |expected: &str, got: &Value| FieldError::new("wrong_type", "weights", expected, got.to_string());
    let map = value.as_object().ok_or_else(|| wrong("an object of numbers by retriever", value))?;
    let read = |(name, value): (&String, &Value)| {
        let weight = value.as_f64().filter(|weight| (0.0..=WEIGHT_MAX).contains(weight));
        weight.map(|weight| (Arc::from(name.as_str()), weight as f32)).ok_or_else(|| wrong("0 to 1000", value))
    };
    map.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use types::Millis;

    use super::*;

    fn changed(document: &Value) -> Request {
        let changes = Changes::from_json(document, &Settings::default()).unwrap();
        let mut request = Request::search("boots", Millis(0));
        changes.make(&mut request);
        request
    }

    #[test]
    fn what_is_named_is_changed_and_nothing_else() {
        assert_eq!(changed(&json!({})), Request::search("boots", Millis(0)));
        let request = changed(&json!({
            "cutoff": 0.2, "diversity": 0.4, "method": "lexical", "weights": {"words": 2},
            "understanding_off": ["spelling"], "trained_ranker": false, "rules": [{"bury": {"filter": "brand = \"x\""}}],
        }));
        assert_eq!(request.retrieval.cutoff, Some(0.2));
        assert_eq!(request.diversity, 0.4);
        assert_eq!(request.retrieval.method, RetrievalMethod::Lexical);
        assert_eq!(request.retrieval.weights, [(Arc::from("words"), 2.0)]);
        assert!(!request.personalise && !request.trained_ranker);
        assert_eq!((request.rules.len(), request.understanding.off.len()), (1, 1));
        assert_eq!(request.retrieval.fusion, None);
    }

    #[test]
    fn a_part_of_a_group_keeps_the_shops_other_numbers() {
        let mut shop = Settings::default();
        shop.objectives.margin = 0.25;
        let changes = Changes::from_json(&json!({"objectives": {"novelty": 0.1}}), &shop).unwrap();
        let mut request = Request::search("boots", Millis(0));
        changes.make(&mut request);
        let objectives = request.objectives.unwrap();
        assert_eq!((objectives.margin, objectives.novelty), (0.25, 0.1));
        // As written it says all, so that a later change of the shop's settings does not change the arm.
        assert_eq!(Changes::from_json(&changes.to_json(), &Settings::default()).unwrap(), changes);
    }

    #[test]
    fn faults_are_named() {
        for (document, field) in [
            (json!({"colour": 1}), "colour"),
            (json!({"cutoff": 2}), "cutoff"),
            (json!({"weights": {"words": -1}}), "weights"),
            (json!({"method": "magic"}), "method"),
            (json!({"personalise": 1}), "personalise"),
            (json!([]), ""),
        ] {
            let fault = Changes::from_json(&document, &Settings::default()).unwrap_err();
            assert_eq!(fault.field, field, "{fault}");
        }
    }
}
