//! Events that came too late to be sorted in: they may end what was open then, add a word, and set what nothing later set.

use super::Life;
use crate::measure::Anomaly;
use crate::terms::Terms;
use crate::ticket::act::Act;
use crate::time::EventTime;
use crate::timeline::Bookings;

/// Late events.
impl Life {
    pub(super) fn act_late(&mut self, at: EventTime, act: &Act, terms: &Terms, bookings: &mut Bookings) {
        let is_backlog_as_it_was = self.set.backlog <= at;
        match act {
            Act::Created { .. } | Act::Reopened | Act::Snapshot(_) => bookings.odd(at, Anomaly::LateBeginning),
            Act::Assigned { .. } | Act::HandedOver { .. } => self.give_late(at, act, terms, bookings),
            Act::StatusChanged { status: Some(_) } if at < self.set.status || !is_backlog_as_it_was => {}
            Act::Updated { .. } if at < self.set.traits => {}
            Act::Resolved { .. } if !self.is_unresolved() => {}
            Act::Closed { .. } if !self.is_unresolved() => self.act(at, act, terms, bookings),
            Act::Resolved { .. } | Act::Closed { .. } | Act::Deleted { .. } if !is_backlog_as_it_was => {
                bookings.odd(at, Anomaly::LateBeginning);
            }
            _ => self.act(at, act, terms, bookings),
        }
    }

    /// Given to an agent where nobody was later; to a queue where the backlog is still as it was then.
    fn give_late(&mut self, at: EventTime, act: &Act, terms: &Terms, bookings: &mut Bookings) {
        let (agent, queue) = match *act {
            Act::Assigned { agent, queue } => (agent, queue),
            Act::HandedOver { queue } => (None, queue),
            _ => return,
        };
        let moves = queue.is_some_and(|queue| queue != self.place(terms).0);
        if moves && at < self.set.backlog {
            return bookings.odd(at, Anomaly::LateBeginning);
        }
        let assignee = (self.assignee, self.set.assignee);
        match act {
            Act::HandedOver { .. } => self.handed_over(at, queue, terms, bookings),
            _ => self.assigned(at, agent, queue, terms, bookings),
        }
        if at < assignee.1 {
            (self.assignee, self.set.assignee) = assignee;
        }
    }
}
