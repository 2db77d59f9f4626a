//! A load of a given size: so many queues, agents and contacts or tickets that are open at a time, and as many events as are asked for.
//!
//! **How.** So many lives are open at a time; each event is the next of one of them, picked at random, and a life that is over is
//! followed by a new one. A life's queue is picked with Zipf's weights (exponent 1), so that few queues have most of the load. The same
//! seed gives the same events.

use std::time::Duration;

use contactpulse::shard::Shard;
use contactpulse::time::{EventTime, Span};
use contactpulse::wire::{self, Decoded, Rejected};
use rustix::time::{ClockId, clock_gettime};

/// How large a centre is, and what it does.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub queues: usize,
    pub agents: usize,
    pub open: usize,
    pub mix: Mix,
}

/// What happens in a centre.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    Calls,
    Tickets,
    /// One life in three is that of a ticket.
    Mixed,
}

impl Size {
    /// That of the figures in the README.
    pub const LARGE: Self = Self { queues: 1_000, agents: 5_000, open: 200_000, mix: Mix::Calls };

    /// How long so many events take to happen.
    pub fn lasts(&self, events: usize) -> Span {
        Span::from_millis(self.step() * events as i64 / 1_000_000)
    }

    /// Nanoseconds from one event to the next.
    fn step(&self) -> i64 {
        LIFE_STEP / self.open as i64
    }
}

/// The events of a centre, one after the other.
pub struct Load {
    size: Size,
    dice: Dice,
    weights: Vec<f64>, // of queues, added up
    lives: Vec<Life>,
    begun: u64,
    told: u64,
    now: i64,  // in nanoseconds
    step: i64, // from one event to the next, likewise
}

/// What is open: which step comes next, and who takes part.
#[derive(Clone, Copy)]
struct Life {
    number: u64,
    step: u8,
    is_ticket: bool,
    queue: u32,
    agent: u32,
}

/// When the events of a benchmark begin that needs no clock.
pub const BEGINS: EventTime = EventTime::from_millis(1_700_000_040_000);

/// Nanoseconds between two events of one life on average, so that a call takes five minutes, and after-contact work one, however many
/// there are.
const LIFE_STEP: i64 = 50_000_000_000;

const CALL: [&str; 7] = ["queued", "alerting", "answered", "held", "resumed", "ended", "wrapped"];
const TICKET: [&str; 5] = ["created", "assigned", "replied", "replied", "resolved"];

impl Load {
    /// A centre whose first events are of that moment; with them all lives begin.
    pub fn new(size: Size, seed: u64, begins: EventTime) -> Self {
        let weights = (1..=size.queues).scan(0.0, |sum, rank| {
            *sum += 1.0 / rank as f64;
            Some(*sum)
        });
        let mut load = Self {
            size,
            dice: Dice(seed),
            weights: weights.collect(),
            lives: Vec::new(),
            begun: 0,
            told: 0,
            now: begins.as_millis() * 1_000_000,
            step: size.step(),
        };
        for _ in 0..size.open {
            let life = load.life();
            load.lives.push(life);
        }
        load
    }

    /// The same with so many events a second, so that their time goes as fast as the clock of who writes them at that rate. What is ahead
    /// of the broker's clock is no event.
    pub fn at_rate(self, events_a_second: f64) -> Self {
        Self { step: (1e9 / events_a_second) as i64, ..self }
    }

    fn life(&mut self) -> Life {
        self.begun += 1;
        let all = self.weights[self.size.queues - 1];
        let point = self.dice.share() * all;
        let is_ticket = match self.size.mix {
            Mix::Calls => false,
            Mix::Tickets => true,
            Mix::Mixed => self.dice.below(3) == 0,
        };
        Life {
            number: self.begun,
            step: 0,
            is_ticket,
            queue: self.weights.partition_point(|sum| *sum < point) as u32,
            agent: self.dice.below(self.size.agents as u64) as u32,
        }
    }

