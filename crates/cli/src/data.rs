//! The data folder: opened by one process at a time, which leaves word of what it is doing there.

use std::fs::TryLockError;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use engine::{Engine, EngineConfig, Shop, SystemClock};

use crate::config::Config;
use crate::failure::user;

/// Locked for as long as a process has the folder open; says in its text what the process is.
const LOCK: &str = "in-use";

/// An opened data folder. Closes the engine when dropped.
pub(crate) struct Data {
    pub(crate) engine: Arc<Engine>,
    /// After the engine: it is let go when everything is written.
    lock: std::fs::File,
}

impl Data {
    /// Opens all shops of the data folder.
    pub(crate) fn open(config: &Config) -> Result<Self> {
        let lock = lock(&config.data_dir)?;
        let engine = Engine::open(engine_config(config), Arc::new(SystemClock))
            .with_context(|| format!("the shops in {} cannot be opened", config.data_dir.display()))?;
        Ok(Self { engine: Arc::new(engine), lock })
    }

    /// The shop called `id`; where there is none, says which there are.
    pub(crate) fn shop(&self, id: &str) -> Result<Arc<Shop>> {
        self.engine.shop(id).map_err(|error| match &error {
            engine::Error::UnknownShop(_) => {
                let known: Vec<String> = self.engine.shops().iter().map(ToString::to_string).collect();
                let known = if known.is_empty() { "there are none yet".to_owned() } else { known.join(", ") };
                user(format!("there is no shop called `{id}`; shops: {known}"))
            }
            _ => error.into(),
        })
    }

    /// Leaves word for others where this process can be asked.
    pub(crate) fn announce(&mut self, url: &str) -> Result<()> {
        write_note(&mut self.lock, &format!("{url}\n"))
    }
}

/// What the engine is told.
pub(crate) fn engine_config(config: &Config) -> EngineConfig {
    EngineConfig {
        data_dir: config.data_dir.clone(),
        models_dir: config.models_dir.clone(),
        threads: config.threads,
        query_cache_bytes: config.query_cache_mb << 20,
        store_cache_bytes: config.store_cache_mb << 20,
        ..EngineConfig::default()
    }
}

/// Who has the folder open, as far as they say; `None` where nobody has.
pub(crate) fn holder(data_dir: &Path) -> Option<String> {
    let mut file = std::fs::OpenOptions::new().read(true).open(data_dir.join(LOCK)).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            // A note that cannot be read is no note.
            file.read_to_string(&mut text).ok();
            Some(text.trim().to_owned())
        }
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

fn lock(data_dir: &Path) -> Result<std::fs::File> {
    fs_err::create_dir_all(data_dir)?;
    let path = data_dir.join(LOCK);
    let open = std::fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
    let mut file = open.with_context(|| format!("cannot open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => {
            write_note(&mut file, "")?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let holder = holder(data_dir).unwrap_or_default();
            let dir = data_dir.display();
            Err(user(match holder.as_str() {
                "" => format!("{dir} is in use by another `mercato`; wait until it ends"),
                url => format!(
                    "{dir} is in use by the server at {url}: ask that one (`--url {url}`, and `--key` where it wants \
                     one), or stop it first"
                ),
            }))
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
}

fn write_note(file: &mut std::fs::File, text: &str) -> Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(text.as_bytes())?;
    Ok(())
}
