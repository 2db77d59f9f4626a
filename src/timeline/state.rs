//! A subject as it is written and read.
//!
//! **Why more is written than is kept.** What the open steps are worth is booked, and depends on the terms that they were folded under.
//! Whoever reads it folds them again, under terms that may be others, and books the difference.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::ids::Ids;
use super::open::{Open, Steps};
use super::timed::Timed;
use super::{Bookings, Life, Step, Subject, step};
use crate::terms::Terms;

/// A subject that was read.
#[derive(Debug, Deserialize)]
#[serde(bound = "")]
pub struct SubjectState<L: Life> {
    live: Timed<L>,
    open: Option<OpenState<L>>,
    ids: Ids,
}

#[derive(Debug, Deserialize)]
#[serde(bound = "")]
struct OpenState<L: Life> {
    sealed: Timed<L>,
    steps: Steps<L>,
    worth: Bookings,
    counted: Bookings,
}

/// A subject as it is written, in the form of [`SubjectState`].
#[derive(Debug, Serialize)]
#[serde(bound = "")]
pub struct WrittenSubject<'a, L: Life> {
    live: Cow<'a, Timed<L>>,
    open: Option<WrittenOpen<'a, L>>,
    ids: Cow<'a, Ids>,
}

/// A subject that rests, in the form of what [`Subject::at_rest`] gives.
#[derive(Debug, Deserialize)]
#[serde(bound = "")]
pub struct AtRest<L: Life> {
    sealed: Timed<L>,
    ids: Ids,
}

impl<L: Life> From<AtRest<L>> for Subject<L> {
    fn from(AtRest { sealed, ids }: AtRest<L>) -> Self {
        Self { sealed, open: None, ids }
    }
}

impl<L: Life> AtRest<L> {
    /// It as it is written.
    pub fn written<'a>(self) -> WrittenSubject<'a, L> {
        WrittenSubject { live: Cow::Owned(self.sealed), open: None, ids: Cow::Owned(self.ids) }
    }
}

#[derive(Debug, Serialize)]
#[serde(bound = "")]
struct WrittenOpen<'a, L: Life> {
    sealed: &'a Timed<L>,
    steps: &'a [Step<L::Act>],
    worth: Bookings,
    counted: Cow<'a, Bookings>,
}

impl<L: Life> SubjectState<L> {
    /// The subject: what is promised of it is looked up under the terms of the day, and what may still be sorted is folded under these.
    /// Says what changes.
    pub fn restore(self, terms: &Terms, changes: &mut Bookings) -> Subject<L> {
        let Self { live, open, ids } = self;
        let (mut sealed, open) = match open {
            Some(open) => (open.sealed, Some((open.steps, open.worth, open.counted))),
            None => (live, None),
        };
        sealed.look_up_promises(terms);
        let open = open.map(|(steps, before, counted)| {
            let (mut live, mut worth) = (sealed.clone(), Bookings::default());
            step::fold(&mut live, &steps, terms, &mut worth);
            if worth != before {
                changes.withdraw(&before);
                changes.add_all(worth.since(0));
            }
            let counted = (!counted.is_empty()).then(|| Box::new(counted));
            let mut open = Open { steps, counted, live: None };
            open.keep_live(&live);
            Box::new(open)
        });
        Subject { sealed, open, ids }
    }
}

impl<L: Life> Subject<L> {
    /// All of it, where it rests and nothing of it may still be sorted.
    pub fn at_rest(&self) -> Option<impl Serialize + '_> {
        (self.is_sealed() && self.sealed.life().rests()).then_some((&self.sealed, &self.ids))
    }

    /// It as it is written, under the terms that it was folded under.
    pub fn written(&self, terms: &Terms) -> WrittenSubject<'_, L> {
        let Self { sealed, open, ids } = self;
        let Some(Open { steps, counted, .. }) = open.as_deref() else {
            return WrittenSubject { live: Cow::Borrowed(sealed), open: None, ids: Cow::Borrowed(ids) };
        };
        let (mut live, mut worth) = (sealed.clone(), Bookings::default());
        step::fold(&mut live, steps, terms, &mut worth);
        let counted = counted.as_deref().map_or_else(Cow::default, Cow::Borrowed);
        let open = Some(WrittenOpen { sealed, steps, worth, counted });
        WrittenSubject { live: Cow::Owned(live), open, ids: Cow::Borrowed(ids) }
    }
}
