//! A walk over the names of the KPI definitions: each is in the report, in `/metrics` where there is a family for it, told by the
//! module that computes it, and proved by a scenario that fails without its booking. A name that has a gap fails.

use std::collections::BTreeSet;
use std::path::Path;

use contactpulse::event::{AbandonCause, CallbackResult, FlowCause, MissCause, TYPES};
use contactpulse::export::catalog::families;
use contactpulse::measure::{Anomaly, Measure, Patience};
use contactpulse::replay::Replay;
use contactpulse::rules::Rules;
use contactpulse::scenario::Scenario;
use contactpulse::time::{EventTime, Span};
use serde_json::Value;

use crate::mutants::STORY;
use crate::replay_laws::reports;

/// Where a figure stands in the report of a queue.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Now,
    Windows,
}
use Place::{Now, Windows};

/// A name of section 2, where it stands in the report, and the families that tell it.
type Name = (&'static str, Place, &'static [&'static str]);

/// Every KPI of queues, by the name that the definitions give it.
const NAMES: &[Name] = &[
    ("offered", Windows, &["contacts_offered_total", "window_contacts_offered"]),
    ("adopted", Windows, &["window_contacts_adopted"]),
    ("answered", Windows, &["contacts_answered_total", "window_contacts_answered"]),
    ("abandoned", Windows, &["contacts_abandoned_total", "window_contacts_abandoned"]),
    ("short_abandoned", Windows, &["contacts_abandoned_total", "window_contacts_short_abandoned"]),
    ("flowed_out", Windows, &["contacts_flowed_out_total", "window_contacts_flowed_out"]),
    ("blocked", Windows, &["contacts_blocked_total", "window_contacts_blocked"]),
    (
        "blockage_rate",
        Windows,
        &["window_blockage_rate_numerator", "window_blockage_rate_denominator", "window_blockage_rate_ratio"],
    ),
    (
        "service_level",
        Windows,
        &[
            "service_level_met_total",
            "service_level_counted_total",
            "window_contacts_service_level_met",
            "window_contacts_service_level_counted",
            "window_service_level_ratio",
        ],
    ),
    ("speed_of_answer", Windows, &["answer_wait_seconds", "window_speed_of_answer_seconds"]),
    ("customer_wait", Windows, &["window_customer_wait_seconds"]),
    ("time_to_abandon", Windows, &["abandon_wait_seconds", "window_time_to_abandon_seconds"]),
    (
        "abandonment_rate",
        Windows,
        &["window_abandonment_rate_numerator", "window_abandonment_rate_denominator", "window_abandonment_rate_ratio"],
    ),
    ("handle_time", Windows, &["handle_seconds", "window_handle_time_seconds"]),
    ("talk_time", Windows, &["talk_seconds", "window_talk_time_seconds"]),
    ("hold_time", Windows, &["hold_seconds", "window_hold_time_seconds"]),
    ("after_contact_time", Windows, &["after_contact_seconds", "window_after_contact_time_seconds"]),
    (
        "transfer_rate",
        Windows,
        &["window_transfer_rate_numerator", "window_transfer_rate_denominator", "window_transfer_rate_ratio"],
    ),
    ("transferred", Windows, &["contacts_transferred_total", "window_contacts_transferred"]),
    ("missed_alerts", Windows, &["window_contacts_missed_alerts"]),
    ("chat_first_response_time", Windows, &["window_chat_first_response_time_seconds"]),
    ("chat_reply_time", Windows, &["window_chat_reply_time_seconds"]),
    ("callbacks_requested", Windows, &["window_callbacks_requested"]),
    ("callbacks_attempted", Windows, &["window_callbacks_attempted"]),
    ("callback_wait", Windows, &["window_callback_wait_seconds"]),
    (
        "callback_success",
        Windows,
        &["window_callback_success_numerator", "window_callback_success_denominator", "window_callback_success_ratio"],
    ),
    ("callbacks_waiting", Now, &["callbacks_waiting"]),
    ("oldest_callback", Now, &["oldest_callback_seconds"]),
    ("waiting", Now, &["contacts_waiting"]),
    ("longest_wait", Now, &["longest_wait_seconds", "oldest_waiting_timestamp_seconds"]),
    ("in_service", Now, &["contacts_in_service"]),
    ("in_after_contact", Now, &["contacts_in_after_contact"]),
    ("volume", Windows, &["window_contacts_volume"]),
    ("expired", Windows, &["contacts_expired_total", "window_contacts_expired"]),
    ("wrap_timeout", Windows, &["window_contacts_wrap_timeout"]),
];

/// The contact events, and those of queues and feeds.
const EVENTS: [&str; 19] = [
    "contact.queued",
    "contact.alerting",
    "contact.alert_missed",
    "contact.answered",
    "contact.held",
    "contact.resumed",
    "contact.transferred",
    "contact.flowed_out",
    "contact.abandoned",
    "contact.blocked",
    "contact.message",
    "contact.callback_requested",
    "contact.callback_attempted",
    "contact.updated",
    "contact.ended",
    "contact.wrapped",
    "contact.snapshot",
    "queue.state_changed",
    "source.heartbeat",
];

/// Kinds of booking, each with the figures that have it in them.
const BOOKINGS: &[(Measure, &[&str])] = &[
    (Measure::Offered, &["offered"]),
    (Measure::Volume, &["volume"]),
    (Measure::Adopted, &["adopted"]),
    (Measure::Disowned, &["adopted"]),
    (
        Measure::Answered { wait: None, within: true },
        &["answered", "speed_of_answer", "service_level", "abandonment_rate"],
    ),
    (Measure::CustomerWait(Span::ZERO), &["customer_wait"]),
    (
        Measure::Abandoned { wait: None, patience: Patience::Short, cause: AbandonCause::Other },
        &["abandoned", "short_abandoned", "time_to_abandon", "abandonment_rate", "service_level"],
    ),
    (
        Measure::FlowedOut { cause: FlowCause::Other, within: true },
        &["flowed_out", "service_level", "abandonment_rate"],
    ),
    (Measure::PastThreshold, &["service_level"]),
    (Measure::Blocked, &["blocked", "blockage_rate"]),
    (Measure::StayExpired, &["expired"]),
    (Measure::TalkExpired, &["expired"]),
    (Measure::AnsweredByAgent, &["answered"]),
    (Measure::Talk(Span::ZERO), &["talk_time"]),
    (Measure::Hold(Span::ZERO), &["hold_time"]),
    (Measure::LegEnded { transferred: true }, &["transferred", "transfer_rate"]),
    (Measure::Handle(Span::ZERO), &["handle_time"]),
    (Measure::AfterContact(Span::ZERO), &["after_contact_time"]),
    (Measure::WrapTimeout, &["wrap_timeout"]),
    (Measure::MissedAlert(MissCause::Other), &["missed_alerts"]),
    (Measure::ChatFirstResponse(Span::ZERO), &["chat_first_response_time"]),
    (Measure::ChatReply(Span::ZERO), &["chat_reply_time"]),
    (Measure::CallbackRequested, &["callbacks_requested"]),
    (Measure::CallbackAttempted(CallbackResult::Reached), &["callbacks_attempted"]),
    (Measure::CallbackReached { wait: None }, &["callback_wait", "callback_success"]),
    (Measure::CallbackGivenUp, &["callback_success"]),
    (Measure::Odd(Anomaly::AfterTheEnd), &["anomalies"]),
];

/// Every scenario of the specification.
fn scenarios() -> Vec<Scenario> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let pulses = files.filter(|path| path.extension().is_some_and(|end| end == "pulse"));
    let parse = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        Scenario::parse(&path.display().to_string(), &text).unwrap_or_else(|problems| panic!("{problems:?}"))
    };
    pulses.map(parse).collect()
}

