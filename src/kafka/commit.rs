//! Commits: of each partition the first offset that is not in its last snapshot and, in the metadata, where that snapshot lies, up to
//! which offset records were seen, and up to which event time its owner's counters were taken. Without a snapshot the offset is that
//! up to which records were seen. Where a dead letter of what was seen is not delivered the metadata says from which offset on, and the
//! offset does not pass it: whoever goes on from here finds that record again, and delivers it. Where the broker tells them, the
//! metadata names the topic by its id, and the offset comes with the epoch of the leader that wrote the record before it.
//!
//! **Why in the metadata.** The coordinator stores offset and text together and checks who commits, so the next owner never sees
//! one without the other, and a snapshot of a member that is none any more is never pointed at.
//!
//! **Why every second, also with nothing new.** The coordinator takes a commit only of who is a member and owns the partition. So the
//! last one that it took is a *lease*: until the session's timeout has passed since it was sent, nobody else can own what we own. A
//! process that was stopped wakes with a lease that is over, and shows nothing until it knows better.
//!
//! **Why one at a time.** librdkafka keeps commits while the coordinator is away and sends them later, in order; a pile of old
//! ones would only delay the newest, which says it all.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaResult;
use rdkafka::{Offset, TopicPartitionList};

use super::consumer::Reader;
use super::letters::Post;
use super::native::{commit_async, set_leader_epoch};
use super::owned::Reading;
use super::store::Pointer;
use super::{KafkaFailure, Place, Progress, Sink};
use crate::clock;
use crate::snapshot::TopicId;
use crate::time::EventTime;

/// An answer that has not come by then never will: librdkafka itself gives up after the session's timeout.
const ANSWER_OVERDUE: Duration = Duration::from_secs(60);
/// When to say again what the coordinator refused, as while the group is moving on.
const REFUSED_WAIT: Duration = Duration::from_millis(100);
/// How often to look for the answer that a hand-over waits for.
const ANSWER_WAIT: Duration = Duration::from_millis(20);

const VERSION: &str = "v1";

/// What is committed of one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Commit {
    /// Everything below was applied, and offered to counters.
    pub seen: i64,
    /// Counters have been taken up to here.
    pub until: Option<EventTime>,
    /// The first offset that is not in a snapshot, and where that lies. Not after `letters`.
    pub snapshot: Option<(i64, Pointer)>,
    /// Of the records that were seen, the first whose dead letter is not delivered.
    pub letters: Option<i64>,
    /// The topic, where the broker tells its id.
    pub topic_id: Option<TopicId>,
}

impl Commit {
    /// The offset that is committed.
    pub fn offset(&self) -> i64 {
        self.snapshot.map_or(self.letters.unwrap_or(self.seen), |(next, _)| next)
    }
}

/// What the metadata of a commit says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Note {
    /// Everything below was applied; the committed offset where it does not say.
    pub seen: Option<i64>,
    /// Up to where counters have been taken.
    pub until: Option<EventTime>,
    /// Where the snapshot lies whose next offset is the committed one.
    pub pointer: Option<Pointer>,
    /// The first offset whose dead letter was not delivered; none of what was seen where it does not say.
    pub letters: Option<i64>,
    /// The topic whose offsets these are; any of that name where it does not say.
    pub topic_id: Option<TopicId>,
}

/// Commits on their way.
#[derive(Debug, Default)]
pub(super) struct Commits {
    unanswered: VecDeque<Duration>, // when each was sent, by the clock of leases
    last_sent: Option<Instant>,
}

impl Commits {
    fn sent(&mut self) {
        self.unanswered.clear(); // what is overdue will not be answered: there is one on its way at a time
        self.unanswered.push_back(clock::boottime());
        self.last_sent = Some(clock::monotonic());
    }

    /// When the commit was sent that is answered now: answers come in the order of the commits.
    fn answered(&mut self) -> Option<Duration> {
        self.unanswered.pop_front()
    }

    pub fn waiting(&self) -> bool {
        !self.unanswered.is_empty() && self.last_sent.is_some_and(|sent| clock::monotonic() < sent + ANSWER_OVERDUE)
    }
}

