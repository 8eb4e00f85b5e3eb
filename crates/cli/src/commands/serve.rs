//! `mercato serve`: the shops of the data folder over HTTP, until Ctrl-C.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use serde_json::json;
use server::{Access, ServerConfig};

use crate::args;
use crate::config::Config;
use crate::data::Data;
use crate::failure::user;
use crate::output;

/// Serves.
pub(crate) fn run(args: &args::Serve, config: &Config) -> Result<()> {
    if args.open && !config.bind.ip().is_loopback() {
        let message =
            format!("--open lets everybody do everything, so it needs a loopback address, not {}", config.bind);
        return Err(user(message));
    }
    // Told before anything long begins, as is a port in use.
    if let Some(files) = &config.tls {
        files.check().map_err(|error| user(error.to_string()))?;
    }
    // Taken first: a port in use is said before anything long begins.
    let listener = listen(config.bind)?;
    let mut data = Data::open(config)?;
    let made = match (args.open, &config.admin_key) {
        (true, _) | (false, Some(_)) => None,
        (false, None) => server::ensure_admin_key(&data.engine)?,
    };
    let url = format!("{}://{}", config.scheme(), listener.local_addr()?);
    data.announce(&url)?;
    if config.json {
        output::line(&json!({ "url": url, "admin_key": made }).to_string())?;
    } else {
        if let Some(key) = &made {
            output::line(&format!("The administrator's key, shown this once:\n\n    {key}\n"))?;
        }
        output::line(&format!("Serving {} on {url} (its documentation: {url}/docs). Ctrl-C ends it.", shops(&data)))?;
    }
    let access = if args.open {
        Access::Open
    } else {
        Access::Keys { admin: config.admin_key.clone(), search: config.search_key.clone() }
    };
    serve(listener, &data, config, access)
}

/// Takes the address.
pub(crate) fn listen(address: SocketAddr) -> Result<TcpListener> {
    let listener = TcpListener::bind(address)
        .with_context(|| format!("cannot listen on {address}; choose another with `--bind 127.0.0.1:7701`"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Serves until Ctrl-C or a termination signal, then lets running requests finish.
pub(crate) fn serve(listener: TcpListener, data: &Data, config: &Config, access: Access) -> Result<()> {
    let server_config = ServerConfig {
        address: listener.local_addr()?,
        access,
        cors: config.cors,
        metrics_open: config.metrics_open,
        trainer: Some(Arc::new(eval::ShopTrainer)),
        refresh: config.train.clone(),
        tls: config.tls.clone(),
        limits: config.limits.clone(),
        proxies: config.proxies.clone(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        server::serve_on(listener, Arc::clone(&data.engine), server_config, told_to_stop()).await?;
        Ok(())
    })
}

async fn told_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
        if let Ok(mut terminate) = terminate {
            tokio::select! {
                _ = interrupted => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without signals there is no other way to stop than to kill the process, which loses nothing.
    if interrupted.await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn shops(data: &Data) -> String {
    match data.engine.shops().as_slice() {
        [] => "no shops yet".to_owned(),
        [shop] => format!("the shop {shop}"),
        shops => format!("the shops {}", shops.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
    }
}