/// Whether a scenario claims that a figure of this name, or a part of it, is something.
fn claims(scenario: &Scenario, name: &str) -> bool {
    scenario.claims().any(|(figure, value)| is_of(figure, name) && !["0", "none"].contains(&value))
}

fn is_of(figure: &str, name: &str) -> bool {
    figure.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.') || rest.starts_with("_by"))
}

/// The figures that a scenario sees to be wrong where this kind of booking is left out.
fn seen_wrong(scenario: &Scenario, kind: &Measure) -> Vec<String> {
    let outcome = scenario.run_with(&|rules, when| {
        let mut replay = Replay::new(rules, 1, when);
        replay.leave_out(kind);
        replay
    });
    outcome.differences().iter().map(|difference| difference.figure().to_owned()).collect()
}

fn report() -> Value {
    let lines: Vec<Vec<u8>> = STORY.lines().map(|line| line.as_bytes().to_vec()).collect();
    reports(&lines, Rules::default(), 1, &[EventTime::parse("2026-03-02T10:00:00Z").unwrap()]).remove(0)
}

/// The names of an object's figures; break-downs and texts stand beside them.
fn figures(object: &Value) -> BTreeSet<&str> {
    let is_figure = |name: &&str| !name.ends_with("_by") && *name != "state";
    object.as_object().unwrap().keys().map(String::as_str).filter(is_figure).collect()
}

