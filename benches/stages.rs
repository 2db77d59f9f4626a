//! What each stage of the hot path costs by itself: `cargo bench --bench stages`.
//!
//! **What to compare.** Times of one run with each other: `parse` with `serde_json`, `apply` at one size with another.

mod load;

use std::sync::Arc;
use std::time::Duration;

use contactpulse::clock;
use contactpulse::rules::Rules;
use contactpulse::shard::Shard;
use contactpulse::view::Ask;
use contactpulse::wire::{self, Decoded};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use load::{Load, Mix, Size};

/// Records of which each stage takes one after the other.
const RECORDS: usize = 100_000;
/// Events that are parsed before they are folded, as many as a batch of the service has.
const BATCH: usize = 1_000;
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

fn parse(criterion: &mut Criterion) {
    let mut records = Load::new(Size::LARGE, 7).records(RECORDS);
    for record in records.iter_mut().step_by(ODD_EVERY) {
        *record = odd(record);
    }
    let mut group = criterion.benchmark_group("parse");
    group.throughput(Throughput::Elements(1)).measurement_time(Duration::from_secs(2));
    let mut turn = (0..RECORDS).cycle();
    group.bench_function("wire::decode", |bencher| {
        bencher.iter(|| wire::decode(Some(&records[turn.next().unwrap()][..])).is_ok());
    });
    group.bench_function("serde_json from_slice", |bencher| {
        bencher.iter(|| serde_json::from_slice::<Flat<'_>>(&records[turn.next().unwrap()]).is_ok());
    });
    group.finish();
}

/// The same record with something in it that no scan reads.
fn odd(record: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(record.to_vec()).expect("records are text");
    text.replacen('{', r#"{"attributes":{"city":"M\u00fcnster"},"#, 1).into_bytes()
}

/// A shard that all lives of a load are open in, and the load that goes on.
fn warm(size: Size) -> (Shard, Load) {
    let (mut shard, mut load) = (Shard::new(Arc::new(Rules::default())), Load::new(size, 7));
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

/// Folds events that are parsed already, a batch at a time, and measures nothing but that.
fn fold(shard: &mut Shard, load: &mut Load, events: u64) -> Duration {
    let mut took = Duration::ZERO;
    let mut left = events as usize;
    while left > 0 {
        let records = load.records(left.min(BATCH));
        left -= records.len();
        let events: Vec<_> = records.iter().map(|record| wire::decode(Some(&record[..]))).collect();
        let start = clock::monotonic();
        for event in &events {
            let Ok(Decoded::Event(event)) = event else { panic!("no event") };
            shard.apply(event, None);
        }
        took += clock::monotonic() - start;
    }
    took
}

fn apply_events(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("apply");
    group.throughput(Throughput::Elements(1)).sample_size(10);
    for (name, mix) in [("calls", Mix::Calls), ("tickets", Mix::Tickets)] {
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
        let (at, windows) = (shard.watermark().unwrap(), Rules::default().windows.kept);
        let ask = Ask { at, windows, open: false, agents: false };
        bencher.iter(|| shard.view(&ask));
    });
    group.finish();
}

criterion_group!(benches, parse, apply_events, read);
criterion_main!(benches);
