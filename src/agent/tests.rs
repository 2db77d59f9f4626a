//! Timelines against the slow, obvious version: every second asks for the last change that is in force.

use std::collections::BTreeMap;
use std::ops::Range;

use proptest::prelude::*;

use super::{Change, Order, Placed, Timeline};
use crate::id::{Id, QueueId};
use crate::rules::{AgentRules, Rules, StateId};
use crate::time::{EventTime, Span};
use crate::window::{Cell, Cells, Field, Tally};

const SECOND: Span = Span::from_seconds(1);
const LATENESS: i64 = 30;
const TTL: i64 = 90;
const REACH: i64 = 120;
const SLOT: i64 = 5;

fn at(second: i64) -> EventTime {
    EventTime::from_millis(second * 1_000)
}

fn rules() -> Rules {
    let own = ["training".to_owned()];
    Rules {
        lateness: Span::from_seconds(LATENESS),
        agents: AgentRules::new(Span::from_seconds(TTL), &own, &own),
        ..Rules::default()
    }
}

fn change(second: i64, id: &str, state: StateId) -> Change {
    let instant = Order { at: at(second), seq: 0, id: id.into() };
    let queue_states = Box::default();
    Change { instant, since: None, state, queues: None, queue_states, capacity: None, active: None }
}

/// Every change that counted, with what it was told to begin with where it came late.
#[derive(Default)]
struct Slow {
    changes: Vec<(Change, Option<EventTime>)>,
}

/// What is so in one second.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Now {
    state: StateId,
    active: Option<u16>,
    capacity: Option<u16>,
}

impl Slow {
    fn place(&mut self, change: &Change, line: EventTime) -> Placed {
        let sealed = self.changes.iter().filter(|(known, _)| known.instant.at < line).map(|(known, _)| &known.instant);
        let last = sealed.max();
        let unsealed = self.changes.iter().filter(|(known, _)| known.instant.at >= line);
        if unsealed.map(|(known, _)| &known.instant).chain(last).any(|known| known.id == change.instant.id) {
            return Placed::Repeat;
        }
        let is_late = change.instant.at < line;
        if is_late && last.is_some_and(|last| *last > change.instant) {
            return Placed::TooLate;
        }
        self.changes.push((change.clone(), is_late.then_some(line)));
        self.changes.sort_by_key(|(change, _)| change.instant.clone());
        if is_late { Placed::Late } else { Placed::InTime }
    }

    /// From when on what holds, in the order of the changes up to `t`; the ends of patience among them.
    fn course(&self, t: EventTime) -> Vec<(EventTime, Now)> {
        let mut course = Vec::new();
        let mut capacity = None;
        let told: Vec<_> = self.changes.iter().filter(|(change, _)| change.instant.at <= t).collect();
        for (place, (change, late)) in told.iter().enumerate() {
            let own = change.instant.at;
            let before = place.checked_sub(1).map_or(EventTime::MIN, |before| told[before].0.instant.at);
            let from = change.since.unwrap_or(own).min(own).max(before).max(own - Span::from_seconds(LATENESS));
            capacity = change.capacity.or(capacity);
            course.push((late.unwrap_or(from), Now { state: change.state, active: change.active, capacity }));
            let next = told.get(place + 1).map_or(t, |(next, late)| late.unwrap_or(next.instant.at));
            let lapse = own + Span::from_seconds(TTL);
            if lapse < next {
                course.push((lapse, Now { state: StateId::OFFLINE, active: None, capacity }));
            }
        }
        course
    }

    fn add(&self, t: EventTime, window: Range<EventTime>, tally: &mut Tally) {
        let course = self.course(t);
        let mut second = window.start;
        while second < window.end.min(t) {
            if let Some((_, now)) = course.iter().rfind(|(from, _)| *from <= second) {
                count(now, tally);
            }
            second = second + SECOND;
        }
    }
}

/// One second of it, as the table of KPIs says it.
fn count(now: &Now, tally: &mut Tally) {
    let mut add = |cell, times: i64| tally.add(cell, 1_000 * times);
    let (training, logged_in) = (StateId(6), now.state != StateId::OFFLINE);
    let busy = match now.active {
        Some(active) => active > 0,
        None => now.state == StateId::ON_CONTACT || now.state == StateId::AFTER_CONTACT,
    };
    let idle = now.state == StateId::AVAILABLE && !busy;
    let in_hand = now.active.map_or(if busy { 1 } else { 0 }, i64::from);
    add(Cell::part(Field::StateTime, now.state.0.into()), 1);
    add(Cell::of(Field::InHandTime), in_hand);
    for (field, holds) in [
        (Field::BusyTime, busy),
        (Field::IdleTime, idle),
        (Field::LoggedInTime, logged_in),
        (Field::UsefulTime, logged_in && (busy || now.state == training)),
    ] {
        add(Cell::of(field), holds.into());
    }
    if let Some(capacity) = now.capacity.filter(|capacity| *capacity > 0 && (busy || idle)) {
        add(Cell::of(Field::SlotTime), capacity.into());
        add(Cell::of(Field::SlotInHandTime), in_hand);
    }
}

