//! The demo: live figures without anything else on the machine.

use std::net::SocketAddr;
use std::process::{Command, Stdio};

use crate::support::{PATIENCE, contactpulse, eventually, scrape::Scraped};

#[test]
fn the_demo_shows_figures_that_move() {
    let address: SocketAddr = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command: Command = contactpulse();
    command.args(["demo", "--seconds", "60", "--set", &format!("http.listen=\"{address}\"")]);
    let mut demo = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let scrape = || {
        let mut response = ureq::get(format!("http://{address}/metrics")).call().ok()?;
        response.body_mut().read_to_string().ok().map(|text| Scraped::parse(&text))
    };
    let watermarks = |scraped: &Scraped| scraped.sum("contactpulse_watermark_timestamp_seconds");
    let first = eventually("figures of the past hour", PATIENCE, || {
        scrape().filter(|scraped| scraped.sum("contactpulse_window_contacts_answered") > 100.0)
    });
    let second = eventually("figures that move", PATIENCE, || {
        scrape().filter(|scraped| watermarks(scraped) > watermarks(&first))
    });
    second.assert_no_counter_fell_since(&first);
    assert_eq!(second.sum("contactpulse_books_drift"), 0.0);
    demo.kill().unwrap();
    demo.wait().unwrap();
}
