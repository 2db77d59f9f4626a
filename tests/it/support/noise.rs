//! What happens to a log on its way: disorder, repeats and garbage. Seeded, so that a failure can be repeated.

use contactpulse::event::Event;
use contactpulse::limits::{JSON_DEPTH_MAX, RECORD_BYTES_MAX};
use contactpulse::time::{EventTime, Span};
use contactpulse::wire::{Decoded, decode};

/// A small generator (SplitMix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `below`.
    pub fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % below
    }
}

fn event(line: &[u8]) -> Event<'_> {
    match decode(Some(line)) {
        Ok(Decoded::Event(event)) => event,
        other => panic!("not an event: {other:?}"),
    }
}

/// The lines, each up to `by` of event time late.
pub fn shuffled(lines: &[Vec<u8>], by: Span, seed: u64) -> Vec<Vec<u8>> {
    let mut dice = Dice::new(seed);
    let below = u64::try_from(by.as_millis()).unwrap();
    let arrival = |line: &Vec<u8>| event(line).at + Span::from_millis(dice.roll(below) as i64);
    let mut arriving: Vec<(EventTime, &Vec<u8>)> = lines.iter().map(arrival).zip(lines).collect();
    arriving.sort_by_key(|(at, _)| *at);
    arriving.into_iter().map(|(_, line)| line.clone()).collect()
}

/// Every line twice.
pub fn doubled(lines: &[Vec<u8>]) -> Vec<Vec<u8>> {
    lines.iter().flat_map(|line| [line.clone(), line.clone()]).collect()
}

/// A line for each class of rejection, some classes with several.
pub fn garbage() -> Vec<Vec<u8>> {
    let deep = format!("{{\"x\":{}{}}}", "[".repeat(JSON_DEPTH_MAX + 1), "]".repeat(JSON_DEPTH_MAX + 1));
    let mut large = br#"{"id":"g","type":"contact.queued","contact_id":"c","x":""#.to_vec();
    large.resize(RECORD_BYTES_MAX + 1, b'x');
    let short = [
        &b""[..],
        b"null",
        b"\xff\xfe\x00garbage",
        b"{\"id\":",
        b"[1,2,3]",
        br#"{"type":"contact.queued","time":"2026-03-02T09:00:00Z","contact_id":"c","queue":"q"}"#,
        br#"{"id":"g1","type":"contact.queued","time":"2026-03-02T09:00:00Z","contact_id":"c"}"#,
        br#"{"id":"g2","type":"contact.queued","time":"2026-03-02T09:00:00Z","contact_id":7,"queue":"q"}"#,
        br#"{"id":"g3","type":"contact.queued","time":"yesterday","contact_id":"c","queue":"q"}"#,
        br#"{"id":"g4","type":"contact.queued","time":"2199-03-02T09:00:00Z","contact_id":"c","queue":"q"}"#,
    ];
    short.into_iter().map(<[u8]>::to_vec).chain([deep.into_bytes(), large]).chain(garbage_in_envelopes()).collect()
}

/// The same classes in CloudEvents envelopes, those of bytes apart, which have no envelope.
fn garbage_in_envelopes() -> impl Iterator<Item = Vec<u8>> {
    let envelope = |own: &str, data: &str| {
        format!(r#"{{"specversion":"1.0","id":"g5","type":"contact.queued",{own},"data":{data}}}"#).into_bytes()
    };
    let time = r#""time":"2026-03-02T09:00:00Z""#;
    let fields = r#"{"contact_id":"c","queue":"q"}"#;
    let deep = format!("{{\"x\":{}{}}}", "[".repeat(JSON_DEPTH_MAX), "]".repeat(JSON_DEPTH_MAX));
    let large = format!(r#"{{"x":"{}"}}"#, "x".repeat(RECORD_BYTES_MAX));
    [
        envelope(time, &deep),
        envelope(time, &large),
        envelope(time, "{"),
        envelope(time, "null"),
        envelope(time, r#""{}""#),
        envelope(time, r#"{},"data_base64":"e30=""#),
        envelope(time, r#"{"contact_id":7,"queue":"q"}"#),
        envelope(r#""time":"yesterday""#, fields),
        envelope(r#""subject":"c""#, fields),
    ]
    .into_iter()
}

/// The lines with `count` lines of garbage among them.
pub fn with_garbage(lines: &[Vec<u8>], count: usize, seed: u64) -> Vec<Vec<u8>> {
    let garbage = garbage();
    let mut dice = Dice::new(seed);
    let mut inserts: Vec<usize> = (0..count).map(|_| dice.roll(lines.len() as u64 + 1) as usize).collect();
    inserts.sort_unstable();
    let mut spoilt = Vec::with_capacity(lines.len() + count);
    let mut inserts = inserts.into_iter().enumerate().peekable();
    for place in 0..=lines.len() {
        while let Some((number, _)) = inserts.next_if(|(_, insert)| *insert == place) {
            spoilt.push(garbage[number % garbage.len()].clone());
        }
        spoilt.extend(lines.get(place).cloned());
    }
    spoilt
}
