//! What a scrape costs, from merged figures to text: `cargo bench --bench scrape`. It prints tables in Markdown.
//!
//! **How.** A centre of queues with calls and chats, as many as give about 10^4, 10^5 and 10^6 series, is exposed as `/metrics` does;
//! in the same run, turn by turn, the `prometheus` crate gathers and encodes as many gauges with the same names and labels. Packing
//! stands apart, as does a scrape that shows the same figures as the last one. Times are CPU time of the one thread in milliseconds,
//! medians with the least and the most. With the argument `own` only our part runs, as a profile wants it.
//!
//! **What to compare.** Rows of one run with each other.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use contactpulse::books::Books;
use contactpulse::config::Config;
use contactpulse::counters::{ByPair, Counters};
use contactpulse::export::{Exposition, Origin, Scrape, SeriesBudget, Sight, Text};
use contactpulse::http::{Encoding, Sheet};
use contactpulse::rules::Window;
use contactpulse::shard::Shard;
use contactpulse::time::{EventTime, Span};
use contactpulse::view::{Ask, View};
use contactpulse::wire::{self, Decoded};
use prometheus::{Encoder, GaugeVec, Opts, Registry, TextEncoder};
use rustix::time::{ClockId, clock_gettime};

/// Turns of each measurement, at each size.
const SIZES: [(usize, usize); 3] = [(10_000, 41), (100_000, 21), (1_000_000, 5)];
/// Calls of each queue in the last hour.
const CALLS: usize = 200;

/// CPU time of this thread so far.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).expect("less than a second"))
}

/// The CPU time of one turn of some work, in milliseconds.
fn turn<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = cpu();
    let made = work();
    ((cpu() - start).as_secs_f64() * 1e3, made)
}

/// The median of some times, with the least and the most.
fn median(times: &mut [f64]) -> String {
    times.sort_by(f64::total_cmp);
    match (times.first(), times.last()) {
        (Some(least), Some(most)) => format!("{:.2} ({least:.2} to {most:.2})", middle(times)),
        _ => "-".to_owned(),
    }
}

/// The middle one of some sorted times.
fn middle(times: &[f64]) -> f64 {
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

/// So many queues, and room for the series of all.
fn config(queues: usize) -> Config {
    let queues: String = (0..queues)
        .map(|number| format!("[[queue]]\nname = \"queue-{number:04}\"\nchannels = [\"voice\", \"chat\"]\n"))
        .collect();
    Config::parse("bench.toml", &format!("[export]\nseries_max = 9000000\n{queues}"), &[])
        .unwrap_or_else(|error| panic!("{error}"))
}

/// The figures of a queue after an hour of calls, to be those of every queue.
fn a_busy_hour(config: &Config, windows: &[Window]) -> (View, Shard) {
    let mut shard = Shard::new(Arc::new(config.rules.clone()));
    let start = 1_700_000_000_000_i64;
    let mut number = 0_u64;
    let mut tell = |at: i64, kind: &str, call: usize| {
        number += 1;
        let line = format!(
            r#"{{"id":"e-{number}","type":"contact.{kind}","time":{},"contact_id":"c-{call}","queue":"queue-0000","agent":"a-{}"}}"#,
            start + at,
            call % 7,
        );
        let Ok(Decoded::Event(event)) = wire::decode(Some(line.as_bytes())) else { panic!("no event: {line}") };
        shard.apply(&event, None);
    };
    let mut events: Vec<(i64, &str, usize)> = Vec::new();
    for call in 0..CALLS {
        let spread = |step: usize, most: usize| (call * step % most) as i64;
        let (queued, wait, talk) =
            (3_600_000 * call as i64 / CALLS as i64, spread(7_919, 45_000), spread(104_729, 600_000));
        events.push((queued, "queued", call));
        if call.is_multiple_of(9) {
            events.push((queued + wait, "abandoned", call));
            continue;
        }
        events.push((queued + wait, "answered", call));
        events.push((queued + wait + talk, "ended", call));
        events.push((queued + wait + talk + spread(15_485_863, 60_000), "wrapped", call));
    }
    events.sort_unstable();
    events.iter().for_each(|(at, kind, call)| tell(*at, kind, *call));
    let at = shard.watermark().expect("there were events");
    shard.settle(at + Span::from_seconds(3_600));
    (shard.view(&Ask { at, windows: windows.to_vec(), open: false, agents: false }), shard)
}

/// What every scrape begins with: the merged figures and counters of all queues.
fn centre(config: &Config) -> (View, ByPair) {
    let windows: Vec<Window> = config.export.windows.iter().copied().chain([Window::All]).collect();
    let (hour, shard) = a_busy_hour(config, &windows);
    let mut view = View::new(&config.rules, &windows);
    let mut counters = Counters::new(&config.rules);
    for queue in config.rules.queues.keys() {
        for channel in ["voice", "chat"] {
            let mut own = hour.queues["queue-0000"]["voice"].clone();
            own.now.add_waiting(EventTime::EARLIEST, EventTime::EARLIEST + Span::from_seconds(17));
            view.series(queue, channel).absorb(own);
            counters.merge(shard.counters(), |_| (queue.as_str().into(), channel.into()));
        }
    }
    (view, counters)
}

/// What makes text of figures, and the room that it keeps.
struct Writer {
    budget: SeriesBudget,
    exposition: Exposition,
    room: String,
}

impl Writer {
    fn new(config: &Config) -> Self {
        let budget = SeriesBudget::new(config.series_costs(), config.export.series_max);
        Self { budget, exposition: Exposition::default(), room: String::new() }
    }

    fn expose(&mut self, config: &Config, view: View, counters: ByPair) {
        let (view, counters) = self.budget.bound(0, view, counters);
        let mut text = Text::within(std::mem::take(&mut self.room));
        let books = [("contact-events".to_owned(), Books::default())];
        let scrape = Scrape { books: &books, ..Scrape::of(&config.rules, &view, &counters) };
        self.exposition.write(&scrape, &mut text);
        self.room = text.into_string();
    }
}

fn series(text: &str) -> usize {
    text.lines().filter(|line| !line.starts_with('#')).count()
}

/// Series with their names and labels, as text has them, in a registry of the `prometheus` crate.
fn registry(text: &str) -> Registry {
    let registry = Registry::new();
    let mut families: BTreeMap<String, GaugeVec> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (series, value) = line.rsplit_once(' ').expect("a sample has a value");
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let labels = labels.trim_end_matches('}').split(',').filter_map(|label| label.split_once('='));
        let labels: Vec<(&str, &str)> = labels.map(|(name, value)| (name, value.trim_matches('"'))).collect();
        let names: Vec<&str> = labels.iter().map(|(name, _)| *name).collect();
        let family = families.entry(name.to_owned()).or_insert_with(|| {
            let family = GaugeVec::new(Opts::new(name, "Help."), &names).expect("names that are allowed");
            registry.register(Box::new(family.clone())).expect("each name once");
            family
        });
        let values: Vec<&str> = labels.iter().map(|(_, value)| *value).collect();
        family.with_label_values(&values).set(value.parse().expect("a number"));
    }
    registry
}

