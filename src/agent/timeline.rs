//! One agent: what is sealed, and the changes that may still be sorted.

use serde::{Deserialize, Serialize};

use super::change::Change;
use super::course::Course;
use super::reading::Reading;
use super::standing::Standing;
use crate::limits::UNSEALED_PER_SUBJECT_MAX;
use crate::rules::Rules;
use crate::time::EventTime;

/// One agent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Timeline {
    course: Course,
    standing: Standing,    // after the sealed changes
    unsealed: Vec<Change>, // sorted
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It was sorted in.
    InTime,
    /// Its time is sealed, and it is later than what was sealed: it holds from the line on.
    Late,
    /// Its time is sealed, and so is a later change: nothing changed.
    TooLate,
    /// It is known: nothing changed.
    Repeat,
    /// There are more changes than are kept; it was refused.
    OneTooMany,
}

impl Timeline {
    /// Takes a change in. What is before the line is sealed.
    pub fn place(&mut self, change: Change, line: EventTime, rules: &Rules) -> Placed {
        self.seal(line, rules);
        let (last, instant) = (&self.standing.last, &change.instant);
        let mut known = self.unsealed.iter().map(|change| &change.instant).chain(last);
        if known.any(|known| known.id == instant.id) {
            return Placed::Repeat;
        }
        if instant.at < line {
            if last.as_ref().is_some_and(|last| last >= instant) {
                return Placed::TooLate;
            }
            let course = &mut self.course;
            self.standing.apply(&change, Some(line), rules, |stretch| course.push(stretch));
            return Placed::Late;
        }
        if self.unsealed.len() == UNSEALED_PER_SUBJECT_MAX {
            return Placed::OneTooMany;
        }
        let place = self.unsealed.partition_point(|known| known.instant < *instant);
        self.unsealed.insert(place, change);
        Placed::InTime
    }

    /// Seals what is before the line. True: with that the agent lapsed.
    pub fn seal(&mut self, line: EventTime, rules: &Rules) -> bool {
        let Self { course, standing, unsealed } = self;
        let sealable = unsealed.partition_point(|change| change.instant.at < line);
        for change in unsealed.drain(..sealable) {
            standing.apply(&change, None, rules, |stretch| course.push(stretch));
        }
        if unsealed.is_empty() {
            unsealed.shrink_to(1);
        }
        standing.lapse(line, rules, |stretch| course.push(stretch))
    }

    /// Adds up, and lets go of, the stretches that end before a moment.
    pub fn roll(&mut self, before: EventTime, rules: &Rules) {
        self.course.roll(before, &rules.agents);
    }

    /// Adds up, and lets go of, the oldest stretch, if it ends by a moment: no window shows it any more but `all`. True: so it did.
    pub fn shorten(&mut self, by: EventTime, rules: &Rules) -> bool {
        self.course.shorten(by, &rules.agents)
    }

    /// How many sealed stretches are kept.
    pub fn stretches(&self) -> usize {
        self.course.len()
    }

    /// What was so up to a moment, which is not before the sealed line, by the changes up to it. `None`: nothing was told by then.
    pub fn as_of<'a>(&'a self, at: EventTime, rules: &'a Rules) -> Option<Reading<'a>> {
        let told = self.unsealed.partition_point(|change| change.instant.at <= at);
        Reading::new(&self.course, &self.standing, &self.unsealed[..told], at, rules)
    }

    /// What was so up to a moment, by all changes that are known: one of later may tell that it holds since earlier.
    pub fn by_all_known<'a>(&'a self, to: EventTime, rules: &'a Rules) -> Option<Reading<'a>> {
        Reading::new(&self.course, &self.standing, &self.unsealed, to, rules)
    }
}
