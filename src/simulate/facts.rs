//! Facts that are not of a contact's way through the floor: of tickets, of agents, and of what customers and reviewers say.
//!
//! **Invariant.** As in `record`: fields in a fixed order, and every text is ours.

use std::fmt::{Result, Write};

use super::record::{By, flag};
use super::staff::AgentNo;
use crate::time::EventTime;

/// Words that are stuck to a ticket.
pub type Tags = &'static [&'static str];

/// What can happen to a ticket.
#[derive(Clone, Debug)]
pub enum TicketFact {
    /// A new one.
    Created { queue: &'static str, by_agent: bool, traits: Traits, customer: Option<u64> },
    /// To an agent, or to another queue.
    Assigned { agent: Option<AgentNo>, queue: Option<&'static str> },
    /// A bot gives it to people.
    HandedOver { queue: &'static str },
    /// Somebody wrote; to a colleague only, where it is private.
    Replied { author: &'static str, agent: Option<AgentNo>, private: bool },
    /// Waits for somebody, or no longer.
    StatusChanged { status: &'static str },
    /// Something became known.
    Updated { traits: Traits },
    /// To a higher tier.
    Escalated,
    /// Solved, by a script where no agent did it.
    Resolved { agent: Option<AgentNo> },
    /// Solved no longer.
    Reopened,
    /// Final.
    Closed { bulk: bool },
    /// Gone, perhaps into another ticket.
    Deleted { cause: &'static str, into: Option<u64> },
    /// All that is so.
    Snapshot(Old),
}

/// What kind of ticket it is, as far as it is told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traits {
    /// How urgent.
    pub priority: Option<&'static str>,
    /// What about.
    pub reason: Option<&'static str>,
    /// Words stuck to it.
    pub tags: Tags,
}

/// A ticket from before the start.
#[derive(Clone, Copy, Debug)]
pub struct Old {
    /// Where it is.
    pub queue: &'static str,
    /// What kind of ticket.
    pub traits: Traits,
    /// When it came.
    pub created: EventTime,
    /// `open`, `pending` or `on_hold`.
    pub status: &'static str,
    /// When an agent first answered.
    pub first_reply: Option<EventTime>,
}

/// What is told of an agent.
#[derive(Clone, Debug)]
pub struct Change {
    /// What the agent does.
    pub state: &'static str,
    /// What the agent works for; told at the log in.
    pub queues: Vec<&'static str>,
    /// How many contacts the agent may have in hand; told at the log in.
    pub capacity: Option<u8>,
    /// How many the agent has in hand, where the platform tells it.
    pub active: Option<u8>,
    /// Since when, where it is told late.
    pub since: Option<EventTime>,
}

/// What customers and reviewers say.
#[derive(Clone, Copy, Debug)]
pub enum Said {
    /// The customer was asked.
    Sent { kind: &'static str },
    /// The customer answered; in halves of a point.
    Answered { kind: &'static str, halves: u8 },
    /// Somebody reviewed it, out of 100 points.
    Scored { points: u8, is_critical_fail: bool },
}

/// Whom it is told of, where the platform knows: queue and agent.
pub type Place = Option<(&'static str, AgentNo)>;

/// The fields of what happened to a ticket.
pub fn ticket(text: &mut String, seed: u64, fact: &TicketFact) -> Result {
    match fact {
        TicketFact::Created { queue, by_agent, traits, customer } => {
            write!(text, r#","queue":"{queue}""#)?;
            flag(text, *by_agent, r#","by":"agent""#);
            self::traits(text, traits)?;
            customer.map_or(Ok(()), |customer| write!(text, r#","customer_id":"k-{customer}""#))
        }
        TicketFact::Assigned { agent, queue } => {
            agent.map_or(Ok(()), |agent| write!(text, "{}", By(agent)))?;
            queue.map_or(Ok(()), |queue| write!(text, r#","queue":"{queue}""#))
        }
        TicketFact::HandedOver { queue } => write!(text, r#","queue":"{queue}""#),
        TicketFact::Replied { author, agent, private } => {
            write!(text, r#","author":"{author}""#)?;
            agent.map_or(Ok(()), |agent| write!(text, "{}", By(agent)))?;
            flag(text, *private, r#","public":false"#);
            Ok(())
        }
        TicketFact::StatusChanged { status } => write!(text, r#","status":"{status}""#),
        TicketFact::Updated { traits } => self::traits(text, traits),
        TicketFact::Escalated => write!(text, r#","from_tier":"1","to_tier":"2""#),
        TicketFact::Resolved { agent: Some(agent) } => write!(text, "{}", By(*agent)),
        TicketFact::Resolved { agent: None } | TicketFact::Closed { bulk: true } => write!(text, r#","bulk":true"#),
        TicketFact::Reopened | TicketFact::Closed { bulk: false } => Ok(()),
        TicketFact::Deleted { cause, into } => {
            write!(text, r#","cause":"{cause}""#)?;
            into.map_or(Ok(()), |into| write!(text, r#","into":"s{seed}-t{into}""#))
        }
        TicketFact::Snapshot(old) => whole(text, old),
    }
}

fn traits(text: &mut String, Traits { priority, reason, tags }: &Traits) -> Result {
    priority.map_or(Ok(()), |priority| write!(text, r#","priority":"{priority}""#))?;
    reason.map_or(Ok(()), |reason| write!(text, r#","reason":"{reason}""#))?;
    if tags.is_empty() { Ok(()) } else { names(text, "tags", tags) }
}

fn names(text: &mut String, field: &str, names: &[&str]) -> Result {
    write!(text, r#","{field}":["{}"]"#, names.join(r#"",""#))
}

fn whole(text: &mut String, old: &Old) -> Result {
    write!(text, r#","queue":"{}","status":"{}","created_at":"{}""#, old.queue, old.status, old.created)?;
    old.first_reply.map_or(Ok(()), |at| write!(text, r#","first_reply_at":"{at}","replies":1"#))?;
    traits(text, &old.traits)
}

/// The fields of what is told of an agent.
pub fn change(text: &mut String, change: &Change) -> Result {
    write!(text, r#","state":"{}""#, change.state)?;
    if !change.queues.is_empty() {
        names(text, "queues", &change.queues)?;
    }
    for (field, number) in [("capacity", change.capacity), ("active", change.active)] {
        number.map_or(Ok(()), |number| write!(text, r#","{field}":{number}"#))?;
    }
    change.since.map_or(Ok(()), |since| write!(text, r#","since":"{since}""#))
}

/// The fields of what was said of somebody.
pub fn said(text: &mut String, said: Said, place: Place) -> Result {
    place.map_or(Ok(()), |(queue, agent)| write!(text, r#","queue":"{queue}"{}"#, By(agent)))?;
    match said {
        Said::Sent { kind } => write!(text, r#","kind":"{kind}""#),
        Said::Answered { kind, halves } => {
            let half = if halves.is_multiple_of(2) { "" } else { ".5" };
            write!(text, r#","kind":"{kind}","score":{}{half}"#, halves / 2)
        }
        Said::Scored { points, is_critical_fail } => {
            write!(text, r#","points":{points},"max_points":100"#)?;
            flag(text, is_critical_fail, r#","critical_fail":true"#);
            Ok(())
        }
    }
}

impl TicketFact {
    /// The type on the wire.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Created { .. } => "ticket.created",
            Self::Assigned { .. } => "ticket.assigned",
            Self::HandedOver { .. } => "ticket.handed_over",
            Self::Replied { .. } => "ticket.replied",
            Self::StatusChanged { .. } => "ticket.status_changed",
            Self::Updated { .. } => "ticket.updated",
            Self::Escalated => "ticket.escalated",
            Self::Resolved { .. } => "ticket.resolved",
            Self::Reopened => "ticket.reopened",
            Self::Closed { .. } => "ticket.closed",
            Self::Deleted { .. } => "ticket.deleted",
            Self::Snapshot(_) => "ticket.snapshot",
        }
    }
}

impl Said {
    /// The type on the wire.
    pub const fn type_name(self) -> &'static str {
        match self {
            Self::Sent { .. } => "survey.sent",
            Self::Answered { .. } => "survey.answered",
            Self::Scored { .. } => "quality.scored",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut String) -> Result) -> String {
        let mut text = String::new();
        write(&mut text).expect("writing to a string does not fail");
        text
    }

    #[test]
    fn a_ticket_tells_only_what_is_known_of_it() {
        let of = |fact: TicketFact| written(|text| ticket(text, 7, &fact));
        let traits = Traits { priority: Some("high"), reason: None, tags: &["complaint", "web-form"] };
        let created = TicketFact::Created { queue: "mail", by_agent: true, traits, customer: Some(3) };
        let fields =
            r#","queue":"mail","by":"agent","priority":"high","tags":["complaint","web-form"],"customer_id":"k-3""#;
        assert_eq!(of(created), fields);
        assert_eq!(of(TicketFact::Resolved { agent: None }), r#","bulk":true"#);
        assert_eq!(of(TicketFact::Deleted { cause: "merged", into: Some(9) }), r#","cause":"merged","into":"s7-t9""#);
        assert_eq!(of(TicketFact::Closed { bulk: false }), "");
    }

    #[test]
    fn an_agent_tells_queues_at_the_log_in_and_since_when_where_it_is_late() {
        let mut told = Change { state: "break", queues: vec![], capacity: None, active: Some(0), since: None };
        assert_eq!(written(|text| change(text, &told)), r#","state":"break","active":0"#);
        told.queues = vec!["sales", "vip"];
        told.since = Some(EventTime::from_millis(0));
        let fields = r#","state":"break","queues":["sales","vip"],"active":0,"since":"1970-01-01T00:00:00Z""#;
        assert_eq!(written(|text| change(text, &told)), fields);
    }

    #[test]
    fn a_score_has_halves_of_a_point() {
        let of = |halves| written(|text| said(text, Said::Answered { kind: "cx", halves }, None));
        assert_eq!([of(9), of(10)], [r#","kind":"cx","score":4.5"#, r#","kind":"cx","score":5"#]);
    }
}
