//! Answers in gzip or zstd, for who asks for that.
//!
//! **Why in sheets.** Most of what is scraped is often the same as at the last scrape. So an answer is made of sheets, one after the
//! other, each of which keeps what it was packed to: of gzip the blocks of a sheet are kept, which another's may follow. Together
//! they are one member, for not every reader takes a second one.
//!
//! **Why the lowest levels.** Text of metrics shrinks to a seventh at the first level and to a tenth at the sixth, which takes four
//! times as long.

use std::io::{self, Write};
use std::sync::{Arc, OnceLock};

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// The level of zstd.
const ZSTD_LEVEL: i32 = 1;

/// How an answer is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// As it is.
    Plain,
    /// In gzip.
    Gzip,
    /// In zstd.
    Zstd,
}

/// A part of an answer.
#[derive(Debug)]
pub struct Sheet {
    text: Bytes,
    blocks: OnceLock<Blocks>,
}

/// What a sheet is in gzip, between the head and the end of a member: whole blocks, none of which is the last.
#[derive(Debug)]
struct Blocks {
    bytes: Bytes,
    sum: Crc,
}

impl Encoding {
    /// Every encoding, the best first.
    const ALL: [Self; 3] = [Self::Zstd, Self::Gzip, Self::Plain];

    /// The encoding that a request likes best. Of those that it likes as much it is the one that packs best; one that it does not
    /// speak of is only taken where nothing else is asked for, and then it is none.
    pub fn asked(headers: &HeaderMap) -> Self {
        let lists = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|list| list.to_str().ok());
        let asked: Vec<(&str, u32)> = lists.flat_map(|list| list.split(',')).filter_map(preference).collect();
        let liked = |encoding: &Self| {
            let named =
                |name: &str| asked.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, liked)| *liked);
            named(encoding.name()).or_else(|| named("*")).unwrap_or(0)
        };
        let best = Self::ALL.iter().map(liked).max().unwrap_or(0);
        Self::ALL.into_iter().find(|encoding| best > 0 && liked(encoding) == best).unwrap_or(Self::Plain)
    }

    /// Its name in `Accept-Encoding` and `Content-Encoding`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "identity",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// Packs sheets into one answer.
    ///
    /// # Errors
    /// Memory does not take it.
    pub fn pack(self, sheets: &[Arc<Sheet>]) -> io::Result<Vec<Bytes>> {
        match self {
            Self::Plain => Ok(sheets.iter().map(|sheet| sheet.text.clone()).collect()),
            Self::Gzip => gzip(sheets.iter().map(|sheet| &**sheet)),
            Self::Zstd => {
                let mut packed = zstd::Encoder::new(Vec::new(), ZSTD_LEVEL)?;
                sheets.iter().try_for_each(|sheet| packed.write_all(&sheet.text))?;
                Ok(vec![packed.finish()?.into()])
            }
        }
    }
}

/// A name of an encoding, and how much it is liked, in thousandths. `None`: not a name.
fn preference(item: &str) -> Option<(&str, u32)> {
    let mut parts = item.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    let liked = quality.map_or(1.0_f64, |quality| quality.parse().unwrap_or(0.0)).clamp(0.0, 1.0);
    Some((name, (liked * 1_000.0).round() as u32))
}

impl Sheet {
    /// A sheet of this text.
    pub fn new(text: impl Into<Bytes>) -> Self {
        Self { text: text.into(), blocks: OnceLock::new() }
    }

    /// The text as it is.
    pub fn text(&self) -> &Bytes {
        &self.text
    }

    /// Its blocks, made once.
    fn blocks(&self) -> io::Result<&Blocks> {
        if let Some(blocks) = self.blocks.get() {
            return Ok(blocks);
        }
        let blocks = Blocks::of(&self.text)?;
        Ok(self.blocks.get_or_init(|| blocks))
    }
}

