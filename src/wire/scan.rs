//! The fast way through a record of the usual shape: one flat JSON object without escapes.
//!
//! **Why beside serde_json.** Nearly every record is such an object, and most of a parser's work on it is to expect something else.
//! Here all quotes of a text are found first, 64 bytes at a time, so that no loop depends on how long a string is. Whatever is
//! unusual (an escape, a line break, nesting, a fraction, an envelope, bad JSON) ends the scan: serde_json then reads the record from
//! its beginning, and words the error.
//!
//! **Invariant.** What is scanned to the end is what serde_json would have read; a property test compares them.

use wide::u8x16;

use super::fields::{Fields, Kind};
use super::keys::{Key, Keys};

/// Fields whose values serde_json reads: what is in them depends on the shape of the record.
const OF_ENVELOPES: Keys = Keys::of(&[Key::SpecVersion, Key::Data, Key::DataBase64]);
/// Digits of an integer that surely fits.
const DIGITS_MAX: usize = 18;
/// Bytes that are marked at a time.
const BLOCK: usize = 64;
/// Quotes of a usual record at the most: those of thirty names and values.
const QUOTES_MAX: usize = 120;

/// Puts the fields of a flat object where they belong. `None`: something is unusual, and what was put is to be thrown away.
pub(super) fn scan<'a>(text: &'a str, fields: &mut Fields<'a>) -> Option<()> {
    let quotes = Quotes::find(text.as_bytes())?;
    let mut cursor = Cursor { text, at: 0, quotes: &quotes.places[..quotes.count] };
    cursor.expect(b'{')?;
    if cursor.peek()? != b'}' {
        loop {
            let key = cursor.key()?;
            cursor.expect(b':')?;
            let (kind, value) = cursor.value()?;
            match key.filter(|key| fields.keeps(*key)) {
                Some(key) if OF_ENVELOPES.has(key) => return None,
                Some(key) => fields.put_plain(key, kind, value),
                None => {}
            }
            if cursor.peek()? == b'}' {
                break;
            }
            cursor.expect(b',')?;
        }
    }
    cursor.expect(b'}')?;
    cursor.peek().is_none().then_some(())
}

/// Where the quotes of a text are.
struct Quotes {
    places: [u16; QUOTES_MAX + 16],
    count: usize,
}

