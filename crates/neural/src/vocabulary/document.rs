use serde_json::{Map, Value, json};

use super::{CutFault, Marks};

/// A `tokenizer.json` whose pieces can be told and taken out.
pub(super) struct Document {
    json: Value,
    kind: Kind,
    /// Pieces by number, added ones behind the model's own.
    pieces: Vec<String>,
    /// Pieces that are kept whatever they are.
    marks: Marks,
}

enum Kind {
    Unigram { unknown: Option<usize> },
    WordPiece { unknown: Option<usize>, prefix: String },
}

impl Document {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, CutFault> {
        let json: Value = serde_json::from_slice(bytes).map_err(|error| broken(&error.to_string()))?;
        let model = &json["model"];
        let (kind, mut pieces) = match model["type"].as_str() {
            Some("Unigram") => (Kind::Unigram { unknown: place(&model["unk_id"]) }, unigram_pieces(&model["vocab"])?),
            Some("WordPiece") => {
                let pieces = word_pieces(&model["vocab"])?;
                let unknown =
                    model["unk_token"].as_str().and_then(|name| pieces.iter().position(|piece| piece == name));
                let prefix = model["continuing_subword_prefix"].as_str().unwrap_or("##").to_owned();
                (Kind::WordPiece { unknown, prefix }, pieces)
            }
            other => return Err(CutFault::Kind { got: other.unwrap_or("none").to_owned() }),
        };
        let mut marks = Marks::new();
        for added in json["added_tokens"].as_array().into_iter().flatten() {
            let (Some(id), Some(content)) = (place(&added["id"]), added["content"].as_str()) else {
                return Err(broken("an added piece has no number or content"));
            };
            if id > pieces.len() {
                return Err(broken(&format!(
                    "the added piece {content} has the number {id}, expected {}",
                    pieces.len()
                )));
            }
            if id == pieces.len() {
                pieces.push(content.to_owned());
            }
            marks.insert(id);
        }
        if let Kind::Unigram { unknown } = &kind {
            marks.extend(unknown);
            // An unknown character costs more than the least likely piece by a fixed amount: with another one least
            // likely, texts with unknown characters would be parted differently.
            marks.extend(least_likely(&model["vocab"]));
        }
        if let Kind::WordPiece { .. } = &kind {
            let bracketed = |piece: &String| piece.starts_with('[') && piece.ends_with(']') && piece.len() > 2;
            marks.extend(pieces.iter().enumerate().filter(|(_, piece)| bracketed(piece)).map(|(id, _)| id));
        }
        Ok(Self { json, kind, pieces, marks })
    }

    /// How many pieces there are.
    pub(super) fn size(&self) -> usize {
        self.pieces.len()
    }

    /// Whether the piece is kept whatever it is.
    pub(super) fn always(&self, id: usize) -> bool {
        self.marks.contains(&id)
    }

    /// The piece without the marks that tell where in a word it stands.
    pub(super) fn bare(&self, id: usize) -> &str {
        let piece = &self.pieces[id];
        match &self.kind {
            Kind::Unigram { .. } => piece.strip_prefix('▁').unwrap_or(piece),
            Kind::WordPiece { prefix, .. } => piece.strip_prefix(prefix.as_str()).unwrap_or(piece),
        }
    }

    /// The piece for something unknown.
    pub(super) fn unknown(&self) -> Option<usize> {
        match self.kind {
            Kind::Unigram { unknown } | Kind::WordPiece { unknown, .. } => unknown,
        }
    }

    /// The tokenizer with these pieces only, numbered in this order.
    pub(super) fn keep(&self, kept: &[usize]) -> Result<Vec<u8>, CutFault> {
        let mut new = vec![None; self.pieces.len()];
        kept.iter().enumerate().for_each(|(at, id)| new[*id] = Some(at));
        let renumber = |value: &Value| place(value).and_then(|id| new.get(id).copied().flatten());
        let mut json = self.json.clone();
        let vocabulary = &mut json["model"]["vocab"];
        match &self.kind {
            Kind::Unigram { unknown } => {
                let pieces = vocabulary.as_array_mut().map(std::mem::take).unwrap_or_default();
                let stay = pieces.into_iter().enumerate().filter(|(id, _)| new[*id].is_some());
                *vocabulary = Value::Array(stay.map(|(_, piece)| piece).collect());
                json["model"]["unk_id"] = json!(unknown.and_then(|id| new[id]));
            }
            Kind::WordPiece { .. } => {
                let pieces = vocabulary.as_object_mut().map(std::mem::take).unwrap_or_default();
                let stay = pieces.into_iter().filter_map(|(piece, id)| Some((piece, json!(renumber(&id)?))));
                *vocabulary = Value::Object(stay.collect::<Map<_, _>>());
            }
        }
        for added in json["added_tokens"].as_array_mut().into_iter().flatten() {
            added["id"] = json!(renumber(&added["id"]));
        }
        renumber_marks(&mut json["post_processor"], &renumber);
        if let Some(padding) = json["padding"].as_object_mut() {
            let id = padding.get("pad_id").and_then(renumber);
            padding.insert("pad_id".to_owned(), json!(id.unwrap_or(0)));
        }
        serde_json::to_vec(&json).map_err(|error| broken(&error.to_string()))
    }
}

/// Renumbers the marks that are put around texts: lists under `ids` (templates), and pairs of a piece and its number
/// under `sep` and `cls` (BERT's and RoBERTa's own).
fn renumber_marks(value: &mut Value, renumber: &impl Fn(&Value) -> Option<usize>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                match (name.as_str(), value) {
                    ("ids", Value::Array(ids)) => ids.iter_mut().for_each(|id| *id = json!(renumber(id))),
                    ("sep" | "cls", Value::Array(pair)) if pair.len() == 2 => pair[1] = json!(renumber(&pair[1])),
                    (_, value) => renumber_marks(value, renumber),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| renumber_marks(value, renumber)),
        _ => {}
    }
}

fn unigram_pieces(vocabulary: &Value) -> Result<Vec<String>, CutFault> {
    let pieces = vocabulary.as_array().ok_or_else(|| broken("`model.vocab` is not a list"))?;
    let one = |piece: &Value| piece[0].as_str().map(str::to_owned).ok_or_else(|| broken("a piece is not a text"));
    pieces.iter().map(one).collect()
}

fn word_pieces(vocabulary: &Value) -> Result<Vec<String>, CutFault> {
    let fields = vocabulary.as_object().ok_or_else(|| broken("`model.vocab` is not an object"))?;
    let mut pieces: Vec<Option<String>> = vec![None; fields.len()];
    for (piece, id) in fields {
        let slot = place(id).and_then(|id| pieces.get_mut(id));
        *slot.ok_or_else(|| {
            broken(&format!("the piece {piece} has the number {id}, expected one below {}", fields.len()))
        })? = Some(piece.clone());
    }
    pieces.into_iter().collect::<Option<_>>().ok_or_else(|| broken("two pieces have the same number"))
}

/// The number of the piece with the lowest score.
fn least_likely(vocabulary: &Value) -> Option<usize> {
    let scores = vocabulary.as_array()?.iter().map(|piece| piece[1].as_f64().unwrap_or(0.0)).enumerate();
    scores.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(id, _)| id)
}

fn place(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|number| usize::try_from(number).ok())
}

fn broken(fault: &str) -> CutFault {
    CutFault::Tokenizer { fault: fault.to_owned() }
}
