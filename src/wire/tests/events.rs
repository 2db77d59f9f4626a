//! What is read, and as what.

use super::*;

#[test]
fn every_type_that_is_handled_is_read_as_itself() {
    for name in TYPES {
        assert_eq!(event(&Json::Object(plain(name)).to_string()).type_name(), name);
    }
}

#[test]
fn a_queued_event_keeps_every_field_and_borrows_it_from_the_record() {
    let line = r#"{"id":"e-1","type":"contact.queued","time":"1970-01-01T01:00:01.5+01:00","contact_id":"c-42","queue":"billing",
        "channel":"voice","priority":"high","seq":-3,"source":"pbx","bulk":true,"direction":"outbound","root_contact_id":"c-1","first_queued_at":250,"also":true,"v":1}"#;
    let expected = Event {
        id: "e-1".into(),
        at: EventTime::from_millis(1_500),
        seq: -3,
        source: Some("pbx".into()),
        body: Body::Contact(ContactEvent {
            contact: "c-42".into(),
            channel: Some("voice".into()),
            priority: Some("high".into()),
            bulk: true,
            what: What::Queued {
                queue: "billing".into(),
                direction: Direction::Outbound,
                root: Some("c-1".into()),
                first_queued_at: Some(EventTime::from_millis(250)),
                also: true,
            },
        }),
    };
    assert_eq!(event(line), expected);
    assert!(matches!(contact(line).contact, Cow::Borrowed(_)));
}

