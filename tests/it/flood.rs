//! A feed that puts a number into every name: memory and series stay under their bounds, and nobody else's figures change.
//!
//! `FLOOD_NAMES` says how many distinct queues, and as many agents, there are; `make flood` sends a million.

use std::collections::BTreeSet;
use std::io::{BufWriter, Read, Write};
use std::process::{ChildStdin, Stdio};
use std::thread;

use contactpulse::config::Config;

use crate::support::contactpulse;
use crate::support::scrape::Scraped;

/// What resident memory stays under.
const MEMORY_KB_MAX: u64 = 512 * 1_024;
const NAMES: usize = 100_000;

/// What a replay showed, and the most memory that it took.
struct Outcome {
    metrics: String,
    peak_kb: u64,
}

fn simulated() -> Vec<String> {
    let output = contactpulse().args(["simulate", "--seed", "11", "--contacts", "2000"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn text_of<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(&format!("\"{key}\":\""))?;
    rest.split('"').next()
}

/// Every queue with all that the simulated centre has: other channels and groups of a queue come when there is room.
fn config(lines: &[String]) -> tempfile::NamedTempFile {
    let queues: BTreeSet<&str> = lines.iter().filter_map(|line| text_of(line, "queue")).collect();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    for queue in queues {
        writeln!(file, "[[queue]]\nname = {queue:?}\nchannels = [\"voice\", \"chat\", \"email\"]").unwrap();
    }
    writeln!(file, "[surveys]").unwrap();
    file
}

/// Replays the lines, and of the flood as many between each two as makes all of it.
fn replay(lines: &[String], names: usize, config: &tempfile::NamedTempFile) -> Outcome {
    let mut child = contactpulse()
        .args(["replay", "--format", "prometheus", "--shards", "4", "--input", "-", "--config"])
        .arg(config.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (stdin, lines) = (child.stdin.take().unwrap(), lines.to_vec());
    let writer = thread::spawn(move || send(stdin, &lines, names));
    let mut stdout = child.stdout.take().unwrap();
    let mut text = vec![0];
    stdout.read_exact(&mut text).unwrap(); // from here on everything is in memory, and waits to be read
    let peak_kb = peak_kb(child.id());
    stdout.read_to_end(&mut text).unwrap();
    writer.join().unwrap();
    assert!(child.wait().unwrap().success());
    Outcome { metrics: String::from_utf8(text).unwrap(), peak_kb }
}

fn send(stdin: ChildStdin, lines: &[String], names: usize) {
    let mut stdin = BufWriter::with_capacity(1 << 16, stdin);
    let mut told = 0;
    for (place, line) in lines.iter().enumerate() {
        writeln!(stdin, "{line}").unwrap();
        let Some(time) = text_of(line, "time") else { continue };
        for number in told..names * (place + 1) / lines.len() {
            tell_made_up(&mut stdin, number, time);
        }
        told = told.max(names * (place + 1) / lines.len());
    }
}

/// A call in a queue of its own, answered by an agent of its own. Every thousandth has the longest names that there can be.
fn tell_made_up(stdin: &mut impl Write, number: usize, time: &str) {
    let width = if number.is_multiple_of(1_000) { 122 } else { 1 };
    let names = format!(r#""queue":"queue-{number:0width$}","agent":"agent-{number:0width$}""#);
    for kind in ["queued", "answered", "ended", "wrapped"] {
        let id = format!("{kind}-{number}");
        writeln!(
            stdin,
            r#"{{"id":"{id}","type":"contact.{kind}","time":"{time}","contact_id":"made-up-{number}",{names}}}"#
        )
        .unwrap();
    }
}

fn peak_kb(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// What is shown of the configured queues, line by line.
fn of_configured<'a>(metrics: &'a str, config: &Config) -> BTreeSet<&'a str> {
    let label = |queue: &String| format!("queue={queue:?}");
    let labels: Vec<String> = config.rules.queues.keys().map(label).collect();
    metrics.lines().filter(|line| labels.iter().any(|label| line.contains(label))).collect()
}

#[test]
fn a_flood_of_made_up_names_takes_no_more_than_its_bounds_and_changes_nobodys_figures() {
    let names = std::env::var("FLOOD_NAMES").map_or(NAMES, |names| names.parse().unwrap());
    let lines = simulated();
    let file = config(&lines);
    let config = Config::load(Some(file.path()), &[]).unwrap();
    let (calm, flooded) = (replay(&lines, 0, &file), replay(&lines, names, &file));
    assert_eq!(of_configured(&calm.metrics, &config), of_configured(&flooded.metrics, &config));
    assert!(of_configured(&calm.metrics, &config).len() > 1_000);
    let scraped = Scraped::parse(&flooded.metrics);
    assert!(scraped.series().count() <= config.export.series_max, "{}", scraped.series().count());
    for kind in ["queue", "agent", "pair"] {
        let refused = format!("contactpulse_series_overflow_total{{kind=\"{kind}\"}}");
        assert!(scraped.value(&refused).is_some_and(|count| count > 0.0), "{kind}");
    }
    let made_up = scraped.sum("contactpulse_contacts_offered_total") - names as f64;
    let own = Scraped::parse(&calm.metrics).sum("contactpulse_contacts_offered_total");
    assert_eq!(made_up, own, "what has no name of its own is counted all the same");
    println!("peak {} MB with {names} names, {} MB without", flooded.peak_kb / 1_024, calm.peak_kb / 1_024);
    assert!(flooded.peak_kb < MEMORY_KB_MAX, "{} kB", flooded.peak_kb);
}
