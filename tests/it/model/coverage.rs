//! What the random streams reach: a generator that no longer makes some kind of life would let every test pass.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::contact::Place;
use super::event::{TYPES, time_of};
use super::lives::Stream;
use super::naive::{bookings, is_told_by, now, report};
use super::policies::{POLICIES, Policy, Promise, TARGETS};
use super::{HOUR, MINUTE, SECOND, Settings};

const STREAMS: u64 = 600;

/// Everything that is counted anywhere, and the oddities that the recount notes.
const MUST_HAPPEN: &str = "
    queue offered, queue adopted, queue volume, queue answered, queue a, queue b, queue s, queue f, queue c, queue past,
    queue speed_of_answer, queue customer_wait, queue short_abandoned, queue time_to_abandon, queue abandoned customer,
    queue abandoned system, queue abandoned inactivity, queue abandoned other, queue flowed_out callback,
    queue flowed_out voicemail, queue flowed_out overflow, queue flowed_out timeout, queue flowed_out key,
    queue flowed_out no_agents, queue flowed_out served_elsewhere, queue flowed_out other, queue blocked, queue expired,
    queue talk_time, queue hold_time, queue handle_time, queue after_contact_time, queue transferred, queue not_transferred,
    queue wrap_timeout, queue missed_alerts no_answer, queue missed_alerts rejected, queue chat_first_response_time,
    queue chat_reply_time, queue callbacks_requested, queue callbacks_attempted reached, queue callbacks_attempted no_answer,
    queue callbacks_attempted failed, queue callback_reached, queue callback_given_up, queue callback_wait, agent answered,
    agent handle_time, agent missed_alerts no_answer, agent missed_alerts rejected, books after_the_end,
    books answered_twice, books alerted_twice, books missed_without_alert, books callback_not_requested,
    books cause_told_later, books talk_expired, agent assignment, agent ces good, agent ces neutral, agent csat good,
    agent csat neutral, agent cx_rating neutral, agent first_response_time, agent nps bad, agent nps good, agent nps neutral,
    agent resolved again, agent resolved first, agent review_max_points, agent review_points, books created_twice,
    books score_out_of_scale, books unknown_state, books unknown_status, queue answered_survey ces,
    queue answered_survey csat, queue answered_survey cx, queue answered_survey nps, queue ces good, queue ces neutral,
    queue closed, queue created, queue csat good, queue csat neutral, queue cx_rating neutral, queue deleted deleted,
    queue deleted merged, queue deleted other, queue deleted spam, queue deleted_open, queue escalated,
    queue escalated_first, queue first_response_time, queue moved_in, queue moved_out, queue not_responded, queue nps bad,
    queue nps good, queue nps neutral, queue opened_before, queue reopened, queue reopened_first, queue replies_at_resolve,
    queue reply_time, queue resolution_active again, queue resolution_active first, queue resolution_time again,
    queue resolution_time first, queue resolved again, queue resolved first, queue resolved_unreplied, queue responded,
    queue review_max_points, queue review_points, queue reviewed, queue surveys_sent ces, queue surveys_sent csat,
    queue surveys_sent cx, queue surveys_sent nps, queue surveys_sent other, queue tickets_expired, complaints closed,
    complaints created, complaints deleted, complaints deleted_open, complaints escalated, complaints escalated_first,
    complaints first_response_time, complaints in_time, complaints moved_in, complaints moved_out, complaints not_responded,
    complaints opened_before, complaints overdue, complaints reopened, complaints reopened_first,
    complaints replies_at_resolve, complaints reply_time, complaints resolution_active, complaints resolution_time,
    complaints resolved, complaints resolved_unreplied, complaints responded, complaints tickets_expired, complaints volume";

/// How each promise is seen to go.
const PROMISES_GO: [&str; 3] = ["promise_met", "promise_breached", "promise_reversed"];

/// What pauses, and what had passed before a snapshot told of it.
const PROMISES_REST: [&str; 4] = [
    "books promise_paused requester_wait",
    "books promise_paused agent_work",
    "books promise_passed_before",
    "books in_question",
];

