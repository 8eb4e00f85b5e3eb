use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use engine::Engine;
use parking_lot::RwLock;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};
use tower_http::cors::CorsLayer;
use types::Clock;

use crate::Error;
use crate::config::{Access, ServerConfig};
use crate::error::ApiError;
use crate::faults::Faults;
use crate::gate::{Gate, payload_text};
use crate::keys::Keys;
use crate::metrics::Metrics;
use crate::rates::{self, Rates};
use crate::storefront::{self, Indices};
use crate::training::Trainings;

/// Answers smaller than this are not worth compressing.
const COMPRESSED_BYTES_MIN: u64 = 2048;

/// What every handler shares.
pub(crate) struct App {
    pub(crate) engine: Arc<Engine>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) config: ServerConfig,
    pub(crate) keys: Keys,
    /// Searches, recommendations, explanations.
    pub(crate) answers: Gate,
    /// Batches, reads of many rows, settings, everything else that may take long.
    pub(crate) tasks: Gate,
    /// Appends on their way to the disk; they hold no thread.
    pub(crate) appends: Arc<AtomicUsize>,
    /// Live views of logs that are open.
    pub(crate) live: Arc<AtomicUsize>,
    pub(crate) metrics: Metrics,
    pub(crate) trainings: Trainings,
    /// What storefronts were told of indices.
    pub(crate) indices: Indices,
    /// Shops seen to exist: the only ones that become labels of metrics.
    pub(crate) seen: RwLock<HashSet<String>>,
    pub(crate) closing: AtomicBool,
    /// What went wrong since the start.
    pub(crate) faults: Faults,
    /// How much each address sent of late, where there is a limit.
    pub(crate) rates: Option<Rates>,
}

impl App {
    /// Reads the keys and sets up the queues.
    pub(crate) fn new(engine: Arc<Engine>, config: ServerConfig) -> Result<Self, Error> {
        let admin = match &config.access {
            Access::Open => None,
            Access::Keys { admin, .. } => admin.as_deref(),
        };
        let keys = Keys::load(&engine, admin)?;
        if let Access::Keys { search: Some(search), .. } = &config.access {
            keys.add_configured_search(search);
        }
        let cores = || std::thread::available_parallelism().map_or(2, usize::from);
        let limits = &config.limits;
        let answers = if limits.answers == 0 { cores() } else { limits.answers };
        Ok(Self {
            clock: Arc::clone(engine.clock()),
            answers: Gate::new(answers, limits.answers_waiting),
            tasks: Gate::new(limits.tasks.max(1), limits.tasks_waiting),
            appends: Arc::new(AtomicUsize::new(0)),
            live: Arc::default(),
            metrics: Metrics::new(),
            trainings: Trainings::new(config.trainer.clone()),
            indices: Indices::load(&engine)?,
            seen: RwLock::default(),
            closing: AtomicBool::new(false),
            faults: Faults::default(),
            rates: Rates::per_second(limits.per_address),
            engine,
            config,
            keys,
        })
    }

    /// The routes with everything around them.
    pub(crate) fn router(self: &Arc<Self>) -> Router {
        let cors = if self.config.cors { CorsLayer::permissive() } else { CorsLayer::new() };
        // A stream of events is to come as it is made.
        let is_large = SizeAbove::new(COMPRESSED_BYTES_MIN).and(NotForContentType::SSE);
        crate::routes::all()
            .fallback(|| async { ApiError::unknown("unknown_route", "there is no such route; /docs lists all") })
            .method_not_allowed_fallback(|| async {
                let message = "the route exists, but not with this method; /docs lists all";
                ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
            })
            .layer(cors)
            // Storefronts stand on other origins by their nature, and bring a key.
            .merge(storefront::routes().layer(DefaultBodyLimit::disable()).layer(CorsLayer::permissive()))
            .layer(axum::middleware::from_fn_with_state(Arc::clone(self), crate::audit::write_down))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(CompressionLayer::new().compress_when(is_large))
            .layer(axum::middleware::from_fn_with_state(Arc::clone(self), rates::limit))
            .layer(axum::middleware::from_fn_with_state(Arc::clone(self), crate::trace::trace))
            .with_state(Arc::clone(self))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the signature is tower-http's")]
fn panicked(payload: Box<dyn std::any::Any + Send + 'static>) -> Response<Body> {
    ApiError::internal(format!("panic: {}", payload_text(payload.as_ref()))).into_response()
}
