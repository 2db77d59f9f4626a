//! Records of one partition, copied out of librdkafka: one buffer, many records.
//!
//! **Why copied.** A borrowed message pins the fetch buffer it lies in, and cannot leave the consumer's thread. One copy into one
//! buffer a batch costs less than an allocation a record; and the buffers of batches that are done with are used again.

use super::header_list::{HeaderList, pack};
use crate::time::EventTime;
use crate::wire::{self, Headers};

/// Records of one partition in rising order of offset.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    headers: Vec<HeaderEnds>, // of those records that have any
}

/// One record. Its payload begins where the record before it ends; its key follows, and its headers.
#[derive(Clone, Copy, Debug)]
struct Entry {
    offset: i64,
    recorded_at: Option<EventTime>,
    payload_end: Option<usize>,
    key_end: Option<usize>,
    has_headers: bool,
}

/// Where the headers of a record end: each that can tell of an event, in the order of [`parts`], and after them the list of all.
type HeaderEnds = [Option<usize>; 6];

/// One record of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its place in the log.
    pub offset: i64,
    /// The record's timestamp as the broker keeps it; `None` where it keeps none.
    pub recorded_at: Option<EventTime>,
    /// The epoch of the leader that wrote it, where the broker tells. A batch does not keep it.
    pub leader_epoch: Option<i32>,
    /// The key, by which its producer chose the partition. Nothing is read from it.
    pub key: Option<&'a [u8]>,
    /// The bytes; `None` for a tombstone.
    pub payload: Option<&'a [u8]>,
    /// The headers that can tell of an event.
    pub headers: Headers<'a>,
    /// All headers.
    pub all_headers: HeaderList<'a>,
}

impl<'a> From<Record<'a>> for wire::Record<'a> {
    fn from(record: Record<'a>) -> Self {
        Self { value: record.payload, headers: record.headers }
    }
}

impl Batch {
    /// Without its records; what memory it has is kept.
    pub fn emptied(mut self) -> Self {
        self.bytes.clear();
        self.entries.clear();
        self.headers.clear();
        self
    }

    /// How many bytes of records it has memory for.
    pub fn room(&self) -> usize {
        self.bytes.capacity()
    }

    /// Adds a record after all others.
    pub fn push(&mut self, record: Record<'_>) {
        let Record { offset, recorded_at, leader_epoch: _, key, payload, headers, all_headers } = record;
        let has_headers = !all_headers.is_empty() || headers != Headers::default();
        let (payload_end, key_end) = (self.copy(payload), self.copy(key));
        self.entries.push(Entry { offset, recorded_at, payload_end, key_end, has_headers });
        if has_headers {
            let [id, kind, time, source, specversion] = parts(headers).map(|header| self.copy(header));
            all_headers.for_each(|name, value| pack(&mut self.bytes, name, value));
            self.headers.push([id, kind, time, source, specversion, Some(self.bytes.len())]);
        }
    }

    /// Copies a part, and says where it ends.
    fn copy(&mut self, part: Option<&[u8]>) -> Option<usize> {
        self.bytes.extend_from_slice(part?);
        Some(self.bytes.len())
    }

    /// The records, in order.
    pub fn iter(&self) -> impl Iterator<Item = Record<'_>> {
        let mut begin = 0;
        let mut part = move |end: Option<usize>| end.map(|end| &self.bytes[std::mem::replace(&mut begin, end)..end]);
        let mut headers = self.headers.iter();
        let mut headers_of = move |entry: &Entry| if entry.has_headers { headers.next() } else { None };
        self.entries.iter().map(move |entry| {
            let (payload, key) = (part(entry.payload_end), part(entry.key_end));
            let [id, kind, time, source, specversion, all] =
                headers_of(entry).map_or([None; 6], |ends| ends.map(&mut part));
            let headers = Headers { id, kind, time, source, specversion };
            let all_headers = all.map_or(HeaderList::Empty, HeaderList::Packed);
            let Entry { offset, recorded_at, .. } = *entry;
            Record { offset, recorded_at, leader_epoch: None, key, payload, headers, all_headers }
        })
    }

    /// When the records were recorded, where the broker says so.
    pub fn recorded(&self) -> impl Iterator<Item = EventTime> {
        self.entries.iter().filter_map(|entry| entry.recorded_at)
    }

    /// How many records.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many bytes the payloads, keys and headers take.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }
}

