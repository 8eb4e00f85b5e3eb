use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use engine::{Engine, EngineConfig};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;
use types::{FixedClock, Millis};

use crate::app::App;
use crate::config::{Access, ServerConfig};
use crate::keys::Scope;

/// The present of every test: 2026-11-22T00:00:00Z.
pub(super) const NOW: Millis = Millis(1_795_305_600_000);

/// A server over an empty engine in a folder of its own.
pub(super) struct Server {
    pub(super) app: Arc<App>,
    pub(super) router: Router,
    _folder: TempDir,
}

/// An answer, read to its end.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// `status code field`, for tables.
    pub(super) fn outcome(&self) -> String {
        if self.status.is_success() {
            return self.status.as_str().to_owned();
        }
        let error = &self.json()["error"];
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{}", self.text);
        assert!(error["docs"].as_str().is_some_and(|docs| docs.starts_with("/errors#")), "{}", self.text);
        let field = error["field"].as_str().map_or(String::new(), |field| format!(" {field}"));
        format!("{} {}{field}", self.status.as_str(), error["code"].as_str().unwrap_or("-"))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }
}

impl Server {
    /// A server that lets everybody do everything.
    pub(super) fn open() -> Self {
        Self::with(ServerConfig { access: Access::Open, ..ServerConfig::default() })
    }

    /// A server with keys `admin`, and `gifts-search`, `gifts-write`, `gifts-admin`, `toys-write` of two shops.
    pub(super) fn with_keys() -> Self {
        let server = Self::with(ServerConfig::default());
        let keys = &server.app.keys;
        keys.insert_unwritten("admin", None, Scope::Admin, "admin");
        for (token, shop, scope) in [
            ("gifts-search", "gifts", Scope::Search),
            ("gifts-write", "gifts", Scope::Write),
            ("gifts-admin", "gifts", Scope::Admin),
            ("toys-write", "toys", Scope::Write),
        ] {
            keys.insert_unwritten(token, Some(shop), scope, token);
        }
        server
    }

    /// A server with this configuration.
    pub(super) fn with(config: ServerConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = EngineConfig {
            data_dir: folder.path().to_owned(),
            models_dir: folder.path().join("models"),
            ..EngineConfig::default()
        };
        let engine = Engine::open(files, Arc::new(FixedClock(NOW))).unwrap();
        let app = Arc::new(App::new(Arc::new(engine), config).unwrap());
        Self { router: app.router(), app, _folder: folder }
    }

    /// An open server with a shop `gifts` that searches by words alone.
    pub(super) async fn with_shop() -> Self {
        let server = Self::open();
        let made = server.json("POST", "/v1/shops", r#"{"id": "gifts", "settings": {"encoders": []}}"#).await;
        assert_eq!(made.outcome(), "201", "{}", made.text);
        server
    }

    /// Waits until everything accepted can be found.
    pub(super) fn settle(&self) {
        self.app.engine.shop("gifts").unwrap().wait_until_current(&mut |_| true).unwrap();
    }

    /// Sends a request.
    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    /// Sends a JSON body.
    pub(super) async fn json(&self, method: &str, path: &str, body: impl Into<Body>) -> Answer {
        self.send(request(method, path, &[("content-type", "application/json")], body)).await
    }

    /// Gets a page.
    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send(request("GET", path, &[], Body::empty())).await
    }

    /// Gets a page with a key.
    pub(super) async fn get_as(&self, key: &str, path: &str) -> Answer {
        self.send(request("GET", path, &[("authorization", &format!("Bearer {key}"))], Body::empty())).await
    }
}

/// A request with headers.
pub(super) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

/// `bytes`, compressed.
pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
