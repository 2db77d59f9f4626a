//! Where the reading of a partition begins.
//!
//! **Why not the committed offset.** Without a snapshot state is rebuilt from the log, so reading begins `bootstrap` ago, and what was
//! seen by an earlier owner is replayed without counting again. It never begins after what was seen, nor after a dead letter that was
//! not delivered: nothing is skipped.
//!
//! **Order of the questions.** The end is asked before the first offset by time: when no record is young enough the reading begins
//! at the end, and a record that arrives between two questions must not fall before it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaResult;
use rdkafka::{Offset, TopicPartitionList};

use super::commit::{Note, read_metadata};
use super::native::TopicIdQuestion;
use super::store::Pointer;
use super::{Bootstrap, Ends, Place, Resume};
use crate::clock;
use crate::snapshot::TopicId;

/// How long to wait for the ids of topics once everything else is answered: what does not tell them may not hold up the start.
const TOPIC_IDS_WAIT: Duration = Duration::from_millis(300);

/// The answer for one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Start {
    pub place: Place,
    pub resume: Resume,
    pub ends: Ends,
    /// Where the group's commit says that the last snapshot lies.
    pub pointer: Option<Pointer>,
    /// From where on dead letters were not delivered, where the log begins only later.
    pub letters_lost: Option<i64>,
    pub oddity: Option<Oddity>,
    /// The topic, where the broker tells its id.
    pub topic_id: Option<TopicId>,
    /// The epoch of the leader that wrote the last record before the start, where the snapshot tells it.
    pub leader_epoch: Option<i32>,
}

impl Start {
    /// The same where what the group has committed is not about this log: all of it counts.
    pub fn of_another_log(self) -> Self {
        let resume = Resume { committed: None, counted_until: None, letters_from: self.resume.start, ..self.resume };
        Self { resume, oddity: Some(Oddity::Replaced), ..self }
    }
}

/// A committed offset that does not fit the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Oddity {
    /// The log begins after it: `missed` offsets were deleted before they were counted.
    Truncated { missed: i64 },
    /// The log ends before it, as after the topic was made anew: the commit says nothing about this log.
    BeyondEnd { committed: i64 },
    /// The topic has another id than the one that was counted, or another record lies where the last was that is in the snapshot, as after
    /// the topic was made anew.
    Replaced,
    /// The log was cut off before `next`, up to which we have read, and has grown past it again.
    CutOff { next: i64 },
}

impl Oddity {
    /// Whether what the group has committed is not about this log.
    pub fn is_of_another_log(self) -> bool {
        matches!(self, Self::BeyondEnd { .. } | Self::Replaced)
    }
}

/// What the broker knows about one partition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub committed: Option<(i64, Note)>,
    pub topic_id: Option<TopicId>,
    pub low: i64,
    pub high: i64,
    pub bootstrap: i64,
}

/// Asks where to begin. A partition for which an answer is missing is left out, and asked for again by the caller.
///
/// Takes at most `limit`. Fails where a broker does not answer.
pub(super) fn find_starts<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    places: &[Place],
    bootstrap: Bootstrap,
    limit: Duration,
) -> KafkaResult<Vec<Start>> {
    let deadline = clock::monotonic() + limit;
    // Its answer is on its way while the others are waited for.
    let topics: BTreeSet<&str> = places.iter().map(|place| &*place.topic).collect();
    let topic_ids = TopicIdQuestion::ask(consumer, &topics, limit);
    let committed = consumer.committed_offsets(list_of(places, Offset::Invalid)?, remaining(deadline))?;
    let high = ask_offsets(consumer, places, Offset::End, deadline)?;
    let first = match bootstrap {
        Bootstrap::Earliest => None,
        Bootstrap::Refuse => Some(high.clone()),
        Bootstrap::Back(span) => {
            let since = (clock::now() - span).as_millis().max(0);
            Some(ask_offsets(consumer, places, Offset::Offset(since), deadline)?)
        }
    };
    let low = ask_offsets(consumer, places, Offset::Beginning, deadline)?;
    let topic_ids = topic_ids.answer(remaining(deadline).min(TOPIC_IDS_WAIT));
    let find = |place: &Place| {
        let topic_id = topic_ids.get(&*place.topic).copied();
        let (low, high) = (known(&low, place)?, known(&high, place)?);
        let bootstrap = match &first {
            None => low,
            Some(first) => known_or_end(first, place, high)?,
        };
        Some(Found { committed: committed_at(&committed, place)?, topic_id, low, high, bootstrap })
    };
    Ok(places.iter().filter_map(|place| Some(decide(place, find(place)?))).collect())
}

