//! Connections over real sockets: what is cut, what is refused, HTTPS and its certificates.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::{Engine, EngineConfig};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use types::FixedClock;

use super::harness::NOW;
use crate::config::{Access, Limits, ServerConfig};
use crate::tls::{Tls, TlsFiles};

/// A server that listens, until it is told to stop.
struct Listening {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: tokio::task::JoinHandle<Result<(), crate::Error>>,
    _folder: TempDir,
}

impl Listening {
    async fn with(config: ServerConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = EngineConfig { data_dir: folder.path().to_owned(), ..EngineConfig::default() };
        let engine = Arc::new(Engine::open(files, Arc::new(FixedClock(NOW))).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let told = async move { drop(stopped.await) };
        let config = ServerConfig { access: Access::Open, ..config };
        let served = tokio::spawn(crate::serve::serve_on(listener, engine, config, told));
        Self { address, stop, served, _folder: folder }
    }

    async fn limited(limits: Limits) -> Self {
        Self::with(ServerConfig { limits, ..ServerConfig::default() }).await
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn ended(self) {
        self.stop.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(10), self.served).await.unwrap().unwrap().unwrap();
    }
}

/// What is read until the server closes, after `sent`.
async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, sent: &str) -> String {
    stream.write_all(sent.as_bytes()).await.unwrap();
    let mut read = Vec::new();
    // A connection that is cut in the middle has said all that it says.
    let _ = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut read)).await.unwrap();
    String::from_utf8_lossy(&read).into_owned()
}

