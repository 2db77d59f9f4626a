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
use super::keys::Key;

/// Digits of an integer that surely fits.
const DIGITS_MAX: usize = 18;
/// Bytes that are marked at a time.
const BLOCK: usize = 64;
/// Blocks of a usual record at the most.
const BLOCKS_MAX: usize = 32;

const _: () = assert!(BLOCK * BLOCKS_MAX <= u16::MAX as usize, "every place in a text that is scanned fits");

/// Puts the fields of a flat object where they belong. `None`: something is unusual, and what was put is to be thrown away.
#[inline]
pub(super) fn scan(fields: &mut Fields<'_>) -> Option<()> {
    let text = fields.record().as_bytes();
    let mut marks = [0; BLOCKS_MAX];
    mark_quotes(text, &mut marks)?;
    let mut cursor = Cursor { text, at: 0, quotes: Quotes::of(&marks) };
    let mut has_name = cursor.begins()?;
    while has_name {
        let (behind, end) = cursor.string()?;
        let (kind, value) = if cursor.has_text()? { (Kind::Text, cursor.string()?) } else { cursor.bare()? };
        if let Some(key) = Key::named_at(text, behind + 1, end) {
            fields.put_plain(key, kind, value);
        }
        has_name = cursor.goes_on()?;
    }
    (cursor.is_last() && !fields.may_be_envelope()).then_some(())
}

/// Marks the quotes of a text: a bit for each of its bytes. `None`: it is too long, or has bytes that do not stand for themselves in a
/// string.
#[inline]
fn mark_quotes(text: &[u8], marks: &mut [u64; BLOCKS_MAX]) -> Option<()> {
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    if blocks.len() >= BLOCKS_MAX {
        return None;
    }
    let mut odd = Odd::NONE;
    for (marks, block) in marks.iter_mut().zip(blocks) {
        *marks = quotes_in(block, &mut odd);
    }
    marks[blocks.len()] = match text.last_chunk() {
        _ if rest.is_empty() => 0,
        Some(last) => quotes_in(last, &mut odd) >> (BLOCK - rest.len()), // of those before it knows already
        None => quotes_in(&padded(rest), &mut odd),
    };
    (!odd.is_there()).then_some(())
}

#[cold]
fn padded(rest: &[u8]) -> [u8; BLOCK] {
    let mut block = [b' '; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    block
}

/// A bit for each quote in a block, that of the first byte lowest.
#[inline]
fn quotes_in(block: &[u8; BLOCK], odd: &mut Odd) -> u64 {
    let mut quotes = 0;
    for (number, part) in block.as_chunks::<16>().0.iter().enumerate() {
        let bytes = u8x16::from(*part);
        quotes |= u64::from(bytes.simd_eq(u8x16::splat(b'"')).to_bitmask()) << (number * 16);
        odd.note(bytes);
    }
    quotes
}

/// Whether there are bytes that do not stand for themselves in a string: escapes and control characters.
struct Odd {
    escapes: u8x16,
    least: u8x16,
}

impl Odd {
    const NONE: Self = Self { escapes: u8x16::ZERO, least: u8x16::MAX };

    #[inline]
    fn note(&mut self, bytes: u8x16) {
        self.escapes |= bytes.simd_eq(u8x16::splat(b'\\'));
        self.least = self.least.min(bytes);
    }

    #[inline]
    fn is_there(&self) -> bool {
        let control = u8x16::splat(0x1F);
        (self.escapes | self.least.min(control).simd_eq(self.least)).any()
    }
}

/// The quotes of a text, to be taken one after the other.
struct Quotes<'m> {
    marks: &'m [u64; BLOCKS_MAX],
    /// The marks that are left of one block, and where it begins.
    left: u64,
    from: u32,
}

impl<'m> Quotes<'m> {
    #[inline]
    fn of(marks: &'m [u64; BLOCKS_MAX]) -> Self {
        Self { marks, left: marks[0], from: 0 }
    }

    /// Where the next but one is; both are passed. Nearly always it is in the same block.
    #[inline]
    fn second(&mut self) -> Option<u32> {
        let mut left = self.left & self.left.wrapping_sub(1);
        if left == 0 {
            self.next()?;
            self.find()?;
            left = self.left;
        }
        self.left = left & (left - 1);
        Some(self.from + left.trailing_zeros())
    }

    /// Where the next one is.
    #[inline]
    fn next(&mut self) -> Option<u32> {
        self.find()?;
        let place = self.from + self.left.trailing_zeros();
        self.left &= self.left - 1;
        Some(place)
    }

    /// Goes on to the block that has the next one.
    #[inline]
    fn find(&mut self) -> Option<()> {
        while self.left == 0 {
            self.from += BLOCK as u32;
            self.left = *self.marks.get(self.from as usize / BLOCK)?;
        }
        Some(())
    }
}

/// How far a scan has come. There may be spaces between names and values, though programs write none: each step looks first for what
/// is there without.
struct Cursor<'a, 'm> {
    text: &'a [u8],
    at: u32,
    quotes: Quotes<'m>,
}

