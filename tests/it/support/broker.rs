//! A real Kafka broker: one KRaft node, broker and controller in one process.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use tempfile::TempDir;

use super::guard::Guard;
use super::home::{home, log_to};
use super::ports::free_address;
use super::tools;

/// A broker with its address, its data and its process. Dropping it ends it and removes its data.
pub struct KafkaBroker {
    process: Guard,
    address: SocketAddr,
    home: TempDir,
}

const PROPERTIES: &str = "server.properties";
const LOG: &str = "broker.log";
const METADATA_TIMEOUT: Duration = Duration::from_secs(2);

impl KafkaBroker {
    /// The broker that all tests of a run share: each uses topics and groups of its own.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<KafkaBroker> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// A broker of one's own, for a test that kills it.
    pub fn start() -> Self {
        let (home, address) = (home("kafka"), free_address());
        fs::write(home.path().join(PROPERTIES), properties(&home, address)).expect("the home can be written");
        format_storage(&home);
        let mut broker = Self { process: launch(&home), address, home };
        broker.await_answer();
        broker
    }

    /// What clients take as `bootstrap.servers`.
    pub fn bootstrap(&self) -> String {
        self.address.to_string()
    }

    /// A client's configuration that names this broker and nothing else.
    pub fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.bootstrap());
        config
    }

    /// Ends the broker as a crash would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Deletes the data of a topic's partitions, as a disk does that is lost. The broker does not run.
    pub fn lose_topic(&self, topic: &str) {
        for entry in fs::read_dir(self.home.path().join("data")).expect("the data are there") {
            let path = entry.expect("the data can be read").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let is_of = name.rsplit_once('-').is_some_and(|(of, number)| of == topic && number.parse::<i32>().is_ok());
            if is_of {
                fs::remove_dir_all(path).expect("the data can be deleted");
            }
        }
    }

    /// Starts it again, with the same address and data; if it runs, it is killed first.
    pub fn restart(&mut self) {
        self.kill();
        self.process = launch(&self.home);
        self.await_answer();
    }

    fn await_answer(&mut self) {
        let client: BaseConsumer = self.client().create().expect("a client can be made");
        let log = log(&self.home);
        self.process.await_start(&log, || {
            client.fetch_metadata(None, METADATA_TIMEOUT).is_ok_and(|metadata| !metadata.brokers().is_empty())
        });
    }
}

/// Storage has to be formatted once, under any cluster id, before a node starts on it.
fn format_storage(home: &TempDir) {
    let mut format = tools::java_kafka();
    format.args(["kafka.tools.StorageTool", "format", "--cluster-id", "Y29udGFjdC1wdWxzZQ", "--config", PROPERTIES]);
    let output = format.current_dir(home).output().expect("java starts");
    assert!(
        output.status.success(),
        "Kafka's storage cannot be formatted:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn launch(home: &TempDir) -> Guard {
    let mut kafka = tools::java_kafka();
    kafka.args(["kafka.Kafka", PROPERTIES]).current_dir(home);
    Guard::spawn("Kafka", log_to(&mut kafka, &log(home)), home.path())
}

fn log(home: &TempDir) -> PathBuf {
    home.path().join(LOG)
}

/// One replica of everything, few internal partitions, and groups that form at once. A broker that was killed may come back only when
/// its old session is over, so that is short.
fn properties(home: &TempDir, broker: SocketAddr) -> String {
    let controller = free_address();
    let data = home.path().join("data");
    format!(
        "process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://{broker},CONTROLLER://{controller}
advertised.listeners=PLAINTEXT://{broker}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={}
auto.create.topics.enable=false
broker.heartbeat.interval.ms=1000
broker.session.timeout.ms=4000
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
",
        data.display()
    )
}
