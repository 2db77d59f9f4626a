//! One contact or ticket: how it takes events in, and what that changes.

use std::borrow::Cow;

use super::ids::Ids;
use super::open::{Open, Spares};
use super::timed::Timed;
use super::{Bookings, Fate, Life, Sealing, Step, Taken, step};
use crate::id::hash_bytes;
use crate::limits::UNSEALED_PER_SUBJECT_MAX;
use crate::measure::{Anomaly, Scope};
use crate::terms::Terms;
use crate::time::EventTime;

/// One contact or ticket, with what may still be sorted.
#[derive(Clone, Debug)]
pub struct Subject<L: Life> {
    pub(super) sealed: Timed<L>,
    pub(super) open: Option<Box<Open<L>>>,
    pub(super) ids: Ids,
}

/// When to look at a subject again, so that a sweep over a million subjects looks at those alone of which something is due.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    /// There is surely nothing to settle at a line up to this.
    pub at: EventTime,
    /// It is surely not over at a line up to this, nor does a deadline pass; nor is there anything to seal of it while it rests, or once
    /// the counters went ahead. Up to the earlier of both there is nothing to seal at all, and it is kept.
    pub over: EventTime,
}

impl Due {
    /// Something may be due at any time.
    pub const NOW: Self = Self { at: EventTime::MIN, over: EventTime::MIN };

    /// Of a subject of which nothing may still be sorted.
    fn of_sealed<L: Life>(sealed: &Timed<L>, terms: &Terms) -> Self {
        let kept = sealed.next_deadline().min(sealed.life().kept_until(terms));
        Self { at: kept, over: kept }
    }
}

impl<L: Life> Open<L> {
    /// When to look at the subject again of which this is open, given how it is as far as it is sealed and as it is now.
    fn due(&self, sealed: &Timed<L>, live: &Timed<L>, terms: &Terms) -> Due {
        let Due { at, over } = Due::of_sealed(live, terms);
        let rests = live.life().rests();
        let over = self.steps.last().map_or(over, |last| if rests { last.at } else { over.max(last.at) });
        let at = match self.steps.first() {
            _ if self.counted.is_some() => EventTime::MIN,
            Some(first) => first.at.min(live.next_deadline()).min(sealed.next_deadline()),
            None => at,
        };
        Due { at, over }
    }
}

impl<L: Life> Subject<L> {
    /// One of which nothing is known but this.
    pub fn new(sealed: L) -> Self {
        Self { sealed: Timed::new(sealed), open: None, ids: Ids::default() }
    }

    /// Reads a little of each part that an event will look at, so that it lies near the processor then. The number means nothing.
    pub fn touch(&self) -> usize {
        self.ids.touch() ^ self.touch_life()
    }

    /// The same of what a reader will look at.
    pub fn touch_life(&self) -> usize {
        usize::from(self.sealed.next_deadline() == EventTime::MIN) ^ self.sealed.life().touch()
    }

    /// The same of what may still be sorted.
    pub fn touch_open(&self) -> usize {
        let Some(open) = &self.open else { return 0 };
        usize::from(open.counted.is_none()) ^ open.steps.first().map_or(0, |step| usize::from(step.rank))
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
        let sealed = self.sealed.life();
        if !self.ids.may_have_known(step.at) || sealed.last_event().is_none_or(|last| last <= step.at) {
            return false;
        }
        let (mut life, mut worth) = (sealed.clone(), Bookings::default());
        life.apply_late(step, terms, &mut worth);
        life == *sealed && worth.iter().all(|(booking, _)| booking.scope == Scope::Books)
    }

