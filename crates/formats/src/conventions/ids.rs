use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Longest id of others that is taken as it is, in bytes: what is added to it must still fit.
const OWN_BYTES_MAX: usize = 300;

/// An id made of what others call the event.
pub(super) fn own(convention: &str, id: &str) -> String {
    if id.len() > OWN_BYTES_MAX || id.chars().any(char::is_control) {
        return hashed(convention, &[&Value::from(id)]);
    }
    format!("{convention}-{id}")
}

/// An id made of what an event says: the same for the same values, in whatever order objects have their fields.
pub(super) fn hashed(convention: &str, said: &[&Value]) -> String {
    let mut digest = Sha256::new();
    said.iter().for_each(|value| feed(&mut digest, value));
    let digits: String = digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{convention}-{digits}")
}

/// Each value goes in with its type and, where it has parts, their number, so that no two values feed alike.
fn feed(digest: &mut Sha256, value: &Value) {
    match value {
        Value::Null => digest.update(b"n"),
        Value::Bool(yes) => digest.update([b'b', u8::from(*yes)]),
        Value::Number(number) => feed_text(digest, b'd', &number.to_string()),
        Value::String(text) => feed_text(digest, b's', text),
        Value::Array(parts) => {
            digest.update(b"a");
            digest.update((parts.len() as u64).to_le_bytes());
            parts.iter().for_each(|part| feed(digest, part));
        }
        Value::Object(fields) => {
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort();
            digest.update(b"o");
            digest.update((names.len() as u64).to_le_bytes());
            for name in names {
                feed_text(digest, b'k', name);
                feed(digest, &fields[name.as_str()]);
            }
        }
    }
}

fn feed_text(digest: &mut Sha256, tag: u8, text: &str) {
    digest.update([tag]);
    digest.update((text.len() as u64).to_le_bytes());
    digest.update(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_id_tells_values_apart_and_nothing_else() {
        let id = |value: Value| hashed("x", &[&value]);
        assert_eq!(id(json!({"a": 1, "b": [2]})), id(json!({"b": [2], "a": 1})));
        for (left, right) in [
            (json!({"a": "1"}), json!({"a": 1})),
            (json!([["a"], "b"]), json!([["a", "b"]])),
            (json!("ab"), json!(["a", "b"])),
            (json!({"a": null}), json!({})),
        ] {
            assert_ne!(id(left.clone()), id(right.clone()), "{left} {right}");
        }
        assert_eq!(own("segment", "m1"), "segment-m1");
        assert!(own("segment", &"长".repeat(200)).len() < 60 && own("x", "a\nb").len() < 60);
    }
}
