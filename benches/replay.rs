//! How fast a log file is replayed, against the pure fold of its lines: `cargo bench --bench replay`.
//!
//! **How.** The load of the README is written to a file, a gigabyte of it unless `MEGABYTES` says otherwise. The program replays it on
//! one thread; and the same lines, in memory already, are read and folded in this process. They take turns. Both are measured by the
//! clock on the wall, from beginning to end of the log; the program's start and its figures at the end are in its time.
//!
//! **What to compare.** The ratio of one run.

#[allow(dead_code, reason = "another benchmark takes more of it")]
mod load;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use contactpulse::clock;
use contactpulse::rules::Rules;
use contactpulse::shard::Shard;
use contactpulse::wire;
use load::{AHEAD, BEGINS, Load, Size};

/// As in the program.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Lines that are made at a time.
const MADE: usize = 10_000;

fn main() {
    let (megabytes, pairs) = (number("MEGABYTES", 1_000), number("PAIRS", 3));
    let log =
        tempfile::Builder::new().suffix(".jsonl").tempfile_in(env!("CARGO_TARGET_TMPDIR")).expect("there is room");
    let lines = write(log.as_file(), megabytes * 1_000_000);
    println!("| lines | pure fold: lines/s | replay: lines/s | ratio |\n|---|---|---|---|");
    let mut ratios: Vec<f64> = (0..pairs)
        .map(|_| {
            let [pure, replayed] = [fold(lines), replay(log.path())].map(|took| lines as f64 / took.as_secs_f64());
            println!("| {lines} | {pure:.0} | {replayed:.0} | {:.2} |", replayed / pure);
            replayed / pure
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    println!("\nMedian: **{:.2}** of the pure fold's speed, on one thread", ratios[pairs / 2]);
}

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// Writes a log of at least so many bytes. Gives the number of its lines, a multiple of those that are made at a time.
fn write(file: &File, bytes: usize) -> usize {
    let (mut load, mut file) = (Load::new(Size::LARGE, 7, BEGINS), BufWriter::new(file));
    let (mut lines, mut written) = (0, 0);
    while written < bytes {
        for line in load.records(MADE) {
            file.write_all(&line).and_then(|()| file.write_all(b"\n")).expect("there is room");
            written += line.len() + 1;
        }
        lines += MADE;
    }
    file.flush().expect("there is room");
    lines
}

/// How long the lines take that are in memory already.
fn fold(lines: usize) -> Duration {
    let (mut shard, mut load) = (Shard::new(Arc::new(Rules::default())), Load::new(Size::LARGE, 7, BEGINS));
    let mut took = Duration::ZERO;
    for _ in 0..lines / MADE {
        let made = load.records(MADE);
        let begun = clock::monotonic();
        for records in made.chunks(AHEAD) {
            let events: Vec<_> = records.iter().map(|record| wire::decode(Some(&record[..]))).collect();
            load::fold(&mut shard, &events);
        }
        took += clock::monotonic() - begun;
    }
    took
}

/// How long the program takes.
fn replay(log: &Path) -> Duration {
    let begun = clock::monotonic();
    let mut program = Command::new(env!("CARGO_BIN_EXE_contactpulse"));
    program.args(["replay", "--input"]).arg(log).stdout(Stdio::null());
    assert!(program.status().expect("it starts").success());
    clock::monotonic() - begun
}
