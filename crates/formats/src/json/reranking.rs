use serde_json::{Value, json};
use types::{CappedKind, FieldError, KindCap, Protected, Reranking};

use super::attribute::short_number_to_json;
use super::fields::{Fields, list, number_within, text, whole_within};
use super::settings::filter_from_json;

const CAPS_MAX: usize = 8;
const PLACES_MAX: u32 = 100;

/// Reads what answers are ordered anew for: `{"dpp": 0.3, "caps": [{"by": "brand", "most": 2, "among": 10}],
/// "protected": {"filter": "seller = \"Small\"", "share": 0.3}}`; what is not named is not done.
///
/// # Errors
/// A [`FieldError`] with the path of the value.
pub fn reranking_from_json(value: &Value) -> Result<Reranking, FieldError> {
    let mut known: Vec<&str> = Reranking::DIALS.iter().map(|dial| dial.name).collect();
    known.extend(["protected", "caps"]);
    let fields = Fields::new(value, "dials by name", &known)?;
    let mut reranking = Reranking::default();
    for dial in Reranking::DIALS {
        if let Some(number) = fields.read(dial.name, |value| number_within(value, 0.0, 1.0))? {
            (dial.set)(&mut reranking, number as f32);
        }
    }
    reranking.protected = fields.read("protected", protected)?;
    reranking.caps = fields.read("caps", caps)?.unwrap_or_default();
    Ok(reranking)
}

/// Writes what answers are ordered anew for; [`reranking_from_json`] reads the same back.
pub fn reranking_to_json(reranking: &Reranking) -> Value {
    let dial = |dial: &types::Tunable<Reranking>| (dial.name.to_owned(), short_number_to_json((dial.get)(reranking)));
    let mut document: Value = Reranking::DIALS.iter().map(dial).collect();
    let protected = reranking.protected.as_ref().map(
        |Protected { filter, share }| json!({ "filter": filter.to_string(), "share": short_number_to_json(*share) }),
    );
    let cap = |cap: &KindCap| json!({ "by": cap.by.name(), "most": cap.most, "among": cap.among });
    document["protected"] = json!(protected);
    document["caps"] = reranking.caps.iter().map(cap).collect();
    document
}

fn protected(value: &Value) -> Result<Protected, FieldError> {
    let fields = Fields::new(value, "a protected group", &["filter", "share"])?;
    let filter = fields.required("filter", "a filter such as \"seller = Small\"")?;
    let filter = filter_from_json(filter).map_err(|error| error.within("filter"))?;
    fields.required("share", "a share from 0 to 1")?;
    let share = fields.read("share", |share| number_within(share, 0.0, 1.0))?.unwrap_or_default() as f32;
    Ok(Protected { filter, share })
}

fn caps(value: &Value) -> Result<Vec<KindCap>, FieldError> {
    let caps = list(value)?;
    if caps.len() > CAPS_MAX {
        let found = format!("{} caps", caps.len());
        return Err(FieldError::new("out_of_range", "", format!("at most {CAPS_MAX} caps"), found));
    }
    let read = |(place, value)| cap(value).map_err(|error| error.within(&format!("[{place}]")));
    caps.iter().enumerate().map(read).collect()
}

fn cap(value: &Value) -> Result<KindCap, FieldError> {
    let fields = Fields::new(value, "a cap", &["by", "most", "among"])?;
    fields.required("by", "what is counted")?;
    fields.required("most", "how many, from 1")?;
    let by = fields.read("by", |by| {
        let found = text(by)?;
        let names = CappedKind::ALL.map(CappedKind::name).join(", ");
        let kind = CappedKind::ALL.into_iter().find(|kind| kind.name() == found);
        kind.ok_or_else(|| FieldError::new("value_invalid", "", format!("one of {names}"), found))
    })?;
    let among = fields.read("among", |among| whole_within(among, 1, PLACES_MAX))?.unwrap_or(10);
    let most = fields.read("most", |most| whole_within(most, 1, among))?.unwrap_or(1);
    Ok(KindCap { by: by.unwrap_or(CappedKind::Brand), most, among })
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Filter;

    fn refused(document: &Value) -> String {
        let error = reranking_from_json(document).unwrap_err();
        format!("{} {}", error.code, error.field)
    }

    #[test]
    fn what_is_written_is_read_back() {
        let reranking = Reranking {
            dpp: 0.25,
            exposure: 1.0,
            protected: Some(Protected { filter: Filter::parse("seller = \"Small\"").unwrap(), share: 0.3 }),
            caps: vec![
                KindCap { by: CappedKind::Category, most: 3, among: 10 },
                KindCap { by: CappedKind::Seller, most: 1, among: 4 },
            ],
            ..Reranking::default()
        };
        assert_eq!(reranking_from_json(&reranking_to_json(&reranking)).unwrap(), reranking);
        assert_eq!(reranking_from_json(&json!({})).unwrap(), Reranking::default());
        assert_eq!(reranking_from_json(&reranking_to_json(&Reranking::default())).unwrap(), Reranking::default());
        let short = reranking_from_json(&json!({ "caps": [{ "by": "brand", "most": 2 }] })).unwrap();
        assert_eq!(short.caps, [KindCap { by: CappedKind::Brand, most: 2, among: 10 }]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(refused(&json!({ "dpp": 1.5 })), "out_of_range dpp");
        assert_eq!(refused(&json!({ "mmr": 0.5 })), "unknown_field mmr");
        assert_eq!(refused(&json!({ "caps": [{ "by": "colour", "most": 2 }] })), "value_invalid caps.[0].by");
        assert_eq!(refused(&json!({ "caps": [{ "by": "brand", "most": 0 }] })), "out_of_range caps.[0].most");
        assert_eq!(
            refused(&json!({ "caps": [{ "by": "brand", "most": 5, "among": 4 }] })),
            "out_of_range caps.[0].most"
        );
        assert_eq!(refused(&json!({ "protected": { "share": 0.2 } })), "field_missing protected.filter");
        assert_eq!(refused(&json!({ "protected": { "filter": "(", "share": 0.2 } })), "filter_syntax protected.filter");
    }
}
