//! The fast way through a record of the usual shape: one flat JSON object without escapes.
//!
//! **Why beside serde_json.** Nearly every record is such an object, and most of a parser's work on it is to expect something else.
//! Here a text is scanned eight bytes at a time, and whatever is unusual (an escape, nesting, a fraction, an envelope, bad JSON)
//! ends the scan: serde_json then reads the record from its beginning, and words the error.
//!
//! **Invariant.** What is scanned to the end is what serde_json would have read; a property test and a fuzz target compare them.

use super::fields::{Fields, Kept};
use super::keys::{Key, Keys};
use super::value::Value;

/// Fields whose values serde_json reads: what is in them depends on the shape of the record.
const OF_ENVELOPES: Keys = Keys::of(&[Key::SpecVersion, Key::Data, Key::DataBase64]);
/// Digits of an integer that surely fits.
const DIGITS_MAX: usize = 18;

/// The fields of a flat object, put where they belong. `None`: something is unusual, and what was put is to be thrown away.
pub(super) fn scan<'a>(text: &'a str, kept: Kept) -> Option<Fields<'a>> {
    let mut fields = Fields::none(kept);
    let mut cursor = Cursor { text, bytes: text.as_bytes(), at: 0 };
    cursor.expect(b'{')?;
    if cursor.peek()? != b'}' {
        loop {
            let key = Key::named(cursor.string()?);
            cursor.expect(b':')?;
            let value = cursor.value()?;
            match key.filter(|key| kept.own.has(*key)) {
                Some(key) if OF_ENVELOPES.has(key) => return None,
                Some(key) => fields.put(key, value),
                None => {}
            }
            if cursor.peek()? == b'}' {
                break;
            }
            cursor.expect(b',')?;
        }
    }
    cursor.expect(b'}')?;
    cursor.is_at_end().then_some(fields)
}

/// How far a scan has come.
struct Cursor<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        loop {
            match *self.bytes.get(self.at)? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        let is_there = self.peek()? == byte;
        self.at += 1;
        is_there.then_some(())
    }

    fn is_at_end(&mut self) -> bool {
        self.peek().is_none()
    }

    fn value(&mut self) -> Option<Value<'a>> {
        match self.peek()? {
            b'"' => Some(Value::Text(self.string()?.into())),
            b't' => self.word("true", Value::Flag(true)),
            b'f' => self.word("false", Value::Flag(false)),
            b'n' => self.word("null", Value::Null),
            _ => self.integer().map(Value::Integer),
        }
    }

    fn word(&mut self, word: &str, value: Value<'a>) -> Option<Value<'a>> {
        let is_there = self.bytes[self.at..].starts_with(word.as_bytes());
        self.at += word.len();
        is_there.then_some(value)
    }

    /// A whole number as JSON writes it. What may be part of another number behind it is no comma and no bracket, which ends the scan.
    fn integer(&mut self) -> Option<i64> {
        let is_negative = self.bytes[self.at] == b'-';
        let begin = self.at + usize::from(is_negative);
        let digits = self.bytes[begin..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = self.bytes.get(begin..begin + digits).filter(|digits| (1..=DIGITS_MAX).contains(&digits.len()))?;
        if digits[0] == b'0' && (digits.len() > 1 || is_negative) {
            return None; // not JSON, or not an integer to serde_json
        }
        self.at = begin + digits.len();
        let number = digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0'));
        Some(if is_negative { -number } else { number })
    }

    /// A string that holds its text as it is.
    fn string(&mut self) -> Option<&'a str> {
        self.expect(b'"')?;
        let begin = self.at;
        let end = end_of_plain(self.bytes, begin);
        self.at = end + 1;
        if self.bytes.get(end) == Some(&b'"') { self.text.get(begin..end) } else { None }
    }
}

/// Where the first byte is that does not stand for itself in a string: a quote, an escape or a control character.
fn end_of_plain(bytes: &[u8], begin: usize) -> usize {
    let mut at = begin;
    while let Some(chunk) = bytes[at..].first_chunk() {
        let special = special(u64::from_le_bytes(*chunk));
        if special != 0 {
            return at + special.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    at + bytes[at..].iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | ..0x20)).count()
}

/// The high bit of each of eight bytes that is special; those above the first that is may be wrong. (Mycroft's test for a zero byte:
/// Hacker's Delight, 6-1.)
const fn special(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xFF;
    const HIGHS: u64 = ONES << 7;
    let quote = word ^ (ONES * b'"' as u64);
    let escape = word ^ (ONES * b'\\' as u64);
    let is_quote = quote.wrapping_sub(ONES) & !quote;
    let is_escape = escape.wrapping_sub(ONES) & !escape;
    let is_control = word.wrapping_sub(ONES * 0x20) & !word;
    (is_quote | is_escape | is_control) & HIGHS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_end_of_plain_text_is_where_a_look_at_every_byte_finds_it(bytes in proptest::collection::vec(
            prop_oneof![8 => any::<u8>(), 1 => Just(b'"'), 1 => Just(b'\\'), 1 => 0u8..0x22, 20 => b'a'..b'z'], 0..40
        ), begin in 0usize..40) {
            let begin = begin.min(bytes.len());
            let plain = bytes[begin..].iter().take_while(|byte| **byte >= 0x20 && **byte != b'"' && **byte != b'\\').count();
            prop_assert_eq!(end_of_plain(&bytes, begin), begin + plain);
        }
    }
}