/// Everything that becomes of promises: by target and by policy.
fn must_become_of_promises() -> BTreeSet<String> {
    let by_target = PROMISES_GO.into_iter().flat_map(|what| TARGETS.map(|target| format!("queue {what} {target}")));
    let by_policy =
        PROMISES_GO.into_iter().flat_map(|what| POLICIES.map(|policy| format!("queue {what}_by_policy {policy}")));
    by_target.chain(by_policy).chain(PROMISES_REST.map(str::to_owned)).collect()
}

#[test]
fn the_streams_reach_everything_that_is_counted() {
    let mut reached: BTreeMap<String, usize> = BTreeMap::new();
    for stream in (0..4 * STREAMS).map(Stream::of) {
        for booking in bookings(&stream.lines, &stream.settings, i64::MAX / 2) {
            let place = match booking.place {
                Place::Queue(_) => "queue",
                Place::Agent(_) => "agent",
                Place::Complaints(_) => "complaints",
                Place::Books => "books",
            };
            let part = if place == "complaints" { "" } else { booking.part };
            let what = format!("{place} {} {part}", booking.what);
            *reached.entry(what.trim_end().to_owned()).or_default() += 1;
        }
    }
    println!("{} streams: {reached:#?}", 4 * STREAMS);
    let wanted = MUST_HAPPEN.split(',').map(|what| what.trim().to_owned());
    let wanted: BTreeSet<String> = wanted.chain(must_become_of_promises()).collect();
    assert_eq!(reached.keys().cloned().collect::<BTreeSet<_>>(), wanted);
    assert!(reached.values().all(|times| *times >= 5), "{reached:#?}");
}

#[test]
fn the_streams_are_read_while_contacts_wait_and_talk_and_tickets_and_agents_are_there() {
    let figures =
        ["waiting", "in_service", "in_after_contact", "callbacks_waiting", "backlog", "unassigned", "awaiting_reply"];
    let mut open = BTreeMap::from(figures.map(|name| (name, 0)));
    for mut stream in (0..STREAMS).map(Stream::of) {
        for t in stream.whole_minutes(5) {
            let now = now(&stream.lines, &stream.settings, t);
            for (name, total) in &mut open {
                *total += now[*name].as_u64().expect("a count");
            }
        }
    }
    println!("open at the readings: {open:?}");
    assert!(open.values().all(|total| *total >= 50), "{open:?}");
}

/// Each setting off by a little is a program with a wrong comparison somewhere; some stream must tell.
#[test]
fn the_streams_come_so_near_to_every_limit_that_a_second_more_shows() {
    type Change = fn(&mut Settings);
    let off: [(&str, Change); 15] = [
        ("lateness", |settings| settings.lateness += SECOND),
        ("threshold", |settings| settings.threshold += SECOND),
        ("threshold of one queue", |settings| *settings.thresholds.get_mut("tech").expect("set") -= SECOND),
        ("threshold of a channel", |settings| *settings.channel_thresholds.values_mut().next().expect("set") += SECOND),
        ("short_abandon", |settings| settings.short_abandon += SECOND),
        ("contact_ttl", |settings| settings.contact_ttl += SECOND),
        ("contact_ttl of a channel", |settings| *settings.channel_ttls.get_mut("chat").expect("set") -= SECOND),
        ("after_contact_max", |settings| settings.after_contact_max += SECOND),
        ("after_contact", |settings| settings.wraps_are_told ^= true),
        ("response_within", |settings| settings.response_within += SECOND),
        ("first_response_from", |settings| settings.first_response_from_handover ^= true),
        ("complaint_due", |settings| settings.complaint_due += SECOND),
        ("ticket_ttl", |settings| settings.ticket_ttl += SECOND),
        ("survey_ttl", |settings| settings.survey_ttl += SECOND),
        ("memory of who served", |settings| settings.remembers_served ^= true),
    ];
    for (name, change) in off {
        let shows = |seed: u64| {
            let stream = Stream::of(seed);
            let mut changed = stream.settings.clone();
            change(&mut changed);
            let booked = |settings| bookings(&stream.lines, settings, i64::MAX / 2);
            booked(&stream.settings) != booked(&changed)
        };
        assert!((0..2 * STREAMS).any(shows), "no stream depends on {name}");
    }
}

