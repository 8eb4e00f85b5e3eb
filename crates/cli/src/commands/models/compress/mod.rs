//! `mercato models compress`: a smaller encoder out of a larger one, with a report of what that cost.

mod chain;
mod corpus;
mod plan;
mod report;
mod vectors;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use neural::Manifest;
use neural::export::{Form, Output, Quantisation, save};
use serde_json::json;
use train::heads::Base;

use crate::args::Compress;
use crate::config::Config;
use crate::failure::user;
use crate::output;
use chain::State;
use report::Measured;

/// Compresses a model. Nothing is left at `--out` where that fails or keeps too little.
pub(crate) fn compress(args: &Compress, config: &Config) -> Result<()> {
    if let Some(least) = args.min_retention.filter(|least| least.is_nan() || *least < 0.0) {
        return Err(user(format!("--min-retention: expected at least 0, got {least}")));
    }
    let base = base_folder(&args.base, config)?;
    let id = new_id(args)?;
    let plan = plan::lines(args);
    if !config.json {
        output::line(&format!("{} becomes {id}:", base.display()))?;
        plan.iter().enumerate().try_for_each(|(at, line)| output::line(&format!("  {}. {line}", at + 1)))?;
    }
    if args.dry_run {
        return if config.json { output::json(&json!({ "base": args.base, "id": id, "plan": plan })) } else { Ok(()) };
    }
    let staging = Staging::new(&args.out)?;
    let read = Base::read(&base)?;
    let tokenizer = fs_err::read(&read.tokenizer)?;
    let about = about(args, &id, &read)?;
    // What the result is compared with: the model as it is, or a checkpoint's network in f32.
    let original = if base.join("model.json").is_file() {
        base
    } else {
        let form = Form { quantisation: Quantisation::F32, output: Output::Sentence };
        let folder = staging.folder("original");
        save(&folder, &read.weights, &form, &tokenizer, Manifest { id: "original".to_owned(), ..about.clone() })?;
        folder
    };
    let mut state = State::new(read.weights, tokenizer, about);
    let mut remarks = Vec::new();
    for step in &args.chain.steps {
        remarks.extend(state.apply(step, args, &original, &staging.folder("student"), config)?);
    }
    let folder = staging.folder(&id);
    state.save(&folder)?;
    if !config.json {
        remarks.iter().try_for_each(|remark| output::line(remark))?;
    }
    let before = Measured::of(&original, args, config)?;
    let after = Measured::of(&folder, args, config)?;
    let vectors = vectors::measure(&folder, args, config)?;
    let document = json!({
        "id": id, "plan": plan, "remarks": remarks, "original": before.json(), "result": after.json(),
        "retention": report::retentions(&before, &after).into_iter().map(|(task, name, kept)| json!({
            "task": task, "metric": name, "retention": kept,
        })).collect::<Vec<_>>(),
        "vectors": vectors.iter().map(vectors::Kept::json).collect::<Vec<_>>(),
    });
    if config.json {
        output::json(&document)?;
    } else {
        output::table(report::table(&before, &after))?;
        if !vectors.is_empty() {
            output::table(vectors::table(&vectors))?;
        }
    }
    if let Some(fault) = report::too_little(&before, &after, args.min_retention) {
        bail!(user(fault));
    }
    fs_err::write(folder.join("report.json"), serde_json::to_vec_pretty(&document)?)?;
    staging.keep(&id, &args.out)
}

/// The folder of the model to begin with.
fn base_folder(base: &str, config: &Config) -> Result<PathBuf> {
    let known = |folder: &Path| folder.join("model.json").is_file() || folder.join("config.json").is_file();
    let named = config.models_dir.join(base);
    match [named, PathBuf::from(base)].into_iter().find(|folder| known(folder)) {
        Some(folder) => Ok(fs_err::canonicalize(folder)?),
        None => {
            let models = config.models_dir.display();
            Err(user(format!(
                "BASE: expected a model in {models}, or a folder with model.json or config.json, got {base}"
            )))
        }
    }
}

fn new_id(args: &Compress) -> Result<String> {
    let id = args.out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if !Manifest::is_id(&id) {
        return Err(user(format!(
            "--out: expected a folder named with letters, digits, '-', '_' and '.', got {}",
            args.out.display()
        )));
    }
    if args.out.exists() {
        return Err(user(format!("--out: expected a folder that is not there yet, got {}", args.out.display())));
    }
    Ok(id)
}

/// What `model.json` is to say beside what follows from the weights.
fn about(args: &Compress, id: &str, base: &Base) -> Result<Manifest> {
    let own = match &base.manifest {
        Some(manifest) => Manifest { upstream: None, ..manifest.clone() },
        None => serde_json::from_value(json!({
            "id": id, "family": base.weights.config.model_type, "dims": base.weights.config.hidden_size,
            "output": "sentence_embedding", "licence": "unknown", "source": "a checkpoint", "files": [],
        }))?,
    };
    let or = |given: &Option<String>, own: String| given.clone().unwrap_or(own);
    let made_of =
        if args.chain.steps.is_empty() { String::new() } else { format!("; {}", plan::lines(args).join("; ")) };
    let source = args.source.clone().unwrap_or_else(|| format!("{}{made_of}", own.source));
    Ok(Manifest {
        id: id.to_owned(),
        query_prefix: or(&args.query_prefix, own.query_prefix),
        passage_prefix: or(&args.passage_prefix, own.passage_prefix),
        languages: if args.languages.is_empty() { own.languages } else { args.languages.clone() },
        licence: or(&args.licence, own.licence),
        source,
        ..own
    })
}

/// A folder beside the result's, in which it is made; gone when dropped.
struct Staging(PathBuf);

impl Staging {
    fn new(out: &Path) -> Result<Self> {
        let mut name = out.as_os_str().to_owned();
        name.push(".making");
        let folder = PathBuf::from(name);
        if folder.exists() {
            fs_err::remove_dir_all(&folder)?;
        }
        fs_err::create_dir_all(&folder)?;
        Ok(Self(fs_err::canonicalize(folder)?))
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn keep(self, id: &str, out: &Path) -> Result<()> {
        Ok(fs_err::rename(self.folder(id), out)?)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Where even that fails, the next run over the same folder clears it.
        let _ = fs_err::remove_dir_all(&self.0);
    }
}
