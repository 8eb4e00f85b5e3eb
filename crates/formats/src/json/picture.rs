use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use types::{FieldError, Picture};

use super::fields::{Fields, text};

/// Reads what is known of a picture: `{"encoder": "efficientnet-lite0@…", "digest": "<32 hexadecimal digits>", "vector":
/// "<base64>"}`.
pub(super) fn picture_from_json(value: &Value) -> Result<Picture, FieldError> {
    let fields = Fields::new(value, "a picture", &["encoder", "digest", "vector"])?;
    let encoder = text(fields.required("encoder", "the version of an image encoder")?);
    let encoder = encoder.map_err(|error| error.within("encoder"))?;
    fields.required("digest", DIGEST)?;
    fields.required("vector", VECTOR)?;
    let digest = fields.read("digest", digest)?.unwrap_or_default();
    let vector = fields.read("vector", vector)?.unwrap_or_default();
    Picture::new(encoder, digest, &vector)
}

/// Writes what is known of a picture.
pub(super) fn picture_to_json(picture: &Picture) -> Value {
    let digest: String = picture.digest.iter().map(|byte| format!("{byte:02x}")).collect();
    json!({ "encoder": &*picture.encoder, "digest": digest, "vector": BASE64_STANDARD.encode(&picture.vector) })
}

const DIGEST: &str = "32 hexadecimal digits";
const VECTOR: &str = "the vector in base64";

fn digest(value: &Value) -> Result<[u8; 16], FieldError> {
    let digits = text(value)?;
    let refused = || FieldError::new("picture_invalid", "", DIGEST, digits);
    let number = u128::from_str_radix(digits, 16).map_err(|_| refused())?;
    if digits.len() == 32 { Ok(number.to_be_bytes()) } else { Err(refused()) }
}

fn vector(value: &Value) -> Result<Vec<u8>, FieldError> {
    let encoded = text(value)?;
    BASE64_STANDARD.decode(encoded).map_err(|_| FieldError::new("picture_invalid", "", VECTOR, encoded))
}
