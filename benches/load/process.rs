//! What a process takes, by the operating system's accounting.

use std::fs;

/// One turn of the clock in /proc: Linux shows programs a hundred a second, whatever it keeps itself.
const TICK: f64 = 0.01;

/// Seconds of CPU of a process so far, in user and kernel.
pub fn cpu(process: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("it runs");
    let (_, fields) = stat.rsplit_once(')').expect("its name ends");
    let ticks = |place: usize| -> f64 {
        fields.split_whitespace().nth(place).and_then(|text| text.parse().ok()).expect("ticks")
    };
    (ticks(11) + ticks(12)) * TICK
}

/// Resident memory of a process, in MB.
pub fn memory(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it has memory");
    line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1_000.0
}
