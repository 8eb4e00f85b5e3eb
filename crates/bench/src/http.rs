//! Clients that speak HTTP/1.1 over connections they keep.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use engine::Engine;
use server::{Access, ServerConfig};
use tokio::sync::oneshot;

use crate::{Error, Result};

/// The real server on a port of its own.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<Result<()>>>,
}

impl Served {
    /// Serves the engine on the loopback address until dropped. The server closes the engine at its end.
    pub(crate) fn start(engine: Arc<Engine>) -> Result<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new().name("bench server".to_owned()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                let config = ServerConfig { access: Access::Open, ..ServerConfig::default() };
                let shutdown = async { drop(stopped.await) };
                Ok(server::serve_on(listener, engine, config, shutdown).await?)
            })
        })?;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.stop.take());
        // What went wrong in serving has shown in the clients' requests already.
        let _ = self.thread.take().map(std::thread::JoinHandle::join);
    }
}

/// One connection.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    path: String,
    address: SocketAddr,
}

impl Connection {
    /// Connects, to post to `path` from now on.
    pub(crate) fn open(address: SocketAddr, path: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Self { stream: BufReader::new(stream), path: path.to_owned(), address })
    }

    /// Posts a JSON document and reads the answer to its end.
    pub(crate) fn post(&mut self, json: &str) -> Result<()> {
        let request = format!(
            "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{json}",
            self.path,
            self.address,
            json.len()
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (status, body) = read_answer(&mut self.stream)?;
        if status.split(' ').nth(1) == Some("200") { Ok(()) } else { Err(Error::Answer { status, body }) }
    }
}

/// Status line and body of an answer that says its length.
fn read_answer(stream: &mut impl std::io::BufRead) -> std::io::Result<(String, String)> {
    const BODY_BYTES_MAX: usize = 1 << 20;
    let mut line = || {
        let mut line = String::new();
        stream.by_ref().take(1 << 16).read_line(&mut line)?;
        Ok::<_, std::io::Error>(line.trim_end().to_owned())
    };
    let status = line()?;
    let mut length = 0;
    loop {
        let header = line()?;
        if header.is_empty() {
            break;
        }
        match header.split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().map_err(std::io::Error::other)?;
            }
            _ => {}
        }
    }
    if length > BODY_BYTES_MAX {
        return Err(std::io::Error::other("an answer longer than 1 MiB"));
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_to_their_end_and_no_further() {
        let mut bytes: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: y\r\n\r\n{}HTTP/1.1 429 Slow\r\n\r\n";
        let first = read_answer(&mut bytes).unwrap();
        assert_eq!(first, ("HTTP/1.1 200 OK".to_owned(), "{}".to_owned()));
        assert_eq!(read_answer(&mut bytes).unwrap().0, "HTTP/1.1 429 Slow");
    }
}
