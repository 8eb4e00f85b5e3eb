use serde_json::{Map, Value};
use types::FieldError;

/// A document's fields, after a check that all of them are known. `null` counts as absent.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// Opens an object that may have no fields but `known`.
    pub(crate) fn new(document: &'a Value, what: &str, known: &[&str]) -> Result<Self, FieldError> {
        let map = object(document, what)?;
        match map.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(unknown_field(name, known)),
            None => Ok(Self(map)),
        }
    }

    /// The field, unless it is absent or `null`.
    pub(crate) fn get(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// The field, even where it is `null`.
    pub(crate) fn given(self, name: &str) -> Option<&'a Value> {
        self.0.get(name)
    }

    pub(crate) fn required(self, name: &str, expected: &str) -> Result<&'a Value, FieldError> {
        self.get(name).ok_or_else(|| FieldError::new("field_missing", name, expected, "nothing"))
    }

    /// Reads the field with `read`, whose errors are then named after the field.
    pub(crate) fn read<T>(
        self,
        name: &str,
        read: impl FnOnce(&'a Value) -> Result<T, FieldError>,
    ) -> Result<Option<T>, FieldError> {
        self.get(name).map(read).transpose().map_err(|error| error.within(name))
    }

    /// Reads an id made by `make`.
    pub(crate) fn id<T>(
        self,
        name: &str,
        make: impl FnOnce(&'a str) -> Result<T, FieldError>,
    ) -> Result<Option<T>, FieldError> {
        // The id's own error names the id's usual field, which is not always the one it stands in.
        let unnamed = |error: FieldError| FieldError { field: String::new(), ..error };
        self.read(name, |value| make(text(value)?).map_err(unnamed))
    }

    pub(crate) fn required_id<T>(
        self,
        name: &str,
        make: impl FnOnce(&'a str) -> Result<T, FieldError>,
    ) -> Result<T, FieldError> {
        self.required(name, "an id: 1 to 512 bytes of text")?;
        self.id(name, make)?.ok_or_else(|| FieldError::new("field_missing", name, "an id", "nothing"))
    }
}

pub(crate) fn object<'a>(value: &'a Value, what: &str) -> Result<&'a Map<String, Value>, FieldError> {
    value.as_object().ok_or_else(|| wrong_type(&format!("an object ({what})"), value))
}

pub(crate) fn list(value: &Value) -> Result<&[Value], FieldError> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| wrong_type("a list", value))
}

/// Reads a list of at most `most`, each of its values with `read`, whose errors are then named after its place.
pub(crate) fn each<T>(
    value: &Value,
    most: usize,
    read: impl Fn(&Value) -> Result<T, FieldError>,
) -> Result<Vec<T>, FieldError> {
    let named = |(at, one)| read(one).map_err(|error: FieldError| error.within(&format!("[{at}]")));
    bounded(list(value)?, most)?.iter().enumerate().map(named).collect()
}

pub(crate) fn bounded(values: &[Value], most: usize) -> Result<&[Value], FieldError> {
    if values.len() > most { Err(too_many(values.len(), most)) } else { Ok(values) }
}

pub(crate) fn too_many(found: usize, most: usize) -> FieldError {
    FieldError::new("out_of_range", "", format!("at most {most} entries"), format!("{found} entries"))
}

pub(crate) fn text(value: &Value) -> Result<&str, FieldError> {
    value.as_str().ok_or_else(|| wrong_type("a text", value))
}

pub(crate) fn boolean(value: &Value) -> Result<bool, FieldError> {
    value.as_bool().ok_or_else(|| wrong_type("true or false", value))
}

pub(crate) fn number(value: &Value) -> Result<f64, FieldError> {
    let number = value.as_f64().ok_or_else(|| wrong_type("a number", value))?;
    if number.is_finite() {
        Ok(number)
    } else {
        Err(FieldError::new("number_not_finite", "", "a finite number", value.to_string()))
    }
}

pub(crate) fn number_within(value: &Value, min: f64, max: f64) -> Result<f64, FieldError> {
    let number = number(value)?;
    if (min..=max).contains(&number) {
        Ok(number)
    } else {
        Err(FieldError::new("out_of_range", "", format!("a number from {min} to {max}"), describe(value)))
    }
}

/// A whole number; `4.0` is one.
pub(crate) fn whole_within(value: &Value, min: u32, max: u32) -> Result<u32, FieldError> {
    let number = number(value)?;
    if number.fract() == 0.0 && (f64::from(min)..=f64::from(max)).contains(&number) {
        Ok(number as u32)
    } else {
        let expected = format!("a whole number from {min} to {max}");
        Err(FieldError::new("out_of_range", "", expected, describe(value)))
    }
}

pub(crate) fn wrong_type(expected: &str, got: &Value) -> FieldError {
    FieldError::new("type_mismatch", "", expected, describe(got))
}

/// A value in words, for errors.
pub(crate) fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the text \"{}\"", text.chars().take(70).collect::<String>()),
        Value::Array(parts) => format!("a list of {}", parts.len()),
        Value::Object(fields) => {
            let names: Vec<&str> = fields.keys().take(5).map(String::as_str).collect();
            format!("an object with {}", if names.is_empty() { "no fields".into() } else { names.join(", ") })
        }
    }
}

pub(crate) fn unknown_field(name: &str, known: &[&str]) -> FieldError {
    let hint = match nearest(name, known) {
        Some(near) => format!("; did you mean `{near}`?"),
        None if known.contains(&"attributes") => "; the shop's own go under `attributes`".into(),
        None => String::new(),
    };
    let field: String = name.chars().take(80).collect();
    FieldError::new("unknown_field", field, format!("one of {}{hint}", known.join(", ")), name)
}

/// The known name at most two typing errors away.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    const SYNONYMS: [(&str, &str); 6] = [
        ("name", "title"),
        ("categories", "category"),
        ("kind", "type"),
        ("user_id", "user"),
        ("item_id", "item"),
        ("timestamp", "time"),
    ];
    let lower = name.to_lowercase();
    if lower.len() > 64 {
        return None;
    }
    let meant = SYNONYMS.iter().find(|(other, _)| *other == lower).map_or(lower.as_str(), |(_, known)| known);
    let by_distance = known.iter().map(|known| (typing_errors(meant, known), *known));
    by_distance.min().filter(|(errors, known)| *errors <= 2 && errors * 2 < known.len()).map(|(_, known)| known)
}

/// Edits between two words: insertions, deletions and replacements (Levenshtein distance, one row at a time).
fn typing_errors(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, a) in left.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, b) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}
