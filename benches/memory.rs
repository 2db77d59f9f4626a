//! What one of each takes in memory, counted by the allocator: `make memory`.
//!
//! **How.** A population is built twice, of n and of 2n; the difference over n is what one more takes, free of what all share. What
//! the allocator itself adds (its headers, its free lists) is not counted.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use contactpulse::budget::{Budget, Limits};
use contactpulse::contact::{Contact, Leg, Life, Stay};
use contactpulse::id::{AgentId, ChannelId, Id, QueueId};
use contactpulse::limits::{AGENT_BYTES, CLOSED_BYTES_MAX, CLOSED_MAX, CONTACT_BYTES, PAIR_BYTES, TICKET_BYTES};
use contactpulse::measure::SlaTarget;
use contactpulse::rules::{Clock, Filter, Policy, Promise, Rules};
use contactpulse::shard::{Closed, Shard};
use contactpulse::ticket::{self, Ticket};
use contactpulse::time::{EventTime, Span};
use contactpulse::timeline::Served;
use contactpulse::wire::{self, Decoded};

struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[expect(unsafe_code, reason = "an allocator can be counted in no other way; every call is handed on as it is")]
// SAFETY: the system's allocator does all the work, with the arguments that it was given.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(live, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(place, layout) }
    }
}

/// One line of the table.
struct Row {
    what: &'static str,
    bytes: usize,
    /// What `limits.rs` reckons with.
    max: usize,
}

/// Begins on a whole minute, so that every run fills the same slots.
const START: i64 = 1_700_000_040_000;

fn main() {
    let rows = [
        Row { what: "busy open contact, sealed", bytes: each(2_048, busy_and_sealed), max: CONTACT_BYTES },
        Row { what: "the same, its last three events not sealed", bytes: each(2_048, busy), max: CONTACT_BYTES },
        Row { what: "caller who waits, not sealed", bytes: each(2_048, waiting), max: CONTACT_BYTES },
        Row { what: "open ticket of forty replies, sealed", bytes: each(2_048, tickets), max: TICKET_BYTES },
        Row { what: "the same, each target promised", bytes: each(2_048, promised_tickets), max: TICKET_BYTES },
        Row { what: "agent, 20 calls in an hour", bytes: each(256, agents), max: AGENT_BYTES },
        Row { what: "queue and channel, 60 calls in an hour", bytes: each(64, pairs), max: PAIR_BYTES },
        Row { what: "closed contact, with who served it", bytes: closed(), max: CLOSED_BYTES_MAX / CLOSED_MAX },
    ];
    let too_large = rows.iter().filter(|row| !tell(row)).count();
    println!(
        "\ninside: contact {}, its life {}, stay {}, leg {}; ticket {}, its life {}",
        size_of::<Contact>(),
        size_of::<Life>(),
        size_of::<Stay>(),
        size_of::<Leg>(),
        size_of::<Ticket>(),
        size_of::<ticket::Life>()
    );
    assert_eq!(too_large, 0, "what takes more than limits.rs reckons with");
}

/// Whether it is within its bound.
fn tell(Row { what, bytes, max }: &Row) -> bool {
    println!("{what:<45} {bytes:>7} bytes of {max:>7}");
    bytes <= max
}

/// What one more of a population takes.
fn each<T>(n: usize, population: fn(usize) -> T) -> usize {
    let size = |n| {
        let before = LIVE.load(Ordering::Relaxed);
        let kept = population(n);
        let size = LIVE.load(Ordering::Relaxed) - before;
        drop(kept);
        size
    };
    (size(2 * n) - size(n)) / n
}

/// A shard that applies events, told as JSON.
struct Centre {
    shard: Shard,
    told: usize,
}

impl Centre {
    fn new() -> Self {
        Self::under(Rules::default())
    }

    fn under(rules: Rules) -> Self {
        Self { shard: Shard::new(Arc::new(rules)), told: 0 }
    }

    fn tell(&mut self, ms: i64, kind: &str, contact: &str, rest: &str) {
        self.tell_of("contact", ms, kind, contact, rest);
    }

