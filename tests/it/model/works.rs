//! What agents do on a contact: hold, transfer, end, after-contact work.

use super::contact::{Contact, Place};
use super::leg::{Leg, Phase};
use super::stay::Exit;

impl Contact<'_> {
    pub(super) fn held(&mut self, at: i64, agent: Option<&str>) {
        if let Some(leg) = self.latest_leg(agent, |leg| leg.phase == Phase::Talking) {
            self.legs[leg].phase = Phase::Held { since: at };
            self.legs[leg].was_held = true;
        }
    }

    pub(super) fn resumed(&mut self, at: i64, agent: Option<&str>) {
        if let Some(leg) = self.latest_leg(agent, |leg| matches!(leg.phase, Phase::Held { .. })) {
            self.resume(at, leg);
        }
    }

    fn resume(&mut self, at: i64, leg: usize) {
        if let Phase::Held { since } = self.legs[leg].phase {
            self.legs[leg].hold += at - since;
            self.legs[leg].phase = Phase::Talking;
        }
    }

    pub(super) fn transferred(&mut self, at: i64, agent: Option<&str>) {
        if let Some(leg) = self.latest_leg(agent, Leg::talks) {
            self.closing = false;
            self.end_talk(at, leg, true);
        }
    }

    pub(super) fn ended(&mut self, at: i64, agent: Option<&str>) {
        let ends_a_leg = self.latest_leg(agent, Leg::talks).is_some();
        let is_only_owed_a_call = !ends_a_leg && self.open_stays().next().is_none() && self.callback.is_some();
        while let Some(leg) = self.latest_leg(agent, Leg::talks) {
            self.end_talk(at, leg, false);
            if agent.is_some() {
                break;
            }
        }
        if agent.is_none() {
            self.ringing.clear();
            self.end_all_stays(at, &Exit::Abandoned { cause: "system" });
        }
        if agent.is_none() && !is_only_owed_a_call || ends_a_leg && !self.legs.iter().any(Leg::talks) {
            self.closing = true;
        }
    }

    pub(super) fn wrapped(&mut self, at: i64, agent: Option<&str>) {
        let wrapping =
            (0..self.legs.len()).filter(|&i| self.legs[i].is_of(agent) && self.legs[i].wraps_since().is_some());
        let longest = wrapping.min_by_key(|&i| self.legs[i].wraps_since());
        if let Some(leg) = longest {
            let after_contact = at - self.legs[leg].wraps_since().expect("it is in after-contact work");
            self.end_leg(at, leg, Some(after_contact));
        } else if let Some(leg) = self.latest_leg(agent, Leg::talks) {
            self.end_talk(at, leg, false);
            if self.settings.wraps_are_told {
                self.end_leg(at, leg, Some(0));
            }
        }
    }

    /// The leg begun last of those that fit.
    pub(super) fn latest_leg(&self, agent: Option<&str>, fits: impl Fn(&Leg) -> bool) -> Option<usize> {
        self.legs.iter().rposition(|leg| leg.is_of(agent) && fits(leg))
    }

    fn end_talk(&mut self, at: i64, leg: usize, transferred: bool) {
        self.resume(at, leg);
        let Leg { since, hold, was_held, .. } = self.legs[leg];
        self.legs[leg].phase = Phase::AfterContact { since: at };
        self.measure_leg(at, leg, "talk_time", at - since - hold);
        if was_held {
            self.measure_leg(at, leg, "hold_time", hold);
        }
        if !self.outbound {
            self.count_leg(at, leg, if transferred { "transferred" } else { "not_transferred" });
        }
        if !self.settings.wraps_are_told {
            self.end_leg(at, leg, None);
        }
    }

    /// A leg is over, with so much after-contact work told.
    pub(super) fn end_leg(&mut self, at: i64, leg: usize, after_contact: Option<i64>) {
        let talk_end = self.legs[leg].wraps_since().expect("talk has ended");
        let handle = talk_end - self.legs[leg].since + after_contact.unwrap_or(0);
        self.legs[leg].phase = Phase::Over;
        self.measure_leg(at, leg, "handle_time", handle);
        if let Some(ms) = after_contact {
            self.measure_leg(at, leg, "after_contact_time", ms);
        }
        if self.legs[leg].role != "monitor" {
            let agent = self.legs[leg].agent.clone();
            self.book_agent(at, &agent, "handle_time", "", handle);
        }
    }

    /// Counts a primary leg in its queue; the others count in none.
    pub(super) fn count_leg(&mut self, at: i64, leg: usize, what: &'static str) {
        if self.legs[leg].role == "primary" {
            self.book(at, Place::Queue(self.legs[leg].pair.clone()), what, "", 0);
        }
    }

    fn measure_leg(&mut self, at: i64, leg: usize, what: &'static str, ms: i64) {
        if self.legs[leg].role == "primary" {
            self.measure(at, Place::Queue(self.legs[leg].pair.clone()), what, ms);
        }
    }
}
