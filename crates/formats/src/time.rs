//! Moments as text and back.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;
use types::{FieldError, Millis};

use crate::json::describe;

pub(crate) const EXPECTED: &str = "an ISO 8601 time such as \"2024-05-01T12:30:00Z\", or milliseconds since 1970";

/// Reads ISO 8601; a date alone is its midnight, a time without a zone is UTC.
pub(crate) fn parse_iso(text: &str) -> Option<Millis> {
    let text = text.trim();
    let zoned = text.parse::<Timestamp>().ok();
    zoned.or_else(|| in_utc(text.parse().ok()?)).map(|time| Millis(time.as_millisecond()))
}

/// Reads a time written after a `strftime` pattern; without a zone it is UTC.
pub(crate) fn parse_pattern(pattern: &str, text: &str) -> Option<Millis> {
    let text = text.trim();
    let zoned = Timestamp::strptime(pattern, text).ok();
    let local = || in_utc(DateTime::strptime(pattern, text).ok()?);
    let date = || in_utc(jiff::civil::Date::strptime(pattern, text).ok()?.into());
    zoned.or_else(local).or_else(date).map(|time| Millis(time.as_millisecond()))
}

/// Writes ISO 8601 in UTC; `None` beyond the year 9999.
pub(crate) fn to_iso(time: Millis) -> Option<String> {
    Timestamp::from_millisecond(time.0).ok().map(|time| time.to_string())
}

/// A moment as it stands in documents.
pub fn to_json(time: Millis) -> Value {
    to_iso(time).map_or(Value::from(time.0), Value::from)
}

/// Reads a moment: ISO 8601, or whole milliseconds since 1970; no further than the year 9999.
///
/// # Errors
/// A [`FieldError`] without a field.
pub fn from_json(value: &Value) -> Result<Millis, FieldError> {
    let time = match value {
        Value::String(text) => parse_iso(text),
        Value::Number(number) => number.as_i64().map(Millis),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let time = time.ok_or_else(|| FieldError::new("time_invalid", "", EXPECTED, describe(value)))?;
    if Timestamp::from_millisecond(time.0).is_err() {
        return Err(FieldError::new("time_out_of_range", "", "a time before the year 10000", describe(value)));
    }
    Ok(time)
}

fn in_utc(time: DateTime) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(time).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, expected) in [
            ("2024-05-01T00:00:00Z", Some(1_714_521_600_000)),
            ("2024-05-01T08:00:00.250+08:00", Some(1_714_521_600_250)),
            ("2024-05-01 00:00:00", Some(1_714_521_600_000)),
            ("2024-05-01T00:00", Some(1_714_521_600_000)),
            ("2024-05-01", Some(1_714_521_600_000)),
            ("1969-12-31", Some(-86_400_000)),
            ("yesterday", None),
            ("昨天", None),
            ("2024-02-30", None),
            ("", None),
        ] {
            assert_eq!(parse_iso(text).map(|time| time.0), expected, "{text}");
        }
        assert_eq!(parse_pattern("%d/%m/%Y %H:%M", "01/05/2024 00:00"), Some(Millis(1_714_521_600_000)));
        assert_eq!(parse_pattern("%Y年%m月%d日", "2024年05月01日"), Some(Millis(1_714_521_600_000)));
        assert_eq!(parse_pattern("%d/%m/%Y", "2024-05-01"), None);
        assert_eq!(parse_pattern("%Q%", "x"), None);
    }
}
