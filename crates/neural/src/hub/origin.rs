use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::client::{Hub, Progress, check, checksum};
use super::fault::HubFault;
use super::repo::{RepoId, escaped};

type Result<T> = std::result::Result<T, HubFault>;

/// Documents of a repository: `config.json` and its like, and the card.
const DOCUMENT_BYTES_MAX: u64 = 8 << 20;

/// A file of a repository.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HubFile {
    /// Its path there.
    pub path: String,
    /// Its size, where that is known.
    pub bytes: Option<u64>,
    /// Its SHA-256, where the hub knows it.
    pub sha256: Option<String>,
}

/// Where a model's files come from.
pub(super) trait Origin {
    /// What it is called in messages.
    fn name(&self) -> String;
    /// The files it has.
    fn files(&self) -> &[HubFile];
    /// What it knows of licence and languages beside its files.
    fn card(&self) -> Option<&Value>;
    /// The repository and commit, where it is one.
    fn upstream(&self) -> Option<(String, String)>;
    /// A short file, whole; `None` where it has none of this name.
    fn document(&self, path: &str) -> Result<Option<Vec<u8>>>;
    /// Brings a file to `to`, checked, and gives its SHA-256.
    fn bring(&self, file: &HubFile, to: &Path, progress: &mut dyn FnMut(Progress<'_>)) -> Result<String>;
}

/// A repository of a hub, at one commit.
pub(super) struct Repository<'a> {
    hub: &'a Hub,
    repo: RepoId,
    commit: String,
    files: Vec<HubFile>,
    card: Option<Value>,
}

/// What the hub says of a repository; the part that matters here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ModelInfo {
    sha: String,
    #[serde(default)]
    siblings: Vec<Sibling>,
    card_data: Option<Value>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
    size: Option<u64>,
    lfs: Option<Lfs>,
}

#[derive(Deserialize)]
struct Lfs {
    #[serde(alias = "oid")]
    sha256: String,
    size: u64,
}

impl<'a> Repository<'a> {
    /// Asks the hub what the repository has. What it names afterwards is of the commit the revision stood for then.
    pub(super) fn look(hub: &'a Hub, repo: &RepoId) -> Result<Self> {
        let url = hub.address(&format!("api/models/{}/revision/{}?blobs=true", repo.name, escaped(&repo.revision)));
        let absent = || HubFault::Absent { what: format!("repository `{repo}`") };
        let document = hub.document(repo, &url, 4 * DOCUMENT_BYTES_MAX)?.ok_or_else(absent)?;
        let info: ModelInfo = serde_json::from_slice(&document).map_err(|error| HubFault::Unreadable {
            file: format!("the hub's answer on `{repo}`"),
            reason: error.to_string(),
        })?;
        let files = info.siblings.into_iter().map(|sibling| HubFile {
            path: sibling.rfilename,
            bytes: sibling.lfs.as_ref().map(|lfs| lfs.size).or(sibling.size),
            sha256: sibling.lfs.map(|lfs| lfs.sha256.to_lowercase()),
        });
        Ok(Self { hub, repo: repo.clone(), commit: info.sha, files: files.collect(), card: info.card_data })
    }

    fn address(&self, path: &str) -> String {
        let path: Vec<String> = path.split('/').map(escaped).collect();
        self.hub.address(&format!("{}/resolve/{}/{}", self.repo.name, escaped(&self.commit), path.join("/")))
    }
}

impl Origin for Repository<'_> {
    fn name(&self) -> String {
        format!("`{}`", self.repo)
    }

    fn files(&self) -> &[HubFile] {
        &self.files
    }

    fn card(&self) -> Option<&Value> {
        self.card.as_ref()
    }

    fn upstream(&self) -> Option<(String, String)> {
        Some((self.repo.name.clone(), self.commit.clone()))
    }

    fn document(&self, path: &str) -> Result<Option<Vec<u8>>> {
        if !self.files.iter().any(|file| file.path == path) {
            return Ok(None);
        }
        self.hub.document(&self.repo, &self.address(path), DOCUMENT_BYTES_MAX)
    }

    fn bring(&self, file: &HubFile, to: &Path, progress: &mut dyn FnMut(Progress<'_>)) -> Result<String> {
        self.hub.download(&self.repo, &self.address(&file.path), file, to, progress)
    }
}

/// A folder with the files of a repository, for machines without a way to the hub.
pub(super) struct Folder {
    path: PathBuf,
    files: Vec<HubFile>,
}

impl Folder {
    /// Lists what is in the folder and in the folders in it.
    pub(super) fn look(path: &Path) -> Result<Self> {
        let mut files = Vec::new();
        for entry in fs_err::read_dir(path)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_file() {
                files.push(file(name, &entry.path())?);
            } else if entry.path().is_dir() && !name.starts_with('.') {
                for inner in fs_err::read_dir(entry.path())? {
                    let inner = inner?;
                    if inner.path().is_file() {
                        files.push(file(format!("{name}/{}", inner.file_name().to_string_lossy()), &inner.path())?);
                    }
                }
            }
        }
        files.sort_by(|a: &HubFile, b| a.path.cmp(&b.path));
        Ok(Self { path: path.to_owned(), files })
    }
}

fn file(path: String, on_disk: &Path) -> Result<HubFile> {
    Ok(HubFile { path, bytes: Some(fs_err::metadata(on_disk)?.len()), sha256: None })
}

impl Origin for Folder {
    fn name(&self) -> String {
        format!("`{}`", self.path.display())
    }

    fn files(&self) -> &[HubFile] {
        &self.files
    }

    fn card(&self) -> Option<&Value> {
        None
    }

    fn upstream(&self) -> Option<(String, String)> {
        None
    }

    fn document(&self, path: &str) -> Result<Option<Vec<u8>>> {
        match self.files.iter().find(|file| file.path == path) {
            None => Ok(None),
            Some(file) if file.bytes > Some(DOCUMENT_BYTES_MAX) => {
                Err(HubFault::TooLong { what: format!("`{path}`"), bytes_max: DOCUMENT_BYTES_MAX })
            }
            Some(_) => Ok(Some(fs_err::read(self.path.join(path))?)),
        }
    }

    fn bring(&self, file: &HubFile, to: &Path, progress: &mut dyn FnMut(Progress<'_>)) -> Result<String> {
        fs_err::copy(self.path.join(&file.path), to)?;
        let sha256 = checksum(to)?;
        let bytes = fs_err::metadata(to)?.len();
        check(file, bytes, &sha256)?;
        progress(Progress { file: &file.path, done: bytes, total: Some(bytes) });
        Ok(sha256)
    }
}
