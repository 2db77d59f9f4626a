//! A walk over the names of the KPI definitions: each is in the report, in `/metrics` where there is a family for it, told by the
//! module that computes it, and proved by a scenario that fails without its booking. A name that has a gap fails.

use std::collections::BTreeSet;
use std::path::Path;

use contactpulse::config::{Config, REFERENCE};
use contactpulse::event::{
    AbandonCause, CallbackResult, DeleteCause, FlowCause, MissCause, SurveyKind, TYPES, Thousandths,
};
use contactpulse::export::catalog::families;
use contactpulse::id::PolicyId;
use contactpulse::measure::{Anomaly, Measure, Mood, Patience, Rating, SlaResult, SlaTarget, TicketTime};
use contactpulse::replay::{Reading, Replay, When};
use contactpulse::report::report as report_of;
use contactpulse::rules::Rules;
use contactpulse::scenario::Scenario;
use contactpulse::time::{EventTime, Span};
use serde_json::Value;

use crate::mutants::{STORY, TICKET_STORY, lines, metrics};
use crate::replay_laws::reports;
use crate::support::scrape::Scraped;
use crate::targets::judged;

/// Where a figure stands in the report of a queue.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Now,
    Windows,
}
use Place::{Now, Windows};

/// A name of sections 2, 3 and 7, where it stands in the report, and the families that tell it.
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
    (
        "sla_attainment",
        Windows,
        &[
            "sla_targets_total",
            "window_sla_attainment_numerator",
            "window_sla_attainment_denominator",
            "window_sla_attainment_ratio",
        ],
    ),
    ("breach_reversed", Windows, &["window_sla_breach_reversed"]),
    ("created", Windows, &["tickets_created_total", "window_tickets_created"]),
    ("resolved", Windows, &["tickets_resolved_total", "window_tickets_resolved"]),
    ("reopened", Windows, &["tickets_reopened_total", "window_tickets_reopened"]),
    ("closed", Windows, &["tickets_closed_total", "window_tickets_closed"]),
    ("deleted", Windows, &["tickets_deleted_total", "window_tickets_deleted"]),
    ("escalated", Windows, &["tickets_escalated_total", "window_tickets_escalated"]),
    ("resolved_unreplied", Windows, &["window_tickets_resolved_unreplied"]),
    ("opened_before", Windows, &["window_tickets_opened_before"]),
    ("moved_in", Windows, &["window_tickets_moved_in"]),
    ("moved_out", Windows, &["window_tickets_moved_out"]),
    ("deleted_open", Windows, &["window_tickets_deleted_open"]),
    ("tickets_expired", Windows, &["tickets_expired_total", "window_tickets_expired"]),
    ("backlog", Now, &["tickets_backlog"]),
    ("unassigned", Now, &["tickets_unassigned"]),
    ("awaiting_reply", Now, &["tickets_awaiting_reply"]),
    ("agents", Now, &["queue_agents"]),
    ("oldest_awaiting", Now, &["oldest_awaiting_seconds"]),
    ("estimated_wait", Now, &["estimated_wait_seconds", "estimated_wait_error_seconds"]),
    ("first_response_time", Windows, &["first_response_seconds", "window_first_response_time_seconds"]),
    ("reply_time", Windows, &["reply_seconds", "window_reply_time_seconds"]),
    ("resolution_time", Windows, &["resolution_seconds", "window_resolution_time_seconds"]),
    (
        "resolution_rate",
        Windows,
        &["window_resolution_rate_numerator", "window_resolution_rate_denominator", "window_resolution_rate_ratio"],
    ),
    (
        "response_rate",
        Windows,
        &["window_response_rate_numerator", "window_response_rate_denominator", "window_response_rate_ratio"],
    ),
    (
        "replies_per_resolution",
        Windows,
        &[
            "window_replies_per_resolution_numerator",
            "window_replies_per_resolution_denominator",
            "window_replies_per_resolution_ratio",
        ],
    ),
    (
        "escalation_rate",
        Windows,
        &["window_escalation_rate_numerator", "window_escalation_rate_denominator", "window_escalation_rate_ratio"],
    ),
    (
        "reopen_rate",
        Windows,
        &["window_reopen_rate_numerator", "window_reopen_rate_denominator", "window_reopen_rate_ratio"],
    ),
    (
        "complaints",
        Windows,
        &[
            "window_complaints_created",
            "window_complaints_resolved",
            "window_complaints_resolution_time_seconds",
            "window_complaints_overdue_rate_numerator",
            "window_complaints_overdue_rate_denominator",
            "window_complaints_overdue_rate_ratio",
        ],
    ),
    ("surveys_sent", Windows, &["window_surveys_sent"]),
    (
        "survey_response_rate",
        Windows,
        &[
            "surveys_answered_total",
            "window_survey_response_rate_numerator",
            "window_survey_response_rate_denominator",
            "window_survey_response_rate_ratio",
        ],
    ),
    (
        "csat",
        Windows,
        &[
            "window_csat_numerator",
            "window_csat_denominator",
            "window_csat_ratio",
            "window_csat_points",
            "window_csat_score",
        ],
    ),
    (
        "ces",
        Windows,
        &[
            "window_ces_numerator",
            "window_ces_denominator",
            "window_ces_ratio",
            "window_ces_points",
            "window_ces_score",
        ],
    ),
    (
        "nps",
        Windows,
        &[
            "window_surveys_nps_promoters",
            "window_surveys_nps_passives",
            "window_surveys_nps_detractors",
            "window_nps_score",
        ],
    ),
    ("cx_rating", Windows, &["window_cx_rating_denominator", "window_cx_rating_points", "window_cx_rating_score"]),
    (
        "quality_score",
        Windows,
        &["window_quality_score_numerator", "window_quality_score_denominator", "window_quality_score_ratio"],
    ),
    (
        "review_coverage",
        Windows,
        &["window_review_coverage_numerator", "window_review_coverage_denominator", "window_review_coverage_ratio"],
    ),
];

