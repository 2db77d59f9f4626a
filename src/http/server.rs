//! The door: takes connections, hands each to the routes, and closes them in time.
//!
//! **Why not `axum::serve`.** It has no limit of connections and no timeout for a visitor that sends its request a byte a
//! minute, or never takes the answer; a wallboard that hangs would hold its connection for as long as the process lives.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::select;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};

use super::Site;
use super::routes::router;

/// Connections open at a time; further ones wait in the kernel. Some dozens of wallboards and a few scrapers use a connection
/// or two each, and file descriptors are usually limited to 1,024.
pub const VISITORS_MAX: usize = 256;

/// A request's head must have come this long after the connection was opened or the answer before was sent. Longer than
/// Prometheus' usual scrape interval of 15 s, so that it keeps its connection.
pub const HEAD_MAX: Duration = Duration::from_secs(30);

/// A request's head may be this large; hundreds of queue names fit.
pub const HEAD_BYTES_MAX: usize = 32 * 1024;

/// A connection is closed at its next pause after this time, so none is held forever by a visitor that reads nothing.
pub const VISIT_MAX: Duration = Duration::from_secs(600);

/// An answer under way when the connection has to close may take this much longer: the whole process ends within 5 s.
pub const FAREWELL_MAX: Duration = Duration::from_secs(2);

/// Between two attempts to take a connection, if the system cannot give one (no file descriptors left).
pub const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Attempts in a row that may fail before the port counts as lost: a minute of them.
pub const FAILURES_MAX: u32 = 60;

/// Shows `site` on `listener` until `stop` ends; then takes no more connections, lets what is under way finish, and returns.
///
/// # Errors
/// The system's, if it gave no connection [`FAILURES_MAX`] times in a row.
pub async fn serve(
    listener: TcpListener,
    site: Arc<impl Site>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let router = router(site);
    let mut door = Door { listener, failures: 0 };
    let (closing, at_close) = watch::channel(());
    let mut visitors = JoinSet::new();
    let mut stop = pin!(stop);
    let end = loop {
        select! {
            () = &mut stop => break Ok(()),
            arrival = door.next(), if visitors.len() < VISITORS_MAX => match arrival {
                Ok(stream) => { visitors.spawn(visit(stream, router.clone(), at_close.clone())); }
                Err(error) => break Err(error),
            },
            Some(end) = visitors.join_next() => tell_if_broken(end),
        }
    };
    drop(door);
    drop(closing);
    while let Some(end) = visitors.join_next().await {
        tell_if_broken(end);
    }
    end
}

struct Door {
    listener: TcpListener,
    failures: u32, // in a row; at most FAILURES_MAX
}

impl Door {
    /// The next connection. May be dropped and asked again at any time: no connection is lost by it.
    async fn next(&mut self) -> io::Result<TcpStream> {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    self.failures = 0;
                    return Ok(stream);
                }
                Err(error) if is_the_visitors(&error) => {}
                Err(error) if self.failures >= FAILURES_MAX => return Err(error),
                Err(error) => {
                    self.failures += 1;
                    tracing::warn!(%error, failures = self.failures, "http: cannot take a connection, trying again");
                    sleep(RETRY_PAUSE).await;
                }
            }
        }
    }
}

/// The visitor hung up before we opened: nothing is wrong here.
fn is_the_visitors(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Answers one visitor until it leaves, we close, or its time is up.
async fn visit(stream: TcpStream, router: Router, mut at_close: watch::Receiver<()>) {
    let talk = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut talk = pin!(talk);
    select! {
        end = talk.as_mut() => return tell_if_cut(end),
        _ = at_close.changed() => {}
        () = sleep(VISIT_MAX) => {}
    }
    talk.as_mut().graceful_shutdown();
    if let Ok(end) = timeout(FAREWELL_MAX, talk).await {
        tell_if_cut(end);
    }
}

/// Visitors may leave as they like; it is of interest only to who looks for their reasons.
fn tell_if_cut(end: hyper::Result<()>) {
    if let Err(error) = end {
        tracing::debug!(%error, "http: a connection ended early");
    }
}

fn tell_if_broken(end: Result<(), JoinError>) {
    if let Err(error) = end {
        tracing::error!(%error, "http: a page could not be made");
    }
}
