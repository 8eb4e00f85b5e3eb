//! Explanations as people read them.

use serde_json::Value;

/// An explanation in one line: who found the item, and who moved it.
pub(crate) fn short(explanation: &Value) -> String {
    let found = |one: &Value| {
        let because = one["because"].as_str().map(|because| format!(" {because}")).unwrap_or_default();
        Some(format!("{} #{}{because}", one["source"].as_str()?, one["rank"]))
    };
    let rule = |one: &Value| Some(one["effect"].as_str()?.to_owned());
    let mut parts: Vec<String> = array(explanation, "found").iter().filter_map(found).collect();
    parts.extend(array(explanation, "rules").iter().filter_map(rule));
    parts.join(", ")
}

/// An explanation as a table, head first.
pub(crate) fn rows(explanation: &Value) -> Vec<Vec<String>> {
    let mut rows = vec![cells(["part", "what", "value", "adds"])];
    for one in array(explanation, "found") {
        let what = format!("{}, its #{}", text(one, "source"), one["rank"]);
        rows.push(cells(["found by", &what, &number(one, "score"), text(one, "because")]));
    }
    for one in array(explanation, "terms") {
        let what = format!("{} in {}", text(one, "term"), text(one, "field"));
        rows.push(cells(["term", &what, "", &number(one, "score")]));
    }
    for one in array(explanation, "boosts") {
        let what = format!("{} in {}", text(one, "text"), text(one, "field"));
        rows.push(cells([text(one, "kind"), &what, "", &number(one, "score")]));
    }
    for one in array(explanation, "vectors") {
        rows.push(cells(["meaning", text(one, "encoder"), &number(one, "similarity"), ""]));
    }
    for one in array(explanation, "fusion") {
        let what = format!("{}, weight {}", text(one, "retriever"), number(one, "weight"));
        rows.push(cells(["fusion", &what, &number(one, "normalised"), &number(one, "contribution")]));
    }
    rows.push(cells(["score", "where all features are neutral", "", &number(explanation, "base")]));
    for one in array(explanation, "features") {
        rows.push(cells(["feature", text(one, "feature"), &number(one, "value"), &number(one, "contribution")]));
    }
    for one in array(explanation, "value") {
        let what = format!("{}, weight {}", text(one, "head"), number(one, "weight"));
        rows.push(cells(["chance", &what, &number(one, "probability"), &number(one, "contribution")]));
    }
    for one in array(explanation, "rules") {
        rows.push(cells(["rule", text(one, "rule"), text(one, "effect"), ""]));
    }
    rows.push(cells(["score", "after all of it", &number(explanation, "score"), ""]));
    rows
}

/// What would have to change, as a table, head first: any one of these is enough.
pub(crate) fn changes(what_if: &Value) -> Vec<Vec<String>> {
    let mut rows = vec![cells(["feature", "about", "now", "must reach"])];
    for one in array(what_if, "changes") {
        rows.push(cells([text(one, "feature"), text(one, "about"), &number(one, "from"), &number(one, "to")]));
    }
    rows
}

fn cells(parts: [&str; 4]) -> Vec<String> {
    parts.map(str::to_owned).to_vec()
}

fn array<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn number(value: &Value, name: &str) -> String {
    value[name].as_f64().map_or_else(String::new, |number| format!("{number:.4}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explanation_fits_on_a_line_and_in_a_table() {
        let explanation = serde_json::json!({
            "score": 1.5, "base": 0.25,
            "found": [{"source": "words", "rank": 2, "score": 7.0}, {"source": "neighbours", "rank": 1, "score": 0.5, "because": "because you bought 茶"}],
            "terms": [{"field": "title", "term": "茶杯", "score": 3.5}],
            "boosts": [{"kind": "exact", "field": "brand", "text": "茶杯", "score": 0.5}],
            "features": [{"feature": "popularity", "value": 2.0, "contribution": 0.125}],
            "rules": [{"rule": "boost", "effect": "score x 1.5"}]
        });
        assert_eq!(short(&explanation), "words #2, neighbours #1 because you bought 茶, score x 1.5");
        let table = rows(&explanation);
        assert_eq!(table[1], ["found by", "words, its #2", "7.0000", ""]);
        assert_eq!(table[3], ["term", "茶杯 in title", "", "3.5000"]);
        assert_eq!(table[4], ["exact", "茶杯 in brand", "", "0.5000"]);
        assert_eq!(table.last().unwrap()[2], "1.5000");
        assert_eq!(short(&Value::Null), "");
        let what_if = serde_json::json!({"changes": [{"feature": "price", "about": "item", "from": 0.5, "to": 0.25}]});
        assert_eq!(changes(&what_if)[1], ["price", "item", "0.5000", "0.2500"]);
    }
}