/// Every event, in order of rank.
const EVENTS: [&str; 35] = [
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
    "ticket.created",
    "ticket.assigned",
    "ticket.handed_over",
    "ticket.replied",
    "ticket.status_changed",
    "ticket.updated",
    "ticket.escalated",
    "ticket.resolved",
    "ticket.reopened",
    "ticket.closed",
    "ticket.deleted",
    "ticket.snapshot",
    "agent.state_changed",
    "queue.state_changed",
    "source.heartbeat",
    "survey.sent",
    "survey.answered",
    "quality.scored",
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
    (Measure::Handle(Span::ZERO), &["handle_time", "review_coverage"]),
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

/// Likewise of tickets, and of what is said of them.
const TICKET_BOOKINGS: &[(Measure, &[&str])] = &[
    (Measure::TicketCreated, &["created", "volume", "resolution_rate", "escalation_rate", "complaints"]),
    (Measure::TicketAdopted, &["opened_before"]),
    (Measure::TicketDisowned, &["opened_before"]),
    (Measure::MovedIn, &["moved_in"]),
    (Measure::MovedOut, &["moved_out"]),
    (
        Measure::Resolved { again: false },
        &["resolved", "resolution_rate", "reopen_rate", "review_coverage", "complaints"],
    ),
    (Measure::ResolutionTime { calendar: Span::ZERO, active: Span::ZERO, again: false }, &["resolution_time"]),
    (Measure::RepliesAtResolve(0), &["replies_per_resolution"]),
    (Measure::ResolvedUnreplied, &["resolved_unreplied"]),
    (Measure::Reopened { first: true }, &["reopened", "reopen_rate"]),
    (Measure::TicketClosed, &["closed"]),
    (Measure::TicketDeleted { cause: DeleteCause::Other, open: true }, &["deleted", "deleted_open"]),
    (Measure::TicketExpired, &["tickets_expired"]),
    (Measure::Escalated { first: true }, &["escalated", "escalation_rate"]),
    (Measure::FirstResponse(Span::ZERO), &["first_response_time"]),
    (Measure::TicketReply(Span::ZERO), &["reply_time"]),
    (Measure::ResponseDecided { within: true }, &["response_rate"]),
    (Measure::ComplaintDecided { overdue: true }, &["complaints"]),
    (Measure::AssignedToAgent, &["resolution_rate"]),
    (Measure::SurveySent(None), &["surveys_sent", "survey_response_rate"]),
    (Measure::Rated(SurveyKind::Csat, RATING), &["csat", "nps", "ces", "cx_rating", "survey_response_rate"]),
    (Measure::Reviewed, &["review_coverage"]),
    (Measure::Scored { points: Thousandths(0), max_points: Thousandths(0) }, &["quality_score"]),
];

const RATING: Rating = Rating { score: Thousandths(0), mood: Mood::Good };

/// Likewise of promises, and of what is told in business time: where policies and calendars are.
const PROMISE_BOOKINGS: &[(Measure, &[&str])] = &[
    (
        Measure::Promise { policy: PolicyId(0), target: SlaTarget::Answer, result: SlaResult::Met },
        &["sla_attainment", "breach_reversed"],
    ),
    (Measure::BusinessTime(TicketTime::Reply, Span::ZERO), &["first_response_time", "reply_time", "resolution_time"]),
];

/// Every kind of booking.
fn bookings() -> impl Iterator<Item = &'static (Measure, &'static [&'static str])> {
    BOOKINGS.iter().chain(TICKET_BOOKINGS).chain(PROMISE_BOOKINGS)
}

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
    reports(&lines(STORY), Rules::default(), 1, &[EventTime::parse("2026-03-02T10:00:00Z").unwrap()]).remove(0)
}

