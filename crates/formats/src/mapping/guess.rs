//! Guesses at what columns mean, from their names and their first values.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use types::{EventId, Millis, ValueKind};

use super::aliases::{EVENT, ITEM, KINDS, attribute_name, comparable};
use super::convert::{as_text, parse_number};
use super::{Mapping, Target, TimeFormat, Unknown, is_nothing};
use crate::json::{KEYWORD_CHARS_MAX, event_from_json, item_from_json};

/// A mapping that was guessed, and each guess in words, to be shown before it is used.
#[derive(Clone, PartialEq, Debug)]
pub struct Guessed {
    /// The mapping.
    pub mapping: Mapping,
    /// The guesses, one a line.
    pub notes: Vec<String>,
}

type Row = Map<String, Value>;

impl Mapping {
    /// Fills in what the mapping does not say, from the columns and the first rows. What it says stays.
    pub fn guess(&self, columns: &[String], sample: &[&Row]) -> Guessed {
        let mut guess = Guess { mapping: self.clone(), notes: Vec::new(), columns, sample };
        if self.fields.is_empty() && are_documents(self.target, sample) {
            guess.mapping.documents = true;
            guess.notes.push("the rows are documents already and are taken as they are".into());
        } else {
            guess.fields();
            if self.target == Target::Events {
                guess.reviews();
            }
            guess.currency();
            match self.target {
                Target::Items => guess.attributes(),
                Target::Events => guess.events(),
            }
        }
        Guessed { mapping: guess.mapping, notes: guess.notes }
    }
}

/// Whether rows look like what an export writes: then they are read strictly, and nothing is guessed.
fn are_documents(target: Target, sample: &[&Row]) -> bool {
    let has = |name: &str| sample.iter().any(|row| row.get(name).is_some_and(|value| !value.is_null()));
    let far_future = Millis(i64::MAX - Millis::FUTURE_MAX);
    let id = || EventId::new("sample");
    match target {
        Target::Items => {
            let nested = sample.iter().any(|row| row.get("attributes").is_some_and(Value::is_object));
            nested && sample.iter().all(|row| item_from_json(&Value::Object((*row).clone()), None).is_ok())
        }
        Target::Events => {
            let Ok(id) = id() else { return false };
            let reads =
                |row: &Row| event_from_json(&Value::Object(row.clone()), None, far_future, || id.clone()).is_ok();
            has("event_id") && has("type") && sample.iter().all(|row| reads(row))
        }
    }
}

struct Guess<'a> {
    mapping: Mapping,
    notes: Vec<String>,
    columns: &'a [String],
    sample: &'a [&'a Row],
}

