//! Scenarios from the inside: what is read, what is run, and what is written back.

use std::cell::Cell;

use super::*;
use crate::rules::AfterContact;
use crate::time::Span;

fn scenario(text: &str) -> Scenario {
    Scenario::parse("a.pulse", text).unwrap_or_else(|problems| panic!("{}", problems[0]))
}

fn records(events: &str) -> Vec<Value> {
    let text = format!("# It is so.\n{events}\nat 00:00\n  total waiting 0\n");
    scenario(&text).records().map(|record| serde_json::from_str(record).unwrap()).collect()
}

/// What the record of an event holds, without its number and time.
fn fields(event: &str) -> String {
    let mut record = records(&format!("00:00 {event}")).remove(0);
    for name in ["id", "time", "contact_id", "ticket_id"] {
        record.as_object_mut().unwrap().remove(name);
    }
    let mut fields: Vec<String> =
        record.as_object().unwrap().iter().map(|(name, value)| format!("{name}={value}").replace('"', "")).collect();
    fields.sort();
    fields.join(" ")
}

#[test]
fn an_event_is_a_record_of_the_contract() {
    let record = records("00:12.5  c1  answered ann").remove(0);
    let expected = serde_json::json!({
        "id": "line-2", "type": "contact.answered", "contact_id": "c1", "time": "2026-03-02T00:00:12.5Z", "agent": "ann",
    });
    assert_eq!(record, expected);
}

#[test]
fn words_after_the_type_fill_its_fields_in_order() {
    for (event, expected) in [
        ("c1 contact.queued sales", "queue=sales type=contact.queued"),
        ("c1 queued \"in bound\"", "queue=in bound type=contact.queued"),
        ("c1 alerting ann", "agent=ann type=contact.alerting"),
        ("c1 alert_missed ann rejected", "agent=ann cause=rejected type=contact.alert_missed"),
        ("c1 flowed_out sales callback", "cause=callback queue=sales type=contact.flowed_out"),
        ("c1 abandoned system", "cause=system type=contact.abandoned"),
        ("c1 blocked sales", "queue=sales type=contact.blocked"),
        ("c1 message agent ann", "agent=ann author=agent type=contact.message"),
        ("c1 callback_requested", "type=contact.callback_requested"),
        ("c1 callback_attempted reached ann", "agent=ann result=reached type=contact.callback_attempted"),
        ("c1 ended", "type=contact.ended"),
        ("queue sales closed", "queue=sales state=closed type=queue.state_changed"),
        ("feed asterisk heartbeat", "source=asterisk type=source.heartbeat"),
    ] {
        assert_eq!(fields(event), expected, "{event}");
    }
}

#[test]
fn tickets_agents_and_surveys_have_words_of_their_own() {
    for (event, expected) in [
        ("ticket t1 created sales", "queue=sales type=ticket.created"),
        ("ticket t1 ticket.assigned ann queue=tech", "agent=ann queue=tech type=ticket.assigned"),
        ("ticket t1 handed_over tech", "queue=tech type=ticket.handed_over"),
        ("ticket t1 replied agent ann public=false", "agent=ann author=agent public=false type=ticket.replied"),
        ("ticket t1 status_changed pending", "status=pending type=ticket.status_changed"),
        ("ticket t1 updated tags=a,b priority=high", "priority=high tags=[a,b] type=ticket.updated"),
        ("ticket t1 updated tags=", "tags=[] type=ticket.updated"),
        ("ticket t1 resolved ann", "agent=ann type=ticket.resolved"),
        ("ticket t1 deleted spam", "cause=spam type=ticket.deleted"),
        ("ticket t1 snapshot created_at=\"-1d 10:00\"", "created_at=2026-03-01T00:10:00Z type=ticket.snapshot"),
        (
            "agent ann available queues=a,b queue_states.a=away active=2",
            "active=2 agent=ann queue_states={a:away} queues=[a,b] state=available type=agent.state_changed",
        ),
        ("agent ann lunch since=00:00", "agent=ann since=2026-03-02T00:00:00Z state=lunch type=agent.state_changed"),
        ("c1 survey_sent csat", "kind=csat type=survey.sent"),
        ("ticket t1 survey_answered csat 4.5", "kind=csat score=4.5 type=survey.answered"),
        ("c1 quality_scored 8 10 critical_fail=true", "critical_fail=true max_points=10 points=8 type=quality.scored"),
    ] {
        assert_eq!(fields(event), expected, "{event}");
    }
    let subjects = records("00:00 ticket t1 created sales\n00:00 c1 survey_sent\n+1d 00:00 ticket t1 survey_sent");
    assert_eq!((&subjects[0]["ticket_id"], &subjects[1]["contact_id"]), (&"t1".into(), &"c1".into()));
    assert_eq!((&subjects[2]["ticket_id"], &subjects[2]["time"]), (&"t1".into(), &"2026-03-03T00:00:00Z".into()));
}

#[test]
fn a_state_of_the_configs_own_is_no_slip_and_neither_is_a_word_unlike_any() {
    let text = "# It is so.\nset agents.states [\"avaible\"]\n00:00  agent ann  avaible\n00:00  agent bob  lunch\nat 00:30\n  \
                total agents.avaible 1  agents.__other__ 1\n";
    assert!(scenario(text).run().passed());
}

