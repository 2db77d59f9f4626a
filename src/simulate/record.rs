//! Records: what happened on the floor as the text of the event contract, version 1.
//!
//! **Why by hand.** Every text is ours and needs no escapes, the order of fields is fixed, and a benchmark should measure the
//! reader of the events rather than their writer. The tests read each line back with a real JSON parser.

use std::fmt::Write;

use super::facts::{self, Change, Place, Said, TicketFact};
use super::staff::AgentNo;
use crate::time::EventTime;

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Happening {
    /// When.
    pub at: EventTime,
    /// How much was told before it at that millisecond.
    pub seq: u32,
    /// Who tells it.
    pub source: &'static str,
    /// What it happened to.
    pub subject: Subject,
    /// What.
    pub fact: Fact,
}

/// What something happens to.
#[derive(Clone, Copy, Debug)]
pub enum Subject {
    /// A contact, by its number.
    Contact { number: u64, channel: &'static str },
    /// A ticket, by its number.
    Ticket { number: u64, channel: &'static str },
    /// An agent.
    Agent { number: AgentNo },
    /// A queue.
    Queue { name: &'static str, channel: &'static str },
    /// A feed.
    Source { name: &'static str },
}

/// What can happen, with the fields that the contract has for it.
#[derive(Clone, Debug)]
pub enum Fact {
    /// A stay in a queue begins; `also`: a further one.
    Queued { queue: &'static str, priority: &'static str, outbound: bool, also: bool, customer: Option<u64> },
    /// Rings at an agent.
    Alerting { queue: &'static str, agent: AgentNo },
    /// Rings no longer there.
    Missed { queue: &'static str, agent: AgentNo, cause: &'static str },
    /// A leg begins.
    Answered { queue: &'static str, agent: AgentNo, role: Role },
    /// Hold begins.
    Held { agent: AgentNo },
    /// Hold ends.
    Resumed { agent: AgentNo },
    /// A leg's talk ends, the contact goes on.
    Transferred { agent: AgentNo, to_queue: &'static str },
    /// Left the queue without hanging up.
    FlowedOut { queue: &'static str, cause: &'static str },
    /// Hung up before an answer.
    Abandoned { cause: &'static str },
    /// Refused.
    Blocked { queue: &'static str, cause: &'static str },
    /// Somebody wrote.
    Message { author: &'static str, agent: Option<AgentNo> },
    /// The customer asks to be called back.
    CallbackRequested { queue: &'static str, due: EventTime, place_kept: bool },
    /// An agent tried to call back.
    CallbackAttempted { agent: AgentNo, result: &'static str },
    /// The customer became known.
    Identified { customer: u64 },
    /// What it is about became known.
    Classified { reason: &'static str },
    /// Talk is over; whether the matter is solved is told of the contact's end alone.
    Ended { agent: AgentNo, by: &'static str, resolved: Option<bool> },
    /// After-contact work is over.
    Wrapped { agent: AgentNo, disposition: &'static str },
    /// All that is so.
    Snapshot(State),
    /// Something of a ticket.
    Ticket(TicketFact),
    /// An agent does something else.
    Present(Change),
    /// Somebody says how it was; of whom, where that is told.
    Said(Said, Place),
    /// A queue opens or closes.
    StateChanged { state: &'static str },
    /// Nothing, but the feed is alive.
    Heartbeat,
}

/// What an agent does on a contact; none is told of whoever serves it.
pub type Role = Option<&'static str>;
/// Serves it.
pub const PRIMARY: Role = None;
/// Is asked for advice.
pub const CONSULT: Role = Some("consult");
/// Listens in.
pub const MONITOR: Role = Some("monitor");

/// All that is so of a contact.
#[derive(Clone, Copy, Debug)]
pub enum State {
    /// Waits in a queue.
    Waiting { queue: &'static str, since: EventTime },
    /// Talks with an agent, or is on hold.
    Talking { queue: &'static str, agent: AgentNo, since: EventTime, held: Option<EventTime>, outbound: bool },
    /// Is to be called back.
    Callback { asked: EventTime, due: EventTime },
}

/// Numbers events and writes them.
#[derive(Debug)]
pub struct Scribe {
    seed: u64,
    written: u64,
    second: i64,
    second_text: String,
}

/// Room for a usual record, so that few grow while they are written.
const RECORD_BYTES: usize = 256;

impl Scribe {
    /// Ids begin with the seed, so that centres of several seeds can share a topic.
    pub fn new(seed: u64) -> Self {
        Self { seed, written: 0, second: i64::MIN, second_text: String::new() }
    }

    /// The record key: the id of the contact or ticket, else the name of the agent, the queue or the feed.
    pub fn key(&self, subject: Subject) -> String {
        match subject {
            Subject::Contact { number, .. } => format!("s{}-c{number}", self.seed),
            Subject::Ticket { number, .. } => format!("s{}-t{number}", self.seed),
            Subject::Agent { number } => name_of(number),
            Subject::Queue { name, .. } | Subject::Source { name } => name.to_owned(),
        }
    }

    /// The event as one line of JSON, under the next event id.
    pub fn record(&mut self, happening: &Happening) -> String {
        let mut text = String::with_capacity(RECORD_BYTES);
        self.written += 1;
        self.head(&mut text, happening).expect("writing to a string does not fail");
        tail(&mut text, self.seed, &happening.fact).expect("writing to a string does not fail");
        text.push('}');
        text
    }

    fn head(&mut self, text: &mut String, happening: &Happening) -> std::fmt::Result {
        let Happening { at, seq, source, subject, fact } = happening;
        let (seed, number, kind) = (self.seed, self.written, fact.type_name());
        write!(text, r#"{{"id":"s{seed}-{number}","type":"{kind}","time":""#)?;
        self.time(text, *at)?;
        if *seq > 0 {
            write!(text, r#","seq":{seq}"#)?;
        }
        write!(text, r#","source":"{source}""#)?;
        match subject {
            Subject::Contact { number, channel } => {
                write!(text, r#","contact_id":"s{seed}-c{number}","channel":"{channel}""#)
            }
            Subject::Ticket { number, channel } => {
                write!(text, r#","ticket_id":"s{seed}-t{number}","channel":"{channel}""#)
            }
            Subject::Agent { number } => write!(text, "{}", By(*number)),
            Subject::Queue { name, channel } => write!(text, r#","queue":"{name}","channel":"{channel}""#),
            Subject::Source { .. } => Ok(()),
        }
    }

    /// RFC 3339 with milliseconds. The second's text is kept: events come in the order of time.
    fn time(&mut self, text: &mut String, at: EventTime) -> std::fmt::Result {
        let (second, ms) = (at.as_millis().div_euclid(1_000), at.as_millis().rem_euclid(1_000));
        if second != self.second {
            self.second = second;
            self.second_text = EventTime::from_millis(second * 1_000).to_string();
        }
        write!(text, r#"{}.{ms:03}Z""#, self.second_text.trim_end_matches('Z'))
    }
}

fn tail(text: &mut String, seed: u64, fact: &Fact) -> std::fmt::Result {
    match *fact {
        Fact::Ticket(ref fact) => facts::ticket(text, seed, fact),
        Fact::Present(ref change) => facts::change(text, change),
        Fact::Said(said, place) => facts::said(text, said, place),
        Fact::Queued { queue, priority, outbound, also, customer } => {
            write!(text, r#","queue":"{queue}","priority":"{priority}""#)?;
            flag(text, outbound, r#","direction":"outbound""#);
            flag(text, also, r#","also":true"#);
            customer.map_or(Ok(()), |customer| write!(text, r#","customer_id":"k-{customer}""#))
        }
        Fact::Alerting { queue, agent } => write!(text, r#","queue":"{queue}"{}"#, By(agent)),
        Fact::Missed { queue, agent, cause } => write!(text, r#","queue":"{queue}"{},"cause":"{cause}""#, By(agent)),
        Fact::Answered { queue, agent, role } => {
            write!(text, r#","queue":"{queue}"{}"#, By(agent))?;
            role.map_or(Ok(()), |role| write!(text, r#","role":"{role}""#))
        }
        Fact::Held { agent } | Fact::Resumed { agent } => write!(text, "{}", By(agent)),
        Fact::Transferred { agent, to_queue } => write!(text, r#"{},"to_queue":"{to_queue}""#, By(agent)),
        Fact::FlowedOut { queue, cause } | Fact::Blocked { queue, cause } => {
            write!(text, r#","queue":"{queue}","cause":"{cause}""#)
        }
        Fact::Abandoned { cause } => write!(text, r#","cause":"{cause}""#),
        Fact::Message { author, agent } => {
            write!(text, r#","author":"{author}""#)?;
            agent.map_or(Ok(()), |agent| write!(text, "{}", By(agent)))
        }
        Fact::CallbackRequested { queue, due, place_kept } => {
            write!(text, r#","queue":"{queue}","due_at":"{due}","place_kept":{place_kept}"#)
        }
        Fact::CallbackAttempted { agent, result } => write!(text, r#"{},"result":"{result}""#, By(agent)),
        Fact::Identified { customer } => write!(text, r#","customer_id":"k-{customer}""#),
        Fact::Classified { reason } => write!(text, r#","reason":"{reason}""#),
        Fact::Ended { agent, by, resolved } => {
            write!(text, r#"{},"by":"{by}""#, By(agent))?;
            resolved.map_or(Ok(()), |resolved| write!(text, r#","resolved":{resolved}"#))
        }
        Fact::Wrapped { agent, disposition } => write!(text, r#"{},"disposition":"{disposition}""#, By(agent)),
        Fact::Snapshot(state) => whole(text, state),
        Fact::StateChanged { state } => write!(text, r#","state":"{state}""#),
        Fact::Heartbeat => Ok(()),
    }
}

fn whole(text: &mut String, state: State) -> std::fmt::Result {
    match state {
        State::Waiting { queue, since } => write!(text, r#","queue":"{queue}","queued_at":"{since}""#),
        State::Talking { queue, agent, since, held, outbound } => {
            write!(text, r#","queue":"{queue}"{},"answered_at":"{since}""#, By(agent))?;
            flag(text, outbound, r#","direction":"outbound""#);
            held.map_or(Ok(()), |held| write!(text, r#","held_at":"{held}""#))
        }
        State::Callback { asked, due } => write!(text, r#","callback_requested_at":"{asked}","due_at":"{due}""#),
    }
}

/// Writes the field if it holds.
pub(super) fn flag(text: &mut String, is_set: bool, field: &str) {
    if is_set {
        text.push_str(field);
    }
}

/// The field that names an agent.
pub(super) struct By(pub(super) AgentNo);

impl std::fmt::Display for By {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, r#","agent":"{}""#, name_of(self.0))
    }
}

/// The name of an agent; numbers begin at 0, names at 001.
fn name_of(agent: AgentNo) -> String {
    format!("agent-{:03}", u64::from(agent) + 1)
}

impl Fact {
    const fn type_name(&self) -> &'static str {
        match self {
            Self::Queued { .. } => "contact.queued",
            Self::Alerting { .. } => "contact.alerting",
            Self::Missed { .. } => "contact.alert_missed",
            Self::Answered { .. } => "contact.answered",
            Self::Held { .. } => "contact.held",
            Self::Resumed { .. } => "contact.resumed",
            Self::Transferred { .. } => "contact.transferred",
            Self::FlowedOut { .. } => "contact.flowed_out",
            Self::Abandoned { .. } => "contact.abandoned",
            Self::Blocked { .. } => "contact.blocked",
            Self::Message { .. } => "contact.message",
            Self::CallbackRequested { .. } => "contact.callback_requested",
            Self::CallbackAttempted { .. } => "contact.callback_attempted",
            Self::Identified { .. } | Self::Classified { .. } => "contact.updated",
            Self::Ended { .. } => "contact.ended",
            Self::Wrapped { .. } => "contact.wrapped",
            Self::Snapshot(_) => "contact.snapshot",
            Self::Ticket(fact) => fact.type_name(),
            Self::Present(_) => "agent.state_changed",
            Self::Said(said, _) => said.type_name(),
            Self::StateChanged { .. } => "queue.state_changed",
            Self::Heartbeat => "source.heartbeat",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_compact_line_with_its_fields_in_a_fixed_order() {
        let mut scribe = Scribe::new(7);
        let queued = Fact::Queued { queue: "sales", priority: "high", outbound: false, also: true, customer: Some(12) };
        let subject = Subject::Contact { number: 3, channel: "voice" };
        let at = EventTime::from_millis(1_772_445_600_050);
        let happening = Happening { at, seq: 1, source: "pbx", subject, fact: queued };
        assert_eq!(
            scribe.record(&happening),
            r#"{"id":"s7-1","type":"contact.queued","time":"2026-03-02T10:00:00.050Z","seq":1,"source":"pbx","contact_id":"s7-c3","channel":"voice","queue":"sales","priority":"high","also":true,"customer_id":"k-12"}"#
        );
        let wrapped = Happening { seq: 0, fact: Fact::Wrapped { agent: 0, disposition: "solved" }, ..happening };
        assert_eq!(
            scribe.record(&wrapped),
            r#"{"id":"s7-2","type":"contact.wrapped","time":"2026-03-02T10:00:00.050Z","source":"pbx","contact_id":"s7-c3","channel":"voice","agent":"agent-001","disposition":"solved"}"#
        );
    }

    #[test]
    fn a_queue_and_a_feed_are_their_own_keys() {
        let mut scribe = Scribe::new(7);
        let mut tell = |subject, fact| {
            let happening = Happening { at: EventTime::from_millis(0), seq: 0, source: "pbx", subject, fact };
            (scribe.key(subject), scribe.record(&happening))
        };
        let (key, record) =
            tell(Subject::Queue { name: "sales", channel: "voice" }, Fact::StateChanged { state: "open" });
        assert_eq!(key, "sales");
        assert_eq!(
            record,
            r#"{"id":"s7-1","type":"queue.state_changed","time":"1970-01-01T00:00:00.000Z","source":"pbx","queue":"sales","channel":"voice","state":"open"}"#
        );
        let (key, record) = tell(Subject::Source { name: "pbx" }, Fact::Heartbeat);
        assert_eq!(key, "pbx");
        assert_eq!(
            record,
            r#"{"id":"s7-2","type":"source.heartbeat","time":"1970-01-01T00:00:00.000Z","source":"pbx"}"#
        );
    }
}
