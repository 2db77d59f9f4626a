//! What an instance begins with where another ended: a snapshot, an older one, or the log; with a real broker.
//!
//! Whoever is started with `bootstrap = "refuse"` reads a partition from a snapshot or not at all, so what it shows has come from there.

use std::collections::BTreeMap;

use contactpulse::snapshot::Manifest;
use rdkafka::message::OwnedMessage;
use rdkafka::producer::BaseRecord;
use rdkafka::{Message, Offset, TopicPartitionList};

use crate::kafka::{PARTITIONS, Scene, await_read, await_shared, config, replayed, simulated, sums};
use crate::support::{KafkaBroker, PATIENCE, Service, eventually, scrape::Scraped};

const RESTORED: &str = "state restored from a snapshot";
const REBUILT: &str = "no snapshot can be used; state is rebuilt from the log";

const SNAPSHOTS: [&str; 2] = ["--set", "kafka.snapshot_interval=1s"];

fn start(scene: &Scene<'_>, bootstrap: &str, more: &[&str]) -> Service {
    let bootstrap = format!("kafka.bootstrap={bootstrap}");
    let own = ["--set", &bootstrap];
    Service::start(&config(&scene.broker.bootstrap(), scene.name), &[&own[..], &SNAPSHOTS, more].concat())
}

/// Waits until the group's commits point at snapshots that hold every record that is there.
fn await_snapshots(scene: &Scene<'_>, records: usize) {
    let group = scene.name;
    eventually("snapshots of everything", PATIENCE, || {
        let committed = scene.broker.committed(group, scene.name);
        let offset = |offset| if let Offset::Offset(offset) = offset { offset } else { 0 };
        let points = committed.elements().iter().all(|element| element.metadata().contains("snapshot="));
        let total: i64 = committed.elements().iter().map(|element| offset(element.offset())).sum();
        (points && total == records as i64).then_some(())
    });
}

/// A topic of which the first half is read, written down and given up by a kill -9.
fn killed(name: &'static str) -> (Scene<'static>, Vec<Vec<u8>>) {
    let lines = simulated();
    let scene = Scene::new(name, &lines);
    scene.produce(0..scene.half());
    let mut first = start(&scene, "earliest", &[]);
    await_read(&[&first], scene.half());
    await_snapshots(&scene, scene.half());
    first.kill();
    (scene, lines)
}

fn count(service: &Service, told: &str) -> usize {
    service.stderr().matches(told).count()
}

#[test]
fn an_instance_that_was_killed_is_replaced_from_its_snapshots() {
    let (scene, lines) = killed("restored");
    let quarter = scene.half() + scene.half() / 2;
    scene.produce(scene.half()..quarter);
    let mut second = start(&scene, "refuse", &[]);
    await_read(&[&second], quarter);
    assert_eq!(count(&second, RESTORED), PARTITIONS, "{}", second.stderr());
    second.kill(); // at whatever moment
    scene.produce(quarter..lines.len());
    let third = start(&scene, "refuse", &[]);
    assert_eq!(sums(&await_read(&[&third], lines.len())), sums([&replayed(&lines)]));
    let scraped = Scraped::of(&third);
    for family in ["age_seconds", "bytes", "duration_seconds"] {
        let name = format!("contactpulse_snapshot_{family}");
        eventually(&name, PATIENCE, || {
            let scraped = Scraped::of(&third);
            (scraped.series().filter(|series| series.starts_with(&name)).count() == PARTITIONS).then_some(())
        });
    }
    assert_eq!(scraped.sum("contactpulse_snapshot_failures_total"), 0.0);
}

#[test]
fn a_clean_hand_over_from_a_snapshot_counts_every_contact_once() {
    counts_every_contact_once("once", |_, first| {
        first.sigterm();
        assert_eq!(first.wait_exit(PATIENCE), Some(0));
    });
}

/// What was counted since the last commit is counted again; here a commit has followed all of it.
#[test]
fn a_kill_counts_nothing_twice_that_a_commit_has_told_of() {
    counts_every_contact_once("told", |scene, first| {
        let counted_by = contactpulse::clock::now();
        eventually("commits that say so", PATIENCE, || {
            let until = |metadata: &str| metadata.split("until=").nth(1)?.split(';').next()?.parse::<i64>().ok();
            let committed = scene.broker.committed(scene.name, scene.name);
            let is_later = |until: i64| until > counted_by.as_millis();
            committed.elements().iter().all(|element| until(element.metadata()).is_some_and(is_later)).then_some(())
        });
        first.kill();
    });
}

