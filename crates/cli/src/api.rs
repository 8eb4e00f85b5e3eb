//! Asks a shop through the routes of the server: in process, or over HTTP.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use serde_json::Value;
use server::{Access, ServerConfig};
use tower::ServiceExt as _;

use crate::args::Remote;
use crate::config::Config;
use crate::data::Data;
use crate::failure::user;
use crate::tls::{self, Trust};

/// Longest answer read, in bytes.
const ANSWER_BYTES_MAX: usize = 1 << 30;

/// Someone who answers the native API.
pub(crate) enum Api {
    /// The data folder, opened by this process.
    Local { router: Router, runtime: tokio::runtime::Runtime, data: Data },
    /// A server.
    Remote { address: String, prefix: String, key: Option<String>, tls: Option<Trust> },
}

/// The API said no.
#[derive(Debug)]
pub(crate) struct Refused {
    status: u16,
    code: String,
    message: String,
}

impl Refused {
    /// Whether the caller can mend it.
    pub(crate) fn is_user(&self) -> bool {
        (400..500).contains(&self.status)
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for Refused {}

impl Api {
    /// The server named by `--url` (or the configuration), else the data folder.
    pub(crate) fn open(config: &Config, remote: &Remote) -> Result<Self> {
        if let Some(url) = remote.url.as_ref().or(config.url.as_ref()) {
            let key = remote.key.clone().or_else(|| config.key.clone());
            let own = config.tls.as_ref().map(|tls| tls.cert.clone());
            return Self::remote(url, key, Trust::Authorities(own));
        }
        let data = Data::open(config)?;
        let access = ServerConfig { access: Access::Open, ..ServerConfig::default() };
        let router = server::router(Arc::clone(&data.engine), access)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        Ok(Self::Local { router, runtime, data })
    }

    /// As [`Self::open`], for asking `shop` what depends on the words of its catalogue: waits until those are read.
    pub(crate) fn open_to_read(config: &Config, remote: &Remote, shop: &str) -> Result<Self> {
        let api = Self::open(config, remote)?;
        // A shop that is not there is told of by the call that follows.
        if let Some(shop) = api.local().and_then(|data| data.engine.shop(shop).ok()) {
            shop.learn_words()?;
        }
        Ok(api)
    }

    /// The server that `serve` starts with this configuration, asked without a key.
    pub(crate) fn own(config: &Config) -> Result<Self> {
        Self::remote(&format!("{}://{}", config.scheme(), config.bind), None, Trust::Anybody)
    }

    fn remote(url: &str, key: Option<String>, trust: Trust) -> Result<Self> {
        let (rest, tls) = match (url.strip_prefix("http://"), url.strip_prefix("https://")) {
            (Some(rest), _) => (rest, None),
            (_, Some(rest)) => (rest, Some(trust)),
            (None, None) => {
                return Err(user(format!("the URL must begin with http:// or https://, got {url}")));
            }
        };
        let (host, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let port = if tls.is_some() { 443 } else { 80 };
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let address = if has_port { host.to_owned() } else { format!("{host}:{port}") };
        let prefix = prefix.trim_end_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("/{prefix}") };
        Ok(Self::Remote { address, prefix, key, tls })
    }

    /// Asks, and returns the answer's document; `Null` where there is none.
    pub(crate) fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let (status, bytes) = match self {
            Self::Local { router, runtime, .. } => runtime.block_on(call_router(router, method, path, body))?,
            Self::Remote { address, prefix, key, tls } => {
                let path = format!("{prefix}{path}");
                let request = request(address, method, &path, key.as_deref(), body)?;
                call_http(address, &request, tls.as_ref())
                    .with_context(|| format!("the server at {address} cannot be asked"))?
            }
        };
        let document = if bytes.is_empty() { Value::Null } else { formats::json::parse(&bytes)? };
        if (200..300).contains(&status) {
            return Ok(document);
        }
        let text = |name: &str| document["error"][name].as_str().map(str::to_owned);
        let code = text("code").unwrap_or_else(|| "unknown".into());
        let message = text("message").unwrap_or_else(|| format!("the server answered with status {status}"));
        Err(Refused { status, code, message }.into())
    }

    /// The opened data folder, where it is this process that answers.
    pub(crate) fn local(&self) -> Option<&Data> {
        match self {
            Self::Local { data, .. } => Some(data),
            Self::Remote { .. } => None,
        }
    }
}

async fn call_router(router: &Router, method: &str, path: &str, body: Option<&Value>) -> Result<(u16, Vec<u8>)> {
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json").body(body)?;
    let answer = router.clone().oneshot(request).await?;
    let status = answer.status().as_u16();
    Ok((status, axum::body::to_bytes(answer.into_body(), ANSWER_BYTES_MAX).await?.to_vec()))
}

/// One request over HTTP/1.0: the answer is never chunked and ends with the connection, so that no HTTP library is needed.
fn request(address: &str, method: &str, path: &str, key: Option<&str>, body: Option<&Value>) -> Result<String> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let key = key.map_or_else(String::new, |key| format!("Authorization: Bearer {key}\r\n"));
    if key.matches(['\r', '\n']).count() > 2 {
        return Err(user("the key has a line break"));
    }
    Ok(format!(
        "{method} {path} HTTP/1.0\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{key}\r\n{body}",
        body.len()
    ))
}

fn call_http(address: &str, request: &str, tls: Option<&Trust>) -> Result<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(120)))?;
    let mut answer = match tls {
        None => {
            stream.write_all(request.as_bytes())?;
            read(stream)?
        }
        Some(trust) => {
            let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
            let mut stream = tls::connect(stream, host, trust)?;
            stream.write_all(request.as_bytes())?;
            read(stream)?
        }
    };
    let Some(end) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { bail!("the answer is no HTTP") };
    let status_line = String::from_utf8_lossy(&answer[..end]);
    let status = status_line.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.context("the answer is no HTTP")?;
    Ok((status, answer.split_off(end + 4)))
}

fn read(stream: impl std::io::Read) -> Result<Vec<u8>> {
    let mut answer = Vec::new();
    match stream.take(ANSWER_BYTES_MAX as u64).read_to_end(&mut answer) {
        // Some end an encrypted connection without saying so; an answer that was cut is no JSON.
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(answer),
        read => Ok(read.map(|_| answer)?),
    }
}

/// A part of a path, with what has a meaning there escaped.
pub(crate) fn path_part(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
