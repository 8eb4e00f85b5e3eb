use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::failure::user;

/// The texts of a file or of all files of a folder, each once: lines of a `.txt`, and every text in the rows of a table or
/// of JSON, plain or packed.
pub(super) fn texts(corpus: &Path) -> Result<Vec<String>> {
    let mut files: Vec<PathBuf> = vec![corpus.to_path_buf()];
    if corpus.is_dir() {
        files = fs_err::read_dir(corpus)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
        files.retain(|path| path.is_file());
        files.sort();
    }
    let mut texts = Vec::new();
    for file in &files {
        if file.extension().is_some_and(|ending| ending == "txt") {
            let bytes = fs_err::read(file)?;
            texts.extend(String::from_utf8_lossy(&bytes).lines().map(str::to_owned));
        } else {
            rows(file, &mut texts).with_context(|| file.display().to_string())?;
        }
    }
    texts.retain(|text| !text.trim().is_empty());
    let mut seen = std::collections::HashSet::new();
    texts.retain(|text| seen.insert(text.clone()));
    if texts.is_empty() {
        return Err(user(format!("{}: expected a file or folder with texts, found none", corpus.display())));
    }
    Ok(texts)
}

fn rows(file: &Path, texts: &mut Vec<String>) -> Result<()> {
    let mut rows = formats::open_file(file, &formats::OpenOptions::default())?;
    while let Some(row) = rows.next_row()? {
        // A row that cannot be read has no texts to give; the others count.
        for value in row.fields.iter().flat_map(serde_json::Map::values) {
            strings(value, texts);
        }
    }
    Ok(())
}

fn strings(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| strings(value, texts)),
        Value::Object(fields) => fields.values().for_each(|value| strings(value, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_from_lines_tables_and_documents() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs_err::write(folder.path().join(name), text).unwrap();
        write("a.txt", "红色连衣裙\n\nred dress\n红色连衣裙\n");
        write("b.csv", "id,title\n1,蓝牙耳机\n2,tea pot\n");
        write("c.jsonl", "{\"title\":{\"zh\":\"茶壶\"},\"tags\":[\"gift\"],\"price\":3}\n");
        let mut found = texts(folder.path()).unwrap();
        found.retain(|text| text.chars().any(char::is_alphabetic));
        assert_eq!(found, ["红色连衣裙", "red dress", "蓝牙耳机", "tea pot", "茶壶", "gift"]);
        write("d.txt", "");
        assert!(texts(&folder.path().join("d.txt")).unwrap_err().to_string().contains("found none"));
    }
}
