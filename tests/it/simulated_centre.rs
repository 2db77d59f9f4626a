//! The simulated centre, checked from outside: what it sends fits the event contract, and what it tells could have happened.
//!
//! The checks read the lines back with a JSON parser and know nothing of the simulation. `Life` is an independent, naive reading
//! of what a contact may go through.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use contactpulse::event::TYPES;
use contactpulse::simulate::{Profile, Sent, Settings, centre};
use contactpulse::time::{EventTime, Span};
use serde_json::Value;

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

/// One event as a reader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    time: EventTime,
    seq: i64,
    rank: usize,
    id: String,
    contact: String,
    fields: Value,
}

impl Line {
    fn read(record: &str) -> Self {
        let fields: Value = serde_json::from_str(record).unwrap_or_else(|error| panic!("{error}: {record}"));
        let text = |name: &str| fields[name].as_str().unwrap_or_else(|| panic!("no {name}: {record}")).to_owned();
        Self {
            time: EventTime::parse(&text("time")).unwrap(),
            seq: fields.get("seq").map_or(0, |seq| seq.as_i64().unwrap()),
            rank: TYPES.iter().position(|known| *known == text("type")).unwrap_or_else(|| panic!("type of {record}")),
            id: text("id"),
            contact: text("contact_id"),
            fields,
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(Value::as_str)
    }

    fn kind(&self) -> &'static str {
        TYPES[self.rank].strip_prefix("contact.").unwrap()
    }
}

/// The distinct events, in the order of the contract.
fn story(sent: &[Sent]) -> Vec<Line> {
    let mut seen = HashSet::new();
    let mut lines: Vec<Line> = sent.iter().map(|sent| Line::read(&sent.record)).collect();
    lines.retain(|line| seen.insert(line.id.clone()));
    lines.sort_by(|a, b| (a.time, a.seq, a.rank, &a.id).cmp(&(b.time, b.seq, b.rank, &b.id)));
    lines
}

fn by_contact(story: &[Line]) -> BTreeMap<&str, Vec<&Line>> {
    let mut contacts = BTreeMap::<_, Vec<_>>::new();
    for line in story {
        contacts.entry(line.contact.as_str()).or_default().push(line);
    }
    contacts
}

/// Where a contact stands. `in_stay` names its queue; `owed` is a callback or a message that nobody has answered yet.
#[derive(Debug, Default)]
struct Life {
    in_stay: Option<String>,
    owed: bool,
    talking: Option<String>,
    held: bool,
    wrapping: BTreeSet<String>,
    over: bool,
}

impl Life {
    fn apply(&mut self, line: &Line) {
        assert!(!self.over || line.kind() == "wrapped", "after the end: {line:?}");
        match line.kind() {
            "queued" => self.queued(line),
            "answered" => self.answered(line),
            "held" => self.hold(line, false),
            "resumed" => self.hold(line, true),
            "transferred" => self.talk_ends(line),
            "flowed_out" => {
                assert_eq!(self.in_stay.take().as_deref(), line.text("queue"), "{line:?}");
                self.owed = true;
            }
            "abandoned" => {
                assert!(self.in_stay.take().is_some(), "hung up without waiting: {line:?}");
                self.over = true;
            }
            "blocked" => {
                assert!(self.is_untouched(), "refused after it came in: {line:?}");
                self.over = true;
            }
            "updated" => assert!(self.talking.is_some(), "{line:?}"),
            "ended" => {
                self.talk_ends(line);
                self.over = true;
            }
            "wrapped" => assert!(self.wrapping.remove(line.text("agent").unwrap()), "{line:?}"),
            other => panic!("{other}"),
        }
    }

    fn queued(&mut self, line: &Line) {
        assert!(self.talking.is_none() && !self.owed, "{line:?}");
        let queue = line.text("queue").unwrap().to_owned();
        assert_ne!(self.in_stay.as_ref(), Some(&queue), "queued where it waits: {line:?}");
        self.in_stay = Some(queue);
    }

    fn answered(&mut self, line: &Line) {
        let stay = self.in_stay.take();
        assert!(stay.is_some() || self.owed, "answered without waiting: {line:?}");
        assert!(stay.is_none() || stay.as_deref() == line.text("queue"), "{line:?}");
        assert_eq!(self.talking, None, "{line:?}");
        self.owed = false;
        self.talking = line.text("agent").map(str::to_owned);
    }

    fn hold(&mut self, line: &Line, held_before: bool) {
        assert_eq!((self.talking.as_deref(), self.held), (line.text("agent"), held_before), "{line:?}");
        self.held = !held_before;
    }

