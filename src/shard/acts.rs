//! What happened, with names as this shard's numbers, and words that the rules explain understood.

use super::{KnownNames, Shard};
use crate::contact::{Act, Told};
use crate::event::{
    ContactEvent, Event, Feedback, Opinion, Snapshot, Text, Thousandths, TicketEvent, TicketSnapshot, TicketWhat,
    Traits, What,
};
use crate::feedback::{self, Said};
use crate::id::{Id, Names};
use crate::measure::SlaTarget;
use crate::ticket::{self, Stage};
use crate::timeline::Step;

impl Shard {
    pub(super) fn contact_step(&mut self, event: &Event<'_>, own: &ContactEvent<'_>) -> Step<Act> {
        let channel = own.channel.as_ref().map(|channel| self.names.channels.intern_again(channel));
        let is_asked = self.terms.sla.promises(SlaTarget::Answer);
        let priority = own.priority.as_ref().filter(|_| is_asked);
        let priority = priority.map(|told| self.names.priorities.intern_again(told));
        let act = self.act(own);
        self.learn();
        let (id, rank) = (event.id.as_bytes().into(), own.what.rank());
        Step { at: event.at, seq: event.seq, rank, id, queue: None, channel, priority, bulk: own.bulk, act }
    }

    fn act(&mut self, event: &ContactEvent<'_>) -> Act {
        let queues = &mut self.names.queues;
        match &event.what {
            What::Queued { queue, direction, root, first_queued_at, also } => Act::Queued {
                queue: queues.intern(queue),
                direction: *direction,
                is_root: root.as_ref().is_none_or(|root| *root == event.contact),
                first_queued_at: *first_queued_at,
                also: *also,
            },
            What::Alerting { agent, .. } => Act::Alerting { agent: self.names.agents.intern(agent) },
            What::AlertMissed { agent, queue, cause } => {
                Act::AlertMissed { queue: queues.maybe(queue), agent: self.names.agents.intern(agent), cause: *cause }
            }
            What::Answered { agent, queue, role } => {
                Act::Answered { queue: queues.maybe(queue), agent: self.names.agents.intern(agent), role: *role }
            }
            What::Held { agent } => Act::Held { agent: self.names.agents.maybe(agent) },
            What::Resumed { agent } => Act::Resumed { agent: self.names.agents.maybe(agent) },
            What::Transferred { agent } => Act::Transferred { agent: self.names.agents.maybe(agent) },
            What::FlowedOut { queue, cause } => Act::FlowedOut { queue: queues.intern(queue), cause: *cause },
            What::Abandoned { cause } => Act::Abandoned { cause: *cause },
            What::Blocked { queue } => Act::Blocked { queue: queues.intern(queue) },
            What::Message { author, agent } => Act::Message { author: *author, agent: self.names.agents.maybe(agent) },
            What::CallbackRequested { queue, due_at } => {
                Act::CallbackRequested { queue: queues.maybe(queue), due_at: *due_at }
            }
            What::CallbackAttempted { result } => Act::CallbackAttempted { result: *result },
            What::Updated => Act::Updated,
            What::Ended { agent } => Act::Ended { agent: self.names.agents.maybe(agent) },
            What::Wrapped { agent } => Act::Wrapped { agent: self.names.agents.maybe(agent) },
            What::Snapshot(snapshot) => Act::Snapshot(Box::new(self.told(snapshot))),
            What::Feedback(feedback) => Act::Feedback(self.feedback(feedback)),
        }
    }

    fn told(&mut self, snapshot: &Snapshot<'_>) -> Told {
        Told {
            queue: self.names.queues.maybe(&snapshot.queue),
            queued_at: snapshot.queued_at,
            agent: self.names.agents.maybe(&snapshot.agent),
            answered_at: snapshot.answered_at,
            role: snapshot.role,
            held_at: snapshot.held_at,
            ended_at: snapshot.ended_at,
            direction: snapshot.direction,
            first_queued_at: snapshot.first_queued_at,
            callback_requested_at: snapshot.callback_requested_at,
            due_at: snapshot.due_at,
        }
    }

