//! What the arguments come to: defaults, then the file, then the environment, then what was typed.

mod limits;
mod train;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::parser::ValueSource;
use clap::{ArgMatches, ValueEnum};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::args::{Args, Command, Listen, Remote};
use crate::failure::user;
use crate::places;
use limits::{LimitsFile, limits_value};
use train::{TrainFile, train_value};

/// Which logs are written where nobody says. tantivy warns of every merge that a later commit overtook.
const LOG: &str = "warn,tantivy=error";

/// How logs are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines: a JSON object a line.
    Json,
}

/// The high arguments: resolved, the only thing the commands see beside their own.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) data_dir: PathBuf,
    /// Whether somebody said where the data are; the demo has a folder of its own otherwise.
    pub(crate) data_dir_said: bool,
    pub(crate) models_dir: PathBuf,
    pub(crate) threads: usize,
    pub(crate) query_cache_mb: usize,
    pub(crate) store_cache_mb: usize,
    pub(crate) log: String,
    pub(crate) log_format: LogFormat,
    pub(crate) bind: SocketAddr,
    pub(crate) cors: bool,
    pub(crate) metrics_open: bool,
    /// Certificate and key, where HTTPS is answered.
    pub(crate) tls: Option<server::TlsFiles>,
    pub(crate) limits: server::Limits,
    pub(crate) proxies: Option<server::Proxies>,
    pub(crate) admin_key: Option<String>,
    pub(crate) search_key: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) key: Option<String>,
    /// When recommenders are trained anew in the background; `None` where nobody says.
    pub(crate) train: Option<server::Refresh>,
    /// Answers in JSON.
    pub(crate) json: bool,
    /// Name → where its value comes from.
    sources: Vec<(&'static str, &'static str)>,
}

/// The configuration file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data_dir: Option<PathBuf>,
    models_dir: Option<PathBuf>,
    threads: Option<usize>,
    query_cache_mb: Option<usize>,
    store_cache_mb: Option<usize>,
    log: Option<String>,
    log_format: Option<LogFormat>,
    bind: Option<SocketAddr>,
    cors: Option<bool>,
    metrics_open: Option<bool>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    admin_key: Option<String>,
    search_key: Option<String>,
    url: Option<String>,
    key: Option<String>,
    limits: Option<LimitsFile>,
    train: Option<TrainFile>,
}

impl Config {
    /// Resolves what was typed.
    pub(crate) fn resolve(args: &Args, matches: &ArgMatches) -> Result<Self> {
        let globals = &args.globals;
        let file = match &globals.config {
            Some(path) => read(path)?,
            None => File::default(),
        };
        let (listen, remote) = (listen(&args.command), remote(&args.command));
        let (admin_key, search_key, metrics_open) = match &args.command {
            Command::Serve(serve) => (serve.admin_key.clone(), serve.search_key.clone(), serve.metrics_open),
            _ => (None, None, false),
        };
        let has_train = file.train.is_some();
        let has_limits = file.limits.is_some();
        let (limits, proxies) = file.limits.unwrap_or_default().read()?;
        let mut layers = Layers { matches: leaf(matches), sources: Vec::new() };
        let tls_cert = listen.tls_cert.or_else(|| env_path("MERCATO_TLS_CERT"));
        let tls_key = listen.tls_key.or_else(|| env_path("MERCATO_TLS_KEY"));
        let tls_cert = layers.pick("tls_cert", tls_cert, file.tls_cert);
        let tls_key = layers.pick("tls_key", tls_key, file.tls_key);
        let data_dir = layers.pick("data_dir", globals.data_dir.clone(), file.data_dir);
        let config = Self {
            data_dir_said: data_dir.is_some(),
            data_dir: data_dir.unwrap_or_else(|| PathBuf::from("data")),
            models_dir: layers
                .pick("models_dir", globals.models_dir.clone(), file.models_dir)
                .or_else(|| places::find("models"))
                .unwrap_or_else(|| PathBuf::from("models")),
            threads: layers.pick("threads", globals.threads, file.threads).unwrap_or(0),
            query_cache_mb: layers.pick("query_cache_mb", None, file.query_cache_mb).unwrap_or(32),
            store_cache_mb: layers.pick("store_cache_mb", None, file.store_cache_mb).unwrap_or(128),
            log: layers.pick("log", globals.log.clone(), file.log).unwrap_or_else(|| LOG.to_owned()),
            log_format: layers.pick("log_format", globals.log_format, file.log_format).unwrap_or_default(),
            bind: layers
                .pick("bind", listen.bind, file.bind)
                .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 7700))),
            cors: layers.pick("cors", listen.cors.then_some(true), file.cors).unwrap_or(false),
            metrics_open: layers.pick("metrics_open", metrics_open.then_some(true), file.metrics_open).unwrap_or(false),
            tls: tls_files(tls_cert, tls_key)?,
            limits,
            proxies,
            admin_key: layers.pick("admin_key", admin_key.or_else(|| env_key("MERCATO_ADMIN_KEY")), file.admin_key),
            search_key: layers.pick(
                "search_key",
                search_key.or_else(|| env_key("MERCATO_SEARCH_KEY")),
                file.search_key,
            ),
            url: layers.pick("url", remote.url, file.url),
            key: layers.pick("key", remote.key, file.key),
            train: file.train.map(TrainFile::read).transpose()?,
            json: globals.json,
            sources: layers
                .sources
                .into_iter()
                .chain(has_train.then_some(("train", "file")))
                .chain(has_limits.then_some(("limits", "file")))
                .collect(),
        };
        config.check()
    }

    /// The same with another data folder.
    pub(crate) fn with_data_dir(&self, data_dir: PathBuf) -> Self {
        Self { data_dir, ..self.clone() }
    }

    /// What comes before `://` of the address that is listened on.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    fn check(self) -> Result<Self> {
        for (name, megabytes) in [("query_cache_mb", self.query_cache_mb), ("store_cache_mb", self.store_cache_mb)] {
            if megabytes > 1 << 20 {
                return Err(user(format!("{name}: expected at most 1048576, got {megabytes}")));
            }
        }
        Ok(self)
    }

    /// Every value with its name and where it comes from; secrets are masked.
    pub(crate) fn values(&self) -> Vec<(&'static str, Value, &'static str)> {
        let path = |path: &Path| json!(path.display().to_string());
        let secret = |key: &Option<String>| json!(key.as_ref().map(|_| "********"));
        let values = [
            ("data_dir", path(&self.data_dir)),
            ("models_dir", path(&self.models_dir)),
            ("threads", json!(self.threads)),
            ("query_cache_mb", json!(self.query_cache_mb)),
            ("store_cache_mb", json!(self.store_cache_mb)),
            ("log", json!(self.log)),
            ("log_format", json!(if self.log_format == LogFormat::Json { "json" } else { "text" })),
            ("bind", json!(self.bind.to_string())),
            ("cors", json!(self.cors)),
            ("metrics_open", json!(self.metrics_open)),
            ("tls_cert", json!(self.tls.as_ref().map(|tls| path(&tls.cert)))),
            ("tls_key", json!(self.tls.as_ref().map(|tls| path(&tls.key)))),
            ("admin_key", secret(&self.admin_key)),
            ("search_key", secret(&self.search_key)),
            ("url", json!(self.url)),
            ("key", secret(&self.key)),
            ("limits", limits_value(&self.limits, self.proxies.as_ref())),
            ("train", self.train.as_ref().map_or(Value::Null, train_value)),
        ];
        let source =
            |name: &str| self.sources.iter().find(|(known, _)| *known == name).map_or("default", |(_, from)| from);
        values.into_iter().map(|(name, value)| (name, value, source(name))).collect()
    }
}

