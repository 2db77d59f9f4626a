//! Contacts and tickets as a shard keeps them: what is sealed, and what may still be sorted.
//!
//! **A subject is its sorted events.** What is older than `lateness` is *sealed*: folded into a life that no sorting changes any
//! more. The rest is kept as steps. In order: fold on. Out of order: take back what the unsealed steps were worth, sort, fold
//! again. A list of timestamps with "first wins" rules would be smaller, and wrong for every transfer.
//!
//! **Why what is open is apart.** Most subjects are sealed most of the time: a ticket for months, a call between two events of it. What
//! may still be sorted lies in a box of its own, which is taken from a few spare ones and given back, so that an event allocates nothing.
//! The box keeps the sealed life, so that sealing everything means to give the box back.
//!
//! **Invariant.** `live` is the sealed life with the open steps folded in, and `worth` is what that fold booked; what the windows hold of
//! this subject is what the sealed steps were worth and `worth`, and nothing else.

mod bookings;
mod ids;
mod step;
mod timed;

use std::borrow::Cow;
use std::hint::black_box;
use std::ops::BitXor;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use bookings::Bookings;
pub use step::{EventId, Step};

use crate::id::{AgentId, ChannelId, QueueId, hash_bytes};
use crate::limits::UNSEALED_PER_SUBJECT_MAX;
use crate::measure::{Anomaly, Scope};
use crate::terms::Terms;
use crate::time::EventTime;
use ids::Ids;
use timed::Timed;

/// What a contact or a ticket is: everything that is true of it now.
pub trait Life: Clone + Default + PartialEq + std::fmt::Debug + Serialize + DeserializeOwned {
    /// What can happen to it, with names as this shard's numbers.
    type Act: Clone + PartialEq + std::fmt::Debug + Serialize + DeserializeOwned;
    /// How many ids of events one of it remembers, those that are not sealed aside.
    const IDS_MAX: usize;

    /// One that is over: its key is kept until then. Nothing is known of it but whose it was. Without `until`, one that nobody knows.
    fn over(until: Option<EventTime>, memory: Option<Memory>, terms: &Terms) -> Self;

    /// Whose it was, once it is over.
    fn memory(&self, terms: &Terms) -> Option<Memory>;

    /// Applies one step; the deadlines that came before it have acted.
    fn apply(&mut self, step: &Step<Self::Act>, terms: &Terms, bookings: &mut Bookings);

    /// Applies a step that came too late to be sorted in, after later ones: it may end what was open then, and begins nothing.
    fn apply_late(&mut self, step: &Step<Self::Act>, terms: &Terms, bookings: &mut Bookings);

    /// Lets the deadlines before a moment act, each at its own time.
    fn advance(&mut self, line: EventTime, terms: &Terms, bookings: &mut Bookings);

    /// When the next deadline is.
    fn next_deadline(&self, terms: &Terms) -> EventTime;

    /// Looks up what is promised of it under terms that it may not have been folded under: what is open moves, what is decided stays.
    fn look_up_promises(&mut self, terms: &Terms);

    /// Reads a little of each part of it; see [`Subject::touch`].
    fn touch(&self) -> usize;

    /// The time of the latest event that counted.
    fn last_event(&self) -> Option<EventTime>;

    /// What to do with it, given that it is sealed up to this line and nothing is unsealed.
    fn fate(&self, line: EventTime, terms: &Terms) -> Fate;

    /// Up to which line `fate` surely is to keep it, given that no deadline comes before.
    fn kept_until(&self, terms: &Terms) -> EventTime;

    /// Since when nothing was heard of what is kept although nothing of it is open, so sealed as for `fate`: a resolved ticket, the
    /// answers to surveys. Where there is no room for others it is given up.
    fn idle_since(&self, line: EventTime, terms: &Terms) -> Option<EventTime>;

    /// What to do with it before its time.
    fn give_up(&mut self, line: EventTime, terms: &Terms) -> Fate;

    /// Whether `act` comes before `first`, the first by rank of those that are left of an instant.
    fn jumps(&self, act: &Self::Act, first: &Self::Act) -> bool;
}

/// One contact or ticket, with what may still be sorted.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Subject<L: Life> {
    live: Timed<L>,
    open: Option<Box<Open<L>>>,
    ids: Ids,
}

/// What may still be sorted of a subject.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "")]
struct Open<L: Life> {
    sealed: Timed<L>,
    steps: Vec<Step<L::Act>>, // sorted; none before the line that was last sealed
    worth: Bookings,
    counted: Bookings, // what the counters took of the steps and deadlines
}

