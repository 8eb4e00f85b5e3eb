use std::path::{Path, PathBuf};

use super::choice;
use super::client::{Hub, Progress};
use super::fault::{HubFault, Unsaid};
use super::install;
use super::layout::Layout;
use super::origin::{Folder, HubFile, Origin, Repository};
use super::repo::RepoId;
use crate::manifest::{Activation, Manifest, Pooling, Task, Upstream};

type Result<T> = std::result::Result<T, HubFault>;

/// What somebody who adds a model says about it. What the model itself says stands unless it is said here.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Wishes {
    /// Its name here.
    pub id: Option<String>,
    /// Its network, where it has several: a path, or the end of one.
    pub file: Option<String>,
    /// How the network's output becomes one vector.
    pub pooling: Option<Pooling>,
    /// The network's output to read.
    pub output: Option<String>,
    /// Put before queries.
    pub query_prefix: Option<String>,
    /// Put before passages.
    pub passage_prefix: Option<String>,
    /// Numbers of a vector to keep, of a model whose first numbers say most.
    pub dims: Option<usize>,
    /// Codes of the languages it understands.
    pub languages: Vec<String>,
    /// Pieces a query is cut to.
    pub query_tokens: Option<usize>,
    /// Pieces a passage is cut to; of a cross-encoder, the pair's.
    pub passage_tokens: Option<usize>,
    /// Bring the weights as they were trained (`model.safetensors`) too, to train further.
    pub weights: bool,
    /// Put it in the place of a model of the same name, if that gave vectors of the same length.
    pub replace: bool,
}

/// A model that was looked at and can be brought; nothing of its weights is here yet.
pub struct Plan<'a> {
    pub(super) origin: Box<dyn Origin + 'a>,
    /// As far as it is known without the network.
    pub(super) manifest: Manifest,
    pub(super) parts: Vec<Part>,
    pub(super) rows: Option<usize>,
    /// Numbers in a vector before any cut, as the documents say.
    pub(super) width: Option<usize>,
    /// Why the network must give one vector a text by itself.
    pub(super) beyond: Option<String>,
    pub(super) wishes: Wishes,
    models_dir: PathBuf,
}

/// A file to bring.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// What it is to the model.
    pub role: &'static str,
    /// Where it is.
    pub file: HubFile,
}

/// A model that was added.
#[derive(Clone, PartialEq, Debug)]
pub struct Installed {
    /// What `model.json` says.
    pub manifest: Manifest,
    /// Where it is.
    pub folder: PathBuf,
}

impl<'a> Plan<'a> {
    /// Looks at a repository of a hub.
    ///
    /// # Errors
    /// Where there is none, it leaves open what must be known, or it cannot be run here.
    pub fn of_repository(hub: &'a Hub, repo: &RepoId, models_dir: &Path, wishes: Wishes) -> Result<Self> {
        let id = wishes.id.clone().unwrap_or_else(|| repo.model_id());
        Self::new(Box::new(Repository::look(hub, repo)?), id, models_dir, wishes)
    }

    /// Looks at a folder with the files of a repository; the wishes must name it.
    ///
    /// # Errors
    /// As [`Plan::of_repository`].
    pub fn of_folder(folder: &Path, models_dir: &Path, wishes: Wishes) -> Result<Self> {
        let id = wishes.id.clone().unwrap_or_default();
        Self::new(Box::new(Folder::look(folder)?), id, models_dir, wishes)
    }

    fn new(origin: Box<dyn Origin + 'a>, id: String, models_dir: &Path, wishes: Wishes) -> Result<Self> {
        if !Manifest::is_id(&id) {
            let reason =
                format!("`{id}` is no name for a model; say one of letters, digits, '-', '_' and '.' with --id");
            return Err(HubFault::Unusable { from: origin.name(), reason });
        }
        let taken = models_dir.join(&id).join("model.json").exists();
        if taken && !wishes.replace {
            return Err(HubFault::Taken(id));
        }
        let layout = Layout::read(&*origin)?;
        let network = choice::network(&*origin, wishes.file.as_deref())?;
        let parts = parts(&*origin, &network, &wishes)?;
        let manifest = draft(&*origin, id, &layout, &network, &wishes)?;
        let beyond = layout.beyond.filter(|_| wishes.pooling.is_none());
        Ok(Self {
            origin,
            manifest,
            parts,
            rows: layout.config.vocab_size,
            width: layout.config.width(),
            beyond,
            wishes,
            models_dir: models_dir.to_owned(),
        })
    }