    fn talk_ends(&mut self, line: &Line) {
        let agent = self.talking.take().unwrap_or_else(|| panic!("nobody talks: {line:?}"));
        assert_eq!((Some(agent.as_str()), self.held), (line.text("agent"), false), "{line:?}");
        assert!(self.wrapping.insert(agent), "{line:?}");
    }

    fn is_untouched(&self) -> bool {
        self.in_stay.is_none() && !self.owed && self.talking.is_none() && self.wrapping.is_empty()
    }

    fn is_closed(&self) -> bool {
        self.over && self.is_untouched()
    }
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
    assert_eq!(&hash.finalize().to_hex()[..16], "a6f694b55538e5aa", "another story is a change to tell of");
}

#[test]
fn every_line_has_the_fields_that_the_contract_requires_of_its_type() {
    let needs = |kind: &str| match kind {
        "queued" => vec!["queue", "channel", "priority"],
        "answered" => vec!["agent", "queue"],
        "flowed_out" => vec!["queue", "cause"],
        "blocked" => vec!["queue"],
        "held" | "resumed" | "transferred" | "ended" | "wrapped" => vec!["agent"],
        _ => vec![],
    };
    let mut kinds = BTreeSet::new();
    for sent in busy_hours(1) {
        assert!(!sent.record.contains('\n'));
        let line = Line::read(&sent.record);
        assert_eq!(sent.key, line.contact);
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
fn the_checker_of_lives_refuses_an_impossible_one() {
    let queued = r#"{"id":"1","type":"contact.queued","time":"2026-03-02T00:00:00Z","contact_id":"c","queue":"sales"}"#;
    let wrapped = r#"{"id":"2","type":"contact.wrapped","time":"2026-03-02T00:00:01Z","contact_id":"c","agent":"ann"}"#;
    let refused = std::panic::catch_unwind(|| {
        let mut life = Life::default();
        [queued, wrapped].iter().for_each(|record| life.apply(&Line::read(record)));
    });
    assert!(refused.is_err());
}

#[test]
fn an_agent_serves_one_contact_at_a_time() {
    let mut busy = BTreeMap::new();
    for line in story(&busy_hours(4)) {
        let Some(agent) = line.text("agent").map(str::to_owned) else { continue };
        match line.kind() {
            "answered" => assert_eq!(busy.insert(agent, line.contact.clone()), None, "{line:?}"),
            "wrapped" => assert_eq!(busy.remove(&agent).as_ref(), Some(&line.contact), "{line:?}"),
            _ => assert_eq!(busy.get(&agent), Some(&line.contact), "{line:?}"),
        }
    }
    assert!(busy.is_empty(), "{busy:?}");
}

#[test]
fn who_waits_in_a_queue_is_served_in_the_order_of_arrival() {
    // An answer follows its call to the agent by the ringing, at most 4.5 s; so a later arrival is answered at most that much earlier.
    let ring_max = Span::from_millis(4_500);
    let mut answered = BTreeMap::<String, Vec<(EventTime, EventTime)>>::new();
    for (queue, queued, left, kind) in stays(&story(&busy_hours(5))) {
        if kind == "answered" {
            answered.entry(queue).or_default().push((queued, left));
        }
    }
    for (queue, mut stays) in answered {
        stays.sort_unstable();
        let mut latest = EventTime::MIN;
        for (queued, left) in stays {
            assert!(
                latest <= left + ring_max,
                "{queue}: queued {queued}, answered {left} after one behind at {latest}"
            );
            latest = latest.max(left);
        }
    }
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

/// Every inbound stay: queue, when it began, when it ended, and by which type of event.
fn stays(story: &[Line]) -> Vec<(String, EventTime, EventTime, &'static str)> {
    let mut open = BTreeMap::new();
    let mut stays = Vec::new();
    for line in story {
        if matches!(line.kind(), "answered" | "abandoned" | "flowed_out" | "queued")
            && let Some((queue, queued)) = open.remove(&line.contact)
        {
            stays.push((queue, queued, line.time, line.kind()));
        }
        if line.kind() == "queued" && line.text("direction").is_none() {
            open.insert(line.contact.clone(), (line.text("queue").unwrap().to_owned(), line.time));
        }
    }
    stays
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
        let first = story.iter().filter(|line| known.insert(line.contact.as_str()));
        let hours: Vec<i64> = first.map(|line| line.time.as_millis() / 3_600_000 % 24).collect();
        [3, 10].map(|hour| hours.iter().filter(|arrived| **arrived == hour).count() as f64)
    };
    let [night, morning] = night_and_morning(Profile::Day);
    assert!(night > 0.0 && morning > 8.0 * night, "{morning} against {night}");
    let [night, morning] = night_and_morning(Profile::Flat);
    assert!((0.6..1.7).contains(&(morning / night)), "{morning} against {night}");
}