/// Chooses among the layers, and remembers which it was.
struct Layers<'a> {
    matches: &'a ArgMatches,
    sources: Vec<(&'static str, &'static str)>,
}

impl Layers<'_> {
    /// The value typed or in the environment, else the file's.
    fn pick<T>(&mut self, name: &'static str, given: Option<T>, file: Option<T>) -> Option<T> {
        let known = self.matches.try_contains_id(name).is_ok();
        let source = match (&given, &file) {
            (Some(_), _) if known && self.matches.value_source(name) == Some(ValueSource::CommandLine) => "flag",
            (Some(_), _) => "environment",
            (None, Some(_)) => "file",
            (None, None) => "default",
        };
        self.sources.push((name, source));
        given.or(file)
    }
}

/// The arguments of the command itself, which have the global ones too.
fn leaf(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().map_or(matches, |(_, inner)| leaf(inner))
}

fn read(path: &Path) -> Result<File> {
    let text = fs_err::read_to_string(path).map_err(|error| user(error.to_string()))?;
    toml::from_str(&text)
        .map_err(|error| user(error.to_string().trim_end().to_owned()))
        .with_context(|| format!("the configuration file {} cannot be used", path.display()))
}

/// Commands without the flag know the key from the environment all the same, to show it or to serve with it.
fn env_key(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|key| !key.is_empty())
}

/// Likewise for what `mercato health` must know of the server.
fn env_path(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// One without the other is a mistake: a server that was meant to be encrypted must not answer in the clear.
fn tls_files(cert: Option<PathBuf>, key: Option<PathBuf>) -> Result<Option<server::TlsFiles>> {
    match (cert, key) {
        (Some(cert), Some(key)) => Ok(Some(server::TlsFiles { cert, key })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(user("tls_cert: expected tls_key beside it")),
        (None, Some(_)) => Err(user("tls_key: expected tls_cert beside it")),
    }
}

fn listen(command: &Command) -> Listen {
    match command {
        Command::Demo(demo) => demo.listen.clone(),
        Command::Serve(serve) => serve.listen.clone(),
        Command::Doctor(doctor) => doctor.listen.clone(),
        Command::Config(config) => config.listen.clone(),
        _ => Listen::default(),
    }
}

fn remote(command: &Command) -> Remote {
    match command {
        Command::Config(config) => config.remote.clone(),
        _ => Remote::default(),
    }
}
