//! The program under test, as the property tests see it: lines in, what is seen at each moment out.

use std::collections::BTreeMap;
use std::sync::Arc;

use contactpulse::calendar::{Calendar, Plan};
use contactpulse::event::{Status, Thousandths};
use contactpulse::kpi::books_drift;
use contactpulse::measure::{Measure, SlaTarget};
use contactpulse::replay::{Reading, Replay, When};
use contactpulse::report::report;
use contactpulse::rules::{
    AfterContact, AgentRules, ByChannel, Clock, Complaints, Filter, FirstResponseFrom, Policy, Preset, Promise,
    QueueRules, Rules, Scale, ServiceLevel, SurveyRules, TicketRules, Window, Windows,
};
use contactpulse::time::{EventTime, Span};
use jiff::tz::TimeZone;
use serde_json::Value;
use wildmatch::WildMatch;

use crate::model::hours::{self, Hours};
use crate::model::policies;
use crate::model::{self, Settings};

/// The reports at these moments, which rise.
pub fn replay(lines: &[Value], settings: &Settings, at: &[i64], shards: usize) -> Vec<Value> {
    read(lines, settings, at, shards, |reading| report(&reading.view, reading.books, reading.rules, reading.at))
}

/// The same where before some of the lines every state is handed over.
pub fn replay_handed_over(
    lines: &[Value],
    settings: &Settings,
    at: &[i64],
    shards: usize,
    mut is_handed_over: impl FnMut() -> bool,
) -> Vec<Value> {
    let see = |reading: Reading<'_>| report(&reading.view, reading.books, reading.rules, reading.at);
    read_between(lines, settings, at, shards, see, |replay| {
        if is_handed_over() {
            replay.hand_over().expect("a state that was just written");
        }
    })
}

/// The reports of a program that leaves out bookings of one kind.
pub fn replay_without(kind: &Measure, lines: &[Value], settings: &Settings, at: &[i64]) -> Vec<Value> {
    let see = |reading: Reading<'_>| report(&reading.view, reading.books, reading.rules, reading.at);
    read_between(lines, settings, at, 1, see, |replay| replay.leave_out(kind))
}

