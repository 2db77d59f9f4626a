//! The scan against serde_json: what it reads to the end is what serde_json reads.

use proptest::prelude::*;

use super::random::{any_event, mutated, mutations, printed};
use super::*;
use crate::wire::fields::{Fields, Kept};
use crate::wire::keys::{Key, Keys};
use crate::wire::scan::scan;

const ALL: Kept = Kept { own: Keys::ALL, data: Keys::NONE };

/// The same object with its fields in another order, and with white space wherever JSON allows it.
fn written_anew(line: &str, turn: usize, spaces: &[String]) -> String {
    let fields: Map<String, Json> = serde_json::from_str(line).unwrap();
    let mut fields: Vec<_> = fields.iter().collect();
    let turn = turn % fields.len().max(1);
    fields.rotate_left(turn);
    let mut spaces = spaces.iter().map(String::as_str).cycle();
    let mut space = || spaces.next().unwrap_or_default();
    let mut text = format!("{}{{", space());
    for (number, (name, value)) in fields.into_iter().enumerate() {
        let comma = if number > 0 { "," } else { "" };
        text += &format!("{}{comma}{}{}{}:{}{value}{}", space(), space(), json!(name), space(), space(), space());
    }
    text + "}" + space()
}

/// Whether the text was scanned; fails where serde_json reads something else.
fn is_scanned_like_read(text: &str) -> Result<bool, TestCaseError> {
    let mut scanned = Fields::none(text, ALL);
    if scan(&mut scanned).is_none() {
        return Ok(false);
    }
    let Ok(read) = Fields::read(text, ALL) else { return Err(TestCaseError::fail(format!("no JSON: {text}"))) };
    prop_assert_eq!(scanned.all(), read.all(), "{}", text);
    Ok(true)
}

/// A name as it may be written: of a field or of none, in plain letters or the first of them as an escape.
fn any_name() -> impl Strategy<Value = String> {
    let known = prop::sample::select(Keys::ALL.iter().map(Key::name).collect::<Vec<_>>());
    let own = prop_oneof![9 => known.prop_map(str::to_owned), 1 => "[a-zü_]{1,24}"];
    (own, prop::bool::weighted(0.02)).prop_map(|(name, is_escaped)| match name.chars().next() {
        Some(first) if is_escaped => format!("\"\\u{:04x}{}\"", u32::from(first), &name[first.len_utf8()..]),
        _ => format!("\"{name}\""),
    })
}

/// A value as it may be written: text of any length and alphabet, numbers in all forms, words, and what nests.
fn any_value() -> impl Strategy<Value = String> {
    let numbers = [
        "0",
        "1",
        "-1",
        "-0",
        "1.0",
        "4.5",
        "1e3",
        "1E-2",
        "1.5e+300",
        "999999999999999999",
        "1000000000000000000",
        "9223372036854775808",
        "-9223372036854775809",
        "1772441991000",
    ];
    let others = [
        "true",
        "false",
        "null",
        "[]",
        "{}",
        "[\"a\", \"b\"]",
        "[1]",
        "{\"a\": \"b\"}",
        "{\"a\":{\"b\":[{}]}}",
        "\"\\n\"",
        "\"\\u00fc\"",
        "\"\\ud83d\\ude00\"",
        "\"\\\"\"",
        "\"{\\\\\"",
    ];
    let words = [
        "contact.queued",
        "contact.answered",
        "ticket.created",
        "2026-03-02T08:59:51Z",
        "2026-03-02T08:59:51.25+01:00",
        "1.0",
        "open",
    ];
    let select = |words: &[&str]| prop::sample::select(words.iter().map(|word| word.to_string()).collect::<Vec<_>>());
    prop_oneof![
        4 => "[ -!#-\\[\\]-~]{0,140}".prop_map(|text| format!("\"{text}\"")),
        4 => select(&words).prop_map(|text| format!("\"{text}\"")),
        1 => "[a{:,ü€😀]{0,40}".prop_map(|text| format!("\"{text}\"")),
        1 => select(&numbers),
        1 => select(&others),
    ]
}

/// An object of any such fields in any order, any of them more than once, most of them what an event needs.
fn any_object() -> impl Strategy<Value = String> {
    let needed = [
        ("\"id\"", "\"e-1\""),
        ("\"type\"", "\"contact.queued\""),
        ("\"time\"", "\"2026-03-02T08:59:51.250Z\""),
        ("\"contact_id\"", "\"c-1\""),
        ("\"queue\"", "\"sales\""),
    ];
    let needed = needed.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let needed = prop::sample::subsequence(needed, 3..=5);
    let space = prop_oneof![20 => Just(""), 4 => Just(" "), 1 => Just("   "), 1 => prop::sample::select(vec!["\n", "\t", "\r\n"])];
    let spaces = prop::collection::vec(space, 1..9);
    let fields = (needed, prop::collection::vec((any_name(), any_value()), 0..6))
        .prop_map(|(needed, more)| [needed, more].concat());
    (fields.prop_shuffle(), spaces).prop_map(|(fields, spaces)| {
        let mut spaces = spaces.into_iter().cycle();
        let mut space = || spaces.next().unwrap_or_default();
        let mut field = |(name, value)| [space(), name, space(), ":", space(), value, space()].concat();
        let fields: Vec<_> = fields.iter().map(|(name, value)| field((name.as_str(), value.as_str()))).collect();
        format!("{{{}}}", fields.join(","))
    })
}

