use std::fmt;
use std::io::{Read, Seek as _, Write as _};
use std::path::Path;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use ureq::http::{Response, StatusCode, header};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body};

use super::fault::HubFault;
use super::origin::HubFile;
use super::repo::RepoId;
use crate::vector::hex;

type Result<T> = std::result::Result<T, HubFault>;

/// How to reach a hub.
#[derive(Clone, Debug)]
pub struct HubConfig {
    /// Its address.
    pub endpoint: String,
    /// Opens gated and private repositories; sent to the endpoint's own host alone.
    pub token: Option<Token>,
    /// Attempts at one answer before giving up; bytes that came in between set the count back.
    pub attempts: u32,
    /// Pause after the first failure, doubled after each further one.
    pub pause: Duration,
    /// Certificates (PEM) to trust instead of the usual ones, for networks that look into connections.
    pub certificates: Option<Vec<u8>>,
}

impl Default for HubConfig {
    fn default() -> Self {
        Self {
            endpoint: "https://huggingface.co".to_owned(),
            token: None,
            attempts: 5,
            pause: Duration::from_secs(1),
            certificates: None,
        }
    }
}

/// A secret that shows itself nowhere.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// `None` where `secret` is blank.
    pub fn new(secret: &str) -> Option<Self> {
        let secret = secret.trim();
        (!secret.is_empty()).then(|| Self(secret.to_owned()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(********)")
    }
}

/// A hub of models that speaks Hugging Face's interface. Proxies are taken from the environment (`HTTPS_PROXY` and its
/// like).
pub struct Hub {
    agent: Agent,
    config: HubConfig,
}

/// How much of a file has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// Its path in the repository.
    pub file: &'a str,
    /// Bytes that are here.
    pub done: u64,
    /// Bytes it has, where that is known.
    pub total: Option<u64>,
}

impl Hub {
    /// Prepares to ask; sends nothing.
    ///
    /// # Errors
    /// Where the certificates are none.
    pub fn new(config: HubConfig) -> Result<Self> {
        let mut builder = Agent::config_builder()
            .http_status_as_error(false)
            // A signed address of the file store must not get the token; the hub's own relative redirects must.
            .redirect_auth_headers(ureq::config::RedirectAuthHeaders::SameHost)
            .timeout_connect(Some(Duration::from_secs(30)))
            .timeout_recv_response(Some(Duration::from_secs(60)))
            .timeout_per_read(Some(Duration::from_secs(60)))
            .user_agent(concat!("mercato/", env!("CARGO_PKG_VERSION")));
        if let Some(pem) = &config.certificates {
            builder = builder.tls_config(TlsConfig::builder().root_certs(roots(pem)?).build());
        }
        Ok(Self { agent: builder.build().new_agent(), config })
    }

    /// Address of something under the endpoint.
    pub(super) fn address(&self, path: &str) -> String {
        format!("{}/{path}", self.config.endpoint.trim_end_matches('/'))
    }

    /// A short document, whole; `None` where the hub has none.
    pub(super) fn document(&self, repo: &RepoId, url: &str, bytes_max: u64) -> Result<Option<Vec<u8>>> {
        let mut failures = 0;
        loop {
            let answer = self.ask(repo, url, 0).and_then(|answer| match answer {
                Some(answer) => read_short(answer, url, bytes_max).map(Some),
                None => Ok(None),
            });
            match answer {
                Ok(document) => return Ok(document),
                Err(attempt) => self.pause_or_fail(url, attempt, &mut failures)?,
            }
        }
    }