impl<S: Sink> Reader<S> {
    /// Commits what is new, without waiting; where there is nothing new, the same again, which renews the lease.
    pub(super) fn commit(&mut self) {
        if self.commits.waiting() {
            return;
        }
        let (sink, post) = (&mut self.sink, &self.post);
        let due = |(place, reading): (&Place, &mut Reading)| {
            let progress = sink.progress(place)?; // before its letters: those of what it covers are there by then
            Some((place.clone(), reading.renewal(progress, first_letter(post.as_ref(), place))?))
        };
        let due: Vec<_> = self.owned.readings().filter_map(due).collect();
        self.send_commit(&due);
    }

    /// Commits the sink's last word on partitions that are given up in order, and waits for the answer and for the delivery of their
    /// letters, but not past `limit`. A commit may fail only because the group is moving on, so until then it is said again.
    pub(super) fn commit_last(&mut self, places: &[Place], limit: Duration) -> Result<(), KafkaFailure> {
        let (deadline, mut next_try) = (clock::monotonic() + limit, clock::monotonic());
        let last: Vec<_> = places.iter().filter_map(|place| Some((place.clone(), self.sink.settle(place)?))).collect();
        loop {
            self.take_commit_answers();
            let (now, answered) = (clock::monotonic(), !self.commits.waiting());
            let due = self.due_of(&last);
            if answered && due.is_empty() && !last.iter().any(|(place, _)| self.has_letters(place)) {
                return Ok(());
            }
            if answered && !due.is_empty() && now >= next_try {
                self.send_commit(&due);
                next_try = now + REFUSED_WAIT;
            }
            if now >= deadline {
                return Ok(());
            }
            self.serve_event(ANSWER_WAIT)?; // records would be for nobody
        }
    }

    fn due_of(&mut self, last: &[(Place, Progress)]) -> Vec<(Place, Commit)> {
        let due = |(place, progress): &(Place, Progress)| {
            let letter = first_letter(self.post.as_ref(), place);
            let reading = self.owned.find(place)?.reading.as_ref()?;
            Some((place.clone(), reading.due(*progress, letter)?))
        };
        last.iter().filter_map(due).collect()
    }

    /// Whether there are letters that are worth a wait.
    fn has_letters(&self, place: &Place) -> bool {
        first_letter(self.post.as_ref(), place).is_some() && !self.health.are_letters_failing()
    }

    fn send_commit(&mut self, due: &[(Place, Commit)]) {
        if due.is_empty() {
            return;
        }
        let owned = &mut self.owned;
        let epoch = |place: &Place, next| owned.find(place)?.reading.as_ref()?.origin(next).leader_epoch;
        match commit_list(due, epoch).and_then(|list| commit_async(&self.client, &list)) {
            Ok(()) => self.commit_sent(due),
            Err(error) => self.commit_failed(due.iter().map(|(place, _)| place), &error.to_string()),
        }
    }

    fn commit_sent(&mut self, commits: &[(Place, Commit)]) {
        self.commits.sent();
        for (place, commit) in commits {
            if let Some(reading) = self.owned.find(place).and_then(|partition| partition.reading.as_mut()) {
                reading.sent(*commit);
            }
        }
    }

    /// Takes what the coordinator has answered by now.
    pub(super) fn take_commit_answers(&mut self) {
        while let Some(answer) = self.client.context().next_commit_answer() {
            let sent = self.commits.answered();
            for place in &answer.taken {
                if let Some(reading) = self.owned.find(place).and_then(|partition| partition.reading.as_mut()) {
                    reading.taken();
                }
            }
            if !answer.taken.is_empty() {
                self.health.leased(sent.map(|sent| sent + self.session));
            }
            match answer.reason {
                None => self.health.committed(),
                Some(reason) => self.commit_failed(answer.failed.iter(), &reason),
            }
        }
    }

    fn commit_failed<'a>(&mut self, places: impl Iterator<Item = &'a Place>, reason: &str) {
        self.health.commit_failed(reason);
        for place in places {
            if let Some(reading) = self.owned.find(place).and_then(|partition| partition.reading.as_mut()) {
                reading.unsent();
            }
        }
    }
}

/// The offset of the first letter of a partition that is not delivered.
fn first_letter(post: Option<&Post>, place: &Place) -> Option<i64> {
    post?.letters().first(place)
}

