//! An independent, naive reading of what a contact may go through. It knows the event contract and nothing of the simulation.

use std::collections::{BTreeMap, BTreeSet};

use contactpulse::time::EventTime;

use super::line::Line;

/// Where a contact stands.
#[derive(Debug, Default)]
pub struct Life {
    stays: BTreeMap<String, EventTime>,
    ringing: BTreeSet<String>,
    caller_gone: bool,
    called_by_centre: bool,
    message_left: bool,
    callback: Option<(EventTime, EventTime)>, // when it was asked for, when it is due
    reached: bool,
    talking: Option<(String, EventTime)>,
    held: Option<EventTime>,
    /// Who advises and who listens, by their role.
    beside: BTreeMap<String, String>,
    wrapping: BTreeSet<String>,
    over: bool,
    asked: bool,
    answers: u32,
}

impl Life {
    /// # Panics
    /// This cannot happen now.
    pub fn apply(&mut self, line: &Line) {
        let kind = line.kind();
        if ["survey.sent", "survey.answered", "quality.scored"].contains(&kind) {
            return self.opinion(line);
        }
        assert!(!self.over || kind == "wrapped", "after the end: {line:?}");
        assert!(!self.caller_gone || matches!(kind, "abandoned" | "flowed_out"), "nobody is there: {line:?}");
        assert!(!self.reached || kind == "answered", "the customer is on the line: {line:?}");
        match kind {
            "queued" => self.queued(line),
            "alerting" => self.alerting(line),
            "alert_missed" => self.alert_missed(line),
            "answered" => self.answered(line),
            "held" => self.held(line),
            "resumed" => self.resumed(line),
            "transferred" => self.talk_ends(line),
            "flowed_out" => self.flowed_out(line),
            "abandoned" => self.abandoned(line),
            "blocked" => {
                assert!(self.is_untouched(), "refused after it came in: {line:?}");
                self.over = true;
            }
            "message" => self.message(line),
            "callback_requested" => self.callback_requested(line),
            "callback_attempted" => self.callback_attempted(line),
            "updated" => assert!(self.talking.is_some(), "{line:?}"),
            "ended" => self.ended(line),
            "wrapped" => assert!(self.wrapping.remove(line.must("agent")), "{line:?}"),
            "snapshot" => self.snapshot(line),
            other => panic!("{other} is not of a contact"),
        }
    }

    /// Customers are asked once, when it is over; who is not asked does not answer, and nobody answers more than twice.
    fn opinion(&mut self, line: &Line) {
        assert!(self.over, "{line:?}");
        match line.kind() {
            "survey.sent" => assert!(!std::mem::replace(&mut self.asked, true), "{line:?}"),
            "survey.answered" => {
                self.answers += 1;
                assert!(self.asked && self.answers <= 2, "{line:?}");
            }
            _ => {}
        }
    }

    pub fn is_closed(&self) -> bool {
        self.over && self.is_untouched()
    }

    fn is_untouched(&self) -> bool {
        let nobody_works = self.talking.is_none() && self.beside.is_empty() && self.wrapping.is_empty();
        let nothing_owed = self.callback.is_none() && !self.message_left && !self.reached;
        nobody_works && nothing_owed && self.stays.is_empty() && self.ringing.is_empty()
    }

    fn queued(&mut self, line: &Line) {
        let is_owed = self.message_left || self.callback.is_some();
        assert!(self.talking.is_none() && self.ringing.is_empty() && !is_owed, "{line:?}");
        let queue = line.must("queue").to_owned();
        assert!(!self.stays.contains_key(&queue), "queued where it waits: {line:?}");
        assert!(!line.is("also") || !self.stays.is_empty(), "a further queue, and no first: {line:?}");
        self.called_by_centre |= line.text("direction") == Some("outbound") && self.is_untouched();
        if !line.is("also") {
            self.stays.clear();
        }
        self.stays.insert(queue, line.time);
    }

    /// At one agent at a time: for who waits, or for advice while the customer is on hold.
    fn alerting(&mut self, line: &Line) {
        let waits = self.stays.contains_key(line.must("queue")) && !self.called_by_centre;
        assert!(waits || self.held.is_some(), "nobody to ring for: {line:?}");
        assert!(self.ringing.is_empty() && self.ringing.insert(line.must("agent").to_owned()), "{line:?}");
    }

    fn alert_missed(&mut self, line: &Line) {
        assert!(self.stays.contains_key(line.must("queue")), "{line:?}");
        assert!(self.ringing.remove(line.must("agent")), "it did not ring: {line:?}");
        self.caller_gone = line.must("cause") == "caller_gone";
        assert!(["no_answer", "rejected", "caller_gone"].contains(&line.must("cause")), "{line:?}");
    }

