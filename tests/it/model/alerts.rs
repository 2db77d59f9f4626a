//! Who rings, and who did not pick up.

use super::contact::{Contact, Place};
use super::event::Event;

/// Causes that are the agent's own.
pub const OWN_CAUSES: [&str; 2] = ["no_answer", "rejected"];
/// Those that are not.
const OTHER_CAUSES: [&str; 2] = ["answered_elsewhere", "caller_gone"];

impl Contact<'_> {
    pub(super) fn alerting(&mut self, event: &Event) {
        let agent = event.text("agent").expect("an alert names its agent").to_owned();
        if self.ringing.contains(&agent) {
            return self.note(event.time, "alerted_twice");
        }
        self.ringing.push(agent);
    }

    pub(super) fn alert_missed(&mut self, event: &Event) {
        let agent = event.text("agent").expect("a miss names its agent");
        let rang = self.stops_ringing(agent);
        let cause = event.word("cause", &[OWN_CAUSES, OTHER_CAUSES].concat(), "no_answer");
        if !rang && OWN_CAUSES.contains(&cause) {
            self.note(event.time, "missed_without_alert");
        }
        if !OWN_CAUSES.contains(&cause) {
            return;
        }
        if !self.outbound {
            let named = event.text("queue").and_then(|queue| self.open_stay_in(queue));
            let stay = named.or_else(|| self.open_stays().next());
            let pair = stay.map_or_else(|| self.latest_pair(), |stay| self.stays[stay].pair.clone());
            self.book(event.time, Place::Queue(pair), "missed_alerts", cause, 0);
        }
        self.book_agent(event.time, agent, "missed_alerts", cause, 0);
    }

    /// Whether it rang.
    pub(super) fn stops_ringing(&mut self, agent: &str) -> bool {
        let rang = self.ringing.iter().position(|ringing| ringing == agent);
        rang.map(|place| self.ringing.remove(place)).is_some()
    }
}
