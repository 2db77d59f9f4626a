//! A consumer thread with a sink that remembers what it was told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use contactpulse::kafka::{
    Batch, Bootstrap, EmbeddedBroker, Ends, Health, HealthSnapshot, KafkaFailure, Place, Producer, Progress, Resume,
    STALL_AFTER, Settings, Sink, spawn,
};
use contactpulse::time::EventTime;

pub const TOPIC: &str = "contact-events";
/// Far beyond what anything here takes on a loaded machine; a test that waits this long has failed.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// What a sink was told.
#[derive(Clone, Debug, Default)]
pub struct Told {
    pub opened: Vec<(Place, Resume)>,
    pub closed: Vec<Place>,
    pub records: BTreeMap<Place, Vec<(i64, String)>>,
    pub ends: BTreeMap<Place, Ends>,
}

/// A sink that remembers everything, and counts all that it was given as applied.
#[derive(Clone, Default)]
pub struct Recorder {
    pub told: Arc<(Mutex<Told>, Condvar)>,
    /// While set, records are taken but the thread is held.
    pub held: Arc<AtomicBool>,
    pub panics: bool,
    /// Says nothing of its progress before it has this many records.
    pub silent_below: usize,
    /// Says nothing of its progress before the last word.
    pub reticent: bool,
    /// Partitions whose state is lost, to be told once.
    pub broken: Arc<Mutex<Vec<Place>>>,
}

impl Recorder {
    fn tell(&self, change: impl FnOnce(&mut Told)) {
        change(&mut self.told.0.lock().unwrap());
        self.told.1.notify_all();
    }

    pub fn now(&self) -> Told {
        self.told.0.lock().unwrap().clone()
    }

    #[track_caller]
    pub fn wait(&self, what: &str, condition: impl Fn(&Told) -> bool) -> Told {
        let (told, changed) = (&self.told.0, &self.told.1);
        let (told, _) = changed.wait_timeout_while(told.lock().unwrap(), PATIENCE, |told| !condition(told)).unwrap();
        assert!(condition(&told), "never came: {what}; was told {told:?}");
        told.clone()
    }
}

impl Told {
    pub fn count(&self) -> usize {
        self.records.values().map(Vec::len).sum()
    }

    pub fn holds(&self) -> BTreeSet<Place> {
        let closed = |place: &Place| self.closed.iter().filter(|closed| *closed == place).count();
        let opened = |place: &Place| self.opened.iter().filter(|(opened, _)| opened == place).count();
        let places = self.opened.iter().map(|(place, _)| place);
        places.filter(|place| opened(place) > closed(place)).cloned().collect()
    }

    pub fn resume(&self, place: &Place) -> Resume {
        self.opened.iter().rev().find(|(opened, _)| opened == place).map(|(_, resume)| *resume).unwrap()
    }
}

impl Sink for Recorder {
    type State = ();

    fn opened(&mut self, place: &Place, resume: Resume, _state: Option<()>) {
        self.tell(|told| told.opened.push((place.clone(), resume)));
    }

    fn records(&mut self, place: &Place, batch: Batch) {
        assert!(!self.panics, "a fault in the sink");
        self.tell(|told| {
            let text = |payload: Option<&[u8]>| String::from_utf8(payload.unwrap_or_default().to_vec()).unwrap();
            let records = batch.iter().map(|record| (record.offset, text(record.payload)));
            told.records.entry(place.clone()).or_default().extend(records);
        });
        while self.held.load(Ordering::Acquire) {
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    fn broken(&mut self) -> Vec<Place> {
        std::mem::take(&mut *self.broken.lock().unwrap())
    }

    fn pulse(&mut self, _now: EventTime, ends: &[(Place, Ends)]) {
        self.tell(|told| told.ends = ends.iter().cloned().collect());
    }

    fn closed(&mut self, place: &Place) {
        self.tell(|told| told.closed.push(place.clone()));
    }

    fn progress(&mut self, place: &Place) -> Option<Progress> {
        if self.reticent { None } else { self.settle(place) }
    }

    fn settle(&mut self, place: &Place) -> Option<Progress> {
        let told = self.told.0.lock().unwrap();
        let next = told.records.get(place)?.last()?.0 + 1;
        (told.count() >= self.silent_below).then_some(Progress { next, until: Some(until(next)) })
    }
}

/// Up to where the recorder says that it counted.
pub fn until(next: i64) -> EventTime {
    EventTime::from_millis(1_000_000 + next)
}

/// A consumer thread with its recorder.
pub struct Member {
    pub sink: Recorder,
    pub health: Arc<Health>,
    pub stop: Arc<AtomicBool>,
    pub thread: JoinHandle<Result<(), KafkaFailure>>,
}

impl Member {
    pub fn start(settings: &Settings) -> Self {
        Self::start_with(settings, Recorder::default())
    }

    pub fn start_with(settings: &Settings, sink: Recorder) -> Self {
        let (health, stop) = (Health::new(), Arc::new(AtomicBool::new(false)));
        let thread = spawn(settings, sink.clone(), Arc::clone(&health), Arc::clone(&stop)).unwrap();
        Self { sink, health, stop, thread }
    }

    pub fn stop(self) -> Told {
        self.stop.store(true, Ordering::Release);
        self.thread.join().expect("no panic").expect("no failure");
        let told = self.sink.now();
        assert_eq!(told.holds(), BTreeSet::new(), "all is closed in the end");
        told
    }

    #[track_caller]
    pub fn wait_health(&self, what: &str, condition: impl Fn(&HealthSnapshot) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !condition(&self.health.snapshot()) {
            assert!(Instant::now() < deadline, "never came: {what}; {:?}", self.health.snapshot());
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }
}

pub fn settings(broker: &EmbeddedBroker, properties: &[(&str, &str)]) -> Settings {
    let quick = [("session.timeout.ms", "3000"), ("heartbeat.interval.ms", "300"), ("fetch.wait.max.ms", "50")];
    let properties = quick.iter().chain(properties).map(|(p, v)| ((*p).to_owned(), (*v).to_owned()));
    Settings {
        brokers: vec![broker.bootstrap_servers()],
        topics: vec![TOPIC.to_owned()],
        group: "contactpulse".to_owned(),
        bootstrap: Bootstrap::Earliest,
        snapshots: None,
        letters: None,
        stall_after: STALL_AFTER,
        properties: properties.collect(),
    }
}

pub fn producer(broker: &EmbeddedBroker) -> Producer {
    Producer::new(&broker.bootstrap_servers(), TOPIC, &BTreeMap::new()).unwrap()
}