    fn answered(&mut self, line: &Line) {
        let agent = line.must("agent").to_owned();
        let rang = self.ringing.remove(&agent);
        if let Some(role) = line.text("role") {
            assert!(self.talking.is_some() && !self.beside.contains_key(&agent), "{line:?}");
            assert!(role == "monitor" || rang && self.held.is_some() && role == "consult", "{line:?}");
            self.beside.insert(agent, role.to_owned());
            return;
        }
        let waited = self.stays.contains_key(line.must("queue"));
        let called_by_centre = std::mem::take(&mut self.called_by_centre);
        let called_back = std::mem::take(&mut self.message_left) | std::mem::take(&mut self.reached);
        assert_eq!((waited, rang), (!called_back, !called_back && !called_by_centre), "{line:?}");
        assert!(self.talking.is_none() && self.ringing.is_empty() && self.callback.is_none(), "{line:?}");
        self.stays.clear();
        self.talking = Some((agent, line.time));
    }

    fn talker(&self) -> Option<&str> {
        self.talking.as_ref().map(|(agent, _)| agent.as_str())
    }

    fn held(&mut self, line: &Line) {
        assert!(self.talker() == line.text("agent") && self.held.is_none(), "{line:?}");
        self.held = Some(line.time);
    }

    fn resumed(&mut self, line: &Line) {
        assert!(self.talker() == line.text("agent") && self.held.take().is_some(), "{line:?}");
        assert!(self.ringing.is_empty() && !self.beside.values().any(|role| role == "consult"), "{line:?}");
    }

    fn talk_ends(&mut self, line: &Line) {
        assert!(self.talker() == line.text("agent") && self.held.is_none() && self.beside.is_empty(), "{line:?}");
        self.talking = None;
        assert!(self.wrapping.insert(line.must("agent").to_owned()), "{line:?}");
    }

    fn ended(&mut self, line: &Line) {
        let agent = line.must("agent");
        if self.beside.remove(agent).is_some() {
            assert!(self.wrapping.insert(agent.to_owned()), "{line:?}");
        } else {
            self.talk_ends(line);
            self.over = true;
        }
    }

    fn flowed_out(&mut self, line: &Line) {
        assert!(self.stays.remove(line.must("queue")).is_some() && self.ringing.is_empty(), "{line:?}");
        self.caller_gone = false;
        match line.must("cause") {
            "callback" => assert!(self.callback.is_some(), "nobody asked to be called: {line:?}"),
            "voicemail" => self.message_left = true,
            other => panic!("{other}"),
        }
    }

    fn abandoned(&mut self, line: &Line) {
        assert!(!self.stays.is_empty() && self.ringing.is_empty(), "{line:?}");
        let is_chat = line.must("channel") == "chat";
        assert!(line.must("cause") == "customer" || line.must("cause") == "inactivity" && is_chat, "{line:?}");
        self.stays.clear();
        self.caller_gone = false;
        self.over = true;
    }

    fn message(&mut self, line: &Line) {
        assert_eq!(line.must("channel"), "chat", "{line:?}");
        let is_open = !self.stays.is_empty() || self.talking.is_some();
        match line.must("author") {
            "agent" => assert!(self.talking.is_some() && self.talker() == line.text("agent"), "{line:?}"),
            "customer" | "bot" => assert!(is_open && line.text("agent").is_none(), "{line:?}"),
            other => panic!("{other}"),
        }
    }

    /// By who waits; where it is a form, for no time.
    fn callback_requested(&mut self, line: &Line) {
        assert!(!self.stays.is_empty() && self.ringing.is_empty(), "{line:?}");
        let due = line.time_of("due_at").unwrap();
        assert!(due > line.time && line.must("channel") == "voice", "{line:?}");
        assert_eq!(self.callback.replace((line.time, due)), None, "{line:?}");
    }

    fn callback_attempted(&mut self, line: &Line) {
        assert!(self.callback.is_some() && self.stays.is_empty(), "{line:?}");
        line.must("agent");
        match line.must("result") {
            "reached" => self.reached = self.callback.take().is_some(),
            "no_answer" => {}
            "failed" => self.over = self.callback.take().is_some(),
            other => panic!("{other}"),
        }
    }

    /// It says what is so, and there is nothing that it leaves out.
    fn snapshot(&mut self, line: &Line) {
        let asked = line.time_of("callback_requested_at").zip(line.time_of("due_at"));
        assert!(self.ringing.is_empty() && self.beside.is_empty() && self.wrapping.is_empty(), "{line:?}");
        assert_eq!((self.callback, line.must("channel")), (asked, "voice"), "{line:?}");
        let talking = line.text("agent").map(str::to_owned).zip(line.time_of("answered_at"));
        assert_eq!((&self.talking, self.held), (&talking, line.time_of("held_at")), "{line:?}");
        if talking.is_none() {
            let told = line.text("queue").map(str::to_owned).zip(line.time_of("queued_at"));
            assert_eq!(self.stays, told.into_iter().collect(), "{line:?}");
        }
    }
}
