//! `mercato models`: the models in the models folder, where they come from, and whether their files are what they
//! should be.

mod bench;
mod compress;
mod inspect;
mod promote;
mod pull;
mod remove;

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::args::Models;
use crate::config::Config;
use crate::failure::user;
use crate::output;

/// Runs the command.
pub(crate) fn run(args: Models, config: &Config) -> Result<()> {
    match args {
        Models::List => list(config, Model::missing),
        Models::Verify => list(config, Model::fault),
        Models::Pull(args) => pull::pull(args, config),
        Models::Import(args) => pull::import(args, config),
        Models::Inspect(args) => inspect::run(&args, config),
        Models::Bench(args) => bench::run(&args, config),
        Models::Compress(args) => compress::compress(&args, config),
        Models::Promote(args) => promote::run(&args, config),
        Models::Remove(args) => remove::run(&args, config),
    }
}

fn list(config: &Config, check: impl Fn(&Model) -> Option<String>) -> Result<()> {
    let models = all(&config.models_dir)?;
    let head = ["model", "task", "languages", "dimensions", "size", "licence", "state"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let (mut documents, mut wrong) = (Vec::new(), 0);
    for model in &models {
        let fault = check(model);
        wrong += usize::from(fault.is_some());
        let text = |name: &str| model.manifest[name].as_str().unwrap_or_default().to_owned();
        let languages: Vec<&str> =
            model.manifest["languages"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let state = fault.clone().unwrap_or_else(|| "ok".to_owned());
        // Models from before there were other tasks are encoders.
        let task = model.manifest["task"].as_str().unwrap_or("encoder");
        rows.push(vec![
            text("id"),
            task.to_owned(),
            languages.join(" "),
            model.manifest["dims"].to_string(),
            output::bytes(model.bytes()),
            text("licence"),
            state,
        ]);
        documents.push(json!({
            "id": model.manifest["id"], "task": task, "languages": languages, "dims": model.manifest["dims"], "bytes": model.bytes(),
            "licence": model.manifest["licence"], "source": model.manifest["source"], "fault": fault,
        }));
    }
    if config.json {
        output::json(&json!({ "models_dir": config.models_dir.display().to_string(), "models": documents }))?;
    } else {
        output::table(rows)?;
    }
    if wrong > 0 {
        bail!("{wrong} of {} models are not what they should be", models.len());
    }
    Ok(())
}

/// A model's folder with what its `model.json` says.
pub(crate) struct Model {
    folder: PathBuf,
    /// What `model.json` says.
    pub(crate) manifest: Value,
}

/// The models in a folder, by name.
pub(crate) fn all(models_dir: &Path) -> Result<Vec<Model>> {
    let entries = fs_err::read_dir(models_dir)
        .map_err(|error| user(error.to_string()))
        .context("say where the models are with --models-dir")?;
    let mut folders: Vec<PathBuf> = Vec::new();
    for entry in entries {
        folders.push(entry?.path());
    }
    // Names with a dot in front are of models on their way in or out.
    let is_hidden = |folder: &Path| folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    folders.retain(|folder| !is_hidden(folder) && folder.join("model.json").is_file());
    folders.sort();
    folders.into_iter().map(Model::read).collect()
}

/// The folder of the model called `id`; where there is none, says which there are.
pub(crate) fn folder(config: &Config, id: &str) -> Result<PathBuf> {
    let folder = config.models_dir.join(id);
    if neural::Manifest::is_id(id) && folder.join("model.json").is_file() {
        return Ok(folder);
    }
    let models = all(&config.models_dir)?;
    let known: Vec<&str> = models.iter().filter_map(|model| model.manifest["id"].as_str()).collect();
    let known = if known.is_empty() { "there are none".to_owned() } else { known.join(", ") };
    Err(user(format!("there is no model called `{id}` in {}; models: {known}", config.models_dir.display())))
}

impl Model {
    fn read(folder: PathBuf) -> Result<Self> {
        let path = folder.join("model.json");
        let manifest = formats::json::parse(&fs_err::read(&path)?).with_context(|| path.display().to_string())?;
        Ok(Self { folder, manifest })
    }

    fn files(&self) -> impl Iterator<Item = (PathBuf, u64, &str)> {
        let files = self.manifest["files"].as_array().map(Vec::as_slice).unwrap_or_default();
        files.iter().filter_map(|file| {
            Some((self.folder.join(file["name"].as_str()?), file["bytes"].as_u64()?, file["sha256"].as_str()?))
        })
    }

    fn bytes(&self) -> u64 {
        self.files().map(|(_, bytes, _)| bytes).sum()
    }

    /// The first file that is not there or has another size.
    fn missing(&self) -> Option<String> {
        self.files().find_map(|(path, bytes, _)| match fs_err::metadata(&path) {
            Ok(found) if found.len() == bytes => None,
            Ok(found) => Some(format!("{} has {} bytes, not {bytes}", path.display(), found.len())),
            Err(error) => Some(error.to_string()),
        })
    }

    /// The first file that is not what it should be, to the byte.
    pub(crate) fn fault(&self) -> Option<String> {
        self.missing().or_else(|| {
            self.files().find_map(|(path, _, expected)| match checksum(&path) {
                Ok(found) if found == expected => None,
                Ok(found) => Some(format!("{} has SHA-256 {found}, not {expected}", path.display())),
                Err(error) => Some(error.to_string()),
            })
        })
    }
}

fn checksum(path: &Path) -> Result<String> {
    let mut file = fs_err::File::open(path)?;
    let (mut digest, mut buffer) = (Sha256::new(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            count => digest.update(&buffer[..count]),
        }
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
