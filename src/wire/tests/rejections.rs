//! What is not read, why, and how it is told.

use super::*;

const FIELDS_OF_EVERY_TYPE: [&str; 3] = ["id", "type", "time"];

#[test]
fn text_may_be_as_long_as_its_limit_and_not_empty() {
    let limits = [
        ("id", NAME_BYTES_MAX),
        ("contact_id", NAME_BYTES_MAX),
        ("queue", NAME_BYTES_MAX),
        ("agent", NAME_BYTES_MAX),
        ("customer_id", NAME_BYTES_MAX),
        ("root_contact_id", NAME_BYTES_MAX),
        ("channel", CHANNEL_BYTES_MAX),
        ("priority", CHANNEL_BYTES_MAX),
        ("reason", REASON_BYTES_MAX),
        ("source", REASON_BYTES_MAX),
    ];
    for (field, max) in limits {
        for text in ["x".to_owned(), "x".repeat(max), "é".repeat(max / 2)] {
            event(&with("contact.queued", field, text));
        }
        for text in [String::new(), "x".repeat(max + 1), "é".repeat(max / 2 + 1)] {
            assert_refused(&with("contact.queued", field, text), "bad_value", field);
        }
    }
}

#[test]
fn the_fields_that_a_type_requires_must_be_there() {
    let required = |type_name| match type_name {
        "contact.queued" | "contact.flowed_out" | "contact.blocked" => vec!["contact_id", "queue"],
        "contact.answered" | "contact.alerting" | "contact.alert_missed" => vec!["contact_id", "agent"],
        "contact.message" => vec!["contact_id", "author"],
        "contact.callback_attempted" => vec!["contact_id", "result"],
        "queue.state_changed" => vec!["queue", "state"],
        "source.heartbeat" => vec!["source"],
        "ticket.created" => vec!["ticket_id", "queue"],
        "ticket.replied" => vec!["ticket_id", "author"],
        "ticket.status_changed" => vec!["ticket_id", "status"],
        "agent.state_changed" => vec!["agent", "state"],
        "survey.sent" => vec![],
        "survey.answered" => vec!["kind", "score"],
        "quality.scored" => vec!["points", "max_points"],
        name if name.starts_with("ticket.") => vec!["ticket_id"],
        _ => vec!["contact_id"],
    };
    for name in TYPES {
        let required = [&FIELDS_OF_EVERY_TYPE[..], &required(name)].concat();
        for field in plain(name).keys() {
            let mut fields = plain(name);
            fields.remove(field);
            for line in [Json::Object(fields).to_string(), with(name, field, Json::Null)] {
                match required.contains(&field.as_str()) {
                    true => assert_refused(&line, "missing_field", field),
                    false => drop(event(&line)),
                }
            }
        }
    }
}

#[test]
fn a_survey_or_review_is_of_a_contact_or_a_ticket() {
    for name in ["survey.sent", "survey.answered", "quality.scored"] {
        let without = |keys: &[&str]| {
            let fields = plain(name).into_iter().filter(|(field, _)| !keys.contains(&field.as_str()));
            Json::Object(fields.collect()).to_string()
        };
        assert_eq!(event(&without(&[])).key(), "c-1", "the contact goes before the ticket");
        assert_eq!(event(&without(&["contact_id"])).key(), "t-1");
        assert_refused(&without(&["contact_id", "ticket_id"]), "missing_field", "contact_id or ticket_id");
    }
}

#[test]
fn numbers_and_lists_of_tickets_agents_and_reviews_keep_their_bounds() {
    for (name, field, value) in [
        ("ticket.created", "by", json!("robot")),
        ("ticket.created", "tags", json!("urgent")),
        ("ticket.created", "tags", json!(["urgent", 5])),
        ("ticket.created", "tags", json!(vec!["x"; 257])),
        ("ticket.updated", "tags", json!([""])),
        ("ticket.replied", "public", json!("yes")),
        ("ticket.replied", "author", json!("supervisor")),
        ("ticket.snapshot", "replies", json!(-1)),
        ("agent.state_changed", "capacity", json!(10_001)),
        ("agent.state_changed", "active", json!(1.5)),
        ("agent.state_changed", "queues", json!({"sales": true})),
        ("agent.state_changed", "queue_states", json!(["away"])),
        ("agent.state_changed", "queue_states", json!({"": "away"})),
        ("agent.state_changed", "queue_states", json!({"sales": ""})),
        (
            "agent.state_changed",
            "queue_states",
            Json::Object((0..257).map(|n| (n.to_string(), json!("away"))).collect()),
        ),
        ("survey.answered", "kind", json!("happiness")),
        ("survey.answered", "score", json!("4")),
        ("survey.answered", "score", json!(1e7)),
        ("quality.scored", "points", json!(10.001)),
        ("quality.scored", "points", json!(-1)),
        ("quality.scored", "max_points", json!(0)),
    ] {
        assert_refused(&with(name, field, value), "bad_value", field);
    }
}