/// Where the story of tickets shows a figure of everything that was booked: in one of its queues, or of its agent.
fn told_by_the_story(report: &Value, name: &str) -> [Value; 3] {
    let places = [&report["queues"]["help"], &report["queues"]["tech"], &report["agents"]["ann"]];
    places.map(|place| place["windows"]["all"][name].clone())
}

/// The report of the story of tickets, read when it is over, without one kind of booking.
fn ticket_report(left_out: Option<&Measure>) -> Value {
    let at = EventTime::parse("2026-03-03T10:00:00Z").unwrap();
    let mut replay = Replay::new(Rules::default().into(), 1, When::At(vec![at]));
    left_out.into_iter().for_each(|kind| replay.leave_out(kind));
    for line in lines(TICKET_STORY) {
        replay.line(&line, &mut |_| {}).unwrap();
    }
    let mut report = Value::Null;
    replay.finish(&mut |reading| report = report_of(&reading.view, reading.books, reading.rules, reading.at));
    report
}

/// The names of an object's figures; break-downs and texts stand beside them.
fn figures(object: &Value) -> BTreeSet<&str> {
    let is_figure = |name: &&str| !name.ends_with("_by") && !["state", "open"].contains(name);
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
fn every_event_is_handled_counted_by_type_and_in_a_scenario() {
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
        let is_booked = bookings().any(|(_, figures)| figures.contains(name));
        assert_eq!(is_booked, *place == Windows, "{name}");
    }
}