    /// What is known of it: licence, languages, pooling, prefixes. Files, the output's name and the precision come with
    /// the weights.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The files to bring.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Brings the files, tries the model, and only then puts it into the models folder. An interrupted download goes on
    /// where it stopped when the same is asked for again; a model that does not work leaves nothing behind.
    ///
    /// # Errors
    /// Where a file cannot be brought, or the model does not work.
    pub fn install(self, progress: &mut dyn FnMut(Progress<'_>)) -> Result<Installed> {
        install::install(&self, &self.models_dir, progress)
    }
}

/// The files a model needs, and those that are good to have.
fn parts(origin: &dyn Origin, network: &HubFile, wishes: &Wishes) -> Result<Vec<Part>> {
    let find = |path: &str| origin.files().iter().find(|file| file.path == path).cloned();
    let needed = |path: &str| {
        let reason = format!("there is no {path}");
        find(path).ok_or_else(|| HubFault::Unusable { from: origin.name(), reason })
    };
    let mut parts = vec![Part { role: "network", file: network.clone() }];
    parts.push(Part { role: "tokenizer", file: needed("tokenizer.json")? });
    // Weights over 2 GB stand beside the network, under names in it that end so.
    let beside = [format!("{}_data", network.path), format!("{}.data", network.path)];
    parts.extend(beside.iter().filter_map(|path| find(path)).map(|file| Part { role: "network-data", file }));
    if wishes.weights {
        parts.push(Part { role: "weights", file: needed("model.safetensors")? });
        parts.push(Part { role: "config", file: needed("config.json")? });
    }
    let licence = ["LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE"].into_iter().find_map(find);
    parts.extend(licence.map(|file| Part { role: "licence", file }));
    Ok(parts)
}

/// Everything that can be said before the network is here; all that is open is refused at once, not one by one.
fn draft(origin: &dyn Origin, id: String, layout: &Layout, network: &HubFile, wishes: &Wishes) -> Result<Manifest> {
    let config = &layout.config;
    let task = config.task();
    if task == Task::Tagger {
        let reason =
            "it labels words, and how its labels make spans is not said; train one with `mercato train tagger`";
        return Err(HubFault::Unusable { from: origin.name(), reason: reason.to_owned() });
    }
    let mut missing = Vec::new();
    let is_encoder = task == Task::Encoder;
    let pooling = wishes.pooling.or(layout.pooling);
    if is_encoder && pooling.is_none() && layout.beyond.is_none() {
        missing.push(Unsaid {
            field: "pooling (1_Pooling/config.json)",
            say: "--pooling mean, cls, last-token or done",
            hint: None,
        });
    }
    let (query, passage) = prefixes(layout, wishes, is_encoder, &mut missing);
    let languages = if wishes.languages.is_empty() { layout.card.languages.clone() } else { wishes.languages.clone() };
    if languages.is_empty() {
        missing.push(Unsaid { field: "language (the head of README.md)", say: "--languages zh,en", hint: None });
    }
    let dims = match task {
        Task::CrossEncoder => 1,
        Task::Classifier => config.labels().len(),
        _ => dims(origin, layout, wishes, &mut missing)?,
    };
    if !missing.is_empty() {
        return Err(HubFault::Unsaid { from: origin.name(), missing });
    }
    let tokens = |wish: Option<usize>, default: usize| wish.unwrap_or(default).min(layout.tokens_max).max(8);
    let upstream = origin.upstream().map(|(repo, revision)| Upstream { repo, revision, file: network.path.clone() });
    let source = match &upstream {
        Some(upstream) => format!("{} at {}, {}", upstream.repo, upstream.revision, upstream.file),
        None => format!("imported from a folder, {}", network.path),
    };
    Ok(Manifest {
        id,
        task,
        family: config.model_type.clone().unwrap_or_else(|| "unknown".to_owned()),
        dims,
        dims_full: None,
        output: String::new(),
        pooling: if is_encoder { pooling.unwrap_or_default() } else { Pooling::Done },
        activation: if task == Task::CrossEncoder { config.activation() } else { Activation::Identity },
        query_prefix: query,
        passage_prefix: passage,
        tokens_max: layout.tokens_max,
        query_tokens: tokens(wishes.query_tokens, 64),
        passage_tokens: tokens(wishes.passage_tokens, if task == Task::CrossEncoder { 128 } else { 64 }),
        languages,
        labels: if task == Task::Classifier { config.labels() } else { Vec::new() },
        temperature: None,
        pieces: None,
        precision: None,
        image: None,
        encoder: None,
        towers: None,
        licence: layout.card.licence.clone().unwrap_or_else(|| "not stated".to_owned()),
        source,
        upstream,
        files: Vec::new(),
    })
}

fn prefixes(layout: &Layout, wishes: &Wishes, needed: bool, missing: &mut Vec<Unsaid>) -> (String, String) {
    let (query, passage) = layout.prefixes();
    let (query, passage) = (wishes.query_prefix.clone().or(query), wishes.passage_prefix.clone().or(passage));
    if needed && (query.is_none() || passage.is_none()) {
        let known = layout.card.prefixes();
        let mentioned = known.iter().map(|prefix| format!("{prefix:?}")).collect::<Vec<_>>().join(" and ");
        missing.push(Unsaid {
            field: "prefixes (prompts in config_sentence_transformers.json)",
            say: "--query-prefix and --passage-prefix, both \"\" where there are none",
            hint: (!known.is_empty()).then(|| format!("its card mentions {mentioned}")),
        });
    }
    (query.unwrap_or_default(), passage.unwrap_or_default())
}

/// Length of its vectors, as far as documents say.
fn dims(origin: &dyn Origin, layout: &Layout, wishes: &Wishes, missing: &mut Vec<Unsaid>) -> Result<usize> {
    let width = layout.config.width();
    let Some(dims) = wishes.dims else {
        if width.is_none() {
            missing.push(Unsaid {
                field: "length of a vector (hidden_size in config.json)",
                say: "--dims",
                hint: None,
            });
        }
        return Ok(width.unwrap_or(1));
    };
    match &layout.config.matryoshka_dimensions {
        Some(allowed) if !allowed.contains(&dims) && Some(dims) != width => {
            let reason = format!("its vectors can be cut to {allowed:?} numbers, not to {dims}");
            Err(HubFault::Unusable { from: origin.name(), reason })
        }
        _ => Ok(dims),
    }
}
