//! What must hold of any bytes. The fuzz targets call these with what a fuzzer thinks up, and a test of `make test` with some thousands of
//! mutations.

use std::sync::{Arc, OnceLock};

use contactpulse::books::{self, Books};
use contactpulse::budget::{Budget, Limits};
use contactpulse::config::Config;
use contactpulse::rules::{Rules, Window};
use contactpulse::shard::Shard;
use contactpulse::snapshot::{Manifest, Packed};
use contactpulse::time::{EventTime, Span};
use contactpulse::view::Ask;
use contactpulse::wire;

/// Events of every family, one a line.
pub const EVENTS: &str = r#"{"id":"1","type":"contact.queued","time":"2026-03-02T09:00:00Z","contact_id":"c1","queue":"sales","source":"acd"}
{"id":"2","type":"contact.alerting","time":"2026-03-02T09:00:04Z","contact_id":"c1","agent":"ann"}
{"id":"3","type":"contact.answered","time":1772442012000,"contact_id":"c1","agent":"bob"}
{"id":"4","type":"contact.callback_requested","time":"2026-03-02T09:01:40Z","contact_id":"c3","queue":"sales"}
{"id":"5","type":"contact.ended","time":"2026-03-02T09:02:50+01:00","contact_id":"c1"}
{"id":"6","type":"survey.answered","time":"2026-03-02T09:03:05Z","contact_id":"c5","kind":"csat","score":5}
{"id":"7","type":"ticket.created","time":"2026-03-02T09:03:10Z","ticket_id":"t1","queue":"mail","priority":"high","tags":["vip"]}
{"id":"8","type":"ticket.replied","time":"2026-03-02T09:03:30Z","ticket_id":"t1","author":"agent","agent":"eve"}
{"id":"9","type":"agent.state_changed","time":"2026-03-02T09:03:45Z","agent":"ann","state":"available","queues":["sales"]}
{"id":"10","type":"queue.state_changed","time":"2026-03-02T09:03:52Z","queue":"tech","state":"closed"}
{"id":"11","type":"source.heartbeat","time":"2026-03-02T09:03:55Z","source":"acd"}
{"specversion":"1.0","id":"12","type":"contact.queued","time":"2026-03-02T09:05:30Z","source":"x","data":{"contact_id":"c\u00e9","queue":"sales"}}
"#;

/// Lines of any bytes are folded: each is in the books once, what is shown can be shown, and the state that is written is read again as it
/// was.
pub fn event(lines: &[u8]) {
    let rules = Arc::new(Rules::default());
    let budget = Budget::new(&Limits::default());
    let (mut shard, mut books, mut count) = (Shard::within(rules.clone(), &budget), Books::default(), 0);
    for line in lines.split(|byte| *byte == b'\n') {
        let recorded_at = EventTime::parse("2026-03-02T12:00:00Z");
        let (entry, _) = books::take(&mut shard, wire::decode(Some(line)), recorded_at);
        books.enter(entry);
        count += 1;
    }
    assert_eq!(books.read(), count, "each record once");
    let at = shard.watermark().unwrap_or(EventTime::EARLIEST);
    shard.settle(at);
    let windows = vec![Window::Sliding(Span::from_seconds(300)), Window::Today, Window::All];
    shard.view(&Ask { at, windows, open: true, agents: true });
    let state = written(&shard);
    let (again, rest) = Shard::read_from(&state, rules, &budget).expect("what was written can be read");
    assert!(rest.is_empty() && written(&again) == state, "and is the same");
}

/// A manifest and chunks with bytes changed, as `edits` says (a place and what is there instead, in threes), cut where the rest of it
/// says: whatever comes of that, it is an error or what was packed, and takes no memory that the bytes do not pay for.
pub fn snapshot(edits: &[u8]) {
    let (state, packed) = sample();
    let rules = Arc::new(Rules::default());
    let manifest = edit(&packed.manifest("t", 0, 7).to_record(), edits);
    let Ok(manifest) = Manifest::from_record(&manifest) else { return };
    if manifest.check("t", 0, &rules.meaning()).is_err() {
        return;
    }
    let chunks: Vec<_> = packed.chunks.iter().map(|chunk| Some(edit(chunk, edits))).collect();
    if let Ok(unpacked) = manifest.unpack(&chunks) {
        assert_eq!(&unpacked, state, "what is whole by its hashes is what was packed");
    }
}

/// A text is a config, or is refused with a message that names the line.
pub fn config(text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    if let Err(error) = Config::parse("fuzz.toml", &text, &[]) {
        let told = error.to_string();
        assert!(told.contains("fuzz.toml"), "where it is: {told}");
    }
}

fn written(shard: &Shard) -> Vec<u8> {
    let mut state = Vec::new();
    shard.write_to(&mut state).expect("memory can be written to");
    state
}

/// A state of every family, and the same packed.
fn sample() -> &'static (Vec<u8>, Packed) {
    static SAMPLE: OnceLock<(Vec<u8>, Packed)> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let rules = Arc::new(Rules::default());
        let mut shard = Shard::new(rules.clone());
        for line in EVENTS.lines() {
            let _ = books::take(&mut shard, wire::decode(Some(line.as_bytes())), None);
        }
        shard.book();
        let state = written(&shard);
        let packed = Packed::pack(9, rules.meaning(), None, |out| std::io::Write::write_all(out, &state));
        (state, packed.expect("memory can be written to"))
    })
}

fn edit(bytes: &[u8], edits: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let (threes, rest) = edits.as_chunks::<3>();
    for [high, low, value] in threes {
        let place = usize::from(u16::from_be_bytes([*high, *low]));
        if let Some(byte) = bytes.get_mut(place) {
            *byte = *value;
        }
    }
    if let [high, low] = rest {
        bytes.truncate(usize::from(u16::from_be_bytes([*high, *low])));
    }
    bytes
}