impl<'a> Guess<'a> {
    /// The column's values in the sample that are there.
    fn values(&self, column: &str) -> Vec<&'a Value> {
        self.sample.iter().filter_map(|row| row.get(column)).filter(|value| !is_nothing(value)).collect()
    }

    fn is_free(&self, column: &str) -> bool {
        !self.mapping.names(column)
    }

    fn fields(&mut self) {
        let table: &[(&str, &[&str])] = if self.mapping.target == Target::Items { &ITEM } else { &EVENT };
        for (field, names) in table {
            if self.mapping.fields.contains_key(*field) || self.mapping.constants.contains_key(*field) {
                continue;
            }
            let called = |name: &&str| self.columns.iter().find(|c| comparable(c) == **name && self.is_free(c));
            let Some(column) = names.iter().find_map(called).cloned() else { continue };
            if *field == "time" {
                self.time_format(&column);
            }
            self.assign(field, &column);
        }
        let has_title = self.mapping.fields.contains_key("title") || self.mapping.constants.contains_key("title");
        let untitled = self.mapping.target == Target::Items && !has_title;
        if let Some(column) = untitled.then(|| self.mapping.fields.remove("description")).flatten() {
            self.notes.retain(|note| !note.starts_with("description ←"));
            self.assign("title", &column);
        }
    }

    /// Takes the column, whose name says so already, for the field, if most of its values can be read so: the others are
    /// refused row by row, with a reason, where a whole column set aside would easily be overlooked.
    fn assign(&mut self, field: &str, column: &str) {
        let values = self.values(column);
        let readable = values.iter().filter(|value| self.mapping.convert(field, value).is_ok()).count();
        if readable * 2 <= values.len() && !values.is_empty() {
            let (found, all) = (values.len() - readable, values.len());
            self.notes.push(format!("`{column}` is not taken for {field}: {found} of {all} values cannot be read so"));
            return;
        }
        self.mapping.fields.insert(field.to_owned(), column.to_owned());
        self.notes.push(format!("{field} ← `{column}`"));
    }

    fn currency(&mut self) {
        let money = if self.mapping.target == Target::Items { "price" } else { "value" };
        let Some(column) = self.mapping.fields.get(money).cloned() else { return };
        let named = |value: &&Value| {
            self.mapping
                .convert(money, value)
                .is_ok_and(|money| money.get("currency").is_some_and(|code| !code.is_null()))
        };
        let values = self.values(&column);
        self.mapping.amounts_name_currency = !values.is_empty() && values.iter().all(named);
        if self.mapping.check(None).is_err_and(|error| error.code == "currency_missing") {
            self.notes.push(format!("`{column}` names no currency: one must be given before it can be imported"));
        } else if let Some(currency) = self.mapping.currency {
            self.notes.push(format!("amounts in `{column}` that name no currency are {}", currency.as_str()));
        }
    }

    fn attributes(&mut self) {
        if self.mapping.unknown != Unknown::Attributes {
            return;
        }
        let id_column = self.mapping.fields.get("id").cloned();
        let free: Vec<String> = self.columns.iter().filter(|column| self.is_free(column)).cloned().collect();
        for column in free {
            let equals_id = |row: &&Row| id_column.as_ref().is_some_and(|id| row.get(id) == row.get(&column));
            if comparable(&column).ends_with("id") && !self.sample.is_empty() && self.sample.iter().all(equals_id) {
                self.skip(&column, "it repeats the id");
            } else if comparable(&column) == "queryid" {
                self.skip(&column, "it tells of searches, not of the item");
            } else if column == "attributes" && self.values(&column).iter().any(|value| value.is_object()) {
                self.mapping.fields.insert(column.clone(), column);
            } else {
                self.attribute(&column);
            }
        }
    }

    fn skip(&mut self, column: &str, reason: &str) {
        self.mapping.skip.insert(column.to_owned());
        self.notes.push(format!("`{column}` is left out: {reason}"));
    }

    fn attribute(&mut self, column: &str) {
        let name = attribute_name(column);
        let field = format!("attributes.{name}");
        if self.mapping.fields.contains_key(&field) {
            return self.skip(column, &format!("{field} is taken already"));
        }
        let declared = self.mapping.types.get(&name).copied();
        let kind = declared.or_else(|| inferred_kind(column, &self.values(column)));
        if let Some(kind) = kind {
            self.mapping.types.insert(name, kind);
        }
        let kind = kind.map_or("of the type of each value", ValueKind::name);
        self.notes.push(format!("{field} ← `{column}` ({kind})"));
        self.mapping.fields.insert(field, column.to_owned());
    }

    fn events(&mut self) {
        if let Some(column) = self.mapping.fields.get("type").cloned() {
            let own = self.mapping.values.entry("type".into()).or_default();
            for (word, kind) in KINDS {
                own.entry(word.to_owned()).or_insert_with(|| kind.to_owned());
            }
            let used = self.values(&column).into_iter().filter_map(as_text);
            let used: BTreeMap<String, &str> = used
                .filter_map(|word| KINDS.iter().find(|(known, _)| *known == word).map(|(_, kind)| (word, *kind)))
                .collect();
            self.notes.extend(used.into_iter().map(|(word, kind)| format!("type `{word}` means {kind}")));
        }
        if let (Some(column), None) = (self.mapping.fields.get("rating").cloned(), self.mapping.rating_range) {
            let ratings = self.values(&column).into_iter().filter_map(number_of);
            let best = ratings.fold(0.0, f64::max);
            if best > 1.0 {
                let best = if best <= 5.0 { 5.0 } else { best.max(10.0) };
                self.mapping.rating_range = Some((1.0, best));
                self.notes.push(format!("ratings in `{column}` run from 1 to {best}"));
            }
        }
        let unnamed: Vec<String> = self.columns.iter().filter(|column| self.is_free(column)).cloned().collect();
        if !unnamed.is_empty() {
            self.notes.push(format!("left out: {}", unnamed.join(", ")));
        }
    }

    /// Rows with a text and without a kind are reviews; a text beside other kinds belongs to something else.
    fn reviews(&mut self) {
        let Some(text) = self.mapping.fields.get("text").cloned() else { return };
        if let Some(column) = self.mapping.fields.get("type").cloned() {
            let is_review = |word: &String| {
                let meant = KINDS.iter().find(|(known, _)| known == word).map(|(_, kind)| *kind);
                meant.unwrap_or(word) == "review"
            };
            if !self.values(&column).into_iter().filter_map(as_text).any(|word| is_review(&word)) {
                self.mapping.fields.remove("text");
                self.notes.retain(|note| !note.starts_with("text ←"));
                self.notes.push(format!("`{text}` is left out: only reviews have a text"));
            }
        } else if !self.mapping.constants.contains_key("type") {
            self.mapping.constants.insert("type".into(), Value::from("review"));
            self.notes.push(format!("every row is a review, because `{text}` is a text and nothing names the kind"));
            // What an item costs is often told beside its reviews; it is no amount that changed hands.
            for field in ["value", "value.currency"] {
                self.mapping.fields.remove(field);
                self.notes.retain(|note| !note.starts_with(&format!("{field} ←")));
            }
        }
    }

    fn time_format(&mut self, column: &str) {
        const PATTERNS: [&str; 12] = [
            "%Y/%m/%d %H:%M:%S",
            "%Y/%m/%d %H:%M",
            "%Y/%m/%d",
            "%d/%m/%Y %H:%M:%S",
            "%d/%m/%Y %H:%M",
            "%d/%m/%Y",
            "%m/%d/%Y %H:%M:%S",
            "%m/%d/%Y %H:%M",
            "%m/%d/%Y",
            "%d.%m.%Y %H:%M",
            "%d.%m.%Y",
            "%Y年%m月%d日",
        ];
        let values = self.values(column);
        if self.mapping.time_format != TimeFormat::Iso || values.is_empty() {
            return;
        }
        let numbers: Vec<f64> = values.iter().filter_map(|value| number_of(value)).collect();
        let format = if numbers.len() == values.len() {
            // 100,000,000,000 seconds are the year 5138; as many milliseconds are 1973.
            let seconds = numbers.iter().all(|number| number.abs() < 1e11);
            if seconds { TimeFormat::Seconds } else { TimeFormat::Milliseconds }
        } else {
            let reads = |pattern: &&str| {
                let reads = |value: &&Value| value.as_str().and_then(|text| crate::time::parse_pattern(pattern, text));
                values.iter().all(|value| reads(value).is_some())
            };
            let iso = values.iter().all(|value| value.as_str().and_then(crate::time::parse_iso).is_some());
            match PATTERNS.iter().find(|pattern| !iso && reads(pattern)) {
                Some(pattern) => TimeFormat::Pattern((*pattern).to_owned()),
                None => return,
            }
        };
        self.notes.push(match &format {
            TimeFormat::Seconds => format!("`{column}` counts seconds since 1970"),
            TimeFormat::Milliseconds => format!("`{column}` counts milliseconds since 1970"),
            TimeFormat::Pattern(pattern) => format!("`{column}` is written as {pattern}, in UTC"),
            TimeFormat::Iso => format!("`{column}` is written in ISO 8601"),
        });
        self.mapping.time_format = format;
    }
}

