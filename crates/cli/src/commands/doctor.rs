//! `mercato doctor`: what is well and what is not, before a shopper notices.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};
use engine::SystemClock;
use serde_json::{Value, json};
use server::TlsFiles;
use types::Clock as _;

use super::{models, replay};
use crate::config::Config;
use crate::data::{self, Data};
use crate::output;

/// Disk space under which a shop will soon be in trouble.
const FREE_BYTES_LOW: u64 = 1 << 30;

/// A certificate that holds for fewer days is told of while there is time.
const CERTIFICATE_DAYS_LOW: f64 = 14.0;

/// A key of the configuration that is shorter can be guessed; those that the server makes have 64 characters.
const KEY_CHARS_MIN: usize = 32;

/// How a check came out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Ok,
    Warn,
    Fail,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

struct Check {
    what: String,
    state: State,
    found: String,
}

/// Runs every check and tells what came of it.
pub(crate) fn run(config: &Config) -> Result<()> {
    let mut checks = Vec::new();
    let holder = data::holder(&config.data_dir);
    check_data(config, holder.as_deref(), &mut checks);
    check_models(config, &mut checks);
    checks.push(check_disk(&config.data_dir));
    checks.extend(config.tls.as_ref().map(check_certificate));
    check_keys(config, &mut checks);
    checks.push(check_port(config, holder.as_deref()));
    let failed = checks.iter().filter(|check| check.state == State::Fail).count();
    if config.json {
        let list: Vec<Value> = checks
            .iter()
            .map(|check| json!({ "check": check.what, "state": check.state.name(), "found": check.found }))
            .collect();
        output::json(&json!({ "checks": list, "failed": failed }))?;
    } else {
        let mut rows = vec![["check", "state", "found"].map(str::to_owned).to_vec()];
        rows.extend(checks.into_iter().map(|check| vec![check.what, check.state.name().to_owned(), check.found]));
        output::table(rows)?;
    }
    if failed > 0 {
        bail!("{failed} checks failed");
    }
    Ok(())
}

/// The data folder, and every log in it from its beginning: each event is checked against its checksum as it is read.
fn check_data(config: &Config, holder: Option<&str>, checks: &mut Vec<Check>) {
    let what = format!("data folder {}", config.data_dir.display());
    if let Some(holder) = holder {
        let found = format!("in use by a running process {holder}; its logs are not read meanwhile");
        return checks.push(Check { what, state: State::Warn, found });
    }
    if !config.data_dir.is_dir() {
        let found = "does not exist yet; `mercato demo` or `mercato shop create` makes it".to_owned();
        return checks.push(Check { what, state: State::Warn, found });
    }
    let data = match Data::open(config) {
        Ok(data) => data,
        Err(error) => return checks.push(Check { what, state: State::Fail, found: format!("{error:#}") }),
    };
    let shops = data.engine.shops();
    checks.push(Check { what, state: State::Ok, found: format!("{} shops", shops.len()) });
    for id in shops {
        let what = format!("log of {id}");
        let read = data.shop(id.as_str()).and_then(|shop| replay::read(&shop));
        check_recommenders(&data, id.as_str(), checks);
        checks.push(match read {
            Ok((events, _)) => Check { what, state: State::Ok, found: format!("{} events", output::grouped(events)) },
            Err(error) => Check { what, state: State::Fail, found: format!("{error:#}") },
        });
    }
}

/// Recommenders in force: whether they can be used, and how old they are.
fn check_recommenders(data: &Data, id: &str, checks: &mut Vec<Check>) {
    let Ok(shop) = data.shop(id) else { return };
    for kind in engine::TRAINED_KINDS {
        let what = format!("recommender of {id} for {}", kind.name());
        if let Some(reason) = shop.recommender_refused(kind) {
            checks.push(Check { what, state: State::Warn, found: reason });
            continue;
        }
        let versions = shop.recommender_versions(kind).unwrap_or_default();
        let in_force = versions.iter().find(|version| version.current);
        let Some(version) = in_force else { continue };
        let days = version.made.days_until(SystemClock.now());
        let model = version.report["model"].as_str().unwrap_or("?");
        let found = format!("version {} ({model}), trained {days:.0} days ago", version.version);
        checks.push(Check { what, state: State::Ok, found });
    }
}