/// Two instances after each other, the first ended like that once it has counted what is there.
fn counts_every_contact_once(name: &'static str, end: impl FnOnce(&Scene<'_>, &mut Service)) {
    let lines = simulated();
    let scene = Scene::new(name, &lines);
    let offered = |lines: &[Vec<u8>]| replayed(lines)["total"]["windows"]["all"]["offered"].as_f64().unwrap();
    let await_counted = |service: &Service, offered: f64| {
        eventually(&format!("{offered} to be counted"), PATIENCE, || {
            (Scraped::of(service).sum("contactpulse_contacts_offered_total") == offered).then_some(())
        });
    };
    scene.produce(0..scene.half());
    let mut first = start(&scene, "earliest", &[]);
    await_read(&[&first], scene.half());
    await_snapshots(&scene, scene.half());
    let more = scene.half() + 100; // which may be in no snapshot yet
    scene.produce(scene.half()..more);
    await_read(&[&first], more);
    await_counted(&first, offered(&lines[..more]));
    end(&scene, &mut first);
    let second = start(&scene, "refuse", &[]);
    await_read(&[&second], more);
    assert_eq!(count(&second, RESTORED), PARTITIONS, "{}", second.stderr());
    assert_eq!(Scraped::of(&second).sum("contactpulse_contacts_offered_total"), 0.0, "the first has counted it all");
    scene.produce(more..lines.len());
    await_read(&[&second], lines.len());
    await_counted(&second, offered(&lines) - offered(&lines[..more]));
}

#[test]
fn without_any_snapshot_the_log_does_or_nothing_as_the_config_says() {
    let (scene, lines) = killed("damaged");
    scene.broker.delete_topic("damaged.snapshots");
    scene.produce(scene.half()..lines.len());
    let mut refusing = start(&scene, "refuse", &[]);
    eventually("a refusal", PATIENCE, || {
        let ready = refusing.get("/readyz");
        let told = ready.body.matches("not read, since no snapshot can be used").count();
        (ready.status == 503 && told == PARTITIONS).then_some(())
    });
    assert_eq!(refusing.report()["events"]["read"], 0);
    refusing.sigterm();
    assert_eq!(refusing.wait_exit(PATIENCE), Some(0));
    let second = start(&scene, "earliest", &[]);
    assert_eq!(sums(&await_read(&[&second], lines.len())), sums([&replayed(&lines)]));
    assert_eq!(count(&second, REBUILT), PARTITIONS, "{}", second.stderr());
    await_snapshots(&scene, lines.len());
}

#[test]
fn a_pointer_to_nothing_leads_to_the_newest_snapshot_that_is_whole() {
    let (scene, lines) = killed("astray");
    let committed = scene.broker.committed("astray", "astray");
    let mut astray = TopicPartitionList::new();
    for element in committed.elements() {
        let mut place = astray.add_partition(element.topic(), element.partition());
        place.set_offset(element.offset()).unwrap();
        let (before, _) = element.metadata().split_once("snapshot=").expect("it points at one");
        place.set_metadata(format!("{before}snapshot=0-0"));
    }
    scene.broker.commit("astray", &astray);
    scene.produce(scene.half()..lines.len());
    let second = start(&scene, "refuse", &[]);
    assert_eq!(sums(&await_read(&[&second], lines.len())), sums([&replayed(&lines)]));
    assert_eq!(count(&second, "the last snapshot cannot be used; looking for an older one"), PARTITIONS);
    assert_eq!(count(&second, RESTORED), PARTITIONS);
}

#[test]
fn offsets_that_kafkas_own_tools_moved_do_not_make_figures_wrong() {
    let (scene, lines) = killed("moved");
    let mut back = TopicPartitionList::new();
    for partition in 0..PARTITIONS as i32 {
        back.add_partition_offset("moved", partition, Offset::Offset(3)).unwrap(); // which wipes the metadata
    }
    scene.broker.commit("moved", &back);
    scene.produce(scene.half()..lines.len());
    let second = start(&scene, "earliest", &[]);
    assert_eq!(sums(&await_read(&[&second], lines.len())), sums([&replayed(&lines)]));
    assert_eq!(count(&second, RESTORED), 0, "no snapshot is as old as that: {}", second.stderr());
}