#[test]
fn what_a_producer_leaves_out_or_sets_to_null_has_its_default() {
    let expected = What::Queued {
        queue: "q".into(),
        direction: Direction::Inbound,
        root: None,
        first_queued_at: None,
        also: false,
    };
    let nulls = queued_and(
        r#""v":null,"seq":null,"channel":null,"direction":null,"root_contact_id":null,"first_queued_at":null,"also":null,
        "agent":null,"customer_id":null,"priority":null,"reason":null,"source":null,"attributes":null"#,
    );
    let bare = queued_and(r#""extra":1"#);
    assert_eq!(contact(&bare).what, expected);
    assert_eq!(event(&bare).seq, 0);
    assert_eq!(event(&nulls), event(&bare));
}

#[test]
fn an_agent_has_one_of_three_roles() {
    let role = |line: &str| match contact(line).what {
        What::Answered { role, .. } => role,
        other => panic!("{other:?}"),
    };
    for (word, expected) in [("primary", Role::Primary), ("consult", Role::Consult), ("monitor", Role::Monitor)] {
        assert_eq!(role(&with("contact.answered", "role", word)), expected);
    }
    assert_eq!(role(&Json::Object(plain("contact.answered")).to_string()), Role::Primary);
    assert_refused(&with("contact.answered", "role", "Primary"), "bad_value", "role");
}

#[test]
fn a_cause_of_flowing_out_that_nobody_knows_is_other() {
    let cause = |line: &str| match contact(line).what {
        What::FlowedOut { cause, .. } => cause,
        other => panic!("{other:?}"),
    };
    for known in FlowCause::ALL {
        assert_eq!(cause(&with("contact.flowed_out", "cause", known.name())), known);
    }
    assert_eq!(cause(&with("contact.flowed_out", "cause", "solar flare")), FlowCause::Other);
    assert_eq!(cause(&with("contact.flowed_out", "cause", Json::Null)), FlowCause::Other);
}

#[test]
fn a_cause_that_is_not_told_is_that_of_the_agent_or_the_customer() {
    let missed = |line: &str| match contact(line).what {
        What::AlertMissed { cause, .. } => cause,
        other => panic!("{other:?}"),
    };
    let abandoned = |line: &str| match contact(line).what {
        What::Abandoned { cause } => cause,
        other => panic!("{other:?}"),
    };
    for known in MissCause::ALL {
        assert_eq!(missed(&with("contact.alert_missed", "cause", known.name())), known);
    }
    for known in AbandonCause::ALL {
        assert_eq!(abandoned(&with("contact.abandoned", "cause", known.name())), known);
    }
    assert_eq!(missed(&with("contact.alert_missed", "cause", Json::Null)), MissCause::NoAnswer);
    assert_eq!(abandoned(&with("contact.abandoned", "cause", Json::Null)), AbandonCause::Customer);
    assert_eq!(missed(&with("contact.alert_missed", "cause", "asleep")), MissCause::Other);
    assert_eq!(abandoned(&with("contact.abandoned", "cause", "asleep")), AbandonCause::Other);
}

#[test]
fn words_of_a_closed_set_must_be_of_it() {
    for (name, field) in [
        ("contact.message", "author"),
        ("contact.callback_attempted", "result"),
        ("queue.state_changed", "state"),
        ("contact.snapshot", "role"),
        ("contact.snapshot", "direction"),
    ] {
        assert_refused(&with(name, field, "sideways"), "bad_value", field);
    }
}

#[test]
fn fields_of_other_types_and_fields_that_nobody_knows_may_hold_anything() {
    for value in [json!(5), json!("sideways"), json!({"a": [1, {"b": null}]}), json!(true)] {
        for field in ["direction", "role", "also", "cause", "first_queued_at", "data", "data_base64", "ID", ""] {
            event(&with("contact.ended", field, value.clone()));
        }
    }
}

#[test]
fn a_time_is_the_same_in_words_and_in_milliseconds() {
    let text = with("contact.queued", "time", "2026-03-02T09:59:51.25+01:00");
    let milliseconds = with("contact.queued", "time", 1_772_441_991_250_i64);
    assert_eq!(event(&text), event(&milliseconds));
}

#[test]
fn a_time_is_read_from_the_first_to_the_last_millisecond_of_its_range() {
    let (first, last) = (EventTime::EARLIEST.as_millis(), EventTime::TOO_LATE.as_millis() - 1);
    for field in ["time", "first_queued_at"] {
        for good in [json!(first), json!(last), json!("2100-12-31T23:59:59.999Z")] {
            event(&with("contact.queued", field, good));
        }
        for bad in [json!(first - 1), json!(last + 1), json!(u64::MAX), json!("1969-12-31T23:59:59.999Z")] {
            assert_refused(&with("contact.queued", field, bad), "bad_time", field);
        }
        for bad in [json!("yesterday"), json!("2026-03-02T10:00:06"), json!(1.5), json!(true), json!([1]), json!({})] {
            assert_refused(&with("contact.queued", field, bad), "bad_time", field);
        }
    }
}

#[test]
fn escaped_text_and_escaped_names_are_read_as_plain_ones() {
    let plain = queued_and(r#""channel":"café/é","source":"x""#);
    let escaped = plain.replace("café/é", r"caf\u00e9\/\u00E9").replace("queue", r"\u0071ueue");
    assert_ne!(plain, escaped);
    assert_eq!(event(&plain), event(&escaped));
    let pair = queued_and(r#""channel":"\ud83d\ude00\n\"""#);
    assert_eq!(contact(&pair).channel, Some("😀\n\"".into()));
}

#[test]
fn a_type_or_version_that_is_not_handled_is_unknown_whatever_the_fields_hold() {
    for name in
        ["contact.teleported", "contact", "ticket.painted", "customer.ordered", "survey.", "agent.", "source.", ""]
    {
        assert_eq!(read(&Json::Object(plain(name)).to_string()), Ok(Decoded::Unknown));
        assert_eq!(
            read(&format!(r#"{{"id":5,"queue":[],"queue":1e999,"time":"x","type":{name:?}}}"#)),
            Ok(Decoded::Unknown)
        );
    }
    for version in ["2", "0", "1.5", r#""1""#, "[1]", "true"] {
        assert_eq!(read(&queued_and(&format!(r#""id":[],"v":{version}"#))), Ok(Decoded::Unknown));
        assert_eq!(read(&format!(r#"{{"v":{version}}}"#)), Ok(Decoded::Unknown));
    }
}

#[test]
fn a_record_is_routed_by_its_contact_else_ticket_else_agent_else_customer() {
    let keys = [("contact_id", "c"), ("ticket_id", "t"), ("agent", "a"), ("customer_id", r"k\")];
    for unfit in [Json::Null, json!(""), json!(5), json!(["x"])] {
        let mut fields: Map<_, _> = keys.map(|(field, key)| (field.to_owned(), Json::from(key))).into_iter().collect();
        for (field, key) in keys {
            assert_eq!(route_key(Json::Object(fields.clone()).to_string().as_bytes()).as_deref(), Some(key));
            fields.insert(field.into(), unfit.clone());
        }
        assert_eq!(route_key(Json::Object(fields).to_string().as_bytes()), None);
    }
    for keyless in [&b"{}"[..], b"[]", b"", b"garbage", b"\xff"] {
        assert_eq!(route_key(keyless), None);
    }
}