fn number_of(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| parse_number(value.as_str()?))
}

/// The type of a column by its values; `None` where they do not tell.
fn inferred_kind(column: &str, values: &[&Value]) -> Option<ValueKind> {
    let all = |test: &dyn Fn(&Value) -> bool| !values.is_empty() && values.iter().all(|value| test(value));
    let name = comparable(column);
    let is_prose_by_name = ["bullet", "feature", "description", "detail", "summary", "卖点", "详情", "描述"];
    let texts: Vec<&str> = values.iter().filter_map(|value| value.as_str()).collect();
    let is_long = |text: &&str| text.chars().nth(KEYWORD_CHARS_MAX).is_some() || text.contains('\n');
    if values.is_empty() || values.iter().any(|value| value.is_object()) {
        None
    } else if all(&|value| value.is_boolean() || matches!(value.as_str(), Some("true" | "false" | "True" | "False"))) {
        Some(ValueKind::Boolean)
    } else if all(&|value| value.is_number() || value.as_str().is_some_and(is_plain_number)) {
        Some(ValueKind::Number)
    } else if is_prose_by_name.iter().any(|word| name.contains(word)) || texts.iter().any(is_long) {
        Some(ValueKind::Text)
    } else if all(&|value| {
        value.as_str().is_some_and(|text| text.len() >= 10 && crate::time::parse_iso(text).is_some())
    }) {
        Some(ValueKind::Time)
    } else if all(&|value| {
        value.as_str().is_some_and(|text| text.starts_with("http") && !text.contains(char::is_whitespace))
    }) {
        Some(ValueKind::Image)
    } else {
        Some(ValueKind::Keywords)
    }
}

/// Digits that are a number and not a number's name: no leading zero, not too long to be exact.
fn is_plain_number(text: &str) -> bool {
    let digits = text.trim_start_matches('-');
    let has_leading_zero = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    !has_leading_zero && text.len() <= 15 && parse_number(text).is_some()
}
