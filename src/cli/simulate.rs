//! `contactpulse simulate`: a contact centre's events, to a file or to Kafka.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::bail;
use clap::{Args, ValueEnum};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::Failure;
use super::replay::Speed;
use crate::clock::{self, Pace};
use crate::kafka::Producer;
use crate::simulate::{Profile, RATE_MAX, RATE_MIN, Sent, Settings, centre};
use crate::time::{EventTime, Span};

/// Contacts of a simulation that nothing else bounds.
const CONTACTS_DEFAULT: u64 = 1_000;
/// When a simulation begins that is not paced: a Monday at eight, so that the same seed gives the same file.
const START_DEFAULT: EventTime = EventTime::from_millis(1_772_438_400_000);
/// How long the last records may take to be delivered.
const FLUSH_MAX: Duration = Duration::from_secs(30);

#[derive(Debug, Args)]
pub(super) struct SimulateArgs {
    /// Another seed is another story; the same seed and settings give the same bytes
    #[arg(long, value_name = "N", default_value = "1", allow_negative_numbers = true)]
    seed: u64,
    /// Stop after so many contacts, all told to their end [default: 1000, unless --seconds or --speed bounds it]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = contacts)]
    contacts: Option<u64>,
    /// Contacts per second, on the average of a day
    #[arg(long, value_name = "R", default_value = "1", allow_negative_numbers = true, value_parser = rate)]
    rate: f64,
    /// Stop after so many seconds of event time
    #[arg(long, value_name = "N", conflicts_with = "contacts", allow_negative_numbers = true, value_parser = seconds)]
    seconds: Option<u32>,
    /// Event time against real time: 1 is real time, `max` as fast as it goes
    #[arg(long, value_name = "X", default_value = "max", allow_negative_numbers = true)]
    speed: Speed,
    /// When the centre opens (RFC 3339) [default: now if paced by --speed, else 2026-03-02T08:00:00Z]
    #[arg(long, value_name = "TIME", value_parser = super::replay::time)]
    start: Option<EventTime>,
    /// How arrivals spread over the day
    #[arg(long, value_enum, default_value = "day")]
    profile: ProfileArg,
    /// Where to send the events
    #[arg(long, value_enum, requires_all = ["brokers", "topic"], conflicts_with = "output")]
    to: Option<Target>,
    /// Kafka brokers, host:port[,host:port]
    #[arg(long, value_name = "B", requires = "to")]
    brokers: Option<String>,
    /// Kafka topic
    #[arg(long, value_name = "T", requires = "to")]
    topic: Option<String>,
    /// The file to write, packed if it ends in .gz or .zst; `-` is standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Target {
    /// A Kafka topic, keyed by contact
    Kafka,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ProfileArg {
    /// A quiet night and two peaks
    Day,
    /// As many at all hours
    Flat,
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (RATE_MIN..=RATE_MAX).contains(&rate) => Ok(rate),
        _ => Err(format!("expected a number above 0: from {RATE_MIN} to {RATE_MAX}")),
    }
}

fn contacts(text: &str) -> Result<u64, &'static str> {
    text.parse().ok().filter(|contacts| *contacts > 0).ok_or("expected a whole number above 0")
}

fn seconds(text: &str) -> Result<u32, &'static str> {
    text.parse().ok().filter(|seconds| *seconds > 0).ok_or("expected a whole number of seconds above 0")
}

impl SimulateArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let settings = self.settings();
        let end = self.seconds.map(|seconds| settings.start + Span::from_seconds(seconds.into()));
        let events = centre(settings).take_while(|sent| end.is_none_or(|end| sent.due < end));
        let mut pace = Pace::new(self.speed.0);
        let paced = events.inspect(|sent| pace.keep(sent.due));
        match (&self.brokers, &self.topic) {
            (Some(brokers), Some(topic)) => to_kafka(paced, brokers, topic)?,
            _ => to_file(paced, &self.output)?,
        }
        Ok(())
    }

    fn settings(&self) -> Settings {
        let is_paced = self.speed.0.is_some();
        let start = self.start.unwrap_or(if is_paced { clock::now() } else { START_DEFAULT });
        let is_bounded = self.seconds.is_some() || is_paced;
        let contacts = self.contacts.or((!is_bounded).then_some(CONTACTS_DEFAULT));
        let profile = match self.profile {
            ProfileArg::Day => Profile::Day,
            ProfileArg::Flat => Profile::Flat,
        };
        Settings { contacts, profile, ..Settings::new(self.seed, start, self.rate) }
    }
}

fn to_kafka(events: impl Iterator<Item = Sent>, brokers: &str, topic: &str) -> anyhow::Result<()> {
    let producer = Producer::new(brokers, topic, &BTreeMap::new())?;
    for sent in events {
        producer.send(sent.key.as_bytes(), sent.record.as_bytes(), None)?;
    }
    let delivered = producer.flush(FLUSH_MAX)?;
    eprintln!("{} events delivered to {topic}", delivered.delivered);
    Ok(())
}

fn to_file(events: impl Iterator<Item = Sent>, path: &Path) -> anyhow::Result<()> {
    match write_file(events, path) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => bail!("cannot write {}: {error}", path.display()),
        Ok(()) => Ok(()),
    }
}

/// Writes the file, packed as the end of its name says.
fn write_file(events: impl Iterator<Item = Sent>, path: &Path) -> io::Result<()> {
    if path == Path::new("-") {
        return write_lines(events, BufWriter::new(io::stdout()))?.flush();
    }
    let file = BufWriter::new(File::create(path)?);
    let mut file = match path.extension().and_then(OsStr::to_str) {
        Some("gz") => write_lines(events, GzEncoder::new(file, Compression::default()))?.finish()?,
        Some("zst") => write_lines(events, zstd::Encoder::new(file, zstd::DEFAULT_COMPRESSION_LEVEL)?)?.finish()?,
        _ => write_lines(events, file)?,
    };
    file.flush()
}

fn write_lines<W: Write>(events: impl Iterator<Item = Sent>, mut file: W) -> io::Result<W> {
    for sent in events {
        writeln!(file, "{}", sent.record)?;
    }
    Ok(file)
}