#[test]
fn a_value_of_another_shape_is_refused_by_the_name_of_its_field() {
    let texts =
        ["id", "type", "contact_id", "queue", "agent", "customer_id", "channel", "priority", "reason", "source"];
    for field in texts.into_iter().chain(["direction", "root_contact_id"]) {
        for value in [json!(5), json!(1.5), json!(true), json!(["x"]), json!({"x": "y"})] {
            assert_refused(&with("contact.queued", field, value), "bad_value", field);
        }
    }
    for value in [json!("1"), json!(1.0), json!(u64::MAX), json!([1])] {
        assert_refused(&with("contact.queued", "seq", value), "bad_value", "seq");
    }
    for value in [json!("true"), json!(1)] {
        assert_refused(&with("contact.queued", "also", value), "bad_value", "also");
    }
    for value in [json!("x"), json!(["x"]), json!({"language": 5}), json!({"a": {"b": "c"}})] {
        assert_refused(&with("contact.queued", "attributes", value), "bad_value", "attributes");
    }
    assert_refused(&with("contact.queued", "direction", "sideways"), "bad_value", "direction");
    assert_refused(&with("contact.flowed_out", "cause", 5), "bad_value", "cause");
    event(&with("contact.queued", "attributes", json!({"language": "de", "skill": null})));
}