#[test]
fn a_topic_that_was_made_anew_is_told_from_the_one_that_the_state_was_folded_from() {
    let (scene, lines) = killed("anew");
    let committed = scene.broker.committed("anew", "anew");
    scene.broker.delete_topic("anew");
    scene.broker.create_topic("anew", PARTITIONS);
    // The other half first, so that every offset that was committed is there and holds another record.
    scene.produce(scene.half()..lines.len());
    scene.produce(0..scene.half());
    // As it was committed before the id of the topic was told with it, so that the snapshot must be looked at.
    let mut untold = TopicPartitionList::new();
    for element in committed.elements() {
        let (before, _) = element.metadata().split_once(";topic=").expect("it tells the topic");
        let mut place = untold.add_partition(element.topic(), element.partition());
        place.set_offset(element.offset()).unwrap();
        place.set_metadata(before);
    }
    scene.broker.commit("anew", &untold);
    let second = start(&scene, "earliest", &[]);
    await_read(&[&second], lines.len());
    assert_eq!(count(&second, RESTORED), 0, "{}", second.stderr());
    assert_eq!(count(&second, "it was folded from the topic with the id"), PARTITIONS, "{}", second.stderr());
    assert_eq!(count(&second, "the topic was made anew; all of it counts"), PARTITIONS, "{}", second.stderr());
    // Nothing of the new log was counted before, though the commit says so of just these; what follows comes too late to begin anything.
    let offered = replayed(&lines[scene.half()..])["total"]["windows"]["all"]["offered"].as_f64().unwrap();
    eventually("the new log to be counted", PATIENCE, || {
        (Scraped::of(&second).sum("contactpulse_contacts_offered_total") >= offered * 0.5).then_some(())
    });
}

#[test]
fn a_topic_that_was_made_anew_with_the_same_records_is_told_by_its_id() {
    let (scene, lines) = killed("twin");
    let (committed, records) = (scene.broker.committed("twin", "twin"), scene.broker.records("twin"));
    scene.broker.delete_topic("twin");
    scene.broker.create_topic("twin", PARTITIONS);
    send_again(scene.broker, "twin", &records);
    scene.broker.commit("twin", &committed);
    let second = start(&scene, "earliest", &[]);
    await_read(&[&second], scene.half());
    assert_eq!(count(&second, RESTORED), 0, "{}", second.stderr());
    assert_eq!(count(&second, "the topic was made anew; all of it counts"), PARTITIONS, "{}", second.stderr());
    assert_eq!(Scraped::of(&second).sum("contactpulse_log_truncations_total"), PARTITIONS as f64);
    let offered = replayed(&lines[..scene.half()])["total"]["windows"]["all"]["offered"].as_f64().unwrap();
    eventually("the new log to be counted", PATIENCE, || {
        (Scraped::of(&second).sum("contactpulse_contacts_offered_total") == offered).then_some(())
    });
}

/// Writes the same records once more, each into its partition, so that each lies at the same offset of a log that is new.
fn send_again(broker: &KafkaBroker, topic: &str, records: &[OwnedMessage]) {
    broker.send(records.iter().map(|record| {
        let (key, payload) = (record.key().unwrap_or_default(), record.payload().unwrap_or_default());
        BaseRecord::to(topic).partition(record.partition()).key(key).payload(payload)
    }));
}

/// The leader epochs of what a group has committed last, by partition: bytes 10 to 13 of Kafka's own record of a commit, after its version
/// and the offset.
fn committed_epochs(broker: &KafkaBroker, group: &str) -> BTreeMap<Vec<u8>, i32> {
    let mut epochs = BTreeMap::new();
    for record in broker.records("__consumer_offsets") {
        let (Some(key), Some(value)) = (record.key(), record.payload()) else { continue };
        if key[..2] <= [0, 1][..] && key[4..].starts_with(group.as_bytes()) {
            epochs.insert(key.to_vec(), i32::from_be_bytes(value[10..14].try_into().unwrap()));
        }
    }
    epochs
}

/// The last manifest of each partition.
fn manifests(broker: &KafkaBroker, topic: &str) -> Vec<Manifest> {
    let records = broker.records(topic);
    let manifests = records.iter().filter_map(|record| Manifest::from_record(record.payload()?).ok());
    let last: BTreeMap<i32, Manifest> = manifests.map(|manifest| (manifest.partition, manifest)).collect();
    last.into_values().collect()
}

/// A log that was lost and written again with the same records, under the same topic, has another epoch where the last one was.
#[test]
fn commits_and_manifests_tell_the_leaders_epoch_and_a_log_that_was_cut_off_and_sent_again_is_known_by_it() {
    let (lines, mut broker) = (simulated(), KafkaBroker::start());
    let half = lines.len() / 2;
    broker.create_topic("cut", PARTITIONS);
    Scene::of(&broker, "cut", &lines).produce(0..half);
    let started = |broker: &KafkaBroker| Service::start(&config(&broker.bootstrap(), "cut"), &SNAPSHOTS);
    let mut first = started(&broker);
    await_read(&[&first], half);
    await_snapshots(&Scene::of(&broker, "cut", &lines), half);
    let before = committed_epochs(&broker, "cut");
    assert_eq!(before.len(), PARTITIONS);
    assert!(manifests(&broker, "cut.snapshots").iter().all(|m| m.topic_id.is_some() && m.leader_epoch.is_some()));

    broker.restart();
    Scene::of(&broker, "cut", &lines).produce(half..lines.len());
    await_read(&[&first], lines.len());
    await_snapshots(&Scene::of(&broker, "cut", &lines), lines.len());
    let after = committed_epochs(&broker, "cut");
    assert!(before.iter().all(|(place, epoch)| after[place] > *epoch), "another leader each: {before:?} {after:?}");
    let told = manifests(&broker, "cut.snapshots");
    assert_eq!(told.len(), PARTITIONS);
    assert!(told.iter().all(|manifest| after.values().any(|epoch| manifest.leader_epoch == Some(*epoch))), "{after:?}");

    first.kill();
    let records = broker.records("cut");
    broker.kill();
    broker.lose_topic("cut");
    broker.restart();
    send_again(&broker, "cut", &records);
    let second = started(&broker);
    await_read(&[&second], lines.len());
    assert_eq!(count(&second, RESTORED), 0, "{}", second.stderr());
    assert!(count(&second, "is not the one that it was folded from") >= PARTITIONS, "{}", second.stderr());
    assert_eq!(count(&second, "the topic was made anew; all of it counts"), PARTITIONS, "{}", second.stderr());
}