/// Spare boxes for what is open, and a list to write on.
#[derive(Debug)]
pub struct Spares<L: Life> {
    boxes: Vec<Box<Open<L>>>,
    worth: Bookings,
}

/// Whose a contact or ticket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Served {
    /// In which queue, on which channel.
    pub queue: (QueueId, ChannelId),
    /// By whom.
    pub agent: Option<AgentId>,
}

/// Whose a contact or ticket was that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Whose it was.
    pub served: Served,
    /// Until when that is known, inclusive.
    pub until: EventTime,
}

impl Memory {
    /// Whose it was, if that is known at a moment; each time it is asked for, it is known for longer.
    pub fn ask(&mut self, at: EventTime, terms: &Terms) -> Option<Served> {
        let is_known = at <= self.until;
        if is_known && terms.is_served_remembered {
            self.until = self.until.max(at + terms.survey_ttl);
        }
        is_known.then_some(self.served)
    }
}

impl Served {
    /// In that queue, by nobody in particular.
    pub const fn by_nobody(queue: (QueueId, ChannelId)) -> Self {
        Self { queue, agent: None }
    }
}

/// How far a shard has come.
#[derive(Clone, Copy, Debug)]
pub struct Lines {
    /// What is before this is sealed.
    pub sealed: EventTime,
    /// What is before this has been offered to the counters.
    pub counted: EventTime,
}

/// What sealing needs, and what comes of it.
#[derive(Debug)]
pub struct Sealing<'a> {
    /// What lives are judged by.
    pub terms: &'a Terms,
    /// How far the shard has come.
    pub lines: Lines,
    /// What changes in the windows.
    pub changes: &'a mut Bookings,
    /// What the counters may take.
    pub taken: &'a mut Taken,
}

/// So many bookings are gathered before they are booked.
const GATHERED_MAX: usize = 4_096;

impl Sealing<'_> {
    /// Whether so much came of it that it is to be booked.
    pub fn is_full(&self) -> bool {
        self.changes.len() >= GATHERED_MAX || self.taken.is_full()
    }
}

/// What to do with a contact, once nothing can change what is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Something is open, or may still be told.
    Keep,
    /// It is over: until then its key is kept, so that a stray event opens nothing.
    Close {
        /// Before every event where no key is kept.
        until: EventTime,
    },
    /// It left no trace, and a repeat of its events would be known as too old.
    Forget,
}

/// What to do with what is forgotten but for whose it was.
pub fn fate_of_forgotten(memory: Option<Memory>, line: EventTime, terms: &Terms) -> Fate {
    match memory.filter(|memory| memory.until >= line) {
        None => Fate::Forget,
        Some(_) if terms.is_served_remembered => Fate::Close { until: EventTime::MIN },
        Some(_) => Fate::Keep,
    }
}

/// What the counters may take now, and how much of what they took was corrected since.
#[derive(Debug, Default)]
pub struct Taken {
    /// Bookings that are final.
    pub bookings: Bookings,
    /// Bookings that were taken and are true no more.
    pub corrections: u64,
}

/// Up to which line what is forgotten but for whose it was is kept.
pub fn forgotten_kept_until(memory: Option<Memory>, terms: &Terms) -> EventTime {
    memory.filter(|_| !terms.is_served_remembered).map_or(EventTime::MIN, |memory| memory.until)
}

impl<L: Life> Subject<L> {
    /// One of which nothing is known but this.
    pub fn new(sealed: L) -> Self {
        Self { live: Timed::new(sealed), open: None, ids: Ids::default() }
    }

    /// One that was read: what is promised of it is looked up under the terms of the day, and what may still be sorted is folded under
    /// these. Says what changes.
    pub fn look_up_promises(&mut self, terms: &Terms, changes: &mut Bookings) {
        self.live.look_up_promises(terms);
        let Some(open) = &mut self.open else { return };
        open.sealed.look_up_promises(terms);
        let before = open.worth.clone();
        open.refold(&mut self.live, terms);
        if open.worth != before {
            changes.withdraw(&before);
            changes.add_all(open.worth.since(0));
        }
    }

    /// Reads a little of each part that an event will look at, so that it lies near the processor then. The number means nothing.
    pub fn touch(&self) -> usize {
        usize::from(self.live.next_deadline() == EventTime::MIN) ^ self.ids.touch() ^ self.live.life().touch()
    }

    /// The same of the box of what may still be sorted.
    pub fn touch_open(&self) -> usize {
        let Some(open) = &self.open else { return 0 };
        usize::from(open.sealed.next_deadline() == EventTime::MIN)
            ^ open.sealed.life().touch()
            ^ open.steps.len()
            ^ open.worth.len()
    }