impl Blocks {
    fn of(text: &[u8]) -> io::Result<Self> {
        let mut sum = Crc::new();
        sum.update(text);
        let mut deflate = DeflateEncoder::new(Vec::with_capacity(text.len() / 8), Compression::fast());
        deflate.write_all(text)?;
        deflate.flush()?; // to a whole byte, with no block that is the last
        Ok(Self { bytes: std::mem::take(deflate.get_mut()).into(), sum })
    }
}

/// One member (RFC 1952): a head that says nothing, the blocks of all sheets, an empty last block, the sum and the length.
fn gzip<'s>(sheets: impl Iterator<Item = &'s Sheet>) -> io::Result<Vec<Bytes>> {
    const HEAD: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 0xff];
    const LAST_BLOCK: [u8; 2] = [3, 0];
    let mut packed = vec![Bytes::from_static(HEAD)];
    let mut sum = Crc::new();
    for sheet in sheets {
        let blocks = sheet.blocks()?;
        sum.combine(&blocks.sum);
        packed.push(blocks.bytes.clone());
    }
    let end = [&LAST_BLOCK[..], &sum.sum().to_le_bytes(), &sum.amount().to_le_bytes()].concat();
    packed.push(end.into());
    Ok(packed)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use flate2::read::GzDecoder;
    use proptest::prelude::*;

    fn asked(lists: &[&'static str]) -> Encoding {
        let mut headers = HeaderMap::new();
        for list in lists {
            headers.append(header::ACCEPT_ENCODING, list.parse().unwrap());
        }
        Encoding::asked(&headers)
    }

    fn unpacked(encoding: Encoding, packed: &[Bytes]) -> Vec<u8> {
        let packed = packed.concat();
        let mut text = Vec::new();
        match encoding {
            Encoding::Plain => text = packed,
            Encoding::Gzip => {
                let mut member = GzDecoder::new(&packed[..]);
                member.read_to_end(&mut text).unwrap();
                assert!(member.into_inner().is_empty(), "one member is all there is");
            }
            Encoding::Zstd => text = zstd::decode_all(&packed[..]).unwrap(),
        }
        text
    }

    #[test]
    fn what_is_liked_best_is_taken_and_what_is_not_spoken_of_is_not() {
        use Encoding::{Gzip, Plain, Zstd};
        for (lists, expected) in [
            (&[][..], Plain),
            (&[""], Plain),
            (&["identity"], Plain),
            (&["gzip"], Gzip),
            (&["GZip"], Gzip),
            (&["gzip, deflate, br, zstd"], Zstd),
            (&["zstd;q=0.5, gzip"], Gzip),
            (&["gzip;q=0.5", "zstd ; q=0.7"], Zstd),
            (&["gzip;q=0.5, identity"], Plain),
            (&["gzip;q=0"], Plain),
            (&["gzip;q=0, *"], Zstd),
            (&["zstd;q=0, *;q=0.1"], Gzip),
            (&["identity;q=0, *;q=0"], Plain),
            (&["br, deflate"], Plain),
            (&["gzip;q=much"], Plain),
        ] {
            assert_eq!(asked(lists), expected, "{lists:?}");
        }
    }

    #[test]
    fn a_sheet_of_many_blocks_is_packed_whole() {
        let mut dice = 7_u64;
        let mut roll = || {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (dice >> 33) as u8
        };
        let text: Vec<u8> = (0..1_000_000).map(|_| roll()).collect();
        let sheets = [Arc::new(Sheet::new(text.clone()))];
        assert_eq!(unpacked(Encoding::Gzip, &Encoding::Gzip.pack(&sheets).unwrap()), text);
    }

    proptest! {
        #[test]
        fn every_encoding_gives_the_sheets_back_one_after_the_other(
            texts in proptest::collection::vec("[a-z\n ]{0,2000}", 0..4),
            times in 1..3,
        ) {
            let sheets: Vec<_> = texts.iter().map(|text| Arc::new(Sheet::new(text.clone()))).collect();
            for encoding in Encoding::ALL {
                for _ in 0..times {
                    let packed = encoding.pack(&sheets).unwrap();
                    prop_assert_eq!(unpacked(encoding, &packed), texts.concat().into_bytes());
                }
            }
        }
    }
}
