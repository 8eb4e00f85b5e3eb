//! Values as feeds write them.

use serde_json::{Value, json};
use types::FieldError;

use crate::json::describe;
use crate::mapping::{as_text, comparable, parse_number, split_currency};

/// An amount with its currency, `79.90 EUR`, `EUR 79.90`, `79,90 €`, or a number whose currency is told elsewhere.
pub(super) fn money(value: &Value, column: &str, currency: Option<&str>) -> Result<Option<Value>, FieldError> {
    let Some(text) = as_text(value).map(|text| text.trim().to_owned()) else {
        let expected = "an amount such as 79.90 EUR";
        return Err(FieldError::new("amount_invalid", column, expected, describe(value)));
    };
    if text.is_empty() {
        return Ok(None);
    }
    let (amount, own) = split_currency(&text);
    let invalid = || FieldError::new("amount_invalid", column, "an amount such as 79.90 EUR", &text);
    let amount = parse_number(amount).ok_or_else(invalid)?;
    let currency = own.or_else(|| currency.map(|code| code.trim().to_uppercase())).filter(|code| !code.is_empty());
    let missing = || {
        let expected = "a currency beside the amount, or one for the whole feed, such as EUR";
        FieldError::new("currency_missing", column, expected, &text)
    };
    Ok(Some(money_of(amount, &currency.ok_or_else(missing)?)))
}

/// An amount of a currency, as documents have it.
pub(super) fn money_of(amount: f64, currency: &str) -> Value {
    json!({ "amount": crate::json::number_to_json(amount), "currency": currency })
}

/// How many decimals a currency's smallest unit has (ISO 4217).
pub(super) fn decimals(currency: &str) -> i32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND" | "VUV"
        | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// Whether goods can be had, as feeds say it; what can be ordered can be had.
pub(super) fn availability(value: &Value, column: &str) -> Result<bool, FieldError> {
    if let Some(yes) = value.as_bool() {
        return Ok(yes);
    }
    let text = as_text(value).unwrap_or_default();
    let word = comparable(text.rsplit(['/', '#']).next().unwrap_or_default());
    const YES: [&str; 17] = [
        "instock",
        "preorder",
        "presale",
        "backorder",
        "onbackorder",
        "limitedavailability",
        "onlineonly",
        "instoreonly",
        "madetoorder",
        "availablefororder",
        "available",
        "yes",
        "true",
        "1",
        "active",
        "有货",
        "预售",
    ];
    const NO: [&str; 11] = [
        "outofstock",
        "soldout",
        "discontinued",
        "reserved",
        "unavailable",
        "no",
        "false",
        "0",
        "archived",
        "缺货",
        "下架",
    ];
    if YES.contains(&word.as_str()) {
        Ok(true)
    } else if NO.contains(&word.as_str()) {
        Ok(false)
    } else {
        let expected = "in_stock, out_of_stock, preorder, backorder or the like";
        Err(FieldError::new("availability_unknown", column, expected, describe(value)))
    }
}

/// Pieces in stock; what was sold beyond the stock leaves none.
pub(super) fn stock(value: &Value, column: &str) -> Result<Value, FieldError> {
    let number = as_text(value).and_then(|text| parse_number(&text));
    match number {
        Some(pieces) if pieces < 4e9 => Ok(Value::from(pieces.max(0.0) as u64)),
        _ => Err(FieldError::new("type_mismatch", column, "pieces in stock", describe(value))),
    }
}

/// Texts between separators, without the empty ones.
pub(super) fn split(text: &str, separators: &[char]) -> Vec<Value> {
    text.split(separators).map(str::trim).filter(|part| !part.is_empty()).map(Value::from).collect()
}

/// `A > B > C` as a path; `None` where there is nothing.
pub(super) fn path(text: &str) -> Option<Value> {
    let parts = split(text, &['>']);
    (!parts.is_empty()).then_some(Value::Array(parts))
}

/// Paths as documents have them: one alone, or a list.
pub(super) fn paths(paths: Vec<Value>) -> Option<Value> {
    match paths.len() {
        0 => None,
        1 => paths.into_iter().next(),
        _ => Some(Value::Array(paths)),
    }
}

/// The parts of a list, or the one value.
pub(super) fn parts(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(parts) => parts.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

/// Digits of an article number; tables put a quote before what must not become a number.
pub(super) fn number_text(value: &Value) -> Option<Value> {
    let text = as_text(value)?;
    let text = text.trim().trim_start_matches('\'').trim();
    (!text.is_empty()).then(|| Value::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_as_feeds_write_it() {
        for (written, expected) in [
            (json!("79.90 EUR"), Some((79.9, "EUR"))),
            (json!("EUR 79.90"), Some((79.9, "EUR"))),
            (json!("79,90 €"), Some((79.9, "EUR"))),
            (json!("¥ 1,299"), Some((1299.0, "CNY"))),
            (json!("12 JPY"), Some((12.0, "JPY"))),
            (json!(88.5), Some((88.5, "CNY"))),
            (json!(" "), None),
        ] {
            let expected = expected.map(|(amount, currency)| money_of(amount, currency));
            assert_eq!(money(&written, "price", Some("cny")), Ok(expected), "{written}");
        }
        assert_eq!(money(&json!("12"), "g:price", None).unwrap_err().code, "currency_missing");
        assert_eq!(money(&json!("cheap EUR"), "g:price", None).unwrap_err().code, "amount_invalid");
    }

    #[test]
    fn goods_can_be_had_or_not() {
        for (written, expected) in [
            ("in stock", true),
            ("https://schema.org/OutOfStock", false),
            ("http://schema.org/PreOrder", true),
            ("有货", true),
            ("backorder", true),
        ] {
            assert_eq!(availability(&json!(written), "x"), Ok(expected), "{written}");
        }
        assert!(availability(&json!("perhaps"), "x").is_err());
    }
}
