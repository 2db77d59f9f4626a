//! The log: one line a thing worth telling, on standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// Begins logging; `RUST_LOG` chooses what is told, `info` without it.
pub fn init() {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_target(false).with_writer(std::io::stderr);
    // Fails only where a log is already set up, as in tests that run several services; that one then goes on.
    let _ = subscriber.with_ansi(std::io::stderr().is_terminal()).try_init();
}
