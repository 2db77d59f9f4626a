//! What customers ask in a chat, and when agents answer.

use super::contact::{Contact, Pair, Place};
use super::event::Event;

impl Contact<'_> {
    pub(super) fn message(&mut self, event: &Event) {
        match event.text("author") {
            Some("customer") => self.asked_since = self.asked_since.or(Some(event.time)),
            Some("agent") => self.agent_writes(event),
            _ => {}
        }
    }

    fn agent_writes(&mut self, event: &Event) {
        let is_first = !std::mem::replace(&mut self.agent_has_written, true);
        let first = self.queued_here.filter(|_| is_first).map(|since| ("chat_first_response_time", since));
        let reply = self.asked_since.take().map(|since| ("chat_reply_time", since));
        if !self.outbound {
            let pair = self.pair_of_message(event.text("agent"));
            for (what, since) in first.into_iter().chain(reply) {
                self.measure(event.time, Place::Queue(pair.clone()), what, event.time - since);
            }
        }
    }

    fn pair_of_message(&self, agent: Option<&str>) -> Pair {
        let latest_open = |agent: Option<&str>| self.legs.iter().rev().find(|leg| leg.is_open() && leg.is_of(agent));
        match latest_open(agent).or_else(|| latest_open(None)) {
            Some(leg) => leg.pair.clone(),
            None => self.open_stays().next().map_or_else(|| self.latest_pair(), |stay| self.stays[stay].pair.clone()),
        }
    }
}