/// The headers in one order.
fn parts(headers: Headers<'_>) -> [Option<&[u8]>; 5] {
    let Headers { id, kind, time, source, specversion } = headers;
    [id, kind, time, source, specversion]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(offset: i64, payload: Option<&'static [u8]>, headers: Headers<'static>) -> Record<'static> {
        Record { offset, payload, headers, ..Record::default() }
    }

    #[test]
    fn a_batch_gives_back_what_was_put_in() {
        let heartbeat = Headers { id: Some(b"e-1"), kind: Some(b"source.heartbeat"), source: Some(b""), ..NONE };
        let all = Headers { time: Some(b"5"), specversion: Some(b"1.0"), ..heartbeat };
        let records = [
            Record { recorded_at: Some(EventTime::from_millis(9)), ..record(4, Some(b"one"), NONE) },
            Record { key: Some(b"k"), ..record(7, None, NONE) },
            record(8, Some(b""), heartbeat),
            record(9, Some(b"four"), NONE),
            record(10, None, all),
            record(11, Some(b"six"), Headers { id: Some(b""), ..NONE }),
            record(12, Some(b"seven"), NONE),
        ];
        let mut batch = Batch::default();
        records.iter().for_each(|record| batch.push(*record));
        let with_empty_lists = records.map(|record| match record.headers == NONE {
            true => record,
            false => Record { all_headers: HeaderList::Packed(b""), ..record },
        });
        assert_eq!(batch.iter().collect::<Vec<_>>(), with_empty_lists);
        assert_eq!((batch.len(), batch.bytes()), (7, 15 + 1 + 19 + 23));
    }

    #[test]
    fn all_headers_of_a_record_are_kept_in_order_whatever_their_names() {
        let (mut list, mut batch) = (Vec::new(), Batch::default());
        let headers: [(&[u8], Option<&[u8]>); 4] =
            [(b"trace", Some(b"1")), (b"\xff", None), (b"", Some(b"")), (b"trace", Some(b"2"))];
        headers.iter().for_each(|(name, value)| pack(&mut list, name, *value));
        batch.push(Record { all_headers: HeaderList::Packed(&list), ..record(1, None, NONE) });
        batch.push(Record { key: Some(b"k"), ..record(2, Some(b"v"), NONE) });
        let mut found = Vec::new();
        let records: Vec<_> = batch.iter().collect();
        records[0].all_headers.for_each(|name, value| found.push((name.to_vec(), value.map(<[u8]>::to_vec))));
        assert_eq!(found, headers.map(|(name, value)| (name.to_vec(), value.map(<[u8]>::to_vec))));
        assert_eq!((records[1].key, records[1].payload), (Some(&b"k"[..]), Some(&b"v"[..])));
    }

    #[test]
    fn an_emptied_batch_is_as_good_as_new() {
        let mut batch = Batch::default();
        batch.push(record(1, Some(b"one"), Headers { id: Some(b"e-1"), kind: Some(b"source.heartbeat"), ..NONE }));
        let mut batch = batch.emptied();
        assert!(batch.is_empty() && batch.bytes() == 0);
        batch.push(record(2, Some(b"two"), NONE));
        assert_eq!(batch.iter().collect::<Vec<_>>(), [record(2, Some(b"two"), NONE)]);
    }

    #[test]
    fn a_record_without_headers_costs_no_memory_for_them() {
        let mut batch = Batch::default();
        batch.push(record(1, Some(b"one"), NONE));
        assert_eq!(batch.headers.capacity(), 0);
    }

    const NONE: Headers<'static> = Headers { id: None, kind: None, time: None, source: None, specversion: None };
}
