//! The pages over real TCP: status, type and headers of each, and what happens to visitors who ask for the wrong thing.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::http_site::{FakeSite, Served, queue};
use contactpulse::http::server::{HEAD_BYTES_MAX, VISITORS_MAX};
use contactpulse::http::{Filter, Probe, ReportError};
use serde_json::Value;

/// Long enough for the slowest machine; only a failure takes it.
const DEADLINE: Duration = Duration::from_secs(30);

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

fn connect(served: &Served) -> TcpStream {
    let stream = TcpStream::connect(served.address).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream
}

fn ask(served: &Served, method: &str, path: &str) -> Answer {
    let mut stream = connect(served);
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no HTTP: {text:?}"));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_else(|| panic!("{head:?}"));
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

fn get(served: &Served, path: &str) -> Answer {
    ask(served, "GET", path)
}

fn site() -> FakeSite {
    FakeSite::new(&[("sales", queue("Sales", 78, 100, 3, Some(12.0))), ("tech", queue("Tech", 9, 10, 0, None))])
}

/// Every page with its content type.
const PAGES: [(&str, &str); 10] = [
    ("/", "text/html; charset=utf-8"),
    ("/page.css", "text/css; charset=utf-8"),
    ("/page.js", "text/javascript; charset=utf-8"),
    ("/tickets.js", "text/javascript; charset=utf-8"),
    ("/metrics", "text/plain; version=0.0.4; charset=utf-8"),
    ("/metrics/agents", "text/plain; version=0.0.4; charset=utf-8"),
    ("/api/v1/report", "application/json"),
    ("/livez", "text/plain; charset=utf-8"),
    ("/readyz", "text/plain; charset=utf-8"),
    ("/startupz", "text/plain; charset=utf-8"),
];

#[test]
fn every_page_answers_with_its_type_and_the_common_headers() {
    let served = Served::new(site());
    for (path, content_type) in PAGES {
        let answer = get(&served, path);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), Some(content_type), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
    }
}