/// Every promise of the settings.
fn promises(settings: &mut Settings) -> impl Iterator<Item = &mut Promise> {
    settings.policies.iter_mut().flat_map(|policy| &mut policy.promises)
}

#[test]
fn the_streams_come_so_near_to_what_is_promised_that_a_second_more_or_another_filter_shows() {
    fn policies(settings: &mut Settings) -> impl Iterator<Item = &mut Policy> {
        settings.policies.iter_mut()
    }
    type Change = fn(&mut Settings);
    let off: [(&str, Change); 9] = [
        ("a second more", |settings| promises(settings).for_each(|own| own.within += SECOND)),
        ("a second less", |settings| promises(settings).for_each(|own| own.within -= SECOND)),
        ("clocks", |settings| promises(settings).for_each(|own| own.in_hours ^= true)),
        ("hours", |settings| policies(settings).for_each(|own| own.hours = None)),
        ("queues", |settings| policies(settings).for_each(|own| own.queues.clear())),
        ("channels", |settings| policies(settings).for_each(|own| own.channels.clear())),
        ("priorities", |settings| policies(settings).for_each(|own| own.priorities.clear())),
        ("tags", |settings| policies(settings).for_each(|own| own.tags.clear())),
        ("order", |settings| settings.policies.reverse()),
    ];
    for (name, change) in off {
        let shows = |seed: u64| {
            let stream = Stream::of(seed);
            let mut changed = stream.settings.clone();
            change(&mut changed);
            let booked = |settings| bookings(&stream.lines, settings, i64::MAX / 2);
            booked(&stream.settings) != booked(&changed)
        };
        assert!((0..STREAMS).filter(|seed| shows(*seed)).count() >= 10, "few streams depend on {name}");
    }
    for target in TARGETS {
        let shows = |seed: u64| {
            let stream = Stream::of(seed);
            let mut changed = stream.settings.clone();
            promises(&mut changed).filter(|own| own.target == target).for_each(|own| own.within += SECOND);
            let booked = |settings| bookings(&stream.lines, settings, i64::MAX / 2);
            booked(&stream.settings) != booked(&changed)
        };
        assert!((0..STREAMS).any(shows), "no stream depends on a second of {target}");
    }
}

#[test]
fn the_streams_are_read_while_promises_are_open_at_risk_and_broken() {
    let mut read = BTreeMap::<(&str, &str), u64>::new();
    for mut stream in (0..2 * STREAMS).map(Stream::of) {
        for t in stream.whole_minutes(5) {
            let now = now(&stream.lines, &stream.settings, t);
            let policies = now["sla"].as_object().into_iter().flatten();
            for (target, figures) in policies.flat_map(|(_, own)| TARGETS.map(|target| (target, own[target].clone()))) {
                for name in ["open", "at_risk", "breached_open"] {
                    *read.entry((target, name)).or_default() += figures[name].as_u64().expect("a count");
                }
            }
        }
    }
    println!("promises at the readings: {read:?}");
    assert!(read.values().all(|total| *total >= 5), "{read:?}");
}

#[test]
fn the_streams_are_read_so_near_to_warnings_that_a_minute_more_shows() {
    let shows = |seed: u64| {
        let mut stream = Stream::of(seed);
        let mut changed = stream.settings.clone();
        promises(&mut changed).for_each(|own| own.warn_before += MINUTE);
        let at = stream.whole_minutes(5);
        at.into_iter().any(|t| now(&stream.lines, &stream.settings, t) != now(&stream.lines, &changed, t))
    };
    assert!((0..STREAMS).filter(|seed| shows(*seed)).count() >= 10);
}

