//! Mercato over HTTP: the native JSON API under `/v1`, its OpenAPI document, health, metrics.
//!
//! What it is: the one crate that knows the wire. [`serve`] listens, [`router`] is the same without a socket; `wire` has
//! the documents that cross it and the one place where they are checked and become [`types::Request`]s.
//!
//! What it is not: it decides nothing about search or recommendation, and keeps no state but keys, counters and trainings under way.
//!
//! Invariants: a bad request never becomes a 5xx; every error has the same envelope with a stable code and the trace id;
//! what went wrong inside is logged and never sent; a key of one shop opens no other; too much work is refused early
//! (429, 503 with `Retry-After`) instead of failing late; engine calls never run on the threads that move bytes.
#![forbid(unsafe_code)]

mod address;
mod app;
mod audit;
mod auth;
mod body;
mod certificate;
mod codes;
mod config;
mod connections;
mod error;
mod explain;
mod extract;
mod faults;
mod gate;
mod keys;
mod metrics;
mod openapi;
mod rates;
mod routes;
mod serve;
mod storefront;
#[cfg(test)]
mod tests;
mod tls;
mod trace;
mod training;
mod watching;
mod wire;

pub use address::{Network, Proxies};
pub use config::{Access, Limits, ServerConfig};
pub use keys::ensure_admin_key;
pub use openapi::openapi_json;
pub use serve::{router, serve, serve_on};
pub use tls::{Certificate, TlsFiles};
pub use training::Refresh;

/// Why the server could not start or end well.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] engine::Error),
    /// The document of keys cannot be understood.
    #[error("the document `keys` cannot be read: {0}")]
    Keys(String),
    /// The document of what storefronts were told cannot be understood.
    #[error("the document `storefront` cannot be read: {0}")]
    Storefront(String),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: std::net::SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Certificate or key cannot be used.
    #[error("{} cannot be used for TLS: {why}", path.display())]
    Tls {
        /// The file at fault.
        path: std::path::PathBuf,
        /// Why not.
        why: String,
    },
    /// The listening socket failed.
    #[error("serving failed")]
    Serve(#[source] std::io::Error),
}

/// What texts say together, as the API answers it: for a program that reads texts without a shop.
pub fn review_report_json(report: engine::ReviewReport) -> serde_json::Value {
    serde_json::to_value(wire::ReviewsAnswer::from(report)).expect("the answer is plain data")
}

/// Where texts became worse, as the API answers it.
pub fn review_alerts_json(alerts: engine::ReviewAlerts) -> serde_json::Value {
    serde_json::to_value(wire::AlertsAnswer::from(alerts)).expect("the answer is plain data")
}