#[test]
fn head_gives_the_head_of_get_and_no_body() {
    let served = Served::new(site());
    for (path, _) in PAGES {
        let (head, get) = (ask(&served, "HEAD", path), get(&served, path));
        assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
        for name in ["content-type", "content-length"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
    }
}

#[test]
fn metrics_are_the_sites_own_text() {
    assert_eq!(get(&Served::new(site()), "/metrics").body, "# TYPE up gauge\nup 1\n");
}

#[test]
fn metrics_that_cannot_be_made_are_a_503_with_the_reason() {
    let served = Served::new(FakeSite { metrics: Err("a shard does not answer".into()), ..site() });
    let answer = get(&served, "/metrics");
    assert_eq!((answer.status, answer.body.as_str()), (503, "there are no metrics now: a shard does not answer\n"));
}

#[test]
fn agents_that_are_not_to_be_shown_are_a_404_that_says_how_they_would_be() {
    let answer = get(&Served::new(FakeSite { agent_metrics: Ok(None), ..site() }), "/metrics/agents");
    assert_eq!((answer.status, answer.header("content-type")), (404, Some("text/plain; charset=utf-8")));
    assert!(answer.body.contains("export.agents"), "{}", answer.body);
    let answer = get(&Served::new(FakeSite { agent_metrics: Err("no".into()), ..site() }), "/metrics/agents");
    assert_eq!((answer.status, answer.body.as_str()), (503, "there are no metrics now: no\n"));
}

#[test]
fn each_probe_tells_its_own_yes_or_no_and_why() {
    let no = |why: &str| Probe { ok: false, lines: vec![why.to_owned()] };
    let paths = ["/livez", "/readyz", "/startupz"];
    for bad in 0..paths.len() {
        let mut site = site();
        *[&mut site.live, &mut site.ready, &mut site.started][bad] = no("kafka: no broker reachable for 12 s");
        let served = Served::new(site);
        for (at, path) in paths.iter().enumerate() {
            let expected =
                if at == bad { (503, "not ok\nkafka: no broker reachable for 12 s\n") } else { (200, "ok\n") };
            let answer = get(&served, path);
            assert_eq!((answer.status, answer.body.as_str()), expected, "{path}");
        }
    }
}

#[test]
fn a_probe_that_is_well_may_still_have_something_to_say() {
    let ready = Probe { ok: true, lines: vec!["6 partitions".into(), "lagging: none".into()] };
    let answer = get(&Served::new(FakeSite { ready, ..site() }), "/readyz");
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok\n6 partitions\nlagging: none\n"));
}

#[test]
fn the_report_is_asked_for_with_the_filter_of_the_address() {
    let served = Served::new(site());
    for path in ["?queue=tech&queue=sales&window=5m,today", "?queue=tech%2Csales&window=5m&window=today"] {
        let answer = get(&served, &format!("/api/v1/report{path}"));
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let windows: Vec<_> = answer.json()["queues"]["tech"]["windows"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(windows, ["5m", "today"]);
    }
    get(&served, "/api/v1/report?agents=off");
    let names = |names: [&str; 2]| names.map(str::to_owned).to_vec();
    let both = Filter { queues: names(["tech", "sales"]), windows: names(["5m", "today"]), without_agents: true };
    let neither = Filter { without_agents: true, ..Filter::default() };
    assert_eq!(*served.site.asked.lock().unwrap(), [both.clone(), both, neither]);
}

#[test]
fn a_queue_of_any_name_can_be_asked_for() {
    let name = "<b>Zürich & \"Süd\"</b>";
    let served = Served::new(FakeSite::new(&[(name, queue("", 1, 1, 0, None))]));
    let answer = get(&served, "/api/v1/report?queue=%3Cb%3EZ%C3%BCrich+%26%20%22S%C3%BCd%22%3C/b%3E");
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.json()["queues"].get(name).is_some());
}

#[test]
fn what_does_not_exist_is_a_400_that_names_what_does() {
    let served = Served::new(site());
    for (query, reason, message) in [
        ("queue=sale", "no_such_queue", "there is no queue \"sale\"; the queues are sales, tech"),
        ("window=6m", "no_such_window", "there is no window \"6m\"; the windows are 5m, 30m, today, all"),
        (
            "windows=5m",
            "bad_parameter",
            "there is no parameter \"windows\"; the parameters are queue, window and agents",
        ),
        ("agents=2", "bad_parameter", "agents is \"on\" or \"off\", not \"2\""),
    ] {
        let answer = get(&served, &format!("/api/v1/report?{query}"));
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.header("content-type"), Some("application/json"), "{query}");
        assert_eq!(
            (answer.json()["reason"].as_str(), answer.json()["message"].as_str()),
            (Some(reason), Some(message))
        );
    }
}

#[test]
fn a_report_that_cannot_be_made_is_a_503_with_the_reason() {
    let site = site();
    site.mishaps.lock().unwrap().push_back(Some(ReportError::Unavailable("the shards are stopping".into())));
    let answer = get(&Served::new(site), "/api/v1/report");
    assert_eq!((answer.status, answer.json()["reason"].as_str()), (503, Some("unavailable")));
    assert_eq!(answer.json()["message"], "there is no report now: the shards are stopping");
}

#[test]
fn an_unknown_page_is_a_404_that_lists_pages_which_all_exist() {
    let served = Served::new(site());
    let answer = get(&served, "/metrix");
    assert_eq!((answer.status, answer.header("content-type")), (404, Some("text/plain; charset=utf-8")));
    let listed: Vec<&str> = answer.body.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(listed, ["/", "/metrics", "/metrics/agents", "/api/v1/report", "/livez", "/readyz", "/startupz"]);
    for path in listed {
        assert_eq!(get(&served, path).status, 200, "{path}");
    }
}

#[test]
fn a_page_that_is_written_to_is_a_405_that_names_the_right_methods() {
    let served = Served::new(site());
    for (path, _) in PAGES {
        for method in ["POST", "PUT", "DELETE"] {
            let answer = ask(&served, method, path);
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(answer.header("allow"), Some("GET,HEAD"), "{method} {path}");
        }
    }
}

