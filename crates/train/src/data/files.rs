//! Reading what people have: JSON lines, and CoNLL columns.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::{Error, Result};

/// Longest line accepted, in bytes.
const LINE_BYTES_MAX: u64 = 16 << 20;

/// A text with its label: `{"text": "...", "label": "..."}`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct LabelledText {
    /// The text.
    pub text: String,
    /// Its label.
    #[serde(deserialize_with = "label")]
    pub label: String,
}

/// A query and a passage with how well they fit: `{"query": "...", "passage": "...", "score": 0.5}`.
#[derive(Clone, PartialEq, Debug, Deserialize)]
pub struct Scored {
    /// What was asked.
    pub query: String,
    /// What may answer it.
    pub passage: String,
    /// A judgement, a click (1) or none (0), or a teacher's score.
    pub score: f32,
}

/// Words with their BIO tags, one of each for every word.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TaggedWords {
    /// The words; Chinese ones are often single characters.
    pub words: Vec<String>,
    /// Their tags.
    pub tags: Vec<String>,
}

/// Texts with labels, one JSON document a line. An empty text is as good as any other.
///
/// # Errors
/// Names the file, and the line that is not such a document.
pub fn read_labelled(path: &Path) -> Result<Vec<LabelledText>> {
    json_lines(path, "a document with `text` and `label`", |document: &LabelledText| {
        if document.label.trim().is_empty() { Err(("label", "a label", "nothing")) } else { Ok(()) }
    })
}

/// Pairs with scores, one JSON document a line.
///
/// # Errors
/// As [`read_labelled`].
pub fn read_scored(path: &Path) -> Result<Vec<Scored>> {
    json_lines(path, "a document with `query`, `passage` and `score`", |document: &Scored| {
        if document.score.is_finite() { Ok(()) } else { Err(("score", "a finite number", "another")) }
    })
}

/// Texts with a number, `{"text": "...", "value": 4.5}` a line.
///
/// # Errors
/// As [`read_labelled`].
pub fn read_numbers(path: &Path) -> Result<Vec<(String, f32)>> {
    #[derive(Deserialize)]
    struct Document {
        text: String,
        value: f32,
    }
    let documents = json_lines(path, "a document with `text` and `value`", |document: &Document| {
        if document.value.is_finite() { Ok(()) } else { Err(("value", "a finite number", "another")) }
    })?;
    Ok(documents.into_iter().map(|document| (document.text, document.value)).collect())
}

/// Texts without labels, `{"text": "..."}` a line.
///
/// # Errors
/// As [`read_labelled`].
pub fn read_texts(path: &Path) -> Result<Vec<String>> {
    #[derive(Deserialize)]
    struct Document {
        text: String,
    }
    let documents = json_lines(path, "a document with `text`", |_: &Document| Ok(()))?;
    Ok(documents.into_iter().map(|document| document.text).collect())
}

/// Sentences in CoNLL columns: a word, a tab or a blank, and its tag, one a line; further columns between the two are
/// passed over; a blank line ends a sentence, `-DOCSTART-` lines mean nothing. IOB1 tags become BIO: an `I-x` that follows
/// neither `B-x` nor `I-x` begins a span.
///
/// # Errors
/// Names the file, and the line that has no word or no tag of `O`, `B-x` or `I-x`.
pub fn read_conll(path: &Path) -> Result<Vec<TaggedWords>> {
    let mut sentences = Vec::new();
    let mut open = TaggedWords::default();
    each_line(path, |number, line| {
        // A word may be a blank character itself, and then only its tag makes the line other than empty.
        let line = line.trim_end();
        if line.is_empty() || line.starts_with("-DOCSTART-") {
            if !open.words.is_empty() {
                sentences.push(std::mem::take(&mut open));
            }
            return Ok(());
        }
        let wrong = |expected: &str, got: &str| line_error(path, number, "line", expected, got);
        let (front, tag) =
            line.rsplit_once(['\t', ' ']).ok_or_else(|| wrong("a word, a tab or a blank, and a tag", line))?;
        let is_tag =
            tag == "O" || tag.strip_prefix("B-").or_else(|| tag.strip_prefix("I-")).is_some_and(|x| !x.is_empty());
        if !is_tag {
            return Err(line_error(path, number, "tag", "O, B-x or I-x", tag));
        }
        let word = front.split(['\t', ' ']).next().unwrap_or_default();
        open.words.push(word.to_owned());
        open.tags.push(repaired(tag, open.tags.last()));
        Ok(())
    })?;
    if !open.words.is_empty() {
        sentences.push(open);
    }
    Ok(sentences)
}

/// The tag in the BIO scheme, given the one before it.
fn repaired(tag: &str, before: Option<&String>) -> String {
    let Some(kind) = tag.strip_prefix("I-") else { return tag.to_owned() };
    let follows = before.is_some_and(|before| before.get(2..) == Some(kind));
    if follows { tag.to_owned() } else { format!("B-{kind}") }
}