    /// Sorts a step in that is not late, and says what changes, and when something is due then.
    ///
    /// # Errors
    /// There are more steps than are kept; this one is refused.
    pub fn add(
        &mut self,
        step: Step<L::Act>,
        terms: &Terms,
        changes: &mut Bookings,
        spares: &mut Spares<L>,
    ) -> Result<Due, Anomaly> {
        if self.steps().len() == UNSEALED_PER_SUBJECT_MAX {
            return Err(Anomaly::TooManyEvents);
        }
        let is_in_order = self.steps().last().is_none_or(|last| last.instant() < step.instant());
        let Self { sealed, open, .. } = self;
        let open = open.get_or_insert_with(|| spares.open());
        let Spares { live, worth, lists, .. } = spares;
        match &mut open.live {
            Some(live) if is_in_order => {
                live.apply(&step, terms, changes);
                open.insert(step, lists);
            }
            _ if is_in_order => {
                open.fold(sealed, terms, live, worth);
                live.apply(&step, terms, changes);
                open.insert(step, lists);
                open.keep_live(live);
            }
            _ => {
                open.fold(sealed, terms, live, worth);
                changes.withdraw(worth);
                open.insert(step, lists);
                open.fold(sealed, terms, live, worth);
                changes.add_all(worth.since(0));
                open.keep_live(live);
            }
        }
        Ok(open.due(sealed, open.live.as_deref().unwrap_or(live), terms))
    }

    /// Applies a step that lies before the sealed line, and says what changes.
    pub fn add_late(&mut self, step: &Step<L::Act>, fold: &mut Sealing<'_>, spares: &mut Spares<L>) {
        let (terms, Self { sealed, open, .. }) = (fold.terms, &mut *self);
        if let Some(open) = open {
            open.fold(sealed, terms, &mut spares.live, &mut spares.worth);
            fold.changes.withdraw(&spares.worth);
        }
        let mut worth = Bookings::default();
        if sealed.life().last_event().is_none_or(|last| last <= step.at) {
            sealed.apply(step, terms, &mut worth);
        } else {
            sealed.apply_late(step, terms, &mut worth);
        }
        sealed.advance(fold.lines.sealed, terms, &mut worth);
        fold.changes.add_all(worth.since(0));
        if let Some(open) = open {
            open.fold(sealed, terms, &mut spares.live, &mut spares.worth);
            fold.changes.add_all(spares.worth.since(0));
            open.keep_live(&spares.live);
        }
        self.take_sealed(&mut worth, fold);
    }

    /// Seals what lies before the line: it can be taken by the counters, and no event can be sorted before it any more.
    pub fn seal(&mut self, fold: &mut Sealing<'_>, spares: &mut Spares<L>) {
        let (line, terms) = (fold.lines.sealed, fold.terms);
        let sealable = self.steps().partition_point(|step| step.at < line);
        if sealable == 0 && self.sealed.next_deadline() >= line {
            return;
        }
        let mut worth = std::mem::take(&mut spares.worth);
        worth.clear();
        if let Some(open) = &mut self.open {
            step::fold(&mut self.sealed, &open.steps[..sealable], terms, &mut worth);
            open.take_out(sealable);
        }
        let before = worth.len();
        self.sealed.advance(line, terms, &mut worth);
        if self.steps().is_empty() {
            fold.changes.add_all(worth.since(before)); // else the windows have it, for there came a step after these deadlines
        }
        self.take_sealed(&mut worth, fold);
        spares.worth = worth;
        self.close_if_idle(spares);
    }

    fn close_if_idle(&mut self, spares: &mut Spares<L>) {
        if self.open.as_ref().is_some_and(|open| open.is_idle()) {
            spares.take_back(self.open.take());
        }
    }

    /// Lets the counters take what is booked before the line, which may lie past the sealed one where the feed is quiet. Says when
    /// something is due then.
    pub fn settle(&mut self, line: EventTime, terms: &Terms, taken: &mut Taken, spares: &mut Spares<L>) -> Due {
        let at = self.fold_before(line, terms, &mut spares.live, &mut spares.worth);
        taken.reconcile(&spares.worth, self.counted());
        if !spares.worth.is_empty() || self.counted().is_some() {
            self.open.get_or_insert_with(|| spares.open()).note_counted(spares.worth.clone());
            self.close_if_idle(spares);
        }
        let over = match self.steps().first() {
            Some(first) => first.at.min(self.sealed.next_deadline()),
            None => Due::of_sealed(&self.sealed, terms).over,
        };
        Due { at, over }
    }