#[test]
fn a_name_that_comes_twice_is_refused() {
    for twice in [r#""queue":"q""#, r#""queue":null"#, r#""\u0071ueue":"x""#] {
        assert_refused(&queued_and(twice), "bad_value", "queue");
    }
    assert_refused(&queued_and(r#""agent":null,"agent":"ana""#), "bad_value", "agent");
    for field in ["id", "type", "time", "contact_id"] {
        assert_refused(&queued_and(&format!(r#""{field}":"x""#)), "bad_value", field);
    }
    assert_refused(&queued_and(r#""v":1,"v":1"#), "bad_value", "v");
    event(&queued_and(r#""extra":1,"extra":2"#));
}

#[test]
fn a_value_that_json_allows_and_nothing_can_hold_is_a_bad_value() {
    for (field, value) in [("reason", r#""\ud83d""#), ("seq", "1e999"), ("attributes", r#"{"a":-1e999}"#)] {
        assert_refused(&queued_and(&format!(r#""{field}":{value}"#)), "bad_value", field);
    }
    event(&queued_and(r#""extra":1e999"#));
}

#[test]
fn what_is_not_one_json_object_is_not_json() {
    for line in
        ["{", "{}x", "{} {}", "[]", "5", "\"text\"", "true", "nul", "{'id':1}", "{\"id\":1,}", "\u{feff}{}", "\0"]
    {
        assert_eq!(rejected(line).reason(), "not_json", "{line:?}");
    }
    for rest in [r#""x":01"#, r#""x":+1"#, r#""x":NaN"#, r#""x":"\q""#, "\"x\":\"\n\"", r#""id":[,"#, r#""x":1}{"y":1"#]
    {
        assert_eq!(rejected(&queued_and(rest)).reason(), "not_json", "{rest:?}");
    }
}

#[test]
fn a_record_without_a_value_is_a_tombstone() {
    assert_eq!(decode(None), Err(Rejected::Tombstone));
    for line in ["", " ", "\r\n", "\t \n", "null", " null\n"] {
        assert_eq!(read(line), Err(Rejected::Tombstone), "{line:?}");
    }
}

#[test]
fn a_record_may_be_as_large_as_its_limit() {
    let mut line = queued_and(r#""x":1"#);
    line.push_str(&" ".repeat(RECORD_BYTES_MAX - line.len()));
    event(&line);
    line.push(' ');
    assert_eq!(read(&line), Err(Rejected::TooLarge { bytes: RECORD_BYTES_MAX + 1 }));
}

#[test]
fn json_may_nest_as_deep_as_its_limit_and_brackets_in_text_do_not_count() {
    let nested = |levels: usize, text: &str| {
        queued_and(&format!(r#""x":{}"{text}"{}"#, "[".repeat(levels - 1), "]".repeat(levels - 1)))
    };
    let brackets = format!(r#"\"{}\\"#, "[{".repeat(JSON_DEPTH_MAX));
    event(&nested(JSON_DEPTH_MAX, ""));
    event(&nested(JSON_DEPTH_MAX, &brackets));
    assert_eq!(read(&nested(JSON_DEPTH_MAX + 1, "")), Err(Rejected::TooDeep));
    assert_eq!(read(&nested(JSON_DEPTH_MAX + 1, &brackets)), Err(Rejected::TooDeep));
    event(&queued_and(&format!(r#""x":[{}0]"#, "[],".repeat(2 * JSON_DEPTH_MAX))));
}

#[test]
fn a_record_with_several_faults_is_rejected_for_the_first_in_the_order_of_the_checks() {
    let deep = "[".repeat(JSON_DEPTH_MAX + 1);
    let large = "\u{0}".repeat(RECORD_BYTES_MAX + 1);
    assert_eq!(rejected(&large).reason(), "too_large");
    assert_eq!(read_bytes(&[deep.as_bytes(), b"\xff"].concat()).unwrap_err().reason(), "not_utf8");
    assert_eq!(rejected(&deep).reason(), "too_deep");
    assert_eq!(rejected(r#"{"id":5,"time":"x""#).reason(), "not_json");
    assert_refused(r#"{"id":5,"time":"x"}"#, "missing_field", "type");
}

#[test]
fn every_reason_can_be_reached() {
    for reason in Rejected::REASONS {
        let record = match reason {
            "too_large" => vec![b'x'; RECORD_BYTES_MAX + 1],
            "tombstone" => b"null".to_vec(),
            "not_utf8" => b"{\"id\":\"\xff\"}".to_vec(),
            "too_deep" => vec![b'['; JSON_DEPTH_MAX + 1],
            "not_json" => b"not json".to_vec(),
            "missing_field" => b"{}".to_vec(),
            "bad_value" => with("contact.held", "agent", "").into_bytes(),
            "bad_time" => with("contact.held", "time", "noon").into_bytes(),
            "panicked" => continue, // no check's
            other => panic!("no record for the reason {other}"),
        };
        assert_eq!(read_bytes(&record).unwrap_err().reason(), reason);
    }
}

#[test]
fn a_message_says_what_is_wrong_and_what_would_be_right() {
    let messages = [
        (
            with("contact.queued", "direction", "sideways"),
            "field `direction` is \"sideways\", expected inbound or outbound",
        ),
        (with("contact.queued", "seq", "5"), "field `seq` is text, expected an integer of at most 64 bits"),
        (with("contact.queued", "channel", ""), "field `channel` is text of 0 bytes, expected 1 to 32"),
        (queued_and(r#""queue":"q""#), "field `queue` is there twice, expected one value"),
        (with("contact.queued", "queue", Json::Null), "missing field `queue`, which this type of event requires"),
        (
            with("contact.queued", "time", "noon"),
            "field `time` is \"noon\", expected an RFC 3339 time with an offset, or integer Unix milliseconds, from \
             1970-01-01T00:00:00Z to before 2101-01-01T00:00:00Z",
        ),
        ("[]".into(), "not a JSON object: another kind of JSON value"),
        ("{".into(), "not a JSON object: EOF while parsing an object at line 1 column 1"),
        ("null".into(), "no value, expected a JSON object"),
    ];
    for (line, message) in messages {
        assert_eq!(rejected(&line).to_string(), message);
    }
}

#[test]
fn a_message_never_quotes_who_the_customer_is_and_cuts_what_it_quotes() {
    let customer = rejected(&with("contact.queued", "customer_id", "jane.doe@example.com".repeat(7)));
    assert!(!customer.to_string().contains("jane"), "{customer}");
    let time = rejected(&with("contact.queued", "time", format!("\u{1b}[2J\n{}", "9".repeat(10_000))));
    assert!(time.to_string().contains(r#""\u{1b}[2J\n999"#), "{time}");
    assert!(time.to_string().len() < 250, "{time}");
    let list = rejected(&format!("[{:?}]", "jane"));
    assert!(!list.to_string().contains("jane"), "{list}");
}