/// A label may be written as a number or a truth value too.
fn label<'de, D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<String, D::Error> {
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(text) => Ok(text),
        value @ (serde_json::Value::Number(_) | serde_json::Value::Bool(_)) => Ok(value.to_string()),
        _ => Err(serde::de::Error::custom("a label is a text or a number")),
    }
}

type Fault = (&'static str, &'static str, &'static str);

fn json_lines<T: for<'de> Deserialize<'de>>(
    path: &Path,
    expected: &str,
    check: impl Fn(&T) -> std::result::Result<(), Fault>,
) -> Result<Vec<T>> {
    let mut documents = Vec::new();
    each_line(path, |number, line| {
        if line.trim().is_empty() {
            return Ok(());
        }
        let document: T = serde_json::from_str(line)
            .map_err(|error| line_error(path, number, "line", expected, &error.to_string()))?;
        check(&document).map_err(|(field, expected, got)| line_error(path, number, field, expected, got))?;
        documents.push(document);
        Ok(())
    })?;
    Ok(documents)
}

fn each_line(path: &Path, mut take: impl FnMut(usize, &str) -> Result<()>) -> Result<()> {
    let mut reader = BufReader::new(fs_err::File::open(path)?);
    let mut buffer = Vec::new();
    for number in 1.. {
        buffer.clear();
        if (&mut reader).take(LINE_BYTES_MAX).read_until(b'\n', &mut buffer)? == 0 {
            break;
        }
        if buffer.len() as u64 == LINE_BYTES_MAX {
            return Err(line_error(path, number, "line", "at most 16 MiB", "more"));
        }
        let text = std::str::from_utf8(&buffer)
            .map_err(|error| line_error(path, number, "line", "UTF-8", &error.to_string()))?;
        let text = if number == 1 { text.trim_start_matches('\u{feff}') } else { text };
        take(number, text.trim_end_matches(['\n', '\r']))?;
    }
    Ok(())
}

fn line_error(path: &Path, line: usize, field: &str, expected: &str, got: &str) -> Error {
    let path: PathBuf = path.to_owned();
    let got = got.chars().take(120).collect();
    Error::DataLine { path, line, field: field.to_owned(), expected: expected.to_owned(), got }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data");
        fs_err::write(&path, text).unwrap();
        (dir, path)
    }

    #[test]
    fn labels_may_be_numbers_and_texts_empty() {
        let (_dir, path) =
            file("\u{feff}{\"text\":\"质量好\",\"label\":1}\n\n{\"text\":\"\",\"label\":\"bad\",\"more\":2}\r\n");
        let read = read_labelled(&path).unwrap();
        let read: Vec<(&str, &str)> = read.iter().map(|one| (one.text.as_str(), one.label.as_str())).collect();
        assert_eq!(read, [("质量好", "1"), ("", "bad")]);
    }

    #[test]
    fn faults_name_file_line_and_field() {
        let said = |text: &str| {
            let (dir, path) = file(text);
            read_labelled(&path).unwrap_err().to_string().replace(&dir.path().display().to_string(), "DIR")
        };
        assert!(
            said("{\"text\":\"a\",\"label\":\"b\"}\n{\"text\":\"a\"}")
                .starts_with("DIR/data, line 2: `line` is missing field")
        );
        assert_eq!(said("{\"text\":\"a\",\"label\":\" \"}"), "DIR/data, line 1: `label` is nothing, expected a label");
        assert!(said("{\"text\":\"a\",\"label\":[]}").contains("a label is a text or a number"));
        let (dir, path) = file("厨 O\n师 B\n");
        let error = read_conll(&path).unwrap_err().to_string().replace(&dir.path().display().to_string(), "DIR");
        assert_eq!(error, "DIR/data, line 2: `tag` is B, expected O, B-x or I-x");
        let (_dir, path) = file("word\n");
        assert!(read_conll(&path).unwrap_err().to_string().contains("line 1"));
    }

    #[test]
    fn columns_of_several_kinds() {
        let (_dir, path) =
            file("-DOCSTART- O\n\n耐 B-品牌\r\n克 I-品牌\r\n  O\r\n\r\nred\tJJ\tI-color\ndress\tNN\tO\n\n\n");
        let read = read_conll(&path).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].words, ["耐", "克", ""]);
        assert_eq!(read[0].tags, ["B-品牌", "I-品牌", "O"]);
        assert_eq!((read[1].words[0].as_str(), read[1].tags[0].as_str()), ("red", "B-color"));
    }

    #[test]
    fn pairs_and_numbers() {
        let (_dir, path) = file("{\"query\":\"裙子\",\"passage\":\"红色连衣裙\",\"score\":1}\n");
        assert_eq!(read_scored(&path).unwrap()[0].score, 1.0);
        let (_dir, path) = file("{\"text\":\"茶\",\"value\":4.5}\n{\"text\":\"tea\",\"value\":\"x\"}\n");
        assert!(read_numbers(&path).unwrap_err().to_string().contains("line 2"));
    }
}