fn gather(registry: &Registry) -> Vec<u8> {
    let mut text = Vec::new();
    TextEncoder::new().encode(&registry.gather(), &mut text).expect("memory takes it");
    text
}

/// How many queues give about so many series.
fn queues(series_max: usize) -> usize {
    let of = |queues| {
        let config = config(queues);
        let (view, counters) = centre(&config);
        let mut writer = Writer::new(&config);
        writer.expose(&config, view, counters);
        series(&writer.room)
    };
    let (one, two) = (of(1), of(2));
    (series_max + one - two) / (two - one) + 1
}

/// Packs a text as `/metrics` does.
fn pack(text: &str, encoding: Encoding) -> usize {
    let packed = encoding.pack(&[Arc::new(Sheet::new(text.to_owned()))]).expect("memory takes it");
    packed.iter().map(|part| part.len()).sum()
}

/// What a scrape of these figures and counters was written from.
fn origin(config: &Config, view: &View, counters: &ByPair) -> Option<Origin> {
    let (scrape, nothing) = (Scrape::of(&config.rules, view, counters), counters.at_zero());
    let outline = Sight::new(&scrape, &nothing).outline();
    Origin::new(view.clone(), counters.clone(), outline)
}

/// Finds that a scrape is the same as the last one.
fn compare(config: &Config, origin: &Origin, view: &View, counters: &ByPair) {
    let (scrape, nothing) = (Scrape::of(&config.rules, view, counters), counters.at_zero());
    let outline = Sight::new(&scrape, &nothing).outline();
    assert!(origin.same(&scrape, &outline).is_all());
}

fn main() {
    let is_alone = std::env::args().any(|argument| argument == "own");
    println!("| series | MB | written | `prometheus` crate | ratio | gzip | MB | zstd | MB | found the same |");
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for (size, turns) in SIZES {
        let config = config(queues(size));
        let (view, counters) = centre(&config);
        let mut writer = Writer::new(&config);
        writer.expose(&config, view.clone(), counters.clone());
        let registry = if is_alone { Registry::new() } else { registry(&writer.room) };
        let origin = origin(&config, &view, &counters);
        let mut times = [const { Vec::new() }; 5];
        let mut packed = [0; 2];
        for _ in 0..turns {
            let (own_view, own_counters) = (view.clone(), counters.clone());
            times[0].push(turn(|| writer.expose(&config, own_view, own_counters)).0);
            if is_alone {
                continue;
            }
            times[1].push(turn(|| gather(&registry)).0);
            for (place, encoding) in [Encoding::Gzip, Encoding::Zstd].into_iter().enumerate() {
                let (took, bytes) = turn(|| pack(&writer.room, encoding));
                times[2 + place].push(took);
                packed[place] = bytes;
            }
            if let Some(origin) = &origin {
                times[4].push(turn(|| compare(&config, origin, &view, &counters)).0);
            }
        }
        let [own, others, gzip, zstd, same] = times.each_mut().map(|times| median(times));
        let ratio = middle(&times[0]) / middle(&times[1]);
        let megabytes = |bytes: usize| format!("{:.2}", bytes as f64 / 1e6);
        let [plain, gzipped, zstded] = [writer.room.len(), packed[0], packed[1]].map(megabytes);
        let series = series(&writer.room);
        println!(
            "| {series} | {plain} | {own} | {others} | {ratio:.3} | {gzip} | {gzipped} | {zstd} | {zstded} | {same} |"
        );
    }
}
