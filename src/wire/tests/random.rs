//! What must be so for any input: nothing panics, what is printed is read back, and depth is what a naive count says.

use proptest::prelude::*;

use super::subjects::{agent, feedback, printed_agent, printed_feedback, printed_ticket, ticket};
use super::*;

pub(super) fn text(chars_max: usize) -> impl Strategy<Value = Text<'static>> {
    prop::collection::vec(any::<char>(), 1..=chars_max).prop_map(|chars| chars.into_iter().collect::<String>().into())
}

pub(super) fn name() -> impl Strategy<Value = Text<'static>> {
    text(NAME_BYTES_MAX / 4)
}

pub(super) fn maybe_name() -> impl Strategy<Value = Option<Text<'static>>> {
    prop::option::of(name())
}

fn time() -> impl Strategy<Value = EventTime> {
    (EventTime::EARLIEST.as_millis()..EventTime::TOO_LATE.as_millis()).prop_map(EventTime::from_millis)
}

pub(super) fn word<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

pub(super) fn maybe_time() -> impl Strategy<Value = Option<EventTime>> {
    prop::option::of(time())
}

fn what() -> impl Strategy<Value = What<'static>> {
    prop_oneof![
        (name(), word(&Direction::ALL), maybe_name(), maybe_time(), any::<bool>()).prop_map(
            |(queue, direction, root, first_queued_at, also)| What::Queued {
                queue,
                direction,
                root,
                first_queued_at,
                also
            }
        ),
        (name(), maybe_name()).prop_map(|(agent, queue)| What::Alerting { agent, queue }),
        (name(), maybe_name(), word(&MissCause::ALL)).prop_map(|(agent, queue, cause)| What::AlertMissed {
            agent,
            queue,
            cause
        }),
        (name(), maybe_name(), word(&Role::ALL)).prop_map(|(agent, queue, role)| What::Answered { agent, queue, role }),
        maybe_name().prop_map(|agent| What::Held { agent }),
        maybe_name().prop_map(|agent| What::Resumed { agent }),
        maybe_name().prop_map(|agent| What::Transferred { agent }),
        (name(), word(&FlowCause::ALL)).prop_map(|(queue, cause)| What::FlowedOut { queue, cause }),
        word(&AbandonCause::ALL).prop_map(|cause| What::Abandoned { cause }),
        name().prop_map(|queue| What::Blocked { queue }),
        (word(&Author::ALL), maybe_name()).prop_map(|(author, agent)| What::Message { author, agent }),
        (maybe_name(), maybe_time()).prop_map(|(queue, due_at)| What::CallbackRequested { queue, due_at }),
        word(&CallbackResult::ALL).prop_map(|result| What::CallbackAttempted { result }),
        Just(What::Updated),
        maybe_name().prop_map(|agent| What::Ended { agent }),
        maybe_name().prop_map(|agent| What::Wrapped { agent }),
        snapshot().prop_map(What::Snapshot),
        feedback().prop_map(What::Feedback),
    ]
}

fn snapshot() -> impl Strategy<Value = Snapshot<'static>> {
    let times = prop::collection::vec(maybe_time(), 7);
    let direction = prop::option::of(word(&Direction::ALL));
    (maybe_name(), maybe_name(), word(&Role::ALL), direction, times).prop_map(
        |(queue, agent, role, direction, times)| Snapshot {
            queue,
            queued_at: times[0],
            agent,
            answered_at: times[1],
            role,
            held_at: times[2],
            ended_at: times[3],
            direction,
            first_queued_at: times[4],
            callback_requested_at: times[5],
            due_at: times[6],
        },
    )
}

fn body() -> impl Strategy<Value = Body<'static>> {
    let channel = prop::option::of(text(CHANNEL_BYTES_MAX / 4));
    let priority = prop::option::of(text(CHANNEL_BYTES_MAX / 4));
    let contact =
        (name(), channel, priority, any::<bool>(), what()).prop_map(|(contact, channel, priority, bulk, what)| {
            Body::Contact(ContactEvent { contact, channel, priority, bulk, what })
        });
    let state = (name(), word(&QueueState::ALL)).prop_map(|(queue, state)| Body::QueueState { queue, state });
    prop_oneof![8 => contact, 8 => ticket(), 2 => agent(), 1 => state, 1 => Just(Body::Heartbeat)]
}

pub(super) fn any_event() -> impl Strategy<Value = Event<'static>> {
    (name(), time(), any::<i64>(), prop::option::of(text(REASON_BYTES_MAX / 4)), body()).prop_map(
        |(id, at, seq, source, body)| {
            let source = if body == Body::Heartbeat { source.or(Some("pbx".into())) } else { source };
            Event { id, at, seq, source, body }
        },
    )
}

/// The event as a producer writes it, its times in words or in milliseconds.
pub(super) fn printed(event: &Event<'_>, times_in_words: bool) -> String {
    let time = |time: EventTime| if times_in_words { json!(time.to_string()) } else { json!(time.as_millis()) };
    let mut fields = json!({
        "id": event.id, "type": event.type_name(), "time": time(event.at), "seq": event.seq, "source": event.source,
    });
    let own = match &event.body {
        Body::Contact(contact) => {
            let mut own = printed_what(&contact.what, time);
            own["contact_id"] = json!(contact.contact);
            own["channel"] = json!(contact.channel);
            own["priority"] = json!(contact.priority);
            own["bulk"] = json!(contact.bulk);
            own
        }
        Body::Ticket(ticket) => {
            let mut own = printed_ticket(&ticket.what, time);
            own["ticket_id"] = json!(ticket.ticket);
            if let Some(queue) = &ticket.queue {
                own["queue"] = json!(queue);
            }
            own["channel"] = json!(ticket.channel);
            own["bulk"] = json!(ticket.bulk);
            own
        }
        Body::Agent { agent, change } => printed_agent(agent, change, time),
        Body::QueueState { queue, state } => json!({ "queue": queue, "state": state.name() }),
        Body::Heartbeat => json!({}),
    };
    fields.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    fields.to_string()
}

