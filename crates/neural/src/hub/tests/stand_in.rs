//! A hub on this machine: the answers of Hugging Face's interface that pulling needs, and the faults that happen there.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use parking_lot::Mutex;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::vector::hex;

/// The commit that every revision stands for.
pub(super) const COMMIT: &str = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00";
/// The token that opens what is gated.
pub(super) const TOKEN: &str = "hf_a_secret_of_the_tests";
/// Files from this size on are kept in the file store, on another host.
const LARGE: usize = 4096;

/// What is on the hub, and what goes wrong.
#[derive(Default)]
pub(super) struct State {
    /// The one repository, as `owner/name`.
    pub(super) repo: String,
    pub(super) files: BTreeMap<String, Vec<u8>>,
    pub(super) card: Value,
    pub(super) gated: bool,
    /// So many answers of the file store break off after half of what is left.
    pub(super) broken: usize,
    /// So many answers of any kind are 503.
    pub(super) busy: usize,
    /// The file store sends other bytes than it announced.
    pub(super) corrupt: bool,
    /// The file store knows no ranges.
    pub(super) no_ranges: bool,
    /// What was asked for: path, range, and whether the token came with it.
    pub(super) seen: Vec<Seen>,
}

/// A request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Seen {
    pub(super) path: String,
    pub(super) range: Option<String>,
    pub(super) token: bool,
}

/// The server; ends when dropped.
pub(super) struct StandIn {
    pub(super) state: Arc<Mutex<State>>,
    address: SocketAddr,
    ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl StandIn {
    /// Serves a repository.
    pub(super) fn of(repo: &str, files: BTreeMap<String, Vec<u8>>, card: Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State { repo: repo.to_owned(), files, card, ..State::default() }));
        let ending = Arc::new(AtomicBool::new(false));
        let (shared, end) = (Arc::clone(&state), Arc::clone(&ending));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if end.load(Ordering::Relaxed) {
                    return;
                }
                // One at a time is enough, and keeps the order of what was seen.
                answer(&stream.unwrap(), &shared, address).ok();
            }
        });
        Self { state, address, ending, thread: Some(thread) }
    }

    pub(super) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock());
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.state.lock().seen.clone()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Relaxed);
        TcpStream::connect(self.address).ok();
        self.thread.take().map(JoinHandle::join);
    }
}

struct Answer {
    status: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// Bytes really sent.
    sent: usize,
}

impl Answer {
    fn new(status: &'static str, body: Vec<u8>) -> Self {
        Self { status, headers: Vec::new(), sent: body.len(), body }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

fn answer(mut stream: &TcpStream, state: &Mutex<State>, address: SocketAddr) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let (mut range, mut token) = (None, false);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "range" => range = Some(value.to_owned()),
            "authorization" => token = value == format!("Bearer {TOKEN}"),
            _ => {}
        }
    }
    let answer = {
        let mut state = state.lock();
        state.seen.push(Seen { path: path.clone(), range: range.clone(), token });
        route(&mut state, &path, range.as_deref(), token, address)
    };
    let mut head =
        format!("HTTP/1.1 {}\r\ncontent-length: {}\r\nconnection: close\r\n", answer.status, answer.body.len());
    answer.headers.iter().for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    stream.write_all(&answer.body[..answer.sent])?;
    stream.flush()?;
    stream.shutdown(std::net::Shutdown::Write)?;
    // Reading to the end lets the other side close first, so that nothing it has not read yet is thrown away.
    reader.read_to_end(&mut Vec::new()).map(|_| ())
}

fn route(state: &mut State, path: &str, range: Option<&str>, token: bool, address: SocketAddr) -> Answer {
    if state.busy > 0 {
        state.busy -= 1;
        return Answer::new("503 Service Unavailable", Vec::new()).with("retry-after", "0");
    }
    let repo = state.repo.clone();
    let (path, _) = path.split_once('?').unwrap_or((path, ""));
    if let Some(file) = path.strip_prefix("/cdn/") {
        return store(state, file, range);
    }
    let known = [format!("/api/models/{repo}/"), format!("/{repo}/"), format!("/api/resolve-cache/models/{repo}/")];
    let Some(rest) = known.iter().find_map(|start| path.strip_prefix(start.as_str())) else {
        return Answer::new("401 Unauthorized", b"Invalid username or password.".to_vec())
            .with("x-error-code", "RepoNotFound");
    };
    if path.starts_with("/api/models/") {
        let known = ["revision/main", "revision/v1", "revision/refs%2Fpr%2F1"].contains(&rest);
        let body =
            json!({"id": repo, "sha": COMMIT, "gated": false, "cardData": state.card, "siblings": siblings(state)});
        return match known {
            true => Answer::new("200 OK", body.to_string().into_bytes()).with("content-type", "application/json"),
            false => Answer::new("404 Not Found", Vec::new()).with("x-error-code", "RevisionNotFound"),
        };
    }
    if state.gated && !token {
        return Answer::new("401 Unauthorized", b"Access to model is restricted.".to_vec())
            .with("x-error-code", "GatedRepo");
    }
    let file = rest.strip_prefix(&format!("resolve/{COMMIT}/")).or_else(|| rest.strip_prefix(&format!("{COMMIT}/")));
    let Some((file, bytes)) = file.and_then(|file| state.files.get_key_value(file)) else {
        return Answer::new("404 Not Found", Vec::new()).with("x-error-code", "EntryNotFound");
    };
    if path.starts_with("/api/resolve-cache/") {
        Answer::new("200 OK", bytes.clone()).with("etag", "\"0123456789\"")
    } else if bytes.len() < LARGE {
        let place = format!("/api/resolve-cache/models/{repo}/{COMMIT}/{file}");
        Answer::new("307 Temporary Redirect", Vec::new()).with("location", place)
    } else {
        // Another name for this machine stands for the file store's own host.
        let place = format!("http://localhost:{}/cdn/{file}?X-Amz-Signature=secret", address.port());
        Answer::new("302 Found", Vec::new()).with("location", place).with("x-linked-size", bytes.len().to_string())
    }
}

fn siblings(state: &State) -> Vec<Value> {
    let one = |(path, bytes): (&String, &Vec<u8>)| match bytes.len() < LARGE {
        true => json!({"rfilename": path, "size": bytes.len(), "blobId": "0123456789"}),
        false => json!({"rfilename": path, "size": bytes.len(), "blobId": "0123456789",
            "lfs": {"sha256": hex(&Sha256::digest(bytes)), "size": bytes.len(), "pointerSize": 134}}),
    };
    state.files.iter().map(one).collect()
}

/// The file store, which knows ranges.
fn store(state: &mut State, file: &str, range: Option<&str>) -> Answer {
    let Some(bytes) = state.files.get(file) else { return Answer::new("404 Not Found", Vec::new()) };
    let mut bytes = bytes.clone();
    if state.corrupt {
        bytes[LARGE / 2] ^= 1;
    }
    let total = bytes.len();
    let from = range.filter(|_| !state.no_ranges).and_then(|range| {
        range.strip_prefix("bytes=").and_then(|range| range.split('-').next()).and_then(|from| from.parse().ok())
    });
    let mut answer = match from {
        Some(from) if from >= total => Answer::new("416 Range Not Satisfiable", Vec::new()),
        Some(from) => Answer::new("206 Partial Content", bytes.split_off(from))
            .with("content-range", format!("bytes {from}-{}/{total}", total - 1)),
        None => Answer::new("200 OK", bytes),
    };
    if state.broken > 0 {
        state.broken -= 1;
        answer.sent /= 2;
    }
    answer
}
