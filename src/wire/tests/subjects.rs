//! Random events of tickets and agents, surveys and reviews, and how a producer writes them.

use proptest::prelude::*;

use super::random::{maybe_name, maybe_time, name, text, word};
use super::*;
use crate::event::{
    AgentChange, Creator, DeleteCause, Feedback, Opinion, SurveyKind, Thousandths, TicketEvent, TicketSnapshot,
    TicketWhat, Traits,
};
use crate::limits::IN_HAND_MAX;

type Names = Vec<Text<'static>>;

fn names() -> impl Strategy<Value = Option<Names>> {
    prop::option::of(prop::collection::vec(name(), 0..4))
}

fn traits() -> impl Strategy<Value = Traits<'static>> {
    let short = |bytes_max| prop::option::of(text(bytes_max));
    (short(CHANNEL_BYTES_MAX / 4), short(REASON_BYTES_MAX / 4), names()).prop_map(|(priority, reason, tags)| Traits {
        priority,
        reason,
        tags,
    })
}

fn thousandths(range: std::ops::Range<i64>) -> impl Strategy<Value = Thousandths> {
    range.prop_map(Thousandths)
}

pub(super) fn feedback() -> impl Strategy<Value = Feedback<'static>> {
    let kind = || word(&SurveyKind::ALL);
    let opinion = prop_oneof![
        prop::option::of(kind()).prop_map(Opinion::Sent),
        (kind(), thousandths(-1_000_000..1_000_000)).prop_map(|(kind, score)| Opinion::Answered(kind, score)),
        (thousandths(1..1_000_000), any::<bool>()).prop_flat_map(|(max_points, is_critical_fail)| {
            let scored = move |points| Opinion::Scored { points, max_points, is_critical_fail };
            thousandths(0..max_points.0 + 1).prop_map(scored)
        }),
    ];
    (maybe_name(), maybe_name(), opinion).prop_map(|(queue, agent, opinion)| Feedback { queue, agent, opinion })
}

fn snapshot() -> impl Strategy<Value = TicketSnapshot<'static>> {
    let times = prop::collection::vec(maybe_time(), 4);
    let status = prop::option::of(name());
    (maybe_name(), maybe_name(), traits(), word(&Creator::ALL), status, prop::option::of(0_u32..1_000_000), times)
        .prop_map(|(queue, agent, traits, by, status, replies, times)| TicketSnapshot {
            queue,
            agent,
            traits,
            by,
            created_at: times[0],
            status,
            first_reply_at: times[1],
            awaiting_since: times[2],
            replies,
            resolved_at: times[3],
        })
}

fn what() -> impl Strategy<Value = TicketWhat<'static>> {
    let created = (name(), word(&Creator::ALL), traits());
    prop_oneof![
        created.prop_map(|(queue, by, traits)| TicketWhat::Created { queue, by, traits }),
        (maybe_name(), maybe_name()).prop_map(|(agent, queue)| TicketWhat::Assigned { agent, queue }),
        maybe_name().prop_map(|queue| TicketWhat::HandedOver { queue }),
        (word(&Author::ALL), maybe_name(), any::<bool>()).prop_map(|(author, agent, is_public)| TicketWhat::Replied {
            author,
            agent,
            is_public
        }),
        name().prop_map(|status| TicketWhat::StatusChanged { status }),
        traits().prop_map(|traits| TicketWhat::Updated { traits }),
        Just(TicketWhat::Escalated),
        maybe_name().prop_map(|agent| TicketWhat::Resolved { agent }),
        Just(TicketWhat::Reopened),
        maybe_name().prop_map(|agent| TicketWhat::Closed { agent }),
        word(&DeleteCause::ALL).prop_map(|cause| TicketWhat::Deleted { cause }),
        snapshot().prop_map(|snapshot| TicketWhat::Snapshot(Box::new(snapshot))),
        feedback().prop_map(TicketWhat::Feedback),
    ]
}