    pub(super) fn ticket_step(&mut self, event: &Event<'_>, own: &TicketEvent<'_>) -> Step<ticket::Act> {
        let channel = own.channel.as_ref().map(|channel| self.names.channels.intern_again(channel));
        let act = self.ticket_act(own);
        let queue = self.names.queues.maybe(&own.queue);
        self.learn();
        let (id, rank) = (event.id.as_bytes().into(), own.what.rank());
        Step { at: event.at, seq: event.seq, rank, id, queue, channel, priority: None, bulk: own.bulk, act }
    }

    fn ticket_act(&mut self, event: &TicketEvent<'_>) -> ticket::Act {
        use ticket::Act;
        let KnownNames { queues, agents, .. } = &mut self.names;
        match &event.what {
            TicketWhat::Created { queue, by, traits } => {
                Act::Created { queue: queues.intern(queue), by: *by, traits: self.traits(traits) }
            }
            TicketWhat::Assigned { agent, queue } => {
                Act::Assigned { agent: agents.maybe(agent), queue: queues.maybe(queue) }
            }
            TicketWhat::HandedOver { queue } => Act::HandedOver { queue: queues.maybe(queue) },
            TicketWhat::Replied { author, agent, is_public } => {
                Act::Replied { author: *author, agent: agents.maybe(agent), is_public: *is_public }
            }
            TicketWhat::StatusChanged { status } => Act::StatusChanged { status: self.rules.tickets.status(status) },
            TicketWhat::Updated { traits } => Act::Updated { traits: self.traits(traits) },
            TicketWhat::Escalated => Act::Escalated,
            TicketWhat::Resolved { agent } => Act::Resolved { agent: agents.maybe(agent) },
            TicketWhat::Reopened => Act::Reopened,
            TicketWhat::Closed { agent } => Act::Closed { agent: agents.maybe(agent) },
            TicketWhat::Deleted { cause } => Act::Deleted { cause: *cause },
            TicketWhat::Snapshot(snapshot) => Act::Snapshot(Box::new(self.ticket_told(snapshot))),
            TicketWhat::Feedback(feedback) => Act::Feedback(self.feedback(feedback)),
        }
    }

    fn ticket_told(&mut self, snapshot: &TicketSnapshot<'_>) -> ticket::Told {
        let status = |word: &str| self.rules.tickets.status(word);
        let stage = snapshot.status.as_ref().map_or(Some(Stage::default()), |word| Stage::named(word, status));
        ticket::Told {
            queue: self.names.queues.maybe(&snapshot.queue),
            agent: self.names.agents.maybe(&snapshot.agent),
            traits: self.traits(&snapshot.traits),
            by: snapshot.by,
            created_at: snapshot.created_at,
            stage,
            first_reply_at: snapshot.first_reply_at,
            awaiting_since: snapshot.awaiting_since,
            replies: snapshot.replies,
            resolved_at: snapshot.resolved_at,
        }
    }

    fn traits(&mut self, told: &Traits<'_>) -> ticket::Traits {
        let complaints = &self.rules.tickets.complaints;
        let is_complaint = |tags: &Vec<Text<'_>>| tags.iter().any(|tag| complaints.tags.contains(tag.as_ref()));
        ticket::Traits {
            priority: self.names.priorities.maybe(&told.priority),
            is_complaint_by_reason: told.reason.as_ref().map(|reason| complaints.reasons.contains(reason.as_ref())),
            is_complaint_by_tags: told.tags.as_ref().map(is_complaint),
            tags: told.tags.as_ref().map(|tags| self.terms.sla.known_tags(tags.iter().map(AsRef::as_ref))),
        }
    }

    fn feedback(&mut self, told: &Feedback<'_>) -> feedback::Told {
        let said = match told.opinion {
            Opinion::Sent(kind) => Said::Sent(kind),
            Opinion::Answered(kind, score) => Said::Answered(kind, self.rules.surveys.rate(kind, score)),
            Opinion::Scored { max_points, is_critical_fail: true, .. } => Said::Scored(Thousandths(0), max_points),
            Opinion::Scored { points, max_points, .. } => Said::Scored(points, max_points),
        };
        feedback::Told {
            queue: self.names.queues.maybe(&told.queue),
            agent: self.names.agents.maybe(&told.agent),
            said,
        }
    }
}

impl<I: Id> Names<I> {
    /// The id of a name that may be absent.
    fn maybe(&mut self, name: &Option<Text<'_>>) -> Option<I> {
        name.as_ref().map(|name| self.intern(name))
    }
}