#[test]
fn every_figure_that_a_booking_is_in_is_seen_to_be_wrong_by_a_scenario_where_the_booking_is_left_out() {
    let scenarios = scenarios();
    for (kind, figures) in bookings() {
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

#[test]
fn every_figure_of_tickets_changes_where_a_booking_that_is_in_it_is_left_out_of_a_story() {
    let whole = ticket_report(None);
    for (kind, figures) in TICKET_BOOKINGS {
        let lacking = ticket_report(Some(kind));
        for name in *figures {
            let pair = [&whole, &lacking].map(|report| told_by_the_story(report, name));
            assert_ne!(pair[0], pair[1], "nobody sees that {kind:?} is left out of {name}");
        }
    }
}

/// A word of the template of a target: what is typed behind it, what the report has, and the family that tells it.
type Word = (&'static str, &'static str, &'static str, Option<&'static str>);

/// Every word of the template that a target may have. What a number of a family is, is what the report has.
const TEMPLATE: [Word; 9] = [
    ("target", "30", "30.0", Some("contactpulse_kpi_target")),
    ("warning", "\"45s\"", "45.0", Some("contactpulse_kpi_warning")),
    ("critical", "60", "60.0", Some("contactpulse_kpi_critical")),
    ("direction", "\"lower\"", "\"lower\"", None),
    ("min_samples", "1", "1", None),
    ("owner", "\"pat\"", "\"pat\"", None),
    ("runbook", "\"Call Pat.\"", "\"Call Pat.\"", None),
    ("review", "\"monthly\"", "\"monthly\"", None),
    ("why", "\"So they stay.\"", "\"So they stay.\"", None),
];

/// The report and the metrics of the story under a target with every word of the template.
fn told_under_the_template() -> (Value, Scraped) {
    let words: String = TEMPLATE.iter().map(|(word, typed, ..)| format!("{word} = {typed}\n")).collect();
    let text = format!("[[kpi]]\nkpi = \"customer_wait\"\nqueues = [\"sales\"]\nwindow = \"today\"\n{words}");
    let config = Config::parse("walk", &format!("[[queue]]\nname = \"sales\"\n{text}"), &[]).unwrap();
    let at = EventTime::parse("2026-03-02T10:00:00Z").unwrap();
    let mut replay = Replay::new(std::sync::Arc::new(config.rules), 1, When::At(vec![at]));
    let mut told = None;
    let mut show = |reading: Reading<'_>| told = Some((judged(&reading), metrics(&reading)));
    for line in STORY.lines().filter(|line| !line.is_empty()) {
        replay.line(line.as_bytes(), &mut show).unwrap();
    }
    replay.finish(&mut show);
    told.expect("it was read")
}

#[test]
fn every_word_of_the_template_of_a_target_is_a_setting_and_stands_in_the_report_and_in_its_metric() {
    let (report, metrics) = told_under_the_template();
    let target = &report["queues"]["sales"]["kpis"][0];
    let known: BTreeSet<String> = families().into_iter().map(|family| family.name.into_owned()).collect();
    let labels = r#"{kpi="customer_wait",queue="sales",channel="voice",window="today"}"#;
    for (word, _, told, family) in TEMPLATE {
        assert!(REFERENCE.contains(&format!("\n#{word} = ")), "the reference does not tell of {word}");
        assert_eq!(target[word].to_string(), told, "{word}");
        let Some(family) = family else { continue };
        assert!(known.contains(family), "{family}");
        assert_eq!(metrics.value(&format!("{family}{labels}")), told.parse().ok(), "{family}");
    }
    let state = format!("contactpulse_kpi_state{},state=\"ok\"}}", labels.trim_end_matches('}'));
    assert_eq!((target["state"].as_str(), metrics.value(&state)), (Some("ok"), Some(1.0)));
}

#[test]
fn every_figure_of_agents_has_a_scenario_that_gives_it_a_figure() {
    let told =
        r#"{"id":"a","type":"agent.state_changed","time":"2026-03-02T09:00:00Z","agent":"ann","state":"available"}"#;
    let at = EventTime::parse("2026-03-02T09:01:00Z").unwrap();
    let report = reports(&[told.as_bytes().to_vec()], Rules::default(), 1, &[at]).remove(0);
    let ann = &report["agents"]["ann"];
    let names = [&ann["now"], &ann["windows"]["all"]].into_iter().flat_map(|group| group.as_object().unwrap().keys());
    let names: BTreeSet<&String> = names.collect();
    assert!(names.len() >= 16, "{names:?}");
    let scenarios = scenarios();
    for name in names {
        assert!(
            scenarios.iter().any(|scenario| claims(scenario, name)),
            "no scenario gives an agent's `{name}` a figure"
        );
    }
}