const ASK: &str = "GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_a_head_byte_by_byte_is_cut_and_so_is_who_says_nothing() {
    let limits = Limits { header_time: Duration::from_millis(400), ..Limits::default() };
    let server = Listening::limited(limits).await;
    for sends in [true, false] {
        let (mut stream, began) = (server.connect().await, Instant::now());
        let (mut reading, mut writing) = stream.split();
        let drip = async {
            for byte in ASK.bytes().chain(std::iter::repeat(b'x')) {
                if sends && writing.write_all(&[byte]).await.is_err() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let mut read = Vec::new();
        tokio::select! {
            () = drip => {}
            ended = reading.read_to_end(&mut read) => drop(ended),
        }
        let took = began.elapsed();
        assert!(took > Duration::from_millis(300) && took < Duration::from_secs(5), "{took:?}");
        assert!(!String::from_utf8_lossy(&read).contains("200 OK"));
    }
    assert!(exchange(server.connect().await, ASK).await.starts_with("HTTP/1.1 200"));
    server.ended().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_that_can_be_read_in_two_ways_or_are_too_long_are_refused() {
    let server = Listening::limited(Limits { header_bytes: 8192, ..Limits::default() }).await;
    let post = |headers: &str, body: &str| {
        format!(
            "POST /v1/shops HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n{headers}connection: close\r\n\r\n{body}"
        )
    };
    for (sent, status) in [
        (post("content-length: 2\r\ncontent-length: 3\r\n", "{}x"), "400"),
        (post("content-length: 2, 3\r\n", "{}x"), "400"),
        (post("content-length: +2\r\n", "{}"), "400"),
        (post("transfer-encoding: chunked, identity\r\n", "{}"), "400"),
        (post("transfer-encoding : chunked\r\ncontent-length: 2\r\n", "{}"), "400"),
        (format!("GET /health HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "y".repeat(9000)), "431"),
        // Length and chunks: the chunks count (RFC 9112, 6.3), and what follows them is no request of its own.
        (
            post(
                "content-length: 4\r\ntransfer-encoding: chunked\r\n",
                "2\r\n{}\r\n0\r\n\r\nGET /health HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            "422",
        ),
    ] {
        let answer = exchange(server.connect().await, &sent).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{sent} {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{sent} {answer}");
    }
    server.ended().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_counted_for_all_and_for_each_address() {
    let limits = Limits { connections: 2, connections_per_address: 1, ..Limits::default() };
    let server = Listening::limited(limits).await;
    let mut first = server.connect().await;
    first.write_all(b"GET /health HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    assert!(first.read(&mut [0; 64]).await.unwrap() > 0);
    assert_eq!(exchange(server.connect().await, "").await, "", "closed at once");
    drop(first);
    let mut answer = String::new();
    // The place is free once the server has seen the end of the first.
    for _ in 0..100 {
        answer = exchange_if_open(server.connect().await).await;
        if !answer.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    server.ended().await;
}

async fn exchange_if_open(mut stream: TcpStream) -> String {
    let mut read = Vec::new();
    let _ = stream.write_all(ASK.as_bytes()).await;
    let _ = stream.read_to_end(&mut read).await;
    String::from_utf8_lossy(&read).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_has_a_rate_and_a_trusted_proxy_names_others() {
    let header = axum::http::HeaderName::from_static("x-forwarded-for");
    let proxies = Some(crate::Proxies { header, trusted: vec!["127.0.0.1".parse().unwrap()] });
    let limits = Limits { per_address: 1, ..Limits::default() };
    let server = Listening::with(ServerConfig { limits, proxies, ..ServerConfig::default() }).await;
    let ask = |client: &str| {
        format!("GET /v1/shops HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-forwarded-for: {client}\r\n\r\n")
    };
    let mut last = String::new();
    for _ in 0..3 {
        last = exchange(server.connect().await, &ask("192.0.2.7")).await;
    }
    assert!(last.starts_with("HTTP/1.1 429") && last.contains("address_rate_limited"), "{last}");
    assert!(last.to_lowercase().contains("retry-after: 1"), "{last}");
    assert!(exchange(server.connect().await, &ask("192.0.2.8")).await.starts_with("HTTP/1.1 200"));
    let health = ask("192.0.2.7").replace("/v1/shops", "/health");
    assert!(exchange(server.connect().await, &health).await.starts_with("HTTP/1.1 200"));
    server.ended().await;
}

fn pem(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/tls");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// The files of a pair in a folder, with the pair of this name in them.
fn files(folder: &TempDir, name: &str) -> TlsFiles {
    let files = TlsFiles { cert: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
    put(&files, &format!("{name}.cert.pem"), &format!("{name}.key.pem"));
    files
}

fn put(files: &TlsFiles, cert: &str, key: &str) {
    std::fs::write(&files.cert, pem(cert)).unwrap();
    std::fs::write(&files.key, pem(key)).unwrap();
}

/// A connection that trusts this certificate alone.
async fn encrypted(address: SocketAddr, trusted: &str, protocols: &[&[u8]]) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(pem(trusted).as_bytes()).unwrap()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let stream = TcpStream::connect(address).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), stream).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn https_is_answered_and_slow_handshakes_are_cut() {
    let folder = tempfile::tempdir().unwrap();
    let tls = Some(files(&folder, "first"));
    let limits = Limits {
        handshake_time: Duration::from_millis(300),
        header_time: Duration::from_millis(600),
        ..Limits::default()
    };
    let server = Listening::with(ServerConfig { tls, limits, ..ServerConfig::default() }).await;
    let stream = encrypted(server.address, "first.cert.pem", &[b"http/1.1"]).await.unwrap();
    assert!(exchange(stream, ASK).await.starts_with("HTTP/1.1 200"));
    let stream = encrypted(server.address, "first.cert.pem", &[b"h2", b"http/1.1"]).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut sender, connection) = hyper::client::conn::http2::handshake(
        hyper_util::rt::TokioExecutor::new(),
        hyper_util::rt::TokioIo::new(stream),
    )
    .await
    .unwrap();
    let speaking = tokio::spawn(connection);
    let ask = axum::http::Request::get("https://localhost/health").body(axum::body::Body::empty()).unwrap();
    assert_eq!(sender.send_request(ask).await.unwrap().status(), 200);
    // One that negotiated HTTP/2 and then says nothing, and one that begins no handshake.
    let silent = encrypted(server.address, "first.cert.pem", &[b"h2"]).await.unwrap();
    exchange(silent, "").await;
    assert_eq!(exchange(server.connect().await, "").await, "");
    assert!(!exchange(server.connect().await, ASK).await.contains("200"), "plain HTTP is not answered");
    assert!(encrypted(server.address, "second.cert.pem", &[]).await.is_err(), "another certificate is not trusted");
    // The open connection ends by itself when the server is told to stop.
    server.ended().await;
    let _ = speaking.await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_certificate_is_taken_and_a_bad_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(&folder, "first");
    let tls = Arc::new(Tls::open(files.clone(), Arc::new(FixedClock(NOW))).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shaking = Arc::clone(&tls);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = shaking.acceptor().accept(stream).await;
        }
    });
    let holds = async |cert: &str| encrypted(address, cert, &[]).await.is_ok();
    assert!(!tls.reload(false), "nothing has changed");
    for (cert, key) in [
        ("second.cert.pem", "first.key.pem"),
        ("first.key.pem", "first.key.pem"),
        ("first.cert.pem", "first.cert.pem"),
        ("over.cert.pem", "over.key.pem"),
    ] {
        put(&files, cert, key);
        assert!(!tls.reload(true), "{cert} {key}");
        assert!(holds("first.cert.pem").await, "{cert} {key}");
    }
    put(&files, "second.cert.pem", "second.key.pem");
    assert!(tls.reload(true) && !tls.reload(false));
    assert!(holds("second.cert.pem").await && !holds("first.cert.pem").await);
    std::fs::remove_file(&files.key).unwrap();
    assert!(!tls.reload(false) && holds("second.cert.pem").await);
}

#[test]
fn a_bad_pair_is_refused_by_the_name_of_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(&folder, "first");
    assert!(files.check().unwrap().holds_at(NOW));
    let fault = |files: &TlsFiles| files.check().unwrap_err().to_string();
    put(&files, "second.cert.pem", "first.key.pem");
    assert!(fault(&files).contains("key.pem"), "{}", fault(&files));
    std::fs::write(&files.cert, "nothing").unwrap();
    assert!(fault(&files).contains("cert.pem cannot be used for TLS: it has no certificate"), "{}", fault(&files));
    std::fs::remove_file(&files.cert).unwrap();
    assert!(fault(&files).contains("cert.pem"), "{}", fault(&files));
    put(&files, "over.cert.pem", "over.key.pem");
    assert!(!files.check().unwrap().holds_at(NOW));
}
