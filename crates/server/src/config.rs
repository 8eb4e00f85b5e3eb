use std::sync::Arc;
use std::time::Duration;

use engine::ModelTrainer;

use crate::address::Proxies;
use crate::tls::TlsFiles;
use crate::training::Refresh;

/// How the server listens, whom it lets in, and how much it takes on. Plain data; the defaults suit one small machine.
#[derive(Clone)]
pub struct ServerConfig {
    /// Address to listen on.
    pub address: std::net::SocketAddr,
    /// Certificate and key to answer HTTPS with; `None` answers plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Proxies that are believed where they say whom they speak for.
    pub proxies: Option<Proxies>,
    /// Who may ask.
    pub access: Access,
    /// Whether browsers on other origins may call the API. Keys travel in headers, never in cookies, so a foreign page
    /// can only use a key it was given.
    pub cors: bool,
    /// Whether `/metrics` answers without the administrator's key.
    pub metrics_open: bool,
    /// What it takes on before it says no.
    pub limits: Limits,
    /// Who trains recommenders and rankers; without one the routes for it answer 404.
    pub trainer: Option<Arc<dyn ModelTrainer>>,
    /// When recommenders and rankers are trained anew in the background; `None`: only when asked.
    pub refresh: Option<Refresh>,
}

/// Who may ask.
#[derive(Clone, Debug)]
pub enum Access {
    /// Everybody may do everything: for a demonstration on the loopback address.
    Open,
    /// A key is needed. `admin` is the process-wide administrator's key, beside the one that
    /// [`ensure_admin_key`](crate::ensure_admin_key) may have made.
    Keys {
        /// From the configuration or the environment variable `MERCATO_ADMIN_KEY`.
        admin: Option<String>,
        /// A key for searches in all shops, from the configuration or the environment variable `MERCATO_SEARCH_KEY`: for
        /// storefronts, where everybody can read it.
        search: Option<String>,
    },
}

/// What the server takes on before it says no, so that too much work is refused early instead of failing late.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of one item or event, after decompression.
    pub item_bytes: usize,
    /// Bytes of one batch, after decompression.
    pub batch_bytes: usize,
    /// Bytes of one search, recommendation or other small body, after decompression.
    pub request_bytes: usize,
    /// Bytes of a picture, and of a search for what looks like one, which holds it in base64.
    pub picture_bytes: usize,
    /// Time a client has to send a body.
    pub body_time: Duration,
    /// Time a request may take in all.
    pub request_time: Duration,
    /// Time running requests get to finish once the server was told to stop.
    pub drain_time: Duration,
    /// Searches and recommendations worked on at once; 0 takes one a core.
    pub answers: usize,
    /// Searches and recommendations that may wait for their turn; the next one is answered 503.
    pub answers_waiting: usize,
    /// Batches, settings and other long work done at once.
    pub tasks: usize,
    /// Such work that may wait for its turn.
    pub tasks_waiting: usize,
    /// Appends that may be on their way to the disk at once.
    pub appends: usize,
    /// Requests of one key in flight at once; the next one is answered 429. 0 sets no limit.
    pub per_key: usize,
    /// Requests a second from one address, on average; twice as many may come at once, and the next one is answered 429. 0 sets
    /// no limit.
    pub per_address: u32,
    /// Connections at once; the next one waits. 0 sets no limit.
    pub connections: usize,
    /// Connections of one address at once; the next one is closed. 0 sets no limit. Proxies that are trusted have none.
    pub connections_per_address: usize,
    /// Time a client has to send the head of a request, or its next one over the same connection.
    pub header_time: Duration,
    /// Bytes of a request's head, at most; at least 8 KiB.
    pub header_bytes: usize,
    /// Time a client has for the handshake of TLS.
    pub handshake_time: Duration,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            address: std::net::SocketAddr::from(([127, 0, 0, 1], 7700)),
            tls: None,
            proxies: None,
            access: Access::Keys { admin: None, search: None },
            cors: false,
            metrics_open: false,
            limits: Limits::default(),
            trainer: None,
            refresh: None,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            item_bytes: 1 << 20,
            batch_bytes: 32 << 20,
            request_bytes: 256 << 10,
            picture_bytes: 12 << 20,
            body_time: Duration::from_secs(60),
            request_time: Duration::from_secs(60),
            drain_time: Duration::from_secs(20),
            answers: 0,
            answers_waiting: 256,
            tasks: 2,
            tasks_waiting: 64,
            appends: 4096,
            per_key: 0,
            per_address: 0,
            connections: 8192,
            connections_per_address: 0,
            header_time: Duration::from_secs(60),
            header_bytes: 64 << 10,
            handshake_time: Duration::from_secs(10),
        }
    }
}
