//! What clocks of promises cost: `cargo bench --bench promises`.
//!
//! **How.** A shard folds tickets until `OPEN` of them are open, and then so many events more, which are parsed before; once without
//! policies and once with one that promises two targets of every ticket, in turn, several rounds, in this order and the other. Times are
//! of the CPU of this thread. Then so many tickets are created that `DUE` deadlines pass within one second, and the shard is read at
//! both ends of that second.

#[allow(dead_code, reason = "another benchmark takes more of it")]
mod load;

use std::sync::Arc;
use std::time::Duration;

use contactpulse::budget::{Budget, Kind, Limits};
use contactpulse::config::Config;
use contactpulse::rules::{Rules, Window};
use contactpulse::shard::Shard;
use contactpulse::time::{EventTime, Span};
use contactpulse::view::{Ask, View};
use contactpulse::wire;
use load::{BEGINS, Load, Mix, Size, cpu_time, fold_more};

/// As in the program.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Two clocks of every ticket, in business time.
const POLICY: &str = r#"
[[calendar]]
name = "office"
hours = { mon-sun = ["06:00-12:00", "13:00-22:00"] }
[[sla]]
name = "all"
calendar = "office"
clock = "business"
targets = { resolution = "40h", requester_wait = "16h" }
"#;

/// One clock of every ticket, in calendar time.
const DUE_IN_AN_HOUR: &str = "[[sla]]\nname = \"all\"\ntargets = { first_reply = \"1h\" }\n";

fn main() {
    let rounds = number("ROUNDS", 3);
    let open = number("OPEN", 500_000);
    let events = number("EVENTS", 1_000_000);
    let (none, two) = (rules(""), rules(POLICY));
    let mut costs = [Vec::new(), Vec::new()];
    for round in 0..rounds {
        for turn in 0..2 {
            let which = (round + turn) % 2;
            costs[which].push(cost([&none, &two][which], open, events));
        }
    }
    let [none, two] = costs.map(|mut costs: Vec<u128>| {
        costs.sort_unstable();
        costs[rounds / 2]
    });
    println!("| open clocks | ns of CPU an event |\n|---|---|");
    println!("| 0 | {none} |\n| {} | {two}, {:.2} of that |", 2 * open, two as f64 / none as f64);
    due(open, number("DUE", 10_000));
}

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

fn rules(text: &str) -> Arc<Rules> {
    Arc::new(Config::parse("policies", text, &[]).expect("it is written above").rules)
}

fn shard(rules: &Arc<Rules>, tickets: usize) -> Shard {
    let limits = Limits::default().with(Kind::Queue, 2_000).with(Kind::Ticket, tickets * 4);
    Shard::within(rules.clone(), &Budget::new(&limits))
}

/// Nanoseconds of CPU that an event takes.
fn cost(rules: &Arc<Rules>, open: usize, events: usize) -> u128 {
    let mut shard = shard(rules, open);
    let mut load = Load::new(Size { open, mix: Mix::Tickets, ..Size::LARGE }, 7, BEGINS);
    fold_more(&mut shard, &mut load, open * 2);
    fold_more(&mut shard, &mut load, events).as_nanos() / events as u128
}

/// Lets so many deadlines pass within one second, with so many tickets open.
fn due(open: usize, due: usize) {
    let mut shard = shard(&rules(DUE_IN_AN_HOUR), open);
    let step = 1_000.0 / due as f64; // milliseconds from one creation to the next
    for number in 0..open {
        let at = BEGINS + Span::from_millis((number as f64 * step) as i64);
        let line = format!(
            r#"{{"id":"e{number}","type":"ticket.created","time":{},"ticket_id":"t{number}","queue":"q{}"}}"#,
            at.as_millis(),
            number % 300
        );
        let decoded = wire::decode(Some(line.as_bytes())).expect("it is an event");
        shard.apply(decoded.event().expect("of a known type"), None);
    }
    let due_from = BEGINS + Span::from_seconds(3_600 + 5);
    let (before, _) = read(&shard, due_from);
    let (after, took) = read(&shard, due_from + Span::from_seconds(1));
    println!(
        "\n{open} open tickets, {} deadlines in one second: {} breaches shown at its beginning, {} at its end; read in {} ms",
        due,
        before,
        after,
        took.as_millis()
    );
}

fn read(shard: &Shard, at: EventTime) -> (u64, Duration) {
    let before = cpu_time();
    let view =
        shard.view(&Ask { at, windows: vec![Window::Sliding(Span::from_seconds(300))], open: false, agents: false });
    (breached(&view), cpu_time() - before)
}

fn breached(view: &View) -> u64 {
    let series = view.queues.values().flat_map(|channels| channels.values());
    series.flat_map(|series| &series.now.promises).map(|(_, now)| now.breached_open).sum()
}