    /// The same of what lies elsewhere still: the steps, and what they are worth.
    pub fn touch_steps(&self) -> usize {
        let Some(open) = &self.open else { return 0 };
        let step = |step: &Step<L::Act>| usize::from(step.rank) ^ usize::from(step.at == EventTime::MIN);
        let steps = open.steps.first().map_or(0, step) ^ open.steps.last().map_or(0, step);
        steps ^ open.worth.touch()
    }

    /// Whether nothing of it may still be sorted, nor is counted ahead.
    pub fn is_sealed(&self) -> bool {
        self.open.is_none()
    }

    /// Remembers an event's id. False: it was known.
    pub fn remember(&mut self, id: &[u8], at: EventTime) -> bool {
        let is_new = self.ids.add(hash_bytes(id), at, L::IDS_MAX);
        is_new && self.steps().iter().all(|step| *step.id != *id)
    }

    /// Whether a late step may be one that was known, and would change nothing anyway.
    pub fn is_idle_repeat(&self, step: &Step<L::Act>, terms: &Terms) -> bool {
        let sealed = self.sealed_life();
        if !self.ids.may_have_known(step.at) || sealed.last_event().is_none_or(|last| last <= step.at) {
            return false;
        }
        let (mut life, mut worth) = (sealed.clone(), Bookings::default());
        life.apply_late(step, terms, &mut worth);
        life == *sealed && worth.iter().all(|(booking, _)| booking.scope == Scope::Books)
    }

    /// Sorts a step in that is not late, and says what changes.
    ///
    /// # Errors
    /// There are more steps than are kept; this one is refused.
    pub fn add(
        &mut self,
        step: Step<L::Act>,
        terms: &Terms,
        changes: &mut Bookings,
        spares: &mut Spares<L>,
    ) -> Result<(), Anomaly> {
        if self.steps().len() == UNSEALED_PER_SUBJECT_MAX {
            return Err(Anomaly::TooManyEvents);
        }
        let Self { live, open, .. } = self;
        let open = open.get_or_insert_with(|| spares.open(live));
        if open.steps.last().is_none_or(|last| last.instant() < step.instant()) {
            let before = open.worth.len();
            live.apply(&step, terms, &mut open.worth);
            changes.add_all(open.worth.since(before));
            step::append(&mut open.steps, step);
        } else {
            changes.withdraw(&open.worth);
            step::insert(&mut open.steps, step);
            open.refold(live, terms);
            changes.add_all(open.worth.since(0));
        }
        Ok(())
    }

    /// Applies a step that lies before the sealed line, and says what changes.
    pub fn add_late(
        &mut self,
        step: &Step<L::Act>,
        lines: Lines,
        terms: &Terms,
        changes: &mut Bookings,
        taken: &mut Taken,
    ) {
        let mut worth = Bookings::default();
        let sealed = self.open.as_mut().map_or(&mut self.live, |open| &mut open.sealed);
        if sealed.life().last_event().is_none_or(|last| last <= step.at) {
            sealed.apply(step, terms, &mut worth);
        } else {
            sealed.apply_late(step, terms, &mut worth);
        }
        sealed.advance(lines.sealed, terms, &mut worth);
        changes.add_all(worth.since(0));
        if let Some(open) = &mut self.open {
            changes.withdraw(&open.worth);
            open.refold(&mut self.live, terms);
            changes.add_all(open.worth.since(0));
        }
        self.take_sealed(&mut worth, lines, terms, taken);
    }

    /// Whether an event of that time can be taken before anything is sealed: it is to be sorted among steps that cannot all be sealed
    /// yet. Sealing some of them means to fold the others again, so that is left to a sweep.
    pub fn may_wait(&self, at: EventTime, lines: Lines) -> bool {
        let (steps, line) = (self.steps(), lines.sealed);
        at >= line && steps.len() < UNSEALED_PER_SUBJECT_MAX && steps.last().is_some_and(|last| last.at >= line)
    }