    /// The life as of a moment not before the sealed line, and what that changes against what is booked.
    pub fn as_of(&self, at: EventTime, terms: &Terms, changes: &mut Bookings) -> Cow<'_, L> {
        let steps = self.steps();
        if steps.is_empty() && self.sealed.next_deadline() >= at {
            return Cow::Borrowed(self.sealed.life());
        }
        let told = steps.partition_point(|step| step.at <= at);
        let kept = self.open.as_ref().and_then(|open| open.live.as_deref()).filter(|_| told == steps.len());
        let mut life = kept.unwrap_or(&self.sealed).clone();
        if kept.is_none() {
            let before = changes.len();
            step::fold(&mut life, &steps[..told], terms, changes);
            if told == steps.len() {
                changes.truncate(before); // it is booked
            } else {
                let mut booked = Bookings::default();
                step::fold(&mut self.sealed.clone(), steps, terms, &mut booked);
                changes.withdraw(&booked);
            }
        }
        life.advance(at, terms, changes);
        Cow::Owned(life.into_life())
    }

    /// What to do with it, given that it is sealed up to this line.
    pub fn fate(&self, line: EventTime, terms: &Terms) -> Fate {
        if self.steps().is_empty() { self.sealed.life().fate(line, terms) } else { Fate::Keep }
    }

    /// When to look at it again.
    pub fn due(&self, terms: &Terms, spares: &mut Spares<L>) -> Due {
        let live = self.live(terms, spares);
        match &self.open {
            Some(open) => open.due(&self.sealed, live, terms),
            None => Due::of_sealed(live, terms),
        }
    }

    /// Since when it is idle; see [`Life::idle_since`].
    pub fn idle_since(&self, line: EventTime, terms: &Terms) -> Option<EventTime> {
        self.sealed.life().idle_since(line, terms).filter(|_| self.steps().is_empty())
    }

    /// What to do with one that is idle, before its time.
    pub fn give_up(&mut self, line: EventTime, terms: &Terms) -> Fate {
        self.sealed.give_up(line, terms)
    }

    /// What is true of it, as far as that is sealed.
    pub fn sealed_life(&self) -> &L {
        self.sealed.life()
    }

    /// What may still be sorted of it, the earliest first.
    pub fn steps(&self) -> &[Step<L::Act>] {
        self.open.as_ref().map_or(&[], |open| &open.steps)
    }

    fn counted(&self) -> Option<&Bookings> {
        self.open.as_ref()?.counted.as_deref()
    }

    /// It as it is now, which is folded for this where it is not kept.
    fn live<'a>(&'a self, terms: &Terms, spares: &'a mut Spares<L>) -> &'a Timed<L> {
        match self.open.as_deref() {
            Some(Open { live: Some(live), .. }) => live,
            Some(open) if !open.steps.is_empty() => {
                open.fold(&self.sealed, terms, &mut spares.live, &mut spares.worth);
                &spares.live
            }
            _ => &self.sealed,
        }
    }

    /// Folds what may still be sorted, and the deadlines before a line. Says what that is worth before the line, and up to which line it is
    /// worth the same, as long as no event comes.
    fn fold_before(&self, line: EventTime, terms: &Terms, live: &mut Timed<L>, worth: &mut Bookings) -> EventTime {
        live.clone_from(&self.sealed);
        worth.clear();
        step::fold(live, self.steps(), terms, worth);
        live.advance(line, terms, worth);
        let later = worth.keep_before(line);
        worth.net();
        later.map_or(live.next_deadline(), |later| later.min(live.next_deadline()))
    }

    /// Lets the counters take what was sealed, and leaves to them what they took ahead of the line, up to where they have counted. A
    /// later cause of an overflow is booked at the overflow's time, so both are looked at together.
    fn take_sealed(&mut self, wanted: &mut Bookings, fold: &mut Sealing<'_>) {
        if self.counted().is_none() {
            return fold.taken.take(wanted);
        }
        let (mut live, mut ahead) = (self.sealed.clone(), Bookings::default());
        self.fold_before(fold.lines.counted.max(fold.lines.sealed), fold.terms, &mut live, &mut ahead);
        wanted.add_all(ahead.since(0));
        wanted.net();
        fold.taken.reconcile(wanted, self.counted());
        if let Some(open) = &mut self.open {
            open.note_counted(ahead);
        }
    }
}
