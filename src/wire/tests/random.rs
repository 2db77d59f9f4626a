//! What must be so for any input: nothing panics, what is printed is read back, and depth is what a naive count says.

use proptest::prelude::*;

use super::*;

fn text(chars_max: usize) -> impl Strategy<Value = Text<'static>> {
    prop::collection::vec(any::<char>(), 1..=chars_max).prop_map(|chars| chars.into_iter().collect::<String>().into())
}

fn name() -> impl Strategy<Value = Text<'static>> {
    text(NAME_BYTES_MAX / 4)
}

fn maybe_name() -> impl Strategy<Value = Option<Text<'static>>> {
    prop::option::of(name())
}

fn time() -> impl Strategy<Value = EventTime> {
    (EventTime::EARLIEST.as_millis()..EventTime::TOO_LATE.as_millis()).prop_map(EventTime::from_millis)
}

fn what() -> impl Strategy<Value = What<'static>> {
    let direction = prop::sample::select(vec![Direction::Inbound, Direction::Outbound]);
    let role = prop::sample::select(vec![Role::Primary, Role::Consult, Role::Monitor]);
    prop_oneof![
        (name(), direction, maybe_name(), prop::option::of(time()), any::<bool>()).prop_map(
            |(queue, direction, root, first_queued_at, also)| What::Queued {
                queue,
                direction,
                root,
                first_queued_at,
                also
            }
        ),
        (name(), maybe_name(), role).prop_map(|(agent, queue, role)| What::Answered { agent, queue, role }),
        maybe_name().prop_map(|agent| What::Held { agent }),
        maybe_name().prop_map(|agent| What::Resumed { agent }),
        maybe_name().prop_map(|agent| What::Transferred { agent }),
        (name(), prop::sample::select(FlowCause::ALL.to_vec()))
            .prop_map(|(queue, cause)| What::FlowedOut { queue, cause }),
        Just(What::Abandoned),
        name().prop_map(|queue| What::Blocked { queue }),
        Just(What::Updated),
        maybe_name().prop_map(|agent| What::Ended { agent }),
        maybe_name().prop_map(|agent| What::Wrapped { agent }),
    ]
}

fn any_event() -> impl Strategy<Value = Event<'static>> {
    (name(), time(), any::<i64>(), name(), prop::option::of(text(CHANNEL_BYTES_MAX / 4)), what())
        .prop_map(|(id, at, seq, contact, channel, what)| Event { id, at, seq, contact, channel, what })
}

/// The event as a producer writes it, its times in words or in milliseconds.
fn printed(event: &Event<'_>, times_in_words: bool) -> String {
    let time = |time: EventTime| if times_in_words { json!(time.to_string()) } else { json!(time.as_millis()) };
    let mut fields = json!({
        "id": event.id, "type": event.what.type_name(), "time": time(event.at), "seq": event.seq,
        "contact_id": event.contact, "channel": event.channel,
    });
    let own = match &event.what {
        What::Queued { queue, direction, root, first_queued_at, also } => json!({
            "queue": queue, "root_contact_id": root, "first_queued_at": first_queued_at.map(time), "also": also,
            "direction": match direction { Direction::Inbound => "inbound", Direction::Outbound => "outbound" },
        }),
        What::Answered { agent, queue, role } => json!({
            "agent": agent, "queue": queue,
            "role": match role { Role::Primary => "primary", Role::Consult => "consult", Role::Monitor => "monitor" },
        }),
        What::Held { agent }
        | What::Resumed { agent }
        | What::Transferred { agent }
        | What::Ended { agent }
        | What::Wrapped { agent } => json!({ "agent": agent }),
        What::FlowedOut { queue, cause } => json!({ "queue": queue, "cause": cause.name() }),
        What::Blocked { queue } => json!({ "queue": queue }),
        What::Abandoned | What::Updated => json!({}),
    };
    fields.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    fields.to_string()
}

/// A change of some bytes: from where, how many go, and what comes in their place.
fn mutations() -> impl Strategy<Value = Vec<(prop::sample::Index, usize, Vec<u8>)>> {
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..4),
        prop::sample::select(vec![
            "\"", "\\", "{", "}", "[", "]", ",", ":", "null", "1e999", "\\ud800", "-", "\"v\":2,"
        ])
        .prop_map(|piece| piece.as_bytes().to_vec()),
    ];
    prop::collection::vec((any::<prop::sample::Index>(), 0_usize..4, piece), 0..6)
}

fn mutated(line: &str, mutations: &[(prop::sample::Index, usize, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = line.as_bytes().to_vec();
    for (from, length, piece) in mutations {
        let from = from.index(bytes.len() + 1);
        let to = (from + length).min(bytes.len());
        bytes.splice(from..to, piece.iter().copied());
    }
    bytes
}

/// Reads the bytes, and checks what holds of every outcome.
fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    route_key(bytes);
    match decode(Some(bytes)) {
        Ok(Decoded::Event(event)) => prop_assert!((1..=NAME_BYTES_MAX).contains(&event.contact.len())),
        Ok(Decoded::Unknown) => prop_assert!(serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()),
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
        prop_assert_eq!(route_key(line.as_bytes()), Some(event.contact.into_owned()));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check(&bytes)?;
    }

    #[test]
    fn a_garbled_event_never_panics(event in any_event(), times_in_words: bool, mutations in mutations()) {
        check(&mutated(&printed(&event, times_in_words), &mutations))?;
    }

    #[test]
    fn depth_is_what_a_naive_count_says(value in any_json()) {
        prop_assert_eq!(depth(value.to_string().as_bytes()), naive_depth(&value));
    }
}