fn printed_what(what: &What<'_>, time: impl Fn(EventTime) -> Json) -> Json {
    match what {
        What::Queued { queue, direction, root, first_queued_at, also } => json!({
            "queue": queue, "root_contact_id": root, "first_queued_at": first_queued_at.map(time), "also": also,
            "direction": direction.name(),
        }),
        What::Alerting { agent, queue } => json!({ "agent": agent, "queue": queue }),
        What::AlertMissed { agent, queue, cause } => json!({ "agent": agent, "queue": queue, "cause": cause.name() }),
        What::Answered { agent, queue, role } => json!({ "agent": agent, "queue": queue, "role": role.name() }),
        What::Held { agent }
        | What::Resumed { agent }
        | What::Transferred { agent }
        | What::Ended { agent }
        | What::Wrapped { agent } => json!({ "agent": agent }),
        What::FlowedOut { queue, cause } => json!({ "queue": queue, "cause": cause.name() }),
        What::Blocked { queue } => json!({ "queue": queue }),
        What::Abandoned { cause } => json!({ "cause": cause.name() }),
        What::Message { author, agent } => json!({ "author": author.name(), "agent": agent }),
        What::CallbackRequested { queue, due_at } => json!({ "queue": queue, "due_at": due_at.map(time) }),
        What::CallbackAttempted { result } => json!({ "result": result.name() }),
        What::Updated => json!({}),
        What::Snapshot(snapshot) => json!({
            "queue": snapshot.queue, "queued_at": snapshot.queued_at.map(&time), "agent": snapshot.agent,
            "answered_at": snapshot.answered_at.map(&time), "role": snapshot.role.name(),
            "held_at": snapshot.held_at.map(&time), "ended_at": snapshot.ended_at.map(&time),
            "direction": snapshot.direction.map(Direction::name),
            "first_queued_at": snapshot.first_queued_at.map(&time),
            "callback_requested_at": snapshot.callback_requested_at.map(&time), "due_at": snapshot.due_at.map(&time),
        }),
        What::Feedback(feedback) => printed_feedback(feedback),
    }
}

/// A change of some bytes: from where, how many go, and what comes in their place.
pub(super) fn mutations() -> impl Strategy<Value = Vec<(prop::sample::Index, usize, Vec<u8>)>> {
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..4),
        prop::sample::select(vec![
            "\"", "\\", "{", "}", "[", "]", ",", ":", "null", "1e999", "\\ud800", "-", "\"v\":2,"
        ])
        .prop_map(|piece| piece.as_bytes().to_vec()),
    ];
    prop::collection::vec((any::<prop::sample::Index>(), 0_usize..4, piece), 0..6)
}

pub(super) fn mutated(line: &str, mutations: &[(prop::sample::Index, usize, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = line.as_bytes().to_vec();
    for (from, length, piece) in mutations {
        let from = from.index(bytes.len() + 1);
        let to = (from + length).min(bytes.len());
        bytes.splice(from..to, piece.iter().copied());
    }
    bytes
}

/// Reads the record, and checks what holds of every outcome.
pub(super) fn check<'a>(record: impl Into<Record<'a>>) -> Result<(), TestCaseError> {
    let record = record.into();
    let value = record.value.unwrap_or_default();
    route_key(value);
    match decode(record) {
        Ok(Decoded::Event(event)) => {
            prop_assert!((1..=NAME_BYTES_MAX).contains(&event.id.len()));
            prop_assert!(event.key().len() <= NAME_BYTES_MAX);
        }
        Ok(Decoded::Unknown) => {
            let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(value).is_ok();
            prop_assert!(is_json || record.headers != Headers::default());
        }
        Err(rejected) => {
            let message = rejected.to_string();
            prop_assert!(Rejected::REASONS.contains(&rejected.reason()));
            prop_assert!(message.len() < 600 && !message.contains(char::is_control), "{}", message);
        }
    }
    Ok(())
}

/// Depth as anybody would count it.
fn naive_depth(value: &Json) -> usize {
    match value {
        Json::Array(items) => 1 + items.iter().map(naive_depth).max().unwrap_or(0),
        Json::Object(fields) => 1 + fields.values().map(naive_depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf =
        prop_oneof![Just(Json::Null), any::<i64>().prop_map(Json::from), r#"[\[\]{}"\\a]{0,6}"#.prop_map(Json::from)];
    leaf.prop_recursive(6, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::hash_map(r#"[\[\]{}"\\a]{0,4}"#, inner, 0..4)
                .prop_map(|fields| Json::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn an_event_that_was_printed_is_read_back(event in any_event(), times_in_words: bool) {
        let line = printed(&event, times_in_words);
        prop_assert_eq!(read(&line), Ok(Decoded::Event(event.clone())));
        let is_routed = matches!(event.body, Body::Contact(_) | Body::Ticket(_) | Body::Agent { .. });
        prop_assert_eq!(route_key(line.as_bytes()).filter(|_| is_routed).unwrap_or_default(), event.key());
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check(Some(&bytes[..]))?;
    }

    #[test]
    fn a_garbled_event_never_panics(event in any_event(), times_in_words: bool, mutations in mutations()) {
        check(Some(&mutated(&printed(&event, times_in_words), &mutations)[..]))?;
    }

    #[test]
    fn depth_is_what_a_naive_count_says(value in any_json()) {
        prop_assert_eq!(depth(value.to_string().as_bytes()), naive_depth(&value));
    }
}
