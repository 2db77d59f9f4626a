//! The consume path alone: records are fetched, taken in batches, copied and handed over as in the service, and nothing is done to them.
//! In a process of its own with the service's allocator; `whole` runs it, and says what to compare it with.

#[path = "load/process.rs"]
mod process;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use contactpulse::clock;
use contactpulse::kafka::{self, Batch, Bootstrap, Ends, Health, Place, Progress, Resume, STALL_AFTER, Settings, Sink};
use contactpulse::time::EventTime;

/// As in the program.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() {
    let told = |name| std::env::var(name).ok();
    let (Some(broker), Some(topic), Some(records)) = (told("RAW_BROKER"), told("RAW_TOPIC"), told("RAW_RECORDS"))
    else {
        return println!("this one is run by: cargo bench --bench whole");
    };
    let settings = Settings {
        brokers: vec![broker],
        group: format!("alone-{}", std::process::id()),
        topics: vec![topic],
        bootstrap: Bootstrap::Earliest,
        snapshots: None,
        letters: None,
        stall_after: STALL_AFTER,
        properties: BTreeMap::new(),
    };
    let (stop, left) = (Arc::new(AtomicBool::new(false)), records.parse().expect("a number"));
    let sink = Nothing { stop: stop.clone(), left, all: left, begun: None, next: BTreeMap::new(), spares: Vec::new() };
    let reader = kafka::spawn(&settings, sink, Arc::new(Health::default()), stop).expect("a consumer can be made");
    reader.join().expect("it ends").expect("it reads everything");
}

/// Counts records, and gives their memory back.
struct Nothing {
    stop: Arc<AtomicBool>,
    left: usize,
    all: usize,
    begun: Option<Instant>,
    next: BTreeMap<Place, i64>,
    spares: Vec<Batch>,
}

impl Sink for Nothing {
    type State = ();

    fn opened(&mut self, place: &Place, resume: Resume, _: Option<()>) {
        self.next.insert(place.clone(), resume.start);
    }

    fn records(&mut self, place: &Place, batch: Batch) {
        let begun = *self.begun.get_or_insert_with(clock::monotonic);
        let (count, last) = batch.iter().fold((0, None), |(count, _), record| (count + 1, Some(record.offset)));
        self.next.insert(place.clone(), last.expect("no batch is empty") + 1);
        self.left = self.left.saturating_sub(count);
        self.spares.push(batch.emptied());
        if self.left == 0 && !self.stop.swap(true, Ordering::Release) {
            let rate = self.all as f64 / (clock::monotonic() - begun).as_secs_f64();
            let me = std::process::id();
            println!("{} {rate} {}", process::cpu(me) * 1e6 / self.all as f64, process::memory(me));
        }
    }

    fn spare(&mut self) -> Batch {
        self.spares.pop().unwrap_or_default()
    }

    fn pulse(&mut self, _: EventTime, _: &[(Place, Ends)]) {}

    fn closed(&mut self, place: &Place) {
        self.next.remove(place);
    }

    fn progress(&mut self, place: &Place) -> Option<Progress> {
        Some(Progress { next: *self.next.get(place)?, until: None })
    }
}
