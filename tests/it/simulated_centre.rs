//! The simulated centre, checked from outside: what it sends fits the event contract, and what it tells could have happened.
//!
//! The checks read the lines back with a JSON parser and know nothing of the simulation. `Life` is an independent, naive reading
//! of what a contact may go through, `TicketLife` and `AgentLife` of tickets and agents. What ContactPulse makes of a centre is in `figures`.

mod agent_life;
mod figures;
mod life;
mod line;
mod ticket_life;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use contactpulse::event::TYPES;
use contactpulse::simulate::{Profile, Sent, Settings, centre};
use contactpulse::time::{EventTime, Span};
use life::Life;
use line::{Line, by_contact, stays, story};

const START: &str = "2026-03-02T00:00:00Z";
const THRESHOLD: Span = Span::from_seconds(20);

fn settings(seed: u64, rate: f64) -> Settings {
    Settings::new(seed, EventTime::parse(START).unwrap(), rate)
}

fn contacts(seed: u64, rate: f64, contacts: u64) -> Vec<Sent> {
    centre(Settings { contacts: Some(contacts), ..settings(seed, rate) }).collect()
}

fn busy_hours(seed: u64) -> Vec<Sent> {
    centre(Settings { contacts: Some(20_000), profile: Profile::Flat, ..settings(seed, 0.8) }).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let records = |seed| contacts(seed, 0.5, 2_000);
    assert_eq!(records(7), records(7));
    let untold = |seed| -> Vec<String> {
        records(seed).into_iter().map(|sent| sent.record.replace(&format!("s{seed}-"), "")).collect()
    };
    assert_ne!(untold(7), untold(8), "beyond the ids");
}

#[test]
fn these_bytes_are_the_same_on_every_machine() {
    let mut hash = blake3::Hasher::new();
    for sent in contacts(42, 0.5, 2_000) {
        hash.update(format!("{} {} {}\n", sent.due.as_millis(), sent.key, sent.record).as_bytes());
    }
    assert_eq!(&hash.finalize().to_hex()[..16], "07c4865cec35d509", "another story is a change to tell of");
}

#[test]
fn every_line_has_the_fields_that_the_contract_requires_of_its_type() {
    let needs = |kind: &str| match kind {
        "queued" => vec!["queue", "channel", "priority"],
        "alerting" | "answered" => vec!["agent", "queue"],
        "alert_missed" => vec!["agent", "queue", "cause"],
        "flowed_out" | "blocked" => vec!["queue", "cause"],
        "held" | "resumed" | "transferred" | "ended" | "wrapped" => vec!["agent"],
        "abandoned" => vec!["cause"],
        "message" => vec!["author"],
        "callback_requested" => vec!["queue", "due_at"],
        "callback_attempted" => vec!["agent", "result"],
        "queue.state_changed" => vec!["queue", "state"],
        "agent.state_changed" => vec!["agent", "state"],
        "ticket.created" | "ticket.handed_over" | "ticket.snapshot" => vec!["queue"],
        "ticket.replied" => vec!["author"],
        "ticket.status_changed" => vec!["status"],
        "ticket.deleted" => vec!["cause"],
        "survey.sent" | "survey.answered" => vec!["kind"],
        _ => vec![],
    };
    let mut kinds = BTreeSet::new();
    for sent in busy_hours(1) {
        assert!(!sent.record.contains('\n'));
        let line = Line::read(&sent.record);
        let named =
            ["contact_id", "ticket_id", "agent", "queue", "source"].into_iter().find_map(|name| line.text(name));
        assert_eq!(Some(sent.key.as_str()), named, "contact, ticket, agent, queue or feed: {}", sent.record);
        let source = line.text("channel").map(|channel| match channel {
            "chat" => "chat-platform",
            "email" => "helpdesk",
            _ => "pbx",
        });
        assert!(source.is_none_or(|source| source == line.must("source")), "{}", sent.record);
        kinds.insert(line.kind());
        for name in needs(line.kind()) {
            assert!(line.text(name).is_some_and(|text| (1..=32).contains(&text.len())), "{name}: {}", sent.record);
        }
        let time = line.text("time").unwrap();
        assert!(time.len() == START.len() + 4 && time.ends_with('Z'), "milliseconds: {time}");
    }
    assert_eq!(kinds.len(), TYPES.len(), "every type occurs: {kinds:?}");
}

