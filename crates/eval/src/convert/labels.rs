use std::io::Read;
use std::path::Path;

use flate2::read::DeflateDecoder;
use serde_json::{Value, json};
use types::{FieldError, Rng};

use crate::{Error, Result, lines};

/// What a conversion into labelled texts or sentences wrote.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Labelled {
    /// Examples to learn from.
    pub train: usize,
    /// Examples to choose by.
    pub validation: usize,
    /// Examples to report on.
    pub test: usize,
}

/// Largest file that is unpacked.
const UNPACKED_MAX: u64 = 1 << 30;

/// The intents of Larson et al. 2019 (clinc/oos-eval): `data_full.json`, in the authors' own parts. Texts out of scope have
/// the label `oos` in every part.
///
/// # Errors
/// Where the source lacks the file, it is not what it should be, or the folder cannot be written; as in all functions here.
pub fn clinc(source: &Path, out: &Path) -> Result<Labelled> {
    let path = lines::require(source, "data_full.json")?;
    let wrong = |wrong| Error::Line { path: path.clone(), line: 1, wrong };
    let mut bytes = Vec::new();
    lines::open(&path)?.read_to_end(&mut bytes).map_err(|error| Error::file(&path, error))?;
    let document = formats::json::parse(&bytes).map_err(wrong)?;
    let part = |names: [&str; 2]| -> Result<Vec<Value>> {
        let mut texts = Vec::new();
        for name in names {
            let expected = || FieldError::new("part_missing", name, "a list of pairs of text and label", "none");
            for pair in document[name].as_array().ok_or_else(|| wrong(expected()))? {
                let (Some(text), Some(label)) = (pair[0].as_str(), pair[1].as_str()) else {
                    return Err(wrong(FieldError::new("pair_invalid", name, "a text and a label", pair.to_string())));
                };
                texts.push(labelled(text, label));
            }
        }
        Ok(texts)
    };
    write(out, &[part(["train", "oos_train"])?, part(["val", "oos_val"])?, part(["test", "oos_test"])?])
}

/// The customer-service utterances of Bitext, in their own parts: the three CSV files with `utterance` and `intent`.
///
/// # Errors
/// As [`clinc`].
pub fn bitext(source: &Path, out: &Path) -> Result<Labelled> {
    let part = |name: &str| -> Result<Vec<Value>> {
        let path = lines::require(source, &format!("Bitext_Sample_Customer_Service_{name}_Dataset.csv"))?;
        let mut texts = Vec::new();
        lines::each_row(&path, b',', ["utterance", "intent"], |[text, label]| {
            texts.push(labelled(text, label));
            Ok(())
        })?;
        Ok(texts)
    };
    write(out, &[part("Training")?, part("Validation")?, part("Testing")?])
}

/// Chinese shop reviews (`online_shopping_10_cats`, ChineseNlpCorpus), a CSV file with `label` and `review`, perhaps in a zip
/// archive: a random tenth to report on and another to choose by, drawn with `seed`.
///
/// # Errors
/// As [`clinc`].
pub fn zh_reviews(source: &Path, out: &Path, seed: u64) -> Result<Labelled> {
    let unpacked;
    let path = match lines::find(source, "online_shopping_10_cats.csv") {
        Some(path) => path,
        None => {
            let zip = lines::require(source, "online_shopping_10_cats.zip")?;
            unpacked = unzip_first(&zip)?;
            unpacked.path().to_path_buf()
        }
    };
    let mut texts = Vec::new();
    lines::each_row(&path, b',', ["label", "review"], |[label, text]| {
        let label = match label {
            "0" => "negative",
            "1" => "positive",
            _ => return Err(FieldError::new("label_invalid", "label", "0 or 1", label)),
        };
        texts.push(labelled(text.trim_start_matches('\u{feff}'), label));
        Ok(())
    })?;
    Rng::new(seed).shuffle(&mut texts);
    let tenth = texts.len() / 10;
    let test = texts.split_off(texts.len() - tenth);
    let validation = texts.split_off(texts.len() - tenth);
    write(out, &[texts, validation, test])
}

/// Taobao titles with spans in CoNLL columns (allanj/ner_incomplete_annotation), in their own parts.
///
/// # Errors
/// As [`clinc`].
pub fn ner_taobao(source: &Path, out: &Path) -> Result<Labelled> {
    fs_err::create_dir_all(out).map_err(|error| Error::file(out, error))?;
    let mut counts = [0; 3];
    for (count, name) in counts.iter_mut().zip(["train.txt", "dev.txt", "test.txt"]) {
        let path = lines::require(source, name)?;
        let mut text = String::new();
        lines::open(&path)?.read_to_string(&mut text).map_err(|error| Error::file(&path, error))?;
        let mut open = false;
        let mut columns = String::with_capacity(text.len());
        for line in text.lines() {
            let line = line.trim_end();
            let sentence = !line.is_empty();
            *count += usize::from(open && !sentence);
            open = sentence;
            columns.push_str(line);
            columns.push('\n');
        }
        *count += usize::from(open);
        lines::write(&out.join(name), &columns)?;
    }
    Ok(Labelled { train: counts[0], validation: counts[1], test: counts[2] })
}

fn labelled(text: &str, label: &str) -> Value {
    json!({ "text": text, "label": label })
}

