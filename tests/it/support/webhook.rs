//! Somebody who is told of alerts.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use serde_json::Value;

/// A receiver of Alertmanager's webhooks; it keeps all that it is told until the tests end.
pub struct Webhook {
    address: SocketAddr,
    told: Arc<Mutex<Vec<Told>>>,
}

/// What it was told at once.
#[derive(Clone)]
pub struct Told {
    /// When.
    pub at: Instant,
    /// The path of the address that was told.
    pub path: String,
    /// Alertmanager's words.
    pub message: Value,
}

impl Webhook {
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let told = Arc::new(Mutex::new(Vec::new()));
        let kept = told.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Who hangs up will tell it again.
                if let Some(message) = take(stream) {
                    kept.lock().unwrap_or_else(PoisonError::into_inner).push(message);
                }
            }
        });
        Self { address, told }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// All that it was told so far.
    pub fn told(&self) -> Vec<Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Told {
    /// The alerts that it is about.
    pub fn alerts(&self) -> &[Value] {
        self.message["alerts"].as_array().map_or(&[], Vec::as_slice)
    }
}

fn take(mut stream: TcpStream) -> Option<Told> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = text.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let message = serde_json::from_slice(&body).ok()?;
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").ok()?;
    Some(Told { at: Instant::now(), path, message })
}
