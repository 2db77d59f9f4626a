//! `contactpulse demo`: a broker, a contact centre and the service in one process. Nothing else is needed.
//!
//! The centre's last hour is told at once, so that every window has something to show; from then on it goes on in real time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use tokio::time::sleep;

use super::{ConfigArgs, Failure, run};
use crate::clock::{self, Pace};
use crate::config::{Bootstrap, Config, DeadLetters};
use crate::kafka::{EmbeddedBroker, Producer};
use crate::simulate::{Profile, Settings, centre};
use crate::telemetry;
use crate::time::Span;

/// How far back the story begins.
const PAST: Span = Span::from_seconds(3_600);
/// Contacts a second: some are always waiting, and a table of queues is still readable.
const RATE: f64 = 1.0;
const SEED: u64 = 7;
const PARTITIONS: u16 = 6;
/// The queues of the simulated centre, and what they promise.
const CENTRE: &str = include_str!("../../config/examples/simulated-centre.toml");

#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// End after so many seconds
    #[arg(long, value_name = "N")]
    seconds: Option<u32>,
    #[command(flatten)]
    config: ConfigArgs,
}

impl DemoArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut config = self.config.load_or("simulated-centre.toml", CENTRE)?;
        telemetry::init();
        let topic = config.kafka.topics.first().context("a config has a topic")?.clone();
        let broker = EmbeddedBroker::start(&topic, PARTITIONS).context("cannot start the embedded broker")?;
        stay_inside(&mut config, &broker, &topic).context("cannot prepare the embedded broker")?;
        let stop = Arc::new(AtomicBool::new(false));
        let producer = tell_story(&broker, &topic, stop.clone())?;
        let seconds = self.seconds;
        let outcome = run::serve(config, |address| greet(address, &broker), async move {
            match seconds {
                Some(seconds) => sleep(Duration::from_secs(seconds.into())).await,
                None => std::future::pending().await,
            }
        });
        stop.store(true, Ordering::Release);
        let told = producer.join().map_err(|_| anyhow::anyhow!("the simulated centre panicked"))?;
        outcome?;
        Ok(told?)
    }
}

/// Whatever the config says, the demo reads its own broker, from the beginning; what that forgets at the end needs no snapshots.
fn stay_inside(config: &mut Config, broker: &EmbeddedBroker, topic: &str) -> anyhow::Result<()> {
    config.kafka.brokers = vec![broker.bootstrap_servers()];
    config.kafka.topics = vec![topic.to_owned()];
    config.kafka.bootstrap = Bootstrap::Earliest;
    config.kafka.snapshot_interval = None;
    config.kafka.properties = BTreeMap::new();
    if config.kafka.dead_letters != DeadLetters::Off {
        broker.add_topic(&config.kafka.letter_topic())?;
    }
    Ok(())
}

fn tell_story(
    broker: &EmbeddedBroker,
    topic: &str,
    stop: Arc<AtomicBool>,
) -> anyhow::Result<JoinHandle<anyhow::Result<()>>> {
    let producer = Producer::new(&broker.bootstrap_servers(), topic, &BTreeMap::new())?;
    let now = clock::now();
    let settings = Settings { profile: Profile::Flat, ..Settings::new(SEED, now - PAST, RATE) };
    let tell = move || -> anyhow::Result<()> {
        let mut pace = Pace::starting(now);
        for sent in centre(settings).take_while(|_| !stop.load(Ordering::Acquire)) {
            pace.keep(sent.due);
            producer.send(sent.key.as_bytes(), sent.record.as_bytes(), None)?;
        }
        Ok(())
    };
    Ok(thread::Builder::new().name("centre".to_owned()).spawn(tell)?)
}

fn greet(address: std::net::SocketAddr, broker: &EmbeddedBroker) {
    eprintln!("A simulated contact centre, read from an embedded broker on {}.", broker.bootstrap_servers());
    eprintln!();
    eprintln!("  wallboard  http://{address}/");
    eprintln!("  metrics    http://{address}/metrics");
    eprintln!("  report     http://{address}/api/v1/report?window=5m");
    eprintln!();
    eprintln!("Ctrl-C ends it.");
}
