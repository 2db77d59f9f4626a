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
    for name in ["id", "time", "contact_id"] {
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
