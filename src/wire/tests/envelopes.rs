//! CloudEvents in structured mode: an envelope in the value.

use super::*;

/// An envelope around these fields of JSON, whose `data` holds those.
fn envelope(own: &str, data: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"e","type":"contact.queued","time":1,{own}"data":{{"contact_id":"c",{data}"queue":"q"}}}}"#
    )
}

fn plain_envelope() -> String {
    envelope("", "")
}

#[test]
fn an_envelope_is_read_as_the_event_that_is_in_it() {
    let line = r#"{"specversion":"1.0","id":"e-1","type":"contact.queued","source":"/pbx/7","time":"2026-03-02T08:59:51Z",
        "datacontenttype":"application/json","data":{"contact_id":"c-42","queue":"billing","channel":"voice","seq":3,
        "attributes":{"language":"de"}}}"#;
    let native = r#"{"id":"e-1","type":"contact.queued","source":"/pbx/7","time":"2026-03-02T08:59:51Z",
        "contact_id":"c-42","queue":"billing","channel":"voice","seq":3,"attributes":{"language":"de"}}"#;
    let event = event(line);
    assert_eq!(Ok(Decoded::Event(event.clone())), read(native));
    assert!(
        matches!(event.id, Cow::Borrowed(_))
            && matches!(event.body, Body::Contact(contact) if matches!(contact.contact, Cow::Borrowed(_)))
    );
}

#[test]
fn an_envelope_may_come_after_its_data() {
    let first =
        r#"{"data":{"queue":"q","contact_id":"c"},"time":1,"type":"contact.queued","id":"e","specversion":"1.0"}"#;
    assert_eq!(event(first), event(&plain_envelope()));
}