fn names_in(place: Place) -> BTreeSet<&'static str> {
    NAMES.iter().filter(|(_, own, _)| *own == place).map(|(name, _, _)| *name).collect()
}

#[test]
fn every_kpi_stands_in_the_report_under_its_name_and_no_other_does() {
    let report = report();
    let queue = &report["queues"]["sales"];
    assert_eq!(figures(&queue["now"]), names_in(Now));
    for (window, own) in queue["windows"].as_object().unwrap() {
        assert_eq!(figures(own), names_in(Windows), "{window}");
    }
    let presets: Vec<&String> =
        queue["windows"]["all"]["service_level"]["presets"].as_object().unwrap().keys().collect();
    assert_eq!(presets.len(), 6);
}

#[test]
fn every_kpi_has_its_metric_families_and_every_family_of_windows_its_kpi() {
    let known: BTreeSet<String> = families().into_iter().map(|family| family.name.into_owned()).collect();
    let told: BTreeSet<String> =
        NAMES.iter().flat_map(|(_, _, own)| own.iter()).map(|name| format!("contactpulse_{name}")).collect();
    assert_eq!(
        told.difference(&known).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "in the walk and not in the catalogue"
    );
    let of_windows = known.iter().filter(|name| name.starts_with("contactpulse_window_"));
    assert_eq!(of_windows.filter(|name| !told.contains(*name)).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn every_kpi_is_told_with_its_formula_in_the_doc_of_a_module_of_kpis() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/kpi");
    let sources: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    let docs =
        sources.iter().map(|source| source.lines().take_while(|line| line.starts_with("//!")).collect::<String>());
    let docs: String = docs.collect();
    for (name, _, _) in NAMES {
        let is_told = [format!("`{name}`"), format!("`{name} =")].iter().any(|told| docs.contains(told));
        assert!(is_told, "no module of src/kpi tells what `{name}` is");
    }
}

#[test]
fn every_event_of_contacts_queues_and_feeds_is_handled_counted_by_type_and_in_a_scenario() {
    assert_eq!(TYPES, EVENTS);
    let mut applied = BTreeSet::new();
    for scenario in scenarios() {
        let lines: Vec<Vec<u8>> = scenario.records().map(|record| record.as_bytes().to_vec()).collect();
        let end = EventTime::parse("2026-03-10T00:00:00Z").unwrap();
        let report = reports(&lines, scenario.rules().clone(), 1, &[end]).remove(0);
        applied.extend(report["events"]["applied_by"]["type"].as_object().unwrap().keys().cloned());
    }
    assert_eq!(applied, EVENTS.map(str::to_owned).into());
}

#[test]
fn every_kpi_has_a_scenario_that_gives_it_a_figure_and_a_booking_or_stands_for_what_is_now() {
    let scenarios = scenarios();
    for (name, place, _) in NAMES {
        assert!(scenarios.iter().any(|scenario| claims(scenario, name)), "no scenario gives `{name}` a figure");
        let is_booked = BOOKINGS.iter().any(|(_, figures)| figures.contains(name));
        assert_eq!(is_booked, *place == Windows, "{name}");
    }
}

#[test]
fn every_figure_that_a_booking_is_in_is_seen_to_be_wrong_by_a_scenario_where_the_booking_is_left_out() {
    let scenarios = scenarios();
    for (kind, figures) in BOOKINGS {
        let mut unseen: BTreeSet<&str> = figures.iter().copied().collect();
        for scenario in &scenarios {
            if unseen.iter().any(|name| scenario.claims().any(|(figure, _)| is_of(figure, name))) {
                let wrong = seen_wrong(scenario, kind);
                unseen.retain(|name| !wrong.iter().any(|figure| is_of(figure, name)));
            }
        }
        assert!(unseen.is_empty(), "nobody sees that {kind:?} is left out of {unseen:?}");
    }
}