#[test]
fn every_contact_lives_a_legal_life_and_closes() {
    for (seed, profile) in [(1, Profile::Day), (2, Profile::Flat), (3, Profile::Day)] {
        let sent: Vec<Sent> = centre(Settings { contacts: Some(8_000), profile, ..settings(seed, 0.3) }).collect();
        let story = story(&sent);
        let lives = by_contact(&story);
        assert_eq!(lives.len(), 8_000);
        for (contact, lines) in lives {
            let mut life = Life::default();
            lines.into_iter().for_each(|line| life.apply(line));
            assert!(life.is_closed(), "{contact}: {life:?}");
        }
    }
}

#[test]
fn tickets_live_legal_lives_and_agents_are_told_to_do_what_they_do() {
    for (seed, profile) in [(1, Profile::Flat), (2, Profile::Day)] {
        let sent: Vec<Sent> = centre(Settings { contacts: Some(10_000), profile, ..settings(seed, 0.8) }).collect();
        let story = story(&sent);
        for (queue, count) in ticket_life::count(&story) {
            assert!(count.created > 100 && count.reopened > 0 && count.closed > 50, "{queue}: {count:?}");
            assert!(count.resolved > count.created / 2 && count.backlog > 0, "{queue}: {count:?}");
        }
        assert!(agent_life::lives(&story).len() > 100);
        let told: BTreeSet<&str> = story.iter().filter_map(|line| line.text("state")).collect();
        for state in ["available", "on_contact", "after_contact", "break", "away", "offline", "training"] {
            assert!(told.contains(state), "{state}");
        }
    }
}