    fn tell_of(&mut self, of: &str, ms: i64, kind: &str, name: &str, rest: &str) {
        self.told += 1;
        let (id, time) = (self.told, START + ms);
        let line =
            format!(r#"{{"id":"4f1c7a90-{id:027}","type":"{of}.{kind}","time":{time},"{of}_id":"{name}"{rest}}}"#);
        let Ok(Decoded::Event(event)) = wire::decode(Some(line.as_bytes())) else { panic!("no event: {line}") };
        self.shard.apply(&event, None);
    }

    /// Everything before this second is sealed.
    fn seal(&mut self, second: i64) {
        let until = EventTime::from_millis(START + second * 1_000);
        self.shard.settle(until);
    }
}

fn name(number: usize) -> String {
    format!("c0ffee00-{number:027}") // as long as a UUID
}

/// Twelve events: two stays, a hold, a transfer, a missed alert; the second agent has the customer on hold.
const BUSY: [(i64, &str, &str); 12] = [
    (0, "queued", r#","queue":"sales","channel":"voice""#),
    (4, "alerting", r#","agent":"ann""#),
    (9, "answered", r#","agent":"ann","queue":"sales""#),
    (20, "held", r#","agent":"ann""#),
    (30, "resumed", r#","agent":"ann""#),
    (40, "transferred", r#","agent":"ann""#),
    (40, "queued", r#","queue":"tech""#),
    (44, "alerting", r#","agent":"bob""#),
    (54, "alert_missed", r#","agent":"bob""#),
    (55, "alerting", r#","agent":"cem""#),
    (58, "answered", r#","agent":"cem","queue":"tech""#),
    (70, "held", r#","agent":"cem""#),
];

fn busy(n: usize) -> Centre {
    let mut centre = Centre::new();
    for (second, kind, rest) in BUSY {
        (0..n).for_each(|contact| centre.tell(second * 1_000, kind, &name(contact), rest));
    }
    centre.tell(84_000, "queued", "the last", r#","queue":"sales""#);
    centre.seal(84);
    centre
}

fn busy_and_sealed(n: usize) -> Centre {
    let mut centre = busy(n);
    centre.tell(200_000, "updated", "the last", "");
    centre.seal(200);
    centre
}

fn waiting(n: usize) -> Centre {
    let mut centre = Centre::new();
    (0..n).for_each(|contact| centre.tell(0, "queued", &name(contact), r#","queue":"sales""#));
    centre
}

/// Tickets with forty replies, of the customer and of two agents in turn, assigned to both.
fn tickets(n: usize) -> Centre {
    replied(Centre::new(), n)
}

/// The same of which everything is promised that can be.
fn promised_tickets(n: usize) -> Centre {
    let promise = |within| Promise { within, clock: Clock::Calendar, warn_before: Span::ZERO };
    let within = Span::from_seconds(86_400 * 365);
    let promises = SlaTarget::OF_TICKETS.iter().map(|target| (*target, promise(within))).collect();
    let policy = Policy { name: "all".to_owned(), filter: Filter::default(), calendar: None, promises };
    replied(Centre::under(Rules { policies: vec![policy], ..Rules::default() }), n)
}

fn replied(mut centre: Centre, n: usize) -> Centre {
    for ticket in (0..n).map(name) {
        centre.tell_of("ticket", 0, "created", &ticket, r#","queue":"help","priority":"high""#);
    }
    for reply in 1..=40 {
        let ms = reply * 600_000;
        let rest = ["\"author\":\"customer\"", "\"author\":\"agent\",\"agent\":\"ann\""][reply as usize % 2];
        for ticket in (0..n).map(name) {
            centre.tell_of("ticket", ms, "replied", &ticket, &format!(",{rest}"));
        }
    }
    for (minute, agent) in [(401, "ann"), (402, "bob")] {
        let rest = format!(r#","agent":"{agent}""#);
        (0..n).map(name).for_each(|ticket| centre.tell_of("ticket", minute * 60_000, "assigned", &ticket, &rest));
    }
    centre.tell_of("ticket", 26_000_000, "created", "the last", r#","queue":"help""#);
    centre.seal(26_000);
    centre
}

/// Calls of 100 s from the first second of an hour on, each in a queue and with an agent of its choice.
fn calls(n: usize, an_hour: i64, queue: fn(usize) -> String, agent: fn(usize) -> String) -> Centre {
    let mut centre = Centre::new();
    for call in 0..an_hour {
        for one in 0..n {
            let (contact, start) = (name(call as usize * n + one), call * 3_600_000 / an_hour);
            let wait = 1_000 * (1 + (one as i64 + call) % 30);
            let agent = agent(one);
            centre.tell(start, "queued", &contact, &format!(r#","queue":"{}""#, queue(one)));
            centre.tell(start + wait, "answered", &contact, &format!(r#","agent":"{agent}""#));
            centre.tell(start + wait + 100_000, "ended", &contact, "");
            centre.tell(start + wait + 120_000, "wrapped", &contact, &format!(r#","agent":"{agent}""#));
        }
    }
    centre.tell(4_000_000, "queued", "the last", r#","queue":"the last""#);
    centre.seal(4_000);
    centre
}

fn agents(n: usize) -> Centre {
    calls(n, 20, |_| "sales".to_owned(), |one| format!("agent-{one:05}"))
}

fn pairs(n: usize) -> Centre {
    calls(n, 60, |one| format!("queue-{one:05}"), |_| "ann".to_owned())
}

/// The most that a million takes while they come, so a table that grows counts with both of its sizes.
fn closed() -> usize {
    let budget = Budget::new(&Limits::default());
    let before = LIVE.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let mut closed = Closed::new(&budget);
    let until = EventTime::from_millis(START);
    let served =
        Served { queue: (QueueId::from_index(7), ChannelId::from_index(1)), agent: Some(AgentId::from_index(9)) };
    for number in 0..CLOSED_MAX as u64 {
        let key = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        closed.remember(key, until, Some(served), until + Span::from_seconds(14 * 86_400));
    }
    assert_eq!(closed.len(), CLOSED_MAX);
    (PEAK.load(Ordering::Relaxed) - before) / CLOSED_MAX
}
