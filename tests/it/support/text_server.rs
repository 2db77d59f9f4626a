//! An exporter with one answer.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;

/// Serves `text` as the metrics of a process, on every path, until the tests end.
pub fn text_server(text: &str) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port is free");
    let address = listener.local_addr().expect("a listener has an address");
    let reply = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
    thread::spawn(move || listener.incoming().flatten().for_each(|stream| answer(stream, &reply)));
    address
}

/// A caller that hangs up early will ask again.
fn answer(mut stream: TcpStream, reply: &str) {
    if skip_request(&stream).is_ok() {
        stream.write_all(reply.as_bytes()).ok();
    }
}

fn skip_request(stream: &TcpStream) -> io::Result<()> {
    for line in BufReader::new(stream).lines() {
        if line?.is_empty() {
            break;
        }
    }
    Ok(())
}