#[test]
fn every_other_field_is_written_with_its_name() {
    for (event, expected) in [
        ("c1 queued sales also=true seq=3", "also=true queue=sales seq=3 type=contact.queued"),
        (
            "c1 callback_requested due_at=01:00 place_kept=false",
            "due_at=2026-03-02T00:01:00Z place_kept=false type=contact.callback_requested",
        ),
        (
            "c1 queued sales first_queued_at=\"2026-03-01 23:59:00\"",
            "first_queued_at=2026-03-01T23:59:00Z queue=sales type=contact.queued",
        ),
        ("c1 updated attributes.language=de", "attributes={language:de} type=contact.updated"),
        ("c1 queued queue=sales", "queue=sales type=contact.queued"),
    ] {
        assert_eq!(fields(event), expected, "{event}");
    }
}

#[test]
fn raw_text_is_told_as_it_is() {
    let text = "# It is so.\nraw  {\"id\" # no comment  ! not_json\nraw ! tombstone\nat 00:00\n  total waiting 0\n";
    assert_eq!(scenario(text).records().collect::<Vec<_>>(), ["{\"id\" # no comment", ""]);
}

#[test]
fn settings_are_those_of_a_configuration() {
    let scenario = scenario(
        "# It is so.
day 2026-03-03
queue sales  target 90% in 10s  short 2s  preset answered_only  channels voice,chat
queue \"in bound\"
set contact_ttl { voice = \"2h\", default = \"3h\" }   # by channel
set after_contact none
config
time_zone = \"Europe/Berlin\"   # of the centre
[[queue]]
name = \"tech\"
end
00:00  c1  queued sales
at 00:00
  total waiting 0
",
    );
    let rules = scenario.rules();
    assert_eq!(rules.queues.keys().collect::<Vec<_>>(), ["in bound", "sales", "tech"]);
    let level = rules.service_level("sales", "voice");
    assert_eq!(
        (level.target, level.threshold, level.short_abandon),
        (0.9, Span::from_seconds(10), Span::from_seconds(2))
    );
    assert_eq!(rules.queues["sales"].channels, ["voice", "chat"]);
    assert_eq!((rules.contact_ttl.of("voice"), rules.after_contact), (Span::from_seconds(7_200), AfterContact::None));
    let midnight_in_berlin = "2026-03-02T23:00:00Z";
    assert!(scenario.records().next().unwrap().contains(midnight_in_berlin));
}

const WAITING: &str = "# It is so.\n00:00  c1  queued sales\nat 00:30\n  sales  waiting 1  longest_wait 30\n";

#[test]
fn repeats_that_change_a_figure_are_told_unless_it_is_to_be_told_once() {
    // A program that forgets who waits when it is told again.
    let made = Cell::new(0);
    let make = |rules: Arc<Rules>, when| {
        made.set(made.get() + 1);
        let mut rules = Rules::clone(&rules);
        if made.get() > 1 {
            rules.contact_ttl.default = Span::from_seconds(10);
        }
        Replay::new(Arc::new(rules), 1, when)
    };
    let outcome = scenario(WAITING).run_with(&make);
    assert!(!outcome.is_updatable(), "no expectation is at fault");
    assert_eq!(
        outcome.to_string(),
        "a.pulse:1  It is so.\n  as of 2026-03-02T00:00:30Z, with every event told twice\n    \
         queues.sales.now.waiting  expected 1, got 0\n",
    );
    made.set(0);
    assert!(scenario(&WAITING.replace("00:00", "once\n00:00")).run_with(&make).passed());
}

#[test]
fn an_update_writes_only_the_values_that_are_wrong() {
    let text = "\u{feff}# It is so.\r\n00:00  c1  queued \"größer\"\r\nat 00:30   # later\r\n  \
                \"größer\"  waiting 2   longest_wait 31s  # why\r\n  total waiting 1  offered 7  service_level none\r\n";
    let scenario = scenario(text);
    let outcome = scenario.run();
    assert_eq!(outcome.differences().len(), 4);
    let expected = text.replace("waiting 2", "waiting 1").replace("31s", "30s").replace("offered 7", "offered 1");
    let expected = expected.replace("service_level none", "service_level 0.0");
    assert_eq!(scenario.updated(&outcome), expected);
    assert!(super::Scenario::parse("a.pulse", &expected).unwrap().run().passed());
}

#[test]
fn who_occurs_but_has_no_figures_reads_as_zeros() {
    let text = "# It is so.\n00:00  c1  answered ann  role=monitor\nat 00:30\n  \
                agent ann  answered 0  handle_time.mean none  handle_time.sum 0\n  __direct__/voice  offered 0\n";
    assert!(scenario(text).run().passed());
}

#[test]
fn figures_are_as_of_their_moment_whatever_follows() {
    let text = "# It is so.\nat 00:30\n  sales waiting 1\nat 02:00\n  sales waiting 0  abandoned 1\n\
                00:00  c1  queued sales\n01:00  c1  abandoned\nat 00:59.999\n  sales waiting 1\n";
    assert_eq!(scenario(text).run().to_string(), "");
}

#[test]
fn a_mangled_scenario_is_run_or_told_but_never_a_panic() {
    let text = "# It is so.\nqueue \"größer\"  target 80% in 20s\nset lateness 10s\n00:01.5  c1  queued größer  due_at=0:03\n\
                raw x ! not_json\nat 2026-03-02 00:00:30 window 5m\n  größer/voice  offered 1  customer_wait.p90 none\n";
    for (place, c) in text.char_indices() {
        for other in ["", "\"", "9"] {
            let mangled = format!("{}{other}{}", &text[..place], &text[place + c.len_utf8()..]);
            if let Ok(scenario) = Scenario::parse("a.pulse", &mangled) {
                let outcome = scenario.run();
                assert!(!scenario.updated(&outcome).is_empty());
            }
        }
    }
}