#[test]
fn rules_that_mean_something_else_begin_with_the_log_and_others_with_the_snapshot() {
    let (scene, lines) = killed("rules");
    scene.produce(scene.half()..lines.len());
    let mut shown = start(&scene, "refuse", &["--set", "service_level.target=0.5"]);
    await_read(&[&shown], lines.len());
    assert_eq!(count(&shown, RESTORED), PARTITIONS, "{}", shown.stderr());
    shown.sigterm();
    assert_eq!(shown.wait_exit(PATIENCE), Some(0));
    let folded = start(&scene, "earliest", &["--set", "service_level.threshold=60s"]);
    await_read(&[&folded], lines.len());
    assert!(folded.stderr().contains("it was folded under other rules"), "{}", folded.stderr());
    assert_eq!((count(&folded, RESTORED), count(&folded, REBUILT)), (0, PARTITIONS));
}

#[test]
fn what_others_wrote_is_deleted_once_the_group_points_at_what_the_owner_wrote() {
    let (scene, lines) = killed("tidy");
    let writers = || {
        let mut kept = std::collections::BTreeMap::new();
        for record in scene.broker.records("tidy.snapshots") {
            let key = String::from_utf8(record.key().expect("every record has a key").to_vec()).unwrap();
            kept.insert((record.partition(), key), record.payload().is_some());
        }
        let alive = kept.into_iter().filter(|(_, is_there)| *is_there);
        alive.map(|((_, key), _)| key.split(' ').nth(1).unwrap().to_owned()).collect::<std::collections::BTreeSet<_>>()
    };
    let before = writers();
    assert!(!before.is_empty());
    let second = start(&scene, "refuse", &[]);
    scene.produce(scene.half()..lines.len());
    await_read(&[&second], lines.len());
    await_snapshots(&scene, lines.len());
    eventually("the first owner's records to be deleted", PATIENCE, || writers().is_disjoint(&before).then_some(()));
}

#[test]
fn a_member_that_was_stopped_beyond_its_session_and_wakes_spoils_nothing() {
    let lines = simulated();
    let scene = Scene::new("zombie", &lines);
    scene.produce(0..scene.half());
    let first = start(&scene, "earliest", &[]);
    await_read(&[&first], scene.half());
    await_snapshots(&scene, scene.half());
    first.pause();
    let second = start(&scene, "refuse", &[]);
    await_read(&[&second], scene.half());
    let quarter = scene.half() + scene.half() / 2;
    scene.produce(scene.half()..quarter);
    await_read(&[&second], quarter);
    first.resume();
    let (woken, owned) = (Scraped::of(&first).owned(), Scraped::of(&second).owned());
    assert!(woken.is_disjoint(&owned), "who wakes shows nothing that another owns: {woken:?}");
    await_shared(&first, &second);
    scene.produce(quarter..lines.len());
    assert_eq!(sums(&await_read(&[&first, &second], lines.len())), sums([&replayed(&lines)]));
}

#[test]
fn partitions_that_are_added_to_the_input_are_read_and_written_down_within_a_minute() {
    let lines = simulated();
    let scene = Scene::new("grown", &lines);
    scene.produce(0..scene.half());
    let service = start(&scene, "earliest", &["--set", "kafka.properties.\"topic.metadata.refresh.interval.ms\"=2000"]);
    await_read(&[&service], scene.half());
    scene.broker.grow_topic("grown", PARTITIONS + 2);
    eventually("the new partitions to be owned", PATIENCE, || {
        (Scraped::of(&service).owned().len() == PARTITIONS + 2).then_some(())
    });
    scene.produce(scene.half()..lines.len());
    await_read(&[&service], lines.len());
    await_snapshots(&scene, lines.len());
}
