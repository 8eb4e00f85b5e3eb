use std::path::{Path, PathBuf};

use super::client::{Progress, check, checksum};
use super::fault::HubFault;
use super::graph::NetworkFacts;
use super::origin::HubFile;
use super::plan::{Installed, Part, Plan};
use super::probe;
use crate::Error;
use crate::manifest::{Manifest, ModelFile, Pooling, Task};

type Result<T> = std::result::Result<T, HubFault>;

/// Outputs that are one vector a text already.
const WHOLE: &[&str] = &["sentence_embedding", "text_embeds", "embeddings"];
/// Outputs that are one vector a piece.
const PIECEWISE: &[&str] = &["token_embeddings", "last_hidden_state"];
/// Inputs that are known how to be filled.
const INPUTS: &[&str] = &["input_ids", "attention_mask", "token_type_ids"];

/// Brings, tries, and moves into place.
pub(super) fn install(plan: &Plan<'_>, models_dir: &Path, progress: &mut dyn FnMut(Progress<'_>)) -> Result<Installed> {
    // The commit is in the name, so that parts of another version are not gone on with.
    let commit = plan.origin.upstream().map_or_else(|| "folder".to_owned(), |(_, commit)| commit);
    let commit: String = commit.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
    let staging = models_dir.join(format!(".pull-{}-{commit}", plan.manifest.id));
    fs_err::create_dir_all(&staging)?;
    let done = fill(plan, &staging, progress)
        .and_then(|manifest| try_out(plan, &staging, models_dir, manifest))
        .and_then(|manifest| put(&staging, models_dir, manifest));
    // Only a broken connection is worth going on after.
    if done.as_ref().is_err_and(|fault| !matches!(fault, HubFault::Unreachable { .. })) {
        // The reason matters more than what could not be cleared away.
        fs_err::remove_dir_all(&staging).ok();
    }
    done
}

/// Brings the files into `staging` and lists them.
fn fill(plan: &Plan<'_>, staging: &Path, progress: &mut dyn FnMut(Progress<'_>)) -> Result<Vec<ModelFile>> {
    let mut files = Vec::new();
    for part in &plan.parts {
        let name = part.file.path.rsplit('/').next().unwrap_or_default().to_owned();
        let path = staging.join(&name);
        let sha256 = match already(&part.file, &path)? {
            Some(sha256) => sha256,
            None => plan.origin.bring(&part.file, &path, progress)?,
        };
        files.push(ModelFile { role: role(part), name, bytes: fs_err::metadata(&path)?.len(), sha256 });
    }
    Ok(files)
}

fn role(part: &Part) -> String {
    part.role.to_owned()
}

/// The SHA-256 of a file that an earlier try brought whole.
fn already(file: &HubFile, path: &Path) -> Result<Option<String>> {
    if !path.is_file() || file.sha256.is_none() {
        return Ok(None);
    }
    let sha256 = checksum(path)?;
    let bytes = fs_err::metadata(path)?.len();
    Ok(check(file, bytes, &sha256).is_ok().then_some(sha256))
}

/// Fills in what only the network can tell, and runs it.
fn try_out(plan: &Plan<'_>, staging: &Path, models_dir: &Path, files: Vec<ModelFile>) -> Result<Manifest> {
    let mut manifest = Manifest { files, ..plan.manifest.clone() };
    let unusable = |reason: String| HubFault::Unusable { from: plan.origin.name(), reason };
    let facts = NetworkFacts::read(&manifest.path(staging, "network"))?;
    if let Some(input) = facts.inputs.iter().find(|input| !INPUTS.contains(&input.name.as_str())) {
        return Err(unusable(format!("its network wants an input `{}`, which is not known here", input.name)));
    }
    manifest.precision = Some(facts.precision);
    choose_output(plan, &facts, &mut manifest).map_err(unusable)?;
    let tokenizer = probe::tokenizer(&manifest.path(staging, "tokenizer")).map_err(probed(&manifest.id))?;
    manifest.pieces = Some(tokenizer.pieces);
    let rows = plan.rows.into_iter().chain(facts.pieces).min();
    if let Some(rows) = rows.filter(|rows| tokenizer.largest >= *rows) {
        let largest = tokenizer.largest;
        return Err(unusable(format!("its tokenizer has piece {largest}, its network only {rows} rows for pieces")));
    }
    manifest.write(staging).map_err(probed(&manifest.id))?;
    probe::run(staging, &manifest).map_err(probed(&manifest.id))?;
    if let Ok(old) = Manifest::read(&models_dir.join(&manifest.id)) {
        let fits = manifest.task == old.task
            && (old.task != Task::Encoder || manifest.compatible(old.dims, &old.version()).is_ok());
        if !fits {
            let (old, new) = (described(&old), described(&manifest));
            return Err(HubFault::Unusable {
                from: plan.origin.name(),
                reason: format!("it gives {new} where the installed `{}` gives {old}; use another --id", manifest.id),
            });
        }
    }
    Ok(manifest)
}

