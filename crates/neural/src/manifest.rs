use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use types::Language;

use crate::vector::hex;
use crate::{Error, Result};

/// What `model.json` says about the model in its folder.
///
/// Files written before a field was there are read with the field's default, so a manifest of any age describes the same
/// model for ever.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Stable name, under which a shop's settings and explanations know the model.
    pub id: String,
    /// What the network is for.
    #[serde(default)]
    pub task: Task,
    /// Architecture of the network.
    pub family: String,
    /// Numbers in a vector; of a cross-encoder 1, of other heads one a label.
    pub dims: usize,
    /// Numbers the network gives where `dims` keeps only the first of them (Matryoshka).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dims_full: Option<usize>,
    /// The network's output to read.
    pub output: String,
    /// What is still to do to that output.
    #[serde(default)]
    pub pooling: Pooling,
    /// What becomes of a cross-encoder's output.
    #[serde(default, skip_serializing_if = "Activation::is_default")]
    pub activation: Activation,
    /// Put before a query.
    #[serde(default)]
    pub query_prefix: String,
    /// Put before a passage.
    #[serde(default)]
    pub passage_prefix: String,
    /// Pieces the network can take, its own marks included.
    #[serde(default = "tokens_of_bert")]
    pub tokens_max: usize,
    /// Pieces a query is cut to.
    #[serde(default = "tokens_of_a_title")]
    pub query_tokens: usize,
    /// Pieces a passage is cut to: more costs time in proportion. Of a cross-encoder the pair's pieces.
    #[serde(default = "tokens_of_a_title")]
    pub passage_tokens: usize,
    /// Codes of the languages it understands.
    #[serde(default)]
    pub languages: Vec<String>,
    /// What the outputs of a classifier or tagger mean, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Logits are divided by it before they become probabilities (temperature scaling); nothing where the model is not
    /// calibrated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f32>,
    /// Pieces in the tokenizer's vocabulary; each must have a row in the network's table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pieces: Option<usize>,
    /// In which numbers most of the weights are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
    /// How a picture is put to the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageInput>,
    /// The two encoders that a joint space stands on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub towers: Option<Towers>,
    /// Version of the encoder whose vectors a head reads; nothing where the network brings its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoder: Option<String>,
    /// SPDX name of the weights' licence.
    pub licence: String,
    /// Where the weights come from and what was done to them.
    pub source: String,
    /// The repository they were pulled from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<Upstream>,
    /// The files, one of each role.
    pub files: Vec<ModelFile>,
}

/// What a network is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Texts to vectors.
    #[default]
    Encoder,
    /// A query and a passage to how well they fit.
    CrossEncoder,
    /// A text to one of several labels.
    Classifier,
    /// The words of a text to labels.
    Tagger,
    /// Pictures to vectors.
    ImageEncoder,
    /// Texts and pictures to vectors in one space.
    Joint,
}

impl Task {
    /// Its name, as in `model.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Encoder => "encoder",
            Self::CrossEncoder => "cross-encoder",
            Self::Classifier => "classifier",
            Self::Tagger => "tagger",
            Self::ImageEncoder => "image-encoder",
            Self::Joint => "joint",
        }
    }

    /// Whether it takes texts, and so needs a tokenizer of its own.
    pub fn reads_text(self) -> bool {
        !matches!(self, Self::ImageEncoder | Self::Joint)
    }
}

/// What a model means for vectors that are already there, see [`Manifest::compatible`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fit {
    /// It made them.
    Same,
    /// It gives vectors of the same length but other numbers: every text has to be encoded again, and until then
    /// queries must not be compared with the old vectors.
    Encode,
}

impl Activation {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out a reference")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How a network's output becomes one vector.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// The network gives one vector a text.
    #[default]
    Done,
    /// The network gives one vector a piece; their mean is taken.
    Mean,
    /// The network gives one vector a piece; the first one, `[CLS]`, is taken.
    Cls,
    /// The network gives one vector a piece; the last one is taken.
    LastToken,
}

/// What becomes of a cross-encoder's output.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// It is the score.
    #[default]
    Identity,
    /// It is a logit; the score is its probability.
    Sigmoid,
}

/// In which numbers weights are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// 32-bit floating point.
    F32,
    /// 16-bit floating point.
    F16,
    /// 8-bit whole numbers with scales.
    Int8,
    /// 4-bit whole numbers with scales.
    Int4,
}