/// The first and last offsets of partitions; those without an answer are left out.
pub(super) fn find_ends<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    places: &[Place],
    limit: Duration,
) -> KafkaResult<Vec<(Place, i64, i64)>> {
    let deadline = clock::monotonic() + limit;
    let high = ask_offsets(consumer, places, Offset::End, deadline)?;
    let low = ask_offsets(consumer, places, Offset::Beginning, deadline)?;
    Ok(places.iter().filter_map(|place| Some((place.clone(), known(&low, place)?, known(&high, place)?))).collect())
}

/// Where to begin without a snapshot, by what was found.
pub(super) fn decide(place: &Place, found: Found) -> Start {
    let Found { committed, topic_id, low, high, bootstrap } = found;
    let bootstrap = bootstrap.clamp(low, high.max(low));
    let seen = committed.map(|(offset, note)| (note.seen.unwrap_or(offset).max(offset), note));
    let is_of_another = |note: &Note| note.topic_id.zip(topic_id).is_some_and(|(theirs, ours)| theirs != ours);
    let (oddity, seen) = match seen {
        Some((_, note)) if is_of_another(&note) => (Some(Oddity::Replaced), None),
        Some((offset, _)) if offset > high => (Some(Oddity::BeyondEnd { committed: offset }), None),
        Some((offset, _)) if offset < low => (Some(Oddity::Truncated { missed: low - offset }), seen),
        _ => (None, seen),
    };
    let letters_from = seen.map(|(offset, note)| note.letters.map_or(offset, |letters| letters.min(offset)));
    let letters_lost = letters_from.filter(|from| *from < low && seen.is_some_and(|(_, note)| note.letters.is_some()));
    let start = letters_from.map_or(bootstrap, |offset| bootstrap.min(offset).max(low));
    Start {
        place: place.clone(),
        resume: Resume {
            start,
            committed: seen.map(|(offset, _)| offset),
            counted_until: seen.and_then(|(_, note)| note.until),
            letters_from: letters_from.map_or(start, |from| from.max(low)),
        },
        ends: Ends { low, high, read: start, fresh: true },
        pointer: seen.and_then(|(_, note)| note.pointer),
        letters_lost,
        oddity,
        topic_id,
        leader_epoch: None,
    }
}

/// A list of partitions with one offset for all.
pub(super) fn list_of(places: &[Place], offset: Offset) -> KafkaResult<TopicPartitionList> {
    let mut list = TopicPartitionList::with_capacity(places.len());
    for place in places {
        list.add_partition(&place.topic, place.partition).set_offset(offset)?;
    }
    Ok(list)
}

/// Offsets by time, where the protocol's times -1 and -2 mean the end and the beginning, which are also librdkafka's numbers for
/// them. One request a broker, where asking for watermarks takes two a partition.
fn ask_offsets<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    places: &[Place],
    time: Offset,
    deadline: Instant,
) -> KafkaResult<TopicPartitionList> {
    consumer.offsets_for_times(list_of(places, time)?, remaining(deadline))
}

fn remaining(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(clock::monotonic())
}

/// An offset that the broker told for this partition.
fn known(answer: &TopicPartitionList, place: &Place) -> Option<i64> {
    known_or_end(answer, place, -1).filter(|offset| *offset >= 0)
}

fn known_or_end(answer: &TopicPartitionList, place: &Place, end: i64) -> Option<i64> {
    let element = answer.find_partition(&place.topic, place.partition)?;
    element.error().ok()?;
    match element.offset() {
        Offset::Offset(offset) => Some(offset),
        Offset::End => Some(end),
        _ => None,
    }
}

