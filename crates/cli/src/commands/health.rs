//! `mercato health`: whether a running server is ready, for whatever restarts it where it is not.

use anyhow::Result;

use crate::api::Api;
use crate::args;
use crate::config::Config;
use crate::output;

/// Asks the server named by `--url` (or the configuration), else the one at the address that `serve` would listen on.
pub(crate) fn run(args: &args::Health, config: &Config) -> Result<()> {
    let mut remote = args.remote.clone();
    if remote.url.is_none() && config.url.is_none() {
        remote.url = Some(format!("http://{}", config.bind));
    }
    let answer = Api::open(config, &remote)?.call("GET", "/ready", None)?;
    if config.json {
        return output::json(&answer);
    }
    output::line(answer["status"].as_str().unwrap_or("ready"))
}