fn write(out: &Path, parts: &[Vec<Value>; 3]) -> Result<Labelled> {
    fs_err::create_dir_all(out).map_err(|error| Error::file(out, error))?;
    for (name, part) in ["train.jsonl", "valid.jsonl", "test.jsonl"].iter().zip(parts) {
        let text: String = part.iter().map(|document| format!("{document}\n")).collect();
        lines::write(&out.join(name), &text)?;
    }
    Ok(Labelled { train: parts[0].len(), validation: parts[1].len(), test: parts[2].len() })
}

/// Unpacks the first file of a zip archive (APPNOTE.TXT of PKWARE, section 4.3.7) into a temporary one.
fn unzip_first(path: &Path) -> Result<tempfile::NamedTempFile> {
    let failed = |error| Error::file(path, error);
    let bytes = fs_err::read(path).map_err(failed)?;
    let invalid = |what: &str| failed(std::io::Error::new(std::io::ErrorKind::InvalidData, what));
    let number = |at: usize| bytes.get(at..at + 2).map(|two| usize::from(u16::from_le_bytes([two[0], two[1]])));
    if !bytes.starts_with(b"PK\x03\x04") {
        return Err(invalid("no zip archive"));
    }
    let (Some(method), Some(name), Some(extra)) = (number(8), number(26), number(28)) else {
        return Err(invalid("a zip archive that is cut short"));
    };
    let data = bytes.get(30 + name + extra..).ok_or_else(|| invalid("a zip archive that is cut short"))?;
    if method != 8 {
        return Err(invalid("a zip archive whose first file is not deflated"));
    }
    let mut file = tempfile::NamedTempFile::new().map_err(failed)?;
    let copied = std::io::copy(&mut DeflateDecoder::new(data).take(UNPACKED_MAX), &mut file).map_err(failed)?;
    if copied == UNPACKED_MAX {
        return Err(invalid("a zip archive whose first file is larger than 1 GiB"));
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn lines_of(path: &Path) -> Vec<Value> {
        fs_err::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn intents_in_their_own_parts() {
        let dir = tempfile::tempdir().unwrap();
        let document = json!({
            "train": [["what is my balance", "balance"]], "val": [["balance?", "balance"]], "test": [["余额", "balance"]],
            "oos_train": [["sing", "oos"]], "oos_val": [], "oos_test": [["dance", "oos"], ["jump", "oos"]],
        });
        fs_err::write(dir.path().join("data_full.json"), document.to_string()).unwrap();
        let out = dir.path().join("out");
        assert_eq!(clinc(dir.path(), &out).unwrap(), Labelled { train: 2, validation: 1, test: 3 });
        assert_eq!(lines_of(&out.join("test.jsonl"))[0], json!({"text": "余额", "label": "balance"}));
        fs_err::write(dir.path().join("data_full.json"), r#"{"train": [["a"]]}"#).unwrap();
        assert!(clinc(dir.path(), &out).unwrap_err().to_string().contains("a text and a label"));
    }

    #[test]
    fn reviews_out_of_an_archive_by_seed() {
        let dir = tempfile::tempdir().unwrap();
        let rows: String = (0..40).map(|at| format!("书籍,{},\"第{at}本，\n不错\"\n", at % 2)).collect();
        let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(format!("cat,label,review\n{rows}").as_bytes()).unwrap();
        let mut archive = b"PK\x03\x04\x14\0\0\0\x08\0".to_vec();
        archive.resize(26, 0);
        archive.extend_from_slice(&[5, 0, 0, 0]);
        archive.extend_from_slice(b"a.csv");
        archive.extend(packed.finish().unwrap());
        let path = dir.path().join("online_shopping_10_cats.zip");
        fs_err::write(&path, &archive).unwrap();
        let out = dir.path().join("out");
        assert_eq!(zh_reviews(dir.path(), &out, 1).unwrap(), Labelled { train: 32, validation: 4, test: 4 });
        let first = lines_of(&out.join("test.jsonl"));
        assert!(first[0]["text"].as_str().unwrap().contains("\n不错"));
        zh_reviews(dir.path(), &out, 2).unwrap();
        assert_ne!(lines_of(&out.join("test.jsonl")), first);
        fs_err::write(&path, &archive[..20]).unwrap();
        assert!(zh_reviews(dir.path(), &out, 1).unwrap_err().to_string().contains("cut short"));
        fs_err::write(&path, b"nonsense").unwrap();
        assert!(zh_reviews(dir.path(), &out, 1).unwrap_err().to_string().contains("no zip archive"));
    }

    #[test]
    fn utterances_and_titles_in_their_own_parts() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["Training", "Validation", "Testing"] {
            let table = "utterance,intent,tags\n\"cancel, please\",cancel_order,B\n";
            let path = dir.path().join(format!("Bitext_Sample_Customer_Service_{name}_Dataset.csv"));
            fs_err::write(path, table).unwrap();
        }
        for name in ["train.txt", "dev.txt", "test.txt"] {
            fs_err::write(dir.path().join(name), "帽 B-HCCX\r\n子 I-HCCX\r\n\r\n \u{3000} O\r\n").unwrap();
        }
        let out = dir.path().join("out");
        assert_eq!(bitext(dir.path(), &out).unwrap(), Labelled { train: 1, validation: 1, test: 1 });
        assert_eq!(lines_of(&out.join("train.jsonl"))[0]["text"], "cancel, please");
        assert_eq!(ner_taobao(dir.path(), &out).unwrap(), Labelled { train: 2, validation: 2, test: 2 });
        assert!(fs_err::read_to_string(out.join("dev.txt")).unwrap().starts_with("帽 B-HCCX\n子 I-HCCX\n\n"));
    }
}