proptest! {
    /// Whatever is written, and however: with one more field, of which nothing is kept and whose name is escaped, it is not scanned.
    #[test]
    fn a_record_is_the_same_event_or_rejected_for_the_same_whether_it_is_scanned_or_not(text in any_object()) {
        let unscanned = text.replacen('{', "{\"\\u0078\":0,", 1);
        is_scanned_like_read(&text)?;
        prop_assert!(!is_scanned_like_read(&unscanned)?);
        prop_assert_eq!(read(&text), read(&unscanned), "{}", text);
    }

    #[test]
    fn what_is_scanned_is_what_serde_json_reads(
        event in any_event(),
        in_words: bool,
        turn: usize,
        spaces in prop::collection::vec(" {0,2}", 1..5),
    ) {
        let line = written_anew(&printed(&event, in_words), turn, &spaces);
        let is_plain = !line.contains('\\') && !line.contains('[') && line.matches('{').count() == 1;
        let has_fraction = matches!(&event.body, Body::Contact(_) | Body::Ticket(_)) && line.contains(r#""score""#);
        let is_scanned = is_scanned_like_read(&line)?;
        prop_assert!(is_scanned || !is_plain || has_fraction || !event.seq.unsigned_abs().lt(&1_000_000_000_000_000_000), "{}", line);
    }

    #[test]
    fn what_is_scanned_of_a_garbled_record_is_what_serde_json_reads(
        event in any_event(),
        in_words: bool,
        turn: usize,
        spaces in prop::collection::vec("[ \t\r\n]{0,2}", 1..5),
        mutations in mutations(),
    ) {
        let garbled = mutated(&written_anew(&printed(&event, in_words), turn, &spaces), &mutations);
        if let Ok(text) = std::str::from_utf8(&garbled) {
            is_scanned_like_read(text)?;
        }
    }

    #[test]
    fn what_is_scanned_of_any_few_tokens_is_what_serde_json_reads(tokens in prop::collection::vec(prop::sample::select(vec![
        "{", "}", ":", ",", "\"id\"", "\"v\"", "\"x\"", "\"\"", "\"a\\\"\"", "\"\u{1}\"", "1", "-0", "01", "-7", "1.5", "2e3", "true",
        "false", "nul", "null", " ", "\n", "\u{a0}", "[", "]", "123456789012345678", "1234567890123456789", "\"specversion\"", "\"data\"",
    ]), 0..12)) {
        is_scanned_like_read(&tokens.concat())?;
        is_scanned_like_read(&format!("{{{}}}", tokens.concat()))?;
    }
}

#[test]
fn the_usual_record_is_scanned_and_an_unusual_one_is_not() {
    for usual in [
        "{}",
        r#"{"id":"e-1","seq":-5,"bulk":true,"queue":null,"of":"nobody","channel":"m\u00fcll"}"#.replace("\\u00fc", "ü").as_str(),
        " { \"id\" : \"e\" , \"v\" : 1 } ",
    ] {
        assert!(scan(&mut Fields::none(usual, ALL)).is_some(), "{usual}");
    }
    for unusual in [
        "",
        "{",
        r#"{"id":"e\n"}"#,
        r#"{"seq":1.5}"#,
        r#"{"seq":-0}"#,
        r#"{"seq":1e3}"#,
        r#"{"attributes":{}}"#,
        r#"{"id":"e",}"#,
        r#"{"id":"e"}}"#,
        r#"{"specversion":"1.0"}"#,
        r#"{"id":"e"} x"#,
    ] {
        assert!(scan(&mut Fields::none(unusual, ALL)).is_none(), "{unusual}");
    }
}

#[test]
fn a_name_is_found_and_no_other() {
    let at = |text: &str, begin: usize, end: usize| Key::named_at(text.as_bytes(), begin as u32, end as u32);
    for key in Keys::ALL.iter() {
        let (name, quoted) = (key.name(), format!("\"{}\":1, and so on", key.name()));
        assert_eq!(Key::named(name.as_bytes()), Some(key));
        assert_eq!(at(&quoted, 1, 1 + name.len()), Some(key));
        assert_eq!(at(name, 0, name.len()), Some(key));
        assert_eq!(at(&quoted, 2, 1 + name.len()), None, "less than {name}");
        assert_eq!(at(&quoted, 1, 2 + name.len()), None, "more than {name}");
        for other in ["x", "\0", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0x"] {
            assert_eq!(Key::named(format!("{name}{other}").as_bytes()), None);
        }
    }
    assert_eq!(Key::named(b""), None);
    assert_eq!(at("\"\": some more", 1, 1), None);
}