#[test]
fn what_stands_on_the_wrong_side_of_an_envelope_is_ignored() {
    let plain = plain_envelope();
    for value in [r#""x""#, "5", "null", "1e999", r#""\ud800""#, r#"{"a":[]}"#] {
        for key in ["seq", "queue", "contact_id", "v", "subject", "datacontenttype"] {
            let own = format!(r#""{key}":{value},"#);
            assert_eq!(event(&envelope(&own, "")), event(&plain), "{own}");
        }
        for key in ["id", "type", "time", "source", "specversion", "data", "data_base64", "extra"] {
            let data = format!(r#""{key}":{value},"#);
            assert_eq!(event(&envelope("", &data)), event(&plain), "{data}");
        }
    }
}

#[test]
fn an_envelope_of_another_version_is_unknown_whatever_it_holds() {
    for version in [r#""0.3""#, r#""1.0.2""#, r#""1""#, r#""""#, "1.0", "1", "true", r#"["1.0"]"#] {
        for rest in [r#""id":5,"time":"x","data":[]"#, r#""data":{"queue":1e999}"#, r#""data_base64":"""#] {
            let line = format!(r#"{{"type":"contact.queued",{rest},"specversion":{version}}}"#);
            assert_eq!(read(&line), Ok(Decoded::Unknown), "{line}");
        }
    }
}

#[test]
fn the_version_of_the_contract_is_looked_up_in_the_data() {
    assert_eq!(read(&envelope("", r#""v":2,"queue":1e999,"#)), Ok(Decoded::Unknown));
    assert_eq!(event(&envelope(r#""v":2,"#, r#""v":1,"#)), event(&plain_envelope()));
    assert_refused(&envelope("", r#""v":1,"v":1,"#), "bad_value", "v");
}

#[test]
fn an_envelope_without_data_is_an_event_without_further_fields() {
    for data in ["", r#","data":null"#, r#","data":{}"#, r#","data":{},"data_base64":null"#] {
        let line =
            |name: &str| format!(r#"{{"specversion":"1.0","id":"e","type":"{name}","time":1,"source":"pbx"{data}}}"#);
        assert_eq!(event(&line("source.heartbeat")).body, Body::Heartbeat);
        assert_refused(&line("contact.queued"), "missing_field", "contact_id");
    }
}

#[test]
fn data_that_is_no_object_is_a_bad_value_of_a_type_that_is_handled_and_no_other() {
    let cases = [
        (r#""data":"{}""#, "field `data` is text, expected an object"),
        (r#""data":[{}]"#, "field `data` is an array, expected an object"),
        (r#""data":5"#, "field `data` is an integer, expected an object"),
        (r#""data":1e999"#, "field `data` is number out of range"),
        (r#""data":{},"data":{}"#, "field `data` is there twice, expected one value"),
        (r#""data_base64":"e30=""#, "field `data` is given as `data_base64`, expected an object"),
        (r#""data":{},"data_base64":5"#, "field `data` is given as `data_base64`, expected an object"),
    ];
    for (data, message) in cases {
        let line = |name: &str| format!(r#"{{"type":"{name}",{data},"specversion":"1.0"}}"#);
        let rejected = rejected(&line("contact.queued"));
        assert_eq!(rejected.reason(), "bad_value");
        assert!(rejected.to_string().starts_with(message), "{rejected}");
        assert_eq!(read(&line("customer.ordered")), Ok(Decoded::Unknown));
    }
}

#[test]
fn a_fault_in_an_envelope_is_named_as_in_the_native_shape() {
    let source = "x".repeat(REASON_BYTES_MAX + 1);
    let long = envelope(&format!(r#""source":"{source}","#), "");
    assert_eq!(rejected(&long).to_string(), "field `source` is text of 65 bytes, expected 1 to 64");
    assert_refused(&plain_envelope().replace(r#""time":1"#, r#""time":"noon""#), "bad_time", "time");
    assert_refused(&plain_envelope().replace(r#""id":"e","#, ""), "missing_field", "id");
}

#[test]
fn a_value_in_an_envelope_that_nothing_can_hold_is_a_bad_value_where_it_counts() {
    assert_refused(&envelope("", r#""reason":"\ud83d","#), "bad_value", "reason");
    assert_refused(&envelope(r#""source":"\ud83d","#, ""), "bad_value", "source");
    assert_eq!(read(&envelope("", r#""reason":"\ud83d","v":2,"#)), Ok(Decoded::Unknown));
    assert_eq!(rejected(&envelope("", r#""reason":"\q","#)).reason(), "not_json");
}

#[test]
fn a_name_that_comes_twice_in_an_envelope_is_refused() {
    assert_refused(&envelope("", r#""queue":"q","#), "bad_value", "queue");
    assert_refused(&envelope(r#""id":"e","#, ""), "bad_value", "id");
    assert_refused(&envelope(r#""specversion":"1.0","#, ""), "bad_value", "specversion");
}

#[test]
fn without_a_specversion_an_object_is_the_event_itself_whatever_is_in_its_data() {
    let plain = event(&queued_and(r#""extra":1"#)).id.into_owned();
    for data in [r#"{"queue":"other","v":2}"#, r#"{"queue":1e999,"v":"\ud800"}"#, "[]", "1e999", "5,\"data\":6"] {
        for version in ["null", r#"null,"data_base64":1e999"#] {
            let line = queued_and(&format!(r#""specversion":{version},"data":{data}"#));
            assert_eq!(contact(&line).what, contact(&queued_and(r#""extra":1"#)).what, "{line}");
            assert_eq!(event(&line).id, plain);
        }
    }
}

#[test]
fn an_envelope_may_be_as_large_and_as_deep_as_any_record() {
    let deep = |levels: usize| envelope("", &format!(r#""x":{}{},"#, "[".repeat(levels - 2), "]".repeat(levels - 2)));
    event(&deep(JSON_DEPTH_MAX));
    assert_eq!(read(&deep(JSON_DEPTH_MAX + 1)), Err(Rejected::TooDeep));
    let mut line = plain_envelope();
    line.push_str(&" ".repeat(RECORD_BYTES_MAX - line.len()));
    event(&line);
    line.push(' ');
    assert_eq!(rejected(&line).reason(), "too_large");
}

#[test]
fn an_envelope_is_routed_by_the_fields_in_its_data() {
    let key = |line: &str| route_key(line.as_bytes());
    assert_eq!(key(&envelope(r#""contact_id":"x","#, "")).as_deref(), Some("c"));
    assert_eq!(key(r#"{"data":{"ticket_id":"t"},"agent":"x","specversion":"0.3"}"#).as_deref(), Some("t"));
    assert_eq!(key(r#"{"data":{"contact_id":"x"},"agent":"a","specversion":null}"#).as_deref(), Some("a"));
    for keyless in [r#"{"specversion":"1.0","agent":"x"}"#, r#"{"specversion":"1.0","agent":"x","data":"y"}"#] {
        assert_eq!(key(keyless), None);
    }
}