    /// Brings a file to `to`, going on where an earlier attempt broke off, and gives its SHA-256. Until it is whole and
    /// checked it is called `to` with `.part` at the end.
    pub(super) fn download(
        &self,
        repo: &RepoId,
        url: &str,
        file: &HubFile,
        to: &Path,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<String> {
        let part = part_of(to);
        let mut failures = 0;
        loop {
            let before = length(&part);
            match self.append(repo, url, file, &part, progress) {
                Ok(()) => break,
                Err(attempt) => {
                    if length(&part) > before {
                        failures = 0;
                    }
                    self.pause_or_fail(url, attempt, &mut failures)?;
                }
            }
        }
        let sha256 = checksum(&part)?;
        if let Err(damage) = check(file, length(&part), &sha256) {
            // What is wrong cannot be gone on with.
            fs_err::remove_file(&part)?;
            return Err(damage);
        }
        fs_err::rename(&part, to)?;
        Ok(sha256)
    }

    /// One attempt at what is still missing of a file.
    fn append(
        &self,
        repo: &RepoId,
        url: &str,
        file: &HubFile,
        part: &Path,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> std::result::Result<(), Attempt> {
        let have = length(part);
        if have > 0 && file.bytes.is_some_and(|bytes| have >= bytes) {
            return Ok(());
        }
        let absent = || HubFault::Absent { what: format!("`{}` in `{repo}`", file.path) };
        let answer = self.ask(repo, url, have)?.ok_or_else(absent)?;
        let goes_on = answer.status() == StatusCode::PARTIAL_CONTENT && starts_at(&answer, have);
        let mut open = fs_err::OpenOptions::new();
        let mut out = open.create(true).truncate(false).write(true).open(part).map_err(HubFault::from)?;
        let mut done = if goes_on { have } else { 0 };
        if answer.status() == StatusCode::RANGE_NOT_SATISFIABLE {
            out.set_len(0).map_err(HubFault::from)?;
            return Err(Attempt::Again("nothing to go on with".into(), None));
        }
        out.set_len(done).map_err(HubFault::from)?;
        out.seek(std::io::SeekFrom::Start(done)).map_err(HubFault::from)?;
        let expected = file.bytes.or_else(|| announced(&answer).map(|rest| done + rest));
        let mut body = answer.into_body().into_reader();
        let mut buffer = vec![0; 1 << 16];
        loop {
            progress(Progress { file: &file.path, done, total: expected });
            let count = body.read(&mut buffer).map_err(|error| Attempt::Again(error.into(), None))?;
            if count == 0 {
                break;
            }
            done += count as u64;
            if let Some(bytes_max) = file.bytes.filter(|bytes| done > *bytes) {
                out.set_len(0).map_err(HubFault::from)?;
                return Err(HubFault::TooLong { what: format!("`{}`", file.path), bytes_max }.into());
            }
            out.write_all(&buffer[..count]).map_err(HubFault::from)?;
        }
        match expected {
            Some(expected) if done < expected => {
                Err(Attempt::Again(format!("broke off after {done} of {expected} bytes").into(), None))
            }
            _ => Ok(()),
        }
    }

    /// Sends one request; `None` where there is nothing.
    fn ask(&self, repo: &RepoId, url: &str, from: u64) -> std::result::Result<Option<Response<Body>>, Attempt> {
        let mut request = self.agent.get(url);
        if from > 0 {
            request = request.header(header::RANGE, format!("bytes={from}-"));
        }
        if let Some(token) = &self.config.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.0));
        }
        let answer = request.call().map_err(|error| self.unanswered(url, error))?;
        let status = answer.status();
        match status {
            StatusCode::OK | StatusCode::PARTIAL_CONTENT => Ok(Some(answer)),
            StatusCode::RANGE_NOT_SATISFIABLE if from > 0 => Ok(Some(answer)),
            StatusCode::NOT_FOUND => Ok(None),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(self.refused(repo, &answer).into()),
            _ => {
                let fault = HubFault::Status { url: bare(url), status: status.as_u16() };
                let passing = status.is_server_error()
                    || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
                Err(if passing { Attempt::Again(fault.into(), retry_after(&answer)) } else { fault.into() })
            }
        }
    }

    fn unanswered(&self, url: &str, error: ureq::Error) -> Attempt {
        match error {
            ureq::Error::Io(_)
            | ureq::Error::Timeout(_)
            | ureq::Error::ConnectionFailed
            | ureq::Error::BodyStalled
            | ureq::Error::Protocol(_)
            | ureq::Error::ConnectProxyFailed(_) => Attempt::Again(error.into(), None),
            // A name that is not known and a certificate that is not trusted will be so in a second, too.
            error => HubFault::Unreachable { url: bare(url), source: error.into() }.into(),
        }
    }

    /// Hugging Face answers 401 for what it will not say exists, and names gates in a header.
    fn refused(&self, repo: &RepoId, answer: &Response<Body>) -> HubFault {
        let code = answer.headers().get("x-error-code").and_then(|value| value.to_str().ok());
        if code == Some("RepoNotFound") {
            return HubFault::Absent { what: format!("repository `{repo}`") };
        }
        let now = if self.config.token.is_some() { "the one there may not read it" } else { "there is none" };
        HubFault::Gated { repo: repo.to_string(), page: self.address(&repo.name), now }
    }

    /// Waits before the next attempt, or gives up.
    fn pause_or_fail(&self, url: &str, attempt: Attempt, failures: &mut u32) -> Result<()> {
        const PAUSE_MAX: Duration = Duration::from_secs(60);
        let (reason, wanted) = match attempt {
            Attempt::Failed(fault) => return Err(fault),
            Attempt::Again(reason, wanted) => (reason, wanted),
        };
        *failures += 1;
        if *failures >= self.config.attempts {
            return Err(HubFault::Unreachable { url: bare(url), source: reason });
        }
        let pause = wanted.unwrap_or(self.config.pause * 2u32.saturating_pow(*failures - 1)).min(PAUSE_MAX);
        tracing::warn!(url = bare(url), reason = %reason, ?pause, "trying again");
        std::thread::sleep(pause);
        Ok(())
    }
}