impl Cursor<'_, '_> {
    /// Passes the bracket that begins the object. Whether a name is next, else it is the bracket that ends it.
    #[inline]
    fn begins(&mut self) -> Option<bool> {
        self.at = past(self.text, self.at, b'{')?;
        self.is_at([b'}']).then_some(false).or_else(|| self.is_at([b'"']).then_some(true))
    }

    /// Passes the colon behind a name. Whether text is next.
    #[inline]
    fn has_text(&mut self) -> Option<bool> {
        let is_usual = self.is_at(*b":\"");
        self.at = if is_usual { self.at + 1 } else { past(self.text, self.at, b':')? };
        Some(is_usual || self.is_at([b'"']))
    }

    /// Passes the comma behind a value. Whether a name is next, else it is the bracket that ends the object.
    #[inline]
    fn goes_on(&mut self) -> Option<bool> {
        if self.is_at(*b",\"") {
            self.at += 1;
            return Some(true);
        }
        self.at = past_spaces(self.text, self.at);
        if self.is_at([b'}']) {
            return Some(false);
        }
        self.at = past(self.text, self.at, b',')?;
        self.is_at([b'"']).then_some(true)
    }

    /// Whether nothing comes behind the next byte.
    fn is_last(&self) -> bool {
        past_spaces(self.text, self.at + 1) as usize == self.text.len()
    }

    #[inline]
    fn is_at<const BYTES: usize>(&self, bytes: [u8; BYTES]) -> bool {
        let at = self.at as usize;
        self.text.get(at..at + BYTES).is_some_and(|there| there == bytes)
    }

    /// The string whose first quote is the next byte: the places of both quotes.
    #[inline]
    fn string(&mut self) -> Option<(u32, u32)> {
        let (begin, end) = (self.at, self.quotes.second()?);
        self.at = end + 1;
        Some((begin, end))
    }

    /// The value without quotes that is next: the places of the byte before it and of that behind it.
    #[inline]
    fn bare(&mut self) -> Option<(Kind, (u32, u32))> {
        let (kind, bytes) = bare(self.text.get(self.at as usize..)?)?;
        let before = self.at - 1;
        self.at += bytes as u32;
        Some((kind, (before, self.at)))
    }
}

/// The first place from here on without a space. Other white space has ended the scan.
#[inline]
fn past_spaces(text: &[u8], at: u32) -> u32 {
    if text.get(at as usize) == Some(&b' ') { past_more_spaces(text, at) } else { at }
}

#[cold]
fn past_more_spaces(text: &[u8], at: u32) -> u32 {
    let rest = text.get(at as usize..).unwrap_or_default();
    at + rest.iter().take_while(|byte| **byte == b' ').count() as u32
}

/// Behind this byte, which must be there, and behind the spaces around it.
fn past(text: &[u8], at: u32, byte: u8) -> Option<u32> {
    let at = past_spaces(text, at);
    (*text.get(at as usize)? == byte).then(|| past_spaces(text, at + 1))
}

/// The kind and the bytes of the value without quotes that a text begins with.
fn bare(text: &[u8]) -> Option<(Kind, usize)> {
    let words: [(&[u8], Kind); 3] = [(b"true", Kind::True), (b"false", Kind::False), (b"null", Kind::Null)];
    match words.into_iter().find(|(word, _)| text.starts_with(word)) {
        Some((word, kind)) => Some((kind, word.len())),
        None => Some((Kind::Integer, integer(text)?)),
    }
}

/// The bytes of a whole number as JSON writes it. What may be part of another number behind it is no comma and no bracket, which ends
/// the scan.
fn integer(text: &[u8]) -> Option<usize> {
    let number = text.strip_prefix(b"-").unwrap_or(text);
    let is_negative = number.len() < text.len();
    let digits = number.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let leads_with_zero = number.first() == Some(&b'0');
    if !(1..=DIGITS_MAX).contains(&digits) || leads_with_zero && (digits > 1 || is_negative) {
        return None; // not JSON, or not an integer to serde_json
    }
    Some(usize::from(is_negative) + digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn byte() -> impl Strategy<Value = u8> {
        prop_oneof![1 => any::<u8>(), 9 => Just(b'"'), 4_000 => 0x20u8..0x5B]
    }

    proptest! {
        #[test]
        fn quotes_are_taken_where_they_are(bytes in proptest::collection::vec(byte(), 0..400)) {
            let is_odd = bytes.iter().any(|byte| *byte < 0x20 || *byte == b'\\');
            let places: Vec<u32> = (0..).zip(&bytes).filter(|(_, byte)| **byte == b'"').map(|(place, _)| place).collect();
            let mut marks = [0; BLOCKS_MAX];
            prop_assert_eq!(mark_quotes(&bytes, &mut marks).is_none(), is_odd);
            if !is_odd {
                let mut quotes = Quotes::of(&marks);
                prop_assert_eq!(std::iter::from_fn(|| quotes.next()).collect::<Vec<_>>(), places);
            }
        }
    }

    #[test]
    fn a_text_is_marked_up_to_the_most_and_no_longer() {
        for (bytes, is_marked) in [(0, true), (1, true), (2_047, true), (2_048, false), (100_000, false)] {
            assert_eq!(mark_quotes(&vec![b'"'; bytes], &mut [0; BLOCKS_MAX]).is_some(), is_marked, "{bytes}");
        }
    }
}
