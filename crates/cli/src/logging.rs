//! Structured logs on standard error.

use anyhow::{Context as _, Result};
use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat};

/// Begins to write logs as the configuration says.
pub(crate) fn start(config: &Config) -> Result<()> {
    let filter =
        EnvFilter::try_new(&config.log).map_err(|error| crate::failure::user(format!("log: {error}"))).context(
            "the log level is one of error, warn, info, debug, trace, or directives such as `warn,server=debug`",
        )?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().init(),
    }
    Ok(())
}