/// How a picture is put to a network.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageInput {
    /// Pixels on a side.
    pub size: u32,
    /// Taken from each channel (red, green, blue) of values from 0 to 1.
    pub mean: [f32; 3],
    /// What is left is divided by it.
    pub deviation: [f32; 3],
    /// Whether the largest square in the middle is taken; else the whole picture is squeezed into the square.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub crop: bool,
}

/// The two encoders of a joint space, by the names of their folders, which lie beside the joint model's.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Towers {
    /// The encoder of its texts.
    pub text: String,
    /// The encoder of its pictures.
    pub image: String,
}

/// Where a model was pulled from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// Repository, as `owner/name`.
    pub repo: String,
    /// Commit the files were taken from.
    pub revision: String,
    /// The network's file in it.
    pub file: String,
}

/// One file of a model.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// `network`, `tokenizer`, or another part a task needs.
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

    /// Writes `model.json` into `folder`, whole or not at all.
    ///
    /// # Errors
    /// Names what is out of bounds, or the file that cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join("model.json");
        self.check(&path)?;
        let bytes = serde_json::to_vec_pretty(self).map_err(|source| Error::Manifest { path: path.clone(), source })?;
        let unwritable = |source| Error::Write { folder: folder.to_owned(), source };
        let part = folder.join("model.json.part");
        fs_err::write(&part, bytes).map_err(unwritable)?;
        fs_err::rename(&part, &path).map_err(unwritable)
    }

    /// Path of the file that plays `role`, where there is one.
    pub fn file(&self, folder: &Path, role: &str) -> Option<PathBuf> {
        self.files.iter().find(|file| file.role == role).map(|file| folder.join(&file.name))
    }

    /// Path of the file that plays `role`, which the model's task needs.
    pub(crate) fn path(&self, folder: &Path, role: &str) -> PathBuf {
        self.file(folder, role).expect("checked when read")
    }

    /// Refuses a model that is not for `task`, before anything is loaded.
    pub(crate) fn expect(&self, folder: &Path, task: Task) -> Result<()> {
        if self.task == task {
            return Ok(());
        }
        let (path, got) = (folder.join("model.json"), self.task.name().to_owned());
        Err(Error::ManifestValue { path, field: "task", expected: task.name(), got })
    }

    /// The name with a digest of everything that changes what comes out: keep vectors only under this.
    pub fn version(&self) -> String {
        format!("{}@{}", self.id, self.digest())
    }

    /// What this model means for an index whose vectors have `dims` numbers and were made by `version`. Ask before the
    /// index is touched.
    ///
    /// # Errors
    /// [`Error::Incompatible`] where the model cannot stand in for the one that made the vectors: it has another name,
    /// is no encoder, or gives vectors of another length. Nothing but a new index helps then.
    pub fn compatible(&self, dims: usize, version: &str) -> Result<Fit> {
        let differs = |what, expected: String, got: String| {
            Err(Error::Incompatible { model: self.id.clone(), what, expected, got })
        };
        let id = version.split('@').next().unwrap_or_default();
        if !matches!(self.task, Task::Encoder | Task::ImageEncoder | Task::Joint) {
            return differs("task", Task::Encoder.name().to_owned(), self.task.name().to_owned());
        }
        if id != self.id {
            return differs("name", id.to_owned(), self.id.clone());
        }
        if dims != self.dims {
            return differs("length of a vector", dims.to_string(), self.dims.to_string());
        }
        // The part after a dot names a runner and is the encoder's to compare.
        let files =
            version.rsplit_once('.').filter(|(files, _)| files.len() > id.len()).map_or(version, |(files, _)| files);
        Ok(if files == self.version() { Fit::Same } else { Fit::Encode })
    }

    /// Whether `id` can be a model's name, and so that of its folder.
    pub fn is_id(id: &str) -> bool {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        !id.is_empty() && !id.starts_with('.') && id.chars().all(plain)
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
        // Only where it is not the default, so that vectors kept under older manifests stay valid.
        if let Some(image) = &self.image {
            hasher.update(image.size.to_le_bytes());
            image.mean.iter().chain(&image.deviation).for_each(|number| hasher.update(number.to_le_bytes()));
            hasher.update([u8::from(image.crop)]);
        }
        self.files.iter().for_each(|file| hasher.update(file.sha256.as_bytes()));
        hex(&hasher.finalize()[..6])
    }

    /// Whether every value is within its bounds; `path` is named where one is not.
    fn check(&self, path: &Path) -> Result<()> {
        let refuse =
            |field, expected, got: String| Err(Error::ManifestValue { path: path.to_owned(), field, expected, got });
        if !Self::is_id(&self.id) {
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
        if self.dims_full.is_some_and(|full| !(self.dims..=65_536).contains(&full)) {
            let got = self.dims_full.unwrap_or_default().to_string();
            return refuse("dims_full", "a number from `dims` to 65536", got);
        }
        if self.temperature.is_some_and(|value| !(value.is_finite() && value > 0.0)) {
            return refuse("temperature", "a number above 0", format!("{:?}", self.temperature));
        }
        self.check_files(path)
    }

    fn check_files(&self, path: &Path) -> Result<()> {
        let refuse =
            |field, expected, got: String| Err(Error::ManifestValue { path: path.to_owned(), field, expected, got });
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let needed: &[&str] = match self.task {
            Task::Joint => &[],
            Task::ImageEncoder => &["network"],
            Task::Encoder | Task::CrossEncoder | Task::Classifier | Task::Tagger => &["network", "tokenizer"],
        };
        let towers = self.towers.iter().flat_map(|towers| [&towers.text, &towers.image]);
        if (self.task == Task::Joint) != self.towers.is_some() || !towers.clone().all(|name| name.chars().all(plain)) {
            let got = towers.cloned().collect::<Vec<_>>().join(", ");
            return refuse("towers", "the plain names of two encoders, for the task `joint` only", got);
        }
        if let Some(role) = needed.iter().find(|role| self.files.iter().filter(|file| file.role == **role).count() != 1)
        {
            return refuse("files", "one file each for the roles `network` and `tokenizer`", format!("not one {role}"));
        }
        // A manifest must not reach out of its folder.
        match self.files.iter().find(|file| file.name.is_empty() || !file.name.chars().all(plain)) {
            Some(file) => refuse("files.name", "a plain file name", file.name.clone()),
            None => Ok(()),
        }
    }
}

