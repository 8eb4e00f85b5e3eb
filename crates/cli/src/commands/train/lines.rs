//! JSON lines of which each must be a document of one kind.

use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::Result;
use serde::de::DeserializeOwned;

/// The documents of a file; blank lines mean nothing. A fault names the file, the line, the field where one is at fault,
/// and what was expected.
pub(crate) fn json_lines<T: DeserializeOwned>(path: &Path, expected: &str) -> Result<Vec<T>> {
    let mut documents = Vec::new();
    for (at, line) in BufReader::new(fs_err::File::open(path)?).lines().enumerate() {
        let wrong = |field: String, got: String| train::Error::DataLine {
            path: path.to_owned(),
            line: at + 1,
            field,
            expected: expected.to_owned(),
            got,
        };
        let line = line.map_err(|error| wrong("line".to_owned(), error.to_string()))?;
        let text = line.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            continue;
        }
        let mut reader = serde_json::Deserializer::from_str(text);
        let document = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let field = match error.path().to_string() {
                path if path == "." => "line".to_owned(),
                path => path,
            };
            wrong(field, error.into_inner().to_string())
        })?;
        reader.end().map_err(|error| wrong("line".to_owned(), error.to_string()))?;
        documents.push(document);
    }
    Ok(documents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, Debug)]
    struct Document {
        text: String,
        label: f32,
    }

    #[test]
    fn faults_name_file_line_and_field() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("train.jsonl");
        let said = |content: &str| {
            fs_err::write(&path, content).unwrap();
            json_lines::<Document>(&path, "`text` and `label`").map_err(|error| error.to_string())
        };
        let good = said("\u{feff}{\"text\":\"绿茶\",\"label\":1}\n\n{\"text\":\"tea\",\"label\":0.5}").unwrap();
        assert_eq!((good.len(), good[0].text.as_str(), good[1].label), (2, "绿茶", 0.5));
        let error = said("{\"text\":\"a\",\"label\":1}\n{\"text\":\"b\",\"label\":\"x\"}").unwrap_err();
        assert!(
            error.contains("train.jsonl, line 2: `label`") && error.contains("expected `text` and `label`"),
            "{error}"
        );
        assert!(said("{\"text\":\"a\"}").unwrap_err().contains("line 1"));
        assert!(said("{\"text\":\"a\",\"label\":1} {}").unwrap_err().contains("line 1"));
        fs_err::write(&path, b"\xff\xfe").unwrap();
        assert!(json_lines::<Document>(&path, "x").unwrap_err().to_string().contains("line 1"));
    }
}
