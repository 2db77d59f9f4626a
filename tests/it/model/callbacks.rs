//! The one callback that a contact may have open.

use super::contact::{Contact, Pair, Place};
use super::event::Event;

pub const RESULTS: [&str; 3] = ["reached", "no_answer", "failed"];

pub struct Callback {
    pub pair: Pair,
    pub since: i64,
    pub due_at: Option<i64>,
}

impl Contact<'_> {
    pub(super) fn callback_requested(&mut self, event: &Event) {
        let due_at = event.moment("due_at");
        if let Some(open) = &mut self.callback {
            open.due_at = due_at.or(open.due_at);
            return;
        }
        let pair = self.pair_of_callback(event);
        self.book(event.time, Place::Queue(pair.clone()), "callbacks_requested", "", 0);
        self.callback = Some(Callback { pair, since: event.time, due_at });
    }

    /// The queue of the request, on the channel of now.
    pub(super) fn pair_of_callback(&self, event: &Event) -> Pair {
        let waited_in = self.open_stays().next().map(|stay| self.stays[stay].pair.0.as_str());
        self.pair(event.text("queue").or(waited_in).or(self.latest_queue.as_deref()))
    }

    pub(super) fn callback_attempted(&mut self, event: &Event) {
        let Some(Callback { pair, since, .. }) = &self.callback else {
            return self.note(event.time, "callback_not_requested");
        };
        let (place, since) = (Place::Queue(pair.clone()), *since);
        let result = event.word("result", &RESULTS, "other");
        self.book(event.time, place.clone(), "callbacks_attempted", result, 0);
        match result {
            "reached" => {
                self.book(event.time, place.clone(), "callback_reached", "", 0);
                self.measure(event.time, place, "callback_wait", event.time - since);
                self.callback = None;
            }
            "failed" => self.give_callback_up(event.time),
            _ => {}
        }
    }

    pub(super) fn give_callback_up(&mut self, at: i64) {
        if let Some(open) = self.callback.take() {
            self.book(at, Place::Queue(open.pair), "callback_given_up", "", 0);
        }
    }
}
