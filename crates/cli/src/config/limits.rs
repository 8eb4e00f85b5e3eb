//! `[limits]` of the configuration file: what a server takes on before it says no, and which proxies it believes.

use std::time::Duration;

use anyhow::{Result, anyhow};
use serde::Deserialize;
use serde_json::{Value, json};
use server::{Limits, Network, Proxies};

use crate::failure::user;

/// The section as it is written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitsFile {
    per_address: Option<u32>,
    per_key: Option<usize>,
    connections: Option<usize>,
    connections_per_address: Option<usize>,
    header_seconds: Option<u64>,
    header_bytes: Option<usize>,
    handshake_seconds: Option<u64>,
    trusted_proxies: Option<Vec<String>>,
    client_header: Option<String>,
}

/// The header in which proxies say whom they speak for.
const CLIENT_HEADER: &str = "x-forwarded-for";

impl LimitsFile {
    /// Checks everything.
    pub(super) fn read(self) -> Result<(Limits, Option<Proxies>)> {
        let defaults = Limits::default();
        let seconds = |name: &str, said: Option<u64>, default: Duration| match said {
            None => Ok(default),
            Some(seconds @ 1..=3600) => Ok(Duration::from_secs(seconds)),
            Some(other) => Err(user(format!("limits.{name}: expected 1 to 3600 seconds, got {other}"))),
        };
        let header_bytes = self.header_bytes.unwrap_or(defaults.header_bytes);
        if !(8 << 10..=1 << 20).contains(&header_bytes) {
            return Err(user(format!("limits.header_bytes: expected 8192 to 1048576, got {header_bytes}")));
        }
        let limits = Limits {
            per_address: self.per_address.unwrap_or(defaults.per_address),
            per_key: self.per_key.unwrap_or(defaults.per_key),
            connections: self.connections.unwrap_or(defaults.connections),
            connections_per_address: self.connections_per_address.unwrap_or(defaults.connections_per_address),
            header_time: seconds("header_seconds", self.header_seconds, defaults.header_time)?,
            handshake_time: seconds("handshake_seconds", self.handshake_seconds, defaults.handshake_time)?,
            header_bytes,
            ..defaults
        };
        Ok((limits, proxies(&self.trusted_proxies.unwrap_or_default(), self.client_header)?))
    }
}

fn proxies(trusted: &[String], header: Option<String>) -> Result<Option<Proxies>> {
    if trusted.is_empty() {
        return match header {
            // Anybody could say anything in it.
            Some(_) => Err(user("limits.client_header: expected `trusted_proxies` beside it, whose word is believed")),
            None => Ok(None),
        };
    }
    let network =
        |text: &String| text.parse::<Network>().map_err(|error| anyhow!(error.within("limits.trusted_proxies")));
    let trusted = trusted.iter().map(network).collect::<Result<_>>()?;
    let header = header.unwrap_or_else(|| CLIENT_HEADER.to_owned());
    let header =
        header.parse().map_err(|_| user(format!("limits.client_header: expected a header's name, got {header}")))?;
    Ok(Some(Proxies { header, trusted }))
}

/// What came of it, to be shown.
pub(super) fn limits_value(limits: &Limits, proxies: Option<&Proxies>) -> Value {
    json!({
        "per_address": limits.per_address,
        "per_key": limits.per_key,
        "connections": limits.connections,
        "connections_per_address": limits.connections_per_address,
        "header_seconds": limits.header_time.as_secs(),
        "header_bytes": limits.header_bytes,
        "handshake_seconds": limits.handshake_time.as_secs(),
        "trusted_proxies": proxies.map_or(0, |proxies| proxies.trusted.len()),
        "client_header": proxies.map(|proxies| proxies.header.as_str()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Limits, Option<Proxies>)> {
        toml::from_str::<LimitsFile>(text)?.read()
    }

    #[test]
    fn limits_are_read_and_wrong_ones_named() {
        let (limits, proxies) =
            read("per_address = 20\nheader_seconds = 5\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]").unwrap();
        assert_eq!((limits.per_address, limits.header_time), (20, Duration::from_secs(5)));
        assert_eq!(proxies.unwrap().header, "x-forwarded-for");
        for (text, field) in [
            ("per_adress = 1", "per_adress"),
            ("header_seconds = 0", "limits.header_seconds"),
            ("header_bytes = 100", "limits.header_bytes"),
            ("client_header = \"x-real-ip\"", "limits.client_header"),
            ("trusted_proxies = [\"::1\"]\nclient_header = \"a b\"", "limits.client_header"),
            ("trusted_proxies = [\"anybody\"]", "limits.trusted_proxies"),
        ] {
            let error = read(text).map(drop).unwrap_err().to_string();
            assert!(error.contains(field), "{text}: {error}");
        }
    }
}
