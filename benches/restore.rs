//! What a snapshot costs: `cargo bench --bench restore`.
//!
//! **How.** A shard folds the load of the README until so many contacts are open, and a quarter as many events more. Its state is packed
//! as a snapshot, unpacked and read again, which is all of a restore but the broker's part. Times are by the clock on the wall, the
//! median of several rounds. Packing holds the partition for as long.

#[allow(dead_code, reason = "another benchmark takes more of it")]
mod load;

use std::sync::Arc;
use std::time::Duration;

use contactpulse::budget::{Budget, Limits};
use contactpulse::clock;
use contactpulse::rules::Rules;
use contactpulse::shard::Shard;
use contactpulse::snapshot::Packed;
use contactpulse::wire;
use load::{AHEAD, BEGINS, Load, Size};

/// As in the program.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const ROUNDS: usize = 5;

fn main() {
    println!("| open contacts | state | packed | to pack | to unpack and read |\n|---|---|---|---|---|");
    for open in [10_000, 100_000, 200_000] {
        tell(open);
    }
}

fn tell(open: usize) {
    let (rules, size) = (Arc::new(Rules::default()), Size { open, ..Size::LARGE });
    let (mut shard, mut load) = (Shard::new(rules.clone()), Load::new(size, 7, BEGINS));
    while shard.contacts() < open {
        fold(&mut shard, &mut load, 10_000);
    }
    fold(&mut shard, &mut load, open / 4);
    let (mut packing, mut reading, mut bytes) = (Vec::new(), Vec::new(), (0, 0));
    for _ in 0..ROUNDS {
        let begun = clock::monotonic();
        let packed = Packed::pack(0, rules.meaning(), None, |out| shard.write_to(out)).expect("it can be packed");
        packing.push(clock::monotonic() - begun);
        bytes = (packed.bytes, packed.packed_bytes());
        let manifest = packed.manifest("t", 0, 0);
        let chunks: Vec<_> = packed.chunks.into_iter().map(Some).collect();
        let begun = clock::monotonic();
        let state = manifest.unpack(&chunks).expect("it is whole");
        let budget = Budget::new(&Limits::default());
        let read = Shard::read_from(&state, rules.clone(), &budget).expect("it is a state");
        reading.push(clock::monotonic() - begun);
        assert_eq!(read.0.contacts(), shard.contacts());
    }
    let [packing, reading] = [packing, reading].map(median);
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    println!(
        "| {} | {:.1} MB | {:.1} MB | {:.0} ms | {:.0} ms |",
        shard.contacts(),
        megabytes(bytes.0),
        megabytes(bytes.1),
        packing.as_secs_f64() * 1e3,
        reading.as_secs_f64() * 1e3
    );
}

fn fold(shard: &mut Shard, load: &mut Load, count: usize) {
    let made = load.records(count);
    for records in made.chunks(AHEAD) {
        let events: Vec<_> = records.iter().map(|record| wire::decode(Some(&record[..]))).collect();
        load::fold(shard, &events);
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
