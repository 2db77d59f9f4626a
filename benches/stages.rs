//! What each stage of the hot path costs by itself: `cargo bench --bench stages`.
//!
//! **What to compare.** Times of one run with each other: `parse` with `serde_json`, `apply` at one size with another. All times are
//! of the CPU, so that a busy machine changes them little.

#[allow(dead_code, reason = "another benchmark takes more of it")]
mod load;

use std::sync::Arc;
use std::time::Duration;

use contactpulse::event::TYPES;
use contactpulse::rules::Rules;
use contactpulse::shard::Shard;
use contactpulse::time::EventTime;
use contactpulse::view::Ask;
use contactpulse::wire::{self, Decoded};
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use load::{AHEAD, BEGINS, Load, Mix, Size, cpu_time};

/// Records of which each stage takes one after the other.
const RECORDS: usize = 100_000;
/// As in the program.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Events that are made at a time, so that making them does not come between.
const MADE: usize = 10_000;
/// One record in so many is not of the usual shape.
const ODD_EVERY: usize = 100;

/// What `serde_json` makes of a record by itself: the fields that a call event has, borrowed.
#[derive(serde::Deserialize)]
#[expect(dead_code, reason = "what is read is not looked at")]
struct Flat<'a> {
    id: &'a str,
    r#type: &'a str,
    time: &'a str,
    contact_id: Option<&'a str>,
    queue: Option<&'a str>,
    agent: Option<&'a str>,
    channel: Option<&'a str>,
    priority: Option<&'a str>,
    source: Option<&'a str>,
    customer_id: Option<&'a str>,
}

impl Flat<'_> {
    /// What a record is read for besides: the time as a number, and the type as one of those that are handled.
    fn is_event(&self) -> bool {
        EventTime::parse(self.time).is_some() && TYPES.contains(&self.r#type)
    }
}

fn parse(criterion: &mut Criterion) {
    let mut records = Load::new(Size::LARGE, 7, BEGINS).records(RECORDS);
    for record in records.iter_mut().step_by(ODD_EVERY) {
        *record = odd(record);
    }
    let mut group = criterion.benchmark_group("parse");
    group.throughput(Throughput::Elements(1)).measurement_time(Duration::from_secs(2));
    group.bench_function("wire::decode", |bencher| {
        let decode = |record: &&Vec<u8>| wire::decode(Some(&record[..])).is_ok();
        bencher.iter_custom(|times| took(|| records.iter().cycle().take(times as usize).filter(decode).count()));
    });
    group.bench_function("serde_json from_slice", |bencher| {
        let decode = |record: &&Vec<u8>| serde_json::from_slice::<Flat<'_>>(record).is_ok();
        bencher.iter_custom(|times| took(|| records.iter().cycle().take(times as usize).filter(decode).count()));
    });
    group.bench_function("serde_json from_slice, with time and type", |bencher| {
        let decode = |record: &&Vec<u8>| serde_json::from_slice::<Flat<'_>>(record).is_ok_and(|flat| flat.is_event());
        bencher.iter_custom(|times| took(|| records.iter().cycle().take(times as usize).filter(decode).count()));
    });
    group.finish();
}

/// The CPU time that something took: other work on the machine does not count.
fn took<T>(work: impl FnOnce() -> T) -> Duration {
    let before = cpu_time();
    black_box(work());
    cpu_time() - before
}

/// The same record with something in it that no scan reads.
fn odd(record: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(record.to_vec()).expect("records are text");
    text.replacen('{', r#"{"attributes":{"city":"M\u00fcnster"},"#, 1).into_bytes()
}

/// A shard that all lives of a load are open in, and the load that goes on.
fn warm(size: Size) -> (Shard, Load) {
    let (mut shard, mut load) = (Shard::new(Arc::new(Rules::default())), Load::new(size, 7, BEGINS));
    let mut record = Vec::new();
    for _ in 0..size.open * 3 {
        load.next(&mut record);
        apply(&mut shard, &record);
    }
    (shard, load)
}

fn apply(shard: &mut Shard, record: &[u8]) {
    let Ok(Decoded::Event(event)) = wire::decode(Some(record)) else { panic!("no event") };
    shard.apply(&event, None);
}

/// Folds events, as many at a time as the service reads ahead, and measures nothing but that.
fn fold(shard: &mut Shard, load: &mut Load, events: u64) -> Duration {
    let mut took = Duration::ZERO;
    let mut left = events as usize;
    while left > 0 {
        let records = load.records(left.min(MADE));
        left -= records.len();
        for records in records.chunks(AHEAD) {
            let events: Vec<_> = records.iter().map(|record| wire::decode(Some(&record[..]))).collect();
            took += self::took(|| load::fold(shard, &events));
        }
    }
    took
}

fn apply_events(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("apply");
    group.throughput(Throughput::Elements(1)).sample_size(10);
    for (name, mix) in [("calls", Mix::Calls), ("tickets", Mix::Tickets), ("mixed", Mix::Mixed)] {
        for open in [10_000, 200_000] {
            let mut state = None;
            group.bench_function(BenchmarkId::new(name, open), |bencher| {
                let (shard, load) = state.get_or_insert_with(|| warm(Size { open, mix, ..Size::LARGE }));
                bencher.iter_custom(|events| fold(shard, load, events));
            });
        }
    }
    group.finish();
}

fn read(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read");
    group.sample_size(10);
    let mut state = None;
    group.bench_function("view of 1,000 queues", |bencher| {
        let (shard, _) = state.get_or_insert_with(|| warm(Size::LARGE));
        let at = shard.watermark().expect("events were applied");
        let windows = Rules::default().windows.kept;
        let ask = Ask { at, windows, open: false, agents: false };
        bencher
            .iter_custom(|times| took(|| (0..times).map(|_| black_box(shard.view(&ask)).queues.len()).sum::<usize>()));
    });
    group.finish();
}

criterion_group!(benches, parse, apply_events, read);
criterion_main!(benches);