    /// Seals what lies before the line: it can be taken by the counters, and no event can be sorted before it any more.
    pub fn seal(&mut self, fold: &mut Sealing<'_>, spares: &mut Spares<L>) {
        let (line, terms) = (fold.lines.sealed, fold.terms);
        let sealable = self.steps().partition_point(|step| step.at < line);
        if sealable == 0 && self.sealed().next_deadline() >= line {
            return;
        }
        let mut worth = std::mem::take(&mut spares.worth);
        match &mut self.open {
            Some(open) if sealable < open.steps.len() => {
                step::fold(&mut open.sealed, &open.steps[..sealable], terms, &mut worth);
                open.sealed.advance(line, terms, &mut worth);
                open.steps.drain(..sealable);
                open.refold(&mut self.live, terms); // the windows have it all
            }
            Some(open) => {
                let before = open.worth.len();
                self.live.advance(line, terms, &mut open.worth);
                fold.changes.add_all(open.worth.since(before));
                open.steps.clear();
                std::mem::swap(&mut worth, &mut open.worth);
            }
            None => {
                self.live.advance(line, terms, &mut worth);
                fold.changes.add_all(worth.since(0));
            }
        }
        self.take_sealed(&mut worth, fold.lines, terms, fold.taken);
        worth.clear();
        spares.worth = worth;
        self.close_if_idle(spares);
    }

    fn close_if_idle(&mut self, spares: &mut Spares<L>) {
        match &mut self.open {
            Some(open) if open.steps.is_empty() && open.counted.is_empty() => spares.take_back(self.open.take()),
            Some(open) if open.steps.is_empty() => open.sealed.clone_from(&self.live),
            _ => {}
        }
    }

    /// Lets the counters take what is booked before the line, which may lie past the sealed one where the feed is quiet.
    pub fn settle(&mut self, line: EventTime, terms: &Terms, taken: &mut Taken, spares: &mut Spares<L>) {
        let is_quiet = self.steps().first().is_none_or(|step| step.at >= line);
        // A deadline between what is sealed and the first step is booked already, with that step.
        let deadline = self.live.next_deadline().min(self.sealed().next_deadline());
        if is_quiet && self.counted().is_none() && deadline >= line {
            return;
        }
        let Self { live, open, .. } = self;
        let open = open.get_or_insert_with(|| spares.open(live));
        let worth = open.worth_before(line, live, terms);
        taken.reconcile(&worth, &open.counted);
        open.counted = worth;
        self.close_if_idle(spares);
    }

    /// The life as of a moment not before the sealed line, and what that changes against what is booked.
    pub fn as_of(&self, at: EventTime, terms: &Terms, changes: &mut Bookings) -> Cow<'_, L> {
        let told = self.steps().partition_point(|step| step.at <= at);
        if told == self.steps().len() && self.live.next_deadline() >= at {
            return Cow::Borrowed(self.live.life());
        }
        let mut life = match &self.open {
            Some(open) if told < open.steps.len() => {
                changes.withdraw(&open.worth);
                let mut life = open.sealed.clone();
                step::fold(&mut life, &open.steps[..told], terms, changes);
                life
            }
            _ => self.live.clone(),
        };
        life.advance(at, terms, changes);
        Cow::Owned(life.into_life())
    }

    /// What to do with it, given that it is sealed up to this line.
    pub fn fate(&self, line: EventTime, terms: &Terms) -> Fate {
        if self.steps().is_empty() { self.live.life().fate(line, terms) } else { Fate::Keep }
    }

    /// Up to which line there is surely nothing to seal or settle, and it is kept.
    pub fn due(&self, terms: &Terms) -> EventTime {
        let deadline = self.live.next_deadline();
        match &self.open {
            Some(open) if !open.counted.is_empty() => EventTime::MIN,
            Some(open) if !open.steps.is_empty() => open.steps[0].at.min(deadline).min(open.sealed.next_deadline()),
            _ => deadline.min(self.live.life().kept_until(terms)),
        }
    }

    /// Up to which line it is surely not over, and no deadline passes.
    pub fn over(&self, terms: &Terms) -> EventTime {
        let kept = self.live.next_deadline().min(self.live.life().kept_until(terms));
        self.steps().last().map_or(kept, |last| kept.max(last.at))
    }

    /// Since when it is idle; see [`Life::idle_since`].
    pub fn idle_since(&self, line: EventTime, terms: &Terms) -> Option<EventTime> {
        self.live.life().idle_since(line, terms).filter(|_| self.steps().is_empty())
    }

    /// What to do with one that is idle, before its time.
    pub fn give_up(&mut self, line: EventTime, terms: &Terms) -> Fate {
        let fate = self.live.give_up(line, terms);
        if let Some(open) = &mut self.open {
            open.sealed.clone_from(&self.live);
        }
        fate
    }

    /// What is true of it now.
    pub fn life(&self) -> &L {
        self.live.life()
    }

    /// What is true of it, as far as that is sealed.
    pub fn sealed_life(&self) -> &L {
        self.sealed().life()
    }

    fn sealed(&self) -> &Timed<L> {
        self.open.as_ref().map_or(&self.live, |open| &open.sealed)
    }

    fn steps(&self) -> &[Step<L::Act>] {
        self.open.as_ref().map_or(&[], |open| &open.steps)
    }

    fn counted(&self) -> Option<&Bookings> {
        self.open.as_ref().map(|open| &open.counted).filter(|counted| !counted.is_empty())
    }

    /// Lets the counters take what was sealed, and leaves to them what they took ahead of the line, up to where they have counted. A
    /// later cause of an overflow is booked at the overflow's time, so both are looked at together.
    fn take_sealed(&mut self, wanted: &mut Bookings, lines: Lines, terms: &Terms, taken: &mut Taken) {
        let Some(open) = self.open.as_mut().filter(|open| !open.counted.is_empty()) else {
            return taken.take(wanted);
        };
        let ahead = open.worth_before(lines.counted.max(lines.sealed), &self.live, terms);
        wanted.add_all(ahead.since(0));
        wanted.net();
        taken.reconcile(wanted, &open.counted);
        open.counted = ahead;
    }
}