    /// The next event, as the record that a producer would write. Gives the number of its life.
    pub fn next(&mut self, record: &mut Vec<u8>) -> u64 {
        use std::io::Write as _;
        self.told += 1;
        self.now += self.step;
        let place = self.dice.below(self.lives.len() as u64) as usize;
        let life = self.lives[place];
        let (kind, steps) = if life.is_ticket { ("ticket", &TICKET[..]) } else { ("contact", &CALL[..]) };
        let step = usize::from(life.step);
        record.clear();
        let time = self.now();
        let (told, number) = (self.told, life.number);
        write!(
            record,
            r#"{{"id":"0b5c7d1e-{told:027}","type":"{kind}.{}","time":"{time}","{kind}_id":"7e1f0c2a-{number:027}""#,
            steps[step]
        )
        .expect("memory takes everything");
        let (queue, agent) = (life.queue, life.agent);
        let rest = match (kind, step) {
            ("contact", 0) => format!(r#","queue":"queue-{queue:04}","channel":"voice","priority":"normal""#),
            ("contact", 2) => format!(r#","queue":"queue-{queue:04}","agent":"agent-{agent:04}""#),
            ("contact", 5) => r#","by":"customer""#.to_owned(),
            ("contact", _) => format!(r#","agent":"agent-{agent:04}""#),
            (_, 0) => format!(r#","queue":"queue-{queue:04}","channel":"email","priority":"normal","by":"customer""#),
            (_, 2) => format!(r#","author":"agent","agent":"agent-{agent:04}""#),
            (_, 3) => r#","author":"customer""#.to_owned(),
            (_, _) => format!(r#","agent":"agent-{agent:04}""#),
        };
        record.extend_from_slice(rest.as_bytes());
        record.extend_from_slice(br#","source":"acd-1","customer_id":"k-000000001"}"#);
        self.lives[place].step += 1;
        if step + 1 == steps.len() {
            self.lives[place] = self.life();
        }
        number
    }

    /// The time of the last event.
    pub fn now(&self) -> EventTime {
        EventTime::from_millis(self.now / 1_000_000)
    }

    /// The next events, line by line.
    pub fn records(&mut self, count: usize) -> Vec<Vec<u8>> {
        let mut record = Vec::new();
        let mut next = || {
            self.next(&mut record);
            record.clone()
        };
        (0..count).map(|_| next()).collect()
    }
}

/// Records that are read before the first is folded: as many as the service reads ahead.
pub const AHEAD: usize = 64;

/// Folds what was read of records.
pub fn fold(shard: &mut Shard, records: &[Result<Decoded<'_>, Rejected>]) {
    let events = || records.iter().map(|record| record.as_ref().ok().and_then(Decoded::event).expect("an event"));
    shard.fetch(events());
    for event in events() {
        shard.apply_one(event, None);
    }
    shard.book();
}

/// Events that are made at a time, so that making them does not come between.
const MADE: usize = 10_000;

/// Folds so many events more, which are read before, and says how long this thread was on a CPU for it.
pub fn fold_more(shard: &mut Shard, load: &mut Load, events: usize) -> Duration {
    let mut took = Duration::ZERO;
    for _ in 0..events / MADE {
        for records in load.records(MADE).chunks(AHEAD) {
            let events: Vec<_> = records.iter().map(|record| wire::decode(Some(&record[..]))).collect();
            let before = cpu_time();
            fold(shard, &events);
            took += cpu_time() - before;
        }
    }
    took
}

/// The time that this thread has been on a CPU.
pub fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.try_into().expect("less than a second"))
}

/// SplitMix64 (Steele, Lea, Flood, 2014).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.roll() % end
    }

    /// At least 0 and below 1.
    fn share(&mut self) -> f64 {
        (self.roll() >> 11) as f64 / (1u64 << 53) as f64
    }
}