fn check_models(config: &Config, checks: &mut Vec<Check>) {
    let what = format!("models in {}", config.models_dir.display());
    match models::all(&config.models_dir) {
        Err(error) => checks.push(Check { what, state: State::Fail, found: format!("{error:#}") }),
        Ok(models) if models.is_empty() => {
            let found = "none; shops can search by words alone".to_owned();
            checks.push(Check { what, state: State::Warn, found });
        }
        Ok(models) => checks.extend(models.iter().map(|model| {
            let what = format!("model {}", model.manifest["id"].as_str().unwrap_or("without an id"));
            match model.fault() {
                None => Check { what, state: State::Ok, found: "every file has its checksum".to_owned() },
                Some(fault) => Check { what, state: State::Fail, found: fault },
            }
        })),
    }
}

fn check_disk(data_dir: &Path) -> Check {
    let what = "disk".to_owned();
    let existing = data_dir.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
    match free_bytes(existing) {
        Some(free) if free < FREE_BYTES_LOW => {
            Check { what, state: State::Warn, found: format!("only {} free", output::bytes(free)) }
        }
        Some(free) => Check { what, state: State::Ok, found: format!("{} free", output::bytes(free)) },
        None => Check { what, state: State::Warn, found: "the free space cannot be found out".to_owned() },
    }
}

/// Free space as `df` tells it: the standard library cannot, and its POSIX output is the same everywhere.
fn free_bytes(folder: &Path) -> Option<u64> {
    let answer = Command::new("df").arg("-Pk").arg(folder).output().ok()?;
    let text = String::from_utf8(answer.stdout).ok()?;
    let kib: u64 = text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    Some(kib * 1024)
}

/// Certificate and key: whether they can be read, belong together, and for how long they hold.
fn check_certificate(files: &TlsFiles) -> Check {
    let what = format!("certificate {}", files.cert.display());
    let certificate = match files.check() {
        Ok(certificate) => certificate,
        Err(error) => return Check { what, state: State::Fail, found: error.to_string() },
    };
    let now = SystemClock.now();
    let days = now.days_until(certificate.not_after);
    let (state, found) = if now < certificate.not_before {
        (State::Fail, "does not hold yet".to_owned())
    } else if now > certificate.not_after {
        (State::Fail, format!("expired {:.0} days ago", -days))
    } else if is_read_by_others(&files.key) {
        (State::Warn, format!("{} can be read by other users: `chmod 600` it", files.key.display()))
    } else if days < CERTIFICATE_DAYS_LOW {
        (State::Warn, format!("expires in {days:.0} days"))
    } else {
        (State::Ok, format!("holds for {days:.0} days, and the key belongs to it"))
    };
    Check { what, state, found }
}

#[cfg(unix)]
fn is_read_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o007 != 0)
}

#[cfg(not(unix))]
fn is_read_by_others(_path: &Path) -> bool {
    false
}

/// Keys of the configuration, and whether they travel in the clear.
fn check_keys(config: &Config, checks: &mut Vec<Check>) {
    // The key for searches may be known: it stands in pages for everybody to read.
    let length = config.admin_key.as_ref().map(|key| key.chars().count());
    if let Some(length) = length.filter(|length| *length < KEY_CHARS_MIN) {
        let found = format!(
            "{length} characters can be guessed; expected {KEY_CHARS_MIN}, such as `openssl rand -hex 32` makes"
        );
        checks.push(Check { what: "admin_key".to_owned(), state: State::Warn, found });
    }
    if !config.bind.ip().is_loopback() && config.tls.is_none() {
        let found =
            "plain HTTP on an address that others reach: keys travel in the clear unless a proxy before it ends TLS";
        checks.push(Check { what: "encryption".to_owned(), state: State::Warn, found: found.to_owned() });
    }
}

fn check_port(config: &Config, holder: Option<&str>) -> Check {
    let what = format!("address {}", config.bind);
    match TcpListener::bind(config.bind) {
        Ok(_) => Check { what, state: State::Ok, found: "free".to_owned() },
        Err(_) if holder.is_some_and(|url| url.ends_with(&config.bind.to_string())) => {
            Check { what, state: State::Ok, found: "taken by the server on this data folder".to_owned() }
        }
        Err(error) => Check { what, state: State::Warn, found: format!("cannot be listened on: {error}") },
    }
}
