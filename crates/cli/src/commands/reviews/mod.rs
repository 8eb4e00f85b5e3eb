//! `mercato reviews | alerts`: what reviews say, and where they become worse.

mod read;
mod show;

use anyhow::Result;

use crate::api::{Api, path_part};
use crate::args::{Alerts, Reviews, ReviewsOther};
use crate::config::Config;
use crate::failure::user;
use crate::output;

/// `mercato reviews`.
pub(crate) fn reviews(args: &Reviews, config: &Config) -> Result<()> {
    if let Some(ReviewsOther::Read(args)) = &args.other {
        return read::run(args, config);
    }
    let Some(shop) = &args.shop else {
        return Err(user("name a shop, or read a file with `mercato reviews read FILE`"));
    };
    let api = Api::open(config, &args.remote)?;
    let much = format!("weeks={}&quotes={}", args.much.weeks, args.much.quotes);
    let path = match &args.item {
        Some(item) => format!("/v1/{}/items/{}/reviews?{much}", path_part(shop), path_part(item)),
        None => {
            let option = |name: &str, value: &Option<String>| {
                value.as_ref().map(|value| format!("&{name}={}", path_part(value))).unwrap_or_default()
            };
            let scope = option("brand", &args.brand) + &option("category", &args.category);
            format!("/v1/{}/reviews?{much}{scope}", path_part(shop))
        }
    };
    let report = api.call("GET", &path, None)?;
    if config.json { output::json(&report) } else { show::report(&report, "items") }
}

/// `mercato alerts`.
pub(crate) fn alerts(args: &Alerts, config: &Config) -> Result<()> {
    let api = Api::open(config, &args.remote)?;
    let asked = format!("days={}&false_share={}&quotes={}", args.days, args.false_share, args.quotes);
    let alerts = api.call("GET", &format!("/v1/{}/alerts?{asked}", path_part(&args.shop)), None)?;
    if config.json { output::json(&alerts) } else { show::alerts(&alerts) }
}