#[test]
fn the_streams_come_so_near_to_the_start_of_the_day_that_an_hour_more_shows() {
    let shows = |seed: u64| {
        let mut stream = Stream::of(seed);
        let changed = Settings { day_start: HOUR, ..stream.settings.clone() };
        let at = stream.whole_minutes(5);
        let shows_at = |t| !is_told_by(&stream.lines, &changed, t, &report(&stream.lines, &stream.settings, t));
        at.into_iter().any(shows_at)
    };
    assert!((0..STREAMS).any(shows));
}

#[test]
fn the_streams_come_so_near_to_the_limits_of_agents_that_a_second_more_shows() {
    type Change = fn(&mut Settings);
    let off: [(&str, Change); 3] = [
        ("agent_ttl", |settings| settings.agent_ttl += SECOND),
        ("lateness, before which no change holds", |settings| settings.lateness += SECOND),
        ("productive states", |settings| settings.productive.clear()),
    ];
    for (name, change) in off {
        let shows = |seed: u64| {
            let stream = Stream::of(seed);
            let mut changed = stream.settings.clone();
            change(&mut changed);
            let agents = |settings| report(&stream.lines, settings, stream.end())["agents"].clone();
            agents(&stream.settings) != agents(&changed)
        };
        assert!((0..STREAMS).any(shows), "no stream depends on {name}");
    }
}

#[test]
fn every_type_of_event_is_told_often() {
    let mut told: BTreeMap<&str, usize> = TYPES.iter().map(|name| (*name, 0)).collect();
    for stream in (0..STREAMS).map(Stream::of) {
        for line in &stream.lines {
            told.entry(type_of(line).unwrap_or("other")).and_modify(|times| *times += 1);
        }
    }
    println!("{STREAMS} streams: {told:#?}");
    assert!(told.values().all(|times| *times >= 20), "{told:#?}");
}

/// `None`: not handled.
fn type_of(line: &Value) -> Option<&'static str> {
    TYPES.iter().copied().find(|name| line["type"] == *name)
}

#[test]
fn a_seed_always_gives_the_same_stream_and_ids_are_unique() {
    for seed in 0..STREAMS {
        let (mut stream, mut again) = (Stream::of(seed), Stream::of(seed));
        assert_eq!(stream.lines, again.lines);
        assert_eq!(stream.whole_minutes(5), again.whole_minutes(5));
        assert_eq!(stream.in_disorder(20), again.in_disorder(20));
        let ids: BTreeSet<&str> = stream.lines.iter().filter_map(|line| line["id"].as_str()).collect();
        assert_eq!(ids.len(), stream.lines.len());
    }
}

#[test]
fn disorder_is_real_and_within_lateness_and_loses_no_line() {
    let mut out_of_order = 0;
    for mut stream in (0..STREAMS).map(Stream::of) {
        let arriving = stream.in_disorder(100);
        assert_eq!(arriving.len(), 2 * stream.lines.len());
        let mut watermark = i64::MIN;
        for line in &arriving {
            let time = time_of(&line["time"]).expect("a time");
            assert!(watermark.saturating_sub(stream.settings.lateness) < time, "late: {line}");
            out_of_order += usize::from(time < watermark);
            watermark = watermark.max(time);
        }
    }
    assert!(out_of_order > 1_000, "{out_of_order}");
}

#[test]
fn late_lines_are_late() {
    let mut late = BTreeMap::<&str, usize>::new();
    for mut stream in (0..STREAMS).map(Stream::of) {
        let arriving = stream.with_late_lines(40);
        let mut watermark = i64::MIN;
        for line in &arriving {
            let time = time_of(&line["time"]).expect("a time");
            if time < watermark.saturating_sub(stream.settings.lateness)
                && let Some(kind) = type_of(line)
            {
                *late.entry(kind).or_default() += 1;
            }
            watermark = watermark.max(time);
        }
    }
    println!("late lines: {late:#?}");
    assert!(TYPES.iter().all(|kind| late.contains_key(kind)), "{late:#?}");
    assert!(late.values().sum::<usize>() > 500, "{late:#?}");
}
