//! CloudEvents in binary mode: the envelope in the headers of the record.

use super::*;

const HEARTBEAT: Headers<'static> = Headers {
    id: Some(b"e-1"),
    kind: Some(b"source.heartbeat"),
    time: Some(b"2026-03-02T08:59:51Z"),
    source: Some(b"pbx"),
    specversion: Some(b"1.0"),
};
const QUEUED: Headers<'static> = Headers { kind: Some(b"contact.queued"), ..HEARTBEAT };
const VALUE: &str = r#"{"contact_id":"c-42","queue":"billing"}"#;

fn read<'a>(headers: Headers<'a>, value: &'a str) -> Result<Decoded<'a>, Rejected> {
    decode(Record { value: Some(value.as_bytes()), headers })
}

#[track_caller]
fn event<'a>(headers: Headers<'a>, value: &'a str) -> Event<'a> {
    match read(headers, value) {
        Ok(Decoded::Event(event)) => event,
        other => panic!("{headers:?} with {value} is {other:?}"),
    }
}

#[track_caller]
fn assert_message(headers: Headers<'_>, value: &str, reason: &str, message: &str) {
    let rejected = read(headers, value).unwrap_err();
    assert_eq!(rejected.reason(), reason, "{rejected}");
    assert!(rejected.to_string().starts_with(message), "{rejected}");
}

#[test]
fn an_event_in_headers_and_value_is_the_event_of_the_native_shape() {
    let native = r#"{"id":"e-1","type":"contact.queued","time":"2026-03-02T08:59:51Z","source":"pbx",
        "contact_id":"c-42","queue":"billing"}"#;
    let event = event(QUEUED, VALUE);
    assert_eq!(event, super::event(native));
    assert!(matches!(event.id, Cow::Borrowed(_)) && matches!(event.source, Some(Cow::Borrowed(_))));
}

#[test]
fn either_the_type_or_the_version_tells_that_headers_are_meant() {
    event(Headers { specversion: None, ..QUEUED }, VALUE);
    let typed = r#"{"type":"contact.queued","contact_id":"c-42","queue":"billing"}"#;
    assert_eq!(event(Headers { kind: None, ..QUEUED }, typed), event(QUEUED, VALUE));
    let others = Headers { kind: None, specversion: None, ..QUEUED };
    let native = r#"{"id":"own","type":"contact.ended","time":1,"contact_id":"c"}"#;
    assert_eq!(event(others, native), super::event(native));
}

