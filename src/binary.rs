//! Values as bytes, in postcard's form, for those who write much of them.
//!
//! **Why not `postcard::to_io`.** It writes each number for itself, and a state is millions of numbers: that was a third of what a snapshot
//! took.

use std::io::{self, Write};

use postcard::ser_flavors::Flavor;
use serde::Serialize;

/// Bytes that are written at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// Writes a value, in large pieces.
///
/// # Errors
/// Those of `out`, or the value has no such form.
pub fn write(value: &impl Serialize, out: impl Write) -> io::Result<()> {
    let mut failed = None;
    let pieces = Pieces { piece: Vec::with_capacity(PIECE_BYTES), out, failed: &mut failed };
    let written = postcard::serialize_with_flavor(value, pieces);
    match failed {
        Some(error) => Err(error),
        None => written.map_err(io::Error::other),
    }
}

/// What is gathered, and where it goes once that is much. postcard has no place for a reason why something cannot be written.
struct Pieces<'a, W> {
    piece: Vec<u8>,
    out: W,
    failed: &'a mut Option<io::Error>,
}

impl<W: Write> Pieces<'_, W> {
    #[cold]
    fn pass_on(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        let written = self.out.write_all(&self.piece).and_then(|()| self.out.write_all(bytes));
        self.piece.clear();
        written.map_err(|error| {
            *self.failed = Some(error);
            postcard::Error::SerializeBufferFull
        })
    }
}

impl<W: Write> Flavor for Pieces<'_, W> {
    type Output = ();

    #[inline]
    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.try_extend(&[byte])
    }

    #[inline]
    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        if self.piece.len() + bytes.len() > PIECE_BYTES {
            return self.pass_on(bytes);
        }
        self.piece.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(mut self) -> postcard::Result<()> {
        self.pass_on(&[])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Takes so many bytes, and no more.
    struct Small(usize);

    impl Write for Small {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            match self.0 >= bytes.len() {
                true => self.0 -= bytes.len(),
                false => return Err(io::Error::new(io::ErrorKind::StorageFull, "it is full")),
            }
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    proptest! {
        #[test]
        fn it_writes_what_postcard_writes(
            numbers in proptest::collection::vec(any::<(u8, i64, Option<u32>)>(), 0..20_000),
            texts in proptest::collection::vec("[a-z]{0,200}", 0..500),
            long in 0..3 * PIECE_BYTES,
        ) {
            let value = (numbers, texts, "x".repeat(long));
            let mut written = Vec::new();
            write(&value, &mut written).unwrap();
            prop_assert!(written == postcard::to_stdvec(&value).unwrap());
        }
    }

    #[test]
    fn an_error_of_whoever_takes_it_is_told() {
        let value = vec![7_u8; 3 * PIECE_BYTES];
        for room in [0, 10, PIECE_BYTES + 1, 3 * PIECE_BYTES] {
            assert_eq!(write(&value, Small(room)).unwrap_err().kind(), io::ErrorKind::StorageFull);
        }
        assert!(write(&value, Small(4 * PIECE_BYTES)).is_ok());
    }
}