/// The outer `None`: not known. The inner: nothing committed.
#[expect(clippy::option_option, reason = "an unknown commit and no commit must not be mixed up")]
fn committed_at(answer: &TopicPartitionList, place: &Place) -> Option<Option<(i64, Note)>> {
    let element = answer.find_partition(&place.topic, place.partition)?;
    element.error().ok()?;
    Some(match element.offset() {
        Offset::Offset(offset) => Some((offset, read_metadata(element.metadata()))),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::time::EventTime;

    const UNTIL: Option<EventTime> = Some(EventTime::from_millis(77));
    const POINTER: Option<Pointer> = Some(Pointer { first: 1, manifest: 2 });

    fn decided(committed: Option<i64>, low: i64, high: i64, bootstrap: i64) -> (i64, Option<i64>, Option<Oddity>) {
        decided_by(committed.map(|offset| (offset, None)), low, high, bootstrap)
    }

    fn decided_by(
        committed: Option<(i64, Option<i64>)>,
        low: i64,
        high: i64,
        bootstrap: i64,
    ) -> (i64, Option<i64>, Option<Oddity>) {
        let place = Place { topic: "t".into(), partition: 0 };
        let committed =
            committed.map(|(offset, seen)| (offset, Note { seen, until: UNTIL, pointer: POINTER, ..Note::default() }));
        let start = decide(&place, Found { committed, topic_id: None, low, high, bootstrap });
        let seen = start.resume.committed;
        assert_eq!((start.resume.counted_until, start.pointer), (seen.and(UNTIL), seen.and(POINTER)), "one commit");
        (start.resume.start, start.resume.committed, start.oddity)
    }

    #[test]
    fn what_was_seen_after_the_last_snapshot_is_replayed_silently() {
        assert_eq!(decided_by(Some((40, Some(80))), 0, 100, 60), (60, Some(80), None));
        assert_eq!(decided_by(Some((40, Some(30))), 0, 100, 60), (40, Some(40), None));
        let beyond = Some(Oddity::BeyondEnd { committed: 120 });
        assert_eq!(decided_by(Some((40, Some(120))), 0, 100, 60), (60, None, beyond));
        assert_eq!(decided_by(Some((40, Some(80))), 50, 100, 60), (60, Some(80), None), "nothing uncounted is gone");
    }

    #[test]
    fn reading_begins_at_the_latest_at_a_letter_that_was_not_delivered() {
        let place = Place { topic: "t".into(), partition: 0 };
        let start = |letters, low| {
            let note = Note { seen: Some(80), letters, ..Note::default() };
            let found = Found { committed: Some((40, note)), topic_id: None, low, high: 100, bootstrap: 90 };
            let start = decide(&place, found);
            (start.resume.start, start.resume.committed, start.resume.letters_from, start.letters_lost)
        };
        assert_eq!(start(None, 0), (80, Some(80), 80, None));
        assert_eq!(start(Some(45), 0), (45, Some(80), 45, None));
        assert_eq!(start(Some(45), 50), (50, Some(80), 50, Some(45)), "what is gone from the log nobody can deliver");
        let nothing = decide(&place, Found { committed: None, topic_id: None, low: 0, high: 100, bootstrap: 90 });
        assert_eq!((nothing.resume.start, nothing.resume.letters_from), (90, 90));
    }

    #[test]
    fn with_nothing_committed_reading_begins_where_bootstrap_says() {
        assert_eq!(decided(None, 0, 100, 60), (60, None, None));
        assert_eq!(decided(None, 10, 10, 10), (10, None, None));
    }

    #[test]
    fn reading_never_begins_after_what_was_committed() {
        assert_eq!(decided(Some(80), 0, 100, 60), (60, Some(80), None));
        assert_eq!(decided(Some(40), 0, 100, 60), (40, Some(40), None));
        assert_eq!(decided(Some(100), 0, 100, 100), (100, Some(100), None));
    }

    #[test]
    fn a_log_that_lost_uncounted_records_is_told_and_read_from_its_beginning() {
        assert_eq!(decided(Some(5), 50, 100, 60), (50, Some(5), Some(Oddity::Truncated { missed: 45 })));
    }

    #[test]
    fn a_commit_of_a_topic_with_another_id_silences_nothing_and_one_without_an_id_may_be_of_any() {
        let place = Place { topic: "t".into(), partition: 0 };
        let (one, other) = (TopicId::of(1), TopicId::of(2));
        let start = |theirs, topic_id| {
            let note = Note { seen: Some(80), until: UNTIL, pointer: POINTER, letters: Some(45), topic_id: theirs };
            let committed = Some((40, note));
            decide(&place, Found { committed, topic_id, low: 0, high: 100, bootstrap: 90 })
        };
        for (theirs, ours) in [(one, one), (one, None), (None, one), (None, None)] {
            let start = start(theirs, ours);
            assert_eq!((start.resume.committed, start.pointer, start.oddity), (Some(80), POINTER, None));
            assert_eq!(start.topic_id, ours);
        }
        let start = start(one, other);
        let all = Resume { start: 90, committed: None, counted_until: None, letters_from: 90 };
        assert_eq!((start.resume, start.pointer, start.oddity), (all, None, Some(Oddity::Replaced)));
    }

    #[test]
    fn a_commit_beyond_the_end_belongs_to_another_log_and_silences_nothing() {
        assert_eq!(decided(Some(500), 0, 100, 60), (60, None, Some(Oddity::BeyondEnd { committed: 500 })));
    }
}