pub(super) fn ticket() -> impl Strategy<Value = Body<'static>> {
    let channel = prop::option::of(text(CHANNEL_BYTES_MAX / 4));
    (name(), maybe_name(), channel, any::<bool>(), what()).prop_map(|(ticket, queue, channel, bulk, what)| {
        let queue = queue.filter(|_| !has_queue(&what));
        Body::Ticket(TicketEvent { ticket, queue, channel, bulk, what })
    })
}

/// Whether the queue that an event of this kind tells is part of what happened.
fn has_queue(what: &TicketWhat<'_>) -> bool {
    matches!(
        what,
        TicketWhat::Created { .. }
            | TicketWhat::Assigned { .. }
            | TicketWhat::HandedOver { .. }
            | TicketWhat::Snapshot(_)
            | TicketWhat::Feedback(_)
    )
}

pub(super) fn agent() -> impl Strategy<Value = Body<'static>> {
    let states = prop::collection::btree_map(name(), name(), 0..3);
    let in_hand = || prop::option::of(0..=IN_HAND_MAX);
    (name(), name(), names(), states, in_hand(), in_hand(), maybe_time()).prop_map(
        |(agent, state, queues, queue_states, capacity, active, since)| {
            let queue_states = queue_states.into_iter().collect();
            Body::Agent { agent, change: AgentChange { state, queues, queue_states, capacity, active, since } }
        },
    )
}

pub(super) fn printed_ticket(what: &TicketWhat<'_>, time: impl Fn(EventTime) -> Json) -> Json {
    match what {
        TicketWhat::Created { queue, by, traits } => with_traits(json!({ "queue": queue, "by": by.name() }), traits),
        TicketWhat::Assigned { agent, queue } => json!({ "agent": agent, "queue": queue }),
        TicketWhat::HandedOver { queue } => json!({ "queue": queue }),
        TicketWhat::Replied { author, agent, is_public } => {
            json!({ "author": author.name(), "agent": agent, "public": is_public })
        }
        TicketWhat::StatusChanged { status } => json!({ "status": status }),
        TicketWhat::Updated { traits } => with_traits(json!({}), traits),
        TicketWhat::Escalated | TicketWhat::Reopened => json!({}),
        TicketWhat::Resolved { agent } | TicketWhat::Closed { agent } => json!({ "agent": agent }),
        TicketWhat::Deleted { cause } => json!({ "cause": cause.name(), "into": "t-2" }),
        TicketWhat::Snapshot(told) => with_traits(
            json!({
                "queue": told.queue, "agent": told.agent, "by": told.by.name(), "status": told.status,
                "created_at": told.created_at.map(&time), "first_reply_at": told.first_reply_at.map(&time),
                "awaiting_since": told.awaiting_since.map(&time), "replies": told.replies,
                "resolved_at": told.resolved_at.map(&time),
            }),
            &told.traits,
        ),
        TicketWhat::Feedback(feedback) => printed_feedback(feedback),
    }
}

fn with_traits(mut fields: Json, traits: &Traits<'_>) -> Json {
    fields["priority"] = json!(traits.priority);
    fields["reason"] = json!(traits.reason);
    fields["tags"] = json!(traits.tags);
    fields
}

pub(super) fn printed_agent(agent: &str, change: &AgentChange<'_>, time: impl Fn(EventTime) -> Json) -> Json {
    let states: Map<String, Json> =
        change.queue_states.iter().map(|(queue, state)| (queue.to_string(), json!(state))).collect();
    json!({
        "agent": agent, "state": change.state, "queues": change.queues, "queue_states": states,
        "capacity": change.capacity, "active": change.active, "since": change.since.map(time),
    })
}

pub(super) fn printed_feedback(feedback: &Feedback<'_>) -> Json {
    let mut fields = match feedback.opinion {
        Opinion::Sent(kind) => json!({ "kind": kind.map(SurveyKind::name) }),
        Opinion::Answered(kind, score) => json!({ "kind": kind.name(), "score": score.points() }),
        Opinion::Scored { points, max_points, is_critical_fail } => {
            json!({ "points": points.points(), "max_points": max_points.points(), "critical_fail": is_critical_fail })
        }
    };
    fields["queue"] = json!(feedback.queue);
    fields["agent"] = json!(feedback.agent);
    fields
}
