//! Lines of a log file, plain or packed, one at a time and of bounded length.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::limits::RECORD_BYTES_MAX;

/// Bytes read from the file at a time.
const BUFFER_BYTES: usize = 256 * 1024;

/// A log, line by line.
pub struct Lines {
    source: Box<dyn BufRead>,
    line: Vec<u8>,
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

/// Some lines, read before the first of them is looked at.
#[derive(Debug, Default)]
pub struct LinesAhead {
    bytes: Vec<u8>,
    ends: Vec<End>,
}

/// Where a line ends in the bytes of all, or that it is too long.
#[derive(Clone, Copy, Debug)]
enum End {
    At(usize),
    TooLong { bytes: usize },
}

impl LinesAhead {
    /// Reads the next lines, at most so many, in place of those that it holds. False: there are none.
    ///
    /// # Errors
    /// The source cannot be read on, or what is packed is damaged; the lines before are held.
    pub fn read(&mut self, lines: &mut Lines, count: usize) -> io::Result<bool> {
        self.bytes.clear();
        self.ends.clear();
        while self.ends.len() < count {
            match lines.append(&mut self.bytes)? {
                Some(end) => self.ends.push(end),
                None => break,
            }
        }
        Ok(!self.ends.is_empty())
    }

    /// How many lines it holds.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The lines, in order.
    pub fn iter(&self) -> impl Iterator<Item = Line<'_>> {
        let mut begin = 0;
        self.ends.iter().map(move |end| match *end {
            End::At(end) => Line::Whole(&self.bytes[std::mem::replace(&mut begin, end)..end]),
            End::TooLong { bytes } => Line::TooLong { bytes },
        })
    }
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
        let mut packed = BufReader::with_capacity(BUFFER_BYTES, source);
        let source: Box<dyn BufRead> = match packed.fill_buf()? {
            [0x1f, 0x8b, ..] => Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(packed))),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => {
                Box::new(BufReader::with_capacity(BUFFER_BYTES, zstd::Decoder::with_buffer(packed)?))
            }
            _ => Box::new(packed),
        };
        Ok(Self { source, line: Vec::new() })
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// The source cannot be read on, or what is packed is damaged.
    pub fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        let end = self.append(&mut line);
        self.line = line;
        Ok(end?.map(|end| match end {
            End::At(_) => Line::Whole(&self.line),
            End::TooLong { bytes } => Line::TooLong { bytes },
        }))
    }

    /// Appends the next line to these bytes, without its break; one that is too long leaves them as they were. `None` at the end.
    fn append(&mut self, bytes: &mut Vec<u8>) -> io::Result<Option<End>> {
        let begin = bytes.len();
        let limit = RECORD_BYTES_MAX as u64 + 2;
        let read = self.source.by_ref().take(limit).read_until(b'\n', bytes)?;
        if read == 0 {
            return Ok(None);
        }
        if bytes.last() != Some(&b'\n') && read as u64 == limit {
            bytes.truncate(begin);
            return Ok(Some(End::TooLong { bytes: read + self.skip_line()? }));
        }
        for end in [b'\n', b'\r'] {
            if bytes.len() > begin && bytes.last() == Some(&end) {
                bytes.pop();
            }
        }
        Ok(Some(End::At(bytes.len())))
    }

    fn skip_line(&mut self) -> io::Result<usize> {
        let mut skipped = 0;
        loop {
            let buffer = self.source.fill_buf()?;
            let (end, found) = match buffer.iter().position(|byte| *byte == b'\n') {
                Some(place) => (place + 1, true),
                None => (buffer.len(), buffer.is_empty()),
            };
            skipped += end;
            self.source.consume(end);
            if found {
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
