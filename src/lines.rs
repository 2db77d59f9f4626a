//! Lines of a log file, plain or packed, one at a time and of bounded length.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::ops::Range;
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use memchr::memchr;

use crate::limits::RECORD_BYTES_MAX;

/// Bytes of a line and its break at the most: two more than a record may have.
const LINE_BYTES_MAX: usize = RECORD_BYTES_MAX + 2;
/// Bytes that are read ahead at the most: any line fits, and many usual ones.
const BUFFER_BYTES: usize = LINE_BYTES_MAX + 64 * 1024;

/// A log, line by line.
pub struct Lines {
    source: Box<dyn Read>,
    buffer: Box<[u8]>,
    left: Range<usize>, // of the buffer, that was read and is not passed yet
    ahead: Vec<Ahead>,
}

/// One line.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// Its bytes, without the line break.
    Whole(&'a [u8]),
    /// It has more bytes than a record may have; they are passed over.
    TooLong {
        /// How many.
        bytes: usize,
    },
}

/// Where a line is in the buffer, or that it is too long.
#[derive(Clone, Debug)]
enum Ahead {
    At(Range<usize>),
    TooLong { bytes: usize },
}

impl std::fmt::Debug for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lines").finish_non_exhaustive()
    }
}

impl Lines {
    /// Opens a file, or standard input for `-`. Gzip and zstd are told by their first bytes. `wrap` may watch the bytes go by.
    ///
    /// # Errors
    /// The file is not there or cannot be read.
    pub fn open(path: &Path, wrap: impl FnOnce(Box<dyn Read>, u64) -> Box<dyn Read>) -> io::Result<Self> {
        if path == Path::new("-") {
            return Self::read(Box::new(io::stdin()));
        }
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        Self::read(wrap(Box::new(file), bytes))
    }

    /// Reads lines from any source of bytes.
    ///
    /// # Errors
    /// The first bytes cannot be read.
    pub fn read(source: Box<dyn Read>) -> io::Result<Self> {
        let mut packed = BufReader::new(source);
        let source: Box<dyn Read> = match packed.fill_buf()? {
            [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(packed)),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(zstd::Decoder::with_buffer(packed)?),
            _ => Box::new(packed),
        };
        Ok(Self { source, buffer: vec![0; BUFFER_BYTES].into(), left: 0..0, ahead: Vec::new() })
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// As [`Lines::read_ahead`].
    pub fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        self.read_ahead(1)?;
        Ok(self.ahead().next())
    }

    /// Reads the next lines, at most so many, before the first of them is looked at. False: there are none.
    ///
    /// # Errors
    /// The source cannot be read on, or what is packed is damaged; all lines before have been ahead.
    pub fn read_ahead(&mut self, count: usize) -> io::Result<bool> {
        self.ahead.clear();
        while self.ahead.len() < count {
            match memchr(b'\n', &self.buffer[self.left.clone()]) {
                Some(bytes) if bytes < LINE_BYTES_MAX => self.pass(bytes, 1),
                None if !self.ahead.is_empty() => break, // to read on would move them
                None if self.left.len() < LINE_BYTES_MAX => {
                    if !self.read_on()? {
                        if !self.left.is_empty() {
                            self.pass(self.left.len(), 0);
                        }
                        break;
                    }
                }
                _ => {
                    let bytes = self.skip_line()?;
                    self.ahead.push(Ahead::TooLong { bytes });
                }
            }
        }
        Ok(!self.ahead.is_empty())
    }

    /// The lines that were read ahead, in order.
    pub fn ahead(&self) -> impl Iterator<Item = Line<'_>> {
        self.ahead.iter().map(|line| match line {
            Ahead::At(place) => Line::Whole(&self.buffer[place.clone()]),
            Ahead::TooLong { bytes } => Line::TooLong { bytes: *bytes },
        })
    }

    /// Passes a line of so many bytes and a break of so many.
    fn pass(&mut self, bytes: usize, more: usize) {
        let (begin, end) = (self.left.start, self.left.start + bytes);
        let line = &self.buffer[begin..end];
        self.ahead.push(Ahead::At(begin..end - usize::from(line.ends_with(b"\r"))));
        self.left.start = end + more;
    }

    /// Reads more behind what is left. False: there is no more.
    fn read_on(&mut self) -> io::Result<bool> {
        self.buffer.copy_within(self.left.clone(), 0);
        self.left = 0..self.left.len();
        loop {
            match self.source.read(&mut self.buffer[self.left.end..]) {
                Ok(bytes) => {
                    self.left.end += bytes;
                    return Ok(bytes > 0);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Passes a line without keeping it, and says how long it was, its break with it.
    fn skip_line(&mut self) -> io::Result<usize> {
        let mut skipped = 0;
        loop {
            let end = memchr(b'\n', &self.buffer[self.left.clone()]).map(|place| place + 1);
            let bytes = end.unwrap_or(self.left.len());
            skipped += bytes;
            self.left.start += bytes;
            if end.is_some() || !self.read_on()? {
                return Ok(skipped);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn read(bytes: Vec<u8>) -> Vec<Result<Vec<u8>, usize>> {
        let mut lines = Lines::read(Box::new(io::Cursor::new(bytes))).unwrap();
        let mut read = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            read.push(match line {
                Line::Whole(line) => Ok(line.to_vec()),
                Line::TooLong { bytes } => Err(bytes),
            });
        }
        read
    }

    #[test]
    fn packed_files_are_read_as_what_they_are() {
        let plain = b"one\r\n\ntwo".to_vec();
        let expected = vec![Ok(b"one".to_vec()), Ok(Vec::new()), Ok(b"two".to_vec())];
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&plain).unwrap();
        assert_eq!(read(gzip.finish().unwrap()), expected);
        assert_eq!(read(zstd::encode_all(&plain[..], 1).unwrap()), expected);
        assert_eq!(read(plain), expected);
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_the_next_is_whole() {
        let mut bytes = vec![b'x'; 3 * RECORD_BYTES_MAX];
        bytes.extend(b"\nnext\n");
        assert_eq!(read(bytes), [Err(3 * RECORD_BYTES_MAX + 1), Ok(b"next".to_vec())]);
    }
}
