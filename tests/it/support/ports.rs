//! Ports to listen on.
//!
//! **Why below 32768.** From there on the kernel lends ports to outgoing connections. A client that keeps knocking at a stopped server's
//! port would sooner or later be lent that very port, reach itself, and keep the server from coming back.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Range;
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};

const PORTS: Range<u16> = 20_000..32_000;

static NEXT: AtomicU16 = AtomicU16::new(0);

/// A loopback address nobody listens on, and that this process gives out only once.
pub fn free_address() -> SocketAddr {
    let candidates = PORTS.map(|_| candidate());
    let mut free = candidates.filter(|address| TcpListener::bind(address).is_ok());
    free.next().expect("some port of thousands is free")
}

/// Starts at a place of its own in each process, so that two test runs side by side do not meet.
fn candidate() -> SocketAddr {
    let spread = process::id().wrapping_mul(97) as usize;
    let step = spread + usize::from(NEXT.fetch_add(1, Ordering::Relaxed));
    let port = PORTS.start + (step % PORTS.len()) as u16;
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}
