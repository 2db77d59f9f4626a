//! The scan against serde_json: what it reads to the end is what serde_json reads.

use proptest::prelude::*;

use super::random::{any_event, mutated, mutations, printed};
use super::*;
use crate::wire::fields::{Fields, Kept};
use crate::wire::keys::Keys;
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
    let mut scanned = Fields::none(ALL);
    if scan(text, &mut scanned).is_none() {
        return Ok(false);
    }
    let Ok(read) = Fields::read(text, ALL) else { return Err(TestCaseError::fail(format!("no JSON: {text}"))) };
    prop_assert_eq!(scanned.all(), read.all(), "{}", text);
    Ok(true)
}

proptest! {
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
        assert!(scan(usual, &mut Fields::none(ALL)).is_some(), "{usual}");
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
        assert!(scan(unusual, &mut Fields::none(ALL)).is_none(), "{unusual}");
    }
}

#[test]
fn a_name_is_found_and_no_other() {
    for key in Keys::ALL.iter() {
        assert_eq!(crate::wire::keys::Key::named(key.name()), Some(key));
        assert_eq!(crate::wire::keys::Key::named(&format!("{}x", key.name())), None);
        let (name, quoted) = (key.name(), format!("\"{}\":1", key.name()));
        assert_eq!(crate::wire::keys::Key::named_at(quoted.as_bytes(), 1, 1 + name.len()), Some(key));
        assert_eq!(crate::wire::keys::Key::named_at(name.as_bytes(), 0, name.len()), Some(key));
        assert_eq!(crate::wire::keys::Key::named_at(name.as_bytes(), 1, name.len()), None);
    }
    assert_eq!(crate::wire::keys::Key::named(""), None);
}
