//! One event in three shapes: native, in an envelope, and with headers. They must be read as the same, and refused for the same.

use proptest::prelude::*;

use super::random::{any_event, check, mutated, mutations, printed};
use super::*;

const ATTRIBUTES: [&str; 4] = ["id", "type", "time", "source"];

/// The fields of an object as they are written: name and JSON. A name may come twice.
type Written = Vec<(String, String)>;

fn written(line: &str) -> Written {
    let fields: Map<String, Json> = serde_json::from_str(line).unwrap();
    fields.into_iter().map(|(name, value)| (name, value.to_string())).collect()
}

fn object<'a>(fields: impl IntoIterator<Item = &'a (String, String)>) -> String {
    let fields: Vec<_> = fields.into_iter().map(|(name, json)| format!("{name:?}:{json}")).collect();
    format!("{{{}}}", fields.join(","))
}

/// In another order, which is the seed's.
fn reordered(mut fields: Written, seed: u64) -> Written {
    let place =
        |name: &str| name.bytes().fold(seed, |place, byte| (place ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    fields.sort_by_key(|(name, _)| place(name));
    fields
}

/// The same in an envelope.
fn in_envelope(fields: &Written, seed: u64) -> String {
    let (mut own, data): (Written, Written) =
        fields.iter().cloned().partition(|(name, _)| ATTRIBUTES.contains(&name.as_str()));
    own.push(("specversion".into(), "\"1.0\"".into()));
    own.push(("data".into(), object(&reordered(data, seed))));
    object(&reordered(own, seed))
}

/// What a header would hold instead of this field, if one can.
fn header(fields: &Written, name: &str) -> Option<String> {
    let mut values = fields.iter().filter(|(field, _)| field == name).map(|(_, json)| json);
    let (Some(json), None) = (values.next(), values.next()) else { return None };
    match serde_json::from_str(json) {
        Ok(Json::String(text)) => Some(text),
        Ok(Json::Number(number)) if name == "time" && number.is_i64() => Some(number.to_string()),
        _ => None,
    }
}

/// The same with headers for all that fits into them.
fn read_with_headers(fields: &Written) -> String {
    let told = ATTRIBUTES.map(|name| header(fields, name));
    let in_value = fields.iter().filter(|(name, _)| {
        ATTRIBUTES.iter().position(|attribute| attribute == name).is_none_or(|place| told[place].is_none())
    });
    let value = object(in_value);
    let [id, kind, time, source] = told.each_ref().map(|text| text.as_ref().map(String::as_bytes));
    let headers = Headers { id, kind, time, source, specversion: Some(b"1.0") };
    outcome(decode(Record { value: Some(value.as_bytes()), headers }))
}

/// What it was read as, or the reason why not.
fn outcome(decoded: Result<Decoded<'_>, Rejected>) -> String {
    decoded.map_or_else(|rejected| rejected.reason().to_owned(), |decoded| format!("{decoded:?}"))
}

/// A field and what it is to hold: of another kind, too long, of no kind at all.
fn spoilt() -> impl Strategy<Value = (String, String)> {
    let long = format!("{:?}", "x".repeat(NAME_BYTES_MAX + 1));
    let names = ATTRIBUTES.into_iter().chain([
        "contact_id",
        "queue",
        "agent",
        "seq",
        "reason",
        "attributes",
        "customer_id",
        "channel",
        "bulk",
        "extra",
    ]);
    let values = [
        "null",
        "5",
        "-1",
        "1.5",
        "true",
        "\"\"",
        "\"x\"",
        "[1]",
        "{}",
        r#"{"a":"b"}"#,
        r#"{"a":[]}"#,
        "1e999",
        r#""\ud800""#,
        "99999999999999999999",
        "\"contact.ended\"",
        "\"ticket.created\"",
        &long,
    ];
    let names = prop::sample::select(names.map(str::to_owned).collect::<Vec<_>>());
    let values = prop::sample::select(values.map(str::to_owned).to_vec());
    let versions = prop::sample::select(vec!["1", "2", "null", "\"1\"", "[]"]);
    prop_oneof![
        8 => (names, values),
        1 => versions.prop_map(|version| ("v".to_owned(), version.to_owned())),
    ]
}

/// Some fields hold something else, are there twice, or are gone.
fn any_fields() -> impl Strategy<Value = Written> {
    let spoilt = prop::collection::vec((spoilt(), any::<bool>()), 0..3);
    let gone = prop::collection::vec(any::<prop::sample::Index>(), 0..2);
    (any_event(), any::<bool>(), spoilt, gone).prop_map(|(event, times_in_words, spoilt, gone)| {
        let mut fields = written(&printed(&event, times_in_words));
        for ((name, json), twice) in spoilt {
            fields.retain(|(field, _)| twice || *field != name);
            fields.push((name, json));
        }
        for gone in gone {
            fields.remove(gone.index(fields.len()));
        }
        fields
    })
}

fn any_header() -> impl Strategy<Value = Option<Vec<u8>>> {
    let words = ["1.0", "source.heartbeat", "contact.queued", "2026-03-02T08:59:51Z", "1772441991000", "e-1"];
    let words = prop::sample::select(words.map(|word| word.as_bytes().to_vec()).to_vec());
    prop::option::of(prop_oneof![3 => words, 1 => prop::collection::vec(any::<u8>(), 0..9)])
}

proptest! {
    #[test]
    fn an_event_is_the_same_in_all_three_shapes(event in any_event(), times_in_words: bool, seed: u64) {
        let fields = written(&printed(&event, times_in_words));
        let right = outcome(Ok(Decoded::Event(event)));
        prop_assert_eq!(&outcome(read(&object(&fields))), &right);
        prop_assert_eq!(&outcome(read(&in_envelope(&fields, seed))), &right);
        prop_assert_eq!(&read_with_headers(&fields), &right);
    }

    #[test]
    fn whatever_its_fields_hold_it_is_the_same_in_all_three_shapes(fields in any_fields(), seed: u64) {
        let native = object(&fields);
        let right = outcome(read(&native));
        let envelope = in_envelope(&fields, seed);
        prop_assert_eq!(&outcome(read(&envelope)), &right, "{} {}", native, envelope);
        prop_assert_eq!(&read_with_headers(&fields), &right, "{}", native);
        prop_assert_eq!(route_key(envelope.as_bytes()), route_key(native.as_bytes()));
    }

    #[test]
    fn a_garbled_envelope_never_panics(event in any_event(), seed: u64, mutations in mutations()) {
        check(Some(&mutated(&in_envelope(&written(&printed(&event, true)), seed), &mutations)[..]))?;
    }

    #[test]
    fn arbitrary_headers_never_panic(
        headers in prop::collection::vec(any_header(), 5),
        value in prop::option::of(any_event()),
        mutations in mutations(),
    ) {
        let value = value.map(|event| mutated(&printed(&event, true), &mutations));
        let header = |place: usize| headers[place].as_deref();
        let headers = Headers { id: header(0), kind: header(1), time: header(2), source: header(3), specversion: header(4) };
        check(Record { value: value.as_deref(), headers })?;
    }
}