#[test]
fn headers_win_over_fields_of_the_value() {
    for value in [r#""x""#, "null", "[]", "1e999", r#""\ud800""#, "1,\"id\":2,\"time\":3"] {
        let fields = ["id", "type", "time", "source"].map(|field| format!(r#""{field}":{value}"#)).join(",");
        let value = format!(r#"{{"contact_id":"c-42","queue":"billing",{fields}}}"#);
        assert_eq!(event(QUEUED, &value), event(QUEUED, VALUE), "{value}");
    }
}

#[test]
fn what_no_header_tells_may_be_in_the_value() {
    let value = r#"{"id":"e-1","time":"2026-03-02T08:59:51Z","source":"pbx","contact_id":"c-42","queue":"billing"}"#;
    let headers = Headers { kind: QUEUED.kind, ..Headers::default() };
    assert_eq!(event(headers, value), event(QUEUED, VALUE));
    assert_eq!(event(Headers { source: None, ..QUEUED }, VALUE).source, None);
}

#[test]
fn an_event_may_have_no_value_where_a_header_tells_its_type() {
    for value in [None, Some(&b""[..]), Some(b" \n"), Some(b"null"), Some(b"{}")] {
        let decoded = decode(Record { value, headers: HEARTBEAT });
        assert!(matches!(&decoded, Ok(Decoded::Event(event)) if event.body == Body::Heartbeat), "{decoded:?}");
        let headers = Headers { kind: Some(b"contact.queued"), ..HEARTBEAT };
        assert_eq!(decode(Record { value, headers }), Err(Rejected::MissingField { field: "contact_id" }));
    }
    for headers in [Headers { kind: None, ..HEARTBEAT }, Headers { kind: None, specversion: None, ..HEARTBEAT }] {
        assert_eq!(decode(Record { value: None, headers }), Err(Rejected::Tombstone));
    }
}

#[test]
fn a_type_or_version_in_a_header_that_is_not_handled_is_unknown_whatever_the_value_is() {
    for value in [None, Some(&b"{}"[..]), Some(b"\xff\x00avro"), Some(b"plain text"), Some(b"[[[[")] {
        for name in [&b"customer.ordered"[..], b"com.example.someevent", b""] {
            let headers = Headers { kind: Some(name), id: None, time: Some(b"\xff"), ..QUEUED };
            assert_eq!(decode(Record { value, headers }), Ok(Decoded::Unknown));
        }
        for version in [&b"0.3"[..], b"1", b"", b"\xff"] {
            let headers = Headers { specversion: Some(version), ..QUEUED };
            assert_eq!(decode(Record { value, headers }), Ok(Decoded::Unknown));
        }
    }
    assert_eq!(read(QUEUED, r#"{"v":2,"queue":[]}"#), Ok(Decoded::Unknown));
}

#[test]
fn a_time_in_a_header_is_text_or_digits() {
    let at = |time: &'static str| event(Headers { time: Some(time.as_bytes()), ..QUEUED }, VALUE).at;
    assert_eq!(at("1772441991000"), at("2026-03-02T08:59:51Z"));
    assert_eq!(at("2026-03-02T09:59:51+01:00"), at("2026-03-02T08:59:51Z"));
}

#[test]
fn a_fault_in_a_header_is_told_by_the_name_of_the_header() {
    let long = "x".repeat(NAME_BYTES_MAX + 1);
    let cases: [(Headers<'_>, &str, &str); 11] = [
        (
            Headers { source: Some(&long.as_bytes()[..65]), ..QUEUED },
            "bad_value",
            "field `ce_source` is text of 65 bytes, expected 1 to 64",
        ),
        (
            Headers { id: Some(long.as_bytes()), ..QUEUED },
            "bad_value",
            "field `ce_id` is text of 129 bytes, expected 1 to 128",
        ),
        (Headers { id: Some(b""), ..QUEUED }, "bad_value", "field `ce_id` is text of 0 bytes, expected 1 to 128"),
        (
            Headers { id: Some(b"\xff"), ..QUEUED },
            "bad_value",
            "field `ce_id` is bytes that are not UTF-8, expected text",
        ),
        (
            Headers { kind: Some(b"\xff"), ..QUEUED },
            "bad_value",
            "field `ce_type` is bytes that are not UTF-8, expected text",
        ),
        (
            Headers { source: Some(b"a\x80"), ..QUEUED },
            "bad_value",
            "field `ce_source` is bytes that are not UTF-8, expected text",
        ),
        (
            Headers { time: Some(b"\xff"), ..QUEUED },
            "bad_time",
            "field `ce_time` is bytes that are not UTF-8, expected an RFC 3339",
        ),
        (Headers { time: Some(b"noon"), ..QUEUED }, "bad_time", "field `ce_time` is \"noon\", expected an RFC 3339"),
        (Headers { time: Some(b"-1"), ..QUEUED }, "bad_time", "field `ce_time` is -1, expected an RFC 3339"),
        (Headers { id: None, ..QUEUED }, "missing_field", "missing field `ce_id`"),
        (Headers { time: None, ..QUEUED }, "missing_field", "missing field `ce_time`"),
    ];
    for (headers, reason, message) in cases {
        assert_message(headers, VALUE, reason, message);
    }
    assert_message(Headers { source: None, ..HEARTBEAT }, "", "missing_field", "missing field `ce_source`");
    assert_message(Headers { kind: None, ..QUEUED }, VALUE, "missing_field", "missing field `ce_type`");
}

#[test]
fn a_fault_in_the_value_is_told_by_the_name_of_the_field() {
    assert_message(QUEUED, r#"{"contact_id":"c"}"#, "missing_field", "missing field `queue`");
    assert_message(Headers { id: None, ..QUEUED }, r#"{"id":""}"#, "bad_value", "field `id` is text of 0 bytes");
    assert_message(QUEUED, r#"{"reason":"\ud800"}"#, "bad_value", "field `reason` is");
    assert_message(QUEUED, "[]", "not_json", "not a JSON object");
    assert_message(QUEUED, "{", "not_json", "not a JSON object");
}

#[test]
fn an_envelope_may_have_the_headers_too() {
    let envelope = |version: &str| {
        format!(r#"{{"specversion":"{version}","id":"x","type":"contact.ended","time":1,"source":"x","data":{VALUE}}}"#)
    };
    assert_eq!(event(QUEUED, &envelope("1.0")), event(QUEUED, VALUE));
    assert_eq!(read(QUEUED, &envelope("0.3")), Ok(Decoded::Unknown));
}

#[test]
fn headers_count_towards_the_size_of_a_record() {
    let value = format!("{VALUE}{}", " ".repeat(RECORD_BYTES_MAX - VALUE.len() - QUEUED.bytes()));
    event(QUEUED, &value);
    assert_eq!(read(QUEUED, &format!("{value} ")), Err(Rejected::TooLarge { bytes: RECORD_BYTES_MAX + 1 }));
    let large = "x".repeat(RECORD_BYTES_MAX + 1);
    assert_eq!(
        read(Headers { kind: Some(large.as_bytes()), ..Headers::default() }, "").unwrap_err().reason(),
        "too_large"
    );
}