impl Quotes {
    /// `None`: the text is too long, has too many of them, or bytes that do not stand for themselves in a string.
    fn find(text: &[u8]) -> Option<Self> {
        let mut found = Self { places: [0; QUOTES_MAX + 16], count: 0 };
        if text.len() > usize::from(u16::MAX) {
            return None;
        }
        let (blocks, rest) = text.as_chunks::<BLOCK>();
        for (number, block) in blocks.iter().enumerate() {
            found.add(number * BLOCK, block)?;
        }
        let mut last = [b' '; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        found.add(blocks.len() * BLOCK, &last)?;
        Some(found)
    }

    /// Writes eight places at a time, of which those beyond the count mean nothing: that costs less than to ask for each.
    #[inline]
    fn add(&mut self, from: usize, block: &[u8; BLOCK]) -> Option<()> {
        let Marks { mut quotes, has_odd } = Marks::of(block);
        let count = self.count + quotes.count_ones() as usize;
        if has_odd || count > QUOTES_MAX {
            return None;
        }
        while self.count < count {
            for place in self.places[self.count..].first_chunk_mut::<8>()? {
                *place = (from as u16).wrapping_add(quotes.trailing_zeros() as u16);
                quotes &= quotes.wrapping_sub(1);
            }
            self.count += 8;
        }
        self.count = count;
        Some(())
    }
}

/// What is found in one block.
#[derive(Debug, PartialEq, Eq)]
struct Marks {
    /// A bit for each quote, that of the first byte lowest.
    quotes: u64,
    /// Whether there is an escape or a control character.
    has_odd: bool,
}

impl Marks {
    /// Sixteen bytes at a time.
    #[inline]
    fn of(block: &[u8; BLOCK]) -> Self {
        let (quote, escape, control) = (u8x16::splat(b'"'), u8x16::splat(b'\\'), u8x16::splat(0x1F));
        let (mut quotes, mut odd) = (0_u64, u8x16::ZERO);
        for (number, part) in block.as_chunks::<16>().0.iter().enumerate() {
            let bytes = u8x16::from(*part);
            quotes |= u64::from(bytes.simd_eq(quote).to_bitmask()) << (number * 16);
            odd = odd | bytes.simd_eq(escape) | bytes.min(control).simd_eq(bytes);
        }
        Self { quotes, has_odd: odd.any() }
    }
}

/// How far a scan has come.
struct Cursor<'a, 'q> {
    text: &'a str,
    at: usize,
    quotes: &'q [u16], // those that are not passed
}

impl<'a> Cursor<'a, '_> {
    /// The next byte that is no space. Other white space has ended the scan.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        loop {
            match *self.text.as_bytes().get(self.at)? {
                b' ' => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Option<()> {
        let is_there = self.peek()? == byte;
        self.at += 1;
        is_there.then_some(())
    }

    /// The string that begins here, of which it holds the text as it is: from where to where.
    #[inline]
    fn string(&mut self) -> Option<(usize, usize)> {
        let ([begin, end], rest) = self.quotes.split_first_chunk::<2>()?;
        let (begin, end) = (usize::from(*begin), usize::from(*end));
        self.peek()?;
        if begin != self.at {
            return None;
        }
        self.quotes = rest;
        self.at = end + 1;
        Some((begin + 1, end))
    }

    #[inline]
    fn key(&mut self) -> Option<Option<Key>> {
        let (begin, end) = self.string()?;
        Some(Key::named_at(self.text.as_bytes(), begin, end))
    }

    #[inline]
    fn value(&mut self) -> Option<(Kind, &'a str)> {
        match self.peek()? {
            b'"' => {
                let (begin, end) = self.string()?;
                Some((Kind::Text, self.text.get(begin..end)?))
            }
            b't' => self.word("true", Kind::True),
            b'f' => self.word("false", Kind::False),
            b'n' => self.word("null", Kind::Null),
            _ => self.integer(),
        }
    }

    fn word(&mut self, word: &'a str, kind: Kind) -> Option<(Kind, &'a str)> {
        let is_there = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        self.at += word.len();
        is_there.then_some((kind, word))
    }

    /// A whole number as JSON writes it. What may be part of another number behind it is no comma and no bracket, which ends the scan.
    fn integer(&mut self) -> Option<(Kind, &'a str)> {
        let bytes = self.text.as_bytes();
        let is_negative = bytes[self.at] == b'-';
        let begin = self.at + usize::from(is_negative);
        let digits = bytes[begin..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let leads_with_zero = bytes.get(begin) == Some(&b'0');
        if !(1..=DIGITS_MAX).contains(&digits) || leads_with_zero && (digits > 1 || is_negative) {
            return None; // not JSON, or not an integer to serde_json
        }
        let number = self.text.get(self.at..begin + digits)?;
        self.at = begin + digits;
        Some((Kind::Integer, number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn byte() -> impl Strategy<Value = u8> {
        prop_oneof![1 => any::<u8>(), 1 => Just(b'"'), 20 => 0x20u8..0x7F]
    }

    proptest! {
        #[test]
        fn marks_are_what_a_look_at_every_byte_finds(bytes in proptest::collection::vec(byte(), BLOCK)) {
            let block: &[u8; BLOCK] = bytes.first_chunk().unwrap();
            let quotes = (0..BLOCK).filter(|place| block[*place] == b'"').map(|place| 1 << place).sum();
            let marks = Marks { quotes, has_odd: block.iter().any(|byte| *byte < 0x20 || *byte == b'\\') };
            prop_assert_eq!(Marks::of(block), marks);
        }

        #[test]
        fn quotes_are_found_where_they_are(bytes in proptest::collection::vec(prop_oneof![1 => Just(b'"'), 5 => 0x20u8..0x5B], 0..400)) {
            let places: Vec<u16> = (0..).zip(&bytes).filter(|(_, byte)| **byte == b'"').map(|(place, _)| place).collect();
            let found = Quotes::find(&bytes);
            prop_assert_eq!(found.map(|found| found.places[..found.count].to_vec()), (places.len() <= QUOTES_MAX).then_some(places));
        }
    }
}