fn some_change() -> impl Strategy<Value = Change> {
    let state = (0u8..8).prop_map(StateId);
    let since = prop::option::weighted(0.4, -60i64..10);
    let number = || prop::option::weighted(0.4, 0u16..4);
    (
        0i64..400,
        0i64..2,
        state,
        since,
        number(),
        number(),
        prop::option::weighted(0.3, prop::collection::vec(0u32..4, 0..3)),
    )
        .prop_map(|(second, seq, state, since, active, capacity, queues)| {
            let instant = Order { at: at(second), seq, id: format!("{second}-{seq}").into() };
            let since = since.map(|before| at(second + before));
            let queues = queues.map(|queues| queues.into_iter().map(QueueId::from_index).collect());
            Change { instant, since, state, queues, queue_states: Box::default(), capacity, active }
        })
}

/// A way for changes to arrive: most within lateness of their order, some twice, some too late.
fn arrivals() -> impl Strategy<Value = Vec<Change>> {
    let delay = prop_oneof![8 => 0i64..LATENESS, 1 => 0i64..150];
    prop::collection::vec((some_change(), delay, 0u8..5), 1..25).prop_map(|changes| {
        let mut order = BTreeMap::new();
        for (change, delay, copies) in changes {
            let arrives = change.instant.at.as_millis() / 1_000 + delay;
            for copy in 0..=u8::from(copies == 0) {
                order.insert((arrives + i64::from(copy) * 7, change.instant.clone(), copy), change.clone());
            }
        }
        order.into_values().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn every_window_holds_the_time_that_the_slow_version_counts(
        arrivals in arrivals(),
        sweeps in prop::collection::vec(any::<bool>(), 25),
        after in 0i64..200,
        width in 0i64..REACH,
    ) {
        let rules = rules();
        let (mut fast, mut slow) = (Timeline::default(), Slow::default());
        let mut line = EventTime::MIN;
        for (change, is_swept) in arrivals.into_iter().zip(sweeps.into_iter().cycle()) {
            let placed = fast.place(change.clone(), line, &rules);
            prop_assert_eq!(placed, slow.place(&change, line), "{:?}", change);
            line = line.max(change.instant.at - rules.lateness);
            if is_swept {
                fast.seal(line, &rules);
                fast.roll(line - Span::from_seconds(REACH) - rules.lateness, &rules);
            }
            for t in [line, line + Span::from_seconds(after)] {
                compare(&fast, &slow, t, width, &rules)?;
            }
        }
    }
}

fn compare(fast: &Timeline, slow: &Slow, t: EventTime, width: i64, rules: &Rules) -> Result<(), TestCaseError> {
    let course = slow.course(t);
    let Some(reading) = fast.as_of(t, rules) else {
        prop_assert!(course.is_empty());
        return Ok(());
    };
    let window = t - Span::from_seconds(width)..t;
    let slots = at((window.start.as_millis() / 1_000 + SLOT - 1).div_euclid(SLOT) * SLOT)..t;
    for (own, seconds) in [(Some(&window), slots), (None, at(-100)..t)] {
        let (mut read, mut counted) = (Tally::default(), Tally::default());
        reading.add_window(own, Span::from_seconds(SLOT), &mut read);
        slow.add(t, seconds, &mut counted);
        prop_assert_eq!(read, counted, "{:?} at {}", own, t);
    }
    let (_, now) = course[course.len() - 1];
    prop_assert_eq!((reading.state(), reading.in_hand(), reading.capacity()), (now.state, now.active, now.capacity));
    let in_force = |second: EventTime| course.iter().rfind(|(from, _)| *from <= second).map(|(_, now)| now.state);
    let mut since = t;
    while in_force(since - SECOND) == Some(now.state) {
        since = since - SECOND;
    }
    if in_force(t) == Some(now.state) && since > line_of(&course) {
        prop_assert_eq!(reading.state_since().min(t), since, "since, at {}", t);
    }
    Ok(())
}

/// The first moment that anything is known of.
fn line_of(course: &[(EventTime, Now)]) -> EventTime {
    course.iter().map(|(from, _)| *from).min().unwrap_or(EventTime::MIN)
}

#[test]
fn the_deadline_acts_after_every_event_of_its_instant() {
    let rules = rules();
    let mut timeline = Timeline::default();
    timeline.place(change(0, "a", StateId::AVAILABLE), EventTime::MIN, &rules);
    let state = |timeline: &Timeline, second| timeline.as_of(at(second), &rules).map(|reading| reading.state());
    assert_eq!(state(&timeline, TTL), Some(StateId::AVAILABLE), "at that moment it has not acted yet");
    assert_eq!(timeline.as_of(at(TTL) + Span::from_millis(1), &rules).unwrap().state(), StateId::OFFLINE);
    timeline.place(change(TTL, "b", StateId::AVAILABLE), EventTime::MIN, &rules);
    assert_eq!(state(&timeline, TTL + 1), Some(StateId::AVAILABLE));
}

#[test]
fn queues_that_states_are_told_of_are_the_agent_s_and_the_states_hold_for_that_change() {
    let [sales, tech, billing] = [1, 2, 3].map(QueueId::from_index);
    let rules = rules();
    let mut timeline = Timeline::default();
    let first = Change {
        queues: Some([sales, tech].into()),
        queue_states: [(tech, StateId::OFFLINE), (billing, StateId::ON_CONTACT)].into(),
        ..change(0, "a", StateId::AVAILABLE)
    };
    timeline.place(first, EventTime::MIN, &rules);
    let queues = |timeline: &Timeline, second| -> Vec<_> {
        timeline.as_of(at(second), &rules).unwrap().queues().map(|(queue, state)| (queue.index(), state)).collect()
    };
    let expected = [(1, StateId::AVAILABLE), (2, StateId::OFFLINE), (3, StateId::ON_CONTACT)];
    assert_eq!(queues(&timeline, 0), expected);
    timeline.place(change(10, "b", StateId::AVAILABLE), EventTime::MIN, &rules);
    assert_eq!(queues(&timeline, 10), [1, 2, 3].map(|queue| (queue, StateId::AVAILABLE)));
    let gone = Change { queue_states: [(tech, StateId::AVAILABLE)].into(), ..change(20, "c", StateId::OFFLINE) };
    timeline.place(gone, EventTime::MIN, &rules);
    assert_eq!(queues(&timeline, 20), [1, 2, 3].map(|queue| (queue, StateId::OFFLINE)));
    let none = Change { queues: Some([].into()), ..change(30, "d", StateId::AVAILABLE) };
    timeline.place(none, EventTime::MIN, &rules);
    assert_eq!(queues(&timeline, 30), []);
    assert_eq!(queues(&timeline, 25).len(), 3, "what comes later changes nothing of before");
}

#[test]
fn an_agent_who_gives_up_its_oldest_stretch_keeps_its_time_in_all() {
    let rules = rules();
    let mut timeline = Timeline::default();
    for (second, state) in [(0, StateId::AVAILABLE), (10, StateId::ON_CONTACT), (30, StateId::AVAILABLE)] {
        timeline.place(change(second, &second.to_string(), state), EventTime::MIN, &rules);
    }
    timeline.seal(at(40), &rules);
    assert!(!timeline.shorten(at(9), &rules), "it ends later");
    assert!(timeline.shorten(at(10), &rules));
    let state = |window: Option<&Range<EventTime>>, state: StateId| {
        let mut tally = Tally::default();
        timeline.as_of(at(40), &rules).unwrap().add_window(window, SECOND, &mut tally);
        tally.get(Cell::part(Field::StateTime, state.0.into())) / 1_000
    };
    let window = at(0)..at(40);
    let own = |window| [StateId::AVAILABLE, StateId::ON_CONTACT].map(|own| state(window, own));
    assert_eq!((own(None), own(Some(&window))), ([20, 20], [10, 20]));
}

#[test]
fn a_day_of_two_hundred_changes_takes_four_kilobytes_and_a_month_no_more() {
    let rules = rules();
    let (every, day) = (86_400 / 200, Span::from_seconds(26 * 3_600));
    let mut timeline = Timeline::default();
    for number in 0..30 * 200 {
        let state = [StateId::AVAILABLE, StateId::ON_CONTACT][number as usize % 2];
        let second = number * every;
        let line = at(second) - rules.lateness;
        timeline.place(change(second, &number.to_string(), state), line, &rules);
        timeline.roll(line - day - rules.lateness, &rules);
    }
    let kept = timeline.stretches();
    assert!((215..=435).contains(&kept), "{kept} of 26 hours, and as many ends of patience");
    assert!(size_of::<Timeline>() <= 256, "{}", size_of::<Timeline>());
}
