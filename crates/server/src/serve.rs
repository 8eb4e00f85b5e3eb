use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use engine::Engine;
use tokio::net::TcpListener;

use crate::Error;
use crate::app::App;
use crate::config::ServerConfig;
use crate::connections::Connections;
use crate::tls::Tls;
use crate::training::keep_fresh;
use crate::watching::watch_shops;

/// The whole server as a service, without a socket: for tests and for embedding in another server.
///
/// # Errors
/// Where the keys cannot be read.
pub fn router(engine: Arc<Engine>, config: ServerConfig) -> Result<Router, Error> {
    Ok(Arc::new(App::new(engine, config)?).router())
}

/// Listens on the configured address until `shutdown` is ready; see [`serve_on`].
///
/// # Errors
/// Where the address cannot be taken, and as [`serve_on`].
pub async fn serve(
    engine: Arc<Engine>,
    config: ServerConfig,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let address = config.address;
    let listener = TcpListener::bind(address).await.map_err(|source| Error::Bind { address, source })?;
    serve_on(listener, engine, config, shutdown).await
}

/// Serves on a listener until `shutdown` is ready, then takes no more connections, lets running requests finish for as
/// long as the limits allow, and closes the engine.
///
/// # Errors
/// Where the keys or the certificate cannot be read, or the engine cannot be closed.
pub async fn serve_on(
    listener: TcpListener,
    engine: Arc<Engine>,
    config: ServerConfig,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let drain_time = config.limits.drain_time;
    let app = Arc::new(App::new(Arc::clone(&engine), config)?);
    let tls = match &app.config.tls {
        Some(files) => Some(Arc::new(Tls::open(files.clone(), Arc::clone(&app.clock))?)),
        None => None,
    };
    let keeper = tls.clone().map(|tls| tokio::spawn(tls.keep()));
    let config = &app.config;
    let (limits, proxies) = (config.limits.clone(), config.proxies.clone());
    let connections = Connections { router: app.router(), limits, tls, proxies };
    keep_recommenders_fresh(&app)?;
    keep_shops_harmless(&app)?;
    let (told, is_told) = tokio::sync::oneshot::channel();
    let server = connections.take(listener, async move {
        shutdown.await;
        tracing::info!("shutting down");
        app.closing.store(true, Ordering::Relaxed);
        app.trainings.cancel_all();
        // The receiver is gone only where the server has ended already.
        let _ = told.send(());
    });
    let drained = async {
        if is_told.await.is_ok() {
            tokio::time::sleep(drain_time).await;
        } else {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = server => {}
        () = drained => tracing::warn!("some requests did not finish in time and are cut off"),
    }
    if let Some(keeper) = keeper {
        keeper.abort();
    }
    let closed = tokio::task::spawn_blocking(move || engine.close()).await;
    closed.map_err(|error| Error::Serve(std::io::Error::other(error)))??;
    Ok(())
}

/// Looks after what changes by itself on a thread that ends with the server.
fn keep_shops_harmless(app: &Arc<App>) -> Result<(), Error> {
    let app = Arc::clone(app);
    let watch = move || watch_shops(&app.engine, &app.closing);
    let spawned = std::thread::Builder::new().name("watcher".to_owned()).spawn(watch);
    spawned.map(drop).map_err(Error::Serve)
}

/// Trains what is due by the schedule, where there is one, on a thread that ends with the server.
fn keep_recommenders_fresh(app: &Arc<App>) -> Result<(), Error> {
    let Some(refresh) = app.config.refresh.clone() else { return Ok(()) };
    let app = Arc::clone(app);
    let keep = move || keep_fresh(&app.engine, &app.trainings, &refresh, &*app.clock, &app.closing);
    let spawned = std::thread::Builder::new().name("refresher".to_owned()).spawn(keep);
    spawned.map(drop).map_err(Error::Serve)
}
