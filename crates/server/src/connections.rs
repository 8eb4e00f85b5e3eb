//! Connections: how many there may be, how long they may say nothing, and how they end. What comes over them goes to the router.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt as _;

use crate::address::{Peer, Proxies};
use crate::config::Limits;
use crate::tls::Tls;

/// Time after which it is tried again where the system has no connection to give, such as for want of file handles.
const ACCEPT_AGAIN: Duration = Duration::from_millis(500);
/// Streams of one connection of HTTP/2 at once.
const STREAMS_MAX: u32 = 100;
/// A connection of HTTP/2 that nothing comes over is asked whether it is still there, and cut where no answer comes.
const PING_EVERY: Duration = Duration::from_secs(30);
const PONG_WITHIN: Duration = Duration::from_secs(15);

/// What every connection shares.
pub(crate) struct Connections {
    pub(crate) router: Router,
    pub(crate) limits: Limits,
    pub(crate) tls: Option<Arc<Tls>>,
    pub(crate) proxies: Option<Proxies>,
}

impl Connections {
    /// Takes connections until `shutdown` is ready, and then waits until the requests of those there are were answered.
    pub(crate) async fn take(self, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        let shared = Arc::new(self);
        let graceful = GracefulShutdown::new();
        let doors = Doors::new(&shared.limits);
        let mut shutdown = pin!(shutdown);
        loop {
            // The place first: a connection beyond the limit waits in the system's queue, where it costs nothing.
            let next = async { (doors.place().await, listener.accept().await) };
            let (place, accepted) = tokio::select! {
                biased;
                () = &mut shutdown => break,
                next = next => next,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    refused_by_the_system(&error).await;
                    continue;
                }
            };
            let peer = peer.ip().to_canonical();
            let is_proxy = shared.proxies.as_ref().is_some_and(|proxies| proxies.trusts(peer));
            let Some(one_of_its) = doors.one_of(peer, is_proxy) else {
                tracing::debug!(%peer, "an address has as many connections as it may");
                continue;
            };
            let (shared, watcher) = (Arc::clone(&shared), graceful.watcher());
            tokio::spawn(async move {
                shared.serve(stream, peer, watcher).await;
                drop((place, one_of_its));
            });
        }
        drop(listener);
        graceful.shutdown().await;
    }

    async fn serve(&self, stream: TcpStream, peer: IpAddr, watcher: Watcher) {
        // An answer is written in one piece, so waiting for more of it (Nagle) would only add latency.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot switch off Nagle's algorithm");
        }
        let Some(tls) = &self.tls else {
            return self.http1(TokioIo::new(stream), peer, watcher).await;
        };
        let shaking = tokio::time::timeout(self.limits.handshake_time, tls.acceptor().accept(stream));
        match shaking.await {
            Ok(Ok(stream)) if stream.get_ref().1.alpn_protocol() == Some(b"h2") => {
                self.http2(TokioIo::new(stream), peer, watcher).await;
            }
            Ok(Ok(stream)) => self.http1(TokioIo::new(stream), peer, watcher).await,
            Ok(Err(error)) => tracing::debug!(%peer, %error, "no handshake"),
            Err(_) => tracing::debug!(%peer, "the handshake took too long"),
        }
    }

    async fn http1(&self, io: impl Read + Write + Unpin + Send + 'static, peer: IpAddr, watcher: Watcher) {
        let router = self.router.clone();
        let service = service_fn(move |request: hyper::Request<Incoming>| ask(router.clone(), request, peer));
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(self.limits.header_time);
        builder.max_buf_size(self.limits.header_bytes);
        let connection = builder.serve_connection(io, service);
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%peer, %error, "a connection ended badly");
        }
    }

    async fn http2(&self, io: impl Read + Write + Unpin + Send + 'static, peer: IpAddr, watcher: Watcher) {
        let (router, has_asked) = (self.router.clone(), Arc::new(AtomicBool::new(false)));
        let asked = Arc::clone(&has_asked);
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            asked.store(true, Ordering::Relaxed);
            ask(router.clone(), request, peer)
        });
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder.timer(TokioTimer::new()).keep_alive_interval(PING_EVERY).keep_alive_timeout(PONG_WITHIN);
        builder.max_concurrent_streams(STREAMS_MAX);
        builder.max_header_list_size(u32::try_from(self.limits.header_bytes).unwrap_or(u32::MAX));
        let connection = watcher.watch(builder.serve_connection(io, service));
        // Pings begin with the first frame: who sends nothing at all is cut here.
        let silent = async {
            tokio::time::sleep(self.limits.header_time).await;
            if has_asked.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            ended = connection => if let Err(error) = ended {
                tracing::debug!(%peer, %error, "a connection ended badly");
            },
            () = silent => tracing::debug!(%peer, "nothing was asked in time"),
        }
    }
}

async fn ask(
    router: Router,
    mut request: hyper::Request<Incoming>,
    peer: IpAddr,
) -> Result<axum::response::Response, std::convert::Infallible> {
    request.extensions_mut().insert(Peer(peer));
    router.oneshot(request.map(Body::new)).await
}

/// What the system says of one connection is that connection's affair; all else is told, and tried again a little later.
async fn refused_by_the_system(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::error!(%error, "no connection can be taken");
        tokio::time::sleep(ACCEPT_AGAIN).await;
    }
}

/// How many connections there are.
struct Doors {
    all: Arc<Semaphore>,
    per_address: usize,
    by_address: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// A connection of an address; counted until it is dropped.
struct OneOf {
    address: IpAddr,
    by_address: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Doors {
    fn new(limits: &Limits) -> Self {
        let all = if limits.connections == 0 { Semaphore::MAX_PERMITS } else { limits.connections };
        let all = Arc::new(Semaphore::new(all.min(Semaphore::MAX_PERMITS)));
        Self { all, per_address: limits.connections_per_address, by_address: Arc::default() }
    }

    /// Waits for a place among all connections.
    async fn place(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed.
        Arc::clone(&self.all).acquire_owned().await.ok()
    }

    /// A place among those of an address; `None` where it has as many as it may. A proxy speaks for many.
    fn one_of(&self, address: IpAddr, is_proxy: bool) -> Option<OneOf> {
        let mut by_address = self.by_address.lock();
        let count = by_address.entry(address).or_default();
        if self.per_address > 0 && !is_proxy && *count >= self.per_address {
            return None;
        }
        *count += 1;
        Some(OneOf { address, by_address: Arc::clone(&self.by_address) })
    }
}

impl Drop for OneOf {
    fn drop(&mut self) {
        let mut by_address = self.by_address.lock();
        if let Some(count) = by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                by_address.remove(&self.address);
            }
        }
    }
}