/// What is seen at these moments, which rise.
pub fn read<T>(
    lines: &[Value],
    settings: &Settings,
    at: &[i64],
    shards: usize,
    see: impl FnMut(Reading<'_>) -> T,
) -> Vec<T> {
    read_between(lines, settings, at, shards, see, |_| {})
}

/// The same with something done before each line.
fn read_between<T>(
    lines: &[Value],
    settings: &Settings,
    at: &[i64],
    shards: usize,
    mut see: impl FnMut(Reading<'_>) -> T,
    mut before: impl FnMut(&mut Replay),
) -> Vec<T> {
    let mut seen = Vec::new();
    let mut show = |reading: Reading<'_>| seen.push(see(reading));
    let at = at.iter().map(|ms| EventTime::from_millis(*ms)).collect();
    let mut replay = Replay::new(Arc::new(rules(settings)), shards, When::At(at));
    for line in lines {
        before(&mut replay);
        replay.line(line.to_string().as_bytes(), &mut show).expect("the generators make no garbage");
    }
    replay.finish(&mut show);
    seen
}

/// How far the books are off, each queue and channel by itself, as the program itself checks them.
pub fn drift(reading: &Reading<'_>) -> u64 {
    let all = reading.view.windows.iter().position(|window| *window == Window::All).expect("`all` is kept");
    let series = reading.view.queues.values().flat_map(BTreeMap::values);
    series.map(|series| books_drift(&series.tallies[all], &series.now)).sum()
}

/// The model's settings as rules.
fn rules(settings: &Settings) -> Rules {
    let span = Span::from_millis;
    let spans = |named: &BTreeMap<String, i64>| named.iter().map(|(name, ms)| (name.clone(), span(*ms))).collect();
    let mut rules = Rules {
        lateness: span(settings.lateness),
        contact_ttl: ByChannel { default: span(settings.contact_ttl), named: spans(&settings.channel_ttls) },
        after_contact: if settings.wraps_are_told { AfterContact::Events } else { AfterContact::None },
        after_contact_max: span(settings.after_contact_max),
        windows: Windows { slot: span(settings.slot), kept: settings.windows.iter().map(window).collect() },
        ..Rules::default()
    };
    rules.tickets = ticket_rules(settings);
    rules.agents = agent_rules(settings);
    rules.surveys = survey_rules(settings);
    rules.policies = settings.policies.iter().map(policy).collect();
    rules.calendars = hours::CALENDARS.iter().map(|hours| (hours.name.to_owned(), Arc::new(calendar(hours)))).collect();
    rules.day.start = span(settings.day_start);
    rules.service_level.threshold = span(settings.threshold);
    rules.service_level.short_abandon = span(settings.short_abandon);
    rules.service_level.preset = preset(settings.preset);
    for (name, threshold) in &settings.thresholds {
        let service_level = ServiceLevel { threshold: span(*threshold), ..rules.service_level };
        let day = rules.day.clone();
        let queue = QueueRules { channels: vec!["voice".to_owned()], ..QueueRules::new(service_level, day) };
        rules.queues.insert(name.clone(), queue);
    }
    for ((name, channel), threshold) in &settings.channel_thresholds {
        let own = rules.queues.get_mut(name).expect("a queue with a threshold of its own");
        let service_level = ServiceLevel { threshold: span(*threshold), ..own.service_level };
        own.by_channel.insert(channel.clone(), service_level);
    }
    rules
}

fn ticket_rules(settings: &Settings) -> TicketRules {
    let status = |name: &str| Status::ALL.into_iter().find(|status| status.name() == name).expect("one of the three");
    TicketRules {
        ttl: Span::from_millis(settings.ticket_ttl),
        first_response_from: match settings.first_response_from_handover {
            true => FirstResponseFrom::HandedOver,
            false => FirstResponseFrom::Created,
        },
        response_within: Span::from_millis(settings.response_within),
        statuses: settings.statuses.iter().map(|(word, name)| (word.clone(), status(name))).collect(),
        complaints: Complaints {
            reasons: settings.complaint_reasons.clone(),
            tags: settings.complaint_tags.clone(),
            due: Span::from_millis(settings.complaint_due),
        },
    }
}

fn agent_rules(settings: &Settings) -> AgentRules {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let (own, productive) = (names(&settings.own_states), names(&settings.productive));
    AgentRules::new(Span::from_millis(settings.agent_ttl), &own, &productive)
}

fn survey_rules(settings: &Settings) -> SurveyRules {
    SurveyRules {
        ttl: Span::from_millis(settings.survey_ttl),
        is_served_remembered: settings.remembers_served,
        csat: scale(settings.csat),
        ces: scale(settings.ces),
        cx: scale(settings.cx),
        ..SurveyRules::default()
    }
}

fn policy(of: &policies::Policy) -> Policy {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Policy {
        name: of.name.to_owned(),
        filter: Filter {
            queues: of.queues.iter().map(|pattern| WildMatch::new(pattern)).collect(),
            channels: names(&of.channels),
            priorities: names(&of.priorities),
            tags: names(&of.tags),
        },
        calendar: of.hours.map(|hours| hours.name.to_owned()),
        promises: of.promises.iter().map(promise).collect(),
    }
}

fn promise(of: &policies::Promise) -> (SlaTarget, Promise) {
    let target = SlaTarget::ALL.into_iter().find(|target| target.name() == of.target).expect("one of the eight");
    let clock = if of.in_hours { Clock::Business } else { Clock::Calendar };
    let (within, warn_before) = (Span::from_millis(of.within), Span::from_millis(of.warn_before));
    (target, Promise { within, clock, warn_before })
}

fn calendar(of: &Hours) -> Calendar {
    let minutes = |minutes: i64| u16::try_from(minutes).expect("at most two days");
    let day = |hours: &[(i64, i64)]| hours.iter().map(|(open, close)| minutes(*open)..minutes(*close)).collect();
    let weekly = [0, 1, 2, 3, 4, 5, 6].map(|weekday| day(if weekday < 5 { of.weekdays } else { of.weekend }));
    Calendar::new(Plan { zone: TimeZone::UTC, weekly, special: BTreeMap::new() })
}

fn scale(of: model::Scale) -> Scale {
    let thousandths = |(from, to): (i64, i64)| (Thousandths(from), Thousandths(to));
    Scale { all: thousandths(of.all), good: of.good.map(thousandths) }
}

fn preset(name: &str) -> Preset {
    Preset::ALL.into_iter().find(|preset| preset.name() == name).expect("the presets have the names of the contract")
}

fn window((_, window): &(String, model::Window)) -> Window {
    let span = Span::from_millis;
    match *window {
        model::Window::Sliding(ms) => Window::Sliding(span(ms)),
        model::Window::Today => Window::Today,
        model::Window::This(ms) => Window::This(span(ms)),
        model::Window::Last(ms) => Window::Last(span(ms)),
        model::Window::All => Window::All,
    }
}