fn described(manifest: &Manifest) -> String {
    match manifest.task {
        Task::Encoder => format!("vectors of {} numbers", manifest.dims),
        task => format!("what a {} gives", task.name()),
    }
}

fn probed(id: &str) -> impl Fn(Error) -> HubFault + '_ {
    move |source| HubFault::Probe { id: id.to_owned(), source: Box::new(source) }
}

/// Chooses the output to read, and with it whether pooling is left to do and how long the vectors are.
fn choose_output(plan: &Plan<'_>, facts: &NetworkFacts, manifest: &mut Manifest) -> std::result::Result<(), String> {
    let named = plan.wishes.output.as_deref();
    let is_encoder = manifest.task == Task::Encoder;
    let whole = named.map_or_else(|| facts.output(WHOLE), |name| facts.output(&[name]));
    let port = if !is_encoder {
        let only = || facts.outputs.first().filter(|_| facts.outputs.len() == 1);
        named.map_or_else(|| facts.output(&["logits"]).or_else(only), |name| facts.output(&[name]))
    } else if plan.wishes.pooling.is_none_or(|pooling| pooling == Pooling::Done) && whole.is_some() && named.is_none() {
        manifest.pooling = Pooling::Done;
        whole
    } else if let Some(beyond) = &plan.beyond {
        return Err(beyond.clone());
    } else if manifest.pooling == Pooling::Done {
        whole.or_else(|| facts.output(&["pooler_output"]))
    } else {
        named.map_or_else(|| facts.output(PIECEWISE), |name| facts.output(&[name]))
    };
    let Some(port) = port else {
        let outputs: Vec<&str> = facts.outputs.iter().map(|port| port.name.as_str()).collect();
        return Err(format!("which of its outputs to read is not known; say --output {}", outputs.join(" or ")));
    };
    manifest.output.clone_from(&port.name);
    if !is_encoder {
        return Ok(());
    }
    let full = port.width().or(plan.width).unwrap_or(manifest.dims);
    if let Some(width) = plan.width.filter(|width| *width != full && manifest.pooling != Pooling::Done) {
        return Err(format!("its config.json promises vectors of {width} numbers, its network gives {full}"));
    }
    match plan.wishes.dims {
        Some(dims) if dims > full => return Err(format!("its vectors have {full} numbers, fewer than {dims}")),
        Some(dims) if dims < full => manifest.dims_full = Some(full),
        _ => manifest.dims = full,
    }
    Ok(())
}

/// Moves a model that works into its place; one of the same name steps aside and is gone only afterwards.
fn put(staging: &Path, models_dir: &Path, manifest: Manifest) -> Result<Installed> {
    let folder: PathBuf = models_dir.join(&manifest.id);
    let aside = models_dir.join(format!(".replaced-{}", manifest.id));
    let replaces = folder.exists();
    if replaces {
        if aside.exists() {
            fs_err::remove_dir_all(&aside)?;
        }
        fs_err::rename(&folder, &aside)?;
    }
    if let Err(error) = fs_err::rename(staging, &folder) {
        if replaces {
            fs_err::rename(&aside, &folder)?;
        }
        return Err(error.into());
    }
    if replaces {
        fs_err::remove_dir_all(&aside)?;
    }
    Ok(Installed { manifest, folder })
}