/// How an attempt failed.
enum Attempt {
    /// For good.
    Failed(HubFault),
    /// Perhaps not the next time; the hub may say how long to wait.
    Again(Box<dyn std::error::Error + Send + Sync>, Option<Duration>),
}

impl From<HubFault> for Attempt {
    fn from(fault: HubFault) -> Self {
        Self::Failed(fault)
    }
}

fn read_short(answer: Response<Body>, url: &str, bytes_max: u64) -> std::result::Result<Vec<u8>, Attempt> {
    let announced = announced(&answer);
    let mut bytes = Vec::new();
    let mut body = answer.into_body().into_reader().take(bytes_max + 1);
    body.read_to_end(&mut bytes).map_err(|error| Attempt::Again(error.into(), None))?;
    if bytes.len() as u64 > bytes_max {
        return Err(HubFault::TooLong { what: bare(url), bytes_max }.into());
    }
    match announced {
        Some(announced) if (bytes.len() as u64) < announced => {
            Err(Attempt::Again(format!("broke off after {} of {announced} bytes", bytes.len()).into(), None))
        }
        _ => Ok(bytes),
    }
}

fn announced(answer: &Response<Body>) -> Option<u64> {
    answer.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn retry_after(answer: &Response<Body>) -> Option<Duration> {
    answer.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok().map(Duration::from_secs)
}

/// Whether a partial answer begins where it was asked to.
fn starts_at(answer: &Response<Body>, have: u64) -> bool {
    let range = answer.headers().get(header::CONTENT_RANGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    range.strip_prefix("bytes ").and_then(|range| range.split('-').next()) == Some(have.to_string().as_str())
}

/// An address without its query, in which file stores put signatures.
fn bare(url: &str) -> String {
    url.split('?').next().unwrap_or_default().to_owned()
}

fn roots(pem: &[u8]) -> Result<RootCerts> {
    let unreadable = |reason: String| HubFault::Unreadable { file: "the file of certificates".to_owned(), reason };
    let mut certificates = Vec::new();
    for item in parse_pem(pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| unreadable(error.to_string()))? {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(unreadable("there is no certificate in it".to_owned()));
    }
    Ok(RootCerts::new_with_certs(&certificates))
}

/// What a file is called until it is whole.
pub(super) fn part_of(path: &Path) -> std::path::PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    path.with_file_name(name)
}

fn length(path: &Path) -> u64 {
    fs_err::metadata(path).map_or(0, |found| found.len())
}

/// Whether a file is the one that was announced.
pub(super) fn check(file: &HubFile, bytes: u64, sha256: &str) -> Result<()> {
    let damaged = |expected, got| Err(HubFault::Damaged { file: file.path.clone(), expected, got });
    match (&file.sha256, file.bytes) {
        (Some(expected), _) if expected != sha256 => damaged(format!("SHA-256 {expected}"), sha256.to_owned()),
        (_, Some(expected)) if expected != bytes => damaged(format!("{expected} bytes"), format!("{bytes} bytes")),
        _ => Ok(()),
    }
}

/// SHA-256 of a file, in hexadecimal.
pub(super) fn checksum(path: &Path) -> Result<String> {
    let mut file = fs_err::File::open(path)?;
    let (mut digest, mut buffer) = (Sha256::new(), vec![0; 1 << 18]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&digest.finalize())),
            count => digest.update(&buffer[..count]),
        }
    }
}