/// The metadata of a commit: `v1;seen=812;until=1772000000123;snapshot=40-42;letters=801;topic=4XwoL2MiRVyE0i7dHvAAuA`.
pub(super) fn write_metadata(commit: &Commit) -> String {
    let Commit { seen, until, snapshot, letters, topic_id } = commit;
    let mut text = format!("{VERSION};seen={seen}");
    if let Some(until) = until {
        text += &format!(";until={}", until.as_millis());
    }
    if let Some((_, Pointer { first, manifest })) = snapshot {
        text += &format!(";snapshot={first}-{manifest}");
    }
    if let Some(letters) = letters {
        text += &format!(";letters={letters}");
    }
    if let Some(topic_id) = topic_id {
        text += &format!(";topic={topic_id}");
    }
    text
}

/// What an earlier owner said. Nothing where the metadata is not ours.
pub(super) fn read_metadata(metadata: &str) -> Note {
    let mut fields = metadata.split(';');
    if fields.next() != Some(VERSION) {
        return Note::default();
    }
    let mut note = Note::default();
    for (name, value) in fields.filter_map(|field| field.split_once('=')) {
        match name {
            "seen" => note.seen = value.parse().ok(),
            "until" => note.until = value.parse().ok().map(EventTime::from_millis),
            "snapshot" => note.pointer = read_pointer(value),
            "letters" => note.letters = value.parse().ok(),
            "topic" => note.topic_id = value.parse().ok(),
            _ => {} // of a later version
        }
    }
    note
}

fn read_pointer(text: &str) -> Option<Pointer> {
    let (first, manifest) = text.split_once('-')?;
    Some(Pointer { first: first.parse().ok()?, manifest: manifest.parse().ok()? })
}

/// A list to commit, made anew each time: setting metadata does not free what was set before. `epoch`: of the leader that wrote the last
/// record before an offset.
fn commit_list(
    commits: &[(Place, Commit)],
    mut epoch: impl FnMut(&Place, i64) -> Option<i32>,
) -> KafkaResult<TopicPartitionList> {
    let mut list = TopicPartitionList::with_capacity(commits.len());
    for (place, commit) in commits {
        let mut element = list.add_partition(&place.topic, place.partition);
        element.set_offset(Offset::Offset(commit.offset()))?;
        element.set_metadata(write_metadata(commit));
        set_leader_epoch(&mut list, place, epoch(place, commit.offset()));
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_gives_back_what_was_written() {
        for until in [None, Some(EventTime::from_millis(1_772_000_000_123))] {
            for pointer in [None, Some(Pointer { first: 40, manifest: 42 })] {
                for (letters, topic_id) in [(None, TopicId::of(7)), (Some(801), None)] {
                    let snapshot = pointer.map(|pointer| (800, pointer));
                    let commit = Commit { seen: 812, until, snapshot, letters, topic_id };
                    let note = Note { seen: Some(812), until, pointer, letters, topic_id };
                    assert_eq!(read_metadata(&write_metadata(&commit)), note);
                }
            }
        }
    }

    #[test]
    fn the_committed_offset_passes_neither_the_snapshot_nor_a_letter() {
        let commit = Commit { seen: 812, until: None, snapshot: None, letters: None, topic_id: None };
        assert_eq!(commit.offset(), 812);
        assert_eq!(Commit { letters: Some(801), ..commit }.offset(), 801);
        let snapshot = Some((800, Pointer { first: 40, manifest: 42 }));
        assert_eq!(Commit { letters: Some(801), snapshot, ..commit }.offset(), 800);
    }

    #[test]
    fn metadata_of_others_says_nothing() {
        for text in [
            "",
            "v2;until=5",
            "until=5",
            "v1;until=soon",
            "v1;seen=",
            "v1;snapshot=4",
            "v1;snapshot=4-x",
            "v1;topic=4",
            "some tool",
        ] {
            assert_eq!(read_metadata(text), Note::default(), "{text}");
        }
    }

    #[test]
    fn metadata_of_other_versions_is_read_as_far_as_it_goes() {
        let until = Some(EventTime::from_millis(5));
        assert_eq!(read_metadata("v1;until=5"), Note { until, ..Note::default() });
        assert_eq!(read_metadata("v1;new=4;until=5"), Note { until, ..Note::default() });
    }
}