impl<L: Life> Open<L> {
    /// Folds the steps anew.
    fn refold(&mut self, live: &mut Timed<L>, terms: &Terms) {
        live.clone_from(&self.sealed);
        self.worth.clear();
        step::fold(live, &self.steps, terms, &mut self.worth);
    }

    /// What the steps and the deadlines are worth before a line.
    fn worth_before(&self, line: EventTime, live: &Timed<L>, terms: &Terms) -> Bookings {
        let mut worth = self.worth.clone();
        if live.next_deadline() < line {
            live.clone().advance(line, terms, &mut worth);
        }
        worth.keep_before(line);
        worth.net();
        worth
    }
}

impl<L: Life> Default for Spares<L> {
    fn default() -> Self {
        Self { boxes: Vec::new(), worth: Bookings::default() }
    }
}

impl<L: Life> Spares<L> {
    /// A box for what is open of a subject that is sealed as far as this.
    fn open(&mut self, sealed: &Timed<L>) -> Box<Open<L>> {
        match self.boxes.pop() {
            Some(mut open) => {
                open.sealed.clone_from(sealed);
                open
            }
            None => Box::new(Open {
                sealed: sealed.clone(),
                steps: Vec::new(),
                worth: Bookings::default(),
                counted: Bookings::default(),
            }),
        }
    }

    /// Reads a little of the boxes that are taken next; see [`Subject::touch`].
    pub fn touch(&self, boxes: usize) {
        let touch = |open: &Open<L>| open.sealed.life().touch() ^ open.steps.capacity() ^ open.worth.len();
        black_box(self.boxes.iter().rev().take(boxes).map(|open| touch(open)).fold(0, BitXor::bitxor));
    }

    /// Keeps at most so many boxes: what a sweep frees, the next events fill.
    pub fn truncate(&mut self, boxes: usize) {
        self.boxes.truncate(boxes);
    }

    /// Keeps a box in which nothing is open any more.
    fn take_back(&mut self, open: Option<Box<Open<L>>>) {
        if let Some(mut open) = open {
            open.steps.clear();
            open.worth.clear();
            open.counted.clear();
            self.boxes.push(open);
        }
    }
}

impl Taken {
    /// Takes what is wanted, of which nothing was counted before.
    fn take(&mut self, wanted: &mut Bookings) {
        if wanted.has_withdrawals() {
            wanted.net();
        }
        self.take_net(wanted);
    }

    /// Whether there is so much that it is to be counted.
    pub fn is_full(&self) -> bool {
        self.bookings.len() >= GATHERED_MAX
    }

    /// Forgets everything, keeps the memory.
    pub fn clear(&mut self) {
        self.bookings.clear();
        self.corrections = 0;
    }

    /// Takes what is wanted and not yet counted; what was counted and is wanted no more is a correction.
    fn reconcile(&mut self, wanted: &Bookings, counted: &Bookings) {
        let mut difference = wanted.clone();
        difference.withdraw(counted);
        difference.net();
        self.take_net(&difference);
    }

    fn take_net(&mut self, difference: &Bookings) {
        for (booking, times) in difference.iter().filter(|(booking, _)| !booking.measure.is_replaceable()) {
            match u64::try_from(times) {
                Ok(_) => self.bookings.add(*booking, times),
                Err(_) => self.corrections += times.unsigned_abs(),
            }
        }
    }
}