fn tokens_of_bert() -> usize {
    512
}

fn tokens_of_a_title() -> usize {
    64
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
    fn manifests_are_written_as_they_are_read() {
        let folder = folder_with(|_| {});
        let manifest = Manifest::read(folder.path()).unwrap();
        assert_eq!(
            (manifest.task, manifest.activation, manifest.labels.len()),
            (Task::Encoder, Activation::Identity, 0)
        );
        let more = Manifest {
            task: Task::Classifier,
            labels: vec!["好评".to_owned(), "差评".to_owned()],
            temperature: Some(1.5),
            pooling: Pooling::LastToken,
            precision: Some(Precision::Int8),
            ..manifest.clone()
        };
        more.write(folder.path()).unwrap();
        assert_eq!(Manifest::read(folder.path()).unwrap(), more);
        for wrong in [
            Manifest { dims_full: Some(2), ..manifest.clone() },
            Manifest { temperature: Some(0.0), ..manifest.clone() },
            Manifest { id: "..".to_owned(), ..manifest },
        ] {
            assert!(wrong.write(folder.path()).is_err());
        }
        assert_eq!(Manifest::read(folder.path()).unwrap(), more);
    }

    #[test]
    fn a_model_says_what_it_means_for_an_index() {
        let folder = folder_with(|_| {});
        let manifest = Manifest::read(folder.path()).unwrap();
        let version = manifest.version();
        assert_eq!(manifest.compatible(4, &version).unwrap(), Fit::Same);
        assert_eq!(manifest.compatible(4, &format!("{version}.native1")).unwrap(), Fit::Same);
        let other = Manifest { query_prefix: "query: ".to_owned(), ..manifest.clone() };
        assert_eq!(other.compatible(4, &version).unwrap(), Fit::Encode);
        let reranker = Manifest { task: Task::CrossEncoder, ..manifest.clone() };
        for (model, dims, version) in
            [(&manifest, 8, version.as_str()), (&manifest, 4, "other@1"), (&reranker, 4, &version)]
        {
            let refused = model.compatible(dims, version).unwrap_err();
            assert!(matches!(refused, Error::Incompatible { .. }), "{refused}");
        }
    }

    #[test]
    fn nonsense_files_are_refused_by_name() {
        let folder = folder_with(|_| {});
        let error = crate::Encoder::load(folder.path(), 1).err().unwrap();
        assert!(error.to_string().contains(folder.path().to_str().unwrap()), "{error}");
    }
}
