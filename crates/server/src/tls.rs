//! Certificate and key from two files, read again when they change.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::{Mutex, RwLock};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig as RustlsConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use types::{Clock, Millis};

use crate::Error;
use crate::certificate::validity;

/// Time between two looks at the files.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// What is spoken once the connection is encrypted, the most wanted first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The files of a certificate and its key, both PEM.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TlsFiles {
    /// The certificate, followed by those it is vouched for by.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// What is known of a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Certificate {
    /// From when it holds.
    pub not_before: Millis,
    /// Until when it holds.
    pub not_after: Millis,
}

impl TlsFiles {
    /// Reads both files and sees whether they belong together; says for how long the certificate holds.
    ///
    /// # Errors
    /// [`Error::Tls`] naming the file that is at fault.
    pub fn check(&self) -> Result<Certificate, Error> {
        self.load().map(|(_, certificate)| certificate)
    }

    fn load(&self) -> Result<(RustlsConfig, Certificate), Error> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(&self.cert).and_then(Iterator::collect);
        let chain = chain.map_err(|error| fault(&self.cert, &error))?;
        let first = chain.first().ok_or_else(|| fault(&self.cert, &"it has no certificate"))?;
        let certificate = validity(first).ok_or_else(|| fault(&self.cert, &"it is no certificate"))?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| fault(&self.key, &error))?;
        let versions = RustlsConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = versions.with_safe_default_protocol_versions().map_err(|error| fault(&self.cert, &error))?;
        let config = builder.with_no_client_auth().with_single_cert(chain, key);
        let mut config = config.map_err(|error| fault(&self.key, &error))?;
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        Ok((config, certificate))
    }

    /// What tells whether a file was written anew; nothing where it cannot be seen.
    fn stamp(&self) -> [Option<(SystemTime, u64)>; 2] {
        [&self.cert, &self.key].map(|path| {
            let seen = std::fs::metadata(path).ok()?;
            Some((seen.modified().ok()?, seen.len()))
        })
    }
}

fn fault(path: &Path, why: &dyn Display) -> Error {
    Error::Tls { path: path.to_owned(), why: why.to_string() }
}

/// The certificate in use.
pub(crate) struct Tls {
    files: TlsFiles,
    clock: Arc<dyn Clock>,
    current: RwLock<Arc<RustlsConfig>>,
    /// The files as last read, well or not, so that a bad pair is told of once.
    seen: Mutex<[Option<(SystemTime, u64)>; 2]>,
}

impl Tls {
    /// Reads the files. A certificate that does not hold now is told in the log, and used: that is better than no server.
    pub(crate) fn open(files: TlsFiles, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let seen = files.stamp();
        let (config, certificate) = files.load()?;
        if !certificate.holds_at(clock.now()) {
            tracing::error!(file = %files.cert.display(), "the certificate does not hold now: clients will refuse it");
        }
        Ok(Self { current: RwLock::new(Arc::new(config)), seen: Mutex::new(seen), files, clock })
    }

    /// What answers the next handshake.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.current.read()))
    }

    /// Reads the files again where they changed, or where `asked`. A pair that cannot be used is told in the log, and the one
    /// before stays in use. Says whether another is in use now.
    pub(crate) fn reload(&self, asked: bool) -> bool {
        let stamp = self.files.stamp();
        if std::mem::replace(&mut *self.seen.lock(), stamp) == stamp && !asked {
            return false;
        }
        let file = self.files.cert.display();
        match self.files.load() {
            Ok((config, certificate)) if certificate.holds_at(self.clock.now()) => {
                *self.current.write() = Arc::new(config);
                tracing::info!(%file, not_after_ms = certificate.not_after.0, "another certificate is in use");
                true
            }
            Ok(_) => {
                tracing::error!(%file, "the new certificate does not hold now; the one before stays in use");
                false
            }
            Err(error) => {
                tracing::error!(%error, "the new certificate cannot be used; the one before stays in use");
                false
            }
        }
    }

    /// Looks at the files from time to time, and whenever the process is told to by SIGHUP.
    pub(crate) async fn keep(self: Arc<Self>) {
        let mut told = told_to_reload();
        loop {
            let asked = tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => false,
                () = told.wait() => true,
            };
            let tls = Arc::clone(&self);
            // Files may lie on a disk that is slow to answer.
            if let Err(error) = tokio::task::spawn_blocking(move || tls.reload(asked)).await {
                tracing::error!(%error, "the certificate could not be looked at");
            }
        }
    }
}

impl Certificate {
    /// Whether it holds at a moment.
    pub fn holds_at(&self, now: Millis) -> bool {
        (self.not_before..=self.not_after).contains(&now)
    }
}

#[cfg(unix)]
struct Told(Option<tokio::signal::unix::Signal>);

#[cfg(unix)]
fn told_to_reload() -> Told {
    let signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup());
    Told(signal.inspect_err(|error| tracing::warn!(%error, "SIGHUP is not listened to")).ok())
}

#[cfg(unix)]
impl Told {
    async fn wait(&mut self) {
        match &mut self.0 {
            Some(signal) => drop(signal.recv().await),
            None => std::future::pending().await,
        }
    }
}

#[cfg(not(unix))]
struct Told;

#[cfg(not(unix))]
fn told_to_reload() -> Told {
    Told
}

#[cfg(not(unix))]
impl Told {
    async fn wait(&mut self) {
        std::future::pending().await
    }
}