#[test]
fn the_checker_of_lives_refuses_impossible_ones() {
    let queued = r#"queued "queue":"sales""#;
    let rings = r#"alerting "queue":"sales","agent":"ann""#;
    let answered = r#"answered "queue":"sales","agent":"ann""#;
    let asked = r#"callback_requested "queue":"sales","due_at":"2026-03-02T01:00:00Z""#;
    let flowed = r#"flowed_out "queue":"sales","cause":"callback""#;
    let failed = r#"callback_attempted "agent":"ann","result":"failed""#;
    for possible in [&[queued, rings, answered][..], &[queued, asked, flowed, failed]] {
        live(possible);
    }
    for impossible in [
        &[queued, r#"wrapped "agent":"ann""#][..],
        &[queued, answered],
        &[queued, rings, rings],
        &[queued, rings, r#"alert_missed "queue":"sales","agent":"bob","cause":"no_answer""#],
        &[queued, rings, r#"alert_missed "queue":"sales","agent":"ann","cause":"caller_gone""#, rings],
        &[queued, rings, r#"abandoned "cause":"customer""#],
        &[queued, r#"abandoned "cause":"inactivity""#],
        &[r#"queued "queue":"sales","also":true"#],
        &[queued, r#"message "author":"customer""#],
        &[queued, rings, answered, r#"answered "queue":"sales","agent":"bob","role":"consult""#],
        &[queued, flowed],
        &[r#"callback_attempted "agent":"ann","result":"no_answer""#],
        &[queued, asked, failed],
        &[queued, asked, flowed, failed, answered],
        &[queued, asked, asked],
        &[asked],
        &[queued, r#"snapshot "queue":"sales","queued_at":"2026-03-02T00:00:00.500Z""#],
        &[queued, rings, answered, r#"snapshot "queue":"sales","queued_at":"2026-03-02T00:00:00Z""#],
    ] {
        assert!(std::panic::catch_unwind(|| live(impossible)).is_err(), "{impossible:?}");
    }
}

/// A life of one voice contact, an event a second: its type, then its fields.
fn live(events: &[&str]) {
    let mut life = Life::default();
    for (second, event) in events.iter().enumerate() {
        let (kind, fields) = event.split_once(' ').unwrap();
        let time = format!(r#""time":"2026-03-02T00:00:{second:02}Z""#);
        life.apply(&Line::read(&format!(
            r#"{{"id":"{second}","type":"contact.{kind}",{time},"contact_id":"c","channel":"voice",{fields}}}"#
        )));
    }
}

#[test]
fn an_agent_has_to_do_with_one_contact_at_a_time() {
    let mut busy = BTreeMap::new();
    for line in story(&busy_hours(4)).iter().filter(|line| !line.kind().contains('.')) {
        let Some((agent, contact)) = line.text("agent").zip(line.contact()) else { continue };
        let (agent, contact) = (agent.to_owned(), contact.to_owned());
        match line.kind() {
            "alerting" => assert_eq!(busy.insert(agent, contact), None, "{line:?}"),
            "answered" => assert!(busy.insert(agent, contact.clone()).is_none_or(|own| own == contact), "{line:?}"),
            "wrapped" | "alert_missed" => assert_eq!(busy.remove(&agent), Some(contact), "{line:?}"),
            "callback_attempted" => assert_eq!(busy.get(&agent), None, "{line:?}"),
            _ => assert_eq!(busy.get(&agent), Some(&contact), "{line:?}"),
        }
    }
    assert!(busy.is_empty(), "{busy:?}");
}

#[test]
fn who_waits_in_a_queue_rings_at_an_agent_in_the_order_of_arrival() {
    let story = story(&busy_hours(5));
    let mut waiting = BTreeMap::<&str, BTreeMap<&str, EventTime>>::new();
    let mut rung = BTreeMap::<&str, EventTime>::new();
    let mut in_order = 0;
    for line in &story {
        let Some((contact, queue)) = line.contact().zip(line.text("queue")) else { continue };
        match line.kind() {
            "answered" => drop(waiting.remove(contact)),
            "queued" => drop(waiting.entry(contact).or_default().insert(queue, line.time)),
            // While it rings others go ahead; so who has rung before is not looked at again, in no queue.
            "alerting" => {
                let Some(since) = waiting.remove(contact).and_then(|stays| stays.get(queue).copied()) else { continue };
                let latest = rung.entry(queue).or_insert(since);
                assert!(*latest <= since, "one queued at {latest} rang before {line:?}");
                in_order += usize::from(*latest < since);
                *latest = since;
            }
            _ => {}
        }
    }
    assert!(in_order > 10_000, "{in_order} stays in order");
}

#[test]
fn events_leave_in_the_order_of_due_and_are_late_within_the_bound_and_about_as_often_as_set() {
    let sent = busy_hours(6);
    assert!(sent.is_sorted_by_key(|sent| sent.due));
    let disorder = Span::from_seconds(3);
    let (mut seen, mut repeats, mut late) = (HashSet::new(), 0, 0);
    for sent in &sent {
        let line = Line::read(&sent.record);
        let delay = sent.due - line.time;
        assert!(Span::ZERO <= delay && delay <= disorder, "{delay} {}", sent.record);
        if seen.insert(line.id) {
            late += usize::from(delay > Span::ZERO);
        } else {
            repeats += 1;
        }
    }
    let share = |n: usize| n as f64 / seen.len() as f64;
    assert!((0.02..0.04).contains(&share(late)), "late {}", share(late));
    assert!((0.001..0.003).contains(&share(repeats)), "repeats {}", share(repeats));
}

#[test]
fn disorder_and_repeats_change_how_the_story_is_sent_and_not_the_story() {
    let clean = Settings { contacts: Some(2_000), disorder: Span::ZERO, repeats: 0.0, ..settings(9, 0.5) };
    let wild = Settings { late: 0.5, repeats: 0.3, disorder: Span::from_seconds(20), ..clean };
    let (clean, wild): (Vec<Sent>, Vec<Sent>) = (centre(clean).collect(), centre(wild).collect());
    assert!(clean.iter().all(|sent| sent.due == Line::read(&sent.record).time));
    assert!(wild.len() > clean.len() * 12 / 10);
    assert!(story(&wild) == story(&clean));
}

#[test]
fn an_endless_centre_tells_what_one_with_an_end_does_until_its_arrivals_end() {
    let ending = contacts(3, 0.5, 5_000);
    let common = 10_000;
    let endless: Vec<Sent> = centre(settings(3, 0.5)).take(common).collect();
    assert!(endless == ending[..common]);
}

#[test]
fn no_contacts_are_no_events_and_a_senseless_rate_still_ends() {
    assert_eq!(contacts(1, 1.0, 0), []);
    for rate in [f64::NAN, -1.0, 0.0, f64::NEG_INFINITY] {
        assert!(!contacts(1, rate, 3).is_empty());
    }
}

fn day(seed: u64, rate: f64, profile: Profile) -> Vec<Line> {
    let start = EventTime::parse(START).unwrap();
    let end = start + Span::from_seconds(86_400);
    let sent: Vec<Sent> =
        centre(Settings { profile, ..settings(seed, rate) }).take_while(|sent| sent.due < end).collect();
    story(&sent)
}

#[test]
fn a_simulated_day_is_neither_all_green_nor_all_red() {
    for (seed, rate, profile) in [(1, 0.3, Profile::Day), (2, 0.8, Profile::Day), (3, 0.5, Profile::Flat)] {
        let story = day(seed, rate, profile);
        let stays = stays(&story);
        let part = |count: usize| count as f64 / stays.len() as f64;
        let met = part(stays.iter().filter(|s| s.3 == "answered" && s.2 - s.1 <= THRESHOLD).count());
        let abandoned = part(stays.iter().filter(|s| s.3 == "abandoned").count());
        assert!((0.40..0.98).contains(&met), "seed {seed}: service level {met}");
        assert!((0.01..0.25).contains(&abandoned), "seed {seed}: abandoned {abandoned}");
    }
}

#[test]
fn more_contacts_arrive_in_the_morning_than_at_night_unless_the_day_is_flat() {
    let night_and_morning = |profile| {
        let story = day(1, 0.3, profile);
        let mut known = HashSet::new();
        let first = story.iter().filter(|line| line.contact().is_some_and(|contact| known.insert(contact)));
        let hours: Vec<i64> = first.map(|line| line.time.as_millis() / 3_600_000 % 24).collect();
        [3, 10].map(|hour| hours.iter().filter(|arrived| **arrived == hour).count() as f64)
    };
    let [night, morning] = night_and_morning(Profile::Day);
    assert!(night > 0.0 && morning > 8.0 * night, "{morning} against {night}");
    let [night, morning] = night_and_morning(Profile::Flat);
    assert!((0.6..1.7).contains(&(morning / night)), "{morning} against {night}");
}

#[test]
fn a_queue_that_closes_at_night_says_so_and_refuses_until_it_opens() {
    let story = day(2, 0.3, Profile::Day);
    let mut is_open = BTreeMap::new();
    let (mut changes, mut refused) = (Vec::new(), 0);
    for line in &story {
        let Some(queue) = line.text("queue") else { continue };
        match line.kind() {
            "queue.state_changed" => {
                is_open.insert(queue, line.must("state") == "open");
                changes.push((queue, line.must("state"), line.time - EventTime::parse(START).unwrap()));
            }
            "queued" => assert!(is_open[queue], "{line:?}"),
            "blocked" if line.must("cause") == "closed" => {
                assert!(!is_open[queue], "{line:?}");
                refused += 1;
            }
            _ => {}
        }
    }
    let chat = |state, hour: i64| ("orders-chat", state, Span::from_seconds(hour * 3_600));
    assert_eq!(changes.len(), 7, "each at the start, one twice more: {changes:?}");
    assert_eq!((changes[4], changes[5], changes[6]), (chat("closed", 0), chat("open", 6), chat("closed", 22)));
    assert!(refused > 0);
}

#[test]
fn no_feed_is_silent_for_longer_than_ten_seconds_and_a_heartbeat_breaks_a_silence() {
    let silence_max = Span::from_seconds(10);
    let start = EventTime::parse(START).unwrap();
    let mut heard =
        ["pbx", "chat-platform", "helpdesk"].map(|source| (source, start)).into_iter().collect::<BTreeMap<_, _>>();
    let mut beats = 0;
    let story = day(3, 0.05, Profile::Day);
    for line in &story {
        let silence = line.time - heard.insert(line.must("source"), line.time).unwrap();
        assert!(silence <= silence_max, "{silence} before {line:?}");
        if line.kind() == "source.heartbeat" {
            assert_eq!(silence, silence_max, "{line:?}");
            beats += 1;
        }
    }
    assert!(beats > 1_000, "{beats}");
}
