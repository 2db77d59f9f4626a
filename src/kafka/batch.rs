//! Records of one partition, copied out of librdkafka: one buffer, many records.
//!
//! **Why copied.** A borrowed message pins the fetch buffer it lies in, and cannot leave the consumer's thread. One copy into one
//! buffer a batch costs less than an allocation a record.

use crate::time::EventTime;

/// Records of one partition in rising order of offset.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

/// One record. Its payload begins where that of the record before it ends.
#[derive(Clone, Copy, Debug)]
struct Entry {
    offset: i64,
    recorded_at: Option<EventTime>,
    payload_end: Option<usize>,
}

/// One record of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its place in the log.
    pub offset: i64,
    /// The record's timestamp as the broker keeps it; `None` where it keeps none.
    pub recorded_at: Option<EventTime>,
    /// The bytes; `None` for a tombstone.
    pub payload: Option<&'a [u8]>,
}

impl Batch {
    /// Adds a record after all others.
    pub fn push(&mut self, record: Record<'_>) {
        let payload_end = record.payload.map(|payload| {
            self.bytes.extend_from_slice(payload);
            self.bytes.len()
        });
        self.entries.push(Entry { offset: record.offset, recorded_at: record.recorded_at, payload_end });
    }

    /// The records, in order.
    pub fn iter(&self) -> impl Iterator<Item = Record<'_>> {
        let mut begin = 0;
        self.entries.iter().map(move |entry| Record {
            offset: entry.offset,
            recorded_at: entry.recorded_at,
            payload: entry.payload_end.map(|end| &self.bytes[std::mem::replace(&mut begin, end)..end]),
        })
    }

    /// How many records.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many bytes the payloads take.
    pub fn payload_bytes(&self) -> usize {
        self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_gives_back_what_was_put_in() {
        let records = [
            Record { offset: 4, recorded_at: Some(EventTime::from_millis(9)), payload: Some(b"one") },
            Record { offset: 7, recorded_at: None, payload: None },
            Record { offset: 8, recorded_at: None, payload: Some(b"") },
            Record { offset: 9, recorded_at: None, payload: Some(b"four") },
        ];
        let mut batch = Batch::default();
        records.iter().for_each(|record| batch.push(*record));
        assert_eq!(batch.iter().collect::<Vec<_>>(), records);
        assert_eq!((batch.len(), batch.payload_bytes()), (4, 7));
    }
}
