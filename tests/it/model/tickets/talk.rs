//! Who wrote, and how soon somebody answered.

use super::super::event::Event;
use super::{Asked, First, Ticket};

impl Ticket<'_> {
    pub(super) fn handed_over(&mut self, event: &Event) {
        let is_first = self.handed_over.is_none();
        self.handed_over = self.handed_over.or(Some(event.time));
        self.moves(event);
        if is_first {
            self.first_reply_begins_anew(event.time);
        }
    }

    /// From when first response is measured; the handover holds where the config says so.
    pub(super) fn start_of_first_response(&self) -> Option<i64> {
        let handed_over = self.handed_over.filter(|_| self.settings.first_response_from_handover);
        self.first_asked.map(|asked| handed_over.map_or(asked, |handed_over| handed_over.max(asked)))
    }

    pub(super) fn replied(&mut self, event: &Event) {
        if event.fields["public"] == false {
            return;
        }
        match event.text("author") {
            Some("customer") => self.customer_writes(event.time),
            Some("agent") => self.agent_writes(event.time, event.text("agent")),
            _ => {}
        }
    }

    fn customer_writes(&mut self, at: i64) {
        self.is_asked(at);
        self.asked = self.asked.or(Some(Asked { since: at, is_creation: false }));
        if self.first == First::NotAsked {
            self.first = First::Awaited;
            self.first_asked = Some(at);
        }
    }

    fn agent_writes(&mut self, at: i64, agent: Option<&str>) {
        self.is_answered(at);
        self.replies += 1;
        self.is_replied = true;
        if self.first == First::Awaited {
            self.first_response(at, agent);
        } else if let Some(asked) = self.asked.filter(|asked| !asked.is_creation) {
            self.measure(at, "reply_time", "", at - asked.since);
        }
        self.asked = None;
        if self.first_asked.is_some() && !self.is_rate_decided {
            self.is_rate_decided = true;
            self.book(at, "responded", "", 0);
        }
    }

    fn first_response(&mut self, at: i64, agent: Option<&str>) {
        self.first = First::Decided;
        let took = at - self.start_of_first_response().expect("it is awaited from somewhere");
        self.measure(at, "first_response_time", "", took);
        if let Some(agent) = agent.or(self.assignee.as_deref()).map(str::to_owned) {
            self.book_agent(at, &agent, "first_response_time", "", took);
        }
    }
}
