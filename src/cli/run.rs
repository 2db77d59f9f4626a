//! `contactpulse run`: the service.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tracing::{info, warn};

use super::{ConfigArgs, Failure};
use crate::config::{self, Config};
use crate::runtime::{self, Running};
use crate::{http, telemetry};

/// How long the consumer may take to hand over; it takes hardly less at the most by itself.
const HAND_OVER_MAX: Duration = Duration::from_millis(3_500);
/// How long pages under way may take after that.
const FAREWELL_MAX: Duration = Duration::from_millis(500);

pub(super) fn run(args: &ConfigArgs) -> Result<(), Failure> {
    let config = args.load()?;
    telemetry::init();
    Ok(serve(
        config,
        |address| info!("wallboard on http://{address}/, metrics on http://{address}/metrics"),
        std::future::pending(),
    )?)
}

/// Runs the service until a signal comes, `stop` ends or the consumer gives up. `ready` is told where the pages are.
pub(super) fn serve(
    config: Config,
    ready: impl FnOnce(std::net::SocketAddr),
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(serve_until(config, ready, stop));
    runtime.shutdown_background();
    outcome
}

async fn serve_until(
    config: Config,
    ready: impl FnOnce(std::net::SocketAddr),
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let listen = config.http.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}; another address can be set as http.listen"))?;
    ready(listener.local_addr()?);
    info!("series on /metrics: {}", config::series(&config));
    let (service, running) = runtime::start(Arc::new(config))?;
    let (close, closed) = oneshot::channel::<()>();
    let pages = tokio::spawn(http::serve(listener, Arc::new(service), async {
        // Also where the sender is gone: then the service is over.
        let _ = closed.await;
    }));
    tokio::select! {
        () = stop => info!("stopping"),
        name = signalled() => info!("stopping: {}", name?),
        () = running.ended() => {}
    }
    let outcome = hand_over(running).await;
    drop(close);
    match timeout(FAREWELL_MAX, pages).await {
        Ok(served) => served.context("the pages panicked")??,
        Err(_) => warn!("a page was still being sent"),
    }
    outcome
}

/// Lets the consumer commit and leave the group. A second signal ends the wait.
async fn hand_over(running: Running) -> anyhow::Result<()> {
    running.stop();
    tokio::select! {
        _ = timeout(HAND_OVER_MAX, running.ended()) => {}
        name = signalled() => warn!("not waiting: {} again", name?),
    }
    if running.has_ended() {
        return running.join();
    }
    warn!("the hand-over was not finished; the group will notice within the session timeout");
    Ok(())
}

async fn signalled() -> std::io::Result<&'static str> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    })
}
