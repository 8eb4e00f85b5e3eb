use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};
use types::Language;

use crate::vector::hex;
use crate::{Error, Result};

/// What `model.json` says about the model in its folder.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Stable name, under which a shop's settings and explanations know the encoder.
    pub id: String,
    /// Architecture of the network.
    pub family: String,
    /// Numbers in a vector.
    pub dims: usize,
    /// The network's output to read.
    pub output: String,
    /// What is still to do to that output.
    pub pooling: Pooling,
    /// Put before a query.
    pub query_prefix: String,
    /// Put before a passage.
    pub passage_prefix: String,
    /// Pieces the network can take, its own marks included.
    pub tokens_max: usize,
    /// Pieces a query is cut to.
    pub query_tokens: usize,
    /// Pieces a passage is cut to: more costs time in proportion.
    pub passage_tokens: usize,
    /// Codes of the languages it understands.
    pub languages: Vec<String>,
    /// SPDX name of the weights' licence.
    pub licence: String,
    /// Where the weights come from and what was done to them.
    pub source: String,
    /// The files, one of each role.
    pub files: Vec<ModelFile>,
}

/// How a network's output becomes one vector.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// The network gives one vector a text.
    Done,
    /// The network gives one vector a piece; their mean is taken.
    Mean,
}

/// One file of a model.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// `network` or `tokenizer`.
    pub role: String,
    /// Its name in the model's folder.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// Reads and checks `model.json` in `folder`, and that the files it lists are there with the right size.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("model.json");
        let unreadable = |source| Error::Read { folder: folder.to_owned(), source };
        let bytes = fs_err::read(&path).map_err(unreadable)?;
        let manifest: Self =
            serde_json::from_slice(&bytes).map_err(|source| Error::Manifest { path: path.clone(), source })?;
        manifest.check(&path)?;
        for file in &manifest.files {
            let path = folder.join(&file.name);
            let found = fs_err::metadata(&path).map_err(unreadable)?.len();
            if found != file.bytes {
                let (expected, got) = (format!("{} bytes", file.bytes), format!("{found} bytes"));
                return Err(Error::WrongFile { path, expected, got });
            }
        }
        Ok(manifest)
    }

    /// Compares every file with its SHA-256; slow (tens of megabytes), so for installation and diagnosis only.
    ///
    /// # Errors
    /// Names the first file that differs.
    pub fn verify(&self, folder: &Path) -> Result<()> {
        for file in &self.files {
            let path = folder.join(&file.name);
            let bytes = fs_err::read(&path).map_err(|source| Error::Read { folder: folder.to_owned(), source })?;
            let got = hex(&Sha256::digest(&bytes));
            if got != file.sha256 {
                return Err(Error::WrongFile { path, expected: file.sha256.clone(), got });
            }
        }
        Ok(())
    }

    /// Path of the file that plays `role`.
    pub(crate) fn path(&self, folder: &Path, role: &str) -> PathBuf {
        let file = self.files.iter().find(|file| file.role == role).expect("checked when read");
        folder.join(&file.name)
    }

    /// The languages it understands.
    pub fn languages(&self) -> Vec<Language> {
        self.languages.iter().map(|code| Language::from_code(code)).collect()
    }

    /// Everything that changes a vector: the files and how texts are put to them.
    pub(crate) fn digest(&self) -> String {
        let mut hasher = Sha256::new();
        for part in [&self.output, &self.query_prefix, &self.passage_prefix] {
            hasher.update(part.as_bytes());
            hasher.update([0]);
        }
        let numbers = [self.dims, self.query_tokens, self.passage_tokens, self.pooling as usize];
        numbers.iter().for_each(|number| hasher.update((*number as u64).to_le_bytes()));
        self.files.iter().for_each(|file| hasher.update(file.sha256.as_bytes()));
        hex(&hasher.finalize()[..6])
    }

    fn check(&self, path: &Path) -> Result<()> {
        let refuse =
            |field, expected, got: String| Err(Error::ManifestValue { path: path.to_owned(), field, expected, got });
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if self.id.is_empty() || !self.id.chars().all(plain) {
            return refuse("id", "a name of letters, digits, '-', '_' and '.'", self.id.clone());
        }
        if !(1..=8192).contains(&self.dims) {
            return refuse("dims", "a number from 1 to 8192", self.dims.to_string());
        }
        if !(8..=65_536).contains(&self.tokens_max) {
            return refuse("tokens_max", "a number from 8 to 65536", self.tokens_max.to_string());
        }
        for (field, tokens) in [("query_tokens", self.query_tokens), ("passage_tokens", self.passage_tokens)] {
            if !(8..=self.tokens_max).contains(&tokens) {
                return refuse(field, "a number from 8 to `tokens_max`", tokens.to_string());
            }
        }
        for role in ["network", "tokenizer"] {
            if self.files.iter().filter(|file| file.role == role).count() != 1 {
                return refuse(
                    "files",
                    "one file each for the roles `network` and `tokenizer`",
                    format!("not one {role}"),
                );
            }
        }
        // A manifest must not reach out of its folder.
        match self.files.iter().find(|file| file.name.is_empty() || !file.name.chars().all(plain)) {
            Some(file) => refuse("files.name", "a plain file name", file.name.clone()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with `model.json` and the two files it names, both of them nonsense.
    fn folder_with(change: impl Fn(&mut serde_json::Value)) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let file = |role: &str, name: &str| {
            fs_err::write(folder.path().join(name), b"nonsense").unwrap();
            serde_json::json!({"role": role, "name": name, "bytes": 8, "sha256": hex(&Sha256::digest(b"nonsense"))})
        };
        let mut json = serde_json::json!({
            "id": "test", "family": "bert", "dims": 4, "output": "out", "pooling": "mean", "query_prefix": "",
            "passage_prefix": "", "tokens_max": 512, "query_tokens": 64, "passage_tokens": 64, "languages": ["zh"],
            "licence": "MIT", "source": "a test", "files": [file("network", "net.onnx"), file("tokenizer", "tok.json")],
        });
        change(&mut json);
        fs_err::write(folder.path().join("model.json"), json.to_string()).unwrap();
        folder
    }

    fn complaint(error: &Error) -> String {
        let source = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        format!("{error}: {source}")
    }

    #[test]
    fn a_good_folder_is_read_and_verified() {
        let folder = folder_with(|_| {});
        let manifest = Manifest::read(folder.path()).unwrap();
        manifest.verify(folder.path()).unwrap();
        fs_err::write(folder.path().join("net.onnx"), b"NONSENSE").unwrap();
        let error = manifest.verify(folder.path()).unwrap_err();
        assert!(matches!(&error, Error::WrongFile { path, .. } if path.ends_with("net.onnx")), "{error}");
    }

    #[test]
    fn faults_name_the_file_and_the_field() {
        let error = Manifest::read(Path::new("/no/such/model")).unwrap_err();
        assert!(complaint(&error).contains("/no/such/model/model.json"), "{}", complaint(&error));
        for (field, value) in [
            ("dims", 0.into()),
            ("id", "../x".into()),
            ("passage_tokens", 1_000.into()),
            ("tokens_max", 1.into()),
            ("files", serde_json::json!([])),
        ] {
            let folder = folder_with(|json| json[field] = serde_json::Value::clone(&value));
            let error = Manifest::read(folder.path()).unwrap_err();
            assert!(matches!(&error, Error::ManifestValue { field: named, .. } if *named == field), "{error}");
        }
        let error = Manifest::read(folder_with(|json| json["files"][0]["name"] = "../net".into()).path()).unwrap_err();
        assert!(error.to_string().contains("files.name"), "{error}");
        let error = Manifest::read(folder_with(|json| json["surprise"] = 1.into()).path()).unwrap_err();
        assert!(complaint(&error).contains("surprise"), "{}", complaint(&error));
        let error = Manifest::read(folder_with(|json| json["files"][1]["bytes"] = 9.into()).path()).unwrap_err();
        assert!(error.to_string().contains("tok.json"), "{error}");
    }

    #[test]
    fn nonsense_files_are_refused_by_name() {
        let folder = folder_with(|_| {});
        let error = crate::Encoder::load(folder.path(), 1).err().unwrap();
        assert!(error.to_string().contains(folder.path().to_str().unwrap()), "{error}");
    }
}
