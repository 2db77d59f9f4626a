//! Records: what happened on the floor as the text of the event contract, version 1.
//!
//! **Why by hand.** Every text is ours and needs no escapes, the order of fields is fixed, and a benchmark should measure the
//! reader of the events rather than their writer. The tests read each line back with a real JSON parser.

use std::fmt::Write;

use super::staff::AgentNo;
use crate::time::EventTime;

/// Something that happened to a contact.
#[derive(Clone, Debug)]
pub struct Happening {
    /// When.
    pub at: EventTime,
    /// The number of the contact.
    pub contact: u64,
    /// Its channel.
    pub channel: &'static str,
    /// What.
    pub fact: Fact,
}

/// What can happen, with the fields that the contract has for it.
#[derive(Clone, Debug)]
pub enum Fact {
    /// A stay in a queue begins; `moved` at the very moment at which another ended.
    Queued { queue: &'static str, priority: &'static str, outbound: bool, moved: bool, customer: Option<u64> },
    /// A leg begins.
    Answered { queue: &'static str, agent: AgentNo },
    /// Hold begins.
    Held { agent: AgentNo },
    /// Hold ends.
    Resumed { agent: AgentNo },
    /// A leg's talk ends, the contact goes on.
    Transferred { agent: AgentNo, to_queue: &'static str },
    /// Left the queue without hanging up.
    FlowedOut { queue: &'static str, cause: &'static str },
    /// Hung up before an answer.
    Abandoned,
    /// Refused.
    Blocked { queue: &'static str },
    /// The customer became known.
    Identified { customer: u64 },
    /// What it is about became known.
    Classified { reason: &'static str },
    /// Talk is over.
    Ended { agent: AgentNo, by: &'static str, resolved: bool },
    /// After-contact work is over.
    Wrapped { agent: AgentNo, disposition: &'static str },
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

    /// The record key: the contact's id.
    pub fn key(&self, contact: u64) -> String {
        format!("s{}-c{contact}", self.seed)
    }

    /// The event as one line of JSON, under the next event id.
    pub fn record(&mut self, happening: &Happening) -> String {
        let mut text = String::with_capacity(RECORD_BYTES);
        self.written += 1;
        self.head(&mut text, happening).expect("writing to a string does not fail");
        tail(&mut text, &happening.fact).expect("writing to a string does not fail");
        text.push('}');
        text
    }

    fn head(&mut self, text: &mut String, Happening { at, contact, channel, fact }: &Happening) -> std::fmt::Result {
        let (seed, number, kind) = (self.seed, self.written, fact.type_name());
        write!(text, r#"{{"id":"s{seed}-{number}","type":"{kind}","time":""#)?;
        self.time(text, *at)?;
        if matches!(fact, Fact::Queued { moved: true, .. }) {
            text.push_str(r#","seq":1"#);
        }
        write!(text, r#","contact_id":"s{seed}-c{contact}","channel":"{channel}""#)
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

fn tail(text: &mut String, fact: &Fact) -> std::fmt::Result {
    match *fact {
        Fact::Queued { queue, priority, outbound, customer, .. } => {
            write!(text, r#","queue":"{queue}","priority":"{priority}""#)?;
            if outbound {
                text.push_str(r#","direction":"outbound""#);
            }
            customer.map_or(Ok(()), |customer| write!(text, r#","customer_id":"k-{customer}""#))
        }
        Fact::Answered { queue, agent } => write!(text, r#","queue":"{queue}"{}"#, By(agent)),
        Fact::Held { agent } | Fact::Resumed { agent } => write!(text, "{}", By(agent)),
        Fact::Transferred { agent, to_queue } => write!(text, r#"{},"to_queue":"{to_queue}""#, By(agent)),
        Fact::FlowedOut { queue, cause } => write!(text, r#","queue":"{queue}","cause":"{cause}""#),
        Fact::Abandoned => write!(text, r#","cause":"customer""#),
        Fact::Blocked { queue } => write!(text, r#","queue":"{queue}","cause":"queue_full""#),
        Fact::Identified { customer } => write!(text, r#","customer_id":"k-{customer}""#),
        Fact::Classified { reason } => write!(text, r#","reason":"{reason}""#),
        Fact::Ended { agent, by, resolved } => write!(text, r#"{},"by":"{by}","resolved":{resolved}"#, By(agent)),
        Fact::Wrapped { agent, disposition } => write!(text, r#"{},"disposition":"{disposition}""#, By(agent)),
    }
}

/// The field that names an agent; numbers begin at 0, names at 001.
struct By(AgentNo);

impl std::fmt::Display for By {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, r#","agent":"agent-{:03}""#, u64::from(self.0) + 1)
    }
}

impl Fact {
    const fn type_name(&self) -> &'static str {
        match self {
            Self::Queued { .. } => "contact.queued",
            Self::Answered { .. } => "contact.answered",
            Self::Held { .. } => "contact.held",
            Self::Resumed { .. } => "contact.resumed",
            Self::Transferred { .. } => "contact.transferred",
            Self::FlowedOut { .. } => "contact.flowed_out",
            Self::Abandoned => "contact.abandoned",
            Self::Blocked { .. } => "contact.blocked",
            Self::Identified { .. } | Self::Classified { .. } => "contact.updated",
            Self::Ended { .. } => "contact.ended",
            Self::Wrapped { .. } => "contact.wrapped",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_compact_line_with_its_fields_in_a_fixed_order() {
        let mut scribe = Scribe::new(7);
        let queued =
            Fact::Queued { queue: "sales", priority: "high", outbound: false, moved: true, customer: Some(12) };
        let happening =
            Happening { at: EventTime::from_millis(1_772_445_600_050), contact: 3, channel: "voice", fact: queued };
        assert_eq!(
            scribe.record(&happening),
            r#"{"id":"s7-1","type":"contact.queued","time":"2026-03-02T10:00:00.050Z","seq":1,"contact_id":"s7-c3","channel":"voice","queue":"sales","priority":"high","customer_id":"k-12"}"#
        );
        let wrapped = Happening { fact: Fact::Wrapped { agent: 0, disposition: "solved" }, ..happening };
        assert_eq!(
            scribe.record(&wrapped),
            r#"{"id":"s7-2","type":"contact.wrapped","time":"2026-03-02T10:00:00.050Z","contact_id":"s7-c3","channel":"voice","agent":"agent-001","disposition":"solved"}"#
        );
    }
}
