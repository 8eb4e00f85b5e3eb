//! `mercato models pull` and `import`: says what will be brought and under which licence, then brings it.

use anyhow::{Context as _, Result};
use neural::Pooling;
use neural::hub::{Hub, HubConfig, Installed, Plan, Progress as Brought, RepoId, Token, Wishes};
use serde_json::{Value, json};

use crate::args::{ImportModel, PoolingArg, Pull, Said};
use crate::config::Config;
use crate::output::{self, bytes};
use crate::progress::Progress;

/// From a hub.
pub(super) fn pull(args: Pull, config: &Config) -> Result<()> {
    let repo: RepoId = args.repo.parse()?;
    let hub = Hub::new(HubConfig {
        endpoint: args.endpoint,
        token: token(),
        certificates: certificates()?,
        ..HubConfig::default()
    })?;
    let plan = Plan::of_repository(&hub, &repo, &config.models_dir, wishes(args.id, args.said))?;
    announce(&plan);
    if args.dry_run {
        return if config.json { output::json(&planned(&plan)) } else { Ok(()) };
    }
    install(plan, config)
}

/// From a folder.
pub(super) fn import(args: ImportModel, config: &Config) -> Result<()> {
    let plan = Plan::of_folder(&args.folder, &config.models_dir, wishes(Some(args.id), args.said))?;
    announce(&plan);
    install(plan, config)
}

fn wishes(id: Option<String>, said: Said) -> Wishes {
    let pooling = |pooling| match pooling {
        PoolingArg::Mean => Pooling::Mean,
        PoolingArg::Cls => Pooling::Cls,
        PoolingArg::LastToken => Pooling::LastToken,
        PoolingArg::Done => Pooling::Done,
    };
    Wishes {
        id,
        file: said.file,
        pooling: said.pooling.map(pooling),
        output: said.output,
        query_prefix: said.query_prefix,
        passage_prefix: said.passage_prefix,
        dims: said.dims,
        languages: said.languages,
        query_tokens: said.query_tokens,
        passage_tokens: said.passage_tokens,
        weights: said.weights,
        replace: said.replace,
    }
}

/// Secrets come from the environment alone, where no list of processes shows them.
fn token() -> Option<Token> {
    ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"].into_iter().find_map(|name| Token::new(&std::env::var(name).ok()?))
}

fn certificates() -> Result<Option<Vec<u8>>> {
    match std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()) {
        Some(path) => Ok(Some(fs_err::read(path).context("SSL_CERT_FILE names a file that cannot be read")?)),
        None => Ok(None),
    }
}

/// Says on standard error what is about to be brought.
fn announce(plan: &Plan<'_>) {
    let manifest = plan.manifest();
    let known = plan.parts().iter().filter_map(|part| part.file.bytes).sum::<u64>();
    output::note(&format!("{}: {}, licence {}", manifest.id, manifest.source, manifest.licence));
    for part in plan.parts() {
        let size = part.file.bytes.map_or_else(|| "size not known".to_owned(), bytes);
        output::note(&format!("  {} {} ({size})", part.role, part.file.path));
    }
    output::note(&format!("  together {}", bytes(known)));
}

fn planned(plan: &Plan<'_>) -> Value {
    let files = plan.parts().iter().map(|part| {
        let file = &part.file;
        json!({ "role": part.role, "path": file.path, "bytes": file.bytes, "sha256": file.sha256 })
    });
    json!({ "model": plan.manifest(), "files": files.collect::<Vec<_>>() })
}

fn install(plan: Plan<'_>, config: &Config) -> Result<()> {
    fs_err::create_dir_all(&config.models_dir)?;
    let mut step: Option<(String, Progress)> = None;
    let installed = plan.install(&mut |brought: Brought<'_>| {
        if step.as_ref().is_none_or(|(file, _)| file != brought.file) {
            if let Some((_, before)) = step.take() {
                before.finish();
            }
            step = Some((brought.file.to_owned(), Progress::new(brought.file, "bytes", brought.total)));
        }
        if let Some((_, progress)) = &mut step {
            progress.set(brought.done);
        }
    })?;
    if let Some((_, last)) = step {
        last.finish();
    }
    tell(&installed, config)
}

fn tell(installed: &Installed, config: &Config) -> Result<()> {
    let Installed { manifest, folder } = installed;
    if config.json {
        return output::json(&json!({ "model": manifest, "folder": folder.display().to_string() }));
    }
    output::line(&format!(
        "{} is in {} and works: {}, {} numbers, languages {}, licence {}",
        manifest.id,
        folder.display(),
        manifest.task.name(),
        manifest.dims,
        manifest.languages.join(" "),
        manifest.licence
    ))
}