#[test]
fn a_connection_is_kept_for_the_next_question() {
    let served = Served::new(site());
    let mut stream = connect(&served);
    for _ in 0..2 {
        write!(stream, "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut answer = String::new();
        while !answer.ends_with("\r\n\r\nok\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap_or_else(|error| panic!("{error} after {answer:?}"));
            answer.push(char::from(byte[0]));
        }
    }
}

#[test]
fn a_head_without_end_is_refused() {
    let served = Served::new(site());
    let mut stream = connect(&served);
    let long = "x".repeat(HEAD_BYTES_MAX);
    write!(stream, "GET /livez HTTP/1.1\r\nHost: localhost\r\nLong: {long}\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer:?}");
}

#[test]
fn a_visitor_beyond_the_limit_is_served_when_others_have_left() {
    let served = Served::new(site());
    let mut seated: Vec<TcpStream> = (0..VISITORS_MAX).map(|_| connect(&served)).collect();
    for visitor in &mut seated {
        write!(visitor, "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        visitor.read_exact(&mut [0]).unwrap();
    }
    let mut late = connect(&served);
    write!(late, "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    drop(seated);
    late.read_exact(&mut [0]).expect("an answer once there is room");
}

#[test]
fn stop_ends_serving_and_frees_the_port_even_with_idle_visitors() {
    let mut served = Served::new(site());
    let _silent = connect(&served);
    let mut kept = connect(&served);
    write!(kept, "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    kept.read_exact(&mut [0]).unwrap();
    served.stop.take().unwrap().send(()).unwrap();
    let end = served.end.take().unwrap();
    let end = served.runtime.block_on(async { tokio::time::timeout(DEADLINE, end).await });
    end.expect("serve ends").expect("serve does not panic").expect("serve ends well");
    assert!(TcpStream::connect(served.address).is_err(), "the port is free again");
}

/// An answer with a body of any bytes.
fn packed(served: &Served, path: &str, accept: &str) -> (String, Vec<u8>) {
    let mut stream = connect(served);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{accept}\r\n").unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    (String::from_utf8(bytes[..end].to_vec()).unwrap(), bytes[end + 4..].to_vec())
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

#[test]
fn what_is_long_is_packed_as_it_is_asked_for_and_unpacks_to_the_same() {
    let sheets = ["# TYPE up gauge\nup 1\n".repeat(10_000), "# TYPE more gauge\nmore 2\n".to_owned()];
    let served = Served::new(FakeSite { metrics: Ok(sheets.to_vec()), ..site() });
    let plain = |path: &str| packed(&served, path, "").1;
    for path in ["/metrics", "/metrics/agents", "/api/v1/report"] {
        let expected = plain(path);
        for (accept, encoding) in [
            ("", None),
            ("Accept-Encoding: identity\r\n", None),
            ("Accept-Encoding: gzip\r\n", Some("gzip")),
            ("Accept-Encoding: gzip, deflate, br, zstd\r\n", Some("zstd")),
            ("Accept-Encoding: zstd;q=0.5, gzip;q=0.8\r\n", Some("gzip")),
            ("Accept-Encoding: gzip;q=0\r\nAccept-Encoding: zstd\r\n", Some("zstd")),
        ] {
            let (head, body) = packed(&served, path, accept);
            assert_eq!(header(&head, "content-encoding"), encoding, "{path} {accept}");
            assert_eq!(header(&head, "vary"), Some("accept-encoding"), "{path} {accept}");
            assert_eq!(header(&head, "content-length"), Some(&*body.len().to_string()), "{path} {accept}");
            let mut text = Vec::new();
            match encoding {
                None => text = body,
                Some("gzip") => drop(flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut text).unwrap()),
                Some(_) => text = zstd::decode_all(&body[..]).unwrap(),
            }
            assert!(text == expected, "{path} {accept}");
        }
    }
    assert_eq!(plain("/metrics"), sheets.concat().into_bytes());
    assert!(packed(&served, "/metrics", "Accept-Encoding: gzip\r\n").1.len() < sheets[0].len() / 20);
}

#[test]
fn small_pages_are_not_packed() {
    let served = Served::new(site());
    for path in ["/", "/livez", "/nothing"] {
        let (head, _) = packed(&served, path, "Accept-Encoding: gzip\r\n");
        assert_eq!(header(&head, "content-encoding"), None, "{path}");
    }
}
