//! `mercato health`: whether a running server is ready, for whatever restarts it where it is not.

use anyhow::Result;

use crate::api::Api;
use crate::args;
use crate::config::Config;
use crate::output;

/// Asks the server named by `--url` (or the configuration), else the one at the address that `serve` would listen on.
pub(crate) fn run(args: &args::Health, config: &Config) -> Result<()> {
    let api = match args.remote.url.is_none() && config.url.is_none() {
        // The certificate is for the name that shoppers use, not for this address.
        true => Api::own(config)?,
        false => Api::open(config, &args.remote)?,
    };
    let answer = api.call("GET", "/ready", None)?;
    if config.json {
        return output::json(&answer);
    }
    output::line(answer["status"].as_str().unwrap_or("ready"))
}
